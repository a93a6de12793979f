"""Encode channels by send-on-delta, sample by sample and exactly (delta_kernel.py), in recordings and in streams.

    deltas = DeltaChannels(ops, rate)                          one operator for each channel
    floats, flags = deltas.begin()                             the state: a row for each channel
    found, stopped = deltas.run(floats, flags, x, index)       x (channels, n): the samples that come next

Comparisons are all there is, so exact arithmetic costs nothing more than plain floats would: ``arithmetic="fast"``
comes here too, and is exact. ``stopped`` tells which channels left the range of the kernel, and before which sample.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import delta_kernel as k
from spikemath._encoder import found
from spikemath._encoder.channel_kernels import transposed
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.firing import ZERO
from spikemath._encoder.found import Found, Layout, Trains
from spikemath._encoder.rules import Settings, spike_limit
from spikemath._numeric.dd import pair_up
from spikemath._numeric.threads import number_of, spread
from spikemath.signals.checks import FloatArray
from spikemath.signals.many import in_turn

BLOCK, ROOM = 1 << 20, 1 << 14  # samples per kernel call; spikes that there is room for at first
TILE, NARROW = 1 << 19, 8  # samples of a time-major recording that are transposed at once; channels, at least


def in_range(op: Settings) -> bool:
    """Whether the kernel takes the threshold: products with counts neither overflow nor lose digits."""
    return 2.0**-900 < op.threshold < 2.0**900


def reference(state: FloatArray, flags: NDArray[np.int64], threshold: float) -> Fraction:
    """r, exactly: the potential is the last sample less this."""
    if flags[k.RESET] == ZERO:
        return Fraction(float(state[k.REF]))
    return Fraction(float(state[k.LEVEL])) * Fraction(threshold)


class Room:
    """Room for the spikes of some samples, which grows as they come. Low parts are 0 without a refractory time."""

    def __init__(self, samples: int, refractory: bool) -> None:
        self.samples, self.size = samples, min(ROOM, samples + 1)
        self.hi, self.counts = np.empty(self.size), np.empty(self.size, dtype=np.int64)
        self.lo = np.empty(self.size if refractory else 0)

    def grow(self, seen: int) -> None:
        """After so many samples."""
        size = max(2 * self.size, int(1.1 * self.size * self.samples / max(seen, 1)))
        for name in ("hi", "lo", "counts") if self.lo.size else ("hi", "counts"):
            old = getattr(self, name)
            new = np.empty(size, dtype=old.dtype)
            new[: self.size] = old
            setattr(self, name, new)
        self.size = size

    def found(self, ends: NDArray[np.int64]) -> Found:
        """All spikes; the room is used up."""
        written, lo = int(ends[-1]), self.lo
        for column in (self.hi, lo, self.counts):
            if column.size:
                column.resize(written, refcheck=False)  # gives back what was not used, without a copy
        return Found(self.hi, lo if lo.size == written else np.zeros(written), self.counts, np.append(0, ends))


class DeltaChannels:
    """Operators on samples of one rate, one for each channel; they differ in threshold at most."""

    def __init__(self, ops: tuple[Settings, ...], rate: Fraction) -> None:
        self.ops, self.thresholds = ops, np.array([op.threshold for op in ops])
        self.refractory = pair_up(Fraction(ops[0].refractory) * rate)
        self.nobody = np.zeros(len(ops), dtype=np.bool_)

    def begin(self) -> tuple[FloatArray, NDArray[np.int64]]:
        """State before the first sample."""
        n, op = len(self.ops), self.ops[0]
        state, flags = np.zeros((n, k.FLOATS)), np.zeros((n, k.INTEGERS), dtype=np.int64)
        flags[:, k.ARMED], flags[:, k.RESET], flags[:, k.BIPOLAR] = 1, op.reset_code, op.bipolar
        return state, flags

    def run(
        self,
        floats: FloatArray,
        flags: NDArray[np.int64],
        x: NDArray[Any],
        index: int,
        until: float = np.inf,
        idle: Any = None,
        threads: int = 1,
        progress: Progress = None,
    ) -> tuple[Found, dict[int, int]]:
        """The spikes of these samples, from number ``index`` on; the state is moved on, but that of idle channels."""
        samples, number = found.layout(x), len(self.ops)
        stopped: dict[int, int] = {}
        step = -(-number // number_of(threads))
        if samples.along != 1:
            step = min(step, max(NARROW, TILE // x.shape[1]))
        idle = self.nobody if idle is None else idle

        def some(i: int) -> Found:
            at = slice(i * step, (i + 1) * step)
            state = floats[at], flags[at]
            return self._some(samples.part(at), at, float(index), until, idle[at], stopped, progress, *state)

        return found.side_by_side(spread(some, -(-number // step), threads)), stopped

    def _some(
        self, samples: Layout, at: slice, base: float, until: float, idle: Any, stopped: dict[int, int],
        progress: Progress, floats: FloatArray, flags: NDArray[np.int64],
    ) -> Found:  # fmt: skip
        """Some channels."""
        (number, n), row, width = samples.x.shape, samples.row, samples.across
        if samples.along != 1:
            tile, width = np.empty(number * n, dtype=row.dtype), n
            transposed(row, samples.along, 0, n, number, tile, n, 0)
            row = tile.view()
            row.flags.writeable = False
        room = Room(number * n, self.refractory[0] > 0.0)
        place, ends, status = np.zeros(k.PLACES, dtype=np.int64), np.zeros(number, dtype=np.int64), k.MORE
        while status != k.DONE:
            status = k.delta_channels(
                place, floats, flags, row, width, n, base, until, self.thresholds[at], *self.refractory, idle, BLOCK,
                room.hi, room.lo, room.counts, ends,
            )  # fmt: skip
            c, reached = int(place[k.CHANNEL]), int(place[k.AT])
            if status == k.FULL:
                room.grow(c * n + reached + int(flags[c, k.NEXT]))
            elif status == k.LARGE:
                done = stopped[at.start + c] = reached + int(flags[c, k.NEXT])
                if done:
                    floats[c, k.BEFORE] = samples.x[c, done - 1]
                ends[c], flags[c, k.NEXT] = place[k.FOUND], 0
                place[k.CHANNEL], place[k.AT] = c + 1, 0
            elif progress is not None:
                progress(n if c == number else reached, n)
        return room.found(ends)

    def end(
        self, floats: FloatArray, flags: NDArray[np.int64], index: int, idle: Any = None
    ) -> tuple[Found, dict[int, int]]:
        """Test the last samples once more where a refractory time ends just at the end."""
        due = (flags[:, k.WAITING] != 0) & (floats[:, k.WAKE] == index) & (floats[:, k.WAKE + 1] == 0.0)
        due = due if idle is None else due & ~idle
        if not due.any():
            return found.nothing(len(self.ops)), {}
        return self.run(floats, flags, floats[:, k.BEFORE : k.BEFORE + 1].copy(), index, float(index), ~due)

    def potential(self, floats: FloatArray, flags: NDArray[np.int64]) -> FloatArray:
        """The potentials after what was seen."""
        rows = zip(floats, flags, self.ops, strict=True)
        return np.array([float(Fraction(float(x[k.BEFORE])) - reference(x, f, op.threshold)) for x, f, op in rows])


def encode_delta_channels(
    x: NDArray[Any], ops: tuple[Settings, ...], rate: Fraction, progress: Progress = None, threads: int = 1
) -> Trains | None:
    """Spikes of recordings, the rows of x; None where thresholds or counts leave the range of the kernel."""
    if x.size == 0 or not all(map(in_range, ops)) or x.size > spike_limit():
        return None
    deltas = DeltaChannels(ops, rate)
    floats, flags = deltas.begin()
    spikes, stopped = deltas.run(floats, flags, x, 0, threads=threads, progress=progress)
    if not stopped:
        last, stopped = deltas.end(floats, flags, x.shape[1])
    if stopped:
        return None
    spikes = Found(*in_turn([spikes, last])) if last.hi.size else spikes
    return Trains(spikes, deltas.potential(floats, flags), 0)


def encode_deltas(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """The same of one recording."""
    made = encode_delta_channels(x[None], (op,), rate, progress)
    return None if made is None else Run(*made.spikes[:3], float(made.potentials[0]), 0)
