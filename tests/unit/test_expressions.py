"""sympy expressions as pieces and pulses: compared with sympy itself, evaluated to 40 digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    DiracDelta,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    cos,
    exp,
    floor,
    log,
    pi,
    sign,
    sin,
    sqrt,
)

from spikemath.signals.expressions import ExpressionParts, sympy_parts

t = sp.Symbol("t")
THIRD = Rational(1, 3)


def value(parts: ExpressionParts, time: float) -> Fraction:
    k = min(max(int(np.searchsorted(parts.knots, time, side="right")) - 1, 0), parts.knots.size - 2)
    x = Fraction(time) - Fraction(float(parts.knots[k]))
    total = Fraction(0)
    for c in parts.coefficients[::-1, k]:
        total = total * x + Fraction(float(c))
    return total


def check(expr: sp.Expr, t0: float, t1: float, n: int = 25, slack: float = 0.0) -> ExpressionParts:
    """The pieces are within their error of the expression at random floats."""
    parts = sympy_parts(expr, t, t0, t1)
    assert parts.knots[0] == t0
    assert parts.knots[-1] == t1
    assert np.all(np.diff(parts.knots) > 0)
    assert parts.coefficients.shape[1] == parts.knots.size - 1
    assert np.all(np.diff(parts.pulse_times) > 0)
    regular = sp.sympify(expr).replace(DiracDelta, lambda *_: sp.S.Zero)
    times = np.random.default_rng(3).uniform(t0, t1, n).tolist()
    for time in [s for s in times if s not in parts.knots]:
        truth = sp.N(regular.subs(t, Rational(time)), 40)
        digits = abs(truth) * sp.Float(10) ** -38  # the truth itself has 40 digits
        assert abs(truth - Rational(value(parts, time))) <= parts.error + slack + digits, time
    return parts


# ---- regular parts


def test_an_oscillation():
    parts = check(sin(50 * t), 0, 10)
    assert parts.error <= 1.01e-12
    assert parts.knots.size <= 513


def test_a_late_onset():
    parts = check(exp(-t) * Heaviside(t - 1), 0, 3)
    assert 1.0 in parts.knots
    assert not parts.coefficients[:, 0].any()
    assert abs(parts.coefficients[0, 1] - math.exp(-1)) <= parts.error


def test_three_branches():
    parts = check(Piecewise((t, t < 1), (t**2, t < 2), (sin(t), True)), 0, 3)
    assert parts.knots.tolist() == [0, 1, 2, 3]
    assert parts.coefficients[:3, :2].T.tolist() == [[0, 1, 0], [1, 2, 1]]


def test_nested_branches():
    inner = Piecewise((1, t < Rational(1, 2)), (2, True))
    parts = check(Piecewise((inner, t < 1), (Abs(t - 2), (t >= 1) & (t < 4)), (Max(0, 5 - t), True)), 0, 6)
    assert parts.knots.tolist() == [0, 0.5, 1, 2, 4, 5, 6]
    assert parts.coefficients.T.tolist() == [[1, 0], [2, 0], [1, -1], [0, 1], [1, -1], [0, 0]]
    assert parts.error == 0


def test_kinks_of_a_rectified_sine():
    parts = check(Abs(sin(t)), 0, 100)
    assert {float(sp.N(k * pi, 30)) for k in range(32)} <= set(parts.knots.tolist())
    assert parts.error < 1e-12


def test_switches_inside_switches():
    parts = check(Abs(Abs(t) - 1) + Heaviside(Max(t, -t) - Rational(3, 2)), -3, 3)
    assert parts.knots.tolist() == [-3, -1.5, -1, 0, 1, 1.5, 3]
    assert parts.error == 0


def test_products_of_heavisides():
    parts = check(Heaviside(t) * Heaviside(1 - t) * sin(t), -1, 2)
    assert {0.0, 1.0} <= set(parts.knots.tolist())
    assert not parts.coefficients[:, [0, -1]].any()


def test_the_greater_of_two_waves():
    parts = check(Max(sin(t), cos(t)), 0, 10)
    assert {float(sp.N(pi / 4 + k * pi, 30)) for k in range(3)} <= set(parts.knots.tolist())


def test_signs():
    parts = check(sign(sin(5000 * t)), 0, 0.1)
    assert parts.knots.tolist() == [0.0, *(float(sp.N(k * pi / 5000, 30)) for k in range(1, 160)), 0.1]
    assert parts.coefficients.tolist() == [[(-1.0) ** k for k in range(160)]]


@pytest.mark.parametrize(
    ("expr", "knots", "rows"),
    [
        (floor(3 * t), [0, 1 / 3, 2 / 3, 1, 4 / 3, 1.5], 1),
        (sp.ceiling(t), [0, 1, 1.5], 1),
        (sp.frac(2 * t), [0, 0.5, 1, 1.5], 2),
        (sp.Mod(t, THIRD), [0, 1 / 3, 2 / 3, 1, 4 / 3, 1.5], 2),
        (t * floor(-t), [0, 1, 1.5], 2),
    ],
)
def test_steps(expr, knots, rows):
    parts = check(expr, 0, 1.5, slack=1e-15)
    assert parts.knots.tolist() == knots
    assert len(parts.coefficients) == rows


def test_the_right_limit_counts():
    for expr in (
        Piecewise((5, t <= 1), (7, True)),
        Piecewise((5, t < 1), (7, True)),
        5 + 2 * Heaviside(t - 1),
    ):
        parts = sympy_parts(expr, t, 0, 2)
        assert parts.knots.tolist() == [0, 1, 2]
        assert parts.coefficients.tolist() == [[5, 7]]
    single = sympy_parts(Piecewise((5, sp.Eq(t, 1)), (7, True)), t, 0, 2)
    assert single.coefficients.tolist() == [[7]]


@pytest.mark.parametrize(
    ("expr", "number"),
    [
        (3, 3.0),
        (2.5, 2.5),
        (np.float64(0.1), 0.1),
        (sp.Integer(0), 0.0),
        (pi, math.pi),
        (sin(t) ** 2 + cos(t) ** 2 - 1, 0),
    ],
)
def test_constants(expr, number):
    parts = sympy_parts(expr, t, 0, 1)
    assert parts.coefficients.tolist() == [[number]]
    assert parts.knots.tolist() == [0, 1]
    assert parts.error == (0 if number != math.pi else pytest.approx(1.22e-16, rel=0.01))


# ---- polynomials


def test_a_polynomial_of_high_degree_is_exact():
    parts = sympy_parts((t - 1) ** 12, t, 0.5, 4)
    poly = sp.Poly((t + Rational(1, 2) - 1) ** 12, t)
    assert parts.knots.tolist() == [0.5, 4]
    assert parts.coefficients[:, 0].tolist() == [float(c) for c in reversed(poly.all_coeffs())]
    assert parts.error == 0


@settings(max_examples=40)
@given(
    st.lists(st.fractions(-10, 10, max_denominator=7), min_size=1, max_size=14),
    st.floats(-100, 100),
    st.floats(0.01, 10),
)
def test_polynomials_are_rounded_once(coefficients, t0, length):
    t1 = t0 + length
    expr = sum((Rational(c) * t**k for k, c in enumerate(coefficients)), sp.S.Zero)
    parts = sympy_parts(expr, t, t0, t1)
    about = sp.Poly(expr, t).compose(sp.Poly(t + Rational(t0), t)).all_coeffs()[::-1]
    stored = parts.coefficients[:, 0].tolist()
    assert stored == [float(Fraction(int(c.p), int(c.q))) for c in about][: len(stored)]
    for time in (t0, t0 + length / 3, t1):
        truth = sum(c * Fraction(time) ** k for k, c in enumerate(coefficients))
        assert abs(truth - value(parts, time)) <= Fraction(parts.error)


def test_floats_are_the_rationals_they_are():
    parts = sympy_parts(0.1 * t + Heaviside(t - 0.7), t, 0, 1)
    assert parts.knots.tolist() == [0, 0.7, 1]
    assert parts.coefficients[1].tolist() == [0.1, 0.1]
    assert parts.coefficients[0, 1] == float(Fraction(0.1) * Fraction(0.7) + 1)


def test_removable_singularities():
    assert check((t**2 - 1) / (t - 1), 0, 2).error == 0
    assert check(sin(t) / t, -1, 1).error < 1e-12
    assert check((1 - cos(t)) / t**2, -1, 1).error < 1e-12
    assert check((exp(t) - 1 - t) / (t**2), 0, 1).error < 1e-11
    assert check(t * log(t), 0, 1).error < 1e-12
    assert check(Piecewise((exp(-1 / (1 - t**2)), Abs(t) < 1), (0, True)), -2, 2).error < 1e-12


def test_jumps_of_smooth_looking_functions():
    parts = check(sp.atan(1 / t), -1, 1)
    assert 0.0 in parts.knots
    assert parts.error < 1e-11


@pytest.mark.parametrize(
    "expr",
    [
        sqrt(t),
        sp.erf(t),
        sp.besselj(0, 30 * t),
        sp.tan(t),
        1 / (1 + 25 * t**2),
        2**t,
        sp.sinc(9 * t),
        sqrt(2) * t + pi,
    ],
)
def test_known_functions(expr):
    parts = check(expr, 0, 1)
    assert parts.error <= 4e-12


@pytest.mark.parametrize(
    ("expr", "t0", "t1", "most"), [(sin(50 * t), 1e9, 1e9 + 1e-3, 1), (sin(5 * 10**10 * t), 0, 1e-9, 64)]
)
def test_extreme_scales(expr, t0, t1, most):
    """In float64 50 t would be wrong by 4e-6 at t = 1e9."""
    parts = check(expr, t0, t1)
    assert parts.error <= 1.01e-12
    assert parts.knots.size - 1 <= most


@settings(max_examples=25)
@given(
    st.integers(-20, 20),
    st.integers(1, 12),
    st.integers(-9, 9),
    st.sampled_from([sin(3 * t), exp(-t / 2), t**2 - 2]),
)
def test_random_switches(p, q, shift, smooth):
    c = Rational(p, q)
    expr = smooth * Heaviside(t - c) + Abs(t + Rational(shift, 3)) * Piecewise((1, t < c / 2), (smooth, True))
    check(expr, -2, 3, n=6)


# ---- pulses


@pytest.mark.parametrize(
    ("expr", "times", "weights"),
    [
        (DiracDelta(t - 1), [1], [1]),
        (t * DiracDelta(2 * t - 1), [0.5], [0.25]),
        (DiracDelta(1 - 4 * t), [0.25], [0.25]),
        (DiracDelta(t) + 2 * DiracDelta(t - 2), [0, 2], [1, 2]),
        (DiracDelta(t + 1) + DiracDelta(t - 2.5), [], []),
        (DiracDelta(t - 1) + DiracDelta(2 * t - 2), [1], [1.5]),
        (DiracDelta(t - 1) - DiracDelta(t - 1), [], []),
        (sin(t) * DiracDelta(t - THIRD), [1 / 3], [float(sp.N(sin(THIRD), 30))]),
        (sin(t) * DiracDelta(t - pi / 2), [math.pi / 2], [1]),
        (cos(t) * DiracDelta(t - pi / 2), [], []),
        (DiracDelta(t**2 - 2), [math.sqrt(2)], [float(sp.N(1 / (2 * sqrt(2)), 30))]),
        (DiracDelta(t**2 - 1) * (t - 1), [], []),
        (t * DiracDelta(cos(t)), [math.pi / 2], [math.pi / 2]),
        (exp(-t) * Heaviside(t - 1) * DiracDelta(t - 2), [2], [math.exp(-2)]),
        (
            Piecewise((DiracDelta(t - 1), t < Rational(3, 2)), (DiracDelta(t - 1) + DiracDelta(t - 2), True)),
            [1, 2],
            [1, 1],
        ),
        (Abs(t - 1) * DiracDelta(t - 1), [], []),
        (DiracDelta(Abs(t) - 1), [1], [1]),
        (DiracDelta(sqrt(t) - THIRD), [1 / 9], [2 / 3]),
        (sqrt(t) * DiracDelta(t), [], []),
        ((2 + DiracDelta(t - 1)) * t - 2 * t, [1], [1]),
        (1e-100 * DiracDelta(t - 1), [1], [1e-100]),
        (sin(t) / t * DiracDelta(t), [0], [1]),
        (sp.SingularityFunction(t, 1, -1) * 3, [1], [3]),
        (sp.diff(Heaviside(t - 1) * (t + 2), t), [1], [3]),
    ],
)
def test_pulses(expr, times, weights):
    parts = sympy_parts(expr, t, 0, 2)
    assert parts.pulse_times.tolist() == times
    assert parts.pulse_weights.tolist() == weights
    assert parts.pulse_times.dtype == parts.pulse_weights.dtype == np.float64


def test_the_regular_part_beside_pulses():
    parts = check(sin(t) + 3 * DiracDelta(t - 1) + Heaviside(t - 1), 0, 2)
    assert parts.pulse_weights.tolist() == [3]
    assert 1.0 in parts.knots


def test_a_pulse_counts_where_its_float_lies():
    """1/3 is larger than its float64, which is the end of the interval."""
    assert sympy_parts(DiracDelta(t - THIRD), t, 0, 1 / 3).pulse_times.tolist() == [1 / 3]
    assert sympy_parts(DiracDelta(t - THIRD), t, 1 / 3, 1).pulse_times.tolist() == [1 / 3]
    assert sympy_parts(DiracDelta(t - THIRD), t, np.nextafter(1 / 3, 1), 1).pulse_times.size == 0


@settings(max_examples=40)
@given(st.fractions(-3, 3, max_denominator=20), st.fractions(-5, 5, max_denominator=9).filter(bool))
def test_a_pulse_of_a_scaled_argument(b, a):
    parts = sympy_parts((1 + t**2) * DiracDelta(Rational(a) * t - Rational(b)), t, -1, 1)
    place = b / a
    if -1 <= place <= 1:
        assert parts.pulse_times.tolist() == [float(place)]
        assert parts.pulse_weights.tolist() == [float((1 + place**2) / abs(a))]
    else:
        assert parts.pulse_times.size == 0


# ---- what is refused


@pytest.mark.parametrize(
    ("expr", "match"),
    [
        (Heaviside(t - 1) * DiracDelta(t - 1), "continuous, but jumps at t = 1.0"),
        (Heaviside(t) * DiracDelta(t), "continuous, but jumps at t = 0.0"),
        (sign(sin(t - 1)) * DiracDelta(t - 1), "continuous, but jumps"),
        (DiracDelta(t - 1) / (t - 1), "t = 1.0"),
        (DiracDelta(t - 1) ** 2, "linear in DiracDelta"),
        (DiracDelta(t) * DiracDelta(t - 1), "linear in DiracDelta"),
        (sin(DiracDelta(t - 1)), "linear in DiracDelta"),
        (Abs(DiracDelta(t - 1)), "DiracDelta"),
        (Heaviside(DiracDelta(t - 1)), "linear in DiracDelta"),
        (DiracDelta(t - 1, 1), "derivative of DiracDelta"),
        (sp.diff(DiracDelta(t - 1), t, 2), "derivative of DiracDelta"),
        (DiracDelta((t - 1) ** 2), "smooth crossing of zero at t = 1.0"),
        (DiracDelta(Abs(t - 1)), "smooth crossing of zero at t = 1.0"),
        (DiracDelta(Max(0, t - 1)), "vanish on an interval"),
        (sp.Symbol("a") * t + sp.Symbol("b"), "no symbol but t, got a, b"),
        (sp.Function("f")(t), "known functions"),
        (sp.I * t, "real"),
        (exp(sp.I * t), "real"),
        (sqrt(t - 1), "real and bounded"),
        (1 / (t - 1), "1/(t - 1) is not at t = 1.0"),
        (1 / t, "bounded .* t = 0.0"),
        (1 / (3 * t - 1) ** 2, "bounded .* t = 0.33333"),
        (1 / sqrt(t), "bounded .* t = 0.0"),
        (log(t), "bounded .* t = 0.0"),
        (sp.tan(t), "bounded .* t = 1.5707"),
        (sp.cot(t), "bounded .* t = 0.0"),
        (sin(1 / t), "bounded .* t = 0.0"),
        (sin(1 / (t - THIRD)), "bounded .* t = 0.3333"),
        (exp(1 / (t - 1)), "not at t = 1.0"),
        (exp(1000 * t), "range of float64"),
        (10**400 * t, "range of float64"),
        (Piecewise((t, t < 1)), "is nan on"),
        (sp.zoo * t, "defined|bounded"),
        (sp.nan, "defined"),
        (sp.oo, "bounded"),
        (floor(t**2), r"a t \+ b only"),
        (floor(10**6 * t), "more than 10000 steps"),
        (Heaviside(sin(1 / t)), "changes its sign|not at t"),
    ],
)
def test_bad_expressions(expr, match):
    match = match.replace("1/(t - 1)", r"1/\(t - 1\)")
    with pytest.raises(ValueError, match=match):
        sympy_parts(expr, t, 0, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"expr": "t"}, TypeError, "sympy.sympify"),
        ({"expr": b"t"}, TypeError, "sympy.sympify"),
        ({"expr": sp.Matrix([t])}, TypeError, "scalar"),
        ({"expr": sp.ImmutableMatrix([t])}, TypeError, "scalar"),
        ({"expr": t < 1}, TypeError, "scalar"),
        ({"expr": sp.true}, TypeError, "scalar"),
        ({"expr": None}, TypeError, "scalar"),
        ({"expr": np.zeros(2)}, TypeError, "scalar"),
        ({"t": "t"}, TypeError, "t must be a sympy.Symbol"),
        ({"t": 2 * t}, TypeError, "t must be a sympy.Symbol"),
        ({"t0": 1}, ValueError, "t1 = 1.0 must be larger"),
        ({"t1": math.inf}, ValueError, "t1 = inf must be finite"),
        ({"t1": pi}, TypeError, "t1"),
        ({"tol": 0}, ValueError, "tol"),
    ],
)
def test_bad_arguments(arguments, error, match):
    with pytest.raises(error, match=match):
        sympy_parts(**({"expr": t, "t": t, "t0": 0, "t1": 1} | arguments))


def test_any_symbol_is_time():
    for time in (sp.Symbol("x"), sp.Symbol("t", positive=True), sp.Symbol("t", real=True), sp.Dummy("t")):
        assert sympy_parts(time**2 + Min(time, 1), time, 0, 2).knots.tolist() == [0, 1, 2]


def test_the_working_precision_is_left_alone():
    import mpmath

    before = mpmath.mp.prec
    sympy_parts(sqrt(t - THIRD) * Heaviside(t - THIRD), t, 0, 1, tol=1e-6)
    with pytest.raises(ValueError, match="bounded"):
        sympy_parts(1 / t, t, 0, 1)
    assert mpmath.mp.prec == before


def test_the_tolerance_holds_where_float64_does_not():
    """The argument of sin(50 t) is wrong by 1.4e-11 at t = 2000: there 40 digits are used."""
    assert check(sin(50 * t), 2000, 2001).error <= 1.01e-12
    assert check(sin(50 * t), 30, 32).error <= 1.01e-12
