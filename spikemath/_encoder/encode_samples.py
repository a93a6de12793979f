"""Encode recorded samples, held constant, block by block: the interface for whole recordings and for streams.

    encoder = SampleEncoder(settings, rate)                   what the operator is, in ticks; plain values, picklable
    state = encoder.start()                                   one channel; a plain value, picklable
    state, found = encoder.run(state, block)                  block: samples that come next, (n,)
    state, found = encoder.run(state, block, last=True)       the same at the end of the recording (or of the domain)

``found`` is ``Found(hi, lo, counts)``: coordinates (samples since the start of the recording) and signed counts of the
spikes in the block. Blocks are contiguous arrays of float64, float32, or integers of at most 32 bits, all taken at
their exact values.

**Canonical arithmetic.** All spikes that lie in a block are found at once. Any cut of the recording into blocks, empty
ones and single samples included, gives bitwise the same spikes and final state: everything reported is computed from
*anchors*, the samples after spikes and every 64th from there on (sample_kernel.py). A state holds the floats and flags
of the kernel at its last anchor, and the at most 63 samples since then, which are read again when more come.

With ``arithmetic="fast"`` the same holds of fast_samples.py, where that applies (``takes_fast``).

What the kernel's bounds leave open goes to exact_cell.py. With ``history`` (the whole recording, as ``Cells``) it is
decided without doubt. A stream has none. Without leak it needs none: the potential is a dyadic rational, which the
floats hold, or else ``state.exact``. With a leak the enclosure that the kernel carries (some 2^-80 of the threshold
wide) has the last word, and what it leaves open fires and is counted in ``state.undecided``.

A sample beyond 2^400 is a ``HugeSampleError``: it needs a scale that is chosen for all data at once (encode_signal.py).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import channel_kernels as ck
from spikemath._encoder import firing as k
from spikemath._encoder import sample_tables
from spikemath._encoder.cell_kernel import Work, workspace
from spikemath._encoder.encode_train import coalesced, empty
from spikemath._encoder.exact_cell import FILTER_BITS, CellRun, Outcome, Place, Rules, columns, place_of, put_back
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.rules import Settings, kernel_state
from spikemath._encoder.sample_kernel import HUGE
from spikemath._numeric.balls import arb
from spikemath._numeric.jit_lanes import SPAN
from spikemath._numeric.potential import Potential, Undecided, fraction, precision, rational
from spikemath.signals.cells import Block
from spikemath.signals.checks import FloatArray

_ONLY = np.zeros(1, dtype=np.int64)
BLOCK, ROOM = 1 << 21, 1 << 14  # samples and spikes per kernel call: some milliseconds, so that Ctrl-C is answered


class HugeSampleError(ValueError):
    """A sample beyond 2^400."""


class Found(NamedTuple):
    """Spikes: coordinates hi + lo in samples since the start of the recording, and signed counts."""

    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]


class State(NamedTuple):
    """One channel between two blocks."""

    index: int  # type: ignore[assignment]  # of the anchor, the first sample of ``tail``
    tail: NDArray[Any]  # samples since then
    floats: FloatArray  # of the kernel, see firing.py
    flags: NDArray[np.int64]
    undecided: int = 0
    exact: Fraction = Fraction(0)  # the potential at the anchor where there is no leak and the floats do not hold it


@lru_cache(maxsize=256)
def _tables(ah: float, al: float, theta: float) -> sample_tables.Tables:
    return sample_tables.tables(ah, al, theta)


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


def takes_fast(op: Settings, rate: Fraction) -> bool:
    """Whether ``arithmetic="fast"`` has a kernel for samples here (else cell_kernel.py runs without its bounds)."""
    return op.refractory == 0.0 and Fraction(op.alpha) <= rate


class SampleEncoder:
    """An operator on samples of one rate."""

    terms = 1  # coefficients between two samples

    def __init__(self, op: Settings, rate: Fraction) -> None:
        self.op, self.rate = op, rate
        self.fast = op.arithmetic == "fast"
        if self.fast and not takes_fast(op, rate):
            raise ValueError("fast arithmetic on samples takes no refractory time and no leak above 1 per sample")
        theta = Fraction(op.threshold) * rate
        plain = Fraction(2) ** -200 < theta < Fraction(2) ** 200
        self.power = 0 if plain else theta.numerator.bit_length() - theta.denominator.bit_length()
        self.theta = theta * Fraction(2) ** -self.power
        self._begun = floats, _ = kernel_state(op, rate, self.power)
        self.tables = _tables(*map(float, (floats[k.LEAK], floats[k.LEAK + 1], floats[k.THETA])))
        self.stacked = sample_tables.Tables(*(t[None] for t in self.tables))
        self.rules = Rules(
            rational(self.theta),
            rational(Fraction(op.alpha) / rate),
            rational(Fraction(op.refractory) * rate),
            op.reset_code,
            op.bipolar,
        )

    def __reduce__(self) -> Any:
        return type(self), (self.op, self.rate)

    def part(self, state: State, history: Any = None, room: Scratch | None = None) -> Part:
        """A run over some blocks, from a state on."""
        return Part(self, state, history, room if room is not None else scratch())

    def start(self) -> State:
        """The state before the first sample."""
        floats, flags = self._begun
        return State(0, np.zeros(0), floats.copy(), flags.copy())

    def run(
        self, state: State, block: NDArray[Any], last: bool = False, history: Any = None, room: Scratch | None = None
    ) -> tuple[State, Found]:
        """Encode the samples that come next; see the top of the file."""
        part = self.part(state, history, room)
        part.feed(block)
        if last:
            part.end()
        return part.state(), part.found()

    def potential(self, state: State) -> float:
        """The potential after ``run(..., last=True)``."""
        u = Fraction(float(state.floats[k.U])) + Fraction(float(state.floats[k.U + 1]))
        return float(u * Fraction(2) ** self.power / self.rate)

    def scaled(self, block: NDArray[Any]) -> NDArray[Any]:
        """Samples as the kernel takes them: for a huge or tiny threshold times a power of two."""
        if not self.power:
            return block
        with np.errstate(under="ignore", over="ignore"):
            made = np.ldexp(block.astype(np.float64), -self.power)
            if not np.array_equal(np.ldexp(made, self.power), block):
                raise HugeSampleError("samples and threshold span more than the range of float64")
        return made


class Part:
    """A run over some blocks."""

    def __init__(self, encoder: SampleEncoder, state: State, history: Any, room: Scratch) -> None:
        self.encoder, self.room, self.history = encoder, room, history
        self.index, self.tail = state.index, state.tail
        self.floats, self.flags, self.undecided = state.floats.copy(), state.flags.copy(), state.undecided
        self.exact = state.exact
        self.chunks: list[tuple[Any, Any, Any, Any]] = []
        self.written = 0

    def state(self) -> State:
        return State(self.index, self.tail, self.floats, self.flags, self.undecided, self.exact)

    def found(self) -> Found:
        if not self.chunks:
            return Found(*empty())
        hi, lo, counts = (np.concatenate(c) for c in list(zip(*self.chunks, strict=True))[:3])
        return Found(*coalesced(hi, lo, counts))

    def feed(self, block: NDArray[Any]) -> None:
        """Encode the samples that come next."""
        block, begin = self.encoder.scaled(block), 0
        if self.tail.size:  # read again, with so much of the block that the anchor comes to lie in it
            begin = min(2 * SPAN, block.size)
            self._encode(np.concatenate([self.tail, block[:begin]]) if begin else self.tail)
            begin -= self.tail.size
        if 0 <= begin < block.size:
            self._encode(block[begin:])

    def _encode(self, x: NDArray[Any]) -> None:
        """Samples from ``self.index`` on, those of the tail included."""
        x = _shown(x)
        floats, flags, encoder = self.floats, self.flags, self.encoder
        known = self._known()
        status = k.FULL
        while status != k.DONE:
            status = self._kernel(x)
            self._collect()
            if encoder.fast and status == k.UNDECIDED:
                raise HugeSampleError(f"sample {self.index + int(flags[k.CELL])} or one soon after has too many spikes")
            if status == HUGE:
                raise HugeSampleError(f"a sample beyond 2^400 at or after index {self.index + int(flags[k.CELL])}")
            if status == k.UNDECIDED:
                self._finish(x, int(flags[k.CELL]), known)
                known = self._known()
        if not encoder.fast and floats[k.LEAK] == 0.0 and floats[k.ERR] > 0.0:
            self.exact = self._exactly(x, known)
        kept = int(flags[k.CELL])
        self.tail = x[kept:].copy()
        self.index += kept
        flags[k.CELL] -= kept

    def _kernel(self, x: NDArray[Any]) -> int:
        """The kernel for many channels, on one."""
        floats, flags, begins, which = self.floats[None], self.flags[None], np.zeros(1, dtype=np.int64), _ONLY
        place, room, empty = self._place(x), self.room, x[:0]
        state = (
            place, floats, flags, floats, x[None], empty, 0, 0, empty.copy(), 0, begins, np.zeros(1), which,
            self.encoder.stacked, x.size,
        )  # fmt: skip
        if self.encoder.fast:
            return int(ck.fast_channels(*state, room.out, room.owner)[1])
        return int(ck.encode_channels(*state, room.cells, room.work, room.out, room.owner)[1])

    def _place(self, x: NDArray[Any]) -> NDArray[np.int64]:
        place = np.zeros(ck.PLACES, dtype=np.int64)
        place[ck.FIRST] = place[ck.SHIFT] = self.index
        place[ck.LAST] = place[ck.TOTAL] = self.index + x.size
        return place

    def _known(self) -> tuple[int, Fraction, int]:
        """Without leak: the anchor, the potential there as a rational, and how many chunks of spikes it has seen."""
        u = self.exact if self.floats[k.ERR] > 0.0 else _rational(self.floats, k.U)
        return int(self.flags[k.CELL]), u, len(self.chunks)

    def _exactly(self, x: NDArray[Any], known: tuple[int, Fraction, int]) -> Fraction:
        """The potential where the kernel stands, without leak: all samples less all spikes since it was known."""
        first, u, seen = known
        position = Fraction(int(self.flags[k.CELL])) + _rational(self.floats, k.POS)
        theta, begin = self.encoder.theta, Fraction(first)
        for hi, lo, counts, jumps in self.chunks[seen:]:
            fired = counts
            if self.encoder.op.reset_code == k.ZERO and jumps.any():
                at = int(np.nonzero(jumps)[0][-1])
                begin, u = Fraction(float(hi[at])) + Fraction(float(lo[at])) - self.index, Fraction(0)
                fired = counts[at + 1 :]
            u -= sum(map(int, fired)) * theta
        return u + self._integral(x, begin, position)

    def _integral(self, x: NDArray[Any], begin: Fraction, end: Fraction) -> Fraction:
        """The exact integral of the samples."""
        return _integral(x, begin, end)

    def end(self) -> None:
        """The instant after the last sample."""
        x, flags = _shown(self.tail), self.flags
        state = self._place(x), self.floats[None], flags[None], x[None], np.zeros(1, dtype=np.int64)
        if self.encoder.fast:
            ck.end_fast_channels(*state, _ONLY, self.encoder.stacked)
            return
        known, base, room = self._known(), np.array([float(self.index)]), self.room
        _, status = ck.end_channels(*state, base, _ONLY, self.encoder.stacked, room.work, room.out, room.owner)
        self._collect()
        if status == k.UNDECIDED:
            self._finish(x, x.size, known)
            flags[k.CELL] -= 1

    def _collect(self) -> None:
        written = int(self.flags[k.WRITTEN])
        if written:
            self.chunks.append(tuple(column[:written].copy() for column in self.room.out))
            self.written += written

    def _finish(self, x: NDArray[Any], at: int, known: tuple[int, Fraction, int]) -> None:
        """Let exact arithmetic finish the sample that the kernel stopped in."""
        place = place_of(self.floats, self.flags, self.index + at)
        exact = self._exactly(x, known) if self.floats[k.LEAK] == 0.0 else None
        done = self._decided(place, exact, self._source(x, at))
        if done.spikes:
            self.chunks.append(columns(done.spikes))
        self.undecided += done.undecided
        put_back(self.floats, self.flags, done, done.u)
        if exact is not None:
            self.exact = fraction(done.u)

    def _source(self, x: NDArray[Any], at: int) -> OneCell:
        """What there is from sample ``at`` on to the next."""
        return OneCell(self.index + at, [Fraction(float(x[at]))] if at < x.size else [])

    def _decided(self, place: Place, exact: Fraction | None, source: OneCell) -> Outcome:
        rules, one = self.encoder.rules, Potential(source, Fraction(0), Fraction(1))
        hi, lo, error = (float(self.floats[i]) for i in (k.U, k.U + 1, k.ERR))
        with precision(FILTER_BITS):
            known = exact is not None or error == 0.0
            u = rational(exact if exact is not None else Fraction(hi) + Fraction(lo)) if known else arb(hi) + arb(lo)
            u = u if known else u + arb(0, error)
            try:
                return CellRun(rules, one, place, FILTER_BITS, exact is not None).go(u)
            except Undecided:  # a decision, or only the last digits of a place
                done = CellRun(rules, one, place, FILTER_BITS, True).go(u)
        if done.undecided and self.history is not None:
            found: Outcome = self.history.finish(rules, place, self.chunks)
            return found
        return done


def _shown(x: NDArray[Any]) -> NDArray[Any]:
    """The same samples as one kind of array, contiguous and read-only: each kind is compiled by itself."""
    view = np.ascontiguousarray(x).view()
    view.flags.writeable = False
    return view


def _rational(floats: FloatArray, at: int) -> Fraction:
    return Fraction(float(floats[at])) + Fraction(float(floats[at + 1]))


def _integral(x: NDArray[Any], begin: Fraction, end: Fraction) -> Fraction:
    """The exact integral of the samples."""
    i, j = math.floor(begin), math.floor(end)
    if i >= j:
        return (end - begin) * Fraction(float(x[i])) if end > begin else Fraction(0)
    total = exact_sum(x[i:j]) - (begin - i) * Fraction(float(x[i]))
    return total + ((end - j) * Fraction(float(x[j])) if end > j else 0)


class Grid:
    """The coordinates 0, 1, 2, ... (times ``step``) as an array that takes no room."""

    def __init__(self, step: float = 1.0) -> None:
        self.step = step

    def __getitem__(self, j: int) -> float:
        return j * self.step


class OneCell:
    """A source of cells (see potential.py) that knows one of them, or with no coefficients the end of the recording."""

    hi, lo = Grid(), Grid(0.0)

    def __init__(self, cell: int, density: list[Fraction]) -> None:
        self.n = cell + 1 if density else cell
        self.degree, self._density = len(density) - 1, density

    def pulse_weight(self, j: int) -> Fraction:
        return Fraction(0)

    def density(self, j: int) -> list[Fraction]:
        return self._density
