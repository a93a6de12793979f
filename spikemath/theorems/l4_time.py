r"""L4. A change of clock: if time runs c times slower, and the leak too, the spikes are the same, at c times the times.

    f(t/c) with alpha/c:   the same weights, at c t_k

For trains; a signal is to be divided by c as well. c is a power of two, so that all times and leaks are floats.

Source: spikemath.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, all resets."""
    cases = train_cases(extra=lambda theta: (st.integers(-10, 10).map(lambda k: 2.0**k),), resets=RESETS)
    return cases.filter(lambda case: representable(*case))


def representable(eta: SpikeTrain, factor: float, threshold: float, alpha: float, reset: str) -> bool:
    """Whether times and leak are floats, on the slower clock too: half of 5e-324 is none."""
    times = [*eta.exact_times(), *map(Fraction, eta.domain)]
    slow = all(Fraction(float(t) * factor) == t * Fraction(factor) for t in times)
    return slow and Fraction(alpha / factor) * Fraction(factor) == Fraction(alpha)


def judge(eta: SpikeTrain, factor: float, threshold: float, alpha: float, reset: str) -> Verdict:
    """The same counts at factor times the times."""
    plain = LIF(threshold, alpha, reset)(eta)
    slow = LIF(threshold, alpha / factor, reset)(changed(eta, factor))
    later = [t * Fraction(factor) for t in plain.exact_times()]
    return equal(slow.counts.tolist() == plain.counts.tolist() and slow.exact_times() == later)


def changed(eta: SpikeTrain, factor: float) -> SpikeTrain:
    """The train on the slower clock; its weights keep all their digits."""
    total = SpikeTrain([], [], domain=(factor * eta.domain[0], factor * eta.domain[1]))
    for row in eta._terms:
        total = total + SpikeTrain(eta.times * factor, row)
    return total


CLAIM = Claim(
    name="L4",
    title="On a slower clock, with a leak as much slower, the spikes are the same",
    statement=(
        "Stretching the time of a train by c > 0 and dividing the leak by c stretches the times of the spikes by c."
    ),
    latex=r"\eta'(c\,t) = \eta(t),\; \alpha' = \alpha/c \;\Rightarrow\; L_{\alpha'}(\eta')(c\,t) = L_\alpha(\eta)(t)",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "the factor is a power of two",
            lambda eta, factor, threshold, alpha, reset: factor > 0 and math.frexp(factor)[0] == 0.5,
        ),
        Hypothesis("times and leak are floats, on the slower clock too", representable),
    ),
)
