"""The claims N: both sides against the oracles, sharpness, and functionals that are not the norm."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import norms as oracle
from oracles.trains import exact

import spikemath as sm
from spikemath.strategies import spike_trains

from . import faults
from .faults import finds

some = settings(max_examples=max(5, settings().max_examples // 2))


def moderate(eta):
    """Weights and gaps that plain floats and 80 digits can follow."""
    return gap(eta) > 1e-3 and all(abs(a) > Fraction(1, 10**20) for a in eta.exact_weights())


trains = spike_trains(threshold=0.5, min_size=2, max_weight=1e6).filter(lambda eta: moderate(eta))
alphas = st.sampled_from([0.1, 1.0, 10.0])


def of(function, eta, alpha=0.0):
    value = function(eta.exact_times(), eta.exact_weights(), Fraction(alpha))
    return float(exact(value[0] if isinstance(value, tuple) else value))


def gap(eta):
    return float(min(b - a for a, b in pairwise(eta.exact_times())))


@some
@given(trains)
def test_n1_by_the_oracle(eta):
    found = sm.theorems.get("N1").check(eta)
    a, d = of(oracle.alexiewicz, eta), of(oracle.discrepancy, eta)
    assert found
    assert found.ratio == pytest.approx(max(a / d, d / (2 * a)), rel=1e-12)


def test_n1_is_decided_for_weights_of_very_different_size():
    found = sm.theorems.get("N1").check(sm.SpikeTrain([0.0, 0.5, 1.0], [0.5, 1e-308, 0.5]))
    assert (found.verdict, found.ratio) == ("holds", 1.0)


@some
@given(trains, alphas)
def test_n2_by_the_oracle(eta, alpha):
    found = sm.theorems.get("N2").check(eta, alpha)
    assert found.left == pytest.approx(of(oracle.discrepancy, eta, alpha), rel=1e-14)
    right = (1 + math.exp(-alpha * gap(eta))) * of(oracle.alexiewicz, eta, alpha)
    assert found.right == pytest.approx(right, rel=1e-14)


@some
@given(trains, alphas)
def test_n3_and_n4_by_the_oracle(eta, alpha):
    plain, leaky = of(oracle.alexiewicz, eta), of(oracle.alexiewicz, eta, alpha)
    T = eta.domain[1] - eta.domain[0]
    found = sm.theorems.get("N3").check(eta, alpha)
    assert found.left == pytest.approx(leaky, rel=1e-14)
    assert found.right == pytest.approx((1 - math.expm1(-alpha * T)) * plain, rel=1e-12)
    found = sm.theorems.get("N4").check(eta, alpha)
    assert found.left == pytest.approx(plain, rel=1e-14)
    assert found.right == pytest.approx((1 + alpha * T) * leaky, rel=1e-12)


@some
@given(trains, alphas)
def test_n6_by_the_oracle(eta, alpha):
    found = sm.theorems.get("N6").check(eta, alpha)
    m, leaky = max(abs(float(a)) for a in eta.exact_weights()), of(oracle.alexiewicz, eta, alpha)
    q = math.exp(-alpha * gap(eta))
    right = m / -math.expm1(-alpha * gap(eta))
    assert found.ratio == pytest.approx(max(m / (1 + q) / leaky, leaky / right), rel=1e-12)


def test_equality_is_met():
    """N1 and N4 are attained: left and right are the same float."""
    for name in ("N1", "N4"):
        claim = sm.theorems.get(name)
        found = claim.check(*claim.sharp[0].instance)
        assert found.verdict in ("holds", "undecided")
        assert found.left == found.right


def test_n4_is_decided_where_it_is_an_equality():
    """A running integral that stays at 1 is known to be rational, leak or no leak."""
    n4 = sm.theorems.get("N4")
    found = n4.check(*n4.sharp[0].instance)
    assert (found.verdict, found.left, found.right) == ("holds", 3.0, 3.0)
    assert found.margin < 1e-18


def test_n3_is_decided_a_little_below_equality():
    n3 = sm.theorems.get("N3")
    found = n3.check(*n3.sharp[0].instance)
    assert found
    assert 1 - 1e-12 < found.ratio < 1


def test_n2_fails_of_a_discrepancy_below_the_norm(monkeypatch):
    """The lower half is judged too."""
    n2 = sm.theorems.get("N2")
    module = sys.modules[n2.judge.__module__]
    monkeypatch.setattr(module, "_discrepancy", lambda eta, alpha, bits: (Fraction(0), Fraction(1, 2)))
    assert n2.check(sm.SpikeTrain([0.0, 1.0], [1.0, 1.0]), 1.0).verdict == "fails"


def test_more_leak_may_mean_a_larger_norm():
    eta = sm.theorems.get("N3").sharp[0].instance[0]
    assert sm.alexiewicz_norm(eta, 1.0) > 1.9 * sm.alexiewicz_norm(eta, 0.0)


def test_n6_bounds_close_as_the_leak_grows():
    eta = sm.SpikeTrain([0.0, 0.5, 1.0], [0.3, -0.7, 0.6])
    margins = [sm.theorems.get("N6").check(eta, a).margin for a in (1.0, 4.0, 16.0, 64.0, 256.0)]
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] < 1e-50


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("N3", lambda f, alpha, bits: sm.alexiewicz_bounds(f if alpha == 0 else f * 2.0, alpha, bits)),
        ("N4", lambda f, alpha, bits: sm.alexiewicz_bounds(f, 3 * alpha, bits)),
        ("N6", lambda f, alpha, bits: sm.alexiewicz_bounds(f, alpha / 2, bits)),
    ],
)
def test_another_functional_is_found(monkeypatch, name, change):
    """A leak or a factor that is not the stated one breaks the inequalities between the norms."""
    claim = sm.theorems.get(name)
    for module in (sys.modules[claim.judge.__module__], sys.modules["spikemath.theorems._data"]):
        monkeypatch.setattr(module, "alexiewicz_bounds", change)
    report = sm.theorems.verify(replace(claim, sharp=()), examples=300, random_seed=1, shrink=False)
    assert report.outcome == "fails"


@pytest.mark.parametrize("fault", [faults.dropped, faults.doubled, faults.zero_for_modulo])
def test_a_wrong_neuron_is_found(monkeypatch, fault):
    """N5 is about the neuron as well."""
    finds(monkeypatch, "N5", fault)


@pytest.mark.parametrize(
    ("name", "instance", "message"),
    [
        ("N1", (3.0,), "f is a signal"),
        ("N2", (sm.SpikeTrain([0.0]), 1.0), "two events or more"),
        ("N3", (sm.SpikeTrain([0.0]), -1.0), "alpha >= 0"),
        ("N4", (sm.SpikeTrain([0.0]), -1.0), "alpha >= 0"),
        ("N6", (sm.SpikeTrain([0.0, 1.0]), 0.0), "alpha > 0"),
    ],
)
def test_an_instance_that_does_not_meet_a_hypothesis(name, instance, message):
    with pytest.raises(ValueError, match=f"{name} supposes that .*{message}"):
        sm.theorems.get(name).check(*instance)
