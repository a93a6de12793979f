r"""L5-zero, refuted: that reset to zero is monotone. A larger pulse loses more.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import are_trains, no_leak
from spikemath.theorems._laws import keeps_order, ordered, ordered_cases


def instances() -> Any:
    """Pairs of trains with ordered primitives."""
    return ordered_cases(leaky=False)


def judge(f: SpikeTrain, g: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """The primitive of the output of f is nowhere above that of g."""
    return keeps_order(f, g, threshold, alpha, "zero", LIF)


CLAIM = Claim(
    name="L5-zero",
    title="Integrate-and-fire with reset to zero is monotone",
    statement=(
        "F <= G everywhere gives ordered primitives of the outputs. False for reset to zero, even without leak."
    ),
    latex=r"F \le G \;\Rightarrow\; \int_{[t_0,\cdot]} L(f) \le \int_{[t_0,\cdot]} L(g)",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("f", "g"),
        ordered,
        no_leak(),
    ),
    counterexamples=(
        Example(
            "1, 1 below 3/2, 1/2",
            (SpikeTrain([0.0, 1.0], [1.0, 1.0]), SpikeTrain([0.0, 1.0], [1.5, 0.5]), 1.0, 0.0),
        ),
    ),
)
