"""Kernels of the quick scan: the running integral of a train, or of samples minus a train, in one pass.

    U_k = sum_(j <= k) w_j,          sup and inf of U over the events (samples: also at and before every pulse)
    U_(k+1) = beta U_k + gain x_k    with leak

From pulse to pulse, in stretches of at most 512 numbers (64 with leak): U at the end by a compensated sum, and its
extremes on the way in plain floats, eight lanes wide (jit_lanes.py). A stretch that may hold an extreme is put on a
list, with U at its start; what is still in question at the end is searched then, number by number in double-double. At
a pulse U is known in double-double, so that the near ties of a quantizer, theta less a few ulp, are told apart at once.

Without leak the running values start from 0, and U is added to their extremes: so a stretch need not wait for the U
that the one before ends with.

Errors. A running value errs by less than 2^-42 of the largest one of the stretch: 64 vectors, seven roundings each. Let
A be |U| at the start plus all sizes. A compensated sum loses at most 2^-94 A, one number after the other 2^-88 A; and
nothing where errors of sums add exactly. Every number is a multiple of ulp(smallest |w|), so that is where these
errors, at most 2^-46 A (2^-44 A), are below the smallest |w|.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spikemath._encoder.sample_tables import LOW, STEEPEST
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, partial_integrals, partial_sums
from spikemath._numeric.leak import REL
from spikemath.norms._candidates import FULL, LEFT, RIGHT, again, consider, marks, matters, room, show
from spikemath.norms._pulse_kernels import LOST, Pulses
from spikemath.norms._steps import decayed, gap, part, step, times, whole
from spikemath.signals.checks import FloatArray

STRETCH, LEAKY = 512, 64
_FUZZ = 2.0**-42
_UP = 1.0 + 2.0**-40


class Leak(NamedTuple):
    """What the leak of one sample does."""

    pairs: FloatArray  # a, beta = exp(-a), gain = (1 - exp(-a))/a as double-doubles
    scan: FloatArray  # tables of sample_tables.py: powers of beta for eight lanes,
    weights: FloatArray  # gain beta^(63 - j),
    decay: FloatArray  # beta^n


def _exposed(p):
    """Pulses as bare arrays."""
    return Pulses(
        bare(p.at_hi), bare(p.at_lo), bare(p.w_hi), bare(p.w_lo), bare(p.w_error), bare(p.sample), bare(p.s_hi),
        bare(p.s_lo), bare(p.g_hi), bare(p.g_lo), bare(p.e_hi), bare(p.e_lo),
    )  # fmt: skip


exposed = inlined(_exposed)


def _at_pulse(y, uh, ul, err, j, pulses, pairs):
    """The limit of U before pulse number j, from the start of the sample it is in."""
    sh, sl = pulses.s_hi[j], pulses.s_lo[j]
    if pairs[0] == 0.0:
        p, e = times(y, sh, sl)
        floor = 0.0 if p == 0.0 or (abs(p) > 1e-280 and sl == 0.0) else abs(p) * REL + 1e-300
        return step(uh, ul, err, p, e, floor)
    gh, gl = pulses.g_hi[j], pulses.g_lo[j]
    p, e = two_prod(pairs[0], uh)
    e += pairs[0] * ul + pairs[1] * uh
    dh, r = two_sum(y, -p)
    dl = r - e
    p, e = two_prod(dh, gh)
    e += dh * gl + dl * gh
    h, r = two_sum(uh, p)
    lost = abs(dh) * (LOST + REL * (2.0 + pairs[0])) + (abs(uh) + abs(p)) * 2.0**-99 + 1e-300
    return h, ul + (r + e), (err + lost) * _UP


at_pulse = inlined(_at_pulse)


def _past_pulse(y, uh, ul, err, j, pulses, pairs):
    """U at the end of a sample with pulse number j inside, from its start: no partial steps, which would lose more."""
    wh, wl, we = pulses.w_hi[j], pulses.w_lo[j], pulses.w_error[j]
    uh, ul, err = whole(uh, ul, err, y, pairs)
    if pairs[0] == 0.0:
        return step(uh, ul, err, wh, wl, we)
    eh, el = pulses.e_hi[j], pulses.e_lo[j]
    p, e = two_prod(wh, eh)
    e += wh * el + wl * eh
    return step(uh, ul, err, p, e, we + abs(wh) * (LOST + REL * (2.0 + pairs[0])) + 1e-300)


past_pulse = inlined(_past_pulse)


def _smallest(y, first, last, pulses):
    """The smallest number, 0 apart, that a sample and its pulses add to U."""
    least = abs(y) if y != 0.0 else np.inf
    for i in range(first, last):
        wh, wl = abs(pulses.w_hi[i]), abs(pulses.w_lo[i])
        least = min(least, wh, wl if wl != 0.0 else wh)
    return least


smallest = inlined(_smallest)


def _crowd(y, k, uh, ul, err, first, last, off, pulses, pairs, left, best, values, where, count):
    """Sample k with several pulses, from one to the next: U at its end, pulses off the grid."""
    scratch = np.zeros((2, 2))
    now_hi, now_lo = float(k), 0.0
    for j in range(first, last):
        h, r, lost = gap(pulses.at_hi[j], pulses.at_lo[j], now_hi, now_lo)
        if h != 0.0:
            uh, ul, err = part(uh, ul, err, y, h, r, lost, pairs, scratch)
            off += 1
        if left:
            show(uh, ul, err, k + off, LEFT, j, best, values, where, count)
        uh, ul, err = step(uh, ul, err, pulses.w_hi[j], pulses.w_lo[j], pulses.w_error[j])
        show(uh, ul, err, k + off, RIGHT, j, best, values, where, count)
        now_hi, now_lo = pulses.at_hi[j], pulses.at_lo[j]
    h, r, lost = gap(float(k + 1), 0.0, now_hi, now_lo)
    uh, ul, err = part(uh, ul, err, y, h, r, lost, pairs, scratch)
    return uh, ul, err, off


crowd = compiled(_crowd)


def _scan(x, first, last, shift, pulses, leak, state, place, left, best, values, where, count, listed, spots):
    """Numbers first <= k < last and the pulses among them; where it stopped, ``last`` unless the lists are full.

    The value after number k belongs to cell k + shift + off. state: U (hi, lo, error), smallest number that U has been
    made of. place: next pulse, pulses off the grid so far.
    """
    data, size, table, weights, decay = bare(x), x.size, bare(leak.scan), bare(leak.weights), bare(leak.decay)
    m, pulses, pairs = pulses.sample.size, exposed(pulses), bare(leak.pairs)
    samples = pulses.sample
    a, gain, beyond = pairs[0], pairs[4], x.size + 1
    leaky, steep = a != 0.0, a > STEEPEST
    reach = 1 if steep else LEAKY if leaky else STRETCH
    uh, ul, err, finest = state[0], state[1], state[2], state[3]
    j, off = place[0], place[1]
    k, mark = first, marks(best)
    coming = samples[j] if j < m else beyond
    while k < last:
        if (count[0] > FULL or count[1] > FULL or count[2] > FULL) and not room(
            best, values, where, count, listed, spots
        ):
            break
        if coming == k:
            y, end, inside = x[k], j + 1, pulses.s_hi[j] != 0.0
            while end < m and samples[end] == k:
                end += 1
            finest = min(finest, smallest(y, j, end, pulses))
            if end > j + 1:
                inside = True
                uh, ul, err, off = crowd(
                    y, k, uh, ul, err, j, end, off, pulses, pairs, left, best, values, where, count
                )
                mark = marks(best)
                finest = min(finest, abs(ul)) if ul != 0.0 else finest
            else:
                vh, vl, doubt = uh, ul, err
                if inside:
                    off += 1
                    vh, vl, doubt = at_pulse(y, uh, ul, err, j, pulses, pairs)
                if left and matters(vh, vl, doubt, mark):
                    mark = show(vh, vl, doubt, k + off, LEFT, j, best, values, where, count)
                wh, wl, we = pulses.w_hi[j], pulses.w_lo[j], pulses.w_error[j]
                vh, vl, doubt = step(vh, vl, doubt, wh, wl, we)
                if matters(vh, vl, doubt, mark):
                    mark = show(vh, vl, doubt, k + off, RIGHT, j, best, values, where, count)
                uh, ul, err = past_pulse(y, uh, ul, err, j, pulses, pairs) if inside else (vh, vl, doubt)
            uh, ul = two_sum(uh, ul)
            j = end
            coming = samples[j] if j < m else beyond
            if inside:
                k += 1
                if matters(uh, ul, err, mark) and not (coming == k and pulses.s_hi[j] == 0.0):
                    mark = show(uh, ul, err, k - 1 + shift + off, RIGHT, -1, best, values, where, count)
            continue
        stop = min(k + reach, last, coming)
        hidden = stop == coming and pulses.s_hi[j] == 0.0  # the value at ``stop`` is the limit before a pulse
        blind = hidden and not left and stop == k + 1  # which then counts for nothing
        if hidden and not left and not blind:
            stop, hidden = stop - 1, False
        if steep:
            uh, ul, err = whole(uh, ul, err, x[k], pairs)
            uh, ul = two_sum(uh, ul)
            if not hidden and matters(uh, ul, err, mark):
                mark = show(uh, ul, err, k + shift + off, RIGHT, -1, best, values, where, count)
        elif leaky:
            top, low, hi, lo, total = partial_integrals(data, k, stop, size, uh / gain, table, weights)
            top, low = top * gain, low * gain
            fuzz = (abs(uh) + abs(top) + abs(low)) * _FUZZ + err * _UP
            if not blind and (top + fuzz >= mark[0] or fuzz - low >= mark[1]):
                mark = consider(
                    uh, ul, err, top, low, fuzz, 0.0, k, stop, k + shift + off, hidden, best, count, listed, spots
                )  # fmt: skip
            n = stop - k
            p, e, err = decayed(uh, ul, err, decay[n], decay[LOW + n], 0.0)
            uh, r = two_sum(p, hi)
            err = (err + (abs(p) + total) * 2.0**-86) * _UP
            uh, ul = two_sum(uh, r + (e + lo))
        else:
            top, low, hi, lo, total, least = partial_sums(data, k, stop, size, 0.0)  # which need not wait for U
            fuzz = (abs(uh) + abs(top) + abs(low)) * _FUZZ + err * _UP
            top, low = uh + top, uh + low
            finest, total = min(finest, least), total + abs(uh)
            if not blind and (top + fuzz >= mark[0] or fuzz - low >= mark[1]):
                lost = total * 2.0**-88 if total * 2.0**-43 > finest else 0.0
                mark = consider(
                    uh, ul, err, top, low, fuzz, lost, k, stop, k + shift + off, hidden, best, count, listed, spots
                )  # fmt: skip
            uh, r = two_sum(uh, hi)
            if total * 2.0**-46 > finest:
                err = (err + total * 2.0**-93) * _UP
            uh, ul = two_sum(uh, (ul + r) + lo)
        k = stop
    state[0], state[1], state[2], state[3], place[0], place[1] = uh, ul, err, finest, j, off
    return k


scan = compiled(_scan)


def _search(x, leak, best, values, where, count, listed, spots, first):
    """Go through the listed stretches from number ``first`` on that are still in question; where it stopped."""
    a = leak.pairs[0]
    for i in range(first, listed.shape[0]):
        if listed[i, 3] < best[0, 3] and listed[i, 4] < best[1, 3]:
            continue
        if (count[0] > FULL or count[1] > FULL) and not room(best, values, where, count, listed, spots):
            return i
        if a == 0.0:
            search_sums(x, best, values, where, count, listed[i], spots[i])
        else:
            search_integrals(x, leak.pairs, best, values, where, count, listed[i], spots[i])
    return listed.shape[0]


def _search_sums(x, best, values, where, count, listed, spots):
    """One stretch without leak. The errors of sums are added in floats, which loses what the list says."""
    uh, ul, err = listed[0], listed[1], listed[2] + listed[5]
    first, last, cell, hidden = spots[0], spots[1], spots[2], spots[3]
    mark = marks(best)
    near = min(mark[0], mark[1]) * (1.0 - 2.0**-40) - err * _UP
    for k in range(first, last):
        y = x[k]
        t = uh + y
        v = t - uh
        ul += (uh - (t - v)) + (y - v)
        uh = t
        if abs(t + ul) >= near and matters(uh, ul, err, mark) and not (hidden and k + 1 == last):
            if err == 0.0 and again(uh, ul, k - first + cell, mark):
                continue
            mark = show(uh, ul, err, k - first + cell, RIGHT, -1, best, values, where, count)
            near = min(mark[0], mark[1]) * (1.0 - 2.0**-40) - err * _UP


search_sums = compiled(_search_sums)


def _search_integrals(x, pairs, best, values, where, count, listed, spots):
    """One stretch with leak."""
    bh, bl, gh, gl = pairs[2], pairs[3], pairs[4], pairs[5]
    doubt, grown = REL * (3.0 + pairs[0]), bh * _UP
    uh, ul, err = listed[0], listed[1], listed[2]
    first, last, cell, hidden = spots[0], spots[1], spots[2], spots[3]
    mark = marks(best)
    for k in range(first, last):
        err = (err + abs(uh) * doubt + abs(ul) * 2.0**-49) * grown + 1e-300
        t, r = two_prod(uh, bh)
        ul = (r + uh * bl) + ul * bh
        uh = t
        y, e = two_prod(x[k], gh)
        e += x[k] * gl
        err += abs(y) * (3.0 * REL)
        uh, r = two_sum(uh, y)
        ul, r = two_sum(ul, r)
        ul += e
        err += abs(r) * _UP
        if matters(uh, ul, err, mark) and not (hidden and k + 1 == last):
            mark = show(uh, ul, err, k - first + cell, RIGHT, -1, best, values, where, count)


search_integrals = compiled(_search_integrals)
search = compiled(_search)


def _scan_rows(terms, first, last, offset, state, best, values, where, count, listed, spots):
    """Events of a train whose weights are sums of several rows, one by one."""
    uh, ul, err = state[0], state[1], state[2]
    i = first
    while i < last:
        if (count[0] > FULL or count[1] > FULL) and not room(best, values, where, count, listed, spots):
            break
        rest = 0.0
        for r in range(2, terms.shape[0]):
            rest += abs(terms[r, i])
        uh, ul, err = step(uh, ul, err, terms[0, i], terms[1, i] if terms.shape[0] > 1 else 0.0, rest * _UP)
        uh, ul = two_sum(uh, ul)
        show(uh, ul, err, i + offset, RIGHT, -1, best, values, where, count)
        i += 1
    state[0], state[1], state[2] = uh, ul, err
    return i


scan_rows = compiled(_scan_rows)


def _finish(n, pulses, state, place, left, best, values, where, count):
    """The pulse at the end of the last sample, if there is one."""
    j, uh, ul, err = place[0], state[0], state[1], state[2]
    if j < pulses.sample.size:
        if left:
            show(uh, ul, err, n + place[1], LEFT, j, best, values, where, count)
        uh, ul, err = step(uh, ul, err, pulses.w_hi[j], pulses.w_lo[j], pulses.w_error[j])
        show(uh, ul, err, n + place[1], RIGHT, j, best, values, where, count)
        state[0], state[1], state[2] = uh, ul, err


finish = compiled(_finish)
