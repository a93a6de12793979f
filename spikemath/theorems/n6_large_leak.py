r"""N6. As the leak grows, the norm of a train tends to its largest weight; how fast.

    max |a_i| / (1 + q)  <=  ||eta||_{A,alpha}  <=  max |a_i| / (1 - q),       q = exp(-alpha * shortest gap)

For a_n = U_n - beta_n U_{n-1}, so |a_n| <= (1 + q) sup |U|, and |U_n| <= q sup |U| + max |a_i|. Equality below for
weights 1, -(1 + q); above in the limit of many equal weights.

Source: the limit is in arXiv 2305.05772; the bounds are new.
"""

from __future__ import annotations

from typing import Any

from spikemath.norms import alexiewicz_bounds
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, all_of
from spikemath.theorems._data import (
    are_trains,
    decay,
    enclosed,
    gaps,
    largest,
    loss,
    number,
    place,
    settled,
    train_cases,
)


def instances() -> Any:
    """Trains with two events or more, and leaks."""
    return train_cases().map(lambda case: (case[0], case[2])).filter(lambda case: len(case[0]) >= 2 and case[1] > 0)


def judge(eta: SpikeTrain, alpha: float) -> Verdict:
    """Both inequalities."""
    gap, m = min(gaps(eta)), number(largest(eta))
    where = place(eta, alpha)

    def low(bits: int) -> tuple[Bounds, Bounds]:
        return enclosed(lambda: m / (1 + decay(alpha, gap)), bits), alexiewicz_bounds(eta, alpha, bits)

    def high(bits: int) -> tuple[Bounds, Bounds]:
        return alexiewicz_bounds(eta, alpha, bits), enclosed(lambda: m / loss(alpha, gap), bits)

    return all_of(settled(low, strict=False, witness=where), settled(high, strict=False, witness=where))


CLAIM = Claim(
    name="N6",
    title="A large leak leaves the largest weight",
    statement=(
        "For a train with gaps of at least g and alpha > 0, the leaky Alexiewicz norm lies between the largest "
        "absolute weight divided by 1 + q and by 1 - q, q = exp(-alpha g); so it tends to that weight as alpha grows."
    ),
    latex=(
        r"\frac{\max_i\lvert a_i\rvert}{1 + q} \le \lVert\eta\rVert_{A,\alpha} \le "
        r"\frac{\max_i\lvert a_i\rvert}{1 - q}, \qquad q = e^{-\alpha g}"
    ),
    source="spikemath; the limit: arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis("eta has two events or more", lambda eta, alpha: len(eta) >= 2),
        Hypothesis("alpha > 0", lambda eta, alpha: alpha > 0),
    ),
    sharp=(
        Example("below: 1 and -(1 + 1/e), nearly", (SpikeTrain([0.0, 1.0], [1.0, -1.3678794411714423]), 1.0)),
        Example("above: 60 pulses of 1", (SpikeTrain([float(k) for k in range(60)], [1.0] * 60), 1.0)),
    ),
)
