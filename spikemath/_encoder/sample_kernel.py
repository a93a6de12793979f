"""The encoder on samples held constant (zero hold), one channel: a float filter, and sums that no order can change.

On sample k, in ticks, u' = x - a u keeps its sign, so the values at the ends of samples decide:

    u_(k+1) = E u_k + w x_k,      E = exp(-a),      w = (1 - E)/a  (a = 0: 1)

1. *Filter.* v = u/w is carried in floats, eight samples at a time (jit_lanes.scanned_block). Where no v is outside
   +-theta (1 - 2^-37)/w there is no crossing: then |w x| <= 2.1 theta for all of these samples, an affine step of eight
   lanes errs by less than 90 2^-53 theta, and a filter runs over at most 1024 samples before it starts anew.
2. *Where it may cross,* u at the end of that sample is computed from the last *anchor*, in double-double:

       u_m = E^(m - p) u_p + sum_(p <= k < m) w E^(m-1-k) x_k           (jit_lanes.split_dot, split_sum)

   The anchors p are the first sample of the recording, the sample after each spike, and every 64th after an anchor.
   These sums depend on p and m alone, and a false alarm of the filter moves no anchor. So what is reported depends on
   the data alone: not on blocks, on the layout of many channels, on compilation.
   *Where spikes come thick* (less than ``CROWDED`` samples after another) vectors do not pay: from such a spike on, as
   many samples are taken one by one in double-double, and where that ends without a spike is an anchor too.
3. *Crossings* are found from the end of the sample backwards: backwards.py.
4. What is left (no clear answer, flat or crowded crossings, ends of refractory times) goes to ``rest_of_cell`` of
   cell_kernel.py for that sample, and from there to exact_cell.py.

``flags[CELL]`` is the anchor, an index into x.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.backwards import fire_backwards
from spikemath._encoder.cell_kernel import enter, rest_of_cell
from spikemath._encoder.firing import (
    BASE,
    BASE_ERR,
    BASED,
    BIPOLAR,
    CELL,
    DONE,
    ERR,
    FIRED,
    FULL,
    LAST,
    LEAK,
    POS,
    PULSED,
    THETA,
    THICK,
    UNDECIDED,
    UP,
    WAITING,
    WAKE,
    WRITTEN,
    U,
    order_of,
)  # fmt: skip
from spikemath._encoder.sample_tables import LIMIT, LOW, S1, S2, SPAN, STEEPEST, Row
from spikemath._numeric.dd import quick_sum
from spikemath._numeric.eft import fast_two_sum, fma, two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, first_outside, scanned_block, split_dot, split_sum, taken
from spikemath._numeric.leak import integrate

STRIDE = 16  # blocks of 64 samples of one run of the filter
HUGE, LARGEST = 3, 2.0**400  # status: a sample beyond ``LARGEST`` was met
CROWDED = 12  # samples between spikes below which they are taken one by one
SOON = 2 * SPAN  # and below which the next is expected within a block


def _moved(uh, ul, err, leaky, n, t, high, low, rest, most):
    """The potential n samples after the anchor, by the sums over them: hi, lo, error; error nan if they are void."""
    if not most <= t.split[LIMIT]:
        return 0.0, 0.0, np.nan
    lost = SPAN * rest
    sh, sl = two_sum(high, low)
    if not leaky:
        vh, vl, r = quick_sum(uh, ul, sh, sl)
        return vh, vl, (err + r + lost) * UP
    dh, dl = t.decay[n], t.decay[LOW + n]
    ph, e = two_prod(uh, dh)
    vh, vl, r = quick_sum(ph, e + (uh * dl + ul * dh), sh, sl)
    lost = (abs(uh) + abs(vh) + SPAN * most) * 2.0**-87 + SPAN * 2.0**-99 * t.split[S1]
    return vh, vl, (err * dh + r + lost) * UP


moved = inlined(_moved)


def _reach(st, x, size, first, last, t):
    """The potential at the end of sample last - 1, from the anchor ``first``. No crossing on the way."""
    if st[LEAK] == 0.0:
        high, low, rest, most = split_sum(x, first, last, size, t.split[S1], t.split[S2])
    else:
        high, low, rest, most = split_dot(x, first, last, size, t.weights, t.split[S1])
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
    """Move the anchor to ``last``, in steps of 64."""
    state, place, bx, size = bare(st), bare(flags), bare(x), x.size
    bt = Row(bare(t.weights), bare(t.decay), bare(t.split))
    while place[CELL] < last and state[ERR] < np.inf:
        first = place[CELL]
        stop = min(last, first + SPAN)
        vh, vl, err = reach(state, bx, size, first, stop, bt)
        if np.isnan(err):
            vh, vl, err = one_by_one(st, x, first, stop, t, work)
        state[U], state[U + 1], state[ERR] = vh, vl, err
        place[CELL] = stop


anchor = compiled(_anchor)


def _walk(uh, ul, leaky, x, k, last, t, low, high):
    """One by one from sample k: the first after which u is not inside (low, high); u after and before it, what is lost.

    u is not renormalized on the way; what is lost is, with a leak, up to a unit that the caller knows.
    """
    eh, el, wh, wl = t.decay[1], t.decay[LOW + 1], t.weights[SPAN - 1], t.weights[SPAN + 8 + SPAN - 1]
    bh, bl, lost = uh, ul, 0.0
    while k < last:
        bh, bl = uh, ul
        d = float(x[k])
        if leaky:
            ph, pl = two_prod(eh, uh)
            qh, ql = two_prod(wh, d)
            sh, sl = two_sum(ph, qh)
            rest = (sl + fma(uh, el, pl)) + fma(d, wl, ql)
            uh = fma(eh, uh, qh)  # a shorter chain than the sum, and the difference is a float
            ul = fma(eh, ul, rest + (sh - uh))
        else:
            uh, e = two_sum(uh, d)
            ul, e = two_sum(ul, e)
            lost += abs(e)
        if not low < uh < high:
            break
        k += 1
    return k, uh, ul, bh, bl, lost


walk = inlined(_walk)


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


def _encode_samples(state, place, bx, n, base, t, columns, room, st, flags, x, tables, cells, work, out):
    """Encode n samples from the anchor on. DONE: all samples are tested, and less than 64 follow the anchor.

    Everything bare for the many, and lent for the few: see jit_lanes.py.
    """
    row, scan, fine = Row(t.weights, t.decay, t.split), t.scan, t.fine
    theta, inverse = state[THETA], 1.0 / t.whole[0]
    leaky = state[LEAK] > 0.0
    fresh = True  # whether to start from the anchor; else from ``seen``, with the filter's v or the walk's u
    near = False  # whether the last spikes came so soon that a sum over 64 samples beside the filter is in vain
    seen, v, uh, ul, lost, blocks = place[CELL], 0.0, 0.0, 0.0, 0.0, 0
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
                anchor(taken(st), taken(flags), taken(x), n - (n - place[CELL]) % SPAN, taken(tables), taken(work))
                return DONE if state[ERR] < np.inf else HUGE
            if k > place[CELL]:
                anchor(taken(st), taken(flags), taken(x), k, taken(tables), taken(work))
                continue
            place[THICK] = 0
            status = whole_sample(taken(st), taken(flags), taken(x), base, taken(cells), taken(work), taken(out))
            if status != DONE:
                return status
            fresh = True
            continue
        if fresh:
            seen, fresh, lost = place[CELL], False, 0.0
            uh, ul = state[U], state[U + 1]
            v = uh * inverse
            blocks = 0
        if seen >= n:
            return DONE
        low, doubt = -theta, theta * 2.0**-37
        if not place[BIPOLAR]:
            low = -max(128.0 * theta, -4.0 * uh)
            doubt = -low * 2.0**-37
        doubt += 4.0 * (state[ERR] + theta * 2.0**-45)
        low, high = low + doubt, theta - doubt
        lower, upper = low * inverse, high * inverse
        stop, thick = min(n, place[CELL] + SPAN), place[THICK]
        bh, bl = uh, ul
        if thick > 0:
            last = min(stop, place[CELL] + thick)
            m, zh, zl, bh, bl, r = walk(uh, ul, leaky, bx, seen, last, row, low, high)
            lost += r
            steps = min(m + 1, last) - place[CELL]
            if m == last and last < place[CELL] + thick:
                return DONE
            if m < last and not abs(float(bx[m])) <= LARGEST:
                return HUGE
            err = (state[ERR] + lost) * UP
            if leaky:
                err = (err + (steps * (high - low) + abs(zh) + abs(bh)) * 2.0**-86) * UP
            if m == last:
                state[U], state[U + 1] = two_sum(zh, zl)
                state[ERR], place[CELL], place[THICK], fresh = err, last, thick - steps, True
                continue
            seen, uh, ul = m + 1, zh, zl
            zh, zl = fast_two_sum(zh, zl)
        else:
            m = stop
            if seen == place[CELL] and stop - seen == SPAN and not near:
                begin, widest = seen, state[ERR] + theta * 2.0**-45
                uh, ul, err = state[U], state[U + 1], state[ERR]
                while True:
                    m, after, hs, ls, rest, most = scanned_block(
                        bx, seen, n, v, scan, lower, upper, leaky, row.weights, row.split[S1], row.split[S2]
                    )  # fmt: skip
                    if m < seen + SPAN:
                        break
                    zh, zl, error = moved(uh, ul, err, leaky, SPAN, row, hs, ls, rest, most)
                    if not error <= widest:
                        break
                    uh, ul, err, v = zh, zl, error, after
                    seen += SPAN
                    blocks += 1
                    if seen + SPAN > n or blocks == STRIDE:
                        break
                if seen > begin:
                    state[U], state[U + 1], state[ERR] = uh, ul, err
                    place[CELL] = seen
                    if m == seen:
                        fresh = blocks == STRIDE
                        continue
                stop = min(n, seen + SPAN)
                v = after
            else:
                m, v = first_outside(bx, seen, stop, n, v, scan, lower, upper)
            end = min(m + 1, stop)
            if m == stop and stop < place[CELL] + SPAN:
                return DONE
            zh, zl, err = reach(state, bx, n, place[CELL], end, row)
            if np.isnan(err):
                zh, zl, err = one_by_one(taken(st), taken(x), place[CELL], end, taken(tables), taken(work))
            if m == stop:
                state[U], state[U + 1], state[ERR] = zh, zl, err
                place[CELL] = stop
                seen, uh, v, near = stop, zh, zh * inverse, False
                continue
            if not err < np.inf:
                return HUGE
            seen, uh, v = m + 1, zh, zh * inverse
        sigma = 1.0 if zh >= 0.0 else -1.0
        order = -1
        if sigma > 0.0 or place[BIPOLAR]:
            order = order_of(sigma * zh, sigma * zl, err, state, place)
        if order == -1:
            continue
        start, status = base + float(m), UNDECIDED
        crowded, near = start - state[LAST] < CROWDED, start - state[LAST] < SOON
        if order != 2:
            drive = sigma * float(bx[m])
            status = fire_backwards(
                state, place, start, sigma * zh, sigma * zl, err, drive, sigma, fine, columns, room
            )  # fmt: skip
            if status == FULL:
                return FULL
        fresh = True
        if status == DONE:
            place[CELL], place[THICK] = m + 1, CROWDED if crowded else 0
            continue
        if thick > 0:
            state[U], state[U + 1] = two_sum(bh, bl)
            state[ERR], place[CELL] = err, m
        else:
            anchor(taken(st), taken(flags), taken(x), m, taken(tables), taken(work))
        place[THICK] = 0
        status = whole_sample(taken(st), taken(flags), taken(x), base, taken(cells), taken(work), taken(out))
        if status != DONE:
            return status


encode_samples = inlined(_encode_samples)  # into the loop over channels, channel_kernels.py


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
