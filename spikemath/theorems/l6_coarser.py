r"""L6. Without leak, encoding finely and then coarsely is encoding coarsely: L_{m theta} L_theta = L_{m theta}.

The coarse encoder sees only when its input is at or beyond a level m k theta, from either side. The fine staircase
rises to such a level exactly when F does (truncation never over-rounds), and falls to it exactly when F does.

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
    return absorbs(eta, m, threshold, alpha, "modulo", LIF)


CLAIM = Claim(
    name="L6",
    title="Without leak, a coarser encoder absorbs a finer one",
    statement=(
        "For alpha = 0 and reset to modulo, an encoder of threshold m theta gives the same spikes on a train and on "
        "the output of an encoder of threshold theta, for every integer m >= 1."
    ),
    latex=r"L_{m\vartheta}\,L_\vartheta = L_{m\vartheta}, \qquad m \in \mathbb{N}",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        whole_multiple,
        no_leak(),
    ),
    sharp=(Example("up to 3 and back to 1/2", (SpikeTrain([0.0, 1.0], [3.0, -2.5]), 2, 1.0, 0.0)),),
)
