r"""N3. The leaky norm is at most 2 - exp(-alpha T) times the norm without leak.

    U(t) = F(t) - alpha int_{t0}^t exp(-alpha (t - s)) F(s) ds,     |U| <= (1 + 1 - exp(-alpha T)) sup |F|

Equality for pulses of -1 at the start and 2 at the end.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_bounds
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import leaks, signals, spike_trains, thresholds
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_signals, below, enclosed, length, loss, number


def instances() -> Any:
    """Trains and signals, and leaks."""
    either = thresholds().flatmap(lambda theta: spike_trains(threshold=theta) | signals(threshold=theta))
    return st.tuples(either, leaks())


def judge(f: Signal | SpikeTrain, alpha: float) -> Verdict:
    """||f||_{A,alpha} <= (2 - exp(-alpha T)) ||f||_A."""

    def bound(bits: int) -> Bounds:
        plain = alexiewicz_bounds(f, 0.0, bits)
        return enclosed(lambda: (1 + loss(alpha, length(f))) * number(plain), bits)

    return below(f, alpha, bound, strict=False)


CLAIM = Claim(
    name="N3",
    title="The leaky norm is at most 2 - exp(-alpha T) times the plain one",
    statement=(
        "On an interval of length T, the leaky Alexiewicz norm of a signal is at most 2 - exp(-alpha T) times its "
        "Alexiewicz norm, with equality for pulses of -1 and 2 at the two ends. So more leak may well mean a larger "
        "norm."
    ),
    latex=r"\lVert f\rVert_{A,\alpha} \le (2 - e^{-\alpha T})\,\lVert f\rVert_A",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"), Hypothesis("alpha >= 0", lambda f, alpha: alpha >= 0)),
    sharp=(Example("-1 at the start, almost 2 at the end", (SpikeTrain([0.0, 3.0], [-1.0, 2.0 - 2.0**-40]), 1.0)),),
)
