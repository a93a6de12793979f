r"""L3-scale. Encoders scale: L_{c theta}(c f) = c L_theta(f) for c > 0.

For a signal, c is a power of two here: then the instants before a crossing at which its spikes are reported scale too.

Source: arXiv 2305.05772.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal, SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict, equal
from spikemath.theorems._data import are_signals
from spikemath.theorems._laws import either_cases


def instances() -> Any:
    """Trains and signals aimed at multiples of the threshold, all resets."""
    factors = st.sampled_from([2.0, 0.5, 3.0, 2.0**40, 0.1])
    return either_cases(factors).filter(lambda case: _exact(*case) and _in_range(*case))


def _exact(f: Any, factor: float, threshold: float, alpha: float, reset: str) -> bool:
    product = Fraction(factor * threshold) == Fraction(factor) * Fraction(threshold)
    return factor > 0 and product and (isinstance(f, SpikeTrain) or math.frexp(factor)[0] == 0.5)


def _in_range(f: Any, *rest: Any) -> bool:
    train = f if isinstance(f, SpikeTrain) else f.impulses
    return all(a.denominator.bit_length() <= 900 for a in train.exact_weights())


def judge(f: Signal | SpikeTrain, factor: float, threshold: float, alpha: float, reset: str) -> Verdict:
    """L_{c theta}(c f) = c L_theta(f)."""
    large, plain = LIF(factor * threshold, alpha, reset), LIF(threshold, alpha, reset)
    return equal(large(f * factor) == plain(f) * factor)


CLAIM = Claim(
    name="L3-scale",
    title="A larger signal with a threshold as much larger has spikes as much larger",
    statement=(
        "Multiplying signal and threshold by one positive number multiplies the spikes by it, whatever leak and reset."
    ),
    latex=r"L_{c\vartheta}(c f) = c\,L_\vartheta(f), \qquad c > 0",
    source="arXiv 2305.05772",
    status="published",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_signals("f"),
        Hypothesis("factor > 0, factor * threshold is a float, and a power of two if f is no train", _exact),
        Hypothesis("products with the weights are sums of floats", _in_range),
    ),
)
