r"""Which gates a linear readout of four feature vectors can solve; exactly, with a witness either way.

    gate g is solved by (v, b)  iff  v . x_i + b > 0 where g is one, < 0 where g is zero
    it can be solved  iff  conv{x_i : g(i) = 1} and conv{x_i : g(i) = 0} are disjoint
                      iff  no lambda != 0 has sum lambda_i = 0, sum lambda_i x_i = 0, lambda >= 0 on ones, <= 0 on zeros

(the last by Gordan's theorem; such a lambda, scaled, is one point written as a mean of either class). Four points
have few affine dependences lambda, so all is decided by r, the rank of the differences x_i - x_0:

    r = 3   none: every gate is solved, with v . x_i + b = +-1
    r = 2   one, up to a factor: lost are gates that agree with its signs or their opposites, zeros being free (Radon)
    r = 1   the points lie on a line in some order: solved is what one cut does
    r = 0   all points are one: FALSE and TRUE only

So four points are shattered iff they are affinely independent: with fewer than three features never. Features are
integers (numbers of spikes), so ranks are exact. `scipy.optimize.linprog` answers the same question in floats, for
comparison.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.jit import compiled
from spikemath.networks.xor.gates import gate_number, truth_table

_SMALL = 1 << 19  # differences up to here: 3 x 3 determinants fit in 64 bits
Vector = tuple[int, int, int]


def _masks(differences: Any, out: Any) -> None:
    """Sets of gates (16 bits) that are solved; differences (m, 3, d) of points 1, 2, 3 from point 0."""
    pole = np.zeros(4, dtype=np.int64)
    for m in range(differences.shape[0]):
        x = differences[m]
        d = x.shape[1]
        rank, a, c0, c1, c2 = 0, 0, 0, 0, 0
        for j in range(d):
            if rank == 0:
                if x[0, j] != 0 or x[1, j] != 0 or x[2, j] != 0:
                    rank, a = 1, j
            elif rank == 1:
                c0 = x[1, a] * x[2, j] - x[2, a] * x[1, j]
                c1 = x[2, a] * x[0, j] - x[0, a] * x[2, j]
                c2 = x[0, a] * x[1, j] - x[1, a] * x[0, j]
                if c0 != 0 or c1 != 0 or c2 != 0:
                    rank = 2
            elif c0 * x[0, j] + c1 * x[1, j] + c2 * x[2, j] != 0:
                rank = 3
                break
        if rank == 3:
            out[m] = 65535
            continue
        if rank == 2:  # the dependence
            pole[0], pole[1], pole[2], pole[3] = -(c0 + c1 + c2), c0, c1, c2
        elif rank == 1:  # places on the line
            pole[0], pole[1], pole[2], pole[3] = 0, x[0, a], x[1, a], x[2, a]
        solved = 1 | 1 << 15
        for g in range(1, 15):
            if rank == 2:
                with_it, against = True, True
                for i in range(4):
                    sign = 1 if g >> i & 1 else -1
                    if pole[i] * sign < 0:
                        with_it = False
                    if pole[i] * sign > 0:
                        against = False
                if not (with_it or against):
                    solved |= 1 << g
            elif rank == 1:
                above, below = True, True
                for i in range(4):
                    for k in range(4):
                        if g >> i & 1 and not g >> k & 1:
                            if pole[i] <= pole[k]:
                                above = False
                            if pole[i] >= pole[k]:
                                below = False
                if above or below:
                    solved |= 1 << g
        out[m] = solved


masks = compiled(_masks)


def solvable(features: Any) -> Any:
    """Which of the sixteen gates a linear readout of these features solves; exact.

    Parameters
    ----------
    features : array_like of int, shape (4, d) or (networks, 4, d)
        The feature vectors of 00, 01, 10, 11. d = 0 is allowed.

    Returns
    -------
    int, or numpy.ndarray of int64, shape (networks,)
        Sets of gates: bit g is 1 if gate g is solved. 65535 if the inputs are shattered.

    Raises
    ------
    TypeError, ValueError
        Features that are not integers, or not four.

    Examples
    --------
    >>> import spikemath as sm
    >>> bits = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> solved = sm.networks.xor.solvable(bits)          # without a hidden layer: all but XOR and XNOR
    >>> [gate for g, gate in enumerate(sm.networks.xor.GATES) if not solved >> g & 1]
    ['XOR', 'XNOR']
    """
    x = np.asarray(features)
    if x.dtype.kind == "f":  # so numpy takes 2^63 beside 0
        whole = np.array(features, dtype=object)
        x = whole if all(isinstance(v, int) for v in whole.flat) else x
    if x.size == 0:
        x = x.astype(np.int64)
    if x.dtype.kind not in "iu" and not (x.dtype == object and all(isinstance(v, int) for v in x.flat)):
        raise TypeError(f"features must be integers, got {x.dtype}: separate() takes rationals")
    if x.ndim not in (2, 3) or x.shape[-2] != 4:
        raise ValueError(f"features has shape {x.shape}; (4, d) or (networks, 4, d) is needed")
    many = x[None] if x.ndim == 2 else x
    out = np.zeros(many.shape[0], dtype=np.int64)
    if many.dtype == object or many.dtype.kind == "u" or (np.abs(many) >= _SMALL // 2).any():
        for m, points in enumerate(many.astype(object)):  # Python's integers do not overflow
            out[m] = sum(1 << g for g in range(16) if separate(points.tolist(), g).solved)
    else:
        masks(np.ascontiguousarray(many[:, 1:] - many[:, :1], dtype=np.int64), out)
    return int(out[0]) if x.ndim == 2 else out


class Separation(NamedTuple):
    """Whether a gate is solved, and why: a readout if it is, a common point of the two hulls if not.

    Attributes
    ----------
    solved : bool
        Whether ones and zeros can be separated.
    weights, bias : tuple of int, int
        v and b with v . x + b >= 1 on ones and <= -1 on zeros (scaled to integers; None if not solved).
    dependence : tuple of fractions.Fraction
        lambda, its positive part of sum 1: sum lambda_i x_i over ones is the same point as -sum lambda_i x_i over zeros
        (None if solved).

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.separate([[0, 0], [0, 1], [1, 0], [1, 1]], "AND")
    Separation(solved=True, weights=(2, 2), bias=-3, dependence=None)
    """

    solved: bool
    weights: tuple[int, ...] | None
    bias: int | None
    dependence: tuple[Fraction, ...] | None


def separate(features: Any, gate: Any) -> Separation:
    """Separate the ones of a gate from its zeros, in rational arithmetic.

    Parameters
    ----------
    features : sequence of 4 sequences of int or fractions.Fraction
        The feature vectors of 00, 01, 10, 11.
    gate : str or int
        The gate.

    Returns
    -------
    Separation

    Examples
    --------
    >>> import spikemath as sm
    >>> lost = sm.networks.xor.separate([[0, 0], [0, 1], [1, 0], [1, 1]], "XOR")
    >>> [str(x) for x in lost.dependence]                # the means of either class are one point
    ['-1/2', '1/2', '1/2', '-1/2']
    """
    points = [[Fraction(int(v) if isinstance(v, np.integer) else v) for v in row] for row in features]
    ones = truth_table(gate_number(gate)).tolist()
    if all(ones) or not any(ones):
        return Separation(True, (0,) * len(points[0]), 1 if ones[0] else -1, None)
    columns = [[points[i][j] - points[0][j] for i in (1, 2, 3)] for j in range(len(points[0]))]
    basis, chosen = _basis(columns)
    y = _heights(basis, ones)
    if not isinstance(y, list):
        return Separation(False, None, None, y)
    v = [Fraction(0)] * len(columns)
    for j, value in zip(chosen, _combination([columns[j] for j in chosen], [h - y[0] for h in y[1:]]), strict=True):
        v[j] = value
    b = y[0] - sum((vj * xj for vj, xj in zip(v, points[0], strict=True)), Fraction(0))
    margin = min(abs(h) for h in y)
    scale = lcm(*(w.denominator for w in (*v, b)))
    scale *= max(1, -int(-1 // (scale * margin)))  # the margin becomes at least 1
    return Separation(True, tuple(int(w * scale) for w in v), int(b * scale), None)


def _basis(columns: list[list[Fraction]]) -> tuple[list[list[Fraction]], list[int]]:
    """Independent columns (scaled to integers) and which they are."""
    found: list[list[Fraction]] = []
    chosen = []
    for j, column in enumerate(columns):
        if len(found) < 3 and _rank([*found, column]) > len(found):
            scale = lcm(*(v.denominator for v in column))
            found.append([v * scale for v in column])
            chosen.append(j)
    return found, chosen


def _rank(rows: list[list[Fraction]]) -> int:
    """Rank, by elimination."""
    left, rank = [row[:] for row in rows], 0
    for j in range(3):
        pivot = next((row for row in left if row[j] != 0), None)
        if pivot is not None:
            left.remove(pivot)
            left = [[v - row[j] / pivot[j] * p for v, p in zip(row, pivot, strict=True)] for row in left]
            rank += 1
    return rank


def _cross(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _heights(basis: list[list[Fraction]], ones: list[bool]) -> list[Fraction] | tuple[Fraction, ...]:
    """Values of a linear readout on the four points, of the right signs; or the dependence that forbids them."""
    signs = [Fraction(1 if one else -1) for one in ones]
    if len(basis) == 3:
        return signs
    if len(basis) == 2:
        n = _cross(*basis)
        terms = [s * x for s, x in zip(signs, [-sum(n), *n], strict=True)]
        plus, minus = sum(x for x in terms if x > 0), -sum(x for x in terms if x < 0)
        if plus and minus:  # heights s_i times these weights are orthogonal to the dependence
            return [
                s * (minus if x > 0 else plus if x < 0 else plus * minus) for s, x in zip(signs, terms, strict=True)
            ]
        direction = 1 if plus else -1
        return _normal([direction * s * x for s, x in zip(signs, terms, strict=True)])
    places = [Fraction(0), *(basis[0] if basis else [Fraction(0)] * 3)]
    for way in (1, -1):
        low = min(way * x for x, one in zip(places, ones, strict=True) if one)
        high = max(way * x for x, one in zip(places, ones, strict=True) if not one)
        if low > high:
            return [way * x - (low + high) / 2 for x in places]
    return _on_a_line(places, ones)


def _on_a_line(places: list[Fraction], ones: list[bool]) -> tuple[Fraction, ...]:
    """Points on a line that no cut separates: one that lies among those of the other class."""
    for i, k, m in combinations(range(4), 3):
        for a, b, c in ((i, k, m), (k, i, m), (m, i, k)):
            if ones[b] == ones[c] != ones[a] and places[b] != places[c]:
                part = (places[a] - places[b]) / (places[c] - places[b])
                if 0 <= part <= 1:
                    found = [Fraction(0)] * 4
                    found[a], found[b], found[c] = Fraction(1), part - 1, -part
                    return _normal([x * (1 if ones[a] else -1) for x in found])
    a, b = next((a, b) for a in range(4) for b in range(4) if ones[a] and not ones[b] and places[a] == places[b])
    found = [Fraction(0)] * 4
    found[a], found[b] = Fraction(1), Fraction(-1)
    return tuple(found)


def _normal(dependence: list[Fraction]) -> tuple[Fraction, ...]:
    total = sum(x for x in dependence if x > 0)
    return tuple(x / total for x in dependence)


def _combination(columns: list[list[Fraction]], target: list[Fraction]) -> list[Fraction]:
    """The combination of independent columns that is the target."""
    n = len(columns)
    rows = [[*(c[i] for c in columns), target[i]] for i in range(3)]
    for j in range(n):
        pivot = next(i for i in range(j, 3) if rows[i][j] != 0)
        rows[j], rows[pivot] = rows[pivot], rows[j]
        rows[j] = [v / rows[j][j] for v in rows[j]]
        rows = [
            row if i == j else [v - row[j] * p for v, p in zip(row, rows[j], strict=True)] for i, row in enumerate(rows)
        ]
    assert all(row[n] == 0 for row in rows[n:])
    return [rows[j][n] for j in range(n)]


def solvable_lp(features: Any, gate: Any) -> bool:
    """The same question as a linear programme in floats: is there a margin?

    The programme is: maximize m with v . x + b >= m on ones, <= -m on zeros, 0 <= m <= 1. Its optimum is 1 if the gate
    is solved, else 0.

    Parameters
    ----------
    features : array_like, shape (4, d)
        The feature vectors of 00, 01, 10, 11.
    gate : str or int
        The gate.

    Returns
    -------
    bool

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.solvable_lp([[0, 0], [0, 1], [1, 0], [1, 1]], "OR")
    True
    """
    from scipy.optimize import linprog

    x = np.asarray(features, dtype=np.float64)
    signs = np.where(truth_table(gate), 1.0, -1.0)
    rows = np.hstack([-signs[:, None] * x, -signs[:, None], np.ones((4, 1))])
    cost: NDArray[np.float64] = np.zeros(rows.shape[1])
    cost[-1] = -1.0
    free = [(None, None)] * (rows.shape[1] - 1)
    found = linprog(cost, A_ub=rows, b_ub=np.zeros(4), bounds=[*free, (0.0, 1.0)], method="highs")
    if found.status != 0:
        raise ArithmeticError(f"the linear programme ended with: {found.message}")
    return bool(found.x[-1] > 0.5)
