r"""Linear: straight lines between known values; for IF and LIF the piecewise constant signal with these spikes.

Send-on-delta: g is the polygon through the samples (t_i, g(t_i)). Its error is below two thresholds, not one (theory
D2-linear). IF and LIF: f is constant between known instants, and that constant is what takes v from y_(i-1) to y_i:

    c_i = (y_i - exp(-alpha d_i) y_(i-1)) * alpha / (1 - exp(-alpha d_i)),       alpha = 0:  c_i = (y_i - y_(i-1)) / d_i

Then v is monotone on each piece, so the operator sends the same spikes for it: the decoding is consistent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import consistency, constants, covered, in_tube, outward, started


@dataclass(frozen=True)
class Linear(Decoder):
    """Straight lines (send-on-delta), or the constant between two spikes that explains the later one (IF, LIF).

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 3.0, -2.0], fs=1.0)
    >>> enc = sm.LIF(0.125, alpha=0.5).encode(f)
    >>> abs(sm.decoders.Linear()(enc)(0.3) - 1.0) < 1e-12
    True
    """

    def _solve(self, known: Known) -> Solution:
        known.need_level("Linear()")
        if known.sampled:
            known.need(1, "Linear()")
            at = outward(started(known))
            v = np.stack([at.y[:-1], np.diff(at.y) / at.gaps])
            bound = 2.0 * known.threshold if in_tube(known) and self._condition(known) else None
            return Solution(covered(known, at, v, at.y[0], at.y[-1]), {"bound": bound})
        known.need(2, "Linear()")
        at = outward(known.exactly())
        c = constants(at)
        return Solution(covered(known, at, c[None], c[0], c[-1]))

    def _condition(self, known: Known) -> Condition:
        return consistency(known)
