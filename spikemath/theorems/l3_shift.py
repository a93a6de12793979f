r"""L3-shift. Encoders commute with shifts in time: L(f(. - d)) = L(f)(. - d).

Source: arXiv 2305.05772.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal, SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict, equal
from spikemath.theorems._data import are_signals
from spikemath.theorems._laws import either_cases


def instances() -> Any:
    """Trains and signals aimed at multiples of the threshold, all resets; shifts large, small, and of all digits."""
    return either_cases(st.sampled_from([1.0, 0.1, -3.0, 1e9, 2.0**-30]) | st.floats(-10.0, 10.0))


def judge(f: Signal | SpikeTrain, shift: float, threshold: float, alpha: float, reset: str) -> Verdict:
    """L(f shifted) = L(f) shifted: equal weights at equal exact times."""
    op = LIF(threshold, alpha, reset)
    return equal(op(f.shift(shift)) == op(f).shift(shift))


CLAIM = Claim(
    name="L3-shift",
    title="A later signal has later spikes",
    statement="Shifting a signal in time shifts its spikes, and does nothing else, whatever the leak and the reset.",
    latex=r"L(f(\cdot - d)) = L(f)(\cdot - d)",
    source="arXiv 2305.05772",
    status="published",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_signals("f"),
        Hypothesis("the shift is finite", lambda f, shift, threshold, alpha, reset: math.isfinite(shift)),
    ),
)
