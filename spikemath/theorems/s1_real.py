r"""S1-real, refuted: S1 among trains of real weights.

f = (1, -1, 1, -1, ...) with theta = 1 is its own encoding; s = e f has residuals 1 - e and 0: smaller by any factor.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_norm
from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains
from spikemath.theorems._lattice import smaller


def instances() -> Any:
    """Trains, and their encodings with a smaller threshold: these are in the tube."""

    def of(theta: float) -> Any:
        part = st.sampled_from([0.5, 0.25, 0.75, 0.9375])
        pair = st.tuples(spike_trains(threshold=theta), part)
        return pair.map(lambda x: (x[0], IF(x[1] * theta)(x[0]), theta))

    return thresholds().flatmap(of)


def judge(eta: SpikeTrain, s: SpikeTrain, threshold: float) -> Verdict:
    """||IF(eta)||_1 <= ||s||_1."""
    return smaller(IF(threshold)(eta), s)


def _alternating(n: int, size: float) -> SpikeTrain:
    return SpikeTrain([float(i) for i in range(n)], [size * (-1.0) ** i for i in range(n)])


CLAIM = Claim(
    name="S1-real",
    title="Integrate-and-fire is sparsest among trains of real weights",
    statement=(
        "Among all trains in the open tube, of any weights, IF has the smallest l1 norm. False by any factor: of the "
        "alternating train of single thresholds a small multiple is enough."
    ),
    latex=(
        r"\lVert \mathrm{IF}_\vartheta(\eta)\rVert_1 \le \lVert s\rVert_1 "
        r"\quad\text{for } \lVert s-\eta\rVert_A < \vartheta"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta", "s"),
        Hypothesis("s is in the open tube", lambda eta, s, threshold: alexiewicz_norm(eta - s) < threshold),
    ),
    counterexamples=(
        Example("one pulse: a quarter of it is enough", (_alternating(1, 1.0), _alternating(1, 0.25), 1.0)),
        Example("smaller by a factor of 1024", (_alternating(8, 1.0), _alternating(8, 2.0**-10), 1.0)),
    ),
)
