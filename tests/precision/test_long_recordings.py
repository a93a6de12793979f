"""Times carry more than 53 bits where they must: long recordings and far origins keep the bound."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import spikemath as sm


@pytest.mark.parametrize("alpha", [0.0, 1e6])
@pytest.mark.parametrize("kind", ["pulses", "zero", "linear"])
def test_an_origin_of_1e9_s_with_gaps_of_1_ns(kind, alpha):
    """Neighbouring samples are the same float64 time; the bound holds strictly all the same."""
    rng = np.random.default_rng(1)
    x, fs, t0 = rng.normal(size=400), 1e9, 1e9
    if kind == "pulses":
        f, theta = sm.SpikeTrain.from_samples(x, fs=fs, t0=t0), 0.8
    else:
        f, theta = sm.Signal.from_samples(x, fs=fs, t0=t0, hold=kind), 0.8e-9
    assert np.unique(np.asarray(1e9 + np.arange(400) / fs)).size < 10
    eta = sm.LIF(theta, alpha)(f)
    assert len(eta) > 50
    norm = sm.alexiewicz_norm(f - eta, alpha)
    assert norm < theta
    assert norm <= theta * (1 + 1e-12)
    assert all(a < b for a, b in zip(eta.exact_times(), eta.exact_times()[1:], strict=False))
    moved = sm.LIF(theta, alpha).encode(f.shift(-(2.0**29)))
    assert moved.counts.tolist() == eta.counts.tolist()


def test_samples_sit_at_exact_instants():
    """Sample k of a recording at fs = 1000 from t0 = 0.1 is at 0.1 + k / 1000 exactly, although no float is."""
    s = sm.SpikeTrain.from_samples(np.ones(50), fs=1000.0, t0=0.1)
    assert s.exact_times() == [Fraction(0.1) + Fraction(k, 1000) for k in range(50)]
    assert s.times.tolist() == [float(Fraction(0.1) + Fraction(k, 1000)) for k in range(50)]
    f = sm.Signal.from_samples(np.ones(50), fs=1000.0, t0=0.1)
    assert f.domain == (0.1, float(Fraction(0.1) + Fraction(50, 1000)))


@pytest.mark.jit_only
def test_ten_million_samples_keep_the_bound():
    """1e7 samples at 30 kHz: norm of f - eta strictly below the threshold (so at most threshold * (1 + 1e-12))."""
    n = 10_000_000
    x = np.tile(np.round(np.sin(np.arange(n // 10) * 0.37) + 0.1, 2), 10)  # decimals: ties
    f = sm.Signal.from_samples(x, fs=30_000.0)
    theta = 1e-3
    eta = sm.IF(theta)(f)
    assert len(eta) > 30_000
    assert sm.alexiewicz_norm(f - eta) < theta


@pytest.mark.jit_only
def test_linear_hold_with_leak_keeps_the_bound():
    """The same on linear hold, where a piece may cross several times."""
    rng = np.random.default_rng(5)
    f = sm.Signal.from_samples(np.round(rng.normal(size=3000), 2), fs=30_000.0, t0=1e6, hold="linear")
    eta = sm.LIF(1e-5, 20.0)(f)
    assert len(eta) > 4000
    assert sm.alexiewicz_norm(f - eta, 20.0) < 1e-5
