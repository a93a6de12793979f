r"""S1-l0, refuted: that integrate-and-fire has the smallest number of spikes.

With graded spikes one of weight 2 can do for two of weight 1: f = (1.1, 0.95), theta = 1, IF = (1, 1), s = (2, 0) with
residuals -0.9 and 0.05. (Where the primitive is continuous IF sends single thresholds, and the number is the l1 norm.)

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, compare, exactly
from spikemath.theorems._data import are_trains
from spikemath.theorems._lattice import admissible, on_lattice, with_competitor


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and lattice trains."""
    return thresholds().flatmap(
        lambda theta: with_competitor(spike_trains(threshold=theta), theta).map(lambda x: (*x, theta))
    )


def judge(eta: SpikeTrain, c: SpikeTrain, threshold: float) -> Verdict:
    """IF(eta) has no more spikes than s = c + IF(eta - c)."""
    number, other = len(IF(threshold)(eta)), len(admissible(eta, c, threshold))
    return compare(exactly(Fraction(number)), exactly(Fraction(other)), strict=False)


CLAIM = Claim(
    name="S1-l0",
    title="Integrate-and-fire has the smallest number of spikes",
    statement=(
        "Among the lattice trains in the open tube, IF has the smallest number of spikes. False: for weights 1.1 and "
        "0.95 and threshold 1 it sends two single ones, where one of weight 2 stays in the tube."
    ),
    latex=r"\lVert \mathrm{IF}_\vartheta(\eta)\rVert_0 \le \lVert s\rVert_0",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta", "c"), on_lattice("c", 1, 2)),
    counterexamples=(
        Example("2 spikes against 1", (SpikeTrain([0.0, 1.0], [1.1, 0.95]), SpikeTrain([0.0], [2.0]), 1.0)),
        Example(
            "3 spikes against 2",
            (SpikeTrain([0.0, 1.0, 2.0], [1.25, 0.875, -1.5]), SpikeTrain([0.0], [2.0]), 1.0),
        ),
    ),
)
