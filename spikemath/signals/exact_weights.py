"""Exact weights: every weight is the exact sum of a column of floats.

    weight_i = terms[0, i] + terms[1, i] + ...        non-overlapping, largest first

A float needs one row; count * threshold (in general no float) needs two; a sum of pulses at one instant as many as it
takes. Columns at equal coordinates coalesce by exact addition, and exact zeros vanish, before anything else happens.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.eft import two_prod
from spikemath.signals.axis import canonical, sorted_order
from spikemath.signals.checks import FloatArray

_two_prod = two_prod.python
_TINY, _HUGE = 2.0**-960, 2.0**960


def expansion(x: Fraction, name: str = "weight") -> list[float]:
    """The canonical expansion of a dyadic rational."""
    out: list[float] = []
    while x != 0:
        f = float(x)
        if f == 0.0 or len(out) > 40:
            raise ValueError(f"{name} {float(x)!r} has digits below the smallest float64")
        out.append(f)
        x -= Fraction(f)
    return out or [0.0]


def column(terms: FloatArray, i: int) -> Fraction:
    """Weight i as a rational."""
    return sum((Fraction(float(x)) for x in terms[:, i] if x), Fraction(0))


def stack(columns: list[list[float]]) -> FloatArray:
    """Columns of different heights as one array."""
    height = max((len(c) for c in columns), default=1)
    out = np.zeros((height, len(columns)))
    for i, c in enumerate(columns):
        out[: len(c), i] = c
    return out


def lattice(counts: NDArray[np.int64], quantum: float) -> FloatArray:
    """The exact products counts * quantum."""
    big = np.abs(counts) > 2**52
    if big.any() or not _TINY < quantum < _HUGE:
        return stack([expansion(int(k) * Fraction(quantum)) for k in counts])
    return np.array(canonical(list(_two_prod(counts.astype(np.float64), np.float64(quantum)))))


def scaled(terms: FloatArray, factor: float) -> FloatArray:
    """The exact products of all weights and one float."""
    if abs(factor) == 1.0:
        return terms * factor + 0.0
    size = np.abs(terms[terms != 0.0])
    if size.size and factor:
        low, high = float(size.min()) * abs(factor), float(size.max()) * abs(factor)
        if low < _TINY or high > _HUGE or size.max() > _HUGE or abs(factor) > _HUGE:
            return stack([expansion(column(terms, i) * Fraction(factor)) for i in range(terms.shape[1])])
    rows: list[FloatArray] = []
    for row in terms:
        rows.extend(_two_prod(row, np.float64(factor)))
    return np.array(canonical(rows))


def coalesce(
    hi: FloatArray, lo: FloatArray, terms: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Sort by coordinate, add weights at equal coordinates exactly, drop exact zeros.

    The last result gives, for every event that is left, the index of its only source event, or -1 where several met.
    """
    n = hi.size
    ordered = n < 2 or bool(np.all((hi[1:] > hi[:-1]) | ((hi[1:] == hi[:-1]) & (lo[1:] > lo[:-1]))))
    source = np.arange(n)
    if not ordered:
        order = sorted_order(hi, lo)
        hi, lo, terms, source = hi[order], lo[order], terms[:, order], source[order]
        first = np.ones(n, dtype=bool)
        first[1:] = (hi[1:] != hi[:-1]) | (lo[1:] != lo[:-1])
        if not first.all():
            group = np.cumsum(first) - 1
            sizes = np.bincount(group)
            terms = _added(terms, group, sizes, np.nonzero(first)[0])
            hi, lo, source = hi[first], lo[first], np.where(sizes > 1, -1, source[first])
    keep = terms[0] != 0.0
    if not keep.all():
        hi, lo, terms, source = hi[keep], lo[keep], terms[:, keep], source[keep]
    while terms.shape[0] > 1 and not terms[-1].any():
        terms = terms[:-1]
    return hi, lo, terms, source


def _added(
    terms: FloatArray, group: NDArray[np.int64], sizes: NDArray[np.int64], starts: NDArray[np.int64]
) -> FloatArray:
    """Exact sums over runs of columns: up to four at a time in whole arrays, larger runs one by one."""
    small = np.minimum(sizes, 4)
    rows = []
    place = np.arange(group.size) - starts[group]
    for k in range(int(small.max())):
        pick = place == k
        for row in terms:
            full = np.zeros(sizes.size)
            full[group[pick]] = row[pick]
            rows.append(full)
    out = np.array(canonical(rows))
    large = np.nonzero(sizes > 4)[0]
    if large.size:
        columns = {
            int(g): expansion(sum((column(terms, i) for i in range(starts[g], starts[g] + sizes[g])), Fraction(0)))
            for g in large
        }
        height = max(out.shape[0], max(map(len, columns.values())))
        out = np.vstack([out, np.zeros((height - out.shape[0], out.shape[1]))])
        for g, c in columns.items():
            out[:, g] = 0.0
            out[: len(c), g] = c
    return out


def padded(terms: FloatArray, height: int) -> FloatArray:
    """The same weights with at least ``height`` rows."""
    return np.vstack([terms, np.zeros((max(height - terms.shape[0], 0), terms.shape[1]))])


def same(a: FloatArray, b: FloatArray) -> bool:
    """Whether two arrays of columns hold the same numbers."""
    height = max(a.shape[0], b.shape[0])
    a, b = padded(a, height), padded(b, height)
    return all(column(a, int(i)) == column(b, int(i)) for i in np.nonzero((a != b).any(axis=0))[0])
