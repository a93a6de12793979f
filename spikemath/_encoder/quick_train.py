"""Trains while it is easy: stretches of some hundred events in plain floats, no decision of which is close.

    u_n = exp(-a (c_n - c_(n-1))) V_(n-1) + w_n

An event is easy if |u| is below MOST theta and not within SLACK theta of the threshold, nor of a multiple that would
change a count. What floats decide is then true as long as they are within SLACK theta / 2 of the potential, and that
holds for a whole stretch by its length alone: no event needs a bound of its own. Both kernels stop before an event
that is not easy, in the state that the careful ones (train_kernels.py) go on from. Without leak there is something
between: the same with a check after each sum, for data among which few stretches are easy.

Without leak the potential is h + l, exactly: h a multiple of q, l the rest. A weight is split likewise, by adding and
subtracting 1.5 * 2^52 q (Rump's extraction), so that h takes the one part and l the other, and neither sum rounds. Of
h that is true while it is below M = 2^50 q, which is at most 2 MOST theta; a weight of more than 2 M, which would be
split otherwise, is not easy then. Of l it is true because there is a *unit*, a power of two, of which threshold,
weights and potential are multiples: a float x is one of 2^-53 x (a weight too small for that is not easy). M is 2^93
units; an event adds at most 1.5 q to l, a stretch less than 2^7 q = 2^50 units. That is below 2^-29 theta, so that
decisions see h alone, and the chain from event to event is one addition.

With a leak, and u = 2^-53, an event adds an error of at most 13 u |V|: 8 for exp (EXP_ERROR), 1 for the product, and 4
for the exponent, whose error is at most 5 u z + 1.5 u, since z exp(-z) < 0.37. The sum adds u |u_n| and the reset 2 u
|u_n|. All together this is below 20 u (|V_0| + sum |u_n|), and older errors decay. A reset to zero forgets both, and
what is exactly 0 afterwards is known to be so.
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._encoder.firing import MODULO, ZERO
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.exponential import decay_factors, exp_minus
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import bare

STRETCH, SUMS = 256, 64  # events of a stretch with a leak, and without
SLACK, MOST = 2.0**-26, 2.0**12
_FEW, _DOUBT = 2.0**-28, 20.0 * 2.0**-53
_SMALLEST, _LARGEST = 2.0**-900, 2.0**900


def _largest(x):
    most = 0.0
    for i in range(x.size):
        most = max(most, abs(x[i]))
    return most


def _large_until(x, least):
    """How many floats come before the first that is smaller than ``least``."""
    small = np.int64(0)
    for i in range(x.size):  # in vectors, which a loop with an exit is not
        small |= np.int64(1) if abs(x[i]) < least else np.int64(0)
    if small:
        for i in range(x.size):
            if abs(x[i]) < least:
                return i
    return x.size


def _lowest_bit(x):
    """The largest power of two that x, not 0, is a multiple of."""
    m, e = math.frexp(x)
    digits = int(math.ldexp(abs(m), 53))
    return math.ldexp(float(digits & -digits), e - 53)


def _place(hi, lo, first, last, out_hi, out_lo):
    """Coordinates for the numbers of events in out_hi: at once, so that none waits for the memory of another."""
    for k in range(first, last):
        i = int(out_hi[k])
        out_hi[k], out_lo[k] = hi[i], lo[i]


largest, large_until, lowest_bit = compiled(_largest), compiled(_large_until), compiled(_lowest_bit)
place = compiled(_place)


def _quick_if(h, rest, i, written, hi, lo, weights, theta, reset, bipolar, out_hi, out_lo, out_count):
    """From event i on with the potential h + rest: the potential, the next event and the number of spikes written."""
    n, room, first = weights.size, out_hi.size - 1, written
    h, rest = two_sum(h, rest)
    most = min(4.0 * max(theta, abs(h), largest(weights[i : i + SUMS])), MOST * theta)
    if not _SMALLEST < theta < _LARGEST:
        return h, rest, i, written
    unit = math.ldexp(1.0, math.frexp(most)[1] - 93)
    if h != 0.0:
        unit = min(unit, lowest_bit(rest if rest != 0.0 else h))
    most, least = unit * 2.0**93, unit * 2.0**53
    if not (most > 2.0 * theta and abs(h) < most):
        return h, rest, i, written
    high, far, split = theta * (1.0 - SLACK), theta * (1.0 + SLACK), 6.0 * most
    low = 0.0 if bipolar else -most  # one-sided neurons stay silent from here to 0
    easy = True
    while easy and i < n and written < room:
        x = weights[i : min(i + SUMS, i + room - written)]
        end = large_until(x, least)
        easy = end > 0
        part = (h + split) - split
        h, rest = part, (h - part) + rest
        for j in range(end):
            w = x[j]
            part = (w + split) - split
            s = h + part
            t = rest + (w - part)
            size, count = abs(s), 1.0
            if size < high or low < s < 0.0:
                h, rest = s, t
                continue
            easy = far < size < most
            if reset == MODULO and easy and not size < 2.0 * high:
                count = np.floor(size / theta)
                easy = SLACK < size / theta - count < 1.0 - SLACK
            if not easy:
                end = j
                break
            if s < 0.0:
                count = -count
            if reset == ZERO:
                h, rest = 0.0, 0.0
            else:
                p, p_rest = two_prod(count, theta)
                part = (p + split) - split
                h, rest = s - part, (t - (p - part)) - p_rest
            out_hi[written], out_count[written] = i + j, int(count)
            written += 1
        i += end
        h, rest = two_sum(h, rest)
    place(hi, lo, first, written, out_hi, out_lo)
    return h, rest, i, written


quick_if = compiled(_quick_if)


def _checked_if(h, rest, i, last, written, hi, lo, weights, theta, reset, bipolar, out_hi, out_lo, out_count):
    """The same up to event ``last``, for weights of any size: after each sum it is seen whether it was exact."""
    n, room = min(last, weights.size), out_hi.size - 1
    near, far, most = theta * (1.0 - 2.0**-50), theta * (1.0 + 2.0**-50), theta * 2.0**20
    while i < n and written < room:
        s, e = two_sum(h, weights[i])
        t, lost = two_sum(rest, e)
        u = s + t
        size, count = abs(u), 1.0
        if not (lost == 0.0 and size < most):
            break
        if not (size < near or (u < 0.0 and not bipolar)):
            if not size > far:
                break
            if reset == MODULO and not size < 2.0 * near:
                count = np.floor(size / theta)
                if not 2.0**-30 < size / theta - count < 1.0 - 2.0**-30:
                    break
            if u < 0.0:
                count = -count
            if reset == ZERO:
                s, t = 0.0, 0.0
            else:
                p, p_rest = two_prod(count, theta)
                s, e = two_sum(s, -p)
                e, more = two_sum(e, -p_rest)
                t, lost = two_sum(t, e)
                if lost != 0.0 or more != 0.0:
                    break
            out_hi[written], out_lo[written], out_count[written] = hi[i], lo[i], int(count)
            written += 1
        h, rest = s, t
        i += 1
    return h, rest, i, written


checked_if = compiled(_checked_if)


def _quick_lif(
    v, error, last_hi, last_lo, i, written, hi, lo, weights, leak, theta, reset, bipolar, out_hi, out_lo, out_count
):  # fmt: skip
    """From event i on with the potential v +- error at the coordinate last: all these, and the number of spikes."""
    n, room, first = weights.size, out_hi.size - 1, written
    if not _SMALLEST < theta < _LARGEST:
        return v, error, last_hi, last_lo, i, written
    factors = np.empty(STRETCH)
    after = factors[1:]
    high, far, most = theta * (1.0 - SLACK), theta * (1.0 + SLACK), theta * MOST
    low = 0.0 if bipolar else -most  # one-sided neurons stay silent from here to 0
    easy = True
    while easy and i < n and written < room and error <= theta * _FEW and abs(v) < most:
        end = min(i + STRETCH, n, i + room - written)
        farthest = max(abs(last_hi), abs(hi[i]), abs(hi[end - 1]))
        if not (farthest < _LARGEST and leak * farthest < 2.0**38):  # else low parts are felt
            break
        m = end - i
        factors[0] = exp_minus(leak * ((hi[i] - last_hi) + (lo[i] - last_lo))) if v != 0.0 else 1.0
        decay_factors(bare(hi), bare(lo), i + 1, end, leak, bare(after))
        x, total, kept = weights[i:end], abs(v), 1.0  # sum of |u|; whether the error from before is still there
        for j in range(m):
            u = v * factors[j] + x[j]
            size, count = abs(u), 1.0
            if size < high or low < u < 0.0:
                v = u
                total += size
                continue
            easy = far < size < most
            if reset == MODULO and easy and not size < 2.0 * high:
                count = np.floor(size / theta)
                easy = SLACK < size / theta - count < 1.0 - SLACK
            if not easy:
                m = j
                break
            if reset == ZERO:
                v, total, kept = 0.0, 0.0, 0.0
            else:
                p, p_rest = two_prod(count, theta)
                v = (size - p) - p_rest
                total += size
                if u < 0.0:
                    v = -v
            if u < 0.0:
                count = -count
            out_hi[written], out_count[written] = i + j, int(count)
            written += 1
        if m > 0:
            i += m
            if error > 0.0:
                error *= kept * exp_minus(0.999 * leak * (hi[i - 1] - last_hi)) * 1.001
            if total > 0.0:
                error += total * _DOUBT + 1e-320
            last_hi, last_lo = hi[i - 1], lo[i - 1]
    place(hi, lo, first, written, out_hi, out_lo)
    return v, error, last_hi, last_lo, i, written


quick_lif = compiled(_quick_lif)
