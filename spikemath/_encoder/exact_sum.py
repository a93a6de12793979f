"""The exact sum of many samples, as a rational: what Fractions would give, ten thousand times faster.

Sixteen sums side by side, each of two terms, high + low. What an addition to low loses is 0 for most data; where it is
always 0 the terms of all sums are the sum, else an expansion takes all that is lost (theory, section 8).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.eft import CAPACITY, grow, two_sum
from spikemath._numeric.jit import compiled

LANES = 16


def _side_by_side(x, high, low, lost):
    """Add x to the sums high + low, lane by lane; what is lost adds up in ``lost``, which is 0 if nothing is."""
    for i in range(0, x.size - x.size % LANES, LANES):
        for j in range(LANES):  # error-free sums written out, so that they become vectors
            p = float(x[i + j])
            s = high[j] + p
            t = s - high[j]
            e = (high[j] - (s - t)) + (p - t)
            r = low[j] + e
            t = r - low[j]
            lost[j] += abs((low[j] - (r - t)) + (e - t))
            high[j], low[j] = s, r


side_by_side = compiled(_side_by_side)


def _add_up(parts, size, x):
    """Add all of x to the expansion ``parts[:size]``, exactly and in place; the new size."""
    a, b = 0.0, 0.0
    for i in range(x.size):
        a, e = two_sum(a, float(x[i]))
        b, e = two_sum(b, e)
        if e != 0.0:
            size = grow(parts, size, e)
    size = grow(parts, size, b)
    return grow(parts, size, a)


add_up = compiled(_add_up)


def exact_sum(x: NDArray[Any]) -> Fraction:
    """The sum of floats, or of integers of at most 32 bits."""
    if x.dtype.kind in "iu":
        return Fraction(int(x.sum(dtype=np.int64)))
    x = np.ascontiguousarray(x, dtype=np.float64)
    high, low, lost = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    with np.errstate(over="ignore", invalid="ignore"):
        side_by_side(x, high, low, lost)
    terms = [*high.tolist(), *low.tolist(), *x[x.size - x.size % LANES :].tolist()]
    if not (lost == 0.0).all():
        parts = np.zeros(CAPACITY + 2)
        terms = parts[: add_up(parts, 0, x)].tolist()
    return sum(map(Fraction, terms), Fraction(0))
