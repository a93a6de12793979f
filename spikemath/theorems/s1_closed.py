r"""S1-closed, refuted: S1 with the closed tube |int (s - f)| <= theta.

f = (theta, -theta, theta, ...) stays in the closed tube of the empty train, while IF repeats it: N theta against 0.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.sparsity.sparsest import on_events
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains, plain_norm
from spikemath.theorems._lattice import on_lattice, smaller, with_competitor


def instances() -> Any:
    """Trains, and lattice trains in the closed tube around them."""

    def of(theta: float) -> Any:
        pair = with_competitor(spike_trains(threshold=theta), theta)
        return pair.map(lambda x: (x[0], x[1] + completion(x[0] - x[1], theta), theta))

    return thresholds().flatmap(of)


def completion(eta: SpikeTrain, threshold: float) -> SpikeTrain:
    """Spikes that keep eta in the closed tube, and are sent only where the residual is outside."""
    theta, V, counts = Fraction(threshold), Fraction(0), []
    for a in eta.exact_weights():
        V += a
        counts.append(0 if abs(V) <= theta else int(V / theta))  # int truncates
        V -= theta * counts[-1]
    return on_events(eta, counts, threshold)


def judge(eta: SpikeTrain, s: SpikeTrain, threshold: float) -> Verdict:
    """||IF(eta)||_1 <= ||s||_1."""
    return smaller(IF(threshold)(eta), s)


def _alternating(n: int) -> SpikeTrain:
    return SpikeTrain([float(i) for i in range(n)], [(-1.0) ** i for i in range(n)])


CLAIM = Claim(
    name="S1-closed",
    title="Integrate-and-fire is sparsest in the closed tube",
    statement=(
        "Among the lattice trains with an error norm of at most the threshold, IF has the smallest l1 norm. False: the "
        "alternating train of N single thresholds is its own encoding, and the empty train is at the distance of one "
        "threshold."
    ),
    latex=(
        r"\lVert \mathrm{IF}_\vartheta(\eta)\rVert_1 \le \lVert s\rVert_1 \quad\text{for } s\in S_\vartheta,\ "
        r"\lVert s-\eta\rVert_A \le \vartheta"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta", "s"),
        on_lattice("s", 1, 2),
        Hypothesis("s is in the closed tube", lambda eta, s, threshold: plain_norm(eta - s) <= Fraction(threshold)),
    ),
    counterexamples=(
        Example("one pulse of one threshold", (SpikeTrain([0.0], [1.0]), SpikeTrain([], [], domain=(0.0, 0.0)), 1.0)),
        Example("N = 8: 8 against 0", (_alternating(8), SpikeTrain([], [], domain=(0.0, 7.0)), 1.0)),
    ),
)
