"""The encoder on samples held constant (zero hold), one channel: a float filter, and sums that no order can change.

On sample k, in ticks, u' = x - a u keeps its sign, so the values at the ends of samples decide:

    u_(k+1) = E u_k + w x_k,      E = exp(-a),      w = (1 - E)/a  (a = 0: 1)

1. *Filter.* v = u/w is carried in floats, eight samples at a time (jit_lanes.first_outside). Where no v is outside
   +-theta (1 - 2^-37)/w there is no crossing: then |w x| <= 2.1 theta for all of these samples, an affine step of eight
   lanes errs by less than 90 2^-53 theta, and a filter runs over at most 1024 samples before it starts anew.
2. *Where it may cross,* u at the end of that sample is computed from the last *anchor*, in double-double:

       u_m = E^(m - p) u_p + sum_(p <= k < m) w E^(m-1-k) x_k           (jit_lanes.split_dot, split_sum)

   The anchors p are the multiples of 64 samples from the start of the recording, and the sample after each spike.
   These sums do not depend on the order of their terms, and a false alarm of the filter moves no anchor. So what is
   reported depends on the data alone: not on blocks, on vectors, on the layout of many channels, on compilation.
3. *Crossings,* from the end of the sample backwards. If z is the potential there with what has been fired so far,

       u = theta   where   exp(-a s) = 1 - a g,   g = (z - theta)/(x - a theta),     s = time left in the sample

   The spike is reported a little before that (s larger by 2^-48 of itself and by 1 1/4 ulp of theta over the slope;
   coordinates as in cell_kernel.py), and z <- z - theta exp(-a s) with the s reported: the true residual. Since u' >=
   x - a theta on the way to the crossing, u is below theta there, by more than all errors.
4. What is left (no clear answer, flat or crowded crossings, ends of refractory times) goes to ``rest_of_cell`` of
   cell_kernel.py for that sample, and from there to exact_cell.py.

``flags[CELL]`` is the anchor, an index into x; x begins at a multiple of 64 of the recording.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder.cell_kernel import enter, rest_of_cell
from spikemath._encoder.firing import (
    BASE,
    BASE_ERR,
    BASED,
    BIPOLAR,
    CELL,
    DONE,
    ERR,
    EXACT,
    FIRED,
    FULL,
    LAST,
    LEAK,
    MARGIN,
    NEAR,
    POS,
    PULSED,
    REFRACTORY,
    THETA,
    THETA_ERR,
    UNDECIDED,
    UP,
    WAITING,
    WAKE,
    WRITTEN,
    U,
    add_up,
    compare,
    emit,
)  # fmt: skip
from spikemath._numeric.dd import add, add_bounded, exp_neg, mul
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import SPAN, first_outside, split_dot, split_sum
from spikemath._numeric.leak import integrate, leaky_weights

STRIDE = 1024  # samples of one run of the filter
CROWD = 4096.0  # spikes in one sample that step 3 takes, at most; the output has more room than that
HUGE, LARGEST = 3, 2.0**400  # status: a sample beyond ``LARGEST`` was met
FINE = 64  # steps of the table of decays inside a sample
S1, S2, LIMIT = 0, 1, 2
STEEPEST, STEEP = 8.0, 1.0  # largest leak per sample for the sums, and for crossings from the end
_LEFT, _DOWN = 2.0**-48, 1.0 - 2.0**-53


class Tables(NamedTuple):
    """What depends on leak and threshold only; all double-doubles have a relative error below 2^-89."""

    scan: Any  # (4, 8): powers of E for the filter, see jit_lanes.py
    weights: Any  # (2, 72): w E^(63 - j), then zeros
    decay: Any  # (2, 65): E^n
    fine: Any  # (2, 65): exp(-a j/64)
    split: Any  # constants of the sums, and the largest term that they take
    whole: Any  # (2, 2): w and E, as leak.integrate takes them


def _fill(ah, al, theta, degree, tables):
    """Fill the tables for a leak and a threshold. (degree: 0; as a literal it would compile more than once.)"""
    leaky_weights(ah, al, 1.0, 0.0, degree, tables.whole)
    if ah > STEEPEST:
        return
    wh, wl = tables.whole[0, 0], tables.whole[0, 1]
    for n in range(SPAN + 1):
        zh, zl = mul(ah, al, float(n), 0.0)
        tables.decay[0, n], tables.decay[1, n] = exp_neg(zh, zl)
        zh, zl = mul(ah, al, n / FINE, 0.0)
        tables.fine[0, n], tables.fine[1, n] = exp_neg(zh, zl)
    for n in range(SPAN):
        rh, rl = mul(wh, wl, tables.decay[0, SPAN - 1 - n], tables.decay[1, SPAN - 1 - n])
        tables.weights[0, n], tables.weights[1, n] = rh, rl
    for lane in range(8):
        for i in range(3):
            tables.scan[i, lane] = tables.decay[0, 1 << i] if lane >= 1 << i else 0.0
        tables.scan[3, lane] = tables.decay[0, lane + 1]
    power = 1.0
    while power < theta:
        power *= 2.0
    while power >= 2.0 * theta:
        power *= 0.5
    tables.split[LIMIT] = 4.0 * theta
    tables.split[S1] = 1.5 * power * 256.0
    tables.split[S2] = tables.split[S1] * 2.0**-46


fill = compiled(_fill)


def tables(ah: float, al: float, theta: float) -> Tables:
    """Tables for a leak per sample and a threshold."""
    made = Tables(
        np.zeros((4, 8)),
        np.zeros((2, SPAN + 8)),
        np.zeros((2, SPAN + 1)),
        np.zeros((2, FINE + 1)),
        np.zeros(3),
        np.zeros((2, 2)),
    )
    fill(ah, al, theta, 0, made)
    return made


def _reach(st, x, first, last, t, work):
    """The potential at the end of sample last - 1, from the anchor ``first``: hi, lo, error. No crossing on the way."""
    n = last - first
    limit = t.split[LIMIT]
    if st[LEAK] == 0.0:
        high, low, rest, most = split_sum(x, first, last, x.size, t.split[S1], t.split[S2])
        if most <= limit:
            sh, sl = two_sum(high, low)
            vh, vl, r = add_bounded(st[U], st[U + 1], sh, sl)
            return vh, vl, (st[ERR] + r + SPAN * rest) * UP
    elif st[LEAK] <= STEEPEST:
        high, low, most = split_dot(x, first, last, x.size, t.weights, t.split[S1], t.split[S2])
        if most <= limit:
            sh, sl = two_sum(high, low)
            vh, vl = mul(st[U], st[U + 1], t.decay[0, n], t.decay[1, n])
            vh, vl = add(vh, vl, sh, sl)
            lost = (abs(st[U]) + abs(vh) + SPAN * most) * 2.0**-87 + SPAN * 2.0**-99 * t.split[S1]
            return vh, vl, (st[ERR] * t.decay[0, n] + lost) * UP
    vh, vl, err = st[U], st[U + 1], st[ERR]  # samples too large for the sums: one by one
    work.q_lo[0] = 0.0
    terms = work.q_hi.size  # 1
    for k in range(first, last):
        work.q_hi[0] = x[k]
        if abs(work.q_hi[0]) > LARGEST:
            return vh, vl, np.inf
        vh, vl, err = integrate(
            st[LEAK], st[LEAK], vh, vl, err, work.q_hi, work.q_lo, 0.0, terms, t.whole, terms - 1, 1.0
        )  # fmt: skip
    return vh, vl, err


reach = compiled(_reach)


def _anchor(st, flags, x, last, t, work):
    """Move the anchor to ``last``, over all multiples of 64 between."""
    while flags[CELL] < last and st[ERR] < np.inf:
        first = flags[CELL]
        stop = min(last, first - first % SPAN + SPAN)
        st[U], st[U + 1], st[ERR] = reach(st, x, first, stop, t, work)
        flags[CELL] = stop


anchor = compiled(_anchor)


def _left(t, ah, al, sh, sl):
    """exp(-a s) for 0 <= s <= 1: from the nearest entry of the table; hi, lo, and a bound of the relative error."""
    j = int(sh * FINE + 0.5)
    r = sh - j / FINE
    yh, yl = two_prod(ah, r)
    yh, yl = two_sum(yh, yl + (al * r + ah * sl))
    qh, ql = two_prod(yh, yh)
    cube = yh * qh
    tail = cube * (
        -1.0 / 6.0
        + yh * (1.0 / 24.0 - yh * (1.0 / 120.0 - yh * (1.0 / 720.0 - yh * (1.0 / 5040.0 - yh * (1.0 / 40320.0)))))
    )
    mh, ml = add(-yh, -yl, 0.5 * qh, 0.5 * ql + yh * yl)
    mh, ml = two_sum(mh, ml + tail)
    ph, pl = mul(t.fine[0, j], t.fine[1, j], mh, ml)
    eh, el = add(t.fine[0, j], t.fine[1, j], ph, pl)
    return eh, el, abs(cube) * 2.0**-50 + (yh * yh) ** 4 * abs(yh) * 2.0**-17 + 2.0**-86


left = compiled(_left)


def _fire_backwards(st, flags, start, zh, zl, err, drive, sigma, t, out):
    """Fire all crossings of the sample at ``start``, whose end value is z >= theta: DONE, FULL, or UNDECIDED.

    z and drive are times sigma. Where the answer is not DONE the state is as before.
    """
    a, theta = st[LEAK], st[THETA]
    slope = drive - a * theta
    if not (a <= STEEP and slope >= 0.25 * (drive + a * theta) and zh <= CROWD * theta):
        return UNDECIDED
    written, last_hi, last_lo = flags[WRITTEN], st[LAST], st[LAST + 1]
    before_hi, before_lo, end = start, 0.0, start + 1.0
    status = UNDECIDED
    while True:
        if flags[WRITTEN] >= out.hi.size - 1:
            status = FULL
            break
        gap, _ = add(zh, zl, -theta, -st[THETA + 1])
        s = max(gap, 0.0) / slope
        y = a * s
        if y > 0.0078125:
            s = -math.log1p(-y) / a if y < 0.99 else 2.0
        else:
            s += s * y * (1 / 2 + y * (1 / 3 + y * (1 / 4 + y * (1 / 5 + y * (1 / 6 + y * (1 / 7))))))
        margin = s * _LEFT + (st[MARGIN] + 2.0 * (err + st[THETA_ERR])) / slope
        th, tl = two_sum(end, -(s + margin))
        if not th > 1e-300:
            break
        kh, kl = th if tl >= 0.0 else th * _DOWN, 0.0
        since = (th - st[LAST]) + (tl - st[LAST + 1])
        if kh <= before_hi or (th - kh) + tl > NEAR * since:
            kh, kl = th, tl
        early = (th - kh) + (tl - kl)
        later = kh > before_hi or (kh == before_hi and kl > before_lo)
        if not later or (early + margin) * drive > 0.25 * theta:
            break
        if st[REFRACTORY] > 0.0:
            wh, wl = add_up(kh, kl, st[REFRACTORY], st[REFRACTORY + 1])
            if wh < end or (wh == end and wl <= 0.0):
                break
        if a == 0.0:
            zh, zl, r = add_bounded(zh, zl, -theta, -st[THETA + 1])
            err = (err + st[THETA_ERR] + r) * UP
        else:
            sh, r = two_sum(end, -kh)
            sh, sl = two_sum(sh, r - kl)
            eh, el, relative = left(t, a, st[LEAK + 1], sh, sl)
            ph, pl = mul(theta, st[THETA + 1], eh, el)
            zh, zl = add(zh, zl, -ph, -pl)
            err = (err + st[THETA_ERR] + theta * (relative + a * abs(sl) * 2.0**-50) + abs(zh) * 2.0**-98) * UP
        emit(st, flags, kh, kl, int(sigma), False, out)
        before_hi, before_lo = kh, kl
        order = -1
        if not flags[WAITING]:
            order = compare(zh, zl, err, theta, st[THETA + 1], st[THETA_ERR], flags[EXACT])
        if order == -1:
            st[U], st[U + 1], st[ERR] = sigma * zh, sigma * zl, err
            return DONE
        if order == 2:
            break
    flags[WRITTEN], flags[WAITING], st[LAST], st[LAST + 1] = written, 0, last_hi, last_lo
    return status


fire_backwards = compiled(_fire_backwards)


def _whole_sample(st, flags, x, base, cells, work, out):
    """The sample at the anchor by the rules of cell_kernel.py, or what is left of it. DONE, FULL or UNDECIDED."""
    k = flags[CELL]
    start = base + float(k)
    cells.start_hi[0], cells.length_hi[0], cells.density_hi[0, 0] = start, 1.0, x[k]
    status = DONE
    if not flags[PULSED]:
        status = enter(st, flags, start, 0.0, 0.0, 0.0, 0.0, out)
    if status == DONE:
        if st[POS] == 0.0 and st[LEAK] == 0.0 and not flags[BASED]:
            st[BASE], st[BASE + 1], st[BASE_ERR] = st[U], st[U + 1], st[ERR]
            flags[BASED], flags[FIRED] = 1, 0
        status = rest_of_cell(st, flags, cells, k - k, work, out)  # a literal 0 would compile it once more
    if status == DONE:
        st[POS], st[POS + 1] = 0.0, 0.0
        flags[PULSED], flags[BASED] = 0, 0
        flags[CELL] = k + 1
    return status


whole_sample = compiled(_whole_sample)


def _wake_sample(st, base, n):
    """Index of the sample in which the refractory time ends, at most n."""
    wake = st[WAKE] - base  # exact or far away
    k = np.floor(wake)
    if k == wake and st[WAKE + 1] < 0.0:
        k -= 1.0
    return n if k >= n else int(max(k, 0.0))


wake_sample = compiled(_wake_sample)


def _encode_samples(st, flags, x, base, t, cells, work, out):
    """Encode x from the anchor on. DONE: all samples are tested, and the anchor stays in the last block of 64."""
    n = x.size
    theta = st[THETA]
    seen = flags[CELL]  # the filter has been here
    v = 0.0
    fresh = True  # start the filter from the anchor
    while True:
        if flags[WRITTEN] >= out.hi.size - 1:
            return FULL
        if flags[PULSED] or st[LEAK] > STEEPEST:
            if flags[CELL] >= n:
                return DONE
            status = whole_sample(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
            fresh = True
            continue
        if flags[WAITING]:
            k = wake_sample(st, base, n)
            if k >= n:
                anchor(st, flags, x, n - n % SPAN, t, work)
                return DONE if st[ERR] < np.inf else HUGE
            anchor(st, flags, x, max(k, flags[CELL]), t, work)
            if not st[ERR] < np.inf:
                return HUGE
            status = whole_sample(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
            fresh = True
            continue
        if fresh:
            seen, v, fresh = flags[CELL], st[U] / t.whole[0, 0], False
        if seen >= n:
            anchor(st, flags, x, n - n % SPAN, t, work)
            return DONE if st[ERR] < np.inf else HUGE
        stop = min(n, seen - seen % STRIDE + STRIDE)
        low, doubt = -theta, theta * 2.0**-37
        if not flags[BIPOLAR]:
            low = -max(128.0 * theta, -4.0 * v * t.whole[0, 0])
            doubt = -low * 2.0**-37
        scale = 1.0 / t.whole[0, 0]
        m, v = first_outside(x, seen, stop, n, v, t.scan, (low + doubt) * scale, (theta - doubt) * scale)
        if m == stop:
            if stop < n:
                anchor(st, flags, x, stop, t, work)
                if not st[ERR] < np.inf:
                    return HUGE
                fresh = True
            seen = stop
            continue
        anchor(st, flags, x, m - m % SPAN, t, work)
        zh, zl, err = reach(st, x, flags[CELL], m + 1, t, work)
        seen, v = m + 1, zh * scale
        sigma = 1.0 if zh >= 0.0 else -1.0
        if not err < np.inf:
            return HUGE
        order = -1
        if sigma > 0.0 or flags[BIPOLAR]:
            order = compare(sigma * zh, sigma * zl, err, theta, st[THETA + 1], st[THETA_ERR], flags[EXACT])
        if order == -1:
            continue
        status = UNDECIDED
        if order != 2:
            start, drive = base + float(m), sigma * float(x[m])
            status = fire_backwards(st, flags, start, sigma * zh, sigma * zl, err, drive, sigma, t, out)
            if status == FULL:
                return FULL
        if status == DONE:
            flags[CELL] = m + 1
        else:
            anchor(st, flags, x, m, t, work)
            status = whole_sample(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
        fresh = True


encode_samples = compiled(_encode_samples)


def _end_samples(st, flags, x, base, t, work, out):
    """The potential at the end of x, and the test there if a refractory time ends at that instant. DONE or UNDECIDED."""
    anchor(st, flags, x, x.size, t, work)
    if not flags[WAITING]:
        return DONE
    status = enter(st, flags, base + float(x.size), 0.0, 0.0, 0.0, 0.0, out)
    if status == DONE:
        flags[PULSED] = 0
    return status


end_samples = compiled(_end_samples)
