"""Random networks aimed at ties, as the package and as the oracle take them; drawn from a `random.Random`."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from laws.cases import between, nudged
from oracles.networks import Neuron, simulate

import spikemath as sm
from spikemath.networks import Layer, Link, Network

RESETS = ("modulo", "modulo", "subtract", "zero")


@dataclass(frozen=True)
class NetworkCase:
    """Inputs (times, weights), neurons of every layer, connections (source, target, weights, delays), domain."""

    inputs: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    layers: tuple[tuple[sm.LIF, ...], ...]
    connections: tuple[tuple[int, int, Any, Any], ...]
    domain: tuple[float, float]
    until: float | None

    def trains(self) -> sm.SpikeTrains:
        return sm.SpikeTrains(sm.SpikeTrain(list(t), list(w), domain=self.domain) for t, w in self.inputs)

    def network(self) -> Network:
        layers = [Layer(self.connections[i][2], list(n), self.connections[i][3]) for i, n in enumerate(self.layers)]
        more = self.connections[len(layers) :]
        return Network(layers, [Link("input" if s < 0 else s, t, w, d) for s, t, w, d in more])

    def ends(self) -> list[Fraction]:
        """Where the domain of every layer ends."""
        end = Fraction(self.domain[1])
        if self.until is None and any(s >= t for s, t, _, _ in self.connections):
            return [end] * len(self.layers)
        if self.until is not None:
            return [Fraction(self.until)] * len(self.layers)
        ends: list[Fraction] = []
        for i in range(len(self.layers)):
            into = [(end if s < 0 else ends[s], longest(d)) for s, t, _, d in self.connections if t == i]
            ends.append(max(a + b for a, b in into))
        return ends

    def edges(self) -> list[tuple[int, int, Fraction, Fraction]]:
        """Synapses as the oracle takes them."""
        offsets = [0]
        for n in self.layers:
            offsets.append(offsets[-1] + len(n))
        out = []
        for s, t, weights, delays in self.connections:
            for j, row in enumerate(weights):
                for i, w in enumerate(row):
                    source = -1 - i if s < 0 else offsets[s] + i
                    out.append((source, offsets[t] + j, Fraction(w), Fraction(delay_at(delays, i, j))))
        return out

    def neurons(self) -> list[Neuron]:
        return [oracle_neuron(n) for layer in self.layers for n in layer]

    def truth(self) -> list[list[list[tuple[Fraction, int]]]]:
        """Spikes of every neuron of every layer, by the oracle."""
        ends = [end for end, layer in zip(self.ends(), self.layers, strict=True) for _ in layer]
        inputs = [list(zip(map(Fraction, t), map(Fraction, w), strict=True)) for t, w in self.inputs]
        found = simulate(inputs, self.neurons(), self.edges(), Fraction(self.domain[0]), ends, most=4000)
        out = []
        for layer in self.layers:
            out.append(found[: len(layer)])
            found = found[len(layer) :]
        return out


def oracle_neuron(n: sm.LIF) -> Neuron:
    return Neuron(Fraction(n.threshold), Fraction(n.alpha), n.reset, Fraction(n.refractory), n.bipolar)


def delay_at(delays: Any, i: int, j: int) -> float:
    if delays is None or isinstance(delays, float):
        return delays or 0.0
    return delays[j][i] if isinstance(delays[0], tuple) else delays[i]


def longest(delays: Any) -> Fraction:
    if delays is None or isinstance(delays, float):
        return Fraction(delays or 0.0)
    flat = [d for row in delays for d in row] if isinstance(delays[0], tuple) else delays
    return Fraction(max(flat))


def synapse(rng: random.Random, kind: str) -> float:
    """A synaptic weight."""
    if rng.random() < 0.2:
        return 0.0
    if kind == "quarters":
        return rng.randint(-6, 6) / 4
    if kind == "decimal":
        return rng.randint(-12, 12) * 0.1
    if kind == "scales":
        return rng.choice([1.0, -1.0, 3.0]) * 2.0 ** rng.choice([0, 0, -54, -55, -110, -150])
    if kind == "near":
        return nudged(rng, rng.choice([1.0, -1.0, 0.5, 0.3]))
    return between(rng, -1.5, 1.5)


def neuron(rng: random.Random, alpha: float, refractory: bool) -> sm.LIF:
    """A neuron with round, decimal or odd settings."""
    theta = rng.choice([1.0, 1.0, 0.5, 0.3, 0.1, 0.7, between(rng, 0.2, 1.0)])
    t_r = rng.choice([0.0, 0.1, 0.25, 1.0]) if refractory and rng.random() < 0.5 else 0.0
    return sm.LIF(theta, alpha, rng.choice(RESETS), t_r, rng.random() < 0.75)


def matrix(rng: random.Random, rows: int, columns: int, kind: str, scale: float = 1.0) -> Any:
    return tuple(tuple(scale * synapse(rng, kind) for _ in range(columns)) for _ in range(rows))


def delays(rng: random.Random, rows: int, columns: int, kind: str) -> Any:
    values = [0.0, 0.1, 0.25, 0.3, 1.0]
    if kind == "none":
        return None
    if kind == "one":
        return rng.choice(values)
    if kind == "inputs":
        return tuple(rng.choice(values) for _ in range(columns))
    return tuple(tuple(rng.choice(values) for _ in range(columns)) for _ in range(rows))


def network_case(
    rng: random.Random, alphas: tuple[float, ...] = (0.0, 0.5, 3.0), links: bool = False, kinds: Any = None
) -> NetworkCase:  # fmt: skip
    """A small network and its input."""
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(2, 4))]
    kind = rng.choice(kinds or ("quarters", "decimal", "near", "anywhere", "scales"))
    mixed, refractory = rng.random() < 0.3, rng.random() < 0.4
    late = rng.choice(("none", "none", "one", "inputs", "synapses"))
    layers, connections = [], []
    for i, (below, here) in enumerate(pairwise(sizes)):
        alpha = rng.choice(alphas)
        one = neuron(rng, alpha, refractory)
        many = tuple(neuron(rng, rng.choice(alphas) if mixed else alpha, refractory) for _ in range(here))
        layers.append(many if mixed or rng.random() < 0.5 else (one,) * here)
        connections.append((i - 1, i, matrix(rng, here, below, kind), delays(rng, here, below, late)))
    if links:
        for _ in range(rng.randint(1, 2)):
            source, target = rng.randint(-1, len(layers) - 1), rng.randint(0, len(layers) - 1)
            columns, rows = sizes[source + 1], sizes[target + 1]
            back = source >= target
            lag = tuple(tuple(rng.choice([0.25, 0.3, 0.5, 1.0]) for _ in range(columns)) for _ in range(rows))
            weights = matrix(rng, rows, columns, kind, 0.25 if back else 1.0)
            connections.append((source, target, weights, lag if back else delays(rng, rows, columns, "synapses")))
    inputs = tuple(train(rng, kind) for _ in range(sizes[0]))
    until = rng.choice([None, None, 2.0, 4.5])
    return NetworkCase(inputs, tuple(layers), tuple(connections), (0.0, 2.5), until)


def train(rng: random.Random, kind: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    n = rng.choice([0, 1, 3, 6])
    grid = rng.choice(["tenths", "quarters", "anywhere"])
    if grid == "tenths":
        times = sorted(rng.randint(0, 25) * 0.1 for _ in range(n))
    elif grid == "quarters":
        times = sorted(rng.randint(0, 8) / 4 for _ in range(n))
    else:
        times = sorted(between(rng, 0.0, 2.5) for _ in range(n))
    unit = rng.random() < 0.5
    return tuple(min(t, 2.5) for t in times), tuple(1.0 if unit else 2.0 * synapse(rng, kind) for _ in times)


def found(run: sm.networks.Run) -> list[list[list[tuple[Fraction, int]]]]:
    """The package's answer in the oracle's form."""
    return [
        [list(zip(s.exact_times(), s.counts.tolist(), strict=True)) for s in layer] for layer in run.layers
    ]  # fmt: skip


def near_tie_case(rng: random.Random, links: bool = False) -> NetworkCase:
    """Neurons with a leak whose potential comes to within an ulp or so of a multiple of the threshold.

    A float with an error bound cannot decide these, so exact arithmetic has to: at the last pulse (of neurons with one
    leak, or with several), or at the end of a refractory time. With ``links`` the network goes through the queue.
    """
    theta, n = rng.choice([1.0, 0.3, 0.7]), rng.randint(1, 3)
    kind = rng.choice(["one leak", "leaks", "wake"])
    leaks = [rng.choice([0.5, 1.0, 3.0])] * n if kind == "one leak" else [rng.choice([0.5, 1.0, 3.0]) for _ in range(n)]
    k = rng.choice([1, 1, 2])
    if kind == "wake":  # a subtraction leaves what decays to the threshold just when the refractory time ends
        rows = tuple((nudged(rng, theta + k * theta * math.exp(0.5 * a)), rng.choice([0.1, 0.0])) for a in leaks)
        inputs = ((0.25,), (1.0,)), ((2.25, 2.5), (1.0, 1.0))
        neurons = tuple(sm.LIF(theta, a, "subtract", 0.5) for a in leaks)
    else:
        times = sorted(rng.randint(0, 20) * 0.1 for _ in range(3))
        w = [between(rng, 0.05, 0.3) * theta for _ in range(n)]
        sums = [sum(w[i] * math.exp(-a * (2.25 - t)) for t in times) for i, a in enumerate(leaks)]
        rows = tuple((w[j], nudged(rng, k * theta - sums[j])) for j in range(n))
        inputs = (tuple(times), (1.0,) * 3), ((2.25, 2.5), (1.0, 1.0))
        reset = rng.choice(["modulo", "subtract", "zero"])
        neurons = tuple(sm.LIF(theta, a, reset) for a in leaks)
    layers = (neurons, (sm.LIF(theta, leaks[0]),))
    connections: list[Any] = [(-1, 0, rows, None), (0, 1, (tuple(rng.choice([1.0, 0.7]) for _ in range(n)),), None)]
    if links:
        connections.append((-1, 1, ((0.5, 0.1),), ((0.25, 0.0),)))
    return NetworkCase(inputs, layers, tuple(connections), (0.0, 2.5), None)
