"""Supremum and infimum of the running leaky integral, one-sided limits included, with certainty.

    sup_t U(t) = max over cells of { left limit and value at the cell's start, interior maxima }

A constant piece is monotone, so only boundaries count; on the others an interior extremum is possible only where
|u'(0)| <= D h. Everything is first bounded in double-double. What may be the extremum is kept as a candidate, and is
evaluated again in rationals (alpha = 0) or balls of growing precision (alpha > 0) only if the answer, rounded down,
depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.balls import arb
from spikemath._numeric.interior import Maximum, interior_maximum
from spikemath._numeric.monotone import Piece
from spikemath._numeric.potential import BITS, Potential, bounds, precision, rational
from spikemath.norms._scan import scan
from spikemath.signals.axis import Coordinate, floor_float, split
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain
from spikemath.signals.sweep import Boundaries, boundaries, evaluate_inside

LEFT, RIGHT, INSIDE = 0, 1, 2
_UP = 1.0 + 2.0**-40
LARGEST = 1e299  # of what an error-free product can take


class Extreme(NamedTuple):
    """An enclosure of sigma * extremum (in ticks), and where it lies: cell, kind, offset in the cell.

    there: a lower bound of sigma * U at that place; elsewhere: an upper bound at all others.
    """

    lower: Fraction
    upper: Fraction
    cell: int
    kind: int
    offset: Fraction
    there: Fraction
    elsewhere: Fraction = Fraction(0)  # U before t0


NOTHING = Extreme(Fraction(0), Fraction(0), 0, RIGHT, Fraction(0), Fraction(0))


class _Candidates:
    """Boundary values and cells that may hold the maximum of sigma * U."""

    def __init__(self, sigma: int) -> None:
        self.sigma = sigma
        self.best = 0.0  # lower bound of the maximum, U(t0-) = 0 included
        self.cell: list[NDArray[np.int64]] = []
        self.kind: list[NDArray[np.int64]] = []
        self.values: list[FloatArray] = []  # rows: hi, lo, error

    def add(self, cells: NDArray[np.int64], kind: int, hi: FloatArray, lo: FloatArray, error: FloatArray) -> None:
        value = self.sigma * hi
        below = np.nextafter(value - error - np.abs(lo), -np.inf)
        if below.size and kind != INSIDE:
            self.best = max(self.best, float(below.max()))
        keep = np.nonzero(np.nextafter(value + error + np.abs(lo), np.inf) >= self.best)[0]
        if keep.size:
            self.cell.append(cells[keep])
            self.kind.append(np.full(keep.size, kind))
            self.values.append(np.array([self.sigma * hi[keep], self.sigma * lo[keep], error[keep]]))

    def final(self) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """All candidates left, in order of time."""
        if not self.cell:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((3, 0))
        cell, kind, values = np.concatenate(self.cell), np.concatenate(self.kind), np.hstack(self.values)
        keep = np.nextafter(values[0] + np.abs(values[1]) + values[2], np.inf) >= self.best
        cell, kind, values = cell[keep], kind[keep], values[:, keep]
        order = np.lexsort((kind, cell))
        return cell[order], kind[order], values[:, order]


class Extremes:
    """Extremes of U for one signal and one leak."""

    def __init__(self, f: Any, alpha: float, left: bool = True) -> None:
        self.f, self.alpha, self.left = f, alpha, left  # left: whether limits from the left count
        self.axis, self.rate = f._axis, f._axis.rate
        self.leak = Fraction(alpha) / self.rate
        self.leaky = float(self.leak)
        self.up, self.down = _Candidates(1), _Candidates(-1)
        self.places: dict[int, Coordinate] = {}
        self.known: dict[int, tuple[float, float, float]] = {}  # U at the start of cells that may hold an extreme
        found = scan(f, alpha, left)
        if found is not None:
            self.factor, self.places = found.factor, found.coordinates
            for c, side in ((self.up, found.up), (self.down, found.down)):
                c.best, c.cell, c.kind, c.values = side.best, [side.cell], [side.kind], [side.values]
            return
        self.factor = Fraction(2) ** self.cells.power
        longest = float(np.diff(self.cells.hi).max(initial=0.0))
        if self.leaky and not max(self.leaky, longest, self.leaky * longest) < LARGEST:
            raise OverflowError("alpha, a gap, or their product is out of the range of float64")
        for b in boundaries(self.cells, alpha):
            self._collect(b)

    @cached_property
    def cells(self) -> Cells:
        """The signal cut at every knot and pulse; made when first needed."""
        cells = Cells(self.f)
        cells.scale_to(cells.size())
        return cells

    def place(self, where: Extreme) -> Coordinate:
        """The coordinate where an extreme lies."""
        if where.kind == INSIDE:
            return split(self.cells.start(where.cell) + where.offset)[:2]
        if where.cell in self.places:
            return self.places[where.cell]
        return float(self.cells.hi[where.cell]), float(self.cells.lo[where.cell])

    @property
    def degree(self) -> int:
        """Degree of the pieces; -1 for a train."""
        return max((p.degree for p in self.f._parts), default=-1)

    def _potential(self) -> Potential:
        return Potential(self.cells, self.leak, Fraction(1))

    def _collect(self, b: Boundaries) -> None:
        if not (np.isfinite(b.right_hi).all() and np.isfinite(b.left_hi).all() and np.isfinite(b.error).all()):
            raise OverflowError("the norm is out of the range of float64")
        index = b.first + np.arange(b.right_hi.size)
        pulses = np.nonzero(b.block.pulse_hi != 0.0)[0]
        for c in (self.up, self.down):
            c.add(index, RIGHT, b.right_hi, b.right_lo, b.error)
            if self.left:
                c.add(index[pulses], LEFT, b.left_hi[pulses], b.left_lo[pulses], b.error[pulses])
        if self.cells.degree < 1:
            return
        h = b.block.length_hi * _UP
        q = b.block.density_hi
        size, bend, power = np.zeros(h.size), np.zeros(h.size), np.ones(h.size)
        for i in range(q.shape[0]):
            size += np.abs(q[i]) * power
            if i + 1 < q.shape[0]:
                bend += (i + 1) * np.abs(q[i + 1]) * power
            power = power * h
        a, u = self.leaky, np.abs(b.right_hi)
        curve = (bend + a * (size + a * (u + size * h))) * _UP
        slope = np.abs(q[0] - a * b.right_hi)
        doubt = 2.0**-48 * (np.abs(q[0]) + a * u) + b.block.density_error
        inside = np.nonzero((slope <= doubt + curve * h) & (h > 0.0))[0]
        reach = (slope + doubt + curve * h)[inside] * h[inside] * _UP
        for c in (self.up, self.down):
            near = c.sigma * b.right_hi[inside] + b.error[inside] + reach >= c.best
            left = self._thinned(c, b, inside[near], curve, doubt, (u + size * h) * 2.0**-80)
            c.add(index[left], INSIDE, b.right_hi[left], b.right_lo[left], np.full(left.size, np.inf))
            starts = (b.right_hi[left], b.right_lo[left], b.error[left])
            self.known.update(zip(index[left].tolist(), zip(*(x.tolist() for x in starts), strict=True), strict=True))

    def _thinned(
        self, c: _Candidates, b: Boundaries, cells: NDArray[np.int64], curve: FloatArray, doubt: FloatArray,
        rounding: FloatArray,
    ) -> NDArray[np.int64]:  # fmt: skip
        """Drop cells whose inside stays below what is known, by enclosures on 8, then 64 stretches of each.

        Where the slope keeps its sign, the end of the stretch decides, and in the end a boundary. So a stretch counts
        if its slope may change sign, or if it rises and the next one falls.
        """
        for stretches in (8, 64):
            if not cells.size:
                break
            middles = (np.arange(stretches) + 0.5) / stretches
            at = np.repeat(cells, stretches)
            s = (b.block.length_hi[cells, None] * middles).ravel()
            q_hi, q_lo = b.block.density_hi[:, at], b.block.density_lo[:, at]
            start = np.stack([b.right_hi[at], b.right_lo[at]], axis=1)
            u = evaluate_inside(self.alpha, self.cells.rate, start, np.stack([s, 0.0 * s], axis=1), q_hi, q_lo)[:, 0]
            density = np.zeros(s.size)
            for row in q_hi[::-1]:
                density = density * s + row
            half = b.block.length_hi[at] * (0.5 / stretches) * _UP
            slope = np.abs(density - self.leaky * u) + doubt[at] + 2.0**-45 * np.abs(density)
            slack = (
                b.error[at] + rounding[at] + np.abs(u) * 2.0**-40 + b.block.density_error[at] * b.block.length_hi[at]
            )
            c.best = max(c.best, float((c.sigma * u - slack).max()))
            top = c.sigma * u + (slope + curve[at] * half) * half * _UP + slack
            rise = c.sigma * (density - self.leaky * u)
            sure = np.abs(rise) > (slope - np.abs(rise) + curve[at] * half + self.leaky * slack) * _UP
            high = (top >= c.best).reshape(-1, stretches)
            turns = (~sure).reshape(-1, stretches)
            up = (rise > 0.0).reshape(-1, stretches)
            peak = high[:, :-1] & high[:, 1:] & up[:, :-1] & ~up[:, 1:]
            cells = cells[(high & turns).any(axis=1) | peak.any(axis=1)]
        return cells

    def enclosures(self, sigma: int) -> Iterator[Extreme]:
        """Ever tighter enclosures of the maximum of sigma * U (0 before t0 included)."""
        cell, kind, values = (self.up if sigma > 0 else self.down).final()
        yield self._filtered(sigma, cell, kind, values)
        potential = self._potential()
        for level in potential.levels:
            yield self._exact(sigma, cell, kind, potential, level)
        for bits in self._further():
            yield self._exact(sigma, cell, kind, self._potential(), 0, bits)

    def norms(self) -> Iterator[tuple[Fraction, Fraction, Extreme, Extreme]]:
        """Ever tighter bounds of sup |U| in units of the signal, and the maximum and minimum they come from."""
        for top, bottom in zip(self.enclosures(1), self.enclosures(-1), strict=True):
            lower, upper = max(top.lower, bottom.lower), max(top.upper, bottom.upper)
            yield lower / self.rate, upper / self.rate, top, bottom

    def levels(self) -> list[int]:
        """Precision of each enclosure after the first; 0 is rational."""
        return [*((0,) if self.leak == 0 else BITS), *self._further()]

    def _further(self) -> tuple[int, ...]:
        """Interior extrema of a polynomial may be irrational."""
        return (512, 1024, 4096) if self.leak == 0 and self.degree > 1 else ()

    def _filtered(
        self, sigma: int, cell: NDArray[np.int64], kind: NDArray[np.int64], values: FloatArray
    ) -> Extreme:  # fmt: skip
        best = NOTHING
        outer = np.nonzero(kind != INSIDE)[0]
        if outer.size:  # sort out all but the best few in whole arrays
            top, low, error = values[:, outer]
            order = np.lexsort((low, top))
            lead = order[-1]
            gap = (top[lead] - top) + (low[lead] - low)
            outer = outer[gap <= 2.0 * (error + error[lead]) + 2.0**-104 * abs(top[lead])]
        for i in np.sort(np.concatenate([outer, np.nonzero(kind == INSIDE)[0]])):
            j = int(cell[i])
            if kind[i] == INSIDE:
                best = self._inside(best, sigma, j, None, 160)
                continue
            hi, lo, error = (Fraction(float(x)) for x in values[:, i])
            lower, upper = (hi + lo - error) * self.factor, (hi + lo + error) * self.factor
            best = _better(best, Extreme(lower, upper, j, int(kind[i]), Fraction(0), lower))
        return best

    def _exact(
        self, sigma: int, cell: NDArray[np.int64], kind: NDArray[np.int64], potential: Potential, level: int, bits:
        int = 256
    ) -> Extreme:  # fmt: skip
        best = NOTHING
        last: tuple[int, Any] = (-1, None)
        for j, side in zip(cell.tolist(), kind.tolist(), strict=True):
            with precision(level or bits):
                if side == LEFT:
                    lower, upper = bounds(potential.value(level, j, potential.start(j) * 0, False) * sigma)
                    best = _better(best, Extreme(lower, upper, j, LEFT, Fraction(0), lower))
                    continue
                if last[0] != j:
                    last = (j, potential.value(level, j, potential.start(j) * 0, True))
                if side == RIGHT:
                    lower, upper = bounds(last[1] * sigma)
                    best = _better(best, Extreme(lower, upper, j, RIGHT, Fraction(0), lower))
                else:
                    best = self._inside(best, sigma, j, last[1], level or bits)
        return best

    def _inside(self, best: Extreme, sigma: int, j: int, u: Any, bits: int) -> Extreme:
        """Compare with the maximum inside cell j."""
        with precision(bits):
            made = self._potential()
            if u is None:
                u = self._value(j)
            length = made.start(j + 1) - made.start(j)
            q = made.density(j)
            piece = Piece(u * sigma, [x * sigma for x in q], made.leak, length)
            found: Maximum | None = interior_maximum(piece, best.lower, bits)
            if found is None:
                return best
            return _better(best, Extreme(found.lower, found.upper, j, INSIDE, found.offset, found.lower))

    def _value(self, j: int) -> Any:
        """The filter's own enclosure of U at the start of cell j."""
        hi, lo, error = self.known[j]
        return (arb(hi) + arb(lo) + arb(0, error)) * rational(self.factor)


def _better(a: Extreme, b: Extreme) -> Extreme:
    """The maximum of two enclosed numbers, the second from one place; the earlier place if they cannot be told apart."""
    lower, upper = max(a.lower, b.lower), max(a.upper, b.upper)
    if b.lower > a.upper or (b.lower > a.lower and b.upper > a.upper):
        return b._replace(lower=lower, upper=upper, elsewhere=a.upper)
    return a._replace(lower=lower, upper=upper, elsewhere=max(a.elsewhere, b.upper))


def measure(f: Any) -> Any:
    """A signal or train, or a TypeError that says what to do."""
    if not isinstance(f, Signal | SpikeTrain):
        kind = type(f).__name__
        raise TypeError(f"expected a Signal or SpikeTrain, got {kind}: wrap samples in Signal.from_samples(x, fs=...)")
    return f


def decided(enclosures: Iterator[tuple[Fraction, Fraction]]) -> float:
    """The floor of a number whose enclosures get ever tighter."""
    upper = Fraction(0)
    for lower, upper in enclosures:
        if floor_float(lower) == floor_float(upper):
            return floor_float(lower)
    return floor_float(upper)
