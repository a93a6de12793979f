"""Oracle: do the convex hulls of two finite sets of rational points meet?

They meet iff there are lambda, mu >= 0 with sum lambda = sum mu = 1 and sum lambda_i x_i = sum mu_j y_j. If these
equations have a solution, they have a basic one: its support makes the columns of the system independent, so on that
support it is the only solution of the equations. Hence it suffices to solve them on every support, and to look whether
the solution is unique and positive. Exponential, and exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations

Points = Sequence[Sequence[Fraction]]


def hulls_meet(ones: Points, zeros: Points) -> bool:
    """Whether a point is a mean of either set. An empty set has no mean."""
    for some in subsets(len(ones)):
        for others in subsets(len(zeros)):
            columns = [[*ones[i], Fraction(1), Fraction(0)] for i in some]
            columns += [[*(-x for x in zeros[j]), Fraction(0), Fraction(1)] for j in others]
            right = [Fraction(0)] * (len(columns[0]) - 2) + [Fraction(1), Fraction(1)]
            solution = only_solution(columns, right)
            if solution is not None and all(x > 0 for x in solution):
                return True
    return False


def subsets(n: int) -> list[tuple[int, ...]]:
    """All nonempty sets of indices."""
    return list(chain.from_iterable(combinations(range(n), k) for k in range(1, n + 1)))


def only_solution(columns: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """The solution of sum_k c_k columns[k] = right, if there is exactly one."""
    rows = [[*(c[i] for c in columns), right[i]] for i in range(len(right))]
    n, done = len(columns), 0
    for j in range(n):
        pivot = next((i for i in range(done, len(rows)) if rows[i][j] != 0), None)
        if pivot is None:
            return None
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [x / rows[done][j] for x in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[j] != 0:
                rows[i] = [x - row[j] * y for x, y in zip(row, rows[done], strict=True)]
        done += 1
    if any(row[n] != 0 for row in rows[done:]):
        return None
    return [rows[k][n] for k in range(n)]
