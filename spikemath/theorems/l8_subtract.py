r"""L8-subtract, refuted: that a pulse of weight zero changes nothing, if it is kept, for reset by subtraction.

Single-shot, the neuron is armed again by the next pulse. A pulse of zero would be one: after three thresholds at once
it lets out the second. (Clocked simulators do that at every step.) So zero weights have to be dropped first (L8).

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, equal
from spikemath.theorems._laws import one_by_one


def instances() -> Any:
    """Weights aimed at multiples of the threshold, and a place for a zero among them."""

    def of(theta: float) -> Any:
        some = st.lists(weights(threshold=theta), min_size=1, max_size=6).map(tuple)
        return some.flatmap(lambda a: st.tuples(st.just(a), st.integers(0, len(a)), st.just(theta)))

    return thresholds().flatmap(of)


def judge(weights: tuple[float, ...], place: int, threshold: float) -> Verdict:
    """The literal rule, a test after every pulse, sends and keeps the same with a zero put in. No leak."""
    plain = one_by_one("subtract", Fraction(0), weights, threshold)
    padded = one_by_one("subtract", Fraction(0), (*weights[:place], 0.0, *weights[place:]), threshold)
    return equal(plain == padded, note=f"{plain[0]} and {padded[0]} thresholds")


CLAIM = Claim(
    name="L8-subtract",
    title="A pulse of weight zero that is kept changes nothing under subtraction",
    statement=(
        "Reset by subtraction, tested after every pulse, sends the same whether pulses of weight zero are dropped or "
        "kept. False: a pulse of zero arms the neuron again. (It is true of modulo and zero.)"
    ),
    latex=r"\mathrm{Sub}(a_1, \dots, a_k, 0, a_{k+1}, \dots) = \mathrm{Sub}(a_1, \dots, a_n)",
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis(
            "the place is between the pulses, or at an end",
            lambda weights, place, threshold: 0 <= place <= len(weights),
        ),
        Hypothesis("the threshold is positive", lambda weights, place, threshold: threshold > 0),
    ),
    counterexamples=(Example("two thresholds, then zero", ((2.0,), 1, 1.0)),),
)
