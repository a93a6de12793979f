"""A sympy expression as plain data: exact knots, polynomial pieces, and pulses.

1. **Pulses.** With a symbol d for every DiracDelta(g(t)), f must be r + sum w d, linear in every d. At a
   simple root c of g, w(t) DiracDelta(g(t)) is a pulse of weight w(c)/|g'(c)|; w must be continuous at c.
2. **Branches.** Heaviside, sign, Abs, Min, Max, floor and the conditions of Piecewise are switches: between
   roots of their arguments they are what they are at the midpoint, the innermost first.
3. **Pieces.** Between two knots a polynomial is expanded about the left knot in rational arithmetic and
   rounded once; the rest goes to `adaptive_pieces`, with values of 40 or 110 digits where float64 loses too much.

Floats are taken as the rationals they are. Roots of polynomials with rational coefficients are isolated by
sympy, others by a piecewise polynomial fit, and refined to 100 digits by Newton's iteration. So a breakpoint
is the float64 nearest to the true one.
"""

from __future__ import annotations

import functools
import itertools
import math
import numbers
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.simplify.fu import TR1, TR2

from spikemath.signals.checks import FloatArray, positive
from spikemath.signals.functions import adaptive_pieces, check_interval, expanded

DIGITS = 110  # of roots and weights
SAME = mpmath.mpf(10) ** -60  # roots nearer than this, relatively, are one
RULE = "expr must be real and bounded on [t0, t1]"
MAX_STEPS = 10_000  # of one floor
MOST_SLOW = 20_000  # pieces of a function that floats cannot evaluate
SWITCHES = (sympy.Heaviside, sympy.sign, sympy.Abs, sympy.Max, sympy.Min, sympy.floor, Relational)
T = sympy.Symbol("t", real=True)  # the time, whatever it was called
Point = Any  # an mpmath number of 110 digits
Branch = tuple[Point, Point, Any]  # from, to, smooth expression


class UndefinedError(ValueError):
    """No real, finite value at some time, or on the way to the roots."""


class ExpressionParts(NamedTuple):
    """Pieces as in AdaptivePieces, and the pulses: times (m,) increasing and weights (m,)."""

    knots: FloatArray
    coefficients: FloatArray
    error: float
    pulse_times: FloatArray
    pulse_weights: FloatArray


def sympy_parts(expr: Any, t: sympy.Symbol, t0: float, t1: float, tol: float = 1e-12) -> ExpressionParts:
    """Take an expression in t apart into polynomial pieces and pulses on [t0, t1].

    Parameters
    ----------
    expr : sympy.Expr or number
        Smooth functions of t combined with Piecewise, Heaviside, sign, Abs, Min, Max, floor (of a t + b) and
        DiracDelta. At a breakpoint the right limit counts.
    t : sympy.Symbol
        The time; taken as real.
    t0, t1 : float
        The interval, t0 < t1. Pulses count if their nearest float64 time lies in it, ends included.
    tol : float
        For what is no polynomial: largest error, relative to the largest value between two breakpoints. It is
        quick while float64 can evaluate f that well, and slower beyond (sin(50 t) at t > 50, for 1e-12).

    Returns
    -------
    ExpressionParts
        `error` bounds (polynomials: 0 if exact) or estimates with a factor 2 (other functions) the distance
        of f from its pieces, rounding included. That a knot may be half an ulp off is not counted.

    Raises
    ------
    TypeError, ValueError
        No scalar expression; derivatives and products of DiracDelta, other free symbols, values that are
        complex, undefined or unbounded, breakpoints that cannot be located.

    Examples
    --------
    >>> import sympy
    >>> t = sympy.Symbol("t")
    >>> parts = sympy_parts(t * sympy.Heaviside(t - 1) + 3 * sympy.DiracDelta(2 * t - 1), t, 0, 2)
    >>> parts.knots.tolist(), parts.coefficients.tolist()
    ([0.0, 1.0, 2.0], [[0.0, 1.0], [0.0, 1.0]])
    >>> parts.pulse_times.tolist(), parts.pulse_weights.tolist()
    ([0.5], [1.5])
    """
    start, stop = check_interval(t0, t1)
    tol = positive(tol, "tol")
    with mpmath.workdps(DIGITS):
        f = _prepare(expr, t)
        regular, pulses = _without_pulses(f)
        times, weights = _pulse_arrays(pulses, start, stop)
        knots, columns, errors = [start], [], [0.0]
        branches = _merged(_branches(regular, mpmath.mpf(start), mpmath.mpf(stop)))
        for lo, hi, g in branches:
            a, b = knots[-1], (stop if hi == stop else float(hi))
            if a < b:
                ends, coefficients, error = _pieces(g, (lo, hi), (a, b), tol, 512 // len(branches))
                knots.extend(ends[1:])
                columns.extend(coefficients)
                errors.append(error)
    rows = max(len(c) for c in columns)
    table = np.array([[*c, *[0.0] * (rows - len(c))] for c in columns]).T
    return ExpressionParts(np.array(knots), table, max(errors), times, weights)


def _prepare(expr: Any, t: Any) -> Any:
    """Check the expression; write it in a real symbol, exact numbers and few kinds of functions."""
    if isinstance(expr, (str, bytes)):
        raise TypeError(f"expr must be a sympy expression, got {expr!r}: use sympy.sympify")
    if not isinstance(t, sympy.Symbol):
        raise TypeError(f"t must be a sympy.Symbol, got {t!r}")
    f = sympy.sympify(expr) if isinstance(expr, (sympy.Basic, numbers.Number)) else None
    if not isinstance(f, sympy.Expr) or f.is_Matrix:
        raise TypeError(f"expr must be a scalar sympy expression, got {type(expr).__name__}")
    others = sorted(map(str, f.free_symbols - {t}))
    if others:
        raise ValueError(f"expr must contain no symbol but {t}, got {', '.join(others)}")
    f = f.xreplace({t: T}).doit()
    f = f.xreplace({v: sympy.Rational(v) for v in f.atoms(sympy.Float) if v.is_finite})
    if f.has(sympy.SingularityFunction):
        f = f.rewrite(sympy.Heaviside).rewrite(sympy.DiracDelta)
    f = TR2(TR1(f.rewrite([sympy.ceiling, sympy.frac, sympy.Mod], sympy.floor)))  # tan -> sin/cos and so on
    for atom in (*f.atoms(AppliedUndef), *f.atoms(sympy.Integral, sympy.Derivative, sympy.Sum)):
        raise ValueError(f"expr must consist of known functions, got {atom}")
    if f.has(sympy.nan, sympy.zoo):
        raise ValueError(f"expr must be defined on [t0, t1], got {f}")
    return f


def _without_pulses(f: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """The regular part, and a pair (w, g) for every term w DiracDelta(g)."""
    symbols = {}
    for delta in f.atoms(sympy.DiracDelta):
        if len(delta.args) > 1:
            raise ValueError(f"expr must contain no derivative of DiracDelta, got {delta}")
        symbols[delta] = sympy.Dummy("d")
    linear = f.xreplace(symbols)
    zeros = dict.fromkeys(symbols.values(), sympy.S.Zero)
    pulses = []
    for delta, d in symbols.items():
        weight = linear.diff(d)
        if weight.has(*zeros):
            weight = sympy.expand(linear).diff(d)
        if weight.has(*zeros) or any(s.has(d) for s in linear.atoms(*SWITCHES)):
            raise ValueError(f"expr must be linear in DiracDelta (its products are undefined), got {f}")
        pulses.append((weight, delta.args[0]))
    return linear.xreplace(zeros), pulses


def _pulse_arrays(pulses: list[tuple[Any, Any]], start: float, stop: float) -> tuple[FloatArray, FloatArray]:
    # an end has two sides for jumps and kinks, and may be the float nearest to a pulse a hair outside
    margin = (mpmath.mpf(stop) - start) / 2**20
    ranges = [(start - margin, stop + margin), (mpmath.mpf(start), mpmath.mpf(stop))]
    total: dict[float, Any] = {}
    for weight, g in pulses:
        roots = [r for r in _first(_simple_roots, g, ranges) if start <= float(r[0]) <= stop]
        sides = _first(_branches, weight, ranges) if roots else []
        for c, slope in roots:
            total[float(c)] = total.get(float(c), mpmath.mpf(0)) + _weight(sides, c) / slope
    kept = sorted((time, _float(w)) for time, w in total.items() if w != 0)
    return np.array([time for time, _ in kept]), np.array([w for _, w in kept])


def _first(find: Callable[..., Iterator[Any]], g: Any, ranges: list[tuple[Point, Point]]) -> list[Any]:
    try:
        return list(find(g, *ranges[0]))
    except UndefinedError:
        return list(find(g, *ranges[1]))  # undefined outside


def _simple_roots(g: Any, lo: Point, hi: Point) -> Iterator[tuple[Point, Point]]:
    """Roots c of the argument of a DiracDelta, with |g'(c)|."""
    for a, b, h in _merged(_branches(g, lo, hi)):
        if h.is_zero:
            raise ValueError(f"DiracDelta({g}) is undefined: its argument must not vanish on an interval")
        for c in _roots(sympy.fraction(sympy.together(h))[0], a, b):
            size = abs(_at(h.diff(T), c))
            kink = any(_close(c, e) and lo < e < hi for e in (a, b))
            if kink or not SAME < size < mpmath.inf:
                raise ValueError(f"DiracDelta({g}) needs a smooth crossing of zero at t = {float(c)!r}")
            yield c, size


def _weight(sides: list[Branch], c: Point) -> Point:
    """The factor of a DiracDelta at its place c: the same from both sides, or undefined."""
    values = []
    for a, b, w in sides:
        if (a < c or _close(a, c)) and (c < b or _close(b, c)):
            value, scale = _at(w, c), abs(_at(w, c + 1e-9 * max(abs(c), 1)))
            if not mpmath.isfinite(value):
                value = _limit(w, c, b - a if _close(a, c) else a - b)
            values.append(mpmath.mpf(0) if abs(value) < SAME * scale else value)
    if any(abs(v - values[0]) > SAME * abs(v) for v in values):
        raise ValueError(f"the factor of a DiracDelta must be continuous, but jumps at t = {float(c)!r}")
    return values[0]


def _branches(f: Any, lo: Point, hi: Point) -> Iterator[Branch]:
    """The smooth expressions that f is made of, in order."""
    switches = [s for s in f.atoms(*SWITCHES) if s.has(T)]
    inner = [s for s in switches if not any(a.has(*SWITCHES) for a in s.args)]
    if not inner:
        if f.has(sympy.nan, sympy.zoo, sympy.oo, sympy.Piecewise):
            where = f"({float(lo)!r}, {float(hi)!r})"
            raise UndefinedError(f"{RULE}, but is {f} on {where}")
        yield lo, hi, f
        return
    points = sorted(c for s in inner for c in _switch_points(s, lo, hi))
    edges = [*_distinct([lo, *(c for c in points if lo < c < hi and not _close(c, hi))]), hi]
    for a, b in itertools.pairwise(edges):
        yield from _branches(f.xreplace({s: _branch(s, (a + b) / 2) for s in inner}), a, b)


def _switch_points(s: Any, lo: Point, hi: Point) -> Iterator[Point]:
    if isinstance(s, sympy.floor):
        slope = s.args[0].diff(T)
        if slope.has(T):
            raise ValueError(f"floor, ceiling, frac and Mod are understood of a t + b only, got {s}")
        ends = sorted(_at(s.args[0], c) for c in (lo, hi))
        if ends[1] - ends[0] > MAX_STEPS:
            raise ValueError(f"{s} has more than {MAX_STEPS} steps on [t0, t1]")
        for n in range(int(mpmath.ceil(ends[0])), int(mpmath.floor(ends[1])) + 1):
            yield lo + (n - _at(s.args[0], lo)) / _at(slope, lo)
    elif isinstance(s, (sympy.Max, sympy.Min)):
        for p, q in itertools.combinations(s.args, 2):
            yield from _roots(p - q, lo, hi)
    else:
        yield from _roots(s.lhs - s.rhs if isinstance(s, Relational) else s.args[0], lo, hi)


def _branch(s: Any, c: Point) -> Any:
    """What a switch is around c."""
    if isinstance(s, sympy.floor):
        return sympy.Integer(int(mpmath.floor(_at(s.args[0], c))))
    if isinstance(s, (sympy.Max, sympy.Min)):
        best = max if isinstance(s, sympy.Max) else min
        return best(s.args, key=lambda g: _at(g, c))
    g = s.lhs - s.rhs if isinstance(s, Relational) else s.args[0]
    value = _at(g, c)
    if not mpmath.isfinite(value):
        raise UndefinedError(f"{RULE}, but {g} is not at t = {float(c)!r}")
    sign = sympy.Integer(0 if abs(value) < SAME and g.equals(0) else int(mpmath.sign(value)))
    if isinstance(s, Relational):
        return s.func(sign, 0)
    return sign * g if isinstance(s, sympy.Abs) else s.func(sign)


def _merged(branches: Iterable[Branch]) -> list[Branch]:
    groups = [list(group) for _, group in itertools.groupby(branches, key=lambda branch: branch[2])]
    return [(group[0][0], group[-1][1], group[0][2]) for group in groups]


def _roots(g: Any, lo: Point, hi: Point) -> list[Point]:
    """Where g may change its sign on [lo, hi]: roots of numerator and denominator, increasing."""
    found: list[Point] = []
    factors = [p for part in sympy.fraction(sympy.together(g)) for p in sympy.Mul.make_args(part) if p.has(T)]
    for p in factors:
        if isinstance(p, sympy.Pow) and not p.exp.has(T):
            found += _roots(p.base, lo, hi)
        elif isinstance(p, sympy.log):
            found += _roots(p.args[0] - 1, lo, hi)
        elif p.is_polynomial(T) and all(c.is_Rational for c in sympy.Poly(p, T).coeffs()):
            found += [mpmath.mpf(sympy.Float(r.evalf(DIGITS), DIGITS)._mpf_) for r in sympy.Poly(p, T).real_roots()]
        elif not isinstance(p, (sympy.exp, sympy.Pow)):  # constant^g(x) has no roots
            found += _numeric_roots(p, lo, hi)
    return _distinct(sorted(c for c in found if lo < c < hi or _close(c, lo) or _close(c, hi)))


def _distinct(points: list[Point]) -> list[Point]:
    return [c for k, c in enumerate(points) if k == 0 or not _close(c, points[k - 1])]


def _numeric_roots(p: Any, lo: Point, hi: Point) -> Iterator[Point]:
    """Roots of a fit, refined by Newton's iteration for p, or for p' where p only touches zero."""
    a, b = float(lo), float(hi)
    if not a < b or _vanishes(p, lo, hi):
        return
    try:
        fit = adaptive_pieces(_sampler(p, (lo, hi), (a, b), [], 1e-9)[0], a, b, 1e-13)
    except ValueError as error:
        raise UndefinedError(f"cannot locate where {p} changes its sign: {error}") from error
    first, second = p.diff(T), p.diff(T, 2)
    for left, h, c in zip(fit.knots[:-1], np.diff(fit.knots), fit.coefficients.T, strict=True):
        c = c * h ** np.arange(c.size)
        if abs(c[0]) > 1.01 * np.sum(np.abs(c[1:])):
            continue
        for u in np.roots(c[::-1]):
            if abs(u.imag) < 1e-3 and -0.01 < u.real < 1.01:
                guess = mpmath.mpf(left) + u.real * h
                for root in (_newton(p, first, guess, 0.1 * h), _newton(first, second, guess, 0.1 * h)):
                    if root is not None and abs(_at(p, root)) <= SAME * abs(_at(p, root + h)):
                        yield root


def _newton(p: Any, slope: Any, guess: Point, reach: float) -> Point | None:
    c = guess
    for _ in range(20):
        value, s = _at(p, c), _at(slope, c)
        if value == 0:
            return c
        step = value / s if s != 0 else mpmath.inf
        c -= step
        if not abs(c - guess) <= reach:
            return None
        if abs(step) <= mpmath.mpf(10) ** -100 * max(abs(c), reach):
            return c
    return None


def _pieces(g: Any, exact: Any, ends: Any, tol: float, check: int) -> tuple[list[float], list[Any], float]:
    """Knots, columns of coefficients and error of a smooth expression."""
    a, b = ends
    if _vanishes(g, *exact):
        g = sympy.S.Zero
    if g.is_rational_function(T) and not g.is_polynomial(T):
        g = sympy.cancel(g)
    if g.is_polynomial(T):
        column, error = expanded([_fraction(c) for c in sympy.Poly(g, T).all_coeffs()[::-1]], a, b)
        return [a, b], [column], error
    special = list(_singular_points(g, *exact))
    func, noise, goal, most = _sampler(g, exact, ends, special, tol)
    try:
        fit = adaptive_pieces(func, a, b, goal, [c for c in map(float, special) if a < c < b], most, check)
    except ValueError as error:
        raise ValueError(f"expr must be bounded, with isolated jumps, but {g} is not: {error}") from error
    return fit.knots.tolist(), list(fit.coefficients.T), fit.error + 2 * noise


def _singular_points(g: Any, lo: Point, hi: Point) -> Iterator[Point]:
    """Where g is perhaps not analytic: zeros under powers and logarithms. Its limits there must exist."""
    powers = [p.base for p in g.atoms(sympy.Pow) if not (p.exp.is_integer and p.exp.is_nonnegative)]
    for base in [*powers, *(p.args[0] for p in g.atoms(sympy.log))]:
        for c in _roots(base, lo, hi):
            for end in (e for e in (lo, hi) if not _close(c, e)):
                _limit(g, c, end - c)
            yield c


def _limit(g: Any, c: Point, width: Point) -> Point:
    """The limit of g at c from the side of c + width; refuses what does not converge."""
    with mpmath.workdps(500):
        values = [_at(g, c + width * mpmath.mpf(10) ** -k) for k in (12, 24, 48, 96)]
        steps = [abs(v - u) for u, v in itertools.pairwise(values)]
        small = abs(values[-1]) * mpmath.mpf(10) ** -11
        if not all(d < 0.6 * e or d <= small for e, d in itertools.pairwise(steps)):
            raise UndefinedError(f"{RULE}, but {g} is not at t = {float(c)!r}")
        return values[-1]


def _near(g: Any, c: Point, lo: Point, hi: Point, special: list[Point]) -> Point:
    """Value of g at c; close to a singular point with more digits, and at the point itself the limit."""
    s = min(special, key=lambda s: abs(c - s), default=None)
    if s is None or abs(c - s) > 1e-9 * (hi - lo):
        value = _at(g, c)
        return value if mpmath.isfinite(value) else _limit(g, c, max(lo - c, hi - c, key=abs))
    least = (hi - lo) * mpmath.mpf(10) ** -96
    with mpmath.workdps(500):
        if abs(c - s) >= least:
            return _at(g, c)
        return _at(g, s + (least if s - lo < hi - s else -least))


def _sampler(g: Any, exact: Any, ends: Any, special: list[Point], tol: float) -> tuple[Any, float, float, int]:
    """A function of arrays for g, its error, the tolerance that leaves, and how many pieces it may take."""
    lo, hi = exact
    inner = float(lo), float(hi)

    def slow(t: FloatArray) -> FloatArray:
        t = np.atleast_1d(t)
        out = np.empty(t.size)
        with mpmath.workdps(DIGITS if special else 40):
            for k, time in enumerate(t.tolist()):  # a knot may lie outside by half an ulp
                c = mpmath.mpf(time) if inner[0] < time < inner[1] else min(max(mpmath.mpf(time), lo), hi)
                out[k] = _float(_near(g, c, lo, hi, special))
        return out

    def fast(t: FloatArray) -> FloatArray:
        t = np.atleast_1d(t)
        with np.errstate(all="ignore"):
            y = np.array(floats(t))
        if y.dtype.kind != "f":
            raise TypeError(f"{y.dtype} values")
        bad = ~np.isfinite(y)
        y[bad] = slow(t[bad])
        return y

    t = ends[0] + (ends[1] - ends[0]) * np.linspace(0.003, 0.995, 24)
    near = np.outer([-1.0, 1.0], (ends[1] - ends[0]) * 10.0 ** -np.arange(1, 16)).ravel()
    t = np.concatenate([t, *(float(c) + near for c in special)])
    t = t[(ends[0] <= t) & (t <= ends[1])]
    truth = slow(t)
    try:
        floats = sympy.lambdify(T, g, ["numpy", "scipy"])
        noise = float(np.max(np.abs(fast(t) - truth)))
    except (TypeError, NameError, AttributeError, NotImplementedError, OverflowError):
        noise = math.inf  # complex on the way, or nothing that numpy knows
    lost = noise / (np.max(np.abs(truth)) or 1.0)
    return (slow, 0.0, tol, MOST_SLOW) if lost > 0.25 * tol else (fast, noise, tol - 2 * lost, 100_000)


@functools.lru_cache(maxsize=1024)
def _function(g: Any) -> Callable[[Point], Any]:
    return sympy.lambdify(T, g, "mpmath")


def _at(g: Any, c: Point) -> Point:
    """Value of g at c; nan where it is undefined."""
    try:
        value = mpmath.mpmathify(_function(g)(c))
    except (ZeroDivisionError, ValueError, OverflowError):
        return mpmath.nan
    if isinstance(value, mpmath.mpc) and abs(value.imag) > SAME * abs(value):
        raise UndefinedError(f"{RULE}, but {g} is not at t = {float(c)!r}")
    return mpmath.re(value)


def _vanishes(g: Any, lo: Point, hi: Point) -> bool:
    """Whether g is zero though it does not look so, like sin^2 + cos^2 - 1."""
    return bool(abs(_at(g, (lo + hi) / 2)) < SAME and abs(_at(g, (lo + 2 * hi) / 3)) < SAME and g.equals(0))


def _close(a: Point, b: Point) -> bool:
    return bool(abs(a - b) <= SAME * max(abs(a), abs(b), mpmath.mpf(10) ** -30))


def _float(v: Point) -> float:
    value = float(v)
    if not math.isfinite(value):
        raise ValueError("values of expr must stay inside the range of float64")
    return value


def _fraction(c: Any) -> Fraction:
    if c.is_Rational:
        return Fraction(int(c.p), int(c.q))
    return Fraction(*mpmath.libmp.to_rational(_at(c, mpmath.mpf(0))._mpf_))
