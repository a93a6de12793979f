"""`sparsest` is the train that an exhaustive search finds: same optimum, same choice among equals."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.sparsity import admissible_trains, laziest, size

import spikemath as sm
from spikemath.sparsity import l1, lattice, leaky

from .cases import LEAKS, Short, short_trains


@pytest.mark.parametrize("alphas", [(0.0,), LEAKS], ids=["no leak", "leak"])
def test_it_is_the_laziest_of_the_optima_of_the_exhaustive_search(alphas):
    """Counts are those of the oracle; l1, times, domain, counts and quantum fit together."""

    @given(short_trains(alphas=alphas))
    def run(case: Short):
        eta = case.train()
        s = sm.sparsest(eta, case.theta, case.alpha)
        assert case.counts_of(s) == laziest(case.admissible())
        assert s.domain == eta.domain and s.quantum == case.theta
        assert l1(s) == Fraction(case.theta) * sum(abs(int(k)) for k in s.counts)
        if len(eta):
            assert sm.alexiewicz_norm(eta - s, case.alpha) < case.theta

    run()


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_rational_ties_with_leak(decimals):
    """Weights that keep the residual at 0 for a while: then a potential can be exactly a multiple of the threshold."""

    @given(st.lists(st.integers(-30, 30), min_size=1, max_size=6), st.sampled_from(LEAKS))
    def run(tenths, alpha):
        weights = [round(x / 10, decimals) if i else float(round(x / 10)) for i, x in enumerate(tenths)]
        case = Short(tuple(map(float, range(len(weights)))), tuple(weights), 1.0, alpha)
        assert case.counts_of(sm.sparsest(case.train(), 1.0, alpha)) == laziest(case.admissible())

    run()


@given(short_trains(most=5))
def test_without_leak_further_spike_times_do_not_help(case):
    """Times before the first event, between events and after the last are offered to the oracle."""
    eta = case.train()
    t, a = eta.exact_times(), eta.exact_weights()
    if not 1 <= len(t) <= 4:
        return
    offered = sorted([*t, *(x + Fraction(1, 2**40) for x in t), t[0] - 1])
    weights = [dict(zip(t, a, strict=True)).get(x, Fraction(0)) for x in offered]
    best = min(map(size, admissible_trains(offered, weights, Fraction(case.theta))))
    assert best * Fraction(case.theta) == l1(sm.sparsest(eta, case.theta))


def test_with_leak_a_spike_between_events_can_help():
    """The example of the docstring: 2 on the events, 1 with a free time; the oracle agrees that both are optimal."""
    alpha = math.log(2.0)
    case = Short((0.0, 1.0, 2.0), (0.9, 1.2, -1.4), 1.0, alpha)
    assert l1(sm.sparsest(case.train(), 1.0, alpha)) == 2
    free = sm.SpikeTrain([1.0 + math.log2(0.7)], [1.0], domain=(0.0, 2.0))
    assert sm.alexiewicz_norm(case.train() - free, alpha) < 1.0
    offered = [Fraction(0), Fraction(free.times[0]), Fraction(1), Fraction(2)]
    weights = [*map(Fraction, (0.9, 0.0, 1.2, -1.4))]
    assert min(map(size, admissible_trains(offered, weights, Fraction(1), Fraction(alpha)))) == 1


@given(short_trains(alphas=LEAKS, most=2), st.lists(st.floats(0.01, 0.99), max_size=3, unique=True))
def test_with_leak_two_events_are_too_few_for_that(case, between):
    eta = case.train()
    if len(eta) < 2:
        return
    t, a = eta.exact_times(), eta.exact_weights()
    offered = sorted({*t, *(t[0] + (t[1] - t[0]) * Fraction(x) for x in between)})
    weights = [dict(zip(t, a, strict=True)).get(x, Fraction(0)) for x in offered]
    free = admissible_trains(offered, weights, Fraction(case.theta), Fraction(case.alpha))
    assert min(map(size, free)) * Fraction(case.theta) == l1(sm.sparsest(eta, case.theta, case.alpha))


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.75, 0.9, 0.97, 0.995, 0.9999])
def test_sixteen_events_at_any_rate(beta):
    """N = 16 within seconds, and the optimum of the 2^16 trains (floats of a plain search, far from ties)."""
    rng = np.random.default_rng(int(beta * 1e4))
    weights = rng.uniform(-2.5, 2.5, 16)
    eta = sm.SpikeTrain(np.arange(16.0), weights)
    began = time.perf_counter()
    s = sm.sparsest(eta, 1.0, -math.log(beta))
    assert time.perf_counter() - began < 5.0
    r, cost = np.zeros(1), np.zeros(1)
    for a in weights:
        u = beta * r + a
        low = np.floor(u)
        r = np.concatenate([u - low, u - low - 1])
        cost = np.concatenate([cost + abs(low), cost + abs(low + 1)])
    assert abs(s.counts).sum() == cost.min()


def test_hundreds_of_events():
    """The value is confirmed from both sides: the train is admissible, and the bound from below is met."""
    rng = np.random.default_rng(5)
    eta = sm.SpikeTrain(np.cumsum(rng.uniform(0.1, 1.0, 300)), rng.normal(0, 1.5, 300))
    s = sm.sparsest(eta, 1.0, 0.2)
    assert sm.alexiewicz_norm(eta - s, 0.2) < 1.0
    train = leaky.Leaky(eta.exact_times(), eta.exact_weights(), Fraction(1), Fraction(0.2))
    breaks, values = leaky.costs_to_go(train)[0]
    assert l1(s) == values[np.searchsorted(breaks, 0)] < l1(sm.LIF(1.0, 0.2)(eta))


def test_the_bound_from_below_is_one_everywhere():
    """The pieces bound the true cost-to-go at random residuals, and meet it."""
    rng = np.random.default_rng(7)
    for beta in (0.3, 0.8, 0.99):
        times, weights = [*map(Fraction, range(6))], [Fraction(x) for x in rng.uniform(-2, 2, 6)]
        train = leaky.Leaky(times, weights, Fraction(1), Fraction(-math.log(beta)))
        breaks, values = leaky.costs_to_go(train)[0]
        assert len(values) == len(breaks) + 1 and breaks == sorted(set(breaks))
        assert all(a != b for a, b in pairwise(values))
        for r in rng.uniform(-1, 1, 12):  # the first event is at the time of the residual: its weight is shifted
            moved = [weights[0] + Fraction(r), *weights[1:]]
            true = min(map(size, admissible_trains(times, moved, Fraction(1), Fraction(-math.log(beta)))))
            assert true == values[np.searchsorted(breaks, int(Fraction(r) * leaky.ONE))]


def test_low_precision_only_costs_time(monkeypatch):
    """Break points with 6 binary digits, then none at all: weaker bounds, the same optimum."""
    rng = np.random.default_rng(11)
    eta = sm.SpikeTrain(np.arange(9.0), rng.uniform(-2, 2, 9))
    want = sm.sparsest(eta, 1.0, 0.05)
    for places in (6, 2, 1):
        monkeypatch.setattr(leaky, "PLACES", places)
        monkeypatch.setattr(leaky, "ONE", 1 << places)
        assert sm.sparsest(eta, 1.0, 0.05) == want


def test_a_search_that_grows_too_large_says_so(monkeypatch):
    monkeypatch.setattr(leaky, "VISITS", 5)
    with pytest.raises(ArithmeticError, match="residuals"):
        sm.sparsest(sm.SpikeTrain(np.arange(9.0), np.full(9, 0.7)), 1.0, 0.1)


def test_what_1000_bits_do_not_decide_is_an_error():
    """exp(-1000) < 2^-1400 beside a weight of exactly one threshold."""
    eta = sm.SpikeTrain([0.0, 1000.0], [0.5, 1.0])
    with pytest.raises(ArithmeticError, match="1000 bits"):
        sm.sparsest(eta, 1.0, 1.0)
    assert sm.sparsest(sm.SpikeTrain([0.0, 300.0], [0.5, 1.0]), 1.0, 1.0).counts.tolist() == [1]


def test_thousands_of_events_without_leak():
    rng = np.random.default_rng(3)
    eta = sm.SpikeTrain.from_samples(rng.integers(-20, 21, 5000) * 0.1, fs=100.0)
    assert sm.sparsest(eta, 0.3) == sm.IF(0.3)(eta)


def test_huge_and_tiny_thresholds():
    for theta in (1e-200, 1e200):
        eta = sm.SpikeTrain([0.0, 1.0, 2.0], [-0.75 * theta, -2.0 * theta, 1.5 * theta])
        for alpha, counts in ((0.0, [-2]), (math.log(4 / 3), [-1, -1])):
            assert sm.sparsest(eta, theta, alpha).counts.tolist() == counts
    with pytest.raises(OverflowError, match="2\\^62"):
        sm.sparsest(sm.SpikeTrain([0.0], [1.0]), 1e-200)
    with pytest.raises(OverflowError, match="2\\^62"):
        sm.sparsest(sm.SpikeTrain([0.0], [1.0]), 1e-200, 1.0)


def test_signals_and_channels():
    """A function part is encoded by integrate-and-fire, and refused with leak; channels go one by one."""
    f = sm.Signal.from_samples([1.0, -3.0, 2.0], fs=2.0)
    assert sm.sparsest(f, 0.25) == sm.IF(0.25)(f)
    with pytest.raises(ValueError, match=r"alpha = 0\.5 must be 0"):
        sm.sparsest(f, 0.25, 0.5)
    train = sm.SpikeTrain([0.0, 1.0], [0.6, 0.6])
    pulses = train + 0.0 * sm.Signal.from_samples([1.0], fs=1.0)
    assert sm.sparsest(pulses, 1.0, 0.5) == sm.sparsest(train, 1.0, 0.5)
    many = sm.SpikeTrains([train, -train])
    assert list(sm.sparsest(many, 1.0)) == [sm.sparsest(train, 1.0), sm.sparsest(-train, 1.0)]
    empty = sm.sparsest(sm.SpikeTrain([], [], domain=(0.0, 1.0)), 1.0, 1.0)
    assert len(empty) == 0 and empty.domain == (0.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((sm.SpikeTrain([0.0]), 0.0), ValueError),
        ((sm.SpikeTrain([0.0]), 1.0, -1.0), ValueError),
        ((sm.SpikeTrain([0.0]), math.nan), ValueError),
        (([1.0, 2.0], 1.0), TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error):
        sm.sparsest(*arguments)


def test_a_search_without_the_negative_branch_is_found_out(monkeypatch):
    """Plant: only the smaller admissible weight is considered. The optimum of S2 is then missed."""
    eta = sm.SpikeTrain([0.0, 1.0, 2.0], [-0.75, -2.0, 1.5])
    both = leaky.Residual.followers
    monkeypatch.setattr(leaky.Residual, "followers", lambda self, train: both(self, train)[:1])
    assert l1(sm.sparsest(eta, 1.0, math.log(4 / 3))) == 3  # the oracle says 2


def test_a_lattice_without_its_upper_state_is_found_out(monkeypatch):
    """Plant: floor alone is offered, so (0.6, -0.2) costs 0 still, but (-0.5,) a spike that none needs."""
    monkeypatch.setattr(lattice, "_admissible", lambda x: (math.floor(x),))
    case = Short((0.0,), (-0.5,), 1.0)
    assert case.counts_of(sm.sparsest(case.train(), 1.0)) != laziest(case.admissible())
