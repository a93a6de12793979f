"""The running leaky integral of a signal as a function of time.

    U(t) = int_[t0, t] exp(-alpha (t - s)) df(s),     U(t0-) = 0,     right-continuous

Values are computed in double-double and rounded once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import pair
from spikemath.signals.axis import _two_prod, _two_sum
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray, float_array, nonnegative
from spikemath.signals.sweep import boundaries, evaluate_inside


class RunningIntegral:
    """Callable ``U(t, side="right")``; see :meth:`Signal.running_integral`.

    A time that equals the float64 view of an event (``train.times``) means that event's exact instant, so that
    ``U(eta.times, side="left")`` is the value just before each spike.

    Parameters
    ----------
    signal : Signal or SpikeTrain
        What is integrated.
    alpha : float
        Leak, 1/time, >= 0.

    Examples
    --------
    >>> import spikemath as sm
    >>> U = sm.SpikeTrain([0.0, 1.0]).running_integral()
    >>> U(1.0), U(1.0, side="left"), U(-1.0)
    (2.0, 1.0, 0.0)
    """

    __slots__ = ("_cells", "_left", "_right", "_starts", "alpha", "signal")

    def __init__(self, signal: Any, alpha: float = 0.0) -> None:
        self.signal = signal
        self.alpha = nonnegative(alpha, "alpha")
        self._cells = Cells(signal)
        self._cells.scale_to(self._cells.size())
        self._left: FloatArray | None = None
        self._right: FloatArray | None = None
        self._starts: FloatArray = self._cells.axis.times(self._cells.hi, self._cells.lo)

    def __call__(self, t: Any, side: str = "right") -> Any:
        """Value at t (array_like); side "right" includes pulses at t, "left" gives the limit from the left."""
        if side not in ("left", "right"):
            raise ValueError(f"side = {side!r} must be 'left' or 'right'")
        times = float_array(np.atleast_1d(t), "t", ndim=(1, 2, 3))
        cells = self._cells
        if self._right is None:
            made = list(boundaries(cells, self.alpha))
            self._left = np.hstack([np.array([b.left_hi, b.left_lo]) for b in made]).T
            self._right = np.hstack([np.array([b.right_hi, b.right_lo]) for b in made]).T
        flat = times.ravel()
        at, event = self._locate(flat, side)
        start = (self._left if side == "left" else self._right)[np.maximum(at, 0)]  # type: ignore[index]
        inside = ~event
        start[inside] = self._right[np.maximum(at[inside], 0)]
        if inside.any():
            start[inside] = self._inside(flat[inside], np.maximum(at[inside], 0), start[inside])
        start[at < 0] = 0.0
        rate = cells.rate
        out = np.ldexp(start[:, 0] + start[:, 1] if rate == 1 else _divided(start, rate), cells.power)
        return float(out[0]) if np.ndim(t) == 0 else out.reshape(times.shape)

    def _locate(self, t: FloatArray, side: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Cell of each time (-1 before the start), and whether it is the cell's very start."""
        if side == "right":
            at = np.searchsorted(self._starts, t, side="right") - 1
            event = (at >= 0) & (self._starts[np.maximum(at, 0)] == t)
        else:
            at = np.searchsorted(self._starts, t, side="left")
            event = (at < self._starts.size) & (self._starts[np.minimum(at, self._starts.size - 1)] == t)
            at = np.where(event, at, at - 1)
        return at, event

    def _offsets(self, t: FloatArray, at: NDArray[np.int64]) -> FloatArray:
        """t as an offset from the start of its cell, in ticks, double-double."""
        axis = self._cells.axis
        oh, ol = pair(axis.origin)
        rh, rl = pair(axis.rate)
        s, e = _two_sum(t, -np.float64(oh))
        s, e = _two_sum(s, e - ol)
        p, r = _two_prod(s, np.float64(rh))
        p, r = _two_sum(p, r + (s * rl + e * rh))
        s, e = _two_sum(p, -self._cells.hi[at])
        s, e = _two_sum(s, e + (r - self._cells.lo[at]))
        return np.maximum(np.stack([s, np.where(s > 0.0, e, 0.0)], axis=1), [0.0, -np.inf])

    def _inside(self, t: FloatArray, at: NDArray[np.int64], start: FloatArray) -> FloatArray:
        offsets = self._offsets(t, at)
        q_hi, q_lo = self._coefficients(at)
        return evaluate_inside(self.alpha, self._cells.rate, start, offsets, q_hi, q_lo)

    def _coefficients(self, at: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        rows = max(self._cells.degree, 0) + 1
        if not self._cells.parts:
            return np.zeros((1, at.size)), np.zeros((1, at.size))
        out = np.zeros((2, rows, at.size))
        order = np.argsort(at, kind="stable")
        step = 1 << 18
        for first in np.unique(at // step) * step:
            inside = order[(at[order] >= first) & (at[order] < first + step)]
            block = self._cells.block(int(first), int(min(first + step, self._cells.n + 1)))
            out[0][:, inside] = block.density_hi[:, at[inside] - first]
            out[1][:, inside] = block.density_lo[:, at[inside] - first]
        return out[0], out[1]

    def _density(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """The function part at t."""
        flat = np.atleast_1d(t).ravel()
        at, _ = self._locate(flat, "right")
        outside = (at < 0) | (at >= self._cells.n) | ~np.isfinite(flat)
        last = (at == self._cells.n) & (flat == self._starts[-1]) if self._cells.n else np.zeros(flat.size, bool)
        at = np.clip(at, 0, max(self._cells.n - 1, 0))
        q_hi, q_lo = self._coefficients(at)
        offsets = self._offsets(np.where(np.isfinite(flat), flat, 0.0), at)
        s = offsets[:, 0]
        total, low = np.zeros(flat.size), np.zeros(flat.size)
        for i in range(q_hi.shape[0] - 1, -1, -1):
            p, e = _two_prod(total, s)
            h, r = _two_sum(p, q_hi[i])
            low = low * s + total * offsets[:, 1] + (e + r + q_lo[i])
            total = h
        out = total + low
        out = np.ldexp(out, self._cells.power)
        out[outside & ~last] = 0.0
        return out.reshape(np.shape(t))

    def __repr__(self) -> str:
        return f"RunningIntegral({self.signal!r}, alpha={self.alpha!r})"


def _divided(start: FloatArray, rate: Fraction) -> FloatArray:
    ih, il = pair(1 / rate)
    p, e = _two_prod(start[:, 0], np.float64(ih))
    return np.asarray(p + (e + (start[:, 0] * il + start[:, 1] * ih)))
