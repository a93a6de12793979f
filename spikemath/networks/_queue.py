"""Run any network through the queue of arrivals; comparisons that a float leaves open are settled by the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder import train_kernels as core
from spikemath._encoder.encode_train import _TrainRun
from spikemath._encoder.firing import DONE, FULL, UNDECIDED
from spikemath._numeric.eft import CAPACITY, two_prod
from spikemath.networks import _queue_kernel as k
from spikemath.networks._dense import Rules, in_steps, ticks_of
from spikemath.networks._events import Integers, Stream, delay_pair, later, of_counts
from spikemath.networks._exact import tame, weighted_input
from spikemath.signals.axis import Coordinate, sorted_order
from spikemath.signals.checks import FloatArray

_two_prod = two_prod.python


class Connection(NamedTuple):
    """Synapses from the input (-1) or a layer to a layer."""

    source: int
    target: int
    weights: FloatArray  # (neurons of the target, channels of the source)
    delays: FloatArray | None  # one per channel of the source, or one per synapse

    def delay_of(self, j: int) -> FloatArray | None:
        """Delays of the synapses of neuron j."""
        return self.delays if self.delays is None or self.delays.ndim == 1 else self.delays[j]


class Graph(NamedTuple):
    """All synapses in compressed rows, by source and by increasing delay; neurons ranked so that delay 0 leads up."""

    inputs: int
    offsets: Integers  # first neuron of every layer, and their number
    start: Integers
    target: Integers
    gh: FloatArray
    gl: FloatArray
    delay: FloatArray
    rank: Integers
    usable: bool


def graph_of(inputs: int, rules: Sequence[Rules], connections: Sequence[Connection]) -> Graph:
    """The graph of a network; ValueError where a cycle has no delay."""
    offsets = np.concatenate([[0], np.cumsum([r.theta.size for r in rules])]).astype(np.int64)
    n = int(offsets[-1])
    columns: list[Any] = []
    for c in connections:
        j, i = np.nonzero(c.weights)
        first = 0 if c.source < 0 else inputs + int(offsets[c.source])
        delays = np.zeros(i.size) if c.delays is None else c.delays[i] if c.delays.ndim == 1 else c.delays[j, i]
        units = np.ones(i.size) if c.source < 0 else rules[c.source].theta[i]
        columns.append((first + i, int(offsets[c.target]) + j, c.weights[j, i], units, delays))
    source, target, weight, unit, delay = (np.concatenate(x) for x in zip(*columns, strict=True))
    order = np.lexsort((target, delay, source))
    source, target, weight, unit, delay = (x[order] for x in (source, target, weight, unit, delay))
    start = np.searchsorted(source, np.arange(inputs + n + 1)).astype(np.int64)
    usable = tame(weight, unit)
    gh, gl = _two_prod(weight, unit) if usable else (weight, np.zeros_like(weight))
    inner = (delay == 0.0) & (source >= inputs)
    rank = ranks(n, source[inner] - inputs, target[inner], offsets)
    return Graph(inputs, offsets, start, target.astype(np.int64), gh, gl, delay, rank, usable)


def ranks(n: int, source: Integers, target: Integers, offsets: Integers) -> Integers:
    """Ranks in which every given edge leads up; ValueError, with a neuron that it passes, for a cycle."""
    if np.all(source < target):
        return np.arange(n)
    open_edges = np.bincount(target, minlength=n)
    rank, free, given = np.full(n, -1), np.nonzero(open_edges == 0)[0], 0
    by_source = np.argsort(source, kind="stable")
    starts = np.searchsorted(source[by_source], np.arange(n + 1))
    heads = target[by_source]
    while free.size:
        rank[free] = np.arange(given, given + free.size)
        given += free.size
        reached = np.concatenate([heads[starts[i] : starts[i + 1]] for i in free])
        np.subtract.at(open_edges, reached, 1)
        free = np.unique(reached[open_edges[reached] == 0])
    if given < n:
        neuron = _on_a_cycle(n, source, target)
        layer = int(np.searchsorted(offsets, neuron, side="right")) - 1
        raise ValueError(
            f"neuron {neuron - int(offsets[layer])} of layer {layer} is on a cycle of synapses without delay: "
            "every cycle needs a positive delay"
        )
    return rank


def _on_a_cycle(n: int, source: Integers, target: Integers) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    loops = np.nonzero(source == target)[0]
    if loops.size:
        return int(source[loops[0]])
    edges = coo_array((np.ones(source.size), (source, target)), shape=(n, n))
    _, label = connected_components(edges, connection="strong")
    return int(np.nonzero(np.bincount(label)[label] > 1)[0][0])


class QueueRun:
    """One run: arrays of the kernel, and what it is told when it cannot decide."""

    def __init__(
        self, stream: Stream, graph: Graph, rules: Sequence[Rules], connections: Sequence[Connection],
        ends: Sequence[Coordinate], most: int, clocked: bool = False,
    ) -> None:  # fmt: skip
        self.stream, self.graph, self.rules, self.connections, self.ends = stream, graph, rules, connections, ends
        self.most, self.clocked = most, clocked
        n, axis = int(graph.offsets[-1]), stream.axis
        ticks = [ticks_of(r, axis, clocked) for r in rules]
        self.theta = np.concatenate([r.theta for r in rules])
        if not (graph.usable and tame(self.theta, stream.rows) and all(t.usable for t in ticks)):
            raise OverflowError(
                "weights, thresholds and leaks of a network with delays or links must lie within 2^-300 .. 2^300"
            )
        self.leak = np.concatenate([t.leak for t in ticks])
        self.refractory = np.array(
            [np.concatenate([t.refractory_hi for t in ticks]), np.concatenate([t.refractory_lo for t in ticks])]
        )
        self.kind = np.array([np.concatenate([r.reset for r in rules]), np.concatenate([r.bipolar for r in rules])])
        self.until = np.repeat(np.array(ends).T, np.diff(graph.offsets), axis=1).copy()
        pairs = {d: delay_pair(float(d), axis) for d in np.unique(graph.delay)}
        delays = np.array([pairs[d] for d in graph.delay]).reshape(-1, 2).T
        self.synapses = np.ascontiguousarray(np.array([graph.gh, graph.gl, *delays]))
        self.place = np.argsort(graph.rank)
        self.state, self.flags = np.zeros((n, core.FLOATS)), np.zeros((n, k.INTEGERS), dtype=np.int64)
        self.pulse, self.todo = np.zeros((n, CAPACITY)), np.zeros(n + 1, dtype=np.int64)
        self.at, self.now = np.zeros(k.PLACES, dtype=np.int64), np.zeros(2)
        self._fill(stream.hi.size + max(1024, n))
        self.undecided_of = np.zeros(n, dtype=np.int64)
        self.asked = np.zeros(n, dtype=bool)

    def _fill(self, room: int) -> None:
        """Tables of spikes and queue: the first spikes are those of the input, each queued for its first delay."""
        given, n = self.stream.hi.size, int(self.graph.offsets[-1])
        self.hi, self.lo, self.source = np.zeros(room), np.zeros(room), np.zeros(room, dtype=np.int64)
        self.values = np.zeros((max(2, self.stream.rows.shape[0]), room))
        self.qh, self.ql = np.zeros(room + n + 1), np.zeros(room + n + 1)
        self.qs, self.qe = np.zeros(room + n + 1, dtype=np.int64), np.zeros(room + n + 1, dtype=np.int64)
        self.hi[:given], self.lo[:given], self.source[:given] = self.stream.hi, self.stream.lo, self.stream.channel
        self.values[: self.stream.rows.shape[0], :given] = self.stream.rows
        self.at[k.SPIKES] = given
        first = self.graph.start[self.stream.channel]
        live = np.nonzero(first < self.graph.start[self.stream.channel + 1])[0]
        hi, lo = later(self.hi[live], self.lo[live], (self.synapses[2, first[live]], self.synapses[3, first[live]]))
        order = sorted_order(hi, lo)  # a sorted list is a heap
        n = self.at[k.QUEUED] = live.size
        self.qh[:n], self.ql[:n], self.qs[:n], self.qe[:n] = hi[order], lo[order], live[order], first[live][order]

    def _make_room(self, more: int) -> None:
        """Longer tables."""
        for name in ("hi", "lo", "source", "qh", "ql", "qs", "qe"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(more, dtype=old.dtype)]))
        self.values = np.concatenate([self.values, np.zeros((self.values.shape[0], more))], axis=1)

    def run(self) -> list[Stream]:
        """The spikes of every layer."""
        g = self.graph
        while True:
            status = k.run_queue(
                self.state, self.flags, self.pulse, self.at, self.now, self.theta, self.leak, self.refractory,
                self.kind, g.rank, self.place, self.until, g.start, self.synapses, g.target, self.hi, self.lo,
                self.source, self.values, g.inputs, self.qh, self.ql, self.qs, self.qe, self.todo,
            )  # fmt: skip
            if status == DONE:
                return [self._layer(i, self.ends[i]) for i in range(len(self.rules))]
            if status == k.PAUSED:
                continue
            if status == UNDECIDED:
                self._decide(int(self.at[k.ASKED]))
            elif status == FULL:
                if self.at[k.SPIKES] - self.stream.hi.size >= self.most:
                    raise OverflowError(f"the network sends more than max_spikes = {self.most} spikes")
                room = self.hi.size
                self._make_room(min(max(room // 2, 1024), self.stream.hi.size + self.most + 1 - room))
            elif status == k.INEXACT:
                raise ValueError(
                    "a spike time plus a delay has no exact coordinate of two floats: use delays with fewer digits"
                )
            else:
                raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")

    def _layer(self, layer: int, end: Coordinate) -> Stream:
        """The spikes of a layer so far."""
        given, last = self.stream.hi.size, int(self.at[k.SPIKES])
        first = self.graph.inputs + self.graph.offsets[layer]
        source = self.source[given:last]
        mine = np.nonzero((source >= first) & (source < first + self.rules[layer].theta.size))[0] + given
        counts = self.values[0, mine].astype(np.int64) + self.values[1, mine].astype(np.int64)
        return of_counts(
            self.stream, end, self.hi[mine], self.lo[mine], self.source[mine] - first, counts, self.rules[layer].theta
        )

    def _decide(self, j: int) -> None:
        """The count of neuron j now, from all that ever reached it; by the core's encoder."""
        layer = int(np.searchsorted(self.graph.offsets, j, side="right")) - 1
        neuron, now = j - int(self.graph.offsets[layer]), (float(self.now[0]), float(self.now[1]))
        sources = []
        for c in self.connections:
            if c.target == layer:
                stream = self.stream if c.source < 0 else self._layer(c.source, self.ends[c.source])
                sources.append((stream, c.weights[neuron], c.delay_of(neuron)))
        f = weighted_input(sources, self.stream.axis, self.stream.start, now)
        rule = self.rules[layer].settings[neuron]
        alone = _TrainRun(f, in_steps(rule, self.stream.axis) if self.clocked else rule)
        run = alone.run(None)
        fires = run.hi.size > 0 and (run.hi[-1], run.lo[-1]) == now
        self.asked[j], self.undecided_of[j] = True, run.undecided
        own = self.state[j]
        scale = float(np.ldexp(1.0, alone.exponent))
        own[core.U], own[core.ERR] = alone.state[core.U] * scale, alone.state[core.ERR] * scale
        own[core.LAST], own[core.LAST + 1] = now
        if (alone.state[core.LAST], alone.state[core.LAST + 1]) != now:
            core.decay(alone.state, np.float64(now[0]), np.float64(now[1]), alone.leak)
            own[core.U], own[core.ERR] = alone.state[core.U] * scale, alone.state[core.ERR] * scale
        self.flags[j, k.ANSWERED] = 1
        self.at[k.ANSWER] = int(run.counts[-1]) if fires else 0
