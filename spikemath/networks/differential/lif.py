"""LIF neurons on a stream of waiting times, in integers.

A neuron j with threshold T, decay D and weights w lives on ticks n = 0, 1, ..., `until`:

    u <- D(u) + sum of the weights of the spikes at tick n;   if u >= T: fire, u <- u - T    (subtract, once a tick)
                                                              if u >= T: fire u // T times, u <- u mod T    (modulo)

`clocked.py` computes that as it stands. Here only what happens is computed: the spikes of one tick are added,
potentials decay lazily by D^d when they are next looked at, and **a neuron that is left with D(u) >= T after a
subtraction fires at the next tick though nothing arrives**: such neurons are kept in a list, and the next tick is
visited for them. What the layer sends is again a stream, neurons of one tick in ascending order, as a leading-one
detector over their flags would find them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.networks.differential.decay import Decay, decayed_kernel
from spikemath.networks.differential.merge import NEVER, Stream
from spikemath.networks.differential.synapses import Synapses
from spikemath.networks.differential.waiting import IntArray, whole_numbers

RESETS = ("subtract", "modulo")
_FIELDS = ("waits", "sources", "spike")
COUNTERS = ("events", "nulls", "synapses", "updates", "ticks", "spikes", "autonomous")


def _lif(
    waits, sources, spike, indptr, targets, weights, threshold, modulo, until, shift, mult, bits, rounding, powers,
    u, last, waiting, clock, out, who, count,
):  # fmt: skip
    """Returns (events taken in, spikes sent); fills waits and neurons of the output, counts as in COUNTERS.

    The state goes on from call to call: potentials `u` as of the ticks `last`, the neurons `waiting` to fire unasked,
    and `clock`: ticks of the last event taken in, of the last spike sent, of the last visit, and how many are
    waiting.
    """
    n = threshold.shape[0]
    touched = np.empty(n, np.int64)
    fired = np.empty(n, np.int64)
    times = np.zeros(n, np.int64)  # how often a neuron fires now
    arrived = clock[0]
    sent = clock[1]
    now = clock[2]
    n_waiting = clock[3]
    e = 0
    m = 0
    while e < waits.shape[0] or n_waiting > 0:
        t = now + 1
        if n_waiting == 0:
            t = arrived + waits[e]
        elif e < waits.shape[0]:
            t = min(t, arrived + waits[e])
        if t > until:
            break
        k = n_waiting
        for i in range(k):
            j = waiting[i]
            u[j] = decayed_kernel(u[j], t - last[j], shift, mult, bits, rounding, powers)
            last[j] = t
            touched[i] = j
        auto = k
        while e < waits.shape[0] and arrived + waits[e] == t:
            arrived = t
            count[0] += 1
            if spike[e]:
                for p in range(indptr[sources[e]], indptr[sources[e] + 1]):
                    j = np.int64(targets[p])
                    if last[j] != t:
                        u[j] = decayed_kernel(u[j], t - last[j], shift, mult, bits, rounding, powers)
                        last[j] = t
                        touched[k] = j
                        k += 1
                    u[j] += np.int64(weights[p])
                count[2] += indptr[sources[e] + 1] - indptr[sources[e]]
            else:
                count[1] += 1
            e += 1
        n_fired = 0
        n_waiting = 0
        for i in range(k):
            j = touched[i]
            if u[j] >= threshold[j]:
                times[j] = u[j] // threshold[j] if modulo else 1
                u[j] -= times[j] * threshold[j]
                fired[n_fired] = j
                n_fired += 1
                if i < auto:
                    count[6] += 1
                if decayed_kernel(u[j], np.int64(1), shift, mult, bits, rounding, powers) >= threshold[j]:
                    waiting[n_waiting] = j
                    n_waiting += 1
        for j in np.sort(fired[:n_fired]):
            for _ in range(times[j]):
                out[m] = t - sent
                who[m] = j
                sent = t
                m += 1
        count[3] += k
        count[4] += 1
        now = t
    count[5] += m
    clock[0] = arrived
    clock[1] = sent
    clock[2] = now
    clock[3] = n_waiting
    return e, m


def _settle(u, last, until, shift, mult, bits, rounding, powers):
    """All potentials at tick `until`."""
    for j in range(u.shape[0]):
        u[j] = decayed_kernel(u[j], until - last[j], shift, mult, bits, rounding, powers)
        last[j] = until


lif_kernel = compiled(_lif)
settle_kernel = compiled(_settle)


class _State:
    """A layer between two blocks of its input."""

    def __init__(self, layer: LifLayer) -> None:
        n = len(layer.threshold)
        self.layer = layer
        self.u, self.last, self.waiting = np.zeros(n, np.int64), np.full(n, -1, np.int64), np.empty(n, np.int64)
        self.clock = np.array([0, 0, -1, 0], np.int64)
        self.count = np.zeros(len(COUNTERS), np.int64)

    def feed(self, stream: Stream, until: int) -> tuple[int, Stream]:
        """Take in events up to tick `until`: how many there were, and what was sent."""
        layer, synapses = self.layer, self.layer.weights
        if len(stream) and stream.sources.max() >= synapses.inputs:
            raise ValueError(f"the stream has sources beyond {synapses.inputs} inputs")
        size = self._at_most(stream)
        out, who = np.empty(size, np.int64), np.empty(size, np.int64)
        e, m = lif_kernel(
            *(stream.waits, stream.sources, stream.spike, synapses.indptr, synapses.targets, synapses.weights),
            *(layer.threshold, layer.reset == "modulo", np.int64(until), *layer.decay.arguments),
            *(self.u, self.last, self.waiting, self.clock, out, who, self.count),
        )
        return e, Stream(out[:m], who[:m], np.ones(m, bool))

    def _at_most(self, stream: Stream) -> int:
        """A bound of the spikes: each takes a threshold off the positive weight there is, and decay adds none."""
        if not len(self.u):
            return 0
        mass = int(self.layer.weights.positive[stream.sources[stream.spike]].sum()) + int(np.maximum(self.u, 0).sum())
        return mass // int(self.layer.threshold.min())


def counters(count: IntArray) -> dict[str, int]:
    """Counts by name."""
    return dict(zip(COUNTERS, count.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class LifLayer:
    """A layer of integer LIF neurons, computed event by event.

    Parameters
    ----------
    weights : array of int (neurons, inputs) or Synapses
        In units in which the threshold is an integer, 2**b say.
    threshold : int or array of int (neurons,)
        Positive.
    decay : Decay
        Per tick. Default: one half, by a shift.
    reset : {"subtract", "modulo"}
        Take one threshold off, at most once a tick, or as many as fit; then each is a spike of its own.

    Raises
    ------
    TypeError, ValueError
        If weights or thresholds are not integers, or a threshold is not positive.

    Examples
    --------
    One pulse of five thresholds. After the first spike 4 are left, which decay to 2 and fire again without an input.

    >>> from spikemath.networks import differential
    >>> layer = differential.LifLayer([[80]], threshold=16)
    >>> stream = differential.Stream.of([[2]])
    >>> layer(stream).times
    array([2, 3])
    >>> differential.LifLayer([[80]], 16, reset="modulo")(stream).times
    array([2, 2, 2, 2, 2])
    """

    weights: Any
    threshold: Any
    decay: Decay = field(default_factory=Decay)
    reset: str = "subtract"

    def __post_init__(self) -> None:
        synapses = self.weights if isinstance(self.weights, Synapses) else Synapses.dense(self.weights)
        if self.reset not in RESETS:
            raise ValueError(f"reset = {self.reset!r}: one of {', '.join(RESETS)}")
        threshold = np.broadcast_to(whole_numbers(self.threshold, "threshold"), (synapses.outputs,))
        if threshold.size and threshold.min() < 1:
            raise ValueError(f"threshold = {threshold.min()}: must be positive")
        object.__setattr__(self, "weights", synapses)
        object.__setattr__(self, "threshold", np.ascontiguousarray(threshold))

    def __call__(self, stream: Stream, until: int | None = None) -> Stream:
        """The spikes of the layer; with `until`, those of ticks up to it."""
        return self.run(stream, until)[0]

    def run(self, stream: Stream, until: int | None = None) -> tuple[Stream, dict[str, int], IntArray]:
        """Spikes, counts of what was done, and the potentials.

        Parameters
        ----------
        stream : Stream
            Sources are numbers of inputs.
        until : int, optional
            Last tick. Default: until nothing happens any more.

        Returns
        -------
        stream : Stream
        counts : dict of int
            events and nulls taken in, synapses (additions), updates (neurons looked at), ticks visited, spikes,
            and autonomous ones among the neurons that fired.
        potentials : array of int64 (neurons,)
            After tick `until`; without it, each as it was left at its own last tick.
        """
        state = _State(self)
        out = state.feed(stream, NEVER if until is None else until)[1]
        if until is not None:
            settle_kernel(state.u, state.last, np.int64(until), *self.decay.arguments)
        return out, counters(state.count), state.u

    def blocks(self, streams: Iterable[Stream], until: int | None = None) -> Iterator[Stream]:
        """The same for a stream that comes in blocks, one after the other: what is sent after each.

        Parameters
        ----------
        streams : iterable of Stream
            The first wait of a block counts from the last event of the block before. May be endless.
        until : int, optional
            Last tick.

        Yields
        ------
        Stream
            Joined they are ``layer(joined input)``.

        Examples
        --------
        >>> import itertools
        >>> from spikemath.networks import differential
        >>> clocks = [itertools.repeat(2), itertools.repeat(3)]
        >>> events = differential.in_blocks(differential.merge_streams(clocks, bits=4), size=4)
        >>> layer = differential.LifLayer([[5, 4]], threshold=8)
        >>> [block.waits.tolist() for block in itertools.islice(layer.blocks(events), 4)]
        [[4], [2], [4, 2], [4, 2]]
        """
        state, kept = _State(self), Stream(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))
        end = NEVER if until is None else until
        for block in streams:
            # the last tick of a block may go on in the next one, so its events are kept
            whole = Stream(*(np.concatenate([getattr(s, name) for s in (kept, block)]) for name in _FIELDS))
            if not len(whole):
                continue
            before = int(state.clock[0]) + int(whole.waits.sum()) - 1
            done, sent = state.feed(whole, min(before, end))
            kept = Stream(*(getattr(whole, name)[done:] for name in _FIELDS))
            yield sent
            if before >= end:
                return
        yield state.feed(kept, end)[1]
