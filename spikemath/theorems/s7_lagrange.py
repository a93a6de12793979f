r"""S7-lagrange, refuted: that S7 has a Lagrangian form, a weight mu >= 0 such that

    IF(f) in argmin over s in S_theta of   ||f - s||_A + mu ||s||_1.

The problem is not convex: the lattice is not. For f = (1, -0.9) and theta = 1, IF = (1, 0) costs 0.9 + mu. The empty
train costs 1, so mu <= 0.1; the train (1, -1) costs 0.1 + 2 mu, so mu >= 0.8. Each competitor s bounds mu
from one side, by (||f - IF|| - ||f - s||) / (||s||_1 - ||IF||_1); the claim is that the largest lower bound (0 among
them) is at most the smallest upper bound.

Source: spikemath.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.sparsity import l1
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, equal, exactly
from spikemath.theorems._data import are_trains, plain_norm
from spikemath.theorems._lattice import is_lattice, lattice_trains


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and pairs of lattice trains."""

    def of(theta: float) -> Any:
        pairs = st.tuples(lattice_trains(theta), lattice_trains(theta))
        return st.tuples(spike_trains(threshold=theta, max_size=6), pairs, st.just(theta))

    return thresholds().flatmap(of)


def judge(eta: SpikeTrain, others: tuple[SpikeTrain, ...], threshold: float) -> Verdict:
    """Some mu >= 0 makes IF(eta) at least as good as each of the others."""
    spikes = IF(threshold)(eta)
    error, size = plain_norm(eta - spikes), l1(spikes)
    lower, upper = Fraction(0), None
    for s in others:
        gain, more = error - plain_norm(eta - s), l1(s) - size
        if more > 0:
            lower = max(lower, gain / more)
        elif more < 0:
            upper = gain / more if upper is None else min(upper, gain / more)
        elif gain > 0:
            return equal(False, witness=s, note="as small and closer")
    if upper is None:
        return Verdict("holds", float(lower), math.inf, math.inf)
    return compare(exactly(lower), exactly(upper), strict=False)


CLAIM = Claim(
    name="S7-lagrange",
    title="Integrate-and-fire minimizes error plus a multiple of the size",
    statement=(
        "For every train there is a weight mu >= 0 such that IF minimizes the sum of the error norm and mu times the "
        "l1 norm over all trains of multiples of the threshold. False: for weights 1, -0.9 the empty train asks "
        "for mu <= 0.1 and the train 1, -1 for mu >= 0.8."
    ),
    latex=(
        r"\mathrm{IF}_\vartheta(\eta) \in \operatorname{argmin}_{s\in S_\vartheta}\ \lVert \eta - s\rVert_A + "
        r"\mu\lVert s\rVert_1 \quad\text{for some } \mu\ge 0"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "the others are lattice trains",
            lambda eta, others, threshold: all(is_lattice(s, threshold) for s in others),
        ),
    ),
    counterexamples=(
        Example(
            "0.8 <= mu <= 0.1",
            (
                SpikeTrain([0.0, 1.0], [1.0, -0.9]),
                (SpikeTrain([], [], domain=(0.0, 1.0)), SpikeTrain([0.0, 1.0], [1.0, -1.0])),
                1.0,
            ),
        ),
    ),
)
