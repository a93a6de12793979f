"""The gallery against mpmath and fractions: values, leaky integrals, and the signals made of them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm
from spikemath.gallery import trigonometric as module

gallery = sm.gallery
LEAKS = [0.0, 0.25, 3.0]


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(40):
        yield


def value(g, t):
    """The sum at t, term by term."""
    x = (mpmath.mpf(t) - g.domain[0]) / (mpmath.mpf(g.domain[1]) - g.domain[0])
    x *= mpmath.mpf(g.stretch.denominator) / g.stretch.numerator
    terms = [mpmath.mpc(complex(c)) * mpmath.expjpi(2 * k * x) for k, c in enumerate(g.coefficients) if k]
    return mpmath.mpf(g.coefficients[0].real) + 2 * mpmath.re(mpmath.fsum(terms))


def integral(f, a, b, alpha):
    return mpmath.quad(lambda s: mpmath.exp(-alpha * (b - s)) * f(s), mpmath.linspace(a, b, 12))


@pytest.mark.parametrize("periodic", [True, False])
def test_a_sum_is_its_terms(periodic):
    g = gallery.bandlimited(0.5, 30.0, mean=1.5, periodic=periodic, seed=4)
    t = np.random.default_rng(0).uniform(0.0, 30.0, 20)
    exact = np.array([float(value(g, x)) for x in t])
    assert np.abs(g(t) - exact).max() < 4e-15
    f = g.signal()
    assert np.abs(f(t) - exact).max() < 2e-14
    assert f.domain == g.domain
    for alpha in LEAKS:
        found = g.integral(3.0, 3.75, alpha)
        assert abs(found - float(integral(lambda s: value(g, s), 3.0, 3.75, alpha))) < 1e-14


def test_long_sums_go_through_the_transform_and_agree(monkeypatch):
    g = gallery.bandlimited(0.5, 200.0, mean=1.0, seed=2)
    t = np.sort(np.random.default_rng(1).uniform(0.0, 200.0, 300))
    direct = g(t), g.integral(t[:-1], t[1:], 0.5)
    monkeypatch.setattr(module, "DIRECT", 0)
    assert np.abs(g(t) - direct[0]).max() < 2e-14
    assert np.abs(g.integral(t[:-1], t[1:], 0.5) - direct[1]).max() < 2e-13


@pytest.mark.parametrize("domain", [(0.0, 0.1), (1e9, 1e9 + 40.0), (-3.0, 1e6)])
def test_signals_are_right_on_awkward_domains(domain):
    c = np.array([0.5, 0.25 - 1j, 0.0, 0.125j, 0.5])
    g = gallery.TrigonometricSum(c, domain)
    t = np.linspace(*domain, 13)
    exact = np.array([float(value(g, x)) for x in t])
    assert np.abs(g(t) - exact).max() < 1e-14
    assert np.abs(g.signal()(t) - exact).max() < 2e-14


def test_the_error_of_the_signal_is_stated():
    g = gallery.bandlimited(0.5, 100.0, seed=1)
    t = np.linspace(0.0, 100.0, 997)
    f = g.signal()
    assert 0.0 < f.error < 1e-12
    assert np.abs(f(t) - g(t)).max() <= 16 * f.error


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([1.0, 2.5, 40.0]))
def test_amplitude_bounds_the_signal_and_is_nearly_reached(seed, periodic, amplitude):
    g = gallery.bandlimited(0.5, 20.0, mean=3.0, amplitude=amplitude, periodic=periodic, seed=seed)
    t = np.linspace(0.0, g.period, 2001)
    peak = np.abs(g(t) - 3.0).max()
    assert peak <= amplitude * (1 + 1e-12)
    assert peak >= 0.97 * amplitude
    assert g.bandwidth <= 0.5 * (1 + 1e-12)


def test_seeds_repeat_and_differ():
    a, b, c = (gallery.bandlimited(1.0, 10.0, seed=s).coefficients for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_the_derivative_is_one():
    g = gallery.trigonometric_sum([0.5, 1.5], [1.0, 0.25], [0.0, 1.0], mean=2.0, duration=4.0)
    for t in (0.1, 1.7, 3.9):
        slope = mpmath.diff(lambda s: value(g, s), t)
        assert abs(g.derivative()(t) - float(slope)) < 1e-13
    assert abs(g(0.0) - (3.0 + 0.25 * np.cos(1.0))) < 1e-15


@pytest.mark.parametrize(("first", "last"), [(1.0, 20.0), (20.0, 1.0), (0.0, 5.0), (5.0, 0.0)])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 50.0])
def test_chirps_integrate_in_closed_form(first, last, alpha):
    g = gallery.chirp(first, last, duration=5.0, amplitude=0.5, mean=2.0)

    def f(s):
        return 2 + mpmath.cos(2 * mpmath.pi * (first * s + (last - first) * s * s / mpmath.mpf(10))) / 2

    points = np.linspace(0.3, 2.2, 40).tolist()
    exact = mpmath.quad(lambda s: mpmath.exp(-alpha * (2.2 - s)) * f(s), points)
    assert abs(g.integral(0.3, 2.2, alpha) - float(exact)) < 1e-14
    assert abs(g(1.3) - float(f(mpmath.mpf(1.3)))) < 1e-13
    t = np.linspace(0.0, 5.0, 501)
    assert np.abs(g.signal()(t) - g(t)).max() < 5e-13


@pytest.mark.parametrize("alpha", LEAKS)
def test_piecewise_constant_integrals(alpha):
    g = gallery.piecewise_constant(6, 3.0, seed=8)
    f = g.signal()
    U = f.running_integral(alpha)
    t = np.linspace(0.0, 3.0, 31)
    assert np.allclose(g.integral(0.0, t, alpha), U(t), rtol=0, atol=1e-14)
    assert np.array_equal(g(t), f(t))
    assert np.diff(g.knots).min() >= 0.25 * 3.0 / 6 * (1 - 1e-12)


def test_diracs_and_their_low_pass():
    g = gallery.diracs(6, 2.0, separation=0.2, seed=3)
    gaps = np.diff(np.append(g.times, g.times[0] + 2.0))
    assert gaps.min() >= 0.2 * (1 - 1e-9)
    assert g.signal().weights.tolist() == g.weights.tolist()
    assert abs(g.integral(0.0, 2.0) - g.weights.sum()) < 1e-14
    f = g.filtered(3.0, mean=1.0)
    for k in range(7):
        exact = sum(w * mpmath.expjpi(-2 * k * mpmath.mpf(t) / 2) for t, w in zip(g.times, g.weights, strict=True)) / 2
        assert abs(f.coefficients[k] - complex(exact) - (k == 0)) < 1e-14


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_operators_send_what_the_closed_form_says(alpha):
    """Between two spikes the leaky integral of the closed form is the weight of the later one."""
    for g in (
        gallery.bandlimited(0.5, 40.0, mean=2.0, seed=5),
        gallery.chirp(0.2, 1.0, 40.0, mean=1.5),
        gallery.piecewise_constant(5, 40.0, low=0.5, high=2.0),
    ):
        enc = sm.LIF(0.5, alpha=alpha).encode(g.signal())
        t = np.concatenate([[0.0], enc.spikes.times])
        assert len(enc) > 10
        assert np.abs(g.integral(t[:-1], t[1:], alpha) - enc.spikes.weights).max() < 1e-12


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: gallery.bandlimited(0.5, 1.0), ValueError),
        (lambda: gallery.bandlimited(-1.0, 10.0), ValueError),
        (lambda: gallery.TrigonometricSum([1j], (0.0, 1.0)), ValueError),
        (lambda: gallery.TrigonometricSum([], (0.0, 1.0)), ValueError),
        (lambda: gallery.TrigonometricSum([1.0], (1.0, 1.0)), ValueError),
        (lambda: gallery.trigonometric_sum([0.3], [1.0]), ValueError),
        (lambda: gallery.trigonometric_sum([1.0], [1.0, 2.0]), ValueError),
        (lambda: gallery.piecewise_constant(0, 1.0), ValueError),
        (lambda: gallery.piecewise_constant(1.5, 1.0), TypeError),
        (lambda: gallery.PiecewiseConstant([0.0, 0.0], [1.0]), ValueError),
        (lambda: gallery.chirp(1.0, 1.0, 1.0), ValueError),
        (lambda: gallery.diracs(4, 1.0, separation=0.25), ValueError),
        (lambda: gallery.Diracs([0.5, 0.5], [1.0, 1.0], 1.0), ValueError),
        (lambda: gallery.Diracs([1.0], [1.0], 1.0), ValueError),
    ],
)
def test_bad_arguments(make, error):
    with pytest.raises(error):
        make()
