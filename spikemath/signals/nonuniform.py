r"""Values of a real trigonometric sum at many instants, and the adjoint, in O(n + K log K).

    (E b)_j  =  b_0 + 2 Re sum_{k=1}^{K} b_k exp(2 pi i k x_j),            j = 1 ... n,     0 <= x_j < 1
    (E* r)_k =  sum_j r_j exp(-2 pi i k x_j),                              k = 0 ... K

E* is the adjoint of E for <b, c> = b_0 c_0 + 2 Re sum conj(b_k) c_k, the inner product of the sums in L2 of one period.

By gridding: on an oversampled grid of G points, divide by the transform of a narrow window phi, apply one real FFT, and
read the grid through the window at each x_j. The window is that of Kaiser and Bessel, I_0(beta sqrt(1 - z^2)) on w
points, whose transform is sinh(s)/s with s^2 = beta^2 - (pi w k / G)^2; w = 16 and G >= 4 K leave errors of some 1e-15.
Reading is a sparse matrix with w entries a row, so adding up is its transpose. Where x_j falls in its cell comes from
the double-double coordinate, so the phase of the fastest term does not lose digits as n grows: a float64 x_j would cost
K * 1e-16 of a cycle, 200 dB at a million spikes.

Source: J. Keiner, S. Kunis, D. Potts, "Using NFFT 3" (2009); A. H. Barnett, J. Magland, L. af Klinteberg, "A parallel
nonuniform fast Fourier transform library based on an exponential of semicircle kernel" (2019).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly, chebfit, chebpts1
from numpy.typing import NDArray

from spikemath._numeric.dd import pair
from spikemath.signals.axis import Coordinate, _two_prod, _two_sum
from spikemath.signals.checks import FloatArray

ComplexArray = NDArray[np.complex128]
WIDTH = 16
DEGREE = 15  # of the window inside one cell: 1e-17
CHUNK = 1 << 11


class Gridding:
    """E and E* for instants given as coordinates: x = (hi + lo - start) / period."""

    def __init__(self, hi: FloatArray, lo: FloatArray, start: Coordinate, period: Fraction, order: int) -> None:
        from scipy.fft import next_fast_len
        from scipy.special import ive

        self.order = order
        self.grid = max(next_fast_len(4 * order + 2, real=True), 2 * WIDTH)
        beta = math.pi * WIDTH * (1.0 - order / self.grid) * 0.995
        cell, rest = cells(hi, lo, start, Fraction(self.grid) / period)
        self.matrix = self._matrix(cell, rest, beta)
        xi = (math.pi * WIDTH / self.grid) * np.arange(order + 1)
        s = np.sqrt(beta**2 - xi**2)
        # exp(-beta) times the transform: sinh(s)/s = sqrt(pi/(2 s)) I_{1/2}(s), scaled against overflow
        transform = WIDTH * np.sqrt(math.pi / (2.0 * s)) * ive(0.5, s) * np.exp(s - beta)
        self.divide = 1.0 / transform
        self.transposed = self.matrix.T

    def _matrix(self, cell: NDArray[np.int64], rest: FloatArray, beta: float) -> Any:
        from scipy.sparse import csr_array

        n = cell.size
        steps = np.arange(1 - WIDTH // 2, WIDTH // 2 + 1, dtype=np.int32)
        powers = _window(beta)
        data = np.empty((n, WIDTH))
        columns = (cell % self.grid).astype(np.int32)[:, None] + steps
        edge = np.flatnonzero((columns[:, 0] < 0) | (columns[:, -1] >= self.grid))
        columns[edge] %= self.grid
        for first in range(0, n, CHUNK):  # in pieces that stay in the cache
            part = slice(first, min(first + CHUNK, n))
            x, out = (2.0 * rest[part] - 1.0)[:, None], data[part]
            out[:] = powers[-1]
            for row in powers[-2::-1]:
                out *= x
                out += row
        starts = np.arange(0, n * WIDTH + 1, WIDTH, dtype=np.int64 if n * WIDTH >= 2**31 else np.int32)
        return csr_array((data.ravel(), columns.ravel(), starts), shape=(n, self.grid))

    def values(self, b: ComplexArray) -> FloatArray:
        """E b."""
        from scipy.fft import irfft

        return np.asarray(self.matrix @ (irfft(b * self.divide, self.grid) * self.grid))

    def adjoint(self, r: FloatArray) -> ComplexArray:
        """E* r."""
        from scipy.fft import rfft

        return np.asarray(rfft(self.transposed @ r)[: self.order + 1] * self.divide)


@lru_cache(maxsize=64)
def _window(beta: float) -> FloatArray:
    """exp(-beta) I_0(beta sqrt(1 - z^2)) in each of the w cells, in powers of a variable on [-1, 1]; it is entire."""
    from scipy.special import i0e

    steps = np.arange(1 - WIDTH // 2, WIDTH // 2 + 1)
    nodes = chebpts1(DEGREE + 1)
    z = (steps - 0.5 * (nodes[:, None] + 1.0)) * (2.0 / WIDTH)
    root = beta * np.sqrt(np.maximum(1.0 - z * z, 0.0))
    values = i0e(root) * np.exp(root - beta)
    return np.array([cheb2poly(column) for column in chebfit(nodes, values, DEGREE).T]).T


def cells(hi: FloatArray, lo: FloatArray, start: Coordinate, factor: Fraction) -> tuple[NDArray[np.int64], FloatArray]:
    """Cell and place in it, in [0, 1], of (hi + lo - start) * factor, in double-double."""
    fh, fl = pair(factor)
    s, e = _two_sum(hi, -np.float64(start[0]))
    s, e = _two_sum(s, e + (lo - start[1]))
    p, r = _two_prod(s, np.float64(fh))
    p, r = _two_sum(p, r + (s * fl + e * fh))
    whole = np.floor(p)
    rest = (p - whole) + r
    return whole.astype(np.int64), rest


class Library:
    """The same by finufft, in float64 coordinates; one plan for each direction is made once."""

    def __init__(self, hi: FloatArray, lo: FloatArray, start: Coordinate, period: Fraction, order: int) -> None:
        finufft = _finufft()
        self.order = order
        ticks, rest = cells(hi, lo, start, Fraction(2**20) / period)
        x = (ticks % 2**20 + rest) * (2.0 * math.pi / 2**20)
        x = np.where(x >= math.pi, x - 2.0 * math.pi, x)
        options = {"eps": 1e-15, "nthreads": 1, "modeord": 0}
        # modes 0 ... K only: a sum over -K' ... K' about the middle, turned back afterwards
        self.modes = order + 1
        self.turn = np.exp(1j * x * (self.modes // 2))
        self.forward = finufft.Plan(2, (self.modes,), isign=1, **options)
        self.backward = finufft.Plan(1, (self.modes,), isign=-1, **options)
        self.forward.setpts(x)
        self.backward.setpts(x)

    def values(self, b: ComplexArray) -> FloatArray:
        """E b."""
        c = 2.0 * b
        c[0] = b[0].real
        return np.asarray((self.turn * self.forward.execute(c)).real)

    def adjoint(self, r: FloatArray) -> ComplexArray:
        """E* r."""
        return np.asarray(self.backward.execute(r * self.turn.conj()))


def _finufft() -> Any:
    try:
        import finufft
    except ImportError as error:
        raise ImportError("method='finufft' needs finufft: pip install 'spikemath[decode]'") from error
    return finufft
