"""The hidden layer in rational numbers: nothing but fractions, so that a solution can be checked by hand.

    u <- beta^(t - last) u + weights of pulses at t,    fires if |u| >= theta      (beta rational, times whole units)

    modulo: c = trunc(u / theta), u <- u - c theta;   subtract: c = sign u, u <- u - c theta;   zero: c = sign u, u <- 0

With a refractory time the potential is also tested when it ends, and not before. Shares no line with the package's
operators.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Spikes (time: count), how far tested potentials stayed from a level that decides, and the potential."""

    spikes: dict[Fraction, int]
    clearance: Fraction
    path: tuple[tuple[Fraction, Fraction, Fraction], ...]  # time, potential before and after the reset


def answer(
    pulses: Any, weights: Any, beta: Fraction, reset: str, refractory: int, end: Fraction, theta: Fraction = Fraction(1)
) -> Answer:  # fmt: skip
    """The answer of one neuron to one input."""
    received: dict[Fraction, Fraction] = {}
    for line, t, sign in pulses:
        received[Fraction(t)] = received.get(Fraction(t), Fraction(0)) + sign * Fraction(weights[line])
    events = sorted((t, a) for t, a in received.items() if a)
    u, last = Fraction(0), Fraction(0)
    wake: Fraction | None = None
    spikes: dict[Fraction, int] = {}
    clearance: Fraction = theta
    path: list[tuple[Fraction, Fraction, Fraction]] = []
    while True:
        if events and (wake is None or wake >= events[0][0]):
            t, a = events.pop(0)
        elif wake is not None and wake <= end:
            t, a = wake, Fraction(0)
        else:
            return Answer(spikes, clearance, tuple(path))
        u, last = u * beta ** _whole(t - last) + a, t
        if wake is not None and t < wake:
            path.append((t, u, u))
            continue
        wake, before, ratio = None, u, u / theta
        levels = (1, -1) if reset != "modulo" else (max(1, abs(round(ratio))), -max(1, abs(round(ratio))))
        clearance = min(clearance, *(abs(u - k * theta) for k in levels))
        count = int(ratio) if reset == "modulo" else (0 if abs(ratio) < 1 else 1 if ratio > 0 else -1)
        if count:
            spikes[t] = count
            u = Fraction(0) if reset == "zero" else u - count * theta
            wake = t + refractory if refractory else None
        path.append((t, before, u))


def _whole(gap: Fraction) -> int:
    if gap.denominator != 1:
        raise ValueError(f"a gap of {gap} is no whole number of units")
    return int(gap)
