"""exp(-z) for z >= 0, one by one and for many gaps at once, with the same bits.

    k = round(z / ln 2),   r = k ln 2 - z   (ln 2 in two parts, k times the first is exact),   |r| <= 0.347
    exp(-z) = 2^-k (1 + r + r^2/2! + ... + r^13/13!)

What the series leaves out is below 2^-57; with what is rounded the error is below 2^-51 of the value (2^-51.5 was met;
``EXP_ERROR`` promises 2^-50). Beyond 708 it is the value there, 3e-308.

Adding MAGIC rounds to an integer, which then stands in the last bits of the sum: so vectors make 2^-k by integer
operations (jit_exp.py). No operation is fused, so that vectors, scalars and plain Python agree.
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._numeric.jit import compiled, intrinsic

EXP_ERROR = 2.0**-50
LAST = 708.0
PER_LN2, LN2, LN2_REST = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
MAGIC = 6755399441055744.0  # 1.5 * 2^52
SERIES = tuple(1.0 / math.factorial(i) for i in range(14))
_POWERS = 2.0 ** -np.arange(1023.0)
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = SERIES[2:]


def _exp_minus(z):
    """exp(-z)."""
    z = z if z < LAST else LAST
    k = (z * PER_LN2 + MAGIC) - MAGIC
    r = (k * LN2 - z) + k * LN2_REST
    q = r * r
    a = (1.0 + r) + q * (_C2 + _C3 * r)  # short chains side by side, which are quicker than a long one
    b = (_C4 + _C5 * r) + q * (_C6 + _C7 * r)
    c = (_C8 + _C9 * r) + q * (_C10 + _C11 * r)
    d = _C12 + _C13 * r
    p = q * q
    return (a + p * (b + p * (c + p * d))) * _POWERS[int(k)]


exp_minus = compiled(_exp_minus)


def _decay_factors(hi, lo, first, last, leak, out):
    """out[i - first] = exp(-leak (c_i - c_(i-1))) for events first ... last - 1, c = hi + lo; of bare arrays."""
    for i in range(first, last):
        out[i - first] = _exp_minus(leak * ((hi[i] - hi[i - 1]) + (lo[i] - lo[i - 1])))


decay_factors = intrinsic(_decay_factors)
