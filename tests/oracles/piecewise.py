"""Oracle: leaky integrals of signals that are piecewise polynomial plus Dirac pulses.

A signal has knots t_0 < ... < t_n, on [t_k, t_{k+1}) the polynomial p_k(t - t_k) (ascending rational
coefficients), and pulses (time, weight); pulses at t_0 and t_n count, pulses at equal times are added.

Inside a stretch without pulses or knots the potential obeys u' = p(s) - alpha u, hence

    u(s) = q(s) + (u(s0) - q(s0)) exp(-alpha (s - s0)),        q' + alpha q = p,

where for alpha > 0 q is the polynomial q_k = (p_k - (k+1) q_{k+1}) / alpha (from the top degree down, exact
rationals) and for alpha = 0 q is the antiderivative of p.

Turning points.  With g(s) = u'(s) exp(alpha s): g' = p'(s) exp(alpha s).  So between consecutive sign
changes of p' the function g is monotone, and u' = g exp(-alpha s) changes sign at most once, which
bisection finds.  The sign changes of p' are found in the same way, from those of its derivative, down to a
constant.  Extra points in such a list do no harm.  `Curve.monotone`: points between which u is monotone.

Numbers are mpf with at least 70 digits (more where 1/alpha^k cancels); zeros are bisected to 1e-66 relative.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import mpmath
from mpmath import mpf

from .trains import Number, to_mpf

BISECTIONS = 220
Poly = list[Fraction]


@dataclass(frozen=True)
class Signal:
    knots: list[Fraction]
    pieces: list[Poly]
    pulses: list[tuple[Fraction, Fraction]] = field(default_factory=list)

    def pulse_map(self) -> dict[Fraction, Fraction]:
        """Coalesced pulses; zero sums vanish."""
        total: dict[Fraction, Fraction] = {}
        for t, a in self.pulses:
            total[Fraction(t)] = total.get(Fraction(t), Fraction(0)) + Fraction(a)
        return {t: total[t] for t in sorted(total) if total[t] != 0}

    def segments(self, extra: Sequence[Fraction] = ()) -> list[tuple[Fraction, Fraction, Poly]]:
        """(start, end, polynomial in the coordinate t - start), cut at knots, pulses and extra times."""
        cuts = sorted({Fraction(t) for t in [*self.knots, *self.pulse_map(), *extra]})
        if cuts[0] < self.knots[0] or cuts[-1] > self.knots[-1] or len(self.pieces) != len(self.knots) - 1:
            raise ValueError("time outside the domain, or wrong number of pieces")
        result = []
        for a, b in pairwise(cuts):
            k = bisect_right(self.knots, a) - 1
            result.append((a, b, shift([Fraction(c) for c in self.pieces[k]], a - self.knots[k])))
        return result


def shift(poly: Poly, h: Fraction) -> Poly:
    """Coefficients of s -> poly(s + h), by Horner's scheme on polynomials."""
    result: Poly = []
    for c in reversed(poly):
        result = [x + h * y for x, y in zip([Fraction(0), *result], [*result, Fraction(0)], strict=True)]
        result[0] += c
    return result


def derivative(poly: Poly) -> Poly:
    return [k * c for k, c in enumerate(poly)][1:]


def antiderivative(poly: Poly) -> Poly:
    return [Fraction(0), *(c / (k + 1) for k, c in enumerate(poly))]


def evaluate(poly: Sequence[Number], s: Number) -> Number:
    value: Number = 0 * s
    for c in reversed(poly):
        value = value * s + c
    return value


def digits_for(signal: Signal, alpha: Fraction) -> int:
    """70 digits, plus what q ~ p / alpha^k loses by cancellation for a small alpha."""
    degree = max((len(p) for p in signal.pieces), default=0)
    loss = int(max(0, -mpmath.log10(to_mpf(alpha)))) + 1 if alpha > 0 else 0
    return 70 + 2 * degree + (degree + 1) * loss


def bisect(fn: Callable[[mpf], mpf], a: mpf, b: mpf) -> mpf:
    """A sign change of fn between a and b."""
    negative_left = fn(a) < 0
    for _ in range(BISECTIONS):
        middle = (a + b) / 2
        if (fn(middle) < 0) == negative_left:
            a = middle
        else:
            b = middle
    return (a + b) / 2


def with_sign_changes(fn: Callable[[mpf], mpf], points: list[mpf]) -> list[mpf]:
    """points, and a sign change of fn between each two neighbours where fn has opposite signs."""
    result = points[:1]
    for a, b in pairwise(points):
        if fn(a) * fn(b) < 0:
            result.append(bisect(fn, a, b))
        result.append(b)
    return result


def sign_points(poly: Poly, a: mpf, b: mpf) -> list[mpf]:
    """Points of [a, b], ends included, between which the polynomial does not change sign."""
    if len(poly) <= 1:
        return [a, b]
    values = [to_mpf(c) for c in poly]
    return with_sign_changes(lambda s: evaluate(values, s), sign_points(derivative(poly), a, b))


class Curve:
    """The potential in one stretch: u' = poly(s) - alpha u, u(s0) = u0."""

    def __init__(self, poly: Poly, alpha: Fraction, s0: mpf, u0: mpf) -> None:
        self.poly, self.alpha, self.s0 = poly, alpha, s0
        if alpha == 0:
            q = antiderivative(poly)
        else:
            q = [Fraction(0)] * (len(poly) + 1)
            for k in range(len(poly) - 1, -1, -1):
                q[k] = (poly[k] - (k + 1) * q[k + 1]) / alpha
        self._p, self._q, self._a = [to_mpf(c) for c in poly], [to_mpf(c) for c in q], to_mpf(alpha)
        self._rest = u0 - evaluate(self._q, s0)

    def __call__(self, s: mpf) -> mpf:
        return evaluate(self._q, s) + self._rest * mpmath.exp(-self._a * (s - self.s0))

    def slope(self, s: mpf) -> mpf:
        return evaluate(self._p, s) - self._a * self(s)

    def monotone(self, end: mpf) -> list[mpf]:
        """Points of [s0, end], ends included, between which u is monotone."""
        return with_sign_changes(self.slope, sign_points(derivative(self.poly), self.s0, end))
