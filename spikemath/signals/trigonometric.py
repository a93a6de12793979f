r"""Trigonometric sums as piecewise polynomials, to nearly the precision of floats.

    f(c) = Re c_0 + 2 Re sum_{k=1}^{K} c_k exp(2 pi i k (c - start) / P),      start <= c <= end,  P = M h,  end -
    start = m h

On each of the m pieces of length h the polynomial interpolates f at the Chebyshev nodes. The nodes of the same number
in all pieces form a grid of step h, so one inverse FFT of length M gives all their values, and nothing is
interpolated. The degree d is the smallest for which the error of interpolation,

    2 (pi K / (2 M))^(d+1) / (d+1)!  times sum |c_k|   <   2^-54 times the same,

is below the rounding of the values (Trefethen, Approximation Theory and Approximation Practice, chapter 8: for
exp(i w c) the coefficients are Bessel functions).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray

from spikemath.signals.axis import Axis, Coordinate, _two_prod, _two_sum
from spikemath.signals.checks import FloatArray, read_only
from spikemath.signals.pieces import Pieces
from spikemath.signals.signal import Signal

ComplexArray = NDArray[np.complex128]
DEGREES = range(2, 32)
GRID_BITS = 20  # knots are multiples of about 2^-20 of the length of a piece


def trigonometric(
    coefficients: ComplexArray, axis: Axis, start: Coordinate, end: Coordinate, pieces: int, period: int
) -> Signal:
    """The Signal on [start, end], coordinates of ``axis``, of the sum with c_0, ..., c_K.

    ``pieces`` is m, ``period`` is M > 2 K: the period of the sum is M/m times the length of the interval.
    """
    return interpolated(node_values(coefficients, pieces, period), axis, start, end, size_of(coefficients))


def size_of(c: ComplexArray) -> float:
    """The sum of the moduli of all terms."""
    return float(abs(c[0].real) + 2.0 * np.abs(c[1:]).sum())


def node_values(coefficients: ComplexArray, pieces: int, period: int) -> FloatArray:
    """Values at Chebyshev node i of piece j, shape (degree + 1, pieces)."""
    from scipy.fft import irfft

    c = np.asarray(coefficients, dtype=np.complex128)
    if not 2 * (c.size - 1) < period:
        raise ValueError(f"period = {period} must be > 2 K = {2 * (c.size - 1)}")
    degree = degree_for(math.pi * (c.size - 1) / (2.0 * period))
    k = np.arange(c.size)
    values = np.empty((degree + 1, pieces))
    for i, x in enumerate(nodes(degree)):
        turned = c * np.exp(2j * math.pi * ((k * x) / period))
        values[i] = _repeat(irfft(turned, period) * period, pieces)
    return values


def interpolated(values: FloatArray, axis: Axis, start: Coordinate, end: Coordinate, size: float = 0.0) -> Signal:
    """The Signal with ``values[i, j]`` at Chebyshev node i of piece j; pieces have equal lengths.

    ``size`` is the sum of the moduli of what was added up to get the values; their rounding is some ulp of it.
    """
    degree, pieces = values.shape[0] - 1, values.shape[1]
    _, to_chebyshev, to_powers = _basis(degree)
    powers = to_powers @ (to_chebyshev @ values)
    step = (_exact(end) - _exact(start)) / pieces
    power = -math.frexp(float(step))[1]  # 1/2 <= step * 2^power < 1
    unit = Fraction(2) ** power
    hi, lo, moved = _knots(start, end, pieces, step, 2.0 ** (-GRID_BITS - power))
    powers = _shifted(powers, moved[:-1] / float(step))
    powers *= (1.0 / float(step * unit)) ** np.arange(degree + 1)[:, None]
    parts = Pieces(read_only(powers[None]), (hi, lo), unit=unit)
    return Signal._build(axis, (parts,), None, start, end, 2.0**-50 * size)


def _shifted(powers: FloatArray, x: FloatArray) -> FloatArray:
    """Coefficients about places that are x further on; x is below 2^-GRID_BITS, so four terms are enough."""
    out = powers.copy()
    degree = powers.shape[0] - 1
    for j in range(1, 4):
        for i in range(degree + 1 - j):
            out[i] += (math.comb(i + j, j) * powers[i + j]) * x**j
    return out


def nodes(degree: int) -> FloatArray:
    """Chebyshev nodes on [0, 1]."""
    return _basis(degree)[0]


def degree_for(reach: float) -> int:
    """The smallest degree at which (reach)^(d+1) / (d+1)! is below 2^-55."""
    for d in DEGREES:
        if 2.0 * reach ** (d + 1) / math.factorial(d + 1) < 2.0**-54:
            return d
    raise ValueError("pieces are longer than half a period of the fastest term")


def _repeat(x: FloatArray, n: int) -> FloatArray:
    return x[:n] if n <= x.size else np.resize(x, n)


def _exact(c: Coordinate) -> Fraction:
    return Fraction(c[0]) + Fraction(c[1])


def _knots(
    start: Coordinate, end: Coordinate, pieces: int, step: Fraction, grid: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Equally spaced knots, rounded to multiples of ``grid``, as canonical pairs; how far each was moved by that.

    The lengths of pieces then have few binary digits, so that a jump between two of them, a polynomial of degree d in
    such a length, is a sum of a few doubles: send-on-delta needs it exactly. The ends are the given ones.
    """
    sh = float(step)
    sl = float(step - Fraction(sh))
    j = np.arange(pieces + 1, dtype=np.float64)
    p, e = _two_prod(j, np.float64(sh))
    p, e = _two_sum(p, e + j * sl)
    a, r = _two_sum(np.float64(start[0]), p)
    a, r = _two_sum(a, r + (e + start[1]))
    hi = np.rint(a / grid) * grid
    rest = (a - hi) + r
    lo = np.rint(rest / grid) * grid
    moved = lo - rest
    hi, lo = _two_sum(hi, lo)
    moved[0] = moved[-1] = 0.0
    hi[0], lo[0] = start
    hi[-1], lo[-1] = end
    return read_only(hi + 0.0), read_only(lo + 0.0), moved


@lru_cache(maxsize=len(DEGREES))
def _basis(degree: int) -> tuple[FloatArray, Any, Any]:
    """Chebyshev nodes on [0, 1]; values -> Chebyshev coefficients; these -> powers (exact integers)."""
    n = degree + 1
    angle = (np.arange(n) + 0.5) * (math.pi / n)
    places = 0.5 - 0.5 * np.cos(angle)
    to_chebyshev = (2.0 / n) * chebvander(-np.cos(angle), degree).T
    to_chebyshev[0] *= 0.5
    rows = [[1], [-1, 2]]  # T_n(2 x - 1), ascending
    while len(rows) < n:
        a, b = rows[-1], rows[-2]
        rows.append(
            [
                4 * (a[i - 1] if i else 0) - 2 * (a[i] if i < len(a) else 0) - (b[i] if i < len(b) else 0)
                for i in range(len(a) + 1)
            ]
        )
    to_powers = np.zeros((n, n))
    for i, row in enumerate(rows[:n]):
        to_powers[: len(row), i] = row
    return places, to_chebyshev, to_powers
