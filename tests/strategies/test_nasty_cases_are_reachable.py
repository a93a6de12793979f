"""The cases that break encoders come up: exact ties, an ulp beside, coalescing, pulses at the ends, empty blocks."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath.strategies import chunkings, leaks, operators, signals, spike_trains, thresholds, tie_trains, weights
from strategies.tools import EVERYTHING, breaks_the_bound, potentials, reachable, sample

ROUND = {1.0, 2.0, 0.5, 0.25, 0.1, 0.3, 0.7, 0.2, 10.0, 0.01, 1e-3, 1.0 / 3.0}


def multiple(u, theta, least=1):
    """Whether |u| = k theta exactly, for a k >= least."""
    k = u / Fraction(theta)
    return k.denominator == 1 and abs(k) >= least


def odd(x):
    """Whether a float uses all its bits, or nearly."""
    return math.frexp(x)[0] * 2**48 % 1 != 0


@pytest.mark.parametrize(
    "condition",
    [
        lambda x: x == 0.1,
        lambda x: x == 0.3,
        lambda x: x not in ROUND and odd(x),
        lambda x: x < 0.01,
        lambda x: x > 5.0,
    ],
)
def test_thresholds(condition):
    assert reachable(thresholds(), condition)


@pytest.mark.parametrize(
    "condition", [lambda x: x <= 1e-100, lambda x: x >= 1e100, lambda x: x == 1e-200, lambda x: x == 0.3]
)
def test_extreme_thresholds(condition):
    assert reachable(thresholds(extreme=True), condition)


@pytest.mark.parametrize("condition", [lambda x: x == 0, lambda x: x == 1e-12, lambda x: x == 100.0, odd])
def test_leaks(condition):
    assert reachable(leaks(), condition)


def test_the_leak_is_often_zero():
    drawn = sample(st.tuples(leaks(), st.integers()), 200)  # of pairs: no example is made twice
    assert 20 <= sum(x == 0 for x, _ in drawn) <= 150


@pytest.mark.parametrize("theta", [1.0, 0.3, 1e-200, 1e200])
@pytest.mark.parametrize(
    "condition",
    {
        "a multiple": lambda a, theta: a == 3 * theta,
        "just below": lambda a, theta: a == math.nextafter(theta, 0.0),
        "just above": lambda a, theta: a == math.nextafter(2 * theta, math.inf),
        "negative, just short": lambda a, theta: a == math.nextafter(-theta, 0.0),
        "a quarter": lambda a, theta: a == 3 * theta / 4,
        "negative zero": lambda a, theta: a == 0 and math.copysign(1, a) < 0,
        "full precision": lambda a, theta: abs(a) < 3 * theta and odd(a),
        "tiny": lambda a, theta: 0 < abs(a) < 1e-9 * theta or theta == 1e-200,
    }.items(),
    ids=lambda item: item[0],
)
def test_weights(theta, condition):
    assert reachable(weights(theta), lambda a: condition[1](a, theta))


def decimal(a):
    return any(a == k * 0.1 for k in range(-30, 31) if k % 10)


@pytest.mark.parametrize(
    "condition",
    {
        "empty": lambda s: not len(s),
        "a tie": lambda s: any(multiple(u, 0.3) for u in potentials(s, 0.3)[1:]),
        "a tie at a higher multiple": lambda s: any(multiple(u, 0.3, 2) for u in potentials(s, 0.3)),
        "just below the threshold": lambda s: math.nextafter(0.3, 0.0) in potentials(s, 0.3),
        "one decimal": lambda s: len(s) >= 4 and all(map(decimal, s.weights)),
        "coalesced weights, no float": lambda s: any(Fraction(float(b)) != b for b in s.exact_weights()),
        "times an ulp apart": lambda s: any(b == math.nextafter(a, math.inf) for a, b in pairwise(s.times)),
        "decimal times": lambda s: 0.3 not in s.times and 0.1 * 3 in s.times,
        "a negative time": lambda s: len(s) and s.times[0] < 0,
        "room at both ends": lambda s: len(s) and s.domain[0] < s.times[0] and s.domain[1] > s.times[-1],
        "events at both ends": lambda s: len(s) > 1 and s.domain == (s.times[0], s.times[-1]),
        "subtract above 2 theta": lambda s: any(abs(u) >= Fraction(0.6) for u in potentials(s, 0.3, "subtract")[1:]),
        "very different weights": lambda s: len(s) > 2 and max(abs(s.weights)) > 1e8 * min(abs(s.weights)),
        "both signs": lambda s: len(s) and min(s.weights) < 0 < max(s.weights),
        "as long as may be": lambda s: len(s) == 12,
    }.items(),
    ids=lambda item: item[0],
)  # fmt: skip
def test_spike_trains(condition):
    assert reachable(spike_trains(0.3), condition[1])


def test_the_least_gap_is_reached_and_the_largest_weight():
    assert reachable(
        spike_trains(min_gap=0.25, max_weight=0.75),
        lambda s: 0.25 in [b - a for a, b in pairwise(s.exact_times())] and abs(s.weights).max() == 0.75,
    )


@pytest.mark.parametrize("theta", [1.0, 0.3])
def test_tie_trains_meet_multiples_after_other_weights(theta):
    """Potentials, after the first event, that lie on a multiple or an ulp of the weight beside it: in most trains."""

    def near(s):
        count = 0
        for u, a in list(zip(potentials(s, theta), s.weights, strict=True))[1:]:
            k = u / Fraction(theta)
            count += abs(k - round(k)) * Fraction(theta) <= 2 * Fraction(math.ulp(a))
        return count

    trains = sample(tie_trains(theta, min_size=4), 100)
    assert sum(near(s) >= 2 for s in trains) >= 20
    assert reachable(tie_trains(theta), lambda s: any(multiple(u, theta) for u in potentials(s, theta)[2:]))


def test_tie_trains_of_a_leaky_neuron_meet_multiples():
    def tied(s):
        U, before = Fraction(0), None
        for t, a in s:
            U = (U * Fraction(math.exp(-0.5 * (t - before))) if before is not None else 0) + Fraction(a)
            before = t
            if abs(abs(U) - 1) <= 2 * Fraction(math.ulp(a)) and abs(a) < 0.9:
                return True
            U -= math.trunc(U)
        return False

    assert reachable(tie_trains(1.0, alpha=0.5), tied)


def inside(f):
    knots = {t for p in f._parts for t in (p.coordinates()[0] / float(f._axis.rate) + float(f._axis.origin)).tolist()}
    return [t for t in f.impulses.times.tolist() if t not in knots]


def meets_at_a_knot(f):
    """Whether the primitive of the first piece alone meets a multiple of the threshold at its end: held samples."""
    return any(p.degree == 0 and p.exact(0)[0] / f._axis.rate == Fraction(0.5) for p in f._parts)


@pytest.mark.parametrize(
    "condition",
    {
        "the zero signal": lambda f: not f._parts and not len(f.impulses),
        "only pulses": lambda f: not f._parts and len(f.impulses) > 1,
        "a pulse at t0": lambda f: f.domain[0] in f.impulses.times and f._parts,
        "a pulse at t1": lambda f: f.domain[1] in f.impulses.times and f._parts,
        "pulses at both ends": lambda f: set(f.domain) <= set(f.impulses.times),
        "a pulse between knots": lambda f: f._parts and inside(f),
        "three pulses": lambda f: len(f.impulses) == 3,
        "a pulse of a threshold": lambda f: 0.5 in f.impulses.weights,
        "a pulse of minus a threshold": lambda f: -0.5 in f.impulses.weights,
        "a knot that is no float": lambda f: f._axis.rate == 10 and f._axis.origin == Fraction(0.1),
        "fast samples": lambda f: f._axis.rate == 44100 and f._parts,
        "degree 3": lambda f: any(p.degree == 3 for p in f._parts),
        "five pieces": lambda f: any(p.number == 5 for p in f._parts),
        "a tie at a knot": meets_at_a_knot,
    }.items(),
    ids=lambda item: item[0],
)
def test_signals(condition):
    assert reachable(signals(threshold=0.5), condition[1])


@pytest.mark.parametrize("kind", ["zero", "linear", "ppoly"])
def test_signals_of_every_kind_fire_moderately(kind):
    fired = [len(sm.IF(0.5)(f)) for f in sample(signals((kind,), pulses=False, threshold=0.5), 40)]
    assert sum(n > 0 for n in fired) >= 8 and max(fired) <= 20


@pytest.mark.parametrize(
    "condition",
    [
        lambda op: op == sm.LIF(1.0, 0.0),
        lambda op: isinstance(op, sm.SendOnDelta) and op.reset == "zero",
        lambda op: isinstance(op, sm.IF) and op.reset == "subtract" and not op.bipolar,
        lambda op: op.alpha >= 10 and op.refractory == 0.3,
    ],
)
def test_operators(condition):
    assert reachable(operators(refractory=True), condition)


def sizes(blocks):
    return [b.stop - b.start for b in blocks]


@pytest.mark.parametrize(
    "condition",
    [
        lambda c: sizes(c) == [7],
        lambda c: sizes(c)[0] == 0,
        lambda c: sizes(c)[-1] == 0,
        lambda c: any(a and not b and d for a, b, d in zip(sizes(c), sizes(c)[1:], sizes(c)[2:], strict=False)),
        lambda c: sizes(c) == [1] * 7,
        lambda c: 1 in sizes(c) and max(sizes(c)) > 2,
    ],
    ids=["one block", "empty first", "empty last", "empty between", "all of one", "mixed"],
)
def test_chunkings(condition):
    assert reachable(chunkings(7), condition)


def test_nothing_can_be_cut_too():
    assert reachable(chunkings(0), lambda c: c == [slice(0, 0)] * 2)


def share_that_breaks(trains, theta, size=150):
    """The share of examples on which plain float code breaks the strict bound (theory Q3)."""
    seen = Counter()

    @settings(max_examples=size, database=None, suppress_health_check=EVERYTHING)
    @given(trains)
    def look(s):
        seen[breaks_the_bound(s, theta)] += 1

    look()
    return seen[True] / seen.total()


@pytest.mark.parametrize("theta", [1.0, 0.3])
def test_tie_trains_break_plain_floats_and_uniform_weights_do_not(theta):
    size = {"min_size": 20, "max_size": 40}
    uniform = st.integers(0, 2**53).map(lambda k: (5.0 * k / 2**53 - 2.5) * theta)
    assert share_that_breaks(tie_trains(theta, **size), theta) >= 0.1
    assert share_that_breaks(spike_trains(weights=uniform, **size), theta) <= 0.02


def test_short_tie_trains_break_plain_floats_within_a_test():
    """The default strategy, with the number of examples that a test usually has."""
    found = [breaks_the_bound(s, 0.3) for s in sample(tie_trains(0.3), 300)]
    assert sum(found) >= 2
