"""Data aimed at ties: every generator draws from a `random.Random`.

Given a seeded one it makes a fixed corpus (`corpus`); given hypothesis' own it makes examples that shrink
(`drawn`). What is aimed at: decimal grids (0.1 + 0.2 beside 0.3), k * theta and its two neighbours, zero
weights, equal times, thresholds from 1e-200 to 1e200, weights of very different size, gaps from zero to large;
pulses on knots, inside pieces, at t0 and at t1.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from oracles.piecewise import Signal as ExactSignal
from scipy.interpolate import PPoly

import spikemath as sm

RESETS = ("modulo", "subtract", "zero")
Case = TypeVar("Case")


def drawn(generator: Callable[..., Case], **options: Any) -> st.SearchStrategy[Case]:
    """The generator as a hypothesis strategy."""
    return st.randoms(use_true_random=False).map(lambda rng: generator(rng, **options))


def corpus(generator: Callable[..., Case], n: int, **options: Any) -> Iterator[Case]:
    """The same n cases on every run."""
    for seed in range(n):
        yield generator(random.Random(seed), **options)


def share(fraction: float) -> settings:
    """Settings for a slow test: a share of the examples of the profile, but not fewer than three."""
    return settings(max_examples=max(3, round(settings().max_examples * fraction)))


def between(rng: random.Random, low: float, high: float) -> float:
    """A number of full precision (not one of the round or extreme ones that shrinking likes)."""
    return low + (high - low) * (rng.randint(0, 2**30) / (2**30 - 1))


def nudged(rng: random.Random, x: float) -> float:
    """x or one of its two neighbours."""
    return rng.choice([x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)])


@dataclass(frozen=True)
class Rule:
    """What an operator is told."""

    theta: float
    alpha: float = 0.0
    reset: str = "modulo"
    refractory: float = 0.0
    bipolar: bool = True

    def operator(self, **changes: Any) -> sm.LIF:
        r = replace(self, **changes)
        return sm.LIF(r.theta, r.alpha, r.reset, r.refractory, r.bipolar)

    def exact(self) -> tuple[Fraction, Fraction, str, Fraction, bool]:
        """As the oracles take it."""
        return Fraction(self.theta), Fraction(self.alpha), self.reset, Fraction(self.refractory), self.bipolar


@dataclass(frozen=True)
class TrainCase:
    """A train, in plain floats, and a rule."""

    times: tuple[float, ...]
    weights: tuple[float, ...]
    domain: tuple[float, float]
    rule: Rule

    def train(self) -> sm.SpikeTrain:
        return sm.SpikeTrain(list(self.times), list(self.weights), domain=self.domain)

    def exact(self) -> tuple[list[Fraction], list[Fraction], tuple[Fraction, Fraction]]:
        t0, t1 = self.domain
        return [*map(Fraction, self.times)], [*map(Fraction, self.weights)], (Fraction(t0), Fraction(t1))


def thresholds(rng: random.Random, extreme: bool = True) -> float:
    """Round, decimal and odd thresholds; huge and tiny ones if wanted."""
    wild = [1e200, 1e-200] if extreme else []
    return rng.choice([1.0, 0.3, 0.1, 0.7, 2.0, 1e-3, between(rng, 0.01, 1.0), *wild])


def train_times(rng: random.Random, n: int, refractory: float) -> list[float]:
    """n sorted times: on a decimal grid, anywhere, with many repeats, or a few ulp apart.

    With a refractory time of 1 they are integers, so that it ends exactly at events.
    """
    kind = rng.choice(["grid", "anywhere", "repeats", "close"]) if refractory != 1.0 else "repeats"
    if kind == "grid":
        return sorted(rng.randint(0, 20) * 0.1 for _ in range(n))
    if kind == "anywhere":
        return sorted(between(rng, 0.0, 3.0) for _ in range(n))
    if kind == "repeats":
        return sorted(float(rng.randint(0, 4)) for _ in range(n))
    return sorted(rng.randint(0, 2) + rng.randint(0, 3) * 2.0**-51 for _ in range(n))


def weight(rng: random.Random, theta: float, kind: str) -> float:
    k = rng.randint(-3, 3)
    if kind == "decimal":
        return k * 0.1 * rng.choice([1, 2, 3]) * (theta if not 1e-100 < theta < 1e100 else 1.0)
    if kind == "anywhere":
        return between(rng, -2.5, 2.5) * theta
    if kind == "tie":
        return nudged(rng, k * theta)
    if kind == "quarters":
        return k * theta / 4
    if kind == "multiples":
        return rng.randint(-7, 7) * theta
    scale = rng.choice([1e-200, 1e-30, 1e-10, 1.0, 1e10]) if theta < 1e100 else rng.choice([1e-200, 1e-10, 1.0])
    return between(rng, -2.0, 2.0) * theta * scale


KINDS = ("decimal", "anywhere", "tie", "quarters", "multiples", "mixed scales")


def train_case(
    rng: random.Random,
    resets: tuple[str, ...] = RESETS,
    alphas: tuple[float, ...] = (0.0, 0.0, 0.1, 1.0, 10.0, 1e-12, 150.0),
    refractory: bool = True,
    polarities: tuple[bool, ...] = (True, True, False),
    extreme: bool = True,
    most: int = 12,
) -> TrainCase:
    """A short train and a rule for it."""
    n = rng.randint(0, most)
    theta = thresholds(rng, extreme)
    kind = rng.choice(KINDS if extreme else KINDS[:-1])
    t_r = rng.choice([0.0, 0.0, 0.0, 0.05, 0.1, 0.3, 1.0]) if refractory else 0.0
    t = train_times(rng, n, t_r)
    a = [weight(rng, theta, kind) for _ in range(n)]
    rule = Rule(theta, rng.choice(alphas), rng.choice(resets), t_r, rng.choice(polarities))
    domain = (min([0.0, *t]), max([0.0, *t]) + rng.choice([0.0, 0.5, 2.0]))
    return TrainCase(tuple(t), tuple(a), domain, rule)


@dataclass(frozen=True)
class SignalCase:
    """A piecewise polynomial signal with pulses, in exact numbers, how to make it, and a rule."""

    kind: str  # zero, linear, ppoly
    knots: tuple[Fraction, ...]
    pieces: tuple[tuple[Fraction, ...], ...]
    data: Any  # samples, or (coefficients, breakpoints)
    fs: float
    t0: float
    pulses: tuple[tuple[float, float], ...]
    grid_pulses: tuple[tuple[int, float], ...]  # sample number and weight
    rule: Rule

    def function(self) -> sm.Signal:
        if self.kind == "ppoly":
            return sm.Signal.from_ppoly(PPoly(np.array(self.data[0]), np.array(self.data[1])))
        return sm.Signal.from_samples(list(self.data), fs=self.fs, t0=self.t0, hold=self.kind)

    def signal(self) -> sm.Signal:
        f = self.function()
        if self.pulses:
            f = f + sm.SpikeTrain(*map(list, zip(*self.pulses, strict=True)))
        if self.grid_pulses:
            x = np.zeros(max(k for k, _ in self.grid_pulses) + 1)
            for k, w in self.grid_pulses:
                x[k] = w
            f = f + sm.SpikeTrain.from_samples(x, fs=self.fs, t0=self.t0)
        return f

    def exact(self) -> ExactSignal:
        on_grid = [(Fraction(self.t0) + k / Fraction(self.fs), Fraction(w)) for k, w in self.grid_pulses]
        anywhere = [(Fraction(t), Fraction(w)) for t, w in self.pulses]
        return ExactSignal([*self.knots], [[*p] for p in self.pieces], sorted([*anywhere, *on_grid]))


def signal_case(
    rng: random.Random,
    kinds: tuple[str, ...] = ("zero", "linear", "ppoly", "ppoly"),
    resets: tuple[str, ...] = ("modulo", "modulo", "subtract", "zero"),
    alphas: tuple[float, ...] = (0.0, 0.0, 0.5, 2.0, 20.0, 1e-9),
    refractory: bool = True,
    pulses: bool = True,
    most: int = 5,
) -> SignalCase:
    """A signal of a few pieces and a rule for it; threshold and leak follow the sampling rate."""
    kind, n = rng.choice(kinds), rng.randint(1, most)
    grid = rng.choice([0.5, 0.1, None])

    def value() -> float:
        return rng.randint(-8, 8) * grid if grid else between(rng, -4.0, 4.0)

    fs, t0 = 1.0, 0.0
    if kind == "ppoly":
        degree = rng.choice([0, 1, 2, 3, 3, 4, 5])
        inner = {rng.choice([rng.randint(1, 12) * 0.25, between(rng, 0.01, 3.0)]) for _ in range(n)}
        x = [0.0, *sorted(inner)]
        c = [[value() for _ in x[1:]] for _ in range(degree + 1)]
        data: Any = (c, x)
        knots = [Fraction(t) for t in x]
        pieces = [tuple(Fraction(row[k]) for row in c[::-1]) for k in range(len(x) - 1)]
    else:
        fs = rng.choice([1.0, 4.0, 10.0, 0.7, 1000.0, 44100.0])
        t0 = rng.choice([0.0, 1.0, 0.1]) if fs != 0.7 else 0.0
        data = tuple(value() for _ in range(n + 1))
        knots = [Fraction(t0) + k / Fraction(fs) for k in range(n + 1 + (kind == "zero"))]
        pieces = [(Fraction(v),) for v in data]
        if kind == "linear":
            pieces = [(Fraction(data[k]), (Fraction(data[k + 1]) - Fraction(data[k])) * Fraction(fs)) for k in range(n)]
    pace = fs if fs > 100 else 1.0
    theta = rng.choice([0.5, 1.0, 0.3, 0.25, 0.1]) / pace
    while _mass(knots, pieces) > 20 * theta:  # few spikes: the oracle takes its time over each
        theta *= 2
    t_r = rng.choice([0.0, 0.0, 0.0, 0.1, 0.3, 1.0]) / pace if refractory else 0.0
    rule = Rule(theta, rng.choice(alphas) * pace, rng.choice(resets), t_r, rng.random() < 0.75)
    loose, on_grid = _pulses(rng, kind, knots, theta) if pulses and rng.random() < 0.6 else ((), ())
    return SignalCase(kind, tuple(knots), tuple(pieces), data, fs, t0, loose, on_grid, rule)


def _mass(knots: list[Fraction], pieces: list[tuple[Fraction, ...]]) -> float:
    """A bound of int |f|."""
    total = 0.0
    for k, p in enumerate(pieces):
        h = float(knots[k + 1] - knots[k])
        total += sum(abs(float(c)) * h ** (i + 1) / (i + 1) for i, c in enumerate(p))
    return total


def _pulses(rng: random.Random, kind: str, knots: list[Fraction], theta: float) -> tuple[Any, Any]:
    def w() -> float:
        return rng.choice([rng.randint(-8, 8) * theta / 2, between(rng, -4.0, 4.0) * theta, nudged(rng, theta)])

    first, last = knots[0], knots[-1]
    loose = []
    for _ in range(rng.randint(0, 3)):
        t = rng.choice([float(rng.choice(knots)), between(rng, float(first), float(last)), float(first), float(last)])
        if first <= Fraction(t) <= last:
            loose.append((t, w()))
    on_grid = []
    if kind != "ppoly":  # exactly on knots that are no floats
        on_grid = [(rng.randint(0, len(knots) - 1), w()) for _ in range(rng.randint(0, 2))]
    return tuple(sorted(loose)), tuple({k: (k, x) for k, x in on_grid}.values())
