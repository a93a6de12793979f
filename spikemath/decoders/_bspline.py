r"""B-splines as piecewise polynomials: all derivatives at all knots, in one pass.

    s = sum_i c_i B_(i,k),        s^(j) = sum_i c_i^(j) B_(i,k-j),
    c_i^(j) = (k - j + 1) (c_i^(j-1) - c_(i-1)^(j-1)) / (t_(i+k-j+1) - t_i)

The coefficient of (t - t_mu)^j on [t_mu, t_(mu+1)) is s^(j)(t_mu) / j!. Only differences of knots are used.

Source: C. de Boor, "A Practical Guide to Splines", chapter X.
"""

from __future__ import annotations

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.signals.checks import FloatArray


def _taylor(t, c, k, out):
    basis = np.zeros((k + 1, k + 1))  # row p: B_(mu-p+r, p)(t_mu), r = 0 .. p
    d = np.zeros(k + 1)
    for piece in range(out.shape[1]):
        mu = k + piece
        x = t[mu]
        basis[0, 0] = 1.0
        for p in range(1, k + 1):
            saved = 0.0
            for r in range(p):
                right, left = t[mu + r + 1] - x, x - t[mu + 1 - p + r]
                part = basis[p - 1, r] / (right + left)
                basis[p, r] = saved + right * part
                saved = left * part
            basis[p, p] = saved
        for r in range(k + 1):
            d[r] = c[mu - k + r]
        scale = 1.0
        for j in range(k + 1):
            total = 0.0
            for r in range(j, k + 1):
                total += basis[k - j, r - j] * d[r]
            out[j, piece] = total * scale
            scale /= j + 1.0
            for r in range(k, j, -1):
                i = mu - k + r
                d[r] = (k - j) * (d[r] - d[r - 1]) / (t[i + k - j] - t[i])


taylor = compiled(_taylor)


def power_pieces(t: FloatArray, c: FloatArray, k: int) -> FloatArray:
    """Coefficients (k + 1, pieces) in ascending powers, on the intervals of the knots t[k], ..., t[-k-1]."""
    out = np.zeros((k + 1, t.size - 2 * k - 1))
    taylor(np.ascontiguousarray(t, dtype=np.float64), np.ascontiguousarray(c, dtype=np.float64), k, out)
    return out
