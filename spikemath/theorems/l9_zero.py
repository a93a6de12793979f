r"""L9-zero, refuted: that parts of a pulse do what the whole does, under reset to zero. Of the whole more is lost.

The rule is written out for a residual and parts that come without decay. Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._laws import split_cases, split_changes_nothing, split_hypotheses


def instances() -> Any:
    """A residual, and parts of one sign."""
    return split_cases()


def judge(residual: float, parts: tuple[float, ...], threshold: float) -> Verdict:
    """The same mass is sent, and the same residual is kept."""
    return split_changes_nothing("zero", residual, parts, threshold)


CLAIM = Claim(
    name="L9-zero",
    title="Under reset to zero, a pulse may come in parts of its sign",
    statement=(
        "If a pulse comes in parts of one sign at one instant, each followed by a test, reset to zero sends what it "
        "sends for the whole. False; so pulses at equal times have to be added first, and are."
    ),
    latex=r"a = \sum_i b_i,\; b_i > 0 \;\Rightarrow\; L(a\,\delta_t) = L(b_1\delta_t, b_2\delta_t, \dots)",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=split_hypotheses,
    counterexamples=(Example("two pulses of a threshold, or one of two", (0.0, (1.0, 1.0), 1.0)),),
)
