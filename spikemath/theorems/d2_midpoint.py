r"""D2-midpoint, refuted: that half a threshold back from the held value is as good.

An "unbiased" decoder shows the middle of the last step, W_k - sign(s_k) theta / 2. After the event g may still go on
by almost a threshold: the error is below 3/2 theta, and tends to it on g = (1, 2 - d), theta = 1.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._decoded import Samples, error_below_the_threshold, sample_cases


def instances() -> Any:
    """Samples aimed at multiples of the threshold."""
    return sample_cases()


def judge(samples: Samples, threshold: float) -> Verdict:
    """sup |g - middle of the last step| < threshold; 0 before the first event."""

    def middle(j: int, at: list[int], values: list[Fraction]) -> tuple[Fraction, Fraction]:
        step = values[j] - values[j - 1] if j else Fraction(0)
        back = Fraction(threshold) / 2 * ((step > 0) - (step < 0))
        return values[j] - back, values[j] - back

    return error_below_the_threshold(samples, threshold, middle)


CLAIM = Claim(
    name="D2-midpoint",
    title="The middle of the last step is within one threshold",
    statement=(
        "The running sum less half a threshold in the direction of the last spike differs from g by less than the "
        "threshold. False: the error reaches up to three halves of the threshold."
    ),
    latex=r"\sup_t \Bigl|g(t) - W(t) + \tfrac{\vartheta}{2}\operatorname{sgn} s_k\Bigr| < \vartheta",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(Hypothesis("there is a sample", lambda samples, threshold: len(samples) > 0),),
    counterexamples=(
        Example("5/4", ((1.0, 1.75), 1.0)),
        Example("up to 2^-52 of 3/2 theta", ((1.0, 2.0 - 2.0**-52), 1.0)),
    ),
)
