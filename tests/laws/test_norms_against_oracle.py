"""Norms are the exact norms rounded down to a float64, so `norm < x` decides the exact statement."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import norms as oracle
from oracles.trains import coalesce, exact

import spikemath as sm

from .cases import drawn, nudged, share, signal_case, train_case
from .checks import beyond_the_oracle

LEAKS = (0.0, 0.0, 0.5, 3.0, 1e-9, 30.0)


def down(x) -> float:
    """The largest float64 not above x."""
    x = x if isinstance(x, Fraction) else exact(x)
    y = float(x)
    return math.nextafter(y, -math.inf) if Fraction(y) > x else y


def assert_nearest(value: float, x: Fraction, size: Fraction) -> None:
    """x rounded once, from a number within 2^-96 of ``size`` of it."""
    doubt = size / 2**96
    assert float(x - doubt) <= value <= float(x + doubt)


def almost(value: float, x: Fraction) -> bool:
    """value is x rounded down, or would be for a number within 1e-40 of x (the oracle's own doubt)."""
    doubt = Fraction(1, 10**40)
    return value == down(x) or (Fraction(value) <= x * (1 + doubt) and down(x * (1 - doubt)) <= value)


@given(drawn(train_case, alphas=LEAKS, extreme=False, refractory=False))
def test_norms_of_trains_are_exact_and_rounded_down(case):
    """Alexiewicz, discrepancy, total and truncated variation of trains."""
    times, weights, _ = case.exact()
    s, alpha = case.train(), case.rule.alpha
    if beyond_the_oracle(case):
        return
    value, _at = oracle.alexiewicz(times, weights, Fraction(alpha))
    assert sm.alexiewicz_norm(s, alpha) == down(value)
    assert sm.discrepancy_norm(s) == down(oracle.discrepancy(times, weights))
    events = coalesce(times, weights)
    total = sum((abs(a) for _, a in events), Fraction(0))
    assert_nearest(sm.total_variation(s), total, total)
    for c in (0.0, 0.1, case.rule.theta):
        exact_tv = oracle.truncated_variation(times, weights, Fraction(c))
        assert_nearest(sm.truncated_variation(s, c), exact_tv, total)
    e = sm.alexiewicz_extremum(s, alpha)
    assert abs(e.value) == down(value)
    assert (e.side, e.attained) == ("right", True)
    if len(s) and alpha == 0.0:
        there = sum((a for t, a in events if t <= Fraction(e.time)), Fraction(0))
        assert math.copysign(down(abs(there)), there) == e.value


@given(drawn(train_case, alphas=(0.0, 1.0)))
def test_norms_of_huge_and_tiny_trains(case):
    """The same from 1e-200 to 1e200."""
    times, weights, _ = case.exact()
    alpha = case.rule.alpha
    if beyond_the_oracle(case):
        return
    value, _at = oracle.alexiewicz(times, weights, Fraction(alpha))
    assert sm.alexiewicz_norm(case.train(), alpha) == down(value)


@share(0.5)
@given(drawn(signal_case, alphas=LEAKS))
def test_norms_of_signals_are_exact_and_rounded_down(case):
    """Alexiewicz norm of signals, and the running integral at some instants."""
    signal, f, alpha = case.exact(), case.signal(), Fraction(case.rule.alpha)
    value, _at = oracle.sup_norm(signal, alpha)
    value = value if isinstance(value, Fraction) else exact(value)
    assert almost(sm.alexiewicz_norm(f, case.rule.alpha), value)
    u = f.running_integral(case.rule.alpha)
    knots = signal.knots
    for t in (knots[0], knots[-1], knots[0] + (knots[-1] - knots[0]) * Fraction(37, 100)):
        at = down(t)
        if Fraction(at) != t and any(abs(x - t) < Fraction(1, 10**9) for x in [*knots, *signal.pulse_map()]):
            continue  # a float beside an instant that is no float
        for side in ("right", "left"):
            q = float(oracle.leaky_integral(signal, Fraction(at), alpha, side))
            assert abs(u(at, side=side) - q) <= 1e-14 * max(float(value), abs(q))


@share(0.5)
@given(drawn(signal_case, alphas=LEAKS))
def test_the_extremum_says_where_and_from_which_side(case):
    """|U(time, side)| is the norm and U has the sign of the value; not attained only for left limits."""
    f, alpha = case.signal(), case.rule.alpha
    e = sm.alexiewicz_extremum(f, alpha)
    assert abs(e.value) == sm.alexiewicz_norm(f, alpha)
    assert e.side in ("right", "left")
    assert e.attained == (e.side == "right")
    instants = {*case.knots, *f.impulses.exact_times()}
    if sum(float(x) == e.time for x in instants) > 1:
        return  # several exact instants behind one float: U(float) is the value at the last of them
    u = f.running_integral(alpha)(e.time, side=e.side)
    assert u == pytest.approx(e.value, rel=1e-9, abs=1e-12 * case.rule.theta)


def test_a_maximum_at_the_end_of_a_piece_and_before_a_pulse_is_a_left_limit():
    """f = 1 - t, then a pulse of -0.75 at t = 1: u rises to 0.5 with slope 0 at 1, where it becomes -0.25."""
    f = sm.Signal.from_samples([1.0, 0.0], fs=1.0, hold="linear") - sm.SpikeTrain([1.0], [0.75])
    assert sm.alexiewicz_extremum(f) == (0.5, 1.0, "left", False)


def test_extremum_of_known_signals():
    """A left limit, a negative pulse, an interior maximum, a knot."""
    rise = sm.Signal.from_samples([1.0, 1.0], fs=1.0)
    assert sm.alexiewicz_extremum(rise - sm.SpikeTrain([2.0], [1.0])) == (2.0, 2.0, "left", False)
    assert sm.alexiewicz_extremum(rise - sm.SpikeTrain([1.0], [4.0])) == (-3.0, 1.0, "right", True)
    assert sm.alexiewicz_extremum(rise) == (2.0, 2.0, "right", True)
    hill = sm.Signal.from_samples([1.0, -1.0], fs=0.5, hold="linear")
    value, time, side, attained = sm.alexiewicz_extremum(hill)
    assert (value, time, side, attained) == (0.5, 1.0, "right", True)
    assert sm.alexiewicz_extremum(sm.SpikeTrain([])) == (0.0, 0.0, "right", True)


@given(st.data())
def test_norm_equal_to_a_float_is_decided(data):
    """A train whose exact norm is x, or a hair below: `norm < x` is false, or true."""
    rng = data.draw(st.randoms(use_true_random=False))
    x = nudged(rng, rng.choice([0.3, 1.0, 0.1, 0.7, 1e-200, 1e200]))
    parts = [x, -x / 2, x / 2]  # exact: halves
    s = sm.SpikeTrain([0.0, 1.0, 2.0], parts)
    assert sm.alexiewicz_norm(s) == x
    assert not sm.alexiewicz_norm(s) < x
    hair = math.ulp(x) * 2.0**-60
    below = sm.SpikeTrain([0.0, 1.0, 2.0, 2.0], [x / 2, -x / 4, x / 4 * 3, -hair])
    assert below.exact_weights()[-1] == Fraction(x / 4 * 3) - Fraction(hair)
    if Fraction(x) / 2 - Fraction(x / 4) + Fraction(x / 4 * 3) == Fraction(x):
        assert sm.alexiewicz_norm(below) < x
    above = s + sm.SpikeTrain([2.0], [hair])
    assert sm.alexiewicz_norm(above) == x


@pytest.mark.parametrize("alpha", [0.5, 3.0])
def test_norm_equal_to_the_threshold_with_leak(alpha):
    """The first pulse alone decides: exactly theta is not below theta."""
    s = sm.SpikeTrain([0.0, 1.0], [0.3, 0.1])
    assert sm.alexiewicz_norm(s, alpha) == 0.3
    assert not sm.alexiewicz_norm(s, alpha) < 0.3


def test_many_channels_give_one_norm_each():
    """Signals and SpikeTrains give arrays; the extremum a list."""
    f = sm.Signal.from_samples([[1.0, 2.0], [-3.0, 0.0]], fs=1.0)
    assert sm.alexiewicz_norm(f).tolist() == [3.0, 3.0]
    assert sm.discrepancy_norm(f).tolist() == [3.0, 3.0]
    assert sm.total_variation(f).tolist() == [3.0, 3.0]
    assert sm.truncated_variation(f, 1.0).tolist() == [2.0, 2.0]
    assert [e.value for e in sm.alexiewicz_extremum(f)] == [3.0, -3.0]
    assert sm.alexiewicz_norm(sm.IF(1.0)(f)).tolist() == [3.0, 3.0]
