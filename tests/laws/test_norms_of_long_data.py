"""The quick scan of long trains and recordings: exact norms where blocks, segments and lists of candidates matter.

A stretch is at most 512 numbers, or 64 with leak. The oracle walks through the data in rationals (alpha = 0) or in
mpmath (alpha > 0).
"""

from __future__ import annotations

import math
import random
from contextlib import contextmanager
from fractions import Fraction
from itertools import accumulate

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.norms import limits
from oracles.piecewise import Signal as ExactSignal
from oracles.trains import exact

import spikemath as sm
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import bare, partial_sums
from spikemath.norms import _extremes, _leaky_kernels, _scan, _scan_kernels, alexiewicz
from spikemath.norms._extremes import LEFT, Extremes
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
    assert_exact(s, alpha, exact_limits(s, alpha))


@share(0.1)
@given(st.randoms(use_true_random=False), st.sampled_from([0.01, 0.7, 30.0]))
def test_long_recordings_minus_spikes_with_leak_are_what_the_sweep_finds(rng, alpha):
    """The scan against the sweep over cells, which knows no blocks."""
    n = 600
    x = numbers(rng, n)
    at = coordinates(rng, n, rng.choice([1, 40]))
    f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, [rng.choice([0.1, -0.3, 1.0]) for _ in at], n)
    assert_as_swept(f, alpha)


def exact_signal(f) -> ExactSignal:
    """The numbers that a held recording with pulses is made of, for the oracle; silence before and after it."""
    axis, pulses = f._axis, f if isinstance(f, sm.SpikeTrain) else f.impulses
    knots, values = [axis.instant(f._start)], []
    for part in f._parts:  # one, or none if all samples are 0
        first = [axis.origin] if knots[0] < axis.origin else []
        knots += first + [axis.origin + k / axis.rate for k in range(1, part.number + 1)]
        values += [Fraction(0)] * len(first) + [Fraction(v) * part.scale for v in part.coefficients[0, 0].tolist()]
    if knots[-1] < axis.instant(f._end):
        knots, values = [*knots, axis.instant(f._end)], [*values, Fraction(0)]
    return ExactSignal(knots, [[v] for v in values], [*zip(pulses.exact_times(), pulses.exact_weights(), strict=True)])


def exact_limits(f, alpha) -> list[tuple[Fraction, str, Fraction]]:
    """(time, side, U) wherever |U| may be largest; to 70 digits if there is a leak."""
    return [(t, side, exact(u)) for t, side, u in limits(exact_signal(f), Fraction(alpha))]


def place_of(f, alpha) -> tuple[Fraction, str]:
    """The exact instant and the side behind the time that is reported."""
    extremes, best = alexiewicz._extreme(f, alpha)[:2]
    return extremes.axis.instant(extremes.place(best)), "left" if best.kind == LEFT else "right"


def assert_exact(f, alpha, known):
    """What is promised of an extremum: its value is exact, and |U| is within 1 - 2^-100 of the norm where it lies.

    Of values that are equal without leak the first counts. U is asked of the oracle (known) at the very event, pulse or
    end of a sample: a rounded time would not tell apart what lies a hair beside a pulse.
    """
    e, place = sm.alexiewicz_extremum(f, alpha), place_of(f, alpha)
    norm = max(abs(u) for _, _, u in known)
    near = [(t, side, u) for t, side, u in known if abs(u) >= norm * (1 - Fraction(1, 2**100))]
    doubt = norm * Fraction(1 if alpha else 0, 10**60)  # the oracle's own
    assert abs(Fraction(e.value)) <= norm + doubt
    assert Fraction(math.nextafter(abs(e.value), math.inf)) > norm - doubt
    there = [u for t, side, u in near if (t, side) == place]
    assert there, f"{place} is none of the {len(near)} places of the norm"
    assert not norm or (there[0] > 0) == (e.value > 0)
    assert place[1] == e.side
    assert e.time in (float(place[0]), down(place[0]))
    if not alpha and all(abs(u) == norm for _, _, u in near):
        assert place == near[0][:2]


def assert_as_swept(f, alpha):
    """The scan finds what is promised, and so does the sweep; without leak these are the same."""
    quick, slow = sm.alexiewicz_extremum(f, alpha), swept(f, alpha)
    assert quick.value == slow.value
    assert alpha > 0.0 or quick == slow
    known = exact_limits(f, alpha)
    assert_exact(f, alpha, known)
    with without_scan():
        assert_exact(f, alpha, known)


@contextmanager
def without_scan():
    """Everything is left to the sweep over cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_extremes, "scan", lambda f, alpha, left: None)
        yield


def swept(f, alpha):
    """The extremum without the scan."""
    with without_scan():
        return sm.alexiewicz_extremum(f, alpha)


def two_peaks(seed):
    """A recording with leak and left limits that differ by some 2^-90 of the norm, one of them behind a crowd.

    The samples before the peaks are the same; between them all but 2^-100 is forgotten, and a tiny pulse makes the
    difference. 80 more pulses, so that the table is used, which knows these limits within 2^-83.
    """
    rng = random.Random(seed)
    a, s, v = rng.choice([0.9, 0.99, 1.0]), rng.randrange(2**19 + 9, 2**20) / 2**20, rng.uniform(0.5, 1.0)
    hair = rng.choice([-1.0, 1.0]) * 2.0 ** -rng.choice([87, 88, 90, 92])
    later = 5 + int(100 * math.log(2.0) / a) + rng.randrange(4)
    n, crowded = later + 200, rng.choice([5, later])
    x = np.zeros(n)
    for k in (5, later):
        x[k - 1 : k + 1] = v
    pulses = [(5 + s, -0.5), (later + s, -0.5), (crowded + s / 2, hair), *((n - 90 + j + 0.5, 1e-6) for j in range(80))]
    at, weights = zip(*sorted(pulses), strict=True)
    return sm.Signal.from_samples(x, fs=1.0) + pulses_at([(c, 0.0) for c in at], [*weights], n), a


@pytest.mark.parametrize("seed", range(30))
def test_of_two_peaks_that_the_filter_cannot_tell_apart_the_higher_one_is_reported(seed):
    """The place of the extremum was right to 2^-83 only: its value was exact, and the place that of the other peak."""
    f, a = two_peaks(seed)
    assert_as_swept(f, a)


def test_a_place_of_which_the_filter_is_not_sure_does_not_pass(monkeypatch):
    """Planted: the place is taken from the enclosures that decide the value."""
    cases = [two_peaks(seed) for seed in range(30)]
    monkeypatch.setattr(alexiewicz, "_NEAR", Fraction(0))
    with pytest.raises(AssertionError, match="is none of the 1 places"):
        assert not any(assert_as_swept(f, a) for f, a in cases)


def test_a_place_without_rivals_is_not_computed_again(monkeypatch):
    """However wide its own enclosure is: only what may be larger elsewhere is a reason to go on."""
    x = np.random.default_rng(8).normal(size=3000)
    f = sm.Signal.from_samples(x, fs=1.0)
    residual = f - sm.LIF(1.0, 0.05)(f)
    monkeypatch.setattr(Extremes, "_exact", None)
    assert 0.9 < abs(sm.alexiewicz_extremum(residual, 0.05).value) < 1.0


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_the_place_of_the_second_best_peak_does_not_pass(monkeypatch, alpha):
    """Planted: another peak, lower by 1e-13, is reported with the right value."""
    x = np.zeros(400)
    for k, v in ((100, 1.0 - 1e-13), (300, 1.0)):
        x[k], x[k + 1] = v, -v
    f = sm.Signal.from_samples(x, fs=1.0) + sm.SpikeTrain([50.5], [2.0**-200], domain=(0.0, 400.0))
    known = exact_limits(f, alpha)
    assert_exact(f, alpha, known)
    assert sm.alexiewicz_extremum(f, alpha).time == 301.0
    monkeypatch.setattr(Extremes, "place", lambda self, where: (101.0, 0.0))
    with pytest.raises(AssertionError, match="is none of the 1 places"):
        assert_exact(f, alpha, known)


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
