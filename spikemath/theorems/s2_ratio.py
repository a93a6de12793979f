r"""S2-ratio, refuted: that LIF is sparsest up to a constant factor.

For every leak: with beta = exp(-alpha), theta = 1, events at 0, 1, 2, ...,

    f = (1/2, 1 - beta/2 + d, -(1 + e), 1 + e, -(1 + e), ...),    e = beta (1 - beta) / 5,    0 < d small.

LIF holds back at the first event and spikes at all others: after the second its residual is d, and from there on it
alternates around 0, where each pulse completes a threshold. A single spike of +1 at the first event leaves -1/2, then
1 - beta + d, and then residuals that alternate with the pulses: what is left of the last one, which has the other sign,
keeps each within the tube. Sizes: N - 1 against 1. (d, here e/4, keeps every comparison away from a tie.)

Source: spikemath.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import a_leak, are_trains, train_cases
from spikemath.theorems._lattice import against_the_optimum, moderate_leaks, smaller


def instances() -> Any:
    """Trains aimed at multiples of the threshold, factors, and leaks that are not 0."""
    return train_cases(alphas=moderate_leaks(), extra=lambda theta: (st.sampled_from([1.0, 1.5, 2.0, 4.0, 8.0]),))


def judge(eta: SpikeTrain, factor: float, threshold: float, alpha: float) -> Verdict:
    """||LIF(eta)||_1 <= factor ||s||_1 for the sparsest train s on the events of eta."""
    spikes = LIF(threshold, alpha)(eta)
    return against_the_optimum(eta, threshold, alpha, lambda best: smaller(spikes, best, factor))


def family(n: int, alpha: float) -> SpikeTrain:
    """n events at 0, 1, 2, ... for which LIF with threshold 1 sends n - 1 single spikes, and one is enough."""
    beta = math.exp(-alpha)
    e = beta * (1.0 - beta) / 5.0
    weights = [0.5, 1.0 - beta / 2.0 + e / 4.0, *((-1.0) ** i * (1.0 + e) for i in range(1, n - 1))]
    return SpikeTrain([float(i) for i in range(n)], weights)


CLAIM = Claim(
    name="S2-ratio",
    title="With leak, LIF is sparsest up to a constant factor",
    statement=(
        "There is a constant C such that the l1 norm of LIF(eta) is at most C times that of the sparsest lattice train "
        "in the open tube. False for every C and every leak: there are trains of N events for which LIF sends N - 1 "
        "spikes where one is enough."
    ),
    latex=(
        r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(\eta)\rVert_1 \le C\,\min\{\lVert s\rVert_1 : s\in S_\vartheta,\ "
        r"|U_{s-\eta}| < \vartheta\}"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        a_leak(),
        Hypothesis("the factor is >= 1", lambda eta, factor, threshold, alpha: factor >= 1),
    ),
    counterexamples=(
        Example("C = 2: 3 against 1", (family(4, math.log(2.0)), 2.0, 1.0, math.log(2.0))),
        Example("C = 4, a weak leak: 5 against 1", (family(6, 0.01), 4.0, 1.0, 0.01)),
        Example("C = 8, a strong leak: 9 against 1", (family(10, 4.0), 8.0, 1.0, 4.0)),
        Example("C = 100: 101 against 1", (family(102, math.log(4.0 / 3.0)), 100.0, 1.0, math.log(4.0 / 3.0))),
    ),
)
