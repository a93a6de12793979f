"""Time axes and coordinates: instants that are exact rationals, in two floats.

    t = origin + c / rate,    origin and rate exact rationals,    c = hi + lo  (canonical pair of float64)

Canonical means hi = fl(c) and lo = fl(c - hi): then pairs compare like the numbers, lexicographically. Sample k of a
recording has c = k on the axis (t0, fs): its time is exactly t0 + k/fs, which is in general no float64, and 1e7
samples or an origin of 1e9 s cost no digit. Two axes are brought together only where that is exact.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.eft import two_prod, two_sum
from spikemath.signals.checks import FloatArray

_two_sum = two_sum.python  # the plain functions work on whole arrays
_two_prod = two_prod.python

Coordinate = tuple[float, float]


class Axis(NamedTuple):
    """An affine time axis: coordinate c stands for the instant origin + c / rate."""

    origin: Fraction = Fraction(0)
    rate: Fraction = Fraction(1)

    def instant(self, c: Coordinate) -> Fraction:
        """The exact instant of a coordinate."""
        return self.origin + (Fraction(c[0]) + Fraction(c[1])) / self.rate

    def coordinate(self, t: Fraction) -> Fraction:
        """The exact coordinate of an instant."""
        return (t - self.origin) * self.rate

    def shifted(self, dt: Fraction) -> Axis:
        """The same coordinates, dt later."""
        return Axis(self.origin + dt, self.rate)

    def times(self, hi: FloatArray, lo: FloatArray) -> FloatArray:
        """Float64 view of instants.

        On the plain axis (0, 1) these are the coordinates. Elsewhere grid instants (integer coordinates) are shown as
        the nearest float64 and all others as the largest float64 that is not later.
        """
        if self == PLAIN:
            return np.where(lo < 0.0, np.nextafter(hi, -math.inf), hi)
        grid = (lo == 0.0) & (np.floor(hi) == hi)
        if self.origin == 0 and self.rate == Fraction(float(self.rate)) and grid.all():
            return hi / float(self.rate)  # one correctly rounded operation
        s, e = self._double_double(hi, lo)
        half = 0.5 * np.spacing(np.abs(s))
        slack = np.abs(s) * 2.0**-96 + np.abs(float(self.origin)) * 2.0**-96 + 1e-290
        out = np.where(grid | (e >= 0.0), s, np.nextafter(s, -math.inf))
        unsure = np.where(grid, np.abs(np.abs(e) - half) <= slack, np.abs(e) <= slack)
        for i in np.nonzero(unsure)[0]:  # too close to call in double-double
            t = self.instant((float(hi[i]), float(lo[i])))
            out[i] = float(t) if grid[i] else floor_float(t)
        return out

    def _double_double(self, hi: FloatArray, lo: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Instants as canonical pairs, to about 2^-100."""
        inverse = 1 / self.rate
        rh = float(inverse)
        rl = float(inverse - Fraction(rh))
        p, e = _two_prod(hi, np.float64(rh))
        p, e = _two_sum(p, e + (hi * rl + lo * rh))
        oh = float(self.origin)
        ol = float(self.origin - Fraction(oh))
        s, r = _two_sum(np.float64(oh), p)
        t, q = _two_sum(np.float64(ol), e)
        s, r = _two_sum(s, r + t)
        return _two_sum(s, r + q)


def floor_float(t: Fraction) -> float:
    """The largest float64 not above a rational."""
    x = float(t)
    return math.nextafter(x, -math.inf) if Fraction(x) > t else x


PLAIN = Axis()


def split(c: Fraction) -> tuple[float, float, bool]:
    """Canonical pair of a rational and whether the pair is exact."""
    hi = float(c)
    rest = c - Fraction(hi)
    lo = float(rest)
    return hi, lo, rest == Fraction(lo)


def canonical(rows: list[FloatArray]) -> list[FloatArray]:
    """Turn columns of floats into non-overlapping expansions with the same exact sums, largest term first."""
    rows = [np.array(r, dtype=np.float64) for r in rows]
    if len(rows) == 1:
        return [rows[0] + 0.0]
    for _ in range(4 * len(rows) + 8):
        changed = False
        for i in range(len(rows) - 1, 0, -1):
            s, e = _two_sum(rows[i - 1], rows[i])
            changed = changed or not np.array_equal(s, rows[i - 1])
            rows[i - 1], rows[i] = s, e
        if not changed:
            break
    _break_ties(rows)
    while len(rows) > 1 and not rows[-1].any():
        rows.pop()
    return [r + 0.0 for r in rows]  # -0.0 becomes 0.0


def sorted_order(hi: FloatArray, lo: FloatArray) -> NDArray[np.int64]:
    """The stable order of coordinates; quick where they are a few sorted runs after one another."""
    order = np.argsort(hi, kind="stable")
    h, r = hi[order], lo[order]
    if np.any((h[1:] == h[:-1]) & (r[1:] < r[:-1])):
        order = np.lexsort((lo, hi))
    return order


def _break_ties(rows: list[FloatArray]) -> None:
    """Round to nearest where a term is half a unit of the one before and the rest is beyond it; in place."""
    for i in range(len(rows) - 2):
        up, error = _two_sum(rows[i], 2.0 * rows[i + 1])
        beyond = (error == 0.0) & (up != rows[i]) & (np.sign(rows[i + 1]) * np.sign(rows[i + 2]) > 0.0)
        if beyond.any():
            rows[i], rows[i + 1] = np.where(beyond, up, rows[i]), np.where(beyond, -rows[i + 1], rows[i + 1])
            for j in range(i + 1, len(rows) - 1):
                rows[j], rows[j + 1] = _two_sum(rows[j], rows[j + 1])


def exact_columns(x: Fraction, limit: int = 4) -> list[float] | None:
    """x as an exact sum of at most ``limit`` floats, or None."""
    out = []
    for _ in range(limit):
        f = float(x)
        out.append(f)
        x -= Fraction(f)
        if x == 0:
            return out
    return None


def convert(source: Axis, target: Axis, hi: FloatArray, lo: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Coordinates of the same instants on another axis, or None where two floats cannot hold them exactly."""
    if source == target:
        return hi, lo
    factor = exact_columns(target.rate / source.rate)
    offset = exact_columns((source.origin - target.origin) * target.rate)
    if factor is None or offset is None:
        return None
    if not np.all(np.isfinite(factor)) or not np.all(np.isfinite(offset)):
        return None
    rows = [np.full(hi.shape, x) for x in offset]
    for part in (hi, lo):
        for x in factor:
            rows.extend((part, np.zeros_like(part)) if x == 1.0 else _two_prod(part, np.float64(x)))
    out = canonical(rows)
    if len(out) > 2:
        return None
    return out[0], out[1] if len(out) == 2 else np.zeros_like(out[0])


def common(a: Axis, b: Axis) -> list[Axis]:
    """Axes worth trying for things that live on a and on b, most natural first."""
    if a == b:
        return [a]
    numerator = math.lcm(a.rate.numerator, b.rate.numerator)
    both = Fraction(numerator, math.gcd(a.rate.denominator, b.rate.denominator))
    natural = [b, a] if a == PLAIN else [a, b]
    return [*natural, Axis(a.origin, both), Axis(b.origin, both), Axis(Fraction(0), both)]
