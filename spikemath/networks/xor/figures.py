"""Pictures of a study, of the plane of weights, and of a solution; each draws on an empty matplotlib figure."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from spikemath.networks.xor._features import IntArray, read, reservoir
from spikemath.networks.xor._law import law
from spikemath.networks.xor._solutions import Solution
from spikemath.networks.xor._tally import BINS, Study
from spikemath.networks.xor.encodings import bit_encoding
from spikemath.networks.xor.gates import INPUTS, SHATTERED, XOR
from spikemath.networks.xor.separation import solvable
from spikemath.operators import LIF

# Okabe and Ito's colours, as in spikemath.plot, which stands above this folder
COLOURS = {"modulo": "#0072B2", "subtract": "#E69F00", "zero": "#D55E00"}
_MAP = ("#f2f2f2", "#c9dcec", "#7fb2d9", "#0072B2")
_STYLES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (5, 1, 1, 1)))


def draw_probabilities(study: Study, figure: Any, gate: Any = "all", beta: Fraction | None = None) -> None:
    """The probability of solving a gate against the size of the hidden layer, with 95 % intervals.

    Parameters
    ----------
    study : Study
        One panel for each encoding (rows) and readout (columns); one curve for each reset, leak, refractory time and
        kind of spike.
    figure : matplotlib Figure
        Empty.
    gate : str or int
        The gate; "all": all sixteen.
    beta : fractions.Fraction, optional
        exp(-alpha), where the study has one leak: draws the exact probabilities as circles, where `law` has them.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.networks.xor import figures
    >>> figure, _ = sm.plot.new_figure()
    >>> figure.clear()
    >>> figures.draw_probabilities(sm.networks.xor.study(hidden=2, samples=100), figure)
    >>> len(figure.axes)
    1
    """
    s = study.settings
    panels = figure.subplots(len(s.encodings), len(s.readouts), squeeze=False, sharex=True, sharey=True)
    x = np.arange(1, s.hidden + 1)
    for (i, code), (j, readout) in product(enumerate(s.encodings), enumerate(s.readouts)):
        ax = panels[i, j]
        for reset, (k, (alpha, refractory, spike)) in product(
            s.resets, enumerate(product(s.alphas, s.refractories, s.spikes))
        ):
            cell: dict[str, Any] = {
                "encoding": code, "alpha": alpha, "refractory": refractory, "reset": reset, "spike": spike,
                "readout": readout,
            }  # fmt: skip
            found = np.array([study.probability(gate, n, **cell)[:3] for n in x.tolist()]).T
            said = [f"reset {reset}"]
            said += [f"refractory {refractory:g}"] if len(s.refractories) > 1 else []
            said += [f"leak {alpha:.3g}"] if len(s.alphas) > 1 else []
            said += [f"{spike} spikes"] if len(s.spikes) > 1 else []
            style, colour = _STYLES[k % len(_STYLES)], COLOURS[reset]
            ax.plot(x, found[0], color=colour, linewidth=1.6, linestyle=style, label=", ".join(said))
            ax.fill_between(x, found[1], found[2], color=colour, alpha=0.2, linewidth=0)
            if beta is not None and code.lines <= 2 and refractory == int(refractory):
                exact = law(code, beta, reset, int(refractory), readout, spike == "graded", Fraction(s.amplitude),
                            Fraction(s.threshold))  # fmt: skip
                values = [float(exact.probability(gate, n)) for n in x.tolist()]
                ax.plot(x, values, "o", color=colour, markersize=4, markerfacecolor="white", markeredgewidth=1.0)
        shown = readout if isinstance(readout, str) else f"windows at {', '.join(f'{t:g}' for t in readout)}"
        _tidy(ax, f"{code.name}, {shown}")
        ax.set_ylim(-0.02, 1.02)
        ax.set_xticks(x)
    for ax in panels[-1]:
        ax.set_xlabel("hidden neurons")
    what = "all 16 gates" if gate == "all" else str(gate)
    for ax in panels[:, 0]:
        ax.set_ylabel(f"P({what} solved)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels)), frameon=False, fontsize=8.5)


def weight_map(encoding: Any, neuron: LIF, amplitude: float = 3.0, points: int = 241, graded: bool = True) -> IntArray:
    """What one neuron solves by itself, over the plane of its two weights.

    Parameters
    ----------
    encoding : str or BitEncoding
        How bits become pulses, on two lines.
    neuron : LIF
        The operator.
    amplitude : float
        The plane is [-amplitude, amplitude]^2.
    points : int
        Weights per axis, in the middle of as many cells.
    graded : bool
        Whether a spike counts with its number of thresholds.

    Returns
    -------
    numpy.ndarray of int64, shape (points, points)
        The set of gates, by weight of the second line (rows) and of the first.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.networks.xor.figures import weight_map
    >>> solved = weight_map("two-lines", sm.LIF(1.0, alpha=0.5, reset="zero"), points=20)
    >>> bool((solved == 65535).any())                      # reset to zero: one neuron never solves all gates
    False
    """
    code = bit_encoding(encoding)
    if code.lines != 2:
        raise ValueError(f"encoding {code.name!r} has {code.lines} lines; a map needs two")
    at = (2.0 * np.arange(points) - (points - 1)) / points * amplitude  # symmetric, to the last bit
    first, second = np.meshgrid(at, at)
    counts, _ = reservoir(np.column_stack([first.ravel(), second.ravel()]), code, neuron)
    x = read(counts, code, neuron.refractory, "time-resolved", graded, 1)
    return np.asarray(solvable(x)).reshape(points, points)


def draw_maps(figure: Any, encoding: Any, neurons: Any, amplitude: float = 3.0, points: int = 241) -> None:
    """A `weight_map` for each of several neurons, side by side.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.networks.xor import figures
    >>> figure, _ = sm.plot.new_figure()
    >>> figure.clear()
    >>> figures.draw_maps(figure, "latency", [sm.LIF(1.0, alpha=0.5)], points=24)
    """
    several: list[LIF] = list(neurons)
    panels = figure.subplots(1, len(several), squeeze=False, sharey=True)[0]
    for ax, neuron in zip(panels, several, strict=True):
        solved = weight_map(encoding, neuron, amplitude, points)
        kind = np.where(solved == 1 | 1 << 15, 0, 1)
        kind = np.where(solved >> XOR & 1 == 1, 2, kind)
        kind = np.where(solved == SHATTERED, 3, kind)
        colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _MAP], dtype=np.uint8)
        edge = (-amplitude, amplitude)
        ax.imshow(colours[kind], origin="lower", extent=(*edge, *edge), interpolation="nearest", aspect="equal")
        _tidy(ax, f"reset {neuron.reset}" + (f", refractory {neuron.refractory:g}" if neuron.refractory else ""))
        ax.set_xlabel("weight of the first line")
    panels[0].set_ylabel("weight of the second line")
    for colour, said in zip(_MAP, ("nothing", "some gates", "XOR too", "all gates"), strict=True):
        panels[0].plot([], [], "s", color=colour, markeredgecolor="#777777", markersize=8, label=said)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=8.5)


def draw_weights(study: Study, figure: Any, hidden: int = 2) -> None:
    """How the weights of the networks that solve all gates are distributed, relative to all networks.

    Parameters
    ----------
    study : Study
        With one encoding, leak, refractory time, kind of spike and readout, or the first of each is drawn.
    figure : matplotlib Figure
        Empty; a row for each line of the encoding, a column for each reset.
    hidden : int
        Size of the hidden layer.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.networks.xor import figures
    >>> figure, _ = sm.plot.new_figure()
    >>> figure.clear()
    >>> figures.draw_weights(sm.networks.xor.study(hidden=2, samples=2000), figure)
    >>> len(figure.axes)
    3
    """
    s = study.settings
    lines = s.encodings[0].lines
    panels = figure.subplots(lines, len(s.resets), squeeze=False, sharex=True, sharey=True)
    edges = np.linspace(-s.amplitude, s.amplitude, BINS + 1)
    for (r, reset), line in product(enumerate(s.resets), range(lines)):
        ax, counts = panels[line, r], study.where[0, 0, 0, r, 0, 0, hidden - 1, line]
        ax.axhline(1.0, color="#777777", linewidth=0.6)
        if counts.sum():
            ax.stairs(counts * BINS / counts.sum(), edges, fill=True, color=COLOURS[reset], alpha=0.7)
        else:
            ax.text(0.5, 0.5, "none solves all", transform=ax.transAxes, ha="center", fontsize=8.5)
        _tidy(ax, f"reset {reset}" + (f", line {line + 1}" if lines > 1 else ""))
    for ax in panels[-1]:
        ax.set_xlabel("weight")
    for ax in panels[:, 0]:
        ax.set_ylabel("density, 1 = as drawn")


def draw_solution(solution: Solution, figure: Any) -> None:
    """The potentials of the hidden neurons on the four inputs, and their spikes.

    Parameters
    ----------
    solution : Solution
        The network.
    figure : matplotlib Figure
        Empty; a row for each neuron, a column for each input.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.networks.xor import figures
    >>> figure, _ = sm.plot.new_figure()
    >>> figure.clear()
    >>> figures.draw_solution(sm.networks.xor.solutions()["modulo, one line"], figure)
    >>> len(figure.axes)
    8
    """
    rows, end = len(solution.weights), solution.encoding.end
    panels = figure.subplots(rows, 4, squeeze=False, sharex=True, sharey=True)
    beta = float(solution.beta)
    for place, bits in enumerate(INPUTS):
        for m, found in enumerate(solution.answers(place)):
            ax = panels[m, place]
            t, u = [-0.4], [0.0]
            marks = [(float(at), float(before), float(after)) for at, before, after in found.path]
            for k, (at, before, after) in enumerate(marks):
                last, value = (marks[k - 1][0], marks[k - 1][2]) if k else (-0.4, 0.0)
                between = np.linspace(last, at, 30)
                t += [*between, at, at]
                u += [*(value * beta ** (between - last)), before, after]
            tail = np.linspace(marks[-1][0], end + 0.6, 30) if marks else np.array([end + 0.6])
            t += tail.tolist()
            u += (marks[-1][2] * beta ** (tail - marks[-1][0])).tolist() if marks else [0.0]
            ax.plot(t, u, color="black", linewidth=0.9)
            for level in (-1.0, 1.0):
                ax.axhline(level, color="#777777", linewidth=0.7, linestyle=(0, (5, 3)))
            for when, count in found.spikes.items():
                at = float(when)
                up = next(before for t_k, before, _ in marks if t_k == at)
                ax.plot(at, up, "o", color=COLOURS["zero"], markersize=4)
                ax.annotate(f"{count:+d}", (at, up), (4, 2), textcoords="offset points", fontsize=9,
                            color=COLOURS["zero"])  # fmt: skip
            _tidy(ax, f"input {bits[0]}{bits[1]}" if m == 0 else "")
    for m, w in enumerate(solution.weights):
        panels[m, 0].set_ylabel(f"weights {', '.join(map(str, w))}\npotential", fontsize=9)
    for ax in panels[-1]:
        ax.set_xlabel("time")
    low, high = panels[0, 0].get_ylim()
    panels[0, 0].set_ylim(low, high + 0.12 * (high - low))


def _tidy(ax: Any, title: str) -> None:
    ax.set_title(title, loc="left", fontsize=9.5)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
