r"""Q4. Reset by subtraction: the worst error for bounded weights, in three regimes.

|a_i| <= A and a decay of at least beta = exp(-alpha * shortest gap) from pulse to pulse. The supremum of the error is

    A / (1 - beta)              for  A <= (1 - beta) theta       (it never fires)
    theta, not attained         for  A <= (2 - beta) theta       (there |u| < 2 theta: it is modulo)
    (A - theta) / (1 - beta)    beyond; infinite without leak

which is max{ (A - theta)/(1 - beta), min{A/(1 - beta), theta} } and, for a finite train, never reached: with M that
number, |V| < M gives |V| <= max(theta-, beta M + A - theta) at the next pulse.

Source: spikemath; subtraction beside modulo: arXiv 2305.05772.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, exactly
from spikemath.theorems._data import are_trains, below, enclosed, gaps, larger, largest, loss, number, smaller


def instances() -> Any:
    """Trains of a bounded weight and a shortest gap, over the three regimes."""

    def of(pair: tuple[float, float]) -> Any:
        theta, alpha = pair
        sizes = [0.25, 0.5, 1.0] if alpha == 0.0 else [0.25, 0.5, 1.0, 1.5, 2.0, 3.0]
        bound = st.sampled_from(sizes).map(lambda c: c * theta)
        gap = st.sampled_from([1.0, 0.5, 0.1])
        return st.tuples(bound, gap).flatmap(
            lambda p: st.tuples(
                spike_trains(threshold=theta, max_weight=p[0], min_gap=p[1]) | steady(*p),
                st.just(theta),
                st.just(alpha),
                st.just(p[0]),
                st.just(p[1]),
            )
        )

    def steady(weight: float, gap: float) -> Any:
        step = 2.0 ** math.ceil(math.log2(gap))  # multiples of it are exact
        return st.integers(2, 12).map(lambda n: SpikeTrain([step * k for k in range(n)], [weight] * n))

    return st.tuples(thresholds(), leaks()).flatmap(of)


def judge(eta: SpikeTrain, threshold: float, alpha: float, bound: float, gap: float) -> Verdict:
    """||Sub(eta) - eta||_{A,alpha} < the supremum of the regime."""
    error = eta - LIF(threshold, alpha, reset="subtract")(eta)
    A, theta = number(bound), number(threshold)

    def supremum(bits: int) -> Bounds:
        if alpha == 0:
            return exactly(threshold)
        never = enclosed(lambda: A / loss(alpha, gap), bits)
        beyond = enclosed(lambda: (A - theta) / loss(alpha, gap), bits)
        return larger(beyond, smaller(never, exactly(threshold)))

    return below(error, alpha, supremum)


def _steady(weight: float, n: int = 60) -> SpikeTrain:
    return SpikeTrain([float(k) for k in range(n)], [weight] * n)


_BELOW = math.nextafter(1.0, 0.0)

CLAIM = Claim(
    name="Q4",
    title="The worst error of reset by subtraction, in three regimes",
    statement=(
        "For trains with weights of absolute value at most A and gaps of at least g, beta = exp(-alpha g): the error "
        "of reset by subtraction is below A/(1-beta) if A <= (1-beta) theta, below theta if A <= (2-beta) theta, and "
        "below (A-theta)/(1-beta) beyond that, for alpha > 0. No smaller numbers do. Without leak the first regime is "
        "empty and the last one unbounded."
    ),
    latex=(
        r"\sup \lVert \mathrm{Sub}(\eta) - \eta \rVert_{A,\alpha} = \begin{cases}"
        r"A/(1-\beta) & A \le (1-\beta)\vartheta \\ \vartheta & A \le (2-\beta)\vartheta \\"
        r"(A-\vartheta)/(1-\beta) & \text{else} \end{cases} \qquad \beta = e^{-\alpha g}"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "|a_i| <= bound, bound > 0",
            lambda eta, threshold, alpha, bound, gap: bound > 0 and largest(eta) <= Fraction(bound),
        ),
        Hypothesis(
            "events are at least gap > 0 apart",
            lambda eta, threshold, alpha, bound, gap: gap > 0 and all(d >= Fraction(gap) for d in gaps(eta)),
        ),
        Hypothesis(
            "there is a leak, or bound <= threshold",
            lambda eta, threshold, alpha, bound, gap: alpha > 0 or bound <= threshold,
        ),
    ),
    sharp=(
        Example("never fires: 60 pulses of 1/2, alpha = 1", (_steady(0.5), 1.0, 1.0, 0.5, 1.0)),
        Example("one pulse an ulp below the threshold", (SpikeTrain([0.0], [_BELOW]), 1.0, 1.0, 1.0, 1.0)),
        Example("overload: 60 pulses of 3, alpha = 1", (_steady(3.0), 1.0, 1.0, 3.0, 1.0)),
    ),
)
