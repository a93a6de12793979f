"""Theory section 1: modulo quantizes in the leaky Alexiewicz norm, strictly; plain floats do not."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.norms import alexiewicz, residual_train
from oracles.trains import exact

import spikemath as sm

from .cases import drawn, share, signal_case, train_case
from .checks import beyond_the_oracle

modulo = {"resets": ("modulo",), "refractory": False}


@given(drawn(train_case, polarities=(True,), **modulo))
def test_q1_the_bound_is_strict_on_trains(case):
    """|V_n| < theta at every event: the norm of f - L(f), by the oracle and by ours, is below theta."""
    f, eta = case.train(), case.rule.operator()(case.train())
    times, weights, _ = case.exact()
    rest = residual_train(times, weights, eta.exact_times(), eta.counts.tolist(), Fraction(case.rule.theta))
    value, _at = alexiewicz(*rest, Fraction(case.rule.alpha))
    value = value if isinstance(value, Fraction) else exact(value)
    if not beyond_the_oracle(case):
        assert value < Fraction(case.rule.theta)
    assert sm.alexiewicz_norm(f - eta, case.rule.alpha) < case.rule.theta


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 100.0])
@pytest.mark.parametrize("theta", [0.3, 1.0, 1e-200, 1e200])
def test_q1_is_sharp(theta, alpha):
    """For every leak some train has a residual one ulp below the threshold; no smaller bound is true."""
    below = math.nextafter(theta, 0.0)
    f = sm.SpikeTrain([0.0, 0.25], [below, theta])
    eta = sm.LIF(theta, alpha)(f)
    assert sm.alexiewicz_norm(f - eta, alpha) == below


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_q2_without_firing_early_the_norm_would_be_the_threshold(alpha):
    """f = 1: |V| tends to theta before each crossing. Ours fires early, so that the bound stays strict, but barely."""
    f = sm.Signal.from_samples([1.0, 1.0, 1.0], fs=1.0)
    theta = 0.25
    norm = sm.alexiewicz_norm(f - sm.LIF(theta, alpha)(f), alpha)
    assert norm < theta
    assert norm > theta * (1.0 - 1e-12)


@share(0.5)
@given(drawn(signal_case, **modulo))
def test_q2_the_bound_is_strict_on_signals(case):
    """Theory Q2 (ii): the reported train satisfies ||f - eta||_(A,alpha) < theta strictly."""
    operator, f = case.rule.operator(bipolar=True), case.signal()
    assert sm.alexiewicz_norm(f - operator(f), case.rule.alpha) < case.rule.theta


@given(drawn(train_case, polarities=(False,), **modulo))
def test_one_sided_operators_keep_the_upper_bound(case):
    """bipolar=False: u stays below theta from above; it may fall as low as it likes."""
    f = case.train()
    rest = f - case.rule.operator()(f)
    u = rest.running_integral(case.rule.alpha)
    assert all(x < case.rule.theta * (1.0 + 1e-15) for x in np.atleast_1d(u(rest.times)))


@share(0.3)
@given(
    drawn(signal_case, kinds=("zero",), resets=("modulo",), pulses=False),
    st.sampled_from([0.0, 0.05, 0.3]),
)
def test_q6_refractory_bound(case, t_r):
    """|f| <= c without Diracs: |V| < max(theta, exp(-a t_r) theta + c (1 - exp(-a t_r)) / a)."""
    rule, f = case.rule, case.function()
    t_r = t_r / (case.fs if case.fs > 100 else 1.0)
    c = max(map(abs, case.data))
    eta = sm.LIF(rule.theta, rule.alpha, refractory=t_r)(f)
    a = rule.alpha
    drift = c * t_r if a == 0.0 else -c * math.expm1(-a * t_r) / a
    bound = max(rule.theta, math.exp(-a * t_r) * rule.theta + drift)
    assert sm.alexiewicz_norm(f - eta, a) <= bound * (1.0 + 1e-12)


def float_loop(weights, theta):
    """Integrate-and-fire as everybody writes it."""
    u, out = 0.0, []
    for w in weights:
        u += w
        n = math.trunc(u / theta)
        u -= n * theta
        out.append(n)
    return out


def exact_residual(weights, counts, theta):
    """sup |U| of f - eta in rationals."""
    level, worst = Fraction(0), Fraction(0)
    for w, k in zip(weights, counts, strict=True):
        level += Fraction(w) - k * Fraction(theta)
        worst = max(worst, abs(level))
    return worst


@pytest.mark.parametrize(("theta", "least"), [(0.3, 0.2), (1.0, 0.05)])
def test_q3_plain_floats_break_the_bound_on_decimal_data_and_ours_does_not(theta, least):
    """Weights k * 0.1: the float loop's own output violates the strict bound in many trains; ours never."""
    rng = np.random.default_rng(7)
    broken, trials = 0, 200
    for _ in range(trials):
        weights = (rng.integers(-10, 11, 50) * 0.1).tolist()
        broken += exact_residual(weights, float_loop(weights, theta), theta) >= Fraction(theta)
        enc = sm.IF(theta).encode(sm.SpikeTrain.from_samples(weights, fs=1.0))
        counts = np.zeros(50, dtype=int)
        counts[enc.spikes.times.astype(int)] = enc.counts
        assert exact_residual(weights, counts.tolist(), theta) < Fraction(theta)
    assert broken > least * trials


def test_q3_uniform_random_data_never_show_it():
    """0 % on uniform random weights: why suites of random tests miss the failure."""
    rng = np.random.default_rng(8)
    for _ in range(100):
        weights = rng.uniform(-1, 1, 50).tolist()
        assert exact_residual(weights, float_loop(weights, 0.3), 0.3) < Fraction(0.3)


def test_fast_arithmetic_is_the_float_loop():
    """arithmetic="fast" is documented as plain floats: it agrees with the loop, ties and all."""
    rng = np.random.default_rng(9)
    differs = 0
    for _ in range(50):
        weights = (rng.integers(-10, 11, 50) * 0.1).tolist()
        train = sm.SpikeTrain(np.arange(50.0), weights)
        fast = sm.IF(0.3, arithmetic="fast")(train)
        loop = [n for n in float_loop(weights, 0.3) if n]
        assert fast.counts.tolist() == loop
        differs += fast != sm.IF(0.3)(train)
    assert differs > 5
