"""Oracle: a network of threshold neurons on spike trains, decided exactly, one instant after the other.

A network is a list of sources (inputs first, then neurons) and of edges (source, target, weight, delay):

    pulse on neuron j at time t  =  sum over edges (i, j, w, d) and spikes (t - d, a) of source i  of  w a

Every neuron follows the rule of `oracles.trains` on its own pulses: sums of one instant are taken first, zero sums
vanish. Spikes that an edge without delay carries belong to the same instant, so neurons are asked in an order in which
no such edge points back. A neuron may stop earlier than others: `ends`.

The clocked network visits every step, pulse or not: u <- beta u + pulse, test, fire, reset; after a spike it does not
test for as many steps as the refractory time needs (rounded up).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .trains import Potential, spike_count


@dataclass(frozen=True)
class Neuron:
    """Threshold, leak, reset, refractory time, polarity."""

    threshold: Fraction
    alpha: Fraction = Fraction(0)
    reset: str = "modulo"
    refractory: Fraction = Fraction(0)
    bipolar: bool = True


Edge = tuple[int, int, Fraction, Fraction]
Spikes = list[tuple[Fraction, Fraction]]


def order_of(n: int, edges: Sequence[Edge]) -> list[int]:
    """An order of n neurons in which no edge without delay points back; ValueError where there is none."""
    before: dict[int, set[int]] = {j: set() for j in range(n)}
    for i, j, w, d in edges:
        if w != 0 and d == 0 and i >= 0:
            before[j].add(i)
    order: list[int] = []
    while len(order) < n:
        free = [j for j in range(n) if j not in order and before[j] <= set(order)]
        if not free:
            raise ValueError("a cycle without delay")
        order.extend(free)
    return order


def simulate(
    inputs: Sequence[Spikes],
    neurons: Sequence[Neuron],
    edges: Sequence[Edge],
    start: Fraction,
    ends: Sequence[Fraction],
    most: int = 100_000,
) -> list[list[tuple[Fraction, int]]]:
    """Spikes (time, count) of every neuron; the sources of `edges` are inputs -1, -2, ... or neurons 0, 1, ..."""
    order = order_of(len(neurons), edges)
    pending: dict[Fraction, dict[int, Fraction]] = {}
    touched: dict[Fraction, set[int]] = {}  # instants at which a refractory time ends

    def send(source: int, t: Fraction, a: Fraction) -> None:
        for i, j, w, d in edges:
            if i == source and w != 0 and t + d <= ends[j]:
                at = pending.setdefault(t + d, {})
                at[j] = at.get(j, Fraction(0)) + w * a

    for i, spikes in enumerate(inputs):
        for t, a in spikes:
            send(-1 - i, t, a)
    potentials = [Potential(start, neuron.alpha) for neuron in neurons]
    wakes: list[Fraction | None] = [None] * len(neurons)
    out: list[list[tuple[Fraction, int]]] = [[] for _ in neurons]
    while pending or touched:
        now = min([*pending, *touched])
        for j in order:
            pulse = pending.get(now, {}).get(j, Fraction(0))
            wake = wakes[j]
            if now > ends[j] or (pulse == 0 and wake != now):
                continue
            u, neuron = potentials[j], neurons[j]
            u.advance(now)
            u.add(pulse)
            if wake is not None and wake > now:
                continue
            wakes[j] = None
            count, _ = spike_count(u, neuron.threshold, neuron.reset, neuron.bipolar)
            if not count:
                continue
            out[j].append((now, count))
            if neuron.reset == "zero":
                u.clear()
            else:
                u.add(-count * neuron.threshold)
            if neuron.refractory > 0:
                wakes[j] = now + neuron.refractory
                if now + neuron.refractory <= ends[j]:
                    touched.setdefault(now + neuron.refractory, set()).add(j)
            send(j, now, count * neuron.threshold)
        pending.pop(now, None)
        touched.pop(now, None)
        if sum(map(len, out)) > most:
            raise OverflowError("too many spikes")
    return out


def clocked(
    x: Sequence[Sequence[Fraction]],
    neurons: Sequence[Neuron],
    edges: Sequence[tuple[int, int, Fraction, int]],
    step: Fraction,
) -> list[list[int]]:
    """Counts (neurons, steps) of the clocked network; delays are whole steps, x is (inputs, steps)."""
    order = order_of(len(neurons), [(i, j, w, Fraction(d)) for i, j, w, d in edges])
    steps = len(x[0])
    out = [[0] * steps for _ in neurons]
    potentials = [Potential(Fraction(0), neuron.alpha) for neuron in neurons]
    silent = [0] * len(neurons)  # first step at which it may fire again
    for k in range(steps):
        for j in order:
            pulse = Fraction(0)
            for i, target, w, d in edges:
                if target == j and k >= d:
                    pulse += w * (x[-1 - i][k - d] if i < 0 else out[i][k - d] * neurons[i].threshold)
            u, neuron = potentials[j], neurons[j]
            u.advance(k * step)
            u.add(pulse)
            if k < silent[j]:
                continue
            count, _ = spike_count(u, neuron.threshold, neuron.reset, neuron.bipolar)
            out[j][k] = count
            if count:
                if neuron.reset == "zero":
                    u.clear()
                else:
                    u.add(-count * neuron.threshold)
                silent[j] = k + math.ceil(neuron.refractory / step)
    return out
