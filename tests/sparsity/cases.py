"""Short trains aimed at ties, with few enough admissible trains to list them all."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st
from laws.cases import weight
from oracles.sparsity import admissible_trains

import spikemath as sm


@dataclass(frozen=True)
class Short:
    """At most 6 events at times 0, 1, ... or closer, a threshold and a leak."""

    times: tuple[float, ...]
    weights: tuple[float, ...]
    theta: float
    alpha: float = 0.0

    def train(self) -> sm.SpikeTrain:
        return sm.SpikeTrain(list(self.times), list(self.weights))

    def admissible(self, closed: bool = False) -> list[tuple[int, ...]]:
        """All admissible trains, as counts at the events of the train."""
        eta = self.train()
        exact = Fraction(self.theta), Fraction(self.alpha)
        return list(admissible_trains(eta.exact_times(), eta.exact_weights(), *exact, closed=closed))

    def counts_of(self, s: sm.SpikeTrain) -> tuple[int, ...]:
        """Counts of a lattice train at the events of the train; it must have no others."""
        found = dict(zip(s.exact_times(), s.exact_weights(), strict=True))
        counts = [found.pop(t, Fraction(0)) / Fraction(self.theta) for t in self.train().exact_times()]
        assert not found, "a spike that is at no event"
        assert all(k.denominator == 1 for k in counts), "a weight that is no multiple of the threshold"
        return tuple(map(int, counts))


@st.composite
def short_trains(draw, alphas: tuple[float, ...] = (0.0,), most: int = 6) -> Short:
    """Weights at and near multiples of the threshold, on decimal grids, and anywhere; zeros and signs mixed."""
    rng = draw(st.randoms(use_true_random=False))
    n = draw(st.integers(0, most))
    theta = draw(st.sampled_from([1.0, 0.3, 0.1, 0.7, 1e-3, 1e200]))
    kind = draw(st.sampled_from(["decimal", "anywhere", "tie", "quarters", "multiples"]))
    gap = draw(st.sampled_from([1.0, 0.1, 0.5, 2.0**-30]))
    weights = []
    for _ in range(n):
        w = weight(rng, theta, kind)
        weights.append(w if 1e-20 * theta < abs(w) <= 4 * theta else 0.0)
    return Short(tuple(i * gap for i in range(n)), tuple(weights), theta, draw(st.sampled_from(alphas)))


LEAKS = (0.01, 0.1, 0.2876820724517809, 0.6931471805599453, 1.0, 5.0, 60.0)
