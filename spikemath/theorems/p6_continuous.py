r"""P6-continuous, refuted: that a short enough delay changes the output by little.

Shifting is not continuous on Dirac pulses: one pulse of theta, delayed by D, is at distance theta for every D > 0 (up
to the decay). P6 says so too: its last term is the largest leaky mass in a window, and that does not vanish.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains, below, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and short delays."""
    return train_cases(extra=lambda theta: (st.integers(10, 40).map(lambda k: 2.0**-k),))


def judge(e: SpikeTrain, delay: float, threshold: float, alpha: float) -> Verdict:
    """||LIF(e(. - delay)) - LIF(e)|| < threshold."""
    lif = LIF(threshold, alpha)
    return below(lif(e.shift(delay)) - lif(e), alpha, threshold)


CLAIM = Claim(
    name="P6-continuous",
    title="A short enough delay changes the output by less than a threshold",
    statement=(
        "As the delay D of a train e tends to 0, so does the change of the output; at last it is below one threshold. "
        "False for every train that makes a spike."
    ),
    latex=r"\lim_{D \to 0} \lVert \mathrm{LIF}(e(\cdot - D)) - \mathrm{LIF}(e)\rVert_{A,\alpha} = 0",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("e"),
        Hypothesis("0 < delay <= 2^-10", lambda e, delay, threshold, alpha: 0 < delay <= 2.0**-10),
    ),
    counterexamples=(
        Example("one pulse of a threshold", (SpikeTrain([0.0], [1.0]), 2.0**-10, 1.0, 0.0)),
        Example("with leak, a later instant still", (SpikeTrain([0.0], [1.0]), 1e-300, 1.0, 1.0)),
    ),
)
