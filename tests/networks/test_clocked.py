"""The clocked network: step by step as the oracle's, and where it is the event-driven one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from laws.cases import corpus, drawn, share
from oracles.networks import clocked

import spikemath as sm
from spikemath.networks import Layer, Link, Network

from .cases import matrix, neuron, oracle_neuron


@dataclass(frozen=True)
class ClockedCase:
    x: tuple[tuple[float, ...], ...]
    fs: float
    layers: tuple[Any, ...]  # weights, neurons, delays in steps

    link: Any = None  # weights and delay in steps, from the last layer to the first

    def network(self, refractory: bool = False) -> Network:
        """``refractory``: with whole steps of refractory time, at least one for subtract."""
        layers = []
        for weights, neurons, steps in self.layers:
            kept = [self.in_steps(n) for n in neurons] if refractory else neurons
            layers.append(Layer(weights, list(kept), steps / self.fs))
        return Network(layers, [] if self.link is None else [self.feedback()])

    def feedback(self) -> Link:
        return Link(len(self.layers) - 1, 0, self.link[0], self.link[1] / self.fs)

    def in_steps(self, n: sm.LIF) -> sm.LIF:
        steps = max(-((-Fraction(n.refractory) * Fraction(self.fs)) // 1), int(n.reset == "subtract"))
        return sm.LIF(n.threshold, n.alpha, n.reset, float(steps) / self.fs, n.bipolar)

    def truth(self) -> list[list[int]]:
        edges, first = [], 0
        for i, (weights, neurons, steps) in enumerate(self.layers):
            before = first - len(self.layers[i - 1][1]) if i else 0
            for j in range(len(neurons)):
                for k, w in enumerate(weights[j]):
                    edges.append((before + k if i else -1 - k, first + j, Fraction(w), steps))
            first += len(neurons)
        if self.link is not None:
            last = first - len(self.layers[-1][1])
            for j, row in enumerate(self.link[0]):
                edges += [(last + k, j, Fraction(w), self.link[1]) for k, w in enumerate(row)]
        neurons = [oracle_neuron(n) for _, layer, _ in self.layers for n in layer]
        steps = len(self.x[0]) + (0 if self.link is not None else sum(d for _, _, d in self.layers))
        x = [[Fraction(v) for v in row] + [Fraction(0)] * (steps - len(row)) for row in self.x]
        return clocked(x, neurons, edges, 1 / Fraction(self.fs))


def clocked_case(
    rng: random.Random, resets: Any = None, linked: bool = False, refractory: bool = True
) -> ClockedCase:  # fmt: skip
    steps, fs = rng.randint(1, 8), rng.choice([1.0, 4.0, 8.0])
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(2, 3))]
    kind = rng.choice(["quarters", "decimal", "near", "anywhere"])
    layers = []
    for below, here in pairwise(sizes):
        neurons = []
        for _ in range(here):
            n = neuron(rng, rng.choice([0.0, 0.7]), refractory)
            reset = rng.choice(resets) if resets else n.reset
            neurons.append(sm.LIF(n.threshold, n.alpha, reset, n.refractory, n.bipolar))
        layers.append((matrix(rng, here, below, kind), tuple(neurons), rng.choice([0, 0, 1, 2])))
    link = None
    if linked:
        link = matrix(rng, len(layers[0][1]), len(layers[-1][1]), kind, 0.25), rng.choice([1, 2])
    x = tuple(tuple(rng.choice([0.0, 0.0, 1.0, 0.1, -0.5, 2.5, 3.0]) for _ in range(steps)) for _ in range(sizes[0]))
    return ClockedCase(x, fs, tuple(layers), link)


def counts_of(run: Any, case: ClockedCase) -> list[list[int]]:
    steps = len(case.truth()[0])
    rows = []
    for layer in run.layers:
        for s in layer:
            row = [0] * steps
            for t, k in zip(s.exact_times(), s.counts.tolist(), strict=True):
                tick = t * Fraction(case.fs)
                assert tick.denominator == 1
                row[int(tick)] = k
            rows.append(row)
    return rows


def trimmed(truth: list[list[int]], run: Any, case: ClockedCase) -> list[list[int]]:
    """The oracle's counts up to the end of every layer's domain (it goes on to the end of the last one)."""
    out, first = [], 0
    for layer in run.layers:
        steps = round(layer.domain[1] * case.fs) + 1
        for row in truth[first : first + len(layer)]:
            out.append(row[:steps] + [0] * (len(row) - steps))
        first += len(layer)
    return out


@given(drawn(clocked_case))
@share(0.5)
def test_clocked_is_the_oracle(case):
    run = case.network().clocked(case.x, case.fs)
    assert counts_of(run, case) == trimmed(case.truth(), run, case)


@given(drawn(clocked_case, linked=True))
@share(0.3)
def test_clocked_with_links_is_the_oracle(case):
    run = case.network().clocked(case.x, case.fs)
    assert counts_of(run, case) == case.truth()


@given(drawn(clocked_case, resets=("modulo", "zero"), refractory=False))
@share(0.5)
def test_clocked_is_event_driven_bit_for_bit_without_subtract(case):
    network = case.network()
    events = network.run(sm.SpikeTrain.from_samples(np.array(case.x), fs=case.fs))
    assert network.clocked(case.x, case.fs).layers == events.layers


@given(drawn(clocked_case))
@share(0.5)
def test_clocked_is_event_driven_with_refractory_times_of_whole_steps(case):
    """Any reset: subtract at every step is subtract with a refractory time of one step."""
    events = case.network(refractory=True).run(sm.SpikeTrain.from_samples(np.array(case.x), fs=case.fs))
    assert case.network().clocked(case.x, case.fs).layers == events.layers


def test_single_shot_subtract_differs():
    network = Network([Layer([[1.0]], sm.IF(1.0, "subtract"))])
    x = [[3.0, 0.0, 0.0, 0.0]]
    assert network.clocked(x, 1.0).outputs[0].counts.tolist() == [1, 1, 1]
    assert network(sm.SpikeTrain.from_samples(x, fs=1.0))[0].counts.tolist() == [1]


def test_clocked_near_ties_are_exact():
    """Filter and exact arithmetic give the same in a clocked run: potentials within an ulp of the threshold."""
    asked = 0
    for case in corpus(clocked_case, 30):
        beta = float(np.exp(-0.7 / case.fs))
        w = np.nextafter(1.0 - 0.4 * beta, [0.0, 1.0, 2.0]).tolist()
        layers = ((tuple((v,) for v in w), tuple(sm.LIF(1.0, 0.7, r) for r in ("modulo", "subtract", "zero")), 0),)
        near = ClockedCase(((0.4 / w[1], 1.0, 0.0, 1.0),), case.fs, layers)
        run = near.network().clocked(near.x, near.fs)
        assert counts_of(run, near) == near.truth()
        asked += sum(e.size for e in run.exact)
    assert asked


def test_certificates_of_a_clocked_run():
    run = Network([Layer([[1.0]], sm.LIF(1.0, 0.5))]).clocked([[0.5, 0.75, 3.0, 0.0]], 2.0)
    assert run.certify(0)[0].verdict == "holds"
    assert run.rule(0, 0) == sm.LIF(1.0, 0.5)


def test_messages():
    network = Network([Layer([[1.0]], sm.IF(1.0), 0.3)])
    with pytest.raises(ValueError, match="whole number"):
        network.clocked([[1.0]], fs=1.0)
    with pytest.raises(ValueError, match="no steps"):
        network.clocked([[]], fs=1.0)
    with pytest.raises(ValueError, match="do not fit"):
        network.clocked([[1.0], [1.0]], fs=1.0)
