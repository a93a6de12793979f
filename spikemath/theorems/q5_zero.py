r"""Q5, refuted: that reset to zero keeps the bound if the weights are small enough.

What exceeds theta at a spike is lost, and nothing bounds the sum of the losses: without leak, n pulses of 0.3 with
theta = 1 lose 0.2 every four pulses. Smaller weights lose less at a time, and only need more time. With a leak the
same happens at small gaps.

Source: spikemath; measured in arXiv 2305.05772.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains, below, largest


def instances() -> Any:
    """Trains with weights of at most a part of the threshold."""

    def of(pair: tuple[float, float]) -> Any:
        theta, part = pair
        bound = part * theta
        return st.tuples(spike_trains(threshold=theta, max_weight=bound), st.just(theta), leaks(), st.just(bound))

    return st.tuples(thresholds(), st.sampled_from([1.0, 0.75, 0.5, 0.3, 0.1])).flatmap(of)


def judge(eta: SpikeTrain, threshold: float, alpha: float, bound: float) -> Verdict:
    """||Zero(eta) - eta||_{A,alpha} < threshold."""
    error = eta - LIF(threshold, alpha, reset="zero")(eta)
    return below(error, alpha, threshold)


def _steady(weight: float, n: int, gap: float = 1.0) -> SpikeTrain:
    return SpikeTrain([k * gap for k in range(n)], [weight] * n)


CLAIM = Claim(
    name="Q5",
    title="Reset to zero keeps the bound for small weights",
    statement=(
        "If all weights are at most some positive bound, the error of reset to zero is below the threshold. False for "
        "every bound and every leak: what exceeds the threshold at a spike is lost, and the losses add up. "
        "Without leak the error is unbounded: 400 pulses of 0.3 leave an error of 20.7 thresholds."
    ),
    latex=(
        r"\max_i \lvert a_i\rvert \le A \;\Rightarrow\; "
        r"\lVert \mathrm{Zero}_{\vartheta,\alpha}(\eta) - \eta \rVert_{A,\alpha} < \vartheta"
    ),
    source="spikemath; measured in arXiv 2305.05772",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "|a_i| <= bound <= threshold",
            lambda eta, threshold, alpha, bound: largest(eta) <= Fraction(bound) <= Fraction(threshold),
        ),
    ),
    counterexamples=(
        Example("three pulses of 3/4", (_steady(0.75, 3), 1.0, 0.0, 0.75)),
        Example("400 pulses of 0.3: an error of 20.7 thresholds", (_steady(0.3, 400), 1.0, 0.0, 0.3)),
        Example("683 pulses of 3/1024", (_steady(3 / 1024, 683), 1.0, 0.0, 3 / 1024)),
        Example("with leak, at small gaps", (_steady(0.3, 7, 2.0**-20), 1.0, 1.0, 0.3)),
    ),
)
