"""Error-free transformations: floating-point sums and products whose rounding error is a number in hand.

    two_sum(a, b)  = (s, e)   with  s = fl(a + b),  s + e = a + b  exactly          (Knuth 1969)
    two_prod(a, b) = (p, e)   with  p = fl(a * b),  p + e = a * b  exactly          (Dekker 1971)
    fast_two_sum(a, b)        two_sum where |a| >= |b| or a = 0                     (Dekker 1971)
    fma(a, b, c)   = fl(a b + c), rounded once

An *expansion* is a list of non-overlapping floats, smallest first, whose exact sum is the number meant (Shewchuk,
"Adaptive precision floating-point arithmetic", 1997). ``grow`` adds one float to it exactly, and keeps it
*nonadjacent*: between a component and the lowest bit of the next there is a zero bit, so that all below a component is
less than half of it. The sign of the number is the sign of its last component; but after a cancellation that may be
short, and off by up to a factor of two: ``approximate`` gives the number to 2^-51. 40 components hold every sum of
float64, so an accumulator of ``CAPACITY`` floats never overflows its list.

Conditions: no overflow (callers scale), and for ``two_prod`` no underflow of the error term. A product with an
integer never underflows: its error is a multiple of the last bit of the other factor. Needs strict IEEE arithmetic:
never fastmath.
"""

from __future__ import annotations

import math

from spikemath._numeric.jit import compiled, inlined, intrinsic

CAPACITY = 48
_SPLITTER = 134217729.0  # 2^27 + 1


def _two_sum(a: float, b: float) -> tuple[float, float]:
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


two_sum = compiled(_two_sum)


def _two_prod(a: float, b: float) -> tuple[float, float]:
    p = a * b
    c = _SPLITTER * a
    ah = c - (c - a)
    al = a - ah
    c = _SPLITTER * b
    bh = c - (c - b)
    bl = b - bh
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


two_prod = compiled(_two_prod, native=True)  # one fused multiply-add gives the same error


def _fast_two_sum(a, b):
    s = a + b
    return s, b - (s - a)


fast_two_sum = inlined(_fast_two_sum)


def _fma(a, b, c):
    """The product exactly, then one rounding (errors of products below all floats aside)."""
    return math.fsum((*two_prod.python(a, b), c))


fma = intrinsic(_fma)


def _grow(parts, size, x):
    """Add x to the expansion ``parts[:size]`` exactly and in place; return the new size (zeros are dropped)."""
    kept = 0
    for i in range(size):
        x, rest = two_sum(x, parts[i])
        if rest != 0.0:
            parts[kept] = rest
            kept += 1
    if x != 0.0:
        parts[kept] = x
        kept += 1
    return kept


grow = compiled(_grow)


def _approximate(parts, size):
    """The number that ``parts[:size]`` stands for, within 2^-51 of it: of the sums, only the last one rounds much."""
    total = 0.0
    for i in range(size):
        total += parts[i]
    return total


approximate = compiled(_approximate)


def _sign_of_difference(parts, size, x, scratch):
    """Sign (-1, 0, 1) of the expansion ``parts[:size]`` minus the float x; exact."""
    for i in range(size):
        scratch[i] = parts[i]
    size = grow(scratch, size, -x)
    if size == 0:
        return 0
    return 1 if scratch[size - 1] > 0.0 else -1


sign_of_difference = compiled(_sign_of_difference)
