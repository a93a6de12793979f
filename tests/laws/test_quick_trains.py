"""Long trains, which kernels take in stretches (quick_train.py): what is close is seen in the middle of them too.

Data are aimed at the filter: potentials within some ulp of a multiple of the threshold among ordinary ones, gaps after
which nothing is left or everything, weights of 5e-324 and of thousands of thresholds, cancellations, instants that
differ in their low parts only, and one-sided neurons far below zero.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from types import FunctionType

import mpmath
import numpy as np
import pytest
from oracles.trains import encode_train as oracle

import spikemath as sm
from spikemath._encoder import encode_train, quick_train, spike_list, train_kernels
from spikemath._numeric.eft import two_sum

from .cases import RESETS, Rule, TrainCase, corpus
from .checks import check_train_encoding, ours

LENGTH = 700  # more than two stretches
THETAS = (0.3, 1.0, 0.71234567890123, 1.1e-12, 3e5)
SCALES = (0.03, 0.3, 0.5, 2.0, 300.0)
GAPS = ("uniform", "grid", "mixed", "short")
WEIGHTS = ("plain", "rare", "wild", "positive", "louder")


def gap(rng: random.Random, style: str, alpha: float) -> float:
    if style == "grid":
        return 0.125
    if style == "short":
        return rng.choice([2.0**-40, 2.0**-30])
    if style == "mixed" and rng.random() < 0.02 and alpha:
        return rng.choice([1.0, 40.0, 707.0, 709.0, 746.0, 5000.0]) / alpha
    return rng.expovariate(1.0)


def long_case(rng: random.Random, alphas: tuple[float, ...], **rules: object) -> TrainCase:
    """Potentials are followed in floats (a = 0: exactly), so that a weight can be chosen for what it leads to."""
    theta, alpha = rng.choice(THETAS), rng.choice(alphas)
    rule = Rule(theta, alpha, **{"reset": rng.choice(RESETS), "bipolar": rng.random() < 0.7} | rules)
    scale, gaps, kind = rng.choice(SCALES) * theta, rng.choice(GAPS), rng.choice(WEIGHTS)
    often = 0.002 if kind == "rare" else 0.03
    u, t, times, weights, owed = Fraction(0), rng.choice([0.0, -3.0, 1e3]), [], [], [0.0]
    for _ in range(LENGTH):
        before, t = t, max(t + gap(rng, gaps, alpha), math.nextafter(t, math.inf))
        if alpha:
            u = Fraction(float(u) * math.exp(-alpha * (t - before)))
        w = scale * rng.uniform(-1.0, 1.0)
        if kind == "positive":
            w = abs(w) + 1e-3 * theta
        if kind == "louder" and len(weights) > 100:
            w *= rng.choice([1.0, 3.0, 10.0])
        if owed[-1]:
            w = owed.pop()
        elif kind == "wild" and rng.random() < 0.02:
            w = rng.choice([5e-324, -1e-300, theta * 2.0**-45, 1e15 * theta, -(2.0**30) * theta])
            owed.append(-w if rng.random() < 0.5 else 0.0)
        elif rng.random() < often:  # to a multiple of the threshold, or next to it
            ulp = math.ulp(theta) * rng.choice([0, 0, 1, -1, 2, -3, 30, -100, 10**4, -(10**6)])
            missing = Fraction(rng.choice([1, -1, 1, 2, 3, -17]) * theta + ulp) - u
            w = float(missing)
            if rng.random() < 0.5 and not alpha:  # then all of it, but for what was tiny
                owed.append(float(missing - Fraction(w)))
        times.append(t)
        weights.append(w)
        u += Fraction(w)
        fires = abs(u) >= theta if rule.bipolar else u >= theta
        if fires:
            count = abs(u) // Fraction(theta) if rule.reset == "modulo" else 1
            u = Fraction(0) if rule.reset == "zero" else u - (1 if u > 0 else -1) * count * Fraction(theta)
    return TrainCase(tuple(times), tuple(weights), (times[0], times[-1] + 1.0), rule)


LEAKS = (1e-12, 0.01, 0.3, 4.0)


def check(case: TrainCase) -> None:
    """Spikes are the oracle's; with a leak, so is the potential but for a rounding error an event."""
    found = ours(case)
    truth = check_train_encoding(lambda c: replace(found, potential=None) if c.rule.alpha else found, case)
    if truth is not None and case.rule.alpha:
        size = max(case.rule.theta, *map(abs, case.weights))
        assert abs(found.potential - truth.potential) <= 4e-16 * len(case.times) * size


@pytest.mark.parametrize("seed", range(60))
def test_without_leak(seed):
    check(long_case(random.Random(seed), (0.0,)))


@pytest.mark.parametrize("seed", range(60))
def test_with_a_leak(seed):
    check(long_case(random.Random(seed), LEAKS))


@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("refractory", [0.5, 3.0])
def test_with_a_refractory_time(alpha, refractory):
    for seed in range(4):
        check(long_case(random.Random(seed), (alpha,), refractory=refractory))


@pytest.mark.parametrize("alpha", [0.0, 2.0, 40.0])
def test_instants_that_differ_in_their_low_parts_only(alpha):
    """Pairs of events 2^-60 apart, at which the high parts are equal: the gap is not lost."""
    for seed in range(4):
        case = long_case(random.Random(seed), (alpha,), reset="modulo", bipolar=True)
        first = sm.SpikeTrain(np.arange(1.0, LENGTH + 1.0), case.weights)
        s = first + first.shift(2.0**-60)
        times, weights = s.exact_times(), s.exact_weights()
        truth = oracle(times, weights, (times[0], times[-1]), *case.rule.exact())
        eta = case.rule.operator()(s)
        assert (eta.exact_times(), eta.counts.tolist()) == (truth.times, truth.counts)


@pytest.mark.parametrize("alpha", [0.0, 0.01])
@pytest.mark.parametrize("reset", RESETS)
def test_cuts_change_nothing(monkeypatch, alpha, reset):
    """Blocks of any length give the same spikes and, bit for bit, the same potential."""
    for seed in range(3):
        case = long_case(random.Random(seed), (alpha,), reset=reset)
        whole = case.rule.operator().encode(case.train())
        for block in (1, 7, 100, 699):
            with monkeypatch.context() as m:
                m.setattr(encode_train, "BLOCK", block)
                assert case.rule.operator().encode(case.train()) == whole


@pytest.mark.parametrize("refractory", [0.0, 0.25])
def test_more_spikes_than_a_piece_holds(monkeypatch, refractory):
    """Also where they outnumber the events: a refractory time lets a single pulse fire again and again."""
    times, weights = np.arange(50.0), np.where(np.arange(50) % 2, 3.25, -0.5)
    s = sm.SpikeTrain(times, weights)
    whole = sm.LIF(1.0, 0.01, "subtract", refractory)(s)
    fast = sm.LIF(1.0, 0.01, "subtract", refractory, arithmetic="fast")(s)
    assert len(whole) > (50 if refractory else 20)
    monkeypatch.setattr(spike_list, "PIECE", 7)
    assert sm.LIF(1.0, 0.01, "subtract", refractory)(s) == whole
    assert sm.LIF(1.0, 0.01, "subtract", refractory, arithmetic="fast")(s) == fast


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("reset", RESETS)
def test_sums_that_no_float_holds(alpha, reset):
    """Weights near the largest float, whose sums are beyond it: scaled, from the start."""
    weights = [1.0] + [1.7e308] * 3 + [-1.7e308, 3.0, -1.2e308, -1.7e308, 1e300]
    case = TrainCase(tuple(1e-3 * i for i in range(9)), tuple(weights), (0.0, 0.008), Rule(2.0**1000, alpha, reset))
    check_train_encoding(ours, case)


def test_gaps_that_no_float_holds():
    """From -1.5e308 to 1.5e308 at a leak of 1e-308 the potential decays by exp(-3), though the gap is infinite."""
    for far in (1.5e308, 8e307, 1e300):
        case = TrainCase((-far, far), (0.9, 1.0), (-far, far), Rule(1.01, 1.0 / far, "modulo"))
        check_train_encoding(ours, case)


# the kernels themselves


def room(n):
    return np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)


def arrays(case):
    t, w = np.array(case.times), np.array(case.weights)
    keep = w != 0.0
    return t[keep], np.zeros(keep.sum()), w[keep]


def check_exact(quick_if, case):
    """From any event on: what the kernel carries is what the rationals give for the spikes it wrote."""
    t, zeros, w = arrays(case)
    out, theta, reset = room(t.size), case.rule.theta, case.rule.reset
    rules = theta, RESETS.index(reset), int(case.rule.bipolar)
    i, u = 0, Fraction(0)
    while i < t.size:
        h, rest = float(u), float(u - Fraction(float(u)))
        if Fraction(h) + Fraction(rest) == u:
            h, rest, last, n = quick_if(h, rest, i, 0, t, zeros, w, *rules, *out)
            sent = dict(zip(out[0][:n].tolist(), out[2][:n].tolist(), strict=True))
            for j in range(i, last):
                u += Fraction(w[j]) - sent.get(t[j], 0) * Fraction(theta)
                u = Fraction(0) if reset == "zero" and t[j] in sent else u
            assert Fraction(h) + Fraction(rest) == u
            i = last
        if i < t.size:  # not easy: taken as silent here
            u += Fraction(w[i])
            i += 1
            if abs(u) > 10 * Fraction(theta):
                u = Fraction(0)


def check_bound(quick_lif, case):
    """From any event on, at the end of whatever the kernel did: the true potential is within the bound."""
    t, zeros, w = arrays(case)
    out, theta, alpha, reset = room(t.size), case.rule.theta, case.rule.alpha, case.rule.reset
    rules = alpha, theta, RESETS.index(reset), int(case.rule.bipolar)
    i, last, v, error, done, u = 0, float(t[0]), 0.0, 0.0, 0, mpmath.mpf(0)
    with mpmath.workdps(50):
        while i < t.size:
            begin, before = i, last
            v, error, last, _, i, n = quick_lif(v, error, last, 0.0, i, 0, t, zeros, w, *rules, *out)
            sent = dict(zip(out[0][:n].tolist(), out[2][:n].tolist(), strict=True))
            for j in range(begin, i):
                u = u * mpmath.exp(-mpmath.mpf(alpha) * (mpmath.mpf(t[j]) - before)) + w[j]
                u = u - sent.get(t[j], 0) * mpmath.mpf(theta)
                u = mpmath.mpf(0) if reset == "zero" and t[j] in sent else u
                before = mpmath.mpf(t[j])
            done += i - begin
            assert abs(u - v) <= error
            if i < t.size:  # not easy: begin anew after it
                last, v, error, u = float(t[i]), 0.0, 0.0, mpmath.mpf(0)
                i += 1
    assert done > 100


def whole(checked_if):
    """Called as ``quick_if`` is."""
    return lambda h, rest, i, *others: checked_if(h, rest, i, 10**9, *others)


@pytest.mark.parametrize("seed", range(20))
def test_the_potential_without_leak_is_exact(seed):
    check_exact(quick_train.quick_if, long_case(random.Random(seed), (0.0,)))
    check_exact(whole(quick_train.checked_if), long_case(random.Random(seed), (0.0,)))


@pytest.mark.parametrize("reset", RESETS)
def test_a_loud_weight_after_quiet_ones_is_split_exactly(reset):
    """The range of exact splitting is chosen for the first weights; one beyond it, of the other sign, is seen."""
    rng = random.Random(0)
    for _ in range(200):
        weights = [rng.uniform(0.0, 0.3) for _ in range(300)]
        weights[280] = rng.choice([-1.0, 1.0]) * rng.uniform(3.0, 12.0)
        times = tuple(map(float, range(300)))
        check_exact(quick_train.quick_if, TrainCase(times, tuple(weights), (0.0, 299.0), Rule(1.0, 0.0, reset)))


@pytest.mark.parametrize("seed", range(20))
def test_the_error_of_the_potential_with_a_leak_is_bounded(seed):
    check_bound(quick_train.quick_lif, long_case(random.Random(seed), LEAKS))


def spoiled(kernel, **constants):
    """A kernel as plain Python, with other names in it."""
    f = kernel.python
    return FunctionType(f.__code__, f.__globals__ | constants, f.__name__)


def caught(check, alphas):
    for case in corpus(long_case, 60, alphas=alphas):
        try:
            check(case)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize(
    ("quick", "careful", "alphas", "wrong"),
    [
        ("quick_if", "if_train", (0.0,), {"SLACK": 0.0}),
        ("checked_if", "if_train", (0.0,), {"two_sum": lambda a, b: (a + b, 0.0)}),
        ("quick_lif", "lif_train", LEAKS, {"SLACK": 0.0}),
        ("quick_lif", "lif_train", LEAKS, {"exp_minus": lambda z: 1.0}),
        ("quick_lif", "lif_train", LEAKS, {"decay_factors": lambda hi, lo, first, last, leak, out: out.fill(1.0)}),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_wrong_filters_give_wrong_spikes(monkeypatch, quick, careful, alphas, wrong):
    bad = spoiled(getattr(quick_train, quick), **wrong)
    monkeypatch.setattr(train_kernels, careful, spoiled(getattr(train_kernels, careful), **{quick: bad}))
    assert caught(check, alphas)


@pytest.mark.parametrize(
    "wrong", [{"lowest_bit": lambda x: 1.0}, {"large_until": lambda x, least: x.size}], ids=lambda x: next(iter(x))
)
def test_sums_that_round_are_seen(wrong):
    assert caught(lambda case: check_exact(spoiled(quick_train.quick_if, **wrong), case), (0.0,))


def test_a_sum_that_is_not_checked_is_seen():
    def careless(a, b):
        s, e = two_sum(a, b)
        return s, e if abs(e) > 2.0**-60 * abs(a) else 0.0

    bad = spoiled(quick_train.checked_if, two_sum=careless)
    assert caught(lambda case: check_exact(whole(bad), case), (0.0,))


@pytest.mark.parametrize(
    "wrong", [{"_DOUBT": 0.0}, {"_DOUBT": 2.0**-56}, {"exp_minus": lambda z: 0.0}], ids=lambda x: next(iter(x))
)
def test_bounds_that_are_too_small_are_seen(wrong):
    assert caught(lambda case: check_bound(spoiled(quick_train.quick_lif, **wrong), case), LEAKS)
