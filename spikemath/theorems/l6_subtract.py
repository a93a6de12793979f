r"""L6-subtract, refuted: that a coarser encoder absorbs a finer one with reset by subtraction.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import are_trains, no_leak
from spikemath.theorems._laws import absorbs, multiples, whole_multiple


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and integers."""
    return multiples(st.just(0.0))


def judge(eta: SpikeTrain, m: int, threshold: float, alpha: float) -> Verdict:
    """L_(m threshold)(L_threshold(eta)) = L_(m threshold)(eta)."""
    return absorbs(eta, m, threshold, alpha, "subtract", LIF)


CLAIM = Claim(
    name="L6-subtract",
    title="A coarser encoder by subtraction absorbs a finer one",
    statement=(
        "An encoder of threshold m theta gives the same spikes on a train and on its encoding of threshold theta. "
        "False for reset by subtraction, even without leak."
    ),
    latex=r"L_{m\vartheta}\,L_\vartheta = L_{m\vartheta}, \qquad m \in \mathbb{N}",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        whole_multiple,
        no_leak(),
    ),
    counterexamples=(Example("one pulse of two thresholds", (SpikeTrain([0.0], [2.0]), 2, 1.0, 0.0)),),
)
