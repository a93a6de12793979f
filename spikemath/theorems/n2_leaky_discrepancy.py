r"""N2. With leak the factor 2 of N1 becomes 1 + exp(-alpha * shortest gap), on trains.

    ||eta||_{D,alpha} = sup_{r < t} | int_(r, t] exp(-alpha (t - s)) d eta(s) | = sup | U(t) - exp(-alpha (t - r))
U(r) |

and r, t may be taken to be events, which are at least a gap apart. (r before the first event gives the norm itself,
which is therefore a lower bound.)

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath._numeric.potential import bounds, precision, rational
from spikemath.norms import alexiewicz_bounds
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, exactly
from spikemath.theorems._data import (
    are_trains,
    decay,
    enclosed,
    events,
    gaps,
    larger,
    number,
    place,
    settled,
    train_cases,
)


def instances() -> Any:
    """Trains and leaks."""
    return train_cases().map(lambda case: (case[0], case[2])).filter(lambda case: len(case[0]) >= 2) | st.tuples(
        st.just(SpikeTrain([0.0, 1.0], [1.0, -2.0])), st.just(1.0)
    )


def _discrepancy(eta: SpikeTrain, alpha: float, bits: int) -> Bounds:
    """The largest absolute leaky integral over a run of events, at the last of them."""
    train = events(eta)
    found = exactly(0)
    with precision(bits + 64):
        for first in range(len(train)):
            u, last = rational(0), train[first][0]
            for t, a in train[first:]:
                u, last = u * decay(alpha, t - last) + rational(a), t
                found = larger(found, bounds(abs(u)))
    return found


def judge(eta: SpikeTrain, alpha: float) -> Verdict:
    """||eta||_{A,alpha} <= ||eta||_{D,alpha} <= (1 + exp(-alpha gap)) ||eta||_{A,alpha}."""
    gap = min(gaps(eta))

    def low(bits: int) -> tuple[Bounds, Bounds]:
        return alexiewicz_bounds(eta, alpha, bits), _discrepancy(eta, alpha, bits)

    def high(bits: int) -> tuple[Bounds, Bounds]:
        A = alexiewicz_bounds(eta, alpha, bits)
        return _discrepancy(eta, alpha, bits), enclosed(lambda: (1 + decay(alpha, gap)) * number(A), bits)

    where = place(eta, alpha)
    least = settled(low, strict=False, witness=where)  # an equality as a rule, which enclosures may leave open
    return least if least.verdict == "fails" else settled(high, strict=False, witness=where)


CLAIM = Claim(
    name="N2",
    title="With leak, the discrepancy is at most 1 + decay over the shortest gap times the norm",
    statement=(
        "For a train with gaps of at least g, the largest absolute leaky integral over an interval lies between the "
        "leaky Alexiewicz norm and 1 + exp(-alpha g) times that norm."
    ),
    latex=(
        r"\lVert\eta\rVert_{A,\alpha} \le \lVert\eta\rVert_{D,\alpha} \le "
        r"(1 + e^{-\alpha g})\,\lVert\eta\rVert_{A,\alpha}"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis("eta has two events or more", lambda eta, alpha: len(eta) >= 2),
        Hypothesis("alpha >= 0", lambda eta, alpha: alpha >= 0),
    ),
    sharp=(
        Example("no leak: factor 2", (SpikeTrain([0.0, 1.0], [1.0, -2.0]), 0.0)),
        Example("1 and -(1 + 1/e), nearly", (SpikeTrain([0.0, 1.0], [1.0, -1.3678794411714423]), 1.0)),
    ),
)
