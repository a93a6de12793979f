"""The potential without doubt: the running leaky integral of signal minus spikes, in rationals or in balls.

    u(c) = sum over pulses and pieces up to c  -  sum over spikes k <= c of  s_k exp(-a (c - c_k))   (modulo, subtract)
    u := 0 at every spike that was a jump (zero)

in ticks (see signals/cells.py). For a = 0 all numbers are rationals (flint ``fmpq``) and every decision is exact. For
a > 0 they are balls (flint ``arb``) that contain the exact value; a caller who cannot decide asks again at the next
level of precision. Each level keeps a checkpoint and only walks forward, so a whole run costs one pass per level.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Protocol

from flint import arb, ctx, fmpq

BITS = (128, 256, 512, 1000)  # precisions for a > 0; the last one is the promise of the package
_lock = threading.RLock()  # flint's working precision is global


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at a precision, alone."""
    with _lock:
        before, ctx.prec = ctx.prec, bits
        try:
            yield
        finally:
            ctx.prec = before


def rational(x: float | Fraction) -> Any:
    """The fmpq equal to x."""
    return fmpq(*x.as_integer_ratio())


def fraction(x: Any) -> Fraction:
    """The Fraction equal to an fmpq."""
    return Fraction(int(x.p), int(x.q))


class CellSource(Protocol):
    """What is integrated; see signals/cells.py."""

    hi: Any
    lo: Any
    n: int
    degree: int

    def pulse_weight(self, j: int) -> Fraction: ...

    def density(self, j: int) -> list[Fraction]: ...


class Undecided(Exception):
    """A sign or a floor that this precision cannot tell."""


def sign(x: Any) -> int:
    """Sign of a rational or a ball; Undecided if the ball cannot tell."""
    if isinstance(x, fmpq):
        return (x > 0) - (x < 0)
    if x > 0:
        return 1
    if x < 0:
        return -1
    if x == 0:
        return 0
    raise Undecided


def floor_ratio(x: Any, unit: Any) -> int:
    """floor(|x| / unit) for unit > 0; Undecided if the ball cannot tell."""
    ratio = abs(x) / unit
    if isinstance(ratio, fmpq):
        return int(ratio.floor())
    k = ratio.floor().unique_fmpz()
    if k is None:
        raise Undecided
    return int(k)


def leaky_weights(a: Any, s: Any, degree: int) -> tuple[list[Any], Any]:
    """I_i(s) = int_0^s exp(-a (s - r)) r^i dr for i <= degree, and exp(-a s); rationals for a = 0, else balls."""
    if a == 0:
        out, power = [], s
        for i in range(degree + 1):
            out.append(power / (i + 1))
            power = power * s
        return out, fmpq(1)
    z = arb(a * s) if isinstance(s, fmpq) else a * s
    e = (-z).exp()
    if degree < 0:
        return [], e
    shapes = [arb(0)] * (degree + 1)
    if z > 64 + 2 * degree:
        shapes[0] = (1 - e) / z
        for i in range(1, degree + 1):
            shapes[i] = (1 - i * shapes[i - 1]) / z
    else:
        shapes[degree] = (-z).hypgeom_1f1(1, degree + 2) / (degree + 1)
        for i in range(degree, 0, -1):
            shapes[i - 1] = (1 - z * shapes[i]) / i
    power, out = s, []
    for i in range(degree + 1):
        out.append(shapes[i] * power)
        power = power * s
    return out, e


class _Checkpoint:
    __slots__ = ("cell", "offset", "pulsed", "spike", "u")

    def __init__(self) -> None:
        self.cell, self.offset, self.pulsed, self.spike = 0, fmpq(0), False, 0
        self.u: Any = fmpq(0)


class Potential:
    """Follows one run of an operator; the encoder reports its spikes with :meth:`spike`."""

    def __init__(self, cells: CellSource, leak: Fraction, quantum: Fraction) -> None:
        self.cells = cells
        self.leak = rational(leak)
        self.quantum = rational(quantum)
        self.where: list[Any] = []  # exact coordinates of spikes
        self.counts: list[int] = []
        self.to_zero: list[bool] = []
        self.levels = (0,) if leak == 0 else BITS
        self._points = {level: _Checkpoint() for level in self.levels}
        self._weights: dict[tuple[int, float, float], tuple[list[Any], Any]] = {}

    def spike(self, coordinate: Any, count: int, to_zero: bool = False) -> None:
        """Record a spike of ``count`` quanta, or one that sets the potential to 0."""
        self.where.append(coordinate)
        self.counts.append(count)
        self.to_zero.append(to_zero)

    def start(self, j: int) -> Any:
        """Exact coordinate of the start of cell j."""
        low = float(self.cells.lo[j])
        high = rational(float(self.cells.hi[j]))
        return high + rational(low) if low else high

    def density(self, j: int) -> list[Any]:
        """Exact coefficients on cell j about its start."""
        return [rational(x) for x in self.cells.density(j)]

    def value(self, level: int, cell: int, offset: Any, pulsed: bool) -> Any:
        """Potential at start(cell) + offset, after all recorded spikes; call within ``precision(level)``."""
        p = self._points[level]
        while True:
            if not p.pulsed:
                if p.cell == cell and not pulsed:
                    return p.u
                weight = self.cells.pulse_weight(p.cell)
                if weight:
                    p.u = p.u + rational(weight)
                p.pulsed = True
            self._spikes(level, p, cell, offset)
            if p.cell == cell:
                self._walk(level, p, offset)
                return p.u
            self._walk(level, p, None)
            p.cell, p.offset, p.pulsed = p.cell + 1, fmpq(0), False

    def _spikes(self, level: int, p: _Checkpoint, cell: int, offset: Any) -> None:
        """Apply the spikes inside the checkpoint's cell, as far as the target."""
        if p.spike >= len(self.where):
            return
        base = self.start(p.cell)
        limit = offset if p.cell == cell else self.start(p.cell + 1) - base
        while p.spike < len(self.where):
            s = self.where[p.spike] - base
            if s > limit or (s == limit and p.cell != cell):
                break
            self._walk(level, p, s)
            p.u = fmpq(0) if self.to_zero[p.spike] else p.u - self.counts[p.spike] * self.quantum
            p.spike += 1

    def _walk(self, level: int, p: _Checkpoint, offset: Any) -> None:
        """Integrate inside the checkpoint's cell to an offset (None: to its end)."""
        cells, j = self.cells, p.cell
        whole = offset is None and p.offset == 0
        if offset is None:
            offset = self.start(j + 1) - self.start(j)
        length = offset - p.offset
        if length == 0:
            return
        degree = cells.degree
        if whole:
            key = (
                level,
                float(cells.hi[j + 1]) - float(cells.hi[j]),
                float(cells.lo[j + 1]) - float(cells.lo[j]),
            )
            exact_key = rational(key[1]) + rational(key[2]) == length
            weights = self._weights.get(key) if exact_key else None
            if weights is None:
                weights = leaky_weights(self.leak, length, degree)
                if exact_key and len(self._weights) < 4096:
                    self._weights[key] = weights
        else:
            weights = leaky_weights(self.leak, length, degree)
        density = shifted(self.density(j), p.offset) if degree >= 0 else []
        path = polynomial_path(p.u, density, self.leak)
        if path is not None:
            p.u, p.offset = evaluate(path, length), offset
            return
        integrals, decay = weights
        u = p.u * decay
        for q, w in zip(density, integrals, strict=True):
            if q:
                u = u + q * w
        p.u, p.offset = u, offset


def shifted(q: list[Any], s: Any) -> list[Any]:
    """Coefficients of the same polynomial about s."""
    if s == 0 or len(q) < 2:
        return q
    q = list(q)
    for i in range(len(q) - 1):
        for j in range(len(q) - 2, i - 1, -1):
            q[j] = q[j] + s * q[j + 1]
    return q


def polynomial_path(u: Any, q: list[Any], a: Any) -> list[Any] | None:
    """The potential as a polynomial with rational coefficients, where it is one although a > 0; else None.

    u' = p - a u has the polynomial solution P = p/a - p'/a^2 + p''/a^3 - ..., and u = P + (u(0) - P(0)) exp(-a s). For
    u(0) = P(0), a rational, u stays rational. By Lindemann's theorem this is the only way in which a potential with a
    leak can be exactly equal to a threshold at a rational time, so ties that balls cannot decide are decided here.
    """
    if a == 0 or not isinstance(u, fmpq):
        return None
    path: list[Any] = [fmpq(0)] * len(q)
    above = fmpq(0)
    for i in range(len(q) - 1, -1, -1):  # P' + a P = p, from the top coefficient down
        path[i] = (q[i] - (i + 1) * above) / a
        above = path[i]
    return path if u == (path[0] if path else 0) else None


def evaluate(q: list[Any], s: Any) -> Any:
    """The polynomial at s."""
    total: Any = fmpq(0)
    for c in reversed(q):
        total = total * s + c
    return total


def to_floats(x: Any) -> tuple[float, float, float]:
    """A rational or ball as hi, lo and an error bound."""
    if isinstance(x, fmpq):
        exact = fraction(x)
        hi = float(exact)
        lo = float(exact - Fraction(hi))
        rest = abs(exact - Fraction(hi) - Fraction(lo))
        return hi, lo, float(rest) * 1.001 if rest else 0.0
    middle, radius = _dyadic(x.mid()), x.rad()
    hi = float(middle)
    lo = float(middle - Fraction(hi))
    rest = abs(middle - Fraction(hi) - Fraction(lo)) + _dyadic(radius.mid())
    return hi, lo, float(rest) * 1.001 + (5e-324 if rest else 0.0)


def _dyadic(x: Any) -> Fraction:
    mantissa, exponent = x.man_exp()
    m, e = int(mantissa), int(exponent)
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)


def bounds(x: Any) -> tuple[Fraction, Fraction]:
    """Lower and upper bound of a rational or a ball."""
    if isinstance(x, fmpq):
        return fraction(x), fraction(x)
    return _outward(x.lower().mid(), -1), _outward(x.upper().mid(), 1)


def _outward(x: Any, direction: int) -> Fraction:
    """A ball's end as a rational; what is below 2^-TINY is rounded outward, its integers would not fit in memory."""
    mantissa, exponent = x.man_exp()
    if int(exponent) + int(mantissa).bit_length() >= -_TINY:
        return _dyadic(x)
    return Fraction(direction, 1 << _TINY) if int(mantissa) * direction > 0 else Fraction(0)


_TINY = 1 << 14
