"""Loops over samples in vectors of eight lanes, which numba cannot write: as LLVM code inside an intrinsic.

    first_outside   v <- E v + x_k: the first k after which v is not inside (low, high), and that v
    first_crossable the same of straight lines: the first k such that u may be outside between samples k and k + 1
    first_beyond    the first x_k that is not inside (low, high)
    split_sum       S = sum x_k,          exactly rounded to a fixed grid, with the largest remainder
    split_dot       S = sum W_k x_k,      W a table of double-doubles, to some 2^-95 of its largest terms
    scanned_block   the filter and one of the sums over 64 samples in one loop
    transpose       a square of eight times eight elements
    partial_sums    largest and smallest v <- v + x_k, and S = sum x_k in two doubles
    partial_integrals    largest and smallest v <- E v + x_k, and S = sum W_k x_k in two doubles

``first_outside`` and ``first_crossable`` are filters. They test eight affine steps with one comparison, by a prefix
scan (shift by 1, 2 and 4 lanes, multiplied by powers of E, 0 where nothing is shifted in), so v has another rounding
than in the loop. What an encoder reports must not depend on it.

The sums give the same bits wherever the input is cut: they begin at the same places, and term k of a sum goes to lane
k mod 8. Each term p is split by two constants,

    h = (p + s1) - s1,    m = p - h,    g = (m + s2) - s2        (Rump's extraction)

so h and g are multiples of fixed units and their sums are exact: |p| <= s1/2^41 for up to 64 terms, s2 = s1 2^-46. What
is lost is at most 2^-53 s2 a term; ``split_sum`` returns its largest size, which is 0 if the sum is exact. Products
take fused multiply-additions: h = fma(x, W, s1) - s1, and m = fma(x, W, -h) + x (low part of W) is added as it is.

``bare(array)`` is the data of a contiguous array, to be used with one index; it is not counted, so that handing it on
costs nothing. All take bare arrays (``table`` and ``weights`` row by row). What is used rarely is handed on as
``lent(x)`` and used as ``taken(lent)``, at no cost before that.

Sums of integers are exact as they are, and are not split.

The sums of the last two are compensated: each lane adds its terms with ``two_sum`` and, apart, the errors, in floats.
With m terms a lane, all of sizes that add to A, what is lost is at most m^2 2^-105 A.

Each is written here twice: the plain Python function is the reference and what runs without compilation; the LLVM code
has to give the same bits (v: the same up to rounding).
"""

from __future__ import annotations

from spikemath._numeric.eft import fma, two_prod, two_sum
from spikemath._numeric.jit import intrinsic

SPAN = 64  # terms of one sum, at most
LANES = 8
_INFINITE = float("inf")
_two_prod, _two_sum = two_prod.python, two_sum.python


def _bare(a):
    return a


bare = intrinsic(_bare)


def _lent(a):
    return a


lent = intrinsic(_lent)


def _taken(a):
    return a


taken = intrinsic(_taken)


def _first_outside(x, first, last, size, v, table, low, high):
    """The first index in [first, last) after which v is outside, and v there; last and the last v if there is none."""
    decay = table[24]
    for k in range(first, last):
        v = decay * v + float(x[k])
        if not low < v < high:
            return k, v
    return last, v


first_outside = intrinsic(_first_outside)


def _first_crossable(x, first, last, size, v, table, low, high, end, bend):
    """The first k in [first, last) where u may leave (low, high) between samples k and k + 1, and v there; or as above.

    At samples u is v + end x_k; between them it is at most bend |x_(k+1) - x_k| outside these two values.
    """
    decay = table[24]
    for k in range(first, last):
        d, e = float(x[k]), float(x[k + 1])
        w = decay * v + d
        p, q, rise = v + end * d, w + end * e, bend * abs(e - d)
        if not (max(p, q) + rise < high and min(p, q) - rise > low):
            return k, v
        v = w
    return last, v


first_crossable = intrinsic(_first_crossable)


def _first_beyond(x, first, last, size, low, high):
    """The first index in [first, last) with x <= low or x >= high; last if there is none."""
    for k in range(first, last):
        if not low < x[k] < high:
            return k
    return last


first_beyond = intrinsic(_first_beyond)


def _split_sum(x, first, last, size, s1, s2):
    """Sum of x[first:last] as two exact sums; the largest remainder, and the largest |x|."""
    high, low, rest, most = 0.0, 0.0, 0.0, 0.0
    for k in range(first, last):
        p = float(x[k])
        h = (p + s1) - s1
        m = p - h
        g = (m + s2) - s2
        high, low = high + h, low + g
        rest, most = max(rest, abs(m - g)), max(most, abs(p))
    return high, low, rest, most


split_sum = intrinsic(_split_sum)


def _split_dot(x, first, last, size, weights, s1):
    """Sum of x[k] W[64 - last + k] as an exact sum and a small one; 0, and the largest |product| (as it is split)."""
    high, most, lanes = 0.0, 0.0, [0.0] * 8
    for k in range(first, last):
        at, lane, d = SPAN - last + k, (k - first) % 8, float(x[k])
        h = fma(d, weights[at], s1) - s1
        lanes[lane] = fma(d, weights[SPAN + 8 + at], lanes[lane] + fma(d, weights[at], -h))
        high += h
        most = max(most, abs(h))
    a, b, c, d = (lanes[i] + lanes[i + 4] for i in range(4))
    return high, (a + c) + (b + d), 0.0, most


split_dot = intrinsic(_split_dot)


def _scanned_block(x, first, size, v, table, low, high, leaky, weights, s1, s2):
    """The filter and the sum over a block of 64 samples at once: index and v as of first_outside, the sum of all."""
    last = first + SPAN
    k, v = _first_outside(x, first, last, size, v, table, low, high)
    made = _split_dot(x, first, last, size, weights, s1) if leaky else _split_sum(x, first, last, size, s1, s2)
    return k, v, *made


scanned_block = intrinsic(_scanned_block)


def _transpose(source, at, stride, target, to, width):
    """target[to + i width + j] <- source[at + j stride + i] for i, j < 8."""
    for i in range(8):
        for j in range(8):
            target[to + i * width + j] = source[at + j * stride + i]


transpose = intrinsic(_transpose)


def _folded(high, low):
    """The sum of all lanes of high and low, in two doubles."""
    for half in (4, 2, 1):
        for k in range(half):
            high[k], error = _two_sum(high[k], high[k + half])
            low[k] = (low[k] + low[k + half]) + error
    return high[0], low[0]


def _partial_sums(x, first, last, size, v):
    """Largest and smallest v + x[first] + ... + x[k]; sum of x[first:last] (hi, lo), of sizes; smallest size but 0."""
    high, low, total = [0.0] * LANES, [0.0] * LANES, 0.0
    top, bottom, least = -_INFINITE, _INFINITE, _INFINITE
    for k in range(first, last):
        p, lane = float(x[k]), (k - first) % LANES
        v += p
        top, bottom = max(top, v), min(bottom, v)
        high[lane], error = _two_sum(high[lane], p)
        low[lane] += error
        total += abs(p)
        least = min(least, abs(p) or _INFINITE)
    return top, bottom, *_folded(high, low), total, least


partial_sums = intrinsic(_partial_sums)


def _partial_integrals(x, first, last, size, v, table, weights):
    """Largest and smallest v <- E v + x[k]; sum of x[k] W[64 - last + k] (hi, lo), of sizes."""
    high, low, total, decay = [0.0] * LANES, [0.0] * LANES, 0.0, table[24]
    top, bottom = -_INFINITE, _INFINITE
    for k in range(first, last):
        y, at, lane = float(x[k]), SPAN - last + k, (k - first) % LANES
        v = decay * v + y
        top, bottom = max(top, v), min(bottom, v)
        p, e = _two_prod(y, weights[at])
        high[lane], error = _two_sum(high[lane], p)
        low[lane] += error + (e + y * weights[SPAN + 8 + at])
        total += abs(p)
    return top, bottom, *_folded(high, low), total


partial_integrals = intrinsic(_partial_integrals)
