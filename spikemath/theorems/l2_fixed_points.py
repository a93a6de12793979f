r"""L2. What an encoder leaves as it is.

    modulo              L(eta) = eta   iff   all weights are integer multiples of theta
    subtract, zero      L(eta) = eta   iff   all weights are +-theta

Every output is such a train; and such a train is met by a potential that is exactly zero before every event.

Source: arXiv 2305.05772 (modulo); the others spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains


def instances() -> Any:
    """Trains of exact multiples of the threshold, of single thresholds, and others."""

    def of(theta: float) -> Any:
        some = spike_trains(threshold=theta)
        counts = spike_trains(threshold=1.0, weights=st.sampled_from([1.0, -1.0, 2.0, -3.0, 7.0]))
        ones = spike_trains(threshold=1.0, weights=st.sampled_from([1.0, -1.0]))
        train = some | (counts | ones).map(lambda n: n * theta)
        return st.tuples(train, st.just(theta), leaks(), st.sampled_from(RESETS))

    return thresholds().flatmap(of)


def judge(eta: SpikeTrain, threshold: float, alpha: float, reset: str) -> Verdict:
    """(L(eta) = eta) is (the weights are as stated)."""
    theta = Fraction(threshold)
    weights = eta.exact_weights()
    expected = all(a % theta == 0 if reset == "modulo" else abs(a) == theta for a in weights)
    fixed = LIF(threshold, alpha, reset)(eta) == eta
    return equal(fixed == expected, note="fixed" if fixed else "not fixed")


CLAIM = Claim(
    name="L2",
    title="The trains that an encoder leaves as they are",
    statement=(
        "An encoder with reset to modulo leaves exactly those trains as they are whose weights are integer multiples "
        "of the threshold; with reset by subtraction or to zero, those whose weights are plus or minus the threshold."
    ),
    latex=(
        r"L(\eta) = \eta \iff a_i \in \vartheta\mathbb{Z} \;\text{(modulo)}, \quad "
        r"a_i = \pm\vartheta \;\text{(subtract, zero)}"
    ),
    source="arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    sharp=(
        Example("3 times 0.1, exactly: fixed", (SpikeTrain([0.0] * 3, [0.1] * 3), 0.1, 0.0, "modulo")),
        Example("the float 0.3: not fixed", (SpikeTrain([0.0], [0.3]), 0.1, 0.0, "modulo")),
    ),
)
