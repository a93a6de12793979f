r"""E2, threshold deviation: two neurons that differ in the threshold only.

    ||LIF_{theta + D}(eta) - LIF_theta(eta)||_{A,alpha} < theta + D        reset modulo (theory P3)

theta + D is the greater of the two thresholds. Published: 2 theta + D.

Set-up (arXiv 2305.05772): one train of 15 pulses, gaps U[0.2, 1], weights multiples of 1/4 in [-1, 1]; theta = 0.2,
alpha = 0.8, D in [0, 0.4]. Here the curves are those of the first of several such trains, as published; the shaded area
is what modulo reaches on any of them. theta + D stands for the float that the second neuron is given.
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
    ends,
    generator,
    held,
    resets,
    tagged,
    tidy,
    train,
)
from spikemath.norms import alexiewicz_norm
from spikemath.operators import LIF

SPIKES, AMPLITUDE, THETA, ALPHA = 15, 1.0, 0.2, 0.8
MOST, STEPS, QUICK_STEPS = 0.4, 160, 80


@dataclass(frozen=True)
class Result:
    """Deviations (m,), the second threshold theta + D (m,), and norms (trains, resets, m)."""

    seed: int
    deviations: FloatArray
    thresholds: FloatArray
    norms: FloatArray


def compute(count: int, seed: int = SEED, progress: bool = False, quick: bool = False) -> Result:
    """All norms, exactly (rounded down)."""
    deviations = np.linspace(0.0, MOST, (QUICK_STEPS if quick else STEPS) + 1)
    thresholds = THETA + deviations
    norms = np.zeros((count, len(RESETS), deviations.size))
    with bar("E2", count * len(RESETS), progress) as tick:
        for k in range(count):
            eta = train(generator(seed, 2, k), SPIKES, AMPLITUDE)
            for r, reset in enumerate(RESETS):
                first = LIF(THETA, ALPHA, reset)(eta)
                for i, theta in enumerate(thresholds):
                    norms[k, r, i] = alexiewicz_norm(LIF(theta, ALPHA, reset)(eta) - first, ALPHA)
                tick.update()
    return Result(seed, deviations, thresholds, norms)


def draw(result: Result, figure: Any) -> None:
    """The curves of one train below both lines."""
    ax = figure.subplots()
    D, worst = result.deviations, result.norms[:, 0].max(axis=0)
    ax.fill_between(D, 0.0, worst, color=COLOURS["modulo"], alpha=0.14, linewidth=0)
    resets(ax, D, result.norms[0])
    ax.plot(D, result.thresholds, color="black", linewidth=1.8)
    ax.plot(D, THETA + result.thresholds, color=plot.GREY, linewidth=1.5, linestyle=(0, (5, 3)))
    tidy(ax)
    top = max(2 * THETA + MOST, float(result.norms[0].max()))
    ax.set(xlim=(0.0, MOST), ylim=(0.0, 1.08 * top))
    ax.set_xlabel(r"deviation $D$ of the threshold")
    ax.set_ylabel(r"$\|\mathrm{LIF}_{\vartheta+D}(\eta)-\mathrm{LIF}_\vartheta(\eta)\|_{A,\alpha}$")
    lines = [
        (2 * THETA + MOST, r"$2\vartheta+D$, published", plot.GREY),
        (THETA + MOST, r"$\vartheta+D$, sharp", "black"),
    ]
    ends(ax, lines)
    said = f"shaded: reset modulo, largest of {len(result.norms)} trains"
    tagged(ax, 0.985 * MOST, 0.05 * top, said, plot.BLUE, ha="right")


def agreement(result: Result) -> list[Row]:
    """The sharp bound holds for modulo; how near it is reached; what the other resets do."""
    modulo = result.norms[:, 0]
    ratio = (modulo / result.thresholds).max()
    rows = [
        Row("E2", "modulo, one train: largest norm - (2 theta + D)",
            f"{(modulo[0] - result.thresholds).max() - THETA:.3f}", "< 0", held(modulo[0] < result.thresholds)),
        Row("E2", "modulo, all trains: norm / (theta + D) < 1", below(ratio), "", held(modulo < result.thresholds),
            "theory P3"),
    ]  # fmt: skip
    for r, reset in enumerate(RESETS[1:], 1):
        exceeds = (result.norms[:, r] >= result.thresholds).any()
        said = "exceeds theta + D" if exceeds else "stays below"
        rows.append(Row("E2", f"{reset}, all trains", said, "", "no bound claimed"))
    return rows


EXPERIMENT = Experiment("E2", "e2_threshold", "Threshold deviation", 12, 5, (7.4, 4.2), compute, draw, agreement)
