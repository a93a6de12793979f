r"""L5-leaky, refuted: that LIF is monotone with a leak too. What has been sent decays, what has not been sent as well.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import a_leak, are_trains
from spikemath.theorems._laws import keeps_order, ordered, ordered_cases


def instances() -> Any:
    """Pairs of trains with ordered primitives."""
    return ordered_cases(leaky=True)


def judge(f: SpikeTrain, g: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """The primitive of the output of f is nowhere above that of g."""
    return keeps_order(f, g, threshold, alpha, "modulo", LIF)


CLAIM = Claim(
    name="L5-leaky",
    title="LIF with reset to modulo is monotone",
    statement=(
        "F <= G everywhere gives ordered primitives of the outputs. True without leak (L5); false for LIF with reset "
        "to modulo and alpha > 0."
    ),
    latex=r"F \le G \;\Rightarrow\; \int_{[t_0,\cdot]} L(f) \le \int_{[t_0,\cdot]} L(g)",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("f", "g"),
        ordered,
        a_leak(),
    ),
    counterexamples=(
        Example(
            "-3/2 and -1/2 below -1 and -1",
            (SpikeTrain([0.0, 1.0], [-1.5, -0.5]), SpikeTrain([0.0, 1.0], [-1.0, -1.0]), 1.0, 1.0),
        ),
    ),
)
