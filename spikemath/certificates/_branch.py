r"""Branch and bound for sup |V| on an interval, and the largest value seen so far.

V' = g - alpha V, so (V' e^{alpha s})' = g' e^{alpha s}. With |g'| <= B on [m - w/2, m + w/2] and E = e^{alpha w/2}:

    |V'(m)| > E B w / 2       =>  V is monotone there, and its ends count,
    |V'| <= S = E (|V'(m)| + B w / 2),
    |V| <= |V(m)| + |V'(m)| w / 2 + (B + alpha S) w^2 / 8,

and what neither settles is halved, the largest bound first, until it is as narrow as the value is known, or 2^-90 of
the largest value. After 2^14 halvings what is left is accepted as it is: the enclosure is then wider, and still one.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.potential import bounds, fraction, rational
from spikemath.certificates._verdict import Enclosure


class Best:
    """An enclosure of the largest of all sizes seen, rationals or balls, and where it is."""

    def __init__(self) -> None:
        self.lower, self.upper = Fraction(0), Fraction(0)
        self.finite = True
        self.floor: Any = arb(0)
        self.exact: Any = fmpq(0)
        self.where: tuple[Any, str] = (fmpq(0), "right")

    def see(self, v: Any, at: Any, side: str) -> None:
        """Take |v| into account: only what may be largest is looked at closely."""
        size = abs(v)
        if isinstance(size, fmpq):
            if size > self.exact:
                self.exact = size
                value = fraction(size)
                self._take(value, value, at, side)
        elif not size.is_finite():
            self.finite = False
        elif not size < self.floor:
            self._take(*bounds(size), at, side)

    def above(self, v: Any, at: Any) -> None:
        """A value that is taken: what is below it need not be looked at."""
        lower, _ = bounds(abs(v))
        self._take(lower, lower, at, "right")

    def _take(self, lower: Fraction, upper: Fraction, at: Any, side: str) -> None:
        if lower > self.lower:
            self.lower, self.where = lower, (at, side)
            self.floor = arb(rational(lower)).lower()
        self.upper = max(self.upper, upper)

    def enclosure(self, bits: int, origin: Fraction = Fraction(0), rate: Fraction = Fraction(1)) -> Enclosure:
        """The enclosure, with values and coordinates divided by the rate."""
        at, side = self.where
        low, high = bounds(at)
        time = float(origin + (low + high) / 2 / rate)
        return Enclosure(self.lower / rate, self.upper / rate if self.finite else None, time, side, bits)


def search(
    values: Callable[[Any], tuple[Any, Any]], bends: Callable[[Any, Any], Any], rough: Any, leak: Any, left: Any,
    right: Any, best: tuple[Best, ...],
) -> None:  # fmt: skip
    """Show all that may be largest inside an interval.

    ``values(m)`` gives V and V', ``bends(a, b)`` is B on a part, ``rough`` a quick bound for all of it.
    """
    if rough == 0:  # V' e^{alpha s} is constant, V monotone
        return
    span = right - left
    heap, number = [(-math.inf, 0, left, right)], 0
    while heap:  # the largest bound first, so that a halt after MOST intervals still leaves a narrow enclosure
        _, _, a, b = heapq.heappop(heap)
        m, w = (a + b) / 2, b - a
        v, slope = values(m)
        v, steep, growth = arb(v), abs(arb(slope)), arb(leak * w / 2).exp()
        if steep > growth * (rough * w / 2):
            continue
        bend = bends(a, b)
        turn = bend * w / 2
        if v.is_finite() and not all(abs(v) < x.floor for x in best):
            for x in best:
                x.above(v, m)
        if steep > growth * turn:
            continue
        rise = steep * w / 2 + (bend + leak * growth * (steep + turn)) * w * w / 8
        top = abs(v) + rise
        if all(top < x.floor for x in best):
            continue
        fine = any(rise <= x.floor * _FINE for x in best) or rise <= v.rad() * 16
        if fine or w * (1 << 60) <= span or not top.is_finite() or number > MOST:
            ball = abs(v).union(top.upper())
            for x in best:
                x.see(ball, m, "right")
            continue
        for x, y in ((a, m), (m, b)):
            number += 1
            heapq.heappush(heap, (-float(top.upper()), number, x, y))


_FINE, MOST = arb(2) ** -90, 1 << 14
