"""Wrong networks that the comparison with the oracle has to catch: each makes one plausible mistake.

A plain simulation in rationals without leak, event by event, with a switch for every mistake.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .cases import NetworkCase

FAULTS = (
    "float potentials",
    "float products",
    "float arrival times",
    "open threshold",
    "simultaneous spikes one by one",
    "zero pulses are tested",
    "rounding for truncation",
    "delays forgotten",
    "delays of the first neuron for all",
    "transposed delays of a square layer",
    "counts forgotten",
    "threshold of the first neuron for all",
    "refractory time loses input",
    "no test at the end of a refractory time",
    "arrivals of other layers a step late",
    "links forgotten",
    "spikes after the end",
)


def simulate(case: NetworkCase, fault: str) -> list[list[list[tuple[Fraction, int]]]]:
    """Spikes of every neuron of every layer; right for fault = ""."""
    layers, ends = case.layers, case.ends()
    neurons = [(i, j) for i, layer in enumerate(layers) for j in range(len(layer))]
    u: dict[Any, Fraction] = {key: Fraction(0) for key in neurons}
    wake: dict[Any, Fraction | None] = dict.fromkeys(neurons)
    out: dict[Any, list[tuple[Fraction, int]]] = {key: [] for key in neurons}
    pending: dict[Fraction, dict[Any, list[Fraction]]] = {}
    wakes: set[Fraction] = set()

    def product(w: float, a: Fraction) -> Fraction:
        return Fraction(w * float(a)) if fault == "float products" else Fraction(w) * a

    def send(source: int, i: int, t: Fraction, a: Fraction) -> None:
        for number, (s, target, weights, delays) in enumerate(case.connections):
            if s != source or (fault == "links forgotten" and number >= len(layers)):
                continue
            for j, row in enumerate(weights):
                if row[i] == 0.0:
                    continue
                d = _delay(delays, i, j, fault)
                at = t + Fraction(d)
                if fault == "float arrival times":
                    at = Fraction(float(t) + d)
                if fault == "arrivals of other layers a step late" and source >= 0:
                    at += Fraction(1, 10**9)
                if at <= ends[target] or fault == "spikes after the end":
                    pending.setdefault(at, {}).setdefault((target, j), []).append(product(row[i], a))

    for i, (times, weights) in enumerate(case.inputs):
        for t, a in zip(times, weights, strict=True):
            send(-1, i, Fraction(t), Fraction(a))
    while pending or wakes:
        now = min([*pending, *wakes])
        for key in neurons:
            pulses = pending.get(now, {}).pop(key, [])
            late = now > ends[key[0]] and fault != "spikes after the end"
            if late or (not pulses and wake[key] != now):
                continue
            if fault != "simultaneous spikes one by one":
                pulses = [sum(pulses, Fraction(0))]
            for pulse in pulses:
                _test(case, key, now, pulse, u, wake, wakes, out, send, fault)
        pending.pop(now, None)
        wakes.discard(now)
    return [[out[i, j] for j in range(len(layer))] for i, layer in enumerate(layers)]


def _delay(delays: Any, i: int, j: int, fault: str) -> float:
    if delays is None or fault == "delays forgotten":
        return 0.0
    if isinstance(delays, float):
        return delays
    if not isinstance(delays[0], tuple):
        return delays[i]
    if fault == "transposed delays of a square layer" and len(delays) == len(delays[0]):
        return delays[i][j]
    return delays[0][i] if fault == "delays of the first neuron for all" else delays[j][i]


def _test(
    case: NetworkCase, key: Any, now: Fraction, pulse: Fraction, u: Any, wake: Any, wakes: Any, out: Any, send: Any,
    fault: str,
) -> None:  # fmt: skip
    n = case.layers[key[0]][0 if fault == "threshold of the first neuron for all" else key[1]]
    theta, reset, t_r = Fraction(n.threshold), n.reset, Fraction(n.refractory)
    if pulse == 0 and wake[key] != now and fault != "zero pulses are tested":
        return
    blocked = wake[key] is not None and wake[key] > now
    if not (blocked and fault == "refractory time loses input"):
        u[key] += pulse
    if fault == "float potentials":
        u[key] = Fraction(float(u[key]))
    if blocked:
        return
    if fault == "no test at the end of a refractory time" and pulse == 0:
        return
    wake[key] = None
    size = u[key] if not n.bipolar else abs(u[key])
    if size < theta or (fault == "open threshold" and size == theta):
        return
    sign = 1 if u[key] > 0 else -1
    count = sign
    if reset == "modulo":
        ratio = abs(u[key]) / theta
        count = sign * (round(ratio) if fault == "rounding for truncation" else math.floor(ratio))
    u[key] = Fraction(0) if reset == "zero" else u[key] - count * theta
    out[key].append((now, count))
    if t_r > 0:
        wake[key] = now + t_r
        if now + t_r <= case.ends()[key[0]]:
            wakes.add(now + t_r)
    send(key[0], key[1], now, (sign if fault == "counts forgotten" else count) * theta)
