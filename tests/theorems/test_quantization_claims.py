"""The claims Q: their two sides against the oracles, their numbers against the theory, and wrong neurons."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.norms import alexiewicz, residual_train, sup_norm
from oracles.piecewise import Signal as ExactSignal
from oracles.trains import encode_train, exact

import spikemath as sm
from spikemath.strategies import leaks, spike_trains, tie_trains
from spikemath.theorems._data import Step

from . import faults
from .faults import finds


def moderate(eta):
    """No weights so small that the oracle needs hundreds of digits (and the package more than its 1000 bits)."""
    return all(abs(a) > Fraction(1, 10**60) for a in eta.exact_weights())


some = settings(max_examples=max(5, settings().max_examples // 4))


def oracle_error(eta, threshold, alpha, reset):
    """||L(eta) - eta||_{A,alpha} by the oracles."""
    times, weights = eta.exact_times(), eta.exact_weights()
    domain = tuple(map(Fraction, eta.domain))
    theta, a = Fraction(threshold), Fraction(alpha)
    out = encode_train(times, weights, domain, theta, a, reset, Fraction(0), True)
    value, _ = alexiewicz(*residual_train(times, weights, out.times, out.counts, theta), a)
    return float(exact(value))


@some
@given(
    (tie_trains(0.3, 1.0) | spike_trains(threshold=0.3, max_weight=3.0)).filter(moderate), st.sampled_from([0.0, 1.0])
)
def test_the_left_sides_are_those_of_the_oracle(eta, alpha):
    for name, reset, rest in (("Q1", "modulo", ()), ("Q4-theta", "subtract", ())):
        found = sm.theorems.get(name).check(eta, 0.3, alpha, *rest)
        assert found.left == pytest.approx(oracle_error(eta, 0.3, alpha, reset), rel=1e-14, abs=1e-300)
        assert found.right == 0.3


@some
@given(spike_trains(threshold=1.0, max_weight=1.0).filter(moderate), st.sampled_from([0.0, 1.0]))
def test_the_error_of_reset_to_zero_is_that_of_the_oracle(eta, alpha):
    found = sm.theorems.get("Q5").check(eta, 1.0, alpha, 1.0)
    assert found.left == pytest.approx(oracle_error(eta, 1.0, alpha, "zero"), rel=1e-14, abs=1e-300)


@some
@given(
    st.lists(st.integers(-8, 8).map(lambda k: k / 4), min_size=1, max_size=4),
    st.lists(st.integers(-6, 6).map(lambda k: k / 4), max_size=4),
)
def test_the_real_operator_of_q2_strict(samples, pulses):
    """Its supremum is that of the input minus its spikes, each at the time that the definition gives it."""
    pulses = pulses[: len(samples) + 1]
    found = sm.theorems.get("Q2-strict").check(tuple(samples), tuple(pulses), 1.0)
    knots = [Fraction(k) for k in range(len(samples) + 1)]
    weights = dict(enumerate(map(Fraction, pulses)))
    V, masses = Fraction(0), []
    for k in range(len(knots)):  # one crossing after the other
        u = V + weights.get(k, Fraction(0))
        n = math.trunc(u)
        masses += [(Fraction(k), -Fraction(n))] if n else []
        V, t = u - n, Fraction(k)
        if k == len(samples):
            break
        c = Fraction(samples[k])
        while c and t + (math.copysign(1, c) - V) / c <= k + 1:
            t, V = t + (int(math.copysign(1, c)) - V) / c, Fraction(0)
            masses.append((t, -Fraction(int(math.copysign(1, c)))))
        V += c * (k + 1 - t)
    events = sorted([*masses, *((Fraction(k), w) for k, w in weights.items() if w)])
    f = ExactSignal(knots, [[Fraction(x)] for x in samples], events)
    assert Fraction(found.left) == exact(sup_norm(f, Fraction(0))[0])


def test_q2_strict_fails_wherever_a_signal_without_pulses_fires_and_nowhere_else():
    claim = sm.theorems.get("Q2-strict")
    for samples in ((0.5, 0.25), (0.5, -1.0), (0.75, -0.5, 0.5)):
        assert claim.check(samples, (), 1.0).verdict == "holds"
    for samples in ((0.5, 0.5), (-3.0,), (0.5, -1.5), (0.75, -0.5, 0.75)):
        found = claim.check(samples, (), 1.0)
        assert (found.verdict, found.left) == ("fails", 1.0)
    assert claim.check((1.0,), (), 1.0).witness == 1.0
    assert claim.check((0.5, -4.0), (), 1.0).witness == 1.375


def test_q2_holds_of_the_signals_that_refute_q2_strict():
    for samples in ((1.0,), (-3.0,), (0.5, -1.5)):
        for alpha in (0.0, 0.25):
            f = sm.Signal.from_samples(samples, fs=1.0)
            found = sm.theorems.get("Q2").check(f, 1.0, alpha)
            assert found
            assert found.ratio <= 1.0
    assert sm.theorems.get("Q2").check(sm.Signal.from_samples([1.0], fs=1.0), 1.0, 0.0).ratio > 1.0 - 1e-12


def test_q3_finds_what_theory_counts():
    """Weights k * 0.1: 37 % of 50-pulse trains at threshold 0.3, 15 % at 1.0; none of uniform weights."""
    q3, rng = sm.theorems.get("Q3"), np.random.default_rng(5)
    for threshold, least, most in ((0.3, 0.25, 0.5), (1.0, 0.08, 0.25)):
        trains = rng.integers(-10, 11, (200, 50)) * 0.1
        broken = sum(q3.check(tuple(row), threshold).verdict == "fails" for row in trains.tolist())
        assert least < broken / 200 < most
    uniform = rng.uniform(-1, 1, (200, 50)).tolist()
    assert all(q3.check(tuple(row), 0.3) for row in uniform)


def test_q3_needs_two_pulses():
    """Rounding is monotone: a single pulse does not break the bound, however close to a multiple."""
    q3 = sm.theorems.get("Q3")
    for threshold in (0.1, 0.3, 1.0, 1 / 3):
        for k in range(1, 60):
            for a in (k * threshold, math.nextafter(k * threshold, 0.0), k / 10):
                assert q3.check((a,), threshold)


@pytest.mark.parametrize(
    ("bound", "right"),
    [
        (0.5, 0.5 / (1 - math.exp(-1))),
        (1.0, 1.0),
        (2.0 - math.exp(-1.0), 1.0),
        (3.0, 2.0 / (1 - math.exp(-1))),
    ],
)
def test_q4_has_three_regimes(bound, right):
    eta = sm.SpikeTrain([0.0, 1.0], [bound, -bound])
    assert sm.theorems.get("Q4").check(eta, 1.0, 1.0, bound, 1.0).right == pytest.approx(right, rel=1e-12)


def test_q4_modulo_by_the_oracle():
    """Equal trains iff the counts of modulo are all +-1; the sufficient size of the weights suffices."""
    rng = np.random.default_rng(1)
    for alpha in (0.0, 1.0):
        largest = 2.0 - math.exp(-alpha)
        for size, equal in ((largest, True), (3.0, False)):
            eta = sm.SpikeTrain(np.arange(40.0), rng.uniform(-size, size, 40) * (1 - 2.0**-40))
            found = sm.theorems.get("Q4-modulo").check(eta, 1.0, alpha)
            assert found
            assert found.note == ("the same train" if equal else "different trains")
            assert (found.witness is None) == equal


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_q4_modulo_judges_that_small_weights_suffice(monkeypatch, alpha):
    """Wrong neurons that differ on a pulse of one threshold, while "iff" is made to agree: still found."""
    claim = sm.theorems.get("Q4-modulo")
    module = sys.modules[claim.judge.__module__]
    spike = sm.SpikeTrain([0.0], [1.0])
    monkeypatch.setattr(module, "LIF", lambda *args, **kwargs: lambda f: spike * (1.0 if kwargs else 2.0))
    monkeypatch.setattr(module, "steps", lambda *args: [Step(Fraction(0), 2, 1, 1)])
    found = claim.check(sm.SpikeTrain([0.0], [1.0]), 1.0, alpha)
    assert (found.verdict, found.note) == ("fails", "different trains")
    assert claim.check(sm.SpikeTrain([0.0], [2.0]), 1.0, alpha)


def test_q5_loses_what_theory_says():
    q5 = sm.theorems.get("Q5")
    long = q5.counterexamples[1]
    assert q5.check(*long.instance).left == pytest.approx(20.7)
    for n in (1, 2, 3, 4, 5, 6):
        assert q5.check(sm.SpikeTrain(np.arange(float(n)), [0.3] * n), 1.0, 0.0, 0.3)


def test_q6_is_nearly_attained():
    found = sm.theorems.get("Q6").check(*sm.theorems.get("Q6").sharp[0].instance)
    assert found.right == pytest.approx(3.0, abs=1e-5)
    assert found.left > 2.9999


def test_q6_is_the_threshold_where_the_refractory_time_never_binds():
    """c t_r <= theta: every first spike is a crossing, with nothing left over; just above, the larger bound."""
    q6 = sm.theorems.get("Q6")
    for t_r, right in ((0.25, 1.0), (0.9, 1.0), (1 - 2.0**-20, 1.0), (1.0 + 2.0**-20, 2.0 + 2.0**-20)):
        found = q6.check((1.0, -1.0, 1.0, 1.0, 1.0), "zero", 1.0, 0.0, t_r)
        assert found
        assert found.right == pytest.approx(right, rel=1e-15)


def test_q6_rate_is_an_equality():
    found = sm.theorems.get("Q6-rate").check(*sm.theorems.get("Q6-rate").sharp[0].instance)
    assert (found.verdict, found.left, found.right) == ("holds", 41.0, 41.0)


def test_q1_is_decided_for_weights_of_very_different_size():
    """A residual of a threshold less 2^-150 is below it; 64 bits do not tell."""
    tiny = 2.0**-150
    for eta in (sm.SpikeTrain([0.0, 1.0, 2.0], [0.5, -tiny, 0.5]), sm.SpikeTrain([0.0, 1.0, 2.0], [0.3, -tiny, 0.7])):
        assert sm.theorems.get("Q1").check(eta, 1.0, 0.0)


def test_q6_rate_grows_linearly():
    rate = sm.theorems.get("Q6-rate")
    for reset in ("subtract", "zero"):
        errors = [rate.check((3.0,) * n, 1.0, reset, 1.0) for n in (2, 4, 8, 16)]
        assert all(errors)
        assert [v.left for v in errors] == [2.0 * n - 1.0 for n in (2, 4, 8, 16)]


@pytest.mark.parametrize("alpha", [0.0, 1e-3, 1.0])
def test_q6_limit_holds_without_leak_only(alpha):
    claim = sm.theorems.get("Q6-limit")
    eta = sm.SpikeTrain([0.0, 1.0], [2.0, -3.25])
    for k in (10, 20, 30):
        assert claim.check(eta, 1.0, alpha, 2.0**-k).verdict == ("fails" if alpha else "holds")


def test_q6_zero_holds_without_refractory_time():
    claim, rng = sm.theorems.get("Q6-zero"), np.random.default_rng(2)
    for alpha in (0.0, 0.5):
        for _ in range(5):
            assert claim.check(tuple(rng.uniform(-4, 4, 5)), 1.0, alpha, 0.0)


# planted faults


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Q1", faults.zero_for_modulo),
        ("Q1", faults.subtract_for_modulo),
        ("Q1", faults.larger_threshold),
        ("Q1", faults.late),
        ("Q1", faults.dropped),
        ("Q1", faults.doubled),
        ("Q1", faults.plain_floats),
        ("Q1", faults.one_sided),
        ("Q2", faults.larger_threshold),
        ("Q2", faults.dropped),
        ("Q4", faults.dropped),
        ("Q4", faults.zero_for_modulo),
        ("Q4-modulo", faults.larger_threshold),
        ("Q4-modulo", faults.doubled),
        ("Q6", faults.dropped),
    ],
)
def test_a_wrong_neuron_is_found(monkeypatch, name, fault):
    finds(monkeypatch, name, fault)


def test_the_smallest_failing_train_is_small(monkeypatch):
    """Reset by subtraction where modulo is due: one pulse of two thresholds."""
    report = finds(monkeypatch, "Q1", faults.subtract_for_modulo, shrink=True)
    eta, threshold, alpha = report.failing
    assert (threshold, alpha) == (1.0, 0.0)
    assert (list(eta), eta.domain) == ([(0.0, 2.0)], (0.0, 0.0))


# hypotheses


@pytest.mark.parametrize(
    ("name", "instance", "message"),
    [
        ("Q2", (1.0, 1.0, 0.0), "f is a signal"),
        ("Q2-strict", ((), (), 1.0), "there is a sample"),
        ("Q2-strict", ((1.0,), (1.0, 2.0, 3.0), 1.0), "at most one pulse per boundary"),
        ("Q3", ((math.inf,), 1.0), "the weights are finite"),
        ("Q4", (sm.SpikeTrain([0.0], [2.0]), 1.0, 1.0, 1.5, 1.0), "bound"),
        ("Q4", (sm.SpikeTrain([0.0, 0.5], [1.0, 1.0]), 1.0, 1.0, 1.5, 1.0), "gap"),
        ("Q4", (sm.SpikeTrain([0.0], [2.0]), 1.0, 0.0, 2.0, 1.0), "there is a leak"),
        ("Q5", (sm.SpikeTrain([0.0], [2.0]), 1.0, 0.0, 2.0), "bound <= threshold"),
        ("Q6", ((1.0, 1.0), "zero", 1.0, 0.0, 0.0), "the refractory time is positive"),
        ("Q6-limit", (sm.SpikeTrain([0.0, 1.0], [9.0, 1.0]), 1.0, 0.0, 0.5), "fit before the next one"),
        ("Q6-rate", ((1.0,), 1.0, "modulo", 1.0), "subtract or zero"),
    ],
)
def test_an_instance_that_does_not_meet_a_hypothesis(name, instance, message):
    with pytest.raises(ValueError, match=f"{name} supposes that .*{message}"):
        sm.theorems.get(name).check(*instance)


@some
@given(leaks(zero=False), st.sampled_from([0.5, 1.0, 1.5, 2.5]))
def test_q4_bounds_are_continuous_in_the_regimes(alpha, bound):
    """The bound is what the case distinction of the theory says, in floats."""
    beta = math.exp(-alpha)
    loss = -math.expm1(-alpha)
    if min(abs(bound - loss), abs(bound - 2 + beta)) < 1e-6:
        return
    right = bound / loss if bound < loss else (1.0 if bound < 2 - beta else (bound - 1) / loss)
    found = sm.theorems.get("Q4").check(sm.SpikeTrain([0.0], [bound]), 1.0, alpha, bound, 1.0)
    assert found.right == pytest.approx(right, rel=1e-9)
