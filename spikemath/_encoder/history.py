"""The potential of a whole recording from its start, for decisions that the kernel for samples leaves open."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.exact_cell import Outcome, Place, Rules, finish_cell
from spikemath._numeric.potential import Potential, rational


class Grid:
    """The coordinates 0, 1, 2, ... (times ``step``) as an array that takes no room."""

    def __init__(self, step: float = 1.0) -> None:
        self.step = step

    def __getitem__(self, j: int) -> float:
        return j * self.step


class History:
    """A recording as a source of cells (see potential.py), and what was sent of it."""

    hi, lo, degree = Grid(), Grid(0.0), 0

    def __init__(self, x: NDArray[Any], rules: Rules) -> None:
        self.x, self.n = x, int(x.size)
        self.to_zero = rules.reset == k.ZERO
        self.rules = rules
        self.potential: Potential | None = None
        self.seen = 0

    def pulse_weight(self, j: int) -> Fraction:
        """There are no pulses."""
        return Fraction(0)

    def density(self, j: int) -> list[Fraction]:
        """The sample."""
        return [Fraction(float(self.x[j])) if j < self.n else Fraction(0)]

    def finish(self, rules: Rules, place: Place, chunks: list[Any]) -> Outcome:
        """Finish a sample; ``chunks`` are all spikes so far."""
        if self.potential is None:
            leak, theta = (Fraction(int(v.p), int(v.q)) for v in (rules.leak, rules.theta))
            self.potential = Potential(self, leak, theta)
        for chunk in chunks[self.seen :]:
            for h, r, c, jump in zip(*(x.tolist() for x in chunk), strict=True):
                self.potential.spike(rational(h) + rational(r), c, self.to_zero and jump)
        done = finish_cell(rules, self.potential, place, (0.0, 0.0, math.inf))
        for spike in done.spikes:
            self.potential.spike(*spike)
        self.seen = len(chunks) + bool(done.spikes)
        return done
