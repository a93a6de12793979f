r"""L11. Encoders do not add mass: the l1 norm of the output is at most that of the input, for every reset and leak.

A spike of weight s lowers |u| by at least |s|, and only the input can raise it. (With what is left in the potential it
is the mass budget S8.)

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict, compare, exactly
from spikemath.theorems._data import RESETS, are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, all resets."""
    return train_cases(resets=RESETS)


def judge(eta: SpikeTrain, threshold: float, alpha: float, reset: str) -> Verdict:
    """sum |s_k| <= sum |a_i|."""
    sent = sum(map(abs, LIF(threshold, alpha, reset)(eta).exact_weights()), Fraction(0))
    return compare(exactly(sent), exactly(sum(map(abs, eta.exact_weights()), Fraction(0))), strict=False)


CLAIM = Claim(
    name="L11",
    title="Encoders do not add mass",
    statement=(
        "The absolute weights of the spikes of a train sum to at most those of the train, for every leak and reset."
    ),
    latex=r"\lVert L(\eta) \rVert_1 \le \lVert \eta \rVert_1",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    sharp=(Example("a train on the lattice", (SpikeTrain([0.0, 1.0], [2.0, -3.0]), 1.0, 1.0, "modulo")),),
)
