"""One test for every rounding bug that was ever found, with the property it broke in words."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from oracles.trains import encode_train

import spikemath as sm


def test_a_tenth_and_two_tenths_reach_three_tenths():
    """The floats 0.1 and 0.2 sum to more than the float 0.3, as real numbers: IF fires."""
    assert Fraction(0.1) + Fraction(0.2) > Fraction(0.3)
    enc = sm.IF(0.3).encode(sm.SpikeTrain([0.0, 1.0], [0.1, 0.2]))
    assert enc.counts.tolist() == [1]
    assert Fraction(enc.potential) == Fraction(0.1) + Fraction(0.2) - Fraction(0.3)


def test_three_tenths_over_a_tenth():
    """The float 0.3 is below three times the float 0.1, so the count is 2: here the float quotient is right,
    and a "repaired" quotient (round to 3) would be wrong."""
    assert Fraction(0.3) < 3 * Fraction(0.1)
    assert sm.IF(0.1).encode(sm.SpikeTrain([0.0], [0.3])).counts.tolist() == [2]


def test_quotients_that_floats_truncate_wrongly():
    """0.1 + 0.2 exceeds... every k/10 against 0.1: counts are those of the rationals for all k."""
    wrong = 0
    for k in range(1, 60):
        w = k / 10
        true = Fraction(w) // Fraction(0.1)
        assert sm.IF(0.1).encode(sm.SpikeTrain([0.0], [w])).counts.tolist() == [true]
        wrong += math.trunc(w / 0.1) != true
    assert wrong > 0


@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_a_subnormal_beside_a_multiple_of_the_threshold(reset):
    """An earlier quantizer looped forever on -5e-324 beside 3 * 0.1 at theta = 0.3."""
    t, a = [0.0, 0.0, 1.0, 2.0], [0.30000000000000004, -5e-324, -5e-324, 0.3]
    truth = encode_train([*map(Fraction, t)], [*map(Fraction, a)], (0, 2), Fraction(0.3), reset=reset)
    enc = sm.IF(0.3, reset).encode(sm.SpikeTrain(t, a))
    assert enc.counts.tolist() == truth.counts
    assert enc.spikes.exact_times() == truth.times


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_hair_below_the_threshold_does_not_fire(alpha):
    """theta - 5e-324 as an exact sum of two pulses at one time: below, however small the difference."""
    f = sm.SpikeTrain([0.0, 0.0], [0.3, -5e-324])
    enc = sm.LIF(0.3, alpha).encode(f)
    assert (enc.counts.size, enc.undecided) == (0, 0)
    assert sm.alexiewicz_norm(f, alpha) < 0.3
    assert sm.LIF(0.3, alpha).encode(-f).counts.size == 0


@pytest.mark.parametrize("fs", [1.0, 8.0, 1000.0])
def test_a_crossing_on_a_tick_of_a_linear_hold_is_reported_before_it(fs):
    """The crossing falls exactly on a sample: the report lay on it, where |u| = theta, and the bound was not strict."""
    f = sm.Signal.from_samples([0.0, 1.0, 2.0, 3.0], fs=fs, hold="linear")
    theta = 0.5 / fs
    if Fraction(theta) * Fraction(fs) != Fraction(1, 2):
        theta = math.nextafter(theta, 0.0)
    eta = sm.IF(theta)(f)
    first = eta.exact_times()[0]
    assert first < Fraction(1) / Fraction(fs)
    assert sm.alexiewicz_norm(f - eta) < theta


def test_a_refractory_end_is_not_rounded_down():
    """t + t_r that no float holds: firing a hair before its end is a violation; the end is exact in two floats."""
    t_r = 0.1
    s = sm.SpikeTrain([0.2, 0.25], [1.0, 1.0], domain=(0.0, 1.0))
    times = sm.IF(1.0, refractory=t_r).encode(s).spikes.exact_times()
    assert times == [Fraction(0.2), Fraction(0.2) + Fraction(t_r)]
    f = sm.Signal.from_samples([10.0, 10.0, 10.0], fs=3.0)
    times = sm.IF(0.1, refractory=t_r).encode(f).spikes.exact_times()
    assert len(times) > 5
    assert all(b - a >= Fraction(t_r) for a, b in pairwise(times))


@pytest.mark.parametrize("theta", [0.1, 0.3, 0.7, 1 / 3, 1e-3])
@pytest.mark.parametrize("alpha", [0.0, 2.0])
def test_multiples_of_the_threshold_that_are_no_floats(theta, alpha):
    """fl(k theta) may lie below k theta, and is then quantized to k - 1: counts are kept, so L(L(f)) = L(f)."""
    k = np.arange(1, 60)
    assert any(Fraction(float(n) * theta) < int(n) * Fraction(theta) for n in k) or theta == 1 / 3
    f = sm.SpikeTrain(k / 4, (k * theta) * (1 + 2.0**-50))
    lif = sm.LIF(theta, alpha)
    once = lif(f)
    assert lif(once) == once
    assert lif(once).counts.tolist() == once.counts.tolist()
    assert once.exact_weights() == [n * Fraction(theta) for n in once.counts.tolist()]


def test_rounded_weights_would_break_the_bound():
    """The float view of the weights is not the train: its norm of f - eta may reach the threshold."""
    rng = np.random.default_rng(2)
    broken = 0
    for _ in range(200):
        f = sm.SpikeTrain(np.arange(60.0), rng.integers(-30, 31, 60) * 0.1)
        eta = sm.IF(0.3)(f)
        assert sm.alexiewicz_norm(f - eta) < 0.3
        broken += sm.alexiewicz_norm(f - sm.SpikeTrain(eta.times, eta.weights)) >= 0.3
    assert broken > 0


def test_long_sums_of_tenths():
    """Ten thousand times 0.1: the real sum is 0.1's own rational times 10,000, not the drifting float sum."""
    n = 10_000
    eta = sm.IF(1.0)(sm.SpikeTrain.from_samples(np.full(n, 0.1), fs=1.0))
    want = [i for i in range(n) if ((i + 1) * Fraction(0.1)) // 1 > (i * Fraction(0.1)) // 1]
    assert eta.times.tolist() == want


def test_cancellation_of_huge_weights():
    """1e200 and -1e200 in between leave the small weights untouched."""
    enc = sm.IF(0.3, "subtract").encode(sm.SpikeTrain([0.0, 1.0, 1.0, 1.0, 2.0], [0.1, 1e200, -1e200, 0.1, 0.1]))
    truth = encode_train([Fraction(t) for t in (0, 1, 2)], [Fraction(0.1)] * 3, (0, 2), Fraction(0.3), reset="subtract")
    assert enc.counts.tolist() == truth.counts


def test_no_overflow_of_exp_for_a_large_leak():
    """alpha * t beyond 709 overflows e^(+alpha t): there is no such prefix trick here."""
    s = sm.SpikeTrain([0.0, 1.0, 2.0], [0.6, 0.6, 1.2])
    enc = sm.LIF(1.0, 5000.0).encode(s)
    assert enc.counts.tolist() == [1]
    assert enc.potential == pytest.approx(0.2)


def test_a_tiny_leak_is_not_lost():
    """alpha * dt = 1e-18: in doubles exp(-alpha dt) = 1, and a pulse of theta split in two would fire; it does not."""
    s = sm.SpikeTrain([0.0, 1.0], [0.5, 0.5])
    assert sm.LIF(1.0, 1e-18).encode(s).counts.size == 0
    assert sm.LIF(1.0, 1e-200).encode(s).counts.size == 0
    assert sm.LIF(1.0, 0.0).encode(s).counts.tolist() == [1]
    assert sm.alexiewicz_norm(s, 1e-18) < 1.0


def test_equal_times_means_equal():
    """One ulp apart is not coalesced: subtract re-arms in between."""
    later = math.nextafter(1.0, 2.0)
    assert len(sm.IF(1.0, "subtract")(sm.SpikeTrain([1.0, later], [1.0, 1.0]))) == 2
    assert len(sm.IF(1.0, "subtract")(sm.SpikeTrain([1.0, 1.0], [1.0, 1.0]))) == 1
    assert len(sm.SpikeTrain([0.0, -0.0], [1.0, -1.0])) == 0


def test_the_float_view_of_a_weight_is_rounded_once():
    """1 + (1 + 2 ulp / 2) is half way between two floats, 5e-324 decides: rounding twice gave the lower one."""
    s = sm.SpikeTrain([0.0, 0.0, 0.0], [1.0, 5e-324, 1.0000000000000002])
    assert s.weights.tolist() == [float(s.exact_weights()[0])] == [2.0000000000000004]
    assert (-s).weights.tolist() == [-2.0000000000000004]


def test_a_difference_below_every_float_decides_where_the_norm_is():
    """Two events whose |U| differ by 5e-324: the norm rounds to the same float, and the value there is that float."""
    s = sm.SpikeTrain([0.0, 0.0, 0.1], [-1.0, -0.9999999999999999, -5e-324])
    value, time, side, attained = sm.alexiewicz_extremum(s)
    assert (value, side, attained) == (-1.9999999999999998, "right", True)
    assert time in (0.0, 0.1)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_tiny_pulse_beside_huge_ones_is_not_forgotten(sign):
    """1e200 - 5e-324 is below 1e200: what underflows when data are scaled has to stay in the error bound."""
    f = sm.SpikeTrain([0.0, 1.0], [sign * 1e200, -sign * 5e-324])
    g = sm.SpikeTrain([0.0, 1.0, 2.0], [sign * 5e-324, -sign * 1e200, sign * 1e200])
    low, high = sm.alexiewicz_bounds(f, bits=2000), sm.alexiewicz_bounds(g, bits=2000)
    assert low == (Fraction(1e200), Fraction(1e200))
    assert high == (Fraction(1e200) - Fraction(5e-324),) * 2
    assert sm.alexiewicz_norm(g) < 1e200
    assert sm.certify(g, sm.SpikeTrain([]), 1e200).verdict == "holds"
    assert sm.certify(f, sm.SpikeTrain([]), 1e200).verdict == "fails"
    together = sm.SpikeTrain([0.0, 0.0], [sign * 1e200, -sign * 5e-324])  # one pulse, which no float is
    assert sm.alexiewicz_bounds(together, bits=2000) == high
    assert sm.alexiewicz_norm(together) < 1e200


@pytest.mark.parametrize("reset", ["modulo", "subtract"])
def test_a_crossing_that_no_coordinate_tells_from_the_spike_before_it(reset):
    """After the pulse at 0.25 fires, u = -1 + 5e-324, and crosses again 1e-324 later: one spike of two thresholds."""
    f = sm.Signal.from_samples([-4.0], fs=1.0) + sm.SpikeTrain([0.0, 0.25], [5e-324, -1.0])
    enc = sm.IF(1.0, reset=reset).encode(f)
    at = enc.spikes.times.tolist().index(0.25)
    assert enc.counts[at] == -2
    assert enc.counts.sum() == -4
    if reset == "modulo":
        assert sm.certify(f, enc, 1.0).verdict == "holds"


@pytest.mark.parametrize("refractory", [0.0, 0.25])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_tie_after_a_cancellation(sign, refractory):
    """The last component of an expansion is not the number: here it is 13 ulp short, and u = -theta exactly."""
    theta, a = 0.010000168727711001, sign * 0.30000000000000004
    enc = sm.IF(theta, "subtract", refractory).encode(sm.SpikeTrain([0.0, 0.1], [a, -a], domain=(0.0, 0.2)))
    assert enc.counts.tolist() == ([sign] if refractory else [sign, -sign])
    assert enc.potential == (-sign * theta if refractory else 0.0)
