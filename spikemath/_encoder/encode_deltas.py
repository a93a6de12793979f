"""Encode a whole recording by send-on-delta, sample by sample and exactly (delta_kernel.py).

Comparisons are all there is, so exact arithmetic costs nothing more than plain floats would: ``arithmetic="fast"``
comes here too, and is exact.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import delta_kernel as k
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.firing import ZERO
from spikemath._encoder.rules import Settings, spike_limit
from spikemath._numeric.dd import pair_up
from spikemath.signals.checks import FloatArray

BLOCK, ROOM = 1 << 20, 1 << 14  # samples per kernel call; spikes that there is room for at first


def in_range(op: Settings) -> bool:
    """Whether the kernel takes the threshold: products with counts neither overflow nor lose digits."""
    return 2.0**-900 < op.threshold < 2.0**900


def begin(op: Settings) -> tuple[FloatArray, NDArray[np.int64]]:
    """State before the first sample."""
    state, flags = np.zeros(k.FLOATS), np.zeros(k.INTEGERS, dtype=np.int64)
    flags[k.ARMED], flags[k.RESET], flags[k.BIPOLAR] = 1, op.reset_code, op.bipolar
    return state, flags


def reference(state: FloatArray, flags: NDArray[np.int64], threshold: float) -> Fraction:
    """r, exactly: the potential is the last sample less this."""
    if flags[k.RESET] == ZERO:
        return Fraction(float(state[k.REF]))
    return Fraction(float(state[k.LEVEL])) * Fraction(threshold)


Rules = tuple[float, float, float]  # threshold; refractory time in samples, hi and lo


def rules(op: Settings, rate: Fraction) -> Rules:
    """What the kernel wants to know of an operator."""
    return (op.threshold, *pair_up(Fraction(op.refractory) * rate))


class Room:
    """Room for the spikes of some samples, which grows as they come. Low parts are 0 without a refractory time."""

    def __init__(self, rules: Rules, first: int, samples: int) -> None:
        self.rules = rules
        self.first, self.samples, self.size = first, samples, min(ROOM, samples + 1)
        self.hi, self.counts = np.empty(self.size), np.empty(self.size, dtype=np.int64)
        self.lo = np.empty(self.size if rules[1] > 0.0 else 0)

    def run(self, state: FloatArray, flags: NDArray[np.int64], x: NDArray[Any], base: float, until: float) -> int:
        """One kernel call, or more where there is not room. DONE or LARGE."""
        view = x.view()
        view.flags.writeable = False  # each kind of array is compiled by itself
        while True:
            out = self.hi, self.lo, self.counts
            status: int = k.encode_deltas(state, flags, view, base, until, *self.rules, *out)
            if status != k.FULL:
                return status
            seen = max(int(base) + int(flags[k.NEXT]) - self.first, 1)
            self._grow(max(2 * self.size, int(1.1 * self.size * self.samples / seen)))

    def _grow(self, size: int) -> None:
        for name in ("hi", "lo", "counts") if self.lo.size else ("hi", "counts"):
            old = getattr(self, name)
            new = np.empty(size, dtype=old.dtype)
            new[: self.size] = old
            setattr(self, name, new)
        self.size = size

    def columns(self, flags: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """All spikes so far; the room is used up."""
        written, lo = int(flags[k.WRITTEN]), self.lo
        flags[k.WRITTEN] = 0
        for column in (self.hi, self.lo, self.counts):
            if column.size:
                column.resize(written, refcheck=False)  # gives back what was not used, without a copy
        return self.hi, lo if lo.size == written else np.zeros(written), self.counts


def advance(
    room: Room, state: FloatArray, flags: NDArray[np.int64], x: NDArray[Any], base: int, progress: Progress = None
) -> tuple[int, int]:
    """Encode samples that come next, the first of them sample number ``base``: how many are done, and DONE or LARGE."""
    for first in range(0, x.size, BLOCK):
        block = x[first : first + BLOCK]
        status = room.run(state, flags, block, float(base + first), np.inf)
        done = block.size if status == k.DONE else int(flags[k.NEXT])
        if done:
            state[k.BEFORE] = block[done - 1]
        flags[k.NEXT] = 0
        if status == k.LARGE:
            return first + done, status
        if progress is not None:
            progress(first + done, x.size)
    return int(x.size), k.DONE


def at_end(room: Room, state: FloatArray, flags: NDArray[np.int64], end: int) -> int:
    """Test the last sample once more where a refractory time ends just at the end. DONE or LARGE."""
    if not (flags[k.WAITING] and state[k.WAKE] == end and state[k.WAKE + 1] == 0.0):
        return k.DONE
    status = room.run(state, flags, state[k.BEFORE : k.BEFORE + 1].copy(), float(end), float(end))
    flags[k.NEXT] = 0
    return status


def encode_deltas(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """Spikes of a recording; None where thresholds or counts leave the range of the kernel."""
    if not in_range(op) or x.size > spike_limit():
        return None
    state, flags = begin(op)
    room = Room(rules(op, rate), 0, x.size)
    _, status = advance(room, state, flags, x, 0, progress)
    if status == k.LARGE or at_end(room, state, flags, x.size) == k.LARGE:
        return None
    u = Fraction(float(state[k.BEFORE])) - reference(state, flags, op.threshold)
    return Run(*room.columns(flags), float(u), 0)
