r"""D2-linear, refuted: that straight lines between the events decode send-on-delta within one threshold.

The line from (t_k, W_k) to (t_(k+1), W_(k+1)) runs ahead of g: just before t_(k+1) it is at W_(k+1), where g may still
be just above W_k - theta. The error is below theta + |s_(k+1)|, so below 2 theta where spikes are single, and
it tends to that on g = (0, -(1 - d), ..., -(1 - d), 1), theta = 1.

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
    """sup |g - line through the events| < threshold; after the last event the value is held."""

    def line(j: int, at: list[int], values: list[Fraction]) -> tuple[Fraction, Fraction]:
        return values[j], values[min(j + 1, len(values) - 1)]

    return error_below_the_threshold(samples, threshold, line)


CLAIM = Claim(
    name="D2-linear",
    title="Linear interpolation between the events is within one threshold",
    statement=(
        "Straight lines through the running sums at the events differ from g by less than the threshold. False: "
        "between events that are one threshold apart the error reaches up to two thresholds."
    ),
    latex=r"\sup_t |g(t) - L(t)| < \vartheta",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(Hypothesis("there is a sample", lambda samples, threshold: len(samples) > 0),),
    counterexamples=(
        Example("3/2: one step down, then up", ((0.0, -0.5, 1.0), 1.0)),
        Example("up to 2^-10 of 2 theta", ((0.0, *(-1.0 + 2.0**-11,) * 7, 1.0), 1.0)),
    ),
)
