"""The explicit solutions, checked by hand-made arithmetic once more; the search; the pictures."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracles.separation import hulls_meet
from oracles.trains import encode_train

import spikemath as sm
from spikemath.networks import xor
from spikemath.networks.xor import _solutions, figures

ALL = xor.solutions()


@pytest.mark.parametrize("name", ALL)
def test_a_solution_solves_all_gates_and_every_part_of_it_is_right(name):
    """Features by the oracle of trains, with alpha = -log beta; classes disjoint by that of hulls; readouts by sums."""
    s = ALL[name]
    s.check()
    assert len(s.weights) == {"one neuron": 1, "three neurons": 3}.get(
        next((p for p in name.split(", ") if p.endswith(("neuron", "neurons"))), ""), 2
    )
    features = []
    for pulses in s.encoding.pulses:
        row = []
        for w in s.weights:
            found = encode_train(
                [Fraction(t) for _, t, _ in pulses], [sign * w[line] for line, _, sign in pulses],
                (Fraction(0), Fraction(s.encoding.end)), Fraction(1), Fraction(-math.log(s.beta)), s.reset,
                Fraction(s.refractory),
            )  # fmt: skip
            assert found.closest > float(s.clearance) / 2
            sent = dict(zip(found.times, found.counts, strict=True))
            slots = sorted({Fraction(t) for x in s.encoding.pulses for _, t, _ in x})
            assert set(sent) <= set(slots)
            row += [sent.get(t, 0) for t in slots] if s.readout == "time-resolved" else [sum(found.counts)]
        features.append(tuple(row))
    assert tuple(features) == s.features
    for gate in xor.GATES:
        ones = [tuple(map(Fraction, x)) for x, one in zip(features, xor.truth_table(gate), strict=True) if one]
        zeros = [tuple(map(Fraction, x)) for x, one in zip(features, xor.truth_table(gate), strict=True) if not one]
        assert not hulls_meet(ones, zeros)
        assert xor.solvable_lp(features, gate)
        v, b = s.readouts[gate]
        assert all(sum(a * c for a, c in zip(v, x, strict=True)) + b >= 1 for x in ones)
        assert all(sum(a * c for a, c in zip(v, x, strict=True)) + b <= -1 for x in zeros)
    for b1, b2 in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert s.solve("XOR", b1, b2) == (b1 != b2)
        assert s.solve("and", b1, b2) == (b1 == b2 == 1)


def test_the_published_finding_and_what_is_more():
    two = ALL["modulo, one line"]
    assert (two.reset, two.refractory, len(two.weights), two.readout) == ("modulo", 0, 2, "time-resolved")
    others = [ALL[f"{reset}, one line"] for reset in ("subtract", "zero")]
    assert all(other.weights == two.weights and other.features == two.features for other in others)
    one = ALL["modulo, one line, one neuron"]
    assert len(one.weights) == 1
    assert any(abs(c) > 1 for x in one.features for c in x)  # which unit spikes could not do
    assert xor.solvable(np.sign(one.features)) != 65535


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": ((Fraction(1, 2),), (Fraction(25, 32),))}, "others in fractions"),
        ({"weights": ((Fraction(11, 16) + Fraction(1, 2**80),), (Fraction(25, 32),))}, "no float"),
        ({"features": ((0,) * 8,) * 4}, "others in fractions"),
        ({"beta": Fraction(1, 2)}, "others in fractions"),
        ({"readouts": {}}, "not the sixteen"),
    ],
)
def test_what_is_wrong_is_found(change, said):
    with pytest.raises(AssertionError, match=said):
        replace(ALL["modulo, one line"], **change).check()


def test_a_wrong_readout_is_found():
    s = ALL["modulo, one line"]
    v, b = s.readouts["XOR"]
    with pytest.raises(AssertionError, match="XOR is read wrongly"):
        replace(s, readouts=s.readouts | {"XOR": (v, b - 1)}).check()


def test_the_operator_and_the_fractions_are_both_asked(monkeypatch):
    monkeypatch.setattr(_solutions, "features", lambda *args: np.zeros((4, 8), dtype=np.int64))
    with pytest.raises(AssertionError, match="others by the operator"):
        ALL["modulo, one line"].check()


@pytest.mark.jit_only
def test_the_search_finds_what_is_shipped():
    for name, how in (("modulo, two lines", {}), ("zero, two lines", {"reset": "zero"})):
        assert xor.search("two-lines", name=name, **how) == ALL[name]
    fine = {"step": Fraction(1, 32), "clearance": Fraction(1, 40)}
    assert xor.search("one-line", 1, name="modulo, one line, one neuron", **fine) == ALL["modulo, one line, one neuron"]


def test_a_search_that_cannot_succeed_says_so():
    assert xor.search("one-line", 1, reset="zero", step=Fraction(1, 8)) is None
    assert xor.search("signed", 2, step=Fraction(5, 8)) is None
    assert xor.search("one-line", 1, clearance=Fraction(2)) is None
    with pytest.raises(ValueError, match="more than 4000000 networks to look at"):
        xor.search("two-lines", 4, step=Fraction(3, 8), clearance=Fraction(0))


def test_what_make_writes_is_what_is_shipped():
    made = inspect.getsource(_solutions.make)
    assert all(f'name="{name}"' in made for name in ALL)
    assert made.count("name=") == len(ALL)


# pictures


@pytest.fixture
def figure():
    made, _ = sm.plot.new_figure(1, 8.0, 5.0)
    made.clear()
    return made


def test_probabilities_have_a_curve_for_each_case_and_circles_for_the_law(figure):
    found = xor.study("one-line", ("modulo", "zero"), refractories=(0.0, 1.0), readouts=["time-resolved", "count"],
                      hidden=2, samples=50)  # fmt: skip
    figures.draw_probabilities(found, figure, beta=Fraction(3, 5))
    assert len(figure.axes) == 2
    lines = figure.axes[0].lines
    assert len(lines) == 8
    assert lines[1].get_ydata().tolist() == [
        float(xor.law("one-line", Fraction(3, 5)).probability(hidden=n)) for n in (1, 2)
    ]
    assert sm.plot.encoded(figure)[:4] == b"\x89PNG"


def test_maps_have_four_colours_at_most_and_the_middle_is_silent(figure):
    lif = sm.LIF(1.0, xor.ALPHA)
    figures.draw_maps(figure, "two-lines", [lif, sm.LIF(1.0, xor.ALPHA, "zero")], points=30)
    assert len(figure.axes) == 2
    solved = figures.weight_map("two-lines", lif, points=30)
    assert solved[15, 15] == 1 | 1 << 15  # two small weights: no spike, so constants only
    assert (solved == solved[::-1, ::-1]).all()  # the operator is odd
    assert sm.plot.encoded(figure)[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match="has 1 lines; a map needs two"):
        figures.weight_map("one-line", lif)


def test_weights_and_solutions_are_drawn(figure):
    figures.draw_weights(xor.study("two-lines", ("modulo", "zero"), hidden=1, samples=300), figure, hidden=1)
    assert len(figure.axes) == 4
    assert "none solves all" in [t.get_text() for ax in figure.axes for t in ax.texts]
    figure.clear()
    s = ALL["modulo, one line, one neuron"]
    figures.draw_solution(s, figure)
    said = [t.get_text() for ax in figure.axes for t in ax.texts]
    assert said == ["+1", "+1", "+1", "+1", "+1", "+2", "+1", "+1"]
    assert sm.plot.encoded(figure)[:4] == b"\x89PNG"
