"""Send-on-delta on samples held constant: u_k = x_k - r, tested at every jump; exact, by comparisons alone.

    r = theta K  (modulo, subtract: K the sum of all counts)      or      r = x_j  (zero: the sample at the last spike)

The signal is a step function, so its derivative is the train of differences x_k - x_(k-1), x_(-1) = 0, and u does not
accumulate anything. u reaches the threshold where x_k >= r + theta, an exact sum p + e of two doubles, p the nearest to
it. No double lies between the two, so that x_k > p or x_k < p decides, and x_k = p leaves it to the sign of e. The
filter (jit_lanes.first_beyond) compares with p alone.

At a spike of sign s:    modulo: the largest q with s (x_k - r) >= q theta, by the exact sign of x_k - theta (K + s q);
subtract: 1, and single-shot, so that what is still beyond waits for the next jump;    zero: 1, r = x_k.

During a refractory time nothing is tested; at its end, at ``wake``, the sample that is held then.

State, floats: r hi, r lo, K, wake hi, wake lo, the last sample. Integers: next sample, waiting, armed, written, reset,
bipolar.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.firing import DONE, FULL, MODULO, SUBTRACT, ZERO, add_up
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, first_beyond

LARGE = 3  # status: more than 2^52 thresholds
REF, LEVEL, WAKE, BEFORE, FLOATS = 0, 2, 3, 5, 6
NEXT, WAITING, ARMED, WRITTEN, RESET, BIPOLAR, INTEGERS = 0, 1, 2, 3, 4, 5, 6
_MOST = 4503599627370496.0


def _side(x, ph, pl):
    """The sign of x - (ph + pl), exactly, where ph is the double nearest to the sum."""
    if x != ph:
        return 1 if x > ph else -1
    return -1 if pl > 0.0 else 1 if pl < 0.0 else 0


side = inlined(_side)


def _edge(state, reset, theta, sigma):
    """r + sigma theta, exactly, as two doubles, the first being the nearest."""
    if reset == ZERO:
        return two_sum(state[REF], sigma * theta)
    return two_prod(state[LEVEL] + sigma, theta)


edge = inlined(_edge)


def _quanta(state, x, theta, sigma):
    """How many thresholds x is beyond r, x - r having the sign sigma and the size of one at least; -1.0: too many."""
    q = 1.0
    for i in range(5):
        if not q + abs(state[LEVEL]) < _MOST:
            return -1.0
        ph, pl = two_prod(state[LEVEL] + sigma * (q + 1.0), theta)
        if sigma * side(x, ph, pl) >= 0.0:
            q = np.floor(sigma * ((x - state[REF]) - state[REF + 1]) / theta) if i == 0 else q + 1.0
            continue
        ph, pl = two_prod(state[LEVEL] + sigma * q, theta)
        if sigma * side(x, ph, pl) >= 0.0:
            return q
        q -= 1.0
    return -1.0


quanta = inlined(_quanta)


def _fire(state, flags, x, ch, cl, sigma, theta, refractory_hi, refractory_lo, out_hi, out_lo, out_count):
    """Send the spike that is due at the coordinate c. DONE or LARGE."""
    count = 1.0
    if flags[RESET] == ZERO:
        state[REF], state[REF + 1] = x, 0.0
    else:
        if flags[RESET] == MODULO:
            count = quanta(state, x, theta, sigma)
            if count < 0.0:
                return LARGE
        state[LEVEL] += sigma * count
        if not abs(state[LEVEL]) < _MOST:
            return LARGE
        state[REF], state[REF + 1] = two_prod(state[LEVEL], theta)
    n = flags[WRITTEN]
    out_hi[n], out_lo[n], out_count[n] = ch, cl, int(sigma * count)
    flags[WRITTEN] = n + 1
    if refractory_hi > 0.0:
        state[WAKE], state[WAKE + 1] = add_up(ch, cl, refractory_hi, refractory_lo)
        flags[WAITING] = 1
    return DONE


fire = inlined(_fire)


def _encode_deltas(state, flags, x, base, until, theta, refractory_hi, refractory_lo, out_hi, out_lo, out_count):
    """Encode x, whose first sample has the coordinate ``base``, from ``flags[NEXT]`` on. DONE, FULL or LARGE.

    Refractory times that end after ``until`` are left waiting.
    """
    n, room, bx = x.size, out_hi.size, bare(x)
    bs, bf, oh, ol, oc = bare(state), bare(flags), bare(out_hi), bare(out_lo), bare(out_count)
    k, status, bipolar, reset = bf[NEXT], DONE, bf[BIPOLAR] != 0, bf[RESET]
    low, low_rest = edge(bs, reset, theta, -1.0)
    high, high_rest = edge(bs, reset, theta, 1.0)
    while True:
        if bf[WRITTEN] >= room:
            status = FULL
            break
        cl = 0.0
        if bf[WAITING]:  # go to the sample in which the refractory time ends; it is tested at that instant
            wake = bs[WAKE] - base
            at = np.floor(wake)
            if at == wake and bs[WAKE + 1] < 0.0:
                at -= 1.0
            if at >= n or bs[WAKE] > until or (bs[WAKE] == until and bs[WAKE + 1] > 0.0):
                k = n
                break
            k = max(int(at), k - 1)
            ch, cl = bs[WAKE], bs[WAKE + 1]
            bf[WAITING], bf[ARMED] = 0, 1
        elif k >= n:
            break
        else:
            if bf[ARMED]:
                k = first_beyond(bx, k, n, n, low if bipolar else -np.inf, high)
                if k >= n:
                    break
            elif bx[k] == (float(bx[k - 1]) if k > 0 else bs[BEFORE]):
                k += 1
                continue
            bf[ARMED] = 1  # single-shot: a jump tests again
            ch = base + float(k)
        value = float(bx[k]) if k >= 0 else bs[BEFORE]
        k += 1
        sigma = 0.0
        if value > high or (value == high and high_rest <= 0.0):
            sigma = 1.0
        elif bipolar and (value < low or (value == low and low_rest >= 0.0)):
            sigma = -1.0
        if sigma == 0.0:
            continue
        status = fire(
            bs, bf, value, ch, cl, sigma, theta, refractory_hi, refractory_lo, oh, ol, oc
        )  # fmt: skip
        if status != DONE:
            break
        low, low_rest = edge(bs, reset, theta, -1.0)
        high, high_rest = edge(bs, reset, theta, 1.0)
        if reset == SUBTRACT and not bf[WAITING]:
            up = value > high or (value == high and high_rest <= 0.0)
            bf[ARMED] = not (up or (bipolar and (value < low or (value == low and low_rest >= 0.0))))
    bf[NEXT] = k
    return status


encode_deltas = compiled(_encode_deltas)
