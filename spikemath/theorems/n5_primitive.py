r"""N5. How far the primitive of the output is from that of the input, for a neuron with leak.

    | F - (W + alpha int W) |  <  (1 + alpha T) theta,       W the running leaky integral of the output

W + alpha int W is the primitive of the output, so the left side is ||f - LIF(f)||_A: N4 and Q1 (Q2).

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import leaks, signals, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import are_signals, below, length


def instances() -> Any:
    """Trains and signals aimed at multiples of the threshold."""
    return thresholds().flatmap(
        lambda theta: st.tuples(
            spike_trains(threshold=theta) | signals(threshold=theta), st.just(theta), leaks()
        )
    )  # fmt: skip


def judge(f: Signal | SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||f - LIF(f)||_A < (1 + alpha T) threshold."""
    error = f - LIF(threshold, alpha)(f)
    return below(error, 0.0, (1 + Fraction(alpha) * length(f)) * Fraction(threshold))


_SILENT = (Signal.from_samples([0.5] * 4, fs=1.0) + SpikeTrain([0.0], [1.0])) * (1 - 2.0**-20)

CLAIM = Claim(
    name="N5",
    title="The primitive of the output is within (1 + alpha T) thresholds of that of the input",
    statement=(
        "On an interval of length T, the primitive of the output of a LIF neuron with reset to modulo differs from "
        "that of the input by less than 1 + alpha T thresholds. No smaller number does: an input that keeps the "
        "potential just below the threshold is not seen at all."
    ),
    latex=(
        r"\Bigl\lvert F(t) - W(t) - \alpha\!\int_{t_0}^t\! W \Bigr\rvert < (1 + \alpha T)\,\vartheta, "
        r"\qquad W = U_{\mathrm{LIF}(f)}"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"),),
    sharp=(Example("a potential that stays just below the threshold", (_SILENT, 1.0, 0.5)),),
)
