r"""Sinc functions and a pseudo-inverse: the decoder of the literature, dense, as a reference for the fast one.

    f(t) = sum_j c_j sinc(2 B (t - s_j)),        s_j the middle of gap j,          sinc(x) = sin(pi x) / (pi x)
    q_i  = sum_j G_ij c_j,      G_ij = int_{t_(i-1)}^{t_i} exp(-alpha (t_i - s)) sinc(2 B (s - s_j)) ds,       c = G^+ q

For alpha = 0 the entries are differences of sine integrals, otherwise a quadrature. G is as ill-conditioned as floats
can show (1e17 and more: the s_j are denser than the Nyquist rate), so it is never solved but pseudo-inverted,
singular values below the tolerance times the largest left out. Time is O(n^3), memory O(n^2). For send-on-delta the
s_j are the instants and G_ij = sinc(2 B (t_i - s_j)).

Where f goes on beyond the domain, digits are lost near its ends: there are no kernels outside to carry it.

Source: A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals" (2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss

from spikemath.decoders._band import condition, rows_of
from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._fourier import charges
from spikemath.decoders._known import Known
from spikemath.signals.checks import FloatArray, positive
from spikemath.signals.trigonometric import degree_for, interpolated, nodes

LIMIT = 10_000  # rows: a matrix of 0.8 GB, and hours
BLOCK = 1 << 22  # entries of a matrix that is used once


@dataclass(frozen=True)
class SincPseudoInverse(Decoder):
    """Sinc functions at the middles of the gaps, coefficients by a dense pseudo-inverse; up to some thousand spikes.

    Parameters
    ----------
    bandwidth : float
        B, in cycles per unit of time, > 0.
    tolerance : float
        Singular values below this fraction of the largest are left out, in (0, 1).

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.bandlimited(bandwidth=0.5, duration=40.0, mean=2.0, seed=1)
    >>> f = g.signal()
    >>> enc = sm.IF(0.75).encode(f)
    >>> slow, fast = sm.decoders.SincPseudoInverse(0.5)(enc), sm.decoders.Bandlimited(0.5)(enc)
    >>> bool(abs(fast(20.0) - f(20.0)) < abs(slow(20.0) - f(20.0)) < 1e-2)
    True
    """

    bandwidth: float
    tolerance: float = 1e-14

    def __post_init__(self) -> None:
        object.__setattr__(self, "bandwidth", positive(self.bandwidth, "bandwidth"))
        object.__setattr__(self, "tolerance", positive(self.tolerance, "tolerance"))
        if not self.tolerance < 1.0:
            raise ValueError(f"tolerance = {self.tolerance!r} must be below 1")

    def _solve(self, known: Known) -> Solution:
        known.need_level("SincPseudoInverse()")
        known.need(1 if known.sampled else 2, "SincPseudoInverse()")
        if rows_of(known) > LIMIT:
            raise ValueError(f"{rows_of(known)} rows are more than {LIMIT}: use Bandlimited, which takes O(n log n)")
        if known.sampled:
            keep = np.flatnonzero(known.exact)
            centres, q = known.t[keep], known.y[keep]
            matrix = np.sinc(2.0 * self.bandwidth * np.subtract.outer(centres, centres))
        else:
            keep, gaps, q, usable = charges(known)
            t = known.t[keep]
            centres = 0.5 * (t[1:] + t[:-1])
            matrix = integrals(t, gaps, centres, self.bandwidth, known.alpha)[usable]
            q = q[usable]
        c = np.asarray(np.linalg.lstsq(matrix, q, rcond=self.tolerance)[0], dtype=np.float64)
        size = math.sqrt(float(q @ q)) or 1.0
        r = matrix @ c - q
        train, length = known.train, known.duration
        pieces = max(math.ceil(2.0 * self.bandwidth * length), 1)
        degree = degree_for(0.5 * math.pi * self.bandwidth * length / pieces)
        at = (np.arange(pieces) + nodes(degree)[:, None]) * (length / pieces)
        values = self._values(at.ravel(), centres, c).reshape(at.shape)
        signal = interpolated(values, train._axis, train._start, train._end, float(np.abs(c).sum()))
        figures = {
            "spikes_per_nyquist": known.spikes / (2.0 * self.bandwidth * length),
            "residual": math.sqrt(float(r @ r)) / size,
        }
        return Solution(signal, figures)

    def _values(self, t: FloatArray, centres: FloatArray, c: FloatArray) -> FloatArray:
        out = np.empty(t.size)
        step = max(BLOCK // centres.size, 1)
        for first in range(0, t.size, step):
            part = slice(first, first + step)
            out[part] = np.sinc(2.0 * self.bandwidth * np.subtract.outer(t[part], centres)) @ c
        return out

    def _condition(self, known: Known) -> Condition:
        return condition([known], self.bandwidth)


def integrals(t: FloatArray, gaps: FloatArray, centres: FloatArray, bandwidth: float, alpha: float) -> FloatArray:
    """G: leaky integrals of sinc(2 B (s - s_j)) over the gaps that end at t[1:]."""
    from scipy.special import sici

    if alpha == 0.0:
        w = 2.0 * math.pi * bandwidth
        return np.asarray(np.diff(sici(w * np.subtract.outer(t, centres))[0], axis=0) / w)
    count = 20 + math.ceil(8.0 * bandwidth * float(gaps.max()))
    x, weight = leggauss(count)
    out = np.zeros((gaps.size, centres.size))
    for node, share in zip(x, weight, strict=True):
        back = 0.5 * gaps * (1.0 - node)
        kernel = np.sinc(2.0 * bandwidth * np.subtract.outer(t[1:] - back, centres))
        out += (0.5 * gaps * share * np.exp(-alpha * back))[:, None] * kernel
    return out
