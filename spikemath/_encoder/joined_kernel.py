"""The encoder on samples joined by straight lines, one channel: a float filter, and sums from anchors.

Between samples x_k and x_(k+1), in ticks, u' = x_k + D s - a u with D = x_(k+1) - x_k. E and w as for held samples:

    u_(k+1) = E u_k + (w - r) x_k + r x_(k+1),      w = (1 - E)/a  (1),      r = (1 - w)/a  (1/2)

So the part of u that the next sample has no share in goes on as if the samples were held, with w^2 for w:

    y_k = u_k - r x_k:      y_(k+1) = E y_k + w^2 x_k,      as  w - r + E r = w - (1 - E) r = w - w (1 - w) = w^2

1. *Filter.* v = y/w^2 is carried in floats, eight samples at a time (jit_lanes.first_crossable): u_k = w^2 v + r x_k.
   *Between samples* let c be the solution of c'' = -a c' with the ends of u. It is monotone, so it lies between them.
   d = u - c solves d'' + a d' = D with d = 0 at both ends, so

       d(s) = -D ((1 - e^(-a s))/(1 - E) - s)/a,      |d| <= |D| (q - 1 - ln q)/a^2 <= |D|/8,      q = 1/w

   (The maximum is where e^(a s) = q. With b = a/2, q = b coth b + b and ln q = b - ln(sinh b/b); so the last step says
   b coth b - 1 + ln(sinh b/b) <= b^2/2. At b = 0 both are 0, and their slopes compare: of
   coth b - 1/b <= b/3 and (sinh 2b - 2b)/(cosh 2b - 1) <= 2b/3 every coefficient of the power series does, once the
   denominators are multiplied out.) So where

       max(u_k, u_(k+1)) + |D|/8 < theta (1 - 2^-36)

   and the same downward, nothing fires. Then |D| <= 8 theta, |w^2 x| <= w (2 + 8 r) theta <= 6 theta, |y| <= 4.2 theta;
   an affine step of eight lanes errs by less than 140 2^-53 theta, and a filter runs over at most 1024 samples.
2. *Where something may fire,* u_k is computed from the last anchor in double-double, by the sums of sample_kernel.py
   over y. The anchors are the first sample, the sample after each cell that fires or is left to exact arithmetic, and
   every 64th after an anchor. A false alarm moves no anchor. So what is reported depends on the data alone.
3. *Crossings* are found from the end of that cell backwards: joined_crossings.py. What is left (no clear answer, flat
   crossings, ends of refractory times) goes to cell_kernel.py. Of cells in which the filter can see that nothing fires,
   it leaves none open: u stays away from theta by 2^-36 of it, and a stretch of 2^-30 of a sample moves u by less than
   that, unless it is monotone.

``flags[CELL]`` is the anchor, an index into x, and ``st[U]`` the potential there.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.cell_kernel import enter, only_cell
from spikemath._encoder.firing import (
    BASE,
    BASE_ERR,
    BIPOLAR,
    CELL,
    DONE,
    ERR,
    FIRED,
    FULL,
    LEAK,
    PULSED,
    THETA,
    UNDECIDED,
    UP,
    WAITING,
    WRITTEN,
    Output,
    U,
)  # fmt: skip
from spikemath._encoder.joined_crossings import NONE, fire_joined
from spikemath._encoder.sample_kernel import HUGE, LARGEST, STRIDE, moved, wake_sample
from spikemath._encoder.sample_tables import S1, S2, SPAN, Row
from spikemath._numeric.dd import quick_sum
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, first_crossable, split_dot, split_sum
from spikemath._numeric.leak import integrate

SHARE, WEIGHT, END, BEND = 0, 2, 3, 4  # places in ``ends``: r (two floats), w^2, r/w^2, 1/(8 w^2)
DOUBT = 2.0**-36


def _shared(uh, ul, err, d, leaky, ends):
    """u + r d, with its error."""
    ph, pl = two_prod(ends[SHARE], d)
    lost = 0.0
    if leaky:
        pl += ends[SHARE + 1] * d
        lost = abs(ph) * 2.0**-87
    if abs(ph) < 1e-280 and d != 0.0:  # the product may have lost something to underflow
        lost += 1e-300
    vh, vl, r = quick_sum(uh, ul, ph, pl)
    return vh, vl, (err + r + lost) * UP


shared = inlined(_shared)


def _held(st, x, size, first, last, t, ends):
    """y at sample ``last`` from the anchor ``first``; error nan where samples are too large for the sums."""
    leaky = st[LEAK] > 0.0
    yh, yl, err = shared(st[U], st[U + 1], st[ERR], -x[first], leaky, ends)
    if leaky:
        high, low, rest, most = split_dot(x, first, last, size, t.weights, t.split[S1])
    else:
        high, low, rest, most = split_sum(x, first, last, size, t.split[S1], t.split[S2])
    return moved(yh, yl, err, leaky, last - first, t, high, low, rest, most)


held = inlined(_held)


def _reach(st, x, size, first, last, t, ends):
    """The potential there."""
    yh, yl, err = held(st, x, size, first, last, t, ends)
    return shared(yh, yl, err, x[last], st[LEAK] > 0.0, ends)


reach = inlined(_reach)


def _onward(yh, yl, err, x, following, leaky, t, ends):
    """The potential at the next sample, from y at the sample x."""
    ph, pl = two_prod(t.weights[SPAN - 1], x)
    pl += t.weights[2 * SPAN + 7] * x
    yh, yl, err = moved(yh, yl, err, leaky, 1, t, ph, pl, 0.0, abs(ph))
    return shared(yh, yl, err, following, leaky, ends)


onward = inlined(_onward)


def _one_by_one(st, x, first, last, t, work):
    """The same where samples are too large for the sums."""
    vh, vl, err = st[U], st[U + 1], st[ERR]
    work.q_lo[0] = 0.0
    terms = work.q_hi.size  # 2
    for k in range(first, last):
        if abs(x[k]) > LARGEST or abs(x[k + 1]) > LARGEST:
            return vh, vl, np.inf
        work.q_hi[0] = x[k]
        work.q_hi[1], work.q_lo[1] = two_sum(x[k + 1], -x[k])
        vh, vl, err = integrate(
            st[LEAK], st[LEAK], vh, vl, err, work.q_hi, work.q_lo, 0.0, terms, t.whole, terms - 1, 1.0
        )  # fmt: skip
    return vh, vl, err


one_by_one = compiled(_one_by_one)


def _potential_at(st, x, first, last, t, ends, work):
    """The potential at sample ``last`` from the anchor ``first``, at most 64 samples before; hi, lo, and its error."""
    row = Row(bare(t.weights), bare(t.decay), bare(t.split))
    vh, vl, err = reach(bare(st), bare(x), x.size, first, last, row, bare(ends))
    if np.isnan(err):
        vh, vl, err = one_by_one(st, x, first, last, t, work)
    return vh, vl, err


potential_at = compiled(_potential_at)


def _anchor(st, flags, x, last, t, ends, work):
    """Move the anchor to ``last``, in steps of 64."""
    while flags[CELL] < last and st[ERR] < np.inf:
        stop = min(last, flags[CELL] + SPAN)
        st[U], st[U + 1], st[ERR] = potential_at(st, x, flags[CELL], stop, t, ends, work)
        flags[CELL] = stop


anchor = compiled(_anchor)


def _whole_cell(st, flags, x, base, cells, work, out):
    """The cell at the anchor by the rules of cell_kernel.py, or what is left of it. DONE, FULL, UNDECIDED or HUGE."""
    k = flags[CELL]
    if not (abs(x[k]) <= LARGEST and abs(x[k + 1]) <= LARGEST):
        return HUGE
    cells.start_hi[0], cells.length_hi[0], cells.density_hi[0, 0] = base + float(k), 1.0, x[k]
    cells.density_hi[1, 0], cells.density_lo[1, 0] = two_sum(x[k + 1], -x[k])
    status = only_cell(st, flags, cells, k - k, work, out)  # a literal 0 would compile it once more
    if status == DONE:
        flags[CELL] = k + 1
        st[BASE], st[BASE + 1], st[BASE_ERR], flags[FIRED] = 0.0, 0.0, 0.0, 0  # nothing of a false alarm is kept
    return status


whole_cell = compiled(_whole_cell)


def _encode_joined(st, flags, x, base, t, ends, cells, work, out):
    """Encode from the anchor to the last sample. DONE: all is tested, and less than 64 samples follow the anchor."""
    state, place, bx, n, room = bare(st), bare(flags), bare(x), x.size, out.hi.size - 1
    scan, share, row = bare(t.scan), bare(ends), Row(bare(t.weights), bare(t.decay), bare(t.split))
    fine, columns = bare(t.fine), Output(bare(out.hi), bare(out.lo), bare(out.count), bare(out.jump))
    theta, inverse, end, bend = state[THETA], 1.0 / share[WEIGHT], share[END], share[BEND]
    leaky, last = state[LEAK] > 0.0, n - 1
    fresh, seen, v, blocks = True, place[CELL], 0.0, 0
    while True:
        if place[WRITTEN] >= room:
            return FULL
        if not state[ERR] < np.inf:
            return HUGE
        if place[PULSED] or place[WAITING]:
            k = place[CELL]
            if not place[PULSED]:
                k = max(wake_sample(state, base, last), k)
            if k >= last:
                anchor(st, flags, x, last - (last - place[CELL]) % SPAN, t, ends, work)
                return DONE if state[ERR] < np.inf else HUGE
            if k > place[CELL]:
                anchor(st, flags, x, k, t, ends, work)
                continue
            status = whole_cell(st, flags, x, base, cells, work, out)
            if status != DONE:
                return status
            fresh = True
            continue
        first = place[CELL]
        if fresh:
            seen, fresh, blocks = first, False, 0
            if seen < n:
                v = state[U] * inverse - end * bx[seen]
        if seen >= last and last < first + SPAN:
            return DONE
        low = -theta if place[BIPOLAR] else -max(128.0 * theta, -4.0 * state[U])
        doubt = 4.0 * (state[ERR] + theta * 2.0**-45) - low * DOUBT
        stop = min(last, first + SPAN)
        m, v = first_crossable(
            bx, seen, stop, n, v, scan, (low + doubt) * inverse, (theta - doubt) * inverse, end, bend
        )  # fmt: skip
        if m == stop:
            if stop < first + SPAN:
                return DONE
            uh, ul, err = reach(state, bx, n, first, stop, row, share)
            if np.isnan(err):
                uh, ul, err = one_by_one(st, x, first, stop, t, work)
            state[U], state[U + 1], state[ERR], place[CELL] = uh, ul, err, stop
            seen, blocks = stop, blocks + 1
            fresh = blocks == STRIDE
            continue
        yh, yl, err = held(state, bx, n, first, m, row, share)
        uh, ul, err = shared(yh, yl, err, bx[m], leaky, share)
        zh, zl, error = onward(yh, yl, err, bx[m], bx[m + 1], leaky, row, share)
        status = UNDECIDED
        if error < np.inf:
            status = fire_joined(
                state, place, base + float(m), bx[m], bx[m + 1], uh, zh, zl, error, fine, columns, room
            )  # fmt: skip
        if status == FULL:
            return FULL
        if status == DONE:
            place[CELL], fresh = m + 1, True
            continue
        if status == NONE:
            seen, v, blocks = m + 1, zh * inverse - end * bx[m + 1], 0
            continue
        kept_hi, kept_lo, kept_error, written = state[U], state[U + 1], state[ERR], place[WRITTEN]
        if first < m:
            if np.isnan(err):
                uh, ul, err = one_by_one(st, x, first, m, t, work)
            state[U], state[U + 1], state[ERR], place[CELL] = uh, ul, err, m
        status = whole_cell(st, flags, x, base, cells, work, out)
        if status != DONE:
            return status
        if place[WRITTEN] > written:
            fresh = True
            continue
        seen, v, blocks = m + 1, state[U] * inverse - end * bx[m + 1], 0
        state[U], state[U + 1], state[ERR], place[CELL] = kept_hi, kept_lo, kept_error, first


encode_joined = compiled(_encode_joined)


def _end_joined(st, flags, x, base, t, ends, work, out):
    """The potential at the last sample, and the test there if a refractory time ends just then. DONE or UNDECIDED."""
    last = max(x.size - 1, 0)
    anchor(st, flags, x, last, t, ends, work)
    if not flags[WAITING]:
        return DONE
    status = enter(st, flags, base + float(last), 0.0, 0.0, 0.0, 0.0, out)
    if status == DONE:
        flags[PULSED] = 0
    return status


end_joined = compiled(_end_joined)
