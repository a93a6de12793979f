r"""P1. What a perturbation of the input does to the output, thresholds being different too.

    || LIF_theta'(eta + nu) - LIF_theta(eta) ||_{A,alpha}  <  ||nu||_{A,alpha} + max(theta, theta')

Let W, W' be the running leaky integrals of the outputs, d = W' - W, n that of nu; then V' = V + n - d after every
event. Same signs of V and V': |d| <= |n| + |V - V'| < |n| + max(theta, theta'). Opposite signs, V > 0 > V': truncation
never over-rounds, so the potentials before the reset satisfy u >= V > 0 > V' >= u' = u + n - beta d_prev, hence
V - V' <= beta d_prev - n, and n < d <= beta d_prev, a bound that holds by induction from d = 0.

Source: new; 2 theta in place of max(theta, theta') in arXiv 2305.05772.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import against, are_trains, train_cases


def instances() -> Any:
    """Two trains aimed at multiples of the threshold; the other threshold is the same, near, or any."""
    near = st.sampled_from([1.0, 1.0 + 2.0**-20, 1.5, 2.0, 0.5])

    def pair(theta: float) -> Any:
        return spike_trains(threshold=theta), near.map(lambda c: c * theta) | thresholds()

    return train_cases(extra=pair)


def judge(eta: SpikeTrain, nu: SpikeTrain, other: float, threshold: float, alpha: float) -> Verdict:
    """||LIF_other(eta + nu) - LIF_threshold(eta)|| < ||nu|| + max(threshold, other)."""
    change = LIF(other, alpha)(eta + nu) - LIF(threshold, alpha)(eta)
    return against(change, alpha, {nu: 1}, max(threshold, other))


CLAIM = Claim(
    name="P1",
    title="The output changes by less than the input plus one threshold",
    statement=(
        "For trains eta and nu, any spacing of their events and any leak, the outputs of two LIF neurons "
        "with reset to modulo and thresholds theta, theta', on eta and on eta + nu, differ by less than the norm of nu "
        "plus the larger threshold. No smaller multiple of the threshold does."
    ),
    latex=(
        r"\lVert \mathrm{LIF}_{\vartheta',\alpha}(\eta + \nu) - \mathrm{LIF}_{\vartheta,\alpha}(\eta)\rVert_{A,\alpha} "
        r"< \lVert\nu\rVert_{A,\alpha} + \max(\vartheta, \vartheta')"
    ),
    source="spikemath; weaker in arXiv 2305.05772",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta", "nu"),),
    sharp=(
        Example(
            "a residual just below the threshold, and what is missing",
            (SpikeTrain([0.0], [1 - 2.0**-40]), SpikeTrain([0.0], [2.0**-40]), 1.0, 1.0, 0.5),
        ),
    ),
)
