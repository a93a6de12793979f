r"""Penalized least squares for splines of degree 2 m - 1, in O(n) for a given penalty, with the score of GCV.

    minimize  sum_i (y_i - s(t_i))^2 + lambda int (s^(m))^2

s^(m) = sum gamma_j B_j, splines of degree m - 1 on the knots t_i. With the m-th divided differences, row j scaled by
(m - 1)! (t_(j+m) - t_j), and the Gram matrix R of the B_j (both banded; R is well conditioned on every mesh)

    Q' s = R gamma,    (R + lambda Q'Q) gamma = Q' y,    s = y - lambda Q gamma

GCV: minimize  n |y - s|^2 / tr(I - A)^2 = n |Q gamma|^2 / tr(Q'Q (R + lambda Q'Q)^-1)^2.
The trace needs the bands of the inverse only, by Takahashi's recurrence from the Cholesky factor.

Source: C. H. Reinsch, "Smoothing by spline functions" (1967); M. F. Hutchinson, F. R. de Hoog, "Smoothing noisy data
with spline functions" (1985); P. Craven, G. Wahba (1979).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.signals.checks import FloatArray


def _inverse_bands(factor, out):
    """Bands of the inverse of L L', from L as scipy's lower bands: factor[k, j] = L[j + k, j]; likewise out."""
    bands, n = factor.shape
    for j in range(n - 1, -1, -1):
        last = min(bands - 1, n - 1 - j)
        for i in range(last, -1, -1):
            total = 1.0 / factor[0, j] if i == 0 else 0.0
            for k in range(1, last + 1):
                a, b = max(i, k), min(i, k)
                total -= factor[k, j] * out[a - b, j + b]
            out[i, j] = total / factor[0, j]


inverse_bands = compiled(_inverse_bands)


class Penalized(NamedTuple):
    """The banded matrices of one set of instants."""

    m: int
    rows: FloatArray  # (m + 1, n - m): row r of column j is Q[j + r, j]
    gram: FloatArray  # (m + 1, n - m): lower bands of R
    square: FloatArray  # (m + 1, n - m): lower bands of Q'Q

    @classmethod
    def at(cls, t: FloatArray, m: int) -> Penalized:
        """From the instants, increasing, more than m of them."""
        n = t.size - m
        rows = np.empty((m + 1, n))
        for r in range(m + 1):
            product = np.ones(n)
            for q in range(m + 1):
                if q != r:
                    product *= t[r : r + n] - t[q : q + n]
            rows[r] = math.factorial(m - 1) * (t[m : m + n] - t[:n]) / product
        square = np.zeros((m + 1, n))
        for k in range(m + 1):
            for r in range(k, m + 1):
                square[k, : n - k] += rows[r, : n - k] * rows[r - k, k:]
        return cls(m, rows, _gram(t, m), square)

    def differences(self, y: FloatArray) -> FloatArray:
        """Q' y."""
        n = self.rows.shape[1]
        return np.asarray(sum(self.rows[r] * y[r : r + n] for r in range(self.m + 1)))

    def spread(self, gamma: FloatArray) -> FloatArray:
        """Q gamma."""
        n = self.rows.shape[1]
        out = np.zeros(n + self.m)
        for r in range(self.m + 1):
            out[r : r + n] += self.rows[r] * gamma
        return out

    def fitted(self, y: FloatArray, penalty: float) -> tuple[FloatArray, float]:
        """Values of the smoothing spline at the instants, and the score of GCV."""
        from scipy.linalg import cho_solve_banded, cholesky_banded

        factor = cholesky_banded(self.gram + penalty * self.square, lower=True, check_finite=False)
        gamma = cho_solve_banded((factor, True), self.differences(y), check_finite=False)
        rough = self.spread(gamma)
        inverse = np.zeros_like(factor)
        inverse_bands(factor, inverse)
        trace = (self.square[0] * inverse[0]).sum() + 2.0 * (self.square[1:] * inverse[1:]).sum()
        return y - penalty * rough, float(y.size * (rough @ rough) / trace**2)

    def scale(self) -> float:
        """The penalty at which both terms weigh alike for the roughest curves."""
        return float(np.median(self.gram[0]) / np.median(self.square[0]))


def _gram(t: FloatArray, m: int) -> FloatArray:
    """Lower bands of int B_i B_j for the splines of degree m - 1 with knots t, by Gauss quadrature on each interval."""
    n, out = t.size - m, np.zeros((m + 1, t.size - m))
    nodes, weights = np.polynomial.legendre.leggauss(m)
    far = np.concatenate([np.full(m, t[0]), t, np.full(m, t[-1])])  # only those inside are kept
    h = np.diff(t)
    for node, weight in zip(nodes, weights, strict=True):
        x = t[:-1] + 0.5 * (node + 1.0) * h
        basis = [np.ones(h.size)]
        for p in range(1, m):
            grown, saved = [], np.zeros(h.size)
            for r in range(p):
                right = far[m + r + 1 : m + r + 1 + h.size] - x
                left = x - far[m + 1 - p + r : m + 1 - p + r + h.size]
                part = basis[r] / (right + left)
                grown.append(saved + right * part)
                saved = left * part
            basis = [*grown, saved]
        for a in range(m):
            for b in range(a + 1):  # on interval i the splines i - m + 1 + a and i - m + 1 + b
                first = np.arange(h.size) - m + 1 + b
                inside = (first >= 0) & (first + a - b < n)
                np.add.at(out[a - b], first[inside], (0.5 * weight * h * basis[a] * basis[b])[inside])
    return out
