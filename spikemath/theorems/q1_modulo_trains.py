r"""Q1. With reset to modulo the error of a train is below the threshold.

    u_n = beta_n V_{n-1} + a_n,     s_n = theta trunc(u_n / theta),     V_n = u_n - s_n,     |V_n| < theta

V is the running leaky integral of eta - LIF(eta) after each event, and between events it only decays.

Source: Moser, Lunglmayr (arXiv 2305.05772, 2402.07954); here in exact form, for any weights and any leak.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import below


def instances() -> Any:
    """Trains aimed at multiples of the threshold, thresholds and leaks."""
    return thresholds().flatmap(lambda theta: st.tuples(spike_trains(threshold=theta), st.just(theta), leaks()))


def judge(eta: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||LIF(eta) - eta||_{A,alpha} < threshold."""
    error = LIF(threshold, alpha)(eta) - eta
    return below(error, alpha, threshold)


CLAIM = Claim(
    name="Q1",
    title="The error of a train is below the threshold",
    statement=(
        "For every finite spike train eta, whatever its weights, and every leak alpha >= 0, the LIF neuron with reset "
        "to modulo and no refractory time leaves an error of leaky Alexiewicz norm strictly below its threshold. No "
        "smaller constant does, for any alpha."
    ),
    latex=r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(\eta) - \eta \rVert_{A,\alpha} < \vartheta",
    source="arXiv 2305.05772, 2402.07954",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(Hypothesis("eta is a SpikeTrain", lambda eta, threshold, alpha: isinstance(eta, SpikeTrain)),),
    sharp=(Example("one pulse just below the threshold", (SpikeTrain([0.0], [1.0 - 2.0**-53]), 1.0, 0.5)),),
)
