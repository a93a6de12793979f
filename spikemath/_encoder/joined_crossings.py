"""Crossings between joined samples, from the later one backwards, as backwards.py has them for held samples.

If z is the potential at sample k + 1 with what has been fired so far, and D = x_(k+1) - x_k, then s before that sample

    e^(-a s) (u - theta) = G(s) = g - d p(s) + D q(s),        g = z - theta,    d = x_(k+1) - a theta,
    p = int_0^s e^(-a r) dr,    q = int_0^s r e^(-a r) dr,    G' = -e^(-a s) (d - D s),

where d - D s is the slope of a potential that is theta there. (u' e^(a s))' = D e^(a s) keeps its sign, so u' changes
sign at most once. Let everything be times sigma, the sign of u' at sample k. Then either

    u rises all the way               it crosses if z >= theta, once
    u rises, and then falls           the crossings on the way up have d - D s > 0. There are none if the peak is low:
                                      while u' > 0, u'' <= D < 0, so  u <= u_k + u'_k^2/(2 |D|)
                                      Then the way down is as above, with -sigma. After a spike there are no more if
                                      slope^2/(2 |D|) <= theta/2: at the crossing less than a theta <= theta/2 is left.

G is solved in floats: at a = 0 by its roots, else by Newton's method from there. If ``slope`` is that at the root and
eps bounds the error of G there, reporting eps e^(a s)/slope earlier, and what backwards.py adds to it, is below theta.
A root with slope > 0 proves the crossing. All that is close, flat or steep is left to cell_kernel.py.
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._encoder.backwards import CROWD, FLAT, STEEP, sent
from spikemath._encoder.firing import (
    BIPOLAR,
    DONE,
    ERR,
    FULL,
    LAST,
    LEAK,
    MARGIN,
    THETA,
    THETA_ERR,
    UNDECIDED,
    WAITING,
    WRITTEN,
    U,
    order_of,
)  # fmt: skip
from spikemath._numeric.jit import inlined

NONE = 4  # status: nothing fires in this cell
_SURE = 2.0**-19  # part of its terms by which a slope has to differ from 0: then its square is known to 2^-31
_LOW = 1.0 - 2.0**-30
_WIDE = 1.0 + 2.0**-9


def _integrals(a, s):
    """p and q, to 2^-50 where a s < 1/16, else to 2^-46."""
    y = a * s
    if y < 0.0625:
        even = 1 / 24 - y * (1 / 120 - y * (1 / 720 - y * (1 / 5040 - y * (1 / 40320 - y * (1 / 362880)))))
        more = 1 / 30 - y * (1 / 144 - y * (1 / 840 - y * (1 / 5760 - y * (1 / 45360 - y * (1 / 403200)))))
        return s * (1.0 - y * (1 / 2 - y * (1 / 6 - y * even))), s * s * (1 / 2 - y * (1 / 3 - y * (1 / 8 - y * more)))
    e = math.expm1(-y)
    p = -e / a
    return p, (p - s * (1.0 + e)) / a


integrals = inlined(_integrals)


def _time_left(g, d, rise, a):
    """The root of G with d - D s > 0, and that slope; a slope of 0 where there is none, or none is found."""
    inside = d * d - 2.0 * rise * g
    if not inside > 0.0 or not (d > 0.0 or rise < 0.0):
        return 0.0, 0.0
    root = math.sqrt(inside)
    s = 2.0 * g / (d + root) if d > 0.0 else (d - root) / rise
    if a == 0.0:
        return s, root
    for _ in range(8):
        slope = d - rise * s
        if not (slope > 0.0 and 0.0 <= s < 2.0):
            return 0.0, 0.0
        p, q = integrals(a, s)
        step = ((g - d * p) + rise * q) / (slope * (1.0 - a * p))
        s += step
        if step * step * (a * slope + abs(rise)) <= 2.0**-50 * abs(s) * slope:
            return s, d - rise * s
    return 0.0, 0.0


time_left = inlined(_time_left)


def _fire_joined(st, flags, start, x, y, u, zh, zl, err, fine, out, room):
    """Fire all crossings between the samples x and y, from u to z: DONE, NONE, FULL, or UNDECIDED.

    If the answer is not DONE the state is as before.
    """
    a, theta = st[LEAK], st[THETA]
    rise, first, final = y - x, x - a * u, y - a * zh
    flat = (abs(x) + abs(y) + a * theta) * _SURE
    sigma = 1.0 if first > 0.0 else -1.0
    rise, first, final, u, y = sigma * rise, sigma * first, sigma * final, sigma * u, sigma * y
    zh, zl = sigma * zh, sigma * zl
    inside = abs(u) < theta
    if not flags[BIPOLAR]:
        inside = -CROWD * theta < sigma * u < theta  # u as it was
    if not (a <= STEEP and first > flat and inside and abs(zh) <= CROWD * theta):
        return UNDECIDED
    upward = sigma > 0.0 or flags[BIPOLAR] != 0
    to_end = final > flat
    if not to_end:
        if not (rise < 0.0 and a <= 0.5):
            return UNDECIDED
        if not upward or u + first * first / (-2.0 * rise * _LOW) < theta * _LOW:
            sigma, rise, y, zh, zl = -sigma, -rise, -y, -zh, -zl
            upward, to_end = sigma > 0.0 or flags[BIPOLAR] != 0, True
    if not upward:
        return NONE
    written, last_hi, last_lo = flags[WRITTEN], st[LAST], st[LAST + 1]
    before_hi, before_lo, end = start, 0.0, start + 1.0
    d, size = y - a * theta, abs(y) + a * theta
    status = UNDECIDED
    while True:
        if to_end:
            order = order_of(zh, zl, err, st, flags)
            if order == -1:
                status = DONE
                break
            if order == 2:
                break
        if flags[WRITTEN] >= room:
            status = FULL
            break
        g = (zh - theta) + (zl - st[THETA + 1])
        s, slope = time_left(g, d, rise, a)
        if not slope * FLAT >= size + abs(rise):
            break
        eps = (2.0**-49 if a * s < 0.0625 else 2.0**-46) * (abs(g) + (size + abs(rise) * s) * s)
        margin = (3.0 * (eps + err + st[THETA_ERR]) + st[MARGIN]) / slope * _WIDE
        if not (s >= 0.0 and margin * abs(rise) <= 2.0**-10 * slope):
            break
        before_hi, before_lo, zh, zl, err = sent(
            st, flags, end, before_hi, before_lo, s, margin, size + abs(rise), zh, zl, err, sigma, fine, out
        )  # fmt: skip
        if np.isnan(before_hi):
            break
        if flags[WAITING]:
            status = DONE
            break
        drive = slope + a * theta
        if not to_end and drive * drive < -rise * theta:
            if not flags[BIPOLAR] or order_of(-zh, -zl, err, st, flags) == -1:
                status = DONE
            break
    if status == DONE:
        if flags[WRITTEN] == written:
            return NONE
        st[U], st[U + 1], st[ERR] = sigma * zh, sigma * zl, err
        return DONE
    flags[WRITTEN], flags[WAITING], st[LAST], st[LAST + 1] = written, 0, last_hi, last_lo
    return status


fire_joined = inlined(_fire_joined)
