r"""L9. Under reset to modulo, a pulse that comes in parts of its sign at one time does what the whole does.

The potential moves one way, and each part sends the multiples of theta that it passes.

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
    return split_changes_nothing("modulo", residual, parts, threshold)


CLAIM = Claim(
    name="L9",
    title="Under modulo, a pulse may come in parts of its sign",
    statement=(
        "If a pulse comes in parts of one sign at one instant, each followed by a test, reset to modulo sends the "
        "same mass and keeps the same residual as for the whole."
    ),
    latex=r"a = \sum_i b_i,\; b_i > 0 \;\Rightarrow\; L(a\,\delta_t) = L(b_1\delta_t, b_2\delta_t, \dots)",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=split_hypotheses,
    sharp=(Example("three parts that together make two thresholds", (0.25, (0.5, 0.75, 0.5), 1.0)),),
)
