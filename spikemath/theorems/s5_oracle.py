r"""S5. At most two weights are admissible at an event, and the dynamic programme over residuals finds the optimum.

|u - k theta| < theta holds for k = floor(u / theta) and ceil(u / theta), which are one number where u is a multiple of
theta. So the lattice trains on the events of eta are the branches of a binary tree, and `sparsest` finds the smallest.
(Its agreement with an exhaustive search is a test of the package; here it meets random branches of up to 12 events.)

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from spikemath._numeric.potential import bounds, precision
from spikemath.signals import SpikeTrain
from spikemath.sparsity.sparsest import on_events
from spikemath.strategies import leaks
from spikemath.theorems._claim import Claim, Example, Verdict, all_of, compare, exactly
from spikemath.theorems._data import BITS, are_trains, below, steps, train_cases
from spikemath.theorems._lattice import admissible, against_the_optimum, moderate_leaks, smaller


def instances() -> Any:
    """Trains, counts at their events, thresholds and leaks."""
    counts = st.lists(st.integers(-2, 2), min_size=1, max_size=6).map(tuple)
    return train_cases(alphas=st.one_of(moderate_leaks(), leaks()), extra=lambda theta: (counts,))


def judge(eta: SpikeTrain, counts: tuple[int, ...], threshold: float, alpha: float) -> Verdict:
    """At most 2 weights at every event; the optimum is admissible; and ||optimum||_1 <= ||s||_1.

    s = c + LIF(eta - c), where c has the given counts at the events of eta, over and over.
    """
    c = on_events(eta, list(np.resize(counts, len(eta)).tolist()), threshold)
    s = admissible(eta, c, threshold, alpha)

    def of(best: SpikeTrain) -> Verdict:
        return all_of(below(eta - best, alpha, threshold), smaller(best, s), _branches(eta, s, threshold, alpha))

    return against_the_optimum(eta, threshold, alpha, of)


def _branches(eta: SpikeTrain, s: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """The largest number of admissible weights at an event, given what s sent before, is at most 2."""
    for bits in BITS:
        verdict = _branches_by(bits, eta, s, threshold, alpha)
        if verdict.verdict != "undecided":
            break
    return verdict


def _branches_by(bits: int, eta: SpikeTrain, s: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    verdicts = [compare(exactly(0), exactly(2), strict=False)]
    with precision(bits):
        for step in steps(eta, s, alpha):
            low, high = bounds(step.before)
            theta = exactly(threshold)[0]
            tried = range(int(low // theta) - 2, int(high // theta) + 4)
            surely_not = [k for k in tried if low - k * theta >= theta or high - k * theta <= -theta]
            number = len(tried) - len(surely_not)
            sure = sum(-theta < low - k * theta and high - k * theta < theta for k in tried)
            verdicts.append(compare((exactly(sure)[0], exactly(number)[0]), exactly(2), False, float(step.time)))
    return all_of(*verdicts)


CLAIM = Claim(
    name="S5",
    title="At most two weights are admissible at an event; a dynamic programme finds the optimum",
    statement=(
        "Whatever was sent before, at most two multiples of the threshold keep the residual of a train in the open "
        "tube at an event, and one where the potential is a multiple itself. The exact dynamic programme over "
        "residuals gives an admissible train, and none on the events of eta is smaller."
    ),
    latex=(
        r"\#\{k\in\mathbb Z : |u - k\vartheta| < \vartheta\} = "
        r"\lceil u/\vartheta\rceil - \lfloor u/\vartheta\rfloor + 1 \le 2"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    sharp=(
        Example(
            "the optimum of S2, and LIF",
            (SpikeTrain([0.0, 1.0, 2.0], [-0.75, -2.0, 1.5]), (-1, -1, 0), 1.0, 0.2876820724517809),
        ),
    ),
)
