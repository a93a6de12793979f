"""arithmetic="fast": the same rules in plain floats.

    u <- u exp(-a dt) + w;     fires if |u| >= theta, compared and truncated as floats

On ties (decimal data, weights that are multiples of the threshold) plain floats lose or invent spikes: trunc(0.3 /
0.1) is 2 in floats, and u drifts by an ulp per event. Samples held constant have fast_samples.py; other signals with
a continuous part run through the cell kernel with its bounds ignored.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spikemath._encoder.encode_signal import encode_signal
from spikemath._encoder.encode_train import BLOCK, Progress, Run, empty
from spikemath._encoder.firing import MODULO, SUBTRACT
from spikemath._encoder.rules import Settings
from spikemath._numeric.jit import compiled
from spikemath.signals.spike_train import SpikeTrain

U, LAST, WAKE = 0, 1, 2


def _fast_train(state, times, weights, leak, theta, reset, bipolar, refractory, out_times, out_counts):
    """Encode events from the state on; return events done and spikes written."""
    # state: potential, time where it is valid, end of the refractory time (nan: not waiting)
    u, last, wake = state[U], state[LAST], state[WAKE]
    written, i = 0, 0
    while i < times.size and written < out_times.size:
        event = not wake < times[i]
        t = times[i] if event else wake
        if leak > 0.0:
            u *= math.exp(-leak * (t - last))
        last = t
        if event:
            u += weights[i]
            i += 1
            if wake > t:
                continue
        wake = math.nan
        if u >= theta or (bipolar and -u >= theta):
            count = np.trunc(u / theta) if reset == MODULO else (1.0 if u > 0.0 else -1.0)
            if abs(count) >= 4611686018427387904.0:
                return -1, written
            u = u - count * theta if reset in (MODULO, SUBTRACT) else 0.0
            out_times[written], out_counts[written] = t, int(count)
            written += 1
            if refractory > 0.0:
                wake = t + refractory
    state[U], state[LAST], state[WAKE] = u, last, wake
    return i, written


fast_train = compiled(_fast_train)


def encode_fast(g: Any, op: Settings, progress: Progress = None) -> Run:
    """Spikes in plain floats."""
    if not isinstance(g, SpikeTrain) and g._parts:
        return encode_signal(g, op, progress)
    train = g if isinstance(g, SpikeTrain) else g._pulses
    rate = float(train._axis.rate)
    times, weights = train._hi + train._lo, np.array(train._terms[0])
    end = train._end[0] + train._end[1]
    if op.refractory > 0.0:
        times, weights = np.append(times, end), np.append(weights, 0.0)
    state = np.array([0.0, times[0] if times.size else end, math.nan])
    out_times, out_counts = np.zeros(BLOCK), np.zeros(BLOCK, dtype=np.int64)
    found, first = [], 0
    leak, refractory = op.alpha / rate, op.refractory * rate
    while first < times.size:
        last = min(first + BLOCK, times.size)
        done, written = fast_train(
            state, times[first:last], weights[first:last], leak, op.threshold, op.reset_code, int(op.bipolar),
            refractory, out_times, out_counts,
        )  # fmt: skip
        if done < 0:
            raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")
        found.append((out_times[:written].copy(), np.zeros(written), out_counts[:written].copy()))
        first += int(done)
        if progress is not None:
            progress(first, times.size)
    keep = [np.concatenate(c) for c in zip(*found, strict=True)] if found else empty()
    nonzero = keep[2] != 0
    potential = float(state[U]) * math.exp(-leak * (end - float(state[LAST])))
    return Run(keep[0][nonzero], keep[1][nonzero], keep[2][nonzero], potential, 0)
