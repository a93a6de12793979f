r"""L5. Integrate-and-fire with reset to modulo is monotone: F <= G gives ordered primitives of the outputs.

The output moves on the lattice to the nearest point at a distance below theta (a play operator), and that is monotone
in the input and in the state.

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
    return keeps_order(f, g, threshold, alpha, "modulo", LIF)


CLAIM = Claim(
    name="L5",
    title="Without leak, a larger primitive has a larger staircase",
    statement=(
        "For trains f and g whose primitives satisfy F <= G everywhere, the primitives of the outputs of "
        "integrate-and-fire with reset to modulo are ordered alike."
    ),
    latex=r"F \le G \;\Rightarrow\; \int_{[t_0,\cdot]} L(f) \le \int_{[t_0,\cdot]} L(g)",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("f", "g"),
        ordered,
        no_leak(),
    ),
    sharp=(
        Example(
            "1, 1 below 3/2, 1/2: equal outputs",
            (SpikeTrain([0.0, 1.0], [1.0, 1.0]), SpikeTrain([0.0, 1.0], [1.5, 0.5]), 1.0, 0.0),
        ),
    ),
)
