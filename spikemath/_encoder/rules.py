"""What every operator is: threshold, leak, reset, refractory time, polarity, arithmetic; checked once."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing
from spikemath._encoder.firing import MODULO, SUBTRACT, ZERO
from spikemath._numeric.dd import pair, pair_up
from spikemath.errors import TooManySpikesError
from spikemath.signals.checks import nonnegative, positive

RESETS = {"modulo": MODULO, "subtract": SUBTRACT, "zero": ZERO}
ARITHMETICS = ("exact", "fast")
_BYTES_PER_SPIKE = 64
QUICK = 1 << 16  # samples whose mass is summed at once


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


def few() -> int:
    """So many spikes fit for certain: until then no mass is summed."""
    return min(max(spike_limit() // 16, 1 << 20), 1 << 23)


def check_mass(x: NDArray[Any], rate: Fraction, op: Settings, power: int = 0) -> None:
    """Refuse an output of samples x times 2^power that cannot fit."""
    total = Fraction(0)
    for first in range(0, x.size, QUICK):
        with np.errstate(over="ignore"):
            size = float(np.abs(x[first : first + QUICK].astype(np.float64)).sum())
        if size == math.inf:  # the kernel will meet a sample that it does not take
            return
        total += Fraction(size)
    total *= Fraction(2) ** power
    if total < 10**5 * float(op.threshold) * float(rate):  # far from any limit
        return
    mass = total * (1 + Fraction(1, 10**6)) / rate
    if mass / Fraction(op.threshold) < 10**6:
        return
    most = math.inf
    if op.refractory > 0.0:
        most = float(min(x.size / (Fraction(op.refractory) * rate) + 2, Fraction(2) ** 1000))
    check_budget(mass, op.threshold, most)


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
