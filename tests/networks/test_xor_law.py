"""Exact probabilities: the regions are right, the chain over subspaces is right, and chance agrees with them."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

from spikemath.networks import xor
from spikemath.networks.xor import _law
from spikemath.networks.xor._rational import answer

BETA = Fraction(3, 5)
RULES = [("modulo", 0), ("subtract", 0), ("subtract", 1), ("zero", 0), ("zero", 2), ("modulo", 2)]


@pytest.mark.parametrize(("reset", "refractory"), RULES)
@pytest.mark.parametrize("name", ["one-line", "two-lines", "latency", "signed", "presence"])
def test_every_region_has_the_answer_that_it_says(name, reset, refractory):
    """At random points inside a region the rational simulation answers as the region says; their sizes sum to all."""
    code = xor.bit_encoding(name).until(3.0)
    pieces = _law._pieces(code, BETA, Fraction(1), reset, Fraction(refractory), Fraction(3))
    assert sum(_law._size(region) for region, _ in pieces) == 6**code.lines
    rng = np.random.default_rng(11)
    for k in rng.choice(len(pieces), min(len(pieces), 40), replace=False).tolist():
        region, known = pieces[k]
        parts = [Fraction(int(x)) for x in rng.integers(1, 100, len(region))]
        inside = [sum(w * p[i] for w, p in zip(parts, region, strict=True)) / sum(parts) for i in range(code.lines)]
        for place in range(4):
            found = answer(code.pulses[place], inside, BETA, reset, refractory, Fraction(3))
            assert found.spikes == dict(known[place])


def test_by_hand_reset_to_zero_on_one_line():
    """Between the thresholds 1 / (1 + beta^k) a neuron tells gaps apart: five kinds of neurons, put together."""
    edges = [Fraction(0), *(1 / (1 + BETA**k) for k in (1, 2, 3)), Fraction(1), Fraction(3)]
    kinds = []
    for i, (low, high) in enumerate(pairwise(edges)):
        fires = {k: int(i >= k) for k in (1, 2, 3)}  # after a gap of k
        early = int(i == 4)
        x = [[early, 0, fires[2], 0], [early, 0, 0, fires[3]], [0, early, fires[1], 0], [0, early, 0, fires[2]]]
        kinds += [((high - low) / 6, x), ((high - low) / 6, [[-v for v in row] for row in x])]
    assert sum(p for p, _ in kinds) == 1
    for gate, mask in (("all", 65535), ("XOR", 1 << 6), ("AND", 1 << 8)):
        by_hand = sum(
            p * q
            for (p, x), (q, y) in product(kinds, repeat=2)
            if xor.solvable([a + b for a, b in zip(x, y, strict=True)]) & mask == mask
        )
        assert xor.law("one-line", BETA, "zero").probability(gate, 2) == by_hand


@pytest.mark.parametrize(("name", "reset", "refractory"), [("one-line", "modulo", 0), ("latency", "subtract", 1)])
@pytest.mark.parametrize("readout", ["time-resolved", "count"])
def test_two_neurons_are_the_sum_over_pairs_of_regions(name, reset, refractory, readout):
    """The chain over subspaces forgets nothing that matters: pairs of features give the same."""
    code = xor.bit_encoding(name)
    pieces = _law._pieces(code, BETA, Fraction(1), reset, Fraction(refractory), Fraction(3))
    seen = defaultdict(Fraction)
    for region, known in pieces:
        times = sorted({t for spikes in known for t, _ in spikes})
        columns = [[dict(spikes).get(t, 0) for spikes in known] for t in times]
        if readout == "count":
            columns = [[sum(c for _, c in spikes) for spikes in known]]
        seen[tuple(map(tuple, columns))] += _law._size(region) / 6**code.lines
    total = {"all": Fraction(0), "XOR": Fraction(0)}
    for (x, p), (y, q) in product(seen.items(), repeat=2):
        solved = xor.solvable(np.array([*x, *y], dtype=np.int64).reshape(-1, 4).T)
        total["all"] += p * q * (solved == 65535)
        total["XOR"] += p * q * (solved >> 6 & 1)
    found = xor.law(code, BETA, reset, refractory, readout)
    assert {gate: found.probability(gate, 2) for gate in total} == total


def test_what_is_known_of_one_line():
    """The figures that the docs name."""
    known = {("modulo", 0): (0.1316, 0.3184, 0.4670), ("subtract", 1): (0.0613, 0.3236, 0.5183),
             ("subtract", 0): (0.0, 0.0899, 0.1687), ("zero", 0): (0.0, 0.0899, 0.1687)}  # fmt: skip
    for (reset, refractory), values in known.items():
        found = xor.law("one-line", BETA, reset, refractory)
        assert tuple(round(float(found.probability(hidden=n)), 4) for n in (1, 2, 3)) == values
    unit = xor.law("one-line", BETA, graded=False)
    assert unit.probability(hidden=2) == xor.law("one-line", BETA, "zero").probability(hidden=2)


@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_impossible_is_zero_and_more_neurons_never_hurt(reset):
    for name in ("one-line", "two-lines", "latency"):
        count = xor.law(name, BETA, reset, readout="count")
        assert [count.probability(hidden=n) for n in (1, 2, 6)] == [0, 0, 0]  # 00 and 11 differ by a shift
        still = [xor.law(name, BETA, reset).probability("XOR", n) for n in range(6)]
        assert still == sorted(still)
        assert still[0] == 0
    assert (
        xor.law("presence", BETA, reset).probability(hidden=2)
        == 0
        < xor.law("presence", BETA, reset).probability(hidden=3)
    )
    assert xor.law("signed", BETA, reset).probability("XOR", 9) == 0
    assert xor.law("two-lines", Fraction(1), reset).probability("XOR", 9) == 0


def test_laws_add_up():
    found = xor.law("latency", Fraction(1, 2), amplitude=Fraction(5, 2), threshold=Fraction(2, 3))
    for n in (0, 1, 4):
        assert sum(found.layer(n).values()) == 1
    assert found.probability("TRUE", 0) == 1
    assert found.probability("AND", 0) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoding": "referenced"}, "has 3 lines"),
        ({"beta": Fraction(0)}, r"beta = 0 must be in \(0, 1\]"),
        ({"refractory": 0.5}, "whole units"),
        ({"reset": "none"}, "reset = 'none'"),
        ({"amplitude": 0}, "> 0"),
        ({"readout": "rate"}, "readout = 'rate'"),
    ],
)
def test_bad_arguments(change, said):
    with pytest.raises(ValueError, match=said):
        xor.law(**{"encoding": "one-line", "beta": BETA} | change)


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="hidden = -1"):
        xor.law("one-line", BETA).layer(-1)
