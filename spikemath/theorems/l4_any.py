r"""L4-any. Without leak only the order of the events counts: any increasing change of time carries the spikes along.

Source: spikemath.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Hypothesis, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and other increasing times for their events."""

    def warped(case: Any) -> Any:
        eta, *rest = case
        n = len(eta)
        steps = st.lists(st.sampled_from([1.0, 0.25, 8.0, 2.0**-30]), min_size=n, max_size=n)
        return st.tuples(st.just(eta), steps.map(lambda x: tuple(accumulate(x))), *map(st.just, rest))

    return train_cases(alphas=st.just(0.0), resets=RESETS).flatmap(warped)


def judge(eta: SpikeTrain, times: tuple[float, ...], threshold: float, alpha: float, reset: str) -> Verdict:
    """The same counts at the other times."""
    place = dict(zip(eta.exact_times(), times, strict=True))
    moved = SpikeTrain([], [])
    for row in eta._terms:
        moved = moved + SpikeTrain(times, row)
    neuron = LIF(threshold, alpha, reset)
    plain, other = neuron(eta), neuron(moved)
    there = [place[t] for t in plain.exact_times()]
    return equal(other.counts.tolist() == plain.counts.tolist() and other.times.tolist() == there)


CLAIM = Claim(
    name="L4-any",
    title="Without leak, any increasing change of time carries the spikes along",
    statement=(
        "For alpha = 0 the spikes of a train depend on the order of its events only, not on their times, for every "
        "reset."
    ),
    latex=r"\alpha = 0,\; \tau \text{ increasing} \;\Rightarrow\; L(\eta \circ \tau^{-1}) = L(\eta) \circ \tau^{-1}",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "times increase, and are as many as events",
            lambda eta, times, *rest: len(times) == len(eta) and all(a < b for a, b in pairwise(times)),
        ),
        Hypothesis("there is no leak", lambda eta, times, threshold, alpha, reset: alpha == 0),
    ),
)
