r"""Polynomials times exponentials, sines and cosines, in balls, with the closed form of their leaky integral.

    g(t) = Re sum_j p_j(t) e^{lambda_j t}

With P_j' + (lambda_j + alpha) P_j = p_j, the function G(t) = Re sum_j P_j(t) e^{lambda_j t} solves v' + alpha v = g.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import sympy

from spikemath._numeric.balls import acb, arb, fmpq
from spikemath._numeric.potential import bounds, precision, rational
from spikemath.signals.expressions import (
    DIGITS,
    T,
    _at,
    _branches,
    _first,
    _merged,
    _prepare,
    _simple_roots,
    _weight,
    _without_pulses,
)


class Place(NamedTuple):
    """An instant: a rational, and 0 or a bound of its distance from the true one."""

    middle: Fraction
    radius: Fraction

    def ball(self) -> Any:
        """As an fmpq if exact, else as a ball."""
        middle = rational(self.middle)
        if not self.radius:
            return middle
        return arb(middle, arb(rational(self.radius)).upper())


class Term(NamedTuple):
    """p(s) e^{lambda s}, s = t - origin: exponent and coefficients of p, ascending, as exact sympy numbers."""

    exponent: Any
    coefficients: tuple[Any, ...]
    origin: Fraction = Fraction(0)


class Branch(NamedTuple):
    """From an instant on: the expression, in the time symbol T, and its terms."""

    start: Place
    expr: Any
    terms: tuple[Term, ...]


class Particular:
    """A solution G of v' + alpha v = g on one piece, and g itself, in balls of the current precision.

    Undamped oscillations and constants, the common case, are evaluated by one sine and cosine each.
    """

    def __init__(self, terms: tuple[Term, ...], alpha: Fraction) -> None:
        self.alpha = rational(alpha)
        origin = terms[0].origin if terms else Fraction(0)
        self.origin = rational(origin)
        self.general: list[tuple[Any, list[Any], list[Any]]] = []
        self.waves: list[tuple[Any, Any, Any, Any, Any]] = []  # frequency; cosine and -sine parts of G and g
        self.constant = arb(0), arb(0)
        self.steady = arb(0), arb(0)  # bounds of |g| and |g'| for waves and constants
        for term in terms:
            resonant = sympy.expand(term.exponent + sympy.Rational(alpha.numerator, alpha.denominator)) == 0
            rate, p = ball(term.exponent), [ball(c) for c in term.coefficients]
            q = _solved(p, rate + self.alpha, resonant)
            undamped = rate.real == 0  # certainly; a ball around 0 is neither == 0 nor != 0
            if len(q) > 1 or not undamped:
                self.general.append((rate, p, q))
                continue
            self.steady = self.steady[0] + abs(p[0]), self.steady[1] + abs(p[0]) * abs(rate)
            if rate == 0:
                self.constant = self.constant[0] + q[0].real, self.constant[1] + p[0].real
            else:
                self.waves.append((rate.imag, q[0].real, q[0].imag, p[0].real, p[0].imag))

    def __call__(self, t: Any) -> tuple[Any, Any]:
        """G(t) and g(t)."""
        t = t - self.origin
        total, density = self.constant
        for frequency, a, b, c, d in self.waves:
            sine, cosine = (frequency * t).sin_cos()
            total = total + (a * cosine - b * sine)
            density = density + (c * cosine - d * sine)
        for rate, p, q in self.general:
            factor = (rate * t).exp()
            total = total + (_horner(q, t) * factor).real
            density = density + (_horner(p, t) * factor).real
        return total, density

    def bend(self, left: Any, right: Any) -> Any:
        """A bound of |g'| between two instants that gets small where g' does."""
        x = arb(left - self.origin).union(arb(right - self.origin))
        total = arb(0)
        for frequency, _, _, c, d in self.waves:
            sine, cosine = (frequency * x).sin_cos()
            total = total - frequency * (c * sine + d * cosine)
        for rate, p, _ in self.general:
            slope = [rate * c for c in p]
            for i, c in enumerate(p[1:], 1):
                slope[i - 1] = slope[i - 1] + i * c
            total = total + (_horner(slope, x) * (rate * x).exp()).real
        size = self.sizes(left, right)[1]
        return abs(total).upper().min(size).upper() if total.is_finite() else size

    def sizes(self, left: Any, right: Any) -> tuple[Any, Any]:
        """Bounds of |g| and |g'| between two instants."""
        left, right = left - self.origin, right - self.origin
        size, slope = self.steady
        reach = abs(arb(left)).max(abs(arb(right)))
        for rate, p, _ in self.general:
            growth = ((rate.real * left).exp()).max((rate.real * right).exp())
            value = sum((abs(c) * reach**i for i, c in enumerate(p)), arb(0)) * growth
            bend = sum((i * abs(c) * reach ** (i - 1) for i, c in enumerate(p) if i), arb(0)) * growth
            size, slope = size + value, slope + abs(rate) * value + bend
        return size.upper(), slope.upper()


def _solved(p: list[Any], rate: Any, resonant: bool) -> list[Any]:
    """Coefficients of P with P' + rate P = p."""
    if resonant:
        return [acb(0), *(c / (i + 1) for i, c in enumerate(p))]
    out: list[Any] = [acb(0)] * len(p)
    above = acb(0)
    for i in range(len(p) - 1, -1, -1):
        out[i] = (p[i] - (i + 1) * above) / rate
        above = out[i]
    return out


def _horner(p: list[Any], t: Any) -> Any:
    total = p[-1]
    for c in p[-2::-1]:
        total = total * t + c
    return total


def ball(x: Any, t: Any = None) -> Any:
    """An expression of sympy at t, or a constant, as a complex ball of the current precision."""
    if x == T and t is not None:
        return acb(t)
    if x.is_Rational:
        return acb(fmpq(int(x.p), int(x.q)))
    if x is sympy.I:
        return acb(0, 1)
    if x is sympy.pi:
        return acb.pi()
    if x is sympy.E:
        return acb(1).exp()
    if isinstance(x, sympy.Add):
        return sum((ball(a, t) for a in x.args), acb(0))
    if isinstance(x, sympy.Mul):
        out = acb(1)
        for a in x.args:
            out = out * ball(a, t)
        return out
    if isinstance(x, sympy.Pow):
        base, power = ball(x.base, t), x.exp
        if power.is_Integer:
            return base ** int(power)
        return base.sqrt() if power == sympy.Rational(1, 2) else (ball(power, t) * base.log()).exp()
    functions = {getattr(sympy, name): name for name in ("exp", "sin", "cos", "sinh", "cosh", "log")}
    if type(x) in functions:
        return getattr(ball(x.args[0], t), functions[type(x)])()
    raise ValueError(f"expr has the constant {x}, which balls cannot enclose")


def parts(expr: Any, t: Any, t0: float, t1: float) -> tuple[tuple[Branch, ...], tuple[tuple[Place, Place], ...]]:
    """Branches and pulses (instant, weight) of an expression on [t0, t1]."""
    with mpmath.workdps(DIGITS):
        regular, pulses = _without_pulses(_prepare(expr, t))
        branches = _merged(_branches(regular, mpmath.mpf(t0), mpmath.mpf(t1)))
        for lo, hi, g in branches:
            _at(g, (lo + hi) / 2)  # raises where g is not real
        return tuple(Branch(_place(lo), g, _terms(g, Fraction(float(lo)))) for lo, _, g in branches), tuple(
            _impulses(pulses, t0, t1)
        )


def _terms(g: Any, origin: Fraction) -> tuple[Term, ...]:
    """g as Re sum p e^{lambda t}; ValueError where it is none."""
    # in powers of t - origin, nothing cancels far from t = 0
    g = g.xreplace({T: T + sympy.Rational(origin.numerator, origin.denominator)})
    g = sympy.expand(sympy.expand(g).rewrite([sympy.sinh, sympy.cosh], sympy.exp))
    g = sympy.expand(g.rewrite([sympy.sin, sympy.cos], sympy.exp), power_exp=True)
    found: dict[Any, dict[int, Any]] = {}
    for summand in sympy.Add.make_args(g):
        power, exponent, factor = 0, sympy.S.Zero, sympy.S.One
        for part in sympy.Mul.make_args(summand):
            base, exp = part.as_base_exp()
            if not part.has(T):
                factor *= part
            elif base == T and exp.is_Integer and exp > 0:
                power += int(exp)
            elif isinstance(part, sympy.exp) and part.args[0].is_polynomial(T) and sympy.degree(part.args[0], T) == 1:
                linear = sympy.Poly(part.args[0], T)
                exponent += linear.coeff_monomial(T)
                factor *= sympy.exp(linear.coeff_monomial(1))
            else:
                raise ValueError(
                    f"an Expression is made of polynomials, exp, sin and cos of a t + b; got the factor {part}: "
                    "use Signal.from_sympy, a piecewise polynomial near it"
                )
        re, im = sympy.expand(exponent).as_real_imag()
        if im.is_negative:  # Re z = Re of its conjugate
            im, factor = -im, sympy.conjugate(factor)
        key = re + sympy.I * im
        row = found.setdefault(key, {})
        row[power] = row.get(power, sympy.S.Zero) + factor
    out = []
    for key, row in found.items():
        coefficients = tuple(sympy.expand(row.get(i, sympy.S.Zero)) for i in range(max(row) + 1))
        if any(c != 0 for c in coefficients):
            out.append(Term(key, coefficients, origin))
    return tuple(out)


def _impulses(pulses: list[tuple[Any, Any]], t0: float, t1: float) -> Any:
    """Instants and weights, enclosed, of the pulses on [t0, t1], ends included."""
    margin = (mpmath.mpf(t1) - t0) / 2**20
    ranges = [(t0 - margin, t1 + margin), (mpmath.mpf(t0), mpmath.mpf(t1))]
    for weight, g in pulses:
        roots = [r for r in _first(_simple_roots, g, ranges) if t0 <= r[0] <= t1]
        sides = _first(_branches, weight, ranges) if roots else []
        slopes = _first(_branches, g, ranges) if roots else []
        for c, _ in roots:
            _weight(sides, c)  # continuous there
            w, h = (next(x for a, b, x in rows if a <= c <= b) for rows in (sides, slopes))
            yield _enclosed(w, h, c)


def _enclosed(w: Any, h: Any, c: Any) -> tuple[Place, Place]:
    """The root of h at c, by one interval Newton step, and w / |h'| there."""
    near = Fraction(*mpmath.libmp.to_rational(mpmath.mpf(c)._mpf_))
    x, slope = rational(near), h.diff(T)
    with precision(1000):
        exact = ball(h, x) == 0
        place = Place(near, Fraction(0) if exact else (abs(near) + 1) / 10**100)
        at = place.ball()
        if not exact and not at.contains(x - (ball(h, x) / ball(slope, at)).real):
            raise ValueError(f"cannot enclose the root of {h} at t = {float(c)!r}")
        low, high = bounds((ball(w, at) / abs(ball(slope, at).real)).real)
    return place, Place((low + high) / 2, (high - low) / 2)


def _place(x: Any) -> Place:
    """An mpmath number of 110 digits; one of few bits is taken as exact."""
    value = Fraction(*mpmath.libmp.to_rational(mpmath.mpf(x)._mpf_))
    short = max(value.numerator.bit_length(), value.denominator.bit_length()) <= 120
    return Place(value, Fraction(0) if short else (abs(value) + 1) / 10**100)
