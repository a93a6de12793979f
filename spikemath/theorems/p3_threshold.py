r"""P3. What a deviation D of the threshold does to the output.

    || LIF_{theta + D}(eta) - LIF_theta(eta) ||_{A,alpha}  <  theta + D          (P1 with nu = 0)

Sharp wherever the lattices of theta and theta + D come close: with theta + D = m theta + e a pulse of m theta makes m
thresholds or none.

Source: arXiv 2305.05772, with 2 theta + D.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains, below, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and deviations that make nearby lattices."""
    parts = st.sampled_from([0.5, 2.0**-20, 1.0, 1 + 2.0**-20, 2.0, 0.1, 0.0])
    return train_cases(extra=lambda theta: (parts.map(lambda c: c * theta),))


def judge(eta: SpikeTrain, deviation: float, threshold: float, alpha: float) -> Verdict:
    """||LIF_{threshold + deviation}(eta) - LIF_threshold(eta)|| < threshold + deviation."""
    other = threshold + deviation
    change = LIF(other, alpha)(eta) - LIF(threshold, alpha)(eta)
    return below(change, alpha, max(Fraction(other), Fraction(threshold)))


CLAIM = Claim(
    name="P3",
    title="A deviation of the threshold changes the output by less than the larger threshold",
    statement=(
        "The outputs of two LIF neurons with reset to modulo and thresholds theta and theta + D >= theta, on one "
        "train, differ by less than theta + D."
    ),
    latex=(
        r"\lVert \mathrm{LIF}_{\vartheta + D,\alpha}(\eta) - \mathrm{LIF}_{\vartheta,\alpha}(\eta)\rVert_{A,\alpha} < "
        r"\vartheta + D"
    ),
    source="arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis("the deviation is >= 0", lambda eta, deviation, threshold, alpha: deviation >= 0),
    ),
    sharp=(
        Example("theta = 1 and 1 + 2^-20, a pulse of 1", (SpikeTrain([0.0], [1.0]), 2.0**-20, 1.0, 0.0)),
        Example("theta = 1 and 3 + 2^-20, a pulse of 3", (SpikeTrain([0.0], [3.0]), 2 + 2.0**-20, 1.0, 1.0)),
    ),
)
