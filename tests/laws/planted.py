"""A slow, right encoder of trains in plain Python, and wrong ones that differ from it in one place each."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
from oracles.trains import exact

from .cases import TrainCase
from .checks import Found


class Right:
    """Event by event; rationals without leak, 60 digits with it. Every method is a place for a mistake."""

    def __init__(self, case: TrainCase) -> None:
        r = case.rule
        self.case, self.rule = case, r
        self.theta, self.alpha, self.t_r = Fraction(r.theta), Fraction(r.alpha), Fraction(r.refractory)
        self.u: Any = Fraction(0)
        self.wake: Fraction | None = None
        self.spikes: list[tuple[Fraction, int]] = []

    def events(self) -> list[tuple[Fraction, Fraction]]:
        total: dict[Fraction, Fraction] = {}
        for t, a in zip(self.case.times, self.case.weights, strict=True):
            total[Fraction(t)] = total.get(Fraction(t), Fraction(0)) + Fraction(a)
        return [(t, a) for t, a in total.items() if a]

    def decay(self, dt: Fraction) -> None:
        if self.alpha and dt and self.u:
            x = mpmath.exp(-mpmath.mpf(self.alpha.numerator * dt.numerator) / (self.alpha.denominator * dt.denominator))
            self.u = self.u * exact(x)

    def reaches(self, size: Fraction) -> bool:
        return size >= self.theta

    def count(self, size: Fraction) -> int:
        return size // self.theta if self.rule.reset == "modulo" else 1

    def fires(self) -> int:
        sign = -1 if self.u < 0 else 1
        if sign < 0 and not self.rule.bipolar:
            return 0
        return sign * self.count(abs(self.u)) if self.reaches(abs(self.u)) else 0

    def reset(self, k: int) -> None:
        self.u = Fraction(0) if self.rule.reset == "zero" else self.u - k * self.theta

    def sleeps(self, t: Fraction) -> bool:
        return self.wake is not None and t < self.wake

    def test(self, t: Fraction) -> None:
        self.wake = None
        k = self.fires()
        if k:
            self.spikes.append((t, k))
            self.reset(k)
            if self.t_r:
                self.wake = t + self.t_r

    def pulse(self, t: Fraction, a: Fraction) -> None:
        self.u += a
        if not self.sleeps(t):
            self.test(t)

    def advance(self, last: Fraction, t: Fraction, closed: bool) -> Fraction:
        """Go from last to t, with the tests at the ends of refractory times before t (or at t)."""
        while self.wake is not None and (self.wake < t or (closed and self.wake <= t)):
            wake = self.wake
            self.decay(wake - last)
            last = wake
            self.test(wake)
        self.decay(t - last)
        return t

    def run(self) -> Found:
        last, end = Fraction(self.case.domain[0]), Fraction(self.case.domain[1])
        with mpmath.workdps(60):
            for t, a in self.events():
                last = self.advance(last, t, closed=False)
                self.pulse(t, a)
            self.advance(last, end, closed=True)
        return Found([t for t, _ in self.spikes], [k for _, k in self.spikes])


class DelayedReset(Right):
    """The reset of a spike is applied at the next event."""

    due = 0

    def reset(self, k: int) -> None:
        self.due += k

    def pulse(self, t, a):
        due, self.due = self.due, 0
        Right.reset(self, due) if due else None
        super().pulse(t, a)


class OpenThreshold(Right):
    """Fires at |u| > theta only."""

    def reaches(self, size):
        return size > self.theta


class FloatTruncation(Right):
    """trunc(u / theta) in floats."""

    def count(self, size):
        return max(math.trunc(float(size) / float(self.theta)), 1) if self.rule.reset == "modulo" else 1


class FloatPotential(Right):
    """The potential is rounded to a float after every event."""

    def pulse(self, t, a):
        self.u = Fraction(float(self.u + a)) - a
        super().pulse(t, a)


class EulerDecay(Right):
    """u <- u (1 - alpha dt)."""

    def decay(self, dt):
        self.u = self.u * (1 - self.alpha * dt)


class NoDecay(Right):
    """The leak is forgotten."""

    def decay(self, dt):
        pass


class LostRemainder(Right):
    """Modulo forgets what exceeds the multiple."""

    def reset(self, k):
        self.u = Fraction(0)


class WrongSignOfRemainder(Right):
    """u <- s - u."""

    def reset(self, k):
        super().reset(k)
        self.u = -self.u


class UnmergedEvents(Right):
    """Events at equal times one after the other."""

    def events(self):
        pairs = zip(self.case.times, self.case.weights, strict=True)
        return [(Fraction(t), Fraction(a)) for t, a in pairs if a]


class ZeroWeightsRearm(Right):
    """Zero weights are tested like any event."""

    def events(self):
        real = dict(Right.events(self))
        return [(t, real.get(t, Fraction(0))) for t in sorted({Fraction(t) for t in self.case.times})]


class RefractoryByEvents(Right):
    """The first event after a spike is skipped, whenever it comes."""

    skip = False

    def pulse(self, t, a):
        before = len(self.spikes)
        self.u += a
        if not self.skip:
            self.test(t)
        self.skip = bool(self.t_r) and len(self.spikes) > before
        self.wake = None


class RefractoryOpenEnd(Right):
    """An event exactly at the end of the refractory time does not count for the test there."""

    def advance(self, last, t, closed):
        return super().advance(last, t, closed=True)


class NoTestAtWake(Right):
    """What the refractory time held back waits for the next event."""

    def advance(self, last, t, closed):
        self.decay(t - last)
        return t


class ZeroInsteadOfSubtract(Right):
    """subtract resets to zero."""

    def reset(self, k):
        self.u = self.u - k * self.theta if self.rule.reset == "modulo" else Fraction(0)


class OneSided(Right):
    """Never fires at -theta."""

    def fires(self):
        return max(super().fires(), 0)


class AlwaysBipolar(Right):
    """bipolar=False is ignored."""

    def fires(self):
        sign = -1 if self.u < 0 else 1
        return sign * self.count(abs(self.u)) if self.reaches(abs(self.u)) else 0


class RoundedWeights(Right):
    """Takes off fl(k theta) instead of k theta."""

    def reset(self, k):
        self.u = Fraction(0) if self.rule.reset == "zero" else self.u - Fraction(float(k * self.theta))


class DecayFromChunkEdge(Right):
    """Every third event starts a chunk, and decay is measured from there."""

    seen = 0

    def advance(self, last, t, closed):
        self.seen += 1
        return super().advance(t if self.seen % 3 == 0 else last, t, closed)


class FloorForTruncation(Right):
    """Negative potentials are rounded away from zero."""

    def fires(self):
        if self.rule.reset != "modulo" or not self.rule.bipolar:
            return super().fires()
        return math.floor(self.u / self.theta)


class RoundForTruncation(Right):
    """Rounds to the nearest multiple."""

    def count(self, size):
        return round(size / self.theta) if self.rule.reset == "modulo" else 1


class TestedBeforeThePulse(Right):
    """The value before the pulse is tested."""

    def pulse(self, t, a):
        if not self.sleeps(t):
            self.test(t)
        self.u += a


class MultiShotSubtract(Right):
    """subtract fires again and again within one Dirac."""

    def count(self, size):
        return size // self.theta if self.rule.reset != "zero" else 1


class Tolerant(Right):
    """Fires within 1e-12 of the threshold."""

    def reaches(self, size):
        return size >= self.theta * (1 - Fraction(1, 10**12))

    def count(self, size):
        return max(super().count(size), 1)


WRONG = [k for k in list(globals().values()) if isinstance(k, type) and issubclass(k, Right) and k is not Right]
