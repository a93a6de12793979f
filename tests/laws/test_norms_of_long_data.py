"""The quick scan of long trains and recordings: exact norms where blocks, segments and lists of candidates matter.

A stretch is at most 512 numbers, or 64 with leak. The oracle walks through the data in rationals (alpha = 0) or in
mpmath (alpha > 0).
"""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import accumulate

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import bare, partial_sums
from spikemath.norms import _extremes, _leaky_kernels, _scan, _scan_kernels
from spikemath.norms._extremes import Extremes
from spikemath.signals.axis import PLAIN

from .cases import share


def _sums(x, first, last, v):
    return partial_sums(bare(x), first, last, x.size, v)


sums = compiled(_sums)


def down(x: Fraction) -> float:
    """The largest float64 not above x."""
    y = float(x)
    return math.nextafter(y, -math.inf) if Fraction(y) > x else y


def extremes(increments):
    """(sup U, inf U) of 0 and all partial sums."""
    u, top, low = Fraction(0), Fraction(0), Fraction(0)
    for x in increments:
        u += x
        top, low = max(top, u), min(low, u)
    return top, low


def numbers(rng: random.Random, n: int) -> np.ndarray:
    """Numbers of which partial sums come back to the same values, or nearly."""
    kind = rng.choice(["decimal", "periodic", "integer", "uniform", "cancel", "monotone", "rare", "sizes"])
    g = np.random.default_rng(rng.getrandbits(32))
    if kind == "decimal":
        return g.integers(-3, 4, n) / 10.0
    if kind == "periodic":
        return np.resize(np.array([0.1, -0.3, 0.2, 0.1, -0.1]), n)
    if kind == "integer":
        return g.integers(-2, 3, n).astype(np.float64)
    if kind == "uniform":
        return g.uniform(-1.0, 1.0, n)
    if kind == "cancel":
        return np.resize(np.concatenate([v := g.uniform(-1, 1, 37), -v[::-1]]), n)
    if kind == "monotone":
        return g.integers(1, 4, n) / 10.0
    if kind == "rare":
        return np.where(g.uniform(size=n) < 0.01, g.choice([0.1, -0.1, 0.3, -0.3], n), 0.0)
    return g.choice([1e-20, -1e-20, 1.0, -1.0, 1e15, -1e15], n)


@share(0.3)
@given(st.randoms(use_true_random=False), st.sampled_from([511, 512, 513, 1500, 2100]))
def test_long_trains_without_leak(rng, n):
    """Norm, discrepancy, first place of the extremum: those of the rational walk."""
    w = numbers(rng, n)
    s = sm.SpikeTrain(np.arange(float(n)), w, domain=(-1.0 if rng.random() < 0.5 else 0.0, float(n)))
    exact = [Fraction(x) for x in w.tolist()]
    top, low = extremes(exact)
    assert sm.alexiewicz_norm(s) == down(max(top, -low))
    assert sm.discrepancy_norm(s) == down(top - low)
    e = sm.alexiewicz_extremum(s)
    most, u, near = max(top, -low), Fraction(0), []
    for i, x in enumerate(exact):
        u += x
        if x and abs(u) >= most * (1 - Fraction(1, 2**100)):  # closer ones need not be told apart: the value is exact
            near.append((i, u))
    if near and most:
        assert (e.time, math.copysign(1.0, e.value)) in [(float(i), 1.0 if v > 0 else -1.0) for i, v in near]
        if all(abs(v) == most for _, v in near):
            assert e.time == near[0][0]


def held_extremes(x, pulses, left=True):
    """The same for samples of one tick each minus pulses {exact coordinate: weight}."""
    u = pulses.get(Fraction(0), Fraction(0))
    top, low = max(Fraction(0), u), min(Fraction(0), u)
    inside: dict[int, list[Fraction]] = {}
    for c in pulses:
        if c > 0:
            inside.setdefault(math.ceil(c) - 1, []).append(c)
    for k, v in enumerate(x):
        now = Fraction(k)
        for c in [*sorted(inside.get(k, [])), Fraction(k + 1)]:
            if c == now:
                continue
            u += v * (c - now)
            now = c
            if left or c not in pulses:
                top, low = max(top, u), min(low, u)
            if c in pulses:
                u += pulses[c]
                top, low = max(top, u), min(low, u)
    return top, low


def coordinates(rng: random.Random, n: int, m: int) -> list[tuple[float, float]]:
    """Places of pulses, as pairs: on the grid, a hair beside it, at the ends, several in one sample, anywhere."""
    out = {(rng.choice([0.0, float(n), 0.5]), 0.0)}
    while len(out) < m:
        k = rng.randrange(1, n)
        hi = rng.choice([float(k), k + 0.25, k + 1 / 3, math.nextafter(k, math.inf), math.nextafter(k + 1, 0.0)])
        out.add((hi, rng.choice([0.0, 0.0, 2.0**-70, -(2.0**-70)]) if hi - k != 1 / 3 else 0.0))
    return sorted(out)


def pulses_at(at: list[tuple[float, float]], weights: list[float], n: int) -> sm.SpikeTrain:
    """A train whose coordinates are pairs of doubles, as encoders make them."""
    hi, lo = (np.array(c) for c in zip(*at, strict=True))
    return sm.SpikeTrain._build(PLAIN, hi, lo, np.array([weights]), (0.0, 0.0), (float(n), 0.0))


def exactly(at: list[tuple[float, float]], weights: list[float]) -> dict[Fraction, Fraction]:
    """The same as rationals."""
    return {Fraction(h) + Fraction(r): Fraction(w) for (h, r), w in zip(at, weights, strict=True)}


@share(0.3)
@given(st.randoms(use_true_random=False), st.sampled_from([512, 530, 1100]))
def test_long_recordings_minus_spikes_without_leak(rng, n):
    """Samples with pulses on and off the grid; with and without left limits."""
    x = numbers(rng, n)
    at = coordinates(rng, n, rng.choice([1, 5, 60]))
    weights = [rng.choice([0.1, -0.1, 0.3, 1.0, -1.0, 1e-17]) for _ in at]
    f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, weights, n)
    assert _scan.scan(f, 0.0, True) is not None or not x.any() or np.abs(x).max() > 1e200
    exact = [Fraction(v) for v in x.tolist()]
    pulses = exactly(at, weights)
    top, low = held_extremes(exact, pulses)
    assert sm.alexiewicz_norm(f) == down(max(top, -low))
    assert sm.discrepancy_norm(f) == down(top - low)
    top, low = held_extremes(exact, pulses, left=False)
    found = Extremes(f, 0.0, left=False)
    for lower, upper, _, _ in found.norms():
        if lower == upper:
            break
    assert lower == upper == max(top, -low)


@pytest.mark.parametrize("theta", [0.1, 0.3, 1.0])
def test_the_residual_of_a_long_recording_is_below_the_threshold(theta):
    """Near ties at every spike: left limits are theta less a few ulp."""
    x = np.random.default_rng(3).normal(size=1200)
    for fs in (1.0, 30000.0):
        f = sm.Signal.from_samples(x * fs, fs=fs)
        eta = sm.IF(theta)(f)
        norm = sm.alexiewicz_norm(f - eta)
        assert theta * (1.0 - 2.0**-36) < norm < theta
        assert _scan.scan(f - eta, 0.0, True) is not None


def leaky_extremes(times, weights, alpha):
    """sup |U| of a train with leak, to 60 digits."""
    with mpmath.workdps(60):
        u, best, last = mpmath.mpf(0), mpmath.mpf(0), times[0]
        for t, w in zip(times, weights, strict=True):
            u = u * mpmath.exp(-alpha * (mpmath.mpf(t) - mpmath.mpf(last))) + mpmath.mpf(w)
            best, last = max(best, abs(u)), t
        return best


@share(0.1)
@given(st.randoms(use_true_random=False), st.sampled_from([256, 300, 900]), st.sampled_from([0.01, 0.5, 40.0]))
def test_long_trains_with_leak(rng, n, alpha):
    """Decimal and periodic weights, gaps of one size or of many."""
    w = numbers(rng, n)
    w[w == 0.0] = 0.5
    gaps = rng.choice([np.ones(n), np.random.default_rng(rng.getrandbits(32)).exponential(1.0, n) + 1e-3])
    times = np.cumsum(gaps)
    s = sm.SpikeTrain(times, w)
    value = leaky_extremes(times.tolist(), w.tolist(), alpha)
    with mpmath.workdps(60):
        norm = sm.alexiewicz_norm(s, alpha)
        assert norm <= value * (1 + mpmath.mpf(10) ** -50)
        assert math.nextafter(norm, math.inf) > value * (1 - mpmath.mpf(10) ** -50)


@share(0.1)
@given(st.randoms(use_true_random=False), st.sampled_from([0.01, 0.7, 30.0]))
def test_long_recordings_minus_spikes_with_leak_are_what_the_sweep_finds(rng, alpha):
    """The scan against the sweep over cells, which knows no blocks."""
    n = 600
    x = numbers(rng, n)
    at = coordinates(rng, n, rng.choice([1, 40]))
    f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, [rng.choice([0.1, -0.3, 1.0]) for _ in at], n)
    assert_as_swept(f, alpha)


def assert_as_swept(f, alpha):
    """The scan finds what the sweep finds.

    With leak, periodic data tend to their maximum: where peaks differ by less than 106 bits show, any of them will do.
    """
    quick, slow = sm.alexiewicz_extremum(f, alpha), swept(f, alpha)
    assert quick.value == slow.value
    if quick != slow:
        u = f.running_integral(alpha)
        assert alpha > 0.0
        assert abs(u(quick.time, side=quick.side)) == pytest.approx(abs(u(slow.time, side=slow.side)), rel=1e-14)


def swept(f, alpha):
    """The extremum without the scan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_extremes, "scan", lambda f, alpha, left: None)
        return sm.alexiewicz_extremum(f, alpha)


def test_lists_that_are_full_are_emptied():
    """More equal maxima, up to rounding, than the lists of a kernel hold; the first one counts."""
    n = 16 * 4400
    w = np.resize(np.array([0.1, 0.2, -0.3]), n)
    w[::7] += 1e-17 * (np.arange(w[::7].size) % 3)
    s = sm.SpikeTrain(np.arange(float(n)), w)
    top, low = extremes([Fraction(x) for x in w.tolist()])
    assert sm.alexiewicz_norm(s) == down(max(top, -low))


def test_the_short_exponential_is_as_good_as_it_has_to_be():
    """Within 2^-36, relative, as the filter's bound assumes."""
    z = np.concatenate([np.linspace(0.0, 5.0, 300), np.linspace(5.0, 700.0, 300), np.arange(1, 40) * math.log(2.0) / 2])
    out = np.empty(z.size)
    _leaky_kernels.decays(z, np.empty(z.size, dtype=np.int64), out)
    assert np.abs(out / np.exp(-z) - 1.0).max() < 2.0**-36 - 2.0**-50
    far = np.array([700.1, 1e5, 1e300])
    _leaky_kernels.decays(far, np.empty(3, dtype=np.int64), out)
    assert not out[:3].any()


@pytest.mark.parametrize("n", [1, 2])
def test_stretches_are_summed_with_their_errors(n):
    """Sum plus error is exact, extremes are those of the partial sums up to 2^-42."""
    x = np.random.default_rng(n).choice([0.1, -0.1, 0.3, 1e10, -1e10, 7.0], _scan_kernels.STRETCH)
    top, low, hi, lo, total, least = map(Fraction, sums(x, 0, x.size, 0.0))
    part = list(accumulate(Fraction(v) for v in x.tolist()))
    assert hi + lo == part[-1]
    assert abs(top - max(part)) <= (abs(top) + abs(low)) / 2**42
    assert abs(low - min(part)) <= (abs(top) + abs(low)) / 2**42
    assert total >= sum(map(abs, part[:1])) and least == Fraction(0.1)


@share(0.3)
@given(st.randoms(use_true_random=False), st.sampled_from([3, 40, 150]))
def test_peaks_inside_straight_lines(rng, n):
    """Linear hold without leak: hills between the samples, many of the same height, and ends that are as high."""
    x = [rng.choice([0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.0]) for _ in range(n)] if n > 3 else [0.1, -0.3, 0.1]
    x = list(np.resize(x[: rng.choice([3, 4, n])], n))
    at = sorted({rng.randrange(n - 1) + rng.choice([0.0, 0.25, 0.5]) for _ in range(n // 10)})
    weights = [rng.choice([0.05, -0.05, 0.1, -0.15]) for _ in at]
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear") + sm.SpikeTrain(at, weights, domain=(0.0, n - 1.0))
    pulses = {Fraction(c): Fraction(w) for c, w in zip(at, weights, strict=True)}
    u = pulses.pop(Fraction(0), Fraction(0))
    top, low = max(u, Fraction(0)), min(u, Fraction(0))
    for k in range(n - 1):
        a, now = Fraction(x[k]), Fraction(k)
        slope = Fraction(x[k + 1]) - a
        for c in [*sorted(c for c in pulses if k < c < k + 1), Fraction(k + 1)]:
            h, d = c - now, a + slope * (now - k)
            spots = [h, *([-d / slope] if slope and 0 < -d / slope < h else [])]
            values = [u + d * s + slope * s * s / 2 for s in spots]
            top, low = max(top, *values), min(low, *values)
            u, now = values[0] + pulses.get(c, Fraction(0)), c
            top, low = max(top, u), min(low, u)
    assert sm.alexiewicz_norm(f) == down(max(top, -low))
    assert sm.discrepancy_norm(f) == down(top - low)
