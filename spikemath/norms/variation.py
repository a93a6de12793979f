"""Total and truncated variation of a measure, that is, of its primitive F (with F(t0-) = 0).

    TV(f) = int |f| dt + sum |a_i|
    TV^c(f) = sup over t_0 < t_1 < ... of  sum max(|F(t_(i+1)) - F(t_i)| - c, 0)

The truncated variation of the primitive is what integrate-and-fire emits on average over lattice offsets (Lochowski,
"On truncated variation of Brownian motion with drift", 2008, and later work; theory S6). It is computed over the
local extrema of F by a dynamic programme: T = best sum so far, P = max(T - F), M = max(T + F) over possible last
points,

    T <- max(T, P + F - c, M - F - c)

in double-double arithmetic, rounded once at the end.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._numeric.dd import add
from spikemath._numeric.interior import sign_changes
from spikemath._numeric.jit import compiled
from spikemath.norms._extremes import measure
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray, nonnegative
from spikemath.signals.many import channels
from spikemath.signals.sweep import boundaries, evaluate_inside


def total_variation(f: Any) -> Any:
    """Total variation of the measure: int |f| dt + sum of |pulses|.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure.

    Returns
    -------
    float, or numpy.ndarray with one value per channel

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.total_variation(sm.Signal.from_samples([1.0, -2.0], fs=1.0) + sm.SpikeTrain([0.5], [4.0]))
    7.0
    """
    return truncated_variation(f, 0.0)


def truncated_variation(f: Any, c: float) -> Any:
    """Truncated variation of the primitive: what is left of the total variation when moves up to c are free.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure; its primitive starts at 0 before t0.
    c : float
        Truncation, >= 0; c = 0 gives the total variation.

    Returns
    -------
    float, or numpy.ndarray with one value per channel

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.truncated_variation(sm.SpikeTrain([0.0, 1.0, 2.0], [1.0, -0.25, 1.0]), 0.5)
    1.25
    """
    level = nonnegative(c, "c")
    members = channels(f)
    if members is not None:
        return np.array([truncated_variation(m, level) for m in members])
    cells = Cells(measure(f))
    rate = cells.rate
    cells.scale_to(max(cells.size(), level * float(rate)))
    factor = Fraction(2) ** cells.power
    ch, cl = _pair(Fraction(level) * rate / factor)
    state = np.zeros(8)
    for b in boundaries(cells, 0.0):
        left = np.stack([b.left_hi, b.left_lo], axis=1)
        right = np.stack([b.right_hi, b.right_lo], axis=1)
        path = np.stack([left, right], axis=1).reshape(-1, 2)
        if cells.degree >= 1:
            path = _with_extrema(cells, b, path)
        truncate(state, np.ascontiguousarray(path[:, 0]), np.ascontiguousarray(path[:, 1]), ch, cl)
    total = (Fraction(float(state[0])) + Fraction(float(state[1]))) / rate * factor
    return float(total)


def _with_extrema(cells: Cells, b: Any, path: FloatArray) -> FloatArray:
    """Insert the interior extrema of F into the path of boundary values."""
    q, h = b.block.density_hi, b.block.length_hi
    reach, power = np.zeros(h.size), np.ones(h.size)
    for row in q[1:]:
        power = power * h * 1.0000001
        reach += np.abs(row) * power
    turning = np.nonzero((np.abs(q[0]) <= reach * 1.0000001) & (h > 0.0) & (reach > 0.0))[0]
    rows, at = [], []
    for i in turning:
        spots = sign_changes(
            cells.density(b.first + int(i)), cells.start(b.first + int(i) + 1) - cells.start(b.first + int(i))
        )
        if spots:
            offsets = np.array([_pair(s) for s in spots])
            start = np.repeat([[b.right_hi[i], b.right_lo[i]]], len(spots), axis=0)
            repeat = [int(i)] * len(spots)
            rows.append(evaluate_inside(0.0, cells.rate, start, offsets, q[:, repeat], b.block.density_lo[:, repeat]))
            at += [2 * int(i) + 2] * len(spots)
    return np.insert(path, at, np.vstack(rows), axis=0) if rows else path


def _truncate(state, f_hi, f_lo, c_hi, c_lo):
    """One stretch of the path; state: T, P = max(T - F), M = max(T + F) as pairs."""
    th, tl, ph, pl, mh, ml = state[0], state[1], state[2], state[3], state[4], state[5]
    for i in range(f_hi.size):
        uh, ul = add(f_hi[i], f_lo[i], -c_hi, -c_lo)
        uh, ul = add(ph, pl, uh, ul)
        vh, vl = add(-f_hi[i], -f_lo[i], -c_hi, -c_lo)
        vh, vl = add(mh, ml, vh, vl)
        if uh > th or (uh == th and ul > tl):
            th, tl = uh, ul
        if vh > th or (vh == th and vl > tl):
            th, tl = vh, vl
        uh, ul = add(th, tl, -f_hi[i], -f_lo[i])
        if uh > ph or (uh == ph and ul > pl):
            ph, pl = uh, ul
        vh, vl = add(th, tl, f_hi[i], f_lo[i])
        if vh > mh or (vh == mh and vl > ml):
            mh, ml = vh, vl
    state[0], state[1], state[2], state[3], state[4], state[5] = th, tl, ph, pl, mh, ml


truncate = compiled(_truncate)


def _pair(x: Fraction) -> tuple[float, float]:
    hi = float(x)
    return hi, (float(x - Fraction(hi)) if math.isfinite(hi) else 0.0)
