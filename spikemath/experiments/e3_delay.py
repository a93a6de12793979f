r"""E3, delay: a train and the same train D later.

With S eta = eta(. - D), mass_D = sup_t |int_(t-D, t] exp(-alpha (t - s)) d eta(s)| and norms ||.|| = ||.||_{A,alpha}:

    ||LIF(S eta) - LIF(eta)|| < theta + ||S eta - eta||                                      (theory P1)
                             <= theta + (1 - exp(-alpha D)) ||eta|| + mass_D                 (theory P6)
    published line:  2 theta + A + alpha D (||eta|| + A),   A the greatest weight, here 1

The published line counts one pulse in a window of length D. It is a bound for D up to the least gap; beyond it can fail
when alpha is small (four unit pulses 1/4 apart, alpha = 0, theta = 1/4, D = 1: norm 4 against 1.5).

mass_D is a norm: U_eta(t) - exp(-alpha D) U_eta(t - D) is the running integral of eta - exp(-alpha D) S eta.

Set-up (arXiv 2305.05772): the train of E2's kind (15 pulses, gaps U[0.2, 1], weights multiples of 1/4 in [-1, 1]);
theta = 0.2, alpha = 2, D in [0, 1]. Here D are multiples of 2^-7, so that shifted times are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath import plot
from spikemath.experiments._base import (
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
    surely_less,
    tidy,
    train,
)
from spikemath.norms import alexiewicz_norm
from spikemath.operators import LIF

SPIKES, AMPLITUDE, THETA, ALPHA = 15, 1.0, 0.2, 2.0
STEPS, QUICK_STEPS = 128, 32
SLACK = 2.0**-40  # far more than the floats in the bound of P6 err, relative to theta


@dataclass(frozen=True)
class Result:
    """Delays (m,); norms (trains, resets, m); per train and delay ||S eta - eta||, mass_D, and ||eta|| (trains,)."""

    seed: int
    delays: FloatArray
    norms: FloatArray
    inputs: FloatArray
    masses: FloatArray
    sizes: FloatArray

    def bound(self) -> FloatArray:
        """The bound of P6, shape (trains, m)."""
        return THETA - np.expm1(-ALPHA * self.delays) * self.sizes[:, None] + self.masses

    def published(self) -> FloatArray:
        """The published line, shape (trains, m)."""
        return 2 * THETA + AMPLITUDE + ALPHA * self.delays * (self.sizes[:, None] + AMPLITUDE)


def compute(count: int, seed: int = SEED, progress: bool = False, quick: bool = False) -> Result:
    """All norms, exactly (rounded down)."""
    steps = QUICK_STEPS if quick else STEPS
    delays = np.arange(steps + 1) / steps
    norms = np.zeros((count, len(RESETS), delays.size))
    inputs, masses, sizes = np.zeros((count, delays.size)), np.zeros((count, delays.size)), np.zeros(count)
    with bar("E3", count * delays.size, progress) as tick:
        for k in range(count):
            eta = train(generator(seed, 3, k), SPIKES, AMPLITUDE)
            sizes[k] = alexiewicz_norm(eta, ALPHA)
            first = {reset: LIF(THETA, ALPHA, reset)(eta) for reset in RESETS}
            for i, delay in enumerate(delays.tolist()):
                late = eta.shift(delay)
                inputs[k, i] = alexiewicz_norm(late - eta, ALPHA)
                masses[k, i] = alexiewicz_norm(eta - math.exp(-ALPHA * delay) * late, ALPHA)
                for r, reset in enumerate(RESETS):
                    norms[k, r, i] = alexiewicz_norm(LIF(THETA, ALPHA, reset)(late) - first[reset], ALPHA)
                tick.update()
    return Result(seed, delays, norms, inputs, masses, sizes)


def draw(result: Result, figure: Any) -> None:
    """The curves of one train below the three bounds."""
    ax = figure.subplots()
    D = result.delays
    resets(ax, D[1:], result.norms[0, :, 1:])  # at D = 0 all is 0, and just after it is not
    direct, bound, published = THETA + result.inputs[0], result.bound()[0], result.published()[0]
    ax.plot(D[1:], bound[1:], color="black", linewidth=1.8)
    ax.plot(D[1:], direct[1:], color=plot.GREEN, linewidth=1.4)
    ax.plot(D, published, color=plot.GREY, linewidth=1.5, linestyle=(0, (5, 3)))
    ax.plot(0.0, 0.0, "o", color="black", markersize=4, clip_on=False, zorder=5)
    tidy(ax)
    ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.04 * float(published.max())))
    ax.set_xlabel(r"delay $D$")
    ax.set_ylabel(r"$\|\mathrm{LIF}(S\eta)-\mathrm{LIF}(\eta)\|_{A,\alpha}$,   $S\eta=\eta(\cdot-D)$")
    lines = [
        (float(published[-1]), "published line", plot.GREY),
        (float(bound[-1]), "P6", "black"),
        (float(direct[-1]), r"P1: $\vartheta+\|S\eta-\eta\|$", plot.GREEN),
    ]
    ends(ax, lines)


def agreement(result: Result) -> list[Row]:
    """Both bounds of the theory and the published line, for modulo."""
    modulo, bound, published = result.norms[:, 0], result.bound(), result.published()
    direct = [
        surely_less(left, THETA, right) for left, right in zip(modulo.ravel(), result.inputs.ravel(), strict=True)
    ]
    near = result.delays <= 0.2
    return [
        Row("E3", "modulo, all trains: norm / bound P6 < 1", below((modulo / bound).max()), "",
            held(modulo < bound * (1 - SLACK)), "theory P6"),
        Row("E3", "modulo, all trains: norm / (theta + ||S eta - eta||) < 1",
            below((modulo / (THETA + result.inputs)).max()), "", held(direct), "theory P1"),
        Row("E3", "modulo, D up to the least gap: norm / published line", below((modulo / published)[:, near].max()),
            "< 1", held((modulo < published)[:, near])),
        Row("E3", "modulo, all D: norm / published line", below((modulo / published).max()), "< 1",
            held(modulo < published)),
    ]  # fmt: skip


EXPERIMENT = Experiment("E3", "e3_delay", "Delay", 8, 4, (7.4, 4.2), compute, draw, agreement)
