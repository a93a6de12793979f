r"""Sparse jumps: the piecewise constant signal with as few jumps as explain the spikes, located between them.

A constant level a sends equal charges over equal gaps, so its mean rates (see Linear) are equal. A gap with one jump
in it, from a to b at tau, has a rate in between, and its charge q tells where:

    q = a (tau - s) + b (t - tau)                                                        alpha = 0,   gap from s to t
    exp(-alpha (t - tau)) = (alpha q - b + a exp(-alpha (t - s))) / (a - b)              alpha > 0

Plateaus are runs of two or more gaps of equal rate. A single gap between two plateaus holds the jump; where that
gives no tau within the gap, and where several gaps lie between plateaus, their mean rates stay as they are.

Condition. Exact if every piece of f holds two whole gaps, so that its level shows twice; then jumps and levels are
those of f, to the precision of the times. A piece too short or too weak to send spikes of its own is not seen; the
decoder says what explains the spikes with the fewest jumps. It is the l0 counterpart of the taut string, which needs
no exact times (theory S7: integrate-and-fire itself is sparse in the same sense, with pulses in place of jumps).

Source: spikemath; for pulses in place of jumps R. Alexandru, P. L. Dragotti, "Reconstructing classes of non-bandlimited
signals from time encoded information" (2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikemath.decoders._base import HOLDS, UNKNOWN, Condition, Decoder, Solution
from spikemath.decoders._fourier import charges, effective
from spikemath.decoders._known import Known
from spikemath.signals import Signal
from spikemath.signals.axis import _two_sum
from spikemath.signals.checks import FloatArray, positive


@dataclass(frozen=True)
class SparseJumps(Decoder):
    """The piecewise constant signal with the fewest jumps that has these spikes.

    Parameters
    ----------
    tolerance : float
        Charges count as equal within this part of the threshold, > 0.

    Raises
    ------
    ValueError
        Send-on-delta: there Hold is the piecewise constant decoder.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> g = sm.gallery.PiecewiseConstant([0.0, 1.1, 2.3, 4.0], [1.0, -2.0, 0.5])
    >>> found = sm.decoders.SparseJumps()(sm.IF(0.125).encode(g.signal()))
    >>> found
    Signal(3 pieces of degree 0 on [0, 4])
    >>> bool(abs(found.derivative().times - g.knots[:-1]).max() < 1e-12)
    True
    """

    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", positive(self.tolerance, "tolerance"))

    def _solve(self, known: Known) -> Solution:
        known.need_level("SparseJumps()")
        if known.sampled:
            raise ValueError("SparseJumps() is for integrate-and-fire; for send-on-delta use Hold()")
        known.need(2, "SparseJumps()")
        starts, levels, _ = self._explained(known)
        return Solution(_signal(known, starts, levels))

    def _plateaus(self, rates: FloatArray, sizes: FloatArray, threshold: float) -> list[tuple[int, int]]:
        """First and last gap of each run of two or more rates that are equal, to a part of the threshold."""
        near = np.abs(np.diff(rates)) * np.minimum(sizes[1:], sizes[:-1]) <= self.tolerance * threshold
        edge = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(np.int8)))
        return [(int(a), int(b)) for a, b in zip(edge[::2], edge[1::2], strict=True)]

    def _explained(self, known: Known) -> tuple[list[tuple[int, float]], list[float], int]:
        """Starts of the pieces, as (instant, time after it), levels, and how many gaps kept their own rate."""
        keep, gaps, q, _ = charges(known)
        sizes = effective(known.alpha, gaps)
        rates = q / sizes
        runs = self._plateaus(rates, sizes, known.threshold)
        means = [float(np.average(rates[a : b + 1], weights=gaps[a : b + 1])) for a, b in runs]
        starts: list[tuple[int, float]] = []
        levels: list[float] = []
        done = alone = 0
        for j, (a, b) in enumerate(runs):
            tau = None
            if a - done == 1 and j and abs(means[j] - means[j - 1]) * sizes[done] > self.tolerance * known.threshold:
                tau = jump(means[j - 1], means[j], q[done], gaps[done], known.alpha)
            if tau is None:
                starts += [(int(keep[i]), 0.0) for i in range(done, a + 1)]
                levels += [float(r) for r in rates[done:a]]
                alone += a - done
            else:
                starts.append((int(keep[done]), tau))
            levels.append(means[j])
            done = b + 1
        starts += [(int(keep[i]), 0.0) for i in range(done, rates.size)]
        levels += [float(r) for r in rates[done:]]
        return starts, levels, alone + rates.size - done

    def _condition(self, known: Known) -> Condition:
        sentence = "every gap is in a plateau of two or more, or holds one jump from a plateau to the next"
        if known.sampled or known.loose or int(known.exact.sum()) < 2:
            return Condition("plateaus", UNKNOWN, sentence)
        alone = self._explained(known)[2]
        return Condition("plateaus", UNKNOWN if alone else HOLDS, sentence, float(alone), 0.0)


def jump(a: float, b: float, q: float, gap: float, alpha: float) -> float | None:
    """The time after the start of the gap at which the level jumps from a to b, if it is within the gap."""
    if alpha == 0.0:
        tau = (q - b * gap) / (a - b)
    else:
        decay = (alpha * q - b + a * math.exp(-alpha * gap)) / (a - b)
        if not decay > 0.0:
            return None
        tau = gap + math.log(decay) / alpha
    return float(tau) if -1e-9 * gap <= tau <= gap * (1.0 + 1e-9) else None


def _signal(known: Known, starts: list[tuple[int, float]], levels: list[float]) -> Signal:
    """Constants from each start to the next, and to both ends of the domain."""
    at = np.array([i for i, _ in starts])
    after = np.array([tau for _, tau in starts]) * float(known.train._axis.rate)
    hi, lo = _two_sum(known.hi[at], known.lo[at] + after)
    first, last = known.train._start, known.train._end
    hi, lo = np.append(hi, last[0]), np.append(lo, last[1])
    hi[0], lo[0] = first
    inside = np.concatenate([[True], (hi[1:] > hi[:-1]) | ((hi[1:] == hi[:-1]) & (lo[1:] > lo[:-1]))])
    return known.pieces(np.array(levels)[inside[1:]][None], hi[inside], lo[inside])
