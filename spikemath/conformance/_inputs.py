"""Inputs that tell neurons apart: ties and their neighbours, decimals, heavy pulses, constant drive, equal times.

Uniform random data sees almost no rounding and few conventions; most families here are aimed at one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from spikemath.conformance._reference import Undecided, to_float
from spikemath.conformance._subject import Input, Subject


class Probe(NamedTuple):
    """A first pulse of (whole + part) thresholds, and the wait before the second."""

    sign: int
    whole: int
    part: Fraction
    wait: float  # an integer number of steps on a clock


class Case(NamedTuple):
    """An input, and what the laws need to make others of it."""

    input: Input
    cut: int
    shift: int
    factor: float
    place: int
    share: float
    probe: Probe


def cases(subject: Subject) -> st.SearchStrategy[Case]:
    """Cases that the neuron claims to handle."""
    s = subject
    signs = st.just(1) if s.nonnegative or not s.rule.bipolar else st.sampled_from([1, -1])
    waits: st.SearchStrategy[Any] = st.integers(1, 8) if s.clocked else _waits(s)
    probes = st.builds(
        Probe,
        sign=signs,
        whole=st.integers(1, 3) if s.rule.reset == "modulo" else st.just(1),
        part=st.sampled_from([Fraction(k, 16) for k in (8, 4, 12, 15, 3)]),
        wait=waits,
    )
    return st.builds(
        Case,
        input=inputs(s),
        cut=st.integers(1, max(s.size - 1, 1)),
        shift=st.sampled_from([0, 1, 3, -1]),
        factor=st.sampled_from([2.0, 0.5, 3.0, 2.0**-40, 2.0**40]),
        place=st.integers(0, s.size - 1),
        share=st.sampled_from([0.5, 0.25, 1.0, -0.5, 2.0]),
        probe=probes,
    )


def inputs(subject: Subject) -> st.SearchStrategy[Input]:
    """Samples or events of one family each, some with weights that put the ideal potential on a multiple of theta."""
    weights = _weights(subject)
    made: st.SearchStrategy[Input]
    if subject.clocked:
        made = weights.map(lambda w: Input(None, w))
    else:
        made = st.tuples(weights, _times(subject)).map(lambda pair: Input(pair[1](len(pair[0])), pair[0]))
    if subject.margin or subject.unit is not None:
        return made
    up = [1, 1, 1, 2, 3]
    both = up if subject.nonnegative or not subject.rule.bipolar else [1, -1, 1, -1, 2, -2, 3]
    aim = st.tuples(st.integers(0, subject.size - 1), st.sampled_from(both), st.sampled_from([0, 1, -1]))
    aims: st.SearchStrategy[list[tuple[int, int, int]]] = st.one_of(st.just([]), st.lists(aim, min_size=1, max_size=3))
    return st.tuples(made, aims).map(lambda pair: _aimed(subject, *pair))


def _aimed(subject: Subject, x: Input, aims: list[tuple[int, int, int]]) -> Input:
    """Change the weight of event i so that the potential is there at k thresholds, or at the float beside."""
    theta = subject.rule.threshold
    for place, k, way in sorted(aims):
        i = place % len(x.weights)
        if x.times is not None and i + 1 < len(x.times) and x.times[i + 1] == x.times[i]:
            continue  # the potential is tested once, after all that arrives then
        before = (*x.weights[:i], x.weights[i] or float(theta))
        try:
            test = subject.reference(Input(None if x.times is None else x.times[: i + 1], before)).tests[-1]
        except (Undecided, IndexError):
            continue
        a = to_float(Fraction(before[i]) + k * theta - test.near)
        other = Input(x.times, (*x.weights[:i], _tidy(subject, _nudged(a, way)), *x.weights[i + 1 :]))
        if subject.claims(other) and math.isfinite(a):
            x = other
    return x


def _weights(subject: Subject) -> st.SearchStrategy[tuple[float, ...]]:
    theta = float(subject.rule.threshold)
    decimal = 1.0 if 0.01 <= theta <= 100.0 else theta
    small = st.integers(-10, 10).map(lambda k: 0.01 * k * theta)
    heavy = st.floats(-6.0, 6.0, width=32).map(lambda x: x * theta)
    families = {
        "quarters": st.integers(-10, 10).map(lambda k: 0.25 * k * theta),
        "decimal": st.integers(-30, 30).map(lambda k: 0.1 * k * decimal),
        "ties": st.tuples(st.integers(-3, 3), st.sampled_from([0, -1, 1])).map(lambda p: _nudged(p[0] * theta, p[1])),
        "any": st.floats(-2.5, 2.5).map(lambda x: x * theta),
        "pulses": st.one_of(small, small, small, heavy),
    }
    if subject.margin:  # ties are not claimed; do not draw what would be thrown away
        families = {name: families[name] for name in ("any", "pulses")}
    if subject.unit is not None:
        unit = subject.unit
        families = {"unit": st.sampled_from([0.0, unit] if subject.nonnegative else [0.0, unit, -unit])}
    size = subject.size
    drive = st.floats(-1.75, 1.75).map(lambda x: _tidy(subject, x * theta))
    constant = st.tuples(drive, st.integers(1, size)).map(lambda p: (p[0],) * p[1])
    lists = [
        st.lists(family.map(lambda w: _tidy(subject, w)), min_size=1, max_size=size).map(tuple)
        for family in families.values()
    ]
    return st.one_of(*lists, *([constant] if subject.unit is None else []))


def _tidy(subject: Subject, w: float) -> float:
    """Into the claimed range and number type."""
    if subject.nonnegative:
        w = abs(w)
    if subject.amplitude is not None:
        w = math.copysign(min(abs(w), subject.amplitude), w)
    if subject.dtype == "float32":
        w = float(np.float32(w))
        if subject.amplitude is not None and abs(w) > subject.amplitude:
            w = float(np.nextafter(np.float32(w), np.float32(0)))
    return w + 0.0


def _unit_of_time(subject: Subject) -> float:
    """A power of two near the time constant, so that the leak is seen and grids stay grids."""
    return 2.0 ** round(-math.log2(subject.alpha)) if subject.alpha else 1.0


def _times(subject: Subject) -> st.SearchStrategy[Callable[[int], tuple[float, ...]]]:
    """Increasing times for any number of events: a first time and gaps, or points of a grid."""
    unit, size = _unit_of_time(subject), subject.size

    def points(point: st.SearchStrategy[float]) -> st.SearchStrategy[Callable[[int], tuple[float, ...]]]:
        drawn = st.lists(point, min_size=size, max_size=size)
        return drawn.map(lambda ts: lambda n: tuple(sorted(unit * t for t in ts[:n])))

    spread = st.just(lambda n: tuple(unit * k for k in range(n)))
    return st.one_of(
        spread,
        points(st.integers(0, 12).map(float)),
        points(st.integers(0, 40).map(lambda k: 0.125 * k)),
        points(st.integers(0, 30).map(lambda k: 0.1 * k)),
        points(st.floats(0.0, 4.0)),
        points(st.tuples(st.integers(0, 2), st.integers(0, 3)).map(lambda p: p[0] + p[1] * 2.0**-51)),
    )


def _waits(subject: Subject) -> st.SearchStrategy[float]:
    unit = _unit_of_time(subject)
    return st.sampled_from([1.0, 0.5, 0.1, 2.0, 0.7]).map(lambda x: x * unit)


def _nudged(x: float, way: int) -> float:
    return x if way == 0 else math.nextafter(x, math.copysign(math.inf, way))
