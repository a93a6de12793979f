"""Crossings inside a sample, from its end backwards: step 3 of sample_kernel.py.

If z is the potential at the end of the sample with what has been fired so far,

    u = theta   where   exp(-a s) = 1 - a g,   g = (z - theta)/(x - a theta),     s = time left in the sample

The spike is reported a little before that: s larger by 2^-48 of itself (more where the slope is small) and by 1 1/4 ulp
of theta over the slope, with coordinates as in cell_kernel.py. Then z <- z - theta exp(-a s) with the s that is
reported: the true residual. Since u' >= x - a theta on the way to the crossing, u is below theta at the place reported,
by more than all errors.
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._encoder.firing import (
    DONE,
    ERR,
    FULL,
    LAST,
    LEAK,
    MARGIN,
    NEAR,
    REFRACTORY,
    THETA,
    THETA_ERR,
    UNDECIDED,
    UP,
    WAITING,
    WRITTEN,
    U,
    add_up,
    emit,
    order_of,
)  # fmt: skip
from spikemath._encoder.sample_tables import FINE, LOW
from spikemath._numeric.dd import quick_sum
from spikemath._numeric.eft import fma, two_prod, two_sum
from spikemath._numeric.jit import inlined

CROWD = 4096.0  # spikes in one sample that are taken here, at most; the output has more room than that
GENTLE = 0.0625  # largest leak per sample for a residual without a table
STEEP = 1.0  # largest leak per sample
FLAT = 1024.0  # largest ratio of drive and slope at a crossing
_LEFT, _DOWN = 2.0**-48, 1.0 - 2.0**-53


def _left(fine, ah, al, sh, sl):
    """exp(-a s) for 0 <= s <= 1: from the nearest entry of the table; hi, lo, and a bound of the relative error."""
    j = int(sh * FINE + 0.5)
    r = sh - j / FINE
    yh, yl = two_prod(ah, r)
    yl += al * r + ah * sl
    qh, ql = two_prod(yh, yh)
    cube = yh * qh
    even, odd = 1.0 / 24.0 + qh * (1.0 / 720.0 + qh * (1.0 / 40320.0)), 1.0 / 120.0 + qh * (1.0 / 5040.0)
    tail = cube * (yh * (even - yh * odd) - 1.0 / 6.0)
    mh, ml = two_sum(-yh, 0.5 * qh)
    ml += (0.5 * ql + yh * yl - yl) + tail
    fh, fl = fine[j], fine[LOW + j]
    ph, pl = two_prod(fh, mh)
    eh, el = two_sum(fh, ph)
    el += fl + (pl + (fh * ml + fl * mh))
    return eh, el, abs(cube) * 2.0**-50 + (qh * qh) * (qh * qh) * abs(yh) * 2.0**-17 + abs(yh) * 2.0**-96 + 2.0**-86


left = inlined(_left)


def _residual(zh, zl, theta, theta_lo, ah, al, s):
    """z - theta exp(-a s) for 0 <= s <= 1 and a <= ``GENTLE``; hi, lo, and a bound of what is lost.

    = (z - theta) + T (1 - y/2 + y^2/6 - ...),    y = a s,    T = theta y
    """
    ch, cl = two_prod(theta, ah)
    cl += fma(theta, al, theta_lo * ah)
    th, tl = two_prod(ch, s)
    yh, yl = two_prod(ah, s)
    tl, yl = fma(cl, s, tl), fma(al, s, yl)
    mh, ml = two_prod(th, -0.5 * yh)
    q = yh * yh
    even = fma(q, fma(q, fma(q, 1 / 362880, 1 / 5040), 1 / 120), 1 / 6)
    odd = fma(q, fma(q, 1 / 40320, 1 / 720), 1 / 24)
    tail = (th * q) * fma(-yh, odd, even)
    dh, dl = two_sum(zh, -theta)
    h, e = two_sum(dh, th)
    h, f = two_sum(h, mh)
    ml = fma(-0.5, fma(tl, yh, th * yl), ml)
    h, low = two_sum(h, ((zl - theta_lo) + dl) + ((e + tl) + (f + (ml + tail))))
    lost = theta * (q * yh) * 2.0**-49 + zh * 2.0**-98 + th * (q * q) * (q * q) * yh * 2.0**-20
    return h, low, lost


residual = inlined(_residual)


def _sent(st, flags, end, before_hi, before_lo, s, margin, most, zh, zl, err, sigma, fine, out):
    """Report the crossing ``s`` before ``end``, ``margin`` earlier: the place (nan if there is none), and what is left.

    ``most`` bounds the slope between the place and the crossing.
    """
    a, theta = st[LEAK], st[THETA]
    gone = s + margin
    th = end - gone
    if not th > 1e-300:
        return np.nan, 0.0, zh, zl, err
    tl = (end - th) - gone  # exact, as end >= gone
    kh, kl = th if tl >= 0.0 else th * _DOWN, 0.0
    since = (th - st[LAST]) + (tl - st[LAST + 1])
    if kh <= before_hi or (th - kh) + tl > NEAR * since:
        kh, kl = th, tl
    early = (th - kh) + (tl - kl)
    later = kh > before_hi or (kh == before_hi and kl > before_lo)
    if not later or (early + margin) * most > 0.25 * theta:
        return np.nan, 0.0, zh, zl, err
    if st[REFRACTORY] > 0.0:
        wh, wl = add_up(kh, kl, st[REFRACTORY], st[REFRACTORY + 1])
        if wh < end or (wh == end and wl <= 0.0):
            return np.nan, 0.0, zh, zl, err
    if a == 0.0:
        zh, zl, r = quick_sum(zh, zl, -theta, -st[THETA + 1])
        err = (err + st[THETA_ERR] + r) * UP
    elif a <= GENTLE and kl == 0.0 and kh >= 1.0:  # then end - kh is exact
        zh, zl, r = residual(zh, zl, theta, st[THETA + 1], a, st[LEAK + 1], end - kh)
        err = (err + st[THETA_ERR] * 1.25 + r) * UP
    else:
        sh, r = two_sum(end, -kh)
        sh, sl = two_sum(sh, r - kl)
        eh, el, relative = left(fine, a, st[LEAK + 1], sh, sl)
        ph, pl = two_prod(theta, eh)
        pl += theta * el + st[THETA + 1] * eh
        zh, zl, r = quick_sum(zh, zl, -ph, -pl)
        err = (err + r + st[THETA_ERR] + theta * (relative + a * abs(sl) * 2.0**-50)) * UP
    emit(st, flags, kh, kl, int(sigma), False, out)
    return kh, kl, zh, zl, err


sent = inlined(_sent)


def _fire_backwards(st, flags, start, zh, zl, err, drive, sigma, fine, out, room):
    """Fire all crossings of the sample at ``start``, whose end value is z >= theta: DONE, FULL, or UNDECIDED.

    z and drive are times sigma. Where the answer is not DONE the state is as before.
    """
    a, theta = st[LEAK], st[THETA]
    slope = drive - a * theta
    if not (a <= STEEP and slope * FLAT >= drive + a * theta and zh <= CROWD * theta):
        return UNDECIDED
    inverse = 1.0 / slope
    share = _LEFT * ((drive + a * theta) * inverse)  # of s: the rounding of the slope, and of all that follows
    written, last_hi, last_lo = flags[WRITTEN], st[LAST], st[LAST + 1]
    before_hi, before_lo, end = start, 0.0, start + 1.0
    status = UNDECIDED
    while True:
        if flags[WRITTEN] >= room:
            status = FULL
            break
        s = max((zh - theta) + (zl - st[THETA + 1]), 0.0) * inverse
        y = a * s
        if y > 0.03125:
            s = -math.log1p(-y) / a if y < 0.99 else 2.0
        elif a > 0.0:
            q = y * y
            late = fma(q, fma(q, 1 / 10, fma(y, 1 / 9, 1 / 8)), fma(y, 1 / 7, 1 / 6))
            more = fma(q * q, late, fma(q, fma(y, 1 / 5, 1 / 4), fma(y, 1 / 3, 1 / 2)))
            s = fma(s * y, more, s)
        margin = s * share + (st[MARGIN] + 2.0 * (err + st[THETA_ERR])) * inverse
        before_hi, before_lo, zh, zl, err = sent(
            st, flags, end, before_hi, before_lo, s, margin, drive, zh, zl, err, sigma, fine, out
        )  # fmt: skip
        if np.isnan(before_hi):
            break
        order = -1
        if not flags[WAITING]:
            order = order_of(zh, zl, err, st, flags)
        if order == -1:
            st[U], st[U + 1], st[ERR] = sigma * zh, sigma * zl, err
            return DONE
        if order == 2:
            break
    flags[WRITTEN], flags[WAITING], st[LAST], st[LAST + 1] = written, 0, last_hi, last_lo
    return status


fire_backwards = inlined(_fire_backwards)
