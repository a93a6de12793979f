r"""Q4-theta, refuted: that reset by subtraction keeps the bound of Q1.

It does for |a_i| <= (2 - beta) theta (Q4). One pulse of two thresholds leaves an error of one.

Source: spikemath; measured in arXiv 2305.05772.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import are_trains, below, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, thresholds and leaks."""
    return train_cases()


def judge(eta: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||Sub(eta) - eta||_{A,alpha} < threshold."""
    error = eta - LIF(threshold, alpha, reset="subtract")(eta)
    return below(error, alpha, threshold)


CLAIM = Claim(
    name="Q4-theta",
    title="Reset by subtraction keeps the bound for all weights",
    statement=(
        "The error of reset by subtraction is below the threshold, as that of reset to modulo. False once the "
        "weights exceed (2 - beta) theta: one pulse of two thresholds, or a residual and a pulse of five quarters."
    ),
    latex=r"\lVert \mathrm{Sub}_{\vartheta,\alpha}(\eta) - \eta \rVert_{A,\alpha} < \vartheta",
    source="spikemath; measured in arXiv 2305.05772",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    counterexamples=(
        Example("one pulse of two thresholds", (SpikeTrain([0.0], [2.0]), 1.0, 1.0)),
        Example("weights up to 5/4, no leak", (SpikeTrain([0.0, 1.0], [0.75, 1.25]), 1.0, 0.0)),
    ),
)
