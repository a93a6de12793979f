"""Kernels of the quick scan: the running integral of a train, or of samples minus a train, in one pass.

    U_k = sum_(j <= k) w_j,          sup and inf of U over the events (samples: also at and before every pulse)

Without leak, segments of 16 numbers are summed first (_segment_kernels.py). Between segments U is a double-double with
a bound; the errors of the sums are added in plain floats, which is exact while they fit the grid of the data: every
number is a multiple of ulp(smallest |w|).

A segment that holds a pulse is walked through in double-double at once. Another one that may hold an extreme is put
on a list, with U at its start; what is still in question at the end is walked through then. ``offer`` compares in
double-double, so of many near ties only those remain as candidates that 106 bits cannot tell apart.

best[side]    hi, lo, error of the best value offered (sides: +U and -U); best[side, 3] is a plain lower bound
count         candidates of both sides, segments on the list
values, where candidates: hi, lo, error of +-U; cell, kind, pulse or -1
listed, spots segments: U (hi, lo, error), upper bounds of both sides; first number, next pulse, pulses off the grid
"""

from __future__ import annotations

import numpy as np

from spikemath._numeric.eft import two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import REL, leaky_weights
from spikemath.norms._segment_kernels import (
    BLOCK,
    QUARTERS,
    SEGMENT,
    SEGMENTS,
    fours,
    least,
    sixteens,
    through,
)

LEFT, RIGHT = 0, 1
CAPACITY = 4096
_FUZZ = 2.0**-48
_SPLITTER = 134217729.0  # 2^27 + 1
_UP = 1.0 + 2.0**-40
_CLOSE = 2.0**-100


def _offer(side, hi, lo, error, cell, kind, pulse, best, values, where, count):
    """Keep (hi, lo) as a candidate for the maximum of one side if it may be it."""
    gap = (hi - best[side, 0]) + (lo - best[side, 1])
    if gap + (error + best[side, 2]) * _UP + _CLOSE * abs(hi) < 0.0:
        return
    if hi == best[side, 0] and lo == best[side, 1] and error == 0.0 and best[side, 2] == 0.0:
        at = best[side, 4]
        if at < cell or (at == cell and best[side, 5] <= kind):
            return  # the same number again: the earlier place counts
        best[side, 4], best[side, 5] = cell, kind
    i = count[side]
    values[side, i, 0], values[side, i, 1], values[side, i, 2] = hi, lo, error
    where[side, i, 0], where[side, i, 1], where[side, i, 2] = cell, kind, pulse
    count[side] = i + 1
    if gap - error + best[side, 2] > 0.0:
        best[side, 0], best[side, 1], best[side, 2] = hi, lo, error
        best[side, 4], best[side, 5] = cell, kind
        best[side, 3] = max(best[side, 3], (hi - (abs(lo) + error) * _UP) * (1.0 - 2.0**-52))


offer = compiled(_offer)


def _show(uh, ul, err, cell, kind, pulse, best, values, where, count):
    """Offer U to both sides."""
    uh, ul = two_sum(uh, ul)
    fuzz = (abs(ul) + err) * _UP + abs(uh) * 2.0**-52
    if uh + fuzz >= best[0, 3]:
        offer(0, uh, ul, err, cell, kind, pulse, best, values, where, count)
    if fuzz - uh >= best[1, 3]:
        offer(1, -uh, -ul, err, cell, kind, pulse, best, values, where, count)


show = compiled(_show)


def _room(best, values, where, count, listed, spots):
    """Drop what is out of the question; whether there is room for a few hundred more."""
    fits = True
    for side in range(2):
        if count[side] < CAPACITY - 256:
            continue
        kept = 0
        for i in range(count[side]):
            hi, lo, error = values[side, i, 0], values[side, i, 1], values[side, i, 2]
            gap = (hi - best[side, 0]) + (lo - best[side, 1])
            if gap + (error + best[side, 2]) * _UP + _CLOSE * abs(hi) >= 0.0:
                for k in range(3):
                    values[side, kept, k], where[side, kept, k] = values[side, i, k], where[side, i, k]
                kept += 1
        count[side] = kept
        fits = fits and kept <= CAPACITY // 2
    if count[2] >= CAPACITY - 256:
        kept = 0
        for i in range(count[2]):
            if listed[i, 3] >= best[0, 3] or listed[i, 4] >= best[1, 3]:
                for k in range(5):
                    listed[kept, k] = listed[i, k]
                for k in range(3):
                    spots[kept, k] = spots[i, k]
                kept += 1
        count[2] = kept
        fits = fits and kept <= CAPACITY // 2
    return fits


room = compiled(_room)


def _consider(uh, ul, err, top, low, first, pulse, off, best, count, listed, spots):
    """Put a segment on the list if U + top or U + low may be an extreme; they are attained, up to the fuzz."""
    fuzz = (abs(uh) + abs(top) + abs(low)) * _FUZZ + err * _UP
    up, down = uh + top, -(uh + low)
    if up + fuzz >= best[0, 3] or down + fuzz >= best[1, 3]:
        best[0, 3], best[1, 3] = max(best[0, 3], up - fuzz), max(best[1, 3], down - fuzz)
        i = count[2]
        listed[i, 0], listed[i, 1], listed[i, 2], listed[i, 3], listed[i, 4] = uh, ul, err, up + fuzz, down + fuzz
        spots[i, 0], spots[i, 1], spots[i, 2] = first, pulse, off
        count[2] = i + 1


consider = compiled(_consider)


def _step(uh, ul, err, x_hi, x_lo, error):
    """U + x. The low part is not brought back into the high one, which would make a long chain of operations."""
    uh, e = two_sum(uh, x_hi)
    ul, r = two_sum(ul, e)
    if x_lo != 0.0:
        ul, q = two_sum(ul, x_lo)
        r = abs(r) + abs(q)
    return uh, ul, err + (abs(r) + error) * _UP


step = compiled(_step)


def _times(x, factor):
    """x times a double-double, in two doubles that may overlap, within REL (and what underflows).

    factor: hi, lo, and hi in two halves.
    """
    p = x * factor[0]
    c = _SPLITTER * x
    top = c - (c - x)
    rest = x - top
    return p, (((top * factor[2] - p) + top * factor[3] + rest * factor[2]) + rest * factor[3]) + x * factor[1]


times = compiled(_times)


def _decayed(uh, ul, err, factor, doubt):
    """U times exp(-a h), whose relative error is at most ``doubt``."""
    if uh == 0.0 and ul == 0.0 and err == 0.0:
        return 0.0, 0.0, 0.0
    p, e = times(uh, factor)
    err = (err + abs(uh) * (doubt + REL) + abs(ul) * 2.0**-50) * factor[0] * _UP
    return p, e + ul * factor[0], err + (err + abs(uh)) * 1e-250 + 1e-300


decayed = compiled(_decayed)


def _whole(uh, ul, err, x, a, beta, gain):
    """U after one whole sample: beta U + gain x."""
    if a == 0.0:
        return step(uh, ul, err, x, 0.0, 0.0)
    uh, ul, err = decayed(uh, ul, err, beta, REL * (1.0 + a))
    if x == 0.0:
        return uh, ul, err
    p, e = times(x, gain)
    return step(uh, ul, err, p, e, abs(p) * (2.0 * REL) + 1e-300)


whole = compiled(_whole)


def _halves(hi, lo):
    """A double-double with its high part in two halves, for ``times``."""
    c = _SPLITTER * hi
    top = c - (c - hi)
    return hi, lo, top, hi - top


halves = compiled(_halves)


def _part(uh, ul, err, x, h_hi, h_lo, lost, leak, weights):
    """U after a part h of a sample, known up to ``lost``."""
    if leak[0] == 0.0:
        p, e = times(x, halves(h_hi, h_lo))
        exact = h_lo == 0.0 and lost == 0.0
        floor = 1e-300 if abs(p) < 1e-280 and p != 0.0 else 0.0
        return step(uh, ul, err, p, e, floor if exact else abs(p) * REL + lost * abs(x) * _UP + 1e-300)
    leaky_weights(leak[0], leak[1], h_hi, h_lo, 0, weights)
    factor = halves(weights[1, 0], weights[1, 1])
    uh, ul, err = decayed(uh, ul, err, factor, REL * (1.0 + leak[0]) + lost * leak[0])
    if x == 0.0:
        return uh, ul, err
    p, e = times(x, halves(weights[0, 0], weights[0, 1]))
    return step(uh, ul, err, p, e, abs(p) * (2.0 * REL) + lost * abs(x) * _UP + 1e-300)


part = compiled(_part)


def _gap(to_hi, to_lo, from_hi, from_lo):
    """The distance of two coordinates, and a bound of what it lost."""
    h, r = two_sum(to_hi, -from_hi)
    f, g = two_sum(to_lo, -from_lo)
    r, rest = two_sum(r, f)
    h, r = two_sum(h, r)
    return h, r, (abs(g) + abs(rest)) * _UP


gap = compiled(_gap)


def _walk(
    x, first, last, shift, uh, ul, err, j, off, at, weight, leak, scratch, left, best, values, where, count
):  # fmt: skip
    """Numbers first <= k < last with the pulses from number j on, in double-double: U, next pulse, pulses off the grid.

    The value after number k belongs to cell k + shift + off, unless a pulse follows at once.
    """
    m = at.shape[1]
    a, beta, gain = leak[0], halves(leak[2], leak[3]), halves(leak[4], leak[5])
    (bh, bl, bt, br), (gh, gl, gt, gr) = beta, gain
    doubt, grown = REL * (3.0 + a), beta[0] * _UP
    k = first
    while k < last:
        stop = last  # the sample in which the next pulse is
        if j < m and (at[0, j] < last or (at[0, j] == last and at[1, j] < 0.0)):
            stop = int(at[0, j])
            if at[0, j] == stop and at[1, j] < 0.0:
                stop -= 1
        for i in range(k, stop):
            y, e = x[i], 0.0
            if a != 0.0:  # as in ``whole``, written out: calls cost more than this
                p = uh * bh
                c = _SPLITTER * uh
                b = c - (c - uh)
                c = uh - b
                ul = ((((b * bt - p) + b * br + c * bt) + c * br) + uh * bl) + ul * bh
                err = (err + abs(uh) * doubt + abs(ul) * 2.0**-49) * grown + 1e-300
                uh = p
                p = y * gh
                c = _SPLITTER * y
                b = c - (c - y)
                c = y - b
                e = (((b * gt - p) + b * gr + c * gt) + c * gr) + y * gl
                y = p
                err += abs(y) * (3.0 * REL)
            t = uh + y
            v = t - uh
            r = (uh - (t - v)) + (y - v)
            uh = t
            t = ul + r
            v = t - ul
            err += abs((ul - (t - v)) + (r - v))
            ul = t + e
            fuzz = (abs(ul) + err) * _UP + abs(uh) * 2.0**-52
            matters = uh + fuzz >= best[0, 3] or fuzz - uh >= best[1, 3]
            if matters and not (j < m and at[0, j] == i + 1 and at[1, j] == 0.0):
                show(uh, ul, err * _UP, i + shift + off, RIGHT, -1, best, values, where, count)
        k = stop
        if k >= last:
            break
        now_hi, now_lo = float(k), 0.0
        while j < m and (at[0, j] < k + 1 or (at[0, j] == k + 1 and at[1, j] < 0.0)):
            h, r, lost = gap(at[0, j], at[1, j], now_hi, now_lo)
            if h != 0.0:
                uh, ul, err = part(uh, ul, err, x[k], h, r, lost, leak, scratch)
                off += 1
            if left:
                show(uh, ul, err, k + off, LEFT, j, best, values, where, count)
            uh, ul, err = step(uh, ul, err, weight[0, j], weight[1, j], weight[2, j])
            show(uh, ul, err, k + off, RIGHT, j, best, values, where, count)
            now_hi, now_lo = at[0, j], at[1, j]
            j += 1
        if now_hi == k and now_lo == 0.0:
            uh, ul, err = whole(uh, ul, err, x[k], a, beta, gain)
        else:
            h, r, lost = gap(float(k + 1), 0.0, now_hi, now_lo)
            uh, ul, err = part(uh, ul, err, x[k], h, r, lost, leak, scratch)
        k += 1
        if not (j < m and at[0, j] == k and at[1, j] == 0.0):
            show(uh, ul, err, k - 1 + shift + off, RIGHT, -1, best, values, where, count)
    uh, ul = two_sum(uh, ul)
    return uh, ul, err * _UP, j, off


walk = compiled(_walk)


def _scan(x, first, last, shift, at, weight, leak, state, place, left, best, values, where, count, listed, spots):
    """Numbers first <= k < last and the pulses among them; where it stopped, ``last`` unless the lists are full.

    state: U (hi, lo, error), smallest number that U has been made of. place: next pulse, pulses off the grid so far.
    """
    work, segments, m = np.empty(4 * QUARTERS), np.empty(4 * SEGMENTS), at.shape[1]
    scratch = np.zeros((2, 2))
    uh, ul, err, finest = state[0], state[1], state[2], state[3]
    j, off = place[0], place[1]
    i = first
    while i < last and room(best, values, where, count, listed, spots):
        if i + BLOCK > last or leak[0] != 0.0:
            end = min(i + SEGMENT, last)
            for k in range(i, end):
                finest = min(finest, abs(x[k])) if x[k] != 0.0 else finest
            pulses = j
            uh, ul, err, j, off = walk(
                x, i, end, shift, uh, ul, err, j, off, at, weight, leak, scratch, left, best, values, where, count
            )  # fmt: skip
            if j != pulses:
                finest = min(finest, abs(ul) if ul != 0.0 else abs(uh))
            i = end
            continue
        block = x[i : i + BLOCK]
        fours(block, work)
        sixteens(work, segments)
        finest = min(finest, least(block))
        size = 0.0
        for k in range(SEGMENTS):
            size += abs(segments[2 * SEGMENTS + k]) + abs(segments[3 * SEGMENTS + k])
        # Errors are added in plain floats, below 2^-47 (size + |U|) in all: exact on a grid of ulp(finest).
        if (size + abs(uh)) * 2.0**-47 > finest:
            err = (err + (size + abs(uh)) * 2.0**-93) * _UP
        fuzz = (abs(uh) + size) * _FUZZ + err * _UP
        if not (j < m and at[0, j] <= i + BLOCK):
            up, down, vh, vl = through(uh, ul, segments)
            if up + fuzz < best[0, 3] and down + fuzz < best[1, 3]:  # nothing in this block is an extreme
                uh, ul = two_sum(vh, vl)
                i += BLOCK
                continue
            best[0, 3], best[1, 3] = max(best[0, 3], up - fuzz), max(best[1, 3], down - fuzz)
        for k in range(SEGMENTS):
            begin = i + k * SEGMENT
            end = begin + SEGMENT
            if j < m and (at[0, j] < end or (at[0, j] == end and at[1, j] <= 0.0)):
                uh, ul = two_sum(uh, ul)
                uh, ul, err, j, off = walk(
                    x, begin, end, shift, uh, ul, err, j, off, at, weight, leak, scratch, left,
                    best, values, where, count,
                )  # fmt: skip
                finest = min(finest, abs(ul) if ul != 0.0 else abs(uh))
                if (size + abs(uh)) * 2.0**-47 > finest:
                    err = (err + (size + abs(uh)) * 2.0**-93) * _UP
                fuzz = (abs(uh) + size) * _FUZZ + err * _UP
            else:
                top, low = segments[2 * SEGMENTS + k], segments[3 * SEGMENTS + k]
                if uh + top + fuzz >= best[0, 3] or fuzz - (uh + low) >= best[1, 3]:
                    consider(uh, ul, err, top, low, begin, j, off, best, count, listed, spots)
                uh, error = two_sum(uh, segments[k])
                ul += error + segments[SEGMENTS + k]
        uh, ul = two_sum(uh, ul)
        i += BLOCK
    state[0], state[1], state[2], state[3], place[0], place[1] = uh, ul, err, finest, j, off
    return i


scan = compiled(_scan)


def _revisit(x, shift, at, weight, leak, left, best, values, where, count, listed, spots, first):
    """Walk through the listed segments from number ``first`` on that are still in question; where it stopped."""
    scratch = np.zeros((2, 2))
    for i in range(first, listed.shape[0]):
        if listed[i, 3] < best[0, 3] and listed[i, 4] < best[1, 3]:
            continue
        if not room(best, values, where, count, listed, spots):
            return i
        uh, ul = two_sum(listed[i, 0], listed[i, 1])
        begin = spots[i, 0]
        walk(
            x, begin, begin + SEGMENT, shift, uh, ul, listed[i, 2], spots[i, 1], spots[i, 2], at, weight, leak, scratch,
            left, best, values, where, count,
        )  # fmt: skip
    return listed.shape[0]


revisit = compiled(_revisit)


def _scan_rows(terms, first, last, offset, state, best, values, where, count, listed, spots):
    """Events of a train whose weights are sums of several rows, one by one."""
    uh, ul, err = state[0], state[1], state[2]
    i = first
    while i < last and room(best, values, where, count, listed, spots):
        for i in range(i, min(i + SEGMENT, last)):  # noqa: B020
            rest = 0.0
            for r in range(2, terms.shape[0]):
                rest += abs(terms[r, i])
            uh, ul, err = step(uh, ul, err, terms[0, i], terms[1, i] if terms.shape[0] > 1 else 0.0, rest * _UP)
            show(uh, ul, err, i + offset, RIGHT, -1, best, values, where, count)
        i += 1
        uh, ul = two_sum(uh, ul)
    state[0], state[1], state[2] = uh, ul, err
    return i


scan_rows = compiled(_scan_rows)


def _finish(n, at, weight, state, place, left, best, values, where, count):
    """The pulse at the end of the last sample, if there is one."""
    j, uh, ul, err = place[0], state[0], state[1], state[2]
    if j < at.shape[1]:
        if left:
            show(uh, ul, err, n + place[1], LEFT, j, best, values, where, count)
        uh, ul, err = step(uh, ul, err, weight[0, j], weight[1, j], weight[2, j])
        show(uh, ul, err, n + place[1], RIGHT, j, best, values, where, count)
        state[0], state[1], state[2] = uh, ul, err


finish = compiled(_finish)
