r"""Smoothing spline: for spike times that are not exact; it comes near the known values and stays smooth.

    minimize  sum_i (y_i - s(t_i))^2 + lambda int (s^(m))^2,      degree 2 m - 1;      f = s' + alpha s

An error e of a time is an error f e of v there. Interpolation hands it on, multiplied by the rate of the spikes; the
penalty trades it against smoothness. "gcv" chooses lambda by generalized cross-validation, which needs no noise level.

Source: A. A. Lazar, E. A. Pnevmatikakis, "Reconstruction of sensory stimuli encoded with integrate-and-fire neurons
with random thresholds" (2009); P. Craven, G. Wahba, "Smoothing noisy data with spline functions" (1979).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._bspline import power_pieces
from spikemath.decoders._known import Known
from spikemath.decoders._penalty import Penalized
from spikemath.decoders._pieces import consistency, covered_by, overshoot
from spikemath.signals.checks import FloatArray, positive

RANGE = 1e-8, 1e12  # where gcv looks, relative to the penalty at which both terms weigh alike


@dataclass(frozen=True)
class SmoothingSpline(Decoder):
    """The smoothing spline of the leaky integral, for noisy or rounded spike times.

    Parameters
    ----------
    penalty : float or "gcv"
        Lambda, > 0, in units of time^(2 m - 1) with m = (degree + 1)/2; or how to choose it.
    degree : {3, 5}
        Degree of the spline.

    Raises
    ------
    ValueError
        penalty <= 0 or an unknown word, another degree.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> f = sm.Signal.from_function(lambda t: 2.0 + np.sin(t), (0.0, 50.0))
    >>> sif = sm.IF(0.5)
    >>> times, counts = sif(f).times, sif(f).counts
    >>> jitter = np.random.default_rng(0).uniform(-0.01, 0.01, times.size)
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", sm.decoders.DecodingWarning)      # the counts are missing
    ...     noisy = sm.SpikeTrain(times + jitter, 0.5 * counts, domain=(0.0, 50.0))
    ...     rough, smooth = (d(noisy, sif) for d in (sm.decoders.Spline(5), sm.decoders.SmoothingSpline()))
    >>> t = np.linspace(5.0, 45.0, 1000)
    >>> bool(abs(smooth(t) - f(t)).max() < 0.5 * abs(rough(t) - f(t)).max())
    True
    """

    penalty: Any = "gcv"
    degree: int = 5

    def __post_init__(self) -> None:
        if isinstance(self.penalty, str):
            if self.penalty != "gcv":
                raise ValueError(f"penalty = {self.penalty!r} must be a number > 0 or 'gcv'")
        else:
            object.__setattr__(self, "penalty", positive(self.penalty, "penalty"))
        if isinstance(self.degree, bool) or self.degree not in (3, 5):
            raise ValueError(f"degree = {self.degree!r} must be 3 or 5")

    def _solve(self, known: Known) -> Solution:
        known.need_level(repr(self))
        m = (int(self.degree) + 1) // 2
        known.need(2 * m, repr(self))
        at = known.exactly().distinct()
        step = float(at.t[-1] / (at.t.size - 1))  # gaps of about 1: powers of them stay near 1
        parts = Penalized.at(at.t / step, m)
        unit = step ** (2 * m - 1)
        penalty = self._chosen(parts, at.y) if isinstance(self.penalty, str) else self.penalty / unit
        smooth, _ = parts.fitted(at.y, penalty)
        v = natural(at.t, smooth, m)
        index, off = np.arange(at.t.size), float(np.abs(smooth - at.y).max())
        condition, said = overshoot(known, at, v, index, 2.0 * off, repr(self))
        figures = {"residual": off, "penalty": penalty * unit, "condition": condition}
        return Solution(covered_by(known, at, v, index), figures, said)

    def _chosen(self, parts: Penalized, y: FloatArray) -> float:
        from scipy.optimize import minimize_scalar

        scale = parts.scale()
        low, high = (math.log(scale * x) for x in RANGE)
        grid = np.linspace(low, high, 24)
        score = [math.log(max(parts.fitted(y, math.exp(x))[1], 1e-300)) for x in grid]
        best = int(np.argmin(score))
        around = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
        found = minimize_scalar(
            lambda x: math.log(max(parts.fitted(y, math.exp(x))[1], 1e-300)),
            bounds=around, method="bounded", options={"xatol": 0.05},
        )  # fmt: skip
        return math.exp(float(found.x))

    def _condition(self, known: Known) -> Condition:
        return consistency(known)


def natural(t: FloatArray, y: FloatArray, m: int) -> FloatArray:
    """The natural spline of degree 2 m - 1: derivatives m to 2 m - 2 vanish at both ends."""
    from scipy.interpolate import make_interp_spline

    ends = [(order, 0.0) for order in range(m, 2 * m - 1)]
    s = make_interp_spline(t, y, k=2 * m - 1, bc_type=(ends, ends))
    return power_pieces(s.t, s.c, 2 * m - 1)
