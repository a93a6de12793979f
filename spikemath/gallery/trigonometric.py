r"""Trigonometric sums, and random band-limited signals made of them.

    f(t) = c_0 + 2 Re sum_{k=1}^{K} c_k exp(i w_k (t - t0)),       w_k = 2 pi k / P
    int_a^b exp(-alpha (b - s)) f(s) ds = c_0 (1 - exp(-alpha (b - a))) / alpha + V(b) - exp(-alpha (b - a)) V(a)

with V the sum of c_k / (alpha + i w_k). Phases are reduced in double-double, so that long sums keep their digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import pair
from spikemath.gallery._base import like, smooth
from spikemath.signals import Signal
from spikemath.signals.axis import PLAIN, _two_prod, _two_sum
from spikemath.signals.checks import FloatArray, float_array, interval, nonnegative, positive, real_number
from spikemath.signals.nonuniform import Gridding
from spikemath.signals.trigonometric import trigonometric

ComplexArray = NDArray[np.complex128]
DIRECT = 1 << 20  # terms times instants up to which sums are added up term by term
STRETCH = Fraction(13, 8)  # period over duration of what shall not be periodic
OVERSAMPLED = 8  # grid on which the peak is looked for


@dataclass(frozen=True, eq=False)
class TrigonometricSum:
    """c_0 + 2 Re sum c_k exp(2 pi i k (t - t0) / P), on an interval.

    Attributes
    ----------
    coefficients : numpy.ndarray of complex
        c_0 (real), ..., c_K.
    domain : (float, float)
        The interval [t0, t1].
    stretch : fractions.Fraction
        P / (t1 - t0). With 1 the signal is periodic on its domain.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.TrigonometricSum([1.0, 0.5], (0.0, 4.0))      # 1 + cos(pi t / 2)
    >>> g(0.0), round(g.integral(0.0, 4.0), 12), g.signal().domain
    (2.0, 4.0, (0.0, 4.0))
    """

    coefficients: Any
    domain: tuple[float, float]
    stretch: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        c = np.array(self.coefficients, dtype=np.complex128)
        if c.ndim != 1 or c.size == 0 or not np.isfinite(c).all():
            raise ValueError("coefficients must be finite numbers c_0, ..., c_K in one dimension")
        if c[0].imag != 0.0:
            raise ValueError(f"coefficients[0] = {c[0]} must be real")
        c.flags.writeable = False
        object.__setattr__(self, "coefficients", c)
        object.__setattr__(self, "domain", interval(self.domain, "domain", proper=True))
        stretch = Fraction(self.stretch)
        if not stretch > 0:
            raise ValueError(f"stretch = {self.stretch} must be > 0")
        object.__setattr__(self, "stretch", stretch)

    @property
    def order(self) -> int:
        """K."""
        return int(self.coefficients.size) - 1

    @property
    def period(self) -> float:
        """P, in units of time."""
        return float(self._period)

    @property
    def bandwidth(self) -> float:
        """The highest frequency, K / P, in cycles per unit of time."""
        return self.order / self.period

    @property
    def _period(self) -> Fraction:
        return (Fraction(self.domain[1]) - Fraction(self.domain[0])) * self.stretch

    def _sum(self, c: ComplexArray, t: FloatArray) -> FloatArray:
        flat = t.ravel()
        if flat.size * c.size > DIRECT:
            start = (self.domain[0], 0.0)
            return Gridding(flat, np.zeros(flat.size), start, self._period, self.order).values(c).reshape(t.shape)
        fh, fl = pair(1 / self._period)
        s, e = _two_sum(flat, -np.float64(self.domain[0]))
        x, r = _two_prod(s, np.float64(fh))
        x, r = _two_sum(x, r + (s * fl + e * fh))
        k = np.arange(1, c.size, dtype=np.float64)
        p, q = _two_prod(*np.meshgrid(x, k, indexing="ij"))
        phase = 2.0 * math.pi * ((p - np.rint(p)) + (q + np.multiply.outer(r, k)))
        out = c[0].real + 2.0 * (np.cos(phase) @ c[1:].real - np.sin(phase) @ c[1:].imag)
        return np.asarray(out).reshape(t.shape)

    def __call__(self, t: Any) -> Any:
        """Values at t (array_like)."""
        times = np.asarray(t, dtype=np.float64)
        return like(self._sum(self.coefficients, times), t)

    def integral(self, a: Any, b: Any, alpha: float = 0.0) -> Any:
        """int_a^b exp(-alpha (b - s)) f(s) ds, for numbers or arrays a and b."""
        leak = nonnegative(alpha, "alpha")
        first, last = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        length = last - first
        w = np.arange(self.order + 1) * (2.0 * math.pi / self.period)
        w[0] = 1.0
        v = self.coefficients / (leak + 1j * w)
        v[0] = 0.0
        size = -np.expm1(-leak * length) / leak if leak else length
        out = self.coefficients[0].real * size + self._sum(v, last) - np.exp(-leak * length) * self._sum(v, first)
        return like(out, a if np.ndim(a) else b)

    def signal(self) -> Signal:
        """The Signal: pieces no longer than a Nyquist interval, knots at equal steps."""
        m, period = self.stretch.denominator, self.stretch.numerator
        factor = math.ceil((2 * self.order + 2) / period)
        t0, t1 = self.domain
        return trigonometric(
            self.coefficients, PLAIN, (t0, 0.0), (t1, 0.0), smooth(factor) * m, smooth(factor) * period
        )

    def derivative(self) -> TrigonometricSum:
        """The derivative, again a sum."""
        k = np.arange(self.order + 1)
        return TrigonometricSum(self.coefficients * (2j * math.pi / self.period) * k, self.domain, self.stretch)

    def __repr__(self) -> str:
        t0, t1 = self.domain
        return f"TrigonometricSum({self.order} harmonics up to {self.bandwidth:g} on [{t0:g}, {t1:g}])"


def bandlimited(
    bandwidth: float, duration: float, mean: float = 0.0, amplitude: float = 1.0, periodic: bool = True, seed: int = 0
) -> TrigonometricSum:
    """A random band-limited signal with a flat spectrum.

    Parameters
    ----------
    bandwidth : float
        Highest frequency, in cycles per unit of time, > 0. At least one harmonic must fit: bandwidth * duration >= 1.
    duration : float
        Length of the domain [0, duration], > 0.
    mean : float
        The constant term: a bias. With mean > amplitude the signal is positive.
    amplitude : float
        |f - mean| stays below it and comes within 2 % of it (over a period), > 0.
    periodic : bool
        Whether the domain is a period. Otherwise the period is 13/8 of it, and the signal meets its ends anyhow.
    seed : int
        Seed of the random coefficients, independent and complex normal.

    Returns
    -------
    TrigonometricSum

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.bandlimited(bandwidth=0.5, duration=100.0, mean=2.0, seed=3)
    >>> g
    TrigonometricSum(50 harmonics up to 0.5 on [0, 100])
    >>> bool(abs(g(12.3) - 2.0) < 1.0)
    True
    """
    from scipy.fft import irfft

    b, length = positive(bandwidth, "bandwidth"), positive(duration, "duration")
    stretch = Fraction(1) if periodic else STRETCH
    order = math.floor(b * length * float(stretch) * (1.0 + 1e-12) + 1e-9)
    if order < 1:
        raise ValueError(f"bandwidth * duration = {b * length:g} must be at least 1: no harmonic fits")
    rng = np.random.default_rng(seed)
    c = rng.normal(size=order + 1) + 1j * rng.normal(size=order + 1)
    c[0] = 0.0
    grid = smooth(2 * OVERSAMPLED * order)
    peak = float(np.abs(irfft(c, grid) * grid).max()) / math.cos(math.pi / (2 * OVERSAMPLED))  # Bernstein
    c *= positive(amplitude, "amplitude") / peak
    c[0] = real_number(mean, "mean")
    return TrigonometricSum(c, (0.0, length), stretch)


def trigonometric_sum(
    frequencies: Any, amplitudes: Any, phases: Any = None, mean: float = 0.0, duration: float = 1.0
) -> TrigonometricSum:
    """mean + sum_j a_j cos(2 pi nu_j t + phi_j), for frequencies that are multiples of 1 / duration.

    Parameters
    ----------
    frequencies : array_like
        Multiples of 1/duration, > 0, in cycles per unit of time.
    amplitudes, phases : array_like
        a_j and phi_j (radians; default 0), as many as frequencies.
    mean : float
        The constant term.
    duration : float
        Length of the domain [0, duration], > 0.

    Returns
    -------
    TrigonometricSum

    Raises
    ------
    ValueError
        A frequency is no multiple of 1/duration, or lengths differ.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.trigonometric_sum([1.0, 3.0], [1.0, 0.25], mean=2.0)
    >>> g(0.0)
    3.25
    """
    nu, a = float_array(frequencies, "frequencies"), float_array(amplitudes, "amplitudes")
    phi = np.zeros(nu.size) if phases is None else float_array(phases, "phases")
    if not nu.size == a.size == phi.size:
        raise ValueError(f"frequencies, amplitudes and phases have lengths {nu.size}, {a.size}, {phi.size}")
    length = positive(duration, "duration")
    k = np.rint(nu * length)
    for j in np.flatnonzero((np.abs(nu * length - k) > 1e-9 * np.maximum(k, 1.0)) | (k < 1))[:1]:
        raise ValueError(f"frequencies[{j}] = {nu[j]!r} must be a positive multiple of 1/duration = {1 / length:g}")
    c = np.zeros(int(k.max(initial=0.0)) + 1, dtype=np.complex128)
    np.add.at(c, k.astype(np.int64), 0.5 * a * np.exp(1j * phi))
    c[0] = real_number(mean, "mean")
    return TrigonometricSum(c, (0.0, length))
