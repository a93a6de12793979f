"""Theory section 6, every "no" of the law table, as one explicit counterexample each."""

from __future__ import annotations

import math

import numpy as np
import pytest

import spikemath as sm


def encode(weights, reset, alpha=0.0, threshold=1.0, times=None):
    """Counts per event of a train at times 0, 1, 2, ..."""
    times = np.arange(float(len(weights))) if times is None else np.asarray(times)
    eta = sm.LIF(threshold, alpha, reset)(sm.SpikeTrain(times, weights))
    out = np.zeros(len(weights))
    out[np.searchsorted(times, eta.times)] = eta.counts
    return out.tolist()


@pytest.mark.parametrize(
    ("reset", "alpha", "low", "high"),
    [
        ("modulo", 1.0, [-1.5, -0.5], [-1.0, -1.0]),
        ("subtract", 0.0, [1.0, 1.0], [2.0, 0.0]),
        ("zero", 0.0, [1.0, 1.0], [1.5, 0.5]),
    ],
)
def test_not_monotone(reset, alpha, low, high):
    """F <= G, but the output primitive of G falls below that of F."""
    assert (np.cumsum(low) <= np.cumsum(high)).all()
    gap = np.cumsum(encode(high, reset, alpha)) - np.cumsum(encode(low, reset, alpha))
    assert (gap < 0).any()


def test_order_is_kept_by_the_same_trains_under_modulo_without_leak():
    """The counterexamples above are none for modulo with alpha = 0."""
    for low, high in (([-1.5, -0.5], [-1.0, -1.0]), ([1.0, 1.0], [2.0, 0.0]), ([1.0, 1.0], [1.5, 0.5])):
        assert (np.cumsum(encode(high, "modulo")) >= np.cumsum(encode(low, "modulo"))).all()


@pytest.mark.parametrize(
    ("reset", "alpha", "weights"),
    [("modulo", 1.0, [1.5, 1.5]), ("subtract", 0.0, [2.0]), ("zero", 0.0, [2.0])],
)
def test_coarser_after_finer_is_not_coarser(reset, alpha, weights):
    """L_2 L_1 differs from L_2."""
    f = sm.SpikeTrain(np.arange(float(len(weights))), weights)
    fine, coarse = sm.LIF(1.0, alpha, reset), sm.LIF(2.0, alpha, reset)
    assert coarse(fine(f)) != coarse(f)
    assert len(coarse(f)) == 1


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_fixed_points_are_only_single_thresholds(reset):
    """A weight of 2 theta is no fixed point of subtract and zero; it is one of modulo."""
    s = sm.SpikeTrain([0.0], [2.0])
    assert sm.LIF(1.0, 0.0, reset)(s) != s
    assert sm.LIF(1.0, 0.0, "modulo")(s) == s


def test_time_change_needs_its_leak():
    """With leak, t -> 2 t without alpha / 2 changes the spikes; so does a change that is not linear."""
    weights = [0.75, 0.75]
    assert encode(weights, "modulo", 0.5) == [0.0, 1.0]
    assert encode(weights, "modulo", 0.5, times=[0.0, 4.0]) == [0.0, 0.0]
    assert encode(weights, "modulo", 0.125, times=[0.0, 4.0]) == [0.0, 1.0]


def test_a_tiny_event_rearms_subtract_and_a_zero_one_does_not():
    """Single-shot: the next Dirac re-arms however small; so zero weights must be dropped, and are."""
    assert encode([3.0, 1e-300], "subtract") == [1.0, 1.0]
    assert encode([3.0, 0.0], "subtract") == [1.0, 0.0]
    assert encode([3.0, 1e-300], "modulo") == encode([3.0, 0.0], "modulo") == [3.0, 0.0]
    assert encode([3.0, 1e-300], "zero") == encode([3.0, 0.0], "zero") == [1.0, 0.0]


@pytest.mark.parametrize(("reset", "whole", "split"), [("modulo", 2, 2), ("subtract", 1, 2), ("zero", 1, 2)])
def test_splitting_over_an_instant(reset, whole, split):
    """2 theta as one pulse, or as two an ulp apart: the same mass for modulo only."""
    later = math.nextafter(1.0, 2.0)
    assert sum(encode([2.0], reset, times=[1.0])) == whole
    assert sum(encode([1.0, 1.0], reset, times=[1.0, later])) == split


def test_subtract_and_zero_do_not_keep_the_bound():
    """Q4, Q5: one pulse of 3 theta; and zero reset drifts without bound on a = 0.3 x 400 (theory: 20.7)."""
    f = sm.SpikeTrain([0.0], [3.0])
    for reset in ("subtract", "zero"):
        assert sm.alexiewicz_norm(f - sm.IF(1.0, reset)(f)) == 2.0
    f = sm.SpikeTrain.from_samples(np.full(400, 0.3), fs=1.0)
    assert sm.alexiewicz_norm(f - sm.IF(1.0, "zero")(f)) == pytest.approx(20.7)
    assert sm.alexiewicz_norm(f - sm.IF(1.0, "subtract")(f)) < 1.0


def test_subtract_is_modulo_up_to_the_stated_size():
    """Q4: A <= (2 - beta) theta suffices for subtract = modulo; beyond it they differ."""
    alpha, rng = 1.0, np.random.default_rng(0)
    largest = 2.0 - math.exp(-alpha)
    x = rng.uniform(-largest, largest, 2000)
    f = sm.SpikeTrain.from_samples(x, fs=1.0)
    assert sm.LIF(1.0, alpha, "subtract")(f) == sm.LIF(1.0, alpha)(f)
    f = sm.SpikeTrain.from_samples(np.full(50, largest * 1.2), fs=1.0)
    assert sm.LIF(1.0, alpha, "subtract")(f) != sm.LIF(1.0, alpha)(f)


def test_a_short_refractory_time_does_not_make_subtract_modulo():
    """Q6, refuted: alpha > 0, one pulse of 2 theta: subtract emits one theta for every t_r > 0."""
    f = sm.SpikeTrain([0.0], [2.0], domain=(0.0, 5.0))
    for t_r in (1.0, 1e-3, 1e-9, 1e-100):
        assert sm.LIF(1.0, 1.0, "subtract", refractory=t_r).encode(f).counts.tolist() == [1]
    assert sm.LIF(1.0, 1.0).encode(f).counts.tolist() == [2]
    assert sm.IF(1.0, "subtract", refractory=1e-9).encode(f).counts.tolist() == [1, 1]
