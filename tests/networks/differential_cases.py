"""Random networks for the engine: small thresholds and heavy weights, for ties and autonomous firings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from oracles import differential as oracle

from spikemath.networks.differential import Decay, Engine, LifLayer

SHIFTS = {k: Decay(k) for k in (1, 2, 3)}
TABLES = [
    Decay.table(beta, bits, rounding, reach)
    for beta, bits, rounding, reach in [
        (0.9, 8, "down", 64),
        (0.7, 6, "zero", 300),
        (0.95, 8, "nearest", 16),
        (1.0, 4, "down", 8),
        (0.0, 4, "down", 8),
    ]
]


class Case(NamedTuple):
    trains: list[list[int]]
    layers: list[LifLayer]
    readout: Any
    until: int


def oracle_decay(decay: Decay) -> Any:
    if decay.shift:
        return oracle.shift_down(decay.shift)
    return oracle.rounded_product(decay.multiplier, decay.bits, decay.rounding)


def random_case(rng: np.random.Generator) -> Case:
    """Up to three layers of up to six neurons; gaps from 0 to 40; weights up to six thresholds, zero, negative."""
    until = int(rng.integers(0, 50))
    inputs = int(rng.integers(1, 7))
    longest = int(rng.choice([1, 3, 40]))
    trains = [np.cumsum(rng.integers(0, longest + 1, rng.integers(0, 9))).tolist() for _ in range(inputs)]
    layers = []
    for _ in range(rng.integers(1, 4)):
        neurons = int(rng.integers(1, 7))
        threshold = int(rng.choice([1, 2, 3, 8, 16, 100]))
        reach = int(rng.choice([1, 2, 6])) * threshold
        weights = rng.integers(-reach // 2, reach + 1, (neurons, inputs))
        weights[rng.random(weights.shape) < 0.2] = 0
        decay = Decay(int(rng.choice(3)) + 1) if rng.random() < 0.7 else TABLES[rng.integers(len(TABLES))]
        thresholds = threshold + rng.integers(0, 2, neurons) if rng.random() < 0.3 else threshold
        layers.append(LifLayer(weights, thresholds, decay, str(rng.choice(["subtract", "modulo"]))))
        inputs = neurons
    return Case(trains, layers, rng.integers(-9, 10, (2, inputs)), until)


def by_oracle(case: Case) -> tuple[list[list[list[int]]], list[list[int]]]:
    """Trains that each layer sends and potentials that it is left with."""
    trains, sent, left = case.trains, [], []
    for layer in case.layers:
        how = (layer.weights.matrix().tolist(), layer.threshold.tolist(), oracle_decay(layer.decay), layer.reset)
        trains, u = oracle.layer(trains, *how, case.until)
        sent.append(trains)
        left.append(u)
    return sent, left


def engine_of(case: Case) -> Engine:
    return Engine(case.layers, case.readout)


def differences(case: Case, run: Any) -> list[str]:
    """Where a run of the engine is not the oracle's."""
    sent, left = by_oracle(case)
    faults = []
    for k, (trains, u) in enumerate(zip(sent, left, strict=True)):
        wanted = oracle.sorted_events(trains)
        stream = run.streams[k + 1]
        if list(zip(stream.times.tolist(), stream.sources.tolist(), strict=True)) != wanted:
            faults.append(f"layer {k} sends other spikes")
        if run.potentials[k].tolist() != u:
            faults.append(f"layer {k} is left with other potentials")
    scores = [sum(w * len(t) for w, t in zip(row, sent[-1], strict=True)) for row in case.readout.tolist()]
    return faults if run.scores.tolist() == scores else [*faults, "other scores"]
