"""Hand-computable cases for the oracles of tests/oracles, and agreement of the oracles with each other."""

from __future__ import annotations

import random
import sys
from fractions import Fraction as F
from pathlib import Path

import mpmath
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracles.cases import ONE, RESETS, high, near, ticks, train
from tests.oracles.norms import (
    alexiewicz,
    discrepancy,
    leaky_integral,
    minus_train,
    residual_train,
    sup_norm,
    total_variation,
    truncated_variation,
    truncated_variation_of,
)
from tests.oracles.piecewise import Signal
from tests.oracles.trains import coalesce, encode_train, exact

# ---------------------------------------------------------------- trains


def test_coalescing_comes_first() -> None:
    assert coalesce([F(0), F(0), F(1), F(1)], [F(1), F(2), F(1), F(-1)]) == [(F(0), F(3))]
    assert train([F(3, 2), F(-3, 2)], times=[F(0), F(0)]).counts == []
    with pytest.raises(ValueError):
        coalesce([F(1), F(0)], [F(1), F(1)])


def test_the_three_resets_at_one_pulse() -> None:
    expected = {"modulo": (2, F(1, 2)), "subtract": (1, F(3, 2)), "zero": (1, F(0))}
    for reset, (count, potential) in expected.items():
        for sign in (1, -1):
            r = train([sign * F(5, 2)], reset)
            assert (r.counts, r.potential) == ([sign * count], sign * potential)
    assert train([F(5, 2)]).closest == F(1, 2)
    assert train([F(5, 2)], "subtract").closest == F(3, 2)


def test_exact_ties_fire() -> None:
    r = train([F(1, 3)] * 3)
    assert (r.times, r.counts, r.potential, r.closest) == ([F(2)], [1], 0, 0)
    for reset in RESETS:  # with leak: the first spike leaves nothing behind, so 1 is compared exactly
        r = train([F(1), F(1)], reset, alpha=F(1, 3))
        assert (r.counts, r.potential, r.closest) == ([1, 1], 0, 0)


def test_near_ties_with_leak_are_decided_far_below_80_digits() -> None:
    r = train([F(1, 2), F(1)], times=[F(0), F(100)], alpha=F(1000))
    assert r.times == [F(100)] and 0 < r.closest < mpmath.mpf(10) ** -40000
    assert train([F(-1, 2), F(1)], times=[F(0), F(100)], alpha=F(1000)).counts == []
    with mpmath.workdps(400):
        digits = int(mpmath.floor((1 - mpmath.exp(-1)) * mpmath.mpf(10) ** 300))
    below, above = F(digits, 10**300), F(digits + 1, 10**300)  # the residual 1 leaks to exp(-1)
    for weight, counts in ((below, [1]), (above, [1, 1])):
        for sign in (1, -1):
            r = train([sign * F(2), sign * weight], "subtract", alpha=F(1))
            assert r.counts == [sign * k for k in counts]
            assert exact(r.closest) < F(1, 10**299)


def test_polarity_and_single_shot() -> None:
    assert train([F(-5), F(6)], bipolar=False).counts == [1]
    r = train([F(3), F(1, 4)], "subtract")
    assert (r.counts, r.potential) == ([1, 1], F(5, 4))  # the next Dirac re-arms, whatever its size
    r = train([F(3), F(1), F(-1)], "subtract", times=[F(0), F(1), F(1)])
    assert (r.counts, r.potential) == ([1], F(2))  # a vanished pulse does not


def test_refractory_wake_ups() -> None:
    half = F(1, 2)
    for end, times, potential in (
        (F(2), [F(0), half, F(1)], 0),
        (F(1), [F(0), half, F(1)], 0),
        (F(9, 10), [F(0), half], 1),
    ):
        r = train([F(3)], "subtract", end=end, refractory=half)
        assert (r.times, r.potential) == (times, potential)
    r = train([F(3)], "subtract", alpha=ONE, end=ONE, refractory=half)  # 2 exp(-1/2) = 1.21, then 0.13 at 1
    assert r.times == [F(0), half] and r.counts == [1, 1]
    assert near(r.potential, high(lambda: 2 * mpmath.exp(-1) - mpmath.exp(mpmath.mpf(-0.5))))
    assert train([F(2)], "subtract", alpha=ONE, end=ONE, refractory=half).times == [F(0)]
    r = train([F(2), F(-1, 2)], "subtract", times=[F(0), half], refractory=half)  # pulse first, then test
    assert (r.times, r.potential) == ([F(0)], half)
    r = train([F(1), F(7, 2)], times=[F(0), half], end=F(3), refractory=ONE)
    assert (r.times, r.counts, r.potential) == ([F(0), F(1)], [1, 3], half)
    assert train([F(1), F(3, 2)], "zero", times=[F(0), half], end=F(3), refractory=ONE).times == [F(0), F(1)]


def test_theory_q1_bound_is_sharp_and_strict() -> None:
    for alpha in (F(0), F(1, 2), F(10)):
        weights = [F(999, 1000), F(7, 3), F(-5), F(22, 7), F(-1, 9)]
        r = train(weights, alpha=alpha)
        norm, where = alexiewicz(*residual_train(ticks(5), weights, r.times, r.counts, ONE), alpha)
        assert F(998, 1000) < exact(norm) < 1
        assert where is not None


def test_theory_q5_zero_reset_loses_20_7() -> None:
    times = ticks(400)
    r = train([F(3, 10)] * 400, "zero")
    assert alexiewicz(*residual_train(times, [F(3, 10)] * 400, r.times, r.counts, ONE))[0] == F(207, 10)


def test_theory_s2_leaky_is_not_sparsest() -> None:
    alpha, a = F(28768207245178, 10**14), [F(-3, 4), F(-2), F(3, 2)]  # exp(-alpha) = 3/4
    r = train(a, alpha=alpha)
    assert (r.times, r.counts) == ([F(1), F(2)], [-2, 1])
    assert alexiewicz(*residual_train(ticks(3), a, [F(0), F(1)], [-1, -1], ONE), alpha)[0] < 1


def test_truncation_of_floats_is_exact() -> None:
    assert train([F(3, 10)], theta=F(1, 10)).counts == [3]
    assert train([F(0.3)], theta=F(0.1)).counts == [2]  # 3 * 0.1 exceeds 0.3
    assert int(0.9 / 0.1) == 9 and train([F(0.9)], theta=F(0.1)).counts == [8]  # the quotient rounds up
    assert train([F(0.8)], theta=F(0.1)).counts == [8]


def test_random_trains_obey_the_laws() -> None:
    rng = random.Random(1)
    for _ in range(60):
        n, alpha, theta = rng.randint(1, 10), rng.choice([F(0), F(1, 3), F(2)]), rng.choice([F(1), F(3, 4)])
        a = [F(rng.randint(-12, 12), 4) for _ in range(n)]
        times = sorted(F(rng.randint(0, 30), 3) for _ in range(n))
        mass = total_variation(times, a)
        norm, spread = exact(alexiewicz(times, a, alpha)[0]), exact(discrepancy(times, a, alpha))
        assert norm <= spread <= 2 * norm
        for reset in RESETS:
            r = train(a, reset, theta, alpha, F(10), times)
            again = encode_train(r.times, [k * theta for k in r.counts], (F(0), F(10)), theta, alpha, reset)
            if reset == "modulo" or alpha == 0:
                assert (again.times, again.counts) == (r.times, r.counts)
            assert sum(map(abs, r.counts)) * theta + abs(exact(r.potential)) <= mass + F(1, 10**60)
            times2, a2 = residual_train(times, a, r.times, r.counts, theta)
            if reset == "modulo":
                assert exact(alexiewicz(times2, a2, alpha)[0]) < theta
        if alpha == 0:
            one = train(a, "modulo", theta, alpha, F(10), times)
            size = sum(map(abs, one.counts)) * theta
            assert truncated_variation(times, a, 2 * theta) <= size
            assert size <= 2 * truncated_variation(times, a, theta / 2)


# ---------------------------------------------------------------- norms


def test_norms_by_hand() -> None:
    t, a = ticks(3), [F(1), F(-3), F(1)]  # F = 0, 1, -2, -1
    assert alexiewicz(t, a) == (F(2), F(1))
    assert discrepancy(t, a) == 3 and discrepancy(t, [F(1), F(1), F(-1)]) == 2
    assert total_variation(t, a) == 5
    assert [truncated_variation(t, a, F(c)) for c in range(4)] == [5, 2, 1, 0]
    assert truncated_variation_of([F(0), F(2), F(1), F(3)], F(1)) == 2  # one jump over the dent: 3 - 1
    assert truncated_variation([], [], ONE) == 0
    assert alexiewicz([], []) == (F(0), None) and discrepancy([], []) == 0
    value, where = alexiewicz(ticks(2), [F(1), F(1)], ONE)
    assert where == 1 and near(value, high(lambda: 1 + mpmath.exp(-1)))
    assert near(discrepancy(ticks(2), [F(1), F(-2)], ONE), 2)
    assert residual_train(t, a, [F(1), F(2)], [-1, 1], F(3)) == ([F(0), F(2)], [F(1), F(-2)])


def test_leaky_integral_and_sup_by_hand() -> None:
    pulses = [(F(0), F(1)), (F(1), F(1)), (F(3), F(1, 2)), (F(3), F(1, 2))]
    f = Signal([F(0), F(1), F(3)], [[F(1)], [F(-2)]], pulses)
    assert [leaky_integral(f, F(1), F(0), side) for side in ("left", "right")] == [2, 3]
    assert leaky_integral(f, F(0), F(0), "left") == 0 and leaky_integral(f, F(3), F(0)) == 0
    assert near(leaky_integral(f, mpmath.mpf(2), F(0)), 1)
    assert sup_norm(f, F(0)) == (F(3), F(1))
    constant = Signal([F(0), F(2)], [[F(3)]])
    assert near(
        leaky_integral(constant, F(2), F(1, 10**6)), high(lambda: -3 * mpmath.expm1(mpmath.mpf(-2) / 10**6) * 10**6)
    )
    parabola = Signal([F(0), F(2)], [[F(2), F(-2)]])  # F = 2 s - s^2, largest inside the piece
    assert near(sup_norm(parabola, F(0))[0], 1) and near(sup_norm(parabola, F(0))[1], 1)
    ramp = Signal([F(0), F(3)], [[F(2), F(-1)]])  # alpha = 1: u = 3 - s - 3 exp(-s), largest at s = ln 3
    value, where = sup_norm(ramp, ONE)
    assert near(value, high(lambda: 2 - mpmath.log(3))) and near(where, high(lambda: mpmath.log(3)))
    shot = minus_train(ramp, [F(1)], [F(2)])
    assert near(leaky_integral(shot, F(1), ONE), high(lambda: -3 * mpmath.exp(-1)))
