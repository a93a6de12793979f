r"""L6-leaky, refuted: that a coarser encoder absorbs a finer one with a leak too.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import a_leak, are_trains
from spikemath.theorems._laws import absorbs, multiples, whole_multiple


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and integers."""
    return multiples(leaks(zero=False))


def judge(eta: SpikeTrain, m: int, threshold: float, alpha: float) -> Verdict:
    """L_(m threshold)(L_threshold(eta)) = L_(m threshold)(eta)."""
    return absorbs(eta, m, threshold, alpha, "modulo", LIF)


CLAIM = Claim(
    name="L6-leaky",
    title="A coarser encoder absorbs a finer one",
    statement=(
        "An encoder of threshold m theta gives the same spikes on a train and on its encoding of threshold theta. "
        "True without leak (L6), false for reset to modulo and alpha > 0."
    ),
    latex=r"L_{m\vartheta}\,L_\vartheta = L_{m\vartheta}, \qquad m \in \mathbb{N}",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        whole_multiple,
        a_leak(),
    ),
    counterexamples=(Example("two pulses of 3/2", (SpikeTrain([0.0, 1.0], [1.5, 1.5]), 2, 1.0, 1.0)),),
)
