"""Encode a whole recording, held constant between its samples, with the fast kernel for samples.

The recording is the history that exact decisions need (encode_samples.py), so every comparison is decided as on any
other signal. The mass budget is checked at once where that is cheap, else when spikes begin to add up: they are few
until then, and the sum over all samples takes as long as encoding them.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.encode_samples import BLOCK, Grid, HugeSampleError, SampleEncoder
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.exact_cell import Outcome, Place, Rules, finish_cell
from spikemath._encoder.rules import Settings, check_budget, spike_limit
from spikemath._numeric.eft import two_prod
from spikemath._numeric.potential import Potential, rational

QUICK = 1 << 16  # samples whose mass is summed at once


def multiplied(x: NDArray[Any], factor: Fraction) -> NDArray[Any] | None:
    """The samples times the factor where every product is a float: -f, or 2 f, take the same kernel as f; else None."""
    if factor == 1:
        return x
    c = float(factor)
    if c != factor:
        return None
    part, power = math.frexp(c)
    with np.errstate(all="ignore"):
        if abs(part) == 0.5:
            product = np.ldexp(math.copysign(1.0, part) * x, power - 1)
            exact = np.ldexp(product, 1 - power) == math.copysign(1.0, part) * x
        else:
            product, error = two_prod.python(x, np.float64(c))
            size = np.abs(product)
            exact = (error == 0.0) & ((size == 0.0) | ((size > 2.0**-900) & (size < 2.0**900)))  # no error underflows
    return product if exact.all() else None


def encode_recording(x: NDArray[Any], rate: Fraction, op: Settings, progress: Progress = None) -> Run | None:
    """Spikes of samples held constant; None where they need a scale of their own (see cells.py)."""
    return encode_with(encoder_for(op, rate), History, x, progress)


def encode_with(encoder: SampleEncoder, history: Any, x: NDArray[Any], progress: Progress) -> Run | None:
    """The same with any encoder of samples, and the class of the history it needs."""
    op, rate = encoder.op, encoder.rate
    try:
        scaled = encoder.scaled(x)
    except HugeSampleError:
        return None
    part = encoder.part(encoder.start(), history(scaled, encoder.rules))
    checked = x.size <= QUICK
    if checked:
        if not float(np.abs(scaled).max()) < 2.0**400:
            return None
        check_mass(x, rate, op)
    block = max(BLOCK, 1)
    for first in range(0, x.size, block):
        try:
            part.feed(x[first : first + block])
        except HugeSampleError:
            return None
        if not checked and part.written > few():
            check_mass(x, rate, op)
            checked = True
        if progress is not None:
            progress(min(first + block, x.size), x.size)
    part.end()
    found, state = part.found(), part.state()
    return Run(found.hi, found.lo, found.counts, encoder.potential(state), state.undecided)


encoder_for = lru_cache(maxsize=256)(SampleEncoder)


def few() -> int:
    """So many spikes fit for certain: until then no mass is summed."""
    return min(max(spike_limit() // 16, 1 << 20), 1 << 23)


def check_mass(x: NDArray[Any], rate: Fraction, op: Settings) -> None:
    """Refuse an output that cannot fit."""
    total = Fraction(0)
    for first in range(0, x.size, QUICK):
        total += Fraction(float(np.abs(x[first : first + QUICK].astype(np.float64)).sum()))
    if total < 10**5 * float(op.threshold) * float(rate):  # far from any limit
        return
    mass = total * (1 + Fraction(1, 10**6)) / rate
    if mass / Fraction(op.threshold) < 10**6:
        return
    most = math.inf
    if op.refractory > 0.0:
        most = float(min(x.size / (Fraction(op.refractory) * rate) + 2, Fraction(2) ** 1000))
    check_budget(mass, op.threshold, most)


class History:
    """The potential of a recording from its start, for decisions that the kernel leaves open."""

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
