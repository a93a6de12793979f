"""Adaptive pieces: the error they promise, where they put knots, and what they refuse.

The pieces are evaluated in rational arithmetic and compared with mpmath: nothing of the package stands on
both sides.
"""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from spikemath.signals.functions import AdaptivePieces, adaptive_pieces, expanded


def exact(pieces: AdaptivePieces, t: float) -> Fraction:
    k = min(max(int(np.searchsorted(pieces.knots, t, side="right")) - 1, 0), pieces.knots.size - 2)
    x = Fraction(t) - Fraction(float(pieces.knots[k]))
    value = Fraction(0)
    for c in pieces.coefficients[::-1, k]:
        value = value * x + Fraction(float(c))
    return value


def largest_error(pieces: AdaptivePieces, truth, n: int = 300) -> float:
    """sup |truth - pieces| at random floats and close to every knot, in 40 digits."""
    rng = np.random.default_rng(5)
    times = rng.uniform(pieces.knots[0], pieces.knots[-1], n)
    inner = rng.permutation(pieces.knots[:-1])[:50]
    times = np.concatenate([times, np.nextafter(inner, np.inf), np.nextafter(pieces.knots[1:][:50], -np.inf)])
    with mpmath.workdps(40):
        return max(
            float(abs(truth(mpmath.mpf(t)) - mpmath.mpf(v.numerator) / v.denominator))
            for t in times.tolist()
            for v in [exact(pieces, t)]
        )


def n_pieces(pieces: AdaptivePieces) -> int:
    return pieces.knots.size - 1


SMOOTH = {
    "sin 50t": (lambda t: np.sin(50 * t), lambda t: mpmath.sin(50 * t), 0.0, 10.0, 512),
    "sin": (np.sin, mpmath.sin, 0.0, 10.0, 16),
    "exp": (np.exp, mpmath.exp, 0.0, 1.0, 1),
    "decay": (lambda t: np.exp(-t), lambda t: mpmath.exp(-t), 0.0, 10.0, 16),
    "Runge": (lambda t: 1 / (1 + 25 * t * t), lambda t: 1 / (1 + 25 * t * t), -1.0, 1.0, 32),
    "sqrt": (np.sqrt, mpmath.sqrt, 0.0, 1.0, 110),
    "narrow": (
        lambda t: np.exp(-(((t - 0.123) / 0.01) ** 2)),
        lambda t: mpmath.exp(-(((t - mpmath.mpf(0.123)) / mpmath.mpf(0.01)) ** 2)),
        0.0,
        1.0,
        40,
    ),
    "fast": (lambda t: np.sin(5e10 * t), lambda t: mpmath.sin(5e10 * t), 0.0, 1e-9, 64),
    "late": (lambda t: np.sin(50 * (t - 1e9)), lambda t: mpmath.sin(50 * (t - 10**9)), 1e9, 1e9 + 1e-3, 1),
    "very short": (lambda t: np.sin(5e40 * t), lambda t: mpmath.sin(t * 5e40), 0.0, 1e-40, 16),
    "very long": (lambda t: np.sin(5e-40 * t), lambda t: mpmath.sin(t * 5e-40), 0.0, 1e40, 16),
}


@pytest.mark.parametrize(("func", "truth", "t0", "t1", "most"), SMOOTH.values(), ids=SMOOTH)
def test_smooth_functions_meet_the_tolerance_with_few_pieces(func, truth, t0, t1, most):
    pieces = adaptive_pieces(func, t0, t1)
    scale = float(np.max(np.abs(func(np.linspace(t0, t1, 1000)))))
    assert pieces.error <= 1.01e-12 * scale
    assert largest_error(pieces, truth) <= pieces.error
    assert n_pieces(pieces) <= most
    assert pieces.knots[0] == t0
    assert pieces.knots[-1] == t1
    assert np.all(np.diff(pieces.knots) > 0)
    assert pieces.coefficients.shape[1] == n_pieces(pieces)


@given(
    st.floats(0.1, 30),
    st.floats(-3, 3),
    st.floats(-50, 50),
    st.floats(0.01, 5),
    st.sampled_from([1e-4, 1e-8, 1e-12]),
)
def test_the_error_is_a_bound(omega, damping, t0, length, tol):
    pieces = adaptive_pieces(lambda t: np.sin(omega * t) * np.exp(damping * (t - t0)), t0, t0 + length, tol)
    error = largest_error(pieces, lambda t: mpmath.sin(t * omega) * mpmath.exp((t - mpmath.mpf(t0)) * damping), n=20)
    assert error <= pieces.error


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(-8, 8), st.integers(1, 8))
@example([4, 3, -9, -8], -4, 1)  # rounding leaves 4e-11 t^4 on an interval of length 1/4
def test_polynomials_come_out_as_one_piece_of_their_degree(coefficients, t0, length):
    """Beyond the degree nothing is left but rounding."""
    t0, t1 = t0 / 4, (t0 + length) / 4
    pieces = adaptive_pieces(lambda t: np.polynomial.polynomial.polyval(t, coefficients), t0, t1)
    degree = max((k for k, c in enumerate(coefficients) if c), default=0)
    assert n_pieces(pieces) == 1
    size = max(1, sum(abs(c) * 4.0**k for k, c in enumerate(coefficients)))
    beyond = pieces.coefficients[degree + 1 :, 0]
    assert sum(abs(c) * (t1 - t0) ** (degree + 1 + k) for k, c in enumerate(beyond)) <= 1e-12 * size
    assert pieces.error <= 1e-12 * size


def test_piecewise_cubics_at_breaks():
    spline = CubicSpline(np.arange(8.0), [0, 1, -1, 2, 0, 0, 1, 3])
    pieces = adaptive_pieces(spline, 0.0, 7.0, breaks=np.arange(8))
    assert pieces.knots.tolist() == list(range(8))
    assert np.allclose(pieces.coefficients, spline.c[::-1], atol=1e-12)


def test_constants_are_exact():
    pieces = adaptive_pieces(lambda t: 0.1, -1.0, 2.0)
    assert pieces.knots.tolist() == [-1.0, 2.0]
    assert pieces.coefficients.tolist() == [[0.1]]
    assert pieces.error == 0.0
    assert adaptive_pieces(lambda t: 0 * t, 0.0, 1.0).coefficients.tolist() == [[0.0]]


@pytest.mark.parametrize("tol", [1e-14, 1e-16])
def test_noise_is_reported_not_chased(tol):
    pieces = adaptive_pieces(lambda t: np.sin(50 * t), 0.0, 10.0, tol)
    assert n_pieces(pieces) < 4000
    assert largest_error(pieces, lambda t: mpmath.sin(50 * t)) <= 2e-13
    assert 1e-14 < pieces.error < 1e-12


def test_noise_of_large_times_is_reported():
    """50 t is rounded to 4e-6 at t = 1e9: no polynomial can be nearer to this function."""
    pieces = adaptive_pieces(lambda t: np.sin(50 * t), 1e9, 1e9 + 1e-3)
    assert n_pieces(pieces) <= 4
    assert 1e-6 < pieces.error < 1e-4


# ---- jumps, kinks, poles


@given(st.floats(0.01, 0.99), st.booleans(), st.sampled_from([0.0, -3.0, 1e6]))
def test_a_jump_is_found_to_the_last_float(place, closed, origin):
    t0, t1 = origin, origin + 1
    jump = origin + place

    def step(t):
        return np.where(t <= jump, 1.0, -2.0) if closed else np.where(t < jump, 1.0, -2.0)

    with warnings.catch_warnings():  # where halving meets the jump by chance there is none
        warnings.simplefilter("ignore", RuntimeWarning)
        pieces = adaptive_pieces(step, t0, t1)
    assert len(pieces.coefficients) == 1
    halvings = place.as_integer_ratio()[1].bit_length()  # 1/16 is met by four, and every half stays a piece
    assert n_pieces(pieces) <= (max(4, halvings) if halvings < 30 else 4)
    assert pieces.error == 0.0
    changes = np.flatnonzero(np.diff(pieces.coefficients[0])) + 1
    assert len(changes) == 1
    assert abs(pieces.knots[changes[0]] - jump) <= np.spacing(abs(jump))
    times = np.random.default_rng(0).uniform(t0, t1, 50)
    times = times[np.abs(times - jump) > np.spacing(abs(jump))]
    assert all(exact(pieces, t) == Fraction(float(step(t))) for t in times.tolist())


def test_a_jump_is_warned_of_with_its_time():
    with pytest.warns(RuntimeWarning, match=r"jump near t=0\.3333333333333333"):
        pieces = adaptive_pieces(lambda t: np.where(t < 1 / 3, np.sin(t), 5.0), 0.0, 1.0)
    assert 1 / 3 in pieces.knots
    assert pieces.error < 1e-11


def test_many_jumps():
    with pytest.warns(RuntimeWarning, match="jump near"):
        pieces = adaptive_pieces(np.floor, 0.0, 100.5)
    assert pieces.knots.tolist() == [*range(101), 100.5]
    assert pieces.coefficients.tolist() == [list(range(101))]
    assert pieces.error == 0.0


def test_jumps_at_breaks_need_no_search():
    breaks = np.pi * np.arange(1, 10)
    pieces = adaptive_pieces(lambda t: np.sign(np.sin(t)), 0.5, 30.0, breaks=breaks)
    assert pieces.knots.tolist() == [0.5, *breaks, 30.0]
    assert pieces.coefficients.tolist() == [[(-1.0) ** k for k in range(10)]]


def test_a_jump_at_zero_does_not_end_among_denormals():
    calls = []

    def step(t):
        calls.append(np.size(t))
        return np.where(t >= 0, 1, 0)

    pieces = adaptive_pieces(step, -1.0, 2.0)
    assert 0.0 in pieces.knots
    assert sum(calls) < 20_000


@given(st.floats(0.01, 0.99))
def test_a_kink_costs_few_pieces(place):
    pieces = adaptive_pieces(lambda t: np.abs(t - place), 0.0, 1.0)
    assert n_pieces(pieces) <= 40
    assert pieces.error <= 1e-12
    assert largest_error(pieces, lambda t: abs(t - mpmath.mpf(place)), n=50) <= pieces.error


def test_a_steep_continuous_function_is_no_jump():
    pieces = adaptive_pieces(lambda t: np.cbrt(t - 0.1), 0.0, 1.0)  # and warns of nothing
    error = largest_error(pieces, lambda t: mpmath.sign(t - mpmath.mpf(0.1)) * mpmath.cbrt(abs(t - mpmath.mpf(0.1))))
    assert error <= pieces.error < 1e-4


@pytest.mark.parametrize(
    "func",
    [
        lambda t: 1 / (t - 1 / 3),
        lambda t: 1 / (t - math.pi / 10),
        lambda t: 1 / (t - math.sqrt(0.5)) ** 2,
        lambda t: np.abs(t - math.pi / 10) ** -0.5,
        np.tan,
        lambda t: 1 / t,
        lambda t: np.log(np.abs(t)),
    ],
)
def test_poles_are_refused(func):
    with pytest.raises(ValueError, match=r"func.* t ?= |func\("):
        adaptive_pieces(func, -1.0, 2.0)


@pytest.mark.parametrize(
    "func", [lambda t: np.sin(1 / (t - 0.123456789)), lambda t: np.random.default_rng().random(t.size)]
)
def test_roughness_is_refused_with_the_number_and_the_place(func):
    with pytest.raises(ValueError, match=r"more than max_pieces = 2000 pieces .* near t = "):
        adaptive_pieces(func, 0.0, 1.0, max_pieces=2000)


# ---- the door


def test_scalar_functions():
    a, b = adaptive_pieces(math.sin, 0.0, 3.0), adaptive_pieces(np.sin, 0.0, 3.0)
    assert np.array_equal(a.knots, b.knots)
    assert np.allclose(a.coefficients, b.coefficients, rtol=0, atol=1e-9)
    with pytest.warns(RuntimeWarning, match="jump"):
        branches = adaptive_pieces(lambda t: 1 if t < 0.3 else Fraction(1, 2), 0.0, 1.0)
    assert branches.coefficients[0, [0, -1]].tolist() == [1.0, 0.5]


def test_the_function_cannot_change_the_times():
    def greedy(t):
        t *= 2
        return t

    assert np.allclose(adaptive_pieces(greedy, 0.0, 1.0).coefficients[:, 0], [0.0, 2.0], atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_, ">f8", np.longdouble])
def test_value_types(dtype):
    pieces = adaptive_pieces(lambda t: np.ones(t.shape, dtype), 0.0, 1.0)
    assert pieces.coefficients.tolist() == [[1.0]]
    assert pieces.coefficients.dtype == np.float64


class Metres(np.ndarray):
    units = "m"


@pytest.mark.parametrize(
    ("func", "error", "match"),
    [
        (lambda t: np.exp(1j * t), TypeError, "complex"),
        (lambda t: complex(t, 1), TypeError, "complex"),
        (lambda t: np.full(t.shape, "x"), TypeError, "dtype"),
        (lambda t: np.ma.masked_array(t, t > 0.5), TypeError, "MaskedArray"),
        (lambda t: np.asarray(t).view(Metres), TypeError, "Metres"),
        (lambda t: np.stack([t, t]), ValueError, r"shape \(2,\)"),
        (lambda t: [1.0], ValueError, r"shape \(1,\)"),
        (lambda t: np.where(t > 0.5, np.nan, t), ValueError, r"func\(.*\) = nan"),
        (lambda t: np.where(t > 0.5, np.inf, t), ValueError, r"func\(.*\) = inf"),
        (lambda t: {}["missing"], KeyError, "missing"),
        (3.0, TypeError, "callable"),
    ],
)
def test_bad_functions(func, error, match):
    with pytest.raises(error, match=match):
        adaptive_pieces(func, 0.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"t0": 1.0}, ValueError, "t1 = 1.0 must be larger"),
        ({"t0": math.nan}, ValueError, "t0 = nan must be finite"),
        ({"t1": math.inf}, ValueError, "t1 = inf must be finite"),
        ({"t0": -1.7e308, "t1": 1.7e308}, ValueError, "finite"),
        ({"t1": "1"}, TypeError, "t1"),
        ({"t1": 1j}, TypeError, "t1"),
        ({"tol": 0.0}, ValueError, "tol = 0.0 must be > 0"),
        ({"tol": -1e-3}, ValueError, "tol"),
        ({"tol": math.nan}, ValueError, "tol"),
        ({"breaks": [0.5, 2.0]}, ValueError, r"breaks\[1\] = 2.0"),
        ({"breaks": [math.nan]}, ValueError, r"breaks\[0\]"),
        ({"breaks": ["a"]}, TypeError, "breaks"),
        ({"max_pieces": 0}, ValueError, "max_pieces = 0"),
    ],
)
def test_bad_arguments(arguments, error, match):
    with pytest.raises(error, match=match):
        adaptive_pieces(np.sin, **({"t0": 0.0, "t1": 1.0} | arguments))


def test_breaks_are_knots_in_any_order():
    pieces = adaptive_pieces(np.sin, 0.0, 1.0, breaks=[0.7, 0.2, 0.7, 0.0, 1.0])
    assert {0.0, 0.2, 0.7, 1.0} <= set(pieces.knots.tolist())
    assert len(set(pieces.knots.tolist())) == pieces.knots.size


# ---- exact expansion


@given(
    st.lists(st.fractions(-100, 100, max_denominator=50), min_size=1, max_size=8),
    st.floats(-1e3, 1e3),
    st.floats(1e-3, 10),
)
def test_an_expansion_is_rounded_once(coefficients, a, length):
    b = a + length
    column, error = expanded(coefficients, a, b)
    for weight in (0, Fraction(1, 3), 1):
        t = Fraction(a) + weight * (Fraction(b) - Fraction(a))
        truth = sum(c * t**k for k, c in enumerate(coefficients))
        stored = sum(Fraction(c) * (t - Fraction(a)) ** k for k, c in enumerate(column))
        assert abs(truth - stored) <= Fraction(error)
    scale = sum(abs(c) * (abs(a) + length) ** k for k, c in enumerate(coefficients))
    assert error <= 1e-14 * float(scale) + 1e-300


def test_an_exact_expansion_has_no_error():
    assert expanded([Fraction(1), Fraction(0), Fraction(1)], 0.5, 2.0) == ([1.25, 1.0, 1.0], 0.0)
