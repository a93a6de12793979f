"""arithmetic="fast": the same rules in plain floats.

    u <- u exp(-alpha dt) + w;     fires if |u| >= theta, compared and truncated as floats

On ties (decimal data, weights that are multiples of the threshold) plain floats lose or invent spikes: trunc(0.3 /
0.1) is 2 in floats, and u drifts by an ulp per event. Samples held constant have fast_samples.py; other signals with
a continuous part run through the cell kernel with its bounds ignored.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spikemath._encoder.encode_signal import encode_signal
from spikemath._encoder.encode_train import BLOCK, Progress, Run
from spikemath._encoder.firing import MODULO, ZERO
from spikemath._encoder.found import coalesced
from spikemath._encoder.rules import Settings
from spikemath._encoder.spike_list import SpikeList
from spikemath._numeric.exponential import decay_factors, exp_minus
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare
from spikemath.signals.spike_train import SpikeTrain

U, LAST, WAKE = 0, 1, 2
STRETCH = 256


def _fire(u, theta, reset):
    """Signed count of a potential that fires, and what is left of it."""
    count = 1.0 if u > 0.0 else -1.0
    if reset == MODULO and not abs(u) < 2.0 * theta:  # a division is late
        count = np.trunc(u / theta)
    return count, u - count * theta if reset != ZERO else 0.0


fire = inlined(_fire)


def _fast_train(state, times, zeros, weights, leak, theta, reset, bipolar, written, out_times, out_counts):
    """Encode events without a refractory time; return spikes written so far, or -1 for one that is too large."""
    u, last, low = state[U], state[LAST], 0.0 if bipolar else -math.inf
    factors, begin = np.ones(STRETCH), written
    later = factors[1:]
    for first in range(0, times.size, STRETCH):
        x, end = weights[first : first + STRETCH], min(first + STRETCH, times.size)
        if leak > 0.0:
            factors[0] = exp_minus(leak * (times[first] - last))
            decay_factors(bare(times), bare(zeros), first + 1, end, leak, bare(later))
            last = times[end - 1]
        for i in range(x.size):
            u = u * factors[i] + x[i] if leak > 0.0 else u + x[i]
            if abs(u) < theta or low < u < 0.0:
                continue
            count, u = fire(u, theta, reset)
            if not abs(count) < 4611686018427387904.0:
                return -1
            out_times[written], out_counts[written] = first + i, int(count)
            written += 1
    for k in range(begin, written):  # at once, so that no event waits for the memory of another
        out_times[k] = times[int(out_times[k])]
    state[U], state[LAST] = u, last
    return written


fast_train = compiled(_fast_train)


def _fast_waiting(state, times, weights, leak, theta, reset, bipolar, refractory, i, written, out_times, out_counts):
    """The same with a refractory time, as long as there is room: the next event, and spikes written so far."""
    # state: potential, time where it is valid, end of the refractory time (nan: not waiting)
    u, last, wake = state[U], state[LAST], state[WAKE]
    while i < times.size and written < out_times.size - 1:
        event = not wake < times[i]
        t = times[i] if event else wake
        u *= exp_minus(leak * (t - last))
        last = t
        if event:
            u += weights[i]
            i += 1
            if wake > t:
                continue
        wake = math.nan
        if u >= theta or (bipolar and -u >= theta):
            count, u = fire(u, theta, reset)
            if not abs(count) < 4611686018427387904.0:
                return i, -1
            out_times[written], out_counts[written] = t, int(count)
            written += 1
            wake = t + refractory
    state[U], state[LAST], state[WAKE] = u, last, wake
    return i, written


fast_waiting = compiled(_fast_waiting)


def encode_fast(g: Any, op: Settings, progress: Progress = None) -> Run:
    """Spikes in plain floats."""
    if not isinstance(g, SpikeTrain) and g._parts:
        return encode_signal(g, op, progress)
    train = g if isinstance(g, SpikeTrain) else g._pulses
    rate = float(train._axis.rate)
    times, weights, end = train._hi, train._terms[0], train._end[0]  # what is added to these is below their last bit
    if op.refractory > 0.0:
        times, weights = np.append(times, end), np.append(weights, 0.0)
    n, leak, refractory = times.size, op.alpha / rate, op.refractory * rate
    state = np.array([0.0, times[0] if n else end, math.nan])
    found, zeros = SpikeList(n), np.zeros(min(BLOCK, n))
    for first in range(0, n, BLOCK):
        block = slice(first, min(first + BLOCK, n))
        t, x, done = times[block], weights[block], 0
        while done < t.size:
            hi, _, counts = found.piece
            rules = leak, op.threshold, op.reset_code, int(op.bipolar)
            if refractory > 0.0:
                done, written = fast_waiting(state, t, x, *rules, refractory, done, found.written, hi, counts)
            else:
                some = min(t.size, done + found.room)
                part = slice(done, some)
                written = fast_train(state, t[part], zeros, x[part], *rules, found.written, hi, counts)
                done = some
            if written < 0:
                raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")
            found.written = int(written)
            found.make_room()
        if progress is not None:
            progress(block.stop, n)
    potential = float(state[U]) * math.exp(-leak * (end - float(state[LAST])))
    hi, lo, counts = found.columns()
    if refractory > 0.0:  # a wake-up may be rounded to the spike before it
        hi, lo, counts = coalesced(hi, lo, counts)
    return Run(hi, lo, counts, potential, 0)
