"""What the hidden layer answers: the compiled kernel, the operator, the rational simulation and the oracle are one."""

from __future__ import annotations

import inspect
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.trains import encode_train

import spikemath as sm
from spikemath._numeric.jit import Kernel
from spikemath.networks import xor
from spikemath.networks.xor import _features
from spikemath.networks.xor._features import check_readout, read, slots
from spikemath.networks.xor._rational import answer

RESETS = ("modulo", "subtract", "zero")
TOGETHER = xor.BitEncoding(
    "together",
    (
        (),
        ((0, 0.5, 1), (1, 0.5, 1), (1, 1.0, -1), (0, 1.0, 1), (2, 1.0, 1)),
        ((0, 0.0, 1), (0, 0.0, -1), (1, 0.25, 1)),
        ((0, 0.0, 1), (1, 0.5, -1), (0, 0.5, 1), (2, 1.25, 1)),
    ),
    end=2.0,
)
CANCEL = xor.BitEncoding("cancel", (((0, 0.0, 1), (1, 1.0, 1), (1, 1.0, -1)),) * 4)
CODES = (*xor.ENCODINGS.values(), TOGETHER, xor.bit_encoding("two-lines").until(5.0))


@st.composite
def layers(draw):
    """Neurons and weights aimed at ties: multiples of the threshold, decimals, one ulp to either side."""
    theta = draw(st.sampled_from([1.0, 0.1, 0.3, 2.5]))
    alpha = draw(st.sampled_from([0.0, 0.0, math.log(2.0), xor.ALPHA, 3.0]))
    refractory = draw(st.sampled_from([0.0, 0.0, 1.0, 0.5, 0.3, 2.0]))
    neuron = sm.LIF(theta, alpha, draw(st.sampled_from(RESETS)), refractory, draw(st.booleans()))
    code = draw(st.sampled_from(CODES))

    def weight():
        kind = draw(st.integers(0, 3))
        w = draw(st.sampled_from([theta * k for k in range(-3, 4)] + [theta * k / 10 for k in range(-30, 31)]))
        if kind == 0:
            w = draw(st.floats(-3.0, 3.0)) * theta
        elif kind == 1:
            w = math.nextafter(w, draw(st.sampled_from([-9.0, 9.0])))
        elif kind == 2:  # what brings a decayed potential just to the threshold
            w = theta - theta * draw(st.sampled_from([0.5, 0.9])) * math.exp(-alpha * draw(st.sampled_from([0.5, 1.0])))
        return w

    rows = [[weight() for _ in range(code.lines)] for _ in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()) and code.lines > 1:
        rows[0][1] = -rows[0][0]  # pulses of one instant that cancel
    return rows, code, neuron


def by_oracle(rows, code, neuron):
    """Counts at every instant, by the oracle of trains."""
    at = {t: k for k, t in enumerate(slots(code, neuron.refractory).times)}
    out = np.zeros((len(rows), 4, len(at)), dtype=np.int64)
    for m, row in enumerate(rows):
        for place, pulses in enumerate(code.pulses):
            times = [Fraction(t) for _, t, _ in pulses]
            weights = [s * Fraction(row[line]) for line, _, s in pulses]
            exact = (Fraction(x) for x in (neuron.threshold, neuron.alpha))
            found = encode_train(times, weights, (Fraction(0), Fraction(code.end)), *exact, neuron.reset,
                                 Fraction(neuron.refractory), neuron.bipolar)  # fmt: skip
            for t, count in zip(found.times, found.counts, strict=True):
                out[m, place, at[t]] = count
    return out


@given(layers())
def test_the_kernel_the_operator_and_the_oracle_answer_alike(layer):
    counts, _ = xor.reservoir(*layer)
    assert np.array_equal(counts, xor.spikes(*layer))
    rows, *how = layer
    assert np.array_equal(counts[:1], by_oracle(rows[:1], *how))  # one neuron: the oracle is slow


def test_near_ties_are_handed_to_the_operator():
    """u = 1 +- what floats cannot see, after a decay: the kernel leaves it open, and the operator decides."""
    alpha = math.log(2.0)
    rest = 0.7 * math.exp(-2.0 * alpha)  # of w1 = 0.7 after two units
    rows = [[0.7, 1.0 - rest + k * 2.0**-53] for k in range(-4, 5)]
    layer = rows, "two-lines", sm.LIF(1.0, alpha)
    counts, escalated = xor.reservoir(*layer)
    assert escalated >= 2
    assert np.array_equal(counts, by_oracle(rows, xor.bit_encoding("two-lines"), layer[2]))
    assert {int(c) for c in counts[:, 0, 2]} == {0, 1}


def test_pulses_that_cancel_do_not_arm_a_single_shot_neuron_again():
    """A pulse of weight zero is no pulse: with subtract it would let a potential of two thresholds fire twice."""
    counts, _ = xor.reservoir([[2.5, 0.7]], CANCEL, sm.LIF(1.0, 0.0, "subtract"))
    assert counts[0].tolist() == [[1, 0]] * 4


@given(st.sampled_from(RESETS), st.integers(0, 2), st.sampled_from(sorted(xor.ENCODINGS)), st.data())
def test_the_rational_simulation_agrees_where_it_keeps_clear_of_ties(reset, refractory, name, data):
    code, beta = xor.bit_encoding(name).until(4.0), Fraction(3, 5)
    row = [Fraction(data.draw(st.integers(-48, 48)), 16) for _ in range(code.lines)]
    at = slots(code, float(refractory)).times
    counts = xor.spikes([[float(w) for w in row]], code, sm.LIF(1.0, xor.ALPHA, reset, float(refractory)))[0]
    for place, pulses in enumerate(code.pulses):
        found = answer(pulses, row, beta, reset, refractory, Fraction(4))
        assert found.clearance <= 1
        if found.clearance > Fraction(1, 1000):
            assert {t: c for t, c in zip(at, counts[place].tolist(), strict=True) if c} == found.spikes


def test_slots_are_the_instants_of_pulses_and_what_a_refractory_time_makes_of_them():
    code = xor.bit_encoding("one-line")
    assert slots(code).times == (0, 1, 2, 3)
    assert slots(code, 1.5).times == tuple(map(Fraction, ("0", "1", "3/2", "2", "5/2", "3")))
    third = slots(code, 0.3).times
    assert third == tuple(sorted({t + k * Fraction(0.3) for t in range(4) for k in range(11)} & set(third)))
    assert all(t <= 3 for t in third)
    assert len(third) == 11 + 7 + 4 + 1  # 0, .3, ..., 3 and so on; 10 times the float 0.3 is below 3
    with pytest.raises(ValueError, match="more than 4096 spikes"):
        slots(code, 1e-4)


def test_readouts():
    code, counts = xor.bit_encoding("one-line"), np.array([[[2, 0, 1, 0]] * 4, [[0, -3, 0, 0]] * 4])
    assert read(counts, code, 0.0, "time-resolved", True).tolist() == [[[2, 0, 1, 0, 0, -3, 0, 0]] * 4]
    assert read(counts, code, 0.0, "count", True).tolist() == [[[3, -3]] * 4]
    assert read(counts, code, 0.0, "count", False).tolist() == [[[2, -1]] * 4]
    assert read(counts, code, 0.0, (1.0, 2.0), True).tolist() == [[[2, 0, 1, 0, -3, 0]] * 4]
    assert read(counts, code, 0.0, "count", True, hidden=1).tolist() == [[[3]] * 4, [[-3]] * 4]


@pytest.mark.parametrize("readout", ["counts", (), (2.0, 1.0), (1.0, 1.0)])
def test_bad_readouts(readout):
    with pytest.raises(ValueError, match="readout = "):
        check_readout(readout)


@pytest.mark.parametrize(
    ("pulses", "end", "said"),
    [
        (((),) * 4, -1.0, "at least one input needs a pulse"),
        ((((0, 0.0, 1),),) * 3, -1.0, "has 3 inputs"),
        ((((0, 0.0, 2),),) * 4, -1.0, "the sign 1 or -1"),
        ((((0, -1.0, 1),),) * 4, -1.0, "0 <= time"),
        ((((0, 2.0, 1),),) * 4, 1.0, "<= end = 1.0"),
        ((((-1, 2.0, 1),),) * 4, 3.0, "the line must be >= 0"),
    ],
)
def test_bad_encodings(pulses, end, said):
    with pytest.raises(ValueError, match=said):
        xor.BitEncoding("bad", pulses, end)


def test_bad_names_and_weights():
    with pytest.raises(ValueError, match="encoding = 'rate' must be a BitEncoding or one of one-line"):
        xor.bit_encoding("rate")
    with pytest.raises(
        ValueError, match=r"weights has shape \(1, 2\); \(neurons, 1\) is needed for encoding 'one-line'"
    ):
        xor.spikes([[1.0, 2.0]], "one-line", sm.LIF(1.0, 0.5))
    with pytest.raises(ValueError, match="weights must be finite"):
        xor.reservoir([[math.nan]], "one-line", sm.LIF(1.0, 0.5))
    for simulate in (xor.spikes, xor.reservoir):
        with pytest.raises(ValueError, match=r"neuron\.arithmetic = 'fast' must be 'exact'"):
            simulate([[1.0]], "one-line", sm.IF(1.0, arithmetic="fast"))
        with pytest.raises(TypeError, match="neuron must be LIF or IF, got SendOnDelta"):
            simulate([[1.0]], "one-line", sm.SendOnDelta(1.0))


# what must be so, whatever the weights


def masks(rows, code, neuron, readout="time-resolved"):
    return xor.solvable(xor.features(rows, code, neuron, readout))


@given(layers())
def test_a_neuron_more_never_loses_a_gate(layer):
    rows, code, neuron = layer
    for readout in ("time-resolved", "count"):
        solved = [masks(rows[: n + 1], code, neuron, readout) for n in range(len(rows))]
        assert all(a & ~b == 0 for a, b in pairwise(solved))


@given(layers())
def test_count_readouts_of_two_neurons_never_shatter(layer):
    """Radon: four points in the plane. So two neurons need a readout that sees more than one number of each."""
    rows, code, neuron = layer
    assert masks(rows[:2], code, neuron, "count") != 65535


@given(layers())
def test_a_count_sees_no_difference_between_00_and_11_where_one_is_the_other_later(layer):
    """The operator does not know when time began: with no refractory time the counts are the same."""
    rows, _, neuron = layer
    still = sm.LIF(neuron.threshold, neuron.alpha, neuron.reset, 0.0, neuron.bipolar)
    for name in ("one-line", "two-lines", "latency"):
        code = xor.bit_encoding(name)
        x = xor.features([(row * 3)[: code.lines] for row in rows], code, still, "count")
        assert x[0].tolist() == x[3].tolist()


@given(layers())
def test_signed_bits_never_give_xor(layer):
    """The operator is odd (two-sided firing), so x_00 + x_11 = 0 = x_01 + x_10: one midpoint for both classes."""
    rows, _, neuron = layer
    odd = sm.LIF(neuron.threshold, neuron.alpha, neuron.reset, neuron.refractory)
    assert not masks([(row * 2)[:2] for row in rows], "signed", odd) >> 6 & 1


@given(layers())
def test_without_a_leak_bits_one_after_the_other_never_give_xor(layer):
    """Nothing but the order of pulses counts, and that is always the same: features are f(b1) + g(b2)."""
    rows, _, neuron = layer
    still = sm.LIF(neuron.threshold, 0.0, neuron.reset, 0.0, neuron.bipolar)
    for name in ("one-line", "two-lines"):
        code = xor.bit_encoding(name)
        assert not masks([(row * 2)[: code.lines] for row in rows], code, still) >> 6 & 1


WRONG = [
    ("if size > 0:", "if True:"),
    ("sign[j] * weights", "weights"),
    ("if refractory > 0.0:", "if False:"),
    ("terms[k, n] = parts[size - 1 - k]", "terms[0, n] = parts[size - 1]"),
    ("if status != DONE:", "if False:"),
    ("flags[:] = 0", "flags[1:3] = 0"),
]


@pytest.mark.parametrize(("right", "wrong"), WRONG, ids=[wrong[:24] for _, wrong in WRONG])
def test_wrong_kernels_are_caught(right, wrong, monkeypatch):
    """Each differs from the operator on cases that stand here."""
    source = inspect.getsource(_features._run)
    assert right in source
    space = {k: v.python if isinstance(v, Kernel) else v for k, v in vars(_features).items()}
    exec(source.replace(right, wrong), space)  # noqa: S102
    monkeypatch.setattr(_features, "run", space["_run"])
    alpha = math.log(2.0)
    rest = 0.7 * math.exp(-2.0 * alpha)
    cases = [
        ([[2.5, 0.7]], CANCEL, sm.LIF(1.0, 0.0, "subtract")),
        ([[1.5, -2.0]], "signed", sm.LIF(1.0, 0.5)),
        ([[2.9]], "one-line", sm.LIF(1.0, 0.5, "subtract", 1.0)),
        ([[1.0, -(2.0**-60)]], "presence", sm.LIF(1.0, 0.0)),
        ([[0.7, 1.0 - rest + k * 2.0**-53] for k in range(-4, 5)], "two-lines", sm.LIF(1.0, alpha)),
    ]  # fmt: skip
    assert any(caught(*case) for case in cases)


def caught(rows, code, neuron):
    """Whether the kernel differs from the operator, or does not even end well."""
    try:
        counts, _ = xor.reservoir(rows, code, neuron)
    except (IndexError, ValueError):
        return True
    return not np.array_equal(counts, xor.spikes(rows, code, neuron))
