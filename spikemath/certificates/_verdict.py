"""From an enclosure of the norm to verdict, margin and outward-rounded floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from spikemath.certificates.certificate import FAILS, HOLDS, UNDECIDED
from spikemath.signals.axis import floor_float


class Enclosure(NamedTuple):
    """The norm between two rationals (None: nothing is known above), where it is taken, and how it was found."""

    lower: Fraction
    upper: Fraction | None
    time: float
    side: str
    bits: int


def judged(e: Enclosure, threshold: Fraction, strict: bool) -> str:
    """The verdict on ``norm < threshold`` or ``norm <= threshold``."""
    if e.upper is not None and (e.upper < threshold or (not strict and e.upper <= threshold)):
        return HOLDS
    if e.lower > threshold or (strict and e.lower >= threshold):
        return FAILS
    return UNDECIDED


def settled(threshold: Fraction, *enclosures: Enclosure) -> bool:
    """Whether each tells the norm from the threshold, with < and with <=."""
    return all(judged(e, threshold, strict) != UNDECIDED for e in enclosures for strict in (True, False))


def pointwise(whole: Enclosure, right: Callable[[], Enclosure], threshold: Fraction) -> str:
    """The verdict on |V(t)| < threshold at every t, from the norm and the supremum without limits from the left.

    A limit from the left may be equal to the threshold, not above it: then V is above it an instant before, too.
    """
    if judged(whole, threshold, True) == HOLDS:
        return HOLDS
    within = judged(whole, threshold, False)
    if within == FAILS:
        return FAILS
    found = judged(right(), threshold, True)
    return found if within == HOLDS or found == FAILS else UNDECIDED


def margin(e: Enclosure, threshold: Fraction, verdict: str) -> float:
    """threshold - norm, rounded toward 0."""
    if verdict == HOLDS:
        assert e.upper is not None
        return max(0.0, _safe(threshold - e.upper, -1))
    return -max(0.0, _safe(e.lower - threshold, -1)) + 0.0 if verdict == FAILS else 0.0


def outward(e: Enclosure) -> tuple[float, float]:
    """Floats below and above."""
    lower = _safe(e.lower, -1)
    return lower, math.inf if e.upper is None else _safe(e.upper, 1)


def _safe(x: Fraction, direction: int) -> float:
    try:
        return floor_float(x) if direction < 0 else -floor_float(-x) + 0.0
    except OverflowError:
        return math.inf if direction > 0 else 1.7976931348623157e308
