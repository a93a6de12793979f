"""Kernels of the quick scan for trains with leak: a filter in plain floats, then double-double where it matters.

    U_i = exp(-a (c_i - c_(i-1))) U_(i-1) + w_i

``filter_train`` takes 256 events at a time, as four lanes of 64: the decays in whole vectors, then in each lane the
sum from 0 and the product of the decays, which give U at the start of the lanes, then U itself. A step errs by at most
2^-35 M, M the largest |U| so far: the decay by 2^-36 (a short polynomial, which is enough here) + 5 z 2^-53, the rest
by rounding and lower rows. So the error grows by 2^-35 M at an event, twice that because U is reached in two ways, and
decays with U.

``walk_train`` computes U in double-double from an event on before which everything is forgotten: exp(-80) M is its
error at the start of a segment of 64 events that the filter has left over.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np

from spikemath._numeric.dd import exp_neg, mul, pair
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import REL
from spikemath.norms._candidates import RIGHT, marks, matters, room, show
from spikemath.signals.checks import FloatArray

LANE, LANES = 64, 4
BLOCK = LANE * LANES
FORGET = 80.0
STEP_ERROR = 2.0**-35
_UP = 1.0 + 2.0**-40
_LOG2E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9 = (1.0 / math.factorial(k) for k in range(2, 10))


PARTS, WIDE = 256, 1075  # of the table of powers: steps, and the length of its rows
ROWS = 7
_LN2 = Fraction(0x2C5C85FDF473DE6AF278ECE600FCBDAC, 1 << 126)  # ln 2 within 2^-126
_LN2_HI, _LN2_MID = pair(_LN2)
_PART_HI, _PART_LO = pair(_LN2 / PARTS)
_PER_PART = PARTS / _LN2_HI
_FLOOR = 1e-300  # what underflow may take


def _decays(z, powers, out):
    """exp(-z) within 2^-36 for 0 <= z <= 700, 0 beyond; ``powers`` is work space for integers."""
    for k in range(z.size):
        y = z[k] if z[k] < 700.0 else 700.0
        n = np.floor(y * _LOG2E + 0.5)
        r = (n * _LN2_HIGH - y) + n * _LN2_LOW
        p = _C8 + r * _C9
        p = _C7 + r * p
        p = _C6 + r * p
        p = _C5 + r * p
        p = _C4 + r * p
        p = _C3 + r * p
        p = _C2 + r * p
        p = 1.0 + (r + (r * r) * p)
        out[k] = p if z[k] <= 700.0 else 0.0
        powers[k] = (1023 - np.int64(n)) << 52
    scale = powers.view(np.float64)
    for k in range(z.size):
        out[k] *= scale[k]


decays = compiled(_decays)


def _gaps(to_hi, to_lo, from_hi, from_lo, a, z):
    """a times the distance to the event before."""
    for k in range(z.size):
        z[k] = a * ((to_hi[k] - from_hi[k]) + (to_lo[k] - from_lo[k]))


gaps = compiled(_gaps)


def _lanes(w, d, u, tops, lows):
    """U over one block of four lanes, in plain floats, from u on; its extremes in each lane. Returns U and a size."""
    a0, a1, a2 = 0.0, 0.0, 0.0
    d0, d1, d2 = 1.0, 1.0, 1.0
    w0, w1, w2, w3 = w[:LANE], w[LANE : 2 * LANE], w[2 * LANE : 3 * LANE], w[3 * LANE : BLOCK]
    b0, b1, b2, b3 = d[:LANE], d[LANE : 2 * LANE], d[2 * LANE : 3 * LANE], d[3 * LANE : BLOCK]
    for k in range(LANE):
        a0, a1, a2 = a0 * b0[k] + w0[k], a1 * b1[k] + w1[k], a2 * b2[k] + w2[k]
        d0, d1, d2 = d0 * b0[k], d1 * b1[k], d2 * b2[k]
    size = max(abs(a0), abs(a1), abs(a2), abs(u))
    u0 = u
    u1 = u0 * d0 + a0
    u2 = u1 * d1 + a1
    u3 = u2 * d2 + a2
    t0, t1, t2, t3 = -np.inf, -np.inf, -np.inf, -np.inf
    l0, l1, l2, l3 = np.inf, np.inf, np.inf, np.inf
    for k in range(LANE):
        u0, u1, u2, u3 = u0 * b0[k] + w0[k], u1 * b1[k] + w1[k], u2 * b2[k] + w2[k], u3 * b3[k] + w3[k]
        t0, t1 = u0 if u0 > t0 else t0, u1 if u1 > t1 else t1
        t2, t3 = u2 if u2 > t2 else t2, u3 if u3 > t3 else t3
        l0, l1 = u0 if u0 < l0 else l0, u1 if u1 < l1 else l1
        l2, l3 = u2 if u2 < l2 else l2, u3 if u3 < l3 else l3
    tops[0], tops[1], tops[2], tops[3] = t0, t1, t2, t3
    lows[0], lows[1], lows[2], lows[3] = l0, l1, l2, l3
    size = max(size, max(max(t0, t1, t2, t3), -min(l0, l1, l2, l3)))
    return u3, size


lanes = compiled(_lanes)


def _filter_train(hi, lo, weights, first, last, a, state, tops, lows, errors):
    """Events first <= i < last, whole blocks of them; state: U, its error, the largest |U|. One error a block."""
    z, d, powers = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    u, err, size = state[0], state[1], state[2]
    for i in range(first, last, BLOCK):
        if i > 0:
            gaps(hi[i : i + BLOCK], lo[i : i + BLOCK], hi[i - 1 : i + BLOCK - 1], lo[i - 1 : i + BLOCK - 1], a, z)
        else:
            z[0] = 0.0
            gaps(hi[1:BLOCK], lo[1:BLOCK], hi[: BLOCK - 1], lo[: BLOCK - 1], a, z[1:])
        decays(z, powers, d)
        j = i // LANE
        u, most = lanes(weights[i : i + BLOCK], d, u, tops[j : j + LANES], lows[j : j + LANES])
        size = max(size, most)
        errors[i // BLOCK] = err + size * (2.0 * BLOCK * STEP_ERROR)
        span = a * ((hi[i + BLOCK - 1] - hi[max(i - 1, 0)]) + (lo[i + BLOCK - 1] - lo[max(i - 1, 0)]))
        err = (err * math.exp(-min(span * 0.999, 690.0)) + size * (2.0 * BLOCK * STEP_ERROR)) * _UP
    state[0], state[1], state[2] = u, err, size


filter_train = compiled(_filter_train)


def _powers(out):
    """Fill rows hi and lo with 2^(-j/256), and a row with 2^-k."""
    for j in range(PARTS):
        zh, zl = mul(_LN2_HI, _LN2_MID, j / PARTS, 0.0)
        out[j], out[WIDE + j] = exp_neg(zh, zl)
    out[2 * WIDE] = 1.0
    for k in range(1, WIDE):
        out[2 * WIDE + k] = 0.5 * out[2 * WIDE + k - 1]


powers = compiled(_powers)


@cache
def power_table() -> FloatArray:
    """2^(-j/256) as double-doubles, and 2^-k."""
    out = np.zeros(3 * WIDE)
    powers(out)
    out.flags.writeable = False
    return out


def _exact_gaps(to_hi, to_lo, from_hi, from_lo, a_hi, a_lo, work):
    """a times the distance to the event before, as double-doubles, and what it lost."""
    for k in range(to_hi.size):
        h, r = two_sum(to_hi[k], -from_hi[k])
        f, g = two_sum(to_lo[k], -from_lo[k])
        r, rest = two_sum(r, f)
        h, r = two_sum(h, r)
        zh, zl = two_prod(a_hi, h)
        work[k] = zh
        work[BLOCK + k] = zl + (a_hi * r + a_lo * h)
        work[2 * BLOCK + k] = (abs(g) + abs(rest)) * a_hi * _UP


exact_gaps = compiled(_exact_gaps)


def _exact_decays(n, powers, work):
    """exp(-z) as double-doubles and their relative errors, in place of z and its errors; 0 beyond 700.

    Rows of one array, so that LLVM need not ask whether they overlap; only the loop that reads the table is no vector.
    """
    for k in range(n):
        zh, zl = work[k], work[BLOCK + k]
        z = zh if zh < 700.0 else 700.0
        m = np.floor(z * _PER_PART + 0.5)
        ph, pl = two_prod(m, _PART_HI)
        s, t = two_sum(ph, -z)
        rh, rl = two_sum(s, (t + pl) + (m * _PART_LO - zl))  # exp(rh + rl) is what is left
        size = abs(rh)
        work[2 * BLOCK + k] += REL * (1.0 + z) + size * size * size * 2.0**-51
        q = (rh * rh) * rh * (_C3 + rh * (_C4 + rh * (_C5 + rh * (_C6 + rh * _C7))))
        ph, pl = two_prod(rh, 0.5 * rh)
        yh, t = two_sum(rh, ph)
        work[3 * BLOCK + k], work[4 * BLOCK + k] = yh, (t + (pl + rh * rl + rl)) + q
        work[5 * BLOCK + k] = m if zh <= 700.0 else (WIDE - 1.0) * PARTS
    for k in range(n):
        m = int(work[5 * BLOCK + k])
        j, scale = m % PARTS, powers[2 * WIDE + m // PARTS]
        work[5 * BLOCK + k], work[6 * BLOCK + k] = powers[j] * scale, powers[WIDE + j] * scale
    for k in range(n):
        th, tl, yh, yl = work[5 * BLOCK + k], work[6 * BLOCK + k], work[3 * BLOCK + k], work[4 * BLOCK + k]
        ph, pl = two_prod(th, yh)
        s, t = two_sum(th, ph)
        t += tl + (pl + th * yl + tl * yh)
        work[k] = s + t
        work[BLOCK + k] = (s - (s + t)) + t


exact_decays = compiled(_exact_decays)


def _walk_train(
    hi, lo, terms, first, last, shown, offset, leak, powers, state, best, values, where, count, listed, spots
):  # fmt: skip
    """Events first <= i < last in double-double, offered from ``shown`` on; where it stopped.

    state: U (hi, lo, error) at event first - 1.
    """
    uh, ul, err = state[0], state[1], state[2]
    work = np.zeros(ROWS * BLOCK)
    mark, rows, i = marks(best), terms.shape[0], first
    while i < last and room(best, values, where, count, listed, spots):
        end = min(i + BLOCK, last)
        n, at = end - i, max(i, 1)
        exact_gaps(hi[at:end], lo[at:end], hi[at - 1 : end - 1], lo[at - 1 : end - 1], leak[0], leak[1], work[at - i :])
        if i == 0:
            work[0], work[BLOCK], work[2 * BLOCK] = 0.0, 0.0, 0.0
        exact_decays(n, powers, work)
        for k in range(n):
            dh, dl, doubt = work[k], work[BLOCK + k], work[2 * BLOCK + k]
            floor = _FLOOR * (1.0 + abs(uh)) if uh != 0.0 or err != 0.0 else 0.0
            err = (err + abs(uh) * (doubt + REL) + abs(ul) * 2.0**-50) * dh * _UP + floor
            p, e = two_prod(uh, dh)
            e += uh * dl + ul * dh
            uh, r = two_sum(p, terms[0, i + k])
            ul = r + e
            err += (abs(r) + abs(e)) * 2.0**-52 if e != 0.0 else 0.0
            if rows > 1:
                ul += terms[1, i + k]
                rest = abs(terms[1, i + k]) * 2.0**-52
                for row in range(2, rows):
                    rest += abs(terms[row, i + k])
                err += rest * _UP
            if i + k >= shown and matters(uh, ul, err, mark):
                mark = show(uh, ul, err, i + k + offset, RIGHT, -1, best, values, where, count)
        uh, ul = two_sum(uh, ul)
        i = end
    state[0], state[1], state[2] = uh, ul, err
    return i


walk_train = compiled(_walk_train)
