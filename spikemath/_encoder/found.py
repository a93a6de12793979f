"""Spikes of many channels: the columns of all of them, one channel after the other.

Kernels that take many channels find spikes in *pieces*, the columns of one call with the channel of each spike; they
are sorted by channel at the end. ``Layout`` is how samples lie in memory: such kernels read them where they lie.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.channel_kernels import sorted_by_owner
from spikemath.signals.checks import FloatArray


class Found(NamedTuple):
    """Spikes: coordinates hi + lo, signed counts; those of channel c are indptr[c] : indptr[c + 1]."""

    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]
    indptr: NDArray[np.int64]


class Trains(NamedTuple):
    """What is found in whole recordings: spikes, potentials at the end, and how many comparisons were left open."""

    spikes: Found
    potentials: FloatArray
    undecided: int


class Piece(NamedTuple):
    """Spikes of one kernel call."""

    columns: tuple[Any, ...]  # hi, lo, counts, jumps
    owner: NDArray[np.int64]  # the channel of each
    first: int  # of the owners
    last: int

    def of(self, c: int) -> NDArray[np.int64]:
        """Which are of one channel."""
        if not self.first <= c <= self.last:
            return np.zeros(0, dtype=np.int64)
        return np.nonzero(self.owner == c)[0]


def piece(columns: tuple[Any, ...], owner: NDArray[np.int64]) -> Piece:
    """What a kernel has written."""
    return Piece(columns, owner, int(owner.min()), int(owner.max()))


def nothing(number: int) -> Found:
    """No spikes."""
    return Found(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(number + 1, dtype=np.int64))


def beginnings(sizes: Any) -> NDArray[np.int64]:
    """Where each channel begins, and the end."""
    indptr = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=indptr[1:])
    return indptr


def gathered(columns: list[Any]) -> Found:
    """The columns of every channel."""
    hi, lo, counts = (np.concatenate([c[i] for c in columns]) for i in range(3))
    return Found(hi, lo, counts, beginnings([c[0].size for c in columns]))


def side_by_side(parts: list[Found]) -> Found:
    """Channels after channels."""
    if len(parts) == 1:
        return parts[0]
    hi, lo, counts = (np.concatenate([p[i] for p in parts]) for i in range(3))
    return Found(hi, lo, counts, beginnings(np.concatenate([np.diff(p.indptr) for p in parts])))


def by_channel(pieces: list[Piece], number: int) -> Found:
    """All pieces, sorted by channel; spikes that two floats cannot tell apart are one."""
    if not pieces:
        return nothing(number)
    if number == 1:
        hi, lo, counts = (np.concatenate([p.columns[j] for p in pieces]) for j in range(3))
        return Found(*coalesced(hi, lo, counts, beginnings([hi.size])))
    indptr = beginnings(sum(np.bincount(p.owner, minlength=number) for p in pieces))
    hi, lo, counts = np.empty(indptr[-1]), np.empty(indptr[-1]), np.empty(indptr[-1], dtype=np.int64)
    for j, column in enumerate((hi, lo, counts)):
        at = indptr[:-1].copy()
        for piece in pieces:
            sorted_by_owner(piece.owner, at, piece.columns[j], column)
    return Found(*coalesced(hi, lo, counts, indptr))


def coalesced(
    hi: FloatArray, lo: FloatArray, counts: NDArray[np.int64], indptr: NDArray[np.int64] | None = None
) -> list[Any]:
    """Spikes as arrays; a crossing so soon after a spike that two floats cannot tell them apart is added to it.

    With ``indptr``, of many channels, whose spikes are never one; the new ``indptr`` is the last of the answers then.
    """
    rest = [] if indptr is None else [indptr]
    later = hi[1:] != hi[:-1]
    if later.all():
        return [hi, lo, counts, *rest]
    first = np.ones(hi.size, dtype=np.bool_)
    first[1:] = later | (lo[1:] != lo[:-1])
    if indptr is not None:
        first[indptr[:-1][indptr[:-1] < hi.size]] = True
    if first.all():
        return [hi, lo, counts, *rest]
    total = np.add.reduceat(counts, np.nonzero(first)[0])
    kept = first.copy()
    kept[first] = total != 0
    if indptr is not None:
        rest = [beginnings(kept)[indptr]]
    return [hi[kept], lo[kept], total[total != 0], *rest]


class Layout(NamedTuple):
    """Samples x (channels, n) as one row of elements, and how far it is to the next channel and the next sample."""

    x: NDArray[Any]
    row: NDArray[Any]
    across: int
    along: int

    def part(self, at: slice) -> Layout:
        """Some channels."""
        return self._replace(x=self.x[at], row=self.row[at.start * self.across :])


def layout(x: NDArray[Any]) -> Layout:
    """Where samples lie; a copy only where neither channels nor samples are neighbours, or elements are not aligned."""
    (number, n), size, steps = x.shape, x.itemsize, x.strides
    across, along = steps[0] // size if number > 1 else 1, steps[1] // size if n > 1 else 1
    plain = x.flags.aligned and not any(s < 0 or s % size for s in steps) and along > 0
    if not plain or (along != 1 and across != 1):
        x, across, along = np.array(x, order="C"), n, 1
    if x.flags.c_contiguous:
        row = x.reshape(-1)
    else:
        count = (number - 1) * across + (n - 1) * along + 1 if x.size else 0
        row = np.lib.stride_tricks.as_strided(x, (count,), (size,))
    row.flags.writeable = False  # each kind of array is compiled by itself
    return Layout(x, row, across, along)
