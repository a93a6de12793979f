r"""E4, quasi-isometry: LIF changes distances by at most two thresholds.

    ||f - g|| - 2 theta < ||LIF(f) - LIF(g)|| < ||f - g|| + theta         reset modulo, norms A,alpha (theory P2)

Published with + 2 theta above. Both constants 2 and 1 are sharp.

Set-up (arXiv 2305.05772): two trains of 15 pulses, gaps U[0.2, 1], weights multiples of 1/4 in [-1, 1]; first theta =
0.3, alpha in [0, 10], then alpha = 4, theta in (0, 1]. Curves are those of the first of several pairs, as published;
shaded: where ||f - g|| must lie as seen from the output, ||LIF(f) - LIF(g)|| - theta to + 2 theta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath import plot
from spikemath.experiments._base import (
    COLOURS,
    RESETS,
    SEED,
    Experiment,
    FloatArray,
    Row,
    bar,
    below,
    generator,
    held,
    surely_less,
    tidy,
    titled,
    train,
)
from spikemath.norms import alexiewicz_norm
from spikemath.operators import LIF

SPIKES, AMPLITUDE = 15, 1.0
THETA, ALPHA = 0.3, 4.0  # held fixed in the first and in the second row
STEPS, QUICK_STEPS = 100, 40


@dataclass(frozen=True)
class Result:
    """(leak, threshold) of each point (2, m, 2); ||f - g|| (pairs, 2, m); output norms (pairs, resets, 2, m)."""

    seed: int
    settings: FloatArray
    inputs: FloatArray
    outputs: FloatArray


def compute(count: int, seed: int = SEED, progress: bool = False, quick: bool = False) -> Result:
    """All norms, exactly (rounded down)."""
    steps = QUICK_STEPS if quick else STEPS
    leaks, thresholds = np.linspace(0.0, 10.0, steps), np.arange(1, steps + 1) / steps
    fixed = np.full(steps, ALPHA), np.full(steps, THETA)
    settings = np.stack([np.stack([leaks, fixed[1]], axis=1), np.stack([fixed[0], thresholds], axis=1)])
    inputs = np.zeros((count, *settings.shape[:2]))
    outputs = np.zeros((count, len(RESETS), *settings.shape[:2]))
    with bar("E4", inputs.size, progress) as tick:
        for k in range(count):
            f, g = (train(generator(seed, 4, k, i), SPIKES, AMPLITUDE) for i in range(2))
            for row, m in np.ndindex(*settings.shape[:2]):
                alpha, theta = settings[row, m].tolist()
                inputs[k, row, m] = alexiewicz_norm(f - g, alpha)
                for r, reset in enumerate(RESETS):
                    lif = LIF(theta, alpha, reset)
                    outputs[k, r, row, m] = alexiewicz_norm(lif(f) - lif(g), alpha)
                tick.update()
    return Result(seed, settings, inputs, outputs)


def draw(result: Result, figure: Any) -> None:
    """A column for each reset; above against the leak, below against the threshold."""
    panels = figure.subplots(2, len(RESETS), sharex="row", sharey="row")
    letters = iter("abcdef")
    for row, name in enumerate((rf"$\vartheta={THETA:g}$", rf"$\alpha={ALPHA:g}$")):
        x, theta = result.settings[row, :, row], result.settings[row, :, 1]
        for r, reset in enumerate(RESETS):
            ax, output = panels[row][r], result.outputs[0, r, row]
            ax.fill_between(x, output - theta, output + 2 * theta, color=COLOURS[reset], alpha=0.25, linewidth=0)
            for side in (-2, 2):
                ax.plot(x, output + side * theta, color=plot.GREY, linewidth=1.0, linestyle=(0, (5, 3)))
            ax.plot(x, output, color=COLOURS[reset], linewidth=1.2)
            ax.plot(x, result.inputs[0, row], color="black", linewidth=1.6)
            titled(ax, next(letters), f"{reset}, {name}")
            tidy(ax)
            ax.set_xlim(0.0, x[-1])
            ax.set_xlabel((r"leak $\alpha$", r"threshold $\vartheta$")[row])
        panels[row][0].set_ylabel("norm")
    _legend(figure, panels[0][0])


def _legend(figure: Any, ax: Any) -> None:
    """Above all panels."""
    style: dict[str, Any] = {"linewidth": 1.6}
    entries = [
        ax.plot([], [], color="black", **style)[0],
        ax.plot([], [], color=COLOURS["modulo"], **style)[0],
        ax.fill_between([], [], [], color=COLOURS["modulo"], alpha=0.25),
        ax.plot([], [], color=plot.GREY, linestyle=(0, (5, 3)))[0],
    ]
    texts = [
        r"$\|f-g\|$",
        r"$\|\mathrm{LIF}(f)-\mathrm{LIF}(g)\|$",
        r"$-\vartheta$ to $+2\vartheta$ about it (sharp)",
        r"$\pm2\vartheta$ (published)",
    ]
    figure.legend(entries, texts, loc="outside upper center", ncols=4, frameon=False, fontsize=8.5)


def agreement(result: Result) -> list[Row]:
    """Both sides of P2 for modulo, decided exactly, and how near they are reached."""
    modulo, theta = result.outputs[:, 0], result.settings[:, :, 1]
    points = list(zip(modulo.ravel(), result.inputs.ravel(), np.resize(theta, modulo.shape).ravel(), strict=True))
    upper = [surely_less(output, size, th) for output, size, th in points]
    lower = [surely_less(size, output, th, th) for output, size, th in points]
    change = (result.outputs - result.inputs[:, None]) / theta
    first = change[0, 0]
    rows = [
        Row("E4", "modulo, the pair drawn: change of distance / theta", f"{first.min():.3f} to {below(first.max(), 3)}",
            "within +-2", held(np.abs(first) < 2)),
        Row("E4", "modulo, all pairs: greatest change / theta < 1", below(change[:, 0].max()), "", held(upper),
            "theory P2"),
        Row("E4", "modulo, all pairs: least change / theta > -2", f"-{below(-change[:, 0].min())}", "", held(lower),
            "theory P2"),
    ]  # fmt: skip
    for r, reset in enumerate(RESETS[1:], 1):
        ours = f"{change[:, r].min():.2f} to {change[:, r].max():.2f}"
        rows.append(Row("E4", f"{reset}, all pairs: change of distance / theta", ours, "", "no bound claimed"))
    return rows


EXPERIMENT = Experiment("E4", "e4_quasi_isometry", "Quasi-isometry", 8, 3, (8.0, 5.4), compute, draw, agreement)
