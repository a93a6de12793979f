"""Run a layer: the kernel for all neurons at once, the core's encoder for those that it leaves in doubt."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder.rules import Settings
from spikemath._numeric.dd import pair_up
from spikemath._numeric.eft import two_prod
from spikemath.networks import _dense_kernel as k
from spikemath.networks._events import Integers, Stream, add_coordinates, delay_pair, later, of_counts
from spikemath.networks._exact import encode, tame, weighted_input
from spikemath.signals.axis import Axis, Coordinate, sorted_order
from spikemath.signals.checks import FloatArray

_two_prod = two_prod.python


WORK = 1 << 24  # synaptic events of a kernel call, about: some ten milliseconds, so that Ctrl-C is answered


class Rules(NamedTuple):
    """The neurons of a layer as arrays."""

    settings: tuple[Settings, ...]
    theta: FloatArray
    alpha: FloatArray
    refractory: FloatArray
    reset: Integers
    bipolar: Integers


def rules_of(settings: tuple[Settings, ...]) -> Rules:
    """Arrays of what the neurons are told."""
    columns = [np.array(c, dtype=float) for c in zip(*((s.threshold, s.alpha, s.refractory) for s in settings))]  # noqa: B905
    codes = [np.array(c, dtype=np.int64) for c in zip(*((s.reset_code, int(s.bipolar)) for s in settings))]  # noqa: B905
    return Rules(settings, *columns, *codes)


class Synapses(NamedTuple):
    """Weights (inputs, neurons) times the units of the inputs, as exact sums of two floats."""

    gh: FloatArray
    gl: FloatArray
    low: int  # whether there are second terms
    tame: bool


def synapses_of(weights: FloatArray, unit: FloatArray | None) -> Synapses:
    """The exact products of weights (neurons, inputs) and units of the inputs."""
    across = np.array(weights.T, order="C")  # never a read-only view: kernels would be compiled once more for it
    if unit is None:
        return Synapses(across, np.zeros((1, 1)), 0, tame(across))
    if not tame(across, unit):
        return Synapses(across, np.zeros((1, 1)), 0, False)
    gh, gl = _two_prod(across, unit[:, None])
    return Synapses(gh, gl, 1, True) if gl.any() else Synapses(gh, np.zeros((1, 1)), 0, True)


class Ticks(NamedTuple):
    """Leaks and refractory times of the neurons in ticks of an axis."""

    leak: FloatArray
    refractory_hi: FloatArray
    refractory_lo: FloatArray
    uniform: float  # the leak that all share, or -1
    usable: bool


def ticks_of(rules: Rules, axis: Axis, clocked: bool = False) -> Ticks:
    """Times in ticks; in a clocked network refractory times are whole steps, at least one with reset to subtract."""
    leaks = {a: float(Fraction(a) / axis.rate) for a in set(rules.alpha.tolist())}
    leak = np.array([leaks[a] for a in rules.alpha.tolist()])
    times = {(s.refractory, s.reset): _refractory(s, axis, clocked) for s in set(rules.settings)}
    pairs = np.array([times[s.refractory, s.reset] for s in rules.settings]).reshape(-1, 2)
    usable = bool(np.all((leak == 0.0) == (rules.alpha == 0.0)) and np.all((leak == 0.0) | (leak > 1e-290)))
    uniform = float(leak[0]) if (leak == leak[0]).all() else -1.0
    return Ticks(leak, pairs[:, 0].copy(), pairs[:, 1].copy(), uniform, usable and bool(np.all(leak < 1e290)))


def _refractory(s: Settings, axis: Axis, clocked: bool) -> Coordinate:
    return pair_up(Fraction(in_steps(s, axis).refractory if clocked else s.refractory) * axis.rate)


def in_steps(s: Settings, axis: Axis) -> Settings:
    """The neuron of a clocked network: its refractory time in whole steps, at least one with reset to subtract."""
    steps = math.ceil(Fraction(s.refractory) * axis.rate)
    exact: Any = max(steps, int(s.reset == "subtract")) / axis.rate  # a rational, which settings may hold
    return s._replace(refractory=exact)


def arrivals(stream: Stream, delays: FloatArray | None) -> tuple[FloatArray, FloatArray, Integers, FloatArray]:
    """Instants, channels and rows of the events as they arrive, sorted; delays are one per channel."""
    hi, lo, channel, rows = stream.hi, stream.lo, stream.channel, stream.rows
    if delays is None or not hi.size or not delays.any():
        return hi, lo, channel, rows
    values, which = np.unique(delays, return_inverse=True)
    pairs = np.array([delay_pair(float(d), stream.axis) for d in values])
    d = pairs[which[channel]]
    hi, lo = later(hi, lo, (d[:, 0], d[:, 1]))
    order = sorted_order(hi, lo)
    return hi[order], lo[order], channel[order], np.ascontiguousarray(rows[:, order])


def end_after(stream: Stream, delays: FloatArray | None) -> Coordinate:
    """Where a domain ends after delays."""
    longest = 0.0 if delays is None or not delays.size else float(delays.max())
    if longest == 0.0:
        return stream.end
    return add_coordinates(stream.end, pair_up(Fraction(longest) * stream.axis.rate))


def run_layer(
    stream: Stream, weights: FloatArray, delays: FloatArray | None, rules: Rules, synapses: Synapses,
    end: Coordinate, ticks: Ticks, steps: int | None, most: int,
) -> tuple[Stream, Integers, int]:  # fmt: skip
    """Spikes of a layer, the neurons that needed exact arithmetic, and the comparisons that 1000 bits left open.

    ``steps``: the clocked run, which visits the instants 0, 1, ... of the axis, pulse or not.
    """
    n = rules.theta.size
    hi, lo, channel, rows = arrivals(stream, delays)
    keep = (hi < end[0]) | ((hi == end[0]) & (lo <= end[1]))
    if not keep.all():
        hi, lo, channel, rows = hi[keep], lo[keep], channel[keep], np.ascontiguousarray(rows[:, keep])
    waits = bool(ticks.refractory_hi.any())
    found: list[Any] = []
    if synapses.tame and ticks.usable and tame(rules.theta, rows):
        found, doubtful = _by_kernel(hi, lo, channel, rows, rules, synapses, end, ticks, waits, steps, most)
    else:
        doubtful = np.arange(n)
    columns = [np.concatenate(c) for c in zip(*found)] if found else _no_spikes()  # noqa: B905
    undecided = 0
    if doubtful.size:
        keep = ~np.isin(columns[2], doubtful)
        parts = [[c[keep]] for c in columns]
        for j in doubtful.tolist():
            f = weighted_input([(stream, weights[j], delays)], stream.axis, stream.start, end)
            rule = rules.settings[j]
            run = encode(f, rule if steps is None else in_steps(rule, stream.axis))
            undecided += run.undecided
            for part, c in zip(parts, (run.hi, run.lo, np.full(run.hi.size, j), run.counts), strict=True):
                part.append(c)
        columns = [np.concatenate(p) for p in parts]
    if doubtful.size or waits:
        order = sorted_order(columns[0], columns[1])
        columns = [c[order] for c in columns]
    hi, lo, channel, counts = columns
    return of_counts(stream, end, hi, lo, channel, counts, rules.theta), doubtful, undecided


def _by_kernel(
    hi: FloatArray, lo: FloatArray, channel: Integers, rows: FloatArray, rules: Rules, synapses: Synapses,
    end: Coordinate, ticks: Ticks, waits: bool, steps: int | None, most: int,
) -> tuple[list[Any], Integers]:  # fmt: skip
    n = rules.theta.size
    if steps is not None:
        when_hi, when_lo = np.arange(steps, dtype=float), np.zeros(steps)
        first = np.searchsorted(hi, np.arange(steps + 1))
    else:
        new = np.ones(hi.size, dtype=bool)
        new[1:] = (hi[1:] != hi[:-1]) | (lo[1:] != lo[:-1])
        starts = np.nonzero(new)[0]
        when_hi, when_lo = hi[starts], lo[starts]
        if waits and (not when_hi.size or (when_hi[-1], when_lo[-1]) != end):  # the end may end a refractory time
            when_hi, when_lo = np.append(when_hi, end[0]), np.append(when_lo, end[1])
            starts = np.append(starts, hi.size)
        first = np.append(starts, hi.size)
    x, f, at = np.zeros((k.FLOATS, n)), np.zeros((k.INTEGERS, n), dtype=np.int64), np.zeros(3, dtype=np.int64)
    x[k.THETA], x[k.LEAK], x[k.REFH], x[k.REFL] = rules.theta, ticks.leak, ticks.refractory_hi, ticks.refractory_lo
    f[k.RESET], f[k.BIPOLAR] = rules.reset, rules.bipolar
    room = min(max(when_hi.size, 1) * n, max(4096, 4 * n)) + n
    found, sent = [], 0
    block = max(1, WORK // (n * max(1, hi.size // max(when_hi.size, 1))))
    while True:
        out = np.empty(room), np.empty(room), np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        at[k.WRITTEN], at[k.STOP] = 0, min(int(at[k.INSTANT]) + block, when_hi.size)
        status = k.dense_layer(
            x, f, at, ticks.uniform, int(waits), int(steps is not None), when_hi, when_lo, first, channel, rows,
            synapses.gh, synapses.gl, synapses.low, *out,
        )  # fmt: skip
        written = int(at[k.WRITTEN])
        found.append(tuple(c[:written] for c in out))
        sent += written
        if sent > most:
            raise OverflowError(f"a layer sends more than max_spikes = {most} spikes")
        if status == k.DONE and at[k.INSTANT] == when_hi.size:
            return found, np.nonzero(f[k.DOUBTFUL])[0]
        room = min(2 * room, 1 << 20) + n if status == k.FULL else room


def _no_spikes() -> list[Any]:
    return [np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)]
