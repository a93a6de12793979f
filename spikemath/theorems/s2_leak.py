r"""S2, refuted: that S1 holds with leak.

beta = 3/4, theta = 1, f = (-3/4, -2, 3/2):    LIF = (0, -2, 1), size 3;    s = (-1, -1, 0), size 2,
residuals of s: 1/4, -13/16, 57/64. A spike that is not forced can pay later, for it decays.

It is true where all spikes of LIF have one sign (S3). The optimum is that over the events of the train.

Source: stated without restriction of the leak in arXiv 2410.17441; the counterexample is new.
"""

from __future__ import annotations

import math
from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import a_leak, are_trains, train_cases
from spikemath.theorems._lattice import against_the_optimum, moderate_leaks, smaller


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and leaks that are not 0."""
    return train_cases(alphas=moderate_leaks())


def judge(eta: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||LIF(eta)||_1 <= ||s||_1 for the sparsest train s on the events of eta."""
    spikes = LIF(threshold, alpha)(eta)
    return against_the_optimum(eta, threshold, alpha, lambda best: smaller(spikes, best))


CLAIM = Claim(
    name="S2",
    title="With leak, LIF is the sparsest lattice train in the open tube",
    statement=(
        "As S1, for a leak alpha > 0. False from three events on: with a decay of 3/4 from event to event, threshold 1 "
        "and weights -3/4, -2, 3/2, LIF sends 0, -2, 1 where -1, -1, 0 stays in the tube."
    ),
    latex=(
        r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(\eta)\rVert_1 \le \lVert s\rVert_1 "
        r"\quad\text{for } s\in S_\vartheta,\ |U_{s-\eta}| < \vartheta"
    ),
    source="arXiv 2410.17441",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        a_leak(),
    ),
    counterexamples=(
        Example(
            "decay 3/4: 3 against 2",
            (SpikeTrain([0.0, 1.0, 2.0], [-0.75, -2.0, 1.5]), 1.0, math.log(4.0 / 3.0)),
        ),
        Example(
            "the same, upside down and twice as fast",
            (SpikeTrain([0.0, 0.5, 1.0], [0.75, 2.0, -1.5]), 1.0, 2.0 * math.log(4.0 / 3.0)),
        ),
    ),
)
