"""Norms where they break: thousands of ties, an ulp between two peaks, edges of stretches, any scale, any leak."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm
from spikemath.norms import _scan
from spikemath.norms._scan_kernels import LEAKY, STRETCH

from .cases import share
from .test_norms_of_long_data import (
    assert_as_swept,
    assert_exact,
    coordinates,
    down,
    exact_limits,
    exactly,
    extremes,
    held_extremes,
    numbers,
    pulses_at,
    swept,
)

SEEDS = st.integers(0, 2**32 - 1)


def rational(x) -> list[Fraction]:
    return [Fraction(v) for v in np.asarray(x).tolist()]


@pytest.mark.parametrize("unit", [1.0, 0.1, 0.3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_of_thousands_of_equal_peaks_the_first_counts(unit, sign):
    """A square wave with a pulse in the middle of every plateau: the same left limit again and again, exactly."""
    n = 4096
    x = sign * unit * np.resize([1.0, 1.0, -1.0, -1.0], n)
    at = [(k + 1.5, 0.0) for k in range(0, n, 4)]
    there = pulses_at(at, [-sign * unit] * len(at), n) + pulses_at(
        [(k + 3.0, 0.0) for k in range(0, n, 4)], [sign * unit] * len(at), n
    )
    f = sm.Signal.from_samples(x, fs=1.0) + there
    pulses = {Fraction(k) + Fraction(3, 2): Fraction(-sign * unit) for k in range(0, n, 4)}
    pulses |= {Fraction(k + 3): Fraction(sign * unit) for k in range(0, n, 4)}
    top, low = held_extremes(rational(x), pulses)
    e = sm.alexiewicz_extremum(f)
    assert e == (math.copysign(down(max(top, -low)), sign), 1.5, "left", False)
    assert e == swept(f, 0.0)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("peak", [1.0, 0.1, 1e-300, 1e300])
def test_two_peaks_an_ulp_apart(first, peak):
    """Far apart in time, in either order, with either sign."""
    n, above = 3000, math.nextafter(peak, math.inf)
    for signs in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)):
        w = np.zeros(n)
        peaks = [peak, above] if first else [above, peak]
        for k, p, s in zip((700, 2500), peaks, signs, strict=True):
            w[k], w[k + 9] = s * p, -s * p
        train = sm.SpikeTrain(np.arange(float(n)), w)
        at = first
        assert sm.alexiewicz_extremum(train) == (signs[at] * above, (700.0, 2500.0)[at], "right", True)
        held = sm.Signal.from_samples(w, fs=1.0)
        assert sm.alexiewicz_extremum(held) == (signs[at] * above, (701.0, 2501.0)[at], "right", True)


@pytest.mark.parametrize("alpha", [0.0, 0.01])
@pytest.mark.parametrize("edge", [LEAKY, STRETCH, 2 * STRETCH])
def test_a_peak_at_the_edge_of_a_stretch(alpha, edge):
    """On the last number of a stretch, beside it, and before a pulse that lies there."""
    n = 3 * STRETCH
    for k in range(edge - 2, edge + 3):
        x = np.full(n, 1e-3)
        x[k], x[k + 1] = 2.0, -3.0
        f = sm.Signal.from_samples(x, fs=1.0)
        e = sm.alexiewicz_extremum(f, alpha)
        assert e == swept(f, alpha)
        assert e.time in (k + 1.0, k + 2.0)
        for c in (k + 1.0, k + 0.5, math.nextafter(k + 1.0, 0.0), math.nextafter(k + 1.0, 1e9)):
            g = f - sm.SpikeTrain([c], [2.0], domain=(0.0, float(n)))
            assert_as_swept(g, alpha)
        if not alpha:
            assert sm.alexiewicz_norm(sm.SpikeTrain(np.arange(float(n)), x)) == down(
                max(map(abs, extremes(rational(x))))
            )


@share(0.2)
@given(SEEDS, st.sampled_from([5e-324, 1e-310, 1e-200, 1e200, 1e300]))
def test_any_scale(seed, scale):
    """Where floats end the sweep takes over, and the answer is exact all the same."""
    rng = random.Random(seed)
    x = np.random.default_rng(rng.getrandbits(32)).integers(-3, 4, 600) * scale
    assert sm.alexiewicz_norm(sm.SpikeTrain(np.arange(600.0), x)) == down(max(map(abs, extremes(rational(x)))))
    at = coordinates(rng, 600, 5)
    weights = [rng.choice([-2, -1, 1, 2]) * scale for _ in at]
    f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, weights, 600)
    assert sm.alexiewicz_norm(f) == down(max(map(abs, held_extremes(rational(x), exactly(at, weights)))))


@share(0.2)
@given(
    SEEDS,
    st.sampled_from([1e-300, 1e-50, 1e-12, 0.999, 1.001, 7.99, 8.01, 499.0, 501.0, 1e6]),
)
def test_any_leak(seed, alpha):
    """On both sides of every leak at which the kernels change their ways."""
    rng = random.Random(seed)
    n = 300
    x = numbers(rng, n)
    at = coordinates(rng, n, rng.choice([1, 80]))
    f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, [rng.choice([0.1, -0.3, 1.0]) for _ in at], n)
    assert_as_swept(f, alpha)
    train = sm.SpikeTrain(np.cumsum(np.random.default_rng(rng.getrandbits(32)).exponential(1.0, n)), x)
    assert sm.alexiewicz_norm(train, alpha) == abs(swept(train, alpha).value)
    assert_exact(train, alpha, exact_limits(train, alpha))


@share(0.3)
@given(SEEDS, st.sampled_from([0.0, 0.3]))
def test_pulses_at_the_edges_of_samples_and_crowds_inside(seed, alpha):
    """On the grid, a hair beside it, at both ends, many in one sample."""
    rng = random.Random(seed)
    n = 9
    x = [rng.choice([1.0, -1.0, 0.5, 0.1, 0.0]) for _ in range(n)]
    spots = set()
    for _ in range(rng.randrange(0, 14)):
        k = rng.randrange(0, n + 1)
        c = Fraction(k) + rng.choice(
            [0, 0, Fraction(1, 2**70), -Fraction(1, 2**70), Fraction(1, 4), Fraction(rng.random())]
        )
        spots.add(min(max(c, Fraction(0)), Fraction(n)))
    pulses = {c: Fraction(rng.choice([0.5, -0.5, 1.0, -0.1])) for c in sorted(spots)}
    at = [(float(c), float(c - Fraction(float(c)))) for c in pulses]
    f = sm.Signal.from_samples(x, fs=1.0)
    f = f + pulses_at(at, [float(w) for w in pulses.values()], n) if at else f
    assert_as_swept(f, alpha)
    if not alpha:
        assert sm.alexiewicz_norm(f) == down(max(map(abs, held_extremes(rational(x), pulses))))


def test_empty_trains_and_single_events():
    """Nothing, and one event, alone and taken from samples."""
    f = sm.Signal.from_samples([0.5], fs=1.0)
    for alpha in (0.0, 0.7):
        assert sm.alexiewicz_norm(sm.SpikeTrain([]), alpha) == 0.0
        assert sm.alexiewicz_norm(sm.SpikeTrain([3.0], [-0.1]), alpha) == 0.1
        assert sm.alexiewicz_norm(f - sm.SpikeTrain([]), alpha) == sm.alexiewicz_norm(f, alpha)
        for c in (0.0, 0.5, 1.0):
            g = f - sm.SpikeTrain([c], [5.0])
            assert_as_swept(g, alpha)


@pytest.mark.parametrize("fs", [1000.0, 30000.0, 44100.0])
@pytest.mark.parametrize("alpha", [0.0, 20.0])
def test_trains_in_seconds_on_any_domain_take_the_quick_scan(fs, alpha):
    """A train on the plain axis, known for longer than the samples, before and after them."""
    rng = np.random.default_rng(5)
    x, t = rng.normal(size=600), np.sort(rng.uniform(0.0, 600 / fs, 80))
    for domain in (None, (0.0, 600.5 / fs), (-1.0, 1e3), (-1e-9, 600 / fs + 1e-9)):
        g = sm.Signal.from_samples(x, fs=fs) - sm.SpikeTrain(t, rng.choice([-1.0, 1.0], 80) / fs, domain=domain)
        assert _scan.scan(g, alpha, True) is not None
        assert_as_swept(g, alpha)


def test_channels_have_their_own_leak_and_share_threads():
    """Norms, bounds and discrepancies of many channels: those of each alone, whatever the threads."""
    f = sm.Signal.from_samples(np.random.default_rng(6).normal(size=(3, 400)), fs=10.0)
    leaks = [0.0, 0.5, 3.0]
    for threads in (1, 2):
        assert sm.alexiewicz_norm(f, leaks, threads=threads).tolist() == [
            sm.alexiewicz_norm(g, a) for g, a in zip(f, leaks, strict=True)
        ]
        assert sm.alexiewicz_extremum(f, leaks, threads=threads) == [
            sm.alexiewicz_extremum(g, a) for g, a in zip(f, leaks, strict=True)
        ]
        assert sm.alexiewicz_bounds(f, leaks, threads=threads) == [
            sm.alexiewicz_bounds(g, a) for g, a in zip(f, leaks, strict=True)
        ]
        assert sm.discrepancy_norm(f, threads=threads).tolist() == [sm.discrepancy_norm(g) for g in f]
    with pytest.raises(ValueError, match="alpha has 2 values for 3 channels"):
        sm.alexiewicz_bounds(f, [0.1, 0.2])
    with pytest.raises(ValueError, match="threads = 0 must be >= 1"):
        sm.alexiewicz_norm(f, threads=0)


@share(0.1)
@given(SEEDS, st.sampled_from([0.0, 1e-3, 0.05]))
def test_the_residual_of_a_quantizer_is_told_apart_from_the_threshold(seed, alpha):
    """Hundreds of left limits within ulps of the threshold: the norm is the sweep's, and below the threshold."""
    rng = random.Random(seed)
    x = np.random.default_rng(rng.getrandbits(32)).normal(size=2000)
    f = sm.Signal.from_samples(x, fs=1.0)
    theta = rng.choice([0.5, 0.3, 2.0])
    residual = f - sm.LIF(theta, alpha)(f)
    e = sm.alexiewicz_extremum(residual, alpha)
    assert_as_swept(residual, alpha)
    assert theta * (1.0 - 2.0**-36) < abs(e.value) < theta
