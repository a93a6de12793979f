"""Encode many recordings at once that are the rows of one array: what encode_recording.py does, channel after channel.

One kernel call takes many channels, so that Python costs little per channel. The rows are read where they lie; those of
a time-major array are transposed tile by tile, with up to 63 samples of every channel left over from tile to tile.

What is found is kept as *pieces*: the columns of one kernel call, with the channel of each spike. They are sorted by
channel at the end. Where the kernels do not take a channel (huge samples), the answer is None.
"""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import channel_kernels as ck
from spikemath._encoder import firing as k
from spikemath._encoder.encode_recording import QUICK, History, check_mass, encoder_for, few
from spikemath._encoder.encode_samples import ROOM, HugeSampleError, Part, SampleEncoder, scratch, takes_fast
from spikemath._encoder.encode_train import Progress
from spikemath._encoder.rules import Settings
from spikemath._encoder.sample_kernel import HUGE
from spikemath._encoder.sample_tables import Tables
from spikemath._numeric.jit_lanes import SPAN
from spikemath._numeric.threads import spread
from spikemath.signals.checks import FloatArray

CALL = 1 << 20  # samples of one kernel call: some milliseconds, so that Ctrl-C is answered
WIDE, LONG = 128, 512  # channels and samples of a tile, so that it stays in the cache
ODD = 8  # more samples in a row of tiles, so that the rows do not compete for the same places in the cache


class Trains(NamedTuple):
    """Spikes of all channels, channel after channel; potentials at the end."""

    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]
    indptr: NDArray[np.int64]
    potentials: FloatArray
    undecided: int


class _Piece(NamedTuple):
    """Spikes of one kernel call."""

    columns: tuple[Any, ...]  # hi, lo, counts, jumps
    owner: NDArray[np.int64]  # the channel of each


class _Channels:
    """Some rows of x, held constant; see channel_kernels.py for what it hands to the kernels."""

    def __init__(self, x: NDArray[Any], left: int, encoders: list[SampleEncoder]) -> None:
        number = len(encoders)
        self.rows, self.encoders, self.number = x[left : left + number], encoders, number
        self.left, self.total = left, x.shape[1]
        unique = {id(e): e for e in encoders}
        order = {key: i for i, key in enumerate(unique)}
        self.which = np.array([order[id(e)] for e in encoders], dtype=np.int64)
        self.tables = Tables(*(np.stack(t) for t in zip(*(e.tables for e in unique.values()), strict=True)))
        begun = [e.start() for e in unique.values()]
        self.floats = np.stack([s.floats for s in begun])[self.which]
        self.flags = np.stack([s.flags for s in begun])[self.which]
        self.fast = encoders[0].fast
        self.sums = not self.fast and any(e.op.alpha == 0.0 for e in unique.values())  # kept exactly
        self.before = self.floats.copy()
        self.begins, self.bases = np.zeros(number, dtype=np.int64), np.zeros(number)
        self.place = np.zeros(ck.PLACES, dtype=np.int64)
        self.room, self.owner = scratch(), np.zeros(ROOM + 1, dtype=np.int64)
        self.columns, self.source = 0, x[0, :0]
        self.x, self.tile, width = self.rows, np.zeros(0, dtype=x.dtype), 0
        step = CALL
        if not x.flags.c_contiguous:  # time-major
            self.columns, self.source, step = len(x), x.T.reshape(-1), LONG
            width = SPAN + -(-min(step, self.total) // SPAN) * SPAN + ODD
            self.tile = np.zeros(number * width, dtype=x.dtype)
            self.x = self.tile.reshape(number, width)
            self.x.flags.writeable = False
        self.width, self.step = width, step
        self.pieces: list[_Piece] = []
        self.start = 0, 0  # piece, and place in it, at which the spikes of the block begin
        self.learnt: dict[int, tuple[int, Fraction, int]] = {}  # what exact arithmetic has found in the block
        self.parts: dict[int, Part] = {}
        self.places: dict[int, list[tuple[int, bool]]] = {}  # which pieces the chunks of a part are from
        self.undecided = self.written = 0

    def run(self, progress: Progress) -> Trains:
        """Encode all."""
        place, checked = self.place, self.rows.size <= QUICK
        if checked:
            self._check_mass()
        place[ck.TOTAL], place[ck.STEP], place[ck.SUMS] = self.total, self.step, self.sums
        place[ck.LAST] = min(self.step, self.total)
        if self.columns:
            ck.load(place, self.source, self.columns, self.left, self.tile, self.width, self.begins)
        status = ck.MORE
        while status != k.DONE:
            block = int(place[ck.FIRST])
            written, status = self._kernel()
            if place[ck.FIRST] != block:
                self.start, self.learnt = (len(self.pieces), int(place[ck.MARK])), {}
            self._collect(written)
            if status == HUGE or (self.fast and status == k.UNDECIDED):
                raise HugeSampleError(f"channel {self.left + int(place[ck.CHANNEL])}")
            if status == k.UNDECIDED:
                self._finish(int(place[ck.CHANNEL]))
            elif status == ck.INEXACT:
                self._sum_up()
            if not checked and self.written > few():
                self._check_mass()
                checked = True
            if progress is not None and place[ck.FIRST] != block:
                progress(int(place[ck.FIRST]), self.total)
        if self.sums:
            self._sum_up()
        self._end()
        if progress is not None:
            progress(self.total, self.total)
        return self._trains()

    def _check_mass(self) -> None:
        for row, encoder in zip(self.rows, self.encoders, strict=True):
            check_mass(row, encoder.rate, encoder.op)

    def _kernel(self) -> Any:
        state = (
            self.place, self.floats, self.flags, self.before, self.x, self.source, self.columns, self.left, self.tile,
            self.width, self.begins, self.bases, self.which, self.tables, CALL,
        )  # fmt: skip
        if self.fast:
            return ck.fast_channels(*state, self.room.out, self.owner)
        return ck.encode_channels(*state, self.room.cells, self.room.work, self.room.out, self.owner)

    def _end(self) -> None:
        """The instant after the last sample."""
        place, state = self.place, (self.floats, self.flags, self.x, self.begins)
        if self.fast:
            ck.end_fast_channels(place, *state, self.which, self.tables)
            return
        place[ck.CHANNEL], status = 0, k.FULL
        while status != k.DONE:
            rest = self.bases, self.which, self.tables, self.room.work, self.room.out, self.owner
            written, status = ck.end_channels(place, *state, *rest)
            self._collect(written)
            if status == k.UNDECIDED:
                self._finish(int(place[ck.CHANNEL]))
                place[ck.CHANNEL] += 1

    def _collect(self, written: int) -> None:
        """Put away what a kernel call has written."""
        if written:
            columns = tuple(column[:written].copy() for column in self.room.out)
            self.pieces.append(_Piece(columns, self.owner[:written].copy()))
            self.written += written

    def _samples(self, c: int) -> NDArray[Any]:
        """What the kernel has seen of a channel since its block began."""
        row: NDArray[Any] = self.x[c, self.begins[c] : self.place[ck.LAST] - self.place[ck.SHIFT]]
        return row

    def _part(self, c: int) -> Part:
        """One channel as encode_samples.py knows it, with all of its spikes so far."""
        if c not in self.parts:
            encoder, row = self.encoders[c], np.ascontiguousarray(self.rows[c])
            self.parts[c] = Part(encoder, encoder.start(), History(row, encoder.rules), self.room)
            self.places[c] = []
        part, places = self.parts[c], self.places[c]
        part.floats, part.flags, part.index = self.floats[c], self.flags[c], int(self.bases[c])
        for i in range(places[-1][0] + 1 if places else 0, len(self.pieces)):
            mine = np.nonzero(self.pieces[i].owner == c)[0]
            cut = np.searchsorted(mine, self.start[1]) if i == self.start[0] else 0
            for late, chosen in enumerate((mine[:cut], mine[cut:])):
                if chosen.size:
                    part.chunks.append(tuple(x[chosen] for x in self.pieces[i].columns))
                    places.append((i, bool(late)))
        return part

    def _known(self, c: int) -> tuple[int, Fraction, int]:
        """As ``Part._known``, of the beginning of the block."""
        if c in self.learnt:
            return self.learnt[c]
        u, rest, error = (float(self.before[c, i]) for i in (k.U, k.U + 1, k.ERR))
        exact = self.parts[c].exact if error > 0.0 else Fraction(u) + Fraction(rest)
        return 0, exact, bisect_left(self.places[c], (self.start[0], True))

    def _finish(self, c: int) -> None:
        """Let exact arithmetic finish the sample that the kernel stopped in."""
        part = self._part(c)
        seen, undecided = len(part.chunks), part.undecided
        part._finish(self._samples(c), int(self.flags[c, k.CELL]), self._known(c))
        self.undecided += part.undecided - undecided
        for columns in part.chunks[seen:]:
            self.places[c].append((len(self.pieces), True))
            self.pieces.append(_Piece(columns, np.full(columns[0].size, c, dtype=np.int64)))
        if self.sums:
            self.learnt[c] = part._known()

    def _sum_up(self) -> None:
        """Keep exact sums beside potentials that are no double-doubles."""
        self.place[ck.TOLD] = 1
        for c in np.nonzero((self.floats[:, k.LEAK] == 0.0) & (self.floats[:, k.ERR] > 0.0))[0].tolist():
            part = self._part(c)
            part.exact = part._exactly(self._samples(c), self._known(c))
            self.learnt[c] = part._known()

    def _trains(self) -> Trains:
        """All pieces, sorted by channel; spikes that two floats cannot tell apart are one."""
        sizes = np.zeros(self.number, dtype=np.int64)
        for piece in self.pieces:
            sizes += np.bincount(piece.owner, minlength=self.number)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        total = int(indptr[-1])
        columns: list[NDArray[Any]] = [np.empty(total), np.empty(total), np.empty(total, dtype=np.int64)]
        for j, column in enumerate(columns):
            at = indptr[:-1].copy()
            for piece in self.pieces:
                ck.sorted_by_owner(piece.owner, at, piece.columns[j], column)
        hi, lo, counts = columns
        first = np.ones(total, dtype=np.bool_)
        first[1:] = (hi[1:] != hi[:-1]) | (lo[1:] != lo[:-1])
        first[indptr[:-1][indptr[:-1] < total]] = True
        if not first.all():
            summed = np.add.reduceat(counts, np.nonzero(first)[0])
            kept = first.copy()
            kept[first] = summed != 0
            hi, lo, counts = hi[kept], lo[kept], summed[summed != 0]
            indptr = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])[indptr]
        return Trains(hi, lo, counts, indptr, self._potentials(), self.undecided)

    def _potentials(self) -> FloatArray:
        u, rest = self.floats[:, k.U], self.floats[:, k.U + 1]
        rate = self.encoders[0].rate
        if rate == 1:
            return np.asarray(u + rest)
        pairs = zip(u.tolist(), rest.tolist(), strict=True)
        return np.array([float((Fraction(a) + Fraction(b)) / rate) for a, b in pairs])


def encode_channels(
    x: NDArray[Any], ops: list[Settings], rate: Fraction, progress: Progress = None, threads: int = 1
) -> Trains | None:
    """Spikes of the rows of x, samples of one rate; None where one of them needs a scale of its own."""
    if x.size == 0 or (ops[0].arithmetic == "fast" and not all(takes_fast(op, rate) for op in ops)):
        return None
    made = {id(op): encoder_for(op, rate) for op in {id(op): op for op in ops}.values()}
    encoders = [made[id(op)] for op in ops]
    if any(e.power for e in made.values()):
        return None
    view = x if x.flags.c_contiguous or x.T.flags.c_contiguous else np.ascontiguousarray(x)
    view = view.view()
    view.flags.writeable = False
    step = -(-len(ops) // max(threads, 1)) if isinstance(threads, int) else len(ops)
    step = step if view.flags.c_contiguous else min(step, WIDE)

    def some(i: int) -> Trains:
        return _Channels(view, i * step, encoders[i * step : (i + 1) * step]).run(progress)

    try:
        return _joined(spread(some, -(-len(ops) // step), threads))
    except HugeSampleError:
        return None


def _joined(parts: list[Trains]) -> Trains:
    if len(parts) == 1:
        return parts[0]
    sizes = np.concatenate([np.diff(p.indptr) for p in parts])
    indptr = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    hi, lo, counts = (np.concatenate([p[i] for p in parts]) for i in range(3))
    potentials = np.concatenate([p.potentials for p in parts])
    return Trains(hi, lo, counts, indptr, potentials, sum(p.undecided for p in parts))
