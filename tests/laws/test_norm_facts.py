"""Theory section 5: how the norms compare, with room of a few ulp for their being rounded down."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import norms as oracle

import spikemath as sm

from .cases import drawn, share, signal_case, train_case

ROOM = 1.0 + 1e-14


def length(f) -> float:
    t0, t1 = f.domain
    return t1 - t0


either = st.one_of(
    drawn(train_case, alphas=(0.1, 1.0, 10.0), extreme=False).map(lambda c: (c.train(), c.rule)),
    drawn(signal_case, alphas=(0.5, 2.0, 20.0)).map(lambda c: (c.signal(), c.rule)),
)


@given(either)
def test_alexiewicz_and_discrepancy_bound_each_other(pair):
    """||f||_A <= ||f||_D <= 2 ||f||_A."""
    f, _ = pair
    a, d = sm.alexiewicz_norm(f), sm.discrepancy_norm(f)
    assert a <= d <= 2.0 * a * ROOM


@given(drawn(train_case, alphas=(0.1, 1.0, 10.0), extreme=False))
def test_leaky_discrepancy_is_at_most_1_plus_the_decay_times_the_norm(case):
    """For alpha > 0 the factor 2 becomes 1 + exp(-alpha * min gap)."""
    times, weights, _ = case.exact()
    s, alpha = case.train(), case.rule.alpha
    if len(s) < 2:
        return
    gap = float(min(b - a for a, b in zip(s.exact_times(), s.exact_times()[1:], strict=False)))
    d = float(oracle.discrepancy(times, weights, Fraction(alpha)))
    assert d <= (1.0 + math.exp(-alpha * gap)) * sm.alexiewicz_norm(s, alpha) * ROOM


@given(either)
def test_plain_and_leaky_norms_bound_each_other(pair):
    """||f||_(A,alpha) <= (2 - exp(-alpha T)) ||f||_A and ||f||_A <= (1 + alpha T) ||f||_(A,alpha)."""
    f, rule = pair
    plain, leaky = sm.alexiewicz_norm(f), sm.alexiewicz_norm(f, rule.alpha)
    at = rule.alpha * length(f)
    assert leaky <= (2.0 - math.exp(-at)) * plain * ROOM
    assert plain <= (1.0 + at) * leaky * ROOM


@given(either)
def test_primitive_error_of_lif(pair):
    """||f - LIF(f)||_A < (1 + alpha T) theta."""
    f, rule = pair
    eta = sm.LIF(rule.theta, rule.alpha)(f)
    assert sm.alexiewicz_norm(f - eta) < (1.0 + rule.alpha * length(f)) * rule.theta * ROOM


@share(0.5)
@given(either, st.sampled_from([0.0, 0.5]))
def test_norms_are_norms(pair, alpha):
    """0 <= ||f||, ||2 f|| = 2 ||f||, ||-f|| = ||f||, ||f + g|| <= ||f|| + ||g||, ||f - f|| = 0."""
    f, _ = pair
    g = f.shift(0.25) * 3.0
    n = sm.alexiewicz_norm(f, alpha)
    assert n >= 0.0
    assert sm.alexiewicz_norm(2 * f, alpha) == 2.0 * n
    assert sm.alexiewicz_norm(-f, alpha) == n
    assert sm.alexiewicz_norm(f - f, alpha) == 0.0
    try:
        total = f + g
    except ValueError:  # no common time grid: refused, never rounded
        return
    assert sm.alexiewicz_norm(total, alpha) <= (n + sm.alexiewicz_norm(g, alpha)) * ROOM


@given(either)
def test_alexiewicz_is_at_most_the_total_variation(pair):
    """||f||_(A,alpha) <= TV(f); TV^c decreases in c and TV^0 = TV."""
    f, rule = pair
    total = sm.total_variation(f)
    assert sm.alexiewicz_norm(f, rule.alpha) <= total * ROOM
    values = [sm.truncated_variation(f, c) for c in (0.0, 0.1, 0.5, 1e300)]
    assert values[0] == total
    assert all(b <= a * ROOM for a, b in pairwise(values))
    assert values[-1] == 0.0


@share(0.5)
@given(drawn(train_case, alphas=(0.0,), extreme=False, resets=("modulo",), refractory=False, polarities=(True,)))
def test_if_emits_between_two_truncated_variations(case):
    """Theory S6: TV^(2 theta)(F) <= ||IF f||_1 <= theta / (theta - c) TV^c(F) for 0 <= c < theta."""
    s, theta = case.train(), case.rule.theta
    emitted = float(np.abs(sm.IF(theta).encode(s).counts).sum()) * theta
    assert sm.truncated_variation(s, 2.0 * theta) <= emitted * ROOM
    for part in (0.0, 0.25, 0.5, 0.875):
        assert emitted <= sm.truncated_variation(s, part * theta) / (1.0 - part) * ROOM


def test_a_large_leak_leaves_the_largest_weight():
    """alpha -> infinity on a train: the norm becomes max |a_i|."""
    s = sm.SpikeTrain([0.0, 0.5, 1.0], [0.3, -0.7, 0.6])
    assert sm.alexiewicz_norm(s, 1e6) == 0.7
    assert sm.alexiewicz_norm(s, 2.0) == pytest.approx(0.7 - 0.3 * math.exp(-1.0), rel=1e-15)


def test_the_factors_are_sharp():
    """(1, -2): discrepancy 2 = 2 * Alexiewicz 1; a constant shows 1 + alpha T in the limit."""
    s = sm.SpikeTrain([0.0, 1.0], [1.0, -2.0])
    assert sm.discrepancy_norm(s) == 2.0 * sm.alexiewicz_norm(s)
    alpha, n = 1.0, 4000
    grid = sm.SpikeTrain.from_samples(np.r_[1.0, np.full(n, -math.expm1(-alpha / n))], fs=n)  # holds U at 1
    assert sm.alexiewicz_norm(grid, alpha) == pytest.approx(1.0, rel=1e-9)
    assert sm.alexiewicz_norm(grid) == pytest.approx(1.0 + alpha, rel=1e-3)
