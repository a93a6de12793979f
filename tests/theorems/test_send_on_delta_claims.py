"""The claims D1 to D3: they come out as the theory says, their constants are reached, and their checks can fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath.theorems import d1_derivative, d2_hold, d3_scan, verify

NAMES = ["D1", "D1-leaky", "D2", "D2-linear", "D2-midpoint", "D3"]


def test_the_list_is_complete():
    assert [c.name for c in sm.theorems.all() if c.name.startswith("D")] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_claim(name):
    report = verify(sm.theorems.get(name), examples=max(5, settings().max_examples // 4))
    assert report.good, (report.notes, report.failing)
    assert report.undecided == 0


def test_d2_the_bounds_of_other_decoders_are_reached_and_not_passed():
    """Midpoint 3/2 theta, lines 2 theta: the families tend to them, and stay below."""
    midpoint, linear = sm.theorems.get("D2-midpoint"), sm.theorems.get("D2-linear")
    for n in (4, 10, 30):
        d = 2.0**-n
        assert midpoint.check((1.0, 2.0 - d), 1.0).left == 1.5 - d
        far = linear.check((0.0, *(-1.0 + d,) * 2**8, 1.0), 1.0).left
        assert 2.0 - d - 2.0**-8 <= far < 2.0


@given(st.data())
def test_d2_midpoint_is_below_three_halves(data):
    samples, theta = data.draw(sm.theorems.get("D2-midpoint").instances())
    assert sm.theorems.get("D2-midpoint").check(samples, theta).left < 1.5 * theta * (1 + 1e-15)


@given(st.data())
def test_d2_lines_are_below_one_threshold_and_the_next_spike(data):
    samples, theta = data.draw(sm.theorems.get("D2-linear").instances())
    counts = sm.SendOnDelta(theta)(sm.Signal.from_samples(list(samples), fs=1.0)).counts
    bound = (1 + max(map(abs, counts.tolist()), default=0)) * theta
    assert sm.theorems.get("D2-linear").check(samples, theta).left < bound * (1 + 1e-15)


CLIPS = st.tuples(st.integers(-9, 9), st.integers(0, 1)).map(lambda x: (x[0], x[0] + x[1]))


@given(CLIPS, CLIPS, CLIPS, st.integers(-12, 12))
def test_d3_clips_compose_and_are_associative(a, b, c, r):
    clip, after = d3_scan.clip, d3_scan.after
    assert clip(r, after(b, a)) == clip(clip(r, a), b)
    assert after(c, after(b, a)) == after(after(c, b), a)


def test_d3_huge_and_tiny_numbers():
    """Lattice units are integers of any size."""
    assert sm.theorems.get("D3").check((1e100, -1e100, 1e-100), 1, 1e90).verdict == "holds"


# checks that can fail


@pytest.mark.parametrize("name", ["D1", "D3"])
def test_another_rule_is_found_out(monkeypatch, name):
    """IF by subtraction in place of the operator that is asked for."""
    module = d1_derivative if name == "D1" else d3_scan
    monkeypatch.setattr(module, "IF", lambda threshold, reset="modulo": sm.IF(threshold, reset="subtract"))
    assert verify(sm.theorems.get(name), examples=200, random_seed=1).outcome == "fails"


def test_the_textbook_rule_is_not_modulo(monkeypatch):
    """D2 fails with reset to zero: what exceeds a threshold is lost."""
    monkeypatch.setattr(d2_hold, "SendOnDelta", lambda threshold: sm.SendOnDelta(threshold, reset="zero"))
    assert verify(sm.theorems.get("D2"), examples=200, random_seed=1).outcome == "fails"


def test_a_bump_that_is_too_high_is_found_out():
    """D2, minimax: with a bump of one threshold the spikes change (the hypothesis excludes it; the check sees it)."""
    g = sm.Signal.from_samples([1.0, 1.0], fs=1.0)
    assert d2_hold.judge(g, 0.5, 1.0).verdict == "holds"
    assert d2_hold.judge(g, 1.0, 1.0).verdict == "fails"


@pytest.mark.parametrize("floor_only", [True, False])
def test_a_clip_with_one_end_is_found_out(monkeypatch, floor_only):
    """D3 with the interval [floor, floor], or [ceil, ceil]."""
    monkeypatch.setattr(d3_scan, "ceil" if floor_only else "floor", d3_scan.floor if floor_only else d3_scan.ceil)
    assert verify(sm.theorems.get("D3"), examples=100, random_seed=1).outcome == "fails"


def test_lines_on_which_the_resets_differ_are_found_out(monkeypatch):
    """D1 with signals that do not start at 0: subtraction sends one threshold of a first jump of two."""
    late = sm.SpikeTrain([0.0], [1.0])

    def shifted(threshold, reset="modulo"):
        operator = sm.SendOnDelta(threshold, reset=reset)
        return lambda g: operator(g) + late if reset == "subtract" else operator(g)

    monkeypatch.setattr(d1_derivative, "SendOnDelta", shifted)
    assert sm.theorems.get("D1").check((2.5,), 1.0, 1.0, "modulo").verdict == "fails"


def test_d1_by_hand():
    """The initial value is a jump."""
    g = sm.Signal.from_samples([2.5, 2.6, 0.5], fs=1.0)
    assert sm.SendOnDelta(1.0)(g).counts.tolist() == [2, -1]
    assert sm.theorems.get("D1").check((2.5, 2.6, 0.5), 1.0, 1.0, "modulo").verdict == "holds"


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        ("D1", ((1.0,), 1.0, 1.0, "subtract")),
        ("D1-leaky", ((1.0,), 1.0, 1.0, 0.0)),
        ("D2", (sm.Signal.from_samples([1.0], fs=1.0) + sm.SpikeTrain([0.5]), 0.5, 1.0)),
        ("D2", (sm.Signal.from_samples([1.0], fs=1.0), 1.0, 1.0)),
        ("D3", ((), 0, 1.0)),
    ],
)
def test_hypotheses_are_checked(name, instance):
    with pytest.raises(ValueError, match="supposes that"):
        sm.theorems.get(name).check(*instance)
