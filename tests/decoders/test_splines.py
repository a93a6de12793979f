"""Splines against exact ones in fractions; smoothing against its definition; pieces against scipy."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import decoding
from scipy.interpolate import BSpline, PchipInterpolator

import spikemath as sm
from spikemath.decoders._bspline import power_pieces
from spikemath.decoders._known import known_of
from spikemath.decoders._penalty import Penalized, inverse_bands
from spikemath.decoders.spline import through

from .cases import SMOOTH, encoded, inner, snr

GAPS = st.lists(st.integers(2, 8).map(lambda k: k / 4), min_size=11, max_size=16)
SIGNS = st.lists(st.sampled_from([-1, 1, 1]), min_size=16, max_size=16)


def train_of(gaps, signs, theta=0.5):
    times = np.cumsum(gaps)
    weights = theta * np.array(signs[: len(gaps)])
    return sm.SpikeTrain._from_counts(
        sm.SpikeTrain([])._axis, times, np.zeros(times.size), np.array(signs[: len(gaps)], np.int64), theta,
        (0.0, 0.0), (float(times[-1]), 0.0),
    ), times, weights  # fmt: skip


@settings(max_examples=6)  # the oracle is slow
@given(GAPS, SIGNS, st.sampled_from([1, 3, 5, 7, 9]))
def test_the_spline_is_the_exact_one(gaps, signs, degree):
    """Truncated powers in fractions, at every quarter of a gap."""
    spikes, times, weights = train_of(gaps, signs)
    at = known_of(spikes, sm.IF(0.5))
    exact = decoding.not_a_knot(
        [Fraction(0), *map(Fraction, times)], [Fraction(0), *map(Fraction, np.cumsum(weights))], degree
    )
    v, index = through(at, degree)
    size = max(abs(float(exact(Fraction(x)))) for x in np.arange(0.0, times[-1], 0.25)) + 1.0
    knots = at.t[index]
    assert knots[1:-1].tolist() == [float(k) for k in exact.knots]
    for x in np.arange(0.0, times[-1], 0.25):
        k = int(np.searchsorted(knots, x, side="right")) - 1
        value = sum(c * (x - knots[k]) ** i for i, c in enumerate(v[:, k]))
        assert abs(value - float(exact(Fraction(x)))) <= 1e-9 * size


@settings(max_examples=6)  # the oracle is slow
@given(GAPS, SIGNS, st.sampled_from([0.0, 0.5]), st.sampled_from([3, 5]))
def test_the_signal_is_the_derivative_plus_alpha_times_the_spline(gaps, signs, alpha, degree):
    spikes, times, _ = train_of(gaps, signs)
    op = sm.LIF(0.5, alpha=alpha)
    at = known_of(spikes, op)
    exact = decoding.not_a_knot([Fraction(t) for t in at.t], [Fraction(y) for y in at.y], degree)
    f = sm.decoders.Spline(degree)._solve(at).signal
    for x in np.arange(0.125, times[-1], 0.25):
        here = Fraction(x)
        want = float(exact(here, 1) + Fraction(alpha) * exact(here))
        assert abs(f(x) - want) <= 1e-8 * (1.0 + max(abs(float(exact(here, 1))), abs(float(exact(here)))) * 1e2)


def test_a_polynomial_of_the_degree_is_reproduced():
    """v of degree k means f of degree k - 1 (alpha = 0): a cubic spline is exact on parabolas, and so on."""
    for degree in (3, 5, 7, 9):
        c = np.array([3.0, -1.0, 0.5, 0.3, -0.2, 0.1, -0.05, 0.02, -0.01][:degree])
        f = sm.Signal._from_power_basis(np.array([0.0, 2.0]), c[:, None])
        enc = sm.IF(0.05).encode(f)
        g = sm.decoders.Spline(degree)(enc)
        t = np.linspace(0.1, 1.9, 50)
        assert np.abs(g(t) - f(t)).max() < 1e-7


def test_degrees_in_order():
    """On a smooth biased signal each degree beats the one below, by 10 dB and more; the estimate is above the error."""
    enc = encoded(sm.IF(0.5))
    t, last = inner(SMOOTH), 0.0
    for degree in (1, 3, 5, 7, 9):
        decoded = sm.decoders.Spline(degree).decode(enc)
        quality = snr(SMOOTH, decoded.signal, t)
        error = np.abs(decoded.signal(t) - SMOOTH(t)).max()
        assert quality > last + 10.0
        assert error < decoded.report.estimated_error < 1e3 * error
        last = quality
    assert last > 70.0


def test_a_curve_that_overshoots_is_found_out():
    """Unbiased, with long gaps where the signal turns: degree 9 rings, and says so; Pchip does not."""
    x = np.full(21, 0.01)
    x[8:12] = 20.0, -5.0, 30.0, 10.0
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    enc = sm.IF(0.25).encode(f)
    with pytest.warns(sm.decoders.DecodingWarning) as said:
        decoded = sm.decoders.Spline(9).decode(enc)
    assert any("overshoots" in str(w.message) for w in said)
    assert decoded.report.condition.verdict == "fails"
    assert not sm.consistent(decoded.signal, enc)
    assert sm.consistent(sm.decoders.Pchip()(enc), enc)


def test_a_degree_that_the_samples_are_too_few_for_is_lowered_and_said():
    enc = sm.IF(2.0).encode(sm.Signal.from_samples([2.0] * 4, fs=1.0))
    with pytest.warns(sm.decoders.DecodingWarning, match="needs 10 known values"):
        sm.decoders.Spline(9)(enc)


@settings(max_examples=4)  # the oracle is slow
@given(GAPS, st.lists(st.integers(-8, 8), min_size=17, max_size=17), st.sampled_from([2, 3]), st.integers(-12, 12))
def test_smoothed_values_minimize_the_penalized_sum(gaps, noise, m, power):
    """Against the same quadratic form built from natural splines of unit vectors, in fractions."""
    t = np.concatenate([[0.0], np.cumsum(gaps)])[:7]
    y = np.array(noise[: t.size]) / 4.0
    found, _ = Penalized.at(t, m).fitted(y, 2.0**power)
    exact = decoding.smoothing_values([Fraction(x) for x in t], [Fraction(x) for x in y], m, Fraction(2) ** power)
    assert np.abs(found - np.array([float(x) for x in exact])).max() <= 1e-8 * (1.0 + np.abs(y).max())


@given(GAPS, st.sampled_from([2, 3]), st.sampled_from([1e-3, 1.0, 1e3]))
def test_the_trace_is_that_of_the_whole_inverse(gaps, m, penalty):
    """tr(I - A) from dense matrices."""
    t = np.concatenate([[0.0], np.cumsum(gaps)])
    parts = Penalized.at(t, m)
    smoother = np.array([parts.fitted(e, penalty)[0] for e in np.eye(t.size)]).T
    y = np.sin(3.0 * t)
    fitted, score = parts.fitted(y, penalty)
    want = t.size * np.sum((y - fitted) ** 2) / np.trace(np.eye(t.size) - smoother) ** 2
    assert np.isclose(score, want, rtol=1e-5)


def test_bands_of_an_inverse():
    rng = np.random.default_rng(3)
    low = np.tril(rng.normal(size=(7, 7))) * (np.abs(np.subtract.outer(range(7), range(7))) <= 2) + 4.0 * np.eye(7)
    factor = np.array([np.pad(np.diagonal(low, -k), (0, k)) for k in range(3)])
    bands = np.zeros_like(factor)
    inverse_bands(factor, bands)
    dense = np.linalg.inv(low @ low.T)
    for k in range(3):
        assert np.allclose(bands[k, : 7 - k], np.diagonal(dense, -k), rtol=1e-12, atol=1e-14)


def test_smoothing_helps_with_rounded_times():
    """Times rounded to a clock of 1/50 of a gap: some dB better than interpolation, and the more the coarser."""
    op = sm.IF(0.25)
    spikes = encoded(op).spikes
    t = inner(SMOOTH)
    gain = []
    for clock in (0.01, 0.04):
        times = np.maximum.accumulate(np.round(spikes.times / clock) * clock)
        rounded = sm.SpikeTrain._from_counts(
            sm.SpikeTrain([])._axis, times, np.zeros(times.size), spikes.counts, 0.25, (0.0, 0.0), (20.0, 0.0)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.decoders.DecodingWarning)  # the interpolating spline may overshoot
            smooth, rough = (d(rounded, op) for d in (sm.decoders.SmoothingSpline(), sm.decoders.Spline(5)))
        gain.append(snr(SMOOTH, smooth, t) - snr(SMOOTH, rough, t))
    assert gain[0] > 1.0
    assert gain[1] > 3.0


@pytest.mark.parametrize("penalty", [1e-4, 1.0, "gcv"])
def test_the_penalty_is_reported(penalty):
    report = sm.decoders.SmoothingSpline(penalty).decode(encoded(sm.IF(0.25))).report
    assert report.penalty > 0.0
    if penalty != "gcv":
        assert np.isclose(report.penalty, penalty, rtol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 9])
def test_power_pieces_are_the_b_spline(degree):
    rng = np.random.default_rng(degree)
    inside = np.cumsum(rng.uniform(0.2, 2.0, 12))
    t = np.concatenate([[inside[0]] * degree, inside, [inside[-1]] * degree])
    c = rng.normal(size=t.size - degree - 1)
    v = power_pieces(t, c, degree)
    for k in range(inside.size - 1):
        x = np.linspace(inside[k], inside[k + 1], 7)
        assert np.allclose(
            np.polynomial.polynomial.polyval(x - inside[k], v[:, k]), BSpline(t, c, degree)(x), atol=1e-10
        )


def test_pchip_is_the_monotone_cubic_of_the_samples():
    enc = encoded(sm.SendOnDelta(0.125))
    g = sm.decoders.Pchip()(enc)
    at = known_of(enc.spikes, enc.operator, 0.0, enc.potential).exactly()
    t = np.linspace(at.t[0], at.t[-1], 999)
    assert np.abs(g(t) - PchipInterpolator(at.t, at.y)(t)).max() < 1e-9


@given(st.lists(st.integers(0, 40).map(lambda k: k / 8), min_size=2, max_size=10))
def test_pchip_keeps_the_sign_of_the_signal(x):
    """A signal that is never negative is decoded to one that never is (no leak: v is monotone)."""
    assume(any(x))
    enc = sm.IF(0.125).encode(sm.Signal.from_samples(x, fs=1.0, hold="linear"))
    known = known_of(enc.spikes, enc.operator, 0.0, enc.potential)
    assume(known.exactly().distinct().t.size >= 2)
    g = sm.decoders.Pchip()(enc)
    t = np.linspace(*g.domain, 500)
    assert g(t).min() >= -1e-9 * (1.0 + g(t).max())
