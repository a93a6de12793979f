r"""Finite rate of innovation: a stream of Dirac pulses from the spikes of its low-pass filtered version.

    x = sum_{j=1}^{J} a_j delta_{t_j},  periodic with the length T of the domain;      f = h * x,  encoded by IF or
    LIF, biased or not

Acquisition. h passes the frequencies k/T with |k| <= K = floor(B T) and nothing above: an ideal low-pass filter, or
any kernel whose transform is given and has no zero there. So f is a trigonometric sum, its coefficients c_k follow
from the spikes as for every band-limited signal (`_fourier.py`), and

    X_k = T c_k / h^(k/T) = sum_j a_j u_j^k,          u_j = exp(-2 pi i t_j / T),          -K <= k <= K

is a sum of J exponentials. Its Hankel matrix has rank J, and shifting its column space by one row is multiplication
by the u_j (ESPRIT; the annihilating filter finds the same u_j as roots). The weights solve a linear system, and
Gauss-Newton steps on instants and weights finish the fit.

Condition. K >= J: 2 J real unknowns need as many coefficients. At least 2 K + 1 known charges, and no gap of more
than the Nyquist interval for certainty, as for Bandlimited. Without noise instants come out to some 1e-15 T; a jitter
of the spikes is amplified by the more, the closer two pulses are beside 1/B.

Source: M. Vetterli, P. Marziliano, T. Blu, "Sampling signals with finite rate of innovation" (2002); R. Alexandru, P.
L. Dragotti, "Reconstructing classes of non-bandlimited signals from time encoded information" (2020); S. Naaman, S.
Mulleti, Y. C. Eldar, "FRI-TEM: Time encoding sampling of finite-rate-of-innovation signals" (2022); R. Roy, T. Kailath,
"ESPRIT" (1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.decoders._band import cautions, checked, condition, figures, solved
from spikemath.decoders._base import FAILS, Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.signals import SpikeTrain
from spikemath.signals.axis import _two_sum
from spikemath.signals.checks import FloatArray

ComplexArray = NDArray[np.complex128]
STEPS = 20  # Gauss-Newton steps at most
LARGE = 1e-6  # relative misfit of the coefficients beyond which there are not `count` pulses


@dataclass(frozen=True)
class FiniteRateOfInnovation(Decoder):
    """The Dirac pulses whose low-pass filtered stream was encoded; the result is a SpikeTrain.

    Parameters
    ----------
    count : int
        Number of pulses in the domain, >= 1.
    bandwidth : float
        B of the low-pass filter, in cycles per unit of time, > 0; B * (t1 - t0) >= count.
    kernel : callable, optional
        Transform of the sampling kernel: takes frequencies (array) and returns complex values, none 0 up to B. Default:
        1, the ideal low-pass filter.
    tolerance, iterations, method
        As for :class:`Bandlimited`.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> x = sm.gallery.diracs(3, duration=1.0, separation=0.1, seed=2)
    >>> f = x.filtered(bandwidth=10.0, mean=40.0).signal()
    >>> enc = sm.IF(1.0).encode(f)
    >>> found = sm.decoders.FiniteRateOfInnovation(count=3, bandwidth=10.0)(enc, bias=40.0)
    >>> bool(np.abs(found.times - x.times).max() < 1e-13)
    True
    """

    count: int
    bandwidth: float
    kernel: Callable[[FloatArray], Any] | None = None
    tolerance: float = 1e-14
    iterations: int = 2000
    method: str = "gridding"
    periodic: bool = True

    def __post_init__(self) -> None:
        checked(self)
        if isinstance(self.count, bool) or not isinstance(self.count, int | np.integer):
            raise TypeError(f"count must be an integer, got {type(self.count).__name__}")
        if self.count < 1:
            raise ValueError(f"count = {self.count} must be >= 1")
        if not self.periodic:
            raise ValueError("periodic = False: the stream is recovered as a periodic one")

    def _solve(self, known: Known) -> Solution:
        length = known.duration
        order = self._order(known)
        if order < self.count:
            raise ValueError(
                f"count = {self.count} pulses need bandwidth * duration >= {self.count}, "
                f"got {self.bandwidth:g} * {length:g}"
            )
        made = solved([known], self, True)
        assert made.coefficients is not None
        x = made.coefficients * length
        if self.kernel is not None:
            passed = np.asarray(self.kernel(np.arange(order + 1) / length), dtype=np.complex128)
            if passed.shape != x.shape or not np.all(np.isfinite(passed)) or np.any(passed == 0.0):
                raise ValueError("kernel must return one finite value, not 0, for each frequency up to the bandwidth")
            x = x / passed
        places, weights, misfit = exponentials(x, int(self.count))
        said = list(cautions([known], self, made))
        if misfit > max(LARGE, 10.0 * self.tolerance):
            said.append(
                f"the Fourier coefficients are those of {self.count} pulses only to {misfit:.2g} of their size: "
                "there are more, or fewer, or the times are not exact"
            )
        train = _train(known.train, places * length, weights)
        return Solution(train, figures([known], self, made) | {"residual": misfit}, tuple(said))

    def _order(self, known: Known) -> int:
        return math.floor(self.bandwidth * known.duration * (1.0 + 1e-12) + 1e-9)

    def _condition(self, known: Known) -> Condition:
        order = self._order(known)
        if order < self.count:
            sentence = "fewer harmonics in the band than pulses"
            return Condition("innovation", FAILS, sentence, float(order), float(self.count))
        return condition([known], self.bandwidth)


def _train(spikes: SpikeTrain, t: FloatArray, weights: FloatArray) -> Any:
    """Pulses at times since the start of a train, on its axis and domain."""
    ticks = t * float(spikes._axis.rate)
    hi, lo = _two_sum(np.float64(spikes._start[0]), ticks)
    hi, lo = _two_sum(hi, lo + spikes._start[1])
    return SpikeTrain._build(spikes._axis, hi, lo, weights[None], spikes._start, spikes._end)


def exponentials(x: ComplexArray, count: int) -> tuple[FloatArray, FloatArray, float]:
    """Places in [0, 1), increasing, and real weights with X_k = sum a_j exp(-2 pi i k p_j); the relative misfit.

    ``x`` holds X_0, ..., X_K; the others are their conjugates.
    """
    order = x.size - 1
    both = np.concatenate([x[:0:-1].conj(), x])
    both[order] = both[order].real
    rows = order + 1
    hankel = np.lib.stride_tricks.sliding_window_view(both, both.size - rows + 1)
    space = np.linalg.svd(hankel, full_matrices=False)[0][:, :count]
    turn = np.linalg.lstsq(space[:-1], space[1:], rcond=None)[0]
    places: FloatArray = np.sort(np.mod(-np.angle(np.linalg.eigvals(turn)) / (2.0 * math.pi), 1.0))
    k = np.arange(order + 1)
    target = _real(x)
    weights: FloatArray = np.asarray(np.linalg.lstsq(_real(_powers(k, places)), target, rcond=None)[0], np.float64)
    misfit = _misfit(k, places, weights, target)
    for _ in range(STEPS):
        u = _powers(k, places)
        slope = -2j * math.pi * k[:, None] * u * weights
        step = np.linalg.lstsq(np.hstack([_real(slope), _real(u)]), target - _real(u @ weights), rcond=None)[0]
        tried = places + step[:count], weights + step[count:]
        better = _misfit(k, *tried, target)
        if not better < misfit:
            break
        (places, weights), misfit = tried, better
    places = np.mod(places, 1.0)
    places[places >= 1.0] = 0.0  # the remainder of a tiny negative number is rounded to 1
    at = np.argsort(places)
    return places[at], weights[at], misfit / (float(np.linalg.norm(target)) or 1.0)


def _powers(k: NDArray[np.int64], places: FloatArray) -> ComplexArray:
    phase = np.multiply.outer(k, places)
    return np.asarray(np.exp(-2j * math.pi * (phase - np.rint(phase))))


def _real(x: ComplexArray) -> FloatArray:
    """Real and imaginary parts, one below the other: X_0 counts once and the others twice, with their conjugates."""
    root = math.sqrt(2.0)
    return np.concatenate([x[:1].real, root * x[1:].real, root * x[1:].imag])


def _misfit(k: NDArray[np.int64], places: FloatArray, weights: FloatArray, target: FloatArray) -> float:
    return float(np.linalg.norm(target - _real(_powers(k, places) @ weights)))
