"""The clocked integer model: every neuron at every tick, in numpy. The engine is equal to it, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikemath.networks.differential.decay import Decay
from spikemath.networks.differential.merge import Stream
from spikemath.networks.differential.waiting import IntArray


def counts_of(stream: Stream, sources: int, until: int) -> IntArray:
    """Spikes per tick and source: (until + 1, sources)."""
    counts = np.zeros((until + 1, sources), np.int64)
    keep = stream.spike & (stream.times <= until)
    np.add.at(counts, (stream.times[keep], stream.sources[keep]), 1)
    return counts


def stream_of(counts: Any) -> Stream:
    """Spikes per tick and source as a stream: sources of one tick in ascending order."""
    c = np.asarray(counts)
    tick, source = np.nonzero(c)
    times = c[tick, source]
    at = np.repeat(tick, times)
    return Stream(np.diff(at, prepend=0), np.repeat(source, times), np.ones(at.size, bool))


def clocked(drive: Any, threshold: Any, decay: Decay, reset: str = "subtract") -> tuple[IntArray, IntArray]:
    """LIF neurons tick by tick.

    Parameters
    ----------
    drive : array of int (ticks, ...)
        What arrives at each neuron at each tick: weights times spikes.
    threshold : int or array
    decay : Decay
    reset : {"subtract", "modulo"}

    Returns
    -------
    spikes : array of int64 (ticks, ...)
    potentials : array of int64 (...)
        After the last tick.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> spikes, left = differential.clocked([[80], [0], [0]], 16, differential.Decay())
    >>> spikes.ravel(), left
    (array([1, 1, 0]), array([8]))
    """
    x = np.asarray(drive)
    u = np.zeros(x.shape[1:], np.int64)
    spikes = np.zeros(x.shape, np.int64)
    for n in range(len(x)):
        u = decay.once(u) + x[n]
        above = u >= threshold
        spikes[n] = np.where(above, u // threshold if reset == "modulo" else 1, 0)
        u = u - spikes[n] * threshold
    return spikes, u
