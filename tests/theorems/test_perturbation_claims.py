"""The claims P: both sides against the oracles, sharpness, and wrong neurons."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.norms import alexiewicz
from oracles.trains import coalesce, encode_train, exact
from scipy.interpolate import PPoly

import spikemath as sm
from spikemath.strategies import spike_trains

from . import faults
from .faults import finds

some = settings(max_examples=max(5, settings().max_examples // 4))


def moderate(eta):
    """No weights so small that the oracle needs hundreds of digits."""
    return all(abs(a) > Fraction(1, 10**60) for a in eta.exact_weights())


trains = spike_trains(threshold=0.5, max_weight=3.0, max_size=6).filter(moderate)
pairs = st.tuples(trains, trains)
alphas = st.sampled_from([0.0, 0.5, 3.0])


def events(eta):
    return list(zip(eta.exact_times(), eta.exact_weights(), strict=True))


def together(*trains):
    both = sorted((e for train in trains for e in train), key=lambda e: e[0])
    return coalesce([t for t, _ in both], [a for _, a in both])


def minus(train):
    return [(t, -a) for t, a in train]


def lif(train, threshold, alpha):
    theta = Fraction(threshold)
    t = [t for t, _ in train]
    domain = (min(t, default=Fraction(0)), max(t, default=Fraction(0)))
    out = encode_train(t, [a for _, a in train], domain, theta, Fraction(alpha), "modulo", Fraction(0), True)
    return [(t, k * theta) for t, k in zip(out.times, out.counts, strict=True)]


def norm(train, alpha):
    return float(exact(alexiewicz([t for t, _ in train], [a for _, a in train], Fraction(alpha))[0]))


@some
@given(pairs, alphas, st.sampled_from([0.5, 0.75]))
def test_p1_by_the_oracles(pair, alpha, other):
    eta, nu = map(events, pair)
    found = sm.theorems.get("P1").check(*pair, other, 0.5, alpha)
    change = together(lif(together(eta, nu), other, alpha), minus(lif(eta, 0.5, alpha)))
    assert found.left == pytest.approx(norm(change, alpha), rel=1e-13, abs=1e-300)
    assert found.right == pytest.approx(norm(nu, alpha) + other, rel=1e-13)


@some
@given(pairs, alphas)
def test_p2_by_the_oracles(pair, alpha):
    f, g = map(events, pair)
    found = sm.theorems.get("P2").check(*pair, 0.5, alpha)
    before = norm(together(g, minus(f)), alpha)
    after = norm(together(lif(g, 0.5, alpha), minus(lif(f, 0.5, alpha))), alpha)
    sides = ((after, before + 0.5), (before, after + 1.0))
    assert found.ratio == pytest.approx(max(left / right for left, right in sides), rel=1e-12)


@some
@given(trains, alphas, st.sampled_from([0.25, 1.0, 3.0]))
def test_p6_by_the_oracles(e, alpha, delay):
    found = sm.theorems.get("P6").check(e, delay, 0.5, alpha)
    train, D = events(e), Fraction(delay)
    later = [(t + D, a) for t, a in train]
    change = together(lif(later, 0.5, alpha), minus(lif(train, 0.5, alpha)))
    assert found.left == pytest.approx(norm(change, alpha), rel=1e-13, abs=1e-300)
    mass = 0.0
    for t in [s for s, _ in train] + [s for s, _ in later]:
        inside = [float(a) * math.exp(-alpha * float(t - s)) for s, a in train if t - D < s <= t]
        mass = max(mass, abs(math.fsum(inside)))
    right = 0.5 - math.expm1(-alpha * delay) * norm(train, alpha) + mass
    assert found.right == pytest.approx(right, rel=1e-12)


@some
@given(st.integers(1, 60), st.integers(1, 60))
def test_p5_is_a_saw_tooth(x, theta):
    """Amplification theta ceil(x/theta) / x, at all ratios; between 1 and 2 for theta <= x."""
    found = sm.theorems.get("P5").check(x / 16, theta / 16)
    tooth = Fraction(theta, x) * math.ceil(Fraction(x, theta))
    assert found
    assert found.left == found.right == float(tooth)
    assert tooth >= 1
    assert tooth < 2 or theta > x


def test_p5_tends_to_2_from_below():
    p5 = sm.theorems.get("P5")
    teeth = [p5.check(1.0, 1.0 - 2.0**-k).left for k in range(2, 50)]
    assert teeth == sorted(teeth)
    assert teeth[-1] > 2.0 - 1e-14
    assert all(x < 2.0 for x in teeth)


def test_p5_no_perturbation_of_that_size_does_worse():
    """Random trains with the same ||nu|| stay at or below the saw-tooth."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        eta = sm.SpikeTrain(np.arange(8.0), rng.integers(-8, 9, 8) / 4)
        nu = sm.SpikeTrain(np.arange(8.0), rng.integers(-3, 4, 8) / 4)
        if len(nu):
            x = sm.alexiewicz_norm(nu)
            worst = sm.theorems.get("P5").check(x, 1.0).left
            assert sm.alexiewicz_norm(sm.IF(1.0)(eta + nu) - sm.IF(1.0)(eta)) <= worst * x


def test_p4_rounds_up_an_exact_norm():
    """A weight of 2^-150 puts the norm just above a threshold, which 64 bits do not show; the outputs differ by 2."""
    tiny = 2.0**-150
    eta = sm.SpikeTrain([0.0, 1.0, 2.0], [0.5, -tiny, 0.5])
    nu = sm.SpikeTrain([3.0, 4.0, 5.0, 6.0], [0.3, 0.6, tiny, float(1 - Fraction(0.3) - Fraction(0.6))])
    low, high = sm.alexiewicz_bounds(nu)
    assert low <= 1 < high
    found = sm.theorems.get("P4").check(eta, nu, 1.0)
    assert (found.verdict, found.left, found.right) == ("holds", 2.0, 2.0)


def test_p2_signals_allows_for_an_early_crossing_and_for_no_more(monkeypatch):
    """What a steep signal gains before its reported time, 2^-23 thresholds here, is no failure; a spike is one."""
    steep = sm.Signal.from_ppoly(PPoly([[0.1, 2.0**30]], [0.0, 3.0, 3.0 + 2.0**-29]))
    claim = sm.theorems.get("P2-signals")
    for g in (steep * (1 - 2.0**-40), steep * 0.5, steep + sm.SpikeTrain([3.0], [2.0**-20])):
        assert claim.check(steep, g, 1.0, 0.0).verdict != "fails"
    finds(monkeypatch, "P2-signals", faults.doubled)


def test_published_constants_are_not_needed():
    """With 2 theta P1, P2 and P3 are published: theirs follow from ours, and ours are tight."""
    for name in ("P1", "P2", "P3"):
        claim = sm.theorems.get(name)
        verdicts = [claim.check(*e.instance) for e in claim.sharp]
        assert all(verdicts)
        assert min(v.margin for v in verdicts) < 1e-5


def test_p7_is_one_row_at_a_time():
    a, b = sm.SpikeTrain([0.0], [0.75]), sm.SpikeTrain([0.0], [0.5])
    zero = b - b
    p7 = sm.theorems.get("P7")
    one = p7.check((a, a), (b, zero), ((1.0, -1.0),), 1.0, 0.0)
    assert one.right == 2 * 0.5 + 1
    assert p7.check((a, a), (b, zero), ((1.0, -1.0), (0.25, 0.25)), 1.0, 0.0).right == one.right


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("P1", faults.zero_for_modulo),
        ("P1", faults.subtract_for_modulo),
        ("P1", faults.dropped),
        ("P1", faults.doubled),
        ("P2", faults.doubled),
        ("P2", faults.dropped),
        ("P2", faults.one_sided),
        ("P3", faults.zero_for_modulo),
        ("P3", faults.doubled),
        ("P4", faults.larger_threshold),
        ("P4", faults.dropped),
        ("P5", faults.larger_threshold),
        ("P6", faults.doubled),
        ("P7", faults.doubled),
    ],
)
def test_a_wrong_neuron_is_found(monkeypatch, name, fault):
    finds(monkeypatch, name, fault)


def test_the_smallest_failing_instance_is_small(monkeypatch):
    """Every spike doubled, P4: one pulse of a threshold."""
    report = finds(monkeypatch, "P4", faults.doubled, shrink=True)
    eta, nu, threshold = report.failing
    assert (list(eta), list(nu), threshold) == ([], [(0.0, 1.0)], 1.0)


@pytest.mark.parametrize(
    ("name", "instance", "message"),
    [
        ("P1", (sm.Signal.from_samples([1.0], fs=1.0), sm.SpikeTrain([0.0]), 1.0, 1.0, 0.0), "are spike trains"),
        ("P3", (sm.SpikeTrain([0.0]), -0.5, 1.0, 0.0), "the deviation is >= 0"),
        ("P5", (0.0, 1.0), "positive"),
        ("P5-lipschitz", (sm.SpikeTrain([0.0]), sm.SpikeTrain([0.0]), -1.0, 1.0, 0.0), "the constant is >= 0"),
        ("P6", (sm.SpikeTrain([0.0]), 0.0, 1.0, 0.0), "the delay is positive"),
        ("P6-continuous", (sm.SpikeTrain([0.0]), 1.0, 1.0, 0.0), "delay <= 2"),
        ("P7", ((sm.SpikeTrain([0.0]),), (), ((1.0,),), 1.0, 0.0), "as many spike trains"),
        ("P7", ((sm.SpikeTrain([0.0]),), (sm.SpikeTrain([0.0]),), ((1.0, 1.0),), 1.0, 0.0), "matrix has columns"),
    ],
)
def test_an_instance_that_does_not_meet_a_hypothesis(name, instance, message):
    with pytest.raises(ValueError, match=f"{name} supposes that .*{message}"):
        sm.theorems.get(name).check(*instance)
