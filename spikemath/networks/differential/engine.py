"""A feed-forward network of integer LIF layers on waiting times: sort, accumulate, fire, send on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.networks.differential.clocked import clocked, counts_of, stream_of
from spikemath.networks.differential.lif import LifLayer
from spikemath.networks.differential.merge import Stream, merge
from spikemath.networks.differential.synapses import Synapses
from spikemath.networks.differential.waiting import IntArray, WaitingTimes


@dataclass(frozen=True, eq=False)
class EngineRun:
    """What a network did.

    Parameters
    ----------
    streams : tuple of Stream
        The sorted input, then what each layer sent.
    counts : tuple of dict
        What each layer did: see `LifLayer.run`.
    potentials : tuple of arrays
        Of each layer at the last tick.
    scores : array of int64 (outputs,)
        Weighted spikes of the last layer, added up; empty without a readout.
    """

    streams: tuple[Stream, ...]
    counts: tuple[dict[str, int], ...]
    potentials: tuple[IntArray, ...]
    scores: IntArray

    @property
    def spikes(self) -> int:
        """Spikes of input and layers."""
        return sum(int(s.spike.sum()) for s in self.streams)

    @property
    def operations(self) -> int:
        """Additions of a weight, in layers and readout."""
        return sum(c["synapses"] for c in self.counts)


class Engine:
    """A network that is computed on waiting times, event by event, in integers.

    Parameters
    ----------
    layers : iterable of LifLayer
        Each takes the spikes of the one before, at the tick at which they are sent.
    readout : array of int (outputs, neurons) or Synapses, optional
        Weights by which the spikes of the last layer are added up.

    Raises
    ------
    ValueError
        If sizes do not fit.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> engine = differential.Engine([differential.LifLayer([[9, 5]], 8)], readout=[[2], [-1]])
    >>> run = engine(differential.encode([[0, 1], [2]]), until=4)
    >>> run.streams[1].times, run.scores, run.spikes, run.operations
    (array([0, 1]), array([ 4, -2]), 5, 7)
    >>> engine.clocked(differential.encode([[0, 1], [2]]), until=4).scores
    array([ 4, -2])
    """

    def __init__(self, layers: Iterable[LifLayer], readout: Any = None) -> None:
        self.layers = tuple(layers)
        if readout is not None and not isinstance(readout, Synapses):
            readout = Synapses.dense(readout)
        self.readout: Synapses | None = readout
        sizes = [(layer.weights.inputs, layer.weights.outputs) for layer in self.layers]
        sizes += [(readout.inputs, readout.outputs)] if readout is not None else []
        if not sizes:
            raise ValueError("a network needs a layer or a readout")
        for k in range(1, len(sizes)):
            if sizes[k][0] != sizes[k - 1][1]:
                raise ValueError(f"layer {k} has {sizes[k][0]} inputs, layer {k - 1} sends {sizes[k - 1][1]}")
        self.inputs = sizes[0][0]

    def __call__(self, trains: WaitingTimes | Stream, until: int) -> EngineRun:
        """Run up to and including tick `until`."""
        stream = merge(trains) if isinstance(trains, WaitingTimes) else trains
        streams, counts, potentials = [stream], [], []
        for layer in self.layers:
            stream, count, u = layer.run(stream, until)
            streams.append(stream)
            counts.append(count)
            potentials.append(u)
        scores = np.zeros(0, np.int64)
        if self.readout is not None:
            scores, count = read_out(self.readout, stream, until)
            counts.append(count)
        return EngineRun(tuple(streams), tuple(counts), tuple(potentials), scores)

    def clocked(self, trains: WaitingTimes | Stream, until: int) -> EngineRun:
        """The same network, every neuron at every tick: the reference (its `counts` are empty)."""
        stream = merge(trains) if isinstance(trains, WaitingTimes) else trains
        spikes = counts_of(stream, self.inputs, until)
        streams, potentials = [stream], []
        for layer in self.layers:
            spikes, u = clocked(spikes @ layer.weights.matrix().T, layer.threshold, layer.decay, layer.reset)
            streams.append(stream_of(spikes))
            potentials.append(u)
        scores = np.zeros(0, np.int64) if self.readout is None else (spikes @ self.readout.matrix().T).sum(0)
        return EngineRun(tuple(streams), (), tuple(potentials), scores)


def read_out(weights: Synapses, stream: Stream, until: int) -> tuple[IntArray, dict[str, int]]:
    """Weighted spikes up to tick `until`, added up."""
    taken = stream.sources[stream.spike & (stream.times <= until)]
    times = np.bincount(taken, minlength=weights.inputs)
    work = int(times @ np.diff(weights.indptr))
    scores = np.zeros(weights.outputs, np.int64)
    np.add.at(scores, weights.targets, weights.weights * np.repeat(times, np.diff(weights.indptr)))
    names = {"events": len(taken), "nulls": 0, "synapses": work, "updates": 0, "ticks": 0, "spikes": 0, "autonomous": 0}
    return scores, names
