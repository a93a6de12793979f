r"""The sparsest lattice train without leak: two states per event.

    minimize  sum_n |k_n|     over integers k_n     subject to     |F_n - theta w_n| < theta,    w_n = k_1 + ... + k_n

F_n is the sum of the first n weights. The tube is open, so w_n is floor(F_n / theta) or ceil(F_n / theta), and these
are one number where F_n / theta is an integer: a shortest path through at most two nodes per event. Nothing here knows
of integrate-and-fire; that its train comes out is theory S1.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from math import ceil, floor


def lattice_counts(weights: list[Fraction], threshold: Fraction) -> list[int]:
    """Counts k_n of the optimum with the lexicographically smallest |k_1|, |k_2|, ...

    Parameters
    ----------
    weights : list of Fraction
        Weights of the events, in order.
    threshold : Fraction
        The quantum, > 0.

    Returns
    -------
    list of int

    Examples
    --------
    >>> from fractions import Fraction
    >>> lattice_counts([Fraction(3, 4), Fraction(3, 4), Fraction(-3, 2)], Fraction(1))
    [0, 1, -1]
    """
    states = [_admissible(total / threshold) for total in accumulate(weights)]
    to_go = _costs_to_go(states)
    counts, at = [], 0
    for here, costs in zip(states, to_go, strict=True):
        _, _, best = min((abs(w - at) + c, abs(w - at), w) for w, c in zip(here, costs, strict=True))
        counts.append(best - at)
        at = best
    return counts


def _admissible(x: Fraction) -> tuple[int, ...]:
    """The integers at a distance below 1."""
    low, high = floor(x), ceil(x)
    return (low,) if low == high else (low, high)


def _costs_to_go(states: list[tuple[int, ...]]) -> list[list[int]]:
    """For every admissible value after event n, what the events after n cost at least."""
    out: list[list[int]] = [[0] * len(here) for here in states]
    for n in range(len(states) - 2, -1, -1):
        following = list(zip(states[n + 1], out[n + 1], strict=True))
        out[n] = [min(abs(v - w) + c for v, c in following) for w in states[n]]
    return out
