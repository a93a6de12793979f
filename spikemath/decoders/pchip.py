r"""Pchip: the monotone cubic through the known values, which never leaves the tube between two of them.

    s(t_i) = y_i,   s cubic on each gap, s' by the weighted harmonic mean of the neighbouring slopes (0 at a turn)

s is monotone wherever the samples are, so between two spikes it stays between their values: it does not overshoot as a
spline may, and for alpha = 0 it re-encodes consistently. f = s' + alpha s is continuous; a signal that never changes
sign is decoded to one that does not either (alpha = 0). Accuracy is of second order.

Source: F. N. Fritsch, J. Butland, "A method for constructing local monotone piecewise cubic interpolants" (1984).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import consistency, covered_by, in_tube, outward, started


@dataclass(frozen=True)
class Pchip(Decoder):
    """The monotone cubic through the known values: no overshoot, for send-on-delta above all.

    Raises
    ------
    ValueError
        Fewer than two known values.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.Signal.from_samples([0.0, 1.0, 1.0, 0.0], fs=1.0, hold="linear")
    >>> decoded = sm.decoders.Pchip()(sm.SendOnDelta(0.25).encode(g))
    >>> bool(abs(decoded(0.6) - 0.6) < 0.01), bool(decoded(1.5) <= 1.0)
    (True, True)
    """

    def _solve(self, known: Known) -> Solution:
        from scipy.interpolate import PchipInterpolator

        known.need_level("Pchip()")
        known.need(2, "Pchip()")
        at = outward(started(known).distinct())
        v = np.ascontiguousarray(PchipInterpolator(at.t, at.y).c[::-1])
        bound = 2.0 * known.threshold if known.sampled and in_tube(known) and self._condition(known) else None
        return Solution(covered_by(known, at, v, np.arange(at.t.size)), {"bound": bound})

    def _condition(self, known: Known) -> Condition:
        return consistency(known)
