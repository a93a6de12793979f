"""Cells: a signal cut at every knot and every pulse, ready for the kernels.

Cell j is [c_j, c_(j+1)): at its start a pulse of weight w_j (0 if none), inside a polynomial in c - c_j. The last
cell has no length: it is the end of the domain with its pulse. The kernels work in *ticks* (coordinates), where the
potential is rate * u:

    pulses weigh  rate * w,    densities stay,    threshold is  rate * theta,    leak is  alpha / rate

so that sampled data stay the floats they are. ``block`` gives double-doubles with error bounds, ``exact`` gives
rationals.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import pair
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import MAX_DEGREE, recentre
from spikemath.signals.axis import Axis, sorted_order
from spikemath.signals.checks import FloatArray
from spikemath.signals.exact_weights import column
from spikemath.signals.pieces import Pieces

_two_sum, _two_prod = two_sum.python, two_prod.python


class Block(NamedTuple):
    """Cells as arrays: start, length, pulse (rate * w), coefficients (degree + 1, m), and error bounds."""

    start_hi: FloatArray
    start_lo: FloatArray
    length_hi: FloatArray
    length_lo: FloatArray
    pulse_hi: FloatArray
    pulse_lo: FloatArray
    pulse_error: FloatArray
    density_hi: FloatArray
    density_lo: FloatArray
    density_error: FloatArray


def _recentre_cells(hi, lo, shift_hi, shift_lo):
    terms = hi.shape[0]
    qh, ql = np.empty(terms), np.empty(terms)
    for k in range(hi.shape[1]):
        if shift_hi[k] == 0.0 and shift_lo[k] == 0.0:
            continue
        for i in range(terms):
            qh[i], ql[i] = hi[i, k], lo[i, k]
        recentre(qh, ql, terms, shift_hi[k], shift_lo[k])
        for i in range(terms):
            hi[i, k], lo[i, k] = qh[i], ql[i]


recentre_cells = compiled(_recentre_cells)


def pulse_weights(terms: FloatArray, rate: Fraction) -> tuple[FloatArray, FloatArray, FloatArray]:
    """rate * w as double-doubles with error bounds."""
    a = terms[0]
    b = terms[1] if terms.shape[0] > 1 else np.zeros_like(a)
    rest = np.abs(terms[2:]).sum(axis=0) * 1.0001
    if rate == 1:
        return a, b, rest
    rh, rl = pair(rate)
    p, e = _two_prod(a, np.float64(rh))
    h, r = _two_sum(p, e + (a * rl + b * rh))
    exact = (b == 0.0) & (Fraction(rh) == rate) & (np.abs(p) > 1e-280)
    return h, r, rest * abs(rh) * 1.0001 + np.where(exact, 0.0, np.abs(h) * 2.0**-98 + 1e-300)


class Cells:
    """The cells of a signal or train (anything with _axis, _parts, _pulses, _start, _end).

    Blocks hold everything times 2^-power, so that huge and tiny data stay away from overflow and underflow.
    """

    power = 0

    def __init__(self, f: Any) -> None:
        self.axis: Axis = f._axis
        self.rate: Fraction = f._axis.rate
        self.parts: tuple[Pieces, ...] = f._parts
        self.pulses = f._pulses
        self.degree = max((p.degree for p in self.parts), default=-1)
        if self.degree >= MAX_DEGREE:
            raise ValueError(f"polynomial degree {self.degree} is too high: at most {MAX_DEGREE - 1}")
        whole = self.parts[0] if len(self.parts) == 1 and self.parts[0].knots is None else None
        uniform = whole is not None and f._start == (0.0, 0.0) and f._end == (float(whole.number), 0.0)
        if uniform and len(self.pulses) == 0:
            assert whole is not None
            self.hi, self.lo = whole.coordinates()
            self.piece: list[NDArray[np.int64] | None] = [None]
            self.pulse: NDArray[np.int64] | None = None
        else:
            self._refine(f._start, f._end)
        self.n = self.hi.size - 1  # proper cells; cell n is the end

    def _refine(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        knots = [p.coordinates() for p in self.parts]
        sources = [
            *knots,
            (self.pulses._hi, self.pulses._lo),
            (np.array([start[0], end[0]]), np.array([start[1], end[1]])),
        ]
        hi = np.concatenate([s[0] for s in sources])
        lo = np.concatenate([s[1] for s in sources])
        order = sorted_order(hi, lo)
        hi, lo = hi[order], lo[order]
        first = np.ones(hi.size, dtype=bool)
        first[1:] = (hi[1:] != hi[:-1]) | (lo[1:] != lo[:-1])
        rank = np.empty(hi.size, dtype=np.int64)
        rank[order] = np.cumsum(first) - 1
        self.hi, self.lo = hi[first], lo[first]
        cells = np.arange(self.hi.size)
        self.piece, offset = [], 0
        for p, (k, _) in zip(self.parts, knots, strict=True):
            mine = rank[offset : offset + k.size]
            index = np.searchsorted(mine, cells, side="right") - 1
            index[index >= p.number] = -1
            self.piece.append(index)
            offset += k.size
        self.pulse = np.full(self.hi.size, -1, dtype=np.int64)
        self.pulse[rank[offset : offset + len(self.pulses)]] = np.arange(len(self.pulses))

    # double-double view

    def block(self, first: int, last: int) -> Block:
        """Cells first <= j < last (last <= n + 1; cell n has length 0)."""
        inside = min(last, self.n)
        hi, lo = self.hi[first:last], self.lo[first:last]
        length_hi, length_lo = np.zeros(last - first), np.zeros(last - first)
        if inside > first:
            s, e = _two_sum(self.hi[first + 1 : inside + 1], -self.hi[first:inside])
            f, g = _two_sum(self.lo[first + 1 : inside + 1], -self.lo[first:inside])
            s, e = _two_sum(s, e + f)
            length_hi[: inside - first], length_lo[: inside - first] = _two_sum(s, e + g)
        made = Block(hi, lo, length_hi, length_lo, *self._pulse_block(first, last), *self._density_block(first, last))
        return _scaled(made, self.power) if self.power else made

    def mass(self) -> Fraction:
        """A bound of rate * (int |f| + sum |pulses|), at most a part in a million above it for constant pieces."""
        total = Fraction(0)
        for first in range(0, self.n + 1, 1 << 16):
            b = self.block(first, min(first + (1 << 16), self.n + 1))
            part, reach = np.abs(b.pulse_hi), b.length_hi * 1.0000001
            power = reach
            for i, row in enumerate(np.abs(b.density_hi)):
                part = part + row * power / (i + 1)
                power = power * reach
            total += Fraction(float(part.sum()))
        return total * (1 + Fraction(1, 10**6)) * Fraction(2) ** self.power

    def size(self) -> float:
        """A quick bound of the same."""
        span = float(self.start(self.n) - self.start(0))
        with np.errstate(over="ignore", invalid="ignore"):
            pulses = float(np.abs(self.pulses._terms[0]).sum()) * float(self.rate) if len(self.pulses) else 0.0
            return 1.001 * (pulses + span * sum(p.bound() for p in self.parts))

    def scale_to(self, x: float) -> None:
        """Choose the power of two that brings a typical value x to about 1, if it is far from that."""
        extreme = not 2.0**-200 < x < 2.0**200 or not self.size() < 2.0**400
        self.power = int(np.frexp(x)[1]) if extreme and 0.0 < x < np.inf else 1024 if x == np.inf else 0

    def _pulse_block(self, first: int, last: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        m = last - first
        hi, lo, error = np.zeros(m), np.zeros(m), np.zeros(m)
        if self.pulse is None:
            return hi, lo, error
        index = self.pulse[first:last]
        at = np.nonzero(index >= 0)[0]
        hi[at], lo[at], error[at] = pulse_weights(self.pulses._terms[:, index[at]], self.rate)
        return hi, lo, error

    def _density_block(self, first: int, last: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        m = last - first
        rows = max(self.degree, 0) + 1
        hi, lo, error = np.zeros((rows, m)), np.zeros((rows, m)), np.zeros(m)
        for p, index in zip(self.parts, self.piece, strict=True):
            if index is None:
                at, pick = np.arange(0, min(last, p.number) - first), np.arange(first, min(last, p.number))
            else:
                at = np.nonzero((index[first:last] >= 0) & (np.arange(first, last) < self.n))[0]
                pick = index[first:last][at]
            h, r, relative = p.rounded(pick)
            if index is not None and p.degree > 0:
                error[at] += self._move_to_cells(p, pick, first + at, h, r)
            if relative.any() or len(self.parts) > 1:
                reach = (self.hi[first + at + 1] - self.hi[first + at]) * 1.001 + np.spacing(
                    np.abs(self.hi[first + at + 1])
                )
                inexact = relative.any(axis=0) | (len(self.parts) > 1)  # cell by cell, so that blocks change nothing
                error[at] += np.where(inexact, _horner(np.abs(h) * (relative + 2.0**-98), reach), 0.0)
            for i in range(h.shape[0]):
                s, e = _two_sum(hi[i, at], h[i])
                hi[i, at], lo[i, at] = _two_sum(s, e + (lo[i, at] + r[i]))
        return hi, lo, error

    def _move_to_cells(
        self, p: Pieces, pick: NDArray[np.int64], cells: NDArray[np.int64], h: FloatArray, r: FloatArray
    ) -> FloatArray:
        """Re-centre coefficients (in place) from the knots to the cell starts; return the bound of the error made."""
        kh, kl = p.coordinates()
        s, e = _two_sum(self.hi[cells], -kh[pick])
        f, g = _two_sum(self.lo[cells], -kl[pick])
        s, e = _two_sum(s, e + f)
        sh, sl = _two_sum(s, e + g)
        rows = h.shape[0]
        reach = np.abs(kh[pick + 1] - kh[pick]) * 1.001 + np.spacing(np.abs(kh[pick + 1]))
        slack = _horner(np.abs(h), reach) * (rows * rows * 2.0**-92) * (sh != 0.0)
        recentre_cells(h, r, sh, sl)
        return slack

    # exact view

    def start(self, j: int) -> Fraction:
        """Exact coordinate of the start of cell j."""
        return Fraction(float(self.hi[j])) + Fraction(float(self.lo[j]))

    def pulse_weight(self, j: int) -> Fraction:
        """Exact rate * w_j."""
        if self.pulse is None or self.pulse[j] < 0:
            return Fraction(0)
        return column(self.pulses._terms, int(self.pulse[j])) * self.rate

    def density(self, j: int) -> list[Fraction]:
        """Exact coefficients on cell j in powers of c - c_j."""
        total = [Fraction(0)] * (max(self.degree, 0) + 1)
        if j >= self.n:
            return total
        for p, index in zip(self.parts, self.piece, strict=True):
            k = j if index is None else int(index[j])
            if k < 0:
                continue
            q = p.exact(k)
            if index is not None and p.degree > 0:
                q = _taylor(q, self.start(j) - p.knot(k))
            for i, x in enumerate(q):
                total[i] += x
        return total


def _taylor(q: list[Fraction], s: Fraction) -> list[Fraction]:
    """Coefficients of the same polynomial about s."""
    q = list(q)
    if s:
        for i in range(len(q) - 1):
            for j in range(len(q) - 2, i - 1, -1):
                q[j] += s * q[j + 1]
    return q


def _scaled(block: Block, power: int) -> Block:
    values = {}
    for name in ("pulse_hi", "pulse_lo", "density_hi", "density_lo", "pulse_error", "density_error"):
        values[name] = np.ldexp(getattr(block, name), -power)
    for of in ("pulse", "density"):  # what fell among the subnormals
        for part in ("hi", "lo", "error"):
            lost = (np.abs(values[f"{of}_{part}"]) < 1e-270) & (getattr(block, f"{of}_{part}") != 0.0)
            values[f"{of}_error"] += 1e-300 * (lost.any(axis=0) if lost.ndim > 1 else lost)
    gone = (values["pulse_hi"] == 0.0) & (block.pulse_hi != 0.0)  # still a pulse, for all who ask whether there is one
    values["pulse_hi"][gone] = np.copysign(5e-324, block.pulse_hi[gone])
    return block._replace(**values)


def _horner(rows: FloatArray, reach: FloatArray) -> FloatArray:
    """sum_i rows[i] * reach^i."""
    total = np.zeros_like(reach)
    for row in rows[::-1]:
        total = total * reach + row
    return total
