r"""The Fourier coefficients of a band-limited signal from the charges between known instants, by conjugate gradients.

    f(t) = Re c_0 + 2 Re sum_{k=1}^{K} c_k exp(i w_k (t - t0)),       w_k = 2 pi k / P

Integrated with leak over a gap from s to t, f gives the charge

    q = c_0 (1 - exp(-alpha d)) / alpha + V(t) - exp(-alpha d) V(s),       V = sum of c_k / (alpha + i w_k) exp(i w_k
    t),   d = t - s

so the map A from coefficients to charges is a division, a nonuniform FFT and a difference of neighbours; send-on-delta
samples the sum itself. Rows are divided by the square root of the effective gap (1 - exp(-alpha d)) / alpha (plus
1/1000 of its mean), samples multiplied by that of the gap around them. Then the squares of the rows approximate the
integral of f^2: A is close to an isometry where instants are dense enough, for charges as for samples (weights of
Feichtinger and Groechenig), and conjugate gradients on the normal equations converge in some ten steps, whatever the
number of spikes.

Source: H. G. Feichtinger, K. Groechenig, T. Strohmer, "Efficient numerical methods in non-uniform sampling theory"
(1995), for samples; the same for averages between spikes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.decoders._known import Known
from spikemath.signals.axis import Coordinate
from spikemath.signals.checks import FloatArray
from spikemath.signals.nonuniform import Gridding, Library

ComplexArray = NDArray[np.complex128]
FLOOR = 1e-300


def charges(known: Known) -> tuple[NDArray[np.int64], FloatArray, FloatArray, NDArray[np.bool_]]:
    """Indices of the instants used, gaps between them, leaky integrals of f over these gaps, and which can be used.

    The charge that arrives with a spike is its weight, which is exact, while sums of weights are rounded. Where v is
    not known the gaps on both sides become one; a gap with a pulse in it tells nothing of the rest of f.
    """
    alpha, gaps = known.alpha, known.gaps
    q = np.zeros(known.y.size)
    pulse = np.zeros(known.y.size, dtype=bool)
    at = np.flatnonzero(known.spike)
    q[at] = known.weights
    pulse[at] = np.abs(known.counts) > 1
    q[1] -= math.exp(-alpha * gaps[0]) * known.y[0]  # 0, unless the potential began elsewhere
    if not known.spike[-1] and known.exact[-1]:
        step = known.y[-1] - math.exp(-alpha * gaps[-1]) * known.y[-2]
        q[-1] = step + known.bias * effective(alpha, gaps[-1:])[0]
    q[1:] -= known.bias * effective(alpha, gaps)
    for i in np.flatnonzero(~known.exact[1:-1]) + 1:
        q[i + 1] += math.exp(-alpha * gaps[i]) * q[i]
    keep = np.flatnonzero(known.exact)
    if keep.size == known.exact.size:
        return keep, gaps, q[1:], np.ones(gaps.size, dtype=bool)
    ends = np.add.reduceat(np.append(gaps, 0.0), keep)[:-1]
    length: FloatArray = np.asarray(ends, dtype=np.float64)
    passed = np.cumsum(pulse)
    return keep, length, q[keep[1:]], np.diff(passed[keep]) == 0


def effective(alpha: float, gaps: FloatArray) -> FloatArray:
    """(1 - exp(-alpha d)) / alpha, and d for alpha = 0."""
    return np.asarray(-np.expm1(-alpha * gaps) / alpha) if alpha else gaps


def least(size: FloatArray) -> float:
    """What is added to an effective gap in its weight, so that the rounding of a charge in a tiny gap weighs little."""
    return 1e-3 * float(size.mean()) if size.size else 0.0


@dataclass(frozen=True)
class Band:
    """The sums that are looked for: c_0 ... c_order with the given period, in ticks of an axis with this rate."""

    start: Coordinate
    period: Fraction
    order: int
    rate: Fraction

    def frequencies(self) -> FloatArray:
        """Angular frequencies w_k, per unit of time."""
        return np.arange(self.order + 1, dtype=np.float64) * (2.0 * math.pi * float(self.rate / self.period))


class Rows:
    """The scaled rows of one train: `target` and the maps `forward`, `adjoint` of coefficients c_0 ... c_K."""

    def __init__(self, known: Known, band: Band, method: str = "gridding", delay: Fraction = Fraction(0)) -> None:
        transform: Any = Library if method == "finufft" else Gridding
        self.sampled = known.sampled
        self.alpha = known.alpha
        start = (band.start[0], band.start[1] + float(delay))
        if self.sampled:
            keep = np.flatnonzero(known.exact)
            around = np.diff(known.t[keep], prepend=known.t[0], append=known.t[-1])
            around[1:-1] *= 0.5
            scale = np.sqrt(around[:-1] + around[1:] if keep.size > 1 else around[:1])
            values = known.y[keep]
        else:
            keep, gaps, values, usable = charges(known)
            self.decay: Any = np.exp(-self.alpha * gaps) if self.alpha else 1.0
            size = effective(self.alpha, gaps)
            scale = usable / np.sqrt(size + least(size))
            self.mean = size * scale
            w = band.frequencies()
            w[0] = 1.0
            self.divide = 1.0 / (self.alpha + 1j * w)
            self.divide[0] = 0.0
        self.scale = scale
        self.to_signal = 1.0 / scale if self.sampled else scale
        self.target = values * scale
        self.transform = transform(known.hi[keep], known.lo[keep], start, band.period, band.order)

    def forward(self, c: ComplexArray) -> FloatArray:
        """A c."""
        if self.sampled:
            return np.asarray(self.scale * self.transform.values(c))
        v = self.transform.values(c * self.divide)
        return np.asarray(self.scale * (v[1:] - self.decay * v[:-1]) + self.mean * c[0].real)

    def adjoint(self, r: FloatArray) -> ComplexArray:
        """A* r."""
        s = self.scale * r
        if self.sampled:
            return np.asarray(self.transform.adjoint(s))
        d = np.zeros(s.size + 1)
        d[1:] = s
        d[:-1] -= self.decay * s
        out = self.transform.adjoint(d) * self.divide.conj()
        out[0] = square(self.mean, r)
        return np.asarray(out)


class Stack:
    """Rows of several trains of one signal, one below the other."""

    def __init__(self, rows: Sequence[Rows]) -> None:
        self.rows = list(rows)
        self.cuts = np.cumsum([r.target.size for r in rows])[:-1]
        self.target = np.concatenate([r.target for r in rows])

    def forward(self, c: ComplexArray) -> FloatArray:
        """A c."""
        return np.concatenate([r.forward(c) for r in self.rows])

    def adjoint(self, r: FloatArray) -> ComplexArray:
        """A* r."""
        parts = np.split(r, self.cuts)
        return np.asarray(sum(rows.adjoint(part) for rows, part in zip(self.rows, parts, strict=True)))

    def replace(self, targets: Sequence[FloatArray]) -> None:
        """Other right hand sides."""
        self.target = np.concatenate(targets)

    def error(self, c: ComplexArray) -> float:
        """The largest residual, as an error of the mean of f over its gap."""
        r = np.abs(self.target - self.forward(c)) * np.concatenate([r.to_signal for r in self.rows])
        return float(r.max(initial=0.0))


def inner(a: ComplexArray, b: ComplexArray) -> float:
    """b_0 c_0 + 2 Re sum conj(b_k) c_k."""
    x, y = a.view(np.float64), b.view(np.float64)
    return 2.0 * square(x, y) - x[0] * y[0]


def square(x: FloatArray, y: FloatArray) -> float:
    """sum x_i y_i, on one thread (BLAS would start several, and wait for them)."""
    return float(np.einsum("i,i->", x, y))


@dataclass(frozen=True)
class Fit:
    """Coefficients, how many steps they took, and the relative residual |A c - q| / |q|."""

    coefficients: ComplexArray
    iterations: int
    residual: float


def solve(system: Any, order: int, tolerance: float, iterations: int) -> Fit:
    """Least squares |A c - q|^2 by conjugate gradients, begun again from the true residual while that helps.

    Stops when the residual is below ``tolerance`` times |q|, or the gradient that fraction of what it was at first.
    """
    c = np.zeros(order + 1, dtype=np.complex128)
    size = math.sqrt(square(system.target, system.target))
    if size == 0.0:
        return Fit(c, 0, 0.0)
    done, r = 0, system.target.copy()
    first = math.sqrt(max(inner(s := system.adjoint(r), s), FLOOR))
    best, least = c, math.inf
    for _ in range(3):
        s = system.adjoint(r)
        p, gamma = s, inner(s, s)
        if not math.sqrt(max(gamma, 0.0)) < 0.5 * least:
            break
        best, least = c, math.sqrt(max(gamma, 0.0))
        c = c.copy()
        while done < iterations and math.sqrt(gamma) > tolerance * first and math.sqrt(square(r, r)) > tolerance * size:
            q = system.forward(p)
            step = gamma / max(square(q, q), FLOOR)
            c += step * p
            r -= step * q
            s = system.adjoint(r)
            new = inner(s, s)
            p = s + (new / gamma) * p
            gamma = new
            done += 1
        r = system.target - system.forward(c)
    else:
        best = c
    r = system.target - system.forward(best)
    return Fit(best, done, math.sqrt(square(r, r)) / size)
