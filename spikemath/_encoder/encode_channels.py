"""Encode channels of samples, held constant, block by block: for whole recordings and for streams.

    channels = SampleChannels(ops, rate)               one operator for each channel
    state = channels.start(index)                      a plain value; index: number of the first sample
    found, state = channels.run(state, index, x)       x (channels, n): the samples that come next

One kernel call takes all channels (channel_kernels.py), so that Python costs little per channel. Samples are arrays of
float64, float32, or integers of at most 32 bits, all taken at their exact values; rows are read where they lie, and
those of a time-major array are transposed tile by tile.

**Canonical arithmetic.** All spikes that lie in a block are found at once. Any cut of the recording into blocks, empty
ones and single samples included, gives bitwise the same spikes and final state: everything reported is computed from
*anchors*, the samples after spikes and every 64th from there on (sample_kernel.py). A state holds the floats and flags
of the kernel at its last anchors, and the at most 63 samples since then, which are read again when more come: the
*head* of a block is a tile of these and the block's first samples, and what follows is read where it lies.

With ``arithmetic="fast"`` the same holds of fast_samples.py, where that applies (``takes_fast``). What the kernel
leaves open is finished by encode_samples.py, channel by channel.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import channel_kernels as ck
from spikemath._encoder import firing as k
from spikemath._encoder import found
from spikemath._encoder.cell_kernel import Work, workspace
from spikemath._encoder.encode_samples import HugeSampleError, Part, encoder_for, takes_fast
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.found import Found, Layout, Piece, Trains
from spikemath._encoder.history import History
from spikemath._encoder.rules import QUICK, Settings, check_mass, few
from spikemath._encoder.sample_kernel import HUGE
from spikemath._encoder.sample_tables import Tables
from spikemath._numeric.jit_lanes import SPAN
from spikemath._numeric.threads import number_of, spread
from spikemath.signals.cells import Block
from spikemath.signals.checks import FloatArray

BLOCK, ROOM = 1 << 21, 1 << 14  # samples and spikes of one kernel call: milliseconds, so that Ctrl-C is answered
WIDE, LONG = 128, 512  # channels and samples of a tile, so that it stays in the cache
ODD = 8  # more samples in a row of tiles, so that the rows do not compete for the same places in the cache


class State(NamedTuple):
    """All channels between two blocks."""

    floats: FloatArray  # of the kernel, a row for each channel: see firing.py
    flags: NDArray[np.int64]
    anchors: NDArray[np.int64]  # number of the sample that they stand before
    tails: NDArray[Any]  # (channels, 64): the samples since then at the end of each row, behind zeros
    exact: tuple[tuple[int, Fraction], ...] = ()  # channel and potential where there is no leak and no floats hold it
    undecided: int = 0

    def part(self, at: slice) -> State:
        """Some channels, from 0 on."""
        exact = tuple((c - at.start, u) for c, u in self.exact if at.start <= c < at.stop)
        return State(self.floats[at], self.flags[at], self.anchors[at], self.tails[at], exact)


class Scratch(NamedTuple):
    """Room that one running kernel needs."""

    cells: Block
    work: Work
    out: k.Output
    owner: NDArray[np.int64]


def scratch(terms: int = 1) -> Scratch:
    """Room for one thread; ``terms``: coefficients between two samples."""
    one: list[FloatArray] = [*(np.zeros(1) for _ in range(7)), *np.zeros((2, terms, 1)), np.zeros(1)]
    return Scratch(Block._make(one), workspace(terms), k.output(ROOM), np.zeros(ROOM + 1, dtype=np.int64))


_local = threading.local()


def _kept_scratch() -> Scratch:
    """The same, kept for the blocks of streams: of this thread."""
    if not hasattr(_local, "room"):
        _local.room = scratch()
    room: Scratch = _local.room
    return room


class SampleChannels:
    """Operators on samples of one rate, one for each channel; they differ in threshold and leak at most."""

    def __init__(self, ops: tuple[Settings, ...], rate: Fraction) -> None:
        made = {id(op): encoder_for(op, rate) for op in ops}
        self.encoders = [made[id(op)] for op in ops]
        self.rate, self.number, self.fast = rate, len(ops), self.encoders[0].fast
        unique = {id(e): e for e in self.encoders}
        order = {key: i for i, key in enumerate(unique)}
        self.which = np.array([order[id(e)] for e in self.encoders], dtype=np.int64)
        self.tables = Tables(*(np.stack(t) for t in zip(*(e.tables for e in unique.values()), strict=True)))
        self.begun = [np.stack([getattr(e, x) for e in unique.values()])[self.which] for x in ("floats", "flags")]
        self.sums = not self.fast and any(e.op.alpha == 0.0 for e in unique.values())  # kept exactly
        self.scaled = any(e.power for e in unique.values())

    def start(self, index: int = 0) -> State:
        """Before the first sample."""
        floats, flags = (x.copy() for x in self.begun)
        floats[:, k.LAST] = float(index)  # a time is as sharp as the gap since then demands
        anchors = np.full(self.number, index, dtype=np.int64)
        return State(floats, flags, anchors, np.zeros((self.number, SPAN), dtype=np.bool_))

    def run(
        self,
        state: State,
        index: int,
        x: NDArray[Any],
        threads: int = 1,
        last: bool = False,
        whole: bool = False,
        progress: Progress = None,
    ) -> tuple[Found, State]:
        """The spikes of these samples; ``last``: with the instant after them; ``whole``: they are the recording."""
        n, step = x.shape[1], -(-self.number // number_of(threads))
        if not n and not last:
            return found.nothing(self.number), state
        if self.scaled:
            x = np.stack([e.scaled(row) for e, row in zip(self.encoders, x, strict=True)])
        samples = found.layout(x)
        if samples.along != 1:
            step = min(step, WIDE * max(LONG // n, 1))

        def some(i: int) -> tuple[Found, State]:
            at = slice(i * step, (i + 1) * step)
            return _Run(self, at, state.part(at), whole, progress).over(index, samples.part(at), last)

        done = spread(some, -(-self.number // step), threads)
        if len(done) == 1:
            spikes, after = done[0]
        else:
            spikes = found.side_by_side([one for one, _ in done])
            after = _side_by_side([one for _, one in done], step)
        return spikes, after._replace(undecided=state.undecided + after.undecided)

    def finish(self, state: State, index: int) -> tuple[Found, State]:
        """What is due at the very end: a refractory time that ends there."""
        return self.run(state, index, state.tails[:, :0], last=True)

    def potential(self, state: State) -> FloatArray:
        """The potentials after :meth:`finish`, or where ``last`` samples were run."""
        u, rest = state.floats[:, k.U], state.floats[:, k.U + 1]
        if self.rate == 1 and not self.scaled:
            return np.asarray(u + rest)
        units = [Fraction(2) ** e.power / self.rate for e in self.encoders]
        sums = zip(u.tolist(), rest.tolist(), units, strict=True)
        return np.array([float((Fraction(a) + Fraction(b)) * unit) for a, b, unit in sums])

    def undecided(self, state: State) -> int:
        """Comparisons that were left open."""
        return state.undecided

    def revived(self, values: Any) -> State:
        """The state of these values."""
        return State(*values)


def _side_by_side(parts: list[State], step: int) -> State:
    """The state of all channels, of those of ``step`` channels each."""
    floats, flags, anchors, tails = (np.concatenate([p[i] for p in parts]) for i in range(4))
    exact = tuple((c + i * step, u) for i, part in enumerate(parts) for c, u in part.exact)
    return State(floats, flags, anchors, tails, exact, sum(p.undecided for p in parts))


class _Run:
    """Some channels from a state on; see channel_kernels.py for what it hands to the kernels."""

    row: NDArray[Any]  # the samples that the kernels read, and as a grid: channel c from row[c width] on
    grid: NDArray[Any]
    width: int
    tile: NDArray[Any]  # to be filled block by block with ``columns`` of a time-major source, or empty
    source: NDArray[Any]
    columns: int
    begins: NDArray[np.int64]
    bases: FloatArray
    place: NDArray[np.int64]

    def __init__(self, channels: SampleChannels, at: slice, state: State, whole: bool, progress: Progress) -> None:
        self.encoders, self.which, self.tables = channels.encoders[at], channels.which[at], channels.tables
        self.fast, self.sums, self.number = channels.fast, channels.sums, len(state.floats)
        self.left, self.whole, self.progress = at.start, whole, progress
        self.floats, self.flags = state.floats.copy(), state.flags.copy()
        self.anchors, self.tails, self.exact = state.anchors, state.tails, dict(state.exact)
        self.room = scratch() if whole else _kept_scratch()
        self.pieces: list[Piece] = []
        self.start = 0, 0  # piece, and place in it, at which the spikes of the block begin
        self.learnt: dict[int, tuple[int, Fraction, int]] = {}  # what exact arithmetic has found in the block
        self.parts: dict[int, Part] = {}
        self.places: dict[int, list[tuple[int, bool]]] = {}  # which pieces the chunks of a part are from
        self.undecided = self.written = 0
        self.ended = False  # whether the instant after the last sample has begun

    def over(self, index: int, samples: Layout, last: bool) -> tuple[Found, State]:
        """Encode samples from number ``index`` on."""
        kind = self._kind(samples.x)
        if samples.along != 1 and kind != samples.x.dtype:  # what is transposed keeps its type
            samples = found.layout(samples.x.astype(kind))
        x, n = samples.x, samples.x.shape[1]
        self.recording, self.checked = x, not self.whole
        if self.whole and x.size <= QUICK:
            self._check_mass()
        head = 0
        if samples.along != 1:
            width = SPAN + -(-min(LONG, BLOCK, n) // SPAN) * SPAN + ODD
            self._tile(width, kind, index, index + n, min(LONG, BLOCK))
            self.source, self.columns = samples.row, samples.along
            ck.load(self.place, self.source, self.columns, self.tile, self.width, self.begins)
            self._encode()
        else:
            if n < SPAN or (self.anchors != index).any():
                head = min(SPAN, n)
                self._tile(SPAN + head, kind, index, index + head, SPAN)
                self.grid[:, SPAN:] = x[:, :head]
                self._encode()
            if head < n:
                self.grid, self.row, self.width, self.tile = x, samples.row, samples.across, np.zeros(0, x.dtype)
                self._open(index, index + head, index + n, BLOCK)
                self._encode()
        if last:
            self._end()
        return found.by_channel(self.pieces, self.number), self._state(last)

    def _kind(self, x: NDArray[Any]) -> Any:
        """The type of samples that holds those of the state and these."""
        if self.tails.dtype == x.dtype != np.bool_:
            return x.dtype
        kind = np.result_type(self.tails.dtype, x.dtype)
        return np.dtype(np.float64) if kind.itemsize == 8 or kind == np.bool_ else kind

    def _tile(self, width: int, kind: Any, first: int, total: int, step: int) -> None:
        """Make a tile, the samples since the anchors in front, behind which come those from ``first`` on."""
        self.grid, self.width = np.zeros((self.number, width), dtype=kind), width
        self.grid[:, :SPAN] = self.tails
        self.tile = self.grid.reshape(-1)
        self.row = self.tile.view()
        self.row.flags.writeable = False
        self._open(first - SPAN, first, total, step)

    def _open(self, shift: int, first: int, total: int, step: int) -> None:
        """Begin with samples ``first`` to ``total``, in steps; sample k is in column k - shift of the grid."""
        last, sums = min(first + step, total), self.sums
        self.place = np.array([0, first, last, shift, total, step, 0, sums, 0, first], dtype=np.int64)  # see there
        self.source, self.columns = self.row[:0], 0
        self.begins, self.bases = self.anchors - shift, self.anchors.astype(np.float64)
        self.flags[:, k.CELL] = 0
        self.before = self.floats.copy() if self.sums else self.floats
        self.start, self.learnt = (len(self.pieces), 0), {}

    def _encode(self) -> None:
        """Encode what was opened."""
        place, total, status = self.place, int(self.place[ck.TOTAL]), ck.MORE
        while status != k.DONE:
            block = int(place[ck.FIRST])
            written, status = self._kernel()
            if place[ck.FIRST] != block:
                self.start, self.learnt = (len(self.pieces), int(place[ck.MARK])), {}
            self._collect(written)
            if status == HUGE or (self.fast and status == k.UNDECIDED):
                what = "a sample beyond 2^400" if status == HUGE else "a sample with too many spikes"
                number = int(self.bases[c := int(place[ck.CHANNEL])]) + int(self.flags[c, k.CELL])
                raise HugeSampleError(f"{what} at or after index {number} of channel {self.left + c}")
            if status == k.UNDECIDED:
                self._finish(int(place[ck.CHANNEL]))
            elif status == ck.INEXACT:
                self._sum_up()
            if not self.checked and self.written > few():
                self._check_mass()
            if self.progress is not None and place[ck.FIRST] != block:
                self.progress(int(place[ck.FIRST]), total)
        if self.sums:
            self._sum_up()
        self.anchors = place[ck.SHIFT] + self.begins + self.flags[:, k.CELL]
        if self.progress is not None:
            self.progress(total, total)

    def _check_mass(self) -> None:
        self.checked = True
        for row, encoder in zip(self.recording, self.encoders, strict=True):
            check_mass(row, encoder.rate, encoder.op, encoder.power)

    def _kernel(self) -> Any:
        state = (
            self.place, self.floats, self.flags, self.before, self.row, self.width, self.source, self.columns,
            self.tile, self.begins, self.bases, self.which, self.tables, BLOCK,
        )  # fmt: skip
        if self.fast:
            return ck.fast_channels(*state, self.room.out, self.room.owner)
        return ck.encode_channels(*state, *self.room)

    def _end(self) -> None:
        """The instant after the last sample."""
        self.ended = True
        place, state = self.place, (self.floats, self.flags, self.row, self.width, self.begins)
        if self.fast:
            ck.end_fast_channels(place, *state, self.which, self.tables)
        else:
            place[ck.CHANNEL], status = 0, k.FULL
            while status != k.DONE:
                rest = self.bases, self.which, self.tables, *self.room[1:]
                written, status = ck.end_channels(place, *state, *rest)
                self._collect(written)
                if status == k.UNDECIDED:
                    c = int(place[ck.CHANNEL])
                    self._finish(c)
                    self.flags[c, k.CELL] -= 1
                    place[ck.CHANNEL] += 1
        self.anchors = place[ck.SHIFT] + self.begins + self.flags[:, k.CELL]

    def _collect(self, written: int) -> None:
        """Put away what a kernel call has written."""
        if written:
            columns = tuple(column[:written].copy() for column in self.room.out)
            self.pieces.append(found.piece(columns, self.room.owner[:written].copy()))
            self.written += written

    def _samples(self, c: int) -> NDArray[Any]:
        """What the kernel has seen of a channel since its block began."""
        row: NDArray[Any] = self.grid[c, self.begins[c] : self.place[ck.LAST] - self.place[ck.SHIFT]]
        return row

    def _part(self, c: int) -> Part:
        """One channel as encode_samples.py knows it, with all of its spikes so far."""
        if c not in self.parts:
            encoder = self.encoders[c]
            history = History(self.recording[c], encoder.rules) if self.whole else None
            self.parts[c], self.places[c] = Part(encoder, self.exact.get(c, Fraction(0)), history), []
        part, places = self.parts[c], self.places[c]
        part.floats, part.flags, part.index = self.floats[c], self.flags[c], int(self.bases[c])
        for i in self._unseen(c, places[-1][0] + 1 if places else 0):
            mine = self.pieces[i].of(c)
            cut = np.searchsorted(mine, self.start[1]) if i == self.start[0] else 0
            for late, chosen in enumerate((mine[:cut], mine[cut:])):
                if chosen.size:
                    part.chunks.append(tuple(x[chosen] for x in self.pieces[i].columns))
                    places.append((i, bool(late)))
        return part

    def _unseen(self, c: int, begin: int) -> list[int]:
        """Pieces from ``begin`` on that a channel may have spikes in: of the block alone, but for a history."""
        number, block = len(self.pieces), self.start[0]
        if self.ended or (self.whole and self.floats[c, k.LEAK] > 0.0):
            return list(range(begin, number))
        later = bisect_left(self.pieces, c, lo=min(block + 1, number), key=lambda piece: piece.last)  # channels rise
        until = bisect_right(self.pieces, c, lo=later, key=lambda piece: piece.first)
        return [i for i in (block, *range(later, until)) if begin <= i < number]

    def _known(self, c: int) -> tuple[int, Fraction, int]:
        """As ``Part.known``, of the beginning of the block."""
        if c in self.learnt:
            return self.learnt[c]
        u, rest, error = (float(self.before[c, i]) for i in (k.U, k.U + 1, k.ERR))
        exact = self.parts[c].exact if error > 0.0 else Fraction(u) + Fraction(rest)
        return 0, exact, bisect_left(self.places[c], (self.start[0], True))

    def _finish(self, c: int) -> None:
        """Let exact arithmetic finish the sample that the kernel stopped in."""
        part = self._part(c)
        seen, undecided = len(part.chunks), part.undecided
        part.finish(self._samples(c), self._known(c))
        self.undecided += part.undecided - undecided
        for columns in part.chunks[seen:]:
            self.places[c].append((len(self.pieces), True))
            self.pieces.append(found.piece(columns, np.full(columns[0].size, c, dtype=np.int64)))
        if self.sums:
            self.learnt[c] = part.known()

    def _inexact(self) -> list[int]:
        """Channels without leak whose potential is no double-double."""
        if not self.sums:
            return []
        here: list[int] = np.nonzero((self.floats[:, k.LEAK] == 0.0) & (self.floats[:, k.ERR] > 0.0))[0].tolist()
        return here

    def _sum_up(self) -> None:
        """Keep exact sums beside potentials that are no double-doubles."""
        self.place[ck.TOLD] = 1
        for c in self._inexact():
            part = self._part(c)
            part.sum_up(self._samples(c), self._known(c))
            self.learnt[c] = part.known()

    def _state(self, last: bool) -> State:
        """What is carried on; what kernels leave lying, and what means nothing any more, is 0."""
        flags, exact = self.flags, tuple[tuple[int, Fraction], ...]()
        tails: NDArray[Any] = np.zeros((self.number, SPAN), dtype=np.bool_ if last else self.grid.dtype)
        if not last:
            ck.kept(self.place, self.row, self.width, self.begins, flags, tails)
            exact = tuple((c, self.parts[c].exact) for c in self._inexact())
        flags[:, k.CELL] = flags[:, k.WRITTEN] = 0
        if not self.fast:
            flags[flags[:, k.BASED] == 0, k.FIRED] = 0
        return State(self.floats, flags, self.anchors, tails, exact, self.undecided)


channels_for = lru_cache(maxsize=256)(SampleChannels)


def encode_channels(
    x: NDArray[Any], ops: tuple[Settings, ...], rate: Fraction, progress: Progress = None, threads: int = 1
) -> Trains | None:
    """Spikes of the rows of x, whole recordings of one rate; None where one of them needs a scale of its own."""
    if x.size == 0 or (ops[0].arithmetic == "fast" and not all(takes_fast(op, rate) for op in ops)):
        return None
    channels = channels_for(ops, rate)
    try:
        spikes, state = channels.run(channels.start(), 0, x, threads, True, True, progress)
    except HugeSampleError:
        return None
    return Trains(spikes, channels.potential(state), state.undecided)


def encode_recording(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """The same of one recording."""
    made = encode_channels(x[None], (op,), rate, progress)
    if made is None:
        return None
    hi, lo, counts, _ = made.spikes
    return Run(hi, lo, counts, float(made.potentials[0]), made.undecided)
