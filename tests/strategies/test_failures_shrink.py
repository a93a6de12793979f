"""Failures shrink to what a person would write."""

from __future__ import annotations

import math
import operator
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath.strategies import chunkings, leaks, operators, signals, spike_trains, thresholds, tie_trains, weights
from strategies.tools import breaks_the_bound, in_one_of, minimal


def events(train):
    return list(train)


def anything(_):
    return True


@in_one_of(3)
def test_the_simplest_of_all():
    assert minimal(thresholds(), anything) == 1.0
    assert minimal(thresholds(min_value=3.0), anything) == 10.0
    assert minimal(leaks(), anything) == 0.0
    assert minimal(weights(0.3), anything) == 0.0
    assert minimal(spike_trains(), anything) == sm.SpikeTrain([], [])
    assert minimal(tie_trains(), anything) == sm.SpikeTrain([], [])
    assert minimal(signals(), anything, 50) == sm.Signal.from_samples([0.0], fs=1.0)
    assert minimal(operators(), anything) == sm.LIF(1.0, 0.0)
    assert minimal(chunkings(5), anything) == [slice(0, 5)]


@pytest.mark.parametrize("make", [spike_trains, tie_trains])
@pytest.mark.parametrize("theta", [1.0, 0.3])
@in_one_of(3)
def test_the_smallest_train_that_fires_is_one_event_of_the_threshold(make, theta):
    found = minimal(make(theta), lambda s: len(sm.LIF(theta, 1.0)(s)) > 0)
    assert found == sm.SpikeTrain([0.0], [theta])


@in_one_of(3)
def test_two_spikes_are_two_events_in_succession():
    found = minimal(spike_trains(0.3), lambda s: len(sm.IF(0.3)(s)) == 2)
    assert found == sm.SpikeTrain([0.0, 1.0], [0.3, 0.3])
    found = minimal(tie_trains(0.3), lambda s: len(sm.IF(0.3)(s)) == 2)
    assert found.times.tolist() == [0.0, 1.0] and max(abs(found.weights)) <= 0.6


@in_one_of(3)
def test_a_negative_spike():
    found = minimal(spike_trains(1.0), lambda s: len(s) and s.weights.min() <= -1.0)
    assert found == sm.SpikeTrain([0.0], [-1.0])


@in_one_of(3)
def test_a_double_weight():
    found = minimal(spike_trains(1.0), lambda s: any(abs(s.weights) >= 2.0))
    assert found == sm.SpikeTrain([0.0], [2.0])


@in_one_of(3)
def test_events_that_are_asked_for_are_at_integers():
    found = minimal(spike_trains(1.0, min_size=3), anything)
    assert found.times.tolist() == [0.0, 1.0, 2.0]
    assert set(abs(found.weights)) <= {1.0}


@in_one_of(3)
def test_a_gap_between_events():
    found = minimal(spike_trains(), lambda s: any(np.diff(s.times) >= 2.0))
    assert len(found) == 2
    assert found.times.tolist() == [0.0, 2.0]


@in_one_of(3)
def test_trains_of_users_strategies():
    found = minimal(spike_trains(weights=st.floats(0, 10), times=st.floats(0, 10)), lambda s: sum(s.weights) >= 2.0)
    assert len(found) == 1 and found.times[0] == 0.0 and found.weights[0] == 2.0


@in_one_of(3)
def test_the_smallest_signal_that_fires():
    found = minimal(signals(threshold=0.5, pulses=False), lambda f: len(sm.IF(0.5)(f)) > 0, 500)
    assert found == sm.Signal.from_samples([0.5], fs=1.0)


@in_one_of(3)
def test_a_polynomial_that_is_no_line():
    found = minimal(signals(("ppoly",)), lambda f: any(p.degree >= 2 for p in f._parts))
    (pieces,) = found._parts
    assert (pieces.degree, len(found.impulses)) == (2, 0)
    assert pieces.number <= 2  # mostly one on [0, 1]
    assert all(abs(c) <= 1 for k in range(pieces.number) for c in pieces.exact(k))


@pytest.mark.parametrize("end", [0, 1])
@in_one_of(3)
def test_a_pulse_at_an_end(end):
    found = minimal(signals(), lambda f: f.domain[end] in f.impulses.times)
    assert found == sm.Signal.from_samples([0.0], fs=1.0) + sm.SpikeTrain([float(end)], [1.0])


@in_one_of(3)
def test_operators_differ_from_the_simplest_in_what_matters():
    assert minimal(operators(), lambda op: op.reset == "subtract") == sm.LIF(1.0, 0.0, "subtract")
    assert minimal(operators(), lambda op: op.alpha > 0) == sm.LIF(1.0, 1.0)
    assert minimal(operators(), lambda op: isinstance(op, sm.SendOnDelta)) == sm.SendOnDelta(1.0)
    assert minimal(operators(refractory=True), lambda op: op.refractory >= 0.1) == sm.LIF(1.0, 0.0, refractory=0.1)
    assert minimal(operators(), lambda op: not op.bipolar) == sm.LIF(1.0, 0.0, bipolar=False)


@in_one_of(3)
def test_chunkings_have_few_blocks():
    assert minimal(chunkings(6), lambda c: len(c) > 1) == [slice(0, 0), slice(0, 6)]
    assert minimal(chunkings(6), lambda c: any(b.stop - b.start == 1 for b in c)) == [slice(0, 1), slice(1, 6)]


@pytest.mark.parametrize(("theta", "nonnegative"), [(1.0, False), (0.3, True)])
@in_one_of(3)
def test_a_train_that_breaks_plain_floats_is_short(theta, nonnegative):
    """Theory Q3 in a few events: the exact norm of the code's own output reaches the threshold."""
    found = minimal(tie_trains(theta, nonnegative=nonnegative), lambda s: breaks_the_bound(s, theta), 10_000)
    assert len(found) <= 5
    assert all(t == round(t, 1) for t in found.times)


@in_one_of(3)
def test_subtract_is_not_modulo_beyond_twice_the_threshold():
    found = minimal(spike_trains(0.5), lambda s: sm.IF(0.5)(s) != sm.IF(0.5, "subtract")(s))
    assert found == sm.SpikeTrain([0.0], [1.0])


@pytest.mark.parametrize(
    ("strategy", "shown"),
    [
        (spike_trains(0.3, min_size=2), "SpikeTrain([0.0, 1.0], ["),
        (tie_trains(0.3, min_size=2, nonnegative=True), "SpikeTrain("),
        (signals(("zero",)), "Signal.from_samples([0.0], fs=1.0, t0=0.0, hold='zero')"),
        (signals(("ppoly",)), "Signal.from_ppoly(PPoly([[0.0]], [0.0, 1.0]))"),
        (operators(), "LIF(threshold=1.0, alpha=0.0, reset='modulo')"),
    ],
    ids=["spike_trains", "tie_trains", "samples", "ppoly", "operators"],
)
@in_one_of(3)
def test_a_failing_example_is_printed_as_the_call_that_makes_it(strategy, shown):
    @settings(database=None, max_examples=20, print_blob=False)
    @given(strategy)
    def fails(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        fails()
    assert shown in re.sub(r"\s+", " ", " ".join(caught.value.__notes__)).replace("[ ", "[").replace("( ", "(")


@in_one_of(3)
def test_what_is_printed_makes_the_same_train():
    @settings(database=None, print_blob=False)
    @given(spike_trains(0.3))
    def fails(x):
        seen.append(x)
        assert len(x) < 3

    seen: list[sm.SpikeTrain] = []
    with pytest.raises(AssertionError) as caught:
        fails()
    text = "".join(caught.value.__notes__)
    call = text[text.index("SpikeTrain(") : text.rindex(")")].strip().rstrip(",")
    assert eval(call, {"SpikeTrain": sm.SpikeTrain}) == seen[-1]


@in_one_of(3)
def test_a_signal_is_printed_as_a_sum():
    made = minimal(signals(("zero",)), lambda f: len(f.impulses) == 2)
    assert made.impulses.times.tolist() == [0.0, 1.0]
    assert operator.add(sm.Signal.from_samples([0.0], fs=1.0), made.impulses) == made
    assert math.isclose(abs(made.impulses.weights).max(), 1.0)
