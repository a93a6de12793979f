r"""Spline: the spline of odd degree through the known values of the leaky integral; then f = v' + alpha v.

    s(t_i) = y_i  at every known instant,   s piecewise of degree k = 3, 5, 7, 9 with k - 1 continuous derivatives
    f = s' + alpha s                        (send-on-delta: g = s)

Banded collocation, O(n). At the ends the first and the last (k - 1)/2 inner instants are no knots ("not-a-knot"), so
polynomials of degree k are reproduced. Where v is smooth the error falls with the power k + 1 of the gaps. No bandwidth
is asked for and no density is required. The operator sends the same spikes for the decoded signal, unless s leaves the
tube between two of them.

Source: C. de Boor, "A Practical Guide to Splines", chapter XIII; of time encodings, A. A. Lazar, E. A. Pnevmatikakis
(2008), there with smoothing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._bspline import power_pieces
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import consistency, covered_by, overshoot
from spikemath.signals.checks import FloatArray

DEGREES = (1, 3, 5, 7, 9)
CALIBRATION = {1: 1.0, 3: 12.0, 5: 18.0, 7: 12.0, 9: 4.0}


@dataclass(frozen=True)
class Spline(Decoder):
    """The spline through the known values of the leaky integral: quick, local, and needs no bandwidth.

    Parameters
    ----------
    degree : {1, 3, 5, 7, 9}
        Degree of the spline of the leaky integral. 9 is the most accurate where there are two or more spikes per
        Nyquist interval, gaps are alike (a bias) and times are exact; 3 where gaps differ or the signal is rough.
        A curve that overshoots is found out and said.

    Raises
    ------
    ValueError
        Another degree.

    Notes
    -----
    ``report.estimated_error`` comes from the jumps of the highest derivative, without the outer 5 %: two to four times
    the largest error of band-limited signals, and no bound. Near the ends the curve is worse.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> f = sm.Signal.from_function(lambda t: 2.0 + np.sin(t), (0.0, 20.0))
    >>> decoded = sm.decoders.Spline(degree=9).decode(sm.IF(0.5).encode(f))
    >>> bool(abs(decoded.signal(10.0) - f(10.0)) < 1e-8)
    True
    """

    degree: int = 3

    def __post_init__(self) -> None:
        if isinstance(self.degree, bool) or self.degree not in DEGREES:
            raise ValueError(f"degree = {self.degree!r} must be one of {', '.join(map(str, DEGREES))}")

    def _solve(self, known: Known) -> Solution:
        known.need_level(repr(self))
        known.need(2, repr(self))
        at = known.exactly().distinct()
        degree, said = int(self.degree), []
        if at.t.size <= degree:
            degree = at.t.size - 1 - at.t.size % 2
            least = self.degree + 1
            said.append(f"{self!r} needs {least} known values, there are {at.t.size}: degree {degree} was taken")
        v, index = through(at, degree)
        off = missed(at, v, index)
        if not off <= 1e-6 * known.threshold:
            said.append(
                f"{self!r} misses the known values by up to {off:.2g}: the gaps between the spikes differ too much "
                "for this degree, take a smaller one"
            )
        condition, more = overshoot(known, at, v, index, 0.0, repr(self))
        figures = {"residual": off, "estimated_error": estimate(at, v, index), "condition": condition}
        return Solution(covered_by(known, at, v, index), figures, (*said, *more))

    def _condition(self, known: Known) -> Condition:
        return consistency(known)


def through(at: Known, degree: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """The interpolating spline: coefficients (degree + 1, pieces), and which instants are its knots."""
    from scipy.interpolate import make_interp_spline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ill-conditioned: the residual tells
        try:
            s = make_interp_spline(at.t, at.y, k=degree)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"a spline of degree {degree} fails: the gaps between the spikes differ too much"
            ) from None
    half = (degree - 1) // 2
    inner = np.arange(half + 1, at.t.size - half - 1)
    return power_pieces(s.t, s.c, degree), np.concatenate([[0], inner, [at.t.size - 1]])


def missed(at: Known, v: FloatArray, index: NDArray[np.int64]) -> float:
    """Largest distance between a piecewise polynomial and the known values at its knots (ends of pieces)."""
    h = at.t[index[1:]] - at.t[index[:-1]]
    end = v[-1]
    for row in v[-2::-1]:
        end = end * h + row
    return float(np.abs(end - at.y[index[1:]]).max(initial=0.0))


def estimate(at: Known, v: FloatArray, index: NDArray[np.int64]) -> float | None:
    """The size of what the next degree would add, from the jumps of the highest derivative; the outer 5 % are left out.

    A jump of s^(k) is h s^(k+1), and the error of s' is h^k s^(k+1) times a constant; `CALIBRATION` is that constant as
    measured on band-limited signals, so that the estimate is two to four times the largest error.
    """
    degree = v.shape[0] - 1
    h = at.t[index[1:]] - at.t[index[:-1]]
    wide = np.maximum(h[1:], h[:-1])
    size = degree * np.abs(np.diff(v[-1])) * wide ** (degree - 1) / CALIBRATION[degree]
    if at.sampled:  # of s itself: an error that oscillates from sample to sample has the derivative pi / h
        size *= wide / np.pi
    edge = size.size // 20
    inner = size[edge : size.size - edge]
    return float(inner.max()) if inner.size else None
