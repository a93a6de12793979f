r"""Q6-limit, refuted: that a refractory time that tends to 0 turns subtraction into modulo.

At a pulse of several thresholds modulo sends them at once, and subtraction one every t_r as long as |u| >= theta. With
a leak the potential falls in between: a pulse of exactly 2 theta makes one spike for *every* t_r > 0, where modulo
sends two thresholds. Without leak all of the mass is sent, but over a time of several t_r: the trains converge
weakly, and not in the Alexiewicz norm.

Here t_r is so short that all spikes due to an event fit before the next one.

Source: spikemath.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, exactly
from spikemath.theorems._data import are_trains, gaps, largest


def instances() -> Any:
    """Trains with gaps of at least 1/2 and weights of at most 8 thresholds."""

    def of(theta: float) -> Any:
        train = spike_trains(threshold=theta, max_size=6, max_weight=8 * theta, min_gap=0.5)
        t_r = st.integers(10, 20).map(lambda k: 2.0**-k)
        return st.tuples(train, st.just(theta), leaks(), t_r)

    return thresholds().flatmap(of)


def _short(eta: SpikeTrain, threshold: float, alpha: float, refractory: float) -> bool:
    n = largest(eta) / Fraction(threshold) + 2
    return refractory > 0 and n * Fraction(refractory) < min([Fraction(1), *gaps(eta)])


def judge(eta: SpikeTrain, threshold: float, alpha: float, refractory: float) -> Verdict:
    """From each event to the next, subtraction sends the mass that modulo sends: no difference."""
    end = eta.domain[1] + 1.0
    f = eta + SpikeTrain([], [], domain=(end, end))  # time to send all that the last event is worth
    times = eta.exact_times()
    found = np.zeros(len(times), dtype=int)
    for sign, spikes in ((1, LIF(threshold, alpha, "subtract", refractory)(f)), (-1, LIF(threshold, alpha)(f))):
        for t, n in zip(spikes.exact_times(), spikes.counts.tolist(), strict=True):
            found[bisect_right(times, t) - 1] += sign * n
    worst = int(np.argmax(np.abs(found))) if len(times) else None
    size = 0 if worst is None else abs(int(found[worst]))
    return compare(exactly(size), exactly(0), strict=False, witness=worst)


CLAIM = Claim(
    name="Q6-limit",
    title="As the refractory time tends to 0, subtraction becomes modulo",
    statement=(
        "For refractory times short enough, reset by subtraction sends after every pulse the mass that reset to modulo "
        "sends at it. False with a leak, however short the time: a pulse of two thresholds makes one spike of one. "
        "(Without leak it is true of the masses, and the trains converge weakly.)"
    ),
    latex=r"\lim_{t_r \to 0} \mathrm{Sub}_{\vartheta,\alpha,t_r}(\eta) = \mathrm{Mod}_{\vartheta,\alpha}(\eta)",
    source="arXiv 2402.07954",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis("refractory times for all spikes of an event fit before the next one (and within 1)", _short),
    ),
    counterexamples=(
        Example("one pulse of two thresholds", (SpikeTrain([0.0], [2.0]), 1.0, 1.0, 2.0**-10)),
        Example("... for a refractory time of 1e-100 too", (SpikeTrain([0.0], [2.0]), 1.0, 1.0, 1e-100)),
    ),
)
