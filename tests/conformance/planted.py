"""Wrong neurons that differ from a right one in one place each, and the law that must give each away (`PLANTED`)."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from .planted_events import (
    AbsoluteTime,
    DecayFromChunkEdge,
    EulerDecay,
    GapOfTheLast,
    NextEvent,
    Unmerged,
    ZeroWeightsRearm,
)
from .right import Clock, arguments


class DelayedReset(Clock):
    """The reset of a spike is applied one step later."""

    due = 0

    def begin(self):
        super().begin()
        self.due = 0

    def leak(self, u):
        u, self.due = self.beta * u - self.due * self.theta, 0
        return u

    def after(self, k):
        self.due = k
        return self.u


class OpenThreshold(Clock):
    """Fires at |u| > theta only."""

    def reaches(self, size):
        return size > self.theta

    def count(self, size):
        return -(-size // self.theta) - 1


class FloatTruncation(Clock):
    """trunc(u / theta) in floats."""

    def fires(self):
        return math.trunc(float(self.u) / float(self.theta))


class FloatState(Clock):
    """The whole neuron in float64."""

    def add(self, a):
        self.u = Fraction(float(self.beta) * float(self.u) + float(a))

    def after(self, k):
        return Fraction(float(self.u) - float(k * self.theta))


class Float32State(Clock):
    """The potential is kept in float32."""

    def add(self, a):
        super().add(a)
        self.u = Fraction(float(np.float32(float(self.u))))


class LostRemainder(Clock):
    """Sends as many thresholds as fit, and forgets the rest."""

    def after(self, k):
        return Fraction(0)


class NegatedRemainder(Clock):
    """u <- s - u."""

    def after(self, k):
        return k * self.theta - self.u


class FirstDifference(Clock):
    """ "Delta modulation" of the integral: every sample against the threshold by itself."""

    def leak(self, u):
        return Fraction(0)


class LeakAfterInput(Clock):
    """u <- beta (u + a)."""

    def add(self, a):
        self.u = self.leak(self.u + a)


class LeakTwice(Clock):
    """The leak is applied before and after the reset."""

    def after(self, k):
        return self.leak(super().after(k))

    def leak(self, u):
        return self.beta * self.beta * u


class NoLeak(Clock):
    """The leak is forgotten."""

    def leak(self, u):
        return u


class OneSided(Clock):
    """Never fires at -theta."""

    def fires(self):
        return max(super().fires(), 0)


class LostSign(Clock):
    """Spikes are reported by their size."""

    def emit(self, k):
        return abs(super().emit(k))


class NoNegativePotential(Clock):
    """The potential is cut off below zero."""

    def add(self, a):
        super().add(a)
        self.u = max(self.u, Fraction(0))


class Floor(Clock):
    """floor(u / theta): a negative potential fires early."""

    def fires(self):
        return math.floor(self.u / self.theta)


class Rounding(Clock):
    """The nearest multiple instead of truncation."""

    def fires(self):
        return round(self.u / self.theta)


class ThresholdUlpHigh(Clock):
    """Fires one ulp late."""

    def reaches(self, size):
        return size >= Fraction(math.nextafter(float(self.theta), math.inf))


class ThresholdUlpLow(Clock):
    """Fires one ulp early."""

    def reaches(self, size):
        return size >= Fraction(math.nextafter(float(self.theta), 0.0))

    def count(self, size):
        return max(super().count(size), 1)


class Clipped(Clock):
    """At most two thresholds per spike."""

    def count(self, size):
        return min(super().count(size), 2)


class Saturating(Clock):
    """The potential cannot exceed two and a half thresholds."""

    def add(self, a):
        super().add(a)
        self.u = min(max(self.u, -self.theta * 5 / 2), self.theta * 5 / 2)


class Unscaled(Clock):
    """Counts where weights are claimed."""

    def emit(self, k):
        return float(k)


class AddedUp(Clock):
    """The weight of a graded spike is added up threshold by threshold, in floats."""

    def emit(self, k):
        total = 0.0
        for _ in range(abs(k)):
            total += float(self.theta)
        return math.copysign(total, k)


class Doubled(Clock):
    """Sends every spike with twice its weight."""

    def emit(self, k):
        return 2.0 * super().emit(k)


class RoundedReset(Clock):
    """Takes off fl(k theta) instead of k theta."""

    def after(self, k):
        return self.u - Fraction(float(k * self.theta))


class Late(Clock):
    """Spikes are reported one step late."""

    def whole(self, x):
        return np.concatenate([[0.0], super().whole(x)])[: len(x)]


class LastDropped(Clock):
    """The last sample is not processed."""

    def whole(self, x):
        out = super().whole(x)
        out[-1:] = 0.0
        return out


class OneTooLong(Clock):
    """Returns one value too many."""

    def whole(self, x):
        return np.concatenate([super().whole(x), [0.0]])


class Normalized(Clock):
    """Knows the largest sample in advance, and clips its small ones."""

    def whole(self, x):
        largest = max(np.abs(x), default=0.0)
        return super().whole([a if abs(a) >= 0.1 * largest else 0.0 for a in x])


class Bias(Clock):
    """A constant current is never switched off."""

    def add(self, a):
        super().add(a + self.theta / 4)


class KeptState(Clock):
    """reset() does nothing, so the next run starts where the last one ended."""

    def reset(self):
        pass


class Noisy(Clock):
    """A threshold that trembles."""

    rng = random.Random(5)

    def reaches(self, size):
        return size >= self.theta * Fraction(1.0 + 0.2 * self.rng.random())


class RestEveryFifth(Clock):
    """Every fifth step since the start is skipped by the update."""

    def begin(self):
        super().begin()
        self.k = 0

    def fires(self):
        self.k += 1
        return super().fires() if self.k % 5 else 0


class AbsoluteTolerance(Clock):
    """Fires within 1e-9 of the threshold, whatever the threshold."""

    def reaches(self, size):
        return size >= self.theta - Fraction(1e-9)

    def count(self, size):
        return max(super().count(size), 1)


class RefractoryShort(Clock):
    """Ready one step too early."""

    def after(self, k):
        self.u = super().after(k)
        return self.u

    def __call__(self, a):
        out = super().__call__(a)
        if out:
            self.asleep -= 1
        return out


class RefractoryLong(Clock):
    """Ready one step too late."""

    def __call__(self, a):
        out = super().__call__(a)
        if out:
            self.asleep += 1
        return out


class RefractoryDeaf(Clock):
    """What arrives in the refractory time is lost."""

    def add(self, a):
        super().add(a if self.asleep <= 1 else Fraction(0))


class ZeroForSubtract(Clock):
    """Resets to zero where subtraction is claimed."""

    def after(self, k):
        return Fraction(0)


class GradedSubtract(Clock):
    """Sends several thresholds at once where subtraction is claimed."""

    def count(self, size):
        return size // self.theta


class SubtractForModulo(Clock):
    """Sends one threshold where modulo is claimed."""

    def count(self, size):
        return 1


@dataclass(frozen=True)
class Planted:
    """A wrong neuron, what it claims to be, and laws that must be among those that fail."""

    kind: type
    caught: str
    claims: dict[str, Any] = field(default_factory=dict)
    how: str = "samples"

    def arguments(self) -> dict[str, Any]:
        """For check()."""
        return arguments(self.kind, self.how, **self.claims)


LEAKY = {"beta": Fraction(7, 8)}
PLANTED = [
    Planted(DelayedReset, "firing", LEAKY),
    Planted(DelayedReset, "quantization", LEAKY),
    Planted(OpenThreshold, "firing", LEAKY),
    Planted(OpenThreshold, "idempotence"),
    Planted(FloatTruncation, "exact", {"theta": 0.1}),
    Planted(FloatState, "exact", {"theta": 0.3}),
    Planted(Float32State, "decay", LEAKY),
    Planted(LostRemainder, "remainder", LEAKY),
    Planted(NegatedRemainder, "remainder", LEAKY),
    Planted(FirstDifference, "quantization"),
    Planted(LeakAfterInput, "decay", LEAKY),
    Planted(LeakTwice, "decay", LEAKY),
    Planted(NoLeak, "decay", LEAKY),
    Planted(OneSided, "odd"),
    Planted(LostSign, "sign"),
    Planted(NoNegativePotential, "firing"),
    Planted(Floor, "odd"),
    Planted(Rounding, "firing", LEAKY),
    Planted(ThresholdUlpHigh, "firing", {"theta": 0.3, **LEAKY}),
    Planted(ThresholdUlpLow, "firing", {"theta": 0.3, **LEAKY}),
    Planted(Clipped, "size"),
    Planted(Saturating, "quantization", LEAKY),
    Planted(Unscaled, "lattice", {"theta": 0.3}),
    Planted(AddedUp, "lattice", {"theta": 0.1}),
    Planted(Doubled, "budget"),
    Planted(RoundedReset, "exact", {"theta": 0.3}),
    Planted(Late, "firing", LEAKY),
    Planted(Late, "zeros"),
    Planted(LastDropped, "causality"),
    Planted(OneTooLong, "output"),
    Planted(Normalized, "causality"),
    Planted(Bias, "silence", LEAKY),
    Planted(KeptState, "fresh", how="steps"),
    Planted(Noisy, "fresh"),
    Planted(RestEveryFifth, "shift"),
    Planted(AbsoluteTolerance, "scale", {"family": True}),
    Planted(RefractoryShort, "refractory", {"refractory": 3.0}),
    Planted(RefractoryLong, "firing", {"refractory": 3.0}),
    Planted(RefractoryDeaf, "exact", {"refractory": 3.0}),
    Planted(ZeroForSubtract, "remainder", {"reset": "subtract"}),
    Planted(GradedSubtract, "lattice", {"reset": "subtract"}),
    Planted(SubtractForModulo, "size"),
    Planted(EulerDecay, "decay", {"alpha": 0.01}, "events"),
    Planted(Unmerged, "simultaneous", {"reset": "subtract"}, "events"),
    Planted(Unmerged, "simultaneous", {}, "events"),
    Planted(ZeroWeightsRearm, "zeros", {"reset": "subtract"}, "events"),
    Planted(GapOfTheLast, "decay", {"alpha": 1.0}, "events"),
    Planted(DecayFromChunkEdge, "chunks", {"alpha": 1.0, "stream": True}, "events"),
    Planted(AbsoluteTime, "shift", {"alpha": 1.0}, "events"),
    Planted(NextEvent, "firing", {}, "events"),
]
