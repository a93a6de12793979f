"""Waiting times: a train of spikes at integer ticks t_1 <= t_2 <= ... as the gaps t_k - t_{k-1}, with t_0 = 0.

A word of b bits holds a wait of 0 ... M, M = 2^b - 1. The word M means *no spike yet*: M ticks pass and nothing
else happens (a null event). So a gap g is g // M words M, and then the word g % M, which is below M and ends in
the spike; every train has exactly one such spelling, and the width of the words is set by what gaps are usual, not
by how long the recording is. Several spikes at one tick are words 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
MAX_BITS = 62


def whole_numbers(x: Any, name: str) -> IntArray:
    """Integers as int64; anything else is refused."""
    a = np.asarray(x)
    if a.size == 0:
        return np.zeros(a.shape, np.int64)
    if a.dtype.kind not in "iu" or (a.dtype == np.uint64 and int(a.max()) >= 2**63):
        raise TypeError(f"{name} must be integers of at most 64 bits, got {a.dtype}")
    return np.ascontiguousarray(a, np.int64)


def word_bits(longest: int) -> int:
    """The least number of bits in which a gap is one word."""
    return max(int(longest) + 1, 1).bit_length()


def gaps_of(times: Any, name: str = "times") -> IntArray:
    """Gaps of one train, the first counted from tick 0."""
    t = whole_numbers(times, name)
    if t.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got shape {t.shape}")
    gaps = np.diff(t, prepend=np.int64(0))
    if t.size and (t[0] < 0 or gaps.min() < 0):
        at = int(np.argmax(gaps < 0))
        raise ValueError(f"{name}[{at}] = {t[at]}: ticks must ascend from 0 on")
    return gaps


def spelled(gaps: IntArray, bits: int) -> IntArray:
    """Gaps as words of `bits` bits, null events included."""
    null = (1 << bits) - 1
    nulls = gaps // null
    words = np.full(int(nulls.sum()) + gaps.size, null, np.int64)
    words[np.cumsum(nulls + 1) - 1] = gaps % null
    return words


@dataclass(frozen=True, eq=False)
class WaitingTimes:
    """Trains of spikes as words of waiting time.

    Parameters
    ----------
    words : array of unsigned integers
        The words of all trains, one train after the other. May be a memory map: it is only read.
    indptr : array of int, (trains + 1,)
        Train i has the words ``indptr[i]`` to ``indptr[i + 1]``.
    bits : int
        Width of a word, 1 to 62. The word ``2**bits - 1`` is a null event.

    Raises
    ------
    ValueError
        If ``indptr`` does not cut ``words``.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> trains = differential.encode([[3, 3, 20], []], bits=3)
    >>> trains.words, trains.indptr
    (array([3, 0, 7, 7, 3], dtype=uint8), array([0, 5, 5]))
    >>> len(trains), trains.spikes
    (2, 3)
    """

    words: NDArray[Any]
    indptr: IntArray
    bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise ValueError(f"bits = {self.bits}: must be from 1 to {MAX_BITS}")
        ptr = whole_numbers(self.indptr, "indptr")
        if ptr.ndim != 1 or ptr.size < 1 or ptr[0] != 0 or ptr[-1] != len(self.words) or np.any(np.diff(ptr) < 0):
            raise ValueError(f"indptr must ascend from 0 to the number of words, {len(self.words)}")
        object.__setattr__(self, "indptr", ptr)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def null(self) -> int:
        """The word that is a null event."""
        return (1 << self.bits) - 1

    @property
    def spikes(self) -> int:
        """Number of spikes in all trains."""
        return int(np.count_nonzero(np.asarray(self.words) != self.null))

    def __getitem__(self, i: int) -> NDArray[Any]:
        """The words of train i."""
        i = range(len(self))[i]
        return self.words[self.indptr[i] : self.indptr[i + 1]]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))


def encode(trains: Any, bits: int | None = None) -> WaitingTimes:
    """Trains of spikes at integer ticks as waiting times.

    Parameters
    ----------
    trains : sequence of sequences of int
        Ticks of each train, ascending, from 0 on; equal ticks are several spikes.
    bits : int, optional
        Width of a word. Default: so that no gap needs a null event.

    Returns
    -------
    WaitingTimes

    Raises
    ------
    TypeError
        If ticks are not integers.
    ValueError
        If they do not ascend from 0 on.

    References
    ----------
    arXiv 2501.07952 and 2505.11252 (differential time).

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> differential.encode([[1, 4, 9], [2]]).words
    array([1, 3, 5, 2], dtype=uint8)
    """
    gaps = [gaps_of(t, f"trains[{i}]") for i, t in enumerate(trains)]
    if bits is None:
        bits = word_bits(max((int(g.max()) for g in gaps if g.size), default=0))
    if not 1 <= bits <= MAX_BITS:
        raise ValueError(f"bits = {bits}: must be from 1 to {MAX_BITS}")
    words = [spelled(g, bits) for g in gaps]
    return packed(words, bits)


def packed(words: Sequence[IntArray], bits: int) -> WaitingTimes:
    """Words of several trains in one array of the smallest type."""
    dtype = next(d for d in (np.uint8, np.uint16, np.uint32, np.uint64) if bits <= 8 * np.dtype(d).itemsize)
    indptr = np.concatenate([[0], np.cumsum([len(w) for w in words], dtype=np.int64)]).astype(np.int64)
    return WaitingTimes(np.concatenate([np.zeros(0, np.int64), *words]).astype(dtype), indptr, bits)


def decode(trains: WaitingTimes) -> list[IntArray]:
    """The ticks of every train.

    Parameters
    ----------
    trains : WaitingTimes

    Returns
    -------
    list of arrays of int64
        ``decode(encode(trains, bits))`` is ``trains`` for every width.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> differential.decode(differential.encode([[3, 3, 20], []], bits=2))
    [array([ 3,  3, 20]), array([], dtype=int64)]
    """
    out = []
    for words in trains:
        w = np.asarray(words).astype(np.int64)
        out.append(np.cumsum(w)[w != trains.null])
    return out


def decode_stream(words: Iterable[int], bits: int) -> Iterator[int]:
    """The ticks of one train, word by word: for trains that are longer than memory.

    Parameters
    ----------
    words : iterable of int
        May be endless.
    bits : int
        Width of a word.

    Yields
    ------
    int

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> list(differential.decode_stream([3, 0, 7, 7, 3], bits=3))
    [3, 3, 20]
    """
    null, now = (1 << bits) - 1, 0
    for word in words:
        now += int(word)
        if word != null:
            yield now
