"""A sympy expression as plain data: exact knots, polynomial pieces, and pulses.

An expression f(t) is taken apart in three steps.

1. **Pulses.** With a symbol d for every DiracDelta(g(t)), f must be r + sum w d, linear in every d. At a simple
   root c of g, w(t) DiracDelta(g(t)) is a pulse of weight w(c)/|g'(c)|; w must be continuous at c.
2. **Branches.** Heaviside, sign, Abs, Min, Max, floor and the conditions of Piecewise are switches: between
   neighbouring roots of their arguments they are smooth, and are replaced by what they are at the midpoint.
   What stands inside is replaced first, so they may be nested.
3. **Pieces.** Between two knots a polynomial is expanded about the left knot in rational arithmetic and rounded
   once; the rest is sampled and goes to `adaptive_pieces`.

Floats in the expression are taken as the rationals they are. Roots of polynomials with rational coefficients are
isolated by sympy; others are those of a piecewise polynomial fit. Newton's iteration refines them to 100 digits, so
a breakpoint is the float64 nearest to the true one.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from spikemath.signals.checks import FloatArray, positive
from spikemath.signals.functions import adaptive_pieces, check_interval

DIGITS = 110  # of roots and weights
SAME = mpmath.mpf(10) ** -60  # roots nearer than this, relatively, are one
MAX_STEPS = 10_000  # of one floor
MOST_SLOW = 3_000  # pieces of a function that floats cannot evaluate
SWITCHES = (sympy.Heaviside, sympy.sign, sympy.Abs, sympy.Max, sympy.Min, sympy.floor, Relational)
REWRITTEN = {
    sympy.ceiling: lambda g: -sympy.floor(-g),
    sympy.frac: lambda g: g - sympy.floor(g),
    sympy.Mod: lambda p, q: p - q * sympy.floor(p / q),
    sympy.tan: lambda g: sympy.sin(g) / sympy.cos(g),
    sympy.cot: lambda g: sympy.cos(g) / sympy.sin(g),
    sympy.sec: lambda g: 1 / sympy.cos(g),
    sympy.csc: lambda g: 1 / sympy.sin(g),
}
Point = Any  # an mpmath number of 110 digits
Branch = tuple[Point, Point, Any]  # from, to, smooth expression


def _undefined(g: Any, c: Point) -> ValueError:
    return ValueError(f"expr must be real and bounded on [t0, t1], but {g} is not at t = {_nearest(c)!r}")


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
        For what is no polynomial: largest error, relative to the largest value between two breakpoints.

    Returns
    -------
    ExpressionParts
        `error` bounds (polynomials: 0 if exact) or estimates with a factor of 2 (other functions) the distance of
        f from its pieces, rounding included. It does not count that a knot may be half an ulp off its breakpoint.

    Raises
    ------
    TypeError
        A string (use sympy.sympify), or what is no scalar expression.
    ValueError
        Derivatives and products of DiracDelta, other free symbols, values that are complex, undefined or
        unbounded, breakpoints that cannot be located.

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
        f, x = _prepare(expr, t)
        regular, pulses = _without_pulses(f, x)
        times, weights = _pulse_arrays(pulses, x, start, stop)
        knots, columns, errors = [start], [], [0.0]
        for lo, hi, g in _merged(_branches(regular, x, mpmath.mpf(start), mpmath.mpf(stop))):
            a, b = knots[-1], (stop if hi == stop else _nearest(hi))
            if a < b:
                ends, coefficients, error = _pieces(g, x, (lo, hi), (a, b), tol)
                knots.extend(ends[1:])
                columns.extend(coefficients)
                errors.append(error)
    rows = max(len(c) for c in columns)
    table = np.array([[*c, *[0.0] * (rows - len(c))] for c in columns]).T
    return ExpressionParts(np.array(knots), table, max(errors), times, weights)


def _prepare(expr: Any, t: Any) -> tuple[Any, Any]:
    """Check the expression; write it in a real symbol, exact numbers and few kinds of functions."""
    if isinstance(expr, (str, bytes)):
        raise TypeError(f"expr must be a sympy expression, got {expr!r}: use sympy.sympify")
    if not isinstance(t, sympy.Symbol):
        raise TypeError(f"t must be a sympy.Symbol, got {t!r}")
    try:
        f = sympy.sympify(expr, strict=True)
    except sympy.SympifyError:
        f = None
    if not isinstance(f, sympy.Expr):
        raise TypeError(f"expr must be a scalar sympy expression, got {type(expr).__name__}")
    others = sorted(map(str, f.free_symbols - {t}))
    if others:
        raise ValueError(f"expr must contain no symbol but {t}, got {', '.join(others)}")
    x = sympy.Symbol(t.name, real=True)
    f = f.xreplace({t: x}).doit()
    f = f.xreplace({v: sympy.Rational(v) for v in f.atoms(sympy.Float) if v.is_finite})
    if f.has(sympy.SingularityFunction):
        f = f.rewrite(sympy.Heaviside).rewrite(sympy.DiracDelta)
    for kind, rewritten in REWRITTEN.items():
        f = f.replace(kind, rewritten)
    for atom in (*f.atoms(AppliedUndef), *f.atoms(sympy.Integral, sympy.Derivative, sympy.Sum)):
        raise ValueError(f"expr must consist of known functions, got {atom}")
    if f.has(sympy.nan, sympy.zoo):
        raise ValueError(f"expr must be defined on [t0, t1], got {f}")
    return f, x


# ---- pulses


def _without_pulses(f: Any, x: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """The regular part, and a pair (w, g) for every term w DiracDelta(g)."""
    symbols = {}
    for delta in f.atoms(sympy.DiracDelta):
        if len(delta.args) > 1:
            raise ValueError(f"expr must contain no derivative of DiracDelta, got {delta}")
        if not delta.has(x):
            raise ValueError(f"DiracDelta must depend on {x.name}, got {delta}")
        symbols[delta] = sympy.Dummy("d")
    linear = f.xreplace(symbols)
    zeros = dict.fromkeys(symbols.values(), sympy.S.Zero)
    pulses = []
    for delta, d in symbols.items():
        weight = linear.diff(d)
        if weight.has(*zeros):
            weight = sympy.expand(linear).diff(d)
        inside = [s for s in linear.atoms(*SWITCHES) if s.has(d)]
        if weight.has(*zeros) or inside:
            raise ValueError(
                f"expr must be linear in DiracDelta: no product or function of it is defined, got {f}"
            )
        pulses.append((weight, delta.args[0]))
    return linear.xreplace(zeros), pulses


def _pulse_arrays(
    pulses: list[tuple[Any, Any]], x: Any, start: float, stop: float
) -> tuple[FloatArray, FloatArray]:
    # beyond the ends too: jumps and kinks at an end have two sides, and the nearest float decides what is inside
    margin = (mpmath.mpf(stop) - start) / 2**20
    lo, hi = start - margin, stop + margin
    total: dict[float, Any] = {}
    for weight, g in pulses:
        try:
            roots = list(_simple_roots(g, x, lo, hi))
        except ValueError:  # the argument may be undefined outside
            roots = list(_simple_roots(g, x, mpmath.mpf(start), mpmath.mpf(stop)))
        roots = [(c, slope) for c, slope in roots if start <= _nearest(c) <= stop]
        sides = list(_branches(weight, x, lo, hi)) if roots else []
        for c, slope in roots:
            total[_nearest(c)] = total.get(_nearest(c), mpmath.mpf(0)) + _weight(sides, x, c) / slope
    kept = sorted((time, _float(w)) for time, w in total.items() if w != 0)
    return np.array([time for time, _ in kept]), np.array([w for _, w in kept])


def _simple_roots(g: Any, x: Any, lo: Point, hi: Point) -> Iterator[tuple[Point, Point]]:
    """Roots c of the argument of a DiracDelta, with |g'(c)|."""
    for a, b, h in _merged(_branches(g, x, lo, hi)):
        if h.is_zero:
            raise ValueError(f"DiracDelta({g}) is undefined: its argument must not vanish on an interval")
        for c in _roots(sympy.fraction(sympy.together(h))[0], x, a, b):
            size = abs(_at(h.diff(x), x, c))
            kink = any(_close(c, e) and lo < e < hi for e in (a, b))
            if kink or not SAME < size < mpmath.inf:
                where = f"at t = {_nearest(c)!r}"
                raise ValueError(
                    f"DiracDelta({g}) is undefined: its argument must cross zero smoothly {where}"
                )
            yield c, size


def _weight(sides: list[Branch], x: Any, c: Point) -> Point:
    """The factor of a DiracDelta at its place c: the same from both sides, or undefined."""
    values = []
    for a, b, w in sides:
        if (a < c or _close(a, c)) and (c < b or _close(b, c)):
            value, scale = _at(w, x, c), abs(_at(w, x, c + 1e-9 * max(abs(c), 1)))
            if not mpmath.isfinite(value):
                value = _limit(w, x, c, b - a if _close(a, c) else a - b)
            values.append(mpmath.mpf(0) if abs(value) < SAME * scale else value)
    if not all(abs(v - values[0]) <= SAME * abs(v) for v in values):
        raise ValueError(f"the factor of a DiracDelta must be continuous, but jumps at t = {_nearest(c)!r}")
    return values[0]


# ---- branches


def _branches(f: Any, x: Any, lo: Point, hi: Point) -> Iterator[Branch]:
    """The smooth expressions that f is made of, in order."""
    switches = [s for s in f.atoms(*SWITCHES) if s.has(x)]
    inner = [s for s in switches if not any(a.has(*SWITCHES) for a in s.args)]
    if not inner:
        if f.has(sympy.nan, sympy.zoo, sympy.oo, sympy.Piecewise):
            raise ValueError(
                f"expr must be defined on [t0, t1], but is {f} on ({_nearest(lo)}, {_nearest(hi)})"
            )
        yield lo, hi, f
        return
    edges = [lo]
    for c in sorted(c for s in inner for c in _switch_points(s, x, lo, hi)):
        if c > edges[-1] and not _close(c, edges[-1]) and c < hi and not _close(c, hi):
            edges.append(c)
    for a, b in itertools.pairwise([*edges, hi]):
        yield from _branches(f.xreplace({s: _branch(s, x, (a + b) / 2) for s in inner}), x, a, b)


def _switch_points(s: Any, x: Any, lo: Point, hi: Point) -> Iterator[Point]:
    if isinstance(s, sympy.floor):
        slope = s.args[0].diff(x)
        if slope.has(x):
            raise ValueError(f"floor, ceiling, frac and Mod are understood of a t + b only, got {s}")
        ends = sorted(_at(s.args[0], x, c) for c in (lo, hi))
        if ends[1] - ends[0] > MAX_STEPS:
            raise ValueError(f"{s} has more than {MAX_STEPS} steps on [t0, t1]")
        for n in range(int(mpmath.ceil(ends[0])), int(mpmath.floor(ends[1])) + 1):
            yield lo + (n - _at(s.args[0], x, lo)) / _at(slope, x, lo)
    elif isinstance(s, (sympy.Max, sympy.Min)):
        for p, q in itertools.combinations(s.args, 2):
            yield from _roots(p - q, x, lo, hi)
    else:
        yield from _roots(s.lhs - s.rhs if isinstance(s, Relational) else s.args[0], x, lo, hi)


def _branch(s: Any, x: Any, c: Point) -> Any:
    """What a switch is around c."""
    if isinstance(s, sympy.floor):
        return sympy.Integer(int(mpmath.floor(_at(s.args[0], x, c))))
    if isinstance(s, (sympy.Max, sympy.Min)):
        best = max if isinstance(s, sympy.Max) else min
        return best(s.args, key=lambda g: _at(g, x, c))
    g = s.lhs - s.rhs if isinstance(s, Relational) else s.args[0]
    value = _at(g, x, c)
    if not mpmath.isfinite(value):
        raise _undefined(g, c)
    sign = sympy.Integer(0 if abs(value) < SAME and g.equals(0) else int(mpmath.sign(value)))
    if isinstance(s, Relational):
        return s.func(sign, 0)
    return sign * g if isinstance(s, sympy.Abs) else s.func(sign)


def _merged(branches: Iterable[Branch]) -> list[Branch]:
    out: list[Branch] = []
    for lo, hi, f in branches:
        if out and out[-1][2] == f:
            out[-1] = (out[-1][0], hi, f)
        else:
            out.append((lo, hi, f))
    return out


# ---- roots


def _roots(g: Any, x: Any, lo: Point, hi: Point) -> list[Point]:
    """Where g may change its sign on [lo, hi]: roots of numerator and denominator, increasing."""
    found: list[Point] = []
    factors = [p for part in sympy.fraction(sympy.together(g)) for p in sympy.Mul.make_args(part) if p.has(x)]
    for p in factors:
        if isinstance(p, sympy.Pow) and not p.exp.has(x):
            found += _roots(p.base, x, lo, hi)
        elif isinstance(p, sympy.log):
            found += _roots(p.args[0] - 1, x, lo, hi)
        elif p.is_polynomial(x) and (all(c.is_Rational for c in sympy.Poly(p, x).coeffs())):
            found += [_point(r) for r in sympy.Poly(p, x).real_roots(multiple=True)]
        elif not isinstance(p, (sympy.exp, sympy.Pow)):  # constant^g(x) has no roots
            found += _numeric_roots(p, x, lo, hi)
    out: list[Point] = []
    for c in sorted(found):
        if (lo < c < hi or _close(c, lo) or _close(c, hi)) and not (out and _close(c, out[-1])):
            out.append(c)
    return out


def _numeric_roots(p: Any, x: Any, lo: Point, hi: Point) -> Iterator[Point]:
    """Roots of a fit, refined by Newton's iteration for p, or for p' where p only touches zero."""
    a, b = _nearest(lo), _nearest(hi)
    if not a < b:
        return
    try:
        fit = adaptive_pieces(_sampler(p, x, (lo, hi), (a, b), [], 1e-9)[0], a, b, 1e-13)
    except ValueError as error:
        raise ValueError(f"cannot locate where {p} changes its sign: {error}") from error
    first, second = p.diff(x), p.diff(x, 2)
    for left, h, c in zip(fit.knots[:-1], np.diff(fit.knots), fit.coefficients.T, strict=True):
        c = c * h ** np.arange(c.size)
        if abs(c[0]) > 1.01 * np.sum(np.abs(c[1:])):
            continue
        for u in np.roots(c[::-1]):
            if abs(u.imag) < 1e-3 and -0.01 < u.real < 1.01:
                guess = mpmath.mpf(left) + u.real * h
                root = _newton(p, first, x, guess, 0.1 * h)
                if root is None:
                    root = _newton(first, second, x, guess, 0.1 * h)
                    if root is None or abs(_at(p, x, root)) > SAME * abs(_at(p, x, root + h)):
                        continue
                yield root


def _newton(p: Any, slope: Any, x: Any, guess: Point, reach: float) -> Point | None:
    c = guess
    for _ in range(20):
        value, s = _at(p, x, c), _at(slope, x, c)
        if value == 0:
            return c
        if s == 0 or not mpmath.isfinite(value / s):
            return None
        c -= value / s
        if abs(c - guess) > reach:
            return None
        if abs(value / s) <= mpmath.mpf(10) ** -100 * max(abs(c), reach):
            return c
    return None


# ---- pieces


def _pieces(
    g: Any, x: Any, exact: tuple[Point, Point], ends: tuple[float, float], tol: float
) -> tuple[list[float], list[Any], float]:
    """Knots, columns of coefficients and error of a smooth expression."""
    a, b = ends
    if abs(_at(g, x, (exact[0] + exact[1]) / 2)) < SAME and g.equals(0):
        g = sympy.S.Zero
    if g.is_rational_function(x) and not g.is_polynomial(x):
        g = sympy.cancel(g)
    if g.is_polynomial(x):
        column, error = _expanded([_fraction(c) for c in sympy.Poly(g, x).all_coeffs()], a, b)
        return [a, b], [column], error
    special = list(_singular_points(g, x, *exact))
    func, noise, most = _sampler(g, x, exact, ends, special, tol)
    try:
        fit = adaptive_pieces(func, a, b, tol, [c for c in map(_nearest, special) if a < c < b], most)
    except ValueError as error:
        raise ValueError(f"expr must be bounded, with isolated jumps, but {g} is not: {error}") from error
    return fit.knots.tolist(), list(fit.coefficients.T), fit.error + 2 * noise


def _expanded(descending: list[Fraction], a: float, b: float) -> tuple[list[float], float]:
    """Coefficients about a, rounded once, and a bound of what rounding costs on [a, b]."""
    c = list(descending)
    at, h = Fraction(a), Fraction(b) - Fraction(a)
    for last in range(len(c), 1, -1):  # repeated synthetic division
        for k in range(1, last):
            c[k] += at * c[k - 1]
    c.reverse()
    column = [_float(v) for v in c]
    error = sum(abs(v - Fraction(w)) * h**k for k, (v, w) in enumerate(zip(c, column, strict=True)))
    return column, math.nextafter(_float(error), math.inf) if error else 0.0


def _singular_points(g: Any, x: Any, lo: Point, hi: Point) -> Iterator[Point]:
    """Where g is perhaps not analytic: zeros under powers and logarithms. Its limits there must exist."""
    powers = [p.base for p in g.atoms(sympy.Pow) if not (p.exp.is_integer and p.exp.is_nonnegative)]
    for base in [*powers, *(p.args[0] for p in g.atoms(sympy.log))]:
        for c in _roots(base, x, lo, hi):
            for end in (lo, hi):
                if not _close(c, end):
                    _limit(g, x, c, end - c)
            yield c


def _limit(g: Any, x: Any, c: Point, width: Point) -> Point:
    """The limit of g at c from the side of c + width; refuses what does not converge."""
    with mpmath.workdps(500):
        values = [_at(g, x, c + width * mpmath.mpf(10) ** -k) for k in (12, 24, 48, 96)]
        steps = [abs(v - u) for u, v in itertools.pairwise(values)]
        small = abs(values[-1]) * mpmath.mpf(10) ** -11
        if not all(d < 0.6 * e or d <= small for e, d in itertools.pairwise(steps)):
            raise _undefined(g, c)
        return values[-1]


def _sampler(
    g: Any, x: Any, exact: tuple[Point, Point], ends: tuple[float, float], special: list[Point], tol: float
) -> tuple[Callable[[FloatArray], FloatArray], float, int]:
    """A numpy function for g, its error and how many pieces it may take; a slow one where floats lose too much."""
    lo, hi = exact

    def slow(t: FloatArray) -> FloatArray:
        out = np.empty(t.size)
        for k, time in enumerate(t.tolist()):
            c = min(max(mpmath.mpf(time), lo), hi)  # a knot may lie outside by half an ulp
            value = _at(g, x, c)
            out[k] = _float(
                value if mpmath.isfinite(value) else _limit(g, x, c, max(lo - c, hi - c, key=abs))
            )
        return out

    def fast(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            y = np.array(floats(t))
        if y.dtype.kind != "f":
            raise TypeError(f"{y.dtype} values")
        bad = ~np.isfinite(y)
        y[bad] = slow(t[bad])
        return y

    t = ends[0] + (ends[1] - ends[0]) * np.linspace(0.003, 0.995, 24)
    near = (ends[1] - ends[0]) * 10.0 ** -np.arange(1, 16)
    t = np.concatenate([t, *(float(c) + near for c in special), *(float(c) - near for c in special)])
    t = t[(ends[0] <= t) & (t <= ends[1])]
    truth = slow(t)
    try:
        floats = sympy.lambdify(x, g, ["numpy", "scipy"])
        noise = float(np.max(np.abs(fast(t) - truth)))
    except (TypeError, NameError, AttributeError, NotImplementedError, OverflowError):
        noise = math.inf  # complex on the way, or nothing that numpy knows
    if noise > 0.1 * tol * np.max(np.abs(truth)):
        return slow, 0.0, MOST_SLOW
    return fast, noise, 100_000


# ---- numbers


@functools.lru_cache(maxsize=1024)
def _function(g: Any, x: Any) -> Callable[[Point], Any]:
    return sympy.lambdify(x, g, "mpmath")


def _at(g: Any, x: Any, c: Point) -> Point:
    """Value of g at c; nan where it is undefined."""
    try:
        value = mpmath.mpmathify(_function(g, x)(c))
    except (ZeroDivisionError, ValueError, OverflowError):
        return mpmath.nan
    if abs(mpmath.im(value)) > SAME * abs(value):
        raise _undefined(g, c)
    return mpmath.re(value)


def _close(a: Point, b: Point) -> bool:
    return bool(abs(a - b) <= SAME * max(abs(a), abs(b), mpmath.mpf(10) ** -30))


def _nearest(c: Point) -> float:
    return float(c) + 0.0


def _float(v: Any) -> float:
    try:
        value = float(v)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError("values of expr must stay inside the range of float64")
    return value


def _point(r: Any) -> Point:
    return mpmath.mpf(r.p) / r.q if r.is_Rational else mpmath.mpf(sympy.Float(r.evalf(DIGITS), DIGITS)._mpf_)


def _fraction(c: Any) -> Fraction:
    if c.is_Rational:
        return Fraction(int(c.p), int(c.q))
    return Fraction(*mpmath.libmp.to_rational(_at(c, sympy.Symbol("unused"), mpmath.mpf(0))._mpf_))
