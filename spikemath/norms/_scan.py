"""The quick scan: candidates for the extremes of U in one pass over the arrays as they are, without cutting cells.

For trains, and for samples (zero-order hold) with or without pulses, which is where recordings end up. What it finds
is what the sweep over cells finds (_extremes.py): values in double-double with an error bound, of which one is the
extreme; decisions are not made here. Everything else, and data whose size is far from 1, gives None, and takes the
sweep.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.sample_tables import tables
from spikemath._numeric.dd import pair
from spikemath.norms import _leaky_kernels as leaky
from spikemath.norms import _scan_kernels as kernels
from spikemath.norms._candidates import SLOTS
from spikemath.norms._pulse_kernels import pulses
from spikemath.signals.cells import pulse_weights
from spikemath.signals.checks import FloatArray
from spikemath.signals.spike_train import SpikeTrain

NO_LEAK = kernels.Leak(np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0]), np.zeros(32), np.zeros(144), np.zeros(130))
NO_PULSES, _ = pulses([np.zeros(0)] * 5, 0.0, 0.0)
STEP = 1 << 18  # numbers per kernel call: some milliseconds, so that Ctrl-C is answered


class Found(NamedTuple):
    """Candidates of one side: cell, kind, and values (hi, lo, error) of sigma U; a lower bound of the extreme."""

    cell: NDArray[np.int64]
    kind: NDArray[np.int64]
    values: FloatArray
    best: float


class Scan(NamedTuple):
    """Candidates for the supremum and the infimum, what a unit of theirs is in ticks, coordinates of their cells."""

    up: Found
    down: Found
    factor: Fraction
    coordinates: dict[int, tuple[float, float]]


class _Book:
    """Best values, candidates and listed segments, as the kernels fill them."""

    def __init__(self, slots: int = 0) -> None:
        n = SLOTS + slots
        self.best, self.count = np.zeros((2, 6)), np.zeros(3, dtype=np.int64)
        self.values, self.where = np.zeros((2, n, 3)), np.zeros((2, n, 3), dtype=np.int64)
        self.listed, self.spots = np.zeros((SLOTS, 6)), np.zeros((SLOTS, 4), dtype=np.int64)
        self.kept: tuple[list[Any], list[Any], list[Any]] = ([], [], [])

    def arguments(self) -> tuple[Any, ...]:
        return self.best, self.values, self.where, self.count, self.listed, self.spots

    def make_room(self) -> None:
        """Put everything away that the kernels have written."""
        a, b, c = self.count.tolist()
        for side, n in enumerate((a, b)):
            self.kept[side].append((self.values[side, :n].copy(), self.where[side, :n].copy()))
        self.kept[2].append((self.listed[:c].copy(), self.spots[:c].copy()))
        self.count[:] = 0

    def search(self, x: FloatArray, leak: kernels.Leak) -> None:
        """Search the listed stretches that are still in question."""
        self.make_room()
        listed = np.concatenate([a for a, _ in self.kept[2]])
        spots = np.concatenate([b for _, b in self.kept[2]])
        keep = (listed[:, 3] >= self.best[0, 3]) | (listed[:, 4] >= self.best[1, 3])
        listed, spots = listed[keep], spots[keep]
        i = 0
        while i < len(listed):
            last = min(i + STEP // kernels.STRETCH, len(listed))
            i += int(kernels.search(x, leak, *self.arguments()[:4], listed[i:last], spots[i:last], 0))
            if i < last:
                self.make_room()

    def usable(self) -> bool:
        """Whether nothing overflowed, and nothing is so small that error bounds have an absolute part."""
        largest = float(self.best[:, 0].max())
        return 2.0**-200 < largest < 2.0**200 and bool(np.isfinite(self.best).all())

    def found(self, side: int) -> tuple[Found, NDArray[np.int64]]:
        self.make_room()
        values = np.concatenate([v for v, _ in self.kept[side]])
        where = np.concatenate([w for _, w in self.kept[side]])
        hi, lo, error = self.best[side, :3]
        lower = float(np.nextafter(hi - (abs(lo) + error), -np.inf))
        gap = (values[:, 0] - hi) + (values[:, 1] - lo)
        keep = gap + (values[:, 2] + error) * 1.0000001 + 2.0**-100 * np.abs(values[:, 0]) >= 0.0
        values, where = values[keep], where[keep]
        return Found(where[:, 0], where[:, 1], np.ascontiguousarray(values.T), max(lower, 0.0)), where


def scan(f: Any, alpha: float, left: bool) -> Scan | None:
    """Candidates for the extremes of U, or None where the sweep over cells has to find them."""
    train = f if isinstance(f, SpikeTrain) else f._pulses
    with np.errstate(over="ignore", invalid="ignore"):  # of which NumPy tells without compilation; looked at later
        if f._parts:
            return _held(f, alpha, left)
        if not len(train):
            return None
        return _train(train, f) if alpha == 0.0 else _leaky_train(train, f, Fraction(alpha) / f._axis.rate)


def _run(n: int, call: Any, book: _Book) -> None:
    """Call a kernel as call(first, last), from where it stopped, to the end.

    Beyond the largest float it goes on with inf and nan, compiled or not, and then nothing of it is used.
    """
    i = 0
    with np.errstate(over="ignore", invalid="ignore"):
        while i < n:
            last = min(i + STEP, n)
            while i < last:
                i = int(call(i, last))
                if i < last:
                    book.make_room()


def _train(train: SpikeTrain, f: Any) -> Scan | None:
    terms, state, book = train._terms, np.array([0.0, 0.0, 0.0, np.inf]), _Book()
    offset = int(f._start != (train._hi[0], train._lo[0]))  # a cell before the first event
    if terms.shape[0] == 1:
        row = np.ascontiguousarray(terms[0])
        rest = NO_PULSES, NO_LEAK, state, np.zeros(2, dtype=np.int64), True
        _run(len(row), lambda i, j: kernels.scan(row, i, j, offset, *rest, *book.arguments()), book)
        book.search(row, NO_LEAK)
    else:
        _run(len(train), lambda i, j: kernels.scan_rows(terms, i, j, offset, state, *book.arguments()), book)
    return _train_found(train, f, offset, book) if np.isfinite(state[:3]).all() and book.usable() else None


def _train_found(train: SpikeTrain, f: Any, offset: int, book: _Book) -> Scan:
    places: dict[int, tuple[float, float]] = {0: f._start}
    sides = []
    for side in range(2):
        found, _ = book.found(side)
        for cell in found.cell.tolist():
            places[cell] = float(train._hi[cell - offset]), float(train._lo[cell - offset])
        sides.append(found)
    return Scan(sides[0], sides[1], train._axis.rate, places)


def _leaky_train(train: SpikeTrain, f: Any, a: Fraction) -> Scan | None:
    hi, lo, terms, n = train._hi, train._lo, train._terms, len(train)
    leak, book = np.array(pair(a)), _Book()
    span = max(abs(float(hi[0])), abs(float(hi[-1])))
    rate = float(leak[0])
    if not (rate > 2.0**-200 and rate * span < 2.0**40 and span < 2.0**400):
        return None
    offset, table = int(f._start != (hi[0], lo[0])), leaky.power_table()
    for first, last, shown, size in _left_over(hi, lo, terms, rate):
        state, i = np.array([0.0, 0.0, size]), first
        while i < last:
            end = min(i + (1 << 14), last)
            i = int(leaky.walk_train(hi, lo, terms, i, end, shown, offset, leak, table, state, *book.arguments()))
            if i < end:
                book.make_room()
        if not np.isfinite(state).all():
            return None
    return _train_found(train, f, offset, book) if n and book.usable() else None


def _left_over(hi: FloatArray, lo: FloatArray, terms: FloatArray, a: float) -> list[tuple[int, int, int, float]]:
    """Stretches that may hold an extreme: first and last event to compute, the first to offer, |U| before the first.

    All of it for short trains, and where the filter finds no finite numbers.
    """
    n = hi.size
    whole = n // leaky.BLOCK * leaky.BLOCK
    if not whole:
        return [(0, n, 0, 0.0)]
    tops, lows = np.empty(whole // leaky.LANE), np.empty(whole // leaky.LANE)
    errors, state, row = np.empty(whole // leaky.BLOCK), np.zeros(3), np.ascontiguousarray(terms[0])
    for i in range(0, whole, STEP):
        leaky.filter_train(hi, lo, row, i, min(i + STEP, whole), a, state, tops, lows, errors)
    if not (np.isfinite(state).all() and 2.0**-250 < state[2] < 2.0**250):
        return [(0, n, 0, 0.0)]
    error = np.repeat(errors * 1.0000001, leaky.LANES)
    keep = np.zeros(tops.size, dtype=bool)
    for sign, ends in ((1.0, tops), (-1.0, lows)):
        reach = sign * ends
        keep |= reach + error >= max(float((reach - error).max()), 0.0)
    size = float(state[2] + errors.max()) * 2.0  # of |U| at every event of a whole block
    segments = np.append(np.nonzero(keep)[0] * leaky.LANE, whole) if whole < n else np.nonzero(keep)[0] * leaky.LANE
    out: list[tuple[int, int, int, float]] = []
    for begin in segments.tolist():
        end = min(begin + leaky.LANE, n) if begin < whole else n
        first = int(np.searchsorted(hi, hi[begin] - (leaky.FORGET + 1.0) / a))
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], end, out[-1][2], out[-1][3])
        else:
            out.append((first, end, begin, size if first else 0.0))
    return out


def _held(f: Any, alpha: float, left: bool) -> Scan | None:
    p, train = f._parts[0], f._pulses
    n, factor = p.number, _power_of_two(p.scale)
    if len(f._parts) != 1 or p.knots is not None or p.coefficients.shape[:2] != (1, 1) or factor is None:
        return None
    if len(train) and not ((train._hi[0], train._lo[0]) >= (0.0, 0.0) and (train._hi[-1], train._lo[-1]) <= (n, 0.0)):
        return None
    early = int(f._start < (0.0, 0.0))  # a silent cell before the samples; one after them changes nothing
    x = p.coefficients[0, 0] if factor == 1.0 else p.coefficients[0, 0] * factor
    leak = _leak(Fraction(alpha) / f._axis.rate)
    if leak is None or n >= 1 << 52:
        return None
    at, ticks = (train._hi, train._lo), pulse_weights(train._terms, f._axis.rate)
    there, crowd = pulses((*at, *ticks), leak.pairs[0], leak.pairs[1])
    book, place = _Book(2 * crowd), np.array([0, early])
    state, x = np.array([0.0, 0.0, 0.0, np.inf]), np.ascontiguousarray(x)
    rest = there, leak, state, place, left
    _run(n, lambda i, j: kernels.scan(x, i, j, 1, *rest, *book.arguments()), book)
    book.search(x, leak)
    kernels.finish(n, there, state, place, left, *book.arguments()[:4])
    if not (np.isfinite(state[:3]).all() and book.usable()):
        return None
    places: dict[int, tuple[float, float]] = {0: f._start}
    sides = []
    for side in range(2):
        found, where = book.found(side)
        for cell, _, pulse in where.tolist():
            if pulse >= 0:
                places[cell] = float(at[0][pulse]), float(at[1][pulse])
        for cell in found.cell.tolist():
            if cell not in places:  # the start of sample k, and cell = k + pulses off the grid before it
                places[cell] = float(_sample(cell - early, *at)), 0.0
        sides.append(found)
    return Scan(sides[0], sides[1], Fraction(1), places)


def _sample(cell: int, hi: FloatArray, lo: FloatArray) -> int:
    """The sample k whose cell this is: k + number of pulses before k that are off the grid."""
    off_grid = np.flatnonzero((lo != 0.0) | (np.floor(hi) != hi))
    low, high = 0, cell
    while low < high:
        k = (low + high) // 2
        before = int(np.searchsorted(hi, k))  # hi < k; a pulse (k, lo < 0) is before k as well
        while before < hi.size and hi[before] == k and lo[before] < 0.0:
            before += 1
        if k + int(np.searchsorted(off_grid, before)) < cell:
            low = k + 1
        else:
            high = k
    return low


def _power_of_two(scale: Fraction) -> float | None:
    """The float equal to a moderate power of two or its negative; None for other factors."""
    size = abs(scale)
    big = size.numerator * size.denominator
    one = size.numerator == 1 or size.denominator == 1
    return float(scale) if one and big & (big - 1) == 0 and big < 1 << 60 else None


def _leak(a: Fraction) -> kernels.Leak | None:
    """The leak of one sample; None where it is far too large."""
    if a == 0:
        return NO_LEAK
    ah, al = pair(a)
    if not 2.0**-200 < ah < 500.0:
        return None
    made = tables(ah, al, 1.0)
    (gh, gl), (bh, bl) = made.whole
    return kernels.Leak(np.array([ah, al, bh, bl, gh, gl]), made.scan, made.weights, made.decay)
