"""Encode a whole recording by send-on-delta, sample by sample and exactly (delta_kernel.py)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import delta_kernel as k
from spikemath._encoder.encode_train import Progress, Run, empty
from spikemath._encoder.rules import Settings, spike_limit
from spikemath._numeric.dd import pair_up

BLOCK, ROOM = 1 << 18, 1 << 14  # samples and spikes per kernel call


def encode_deltas(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """Spikes of a recording; None where thresholds or counts leave the range of the kernel."""
    if not 2.0**-900 < op.threshold < 2.0**900 or x.size > spike_limit():
        return None
    state, flags = np.zeros(k.FLOATS), np.zeros(k.INTEGERS, dtype=np.int64)
    flags[k.ARMED], flags[k.RESET], flags[k.BIPOLAR] = 1, op.reset_code, op.bipolar
    refractory = pair_up(Fraction(op.refractory) * rate)
    out = np.zeros(ROOM), np.zeros(ROOM), np.zeros(ROOM, dtype=np.int64)
    found: list[Any] = []

    def take() -> None:
        written = int(flags[k.WRITTEN])
        if written:
            found.append(tuple(c[:written].copy() for c in out))
            flags[k.WRITTEN] = 0

    for first in range(0, x.size, BLOCK):
        block, status = x[first : first + BLOCK], k.FULL
        while status == k.FULL:
            status = k.encode_deltas(state, flags, block, float(first), np.inf, op.threshold, *refractory, *out)
            take()
        if status == k.LARGE:
            return None
        state[k.BEFORE], flags[k.NEXT] = block[-1], 0
        if progress is not None:
            progress(min(first + BLOCK, x.size), x.size)
    end = float(x.size)
    if flags[k.WAITING] and state[k.WAKE] == end and state[k.WAKE + 1] == 0.0:  # it ends with the recording
        if k.encode_deltas(state, flags, x[-1:], end, end, op.threshold, *refractory, *out) == k.LARGE:
            return None
        take()
    columns = [np.concatenate(c) for c in zip(*found, strict=True)] if found else empty()
    u = Fraction(float(x[-1])) - Fraction(float(state[k.REF])) - Fraction(float(state[k.REF + 1]))
    return Run(columns[0], columns[1], columns[2], float(u), 0)
