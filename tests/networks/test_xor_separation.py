"""Which gates a linear readout solves: against convex hulls in rationals, a linear programme, and its own witnesses."""

from __future__ import annotations

import inspect
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.separation import hulls_meet

from spikemath.networks import xor
from spikemath.networks.xor import separation

BITS = [[0, 0], [0, 1], [1, 0], [1, 1]]


def by_oracle(points):
    """The set of gates by convex hulls."""
    exact = [[Fraction(x) for x in row] for row in points]
    out = 1 | 1 << 15  # an empty class has no mean
    for g in range(1, 8):  # a gate and its opposite part the points alike
        ones = [x for x, one in zip(exact, xor.truth_table(g), strict=True) if one]
        zeros = [x for x, one in zip(exact, xor.truth_table(g), strict=True) if not one]
        if not hulls_meet(ones, zeros):
            out |= 1 << g | 1 << (15 - g)
    return out


@st.composite
def four_points(draw):
    """Points with many coincidences, repeated and dependent features."""
    d = draw(st.integers(0, 5))
    most = draw(st.sampled_from([1, 2, 5, 2**31, 2**70]))
    value = st.integers(-1, 1) if draw(st.booleans()) else st.integers(-most, most)
    points = [[draw(value) for _ in range(d)] for _ in range(4)]
    for _ in range(draw(st.integers(0, 2))):
        a, b = draw(st.integers(-2, 2)), draw(st.integers(0, 3))
        for row in points:  # a feature that is a multiple of another, shifted
            row.append(a * row[0] + b if d else b)
    if draw(st.booleans()):  # a point on the line through two others
        points[3] = [2 * y - x for x, y in zip(points[0], points[1], strict=True)]
    return points


def check(points):
    solved = xor.solvable(points)
    assert solved == by_oracle(points)
    for g in range(16):
        found = xor.separate(points, g)
        assert found.solved == bool(solved >> g & 1)
        ones = xor.truth_table(g)
        if found.solved:
            for x, one in zip(points, ones, strict=True):
                y = sum(v * a for v, a in zip(found.weights, x, strict=True)) + found.bias
                assert (y if one else -y) >= 1
        else:
            assert sum(found.dependence) == 0
            assert sum(x for x in found.dependence if x > 0) == 1
            assert all(x >= 0 if one else x <= 0 for x, one in zip(found.dependence, ones, strict=True))
            for column in zip(*points, strict=True):
                assert sum(x * y for x, y in zip(found.dependence, column, strict=True)) == 0


@given(four_points())
def test_gates_are_those_whose_hulls_are_disjoint_with_a_witness_either_way(points):
    check(points)


@pytest.mark.parametrize("d", [1, 2])
def test_every_arrangement_of_a_small_grid(d):
    """All quadruples on a line of three places; a sample of those on a grid of 3 x 3 places."""
    places = list(product(range(3), repeat=d))
    every = list(product(places, repeat=4))
    chosen = every if d == 1 else [every[i] for i in np.random.default_rng(8).choice(len(every), 60, replace=False)]
    masks = xor.solvable(np.array(chosen))
    for points, solved in zip(chosen, masks.tolist(), strict=True):
        assert solved == by_oracle(points), points


@given(four_points(), st.integers(0, 15))
def test_the_linear_programme_agrees_on_small_numbers(points, gate):
    if all(abs(x) <= 10 for row in points for x in row):
        assert xor.solvable_lp(points, gate) == bool(xor.solvable(points) >> gate & 1)


def test_rational_features():
    third = [[Fraction(x, 3) + Fraction(1, 7) for x in row] for row in BITS]
    assert xor.separate(third, "AND").solved
    assert not xor.separate(third, "XOR").solved


@given(four_points())
def test_opposite_gates_go_together_and_constants_are_always_solved(points):
    solved = xor.solvable(points)
    assert solved & 1
    assert all((solved >> g & 1) == (solved >> (15 - g) & 1) for g in range(16))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=4))
def test_radon_four_points_in_the_plane_are_never_shattered(points):
    assert xor.solvable(points) != 65535


def test_numbers_beyond_64_bits_are_exact():
    """Determinants of features of 2^40 overflow: a flat quadruple must not look like one in general position."""
    big = 2**40
    flat = [[0, 0, 0], [big, big, 1], [2 * big, 2 * big, 2], [3 * big + 0, 3 * big, 3]]
    assert xor.solvable(flat) == by_oracle(flat)
    bent = [[0, 0, 0], [big, 0, 0], [0, big, 0], [0, 0, 1]]
    assert xor.solvable(np.array(bent)) == 65535
    edge = 2**18 - 1  # the largest features that take the fast way
    assert xor.solvable([[edge, 0, 0], [-edge, edge, -edge], [edge, -edge, edge], [0, edge, -edge]]) == by_oracle(
        [[edge, 0, 0], [-edge, edge, -edge], [edge, -edge, edge], [0, edge, -edge]]
    )


def test_many_networks_at_once_are_the_same_as_one_by_one():
    x = np.random.default_rng(3).integers(-2, 3, (200, 4, 4))
    assert xor.solvable(x).tolist() == [xor.solvable(one) for one in x]
    assert xor.solvable(np.zeros((3, 4, 0))).tolist() == [1 | 1 << 15] * 3


WRONG = [
    ("rank = 3\n", "rank = 2\n"),
    ("pole[i] * sign < 0", "pole[i] * sign <= 0"),
    ("if not (with_it or against)", "if not (with_it and against)"),
    ("if pole[i] <= pole[k]", "if pole[i] < pole[k]"),
    ("pole[0], pole[1], pole[2], pole[3] = -(c0 + c1 + c2)", "pole[0], pole[1], pole[2], pole[3] = c0 + c1 + c2"),
    ("c1 = x[2, a] * x[0, j] - x[0, a] * x[2, j]", "c1 = x[2, a] * x[0, j] + x[0, a] * x[2, j]"),
    ("solved = 1 | 1 << 15", "solved = 1"),
]


@pytest.mark.parametrize(("right", "wrong"), WRONG, ids=[wrong.strip()[:30] for _, wrong in WRONG])
def test_wrong_kernels_are_caught(right, wrong):
    """The data of these tests tells each of them from the right one."""
    source = inspect.getsource(separation._masks)
    assert right in source
    space = dict(vars(separation))
    exec(source.replace(right, wrong), space)  # noqa: S102
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.integers(-1, 2, (60, 4, 3)), rng.integers(0, 2, (60, 4, 3)) * [1, 0, 0]])
    out = np.zeros(len(x), dtype=np.int64)
    space["_masks"](x[:, 1:] - x[:, :1], out)
    assert out.tolist() != xor.solvable(x).tolist()


@pytest.mark.parametrize(
    ("features", "error", "said"),
    [
        ([[0.5, 0.0]] * 4, TypeError, "must be integers"),
        ([[0, 1]] * 3, ValueError, "shape"),
        ([0, 1, 2, 3], ValueError, "shape"),
    ],
)
def test_bad_features(features, error, said):
    with pytest.raises(error, match=said):
        xor.solvable(features)


@pytest.mark.parametrize("gate", ["XAND", 16, -1, 2.0, True, None])
def test_bad_gates(gate):
    with pytest.raises(ValueError, match=r"gate = .* must be a number from 0 to 15 or one of FALSE"):
        xor.gate_number(gate)


def test_names_of_gates_say_what_they_do():
    said = {
        "FALSE": lambda a, b: False, "NOR": lambda a, b: not (a or b), "NOT-B1-AND-B2": lambda a, b: not a and b,
        "NOT-B1": lambda a, b: not a, "B1-AND-NOT-B2": lambda a, b: a and not b, "NOT-B2": lambda a, b: not b,
        "XOR": lambda a, b: a != b, "NAND": lambda a, b: not (a and b), "AND": lambda a, b: a and b,
        "XNOR": lambda a, b: a == b, "B2": lambda a, b: b, "B1-IMPLIES-B2": lambda a, b: not a or b,
        "B1": lambda a, b: a, "B2-IMPLIES-B1": lambda a, b: not b or a, "OR": lambda a, b: a or b,
        "TRUE": lambda a, b: True,
    }  # fmt: skip
    assert set(said) == set(xor.GATES)
    for gate, rule in said.items():
        assert xor.truth_table(gate).tolist() == [bool(rule(a, b)) for a in (0, 1) for b in (0, 1)]


def test_whole_features_that_numpy_takes_for_floats():
    """0 beside 2^63 has no common integer type in numpy."""
    assert xor.solvable([[0], [0], [0], [2**63]]) == xor.solvable([[0], [0], [0], [1]])
