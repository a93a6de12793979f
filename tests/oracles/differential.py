"""Oracle: networks of integer LIF neurons, tick by tick in Python integers, and trains merged by sorting.

Nothing is event-driven, lazy or differential here. A decay is a rule for one tick, a function of one integer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

Train = Sequence[int]


def shift_down(k: int) -> Callable[[int], int]:
    """floor(u / 2^k), by division."""
    return lambda u: floor(Fraction(u, 2**k))


def rounded_product(multiplier: int, bits: int, rounding: str) -> Callable[[int], int]:
    """u * multiplier / 2^bits, rounded."""

    def once(u: int) -> int:
        exact = Fraction(u * multiplier, 2**bits)
        if rounding == "zero":
            return int(exact)
        return floor(exact + Fraction(1, 2)) if rounding == "nearest" else floor(exact)

    return once


def sorted_events(trains: Sequence[Train]) -> list[tuple[int, int]]:
    """(tick, train) of all spikes: by tick, then by train."""
    return sorted((t, i) for i, train in enumerate(trains) for t in train)


def layer(
    trains: Sequence[Train],
    weights: Sequence[Sequence[int]],
    thresholds: Sequence[int],
    decay: Callable[[int], int],
    reset: str,
    until: int,
) -> tuple[list[list[int]], list[int]]:
    """Ticks at which each neuron fires, and its potential after tick `until`."""
    fired: list[list[int]] = [[] for _ in weights]
    u = [0] * len(weights)
    for n in range(until + 1):
        for j, row in enumerate(weights):
            u[j] = decay(u[j])
            for i, train in enumerate(trains):
                u[j] += row[i] * sum(1 for t in train if t == n)
            times = 0
            if u[j] >= thresholds[j]:
                times = 1 if reset == "subtract" else u[j] // thresholds[j]
            u[j] -= times * thresholds[j]
            fired[j] += [n] * times
    return fired, u
