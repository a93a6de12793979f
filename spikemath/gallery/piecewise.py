"""Piecewise constant signals: integrals are sums, and the Signal is exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.gallery._base import count_of, like
from spikemath.signals import Signal
from spikemath.signals.checks import float_array, nonnegative, positive, read_only, real_number


@dataclass(frozen=True, eq=False)
class PiecewiseConstant:
    """Constant between jumps.

    Attributes
    ----------
    knots : numpy.ndarray, shape (n + 1,)
        The start, the jumps, the end; increasing.
    levels : numpy.ndarray, shape (n,)
        The values between them.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.PiecewiseConstant([0.0, 1.0, 3.0], [2.0, -1.0])
    >>> g(1.0), g.integral(0.0, 3.0), g.signal().impulses
    (-1.0, 0.0, SpikeTrain(0 spikes on [0, 3]))
    """

    knots: Any
    levels: Any

    def __post_init__(self) -> None:
        x, y = float_array(self.knots, "knots"), float_array(self.levels, "levels")
        if x.size != y.size + 1 or y.size == 0 or (np.diff(x) <= 0.0).any():
            raise ValueError("knots must increase, and be one more than levels")
        object.__setattr__(self, "knots", read_only(x))
        object.__setattr__(self, "levels", read_only(y))

    @property
    def domain(self) -> tuple[float, float]:
        """From the first to the last knot."""
        return float(self.knots[0]), float(self.knots[-1])

    def __call__(self, t: Any) -> Any:
        """Values at t (array_like), right-continuous."""
        times = np.asarray(t, dtype=np.float64)
        at = np.clip(np.searchsorted(self.knots, times, side="right") - 1, 0, self.levels.size - 1)
        return like(self.levels[at], t)

    def integral(self, a: Any, b: Any, alpha: float = 0.0) -> Any:
        """int_a^b exp(-alpha (b - s)) f(s) ds."""
        leak = nonnegative(alpha, "alpha")
        first, last = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        lower = np.clip(self.knots[:-1], first[..., None], last[..., None])
        upper = np.clip(self.knots[1:], first[..., None], last[..., None])
        size = upper - lower
        if leak:
            size = -np.expm1(-leak * size) / leak * np.exp(-leak * (last[..., None] - upper))
        return like(size @ self.levels, a if np.ndim(a) else b)

    def signal(self) -> Signal:
        """The Signal, exact."""
        return Signal._from_power_basis(self.knots, self.levels[None])


def piecewise_constant(
    pieces: int, duration: float, low: float = -1.0, high: float = 1.0, seed: int = 0
) -> PiecewiseConstant:
    """Random levels between random jumps.

    Parameters
    ----------
    pieces : int
        Number of pieces, >= 1. No piece is shorter than a quarter of duration / pieces.
    duration : float
        Length of the domain [0, duration], > 0.
    low, high : float
        The levels are uniform in [low, high].
    seed : int
        Seed.

    Returns
    -------
    PiecewiseConstant

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.gallery.piecewise_constant(3, 10.0, seed=1).signal()
    Signal(3 pieces of degree 0 on [0, 10])
    """
    n, length = count_of(pieces, "pieces"), positive(duration, "duration")
    rng = np.random.default_rng(seed)
    share = 0.25 / n + 0.75 * rng.dirichlet(np.ones(n))
    knots = np.concatenate([[0.0], np.cumsum(share) * length])
    knots[-1] = length
    return PiecewiseConstant(knots, rng.uniform(real_number(low, "low"), real_number(high, "high"), n))
