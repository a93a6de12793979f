r"""Q2-strict, refuted: that the error norm of a signal is strictly below the threshold, for the real-number operator.

Just before a continuous crossing |V| tends to theta, and one-sided limits count in the norm: it *equals* theta for
every signal without pulses that fires. It can equal theta without a spike: f = 1 with a pulse of -1 at t = 1.

The instance is f = samples[k] on [k, k + 1) plus pulses[k] at k, without leak, so that the operator is rational:
F meets the next multiple of theta at rational times, and V is linear in between.

Source: the strict inequality is stated in arXiv 2402.07954.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, exactly


def instances() -> Any:
    """Piecewise constant signals, of integrals aimed at multiples of the threshold, most without pulses."""

    def of(theta: float) -> Any:
        a = weights(threshold=theta, max_weight=8 * theta)
        samples = st.lists(a, min_size=1, max_size=6).map(tuple)
        pulses = st.just(()) | st.lists(a, max_size=6).map(tuple)
        return st.tuples(samples, pulses, st.just(theta)).filter(lambda x: len(x[1]) <= len(x[0]) + 1)

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], pulses: tuple[float, ...], threshold: float) -> Verdict:
    """sup_t |V(t)| < threshold, left limits included, for the operator on the real numbers."""
    theta, V = Fraction(threshold), Fraction(0)
    top, where = Fraction(0), Fraction(0)
    for k in range(len(samples) + 1):
        V += Fraction(pulses[k]) if k < len(pulses) else 0
        V -= theta * int(V / theta)  # int truncates
        if abs(V) > top:
            top, where = abs(V), Fraction(k)
        if k == len(samples):
            break
        end = V + Fraction(samples[k])
        if abs(end) > top:  # V is monotone on the piece: it ends there, or reaches theta on the way
            top = min(abs(end), theta)
            where = k + ((top if end > 0 else -top) - V) / Fraction(samples[k])
        V = end - theta * int(end / theta)
    return compare(exactly(top), exactly(theta), witness=float(where))


CLAIM = Claim(
    name="Q2-strict",
    title="The error of a signal is strictly below the threshold, for the operator on the real numbers",
    statement=(
        "As published: the norm of LIF(f) - f is strictly below the threshold for signals as for trains. False for "
        "every f without pulses that fires, since the residual tends to the threshold before a continuous crossing; "
        "the supremum is the threshold. The bound with <= is true, and so is the strict one at right limits (Q2)."
    ),
    latex=r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(f) - f \rVert_{A,\alpha} < \vartheta",
    source="arXiv 2402.07954",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis(
            "there is a sample, and at most one pulse per boundary",
            lambda samples, pulses, threshold: 1 <= len(samples) >= len(pulses) - 1,
        ),
        Hypothesis("the threshold is positive", lambda samples, pulses, threshold: threshold > 0),
    ),
    counterexamples=(
        Example("f = 1 and theta = 1: the residual tends to 1 before the crossing at t = 1", ((1.0,), (), 1.0)),
        Example("no spike at all: f = 1 with a pulse of -1 at t = 1", ((1.0,), (0.0, -1.0), 1.0)),
    ),
)
