"""Streams of Dirac pulses, and what an ideal low-pass filter leaves of them (periodic sampling kernel)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.gallery._base import count_of, like
from spikemath.gallery.trigonometric import TrigonometricSum
from spikemath.signals import SpikeTrain
from spikemath.signals.checks import float_array, nonnegative, positive, read_only, real_number


@dataclass(frozen=True, eq=False)
class Diracs:
    """Weighted Dirac pulses on an interval, for finite-rate-of-innovation sampling.

    Attributes
    ----------
    times, weights : numpy.ndarray
        Instants in [0, duration), increasing, and real weights.
    duration : float
        Length of the domain [0, duration].

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.Diracs([0.25, 0.5], [1.0, 2.0], 1.0)
    >>> g.integral(0.0, 1.0), g.filtered(4.0)
    (3.0, TrigonometricSum(4 harmonics up to 4 on [0, 1]))
    """

    times: Any
    weights: Any
    duration: float

    def __post_init__(self) -> None:
        t, w = float_array(self.times, "times"), float_array(self.weights, "weights")
        length = positive(self.duration, "duration")
        if t.size != w.size or (np.diff(t) <= 0.0).any() or (t.size and not 0.0 <= t[0] <= t[-1] < length):
            raise ValueError("times must increase within [0, duration), with as many weights")
        object.__setattr__(self, "times", read_only(t))
        object.__setattr__(self, "weights", read_only(w))
        object.__setattr__(self, "duration", length)

    @property
    def domain(self) -> tuple[float, float]:
        """[0, duration]."""
        return 0.0, self.duration

    def integral(self, a: Any, b: Any, alpha: float = 0.0) -> Any:
        """int over (a, b] of exp(-alpha (b - s))."""
        leak = nonnegative(alpha, "alpha")
        first, last = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        inside = (self.times > first[..., None]) & (self.times <= last[..., None])
        decay = np.exp(-leak * np.where(inside, last[..., None] - self.times, 0.0))
        return like((inside * decay) @ self.weights, a if np.ndim(a) else b)

    def signal(self) -> SpikeTrain:
        """The pulses as a SpikeTrain."""
        return SpikeTrain(self.times, self.weights, domain=self.domain)

    def filtered(self, bandwidth: float, mean: float = 0.0) -> TrigonometricSum:
        """The periodic stream after an ideal low-pass filter: its Fourier series up to the bandwidth, plus a mean."""
        order = math.floor(positive(bandwidth, "bandwidth") * self.duration * (1.0 + 1e-12) + 1e-9)
        phase = np.multiply.outer(np.arange(order + 1), self.times / self.duration)
        c = np.exp(-2j * math.pi * (phase - np.rint(phase))) @ self.weights / self.duration
        c[0] = c[0].real + real_number(mean, "mean")
        return TrigonometricSum(c, self.domain)


def diracs(count: int, duration: float, separation: float = 0.0, seed: int = 0) -> Diracs:
    """A random stream of Dirac pulses with weights between 1/2 and 2 of either sign.

    Parameters
    ----------
    count : int
        Number of pulses, >= 1.
    duration : float
        Length of the domain [0, duration], > 0.
    separation : float
        Least distance between pulses, also around the ends, >= 0 and below duration / count.
    seed : int
        Seed.

    Returns
    -------
    Diracs

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> g = sm.gallery.diracs(5, 1.0, separation=0.1, seed=2)
    >>> bool(np.diff(g.times).min() >= 0.1)
    True
    """
    n, length, apart = count_of(count, "count"), positive(duration, "duration"), nonnegative(separation, "separation")
    if not apart * n < length:
        raise ValueError(f"separation = {apart!r} must be below duration / count = {length / n:g}")
    rng = np.random.default_rng(seed)
    free = (length - apart * n) * (1.0 - 1e-9)
    times = np.sort(rng.uniform(0.0, free, n)) + apart * (np.arange(n) + 0.5)
    return Diracs(times, rng.uniform(0.5, 2.0, n) * rng.choice([-1.0, 1.0], n), length)
