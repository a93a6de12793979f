r"""The independent route: V from event to event in rationals or balls, branch and bound inside the pieces.

    V(c + s) = e^{-a s} V(c) + sum_i q_i I_i(s),     I_0 = (1 - e^{-a s}) / a,   I_i = (s^i - i I_{i-1}) / a
    a = 0:    V(c + s) = V(c) + sum_i q_i s^{i+1} / (i + 1)

in coordinates c of the time axis of f, with a = alpha / rate; inside a piece, _branch.py. The forward recursion for I_i
loses bits where a s is small, so the precision grows until the enclosure is narrow. None of this is shared with norms/
(no cells, no double-double, no kernels).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.potential import precision, rational
from spikemath.certificates._branch import Best, search
from spikemath.certificates._verdict import Enclosure, pointwise, settled
from spikemath.certificates.certificate import Certificate
from spikemath.signals import SpikeTrain
from spikemath.signals.axis import Axis

BITS = (192, 384, 1100, 2200)


class Point(NamedTuple):
    """A pulse, or the start of a piece: coordinate, weight in ticks, density from here on (ascending powers)."""

    at: Any
    weight: Any
    density: list[Any]


def recomputed(c: Certificate) -> Certificate:
    """The certificate again."""
    from spikemath.certificates.certify import made
    from spikemath.signals.formula import Expression

    if isinstance(c.f, Expression):
        from spikemath.certificates._formula import enclosures
        from spikemath.certificates._quadrature import BITS as LEVELS
        from spikemath.certificates._quadrature import Quadrature

        whole, right = enclosures(c.f, c.eta, c.threshold, c.alpha, Quadrature, LEVELS)
    else:
        whole, right = measured(c.f, c.eta, c.threshold, c.alpha)
    everywhere = pointwise(whole, lambda: right, Fraction(c.threshold))
    return made(c.f, c.eta, c.threshold, c.alpha, c.strict, whole, everywhere, None, "recomputed")


def measured(f: Any, eta: SpikeTrain, theta: float, alpha: float) -> tuple[Enclosure, Enclosure]:
    """The norm of f - eta, and the supremum of |V| without limits from the left."""
    axis: Axis = f._axis
    points = list(_points(f, eta, axis))
    leak = rational(Fraction(alpha) / axis.rate)
    bound = Fraction(theta)
    for bits in (0, *BITS) if alpha == 0.0 else BITS:
        with precision(bits or 192):
            found = _Supremum(points, leak, axis, bits)
            whole, right = found.enclosures()
        wide = whole.upper is None or whole.upper - whole.lower > whole.upper / 2**60
        if not wide and (settled(bound, whole, right) or (alpha == 0.0 and whole.upper == whole.lower)):
            break
    return whole, right


def _coordinates(hi: Any, lo: Any) -> list[Any]:
    return [rational(h) + rational(r) if r else rational(h) for h, r in zip(hi.tolist(), lo.tolist(), strict=True)]


def _points(f: Any, eta: SpikeTrain, axis: Axis) -> Iterator[Point]:
    """Everything that happens, in order of time; pulses at one instant are added."""
    rate = rational(axis.rate)
    weights: dict[Any, Any] = {}
    pulses = f if isinstance(f, SpikeTrain) else f.impulses
    for train, factor in ((pulses, rate), (eta, -rate)):
        if train._axis == axis:
            at = _coordinates(train._hi, train._lo)
        else:
            at = [rational((t - axis.origin) * axis.rate) for t in train.exact_times()]
        columns = [[rational(x) for x in row] for row in train._terms.tolist()]
        for k, c in enumerate(at):
            weights[c] = weights.get(c, fmpq(0)) + factor * sum((row[k] for row in columns), fmpq(0))
    parts = [] if isinstance(f, SpikeTrain) else list(f._parts)
    knots = [_coordinates(*p.coordinates()) for p in parts]
    place = [-1] * len(parts)
    for c in sorted({*weights, *(k for row in knots for k in row)}):
        density: list[Any] = []
        for i, (p, row) in enumerate(zip(parts, knots, strict=True)):
            while place[i] + 1 < len(row) and row[place[i] + 1] <= c:
                place[i] += 1
            if 0 <= place[i] < p.number:
                q = _about([rational(x) for x in p.exact(place[i])], c - row[place[i]])
                density += [fmpq(0)] * (len(q) - len(density))
                for j, x in enumerate(q):
                    density[j] += x
        yield Point(c, weights.get(c, fmpq(0)), density)


def _about(q: list[Any], s: Any) -> list[Any]:
    """The polynomial in powers of x - s, by the binomial theorem."""
    if not s:
        return q
    return [sum((q[j] * math.comb(j, i) * s ** (j - i) for j in range(i, len(q))), fmpq(0)) for i in range(len(q))]


class _Supremum:
    """sup |V| over all points and pieces, at one precision."""

    def __init__(self, points: list[Point], leak: Any, axis: Axis, bits: int) -> None:
        self.leak, self.axis, self.bits = leak, axis, bits
        self.whole = Best()
        self.right = Best()
        inside: list[tuple[Point, Any, Any]] = []
        v: Any = fmpq(0)
        for k, p in enumerate(points):
            self.whole.see(v, p.at, "left")
            v = v + p.weight
            self.whole.see(v, p.at, "right")
            self.right.see(v, p.at, "right")
            if k + 1 == len(points):
                break
            h = points[k + 1].at - p.at
            if any(x != 0 for x in p.density[1:]):  # else V' e^{a s} is constant, and V monotone
                inside.append((p, v, h))
            v = self._after(v, p.density, h)
        for p, u, h in inside:
            self._search(p, u, h)

    def enclosures(self) -> tuple[Enclosure, Enclosure]:
        """The norm, and the supremum without limits from the left."""
        origin, rate = self.axis
        return self.whole.enclosure(self.bits, origin, rate), self.right.enclosure(self.bits, origin, rate)

    def _after(self, v: Any, q: list[Any], s: Any) -> Any:
        """V at offset s into a piece."""
        if self.leak == 0:
            total, power = v, s
            for i, x in enumerate(q):
                total = total + x * power / (i + 1)
                power = power * s
            return total
        decay = (-arb(self.leak) * arb(s)).exp()
        total = v * decay
        integral = (1 - decay) / self.leak
        power = fmpq(1)
        for i, x in enumerate(q):
            if i:
                power = power * s
                integral = (power - i * integral) / self.leak
            if x != 0:
                total = total + x * integral
        return total

    def _search(self, p: Point, u: Any, h: Any) -> None:
        """What is inside the open piece."""
        q, a, size = p.density, self.leak, arb(abs(h))
        bend = sum((i * abs(arb(x)) * size ** (i - 1) for i, x in enumerate(q) if i), arb(0)).upper()

        def values(c: Any) -> tuple[Any, Any]:
            s = c - p.at
            v = self._after(u, q, s)
            return v, sum((x * s**i for i, x in enumerate(q)), fmpq(0)) - a * v

        search(values, lambda *_: bend, bend, a, p.at, p.at + h, (self.whole, self.right))
