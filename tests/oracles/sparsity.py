"""Oracle: every lattice train in the tube around a train, one by one.

For events (t_n, a_n), a threshold theta and a leak alpha, a train s with weights k_n theta at the events is
admissible if every residual

    r_n = r_(n-1) exp(-alpha (t_n - t_(n-1))) + a_n - k_n theta

has |r_n| < theta (closed tube: <= theta). All integers k_n in a range that no admissible weight leaves are tried
at every event: nothing is known here about how many of them are admissible. Spikes at further times are tried by
listing those times as events of weight 0.

Exactness is that of trains.py: without leak everything is rational; with leak a residual is rational only if all
earlier coefficients a_i - k_i theta vanish (Lindemann-Weierstrass), and is then compared in rationals. Otherwise it is
compared with 300 digits, and a distance below 10^-250 raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil

import mpmath
from mpmath import mpf

from .trains import to_mpf

Counts = tuple[int, ...]
DIGITS = 300


def admissible_trains(
    times: Sequence[Fraction],
    weights: Sequence[Fraction],
    theta: Fraction,
    alpha: Fraction = Fraction(0),
    closed: bool = False,
) -> Iterator[Counts]:
    """The counts (k_1, ..., k_N) of all admissible trains."""
    reach = ceil(max((abs(a) for a in weights), default=Fraction(0)) / theta) + 2  # |u| < theta + max |a|
    with mpmath.workdps(DIGITS):
        decays = [mpmath.exp(-to_mpf(alpha * (t - s))) for s, t in pairwise([*times[:1], *times])]
        yield from _extend((), Fraction(0), weights, decays, theta, alpha, reach, closed)


def _extend(counts, residual, weights, decays, theta, alpha, reach, closed) -> Iterator[Counts]:
    n = len(counts)
    if n == len(weights):
        yield counts
        return
    if alpha == 0 or residual == 0:
        before = residual
    else:
        before = (to_mpf(residual) if isinstance(residual, Fraction) else residual) * decays[n]
    for k in range(-reach, reach + 1):
        change = weights[n] - k * theta
        after = before + change if isinstance(before, Fraction) else before + to_mpf(change)
        if _inside(after, theta, closed):
            yield from _extend((*counts, k), after, weights, decays, theta, alpha, reach, closed)


def _inside(r: Fraction | mpf, theta: Fraction, closed: bool) -> bool:
    if isinstance(r, Fraction):
        return abs(r) <= theta if closed else abs(r) < theta
    room = to_mpf(theta) - abs(r)
    if abs(room) < to_mpf(theta) * mpf(10) ** -250:
        raise ArithmeticError("too close to the edge of the tube for 300 digits")
    return bool(room > 0)


def size(counts: Counts, power: int = 1) -> int:
    """sum |k| (power 1), or the number of spikes (power 0)."""
    return sum(abs(k) ** power for k in counts if k)


def optima(trains: list[Counts], power: int = 1) -> list[Counts]:
    """The trains of least size."""
    least = min(size(c, power) for c in trains)
    return [c for c in trains if size(c, power) == least]


def laziest(trains: list[Counts]) -> Counts:
    """The optimum with the lexicographically smallest |k_1|, |k_2|, ..."""
    return min(optima(trains), key=lambda c: [abs(k) for k in c])


def minimal_at_every_prefix(trains: list[Counts]) -> list[Counts]:
    """The trains that have, up to every event, the least size of all."""
    if not trains:
        return []
    least = [min(size(c[: n + 1]) for c in trains) for n in range(len(trains[0]))]
    return [c for c in trains if all(size(c[: n + 1]) == m for n, m in enumerate(least))]


def crossings(path: Sequence[Fraction], low: Fraction, high: Fraction) -> int:
    """Completed crossings of [low, high] by the values of a path, one value after the other."""
    state, total = None, 0
    for x in path:
        now = "above" if x >= high else "below" if x <= low else None
        if now is not None and state is not None and now != state:
            total += 1
        state = now or state
    return total


def truncated_variation(path: Sequence[Fraction], c: Fraction) -> Fraction:
    """sup over all subsequences of the path of sum max(|difference| - c, 0): best chain that ends at each value."""
    best: list[Fraction] = []
    for j, x in enumerate(path):
        best.append(max([Fraction(0)] + [b + max(abs(x - path[i]) - c, Fraction(0)) for i, b in enumerate(best[:j])]))
    return max(best, default=Fraction(0))
