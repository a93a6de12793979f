"""Curves that several decoders make: constants between known instants, and pieces continued to the ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.decoders._base import FAILS, HOLDS, UNKNOWN, Condition
from spikemath.decoders._known import Known
from spikemath.signals import Signal
from spikemath.signals.checks import FloatArray


def constants(at: Known) -> FloatArray:
    """The constant signal between neighbouring instants that takes v from one value to the next."""
    if at.alpha == 0.0:
        return np.asarray(np.diff(at.y) / at.gaps)
    lost = -np.expm1(-at.alpha * at.gaps)
    return np.asarray((np.diff(at.y) / lost + at.y[:-1]) * at.alpha)


OUTWARD = 2.0**-33
LONG = 12.0  # time constants in which a constant signal brings v within 1e-5 of where it stays


def outward(at: Known) -> Known:
    """Values at which v turns moved outward by 2^-33 of a threshold.

    Where a decoded v turns just at a spike, its crossing is a tie, and rounding would lose the spike.
    """
    way = np.sign((np.diff(at.y) / at.gaps) if at.sampled else constants(at) + at.bias)
    turns = np.zeros(at.t.size)
    turns[1:-1] = np.where((way[1:] != way[:-1]) & at.spike[1:-1], way[:-1], 0.0)
    if way.size and at.spike[-1]:  # after the last spike nothing is known, and the curve may stop there
        turns[-1] = way[-1]
    return replace(at, y=at.y + turns * (OUTWARD * at.threshold))


def started(known: Known) -> Known:
    """For send-on-delta the value at t0 too: the sum of the spikes there, which is within one threshold of it."""
    exact = known.exact.copy()
    exact[0] |= known.sampled
    y = known.y.copy()
    if known.sampled and known.spike[0]:
        y[0] += np.sign(y[0] + known.bias) * OUTWARD * known.threshold  # a count times the threshold is no double
    return replace(known, exact=exact, y=y).exactly()


def covered(known: Known, at: Known, f: FloatArray, first: float, last: float) -> Signal:
    """Pieces f (degree + 1, m - 1) between the m instants of ``at``, and constants from there to the ends."""
    hi, lo = at.hi, at.lo
    sides: list[FloatArray] = [f]
    if (hi[0], lo[0]) != (known.hi[0], known.lo[0]):
        hi, lo = np.insert(hi, 0, known.hi[0]), np.insert(lo, 0, known.lo[0])
        sides.insert(0, _constant(first, f.shape[0]))
    if (hi[-1], lo[-1]) != (known.hi[-1], known.lo[-1]):
        hi, lo = np.append(hi, known.hi[-1]), np.append(lo, known.lo[-1])
        sides.append(_constant(_quiet(known, float(known.t[-1] - at.t[-1]), last), f.shape[0]))
    return known.pieces(np.hstack(sides), hi, lo)


def covered_by(known: Known, at: Known, v: FloatArray, index: NDArray[np.int64]) -> Signal:
    """The signal of a piecewise polynomial v whose knots are some of the instants of ``at``, continued by constants."""
    f = known.density(v)
    knots = at.only(index)
    h = knots.gaps[-1]
    last = f[-1, -1]
    for row in f[-2::-1]:
        last = last * h + row[-1]
    return covered(known, knots, f, float(f[0, 0]), float(last))


def _quiet(known: Known, rest: float, value: float) -> float:
    """The constant for what is left of the domain after the last known instant, small enough to send no spike."""
    if known.sampled or rest <= 0.0:
        return value
    a = known.alpha
    most = known.threshold * (1.0 - 1e-6) * (a / -np.expm1(-a * rest) if a else 1.0 / rest)
    return float(np.clip(value + known.bias, -most, most) - known.bias)


def _constant(value: float, rows: int) -> FloatArray:
    out = np.zeros((rows, 1))
    out[0] = value
    return out


def in_tube(known: Known) -> bool:
    """Whether v is within one threshold of the sum of the spikes, whatever was encoded."""
    op = known.operator
    return op.reset == "modulo" and op.bipolar and op.refractory == 0.0 and op.arithmetic == "exact"


def consistency(known: Known) -> Condition:
    """Whether v is known at every spike, so that a curve through the known values is one that could have sent them."""
    missing = int((known.spike & ~known.exact).sum())
    numbers = (("spikes without a value", float(missing)),)
    statement = "the leaky integral is known exactly at every spike"
    if known.loose:
        return Condition("consistency", FAILS, "the level of the leaky integral was lost", numbers=numbers)
    if missing == 1 and known.sampled and known.spike[0]:  # the jump to g(t0) with which send-on-delta begins
        missing, statement = 0, statement + " but at t0"
    if missing or known.warnings:
        return Condition("consistency", FAILS if missing else UNKNOWN, statement, numbers=numbers)
    longest = known.alpha * float(known.gaps.max(initial=0.0))
    if longest > LONG:
        statement = "no gap lasts so many time constants that the time of the next spike depends on rounding"
        return Condition("consistency", UNKNOWN, statement, longest, LONG, numbers)
    return Condition("consistency", HOLDS, statement, numbers=numbers)


def beyond_the_tube(at: Known, v: FloatArray, index: NDArray[np.int64]) -> float:
    """How far a piecewise polynomial v gets from the sum of the spikes between two of them, less one threshold.

    Above 0 the curve is none that could have sent these spikes. Looked at in three points of each gap.
    """
    gap = np.arange(at.t.size - 1)
    piece = np.minimum(np.searchsorted(index, gap, side="right") - 1, v.shape[1] - 1)
    if piece.size != v.shape[1]:
        v = v[:, piece]
    y, h, before = at.y[:-1], at.gaps, at.t[:-1] - at.t[index[piece]]
    worst = 0.0
    for u in (0.25, 0.5, 0.75):
        tau, here = u * h, before + u * h
        value = v[-1]
        for row in v[-2::-1]:
            value = value * here + row
        if at.sampled:
            apart = value - y
        elif at.alpha:
            apart = value - y * np.exp(-at.alpha * tau) - np.expm1(-at.alpha * tau) * (at.bias / at.alpha)
        else:
            apart = value - y + at.bias * tau
        worst = max(worst, float(np.abs(apart).max(initial=0.0)))
    return worst - at.threshold


def overshoot(known: Known, at: Known, v: FloatArray, index: NDArray[np.int64], slack: float, who: str) -> Any:
    """The condition as it stands once the curve is known, and what is to be said of a curve that leaves the tube."""
    found = consistency(known)
    op = known.operator
    if not found or op.refractory > 0.0 or not op.bipolar:
        return found, ()
    excess = beyond_the_tube(at, v, index)
    if excess <= slack + 1e-9 * known.threshold:
        return found, ()
    said = (
        f"{who} overshoots: between two spikes it gets {excess / known.threshold:.2g} thresholds further than the "
        "spikes allow and is certainly wrong there; take a smaller degree, Pchip() or Linear(), or a smaller threshold"
    )
    statement = "the curve stays within one threshold of the sum of the spikes"
    return Condition("consistency", FAILS, statement, excess + known.threshold, known.threshold), (said,)
