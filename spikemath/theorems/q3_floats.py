r"""Q3, refuted: that the bound Q1 survives plain floating point.

    u <- fl(u + a),     n = trunc(fl(u / theta)),     u <- fl(u - fl(n theta)),     send n theta

On decimal data ties are everywhere, and there a rounding decides: the exact norm of weights minus n theta reaches
theta, while the loop's own u never shows it. One pulse of less than 2^53 thresholds cannot do it (rounding
is monotone), two can. On weights of full random precision it hardly ever happens, so random tests do not see it.

Source: spikemath; the bound is that of arXiv 2305.05772, 2402.07954.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.strategies import thresholds, tie_trains
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, exactly


def instances() -> Any:
    """Weights that bring the potential to a multiple of the threshold, as nearly as floats allow; decimals."""
    return thresholds().flatmap(
        lambda theta: st.tuples(tie_trains(theta).map(lambda eta: tuple(eta.weights.tolist())), st.just(theta))
    )


def judge(weights: tuple[float, ...], threshold: float) -> Verdict:
    """The exact norm of weights - n threshold, for the n of float code, is below the threshold."""
    u, V = 0.0, Fraction(0)
    top, where = Fraction(0), None
    for i, a in enumerate(weights):
        u += a
        n = math.trunc(u / threshold)
        u -= n * threshold
        V += Fraction(a) - n * Fraction(threshold)
        if abs(V) > top:
            top, where = abs(V), i
    return compare(exactly(top), exactly(threshold), witness=where, note=f"the float residual ends at {u!r}")


CLAIM = Claim(
    name="Q3",
    title="Plain float code keeps the bound of Q1",
    statement=(
        "The usual loop in float64 (add the weight, send the truncated quotient, subtract) leaves an error whose norm "
        "is below the threshold, without leak. False on ordinary decimal data, from two pulses on: with "
        "weights that are multiples of 0.1 about a third of all trains of 50 pulses break it at threshold 0.3."
    ),
    latex=(
        r"n = \operatorname{trunc}(\mathrm{fl}(u/\vartheta)) \;\Rightarrow\; "
        r"\max_k \Bigl\lvert \sum_{i\le k} (a_i - n_i \vartheta) \Bigr\rvert < \vartheta"
    ),
    source="spikemath; the bound: arXiv 2305.05772",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("the weights are finite", lambda weights, threshold: all(map(math.isfinite, weights))),
        Hypothesis("the threshold is positive", lambda weights, threshold: threshold > 0),
    ),
    counterexamples=(
        Example("0.5 and -0.3 with threshold 0.1", ((0.5, -0.3), 0.1)),
        Example("-1 and 0.4 with threshold 0.3", ((-1.0, 0.4), 0.3)),
        Example("three pulses and threshold 1", ((-0.9, -1.0, -0.1), 1.0)),
    ),
)
