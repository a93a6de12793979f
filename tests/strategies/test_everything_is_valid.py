"""Everything that is generated has its type, its domain, and meets the caps that were asked for, exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath.strategies import chunkings, leaks, operators, signals, spike_trains, thresholds, tie_trains, weights

few = settings(max_examples=max(5, settings().max_examples // 2), suppress_health_check=[HealthCheck.too_slow])


@given(st.data())
def test_thresholds_are_in_range(data):
    low = data.draw(st.none() | st.floats(1e-9, 1e9))
    high = data.draw(st.none() | st.floats(low or 1e-9, 1e10))
    extreme = data.draw(st.booleans())
    x = data.draw(thresholds(low, high, extreme))
    assert type(x) is float and x > 0
    assert (low or 1e-200) <= x <= (high or max(1e200, low or 0))
    if low is high is None and not extreme:
        assert 1e-3 <= x <= 10


@given(st.data())
def test_leaks_are_in_range(data):
    low = data.draw(st.floats(0.0, 1e3))
    high = data.draw(st.floats(low, 1e4).filter(bool))
    zero = data.draw(st.booleans())
    x = data.draw(leaks(low, high, zero))
    assert type(x) is float and low <= x <= high
    assert zero or x > 0


@given(st.data())
def test_weights_are_finite_and_bounded(data):
    theta = data.draw(thresholds(extreme=True))
    nonnegative = data.draw(st.booleans())
    cap = data.draw(st.none() | thresholds(extreme=True))
    a = data.draw(weights(theta, nonnegative, cap))
    assert type(a) is float and math.isfinite(a)
    assert not (nonnegative and a < 0)
    assert cap is None or abs(a) <= cap


@given(st.data())
def test_spike_trains_meet_their_caps(data):
    theta = data.draw(thresholds(extreme=True))
    low = data.draw(st.integers(0, 6))
    high = data.draw(st.integers(low, 10))
    nonnegative = data.draw(st.booleans())
    cap = data.draw(st.none() | thresholds(extreme=True))
    gap = data.draw(st.none() | thresholds(max_value=5.0))
    train = data.draw(
        spike_trains(theta, low, high, nonnegative=nonnegative, max_weight=cap, min_gap=gap), label="train"
    )
    assert type(train) is sm.SpikeTrain
    assert low <= len(train) <= high
    exact, t = train.exact_weights(), train.exact_times()
    assert all(s < t for s, t in pairwise(t))
    assert train.domain[0] <= train.domain[1]
    assert all(train.domain[0] <= x <= train.domain[1] for x in t)
    assert not nonnegative or all(a > 0 for a in exact)
    assert cap is None or all(abs(a) <= Fraction(cap) for a in exact)
    assert gap is None or all(later - earlier >= Fraction(gap) for earlier, later in pairwise(t))


@given(st.data())
def test_trains_of_users_strategies_hold_what_those_give(data):
    values, instants = (0.25, -0.75, 5.0), (-1.0, 0.5, 2.0, 3.5, 7.0)
    train = data.draw(spike_trains(weights=st.sampled_from(values), times=st.sampled_from(instants), max_size=3))
    assert set(train.times) <= set(instants)
    sums = {0.0} | {float(sum(c)) for n in (1, 2, 3) for c in np.array(np.meshgrid(*[values] * n)).reshape(n, -1).T}
    assert set(train.weights) <= sums


@given(st.data())
def test_tie_trains_meet_their_caps(data):
    theta, alpha = data.draw(thresholds(extreme=True)), data.draw(leaks())
    low = data.draw(st.integers(0, 4))
    high = data.draw(st.integers(low, 10))
    nonnegative = data.draw(st.booleans())
    train = data.draw(tie_trains(theta, alpha, low, high, nonnegative))
    assert type(train) is sm.SpikeTrain
    assert low <= len(train) <= high
    assert not nonnegative or (train.weights > 0).all()


def exact_values(f, number=9):
    """Values of the integrable part at points of each piece, as rationals, the ends included."""
    for p in f._parts:
        hi, lo = p.coordinates()
        knots = [Fraction(float(h)) + Fraction(float(r)) for h, r in zip(hi, lo, strict=True)]
        for k, (a, b) in enumerate(pairwise(knots)):
            c = p.exact(k)
            for j in range(number):
                x = (b - a) * j / (number - 1)
                yield sum(v * x**i for i, v in enumerate(c))


@few
@given(st.data())
def test_signals_meet_their_caps(data):
    theta = data.draw(thresholds(extreme=True))
    kinds = data.draw(st.sampled_from([("zero",), ("linear",), ("ppoly",), ("zero", "linear", "ppoly")]))
    pulses, nonnegative = data.draw(st.booleans()), data.draw(st.booleans())
    pieces, degree = data.draw(st.integers(1, 6)), data.draw(st.integers(0, 5))
    bound = data.draw(st.none() | thresholds())
    most = data.draw(st.integers(1, 25))
    f = data.draw(signals(kinds, pulses, pieces, degree, bound, theta, most, nonnegative))
    assert type(f) is sm.Signal
    t0, t1 = f.domain
    assert t0 < t1
    for p in f._parts:
        assert p.number <= pieces
        assert p.degree <= {"zero": 0, "linear": 1, "ppoly": degree}.get(kinds[0] if len(kinds) == 1 else "", 5)
    assert pulses or not len(f.impulses)
    assert len(f.impulses) <= 3
    assert all(t0 <= t <= t1 for t in f.impulses.times)
    assert bound is None or all(abs(v) <= Fraction(bound) for v in exact_values(f))
    assert not nonnegative or all(v >= 0 for v in [*exact_values(f), *f.impulses.exact_weights()])
    assert sum(map(abs, f.impulses.exact_weights())) <= most * Fraction(theta)


@few
@given(st.data())
def test_no_neuron_fires_more_often_than_allowed(data):
    theta, most = data.draw(thresholds()), data.draw(st.integers(1, 10))
    f = data.draw(signals(threshold=theta, max_spikes=most))
    op = data.draw(operators(["LIF", "IF"], thresholds=st.just(theta), leaks=leaks(max_value=5.0)))
    assert int(np.abs(op(f).counts).sum()) <= most


@given(st.data())
def test_operators_are_what_was_asked_for(data):
    kinds = data.draw(st.lists(st.sampled_from(["LIF", "IF", "SendOnDelta"]), min_size=1, unique=True))
    resets = data.draw(st.lists(st.sampled_from(["modulo", "subtract", "zero"]), min_size=1, unique=True))
    bipolar, refractory = data.draw(st.none() | st.booleans()), data.draw(st.booleans())
    op = data.draw(operators(kinds, resets, thresholds(1.0, 2.0), leaks(3.0, 4.0), refractory, bipolar))
    assert type(op).__name__ in kinds
    assert op.reset in resets
    assert 1.0 <= op.threshold <= 2.0
    assert 3.0 <= op.alpha <= 4.0 if isinstance(op, sm.LIF) else op.alpha == 0.0
    assert bipolar is None or op.bipolar is bipolar
    assert refractory or op.refractory == 0.0
    assert op.arithmetic == "exact"


@given(operators(refractory=st.just(0.125)))
def test_refractory_times_of_a_users_strategy(op):
    assert op.refractory == 0.125


@given(st.data())
def test_chunkings_cover_everything_once(data):
    n = data.draw(st.integers(0, 20))
    most = data.draw(st.none() | st.integers(1, 25))
    blocks = data.draw(chunkings(n, most))
    assert 1 <= len(blocks) <= (n + 2 if most is None else most)
    assert all(type(b) is slice and b.step is None and b.start <= b.stop for b in blocks)
    assert [i for b in blocks for i in range(n)[b]] == list(range(n))
    assert blocks[0].start == 0 and blocks[-1].stop == n
    assert all(a.stop == b.start for a, b in pairwise(blocks))


@pytest.mark.parametrize("min_size", [1, 8, 12])
def test_a_least_size_is_met_without_giving_up(min_size):
    """Hypothesis' own health checks are on: hardly anything is filtered out."""

    @settings(max_examples=40, database=None)
    @given(spike_trains(min_size=min_size), tie_trains(min_size=min_size))
    def check(a, b):
        assert len(a) >= min_size and len(b) >= min_size

    check()
