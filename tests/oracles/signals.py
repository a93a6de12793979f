"""Oracle: the spiking operator on piecewise polynomial signals with pulses, event by event.

The next spike is at inf{t >= t_k + t_r : |u(t)| >= theta}.  It can come about in two ways.

  jump      at a pulse (only the value after it counts) or at the end t_k + t_r of the refractory time, u is
            tested as it is: trunc(u/theta) spikes for modulo, sign(u) for subtract and zero.  If t_k + t_r is
            the time of a pulse, the pulse is added first.
  crossing  from |u| < theta, u moves continuously to +theta or -theta: the count is +-1, and u = 0 afterwards
            for every reset.  A crossing exactly at a pulse's time is not one: the pulse changes u first.  A
            crossing at the very end of the domain is one (unless there is a pulse there).

subtract with t_r = 0 is single-shot: while |u| >= theta after a spike, the neuron waits for the next pulse
or for |u| to fall strictly below theta (unipolar: u < theta).  Touching theta from above does not re-arm;
touching theta from below fires.

Between events `Curve.monotone` gives points between which u is monotone, so crossings are bracketed
rigorously and then bisected.  Comparisons treat relative distances below 1e-40 as equality; values are
correct to 1e-60 or so.  `closest` is the smallest relative distance of a tested value (jump tests, turning
points, ends of stretches) to the multiple of theta it was compared with: below 1e-40 it was taken for a
tie, small means nearly tangent.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
from mpmath import mpf

from .piecewise import Curve, Poly, Signal, bisect, digits_for
from .trains import Encoded, Number, to_mpf

TOLERANCE = Fraction(1, 10**40)


class Rule:
    """Threshold, reset and polarity; remembers the closest comparison."""

    def __init__(self, threshold: Fraction, reset: str, bipolar: bool) -> None:
        if reset not in ("modulo", "subtract", "zero") or threshold <= 0:
            raise ValueError("bad parameters")
        self.theta, self.reset, self.bipolar = to_mpf(threshold), reset, bipolar
        self.tolerance = to_mpf(TOLERANCE)
        self.closest: mpf | float = math.inf

    def compare(self, ratio: mpf, multiple: int = 1) -> int:
        """Sign of ratio - multiple (0 within the tolerance)."""
        self.closest = min(self.closest, abs(ratio - multiple))
        return 0 if abs(ratio - multiple) <= self.tolerance else (1 if ratio > multiple else -1)

    def jump(self, u: mpf) -> int:
        """The count of a spike fired from the value u, 0 if none."""
        sign = -1 if self.bipolar and u < 0 else 1
        ratio = sign * u / self.theta
        nearest = max(1, int(mpmath.floor(ratio + mpf("0.5")))) if self.reset == "modulo" else 1
        return sign * (nearest if self.compare(ratio, nearest) >= 0 else nearest - 1)

    def after(self, u: mpf, count: int) -> mpf:
        return mpf(0) if self.reset == "zero" else u - count * self.theta

    def signs(self) -> tuple[int, ...]:
        return (1, -1) if self.bipolar else (1,)

    def above(self, u: mpf) -> bool:
        """Would u fire if it were tested?"""
        return any(sign * u / self.theta >= 1 - self.tolerance for sign in self.signs())

    def fall(self, curve: Curve, end: mpf) -> mpf | None:
        """From |u(s0)| >= theta: a point with |u| < theta, before any new crossing; None if there is none."""
        points = curve.monotone(end)
        sign = 1 if curve(curve.s0) > 0 else -1
        for a, b in pairwise(points):
            if self.compare(sign * curve(b) / self.theta) < 0:
                return b if sign * curve(b) >= 0 else bisect(curve, a, b)  # the zero of u, if u changes sign
        return None

    def crossing(self, curve: Curve, end: mpf, closed: bool) -> tuple[mpf, int] | None:
        """From |u(s0)| < theta: first s in [s0, end] (closed) or [s0, end) with |u| >= theta; its sign."""
        points = curve.monotone(end)
        for a, b in pairwise(points):
            for sign in self.signs():
                order = self.compare(sign * curve(b) / self.theta)
                if order == 0 and (closed or b < end):
                    return b, sign
                if order > 0:
                    return bisect(lambda s, sign=sign: sign * curve(s) - self.theta, a, b), sign
        return None


def encode_signal(
    signal: Signal,
    threshold: Fraction,
    alpha: Fraction = Fraction(0),
    reset: str = "modulo",
    refractory: Fraction = Fraction(0),
    bipolar: bool = True,
) -> Encoded:
    """Spike times: Fractions at pulses (and refractory ends after them), else mpf; unrounded crossings."""
    threshold, alpha, refractory = Fraction(threshold), Fraction(alpha), Fraction(refractory)
    with mpmath.workdps(digits_for(signal, alpha)):
        rule, pulses = Rule(threshold, reset, bipolar), signal.pulse_map()
        same_time = to_mpf(signal.knots[-1] - signal.knots[0]) * rule.tolerance
        times: list[Number] = []
        counts: list[int] = []
        u, wake = mpf(0), None  # wake = t_k + t_r until it has been tested

        def fire(t: Number, count: int) -> None:
            nonlocal u, wake
            times.append(t)
            counts.append(count)
            u = rule.after(u, count)
            if refractory > 0:
                wake = t + (refractory if isinstance(t, Fraction) else to_mpf(refractory))

        def test(t: Number) -> None:
            nonlocal wake
            wake = None
            count = rule.jump(u)
            if count:
                fire(t, count)

        def stretch(a: Fraction, b: Fraction, poly: Poly) -> None:
            """From a (after its pulse) to b (before its pulse, or with its tests if it has none)."""
            nonlocal u
            s, length, closed = mpf(0), to_mpf(b - a), b not in pulses
            while True:
                curve = Curve(poly, alpha, s, u)
                if wake is not None:
                    until = to_mpf(wake) - to_mpf(a) if isinstance(wake, mpf) else to_mpf(wake - a)
                    if until > length + same_time or (not closed and until > length - same_time):
                        break
                    s = min(until, length)
                    u = curve(s)
                    test(wake)
                    continue
                if rule.above(u):  # single-shot subtract
                    fallen = rule.fall(curve, length)
                    if fallen is None:
                        break
                    s, u = fallen, curve(fallen)
                    continue
                found = rule.crossing(curve, length, closed)
                if found is None:
                    break
                s, sign = found
                u = sign * rule.theta
                fire(b if s == length else to_mpf(a) + s, sign)
            u = curve(length)

        for a, b, poly in [(None, signal.knots[0], []), *signal.segments()]:
            if a is not None:
                stretch(a, b, poly)
            if b in pulses:
                u += to_mpf(pulses[b])
                if wake is None or to_mpf(wake) <= to_mpf(b) + same_time:
                    test(b)
        return Encoded(times, counts, u, to_mpf(rule.closest))
