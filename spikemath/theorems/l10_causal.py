r"""L10. Encoders are causal: the spikes of a train up to a time depend on the train up to that time. Refractory
times may be any.

Source: arXiv 2305.05772.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, a time to stop, all resets, with and without refractory time."""

    def stopped(case: Any) -> Any:
        eta, *rest = case
        t0, t1 = eta.domain
        stops = st.sampled_from([*eta.times.tolist(), t1]) | st.floats(t0, t1)
        refractory = st.sampled_from([0.0, 0.1, 0.5, 1.0])
        return st.tuples(st.just(eta), stops, *map(st.just, rest), refractory)

    return train_cases(resets=RESETS).flatmap(stopped)


def judge(
    eta: SpikeTrain, stop: float, threshold: float, alpha: float, reset: str, refractory: float
) -> Verdict:  # fmt: skip
    """L(eta up to stop) = L(eta) up to stop."""
    op, start = LIF(threshold, alpha, reset, refractory), eta.domain[0]
    return equal(op(eta.restrict(start, stop)) == op(eta).restrict(start, stop))


CLAIM = Claim(
    name="L10",
    title="Encoders are causal",
    statement=(
        "The spikes of a train up to a time depend on the train up to that time only, whatever leak, reset and "
        "refractory time."
    ),
    latex=r"L(\eta|_{[t_0,t]}) = L(\eta)|_{[t_0,t]}",
    source="arXiv 2305.05772",
    status="published",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "the stop is in the domain", lambda eta, stop, *rest: eta.domain[0] <= stop <= eta.domain[1]
        ),
    ),
)  # fmt: skip
