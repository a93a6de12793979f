"""Theory section 6, every "yes" of the law table (t_r = 0); the columns are the resets, with and without leak."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm

from .cases import RESETS, TrainCase, drawn, share, signal_case, train_case, weight

OPTIONS = {"refractory": False, "extreme": False}
trains = drawn(train_case, **OPTIONS)
modulo_trains = drawn(train_case, resets=("modulo",), polarities=(True,), **OPTIONS)
plain_trains = drawn(train_case, resets=("modulo",), polarities=(True,), alphas=(0.0,), **OPTIONS)
signals = drawn(signal_case, refractory=False)
randoms = st.randoms(use_true_random=False)


def lattice(rng: random.Random, theta: float, largest: int) -> sm.SpikeTrain:
    """A random train with weights k * theta exactly, |k| <= largest: k pulses of weight theta at one time."""
    times, signs = [], []
    for t in sorted({rng.randint(0, 20) * 0.1 for _ in range(rng.randint(0, 6))}):
        k = rng.choice([k for k in range(-largest, largest + 1) if k])
        times += [t] * abs(k)
        signs += [math.copysign(theta, k)] * abs(k)
    return sm.SpikeTrain(times, signs, domain=(0.0, 3.0))


@given(trains)
def test_idempotent_on_trains(case):
    """L(L(f)) = L(f) for every reset, leak and polarity."""
    operator = case.rule.operator()
    once = operator(case.train())
    twice = operator.encode(once)
    assert twice.spikes == once
    assert twice.undecided == 0
    assert twice.counts.tolist() == once.counts.tolist()


@share(0.4)
@given(signals)
def test_idempotent_on_signals(case):
    """L(L(f)) = L(f), crossings included."""
    operator = case.rule.operator()
    once = operator(case.signal())
    assert operator(once) == once


@given(randoms, st.sampled_from([0.0, 0.1, 3.0]), st.sampled_from(RESETS))
def test_fixed_points(rng, alpha, reset):
    """Modulo leaves every train of multiples of theta as it is; the others those with weights +-theta."""
    theta = rng.choice([0.1, 0.3, 0.7, 1.0])
    s = lattice(rng, theta, 4 if reset == "modulo" else 1)
    enc = sm.LIF(theta, alpha, reset).encode(s)
    assert enc.spikes == s
    assert enc.potential == 0.0


@given(trains)
def test_what_comes_out_lies_on_the_lattice(case):
    """Output weights are exactly count * threshold, +-threshold unless modulo."""
    eta = case.rule.operator()(case.train())
    assert eta.exact_weights() == [k * Fraction(case.rule.theta) for k in eta.counts.tolist()]
    assert (eta.counts != 0).all()
    if case.rule.reset != "modulo":
        assert (np.abs(eta.counts) == 1).all()
    if not case.rule.bipolar:
        assert (eta.counts > 0).all()


@given(trains)
def test_odd_symmetry_on_trains(case):
    """L(-f) = -L(f)."""
    operator = case.rule.operator(bipolar=True)
    assert operator(-case.train()) == -operator(case.train())


@share(0.4)
@given(signals)
def test_odd_symmetry_on_signals(case):
    """L(-f) = -L(f), bit for bit, crossings included."""
    operator = case.rule.operator(bipolar=True)
    f = case.signal()
    assert operator(-f) == -operator(f)


@given(trains, st.sampled_from([1.0, 0.1, -3.7, 2.0**40, 1e9, 1e-30]))
def test_time_shift_on_trains(case, dt):
    """Shifting the train shifts the spikes, exactly, for any shift."""
    operator = case.rule.operator()
    plain, moved = operator.encode(case.train()), operator.encode(case.train().shift(dt))
    assert moved.spikes.exact_times() == [t + Fraction(dt) for t in plain.spikes.exact_times()]
    assert moved.counts.tolist() == plain.counts.tolist()
    assert moved.potential == pytest.approx(plain.potential, rel=1e-12, abs=1e-13 * case.rule.theta)


@share(0.4)
@given(drawn(signal_case), st.sampled_from([1.0, 0.5, -64.0, 2.0**30]))
def test_time_shift_on_signals(case, dt):
    """Shifting by a power of two changes nothing but the times."""
    operator = case.rule.operator()
    f = case.signal()
    plain, moved = operator.encode(f), operator.encode(f.shift(dt))
    assert moved.counts.tolist() == plain.counts.tolist()
    assert (moved.potential, moved.undecided) == (plain.potential, plain.undecided)
    assert moved.spikes.exact_times() == [t + Fraction(dt) for t in plain.spikes.exact_times()]


@given(trains, st.sampled_from([2.0, 0.5, 3.0, 2.0**-40, 1e10]))
def test_scaling_signal_and_threshold(case, c):
    """L_(c theta)(c f) = c L_theta(f), c > 0 (where c * theta is a float)."""
    theta = case.rule.theta
    if Fraction(c) * Fraction(theta) != Fraction(c * theta) or any(0 < abs(a) < 1e-250 for a in case.weights):
        return
    plain = case.rule.operator().encode(case.train())
    large = case.rule.operator(theta=c * theta).encode(case.train() * c)
    assert large.spikes == plain.spikes * c
    assert large.counts.tolist() == plain.counts.tolist()


@share(0.4)
@given(signals, st.sampled_from([2.0, 0.25]))
def test_scaling_signal_and_threshold_by_a_power_of_two(case, c):
    """On signals too, bit for bit."""
    f = case.signal()
    plain = case.rule.operator().encode(f)
    large = case.rule.operator(theta=c * case.rule.theta).encode(f * c)
    assert large.spikes == plain.spikes * c
    assert large.counts.tolist() == plain.counts.tolist()


@given(randoms, st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from(RESETS), st.sampled_from([2.0, 3.0, 0.25]))
def test_time_change_by_a_factor(rng, alpha, reset, c):
    """t -> c t with alpha / c: the same counts, at c times the times."""
    theta = rng.choice([0.3, 1.0])
    x = [weight(rng, theta, rng.choice(["decimal", "tie"])) for _ in range(8)]
    plain = sm.LIF(theta, alpha * c, reset)(sm.SpikeTrain.from_samples(x, fs=10.0 * c))
    slow = sm.LIF(theta, alpha, reset)(sm.SpikeTrain.from_samples(x, fs=10.0))
    assert slow.counts.tolist() == plain.counts.tolist()
    assert slow.exact_times() == [t * Fraction(c) for t in plain.exact_times()]


@given(drawn(train_case, alphas=(0.0,), **OPTIONS))
def test_any_increasing_time_change_without_leak(case):
    """alpha = 0: only the order of the events counts (t -> t^3 + t here)."""
    warped = [t**3 + t for t in case.times]
    if len(set(warped)) != len(set(case.times)):
        return
    s = sm.SpikeTrain(warped, case.weights)
    plain, other = case.rule.operator().encode(case.train()), case.rule.operator().encode(s)
    assert other.counts.tolist() == plain.counts.tolist()
    assert other.spikes.times.tolist() == [t**3 + t for t in plain.spikes.times.tolist()]
    assert other.potential == plain.potential


@given(plain_trains, randoms)
def test_monotone(case, rng):
    """Modulo, alpha = 0: F <= G everywhere gives ordered output primitives."""
    f, operator = case.train(), case.rule.operator()
    t = sorted({*case.times, case.domain[1]})
    lift = [rng.choice([0.0, 0.1, case.rule.theta, 0.5]) for _ in t]
    ups = sm.SpikeTrain(t, lift, domain=case.domain)
    downs = sm.SpikeTrain(t[1:], lift[:-1], domain=case.domain)
    gap = operator(f + ups - downs) - operator(f)
    level = Fraction(0)
    for a in gap.exact_weights():
        level += a
        assert level >= 0


@given(plain_trains, st.integers(1, 5))
def test_coarser_after_finer(case, m):
    """Modulo, alpha = 0: L_(m theta) L_theta = L_(m theta)."""
    theta = case.rule.theta
    if Fraction(m * theta) != m * Fraction(theta):
        return
    coarse = sm.IF(m * theta)
    assert coarse(sm.IF(theta)(case.train())) == coarse(case.train())


@given(modulo_trains, st.integers(0, 12))
def test_chunking_with_carried_state(case, cut):
    """What is left of the first part, put before the rest, gives the rest of the spikes."""
    operator, f = case.rule.operator(), case.train()
    t0, t1 = case.domain
    middle = case.times[min(cut, len(case.times) - 1)] if case.times else t0
    first = f.restrict(t0, middle)
    residual = first - operator(first)
    rest = operator(f - first + residual)
    assert rest == operator(f) - operator(first)
    assert rest.domain == (t0, t1)


@given(trains, st.integers(0, 12))
def test_causal(case, cut):
    """The spikes up to t depend on the signal up to t only."""
    operator, f = case.rule.operator(), case.train()
    t0, _ = case.domain
    middle = case.times[min(cut, len(case.times) - 1)] if case.times else t0
    assert operator(f.restrict(t0, middle)) == operator(f).restrict(t0, middle)


@given(trains)
def test_l1_contraction(case):
    """S8, every reset: sum |s| + |potential| <= sum |a| after coalescing."""
    f = case.train()
    enc = case.rule.operator().encode(f)
    out = sum(map(abs, enc.spikes.exact_weights()), Fraction(0)) + abs(Fraction(enc.potential))
    room = 1 + Fraction(1, 10**12)  # the potential is a float view
    assert out <= sum(map(abs, f.exact_weights()), Fraction(0)) * room


@given(drawn(train_case, extreme=False), randoms)
def test_zero_weight_events_change_nothing(case, rng):
    """Zero weights vanish before anything else, so they re-arm nothing; every setting."""
    extra = [(float(rng.choice(case.times or (0.0,))), 0.0) for _ in range(3)]
    extra += [(rng.randint(0, 10) / 10 * case.domain[1], 0.0)]
    times, weights = zip(
        *sorted([*zip(case.times, case.weights, strict=True), *extra], key=lambda e: e[0]), strict=True
    )
    padded = TrainCase(times, weights, case.domain, case.rule)
    operator = case.rule.operator()
    assert operator.encode(padded.train()) == operator.encode(case.train())


@given(drawn(train_case, extreme=False))
def test_splitting_a_pulse_changes_nothing(case):
    """Equal times coalesce, so a pulse in same-sign parts at one time is the pulse."""
    halves = [x / 2 for x in case.weights]
    parts = [p for x, h in zip(case.weights, halves, strict=True) for p in (h, x - h)]
    split = TrainCase(tuple(np.repeat(case.times, 2).tolist()), tuple(parts), case.domain, case.rule)
    assert split.train() == case.train()
    assert case.rule.operator().encode(split.train()) == case.rule.operator().encode(case.train())
