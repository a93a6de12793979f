r"""Rate: the firing rate, one threshold per gap, joined by straight lines.

    c_i = the constant signal that explains spike i (`Linear`; alpha = 0: w_i / gap),   at the middle of its gap

What rate coding reads, and the only decoder here that needs neither a level of v nor its past: it looks at one gap at a
time, so it goes on where reset to zero has lost charge. Second order in the gap at best: 20 dB or so at 2.5 spikes per
Nyquist interval. It does not re-encode consistently.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikemath.decoders._base import FAILS, HOLDS, UNKNOWN, Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import constants, covered
from spikemath.signals.axis import _two_sum


@dataclass(frozen=True)
class Rate(Decoder):
    """The firing rate: for IF and LIF the mean of each gap, at its middle, joined by straight lines.

    Raises
    ------
    ValueError
        Spikes of send-on-delta, which carry changes and no rate; fewer than two gaps.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 3.0], fs=1.0, hold="linear")
    >>> decoded = sm.decoders.Rate()(sm.IF(0.02).encode(f))
    >>> bool(abs(decoded(0.5) - 2.0) < 1e-3)
    True
    """

    def _solve(self, known: Known) -> Solution:
        if known.sampled:
            raise ValueError("Rate() is for IF and LIF: the spikes of send-on-delta carry changes, no rate")
        at = known if known.loose else known.exactly()
        good = np.flatnonzero(at.exact[1:] & (at.exact[:-1] | known.loose))
        if good.size == 0:
            raise ValueError(f"too few spikes: Rate() needs a gap, {known.spikes} spikes give none")
        c = constants(at)[good]
        hi, lo, gap = at.hi, at.lo, at.gaps
        rate = float(known.train._axis.rate)
        middle = hi[good] + 0.5 * gap[good] * rate
        rest = (hi[good] - middle) + 0.5 * gap[good] * rate + lo[good]
        between = (np.diff(middle) + np.diff(rest)) / rate
        f = np.stack([c[:-1], np.diff(c) / between])
        middle, rest = _two_sum(middle, rest)
        knots = at.at(middle, rest, at.t[good] + 0.5 * gap[good])
        return Solution(covered(known, knots, f, float(c[0]), float(c[-1])))

    def _condition(self, known: Known) -> Condition:
        statement = "every gap between spikes carries one charge"
        if known.spikes < 2:
            return Condition("gaps", FAILS, statement, float(known.spikes), 2.0)
        missing = int((known.spike & ~known.exact).sum())
        return Condition("gaps", UNKNOWN if missing or known.warnings else HOLDS, statement, float(known.spikes), 2.0)
