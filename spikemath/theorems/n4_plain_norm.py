r"""N4. The norm without leak is at most 1 + alpha T times the leaky one.

    F(t) = U(t) + alpha int_{t0}^t U(s) ds

Equality where U is constant: a pulse of 1 at the start that a constant input of alpha makes up for.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_bounds
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import leaks, signals, spike_trains, thresholds
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_signals, below, length, times


def instances() -> Any:
    """Trains and signals, and leaks."""
    either = thresholds().flatmap(lambda theta: spike_trains(threshold=theta) | signals(threshold=theta))
    return st.tuples(either, leaks())


def judge(f: Signal | SpikeTrain, alpha: float) -> Verdict:
    """||f||_A <= (1 + alpha T) ||f||_{A,alpha}."""

    def bound(bits: int) -> Bounds:
        return times(1 + Fraction(alpha) * length(f), alexiewicz_bounds(f, alpha, bits))

    return below(f, 0.0, bound, strict=False)


CLAIM = Claim(
    name="N4",
    title="The plain norm is at most 1 + alpha T times the leaky one",
    statement=(
        "On an interval of length T, the Alexiewicz norm of a signal is at most 1 + alpha T times its leaky norm, "
        "with equality for signals whose running leaky integral is constant."
    ),
    latex=r"\lVert f\rVert_A \le (1 + \alpha T)\,\lVert f\rVert_{A,\alpha}",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"), Hypothesis("alpha >= 0", lambda f, alpha: alpha >= 0)),
    sharp=(
        Example(
            "U = 1 on [0, 4]",
            (Signal.from_samples([0.5] * 4, fs=1.0) + SpikeTrain([0.0], [1.0]), 0.5),
        ),
    ),
)
