"""One neuron of a network alone: its weighted input as an exact train, and its spikes by the core's encoder.

f_j = sum_i w_ji s_i(. - d_ji),      weights sums of products of floats, times spike time + delay, both exact
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._encoder.encode_train import Run, encode_train
from spikemath._encoder.rules import Settings
from spikemath._numeric.eft import two_prod
from spikemath.networks._events import Stream, delay_pair, later
from spikemath.signals.axis import Axis, Coordinate, canonical
from spikemath.signals.checks import FloatArray
from spikemath.signals.exact_weights import expansion, padded, stack
from spikemath.signals.spike_train import SpikeTrain

_two_prod = two_prod.python
SMALL, LARGE = 2.0**-300, 2.0**300  # products of three factors in this range neither overflow nor underflow

# a source of pulses: its spikes, the synaptic weights of its channels, their delays (None: none)
Source = tuple[Stream, FloatArray, FloatArray | None]


def tame(*arrays: Any) -> bool:
    """Whether all numbers that are not zero are of a size at which products of three are exact sums of floats."""
    for a in arrays:
        size = np.abs(a)
        if size.size and (size.max() > LARGE or np.any((size < SMALL) & (size != 0.0))):
            return False
    return True


def weighted_input(sources: Sequence[Source], axis: Axis, start: Coordinate, end: Coordinate) -> SpikeTrain:
    """The exact input of one neuron; what comes after ``end`` does not count."""
    columns = [_pulses(*source, axis) for source in sources]
    height = max((terms.shape[0] for _, _, terms in columns), default=1)
    hi = np.concatenate([c[0] for c in columns] or [np.zeros(0)])
    lo = np.concatenate([c[1] for c in columns] or [np.zeros(0)])
    terms = np.concatenate([padded(c[2], height) for c in columns] or [np.zeros((1, 0))], axis=1)
    keep = (hi < end[0]) | ((hi == end[0]) & (lo <= end[1]))
    return SpikeTrain._build(axis, hi[keep], lo[keep], terms[:, keep], start, end)


def _pulses(stream: Stream, weights: FloatArray, delays: FloatArray | None, axis: Axis) -> Any:
    live = np.nonzero(weights[stream.channel] != 0.0)[0]
    hi, lo, channel = stream.hi[live], stream.lo[live], stream.channel[live]
    rows, w = stream.rows[:, live], weights[channel]
    if delays is not None and hi.size:
        d = delays[channel]
        for delay in np.unique(d):
            if delay:
                at = d == delay
                hi[at], lo[at] = later(hi[at], lo[at], delay_pair(float(delay), axis))
    unit = None if stream.unit is None else stream.unit[channel]
    if not tame(rows, w, *(() if unit is None else (unit,))):
        return hi, lo, stack([_product(rows[:, k], w[k], 1.0 if unit is None else unit[k]) for k in range(hi.size)])
    factors = [w] if unit is None else [x for x in _two_prod(w, unit) if x.any()]
    terms = [x for row in rows for g in factors for x in _two_prod(row, g)]
    return hi, lo, np.array(canonical(terms)) if terms else np.zeros((1, hi.size))


def _product(rows: FloatArray, w: float, unit: float) -> list[float]:
    total = sum((Fraction(float(x)) for x in rows), Fraction(0))
    return expansion(total * Fraction(float(w)) * Fraction(float(unit)), "weighted input")


def encode(train: SpikeTrain, rule: Settings) -> Run:
    """The spikes of one neuron, exactly."""
    return encode_train(train, rule)
