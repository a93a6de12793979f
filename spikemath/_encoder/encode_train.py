"""Encode a train: the kernels block by block, exact decisions where the filter leaves one open."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import train_kernels as k
from spikemath._encoder.rules import Settings
from spikemath._encoder.spike_list import SpikeList
from spikemath._numeric.dd import pair_up
from spikemath._numeric.potential import (
    Potential,
    Undecided,
    bounds,
    floor_ratio,
    fraction,
    precision,
    rational,
    to_floats,
)
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray

BLOCK = 1 << 17  # events per kernel call: some milliseconds, so that Ctrl-C is answered


class Run(NamedTuple):
    """What an encoder found: coordinates and counts of the spikes, the potential at the end, undecided cases."""

    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]
    potential: float
    undecided: int


Progress = Callable[[int, int], None] | None


def encode_train(train: Any, op: Settings, progress: Progress = None) -> Run:
    """Spikes of a train under the operator; all times and counts exact."""
    with np.errstate(over="ignore", invalid="ignore"):  # of which NumPy tells without compilation; looked at later
        return _TrainRun(train, op).run(progress)


class _TrainRun:
    def __init__(self, train: Any, op: Settings) -> None:
        self.train, self.op = train, op
        self.rate = train._axis.rate
        self.hi, self.lo, self.terms = train._hi, train._lo, train._terms
        self.theta, self.exponent = op.threshold, 0
        if self.theta > k.HUGE:
            self._scale()
        if op.refractory > 0.0:  # the end of the domain may end a refractory time
            self.hi = np.append(self.hi, train._end[0])
            self.lo = np.append(self.lo, train._end[1])
            self.terms = np.hstack([self.terms, np.zeros((self.terms.shape[0], 1))])
        self.refractory = pair_up(Fraction(op.refractory) * self.rate)
        self.leak = float(Fraction(op.alpha) / self.rate)
        self._begin()

    def _begin(self) -> None:
        self.state, self.flags = np.zeros(k.FLOATS), np.zeros(k.INTEGERS, dtype=np.int64)
        self.found = SpikeList(self.hi.size)
        self.seen = 0  # spikes that the exact potential knows of
        self.exact: Potential | None = None
        self.undecided = 0

    def _scale(self) -> None:
        """Keep sums and products away from overflow; a power of two changes nothing else."""
        size = max(float(self.terms.max(initial=0.0)), -float(self.terms.min(initial=0.0)))
        self.exponent = int(np.frexp(max(size, self.theta))[1]) + len(self.train).bit_length()
        terms, self.theta = self.terms, float(np.ldexp(self.theta, -self.exponent))
        self.terms = np.ldexp(terms, -self.exponent)
        back = np.ldexp(self.terms, self.exponent)
        if not np.array_equal(back, terms) or np.ldexp(self.theta, self.exponent) != self.op.threshold:
            raise ValueError("weights and threshold span more than the range of float64")

    def run(self, progress: Progress) -> Run:
        op, n, found = self.op, self.hi.size, self.found
        zeros = np.zeros(min(BLOCK, n)) if not op.refractory and self.train._one_float else None
        first = 0
        while first < n:
            last = min(first + BLOCK, n)
            found.make_room()
            self.flags[k.WRITTEN] = found.written
            lo = self.lo[first:last] if zeros is None else zeros[: last - first]
            events = self.hi[first:last], lo, np.ascontiguousarray(self.terms[:, first:last])
            rest = self.theta, op.reset_code, int(op.bipolar), *self.refractory, *found.piece
            if op.alpha == 0.0:
                status = k.if_train(self.state, self.flags, *events, *rest)
            else:
                status = k.lif_train(self.state, self.flags, *events, self.leak, *rest)
            found.written = int(self.flags[k.WRITTEN])
            if status == k.LARGE:
                self._scale()
                self._begin()
                return self.run(progress)
            if status == k.OVERFLOW:
                i = first + int(self.flags[k.EVENT])
                raise OverflowError(
                    f"the spike at event {min(i, n - 1)} has more than 2^62 thresholds: raise the threshold"
                )
            if status == k.UNDECIDED:
                self._decide(first)
            if self.flags[k.EVENT] >= last - first:
                self.flags[k.EVENT] = 0
                first = last
                if progress is not None:
                    progress(first, n)
        return Run(*found.columns(), self._final(), self.undecided)

    def _final(self) -> float:
        """Potential at the end of the domain."""
        scale = self.exponent
        if self.op.alpha == 0.0:
            parts = self.state[k.PARTS : k.PARTS + int(self.flags[k.SIZE])]
            return float(np.ldexp(float(sum(map(Fraction, parts.tolist()), Fraction(0))), scale))
        k.decay(self.state, *map(np.float64, self.train._end), self.leak)
        return float(np.ldexp(self.state[k.U], scale))

    def _decide(self, first: int) -> None:
        """Settle one open comparison by balls, apply it, and hand the state back to the kernel."""
        op, state, flags = self.op, self.state, self.flags
        if self.exact is None:
            self.cells = Cells(self.train)
            self.exact = Potential(self.cells, Fraction(op.alpha) / self.rate, Fraction(op.threshold) * self.rate)
            assert self.cells.pulse is not None
            self.cell_of = np.nonzero(self.cells.pulse >= 0)[0]
        zero = op.reset_code == k.ZERO
        for h, r, c in self.found.since(self.seen):
            self.exact.spike(rational(h) + rational(r), c, zero)
        self.seen = len(self.found)
        i = first + int(flags[k.EVENT])
        at_wake = not flags[k.PULSED]
        if at_wake:
            ch, cl = float(state[k.WAKE]), float(state[k.WAKE + 1])
            cell = int(np.searchsorted(self.cells.hi, ch, side="right")) - 1
            if self.cells.hi[cell] == ch and self.cells.lo[cell] > cl:
                cell -= 1
        else:
            ch, cl = float(self.hi[i]), float(self.lo[i])
            at_event = i < self.cell_of.size
            cell = int(self.cell_of[i]) if at_event else self.cells.n
        where = rational(ch) + rational(cl)
        offset = where - self.exact.start(cell)
        u, count = self._count(cell, offset)
        if count:
            unit = self.exact.quantum
            self.exact.spike(where, count, zero)
            with precision(256):
                u = rational(0.0) if zero else u - count * unit
            self.found.add(ch, cl, count)
            self.seen += 1
        with precision(256):
            hi, lo, error = to_floats(u / rational(self.rate) * rational(Fraction(2) ** -self.exponent))
        state[k.U], state[k.ERR] = hi, (abs(lo) + error) * 1.001
        state[k.LAST], state[k.LAST + 1] = ch, cl
        flags[k.WAITING] = 0
        if count and op.refractory > 0.0:
            state[k.WAKE], state[k.WAKE + 1] = k.add_up(ch, cl, *self.refractory)
            flags[k.WAITING] = 1
        flags[k.PULSED] = 0
        if not at_wake:
            flags[k.EVENT] += 1

    def _count(self, cell: int, offset: Any) -> tuple[Any, int]:
        """Potential there (after the pulse) and the signed count that is due."""
        op, exact = self.op, self.exact
        assert exact is not None
        for level in exact.levels:
            with precision(level or 256):
                u = exact.value(level, cell, offset, True)
                if not op.bipolar and u < exact.quantum:
                    return u, 0
                try:
                    quanta = floor_ratio(u, exact.quantum)
                except Undecided:
                    if level != exact.levels[-1]:
                        continue
                    self.undecided += 1
                    quanta = math.floor(sum(bounds(abs(u))) / 2 / fraction(exact.quantum) + Fraction(1, 2))
                if quanta == 0:
                    return u, 0
                sign = 1 if u > 0 else -1
                if quanta >= 2**62:
                    raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")
                return u, sign * (quanta if op.reset_code == k.MODULO else 1)
        raise AssertionError("the last level always decides")


def empty() -> list[Any]:
    """Columns of no spikes."""
    return [np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)]
