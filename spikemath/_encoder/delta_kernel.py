"""Send-on-delta on samples held constant: u_k = x_k - r, tested at every jump; exact, by comparisons alone.

    r = theta K  (modulo, subtract: K the sum of all counts)      or      r = x_j  (zero: the sample at the last spike)

The signal is a step function, so its derivative is the train of differences x_k - x_(k-1), x_(-1) = 0, and u does not
accumulate anything. u reaches the threshold where x_k >= r + theta, an exact sum p + e of two doubles, p the nearest to
it. No double lies between the two, so that x_k > p or x_k < p decides, and x_k = p leaves it to the sign of e. So the
filter (jit_lanes.first_beyond) compares with p alone, and e is computed only where x_k = p.

At a spike of sign s:    modulo: the largest q with s (x_k - r) >= q theta, by the exact sign of x_k - theta (K + s q);
subtract: 1, and single-shot, so that what is still beyond waits for the next jump;    zero: 1, r = x_k. Nearly always
q = 1, which one comparison with the nearest double to theta (K + 2 s) shows.

During a refractory time nothing is tested; at its end, at ``wake``, the sample that is held then.

State, floats: r (zero), K, wake hi, wake lo, the last sample. Integers: next sample, waiting, armed, written, reset,
bipolar. Nothing here depends on where the samples are cut into blocks.

``delta_channels`` takes channels, one after the other, in steps of some thousand samples; ``place`` says where it is.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.firing import DONE, FULL, MODULO, ZERO, add_up
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, first_beyond

LARGE, MORE = 3, 4  # status: more than 2^52 thresholds; time to look up
CHANNEL, AT, FOUND, PLACES = 0, 1, 2, 3
REF, LEVEL, WAKE, BEFORE, FLOATS = 0, 1, 2, 4, 5
NEXT, WAITING, ARMED, WRITTEN, RESET, BIPOLAR, INTEGERS = 0, 1, 2, 3, 4, 5, 6
_MOST = 4503599627370496.0


def _reaches(x, nearest, ref, level, reset, theta, sigma, many):
    """Whether x is at or beyond r + sigma many theta, whose nearest double is known."""
    if x != nearest:
        return (x > nearest) == (sigma > 0.0)
    if reset == ZERO:
        _, rest = two_sum(ref, sigma * theta)
    else:
        _, rest = two_prod(level + sigma * many, theta)
    return sigma * rest <= 0.0


reaches = inlined(_reaches)


def _quanta(x, level, theta, sigma):
    """How many thresholds x is beyond theta K, at least one, in the direction of sigma; -1.0: too many."""
    ref, rest = two_prod(level, theta)
    q = max(np.floor(sigma * ((x - ref) - rest) / theta), 1.0)
    for _ in range(5):  # the quotient is rounded
        if not q + abs(level) < _MOST:
            return -1.0
        if not reaches(x, (level + sigma * q) * theta, 0.0, level, MODULO, theta, sigma, q):
            q -= 1.0
        elif reaches(x, (level + sigma * (q + 1.0)) * theta, 0.0, level, MODULO, theta, sigma, q + 1.0):
            q += 1.0
        else:
            return q
    return -1.0


quanta = inlined(_quanta)


def _edges(ref, level, reset, theta):
    """The doubles nearest to r - theta and r + theta."""
    if reset == ZERO:
        return ref - theta, ref + theta
    return (level - 1.0) * theta, (level + 1.0) * theta


edges = inlined(_edges)


def _encode_deltas(state, flags, x, base, until, theta, refractory_hi, refractory_lo, out_hi, out_lo, out_count):
    """Encode x, whose first sample has the coordinate ``base``, from ``flags[NEXT]`` on. DONE, FULL or LARGE.

    Refractory times that end after ``until`` are left waiting. LARGE: the sample at ``flags[NEXT]`` is not encoded.
    Without a refractory time spikes lie on samples, and ``out_lo`` is not written.
    """
    n, room, bx, bs, bf = x.size, out_hi.size, bare(x), bare(state), bare(flags)
    oh, ol, oc = bare(out_hi), bare(out_lo), bare(out_count)
    k, status, bipolar, reset = bf[NEXT], DONE, bf[BIPOLAR] != 0, bf[RESET]
    waiting, armed, written, ref, level = (
        bf[WAITING] != 0,
        bf[ARMED] != 0,
        bf[WRITTEN],
        float(bs[REF]),
        float(bs[LEVEL]),
    )
    low, high = edges(ref, level, reset, theta)
    while True:
        if written >= room:
            status = FULL
            break
        at, cl = k, 0.0
        if waiting:  # go to the sample in which the refractory time ends; it is tested at that instant
            wake = np.floor(bs[WAKE] - base)
            if wake == bs[WAKE] - base and bs[WAKE + 1] < 0.0:
                wake -= 1.0
            if wake >= n or bs[WAKE] > until or (bs[WAKE] == until and bs[WAKE + 1] > 0.0):
                k = n
                break
            at = max(int(wake), k - 1)
            ch, cl = bs[WAKE], bs[WAKE + 1]
        elif armed:
            at = first_beyond(bx, k, n, n, low if bipolar else -np.inf, high)
            if at >= n:
                k = n
                break
            ch = base + float(at)
        else:  # single-shot: a jump tests again
            if k >= n:
                break
            armed = float(bx[k]) != (float(bx[k - 1]) if k > 0 else bs[BEFORE])
            k += 1 - int(armed)
            continue
        value = float(bx[at]) if at >= 0 else bs[BEFORE]
        sigma = 1.0 if value >= high else -1.0
        due = reaches(value, high if sigma > 0.0 else low, ref, level, reset, theta, sigma, 1.0)
        if due and (sigma > 0.0 or bipolar):
            count, after = 1.0, True
            if reset != ZERO and sigma * value >= sigma * ((level + 2.0 * sigma) * theta):
                if reset == MODULO:
                    count = quanta(value, level, theta, sigma)
                else:
                    after = not reaches(value, (level + 2.0 * sigma) * theta, ref, level, reset, theta, sigma, 2.0)
            if count < 0.0 or (reset != ZERO and not abs(level + sigma * count) < _MOST):
                status = LARGE
                break
            ref = value
            level += sigma * count
            low, high = edges(ref, level, reset, theta)
            oh[written], oc[written] = ch, int(sigma * count)
            armed, waiting = after, refractory_hi > 0.0
            if waiting:
                ol[written] = cl
                bs[WAKE], bs[WAKE + 1] = add_up(ch, cl, refractory_hi, refractory_lo)
                armed = True
            written += 1
        else:
            waiting, armed = False, True
        k = at + 1
    bf[NEXT], bf[WAITING], bf[ARMED], bf[WRITTEN], bs[LEVEL] = k, int(waiting), int(armed), written, level
    if reset == ZERO:
        bs[REF] = ref
    return status


encode_deltas = compiled(_encode_deltas)


def _delta_channels(
    place, floats, flags, x, width, n, base, until, thetas, refractory_hi, refractory_lo, idle, step, out_hi, out_lo,
    out_count, ends,
):  # fmt: skip
    """Encode n samples of each channel that is not idle, of channel c from x[c width] on; its spikes end at ends[c].

    DONE, FULL, MORE (after ``step`` samples); LARGE: sample AT + ``flags[CHANNEL, NEXT]`` of a channel is not encoded.
    """
    tested = 0
    while place[CHANNEL] < ends.size:
        c = place[CHANNEL]
        st, fl = floats[c], flags[c]
        while place[AT] < n and not idle[c]:
            if tested >= step:
                return MORE
            at = place[AT]
            row = x[c * width + at : c * width + min(at + step, n)]
            fl[WRITTEN] = place[FOUND]
            status = encode_deltas(
                st, fl, row, base + float(at), until, thetas[c], refractory_hi, refractory_lo, out_hi, out_lo, out_count
            )
            place[FOUND], fl[WRITTEN] = fl[WRITTEN], 0
            if status != DONE:
                return status
            st[BEFORE], fl[NEXT] = row[row.size - 1], 0
            place[AT], tested = at + row.size, tested + row.size
        ends[c] = place[FOUND]
        place[CHANNEL], place[AT] = c + 1, 0
    return DONE


delta_channels = compiled(_delta_channels)
