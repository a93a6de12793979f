r"""Encode a formula: the same rules as for signals, in balls, with the potential in closed form.

    u(t) = G(t) + (u(l) - G(l)) e^{-alpha (t - l)},     G' + alpha G = g

Each branch of the formula is cut into cells in which |g| adds at most a few thresholds. A cell is halved until
u is monotone or stays on one side of the threshold on each interval. Spikes are reported at
exact instants and the true residual is carried on, so the radius of u does not grow from spike to spike. What a
precision cannot decide is encoded again from the start at the next one.

With |g'| <= B on an interval of width w about m, and E = e^{alpha w/2}: (u' e^{alpha s})' = g' e^{alpha s}, so u is
monotone there if |u'(m)| > E B w/2, and |u - u(m)| <= |u'(m)| w/2 + (B + alpha E (|u'(m)| + B w/2)) w^2/8.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.exact_cell import CellRun, Outcome, Rules, columns, finest
from spikemath._encoder.found import coalesced
from spikemath._encoder.rules import Settings, check_budget, spike_limit
from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.monotone import Stretch
from spikemath._numeric.potential import Undecided, bounds, fraction, precision, rational
from spikemath.signals.axis import split
from spikemath.signals.closed_form import Particular, Place
from spikemath.signals.formula import Expression

LEVELS = (160, 320, 640, 1000)
PER_CELL = 4  # thresholds that |g| may add within one cell


class Cell(NamedTuple):
    """From a coordinate on: the solution G, the length, the weight of the pulse, and the error of the start."""

    start: Any
    length: Any
    solution: Particular
    weight: Any
    doubt: Any


class FormulaPiece:
    """u on one cell from an offset on; what :func:`first_reach` asks of a piece."""

    q: tuple[Any, ...] = (0, 0)  # not a constant drive

    def __init__(self, solution: Particular, start: Any, u0: Any, leak: Any, length: Any, theta: Any) -> None:
        self.theta = theta
        self.solution, self.start, self.u0, self.a, self.length = solution, start, arb(u0), leak, length
        self.offset = self.u0 - solution(start)[0]
        self._density: tuple[Any, Any] = (None, None)
        if not (self.offset.is_finite() and self.u0.is_finite()):
            raise Undecided
        if not solution.waves and not solution.general:
            self.q = (solution.constant[1],)

    def value(self, s: Any) -> Any:
        """u(s)."""
        if s == 0:
            return self.u0
        total, density = self.solution(self.start + s)
        self._density = s, density
        return total + self.offset * arb(-self.a * s).exp() if self.a else total + self.offset

    def slope(self, s: Any, u: Any) -> Any:
        """u'(s) = g - a u."""
        density = self._density[1] if self._density[0] == s else self.solution(self.start + s)[1]
        return density - self.a * u

    def curvature(self) -> Any:
        """A bound of |u''| = |g' - a (g - a u)|."""
        size, slope = self.solution.sizes(self.start, self.start + self.length)
        return (slope + self.a * (size + self.a * (abs(self.u0) + size * self.length))).upper()

    def stretches(self, bits: int, force: bool) -> Iterator[Stretch]:
        """Where the end tells what happens, from left to right, and narrow brackets where that is not certain."""
        bend = self.solution.sizes(self.start, self.start + self.length)[1]
        if bend == 0:  # u' e^{a s} is constant, u monotone
            yield Stretch(fmpq(0), self.length, False)
            return
        goal = self.length * fmpq(1, 1 << (bits // 3))
        stack = [(fmpq(0), self.length)]
        while stack:
            left, right = stack.pop()
            middle, width = (left + right) / 2, right - left
            u = self.value(middle)
            steep, growth = abs(self.slope(middle, u)), arb(self.a * width / 2).exp()
            bend = self.solution.bend(self.start + left, self.start + right)
            turn = bend * width / 2
            rise = steep * width / 2 + (bend + self.a * growth * (steep + turn)) * width * width / 8
            if steep > growth * turn or abs(abs(u) - self.theta) > rise:
                yield Stretch(left, right, False)
            elif width <= goal:
                yield Stretch(left, right, True)
            else:
                stack += [(middle, right), (left, middle)]


class _FormulaRun(CellRun):
    def __init__(
        self, rules: Rules, cell: Cell, bits: int, force: bool, armed: bool, wake: Any, last: Any, due: bool
    ) -> None:  # fmt: skip
        self.rules, self.bits, self.force, self.cell, self.due = rules, bits, force, cell, due
        self.base, self.length, self.offset = cell.start, cell.length, fmpq(0)
        self.armed, self.wake, self.last = armed, wake, last
        self.spikes, self.undecided = [], 0

    def go(self, u: Any) -> Outcome:
        self.u = u + self.cell.weight
        if self.due and not (self.wake is not None and self.wake > self.base):
            self._test(self.base)
        return self._onward()

    def _fire(self, here: Any, count: int, to_zero: bool) -> None:
        """A crossing that no two floats tell from a breakpoint is reported just before it, its decay included."""
        super()._fire(here, count, to_zero)
        spot = finest(here)
        if spot != here:
            late = arb(self.rules.leak * (spot - here)).exp() if self.rules.leak else fmpq(1)
            self.u = self.u + count * self.rules.theta * (1 - late)
            self.spikes[-1] = (spot, *self.spikes[-1][1:])
            self.last = spot

    def _stays_below(self) -> bool:
        return False  # a formula is no constant

    def _piece(self) -> FormulaPiece:
        start = self.base + self.offset
        return FormulaPiece(
            self.cell.solution, start, self.u, self.rules.leak, self.length - self.offset, self.rules.theta
        )


def encode_formula(f: Expression, op: Settings, progress: Progress = None) -> Run:
    """Spikes of a formula; crossings are reported early and the true residual is carried on."""
    rules = Rules(
        rational(op.threshold), rational(op.alpha), rational(op.refractory), op.reset_code, op.bipolar
    )  # fmt: skip
    for bits in LEVELS:
        with precision(bits):
            try:
                return _encoded(f, op, rules, bits, progress)
            except Undecided:
                continue
    raise ValueError(f"{LEVELS[-1]} bits do not enclose the leaky integral: an exponent is too close to -alpha")


def _encoded(f: Expression, op: Settings, rules: Rules, bits: int, progress: Progress) -> Run:
    cells = list(_cells(f, rules))
    u: Any = arb(0)
    armed, wake, last, undecided = True, None, cells[0].start, 0
    spikes: list[tuple[Any, int, bool]] = []
    for k, cell in enumerate(cells):
        due = cell.weight != 0 or (wake is not None and wake <= cell.start)
        u = u + arb(0, cell.doubt)
        done = _FormulaRun(rules, cell, bits, bits == LEVELS[-1], armed, wake, last, due).go(u)
        u, armed, wake, last = done.u, done.armed, done.wake, done.last
        undecided += done.undecided
        spikes += done.spikes
        if progress is not None and (k % 256 == 0 or k + 1 == len(cells)):
            progress(k + 1, len(cells))
    hi, lo, counts = coalesced(*columns(spikes)[:3])
    return Run(hi, lo, counts, float(arb(u).mid()), undecided)


def _cells(f: Expression, rules: Rules) -> Iterator[Cell]:
    """Cells of all branches, cut at pulses."""
    alpha = fraction(rules.leak)
    pulses: dict[Fraction, Any] = {}
    for place, mass_there in f._pulses:
        at = _representable(place)
        pulses[at] = pulses.get(at, arb(0)) + mass_there.ball()
    t0, t1 = map(Fraction, f.domain)
    starts = [(max(b.start.middle, t0), b.start.radius, Particular(b.terms, alpha)) for b in f._branches]
    cuts = sorted({t0, t1, *(s for s, _, _ in starts), *pulses})
    spans = []
    for left, right in itertools.pairwise(cuts):
        radius, solution = next((r, g) for s, r, g in reversed(starts) if s <= left)
        doubtful = radius if any(s == left for s, _, _ in starts) else Fraction(0)
        spans.append((rational(left), rational(right), solution, rational(doubtful), pulses.get(left, fmpq(0))))
    theta = fraction(rules.theta)
    mass = _mass([(g, a, b) for a, b, g, _, _ in spans], theta * spike_limit())
    check_budget(min(mass, Fraction(2) ** 1000), float(theta))
    for left, right, solution, radius, weight in spans:
        doubt = (solution.sizes(left, right)[0] * radius * 2).upper()
        for a, b in _cut(solution, left, right, rules.theta):
            yield Cell(a, b - a, solution, weight, doubt)
            weight, doubt = fmpq(0), arb(0)
    yield Cell(rational(t1), fmpq(0), Particular((), alpha), pulses.get(t1, fmpq(0)), arb(0))


def _mass(spans: list[tuple[Particular, Any, Any]], enough: Fraction) -> Fraction:
    """A bound of the integral of |g|, refined where it is large until it is below ``enough``, or no better."""
    rows = [(-_bound(g, a, b), k, g, a, b) for k, (g, a, b) in enumerate(spans)]
    heapq.heapify(rows)
    total, number = -sum((row[0] for row in rows), Fraction(0)), len(rows)
    for _ in range(1000):
        if total <= enough:
            break
        size, _, g, a, b = heapq.heappop(rows)
        m = (a + b) / 2
        total += size
        for x, y in ((a, m), (m, b)):
            number += 1
            part = _bound(g, x, y)
            total += part
            heapq.heappush(rows, (-part, number, g, x, y))
    return total


def _bound(g: Particular, a: Any, b: Any) -> Fraction:
    gain = _gain(g, a, b).upper()
    return bounds(gain)[1] if gain.is_finite() else Fraction(2) ** 1000


def _gain(g: Particular, a: Any, b: Any) -> Any:
    """A bound of the integral of |g| from a to b: its largest size, or its size in the middle and its slope."""
    size, slope = g.sizes(a, b)
    return size.min(abs(g((a + b) / 2)[1]) + slope * (b - a) / 2) * (b - a)


def _cut(solution: Particular, left: Any, right: Any, theta: Any) -> Iterator[tuple[Any, Any]]:
    """Halves of halves until each holds few thresholds."""
    stack = [(left, right)]
    while stack:
        a, b = stack.pop()
        gain = _gain(solution, a, b)
        if not gain.is_finite() or (b - a) * (1 << 60) < right - left or gain <= PER_CELL * theta:
            yield a, b
        else:
            m = (a + b) / 2
            stack += [(m, b), (a, m)]


def _representable(place: Place) -> Fraction:
    _, _, exact = split(place.middle)
    if place.radius or not exact:
        raise ValueError(
            f"the pulse at t = {float(place.middle)!r} is at no instant that two floats can hold, so no spike can "
            "answer it there: move it, or encode f.approximate()"
        )
    return place.middle
