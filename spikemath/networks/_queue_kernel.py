"""Any network, event by event: a queue of arrivals in the order of time, and neurons asked in an order without cycles.

    arrival = (instant c, spike, synapses of its source with one and the same delay),     c = time + delay, exactly

All pulses of one instant are summed first, as expansions. Then the neurons that were reached are asked by
``rank``: a synapse without delay always leads to a neuron of higher rank, which is asked at the same instant. Delayed
arrivals go into the queue, one entry for each spike: its next delay. So the work is that of the spikes, whatever time
passes between them.

The potential of a neuron without leak is an expansion, and every decision is exact. With a leak it is a float with a
bound, as in the core's encoder of trains; where the bound leaves a comparison open, the kernel stops with UNDECIDED and
goes on when it is told. A neuron is tested at a pulse that is not exactly zero, and at the end of its
refractory time.

Synapses are in compressed rows: those of source i are start[i] : start[i + 1], by increasing delay. State: ``state``
(neurons, core's floats), ``flags`` (neurons, 5 integers), ``pulse`` (neurons, CAPACITY), ``at``, ``now``; the queue is
``qh, ql`` (instant), ``qs`` (spike, or -1 - neuron at the end of a refractory time), ``qe`` (synapse); ``todo`` is a
heap of ranks.
"""

from __future__ import annotations

import numpy as np

from spikemath._encoder.firing import DONE, FULL, UNDECIDED, add_up
from spikemath._encoder.train_kernels import ERR, LAST, PARTS, WAKE, U, after, decay, decide, quantize
from spikemath._numeric.dd import add_bounded
from spikemath._numeric.eft import CAPACITY, approximate, grow, two_prod
from spikemath._numeric.jit import compiled

INEXACT, PAUSED = 4, 5
TURN = 20000  # instants of a call: some ten milliseconds, so that Ctrl-C is answered
WAITING, SIZE, PULSE, TOUCHED, ANSWERED = 0, 1, 2, 3, 4
INTEGERS = 5
QUEUED, SPIKES, TODO, ASKED, ANSWER = 0, 1, 2, 3, 4
PLACES = 5
_EPS, _MORE = 2.0**-52, 1.0 + 2.0**-50


def _before(ah, al, bh, bl):
    return ah < bh or (ah == bh and al < bl)


before = compiled(_before)


def _push(qh, ql, qs, qe, at, h, r, s, e):
    """Put an entry into the queue."""
    i = at[QUEUED]
    at[QUEUED] = i + 1
    while i > 0:
        up = (i - 1) // 2
        if not before(h, r, qh[up], ql[up]):
            break
        qh[i], ql[i], qs[i], qe[i] = qh[up], ql[up], qs[up], qe[up]
        i = up
    qh[i], ql[i], qs[i], qe[i] = h, r, s, e


push = compiled(_push)


def _pop(qh, ql, qs, qe, at):
    """Take the first entry out of the queue: spike and synapse."""
    s, e = qs[0], qe[0]
    n = at[QUEUED] - 1
    at[QUEUED] = n
    h, r, ls, le = qh[n], ql[n], qs[n], qe[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and before(qh[down + 1], ql[down + 1], qh[down], ql[down]):
            down += 1
        if not before(qh[down], ql[down], h, r):
            break
        qh[i], ql[i], qs[i], qe[i] = qh[down], ql[down], qs[down], qe[down]
        i = down
    qh[i], ql[i], qs[i], qe[i] = h, r, ls, le
    return s, e


pop = compiled(_pop)


def _touch(flags, todo, at, rank, j):
    """Neuron j has to be asked at this instant."""
    if flags[j, TOUCHED]:
        return
    flags[j, TOUCHED] = 1
    i = at[TODO]
    at[TODO] = i + 1
    x = rank[j]
    while i > 0:
        up = (i - 1) // 2
        if todo[up] <= x:
            break
        todo[i] = todo[up]
        i = up
    todo[i] = x


touch = compiled(_touch)


def _untouch(todo, at):
    """Drop the lowest rank."""
    n = at[TODO] - 1
    at[TODO] = n
    x = todo[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and todo[down + 1] < todo[down]:
            down += 1
        if todo[down] >= x:
            break
        todo[i] = todo[down]
        i = down
    todo[i] = x


untouch = compiled(_untouch)


def _spread(s, e, when_hi, when_lo, source, values, start, synapses, target, ends, flags, pulse, todo, rank, at, queue):
    """Deliver spike s over its synapses from e on, as far as they share a delay, and queue it for the next delay.

    DONE, or INEXACT where a coordinate of two floats does not hold the next arrival.
    """
    gh, gl, dh, dl = synapses[0], synapses[1], synapses[2], synapses[3]
    last = start[source[s] + 1]
    first = e
    at_hi, at_lo, lost = add_bounded(when_hi[s], when_lo[s], dh[e], dl[e])
    if lost != 0.0:
        return INEXACT
    while e < last and dh[e] == dh[first] and dl[e] == dl[first]:
        j = target[e]
        if not before(ends[0, j], ends[1, j], at_hi, at_lo):
            size = flags[j, PULSE]
            for row in range(values.shape[0]):
                value = values[row, s]
                if value != 0.0:
                    x, y = two_prod(value, gh[e])
                    size = grow(pulse[j], size, x)
                    if y != 0.0:
                        size = grow(pulse[j], size, y)
                    if gl[e] != 0.0:
                        x, y = two_prod(value, gl[e])
                        size = grow(pulse[j], size, x)
                        if y != 0.0:
                            size = grow(pulse[j], size, y)
            flags[j, PULSE] = size
            touch(flags, todo, at, rank, j)
        e += 1
    if e < last:
        at_hi, at_lo, lost = add_bounded(when_hi[s], when_lo[s], dh[e], dl[e])
        if lost != 0.0:
            return INEXACT
        push(queue[0], queue[1], queue[2], queue[3], at, at_hi, at_lo, s, e)
    return DONE


spread = compiled(_spread)


def _ask(state, flags, pulse, ch, cl, theta, leak, reset, bipolar, scratch, parts):
    """Take the pulse of the instant c in and test: signed count (0 silent) and DONE, UNDECIDED or OVERFLOW."""
    size = flags[PULSE]
    blocked = flags[WAITING] and before(ch, cl, state[WAKE], state[WAKE + 1])
    woken = flags[WAITING] and not blocked
    if size == 0 and not woken:
        return 0, DONE
    if leak == 0.0:
        own = state[PARTS:]
        for i in range(size):
            flags[SIZE] = grow(own, flags[SIZE], pulse[i])
        if blocked:
            return 0, DONE
        flags[WAITING] = 0
        flags[SIZE], count, status = quantize(own, flags[SIZE], theta, reset, bipolar, scratch)
        return count, status
    if size == 0:
        u, err, lh, ll = state[U], state[ERR], state[LAST], state[LAST + 1]
        decay(state, ch, cl, leak)
        quanta = decide(state[U], state[ERR], theta, reset, bipolar)
        if quanta < 0.0:
            return 0, UNDECIDED
        flags[WAITING] = 0
        if quanta == 0.0:  # silent: the decay goes on from the last event
            state[U], state[ERR], state[LAST], state[LAST + 1] = u, err, lh, ll
            return 0, DONE
        return after(state, quanta, theta, reset), DONE
    decay(state, ch, cl, leak)
    if state[U] == 0.0 and state[ERR] == 0.0 and not blocked:
        for i in range(size):
            parts[i] = pulse[i]
        size, count, status = quantize(parts, size, theta, reset, bipolar, scratch)
        if status != DONE:
            return 0, status
        state[U] = approximate(parts, size)
        state[ERR] = abs(state[U]) * 2.0 * _EPS if size > 1 else 0.0
        flags[WAITING] = 0
        return count, DONE
    rest = 0.0
    for i in range(size - 1):
        rest += abs(pulse[i])
    u = state[U]
    state[U] = u + pulse[size - 1]
    if u != 0.0 or rest != 0.0:
        state[ERR] = (state[ERR] + rest + abs(state[U]) * _EPS) * _MORE
    if blocked:
        return 0, DONE
    quanta = decide(state[U], state[ERR], theta, reset, bipolar)
    if quanta < 0.0:
        return 0, UNDECIDED
    flags[WAITING] = 0
    return (after(state, quanta, theta, reset) if quanta > 0.0 else 0), DONE


ask = compiled(_ask)


def _run_queue(
    state, flags, pulse, at, now, theta, leak, refractory, kind, rank, place, ends, start, synapses, target,
    when_hi, when_lo, source, values, inputs, qh, ql, qs, qe, todo,
):  # fmt: skip
    """Go on until nothing is left: DONE, PAUSED, FULL, UNDECIDED, OVERFLOW, INEXACT. ``inputs``: number of channels."""
    scratch, parts = np.zeros(CAPACITY + 1), np.zeros(CAPACITY + 1)
    queue = (qh, ql, qs, qe)
    turns = 0
    while True:
        if at[TODO] == 0:
            turns += 1
            if turns > TURN:
                return PAUSED
            if at[QUEUED] == 0:
                return DONE
            now[0], now[1] = qh[0], ql[0]
            while at[QUEUED] > 0 and qh[0] == now[0] and ql[0] == now[1]:
                s, e = pop(qh, ql, qs, qe, at)
                if s < 0:
                    touch(flags, todo, at, rank, -1 - s)
                elif spread(
                    s, e, when_hi, when_lo, source, values, start, synapses, target, ends, flags, pulse, todo, rank,
                    at, queue,
                ) != DONE:  # fmt: skip
                    return INEXACT
        while at[TODO] > 0:
            j = place[todo[0]]
            s = at[SPIKES]
            if s >= when_hi.size:
                return FULL
            if flags[j, ANSWERED]:
                count = at[ANSWER]
                flags[j, ANSWERED], flags[j, WAITING] = 0, 0
            else:
                count, status = ask(
                    state[j], flags[j], pulse[j], now[0], now[1], theta[j], leak[j], kind[0, j], kind[1, j], scratch,
                    parts,
                )  # fmt: skip
                if status != DONE:
                    at[ASKED] = j
                    return status
            untouch(todo, at)
            flags[j, PULSE], flags[j, TOUCHED] = 0, 0
            if count == 0:
                continue
            when_hi[s], when_lo[s], source[s] = now[0], now[1], inputs + j
            values[0, s] = count
            values[1, s] = count - int(values[0, s])  # beyond 2^53 one float is not enough
            at[SPIKES] = s + 1
            if refractory[0, j] > 0.0:
                wh, wl = add_up(now[0], now[1], refractory[0, j], refractory[1, j])
                state[j, WAKE], state[j, WAKE + 1] = wh, wl
                flags[j, WAITING] = 1
                if not before(ends[0, j], ends[1, j], wh, wl):
                    push(qh, ql, qs, qe, at, wh, wl, -1 - j, 0)
            e = start[inputs + j]
            if e < start[inputs + j + 1]:
                if synapses[2, e] == 0.0:
                    if spread(
                        s, e, when_hi, when_lo, source, values, start, synapses, target, ends, flags, pulse, todo,
                        rank, at, queue,
                    ) != DONE:  # fmt: skip
                        return INEXACT
                else:
                    wh, wl, lost = add_bounded(now[0], now[1], synapses[2, e], synapses[3, e])
                    if lost != 0.0:
                        return INEXACT
                    push(qh, ql, qs, qe, at, wh, wl, s, e)


run_queue = compiled(_run_queue)
