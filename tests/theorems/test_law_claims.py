"""The claims L: the law table by column, refuted entries included, and wrong neurons."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath.strategies import spike_trains
from spikemath.theorems._laws import keeps_order, lift, lowest, one_by_one

from . import faults
from .faults import finds

some = settings(max_examples=max(5, settings().max_examples // 2))
RESETS = ("modulo", "subtract", "zero")
TABLE = {  # theory section 6: what is claimed, and the refuted entries of the row
    "L1": (),
    "L2": (),
    "L3": (),
    "L4": ("L4-leaky",),
    "L5": ("L5-leaky", "L5-subtract", "L5-zero"),
    "L6": ("L6-leaky", "L6-subtract", "L6-zero"),
    "L7": (),
    "L8": ("L8-subtract",),
    "L9": ("L9-subtract", "L9-zero"),
    "L10": (),
    "L11": (),
}


def test_the_rows_of_the_table():
    """Every row is there, and every "no" of it as a refuted claim."""
    laws = [c for c in sm.theorems.all() if c.name.startswith("L")]
    assert {c.name.split("-")[0] for c in laws} == set(TABLE)
    for row, refuted in TABLE.items():
        found = {c.name for c in laws if c.name.split("-")[0] == row and c.status == "refuted"}
        assert found == set(refuted)


@pytest.mark.parametrize("name", [name for row in TABLE.values() for name in row if name[:2] in ("L5", "L6")])
def test_what_refutes_an_entry_holds_in_the_column_without_leak(name):
    """The counterexamples to the other columns are no counterexamples for modulo without leak."""
    holds = sm.theorems.get(name[:2])
    for example in sm.theorems.get(name).counterexamples:
        *rest, _alpha = example.instance
        assert holds.check(*rest, 0.0)


def test_the_counterexample_of_l4_is_about_the_leak():
    claim, example = sm.theorems.get("L4-leaky"), sm.theorems.get("L4-leaky").counterexamples[0]
    eta, times, threshold, _, reset = example.instance
    with pytest.raises(ValueError, match="there is a leak"):
        claim.check(eta, times, threshold, 0.0, reset)
    assert sm.theorems.get("L4-any").check(eta, times, threshold, 0.0, reset)


def test_the_counterexample_of_l8_is_about_subtraction():
    """The literal rules of modulo and zero do not care for a pulse of zero."""
    for reset, same in (("modulo", True), ("subtract", False), ("zero", True)):
        plain, padded = (one_by_one(reset, Fraction(0), a, 1.0) for a in ((2.0,), (2.0, 0.0)))
        assert (plain == padded) == same


def test_l8_judges_the_literal_rule(monkeypatch):
    """A rule for which a kept zero matters is found, for modulo and zero."""
    module = sys.modules[sm.theorems.get("L8").judge.__module__]
    monkeypatch.setattr(module, "one_by_one", lambda reset, u, pulses, threshold: len(pulses))
    for reset in RESETS:
        found = sm.theorems.get("L8").check(sm.SpikeTrain([0.0], [3.0]), (0.0,), 1.0, 0.0, reset)
        assert found.verdict == ("holds" if reset == "subtract" else "fails")


@some
@given(st.lists(st.integers(-12, 12).map(lambda k: k / 4), max_size=8), st.sampled_from(RESETS))
def test_the_literal_rule_is_the_neuron_without_leak(weights, reset):
    """Weights of zero apart: those the neuron never sees."""
    weights = [a for a in weights if a]
    eta = sm.SpikeTrain([float(k) for k in range(len(weights))], weights)
    enc = sm.IF(1.0, reset).encode(eta)
    assert one_by_one(reset, Fraction(0), weights, 1.0) == (enc.counts.sum(), Fraction(enc.potential))


@some
@given(spike_trains(threshold=0.5, max_weight=4.0), st.data())
def test_lifted_trains_have_larger_primitives(eta, data):
    sizes = data.draw(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=len(eta), max_size=len(eta)))
    g = lift(eta, sizes)
    assert lowest(eta, g) == (0, None)
    if any(sizes):
        assert lowest(g, eta)[0] == -max(sizes)
        assert lowest(g, eta)[1] in eta.exact_times()


def test_the_witness_of_l5_is_where_the_order_breaks():
    f, g, threshold, alpha = sm.theorems.get("L5-zero").counterexamples[0].instance
    found = keeps_order(f, g, threshold, alpha, "zero")
    assert (found.verdict, found.left, found.witness) == ("fails", 1.0, 1.0)


@pytest.mark.parametrize("reset", RESETS)
def test_l2_both_ways(reset):
    l2 = sm.theorems.get("L2")
    for weight, fixed in ((1.0, True), (-1.0, True), (2.0, reset == "modulo"), (0.5, False), (1.5, False)):
        found = l2.check(sm.SpikeTrain([0.0], [weight]), 1.0, 0.5, reset)
        assert found
        assert found.note == ("fixed" if fixed else "not fixed")


def test_l7_refuses_a_state_that_is_no_input():
    """Subtraction may hold two thresholds and be silent; as an input they would not be silent."""
    eta = sm.SpikeTrain([0.0, 1.0], [3.0, 0.5])
    with pytest.raises(ValueError, match="L7 supposes that the state at the cut is an input that the neuron does not"):
        sm.theorems.get("L7").check(eta, 1, 1.0, 0.0, "subtract")
    for reset in ("modulo", "zero"):
        assert sm.theorems.get("L7").check(eta, 1, 1.0, 0.0, reset)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("L1", faults.late),
        ("L1", faults.doubled),
        ("L2", faults.larger_threshold),
        ("L2", faults.subtract_for_modulo),
        ("L3-odd", faults.one_sided),
        ("L3-shift", faults.by_the_clock),
        ("L3-scale", faults.offset_threshold),
        ("L4", faults.late),
        ("L4", faults.by_the_clock),
        ("L4-any", faults.by_the_clock),
        ("L5", faults.subtract_for_modulo),
        ("L5", faults.zero_for_modulo),
        ("L5", faults.clairvoyant),
        ("L6", faults.subtract_for_modulo),
        ("L6", faults.zero_for_modulo),
        ("L7", faults.counts_events),
        ("L7", faults.clairvoyant),
        ("L10", faults.clairvoyant),
        ("L11", faults.doubled),
    ],
)
def test_a_wrong_neuron_is_found(monkeypatch, name, fault):
    finds(monkeypatch, name, fault)


def test_the_smallest_failing_instance_is_small(monkeypatch):
    """Spikes doubled, L11: one pulse of a threshold."""
    report = finds(monkeypatch, "L11", faults.doubled, shrink=True)
    eta, threshold, alpha, _ = report.failing
    assert (list(eta), threshold, alpha) == ([(0.0, 1.0)], 1.0, 0.0)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_l9_is_about_modulo(monkeypatch, reset):
    """With the rule of another reset the law fails, and shrinks to two parts."""
    from spikemath.theorems import _laws, l9_splitting

    def other(_, residual, parts, threshold):
        return _laws.split_changes_nothing(reset, residual, parts, threshold)

    monkeypatch.setattr(l9_splitting, "split_changes_nothing", other)
    report = sm.theorems.verify(replace(sm.theorems.get("L9"), sharp=()), examples=300, random_seed=1)
    assert report.outcome == "fails"
    assert len(report.failing[1]) == 2


@pytest.mark.parametrize(
    ("name", "instance", "message"),
    [
        ("L1", (2.0, 1.0, 0.0, "modulo"), "f is a signal"),
        ("L3-scale", (sm.SpikeTrain([0.0]), 0.1, 0.1, 0.0, "modulo"), "factor \\* threshold is a float"),
        ("L3-shift", (sm.SpikeTrain([0.0]), float("inf"), 1.0, 0.0, "modulo"), "the shift is finite"),
        ("L4", (sm.SpikeTrain([0.0]), 3.0, 1.0, 0.0, "modulo"), "power of two"),
        ("L4", (sm.SpikeTrain([5e-324]), 0.5, 1.0, 0.0, "modulo"), "on the slower clock too"),
        ("L4", (sm.SpikeTrain([0.0]), 2.0, 1.0, 5e-324, "modulo"), "on the slower clock too"),
        ("L4-any", (sm.SpikeTrain([0.0, 1.0]), (1.0, 1.0), 1.0, 0.0, "modulo"), "times increase"),
        ("L4-any", (sm.SpikeTrain([0.0]), (1.0,), 1.0, 1.0, "modulo"), "there is no leak"),
        ("L5-leaky", (sm.SpikeTrain([0.0]), sm.SpikeTrain([0.0]), 1.0, 0.0), "there is a leak"),
        ("L6-leaky", (sm.SpikeTrain([0.0]), 2, 1.0, 0.0), "there is a leak"),
        ("L5", (sm.SpikeTrain([0.0], [2.0]), sm.SpikeTrain([0.0]), 1.0, 0.0), "F <= G"),
        ("L6", (sm.SpikeTrain([0.0]), 3, 0.1, 0.0), "a float"),
        ("L7", (sm.SpikeTrain([0.0]), 2, 1.0, 0.0, "modulo"), "a number of events"),
        ("L8", (sm.SpikeTrain([0.0]), (1.0,), 1.0, 0.0, "modulo"), "in the domain"),
        ("L9", (1.0, (1.0,), 1.0), "below the threshold"),
        ("L9", (0.0, (1.0, -1.0), 1.0), "one sign"),
        ("L10", (sm.SpikeTrain([0.0]), 1.0, 1.0, 0.0, "modulo", 0.0), "in the domain"),
    ],
)
def test_an_instance_that_does_not_meet_a_hypothesis(name, instance, message):
    with pytest.raises(ValueError, match=f"{name} supposes that .*{message}"):
        sm.theorems.get(name).check(*instance)
