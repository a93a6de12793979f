r"""Completed crossings: what integrate-and-fire counts, without integrate-and-fire.

    n_k = number of completed crossings of the band [(k-1) theta + h, k theta + h] by the primitive F, F(t0-) = 0

A crossing is completed when F, having been at or beyond one end of the band, is at or beyond the other. For h = 0

    ||IF_modulo(f)||_1 = theta * sum_k n_k,        mean over h in [0, theta] of  theta * sum_k n_k  =  TV^theta(F),

the truncated variation; moreover TV^(2 theta)(F) <= ||IF(f)||_1 <= theta / (theta - c) TV^c(F) for 0 <= c < theta.

Each band is followed by itself: where F passes a point with (F - h)/theta in [low, high], low = floor, high = ceil, the
bands k <= low are above and those k > high are below. Bands between two neighbouring levels that occur behave alike
and are counted together. Only knots and turning points of F matter. They are rationals, but for an irrational turning
point in a piece of degree 2 or more, which is enclosed. Limits from the left count, as they do for the encoders.

Source: Lochowski's truncated variation; the link to integrate-and-fire is new (theory S6).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

from spikemath._numeric.interior import sign_changes
from spikemath.signals.cells import Cells
from spikemath.signals.checks import positive, real_number
from spikemath.signals.many import channels
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain

Level = tuple[int, int]  # low, high: bands k <= low have their lower part behind them, bands k > high their upper part


def crossing_count(f: Any, threshold: float, offset: float = 0.0) -> Any:
    """Completed crossings of the bands of a lattice by the primitive of f, summed over all bands.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure; its primitive starts at 0 before t0.
    threshold : float
        Width of the bands, > 0.
    offset : float
        Shift of the lattice. A band that has 0 inside completes its first crossing only after F has been at one end.

    Returns
    -------
    int, or a list with one number per channel

    Raises
    ------
    ArithmeticError
        An irrational turning point of F is closer to the lattice than can be told.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.sparsity import crossing_count
    >>> f = sm.SpikeTrain([0.0, 1.0, 2.0], [2.5, -2.25, 1.0])
    >>> crossing_count(f, 1.0), sm.IF(1.0)(f).counts
    (3, array([ 2, -1]))
    """
    theta, shift = Fraction(positive(threshold, "threshold")), Fraction(real_number(offset, "offset"))
    members = channels(f)
    if members is not None:
        return [_count(_levels(member, theta, shift)) for member in members]
    return _count(_levels(f, theta, shift))


def crossings_of_values(values: list[Fraction], threshold: Fraction, offset: Fraction = Fraction(0)) -> int:
    """The same for a primitive that jumps from 0 through the given values; offset and all numbers rational."""
    return _count([_level((v - offset) / threshold) for v in [Fraction(0), *values]])


def exact_truncated_variation(values: list[Fraction], c: Fraction) -> Fraction:
    """sup sum max(|F(t_(i+1)) - F(t_i)| - c, 0) of a primitive that jumps from 0 through the given values."""
    best, minus, plus = Fraction(0), Fraction(0), Fraction(0)  # T, max (T - F), max (T + F)
    for v in values:
        best = max(best, minus + v - c, plus - v - c)
        minus, plus = max(minus, best - v), max(plus, best + v)
    return best


def _level(x: Fraction) -> Level:
    return floor(x), ceil(x)


def _count(path: list[Level]) -> int:
    marks = sorted({low + 1 for low, _ in path} | {high + 1 for _, high in path})
    total = 0
    for k, after in pairwise(marks):  # bands k, ..., after - 1 behave alike
        total += (after - k) * _flips(path, k)
    return total  # bands below and above all marks are passed by no point


def _flips(path: list[Level], k: int) -> int:
    above, flips = None, 0
    for low, high in path:
        now = True if k <= low else False if k > high else None
        if now is not None:
            flips += above is not None and now != above
            above = now
    return flips


def _levels(f: Any, theta: Fraction, shift: Fraction) -> list[Level]:
    """Levels of the primitive at its turning points."""
    if not isinstance(f, Signal | SpikeTrain):
        raise TypeError(f"f must be a Signal or a SpikeTrain, got {type(f).__name__}")
    cells = Cells(f)
    scale = cells.rate * theta
    value = -shift / theta
    path = [_level(value)]
    for j in range(cells.n + 1):
        if pulse := cells.pulse_weight(j):
            value += pulse / scale
            path.append(_level(value))
        if j < cells.n and any(q := cells.density(j)):
            length = cells.start(j + 1) - cells.start(j)
            path += [_turning(value, q, turn, length, scale) for turn in _turns(q, length)]
            value += _integral(q, length) / scale
            path.append(_level(value))  # a limit from the left counts, as it does for the encoders
    return path


def _turns(q: list[Fraction], length: Fraction) -> list[Fraction]:
    if len(q) > 1 and q[1] and not any(q[2:]):
        root = -q[0] / q[1]
        return [root] if 0 < root < length else []
    return sign_changes(q, length)


def _turning(value: Fraction, q: list[Fraction], turn: Fraction, length: Fraction, scale: Fraction) -> Level:
    there = value + _integral(q, turn) / scale
    slope = abs(_value(q, turn))
    if slope == 0:
        return _level(there)
    width = length / 2**140  # turning points are known to 2^-150 of the length or better
    bend = _value([i * abs(c) for i, c in enumerate(q)][1:], length)
    error = (slope + bend * width) * width / scale
    low, high = _level(there - error), _level(there + error)
    if low != high:
        raise ArithmeticError("a turning point of the primitive is too close to a multiple of the threshold to tell")
    return low


def _integral(q: list[Fraction], s: Fraction) -> Fraction:
    return s * _value([c / (i + 1) for i, c in enumerate(q)], s)


def _value(q: list[Fraction], s: Fraction) -> Fraction:
    total = Fraction(0)
    for c in reversed(q):
        total = total * s + c
    return total
