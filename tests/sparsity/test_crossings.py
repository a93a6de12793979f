"""Theory S6: integrate-and-fire counts completed crossings; on average over the lattice, the truncated variation."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from laws.cases import drawn, share, signal_case
from oracles.sparsity import crossings, truncated_variation
from scipy.interpolate import PPoly

import spikemath as sm
from spikemath.sparsity import crossing_count, l1
from spikemath.sparsity import crossings as module
from spikemath.sparsity.crossings import crossings_of_values, exact_truncated_variation

from .cases import short_trains


def primitive(eta):
    return list(accumulate(eta.exact_weights()))


@given(short_trains(most=8))
def test_the_count_is_that_of_every_band_by_itself(case):
    eta, theta = case.train(), Fraction(case.theta)
    path = [Fraction(0), *primitive(eta)]
    bands = range(int(min(path) / theta) - 2, int(max(path) / theta) + 3)
    for offset in (0.0, 0.25 * case.theta, -1.5 * case.theta, 0.1):
        if abs(offset) > 3 * case.theta:
            continue
        h = Fraction(offset)
        want = sum(crossings(path, (k - 1) * theta + h, k * theta + h) for k in [*bands, bands[-1] + 1, bands[0] - 1])
        assert crossing_count(eta, case.theta, offset) == want


@given(short_trains(most=8))
def test_integrate_and_fire_counts_crossings(case):
    eta = case.train()
    assert l1(sm.IF(case.theta)(eta)) == Fraction(case.theta) * crossing_count(eta, case.theta)


def test_integrate_and_fire_counts_crossings_of_signals():
    """Held and joined samples, polynomials, with pulses: stretches that meet the lattice or just do not."""

    @share(0.3)
    @given(drawn(signal_case, resets=("modulo",), alphas=(0.0,), refractory=False))
    def run(case):
        f = case.signal()
        try:
            found = crossing_count(f, case.rule.theta)
        except ArithmeticError:
            return
        assert np.abs(sm.IF(case.rule.theta)(f).counts).sum() == found

    run()


@pytest.mark.parametrize(
    ("signal", "count"),
    [
        (sm.Signal.from_samples([1.0, -1.0], fs=1.0), 2),
        (sm.Signal.from_samples([1.0], fs=1.0) + sm.SpikeTrain([1.0], [-0.5]), 1),  # a limit from the left counts
        (sm.Signal.from_samples([-1.0], fs=1.0) + sm.SpikeTrain([1.0], [0.5]), 1),
        (sm.Signal.from_samples([1.5], fs=1.0) + sm.SpikeTrain([1.0], [-0.5]), 1),
        (sm.Signal.from_samples([1.0, 0.0, 0.0], fs=1.0) + sm.SpikeTrain([2.0], [-0.5]), 1),  # attained, then left
        (sm.Signal.from_samples([2.0, -2.0], fs=1.0, hold="linear"), 0),  # 2 t - 2 t^2 touches 1/2
        (sm.Signal.from_samples([4.0, -4.0], fs=1.0, hold="linear"), 2),  # 4 t - 4 t^2 touches 1 and returns
        (sm.Signal.from_ppoly(PPoly([[3.0], [0.0], [-1.0]], [-1.0, 1.0])), 6),
    ],
)
def test_edges_of_bands(signal, count):
    assert crossing_count(signal, 1.0) == count == np.abs(sm.IF(1.0)(signal).counts).sum()


def test_a_turning_point_that_cannot_be_told_is_an_error():
    """The float neighbours of the largest value are told; what is on the lattice as far as can be seen is not."""
    f = sm.Signal.from_ppoly(PPoly([[-3.0], [0.0], [2.0]], [0.0, 1.0]))  # F = 2 t - t^3, largest at sqrt(2/3)
    top = 1.0886621079036347
    assert crossing_count(f, float(np.nextafter(top, 0.0))) == 1
    assert crossing_count(f, float(np.nextafter(top, 2.0))) == 0
    with pytest.raises(ArithmeticError, match="too close"):
        module._turning(Fraction(-1, 56), [Fraction(2), Fraction(1, 7)], Fraction(1, 2), Fraction(1), Fraction(1))


@given(short_trains(most=7))
def test_the_mean_over_the_offset_is_the_truncated_variation(case):
    """Exact integral: between break points F_n mod theta the count does not depend on the offset."""
    values, theta = primitive(case.train()), Fraction(case.theta)
    breaks = sorted({Fraction(0), theta, *(v % theta for v in values)})
    mean = sum((b - a) * crossings_of_values(values, theta, (a + b) / 2) for a, b in pairwise(breaks))
    assert mean == exact_truncated_variation(values, theta)


@given(short_trains(most=7))
def test_the_exact_truncated_variation_is_that_of_the_oracle_and_of_the_norm(case):
    eta, values = case.train(), primitive(case.train())
    for c in (0.0, 0.5 * case.theta, case.theta, 2 * case.theta):
        exact = exact_truncated_variation(values, Fraction(c))
        assert exact == truncated_variation([Fraction(0), *values], Fraction(c))
        assert sm.truncated_variation(eta, c) == pytest.approx(float(exact), rel=1e-12, abs=1e-12 * case.theta)


@given(short_trains(most=8))
def test_truncated_variation_bounds_the_l1_norm(case):
    """TV^(2 theta) <= ||IF f||_1 <= theta / (theta - c) TV^c, exactly."""
    eta, theta = case.train(), Fraction(case.theta)
    values, size = primitive(eta), l1(sm.IF(case.theta)(eta))
    assert exact_truncated_variation(values, 2 * theta) <= size
    for c in (Fraction(0), theta / 3, theta * Fraction(99, 100)):
        assert size * (theta - c) <= theta * exact_truncated_variation(values, c)


def test_the_bounds_are_sharp():
    """From below: a saw-tooth of height 3; from above: steps of one threshold, one way."""
    saw = [Fraction(x) for x in (3, 0, 3, 0)]
    assert exact_truncated_variation([Fraction(1)], Fraction(1, 2)) * 2 == 1 == crossings_of_values([Fraction(1)], 1)
    assert crossings_of_values(saw, Fraction(1)) == 12 > exact_truncated_variation(saw, Fraction(2)) == 4
    near = Fraction(2998, 1000)  # from just above -2 to just below 1 and back: 1 band each way
    path = [Fraction(999, 1000), Fraction(999, 1000) - near, Fraction(999, 1000)]
    assert crossings_of_values(path, Fraction(1)) == 2
    assert exact_truncated_variation(path, Fraction(2)) == 2 * (near - 2)


def test_bad_arguments():
    with pytest.raises(ValueError, match="threshold"):
        crossing_count(sm.SpikeTrain([0.0]), 0.0)
    with pytest.raises(TypeError, match="Signal"):
        crossing_count([1.0], 1.0)
    assert crossing_count(sm.SpikeTrains([sm.SpikeTrain([0.0]), sm.SpikeTrain([], [])]), 1.0) == [1, 0]
    assert crossing_count(sm.SpikeTrain([0.0], [1e300]), 1e-300) == int(Fraction(1e300) / Fraction(1e-300))


def test_a_count_that_ignores_one_direction_is_found_out(monkeypatch):
    """Plant: only crossings upward are counted."""

    def upward(path, k):
        flips, above = 0, None
        for low, high in path:
            now = True if k <= low else False if k > high else above
            flips += bool(now) and above is False
            above = now
        return flips

    monkeypatch.setattr(module, "_flips", upward)
    eta = sm.SpikeTrain([0.0, 1.0], [1.0, -1.0])
    assert crossing_count(eta, 1.0) != np.abs(sm.IF(1.0)(eta).counts).sum()
