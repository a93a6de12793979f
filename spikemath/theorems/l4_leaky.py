r"""L4-leaky, refuted: that any increasing change of time carries the spikes along with a leak too.

What has decayed at the next event depends on the gap. Only the linear change goes with another leak (L4).

Source: spikemath.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import a_leak, are_trains
from spikemath.theorems._laws import carries_along, warped_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and other increasing times for their events."""
    return warped_cases(leaks(zero=False), ("modulo",))


def judge(eta: SpikeTrain, times: tuple[float, ...], threshold: float, alpha: float, reset: str) -> Verdict:
    """The same counts at the other times."""
    return carries_along(eta, times, threshold, alpha, reset, LIF)


CLAIM = Claim(
    name="L4-leaky",
    title="Any increasing change of time carries the spikes along",
    statement=(
        "The spikes of a train depend on the order of its events only. True without leak (L4-any), false with it."
    ),
    latex=r"\tau \text{ increasing} \;\Rightarrow\; L(\eta \circ \tau^{-1}) = L(\eta) \circ \tau^{-1}",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "times increase, and are as many as events",
            lambda eta, times, *rest: len(times) == len(eta) and all(a < b for a, b in pairwise(times)),
        ),
        a_leak(-2),
    ),
    counterexamples=(
        Example(
            "two pulses of 3/4, one or four units apart",
            (SpikeTrain([0.0, 1.0], [0.75, 0.75]), (0.0, 4.0), 1.0, 0.5, "modulo"),
        ),
    ),
)
