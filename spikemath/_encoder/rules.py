"""What every operator is: threshold, leak, reset, refractory time, polarity, arithmetic; checked once."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder import firing
from spikemath._encoder.firing import MODULO, SUBTRACT, ZERO
from spikemath._numeric.dd import pair, pair_up
from spikemath.errors import TooManySpikesError
from spikemath.signals.checks import nonnegative, positive

RESETS = {"modulo": MODULO, "subtract": SUBTRACT, "zero": ZERO}
ARITHMETICS = ("exact", "fast")
_BYTES_PER_SPIKE = 64


class Settings(NamedTuple):
    """Checked settings of an operator."""

    threshold: float
    alpha: float
    reset: str
    refractory: float
    bipolar: bool
    arithmetic: str

    @property
    def reset_code(self) -> int:
        """The reset as the kernels know it."""
        return RESETS[self.reset]


def settings(
    threshold: Any, alpha: Any, reset: Any, refractory: Any, bipolar: Any, arithmetic: Any
) -> Settings:  # fmt: skip
    """Check every argument of an operator."""
    if reset not in RESETS:
        raise ValueError(f"reset = {reset!r} must be one of {', '.join(map(repr, RESETS))}")
    if arithmetic not in ARITHMETICS:
        raise ValueError(f"arithmetic = {arithmetic!r} must be one of {', '.join(map(repr, ARITHMETICS))}")
    if not isinstance(bipolar, bool) and bipolar not in (0, 1):
        raise TypeError(f"bipolar must be True or False, got {bipolar!r}")
    return Settings(
        positive(threshold, "threshold"),
        nonnegative(alpha, "alpha"),
        str(reset),
        nonnegative(refractory, "refractory"),
        bool(bipolar),
        str(arithmetic),
    )


def spike_limit() -> int:
    """How many spikes fit in half of this machine's memory."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        memory = 8 << 30
    return max(memory // 2 // _BYTES_PER_SPIKE, 1 << 20)


def check_budget(mass: Fraction, threshold: float, most: float = math.inf) -> None:
    """The mass budget: at most mass / threshold spikes, and at most ``most``."""
    limit = spike_limit()
    predicted = min(mass / Fraction(threshold), Fraction(most) if most < math.inf else mass / Fraction(threshold))
    if predicted > limit:
        smallest = float(mass / limit)
        while mass / Fraction(smallest) > limit:
            smallest = math.nextafter(smallest, math.inf)
        raise TooManySpikesError(int(predicted), limit, smallest)


def kernel_state(op: Settings, rate: Fraction, power: int = 0) -> tuple[Any, Any]:
    """Floats and flags of a run that has not begun; everything in ticks, times 2^-power."""
    theta, leak = Fraction(op.threshold) * rate, Fraction(op.alpha) / rate
    scaled = theta * Fraction(2) ** -power
    state, flags = np.zeros(firing.FLOATS), np.zeros(firing.INTEGERS, dtype=np.int64)
    th, tl = pair(scaled)
    state[firing.THETA], state[firing.THETA + 1] = th, tl
    exact = op.arithmetic == "exact"
    if exact and Fraction(th) + Fraction(tl) != scaled:
        state[firing.THETA_ERR] = th * 2.0**-104
    ulp = Fraction(float(np.spacing(op.threshold)))
    state[firing.MARGIN] = float(Fraction(5, 4) * ulp * rate * Fraction(2) ** -power)
    state[firing.LEAK], state[firing.LEAK + 1] = pair(leak)
    state[firing.REFRACTORY], state[firing.REFRACTORY + 1] = pair_up(Fraction(op.refractory) * rate)
    flags[firing.ARMED] = 1
    flags[firing.RESET], flags[firing.BIPOLAR], flags[firing.EXACT] = op.reset_code, op.bipolar, exact
    return state, flags
