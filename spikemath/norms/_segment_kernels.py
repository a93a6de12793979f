"""Sums of segments, in whole vectors: what the quick scan (_scan_kernels.py) knows of numbers that it passes by.

A block is 512 numbers, a segment 16. For each segment: the sum, its rounding error, the largest and the smallest
partial sum. Sum plus error is exact, as long as the errors can be added exactly; the extremes are within
2^-49 (|top| + |low|). The loops are written so that LLVM makes vectors of them: strides of 4 from a slice, no branches,
one array for results.
"""

from __future__ import annotations

import numpy as np

from spikemath._numeric.eft import two_sum
from spikemath._numeric.jit import compiled

BLOCK, SEGMENT = 512, 16
QUARTERS, SEGMENTS = BLOCK // 4, BLOCK // SEGMENT
_BITS = 0x7FFFFFFFFFFFFFFF


def _fours(x, out):
    """Sum, rounding error, largest and smallest partial sum of every four numbers."""
    for k in range(QUARTERS):
        a = x[4 * k]
        top, low = a, a
        b = x[4 * k + 1]
        t = a + b
        v = t - a
        error = (a - (t - v)) + (b - v)
        top = t if t > top else top
        low = t if t < low else low
        b = x[4 * k + 2]
        a = t + b
        v = a - t
        error += (t - (a - v)) + (b - v)
        top = a if a > top else top
        low = a if a < low else low
        b = x[4 * k + 3]
        t = a + b
        v = t - a
        error += (a - (t - v)) + (b - v)
        top = t if t > top else top
        low = t if t < low else low
        out[k], out[QUARTERS + k], out[2 * QUARTERS + k], out[3 * QUARTERS + k] = t, error, top, low


fours = compiled(_fours)


def _sixteens(fours, out):
    """The same for every sixteen, from fours."""
    for k in range(SEGMENTS):
        a, error = fours[4 * k], fours[QUARTERS + 4 * k]
        top, low = fours[2 * QUARTERS + 4 * k], fours[3 * QUARTERS + 4 * k]
        for j in range(4 * k + 1, 4 * k + 4):
            p, q = a + fours[2 * QUARTERS + j], a + fours[3 * QUARTERS + j]
            top = p if p > top else top
            low = q if q < low else low
            b = fours[j]
            t = a + b
            v = t - a
            error += fours[QUARTERS + j] + ((a - (t - v)) + (b - v))
            a = t
        out[k], out[SEGMENTS + k], out[2 * SEGMENTS + k], out[3 * SEGMENTS + k] = a, error, top, low


sixteens = compiled(_sixteens)


def _least(x):
    """The smallest nonzero size in a block (inf if there is none), by its bits: integers can be compared in vectors."""
    bits = x.view(np.int64)
    least = np.int64(0x7FEFFFFFFFFFFFFE)
    for k in range(BLOCK):
        b = ((bits[k] & _BITS) - 1) & _BITS  # 0 becomes the largest of all
        least = b if b < least else least
    return np.array([least + 1]).view(np.float64)[0]


least = compiled(_least)


def _through(uh, ul, segments):
    """The largest values of U and -U in a block, in plain floats, and U at its end."""
    up, down = uh, -uh
    for k in range(SEGMENTS):
        up, down = max(up, uh + segments[2 * SEGMENTS + k]), max(down, -(uh + segments[3 * SEGMENTS + k]))
        uh, error = two_sum(uh, segments[k])
        ul += error + segments[SEGMENTS + k]
    return up, down, uh, ul


through = compiled(_through)
