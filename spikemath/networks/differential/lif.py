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

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.networks.differential.decay import Decay, decayed_kernel
from spikemath.networks.differential.merge import NEVER, Stream
from spikemath.networks.differential.synapses import Synapses
from spikemath.networks.differential.waiting import IntArray, whole_numbers

RESETS = ("subtract", "modulo")
COUNTERS = ("events", "nulls", "synapses", "updates", "ticks", "spikes", "autonomous")


def _lif(
    waits,
    sources,
    spike,
    indptr,
    targets,
    weights,
    threshold,
    modulo,
    until,
    shift,
    mult,
    bits,
    rounding,
    powers,
    out,
    who,
):
    """Returns (spikes, counters as in COUNTERS, potentials); fills the waits and neurons of the output."""
    n = threshold.shape[0]
    u = np.zeros(n, np.int64)
    last = np.full(n, -1, np.int64)  # the tick up to which a potential is decayed
    touched = np.empty(n, np.int64)
    fired = np.empty(n, np.int64)
    times = np.zeros(n, np.int64)  # how often a neuron fires now
    waiting = np.empty(n, np.int64)  # neurons that fire at the next tick by themselves
    n_waiting = 0
    count = np.zeros(7, np.int64)
    arrived = np.int64(0)  # the tick of the last event taken in
    sent = np.int64(0)  # the tick of the last spike sent
    now = np.int64(-1)
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
    count[5] = m
    for j in range(n):
        if until < _NEVER:
            u[j] = decayed_kernel(u[j], until - last[j], shift, mult, bits, rounding, powers)
    return m, count, u


_NEVER = np.int64(NEVER)
lif_kernel = compiled(_lif)


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
        synapses: Synapses = self.weights
        if len(stream) and stream.sources.max() >= synapses.inputs:
            raise ValueError(f"the stream has sources beyond {synapses.inputs} inputs")
        size = self._at_most(stream)
        out, who = np.empty(size, np.int64), np.empty(size, np.int64)
        m, count, u = lif_kernel(
            *(stream.waits, stream.sources, stream.spike, synapses.indptr, synapses.targets, synapses.weights),
            *(self.threshold, self.reset == "modulo", np.int64(NEVER if until is None else until)),
            *self.decay.arguments,
            *(out, who),
        )
        return Stream(out[:m], who[:m], np.ones(m, bool)), counters(count), u

    def _at_most(self, stream: Stream) -> int:
        """A bound of the spikes: each takes a threshold off the positive weight that came in, and decay adds none."""
        if not len(stream) or not len(self.threshold):
            return 0
        mass = int(self.weights.positive[stream.sources[stream.spike]].sum())
        return mass // int(self.threshold.min())
