"""Merging trains of waiting times into one sorted stream, by minimum and subtraction alone.

Register i holds the next word of train i. One step: find the least register r_m (the first of several), emit
(r_m, m), subtract r_m from every register, load the next word of train m into register m. The invariant is

    register i  =  next event of train i  -  time of the last event of the stream,

so nothing is ever longer than a word: no step adds, and what is emitted is a register. docs/differential-time.md
proves it. A null event is an event like any other, that carries no spike. Events at one tick come in the order of
their trains, and those of one train in their own.

A register that was subtracted from k times has seen the same as one that was merged k times before it: merging blocks
of neighbouring trains first and the streams then gives the same stream, event by event. A binary tree of two-way
merges is that, and touches only the log2 N nodes between the root and one train per event. `merge` is this tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.jit import compiled
from spikemath.networks.differential.waiting import (
    IntArray,
    WaitingTimes,
    gaps_of,
    packed,
    spelled,
    whole_numbers,
    word_bits,
)

NEVER = 1 << 62  # in the register of a train that has ended; nothing is subtracted from it
_NEVER = np.int64(NEVER)


@dataclass(frozen=True, eq=False)
class Stream:
    """Events of several trains in one order of time.

    Parameters
    ----------
    waits : array of int
        Ticks since the event before, the first since tick 0.
    sources : array of int
        The train, or neuron, that each event belongs to.
    spike : array of bool
        False for null events.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> stream = differential.Stream.of([[1, 4], [4]])
    >>> stream.waits, stream.sources, stream.times
    (array([1, 3, 0]), array([0, 0, 1]), array([1, 4, 4]))
    """

    waits: IntArray
    sources: IntArray
    spike: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("waits", "sources"):
            object.__setattr__(self, name, whole_numbers(getattr(self, name), name))
        object.__setattr__(self, "spike", np.ascontiguousarray(self.spike, bool))
        if not len(self.waits) == len(self.sources) == len(self.spike):
            raise ValueError(f"{len(self.waits)} waits, {len(self.sources)} sources and {len(self.spike)} marks")
        if self.waits.size and (self.waits.min() < 0 or self.sources.min() < 0):
            raise ValueError("waits and sources must not be negative")

    @classmethod
    def of(cls, trains: Any) -> Stream:
        """The stream of trains of ticks, sorted."""
        times = [np.cumsum(gaps_of(t, f"trains[{i}]")) for i, t in enumerate(trains)]
        sources = np.repeat(np.arange(len(times)), [t.size for t in times])
        at = np.concatenate([np.zeros(0, np.int64), *times])
        order = np.lexsort((sources, at))
        return cls(np.diff(at[order], prepend=np.int64(0)), sources[order], np.ones(at.size, bool))

    def __len__(self) -> int:
        return len(self.waits)

    @property
    def times(self) -> IntArray:
        """Ticks of the events."""
        return np.cumsum(self.waits)

    @property
    def bits(self) -> int:
        """Width of the narrowest word that holds every wait."""
        return word_bits(int(self.waits.max(initial=0)))

    def trains(self, n: int, bits: int | None = None) -> WaitingTimes:
        """The spikes as n trains of waiting times."""
        keep = self.spike
        at, who = self.times[keep], self.sources[keep]
        order = np.argsort(who, kind="stable")
        cuts = np.searchsorted(who[order], np.arange(n + 1))
        if cuts[-1] != who.size:
            raise ValueError(f"the stream has sources beyond {n} trains")
        gaps = [np.diff(at[order[a:b]], prepend=np.int64(0)) for a, b in pairwise(cuts)]
        width = bits or word_bits(max((int(g.max()) for g in gaps if g.size), default=0))
        return packed([spelled(g, width) for g in gaps], width)


def _merge_registers(words, indptr, null, waits, sources, spike):
    """The step as it stands above, on N registers: O(N) per event."""
    n = indptr.shape[0] - 1
    register = np.empty(n, np.int64)
    position = indptr[:n].copy()
    for i in range(n):
        register[i] = np.int64(words[position[i]]) if position[i] < indptr[i + 1] else _NEVER
    for k in range(waits.shape[0]):
        m = 0
        for i in range(1, n):
            if register[i] < register[m]:
                m = i
        step = register[m]
        waits[k] = step
        sources[k] = m
        spike[k] = np.int64(words[position[m]]) != null
        for i in range(n):
            if register[i] != _NEVER:
                register[i] -= step
        position[m] += 1
        register[m] = np.int64(words[position[m]]) if position[m] < indptr[m + 1] else _NEVER


def _merge_tree(words, indptr, null, waits, sources, spike):
    """A tree of two-way merges: node j has the children 2 j and 2 j + 1, train i is leaf `width + i`.

    `register[j]` is the wait of the next event of node j's stream since the last event of its parent's.
    """
    n = indptr.shape[0] - 1
    width = 1
    while width < n:
        width *= 2
    register = np.full(2 * width, _NEVER, np.int64)
    position = indptr[:n].copy()
    for i in range(n):
        if position[i] < indptr[i + 1]:
            register[width + i] = np.int64(words[position[i]])
    for j in range(width - 1, 0, -1):
        register[j] = min(register[2 * j], register[2 * j + 1])
    for k in range(waits.shape[0]):
        waits[k] = register[1]
        j = 1
        while (
            j < width
        ):  # down to the train, the left one of equals; each node takes the minimum off the other register
            left = register[2 * j]
            right = register[2 * j + 1]
            if left <= right:
                j = 2 * j
                if right != _NEVER:
                    register[j + 1] = right - left
            else:
                j = 2 * j + 1
                if left != _NEVER:
                    register[j - 1] = left - right
        m = j - width
        sources[k] = m
        spike[k] = np.int64(words[position[m]]) != null
        position[m] += 1
        register[j] = np.int64(words[position[m]]) if position[m] < indptr[m + 1] else _NEVER
        while j > 1:  # and back up, with the next event of each node
            j //= 2
            register[j] = min(register[2 * j], register[2 * j + 1])


merge_registers_kernel = compiled(_merge_registers)
merge_tree_kernel = compiled(_merge_tree)


def merge(trains: WaitingTimes, *, flat: bool = False) -> Stream:
    """One stream of all events of several trains, in O(S log N) for S events of N trains.

    Parameters
    ----------
    trains : WaitingTimes
        Their words may be a memory map.
    flat : bool
        N registers side by side, as a circuit would have them, in O(S N). The stream is the same.

    Returns
    -------
    Stream
        Events at one tick in the order of their trains; null events included.

    References
    ----------
    arXiv 2505.11252 (that merging in differential time is efficient in hardware).

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> stream = differential.merge(differential.encode([[1, 9], [2, 2]], bits=2))
    >>> stream.waits, stream.sources, stream.spike
    (array([1, 1, 0, 2, 3, 2]), array([0, 1, 1, 0, 0, 0]), array([ True,  True,  True, False, False,  True]))
    """
    n = len(trains.words)
    waits, sources, spike = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, bool)
    if n:
        kernel = merge_registers_kernel if flat else merge_tree_kernel
        kernel(np.asarray(trains.words), trains.indptr, np.int64(trains.null), waits, sources, spike)
    return Stream(waits, sources, spike)


def merge_streams(trains: Iterable[Iterable[int]], bits: int) -> Iterator[tuple[int, int, bool]]:
    """The same, event by event, from iterables of words: files, generators, trains without an end.

    Parameters
    ----------
    trains : iterable of iterables of int
        Words of each train. One word of each is held at a time.
    bits : int
        Width of a word.

    Yields
    ------
    (wait, source, spike) : (int, int, bool)

    Examples
    --------
    >>> import itertools
    >>> from spikemath.networks import differential
    >>> clocks = [itertools.repeat(2), itertools.repeat(3)]
    >>> list(itertools.islice(differential.merge_streams(clocks, bits=4), 4))
    [(2, 0, True), (1, 1, True), (1, 0, True), (2, 0, True)]
    """
    null = (1 << bits) - 1
    inputs = [iter(t) for t in trains]
    width = 1
    while width < len(inputs):
        width *= 2

    def next_word(i: int) -> int:
        word = next(inputs[i], None) if i < len(inputs) else None
        if word is None:
            return NEVER
        if not 0 <= word <= null:
            raise ValueError(f"train {i} has the word {word}, which is not of {bits} bits")
        return int(word)

    loaded = [next_word(i) for i in range(width)]
    register = [NEVER] * width + loaded
    for j in range(width - 1, 0, -1):
        register[j] = min(register[2 * j], register[2 * j + 1])
    while register[1] != NEVER:
        wait, j = register[1], 1
        while j < width:
            a, b = register[2 * j], register[2 * j + 1]
            j, other = (2 * j, 2 * j + 1) if a <= b else (2 * j + 1, 2 * j)
            if register[other] != NEVER:
                register[other] -= register[j]
        m = j - width
        yield wait, m, loaded[m] != null
        loaded[m] = register[j] = next_word(m)
        while j > 1:
            j //= 2
            register[j] = min(register[2 * j], register[2 * j + 1])


def in_blocks(events: Iterable[tuple[int, int, bool]], size: int = 4096) -> Iterator[Stream]:
    """Events that come one by one as streams of so many.

    Parameters
    ----------
    events : iterable of (wait, source, spike)
        From `merge_streams`; may be endless.
    size : int
        Events per block.

    Yields
    ------
    Stream
        The first wait of a block counts from the last event of the block before.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> events = differential.merge_streams([[1, 1, 1], [2]], bits=2)
    >>> [block.waits.tolist() for block in differential.in_blocks(events, size=3)]
    [[1, 1, 0], [1]]
    """
    rest = iter(events)
    while block := list(islice(rest, size)):
        waits, sources, spike = zip(*block, strict=True)
        yield Stream(np.array(waits, np.int64), np.array(sources, np.int64), np.array(spike, bool))


def merge_merged(streams: Iterable[Stream], counts: Iterable[int]) -> Stream:
    """Streams of neighbouring blocks of trains merged again: the same as merging all trains at once.

    Parameters
    ----------
    streams : iterable of Stream
        The merged blocks, in order.
    counts : iterable of int
        Number of trains of each block.

    Returns
    -------
    Stream
        With sources numbered through all blocks.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> blocks = [differential.Stream.of([[1], [2]]), differential.Stream.of([[1, 2]])]
    >>> differential.merge_merged(blocks, [2, 1]).sources
    array([0, 2, 1, 2])
    """
    blocks, first = list(streams), np.concatenate([[0], np.cumsum(list(counts), dtype=np.int64)])
    if len(first) != len(blocks) + 1:
        raise ValueError(f"{len(blocks)} streams and {len(first) - 1} counts")
    widest = max((s.bits for s in blocks), default=1)
    order = merge(packed([s.waits for s in blocks], widest))  # each wait is one word: which is null, the streams say
    sources, spike = np.empty(len(order), np.int64), np.empty(len(order), bool)
    for b, stream in enumerate(blocks):
        mine = order.sources == b
        sources[mine], spike[mine] = stream.sources + first[b], stream.spike
    return Stream(order.waits, sources, spike)
