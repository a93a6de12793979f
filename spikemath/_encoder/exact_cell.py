"""The encoder on one cell without doubt: the same rules as cell_kernel.py in rationals and balls.

Used where the kernel's bounds do not decide. The cell is tried with the kernel's own enclosure of the potential
first, then at growing precision, and at the last level what still cannot be told fires and is counted as undecided.
For alpha = 0 the last level is exact rational arithmetic, so nothing is ever undecided.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder import firing as k
from spikemath._encoder.firing import MODULO, NEAR, SUBTRACT
from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.crossing import first_reach
from spikemath._numeric.dd import pair_up
from spikemath._numeric.monotone import Piece
from spikemath._numeric.potential import (
    Potential,
    Undecided,
    floor_ratio,
    fraction,
    precision,
    rational,
    shifted,
    sign,
    to_floats,
)
from spikemath.signals.axis import floor_float, split

FILTER_BITS = 200  # precision for the kernel's own enclosure


class Rules(NamedTuple):
    """What the operator is, in ticks."""

    theta: Any
    leak: Any
    refractory: Any
    reset: int
    bipolar: bool


class Place(NamedTuple):
    """Where the kernel stopped: cell, offset in it, whether its pulse is in, and what the neuron waits for."""

    cell: int
    offset: Any
    pulsed: bool
    untested: bool  # the potential here still has to be compared with the threshold
    armed: bool
    wake: Any | None
    last: Any


class Outcome(NamedTuple):
    """The rest of the cell: spikes, the potential at its end, and the state of the neuron."""

    spikes: list[tuple[Any, int, bool]]  # coordinate, count, whether the potential was set to 0
    u: Any
    armed: bool
    wake: Any | None
    last: Any
    undecided: int


def finish_cell(rules: Rules, potential: Potential, place: Place, enclosure: tuple[float, float, float]) -> Outcome:
    """Encode from ``place`` to the end of its cell (the potential there is before the next cell's pulse)."""
    with precision(FILTER_BITS):
        hi, lo, error = enclosure
        u = arb(hi) + arb(lo) + arb(0, error)
        try:
            if error < float("inf"):
                return CellRun(rules, potential, place, FILTER_BITS, False).go(u)
        except Undecided:
            pass
    for level in potential.levels:
        bits = level or 256
        with precision(bits):
            u = potential.value(level, place.cell, place.offset, place.pulsed)
            try:
                return CellRun(rules, potential, place, bits, level == potential.levels[-1]).go(u)
            except Undecided:
                continue
    raise AssertionError("the last level always decides")


class CellRun:
    """One cell, from a place in it to its end, at one precision."""

    def __init__(self, rules: Rules, potential: Potential, place: Place, bits: int, force: bool) -> None:
        self.rules, self.bits, self.force = rules, bits, force
        self.base = potential.start(place.cell)
        final = place.cell >= potential.cells.n
        self.length = fmpq(0) if final else potential.start(place.cell + 1) - self.base
        self.q = [] if final else potential.density(place.cell)
        weight = fmpq(0) if place.pulsed else rational(potential.cells.pulse_weight(place.cell))
        self.weight = weight
        self.place = place
        self.offset, self.armed, self.wake, self.last = place.offset, place.armed, place.wake, place.last
        self.spikes: list[tuple[Any, int, bool]] = []
        self.undecided = 0

    def go(self, u: Any) -> Outcome:
        self.u = u
        if not self.place.pulsed:
            self.u = self.u + self.weight
        here = self.base + self.offset
        blocked = self.wake is not None and self.wake > here
        due = self.place.untested or (not self.place.pulsed and (self.weight != 0 or self.wake is not None))
        if due and not blocked:
            self._test(here)
        return self._onward()

    def _onward(self) -> Outcome:
        """To the end of the cell."""
        while self.offset < self.length:
            here = self.base + self.offset
            if self.wake is not None and self.wake > here:
                self._wait()
            elif not self.armed:
                self._rearm()
            else:
                self._cross(here)
        return Outcome(self.spikes, self.u, self.armed, self.wake, self.last, self.undecided)

    def _piece(self) -> Any:
        return Piece(self.u, shifted(self.q, self.offset), self.rules.leak, self.length - self.offset)

    def _advance(self, offset: Any) -> None:
        self.u = self._piece().value(offset - self.offset)
        self.offset = offset

    def _wait(self) -> None:
        end = self.wake - self.base
        if end >= self.length:
            self._advance(self.length)
        else:
            self._advance(end)
            self._test(self.wake)

    def _test(self, here: Any) -> None:
        """Compare with the threshold at a pulse or at the end of the refractory time; fire and reset."""
        r = self.rules
        self.wake, self.armed = None, True
        if not r.bipolar and self.u < r.theta:
            return
        try:
            k = floor_ratio(self.u, r.theta)
        except Undecided:
            if not self.force:
                raise
            self.undecided += 1
            k = int(((abs(self.u) / r.theta).mid() + arb(0.5)).floor().unique_fmpz())
        if k == 0:
            return
        sigma = 1 if self.u > 0 else -1
        if not r.bipolar and sigma < 0:
            return
        count = sigma * k if r.reset == MODULO else sigma
        self._fire(here, count, r.reset not in (MODULO, SUBTRACT))
        if r.reset == SUBTRACT and r.refractory == 0:
            self.armed = k < 2

    def _fire(self, here: Any, count: int, to_zero: bool) -> None:
        r = self.rules
        self.u = fmpq(0) if to_zero else self.u - count * r.theta
        if self.spikes and self.spikes[-1][0] == here:
            self.spikes[-1] = (here, self.spikes[-1][1] + count, to_zero)
        else:
            self.spikes.append((here, count, to_zero))
        self.last = here
        if r.refractory > 0:
            self.wake = representable(here + r.refractory)

    def _rearm(self) -> None:
        """Go to where |u| has fallen below the threshold, or on to the end of the cell."""
        theta, sigma = self.rules.theta, 1 if self.u > 0 else -1
        above = self._above(sigma * self.u - theta)
        if above < 0:
            self.armed = True
        elif above == 0:  # exactly at the threshold: which way it goes shows on the next monotone stretch
            piece = self._piece()
            end = next(iter(piece.stretches(self.bits, self.force))).right
            if piece.value(end) == self.u:
                self._advance(self.offset + end)
                return
            end = end / 2
            if (
                self._above(sigma * piece.value(end) - theta) < 0
            ):  # it falls: stop before it reaches the other threshold
                while not abs(piece.value(end)) < theta:
                    end = end / 2
            self._advance(self.offset + end)
        else:
            found, doubts = first_reach(self._piece(), -theta, -sigma, self.bits, self.force)
            self.undecided += doubts
            self._advance(self.length if found is None else self.offset + found[1])

    def _above(self, gap: Any) -> int:
        """Sign of |u| - theta; what the last level cannot tell has fallen below."""
        try:
            return sign(gap)
        except Undecided:
            if not self.force:
                raise
            self.undecided += 1
            return -1

    def _stays_below(self) -> bool:
        """Whether the density is a constant, at most leak * theta: u is then a mean of u(0) and values up to theta."""
        r, drive = self.rules, self.q[0] if self.q else fmpq(0)
        return not any(self.q[1:]) and drive <= r.leak * r.theta and (-drive <= r.leak * r.theta or not r.bipolar)

    def _cross(self, here: Any) -> None:
        r = self.rules
        if self._stays_below():
            self._advance(self.length)
            return
        piece = self._piece()
        found, sigma = None, 0
        for direction in (1, -1) if r.bipolar else (1,):
            reach, doubts = first_reach(piece, r.theta, direction, self.bits, self.force)
            self.undecided += doubts
            if reach is not None and (found is None or reach[0] < found[0]):
                found, sigma = reach, direction
        if found is None:
            self._advance(self.length)
            return
        limit = here + found[0]
        spot = report(limit, here, self.last)
        if not sigma * piece.value(spot - here) > 0:  # too early: the residual would leave the tube on the other side
            spot = max(finest(limit), here)
        self._advance(spot - self.base)
        self._fire(spot, sigma, False)


def report(limit: Any, here: Any, last: Any) -> Any:
    """The reported coordinate of a crossing that is proved to lie after ``limit``; not before ``here``."""
    top = rational(floor_float(fraction(limit)))
    if top > here and limit - top <= rational(NEAR) * (limit - last):
        return top
    return max(finest(limit), here)


def finest(limit: Any) -> Any:
    """The last coordinate of two floats that is not after ``limit``."""
    top = rational(floor_float(fraction(limit)))
    return top + rational(floor_float(fraction(limit - top)))


def representable(x: Any) -> Any:
    """The coordinate at or just above x: no refractory time is cut short."""
    hi, lo = pair_up(fraction(x))
    return rational(hi) + rational(lo)


def coordinates(x: Any) -> tuple[float, float]:
    """A coordinate as hi and lo."""
    hi, lo, exact = split(fraction(x))
    if not exact:
        raise AssertionError("a reported coordinate always fits two floats")
    return hi, lo


def place_of(floats: Any, flags: Any, cell: int) -> Place:
    """Where a kernel has stopped, from its state."""
    waiting = int(flags[k.WAITING])
    return Place(
        cell,
        _pair(floats, k.POS),
        pulsed=flags[k.PULSED] != 0,
        untested=flags[k.PULSED] == 2 or waiting == 2,
        armed=bool(flags[k.ARMED]),
        wake=_pair(floats, k.WAKE) if waiting == 1 else None,
        last=_pair(floats, k.LAST),
    )


def put_back(floats: Any, flags: Any, done: Outcome, u: Any) -> None:
    """Let the kernel go on with the next cell; u is the potential at its start, in the kernel's unit."""
    floats[k.U], floats[k.U + 1], floats[k.ERR] = to_floats(u)
    floats[k.POS], floats[k.POS + 1] = 0.0, 0.0
    floats[k.LAST], floats[k.LAST + 1] = coordinates(done.last)
    flags[k.WAITING] = done.wake is not None
    if done.wake is not None:
        floats[k.WAKE], floats[k.WAKE + 1] = coordinates(done.wake)
    flags[k.ARMED], flags[k.PULSED], flags[k.BASED] = done.armed, 0, 0
    flags[k.CELL] += 1


def _pair(floats: Any, at: int) -> Any:
    return rational(float(floats[at])) + rational(float(floats[at + 1]))


def columns(spikes: list[tuple[Any, int, bool]]) -> tuple[Any, Any, Any, Any]:
    """Spikes as arrays hi, lo, count, jump."""
    pairs = [coordinates(c) for c, _, _ in spikes]
    for _, count, _ in spikes:
        if abs(count) >= 2**62:
            raise OverflowError(f"a spike of {count} thresholds does not fit int64: the threshold is too small")
    hi = np.array([p[0] for p in pairs], dtype=np.float64)
    lo = np.array([p[1] for p in pairs], dtype=np.float64)
    counts = np.array([c for _, c, _ in spikes], dtype=np.int64)
    return hi, lo, counts, np.array([z for _, _, z in spikes], dtype=np.bool_)
