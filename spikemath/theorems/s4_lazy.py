r"""S4. LIF is lazy, for every leak: the first difference of an admissible train from it is an excess.

Let s be admissible and equal to LIF(f) before t_k, the time of a spike s_k. Then s spikes at t_k, with the sign of
s_k and at least |s_k|: the potential u is the same, and |u - s| < theta leaves only theta trunc(u / theta) and its
neighbour away from 0. So where s differs for the first time, it sends more than LIF(f) does.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, all_of, compare, equal, exactly
from spikemath.theorems._data import are_trains, events
from spikemath.theorems._lattice import admissible, moderate_leaks, on_lattice, with_competitor


def instances() -> Any:
    """Trains aimed at multiples of the threshold, lattice trains, and leaks."""

    def of(theta: float) -> Any:
        alpha = st.one_of(leaks(), moderate_leaks())
        pair = with_competitor(spike_trains(threshold=theta), theta)
        return st.tuples(pair, st.just(theta), alpha).map(lambda x: (*x[0], *x[1:]))

    return thresholds().flatmap(of)


def judge(eta: SpikeTrain, c: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """At the first time where s = c + LIF(eta - c) and LIF(eta) differ: |LIF| < |s|, and no opposite signs."""
    lazy, other = dict(events(LIF(threshold, alpha)(eta))), dict(events(admissible(eta, c, threshold, alpha)))
    for t in sorted({*lazy, *other}):
        a, b = lazy.get(t, Fraction(0)), other.get(t, Fraction(0))
        if a != b:
            where = float(t)
            return all_of(compare(exactly(abs(a)), exactly(abs(b)), witness=where), equal(a * b >= 0, witness=where))
    return equal(True, note="the same train")


CLAIM = Claim(
    name="S4",
    title="LIF is lazy: the first difference of an admissible train from it is an excess",
    statement=(
        "Let a lattice train in the open tube equal LIF(f) before a time. At that time it spikes with the sign of the "
        "spike of LIF(f) and at least its weight, or LIF(f) is silent. So where the two differ for the first time, the "
        "other train sends more."
    ),
    latex=(
        r"s = \mathrm{LIF}_{\vartheta,\alpha}(f) \text{ on } [t_0, t_k) \;\Rightarrow\; "
        r"\operatorname{sgn} s(t_k) = \operatorname{sgn} s_k,\ |s(t_k)| \ge |s_k|"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta", "c"), on_lattice("c", 1, 2)),
    sharp=(
        Example(
            "the optimum of S2 spikes earlier",
            (SpikeTrain([0.0, 1.0, 2.0], [-0.75, -2.0, 1.5]), SpikeTrain([0.0], [-1.0]), 1.0, 0.2876820724517809),
        ),
        Example("more at the first spike", (SpikeTrain([0.0], [2.5]), SpikeTrain([0.0], [3.0]), 1.0, 0.0)),
    ),
)
