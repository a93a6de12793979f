"""Encode recorded samples joined by straight lines, one channel, block by block.

    encoder = JoinedEncoder(settings, rate)
    state = encoder.start(index)                       a plain value; index: number of the first sample
    found, state = encoder.run(state, index, x)        x: the samples that come next
    found, state = encoder.finish(state, index)        the very end, where a refractory time may end

A cell is what lies between two samples, so the last sample of a block waits for the next, and a state keeps the at most
64 samples from its anchor on, which are read again when more come. As for held samples (encode_channels.py), any cut
gives the same bits. With ``arithmetic="fast"`` the exact kernel runs too: no other is quicker.
"""

from __future__ import annotations

import math
import threading
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.encode_channels import BLOCK, Scratch, scratch
from spikemath._encoder.encode_samples import HugeSampleError, OneCell, Part, SampleEncoder
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.found import coalesced
from spikemath._encoder.history import History
from spikemath._encoder.joined_kernel import encode_joined, end_joined
from spikemath._encoder.rules import QUICK, Settings, check_mass, few
from spikemath._encoder.sample_kernel import HUGE
from spikemath._encoder.sample_tables import STEEPEST, joined_tables
from spikemath._numeric.jit_lanes import SPAN
from spikemath.signals.checks import FloatArray


class State(NamedTuple):
    """One channel between two blocks."""

    index: int  # type: ignore[assignment]  # of the anchor, the first sample of ``tail``
    tail: FloatArray  # samples since then
    floats: FloatArray  # of the kernel, see firing.py
    flags: NDArray[np.int64]
    undecided: int = 0
    exact: Fraction = Fraction(0)  # the potential at the anchor where there is no leak and the floats do not hold it


_local = threading.local()


def _kept_scratch() -> Scratch:
    """Room of this thread."""
    if not hasattr(_local, "room"):
        _local.room = scratch(2)
    room: Scratch = _local.room
    return room


def takes_joined(op: Settings, rate: Fraction) -> bool:
    """Whether the kernel for joined samples takes this leak."""
    return Fraction(op.alpha) <= Fraction(STEEPEST) * rate


class JoinedEncoder(SampleEncoder):
    """An operator on joined samples of one rate."""

    def __init__(self, op: Settings, rate: Fraction) -> None:
        super().__init__(op._replace(arithmetic="exact"), rate)
        self.joined = joined_tables(*map(float, (self.floats[k.LEAK], self.floats[k.LEAK + 1], self.floats[k.THETA])))

    def start(self, index: int = 0) -> State:
        """The state before the first sample."""
        floats = self.floats.copy()
        floats[k.LAST] = float(index)  # a time is as sharp as the gap since then demands
        return State(index, np.zeros(0), floats, self.flags.copy())

    def run(self, state: State, index: int, x: NDArray[Any]) -> tuple[list[Any], State]:
        """The spikes between these samples."""
        run = JoinedRun(self, state)
        run.feed(self.scaled(np.asarray(x, dtype=np.float64)))
        return run.found(), run.state()

    def finish(self, state: State, index: int) -> tuple[list[Any], State]:
        """What is due at the very end: a refractory time that ends there."""
        run = JoinedRun(self, state)
        run.end()
        return run.found(), run.state()

    def potential(self, state: State) -> float:
        """The potential after :meth:`finish`."""
        u = Fraction(float(state.floats[k.U])) + Fraction(float(state.floats[k.U + 1]))
        return float(u * Fraction(2) ** self.power / self.rate)

    def revived(self, values: Any) -> State:
        """The state of these values."""
        return State(*values)


class JoinedRun(Part):
    """A run over some blocks."""

    encoder: JoinedEncoder

    def __init__(self, encoder: JoinedEncoder, state: State, history: Any = None) -> None:
        super().__init__(encoder, state.exact, history)
        self.index, self.tail, self.undecided = state.index, state.tail, state.undecided
        self.floats, self.flags = state.floats.copy(), state.flags.copy()
        self.room, self.written = _kept_scratch(), 0

    def state(self) -> State:
        """What is carried on."""
        self.flags[k.WRITTEN] = 0  # of the last kernel call
        if not self.flags[k.BASED]:
            self.flags[k.FIRED] = 0  # means nothing then
        return State(self.index, self.tail, self.floats, self.flags, self.undecided, self.exact)

    def found(self) -> list[Any]:
        """Coordinates and counts of all spikes."""
        columns = [np.concatenate(c) for c in list(zip(*self.chunks, strict=True))[:3]]
        return coalesced(*columns) if columns else [np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)]

    def feed(self, block: FloatArray) -> None:
        """Encode the samples that come next."""
        begin = 0
        if self.tail.size and block.size:  # read again, with so much of the block that the anchor comes to lie in it
            begin = min(2 * SPAN, block.size)
            self._encode(np.concatenate([self.tail, block[:begin]]))
            begin -= self.tail.size
        if 0 <= begin < block.size:
            self._encode(block[begin:])

    def _encode(self, x: FloatArray) -> None:
        """Samples from the anchor on, those of the tail included."""
        x, floats, flags, room = _shown(x), self.floats, self.flags, self.room
        known, status = self.known(), k.FULL
        while status != k.DONE:
            flags[k.WRITTEN] = 0
            status = encode_joined(
                floats, flags, x, float(self.index), *self.encoder.joined, room.cells, room.work, room.out
            )  # fmt: skip
            self._collect()
            if status == HUGE:
                raise HugeSampleError(f"a sample beyond 2^400 at or after index {self.index + int(flags[k.CELL])}")
            if status == k.UNDECIDED:
                self.finish(x, known)
                known = self.known()
        if floats[k.LEAK] == 0.0 and floats[k.ERR] > 0.0:
            self.sum_up(x, known)
        kept = int(flags[k.CELL])
        self.tail = x[kept:].copy()
        self.index += kept
        flags[k.CELL] = 0

    def end(self) -> None:
        """The instant of the last sample."""
        x, flags, room, known = _shown(self.tail), self.flags, self.room, self.known()
        flags[k.WRITTEN] = 0
        status = end_joined(self.floats, flags, x, float(self.index), *self.encoder.joined, room.work, room.out)
        self._collect()
        if status == k.UNDECIDED:
            flags[k.CELL] = max(x.size - 1, 0)
            self.finish(x, known)
            flags[k.CELL] -= 1

    def _collect(self) -> None:
        written = int(self.flags[k.WRITTEN])
        if written:
            self.chunks.append(tuple(column[:written].copy() for column in self.room.out))
            self.written += written

    def finish(self, x: FloatArray, known: tuple[int, Fraction, int]) -> None:
        """Finish the cell that the kernel stopped in."""
        super().finish(x, known)
        floats, flags = self.floats, self.flags
        floats[k.BASE], floats[k.BASE + 1], floats[k.BASE_ERR], flags[k.FIRED] = 0.0, 0.0, 0.0, 0

    def _source(self, x: FloatArray, at: int) -> OneCell:
        """What there is from sample ``at`` on to the next."""
        return OneCell(self.index + at, _line(x, at) if at + 1 < x.size else [])

    def _integral(self, x: FloatArray, begin: Fraction, end: Fraction) -> Fraction:
        """The exact integral of the straight lines."""
        i, j = math.floor(begin), math.floor(end)
        total = exact_sum(x[i : j + 1]) - (Fraction(float(x[i])) + Fraction(float(x[j]))) / 2 if i < j else Fraction(0)
        for sign, cell, s in ((-1, i, begin - i), (1, j, end - j)):
            if s:
                d, slope = _line(x, cell)
                total += sign * s * (d + slope * s / 2)
        return total


class _History(History):
    """The potential of a recording from its start."""

    degree = 1

    def __init__(self, x: NDArray[Any], rules: Any) -> None:
        super().__init__(x, rules)
        self.n = int(x.size) - 1

    def density(self, j: int) -> list[Fraction]:
        """The line from a sample to the next."""
        return _line(self.x, j) if j < self.n else [Fraction(0), Fraction(0)]


def _line(x: NDArray[Any], j: int) -> list[Fraction]:
    d = Fraction(float(x[j]))
    return [d, Fraction(float(x[j + 1])) - d]


def _shown(x: FloatArray) -> FloatArray:
    """The same samples as one kind of array, contiguous and read-only: each kind is compiled by itself."""
    view = np.ascontiguousarray(x).view()
    view.flags.writeable = False
    return view


joined_for = lru_cache(maxsize=256)(JoinedEncoder)


def encode_lines(x: FloatArray, rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """Spikes of samples joined by straight lines; None where they need a scale of their own (see cells.py)."""
    encoder = joined_for(op, rate)
    try:
        scaled = encoder.scaled(x)
        run = JoinedRun(encoder, encoder.start(), _History(scaled, encoder.rules))
        checked = x.size <= QUICK
        if checked:
            check_mass(x, rate, op)
        for first in range(0, x.size, BLOCK):
            run.feed(scaled[first : first + BLOCK])
            if not checked and run.written > few():
                check_mass(x, rate, op)
                checked = True
            if progress is not None:
                progress(min(first + BLOCK, x.size), x.size)
    except HugeSampleError:
        return None
    run.end()
    hi, lo, counts = run.found()
    return Run(hi, lo, counts, encoder.potential(run.state()), run.undecided)
