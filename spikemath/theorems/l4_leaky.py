r"""L4-leaky, refuted: that any increasing change of time carries the spikes along with a leak too.

What has decayed at the next event depends on the gap. Only the linear change goes with another leak (L4).

Source: spikemath.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, equal
from spikemath.theorems._data import are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and other increasing times for their events."""

    def warped(case: Any) -> Any:
        eta, *rest = case
        n = len(eta)
        steps = st.lists(st.sampled_from([1.0, 0.25, 8.0, 2.0**-30]), min_size=n, max_size=n)
        return st.tuples(st.just(eta), steps.map(lambda x: tuple(accumulate(x))), *map(st.just, rest))

    return train_cases(alphas=leaks(zero=False), resets=("modulo",)).flatmap(warped)


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
    name="L4-leaky",
    title="Any increasing change of time carries the spikes along",
    statement=(
        "The spikes of a train depend on the order of its events only. True without leak (L4-any), false with it."
    ),
    latex=r"\tau \text{ increasing} \;\Rightarrow\; L(\eta \circ \tau^{-1}) = L(\eta) \circ \tau^{-1}",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "times increase, and are as many as events",
            lambda eta, times, *rest: len(times) == len(eta) and all(a < b for a, b in pairwise(times)),
        ),
        Hypothesis("there is a leak", lambda eta, times, threshold, alpha, reset: alpha > 0),
    ),
    counterexamples=(
        Example(
            "two pulses of 3/4, one or four units apart",
            (SpikeTrain([0.0, 1.0], [0.75, 0.75]), (0.0, 4.0), 1.0, 0.5, "modulo"),
        ),
    ),
)
