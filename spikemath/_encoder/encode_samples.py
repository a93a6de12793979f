"""One channel of samples held constant: what the operator is, in ticks, and exact arithmetic where the kernel stops.

    encoder = SampleEncoder(settings, rate)        plain values: tables and rules of the kernel
    part = Part(encoder, exact, history)           one channel while it is encoded (encode_channels.py)

What the kernel's bounds leave open goes to exact_cell.py. With ``history`` (the whole recording, history.py) it is
decided without doubt. A stream has none. Without leak it needs none: the potential is a dyadic rational, which the
floats hold, or else ``exact``. With a leak the enclosure that the kernel carries (some 2^-80 of the threshold wide) has
the last word, and what it leaves open fires and is counted.

A sample beyond 2^400 is a ``HugeSampleError``: it needs a scale that is chosen for all data at once (encode_signal.py).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder import sample_tables
from spikemath._encoder.exact_cell import FILTER_BITS, CellRun, Outcome, Place, Rules, columns, place_of, put_back
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.history import Grid
from spikemath._encoder.rules import Settings, kernel_state
from spikemath._numeric.balls import arb
from spikemath._numeric.potential import Potential, Undecided, fraction, precision, rational
from spikemath.signals.checks import FloatArray


class HugeSampleError(ValueError):
    """A sample beyond 2^400."""


@lru_cache(maxsize=256)
def _tables(ah: float, al: float, theta: float) -> sample_tables.Tables:
    return sample_tables.tables(ah, al, theta)


def takes_fast(op: Settings, rate: Fraction) -> bool:
    """Whether ``arithmetic="fast"`` has a kernel for samples here (else cell_kernel.py runs without its bounds)."""
    return op.refractory == 0.0 and Fraction(op.alpha) <= rate


class SampleEncoder:
    """An operator on samples of one rate."""

    def __init__(self, op: Settings, rate: Fraction) -> None:
        self.op, self.rate = op, rate
        self.fast = op.arithmetic == "fast"
        if self.fast and not takes_fast(op, rate):
            raise ValueError("fast arithmetic on samples takes no refractory time and no leak above 1 per sample")
        theta = Fraction(op.threshold) * rate
        plain = Fraction(2) ** -200 < theta < Fraction(2) ** 200
        self.power = 0 if plain else theta.numerator.bit_length() - theta.denominator.bit_length()
        self.theta = theta * Fraction(2) ** -self.power
        self.floats, self.flags = floats, _ = kernel_state(op, rate, self.power)  # before the first sample
        self.tables = _tables(*map(float, (floats[k.LEAK], floats[k.LEAK + 1], floats[k.THETA])))
        self.rules = Rules(
            rational(self.theta),
            rational(Fraction(op.alpha) / rate),
            rational(Fraction(op.refractory) * rate),
            op.reset_code,
            op.bipolar,
        )

    def scaled(self, x: NDArray[Any]) -> NDArray[Any]:
        """Samples as the kernel takes them: for a huge or tiny threshold times a power of two."""
        if not self.power:
            return x
        with np.errstate(under="ignore", over="ignore"):
            made = np.ldexp(x.astype(np.float64), -self.power)
            if not np.array_equal(np.ldexp(made, self.power), x):
                raise HugeSampleError("samples and threshold span more than the range of float64")
        return made


encoder_for = lru_cache(maxsize=256)(SampleEncoder)


class Part:
    """One channel: what the kernel has to say of it, all spikes so far, and the exact potential where it is known."""

    def __init__(self, encoder: SampleEncoder, exact: Fraction, history: Any) -> None:
        self.encoder, self.exact, self.history = encoder, exact, history
        self.index = 0  # sample number of the samples that the methods below are given
        self.floats, self.flags = encoder.floats, encoder.flags  # of the kernel: views, to be set anew
        self.chunks: list[tuple[Any, Any, Any, Any]] = []
        self.undecided = 0

    def known(self) -> tuple[int, Fraction, int]:
        """Without leak: the anchor, the potential there as a rational, and how many chunks of spikes it has seen."""
        u = self.exact if self.floats[k.ERR] > 0.0 else _rational(self.floats, k.U)
        return int(self.flags[k.CELL]), u, len(self.chunks)

    def _exactly(self, x: NDArray[Any], known: tuple[int, Fraction, int]) -> Fraction:
        """The potential where the kernel stands, without leak: all samples less all spikes since it was known."""
        first, u, seen = known
        position = Fraction(int(self.flags[k.CELL])) + _rational(self.floats, k.POS)
        theta, begin = self.encoder.theta, Fraction(first)
        for hi, lo, counts, jumps in self.chunks[seen:]:
            fired = counts
            if self.encoder.op.reset_code == k.ZERO and jumps.any():
                at = int(np.nonzero(jumps)[0][-1])
                begin, u = Fraction(float(hi[at])) + Fraction(float(lo[at])) - self.index, Fraction(0)
                fired = counts[at + 1 :]
            u -= sum(map(int, fired)) * theta
        return u + self._integral(x, begin, position)

    def _integral(self, x: NDArray[Any], begin: Fraction, end: Fraction) -> Fraction:
        """The exact integral of the samples."""
        return _integral(x, begin, end)

    def sum_up(self, x: NDArray[Any], known: tuple[int, Fraction, int]) -> None:
        """Know the potential where the kernel stands."""
        self.exact = self._exactly(x, known)

    def finish(self, x: NDArray[Any], known: tuple[int, Fraction, int]) -> None:
        """Finish the sample that the kernel stopped in."""
        at = int(self.flags[k.CELL])
        place = place_of(self.floats, self.flags, self.index + at)
        exact = self._exactly(x, known) if self.floats[k.LEAK] == 0.0 else None
        done = self._decided(place, exact, self._source(x, at))
        if done.spikes:
            self.chunks.append(columns(done.spikes))
        self.undecided += done.undecided
        put_back(self.floats, self.flags, done, done.u)
        if exact is not None:
            self.exact = fraction(done.u)

    def _source(self, x: NDArray[Any], at: int) -> OneCell:
        """What there is from sample ``at`` on to the next."""
        return OneCell(self.index + at, [Fraction(float(x[at]))] if at < x.size else [])

    def _decided(self, place: Place, exact: Fraction | None, source: OneCell) -> Outcome:
        rules, one = self.encoder.rules, Potential(source, Fraction(0), Fraction(1))
        hi, lo, error = (float(self.floats[i]) for i in (k.U, k.U + 1, k.ERR))
        with precision(FILTER_BITS):
            known = exact is not None or error == 0.0
            u = rational(exact if exact is not None else Fraction(hi) + Fraction(lo)) if known else arb(hi) + arb(lo)
            u = u if known else u + arb(0, error)
            try:
                return CellRun(rules, one, place, FILTER_BITS, exact is not None).go(u)
            except Undecided:  # a decision, or only the last digits of a place
                done = CellRun(rules, one, place, FILTER_BITS, True).go(u)
        if done.undecided and self.history is not None:
            found: Outcome = self.history.finish(rules, place, self.chunks)
            return found
        return done


def _rational(floats: FloatArray, at: int) -> Fraction:
    return Fraction(float(floats[at])) + Fraction(float(floats[at + 1]))


def _integral(x: NDArray[Any], begin: Fraction, end: Fraction) -> Fraction:
    """The exact integral of the samples."""
    i, j = math.floor(begin), math.floor(end)
    if i >= j:
        return (end - begin) * Fraction(float(x[i])) if end > begin else Fraction(0)
    total = exact_sum(x[i:j]) - (begin - i) * Fraction(float(x[i]))
    return total + ((end - j) * Fraction(float(x[j])) if end > j else 0)


class OneCell:
    """A source of cells (see potential.py) that knows one of them, or with no coefficients the end of the recording."""

    hi, lo = Grid(), Grid(0.0)

    def __init__(self, cell: int, density: list[Fraction]) -> None:
        self.n = cell + 1 if density else cell
        self.degree, self._density = len(density) - 1, density

    def pulse_weight(self, j: int) -> Fraction:
        return Fraction(0)

    def density(self, j: int) -> list[Fraction]:
        return self._density
