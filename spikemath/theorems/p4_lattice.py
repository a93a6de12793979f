r"""P4. Without leak, outputs lie on the lattice, and P1 rounds up to it.

    || IF(eta + nu) - IF(eta) ||_A  <=  theta ceil( ||nu||_A / theta )

The left side is a multiple of theta below ||nu|| + theta. Equality happens (P5).

Source: spikemath; a Lipschitz-style bound: arXiv 2305.05772.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains, thresholds, tie_trains
from spikemath.theorems._claim import Claim, Example, Verdict, compare, exactly
from spikemath.theorems._data import are_trains, place, plain_norm


def instances() -> Any:
    """Two trains aimed at multiples of the threshold."""
    return thresholds().flatmap(
        lambda theta: st.tuples(
            spike_trains(threshold=theta) | tie_trains(theta), spike_trains(threshold=theta), st.just(theta)
        )
    )


def judge(eta: SpikeTrain, nu: SpikeTrain, threshold: float) -> Verdict:
    """||IF(eta + nu) - IF(eta)|| <= threshold ceil(||nu|| / threshold)."""
    neuron = IF(threshold)
    change, theta = neuron(eta + nu) - neuron(eta), Fraction(threshold)
    right = theta * ceil(plain_norm(nu) / theta)
    return compare(exactly(plain_norm(change)), exactly(right), strict=False, witness=place(change))


CLAIM = Claim(
    name="P4",
    title="Without leak, the output changes by at most the change of the input rounded up to thresholds",
    statement=(
        "The outputs of integrate-and-fire with reset to modulo on the trains eta and eta + nu differ by at most the "
        "norm of nu, rounded up to a multiple of the threshold."
    ),
    latex=(
        r"\lVert \mathrm{IF}_\vartheta(\eta + \nu) - \mathrm{IF}_\vartheta(\eta)\rVert_A \le "
        r"\vartheta \bigl\lceil \lVert\nu\rVert_A / \vartheta \bigr\rceil"
    ),
    source="spikemath; a Lipschitz-style bound: arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta", "nu"),),
    sharp=(Example("two halves of a threshold", (SpikeTrain([0.0], [0.5]), SpikeTrain([0.0], [0.5]), 1.0)),),
)
