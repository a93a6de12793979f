"""Hand-computable cases for the signal oracles, and agreement of the oracles with each other."""

from __future__ import annotations

import random
import sys
from fractions import Fraction as F
from pathlib import Path

import mpmath
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracles.cases import ONE, RESETS, high, near
from tests.oracles.norms import (
    alexiewicz,
    residual_train,
    sup_norm,
)
from tests.oracles.piecewise import Signal
from tests.oracles.signals import encode_signal
from tests.oracles.trains import encode_train, exact
from tests.oracles.verify import verify_encoding

# ---------------------------------------------------------------- signals


def test_constant_input() -> None:
    f = Signal([F(0), F(3)], [[ONE]])
    for reset in RESETS:
        r = encode_signal(f, ONE, reset=reset)
        assert r.counts == [1, 1, 1] and near(r.potential, 0)
        assert all(near(t, k) for t, k in zip(r.times, (1, 2, 3), strict=True))
    r = encode_signal(Signal([F(0), F(2)], [[F(2)]]), ONE, ONE)  # u = 2 (1 - exp(-t))
    assert r.counts == [1, 1]
    assert near(r.times[0], high(lambda: mpmath.log(2))) and near(r.times[1], high(lambda: 2 * mpmath.log(2)))
    assert encode_signal(Signal([F(0), F(50)], [[ONE]]), ONE, ONE).counts == []  # tends to theta, never there


def test_tangency_and_double_crossing_inside_one_piece() -> None:
    f = Signal([F(0), F(2)], [[F(2), F(-2)]])  # F touches 1 at s = 1, then falls to 0
    r = encode_signal(f, ONE)
    assert r.counts == [1, -1] and near(r.times[0], 1) and near(r.times[1], 2)
    assert exact(r.closest) < F(1, 10**40)
    r = encode_signal(f, 1 + F(1, 10**15))
    assert r.counts == [] and near(r.closest * 10**15, 1, 14)
    theta = F(9, 10)
    r = encode_signal(Signal([F(0), F(2)], [[F(4), F(-4)]]), theta)  # F = 4 s - 2 s^2
    roots = high(lambda: [1 - mpmath.sqrt("0.55"), 1 - mpmath.sqrt("0.1"), 1 + mpmath.sqrt("0.55"), 2])
    assert r.counts == [1, 1, -1, -1] and all(near(x, y) for x, y in zip(r.times, roots, strict=True))
    up = encode_signal(Signal([F(0), F(2)], [[F(4), F(-4)]]), theta, bipolar=False)
    assert up.counts == [1, 1] and near(up.potential, high(lambda: mpmath.mpf("-1.8")))
    f = Signal([F(0), F(3)], [[F(3), F(-3)]])  # alpha = 1: u = 6 (1 - exp(-s)) - 3 s
    r = encode_signal(f, F(9, 10), ONE)
    assert r.counts[0] == 1 and near(high(lambda: 6 - 6 * mpmath.exp(-r.times[0]) - 3 * r.times[0]), "0.9")
    f = Signal([F(0), F(1)], [[F(3), F(-3)]])
    assert encode_signal(f, F(93, 100), ONE).counts == []  # the maximum is 3 - 3 ln 2 = 0.9206
    assert encode_signal(f, F(92, 100), ONE).counts == [1]


def test_single_shot_between_diracs() -> None:
    pulse = [(F(0), F(5, 2))]
    r = encode_signal(Signal([F(0), F(4)], [[F(-1)]], pulse), ONE, reset="subtract")
    assert r.counts == [1, -1, -1] and near(r.times[1], "2.5") and near(r.times[2], "3.5")
    assert encode_signal(Signal([F(0), F(4)], [[F(1)]], pulse), ONE, reset="subtract").counts == [1]
    down_up = Signal([F(0), F(1), F(3)], [[F(-1)], [F(1)]], pulse)
    r = encode_signal(down_up, ONE, reset="subtract")
    assert r.counts == [1, 1, 1] and near(r.times[1], "1.5") and near(r.times[2], "2.5")
    touch = Signal([F(0), F(1, 2), F(3)], [[F(-1)], [F(1)]], pulse)  # falls to exactly theta: not re-armed
    r = encode_signal(touch, ONE, reset="subtract")
    assert r.counts == [1] and near(r.potential, "3.5")
    assert verify_encoding(touch, [F(0)], [1], ONE, reset="subtract")[1] == F(7, 2)
    rearmed = Signal([F(0), F(4)], [[F(1)]], [*pulse, (F(1), F(1, 8))])
    assert encode_signal(rearmed, ONE, reset="subtract").times == [F(0), F(1)]


def test_pulses_and_continuous_parts() -> None:
    f = Signal([F(0), F(2)], [[ONE]], [(F(1), F(-1, 2)), (F(2), F(-5))])
    r = encode_signal(f, ONE)  # u reaches 1 just at the pulse: no crossing; 3/2 - 1 + ... = -4 at the end
    assert r.counts == [1, -4] and near(r.times[0], "1.5") and r.times[1] == 2 and near(r.potential, "-0.5")
    f = Signal([F(0), F(1)], [[F(0)]], [(F(0), F(1)), (F(1), F(1))])
    assert encode_signal(f, ONE).times == [F(0), F(1)]


def test_refractory_signal() -> None:
    f = Signal([F(0), F(1, 2), F(4)], [[ONE], [ONE]])
    cases = (("modulo", [1, 1, 2], 0), ("subtract", [1, 1, 1], 1), ("zero", [1, 1, 1], 0))
    for reset, counts, potential in cases:
        r = encode_signal(f, ONE, reset=reset, refractory=F(3, 2))
        assert r.counts == counts and near(r.potential, potential)
        assert all(near(t, x) for t, x in zip(r.times, ("1", "2.5", "4"), strict=True))
        assert near(
            verify_encoding(f, [F(1), F(5, 2), F(4)], counts, ONE, reset=reset, refractory=F(3, 2), strict=False)[0],
            potential,
        )
    f = Signal([F(0), F(3)], [[ONE]], [(F(5, 2), F(-1))])  # the pulse comes first when t_r ends: u = 1/2
    times = encode_signal(f, ONE, refractory=F(3, 2)).times
    assert len(times) == 2 and near(times[0], 1) and near(times[1], 3)


def test_signals_agree_with_trains() -> None:
    rng = random.Random(2)
    for _ in range(40):
        n, alpha, theta = rng.randint(1, 8), rng.choice([F(0), F(1, 3), F(2)]), rng.choice([F(1), F(3, 4)])
        a = [F(rng.randint(-12, 12), 4) for _ in range(n)]
        times = sorted(F(rng.randint(0, 30), 3) for _ in range(n))
        options = {
            "reset": rng.choice(RESETS),
            "refractory": rng.choice([F(0), F(1, 3), F(1, 2)]),
            "bipolar": rng.random() < 0.7,
        }
        want = encode_train(times, a, (F(0), F(10)), theta, alpha, **options)
        f = Signal([F(0), F(4), F(10)], [[], [F(0)]], list(zip(times, a, strict=True)))
        got = encode_signal(f, theta, alpha, **options)
        assert (got.times, got.counts) == (want.times, want.counts)
        assert near(
            got.potential,
            want.potential if alpha else mpmath.mpf(want.potential.numerator) / want.potential.denominator,
            14,
        )
        potential, sup = verify_encoding(f, want.times, want.counts, theta, alpha, **options)
        assert near(potential, got.potential)
        assert near(sup, alexiewicz(*residual_train(times, a, want.times, want.counts, theta), alpha)[0], 14)


def test_signals_agree_with_a_fine_simulation() -> None:
    pieces = [[F(3), F(-4)], [F(0), F(3), F(-2), F(1, 3)]]
    f = Signal([F(0), F(2), F(5)], pieces, [(F(1), F(5, 2)), (F(4), F(-3))])
    step, compared = 2.0**-13, 0
    for alpha in (0.0, 0.5):
        for reset in RESETS:
            u, armed, times = 0.0, True, []
            for i in range(int(5 / step) + 1):
                t = i * step
                x = t - 2
                u += step * ((3 - 4 * t if t < 2 else 3 * x - 2 * x * x + x**3 / 3) - alpha * u)
                if t in (1.0, 4.0):
                    u, armed = u + (2.5 if t == 1.0 else -3), True
                armed = armed or abs(u) < 1
                if armed and abs(u) >= 1:
                    times.append(t)
                    count = int(u) if reset == "modulo" else (1 if u > 0 else -1)
                    u, armed = (0.0 if reset == "zero" else u - count), False
            r = encode_signal(f, ONE, F(alpha), reset)
            compared += r.closest > 0.01
            if r.closest > 0.01:
                assert len(r.times) == len(times), (alpha, reset)
                assert all(abs(float(x) - y) < 0.01 for x, y in zip(r.times, times, strict=True))
    assert compared >= 4


# ---------------------------------------------------------------- verify


def test_verify_accepts_early_spikes_and_rejects_the_rest() -> None:
    f, eps, slack = Signal([F(0), F(5, 2)], [[ONE]]), F(1, 2**40), F(1, 2**30)

    def check(times: list, counts: list, **more):
        return verify_encoding(f, times, counts, ONE, **({"slack": slack} | more))

    potential, sup = check([1 - eps, 2 - eps], [1, 1])
    assert near(potential, "0.5") and 1 - 2 * eps <= exact(sup) < 1
    assert check([F(1), F(2)], [1, 1], strict=False)[1] == 1  # theory Q2: the supremum is theta
    for times, counts in (
        ([F(1), F(2)], [1, 1]),
        ([1 - eps], [1]),
        ([1 + eps, F(2)], [1, 1]),
        ([1 - eps, 2 - eps, 2 - eps], [1, 1, 1]),
        ([1 - 2 * slack, 2 - eps], [1, 1]),
        ([1 - eps, 2 - eps], [1, 2]),
        ([1 - eps, 2 - eps], [1, -1]),
        ([], []),
        ([2 - eps, 1 - eps], [1, 1]),
        ([1 - eps, 2 - eps, F(3)], [1, 1, 1]),
    ):
        with pytest.raises(AssertionError):
            check(times, counts)


def test_verify_jumps_refractory_and_leak() -> None:
    f = Signal([F(0), F(2)], [[F(0)]], [(F(0), F(5, 2)), (F(1), F(1, 4))])
    assert verify_encoding(f, [F(0)], [2], ONE)[1] == F(3, 4)
    assert verify_encoding(f, [F(0), F(1)], [1, 1], ONE, reset="subtract")[0] == F(3, 4)
    half = F(1, 2)
    assert verify_encoding(f, [F(0), half], [1, 1], ONE, reset="subtract", refractory=half)[0] == F(3, 4)
    late = half + F(1, 1000)
    verify_encoding(f, [F(0), late], [1, 1], ONE, reset="subtract", refractory=half, slack=F(1, 500))
    for times, counts, reset, refractory in (
        ([F(0)], [1], "modulo", F(0)),
        ([], [], "modulo", F(0)),
        ([F(0)], [1], "subtract", F(0)),
        ([F(0), F(1)], [2, 1], "modulo", F(0)),
        ([F(0), F(1)], [1, 1], "subtract", half),
        ([F(0), F(1, 4)], [1, 1], "subtract", half),
        ([F(0), late], [1, 1], "subtract", half),
    ):
        with pytest.raises(AssertionError):
            verify_encoding(f, times, counts, ONE, reset=reset, refractory=refractory)
    g, ln2 = Signal([F(0), F(1)], [[F(2)]]), F(0.6931471805599452)
    potential, sup = verify_encoding(g, [ln2], [1], ONE, ONE, slack=F(1, 10**14))
    assert sup < 1 and near(
        potential, high(lambda: 2 - 2 * mpmath.exp(-1) - mpmath.exp(mpmath.mpf(0.6931471805599452) - 1))
    )
    with pytest.raises(AssertionError):
        verify_encoding(g, [F(0.6931471805599454)], [1], ONE, ONE, slack=F(1, 10**14))


def test_verify_follows_its_own_oracle() -> None:
    pieces = [[F(3), F(-4)], [F(0), F(3), F(-2), F(1, 3)]]
    f = Signal([F(0), F(2), F(5)], pieces, [(F(1), F(5, 2)), (F(5), F(-3))])
    for alpha in (F(1, 1000), F(1, 2)):
        for reset in RESETS:
            r = encode_signal(f, ONE, alpha, reset)
            early, lag = [], F(1, 2**60)  # report each crossing early by more than what came before moves it
            for t in r.times:
                early.append(t if isinstance(t, F) else exact(t) - lag)
                lag *= 16
            sup = verify_encoding(f, early, r.counts, ONE, alpha, reset, slack=F(1, 2**20))[1]
            assert sup < 1 or reset != "modulo"


def test_verify_at_knots_and_for_the_zero_reset() -> None:
    f = Signal([F(0), F(1), F(2)], [[ONE], [F(1, 2)]])
    eps, slack = F(1, 2**40), F(1, 2**30)
    verify_encoding(f, [1 - eps], [1], ONE, slack=slack)  # reported before the knot at which u is theta
    verify_encoding(f, [F(1)], [1], ONE, strict=False)
    with pytest.raises(AssertionError):
        verify_encoding(f, [1 + eps], [1], ONE, slack=slack)
    with pytest.raises(AssertionError):
        verify_encoding(f, [], [], ONE)
    f = Signal([F(0), F(1), F(2)], [[1 - eps / 2], [F(1, 2)]])  # the crossing is just after the knot
    verify_encoding(f, [1 - eps], [1], ONE, slack=slack)
    with pytest.raises(AssertionError):  # a pulse lies between the report and the crossing
        verify_encoding(Signal(f.knots, f.pieces, [(F(1), F(-1, 8))]), [1 - eps], [1], ONE, slack=slack)
    g = Signal([F(0), F(1)], [[F(0)]], [(F(0), F(3, 2)), (F(1), F(3, 2))])
    assert verify_encoding(g, [F(0), F(1)], [1, 1], ONE, reset="zero") == (0, 1)  # potential 0, residual 1
    with pytest.raises(AssertionError):
        verify_encoding(g, [F(0), F(1)], [1, 1], ONE)
    g = Signal([F(0), F(1)], [[F(0)]], [(F(0), F(-3, 2))])
    verify_encoding(g, [], [], ONE, bipolar=False)
    with pytest.raises(AssertionError):
        verify_encoding(g, [], [], ONE)


def test_domain_of_one_point_and_bad_input() -> None:
    f = Signal([F(0)], [], [(F(0), F(2))])
    assert encode_signal(f, ONE).counts == [2] and sup_norm(f, F(0)) == (2, 0)
    assert encode_train([F(0)], [F(2)], (F(0), F(0)), ONE).counts == [2]
    with pytest.raises(ValueError):
        encode_train([F(2)], [F(2)], (F(0), F(1)), ONE)
    with pytest.raises(ValueError):
        encode_train([], [], (F(0), F(1)), ONE, reset="other")
