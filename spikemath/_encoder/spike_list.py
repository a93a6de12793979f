"""Spikes as they are found, in columns that are as long as there can be spikes.

Memory that nobody has written to costs nothing, so there is room for as many spikes as events at once, and in the end
what was not used is given back. Nothing is moved or copied. Only where spikes can outnumber a PIECE (or, with a
refractory time, events) more pieces follow, and are joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath.signals.checks import FloatArray

PIECE = 1 << 24


class Piece(NamedTuple):
    """Coordinates (low parts are 0 unless they are written) and counts; the last place stays free."""

    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]

    def head(self, n: int) -> Piece:
        """The first n spikes."""
        return Piece(self.hi[:n], self.lo[:n], self.counts[:n])


class SpikeList:
    """Room for spikes; a kernel writes to ``piece`` from place ``written`` on, and says how far it came."""

    def __init__(self, most: int) -> None:
        self._size = min(most, PIECE) + 1
        self._full: list[Piece] = []
        self.begin()

    def begin(self) -> None:
        """An empty piece."""
        self.piece = Piece(np.empty(self._size), np.zeros(self._size), np.empty(self._size, dtype=np.int64))
        self.written = 0

    @property
    def room(self) -> int:
        """How many spikes the piece can take."""
        return self._size - 1 - self.written

    def make_room(self) -> None:
        """Begin another piece if this one is full."""
        if self.room == 0:
            self._full.append(self.piece.head(self.written))
            self.begin()

    def add(self, hi: float, lo: float, count: int) -> None:
        """One spike more, where there is room."""
        for column, x in zip(self.piece, (hi, lo, count), strict=True):
            column[self.written] = x
        self.written += 1

    def since(self, number: int) -> Iterator[tuple[float, float, int]]:
        """The spikes but for the first few."""
        skipped = 0
        for piece in (*self._full, self.piece.head(self.written)):
            first = max(number - skipped, 0)
            yield from zip(*(column[first:].tolist() for column in piece), strict=True)
            skipped += piece.hi.size

    def __len__(self) -> int:
        return self.written + sum(piece.hi.size for piece in self._full)

    def columns(self) -> Piece:
        """All spikes; afterwards the list is used up."""
        if self._full:
            pieces = (*self._full, self.piece.head(self.written))
            return Piece(*(np.concatenate(c) for c in zip(*pieces, strict=True)))
        for column in self.piece:
            column.resize(self.written, refcheck=False)  # gives back what was not used, without a copy
        return self.piece
