r"""S8. The mass budget: for every reset and every leak, without refractory time,

    sum |s_n| + |potential_N|  <=  sum |a_n|.

A spike of weight s takes at least |s| off |u|, the leak takes more, and only the input adds to it. So the size of an
output is known before it is computed.

The potential is computed from what the neuron still holds: all of eta - s with reset to modulo and by subtraction, what
came after the last spike with reset to zero.

Source: spikemath; no claim to be first.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath._numeric.potential import rational
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.sparsity import l1
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, compare, exactly
from spikemath.theorems._data import RESETS, are_trains, decay, enclosed, events, settled, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, thresholds, leaks and all resets."""
    return train_cases(resets=RESETS)


def judge(eta: SpikeTrain, threshold: float, alpha: float, reset: str) -> Verdict:
    """sum |s| + |potential at the last event| <= sum |a|."""
    spikes = LIF(threshold, alpha, reset=reset)(eta)
    sent = dict(events(spikes))
    held: list[tuple[Fraction, Fraction]] = []
    for t, a in events(eta):
        held.append((t, a))
        if t in sent:
            held = [] if reset == "zero" else [*held, (t, -sent[t])]
    if not held:
        return compare(exactly(l1(spikes)), exactly(l1(eta)), strict=False)
    end = held[-1][0]

    def potential() -> Any:
        return abs(sum((rational(c) * decay(alpha, end - t) for t, c in held), rational(0)))

    def sides(bits: int) -> Any:
        low, high = enclosed(potential, bits)
        return (l1(spikes) + low, l1(spikes) + high), exactly(l1(eta))

    return settled(sides, strict=False)


CLAIM = Claim(
    name="S8",
    title="The output is never larger than the input: the mass budget",
    statement=(
        "For every finite train, every leak and each of the three resets, without refractory time, the l1 norm of the "
        "output plus the absolute value of the potential that is left is at most the l1 norm of the input."
    ),
    latex=r"\sum_n |s_n| + |u_N| \le \sum_n |a_n|",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis("the reset is known", lambda eta, threshold, alpha, reset: reset in RESETS),
    ),
    sharp=(
        Example("one sign, no leak: equality", (SpikeTrain([0.0, 1.0], [0.75, 1.5]), 1.0, 0.0, "modulo")),
        Example("one pulse, any leak: equality", (SpikeTrain([0.0], [2.5]), 1.0, 3.0, "subtract")),
    ),
)
