"""Theory section 4: send-on-delta is integrate-and-fire of the derivative, and an exact scan on samples."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm

from .cases import drawn, nudged, share, signal_case

random_numbers = st.randoms(use_true_random=False)


def clip_scan(samples, theta):
    """D3: r_k = clip(r_(k-1), floor(x_k / theta), ceil(x_k / theta)), in rationals; the increments."""
    r, out = 0, []
    for x in samples:
        ratio = Fraction(x) / Fraction(theta)
        new = min(max(r, math.floor(ratio)), math.ceil(ratio))
        out.append(new - r)
        r = new
    return out


def samples_of(rng, theta):
    kind = rng.choice(["decimal", "tie", "quarters"])
    n = rng.randint(1, 30)
    if kind == "decimal":
        return [rng.randint(-15, 15) * 0.1 for _ in range(n)]
    if kind == "tie":
        return [nudged(rng, rng.randint(-5, 5) * theta) for _ in range(n)]
    return [rng.randint(-20, 20) * theta / 4 for _ in range(n)]


def counts_per_sample(eta, n, fs, t0):
    out = np.zeros(n, dtype=np.int64)
    for t, k in zip(eta.exact_times(), eta.counts.tolist(), strict=True):
        index = (t - Fraction(t0)) * Fraction(fs)
        assert index.denominator == 1
        out[int(index)] = k
    return out


@given(random_numbers, st.sampled_from([0.1, 0.3, 0.7, 1.0]), st.sampled_from([(1.0, 0.0), (1000.0, 0.1), (0.7, 5.0)]))
def test_d3_on_samples_it_is_the_clip_scan(rng, theta, grid):
    """Zero hold: spikes sit exactly on samples, with the counts of the clip scan in rationals."""
    fs, t0 = grid
    x = samples_of(rng, theta)
    eta = sm.SendOnDelta(theta)(sm.Signal.from_samples(x, fs=fs, t0=t0))
    assert counts_per_sample(eta, len(x), fs, t0).tolist() == clip_scan(x, theta)


@given(drawn(signal_case, pulses=False))
def test_d1_it_is_integrate_and_fire_of_the_derivative(case):
    """SOD(g) = IF(D g) for samples, linear hold and polynomials, with every setting, exactly."""
    g, r = case.function(), case.rule
    theta = max(r.theta, sm.total_variation(g.derivative()) / 30)
    sod = sm.SendOnDelta(theta, r.reset, r.refractory, r.bipolar).encode(g)
    plain = sm.IF(theta, r.reset, r.refractory, r.bipolar).encode(g.derivative())
    assert sod.spikes == plain.spikes
    assert sod.counts.tolist() == plain.counts.tolist()
    assert (sod.potential, sod.undecided) == (plain.potential, plain.undecided)


@share(0.5)
@given(drawn(signal_case, pulses=False))
def test_d2_hold_decoding_stays_below_the_threshold(case):
    """sup |g - theta * (sum of counts so far)| < theta, in exact arithmetic."""
    g = case.function()
    dg = g.derivative()
    theta = max(case.rule.theta, sm.total_variation(dg) / 30)
    eta = sm.SendOnDelta(theta)(g)
    assert sm.alexiewicz_norm(dg - eta) < theta
    # and as a user would look at it, on a grid, up to rounding
    t = np.linspace(*g.domain, 101)[:-1]
    decoded = eta.running_integral()(t)
    assert np.abs(g(t) - decoded).max() < theta * (1.0 + 1e-9) + 1e-9 * np.abs(g(t)).max()


@given(drawn(signal_case, kinds=("linear",), pulses=False), st.sampled_from(["subtract", "zero"]))
def test_all_resets_coincide_where_the_signal_is_continuous(case, reset):
    """Without a jump at t0 (x_0 = 0) all resets give the same counts, all +-1.

    On a threshold that is no tie: reset to zero forgets the hair by which a crossing is reported early.
    """
    x = [0.0, *case.data[1:]]
    g = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    theta = max(0.314159265, max(map(abs, x)) / 9.87654321)
    plain, other = sm.SendOnDelta(theta).encode(g), sm.SendOnDelta(theta, reset).encode(g)
    assert np.abs(plain.counts).max(initial=1) == 1
    assert other.counts.tolist() == plain.counts.tolist()


def test_textbook_send_on_delta_is_the_zero_reset():
    """reference := sampled value, at each sample that is theta or more away from it."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        x = (rng.integers(-8, 9, 30) / 8).tolist()
        reference, counts = 0.0, []
        for v in x:
            fire = abs(v - reference) >= 0.5
            counts.append(int(math.copysign(1, v - reference)) if fire else 0)
            reference = v if fire else reference
        eta = sm.SendOnDelta(0.5, "zero")(sm.Signal.from_samples(x, fs=1.0))
        assert counts_per_sample(eta, len(x), 1.0, 0.0).tolist() == counts


def test_it_is_false_with_leak():
    """LIF(D g) with alpha > 0 forgets: a slow rise gives send-on-delta spikes and no LIF spike."""
    g = sm.Signal.from_samples(np.linspace(0.0, 3.0, 31), fs=1.0)
    assert sm.SendOnDelta(1.0).encode(g).counts.tolist() == [1, 1, 1]
    assert len(sm.LIF(1.0, 1.0).encode(g.derivative())) == 0


def test_the_initial_value_is_a_jump():
    """g starts at 2.5: a spike of 2 thresholds at t0, because D g has a Dirac there."""
    g = sm.Signal.from_samples([2.5, 2.5], fs=1.0, t0=3.0)
    eta = sm.SendOnDelta(1.0)(g)
    assert (eta.times.tolist(), eta.counts.tolist()) == ([3.0], [2])


def test_pulses_have_no_derivative():
    """A train or a signal with Diracs is refused, in words."""
    for f in (sm.SpikeTrain([1.0]), sm.Signal.from_samples([1.0, 1.0], fs=1.0) + sm.SpikeTrain([1.0])):
        with pytest.raises(ValueError, match="Dirac"):
            sm.SendOnDelta(1.0)(f)
