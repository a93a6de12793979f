"""The reference of the bench against the oracles, which share nothing with it, and against the package."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.trains import encode_train

import spikemath as sm
from spikemath.conformance._bounds import norm
from spikemath.conformance._reference import Rule, Undecided, coalesce, enclose, residual, walk
from spikemath.conformance._subject import Input, Spikes
from spikemath.conformance.check import make_subject

FRACTIONS = st.fractions(-3, 3, max_denominator=8)
TIMES = st.lists(st.fractions(0, 4, max_denominator=4), min_size=1, max_size=10).map(sorted)


@given(
    times=TIMES,
    weights=st.lists(FRACTIONS, min_size=10, max_size=10),
    reset=st.sampled_from(["modulo", "subtract", "zero"]),
    alpha=st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 10)]),
    refractory=st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]),
    bipolar=st.booleans(),
)
def test_free_events_are_those_of_the_oracle(times, weights, reset, alpha, refractory, bipolar):
    events = coalesce(times, weights[: len(times)])
    theta = Fraction(3, 4)
    rule = Rule(theta, reset, alpha, None, refractory, bipolar)
    end = events[-1][0] if events else Fraction(4)
    ts, ws = [t for t, _ in events], [a for _, a in events]
    truth = encode_train(ts, ws, (Fraction(0), end), theta, alpha, reset, refractory, bipolar)
    spikes = walk(rule, events).spikes()
    found = {t: k for t, k in zip(truth.times, truth.counts, strict=True) if t <= end}
    assert {t: k for t, k in spikes.items() if t <= end} == found


@given(x=st.lists(FRACTIONS.map(float), min_size=1, max_size=12), alpha=st.sampled_from([0.0, 0.5, 8.0]))
def test_a_clock_is_the_package_on_its_grid(x, alpha):
    """modulo: zero samples change nothing, so the train of the samples gives the same spikes."""
    s = make_subject(lambda x: x, 0.75, alpha, "modulo", "samples", dt=0.125)
    exact = sm.LIF(0.75, alpha)(sm.SpikeTrain.from_samples(x, fs=8.0))
    ours = {Fraction(t) * 8: k for t, k in zip(exact.exact_times(), exact.counts.tolist(), strict=True)}
    assert s.reference(Input(None, tuple(x))).spikes() == ours


@given(
    x=st.lists(FRACTIONS.map(float), min_size=1, max_size=12), k=st.lists(st.integers(-3, 3), min_size=12, max_size=12)
)
def test_the_norm_of_a_clock_is_the_norm_of_its_train(x, k):
    """Two ways to the same number: the recursion with decay 1, and the norm of a difference of trains."""
    rule = Rule(Fraction(3, 10), clocked=True)
    out = [Fraction(3, 10) * n for n in k[: len(x)]]
    f = sm.SpikeTrain.from_samples(x, fs=1.0)
    eta = sm.SpikeTrain.from_samples([float(n) for n in k[: len(x)]], fs=1.0)
    exact = residual(rule, [Fraction(a) for a in x], [Fraction(0.3) * n for n in k[: len(x)]])
    assert sm.alexiewicz_bounds(f - 0.3 * eta) == (exact, exact)
    assert residual(rule, [Fraction(a) for a in x], out) >= 0


def test_products_of_counts_and_thresholds_are_exact():
    s = make_subject(lambda t, a: (t, a), 0.3)
    spikes = Spikes((Fraction(0),), (Fraction(0.3),), (3,))
    low, high = norm(s, Input((0.0,), (1.0,)), spikes, (3 * Fraction(0.3),))
    assert low == high == 1 - 3 * Fraction(0.3)


def test_an_enclosure_contains_the_exponential():
    low, high = enclose(Fraction(1), Rule(Fraction(1), leak=Fraction(1)), Fraction(1))
    assert low < high
    e = Fraction(271828182845904523536028747135266249775724709369995, 10**50)
    assert low * e < 1 + Fraction(1, 10**30)
    assert high * e > 1 - Fraction(1, 10**30)
    assert high - low < Fraction(1, 10**30)


def test_a_tie_that_is_exact_is_decided_under_a_leak():
    """The potential is theta itself when the first pulse arrives; no ball is needed, and none would do."""
    rule = Rule(Fraction(3, 4), leak=Fraction(1))
    assert walk(rule, [(Fraction(0), Fraction(9, 4)), (Fraction(1), Fraction(3, 4))]).spikes() == {0: 3, 1: 1}


def test_what_no_precision_decides_is_undecided():
    """A second pulse within 2^-3000 of the tie."""
    rule = Rule(Fraction(1), leak=Fraction(1))
    low, high = enclose(Fraction(1, 2), rule, Fraction(1), bits=4000)
    with pytest.raises(Undecided):
        walk(rule, [(Fraction(0), Fraction(1, 2)), (Fraction(1), 1 - (low + high) / 2)])
