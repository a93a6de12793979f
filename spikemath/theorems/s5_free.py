r"""S5-free, refuted: that spikes between the events cannot beat spikes at the events.

Without leak it is true: moving every spike to the next event of eta keeps the values of the primitive there. With leak
a spike between two events has decayed by a factor in between, and reaches residuals that none at an event does:

    beta = 1/2, theta = 1, eta = (0.9, 1.2, -1.4):   on the events the optimum is 2;   one spike of +1 at the time where
    0.7 of it is left at the second event has residuals 0.9, 0.64 | -0.36, 0.95, -0.925.

Two events are too few: a single spike between them that is of use is admissible at the second as well.

Source: spikemath.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import a_leak, are_trains, train_cases
from spikemath.theorems._lattice import (
    admissible,
    against_the_optimum,
    competitors,
    moderate_leaks,
    on_lattice,
    smaller,
)


def instances() -> Any:
    """Trains, lattice trains at their events, half way between, and at any times, thresholds and leaks."""

    def of(case: tuple[SpikeTrain, float, float]) -> Any:
        eta, theta, alpha = case
        between = [a + (b - a) / 2 for a, b in pairwise(eta.times.tolist())]
        others = competitors(eta, theta)
        if between:
            single = st.tuples(st.sampled_from(between), st.sampled_from([theta, -theta]))
            others = others | single.map(lambda x: SpikeTrain([x[0]], [x[1]], domain=eta.domain))
        return others.map(lambda c: (eta, c, theta, alpha))

    return train_cases(alphas=moderate_leaks()).flatmap(of)


def judge(eta: SpikeTrain, c: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||optimum on the events||_1 <= ||s||_1 for s = c + LIF(eta - c), which may spike at any time."""
    s = admissible(eta, c, threshold, alpha)
    return against_the_optimum(eta, threshold, alpha, lambda best: smaller(best, s))


_THREE = SpikeTrain([0.0, 1.0, 2.0], [0.9, 1.2, -1.4])

CLAIM = Claim(
    name="S5-free",
    title="Spikes between the events cannot beat spikes at the events",
    statement=(
        "For a train eta, the smallest l1 norm of lattice trains in the open tube is attained at the events of eta. "
        "True without leak. False with leak from three events on: the time of a spike between events tunes its weight."
    ),
    latex=(
        r"\min\{\lVert s\rVert_1 : \operatorname{supp} s\subset\operatorname{supp}\eta\} = \min\{\lVert s\rVert_1\}"
        r"\quad\text{over } s\in S_\vartheta,\ |U_{s-\eta}| < \vartheta"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta", "c"),
        on_lattice("c", 1, 2),
        a_leak(),
    ),
    counterexamples=(
        Example(
            "decay 1/2: 2 against 1",
            (_THREE, SpikeTrain([1.0 + math.log2(0.7)], [1.0], domain=(0.0, 2.0)), 1.0, math.log(2.0)),
        ),
        Example(
            "the same, upside down, with a spike half way",
            (-1.0 * _THREE, SpikeTrain([0.5], [-1.0], domain=(0.0, 2.0)), 1.0, math.log(2.0)),
        ),
    ),
)
