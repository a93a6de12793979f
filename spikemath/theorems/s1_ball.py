r"""S1-ball, refuted: S1 with the open ball of the norm, ||s - f||_A < theta, in place of the tube at every time.

One-sided limits count in the norm. Just before a continuous crossing |V| tends to theta, so for every f without pulses
that fires ||IF(f) - f||_A = theta: IF(f) is not in the ball, let alone the sparsest train there. The smallest size in
the ball is nevertheless ||IF(f)||_1 for such f: a train that fires an instant early is in it, with as many spikes.

The instance is f = samples[k] on [k, k + 1), so that the operator on the real numbers is rational: V is linear between
crossings.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, exactly


def instances() -> Any:
    """Piecewise constant signals without pulses, of integrals aimed at multiples of the threshold."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta, max_weight=8 * theta), min_size=1, max_size=6).map(tuple)
        return st.tuples(samples, st.just(theta))

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], threshold: float) -> Verdict:
    """||IF(f) - f||_A < threshold, limits from the left included, for the operator on the real numbers."""
    theta, V = Fraction(threshold), Fraction(0)
    top, where = Fraction(0), Fraction(0)
    for k, x in enumerate(samples):
        end = V + Fraction(x)
        reached = min(abs(end), theta)  # V is monotone on the piece: it ends there, or reaches theta on the way
        if reached > top:
            top, where = reached, k + ((reached if end > 0 else -reached) - V) / Fraction(x)
        V = end - theta * int(end / theta)  # int truncates
    return compare(exactly(top), exactly(theta), witness=float(where))


CLAIM = Claim(
    name="S1-ball",
    title="Integrate-and-fire is sparsest in the open ball of the norm",
    statement=(
        "Among the lattice trains with an error norm below the threshold, limits from the left included, IF has the "
        "smallest l1 norm. False for every f without pulses that fires: the residual of IF tends to the threshold "
        "before a crossing, so IF(f) is not in the ball. The tube of S1 is pointwise, for right limits."
    ),
    latex=(
        r"\mathrm{IF}_\vartheta(f) \in \operatorname{argmin}\{\lVert s\rVert_1 : s\in S_\vartheta,\ "
        r"\lVert s - f\rVert_A < \vartheta\}"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there is a sample", lambda samples, threshold: len(samples) > 0),
        Hypothesis("the threshold is positive", lambda samples, threshold: threshold > 0),
    ),
    counterexamples=(
        Example("f = 1 and theta = 1: the residual tends to 1 before the crossing at t = 1", ((1.0,), 1.0)),
        Example("up, and down again", ((0.75, 0.75, -2.0), 1.0)),
    ),
)
