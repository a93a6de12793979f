"""Crossings where they are easiest to miss: tangencies, double crossings, knots, the end, pulses, rheobase."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from oracles.norms import minus_train, sup_norm
from oracles.piecewise import Signal as ExactSignal
from oracles.trains import exact
from scipy.interpolate import PPoly

import spikemath as sm


def polynomial(coefficients, length):
    """Ascending coefficients on [0, length]."""
    return sm.Signal.from_ppoly(PPoly(np.array(coefficients[::-1])[:, None], [0.0, length]))


def exact_sup(f_pieces, knots, spikes, theta, alpha=0.0, pulses=()):
    signal = ExactSignal(
        [Fraction(k) for k in knots],
        [[Fraction(c) for c in p] for p in f_pieces],
        [(Fraction(t), Fraction(w)) for t, w in pulses],
    )
    masses = [k * Fraction(theta) for k in spikes.counts.tolist()]
    return exact(sup_norm(minus_train(signal, spikes.exact_times(), masses), Fraction(alpha))[0])


def test_a_parabola_that_touches_the_threshold_fires():
    """f = 2 - 2t integrates to 2t - t^2, which touches 1 at t = 1 and turns back: firing is closed, it fires."""
    f = polynomial([2.0, -2.0], 1.75)
    enc = sm.IF(1.0).encode(f)
    assert enc.counts.tolist() == [1]
    assert enc.undecided == 0
    assert Fraction(1) - Fraction(1, 2**20) < enc.spikes.exact_times()[0] < 1
    assert exact_sup([[2, -2]], [0, 1.75], enc.spikes, 1.0) < 1


@pytest.mark.parametrize("nudge", [-1, 0, 1], ids=["above", "touching", "below"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_tangency_is_decided_to_the_last_bit(nudge, sign):
    """The same parabola against the threshold and its two float neighbours; on the negative side likewise."""
    theta = math.nextafter(1.0, 1.0 + nudge) if nudge else 1.0
    enc = sm.IF(theta).encode(polynomial([2.0 * sign, -2.0 * sign], 1.75))
    assert enc.counts.tolist() == ([sign] if theta <= 1.0 else [])


def test_a_tangency_is_seen_on_linear_hold_too():
    """Samples 2, 0, -2 at fs = 1 with linear hold: the same parabola, its top exactly on a knot."""
    enc = sm.IF(1.0).encode(sm.Signal.from_samples([2.0, 0.0, -2.0], fs=1.0, hold="linear"))
    assert enc.counts.tolist() == [1, -1]  # back at 0, one below the spike, at t1
    assert enc.spikes.exact_times()[0] < 1


@pytest.mark.parametrize("alpha", [0.0, 0.25])
def test_a_double_crossing_inside_one_piece_is_not_missed(alpha):
    """u rises above the threshold and comes back inside one cubic piece, both ends being far below it."""
    t = np.polynomial.Polynomial([0.0, 1.0])
    bump = (t * (2.0 - t)) ** 2 * 1.5  # primitive: 0 at both ends, 1.5 in the middle
    f = polynomial((bump.deriv() + alpha * bump).coef.tolist(), 2.0)
    enc = sm.LIF(1.0, alpha).encode(f)
    assert enc.counts.tolist() == [1, -1] or enc.counts.tolist() == [1]
    assert enc.counts[0] == 1
    assert enc.spikes.times[0] < 1.0
    assert sm.alexiewicz_norm(f - enc.spikes, alpha) < 1.0


def test_a_narrow_double_crossing_is_not_missed():
    """A high-degree bump that is above the threshold for a millionth of the piece only."""
    height = 1.0 + 1e-12
    t = np.polynomial.Polynomial([0.0, 1.0])
    bump = (1.0 - (t - 1.0) ** 2) * height
    enc = sm.IF(1.0).encode(polynomial(bump.deriv().coef.tolist(), 1.75))
    assert enc.counts.tolist() == [1]
    assert sm.IF(1.0 + 2e-12).encode(polynomial(bump.deriv().coef.tolist(), 1.75)).counts.tolist() == []


def test_rheobase_never_fires():
    """x = alpha * theta drives u to theta in infinite time: no spike however long, one ulp more and it fires."""
    f = sm.Signal.from_samples(np.ones(40), fs=2.0**-10)  # 40,960 units of time: at the end exp(-80,000) below
    lif = sm.LIF(0.5, 2.0)
    assert lif.encode(f).counts.size == 0
    assert lif.encode(f).undecided == 0
    assert lif.encode(-f).counts.size == 0
    f = sm.Signal.from_samples(np.ones(40), fs=1.0)  # one ulp takes 18 units of time
    assert sm.LIF(math.nextafter(0.5, 0.0), 2.0).encode(f).counts.size > 0
    assert lif.encode(f * math.nextafter(1.0, 2.0)).counts.size > 0


@pytest.mark.parametrize("hold", ["zero", "linear"])
def test_a_crossing_exactly_at_a_knot_is_one_spike_before_it(hold):
    """u = 1 is reached exactly at the second knot: one spike, strictly before it, and none after."""
    f = sm.Signal.from_samples([1.0, 1.0, 0.0, 0.0], fs=1.0, hold=hold)
    enc = sm.IF(1.0).encode(f)
    assert enc.counts.tolist()[0] == 1
    assert 1 - Fraction(1, 2**40) < enc.spikes.exact_times()[0] < 1
    assert sm.alexiewicz_norm(f - enc.spikes) < 1.0


def test_a_crossing_exactly_at_the_end_fires():
    """u = theta is reached at t1 and not before: the domain is closed, so it fires, an instant early."""
    enc = sm.IF(1.0).encode(sm.Signal.from_samples([1.0], fs=1.0))
    assert enc.counts.tolist() == [1]
    assert 1 - Fraction(1, 2**40) < enc.spikes.exact_times()[0] < 1
    enc = sm.IF(math.nextafter(1.0, 2.0)).encode(sm.Signal.from_samples([1.0], fs=1.0))
    assert enc.counts.size == 0


@pytest.mark.parametrize("weight", [-0.5, 0.5, -1.0, 1.0, -3.0])
def test_a_left_limit_on_the_threshold_fires_before_the_pulse(weight):
    """u(1-) = theta exactly, and a pulse at 1: the limit counts as a crossing, or the norm would reach theta."""
    f = sm.Signal.from_samples([1.0, 0.0], fs=1.0) + sm.SpikeTrain([1.0], [weight])
    enc = sm.IF(1.0).encode(f)
    first = enc.spikes.exact_times()[0]
    assert enc.counts[0] == 1
    assert 1 - Fraction(1, 2**40) < first < 1
    assert sm.alexiewicz_norm(f - enc.spikes) < 1.0
    assert exact_sup([[1], [0]], [0, 1, 2], enc.spikes, 1.0, pulses=[(1, weight)]) < 1


def test_pulses_at_both_ends_count():
    """Diracs at t0 and at t1 are part of the signal and fire there."""
    f = sm.Signal.from_samples([0.0, 0.0], fs=1.0) + sm.SpikeTrain([0.0, 2.0], [1.0, -2.5])
    enc = sm.IF(1.0).encode(f)
    assert enc.spikes.times.tolist() == [0.0, 2.0]
    assert enc.counts.tolist() == [1, -2]
    assert enc.potential == -0.5


def test_zero_and_empty_signals_give_nothing():
    """The zero signal and the empty train: no spikes, potential 0, norm 0."""
    for f in (sm.Signal.from_samples([0.0, 0.0], fs=1.0), sm.SpikeTrain([]), sm.SpikeTrain([], [], (0.0, 3.0))):
        for alpha in (0.0, 1.0):
            enc = sm.LIF(0.5, alpha, refractory=0.1).encode(f)
            assert len(enc) == 0
            assert enc.potential == 0.0
            assert enc.undecided == 0
            assert sm.alexiewicz_norm(f, alpha) == 0.0
            assert enc.spikes.domain == f.domain


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_huge_and_tiny_signals(scale):
    """A factor of 1e200 or 1e-200 (a power of two of that size) in signal and threshold changes no spike."""
    factor = 2.0 ** round(math.log2(scale))
    x = np.array([0.3, -0.7, 1.1, 0.2, -0.9])
    for hold in ("zero", "linear"):
        for alpha in (0.0, 1.5):
            plain = sm.LIF(0.1, alpha).encode(sm.Signal.from_samples(x, fs=4.0, hold=hold))
            big = sm.LIF(0.1 * factor, alpha).encode(sm.Signal.from_samples(x * factor, fs=4.0, hold=hold))
            assert big.counts.tolist() == plain.counts.tolist()
            assert big.spikes.exact_times() == plain.spikes.exact_times()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_subtract_armed_again_at_the_threshold_itself_sees_what_comes_next(sign):
    """A jump to -2 theta leaves -theta: not armed. It rises at once, is armed, and fires at +theta."""
    f = sm.Signal.from_samples([2.0 * sign], fs=4.0) + sm.SpikeTrain([0.0], [-0.2 * sign])
    enc = sm.IF(0.1, reset="subtract").encode(f)
    assert (enc.counts * sign).tolist() == [-1, 1, 1, 1]
    assert enc.spikes.times == pytest.approx([0.0, 0.1, 0.15, 0.2], abs=1e-15)
    down = sm.Signal.from_samples([-2.0 * sign], fs=4.0) + sm.SpikeTrain([0.0], [-0.2 * sign])
    assert (sm.IF(0.1, reset="subtract").encode(down).counts * sign).tolist() == [-1]  # it never falls below: not armed


def test_a_crossing_at_the_end_of_the_domain_where_the_signal_is_zero():
    """u arrives at -2 theta with slope 0: an ulp of the threshold is 1e-8 of the time, and the spike is still legal."""
    f = sm.Signal.from_samples([-0.1, -0.30000000000000004, 0.0], fs=0.7, hold="linear")
    enc = sm.IF(0.25).encode(f)
    assert enc.counts.tolist() == [-1, -1]
    assert f.domain[1] - 1e-7 < enc.spikes.times[1] < f.domain[1]
    assert sm.certify(f, enc, 0.25).verdict == "holds"
