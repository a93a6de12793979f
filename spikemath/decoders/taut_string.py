r"""Taut string: of all signals in the Alexiewicz ball around the spikes, the one of least total variation, in O(n).

    minimize  TV(f)     subject to     |int_[t0,t] f - W(t)| <= r   for all t,       W the sum of the spikes,  r =
    radius * theta

W is a staircase, so the primitive F runs through a tube with a gate at every spike, where the tubes of both steps
overlap:

    F(t_i) in [max(W_(i-1), W_i) - r,  min(W_(i-1), W_i) + r],        F(t0) = 0,     F(t1) in [W_n - r, W_n + r]

and is a polygon with bends at gates only; f is its slope. A string pulled tight through the gates bends only where it
has to, which makes the variation of the slope as small as it can be (Davies and Kovac 2001; Grasmair 2007). The
funnel holds, from the last bend on, the convex minorant of the upper ends and the concave majorant of the lower ends;
when they cross, the bend moves on. Each gate enters and leaves both once. The last stretch is free at its end: it
keeps the slope before it as far as the gates allow.

The times of spikes are used as gates only, not as F(t_i) = W_i. So this is the decoder for lost timing (rounded or
jittered spikes) and for piecewise constant f; for smooth f and exact times it throws away what Spline or Bandlimited
use. For send-on-delta the string is the signal itself, from the value at the first spike on.

Condition. With reset to modulo, no leak and no refractory time the signal that was encoded is in the ball of radius 1.

Source: P. L. Davies, A. Kovac, "Local extremes, runs, strings and multiresolution", Ann. Statist. 29 (2001); M.
Grasmair, "The equivalence of the taut string algorithm and BV-regularization", J. Math. Imaging Vis. 27 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import in_tube
from spikemath.signals.checks import FloatArray, positive


@dataclass(frozen=True)
class TautString(Decoder):
    """The signal of least total variation in the Alexiewicz ball around the spikes.

    Parameters
    ----------
    radius : float
        Radius of the ball in thresholds, > 0. 1: all that the spikes say without their times. More for spikes that
        also moved by rounding or jitter.

    Raises
    ------
    ValueError
        A leak: the ball of the leaky norm is no tube for the primitive. A pulse that does not fit the tube.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 1.0, -1.0, -1.0], fs=1.0)
    >>> g = sm.decoders.TautString()(sm.IF(0.25).encode(f))
    >>> g
    Signal(3 pieces of degree 0 on [0, 4])
    >>> sm.alexiewicz_norm(g - f) <= 2 * 0.25
    True
    """

    radius: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", positive(self.radius, "radius"))

    def _solve(self, known: Known) -> Solution:
        known.need_level("TautString()")
        if known.alpha > 0.0:
            raise ValueError(f"TautString() needs spikes of a neuron without leak, got alpha = {known.alpha!r}")
        known.need(1, "TautString()")
        t, low, high, start = gates(known, self.radius * known.threshold)
        index, values = string(t, low, high, start)
        knots = known.only(index)
        slopes = np.diff(values) / knots.gaps
        f = np.stack([values[:-1], slopes]) if known.sampled else slopes[None]
        bound = (1.0 + self.radius) * known.threshold if self._condition(known) else None
        return Solution(known.pieces(f, knots.hi, knots.lo), {"bound": bound})

    def _condition(self, known: Known) -> Condition:
        fits = in_tube(known) and known.alpha == 0.0 and self.radius >= 1.0
        sentence = "the signal that was encoded is in the ball around its spikes"
        return Condition("tube", "holds" if fits else "unknown", sentence, 1.0, self.radius)


def gates(known: Known, radius: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Instants, lower and upper ends of the gates there, and where the string starts."""
    assert known.train._counts is not None
    total = np.cumsum(known.train._counts) * known.threshold
    w = np.zeros(known.t.size)
    w[known.spike] = total
    if not known.spike[-1] and total.size:
        w[-1] = total[-1]
    if known.bias:
        w -= known.bias if known.sampled else known.bias * known.t
    before = np.concatenate([w[:1], w[:-1]])
    if known.bias and not known.sampled:  # the staircase falls between its steps, too
        before[1:] -= known.bias * known.gaps
    low, high = np.maximum(before, w) - radius, np.minimum(before, w) + radius
    if known.sampled:
        start = float(w[1]) if not known.spike[0] and w.size > 2 else float(w[0])
        low[0], high[0] = start, start
        return known.t, low, high, start
    if known.spike[0] and abs(w[0]) > radius:
        raise ValueError("a spike at t0 answers a pulse that does not fit the tube: TautString() makes no pulses")
    for i in np.flatnonzero(low > high)[:1]:
        raise ValueError(
            f"the spike at {float(known.t[i])!r} after the start answers a pulse of more than twice the radius: "
            "TautString() makes no pulses"
        )
    low[0] = high[0] = 0.0
    return known.t, low, high, 0.0


def string(t: Any, low: Any, high: Any, start: Any) -> tuple[Any, Any]:
    """Indices of the bends and the ends, and the values of the string there."""
    n = t.size
    up, down = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    index, values = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=t.dtype)
    run = funnel.python if t.dtype == object else funnel
    count = run(t, low, high, start, up, down, index, values)
    return index[:count], values[:count]


def _funnel(t, low, high, start, up, down, index, values):  # type: ignore[no-untyped-def]
    """Bends of the taut string from (t[0], start) through the gates; the chains are up[a:b] and down[c:d]."""
    n = t.size
    index[0], values[0], count = 0, start, 1
    at, x = 0, start  # the last bend
    a = b = c = d = 0
    for m in range(1, n):
        # the upper end joins the convex minorant
        while b > a:
            p, y = (up[b - 2], high[up[b - 2]]) if b - a > 1 else (at, x)
            last = up[b - 1]
            if (high[m] - high[last]) * (t[last] - t[p]) > (high[last] - y) * (t[m] - t[last]):
                break
            b -= 1
        if a == b:
            while d > c and (high[m] - x) * (t[down[c]] - t[at]) < (low[down[c]] - x) * (t[m] - t[at]):
                at, x = down[c], low[down[c]]
                c += 1
                index[count], values[count] = at, x
                count += 1
        up[b] = m
        b += 1
        # the lower end joins the concave majorant
        while d > c:
            p, y = (down[d - 2], low[down[d - 2]]) if d - c > 1 else (at, x)
            last = down[d - 1]
            if (low[m] - low[last]) * (t[last] - t[p]) < (low[last] - y) * (t[m] - t[last]):
                break
            d -= 1
        if c == d:
            while b > a and (low[m] - x) * (t[up[a]] - t[at]) > (high[up[a]] - x) * (t[m] - t[at]):
                at, x = up[a], high[up[a]]
                a += 1
                index[count], values[count] = at, x
                count += 1
        down[d] = m
        d += 1
    if n > 1 and at < n - 1:
        most, least = (high[up[a]] - x) / (t[up[a]] - t[at]), (low[down[c]] - x) / (t[down[c]] - t[at])
        if count > 1:
            slope = (x - values[count - 2]) / (t[at] - t[index[count - 2]])
        else:
            slope = ((low[n - 1] + high[n - 1]) / 2 - x) / (t[n - 1] - t[at])
        slope = min(max(slope, least), most)
        index[count], values[count] = n - 1, x + slope * (t[n - 1] - t[at])
        count += 1
    return count


funnel = compiled(_funnel)
