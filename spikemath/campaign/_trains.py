"""The trains of the campaign: train number ``index`` of a seed is the same on every machine and in every run.

Random numbers are counted, not drawn in turn: draw j of train i is mix(mix(seed + i G) + j G) mod 2^64, splitmix64
(Steele, Lea, Flood 2014), so any train can be made again from (seed, index) alone. Pulses sit on the decimal grid
t = tick / 10, held exactly, and weights are aimed at ties:

    products   fl(k * 0.1), |k| <= 10           decimals   k / 10 correctly rounded, |k| <= 60
    aimed      k theta and its two neighbours, |k| <= 3; for k = 0 one ulp of theta
    homing     k theta - V plus 0 or +-1 ulp of theta, V the residual in floats: every potential is next to a multiple
    deep       products, and between them dust of 2^-70 to 2^-129, below the grid of the certifier

With a leak the last three leave potentials that a float with a bound cannot decide, and each such train costs balls;
there, and for "deep", one train in 1024 is of such a family. For the same reason the small thresholds, which most
weights are multiples of, come up in one leaky train of 32.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled

RATE = 10.0  # ticks per unit of time
THRESHOLDS = (0.1, 0.2, 0.3, 0.7, 1.0, 1.1)
ALPHAS = (0.0, 0.1, 1.0, 10.0)
FAMILIES = ("products", "decimals", "aimed", "homing", "deep")
PRODUCTS, DECIMALS, AIMED, HOMING, DEEP = range(5)
GAPS = 8  # the next pulse is 1 to GAPS ticks later, and later still where a weight is 0
LONGEST = 200  # pulses of a train
SPAN = GAPS * LONGEST  # no gap has more ticks

_G, _M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S16, _S27, _S30, _S31, _S32 = np.uint64(16), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW, _LOW16 = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)


def _mix(z: Any) -> Any:
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


mix = compiled(_mix)


def _high(z: Any, n: Any) -> Any:
    """0 ... n - 1 from the upper half of a draw."""
    return np.int64(((z >> _S32) * np.uint64(n)) >> _S32)


high = compiled(_high)


def _low(z: Any, n: Any) -> Any:
    """0 ... n - 1 from the lower half of a draw."""
    return np.int64(((z & _LOW) * np.uint64(n)) >> _S32)


low = compiled(_low)


def _weight(z: Any, family: Any, theta: Any, v: Any) -> Any:
    """One weight from a draw; v is the residual before it."""
    nudge = np.float64(np.int64((((z >> _S16) & _LOW16) * np.uint64(3)) >> _S16) - 1)  # -1, 0 or 1
    if family == DECIMALS:
        return np.float64(high(z, 121) - 60) / 10.0
    if family == AIMED:
        k = np.float64(high(z, 7) - 3)
        if k == 0.0:
            return nudge * (np.nextafter(theta, np.inf) - theta)
        w = k * theta
        return w if nudge == 0.0 else np.nextafter(w, nudge * np.inf)
    if family == HOMING:
        k = np.float64(high(z, 6) - 3)
        if k >= 0.0:
            k += 1.0
        return (k * theta - v) + nudge * (np.nextafter(theta, np.inf) - theta)
    if family == DEEP and nudge != 0.0:
        return nudge * np.ldexp(1.0, -70 - high(z, 60))
    return np.float64(high(z, 21) - 10) * 0.1


weight = compiled(_weight)


def _make(seed: Any, index: Any, shortest: Any, longest: Any, thetas: Any, decay: Any, ticks: Any, weights: Any) -> Any:
    """Write train ``index`` into ticks and weights; number of pulses, and which threshold, leak and family."""
    state = mix(np.uint64(seed) + np.uint64(index) * _G)
    state += _G
    z = mix(state)
    which, leak = high(z, thetas.size), low(z, 12)
    leak = 0 if leak < 9 else leak - 8  # one train in four with leak
    state += _G
    z = mix(state)
    rare, pick = high(z, 1024) == 0, low(z, 64)
    common, pick = pick > 3, pick & 3
    if leak > 0:
        which = which % 3 + 3 if common else which
        family = AIMED + (pick & 1) if rare else pick & 1
    else:
        family = DEEP if rare else pick
    state += _G
    length = shortest + high(mix(state), longest - shortest + 1)
    theta = thetas[which]
    n, tick, before, v = 0, np.int64(0), np.int64(0), 0.0
    for _ in range(length):
        state += _G
        z = mix(state)
        if family == HOMING:
            v *= decay[leak, tick - before]
        w = weight(z, family, theta, v)
        if w != 0.0:  # pulses of weight 0 vanish
            ticks[n], weights[n] = np.float64(tick), w
            n += 1
            if family == HOMING:
                v += w
                v -= theta * np.trunc(v / theta)
                before = tick
        tick += 1 + np.int64(((z & _LOW16) * np.uint64(GAPS)) >> _S16)
    return n, which, leak, family


make = compiled(_make)


def decay_table() -> tuple[Any, Any]:
    """exp(-alpha j / 10) for every leak and gap, as sums of two floats: correctly rounded, and the rest."""
    context = Context(prec=60, Emin=-100000)
    hi, lo = np.ones((len(ALPHAS), SPAN + 1)), np.zeros((len(ALPHAS), SPAN + 1))
    for a, alpha in enumerate(ALPHAS):
        for j in range(1, SPAN + 1):
            if alpha > 0.0:
                exponent = context.divide(context.multiply(Decimal(alpha), Decimal(-j)), Decimal(10))
                beta = Fraction(context.exp(exponent))
                hi[a, j] = float(beta)
                lo[a, j] = float(beta - Fraction(float(hi[a, j])))
    return hi, lo
