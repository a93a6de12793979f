r"""L8. A pulse of weight zero changes nothing, for every reset, since zero weights vanish before anything else.

It has to be so: under subtraction a pulse of zero that were kept would arm the neuron again (L8-subtract).

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains, events, train_cases
from spikemath.theorems._laws import one_by_one


def instances() -> Any:
    """Trains aimed at multiples of the threshold, all resets, and times for pulses of weight zero."""

    def with_zeros(case: Any) -> Any:
        eta, *rest = case
        t0, t1 = eta.domain
        places = st.floats(t0, t1) | st.sampled_from([t0, *eta.times.tolist(), t1])
        zeros = st.lists(places, min_size=1, max_size=4).map(tuple)
        return st.tuples(st.just(eta), zeros, *map(st.just, rest))

    return train_cases(resets=RESETS).flatmap(with_zeros)


def judge(eta: SpikeTrain, zeros: tuple[float, ...], threshold: float, alpha: float, reset: str) -> Verdict:
    """With pulses of weight zero at those times: the same spikes."""
    times = np.concatenate([eta.times, np.array(zeros)])
    order = np.argsort(times, kind="stable")
    padded = SpikeTrain([], [], domain=eta.domain)
    for row in eta._terms:
        padded = padded + SpikeTrain(times[order], np.concatenate([row, np.zeros(len(zeros))])[order])
    op = LIF(threshold, alpha, reset)
    return equal(op(padded) == op(eta) and (reset == "subtract" or _harmless(eta, zeros, threshold, reset)))


def _harmless(eta: SpikeTrain, zeros: tuple[float, ...], threshold: float, reset: str) -> bool:
    """Whether the literal rule without leak, a test after every pulse, sends and keeps the same with the zeros in."""
    padded = sorted([*events(eta), *((Fraction(t), Fraction(0)) for t in zeros)], key=lambda event: event[0])
    plain = one_by_one(reset, Fraction(0), eta.exact_weights(), threshold)
    return plain == one_by_one(reset, Fraction(0), [a for _, a in padded], threshold)


CLAIM = Claim(
    name="L8",
    title="A pulse of weight zero changes nothing",
    statement=(
        "Inserting pulses of weight zero into a train changes no spike, whatever the reset, because they vanish before "
        "anything else happens. (For modulo and zero they would change nothing if they were kept, either.)"
    ),
    latex=r"L(\eta + 0\,\delta_t) = L(\eta)",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "the times are in the domain",
            lambda eta, zeros, *rest: all(eta.domain[0] <= t <= eta.domain[1] for t in zeros),
        ),
    ),
    sharp=(
        Example("a pulse of three thresholds, then zero", (SpikeTrain([0.0], [3.0]), (0.0,), 1.0, 0.0, "subtract")),
    ),
)
