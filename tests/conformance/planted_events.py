"""Wrong neurons on free events."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from .right import Events


class EulerDecay(Events):
    """u <- u (1 - alpha gap)."""

    def decay(self, u, gap):
        return u * (1 - self.alpha * gap)


class Unmerged(Events):
    """Events at equal times one after the other."""

    def merged(self, times, weights):
        return [(Fraction(float(t)), Fraction(float(a))) for t, a in zip(times, weights, strict=True) if a]


class ZeroWeightsRearm(Events):
    """Events of weight zero are tested like any other."""

    def merged(self, times, weights):
        real = dict(super().merged(times, weights))
        return [(t, real.get(t, Fraction(0))) for t in sorted({Fraction(float(t)) for t in times})]


class GapOfTheLast(Events):
    """Decays by the gap before the last one."""

    before = Fraction(0)

    def fresh(self):
        super().fresh()
        self.before = Fraction(0)

    def decay(self, u, gap):
        used, self.before = self.before, gap
        return super().decay(u, used)


class DecayFromChunkEdge(Events):
    """Right as a whole; in pieces, the first gap of a piece is not seen."""

    def stream(self):
        inner = type(self)(self.theta, self.alpha, self.mode)

        def piece(times, weights):
            inner.last = None
            return inner.go(times, weights)

        return piece


class AbsoluteTime(Events):
    """Forgets everything at every multiple of 3."""

    def decay(self, u, gap):
        now = self.last + gap
        return super().decay(u, gap) if self.last // 3 == now // 3 else Fraction(0)


class NextEvent(Events):
    """Spikes carry the time of the next event."""

    def go(self, times, weights):
        found, sizes = super().go(times, weights)
        later = dict(pairwise(times))
        return [float(later.get(t, t)) for t in found], sizes
