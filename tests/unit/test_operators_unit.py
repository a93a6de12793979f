"""Operators as values, what an encoding tells, many channels, the fast arithmetic, exact domains."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from laws.cases import drawn, share, signal_case, train_case

import spikemath as sm

OPERATORS = [
    sm.LIF(1.0, 0.5),
    sm.LIF(0.3, 2.0, "zero", 0.1, False),
    sm.LIF(1.0, tau=0.25, arithmetic="fast"),
    sm.IF(1.0),
    sm.IF(1.0, "subtract", 0.25),
    sm.SendOnDelta(1.0),
    sm.SendOnDelta(0.1, bipolar=False),
]


@pytest.mark.parametrize("operator", OPERATORS, ids=repr)
def test_operators_are_values(operator):
    """Equal to copies and pickles and to nothing else; repr gives it back; nothing can be set."""
    for other in (copy.copy(operator), copy.deepcopy(operator), pickle.loads(pickle.dumps(operator))):
        assert other == operator
        assert hash(other) == hash(operator)
    assert sum(operator == x for x in OPERATORS) == 1
    assert eval(repr(operator), vars(sm)) == operator
    assert type(operator).__name__ in operator._repr_html_()
    with pytest.raises(AttributeError):
        operator.threshold = 2.0
    assert operator != "IF(1.0)"


def test_settings_can_be_read():
    """Every keyword comes back as given; tau as alpha."""
    lif = sm.LIF(0.3, tau=4.0, reset="zero", refractory=0.5, bipolar=False, arithmetic="fast")
    shown = (lif.threshold, lif.alpha, lif.reset, lif.refractory, lif.bipolar, lif.arithmetic)
    assert shown == (0.3, 0.25, "zero", 0.5, False, "fast")
    assert sm.IF(1.0).alpha == 0.0
    assert sm.IF(1.0).bipolar is True


def test_if_is_lif_without_leak():
    """IF(theta) and LIF(theta, 0) give the same encoding, although they are different operators."""
    s = sm.SpikeTrain([0.0, 1.0, 2.0], [0.7, 0.7, -2.0])
    assert sm.IF(1.0)(s) == sm.LIF(1.0, 0.0)(s)
    assert sm.IF(1.0) != sm.LIF(1.0, 0.0)


@given(drawn(train_case, extreme=False))
def test_an_encoding_tells_everything(case):
    """Spikes, counts, potential, undecided, operator; comparable, with a length."""
    operator, f = case.rule.operator(), case.train()
    enc = operator.encode(f)
    assert enc.spikes == operator(f)
    assert enc.counts.dtype == np.int64
    assert enc.counts.tolist() == enc.spikes.counts.tolist()
    assert enc.spikes.quantum == case.rule.theta
    assert enc.operator is operator
    assert len(enc) == len(enc.spikes)
    assert enc == operator.encode(f)
    assert hash(enc) == hash(operator.encode(f))
    assert enc.spikes.domain == f.domain
    assert "svg" in enc._repr_html_()


@share(0.5)
@given(drawn(signal_case))
def test_the_potential_is_the_running_integral_of_what_is_left(case):
    """Modulo and subtract: potential at t1 = U_(f - eta)(t1)."""
    if case.rule.reset == "zero":
        return
    f = case.signal()
    enc = case.rule.operator().encode(f)
    u = (f - enc.spikes).running_integral(case.rule.alpha)
    assert enc.potential == pytest.approx(u(f.domain[1]), rel=1e-9, abs=1e-11 * case.rule.theta)


def test_channels_are_encoded_one_by_one():
    """Many channels give SpikeTrains, one potential each, and the sum of undecided cases."""
    rng = np.random.default_rng(0)
    f = sm.Signal.from_samples(rng.normal(size=(3, 50)), fs=10.0)
    for operator in (sm.LIF(0.1, 1.0), sm.IF(0.1, "zero", 0.2), sm.SendOnDelta(0.5, bipolar=False)):
        enc = operator.encode(f)
        assert isinstance(enc.spikes, sm.SpikeTrains)
        assert len(enc.spikes) == 3
        each = [operator.encode(c) for c in f]
        assert [e.spikes for e in each] == list(enc.spikes)
        assert enc.potential.tolist() == [e.potential for e in each]
        assert enc.counts.tolist() == [k for e in each for k in e.counts]
        assert operator(enc.spikes) == sm.SpikeTrains(operator(s) for s in enc.spikes) if operator.alpha else True
        assert pickle.loads(pickle.dumps(enc)) == enc


@share(0.5)
@given(drawn(train_case, extreme=False, alphas=(0.0, 0.5, 2.0)))
def test_fast_agrees_away_from_ties(case):
    """Plain floats give the same spikes wherever no comparison is within 1e-9 of a tie."""
    from laws.checks import check_train_encoding, ours

    truth = check_train_encoding(ours, case)
    if truth is None or truth.closest < 1e-9 or case.rule.refractory > 0.0:
        return
    r = case.rule
    fast = sm.LIF(r.theta, r.alpha, r.reset, r.refractory, r.bipolar, "fast").encode(case.train())
    assert fast.counts.tolist() == truth.counts
    assert np.allclose(fast.spikes.times, [float(t) for t in truth.times], rtol=1e-12, atol=1e-12)
    assert fast.potential == pytest.approx(
        float(truth.potential), abs=1e-9 * max(r.theta, *map(abs, case.weights), 0.0)
    )


def test_fast_works_on_signals():
    f = sm.Signal.from_samples([1.1, -2.3, 0.7], fs=1.0)
    for reset in ("modulo", "subtract", "zero"):
        exact, fast = (sm.LIF(0.3, 0.7, reset, arithmetic=a).encode(f) for a in ("exact", "fast"))
        assert fast.counts.tolist() == exact.counts.tolist()
        assert np.allclose(fast.spikes.times, exact.spikes.times, rtol=1e-9)


def test_a_signal_with_only_pulses_is_a_train():
    """A train in the shape of a Signal is encoded as a train: exact times."""
    s = sm.SpikeTrain([0.1, 0.2], [0.1, 0.2])
    f = s + 0 * sm.Signal.from_samples([1.0], fs=1.0)
    assert sm.IF(0.3)(f).exact_times() == sm.IF(0.3)(s).exact_times()
    assert sm.IF(0.3)(f).domain == (0.0, 1.0)


@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_one_sided_fires_upwards_only(reset):
    """bipolar=False: a deep negative potential has to be paid back before the next spike."""
    s = sm.SpikeTrain([0.0, 1.0, 2.0, 3.0], [-5.0, 1.0, 5.0, 1.0])
    assert sm.IF(1.0, reset, bipolar=False).encode(s).spikes.times.tolist() in ([2.0, 3.0], [2.0])
    assert (sm.IF(1.0, reset, bipolar=False).encode(s).counts > 0).all()
    f = sm.Signal.from_samples([-1.0, 1.0, 1.0, 1.0], fs=1.0)
    assert np.ceil(sm.IF(0.5, reset, bipolar=False)(f).times).tolist() == [3.0, 3.0, 4.0, 4.0]


def test_refractory_time_on_a_constant():
    """f = 10.3, theta = 1, t_r = 1: subtract is rate-limited, modulo sends what has accumulated."""
    f = sm.Signal.from_samples([10.3] * 4, fs=1.0)
    modulo = sm.IF(1.0, refractory=1.0).encode(f)
    subtract = sm.IF(1.0, "subtract", refractory=1.0).encode(f)
    zero = sm.IF(1.0, "zero", refractory=1.0).encode(f)
    assert modulo.counts.tolist() == [1, 10, 10, 10]
    assert subtract.counts.tolist() == zero.counts.tolist() == [1, 1, 1, 1]
    assert np.diff(modulo.spikes.times).tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert subtract.potential == pytest.approx(37.2)
    assert zero.potential == pytest.approx(9.3)
