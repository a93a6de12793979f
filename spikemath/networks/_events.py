"""Spikes of many channels as one list in the order of time, and back: what the kernels read and write.

    event k:  instant hi + lo on the axis, channel, weight = (sum of rows[:, k]) * unit[channel]

The rows of spikes of neurons are their integer counts and the unit is the threshold, so that no product is taken before
the synaptic weight is known; the rows of other trains are their exact weights, and the unit is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import add_bounded
from spikemath.signals.axis import Axis, Coordinate, common, sorted_order, split
from spikemath.signals.checks import FloatArray
from spikemath.signals.exact_weights import lattice, padded
from spikemath.signals.many import SpikeTrains
from spikemath.signals.spike_train import SpikeTrain

_add_bounded = add_bounded.python  # the plain function works on whole arrays
Integers = NDArray[np.int64]


class Stream(NamedTuple):
    """Events in the order of time (events of one instant in no particular order)."""

    axis: Axis
    start: Coordinate
    end: Coordinate
    hi: FloatArray
    lo: FloatArray
    channel: Integers
    rows: FloatArray
    counts: Integers | None  # of spikes of neurons
    unit: FloatArray | None  # threshold of every channel, for spikes of neurons
    size: int  # number of channels

    @property
    def later(self) -> Any:
        """Where a new instant begins: indices of the first event of every instant, and the number of events."""
        n = self.hi.size
        if n == 0:
            return np.zeros(1, dtype=np.int64)
        new = (self.hi[1:] != self.hi[:-1]) | (self.lo[1:] != self.lo[:-1])
        return np.concatenate([[0], np.nonzero(new)[0] + 1, [n]])


def of_trains(trains: Any) -> Stream:
    """The stream of a sequence of trains, on one axis; ValueError where no axis holds them all exactly."""
    members: Sequence[SpikeTrain] = trains._members if isinstance(trains, SpikeTrains) else tuple(trains)
    axis = members[0]._axis
    if any(s._axis is not axis and s._axis != axis for s in members):
        members = on_one_axis(members)
        axis = members[0]._axis
    live = [i for i, s in enumerate(members) if s._hi.size]
    start, end = min([s._start for s in members]), max([s._end for s in members])
    if not live:
        none = np.zeros(0)
        return Stream(
            axis, start, end, none, none, none.astype(np.int64), np.zeros((1, 0)), None, None, len(members)
        )  # fmt: skip
    hi = np.concatenate([members[i]._hi for i in live])
    lo = np.concatenate([members[i]._lo for i in live])
    height = max([members[i]._terms.shape[0] for i in live])
    rows = np.concatenate([padded(members[i]._terms, height) if height > 1 else members[i]._terms for i in live], 1)
    channel = np.repeat(np.array(live, dtype=np.int64), [members[i]._hi.size for i in live])
    order = sorted_order(hi, lo)
    return Stream(
        axis, start, end, hi[order], lo[order], channel[order], np.ascontiguousarray(rows[:, order]), None, None,
        len(members),
    )  # fmt: skip


def on_one_axis(members: Sequence[SpikeTrain]) -> list[SpikeTrain]:
    """The same trains on one axis that holds all instants exactly."""
    axes = list(dict.fromkeys(s._axis for s in members))
    candidates = [axes[0]]
    for axis in axes[1:]:
        candidates = list(dict.fromkeys(c for a in candidates for c in common(a, axis)))[:24]
    for axis in candidates:
        moved = []
        for s in members:
            other = s._to(axis)
            if other is None:
                break
            moved.append(other)
        else:
            return moved
    rates = ", ".join(sorted({f"{float(a.rate):g}" for a in axes})[:5])
    raise ValueError(
        f"no common time grid holds all trains exactly (rates {rates}): express them on the sampling grid of one"
    )


def of_counts(
    like: Stream, end: Coordinate, hi: FloatArray, lo: FloatArray, channel: Integers, counts: Integers, unit: FloatArray
) -> Stream:
    """The stream of spikes of neurons, already in the order of time."""
    first = counts.astype(np.float64)
    rows = first[None, :]
    big = np.abs(first) >= 9007199254740992.0
    if big.any():
        rest = np.zeros_like(first)
        rest[big] = [float(int(c) - int(f)) for c, f in zip(counts[big], first[big], strict=True)]
        rows = np.array([first, rest])
    return Stream(like.axis, like.start, end, hi, lo, channel, rows, counts, unit, unit.size)


def trains_of(stream: Stream) -> SpikeTrains:
    """Spikes of neurons as trains, one per neuron."""
    assert stream.counts is not None and stream.unit is not None
    order = np.argsort(stream.channel, kind="stable")
    counts = stream.counts[order]
    hi, lo = stream.hi[order], stream.lo[order]
    if stream.unit.size and (stream.unit == stream.unit[0]).all():
        terms = lattice(counts, float(stream.unit[0]))
    else:
        terms = None
    ends = np.searchsorted(stream.channel[order], np.arange(stream.size + 1))
    for x in (hi, lo, counts, *(() if terms is None else (terms,))):
        x.flags.writeable = False
    empty_terms = np.zeros((1, 0))
    empty_terms.flags.writeable = False
    made = []
    for j in range(stream.size):
        a, b = ends[j], ends[j + 1]
        if terms is None:
            weights = lattice(counts[a:b], float(stream.unit[j])) if b > a else empty_terms
        else:
            weights = terms[:, a:b]
        while weights.shape[0] > 1 and not weights[-1].any():
            weights = weights[:-1]
        weights.flags.writeable = False
        events = stream.axis, hi[a:b], lo[a:b], weights, counts[a:b]
        made.append(SpikeTrain._trusted(*events, float(stream.unit[j]), stream.start, stream.end, {}))
    return SpikeTrains(made)


def later(hi: FloatArray, lo: FloatArray, delay: Coordinate | tuple[FloatArray, FloatArray]) -> Any:
    """Coordinates ``delay`` later, exactly; ValueError where two floats do not hold one."""
    h, r, lost = _add_bounded(hi, lo, delay[0], delay[1])
    if np.any(lost):
        i = int(np.nonzero(lost)[0][0])
        raise ValueError(
            f"a spike at coordinate {float(hi[i])!r} + {float(lo[i])!r}, delayed, has no exact coordinate of two "
            "floats: use delays with fewer digits"
        )
    return h + 0.0, r + 0.0


def delay_pair(delay: float, axis: Axis) -> Coordinate:
    """A delay in ticks of the axis, exactly."""
    hi, lo, exact = split(Fraction(delay) * axis.rate)
    if not exact:
        raise ValueError(f"delay {delay!r} has no exact coordinate on a time grid of rate {float(axis.rate):g}")
    return hi, lo


def add_coordinates(a: Coordinate, b: Coordinate) -> Coordinate:
    """The sum of two coordinates, rounded up where it does not fit (only ends of domains are summed so)."""
    hi, lo, lost = _add_bounded(a[0], a[1], b[0], b[1])
    return (float(hi), float(lo)) if lost == 0.0 else (float(hi), float(np.nextafter(lo + 2.0 * lost, np.inf)))
