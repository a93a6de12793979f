r"""Band-limited signals on an interval that is no period of them: Fourier extension, and where it is needed.

*Short trains.* On [t0, t1] a signal of bandwidth B is, to nearly the precision of floats, a sum of period P = T + 2 L
with frequencies up to B (1 + s), for L some ten Nyquist intervals. The sum is not unique and the system has small
singular values, but least squares with what is below the tolerance left out finds one with small coefficients (Adcock,
Huybrechs, Martin- Vaquero, "On the numerical stability of Fourier extensions", 2014). Conjugate gradients do not:
they see the squares of the singular values, and stop at half of the digits.

*Long trains.* Only the ends need that. Let chi rise smoothly from 0 at t0 to 1 within a length R and fall again before
t1, with a spectrum that has died at s B. Then f chi vanishes at both ends, so it is periodic as it stands, with
bandwidth B (1 + s); its system is as well conditioned as that of a periodic signal. Its charges are those of f in the
middle; in the two zones they follow from f there, which is decoded first, from the spikes near that end alone, as a
short train. The result is f chi in the middle and the short decodings in the zones. chi is the integral of the window
of Kaiser and Bessel; with R = 21 / (2 s B) its spectrum is 5e-15 beyond s B.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebint, chebpts1, chebval
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from spikemath.decoders._fourier import Band, Rows, Stack, charges, effective, least, solve
from spikemath.decoders._known import Known
from spikemath.signals import Signal
from spikemath.signals.axis import Coordinate
from spikemath.signals.checks import FloatArray
from spikemath.signals.nonuniform import Gridding
from spikemath.signals.trigonometric import degree_for, interpolated, node_values, nodes, size_of, trigonometric

ComplexArray = NDArray[np.complex128]
MARGIN = 40.0  # Nyquist intervals by which the period exceeds a short interval, at each end
SHORT = 300.0  # Nyquist intervals up to which a train is short
MEDIUM = 2500.0  # Nyquist intervals up to which the zones are short, and the band of f chi wider
LEAD = 20.0  # Nyquist intervals beyond the zone that the decoding of an end also sees
DENSE = 300  # unknowns up to which a periodic system is solved directly, too
DECAY = 33.0  # exp(-33) = 5e-15
DIRECT = 1 << 17  # terms times instants up to which sums are added up term by term
NODES = 32  # of the quadrature over one gap


@dataclass(frozen=True)
class Reconstruction:
    """The signal; the coefficients c_0 ... c_K if it is one sum; steps; relative residual; largest residual per gap."""

    signal: Signal
    coefficients: ComplexArray | None
    iterations: int | None
    residual: float
    error: float


def reconstruct(
    trains: Sequence[Known], bandwidth: float, periodic: bool, tolerance: float, iterations: int, method: str
) -> Reconstruction:
    """The signal of this bandwidth that has the charges of all the trains (of one domain and axis)."""
    train = trains[0].train
    axis, start, end = train._axis, train._start, train._end
    ticks = _exact(end) - _exact(start)
    duration = float(ticks / axis.rate)
    if periodic:
        order = math.floor(bandwidth * duration * (1.0 + 1e-12) + 1e-9)
        band = Band(start, ticks, order, axis.rate)
        c, steps, residual, error = _periodic(trains, band, tolerance, iterations, method)
        pieces = _pieces(2 * order + 2)
        return Reconstruction(trigonometric(c, axis, start, end, pieces, pieces), c, steps, residual, error)
    if 2.0 * bandwidth * duration <= SHORT:
        end_fit = _fit_end(trains, bandwidth, duration, start, tolerance, 0.1)
        pieces = max(math.ceil(2.0 * bandwidth * duration), 1)
        degree = degree_for(0.25 * end_fit.w[-1] * duration / pieces)
        t = (np.arange(pieces) + nodes(degree)[:, None]) * (duration / pieces)
        made = interpolated(end_fit(t), axis, start, end, end_fit.size)
        return Reconstruction(made, None, None, end_fit.residual, end_fit.error)
    return _long(trains, bandwidth, duration, tolerance, iterations, method)


def _exact(c: Coordinate) -> Fraction:
    return Fraction(c[0]) + Fraction(c[1])


def _pieces(least: int) -> int:
    from scipy.fft import next_fast_len

    return int(next_fast_len(max(least, 3), real=True))


def _periodic(
    trains: Sequence[Known], band: Band, tolerance: float, iterations: int, method: str
) -> tuple[ComplexArray, int | None, float, float]:
    if 2 * band.order + 1 <= DENSE:
        fit = _dense(trains, band.frequencies(), band.start, tolerance, 0.0, math.inf)
        return fit.c, None, fit.residual, fit.error
    stack = Stack([Rows(known, band, method) for known in trains])
    made = solve(stack, band.order, tolerance, iterations)
    return made.coefficients, made.iterations, made.residual, stack.error(made.coefficients)


# near an end, directly


@dataclass(frozen=True)
class Sum:
    """A sum about a reference instant, as a function of the time since then."""

    c: ComplexArray
    w: FloatArray
    residual: float
    error: float

    @property
    def size(self) -> float:
        """Sum of the moduli of the terms."""
        return size_of(self.c)

    def __call__(self, t: FloatArray) -> FloatArray:
        if t.size * self.w.size > DIRECT:
            flat, period = t.ravel(), Fraction(2.0 * math.pi / float(self.w[1]))
            grid = Gridding(flat, np.zeros(flat.size), (0.0, 0.0), period, self.w.size - 1)
            return grid.values(self.c).reshape(t.shape)
        phase = np.multiply.outer(t, self.w[1:])
        real, imag = 2.0 * self.c[1:].real, 2.0 * self.c[1:].imag
        return np.asarray(self.c[0].real + np.cos(phase) @ real - np.sin(phase) @ imag)


def _fit_end(
    trains: Sequence[Known], bandwidth: float, length: float, about: Coordinate, tolerance: float, slack: float
) -> Sum:  # fmt: skip
    """The extension on the instants within ``length`` of one end of the domain."""
    period = length + MARGIN / bandwidth
    order = max(math.floor(bandwidth * (1.0 + slack) * period), 1)
    w = np.arange(order + 1, dtype=np.float64) * (2.0 * math.pi / period)
    return _dense(trains, w, about, tolerance, 0.0, length)


def since(known: Known, about: Coordinate, keep: NDArray[np.int64]) -> FloatArray:
    """Times of instants from a reference instant."""
    local = (known.hi[keep] - about[0]) + (known.lo[keep] - about[1])
    return np.asarray(local / float(known.train._axis.rate))


def _dense(
    trains: Sequence[Known], w: FloatArray, about: Coordinate, tolerance: float, nearest: float, farthest: float
) -> Sum:  # fmt: skip
    """Least squares on the rows within a distance of the reference, directions below the tolerance left out."""
    from scipy.linalg import lstsq

    blocks, targets, sizes = [], [], []
    for known in trains:
        a, q, size = dense_rows(known, w, about, farthest)
        blocks.append(a)
        targets.append(q)
        sizes.append(size)
    a, q, size = np.concatenate(blocks), np.concatenate(targets), np.concatenate(sizes)
    real = np.concatenate([a.real, -math.sqrt(2.0) * a.imag[:, 1:]], axis=1)
    real[:, 1 : w.size] *= math.sqrt(2.0)
    # a pivoted QR factorization that reveals the rank: as accurate here as singular values, and quicker
    x = lstsq(real, q, cond=tolerance, lapack_driver="gelsy", check_finite=False, overwrite_a=False)[0]
    c = np.zeros(w.size, dtype=np.complex128)
    c[0] = x[0]
    c[1:] = (x[1 : w.size] + 1j * x[w.size :]) * math.sqrt(0.5)
    r = q - real @ x
    norm = math.sqrt(float(np.square(q).sum()))
    residual = math.sqrt(float(np.square(r).sum())) / norm if norm else 0.0
    return Sum(c, w, residual, float(np.max(np.abs(r) * size, initial=0.0)))


def dense_rows(
    known: Known, w: FloatArray, about: Coordinate, farthest: float = math.inf
) -> tuple[ComplexArray, FloatArray, FloatArray]:  # fmt: skip
    """Scaled rows of A for exp(i w t) as a matrix, their targets, and what turns a residual into one of f."""
    if known.sampled:
        keep = np.flatnonzero(known.exact)
        t = since(known, about, keep)
        around = np.diff(known.t[keep], prepend=known.t[0], append=known.t[-1])
        around[1:-1] *= 0.5
        root = np.sqrt(around[:-1] + around[1:])
        near = np.abs(t) <= farthest
        rows = root[near, None] * np.exp(1j * np.multiply.outer(t[near], w))
        return rows, known.y[keep][near] * root[near], 1.0 / root[near]
    keep, gaps, q, usable = charges(known)
    t = since(known, about, keep)
    near = usable & (np.maximum(np.abs(t[1:]), np.abs(t[:-1])) <= farthest)
    gaps, q, t = gaps[near], q[near], t[1:][near]
    size = effective(known.alpha, gaps)
    root = np.sqrt(size + least(size))
    if known.alpha == 0.0:  # the same without cancellation, about the middle of the gap
        share = np.sinc(np.multiply.outer(gaps, w) / (2.0 * math.pi)) * (gaps / root)[:, None]
        turned: ComplexArray = np.asarray(share * np.exp(1j * np.multiply.outer(t - 0.5 * gaps, w)))
        return turned, q / root, 1.0 / root
    rate = known.alpha + 1j * w
    rows = -np.expm1(-np.multiply.outer(gaps, rate)) / rate
    rows *= np.exp(1j * np.multiply.outer(t, w)) / root[:, None]
    return rows, q / root, 1.0 / root


# long trains


@lru_cache(maxsize=1)
def _step() -> FloatArray:
    """Chebyshev coefficients of the step from 0 at -1 to 1 at 1."""
    from scipy.special import i0e

    x = chebpts1(160)
    root = DECAY * np.sqrt(1.0 - x * x)
    rise = chebint(chebfit(x, i0e(root) * np.exp(root - DECAY), 120), lbnd=-1)
    return np.asarray(rise / chebval(1.0, rise))


def step(x: FloatArray) -> FloatArray:
    """The smooth step: 0 for x <= 0, 1 for x >= 1."""
    inside = (x > 0.0) & (x < 1.0)
    out = np.where(x >= 1.0, 1.0, 0.0)
    out[inside] = chebval(2.0 * x[inside] - 1.0, _step())
    return out


def _long(
    trains: Sequence[Known], bandwidth: float, duration: float, tolerance: float, iterations: int, method: str
) -> Reconstruction:
    train = trains[0].train
    axis, start, end = train._axis, train._start, train._end
    nyquist = 0.5 / bandwidth
    slack = 0.2 if duration < MEDIUM * nyquist else 0.1
    rise = DECAY / (math.pi * slack * bandwidth)
    ends = [_fit_end(trains, bandwidth, rise + LEAD * nyquist, at, tolerance, 0.1) for at in (start, end)]
    order = math.floor(bandwidth * (1.0 + slack) * duration)
    band = Band(start, _exact(end) - _exact(start), order, axis.rate)
    stack = Stack([Rows(known, band, method) for known in trains])
    stack.replace([_windowed(known, rows, ends, rise) for known, rows in zip(trains, stack.rows, strict=True)])
    made = solve(stack, order, tolerance, iterations)
    pieces = _pieces(2 * order + 2)
    values = node_values(made.coefficients, pieces, pieces)
    _with_ends(values, ends, rise, duration / pieces)
    size = max(size_of(made.coefficients), *(e.size for e in ends))
    signal = interpolated(values, axis, start, end, size)
    error = max(stack.error(made.coefficients), *(e.error for e in ends))
    return Reconstruction(signal, None, made.iterations, max(made.residual, *(e.residual for e in ends)), error)


def _windowed(known: Known, rows: Rows, ends: Sequence[Sum], rise: float) -> FloatArray:
    """Targets of f chi: those of f in the middle; in the zones by quadrature of the decoded ends."""
    train, target = known.train, rows.target.copy()
    places = (train._start, 1.0), (train._end, -1.0)
    if known.sampled:
        keep = np.flatnonzero(known.exact)
        for at, sign in places:
            target *= step(sign * since(known, at, keep) / rise)
        return target
    keep, gaps, _, _ = charges(known)
    x, weight = leggauss(NODES)
    for f, (at, sign) in zip(ends, places, strict=True):
        t = since(known, at, keep)
        zone = np.flatnonzero(np.minimum(np.abs(t[1:]), np.abs(t[:-1])) < rise)
        d = gaps[zone, None]
        back = 0.5 * d * (1.0 - x)  # from the node to the end of the gap
        at_nodes = t[1:][zone, None] - back
        values = f(at_nodes) * step(sign * at_nodes / rise) * np.exp(-known.alpha * back)
        target[zone] = 0.5 * gaps[zone] * (values @ weight) * rows.scale[zone]
    return target


def _with_ends(values: FloatArray, ends: Sequence[Sum], rise: float, length: float) -> None:
    """Put the decodings of the ends into the pieces of the two zones; in place."""
    pieces = values.shape[1]
    many = min(math.ceil(rise / length), pieces // 2)
    x = nodes(values.shape[0] - 1)[:, None]
    values[:, :many] = ends[0]((np.arange(many) + x) * length)
    values[:, -many:] = ends[1]((np.arange(-many, 0) + x) * length)
