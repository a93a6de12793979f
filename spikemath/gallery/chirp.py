r"""Linear chirps. With p = 2 pi nu0, q = pi (nu1 - nu0) / T, z^2 = -i q and 2 z h = -(alpha + i p),

    exp(alpha s + i (p s + q s^2)) = exp(h^2 - (z s + h)^2),

so the leaky integral is sqrt(pi)/(2 z) times a difference of erf(z s + h). By erf(u) = 1 - exp(-u^2) w(i u), w being
the Faddeeva function, constants cancel and nothing overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.gallery._base import like
from spikemath.signals import Signal
from spikemath.signals.axis import PLAIN
from spikemath.signals.checks import FloatArray, nonnegative, positive, real_number
from spikemath.signals.trigonometric import degree_for, interpolated, nodes

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Chirp:
    """mean + amplitude cos(2 pi (nu0 t + (nu1 - nu0) t^2 / (2 T))) on [0, T]: the frequency goes from nu0 to nu1.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.Chirp(1.0, 20.0, duration=5.0, mean=2.0)
    >>> g(0.0), abs(g.signal()(3.3) - g(3.3)) < 1e-12
    (3.0, True)
    """

    first: float
    last: float
    duration: float
    amplitude: float = 1.0
    mean: float = 0.0

    def __post_init__(self) -> None:
        for name in ("first", "last"):
            object.__setattr__(self, name, nonnegative(getattr(self, name), name))
        object.__setattr__(self, "duration", positive(self.duration, "duration"))
        for name in ("amplitude", "mean"):
            object.__setattr__(self, name, real_number(getattr(self, name), name))
        if self.first == self.last:
            raise ValueError(f"first = last = {self.first!r}: a chirp changes its frequency")

    @property
    def domain(self) -> tuple[float, float]:
        """[0, duration]."""
        return 0.0, self.duration

    def __call__(self, t: Any) -> Any:
        """Values at t (array_like)."""
        x = np.asarray(t, dtype=np.float64)
        cycles = self.first * x + (self.last - self.first) * x * x / (2.0 * self.duration)
        return like(self.mean + self.amplitude * np.cos(2.0 * math.pi * cycles), t)

    def integral(self, a: Any, b: Any, alpha: float = 0.0) -> Any:
        """int_a^b exp(-alpha (b - s)) f(s) ds: Fresnel integrals, for a leak those of a complex argument."""
        from scipy.special import wofz

        leak = nonnegative(alpha, "alpha")
        first, last = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        length = last - first
        p, q = 2.0 * math.pi * self.first, math.pi * (self.last - self.first) / self.duration
        z = math.copysign(1.0, q) * np.sqrt(complex(0.0, -q))  # so that z s + h is in the right half plane, or near it
        h = -complex(leak, p) / (2.0 * z)

        def scaled(s: FloatArray) -> ComplexArray:
            turn = -leak * (last - s) + 1j * (p * s + q * s * s)
            return np.asarray(np.exp(turn) * wofz(1j * (z * s + h)))

        wave = (math.sqrt(math.pi) / (2.0 * z)) * (scaled(first) - scaled(last))
        size = -np.expm1(-leak * length) / leak if leak else length
        return like(self.mean * size + self.amplitude * wave.real, a if np.ndim(a) else b)

    def signal(self) -> Signal:
        """The Signal: pieces of half the shortest period or less."""
        fastest = max(self.first, self.last)
        pieces = max(math.ceil(4.0 * fastest * self.duration), 4)
        degree = degree_for(0.5 * math.pi * fastest * self.duration / pieces) + 4  # the frequency moves within a piece
        t = (np.arange(pieces) + nodes(degree)[:, None]) * (self.duration / pieces)
        size = abs(self.mean) + abs(self.amplitude)
        return interpolated(self(t), PLAIN, (0.0, 0.0), (self.duration, 0.0), size)


def chirp(first: float, last: float, duration: float, amplitude: float = 1.0, mean: float = 0.0) -> Chirp:
    """A cosine whose frequency goes linearly from first to last; see :class:`Chirp`.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.gallery.chirp(1.0, 2.0, duration=3.0)
    Chirp(first=1.0, last=2.0, duration=3.0, amplitude=1.0, mean=0.0)
    """
    return Chirp(first, last, duration, amplitude, mean)
