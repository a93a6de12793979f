"""Decoding by its definitions, in fractions and mpmath. Imports nothing of the package.

Sums of spikes from scratch for every instant; splines by truncated powers, which are useless in floats and exact here.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath


def sums(times: list[Fraction], weights: list[Fraction], alpha: Fraction, at: list[Fraction]) -> list:
    """sum over t_i <= t of exp(-alpha (t - t_i)) w_i, each from scratch."""
    pairs = list(zip(times, weights, strict=True))
    if alpha == 0:
        return [sum((w for s, w in pairs if s <= t), Fraction(0)) for t in at]
    with mpmath.workdps(60):
        a = _mp(alpha)
        return [mpmath.fsum(mpmath.exp(-a * _mp(t - s)) * _mp(w) for s, w in pairs if s <= t) for t in at]


def _mp(x: Fraction):
    return mpmath.mpf(x.numerator) / x.denominator


def integral(values: list[Fraction], t: Fraction) -> Fraction:
    """The integral from 0 to t of the polygon through values at 0, 1, 2, ..."""
    k = min(int(t), len(values) - 2)
    whole = sum(((values[i] + values[i + 1]) / 2 for i in range(k)), Fraction(0))
    s = t - k
    return whole + values[k] * s + (values[k + 1] - values[k]) * s * s / 2


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss with pivots, exactly."""
    n = len(right)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        head = rows[i][i]
        rows[i] = [x / head for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[n] for row in rows]


class Spline:
    """sum of powers of t - t_0 up to the degree, plus c_j (t - knot_j)_+^degree; through all points."""

    def __init__(self, t: list[Fraction], y: list[Fraction], degree: int, knots: list[Fraction]) -> None:
        self.start, self.degree, self.knots = t[0], degree, knots
        assert len(t) == degree + 1 + len(knots)
        self.c = solved([self.row(x) for x in t], list(y))

    def row(self, x: Fraction, order: int = 0) -> list[Fraction]:
        """Values of the basis, or of its derivatives."""
        return [
            *(_power(x - self.start, i, order) for i in range(self.degree + 1)),
            *(_power(x - k, self.degree, order) if x >= k else Fraction(0) for k in self.knots),
        ]

    def __call__(self, x: Fraction, order: int = 0) -> Fraction:
        return sum((a * b for a, b in zip(self.c, self.row(x, order), strict=True)), Fraction(0))


def not_a_knot(t: list[Fraction], y: list[Fraction], degree: int) -> Spline:
    """The interpolating spline whose knots leave out the first and the last (degree - 1)/2 inner points."""
    half = (degree - 1) // 2
    return Spline(t, y, degree, t[half + 1 : len(t) - half - 1])


def smoothing_values(t: list[Fraction], y: list[Fraction], m: int, penalty: Fraction) -> list[Fraction]:
    """argmin over s of sum (y_i - s_i)^2 + penalty * int (s^(m))^2, s the natural spline of degree 2 m - 1 through s_i.

    The penalty is a quadratic form K of the values; its columns come from the natural splines of the unit vectors.
    """
    n = len(t)
    units = [_natural(t, [Fraction(int(i == j)) for i in range(n)], m) for j in range(n)]
    bent = [[_energy(a, b, t, m) for b in units] for a in units]
    return solved([[Fraction(int(i == j)) + penalty * bent[i][j] for j in range(n)] for i in range(n)], list(y))


def _natural(t: list[Fraction], y: list[Fraction], m: int) -> Spline:
    """Degree 2 m - 1, knots at all points, derivatives m to 2 m - 2 zero at both ends, of degree m - 1 outside."""
    degree = 2 * m - 1
    s = Spline.__new__(Spline)
    s.start, s.degree, s.knots = t[0], degree, t[1:-1]
    rows, right = [s.row(x) for x in t], list(y)
    for order in range(m, 2 * m - 1):
        rows += [s.row(t[0], order), s.row(t[-1], order)]
        right += [Fraction(0), Fraction(0)]
    s.c = solved(rows, right)
    return s


def _energy(a: Spline, b: Spline, t: list[Fraction], m: int) -> Fraction:
    """int a^(m) b^(m): on each interval polynomials of degree m - 1, so Boole's rule is exact for m <= 3."""
    total = Fraction(0)
    for left, right in itertools.pairwise(t):
        h = right - left
        for weight, u in ((7, 0), (32, 1), (12, 2), (32, 3), (7, 4)):
            x = left + h * u / 4
            total += Fraction(weight, 90) * h * a(x, m) * b(x, m)
    return total


def _power(x: Fraction, i: int, order: int) -> Fraction:
    if order > i:
        return Fraction(0)
    out = Fraction(1)
    for k in range(order):
        out *= i - k
    return out * x ** (i - order)
