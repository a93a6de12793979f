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

   The spike is reported a little before that: s larger by 2^-48 of itself (more where the slope is small) and by 1 1/4
   ulp of theta over the slope, with coordinates as in cell_kernel.py. Then z <- z - theta exp(-a s) with the s that is
   reported: the true residual. Since u' >= x - a theta on the way to the crossing, u is below theta at the place
   reported, by more than all errors.
4. What is left (no clear answer, flat or crowded crossings, ends of refractory times) goes to ``rest_of_cell`` of
   cell_kernel.py for that sample, and from there to exact_cell.py.

``flags[CELL]`` is the anchor, an index into x; x begins at a multiple of 64 of the recording.
"""

from __future__ import annotations

import math

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
    Output,
    U,
    add_up,
    compare,
    emit,
)  # fmt: skip
from spikemath._encoder.sample_tables import FINE, LIMIT, LOW, S1, S2, SPAN, STEEPEST, Row
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, first_outside, quiet_block, split_dot, split_sum
from spikemath._numeric.leak import integrate

STRIDE = 1024  # samples of one run of the filter
CROWD = 4096.0  # spikes in one sample that step 3 takes, at most; the output has more room than that
HUGE, LARGEST = 3, 2.0**400  # status: a sample beyond ``LARGEST`` was met
STEEP = 1.0  # largest leak per sample for crossings from the end
FLAT = 1024.0  # largest ratio of drive and slope at a crossing for step 3
_LEFT, _DOWN = 2.0**-48, 1.0 - 2.0**-53


def _plus(uh, ul, sh, sl):
    """Sum of two double-doubles and a bound of its error: 0 if it is exact. (A shorter chain than add_bounded.)"""
    s, e = two_sum(uh, sh)
    t, f = two_sum(ul, sl)
    e, r = two_sum(e, t)
    s, e = two_sum(s, e)
    return s, e, (abs(f) + abs(r)) * 1.0000001


plus = inlined(_plus)


def _moved(uh, ul, err, leaky, n, t, high, low, rest, most):
    """The potential n samples after the anchor, by the sums over them: hi, lo, error; error nan if they are void."""
    if not most <= t.split[LIMIT]:
        return 0.0, 0.0, np.nan
    lost = SPAN * rest
    sh, sl = two_sum(high, low)
    if not leaky:
        vh, vl, r = plus(uh, ul, sh, sl)
        return vh, vl, (err + r + lost) * UP
    dh, dl = t.decay[n], t.decay[LOW + n]
    ph, e = two_prod(uh, dh)
    vh, vl, r = plus(ph, e + (uh * dl + ul * dh), sh, sl)
    lost = (abs(uh) + abs(vh) + SPAN * most) * 2.0**-87 + SPAN * 2.0**-99 * t.split[S1]
    return vh, vl, (err * dh + r + lost) * UP


moved = inlined(_moved)


def _reach(st, x, size, first, last, t):
    """The potential at the end of sample last - 1, from the anchor ``first``. No crossing on the way."""
    if st[LEAK] == 0.0:
        high, low, rest, most = split_sum(x, first, last, size, t.split[S1], t.split[S2])
    else:
        high, low, rest, most = split_dot(x, first, last, size, t.weights, t.split[S1], t.split[S2])
    return moved(st[U], st[U + 1], st[ERR], st[LEAK] > 0.0, last - first, t, high, low, rest, most)


reach = inlined(_reach)


def _one_by_one(st, x, first, last, t, work):
    """The same where samples are too large for the sums."""
    vh, vl, err = st[U], st[U + 1], st[ERR]
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


one_by_one = compiled(_one_by_one)


def _anchor(st, flags, x, last, t, work):
    """Move the anchor to ``last``, over all multiples of 64 between."""
    state, place, bx, size = bare(st), bare(flags), bare(x), x.size
    bt = Row(bare(t.weights), bare(t.decay), bare(t.split))
    while place[CELL] < last and state[ERR] < np.inf:
        first = place[CELL]
        stop = min(last, first - first % SPAN + SPAN)
        vh, vl, err = reach(state, bx, size, first, stop, bt)
        if np.isnan(err):
            vh, vl, err = one_by_one(st, x, first, stop, t, work)
        state[U], state[U + 1], state[ERR] = vh, vl, err
        place[CELL] = stop


anchor = compiled(_anchor)


def _order(zh, zl, err, st, flags):
    """Sign of z - theta, or 2; most cases by one comparison of floats."""
    theta, doubt = st[THETA], err + 2.0**-45 * st[THETA]
    if zh + doubt < theta:
        return -1
    if zh - doubt > theta:
        return 1
    return compare(zh, zl, err, theta, st[THETA + 1], st[THETA_ERR], flags[EXACT])


order_of = compiled(_order)


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


def _fire_backwards(st, flags, start, zh, zl, err, drive, sigma, fine, out, room):
    """Fire all crossings of the sample at ``start``, whose end value is z >= theta: DONE, FULL, or UNDECIDED.

    z and drive are times sigma. Where the answer is not DONE the state is as before.
    """
    a, theta = st[LEAK], st[THETA]
    slope = drive - a * theta
    if not (a <= STEEP and slope * FLAT >= drive + a * theta and zh <= CROWD * theta):
        return UNDECIDED
    share = _LEFT * (drive + a * theta) / slope  # of s: the rounding of the slope, and of all that follows
    written, last_hi, last_lo = flags[WRITTEN], st[LAST], st[LAST + 1]
    before_hi, before_lo, end = start, 0.0, start + 1.0
    status = UNDECIDED
    while True:
        if flags[WRITTEN] >= room:
            status = FULL
            break
        s = max((zh - theta) + (zl - st[THETA + 1]), 0.0) / slope
        y = a * s
        if y > 0.0078125:
            s = -math.log1p(-y) / a if y < 0.99 else 2.0
        elif a > 0.0:
            q = y * y
            s += s * y * (1 / 2 + y * (1 / 3) + q * (1 / 4 + y * (1 / 5) + q * (1 / 6 + y * (1 / 7))))
        margin = s * share + (st[MARGIN] + 2.0 * (err + st[THETA_ERR])) / slope
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
            zh, zl, r = plus(zh, zl, -theta, -st[THETA + 1])
            err = (err + st[THETA_ERR] + r) * UP
        else:
            sh, r = two_sum(end, -kh)
            sh, sl = two_sum(sh, r - kl)
            eh, el, relative = left(fine, a, st[LEAK + 1], sh, sl)
            ph, pl = two_prod(theta, eh)
            pl += theta * el + st[THETA + 1] * eh
            zh, zl, r = plus(zh, zl, -ph, -pl)
            err = (err + r + st[THETA_ERR] + theta * (relative + a * abs(sl) * 2.0**-50)) * UP
        emit(st, flags, kh, kl, int(sigma), False, out)
        before_hi, before_lo = kh, kl
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


wake_sample = inlined(_wake_sample)


def _encode_samples(st, flags, x, base, t, cells, work, out):
    """Encode x from the anchor on. DONE: all samples are tested, and the anchor stays in the last block of 64."""
    n, room = x.size, out.hi.size - 1
    state, place, bx, scan, fine = bare(st), bare(flags), bare(x), bare(t.scan), bare(t.fine)
    row = Row(bare(t.weights), bare(t.decay), bare(t.split))
    columns = Output(bare(out.hi), bare(out.lo), bare(out.count), bare(out.jump))
    theta, weight, inverse = state[THETA], t.whole[0, 0], 1.0 / t.whole[0, 0]
    seen, v, fresh = place[CELL], 0.0, True  # where the filter has been, and whether it starts from the anchor
    leaky, calm = state[LEAK] > 0.0, True
    while True:
        if place[WRITTEN] >= room:
            return FULL
        if not state[ERR] < np.inf:
            return HUGE
        if place[PULSED] or place[WAITING] or state[LEAK] > STEEPEST:
            k = place[CELL]
            if place[WAITING] and not place[PULSED] and state[LEAK] <= STEEPEST:
                k = max(wake_sample(state, base, n), k)
            if k >= n:
                anchor(st, flags, x, n - n % SPAN, t, work)
                return DONE if state[ERR] < np.inf else HUGE
            if k > place[CELL]:
                anchor(st, flags, x, k, t, work)
                continue
            status = whole_sample(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
            fresh = True
            continue
        if fresh:
            seen, v, fresh = place[CELL], state[U] * inverse, False
        if seen >= n:
            anchor(st, flags, x, n - n % SPAN, t, work)
            return DONE if state[ERR] < np.inf else HUGE
        low, doubt = -theta, theta * 2.0**-37
        if not place[BIPOLAR]:
            low = -max(128.0 * theta, -4.0 * v * weight)
            doubt = -low * 2.0**-37
        doubt += 4.0 * (state[ERR] + theta * 2.0**-45)
        low, high = (low + doubt) * inverse, (theta - doubt) * inverse
        stop = min(n, seen - seen % SPAN + SPAN)
        if calm and stop - seen == SPAN:
            uh, ul, err = state[U], state[U + 1], state[ERR]
            begin, widest = seen, err + theta * 2.0**-45
            while seen + SPAN <= n and (seen == begin or seen % STRIDE != 0):
                quiet, after, hs, ls, rest, most = quiet_block(
                    bx, seen, n, v, scan, low, high, leaky, row.weights, row.split[S1], row.split[S2]
                )  # fmt: skip
                vh, vl, error = moved(uh, ul, err, leaky, SPAN, row, hs, ls, rest, most)
                if not (quiet and error <= widest):
                    break
                uh, ul, err, v = vh, vl, error, after
                seen += SPAN
            if seen > begin:
                state[U], state[U + 1], state[ERR] = uh, ul, err
                place[CELL], fresh = seen, seen % STRIDE == 0
                continue
        calm = stop - seen == SPAN
        m, v = first_outside(bx, seen, stop, n, v, scan, low, high)
        end = min(m + 1, stop)
        if m == stop and stop % SPAN != 0:
            seen = stop
            continue
        zh, zl, err = reach(state, bx, n, place[CELL], end, row)
        if np.isnan(err):
            zh, zl, err = one_by_one(st, x, place[CELL], end, t, work)
        if m == stop:
            state[U], state[U + 1], state[ERR] = zh, zl, err
            place[CELL] = stop
            seen, v = stop, zh * inverse
            continue
        if not err < np.inf:
            return HUGE
        seen, v, calm = m + 1, zh * inverse, False
        sigma = 1.0 if zh >= 0.0 else -1.0
        order = -1
        if sigma > 0.0 or place[BIPOLAR]:
            order = order_of(sigma * zh, sigma * zl, err, state, place)
        if order == -1:
            continue
        status = UNDECIDED
        if order != 2:
            start, drive = base + float(m), sigma * float(bx[m])
            status = fire_backwards(
                state, place, start, sigma * zh, sigma * zl, err, drive, sigma, fine, columns, room
            )  # fmt: skip
            if status == FULL:
                return FULL
        if status == DONE:
            place[CELL] = m + 1
        else:
            anchor(st, flags, x, m, t, work)
            status = whole_sample(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
        fresh = True


encode_samples = compiled(_encode_samples)


def _end_samples(st, flags, x, base, t, work, out):
    """The potential at the end of x, and the test there if a refractory time ends just then. DONE or UNDECIDED."""
    anchor(st, flags, x, x.size, t, work)
    if not flags[WAITING]:
        return DONE
    status = enter(st, flags, base + float(x.size), 0.0, 0.0, 0.0, 0.0, out)
    if status == DONE:
        flags[PULSED] = 0
    return status


end_samples = compiled(_end_samples)
