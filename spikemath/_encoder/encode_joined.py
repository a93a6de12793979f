"""Encode recorded samples joined by straight lines, block by block: encode_samples.py with the kernel for them.

    encoder = JoinedEncoder(settings, rate)        the same interface as SampleEncoder

A cell is what lies between two samples, so the last sample of a block waits for the next, and a state keeps the at most
64 samples from its anchor on. With ``arithmetic="fast"`` the exact kernel runs too: no other is quicker.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.encode_recording import History, encode_with
from spikemath._encoder.encode_samples import OneCell, Part, SampleEncoder, Scratch, State, scratch
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.joined_kernel import encode_joined, end_joined
from spikemath._encoder.rules import Settings
from spikemath._encoder.sample_tables import STEEPEST, joined_tables


def takes_joined(op: Settings, rate: Fraction) -> bool:
    """Whether the kernel for joined samples takes this leak."""
    return Fraction(op.alpha) <= Fraction(STEEPEST) * rate


class JoinedEncoder(SampleEncoder):
    """An operator on joined samples of one rate."""

    terms = 2

    def __init__(self, op: Settings, rate: Fraction) -> None:
        super().__init__(op._replace(arithmetic="exact"), rate)
        floats, _ = self._begun
        self.joined = joined_tables(*map(float, (floats[k.LEAK], floats[k.LEAK + 1], floats[k.THETA])))

    def part(self, state: State, history: Any = None, room: Scratch | None = None) -> Part:
        """A run over some blocks, from a state on."""
        return _Part(self, state, history, room if room is not None else scratch(self.terms))


class _Part(Part):
    """A run over some blocks."""

    encoder: JoinedEncoder

    def _kernel(self, x: NDArray[Any]) -> int:
        room = self.room
        self.flags[k.WRITTEN] = 0
        return int(
            encode_joined(
                self.floats, self.flags, x, float(self.index), *self.encoder.joined, room.cells, room.work, room.out
            )
        )

    def end(self) -> None:
        """The instant of the last sample."""
        x, flags, room = self.tail, self.flags, self.room
        known = self._known()
        flags[k.WRITTEN] = 0
        status = end_joined(
            self.floats, flags, x, float(self.index), *self.encoder.joined, room.work, room.out
        )  # fmt: skip
        self._collect()
        if status == k.UNDECIDED:
            self._finish(x, max(x.size - 1, 0), known)
            flags[k.CELL] -= 1

    def _finish(self, x: NDArray[Any], at: int, known: tuple[int, Fraction, int]) -> None:
        super()._finish(x, at, known)
        floats, flags = self.floats, self.flags
        floats[k.BASE], floats[k.BASE + 1], floats[k.BASE_ERR], flags[k.FIRED] = 0.0, 0.0, 0.0, 0

    def _source(self, x: NDArray[Any], at: int) -> OneCell:
        """What there is from sample ``at`` on to the next."""
        return OneCell(self.index + at, _line(x, at) if at + 1 < x.size else [])

    def _integral(self, x: NDArray[Any], begin: Fraction, end: Fraction) -> Fraction:
        """The exact integral of the straight lines."""
        i, j = math.floor(begin), math.floor(end)
        total = exact_sum(x[i : j + 1]) - (Fraction(float(x[i])) + Fraction(float(x[j]))) / 2 if i < j else Fraction(0)
        for sign, cell, s in ((-1, i, begin - i), (1, j, end - j)):
            if s:
                d, slope = _line(x, cell)
                total += sign * s * (d + slope * s / 2)
        return total


class _History(History):
    """The potential of a recording from its start."""

    degree = 1

    def __init__(self, x: NDArray[Any], rules: Any) -> None:
        super().__init__(x, rules)
        self.n = int(x.size) - 1

    def density(self, j: int) -> list[Fraction]:
        """The line from a sample to the next."""
        return _line(self.x, j) if j < self.n else [Fraction(0), Fraction(0)]


def _line(x: NDArray[Any], j: int) -> list[Fraction]:
    d = Fraction(float(x[j]))
    return [d, Fraction(float(x[j + 1])) - d]


joined_for = lru_cache(maxsize=256)(JoinedEncoder)


def encode_lines(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """Spikes of samples joined by straight lines; None where they need a scale of their own (see cells.py)."""
    return encode_with(joined_for(op, rate), _History, x, progress)


__all__ = ["JoinedEncoder", "encode_lines", "takes_joined"]
