r"""L3-odd. Encoders are odd: L(-f) = -L(f), for every reset and leak (bipolar neurons).

Source: arXiv 2305.05772.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import Signal, SpikeTrain
from spikemath.theorems._claim import Claim, Verdict, equal
from spikemath.theorems._data import are_signals
from spikemath.theorems._laws import either_cases


def instances() -> Any:
    """Trains and signals aimed at multiples of the threshold, all resets."""
    return either_cases()


def judge(f: Signal | SpikeTrain, threshold: float, alpha: float, reset: str) -> Verdict:
    """L(-f) = -L(f), crossings included, to the last digit of their times."""
    op = LIF(threshold, alpha, reset)
    return equal(op(-f) == -op(f))


CLAIM = Claim(
    name="L3-odd",
    title="The opposite signal has the opposite spikes",
    statement=(
        "A neuron that fires at both thresholds answers the opposite signal by the opposite train, whatever its reset."
    ),
    latex=r"L(-f) = -L(f)",
    source="arXiv 2305.05772",
    status="published",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"),),
)
