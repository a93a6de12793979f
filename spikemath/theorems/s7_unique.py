r"""S7-unique, refuted: that integrate-and-fire is the only minimizer of S7.

On the whole domain an earlier spike may cost the same: f = (3/4, 3/4), theta = 1, IF = (0, 1), s = (1, 0). It is
unique as the train that is minimal at every prefix (S1).

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.sparsity import l1
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, equal
from spikemath.theorems._data import are_trains
from spikemath.theorems._lattice import admissible, identical, on_lattice, with_competitor


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and lattice trains."""
    return thresholds().flatmap(
        lambda theta: with_competitor(spike_trains(threshold=theta), theta).map(lambda x: (*x, theta))
    )


def judge(eta: SpikeTrain, c: SpikeTrain, threshold: float) -> Verdict:
    """s = c + IF(eta - c) is larger than IF(eta), or the same train."""
    s, spikes = admissible(eta, c, threshold), IF(threshold)(eta)
    return identical(s, spikes) if l1(s) <= l1(spikes) else equal(True, note="s is larger")


CLAIM = Claim(
    name="S7-unique",
    title="Integrate-and-fire is the only minimizer",
    statement=(
        "No other lattice train in the open tube has an l1 norm on the whole domain as small as that of IF(f). False: "
        "a spike may come earlier than it has to."
    ),
    latex=(
        r"\operatorname{argmin}\{\lVert s\rVert_1 : s\in S_\vartheta,\ |F - S| < \vartheta\} = "
        r"\{\mathrm{IF}_\vartheta(f)\}"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta", "c"), on_lattice("c", 1, 2)),
    counterexamples=(
        Example("(0, 1) and (1, 0)", (SpikeTrain([0.0, 1.0], [0.75, 0.75]), SpikeTrain([0.0], [1.0]), 1.0)),
    ),
)
