r"""D1-leaky, refuted: D1 with a leak, LIF(D g) = SOD(g).

With a leak the neuron forgets how far g has moved: g = (0.6, 1.2) moves by one threshold of 1, but what is left of the
first step when the second comes is 0.6 exp(-alpha).

Source: spikemath.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF, SendOnDelta
from spikemath.signals import Signal
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import a_leak
from spikemath.theorems._lattice import identical, moderate_leaks


def instances() -> Any:
    """Samples aimed at multiples of the threshold, and leaks that are not 0."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta), min_size=1, max_size=8).map(tuple)
        return st.tuples(samples, st.sampled_from([1.0, 10.0]), st.just(theta), moderate_leaks())

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], fs: float, threshold: float, alpha: float) -> Verdict:
    """LIF of the derivative sends the spikes of send-on-delta."""
    g = Signal.from_samples(list(samples), fs=fs)
    return identical(LIF(threshold, alpha)(g.derivative()), SendOnDelta(threshold)(g))


CLAIM = Claim(
    name="D1-leaky",
    title="With leak too, LIF of the derivative is send-on-delta",
    statement=(
        "Send-on-delta of g sends the same spikes as LIF of the derivative of g for a leak alpha > 0. False: a move of "
        "one threshold in two steps is half forgotten."
    ),
    latex=r"\mathrm{SOD}_\vartheta(g) = \mathrm{LIF}_{\vartheta,\alpha}(Dg)",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(a_leak(),),
    counterexamples=(
        Example("a move in two steps", ((0.6, 1.2), 1.0, 1.0, math.log(2.0))),
        Example("a slow drift is never seen", ((0.25, 0.5, 0.75, 1.0, 1.25, 1.5), 1.0, 1.0, 1.0)),
    ),
)
