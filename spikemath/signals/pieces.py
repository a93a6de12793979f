"""Piecewise polynomials with exact knots and exact coefficients.

    p(c) = scale * sum_i C_ik (unit (c - knot_k))^i      for knot_k <= c < knot_(k+1), in coordinates of a time axis

``scale`` and ``unit`` are exact rationals, every coefficient the exact sum of ``terms`` floats (the slope between two
samples is in general no float). So multiples, sums and derivatives of signals round nothing. Outside the knots the
value is 0.

Recorded samples stay in the type they came in, for the encoders to read (``given``); all that computes takes
``coefficients``, the same numbers in float64, which are made when they are first asked for.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath.signals.axis import canonical, exact_columns
from spikemath.signals.checks import FloatArray

_two_sum, _two_prod = two_sum.python, two_prod.python
_CHUNK = 1 << 13  # lines that are made at once: what is between stays in the cache


class _Fields(NamedTuple):
    given: NDArray[Any]  # (terms, degree + 1, n), ascending powers; float64, or samples as they came
    knots: tuple[FloatArray, FloatArray] | None = None  # hi, lo of shape (n + 1,)
    scale: Fraction = Fraction(1)
    unit: Fraction = Fraction(1)


class Pieces(_Fields):
    """One piecewise polynomial; ``knots`` is None for the uniform knots 0, 1, 2, ... n (samples)."""

    @cached_property
    def coefficients(self) -> FloatArray:
        """(terms, degree + 1, n), ascending powers, in float64."""
        if self.given.dtype == np.float64:
            return self.given
        wide: FloatArray = self.given.astype(np.float64)
        wide.flags.writeable = False
        return wide

    def __getstate__(self) -> None:
        """Nothing beside the fields: what was widened is not pickled."""

    @classmethod
    def joining(cls, x: FloatArray) -> Pieces:
        """Straight lines from sample to sample."""
        n = x.size - 1
        made = np.empty((2, 2, n))
        made[0, 0], made[1, 0] = x[:-1], 0.0
        for first in range(0, n, _CHUNK):
            part = slice(first, min(first + _CHUNK, n))
            made[0, 1, part], made[1, 1, part] = _two_sum(x[1:][part], -x[:-1][part])
        pieces = cls(made)
        pieces.__dict__["samples"] = x
        return pieces

    @cached_property
    def samples(self) -> FloatArray | None:
        """The samples that these pieces join by straight lines (not times the scale); None where they do not.

        Lines join if each ends exactly where the next begins: slopes, sums of two floats, are differences of samples.
        """
        if self.given.shape[:2] != (2, 2) or self.unit != 1 or self.given[1, 0].any():
            return None
        slopes, rest = self.given[:, 1]
        x = np.append(self.given[0, 0], math.fsum((self.given[0, 0, -1], slopes[-1], rest[-1])))
        x.flags.writeable = False
        return x if meet(x, slopes, rest) else None

    @property
    def number(self) -> int:
        """Number of pieces."""
        return int(self.given.shape[2])

    @property
    def degree(self) -> int:
        """Degree of the polynomials."""
        return int(self.given.shape[1]) - 1

    def bound(self) -> float:
        """A quick bound of |p| over all pieces."""
        hi, lo = self.coordinates() if self.knots is not None else (np.array([0.0, 1.0]), np.zeros(2))
        reach = float((np.diff(hi) + np.abs(np.diff(lo))).max(initial=0.0)) * float(self.unit)
        total = 0.0
        for i in range(self.degree, -1, -1):
            row = self.given[0, i]
            total = total * reach + max(float(row.max(initial=0)), -float(row.min(initial=0)))
        return 1.001 * total * abs(float(self.scale))

    def coordinates(self) -> tuple[FloatArray, FloatArray]:
        """Knots as hi and lo."""
        if self.knots is not None:
            return self.knots
        return np.arange(self.number + 1, dtype=np.float64), np.zeros(self.number + 1)

    def knot(self, k: int) -> Fraction:
        """The exact coordinate of knot k."""
        if self.knots is None:
            return Fraction(k)
        return Fraction(float(self.knots[0][k])) + Fraction(float(self.knots[1][k]))

    def exact(self, k: int) -> list[Fraction]:
        """Coefficients of piece k in powers of c - knot_k, exact."""
        out = []
        power = self.scale
        for i in range(self.degree + 1):
            value = sum((Fraction(float(x)) for x in self.given[:, i, k] if x), Fraction(0))
            out.append(value * power)
            power *= self.unit
        return out

    def rounded(self, pick: NDArray[np.int64] | slice) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Coefficients in powers of c - knot as double-doubles and their relative errors, (degree + 1, m) each."""
        hi = np.array(self.given[0][:, pick], dtype=np.float64)
        lo = np.array(self.given[1][:, pick]) if self.given.shape[0] > 1 else np.zeros_like(hi)
        error = np.full(hi.shape, 2.0**-104 if self.given.shape[0] > 2 else 0.0)
        for i in range(hi.shape[0]):
            factor = self.scale * self.unit**i
            if factor == 1:
                continue
            fh = float(factor)
            fl = float(factor - Fraction(fh))
            p, e = _two_prod(hi[i], np.float64(fh))
            exact = (lo[i] == 0.0) & (fl == 0.0 and Fraction(fh) == factor)
            hi[i], lo[i] = _two_sum(p, e + (hi[i] * fl + lo[i] * fh))
            error[i] += np.where(exact, 0.0, 2.0**-98)
        return hi, lo, error

    def scaled(self, factor: Fraction) -> Pieces:
        """All values times an exact factor."""
        return self._replace(scale=self.scale * factor)

    def derivative(self, rate: Fraction) -> Pieces | None:
        """Derivative with respect to time; None where it is 0 everywhere."""
        if self.degree == 0:
            return None
        planes = []
        for i in range(1, self.degree + 1):
            column = self.coefficients[:, i, :]
            planes.append(
                canonical([x for row in column for x in _two_prod(row, np.float64(i))]) if i > 1 else list(column)
            )
        height = max(map(len, planes))
        out = np.zeros((height, self.degree, self.number))
        for i, rows in enumerate(planes):
            out[: len(rows), i] = rows
        if not out.any():
            return None
        return Pieces(out, self.knots, self.scale * self.unit * rate, self.unit)

    def moved(self, knots: tuple[FloatArray, FloatArray], ratio: Fraction) -> Pieces:
        """The same function of time on another axis: new coordinates of the knots, old rate / new rate."""
        return Pieces(self.given, knots, self.scale, self.unit * ratio)

    def merged(self, other: Pieces) -> Pieces | None:
        """The sum as one object, where the knots are the same and no factor stands in the way; else None."""
        same_knots = (self.knots is None and other.knots is None and self.number == other.number) or (
            self.knots is not None
            and other.knots is not None
            and np.array_equal(self.knots[0], other.knots[0])
            and np.array_equal(self.knots[1], other.knots[1])
        )
        if not same_knots or self.unit != other.unit:
            return None
        ratio = _float_factor(other.scale / self.scale)
        if ratio is None:
            return None
        degree = max(self.degree, other.degree)
        planes = []
        for i in range(degree + 1):
            rows = [
                row * f
                for f, piece in ((1.0, self), (ratio, other))
                if i <= piece.degree
                for row in piece.coefficients[:, i, :]
            ]
            planes.append(canonical(rows))
        height = max(map(len, planes))
        out = np.zeros((height, degree + 1, self.number))
        for i, rows in enumerate(planes):
            out[: len(rows), i] = rows
        return Pieces(out, self.knots, self.scale, self.unit)


def _meet(x: FloatArray, slopes: FloatArray, rest: FloatArray) -> bool:
    """Whether all differences of neighbours are these sums of two floats."""
    same = True
    for k in range(slopes.size):
        s, e = two_sum(x[k + 1], -x[k])
        same &= s == slopes[k] and e == rest[k]
    return bool(same)


meet = compiled(_meet)


def _float_factor(x: Fraction) -> float | None:
    """x as a float, if multiplying by it is exact (a power of two) and harmless."""
    columns = exact_columns(x, 1)
    if not columns or x == 0:
        return None
    magnitude = abs(x)
    one = magnitude.numerator == 1 or magnitude.denominator == 1
    power = magnitude.numerator * magnitude.denominator
    return columns[0] if one and power & (power - 1) == 0 and 2**-60 < magnitude < 2**60 else None


def sum_parts(a: tuple[Pieces, ...], b: tuple[Pieces, ...]) -> tuple[Pieces, ...]:
    """Parts of a sum; parts on the same knots are added where that is exact."""
    parts = list(a)
    for p in b:
        for i, q in enumerate(parts):
            merged = q.merged(p)
            if merged is not None:
                parts[i] = merged
                break
        else:
            parts.append(p)
    return tuple(p for p in parts if p.given[..., :64].any() or p.given.any())  # mostly seen at once


def equal_parts(p: Pieces, q: Pieces) -> bool:
    """Whether two piecewise polynomials on one axis are the same, piece by piece."""
    a, b = p.coordinates(), q.coordinates()
    if a[0].size != b[0].size or not (np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])):
        return False
    if (p.scale, p.unit) == (q.scale, q.unit) and np.array_equal(p.coefficients, q.coefficients):
        return True
    return all(_trim(p.exact(k)) == _trim(q.exact(k)) for k in range(p.number))


def _trim(q: list[Fraction]) -> list[Fraction]:
    while q and q[-1] == 0:
        q = q[:-1]
    return q
