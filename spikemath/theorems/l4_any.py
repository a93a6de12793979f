r"""L4-any. Without leak only the order of the events counts: any increasing change of time carries the spikes along.

Source: spikemath.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict
from spikemath.theorems._data import RESETS, are_trains, no_leak
from spikemath.theorems._laws import carries_along, warped_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and other increasing times for their events."""
    return warped_cases(st.just(0.0), RESETS)


def judge(eta: SpikeTrain, times: tuple[float, ...], threshold: float, alpha: float, reset: str) -> Verdict:
    """The same counts at the other times."""
    return carries_along(eta, times, threshold, alpha, reset, LIF)


CLAIM = Claim(
    name="L4-any",
    title="Without leak, any increasing change of time carries the spikes along",
    statement=(
        "For alpha = 0 the spikes of a train depend on the order of its events only, not on their times, for every "
        "reset."
    ),
    latex=r"\alpha = 0,\; \tau \text{ increasing} \;\Rightarrow\; L(\eta \circ \tau^{-1}) = L(\eta) \circ \tau^{-1}",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "times increase, and are as many as events",
            lambda eta, times, *rest: len(times) == len(eta) and all(a < b for a, b in pairwise(times)),
        ),
        no_leak(-2),
    ),
)
