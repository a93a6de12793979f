r"""Channels one by one, and cell by cell whatever the kernels for samples do not take.

The kernel of _encoder/cell_kernel.py goes cell by cell with a state that is handed on, so blocks change nothing. Where
its double-double does not decide, exact_cell.py does: without leak from the exact potential, a dyadic rational (at
most some 2100 bits, mostly below 200) that is carried beside the floats; with a leak from the enclosure alone.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.cell_kernel import encode_cells, workspace
from spikemath._encoder.encode_signal import _SignalRun
from spikemath._encoder.exact_cell import FILTER_BITS, CellRun, Outcome, Place, columns, finish_cell, place_of, put_back
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.found import Found, coalesced, gathered
from spikemath._encoder.rules import Settings
from spikemath._numeric.balls import arb
from spikemath._numeric.potential import Potential, Undecided, precision, rational
from spikemath._numeric.threads import spread
from spikemath.operators._state import Columns, State, nothing
from spikemath.signals.axis import Axis
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray
from spikemath.signals.pieces import Pieces
from spikemath.signals.signal import Signal

BLOCK, ROOM = 1 << 15, 1 << 14  # samples and spikes of one kernel call


class SampleCells(Cells):
    """The cells between samples first, first + 1, ...; the coordinates are those of the whole recording."""

    def __init__(self, axis: Axis, pieces: Pieces, first: int, power: int) -> None:
        self.axis, self.rate, self.parts, self.power = axis, axis.rate, (pieces,), power
        self.degree, self.n = pieces.degree, pieces.number
        self.hi = np.arange(first, first + self.n + 1, dtype=np.float64)
        self.lo = np.zeros(self.n + 1)
        self.piece, self.pulse = [None], None


class Each:
    """Every channel by itself; the state is a tuple of theirs. ``make``: what runs one with its settings."""

    def __init__(self, ops: tuple[Settings, ...], make: Callable[[Settings], Any]) -> None:
        made = {op: make(op) for op in ops}
        self.ones = [made[op] for op in ops]

    def start(self, index: int) -> tuple[Any, ...]:
        """Before the first sample."""
        return tuple(one.start(index) for one in self.ones)

    def run(
        self, state: tuple[Any, ...], index: int, x: NDArray[Any], threads: int = 1
    ) -> tuple[Found, tuple[Any, ...]]:
        """The spikes of the cells that these samples complete."""
        done = spread(lambda i: self.ones[i].run(state[i], index, np.ascontiguousarray(x[i])), len(x), threads)
        return gathered([columns for columns, _ in done]), tuple(after for _, after in done)

    def finish(self, state: tuple[Any, ...], index: int) -> tuple[Found, tuple[Any, ...]]:
        """What is due at the very end: a refractory time that ends there."""
        done = [one.finish(s, index) for one, s in zip(self.ones, state, strict=True)]
        return gathered([columns for columns, _ in done]), tuple(after for _, after in done)

    def potential(self, state: tuple[Any, ...]) -> FloatArray:
        """The potentials at the end of what was seen."""
        return np.array([one.potential(s) for one, s in zip(self.ones, state, strict=True)])

    def undecided(self, state: tuple[Any, ...]) -> int:
        """Comparisons that were left open."""
        return sum(s.undecided for s in state)

    def revived(self, values: Any) -> tuple[Any, ...]:
        """The state of these values."""
        return tuple(one.revived(v) for one, v in zip(self.ones, values, strict=True))


class Cellwise:
    """What is left of LIF and IF (see _inner.py), and send-on-delta of joined samples; one channel."""

    def __init__(self, op: Settings, axis: Axis, hold: str, slopes: bool) -> None:
        self.op, self.axis, self.hold, self.slopes = op, axis, hold, slopes
        made = _SignalRun(Signal._sampled(np.zeros(2), axis, "zero"), op)
        self.theta, self.leak, self.power, self.rules = made.theta, made.leak, made.power, made.rules
        self.first = State(made.state, made.flags)
        self.terms = 2 if hold == "linear" and not slopes else 1
        self.exact = op.alpha == 0.0 and op.arithmetic == "exact"

    def start(self, index: int) -> State:
        """Before the first sample."""
        state = self.first.floats.copy()
        state[k.LAST] = float(index)
        return self.first._replace(floats=state, flags=self.first.flags.copy())

    def run(self, state: State, index: int, x: FloatArray) -> tuple[Columns, State]:
        """The spikes of the cells that these samples complete."""
        x = np.asarray(x, dtype=np.float64)
        if x.size == 0:
            return nothing(), state
        if self.hold == "linear":
            y = np.concatenate([[state.last], x]) if state.begun else x
            if y.size < 2:
                return nothing(), state._replace(last=float(y[-1]), begun=1)
            cells = self._joined(y, index - (y.size - x.size), state)
            done, state = self._run(state, cells, y)
            return done, state._replace(last=float(y[-1]))
        cells = SampleCells(self.axis, Pieces(x[None, None, :]), index, self.power)
        return self._run(state, cells, x)

    def _joined(self, y: FloatArray, first: int, state: State) -> Cells:
        whole = Signal._sampled(y, self.axis, "linear")._parts[0]
        if not self.slopes:
            return SampleCells(self.axis, whole, first, self.power)
        if state.begun < 2:  # the first cell of all: the value at the start is a pulse
            cells = Cells(Signal._sampled(y, self.axis, "linear").derivative())
            cells.hi, cells.power = cells.hi + float(first), self.power
            return cells
        smooth = whole.derivative(self.axis.rate)
        if smooth is None:  # a constant
            smooth = Pieces(np.zeros((1, 1, y.size - 1)))
        return SampleCells(self.axis, smooth, first, self.power)

    def _run(self, state: State, cells: Cells, x: FloatArray) -> tuple[Columns, State]:
        run = _Block(self, state, cells)
        run.go(range(0, cells.n, BLOCK), cells.n)
        exact = run.rest(self._integral(x)) if self.exact else Fraction(0)
        return run.columns(), run.state(exact)

    def _integral(self, x: FloatArray) -> Callable[[int], Fraction]:
        """The exact integral over all cells from one on."""

        def after(j: int) -> Fraction:
            if self.slopes:
                return self.axis.rate * (Fraction(float(x[-1])) - Fraction(float(x[j])))
            if self.hold == "linear":
                return exact_sum(x[j:]) - (Fraction(float(x[j])) + Fraction(float(x[-1]))) / 2
            return exact_sum(x[j:])

        return after

    def finish(self, state: State, index: int) -> tuple[Columns, State]:
        """What is due at the very end: a refractory time that ends there."""
        end = index - 1 if self.hold == "linear" else index
        if not state.flags[k.WAITING]:
            return nothing(), state
        cells = SampleCells(self.axis, Pieces(np.zeros((1, self.terms, 1))), end, self.power)
        cells.n, cells.hi, cells.lo = 0, cells.hi[:1], cells.lo[:1]
        run = _Block(self, state, cells)
        run.go(range(1), 1)
        exact = run.rest(lambda j: Fraction(0)) if self.exact else Fraction(0)
        return run.columns(), run.state(exact)

    def revived(self, values: Any) -> State:
        """The state of these values."""
        return State(*values)

    def potential(self, state: State) -> float:
        """The potential at the end of what was seen."""
        u = Fraction(float(state.floats[k.U])) + Fraction(float(state.floats[k.U + 1]))
        return float(u * Fraction(2) ** self.power / self.axis.rate)


class _Block:
    """One call of Cellwise.run: the kernel on the cells of a block, and exact arithmetic where it stops."""

    def __init__(self, inner: Cellwise, state: State, cells: Cells) -> None:
        self.inner, self.before, self.cells = inner, state, cells
        self.floats, self.flags = state.floats.copy(), state.flags.copy()
        self.found: list[tuple[Any, ...]] = []
        self.seen, self.undecided = 0, 0
        self.potential: Potential | None = None

    def go(self, firsts: range, n: int) -> None:
        """Through all cells."""
        room = min(ROOM, 4 * n + 64)
        out, work = k.output(room), workspace(self.inner.terms)
        for first in firsts:
            block = self.cells.block(first, min(first + BLOCK, n))
            self.flags[k.CELL] = 0
            status = k.FULL
            while status != k.DONE:
                self.flags[k.WRITTEN] = 0
                status = encode_cells(self.floats, self.flags, block, work, out)
                written = int(self.flags[k.WRITTEN])
                if written:
                    self.found.append(tuple(x[:written].copy() for x in out))
                if status == k.UNDECIDED:
                    self._finish_cell(first)

    def _finish_cell(self, first: int) -> None:
        floats, flags, inner = self.floats, self.flags, self.inner
        if self.potential is None:
            self.potential = Potential(self.cells, inner.leak, inner.theta)
            if inner.exact:
                self.potential._points[0].u = rational(self.before.exact)
        for chunk in self.found[self.seen :]:
            for h, r, c, jump in zip(*(x.tolist() for x in chunk), strict=True):
                self.potential.spike(rational(h) + rational(r), c, inner.op.reset_code == k.ZERO and jump)
        place = place_of(floats, flags, first + int(flags[k.CELL]))
        scale = 2.0**inner.power if abs(inner.power) < 900 else 0.0
        error = floats[k.ERR] * scale if scale else np.inf
        done = self._decided(place, (float(floats[k.U] * scale), float(floats[k.U + 1] * scale), float(error)))
        for spike in done.spikes:
            self.potential.spike(*spike)
        if done.spikes:
            self.found.append(columns(done.spikes))
        self.seen = len(self.found)
        self.undecided += done.undecided
        put_back(floats, flags, done, done.u * rational(Fraction(2) ** -inner.power))

    def _decided(self, place: Place, enclosure: tuple[float, float, float]) -> Outcome:
        assert self.potential is not None
        rules = self.inner.rules
        if self.inner.op.alpha == 0.0:
            return finish_cell(rules, self.potential, place, enclosure)
        with precision(FILTER_BITS):
            hi, lo, error = enclosure
            u = arb(hi) + arb(lo) + arb(0, error)
            try:
                return CellRun(rules, self.potential, place, FILTER_BITS, False).go(u)
            except Undecided:
                done = CellRun(rules, self.potential, place, FILTER_BITS, True).go(u)
                return done._replace(undecided=max(done.undecided, 1))

    def rest(self, integral: Any) -> Fraction:
        """The exact potential at the end of the block (no leak)."""
        inner, total, base, from_cell = self.inner, 0, self.before.exact, 0
        spikes = [tuple(map(np.concatenate, zip(*self.found, strict=True)))] if self.found else []
        for hi, lo, counts, jump in spikes:
            at = np.nonzero(jump)[0]
            if inner.op.reset == "zero" and at.size:
                i = int(at[-1])
                where = Fraction(float(hi[i])) + Fraction(float(lo[i]))
                j = int(np.searchsorted(self.cells.hi, float(where // 1), side="right")) - 1
                base, from_cell, counts = self._to_end(j, where), j + 1, counts[i + 1 :]
            total = int(counts.sum()) if np.abs(counts).sum(dtype=np.float64) < 2.0**62 else sum(map(int, counts))
        if self.before.begun < 2 and inner.slopes and from_cell == 0:
            base += self.cells.pulse_weight(0)
        if from_cell < self.cells.n:
            base += integral(from_cell)
        return base - total * inner.theta

    def _to_end(self, j: int, where: Fraction) -> Fraction:
        """The integral from an instant in cell j to the end of the cell."""
        if j >= self.cells.n:
            return Fraction(0)
        s, length, total = where - self.cells.start(j), self.cells.start(j + 1) - self.cells.start(j), Fraction(0)
        for i, q in enumerate(self.cells.density(j)):
            total += q * (length ** (i + 1) - s ** (i + 1)) / (i + 1)
        return total

    def columns(self) -> Columns:
        """All spikes."""
        if not self.found:
            return nothing()
        hi, lo, counts = (np.concatenate([x[i] for x in self.found]) for i in range(3))
        return tuple(coalesced(hi, lo, counts))

    def state(self, exact: Fraction) -> State:
        """What is carried on."""
        flags = self.flags
        flags[k.CELL], flags[k.WRITTEN] = 0, 0
        return self.before._replace(
            floats=self.floats, flags=flags, exact=exact, undecided=self.before.undecided + self.undecided, begun=2
        )


def _pair(floats: FloatArray, at: int) -> Any:
    return rational(float(floats[at])) + rational(float(floats[at + 1]))
