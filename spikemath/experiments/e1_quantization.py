r"""E1, quantization: the error of LIF in its own norm, for three resets and five leaks.

    ||LIF(eta) - eta||_{A,alpha} < theta        reset modulo, every train (theory Q1)

Subtract shares the bound where weights are at most (2 - beta) theta (Q4), so on [-1, 1], but not on [-2, 2]; zero has
no such bound (Q5).

Set-up (arXiv 2305.08012, 2305.05772): 100 trains of 50 pulses, gaps U[0.2, 1], weights multiples of 1/4 in [-1, 1],
then in [-2, 2]; theta = 1; alpha = 0.01, 0.1, 1, 10, 100. The authors draw new trains for each alpha; here all boxes of
a row share their trains, which changes no box's law.

Reported: quartiles for modulo, in the notebook, which does not say of which range. How far chance moves a quartile
of 100 values is found from a larger pool of trains, and it says two things. The quartiles are those of [-2, 2]. And at
alpha = 100 the reported lower quartile, 0.75, is that of floats: after a gap of 0.4 what is left of a residual is
exp(-40) of it, 1 - exp(-40) is 1 to a float, and a neuron that should stay below its threshold fires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.experiments._base import (
    COLOURS,
    RESETS,
    SEED,
    Experiment,
    FloatArray,
    Row,
    bar,
    below,
    boxes,
    chance,
    error,
    generator,
    held,
    judged,
    tidy,
    titled,
    train,
)

SPIKES, THETA = 50, 1.0
AMPLITUDES = (1.0, 2.0)
ALPHAS = (0.01, 0.1, 1.0, 10.0, 100.0)
REPORTED_COUNT = 100
# leak: lower quartile, median, upper quartile of modulo
REPORTED = {
    0.01: (0.99019574, 0.99536160, 0.99821250),
    0.1: (0.95755820, 0.97955595, 0.99096786),
    1.0: (0.96906891, 0.98742138, 0.99453749),
    10.0: (0.99995077, 0.99999181, 0.99999993),
}
REPORTED_BY_FLOATS = 0.7500000000000003  # lower quartile at alpha = 100
QUARTILES = {"lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75}
POOL, QUICK_POOL = 600, 100  # trains


@dataclass(frozen=True)
class Result:
    """Norms, shape (amplitudes, resets, alphas, trains); of the pool, modulo, (amplitudes, reported alphas, trains).

    floats: what a neuron that computes in plain floats makes of the pool on [-2, 2] at alpha = 100, (trains,).
    """

    seed: int
    alphas: FloatArray
    norms: FloatArray
    pool: FloatArray
    floats: FloatArray


def trains(count: int, seed: int, amplitude: float) -> list[Any]:
    """The random trains of one row of the figure."""
    return [train(generator(seed, 1, round(amplitude), 0, i), SPIKES, amplitude) for i in range(count)]


def compute(count: int, seed: int = SEED, progress: bool = False, quick: bool = False) -> Result:
    """All norms, exactly (rounded down)."""
    extra = QUICK_POOL if quick else POOL
    norms = np.zeros((len(AMPLITUDES), len(RESETS), len(ALPHAS), count))
    pool, floats = np.zeros((len(AMPLITUDES), len(REPORTED), extra)), np.zeros(extra)
    with bar("E1", norms.size + pool.size, progress) as tick:
        for a, amplitude in enumerate(AMPLITUDES):
            for k, eta in enumerate(trains(count, seed, amplitude)):
                for r, reset in enumerate(RESETS):
                    for i, alpha in enumerate(ALPHAS):
                        norms[a, r, i, k] = error(eta, THETA, alpha, reset)
                        tick.update()
            for k in range(extra):
                eta = train(generator(seed, 1, round(amplitude), 1, k), SPIKES, amplitude)
                for i, alpha in enumerate(REPORTED):
                    pool[a, i, k] = error(eta, THETA, alpha, "modulo")
                    tick.update()
                floats[k] = error(eta, THETA, ALPHAS[-1], "modulo", "fast")  # those of [-2, 2] remain
    return Result(seed, np.array(ALPHAS), norms, pool, floats)


def draw(result: Result, figure: Any) -> None:
    """Box plots: a row for each range of weights, a column for each reset."""
    panels = figure.subplots(len(AMPLITUDES), len(RESETS), sharex=True)
    letters = iter("abcdef")
    for a, amplitude in enumerate(AMPLITUDES):
        for r, reset in enumerate(RESETS):
            ax = panels[a][r]
            boxes(ax, result.norms[a, r], COLOURS[reset])
            ax.axhline(THETA, color="black", linewidth=0.9, linestyle=(0, (5, 3)), zorder=1)
            titled(ax, next(letters), f"{reset}, weights in [\u2212{amplitude:g}, {amplitude:g}]")
            tidy(ax)
            ax.set_xticks(range(len(ALPHAS)), [f"{alpha:g}" for alpha in ALPHAS])
            values = result.norms[a, r]
            low, high = values.min(), max(values.max(), THETA)
            ax.set_ylim(low - 0.06 * (high - low), high + 0.1 * (high - low))
            if a == 1:
                ax.set_xlabel(r"leak $\alpha$")
        panels[a][0].set_ylabel(r"$\|\mathrm{LIF}(\eta)-\eta\|_{A,\alpha}$")
    panels[0][0].text(4.45, THETA, r" $\vartheta$", ha="left", va="center", clip_on=False)
    reported = panels[1][0]
    reported.plot(
        np.arange(len(REPORTED)) + 0.42,
        [values[1] for values in REPORTED.values()],
        "<",
        color="black",
        markersize=4.5,
        label="reported median",
    )
    reported.plot(
        4.0,
        REPORTED_BY_FLOATS,
        "<",
        color="black",
        markersize=4.5,
        markerfacecolor="white",
        label="reported lower\nquartile, of floats",
    )
    reported.set_ylim(0.73, 1.03)
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.13, 0.0), "borderaxespad": 0.1}
    reported.legend(frameon=False, fontsize=8, handletextpad=0.1, **place)


def agreement(result: Result) -> list[Row]:
    """Reported quartiles, and the statements of theory Q1, Q4, Q5."""
    modulo, subtract, zero = (result.norms[:, r] for r in range(3))
    rows = [
        Row("E1", "modulo, all trains: norm < 1", below(modulo.max(), 17), "< 1", held(modulo < THETA)),
        Row(
            "E1",
            "subtract = modulo on [-1, 1]",
            f"{np.mean(subtract[0] == modulo[0]):.0%}",
            "",
            held(subtract[0] == modulo[0]),
            "theory Q4",
        ),
    ]
    for name, values in (("subtract", subtract), ("zero", zero)):
        exceed = (values[1, :3] >= THETA).mean(axis=1)
        shares = ", ".join(f"{share:.0%}" for share in exceed)
        quantity = f"{name} on [-2, 2]: trains with norm >= 1 at alpha .01, .1, 1"
        rows.append(Row("E1", quantity, shares, "exceed 1", held(exceed > 0)))
    for i, (alpha, reported) in enumerate(REPORTED.items()):
        for name, value in zip(QUARTILES, reported, strict=True):
            ours = modulo[1, ALPHAS.index(alpha)]
            rows.append(_row(f"modulo on [-2, 2], alpha {alpha:g}: {name}", ours, result.pool[1, i], name, value))
    for i, (alpha, reported) in enumerate(REPORTED.items()):
        what = f"the same, were it [-1, 1], alpha {alpha:g}: median"
        rows.append(_row(what, modulo[0, i], result.pool[0, i], "median", reported[1]))
    name, value = "lower quartile", REPORTED_BY_FLOATS
    rows.append(_row(f"modulo on [-2, 2], alpha 100: {name}", modulo[1, -1], modulo[1, -1], name, value))
    rows.append(_row(f"the same, computed in floats: {name}", result.floats, result.floats, name, value))
    return rows


def _row(quantity: str, values: FloatArray, pool: FloatArray, quartile: str, reported: float) -> Row:
    part = QUARTILES[quartile]
    verdict, note = judged(chance(np.round(pool, 8), REPORTED_COUNT, part, round(reported, 8)))
    return Row("E1", quantity, below(np.quantile(values, part), 7), below(reported, 7), verdict, note)


EXPERIMENT = Experiment(
    "E1", "e1_quantization", "Quantization error", 100, 25, (8.0, 5.2), compute, draw, agreement
)  # fmt: skip
