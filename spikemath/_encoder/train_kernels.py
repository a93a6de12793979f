"""The encoder on trains: only events can push |u| over the threshold, between them it decays.

    u_n = exp(-a (c_n - c_(n-1))) V_(n-1) + w_n,      fires if |u_n| >= theta      (closed; u_n >= theta if one-sided)

a = 0: V is an expansion, every sum and every decision is exact, and the status is never UNDECIDED. a > 0: V is a
float with a rigorous error bound; whenever the bound does not decide the status is UNDECIDED and balls take over. A
potential of exactly 0 is known to be exact, so first events, and events after a reset to 0, are decided exactly.

Events that are easy (quick_train.py) are done in stretches, the others one by one. After an event that was not easy the
next few are not tried, and more of them where stretches are short: on data full of ties the trial costs nothing.

With a refractory time the potential is tested when it ends (``wake``) unless a pulse falls on that very instant.

State, floats: u, error, wake hi, wake lo, last hi, last lo (a > 0: where u is valid), then 48 parts (a = 0).
State, integers: event, pulse done, waiting, spikes written, parts.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.firing import DONE, FULL, MODULO, SUBTRACT, UNDECIDED, ZERO, add_up
from spikemath._encoder.quick_train import checked_if, quick_if, quick_lif
from spikemath._numeric.eft import CAPACITY, approximate, grow, sign_of_difference, two_prod
from spikemath._numeric.exponential import exp_minus
from spikemath._numeric.jit import compiled

OVERFLOW, LARGE = 3, 4
HUGE = 2.0**900  # what is larger has to be scaled, so that no product overflows
U, ERR, WAKE, LAST, PARTS = 0, 1, 2, 4, 6
EVENT, PULSED, WAITING, WRITTEN, SIZE = 0, 1, 2, 3, 4
FLOATS, INTEGERS = 6 + CAPACITY, 5
_LESS, _MORE = 1.0 - 2.0**-50, 1.0 + 2.0**-50
_EPS = 2.0**-52
SHORT, MANY, LONG = 8, 64, 4096  # events one by one: after a stretch of MANY, and at most


def _quantize(parts, size, theta, reset, bipolar, scratch):
    """Fire and reset, exactly: new size of the expansion, signed count (0 = silent), status."""
    if size == 0:
        return size, 0, DONE
    top = approximate(parts, size)
    sign = 1.0 if top > 0.0 else -1.0
    if (sign < 0.0 and not bipolar) or abs(top) < theta * _LESS:
        return size, 0, DONE
    if abs(top) <= theta * _MORE and sign * sign_of_difference(parts, size, sign * theta, scratch) < 0:
        return size, 0, DONE
    if reset == ZERO:
        return 0, int(sign), DONE
    if reset == SUBTRACT:
        return grow(parts, size, -sign * theta), int(sign), DONE
    total = 0
    while size > 0:
        top = approximate(parts, size)
        q = np.floor(abs(top) / theta)
        if q >= 4611686018427387904.0 or abs(total) >= 4611686018427387904:
            return size, 0, OVERFLOW
        now = 1.0 if top > 0.0 else -1.0
        if now != sign:  # a quotient rounded up: give back until the sign is right, then 0 <= rest < theta
            size = grow(parts, size, sign * theta)
            total -= int(sign)
            if size == 0 or (parts[size - 1] > 0.0) == (sign > 0.0):
                break
            continue
        if q < 1.0:
            if abs(top) < theta * _LESS or now * sign_of_difference(parts, size, now * theta, scratch) < 0:
                break
            q = 1.0
        p, e = two_prod(q, theta)
        size = grow(parts, size, -sign * p)
        size = grow(parts, size, -sign * e)
        total += int(sign * q)
    return size, total, DONE


quantize = compiled(_quantize)


def _write(state, flags, ch, cl, count, refractory_hi, refractory_lo, out_hi, out_lo, out_count):
    """Write a spike and start the refractory time."""
    n = flags[WRITTEN]
    out_hi[n], out_lo[n], out_count[n] = ch, cl, count
    flags[WRITTEN] = n + 1
    flags[WAITING] = 0
    if refractory_hi > 0.0:
        state[WAKE], state[WAKE + 1] = add_up(ch, cl, refractory_hi, refractory_lo)
        flags[WAITING] = 1


write = compiled(_write)


def _if_train(
    state, flags, hi, lo, terms, theta, reset, bipolar, refractory_hi, refractory_lo, out_hi, out_lo, out_count
):  # fmt: skip
    """Integrate-and-fire (a = 0) over the events of a block, exactly."""
    parts, scratch = state[PARTS:], np.zeros(CAPACITY + 1)
    capacity = out_hi.size - 1
    easy, wait, pause = terms.shape[0] == 1 and refractory_hi == 0.0, 0, SHORT
    while flags[EVENT] < hi.size:
        i = flags[EVENT]
        if easy and flags[SIZE] <= 2:
            h = parts[flags[SIZE] - 1] if flags[SIZE] > 0 else 0.0
            rest, n, last = parts[0] if flags[SIZE] > 1 else 0.0, flags[WRITTEN], i + wait
            if wait <= 0:
                h, rest, last, n = quick_if(
                    h, rest, i, n, hi, lo, terms[0], theta, reset, bipolar, out_hi, out_lo, out_count
                )
                wait = pause = SHORT if last - i >= MANY else min(2 * pause, LONG)
            else:
                h, rest, last, n = checked_if(
                    h, rest, i, last, n, hi, lo, terms[0], theta, reset, bipolar, out_hi, out_lo, out_count
                )
                wait -= last - i
            flags[EVENT], flags[WRITTEN], flags[SIZE] = last, n, grow(parts, grow(parts, 0, rest), h)
            if last > i:
                continue
        wait -= 1
        if flags[WRITTEN] >= capacity:
            return FULL
        if flags[WAITING] and (state[WAKE] < hi[i] or (state[WAKE] == hi[i] and state[WAKE + 1] < lo[i])):
            ch, cl = state[WAKE], state[WAKE + 1]  # the refractory time ends before this event
            flags[WAITING] = 0
            flags[SIZE], count, status = quantize(parts, flags[SIZE], theta, reset, bipolar, scratch)
        else:
            ch, cl = hi[i], lo[i]
            for k in range(terms.shape[0] - 1, -1, -1):
                if terms[k, i] != 0.0:
                    flags[SIZE] = grow(parts, flags[SIZE], terms[k, i])
            if not (abs(terms[0, i]) < HUGE and abs(approximate(parts, flags[SIZE])) < HUGE):
                return LARGE
            flags[EVENT] = i + 1
            if flags[WAITING] and (state[WAKE] > ch or (state[WAKE] == ch and state[WAKE + 1] > cl)):
                continue
            flags[WAITING] = 0
            flags[SIZE], count, status = quantize(parts, flags[SIZE], theta, reset, bipolar, scratch)
        if status != DONE:
            return status
        if count != 0:
            write(state, flags, ch, cl, count, refractory_hi, refractory_lo, out_hi, out_lo, out_count)
    return DONE


if_train = compiled(_if_train)


def _decide(u, err, theta, reset, bipolar):
    """Count for a potential known to +-err: 0 silent, -1 undecided, else the number of thresholds to take off |u|."""
    m = abs(u)
    if (m + err) * _MORE < theta or (not bipolar and u + err < 0.0):
        return 0.0
    if (m - err) * _LESS < theta:
        return -1.0
    if not bipolar and u < 0.0:
        return 0.0
    if reset != MODULO:
        return 1.0
    low, high = np.floor((m - err) * _LESS / theta), np.floor((m + err) * _MORE / theta)
    return low if low == high and low < 4503599627370496.0 else -1.0


decide = compiled(_decide)


def _after(state, count, theta, reset):
    """Reset a float potential after ``count`` thresholds; returns the signed count."""
    u = state[U]
    sign = 1.0 if u > 0.0 else -1.0
    if reset == ZERO:
        state[U], state[ERR] = 0.0, 0.0
    else:
        p, e = two_prod(count, theta)
        rest = abs(u) - p
        v = rest - e
        state[ERR] = (state[ERR] + _EPS * (abs(rest) + abs(v))) * _MORE
        state[U] = sign * v
    return int(sign * count)


after = compiled(_after)


def _decay(state, ch, cl, leak):
    """Carry the potential to the coordinate c; from the last event, so that chunks change nothing."""
    if state[U] == 0.0 and state[ERR] == 0.0:
        state[LAST], state[LAST + 1] = ch, cl
        return
    dl = cl - state[LAST + 1]
    if max(abs(ch), abs(state[LAST])) < HUGE:
        dh = ch - state[LAST]
    else:  # the gap may be more than a float
        dh, dl, leak = 0.25 * ch - 0.25 * state[LAST], 0.25 * dl, 4.0 * leak
    z = leak * (dh + dl)
    doubt = leak * (abs(dh) + abs(dl)) * 4.0 * _EPS + 4.0 * _EPS  # of the exponent, and of exp itself
    if z > 700.0 or doubt > 0.5:
        state[ERR] = (abs(state[U]) + state[ERR]) * exp_minus(min(max(z * 0.999, 0.0), 690.0)) * 2.0
        state[U] = 0.0
    else:
        beta = exp_minus(z)
        u = state[U] * beta
        state[ERR] = (state[ERR] * beta + abs(u) * (2.0 * doubt + _EPS)) * _MORE + 1e-322
        state[U] = u
    state[LAST], state[LAST + 1] = ch, cl


decay = compiled(_decay)


def _lif_train(
    state, flags, hi, lo, terms, leak, theta, reset, bipolar, refractory_hi, refractory_lo, out_hi, out_lo, out_count
):  # fmt: skip
    """Leaky integrate-and-fire (a > 0) over the events of a block, with a filter."""
    parts, scratch = state[PARTS:], np.zeros(CAPACITY + 1)
    capacity = out_hi.size - 1
    easy, wait, pause = terms.shape[0] == 1 and refractory_hi == 0.0, 0, SHORT
    while flags[EVENT] < hi.size:
        i = flags[EVENT]
        if easy and wait <= 0:
            u, err, lh, ll, flags[EVENT], flags[WRITTEN] = quick_lif(
                state[U], state[ERR], state[LAST], state[LAST + 1], i, flags[WRITTEN],
                hi, lo, terms[0], leak, theta, reset, bipolar, out_hi, out_lo, out_count,
            )  # fmt: skip
            state[U], state[ERR], state[LAST], state[LAST + 1] = u, err, lh, ll
            wait = pause = SHORT if flags[EVENT] - i >= MANY else min(2 * pause, LONG)
            continue
        wait -= 1
        if flags[WRITTEN] >= capacity:
            return FULL
        count = 0
        if flags[WAITING] and (state[WAKE] < hi[i] or (state[WAKE] == hi[i] and state[WAKE + 1] < lo[i])):
            ch, cl = state[WAKE], state[WAKE + 1]
            u, err = state[U], state[ERR]
            lh, ll = state[LAST], state[LAST + 1]
            decay(state, ch, cl, leak)
            quanta = decide(state[U], state[ERR], theta, reset, bipolar)
            if quanta < 0.0:
                return UNDECIDED
            flags[WAITING] = 0
            if quanta == 0.0:  # silent: the decay goes on from the last event
                state[U], state[ERR], state[LAST], state[LAST + 1] = u, err, lh, ll
                continue
            count = after(state, quanta, theta, reset)
        else:
            ch, cl = hi[i], lo[i]
            decay(state, ch, cl, leak)
            if not abs(state[U]) + abs(terms[0, i]) < HUGE:
                return LARGE
            blocked = flags[WAITING] and (state[WAKE] > ch or (state[WAKE] == ch and state[WAKE + 1] > cl))
            if state[U] == 0.0 and state[ERR] == 0.0 and not blocked:
                size = 0
                for k in range(terms.shape[0] - 1, -1, -1):
                    if terms[k, i] != 0.0:
                        size = grow(parts, size, terms[k, i])
                size, count, status = quantize(parts, size, theta, reset, bipolar, scratch)
                if status != DONE:
                    return status
                state[U] = approximate(parts, size)
                state[ERR] = abs(state[U]) * 2.0 * _EPS if size > 1 else 0.0
                flags[WAITING] = 0
            else:
                rest = 0.0
                for k in range(1, terms.shape[0]):
                    rest += abs(terms[k, i])
                before = state[U]
                state[U] = before + terms[0, i]
                if before != 0.0 or rest != 0.0:
                    state[ERR] = (state[ERR] + rest + abs(state[U]) * _EPS) * _MORE
                if not blocked:
                    quanta = decide(state[U], state[ERR], theta, reset, bipolar)
                    if quanta < 0.0:
                        flags[PULSED] = 1
                        return UNDECIDED
                    flags[WAITING] = 0
                    if quanta > 0.0:
                        count = after(state, quanta, theta, reset)
            flags[EVENT] = i + 1
        if count != 0:
            write(state, flags, ch, cl, count, refractory_hi, refractory_lo, out_hi, out_lo, out_count)
    return DONE


lif_train = compiled(_lif_train)
