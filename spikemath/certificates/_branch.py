r"""Branch and bound for sup |V| on an interval, and the largest value seen so far.

V' = g - alpha V, so (V' e^{alpha s})' = g' e^{alpha s}. With |g'| <= B on [m - w/2, m + w/2] and E = e^{alpha w/2}:

    |V'(m)| > E B w / 2       =>  V is monotone there, and its ends count,
    |V'| <= S = E (|V'(m)| + B w / 2),
    |V| <= |V(m)| + |V'(m)| w / 2 + (B + alpha S) w^2 / 8,

and what neither settles is halved, until the bound is as narrow as the value is known, or 2^-90 of the largest value.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.potential import bounds
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
                value = Fraction(int(size.p), int(size.q))
                self._take(value, value, at, side)
        elif not size.is_finite():
            self.finite = False
        elif not size < self.floor:
            self._take(*bounds(size), at, side)

    def _take(self, lower: Fraction, upper: Fraction, at: Any, side: str) -> None:
        if lower > self.lower:
            self.lower, self.where = lower, (at, side)
            self.floor = arb(fmpq(lower.numerator, lower.denominator)).lower()
        self.upper = max(self.upper, upper)

    def enclosure(self, bits: int, origin: Fraction = Fraction(0), rate: Fraction = Fraction(1)) -> Enclosure:
        """The enclosure, with values and coordinates divided by the rate."""
        at, side = self.where
        low, high = bounds(at)
        time = float(origin + (low + high) / 2 / rate)
        return Enclosure(self.lower / rate, self.upper / rate if self.finite else None, time, side, bits)


def search(
    values: Callable[[Any], tuple[Any, Any]], bend: Any, leak: Any, left: Any, right: Any, best: tuple[Best, ...]
) -> None:  # fmt: skip
    """Show all that may be largest strictly between two instants; ``values(m)`` gives V and V', ``bend`` is B."""
    span = right - left
    stack = [(left, right)]
    while stack:
        a, b = stack.pop()
        m, w = (a + b) / 2, b - a
        v, slope = values(m)
        v, steep, growth = arb(v), abs(arb(slope)), arb(leak * w / 2).exp()
        turn = bend * w / 2
        if steep > growth * turn:
            continue
        rise = steep * w / 2 + (bend + leak * growth * (steep + turn)) * w * w / 8
        top = abs(v) + rise
        if all(top < x.floor for x in best):
            continue
        fine = any(rise <= x.floor * _FINE for x in best) or rise <= v.rad() * 16
        if fine or w * (1 << 60) <= span or not top.is_finite():
            ball = abs(v).union(top.upper())
            for x in best:
                x.see(ball, m, "right")
            continue
        stack += [(m, b), (a, m)]


_FINE = arb(2) ** -90
