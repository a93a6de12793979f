r"""L7. In chunks, with the state carried over, the spikes are the same.

The state at a cut, as a train that the neuron would not answer: for modulo and subtract what came in minus what was
sent, for zero what came in since the last spike. Put before the rest of the input it gives the rest of the spikes.
(For subtract that needs a residual below the threshold up to the cut: single-shot, it may hold more, and such a state
is no input.)

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, equal
from spikemath.theorems._data import RESETS, are_trains, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, all resets, and a place to cut."""

    def cut(case: Any) -> Any:
        eta, *rest = case
        return st.tuples(st.just(eta), st.integers(0, len(eta)), *map(st.just, rest))

    return train_cases(resets=RESETS).flatmap(cut).filter(lambda case: _silent(*case))


def _part(eta: SpikeTrain, first: int, last: int) -> SpikeTrain:
    """Events first, ..., last - 1, on the domain of the whole."""
    kept = SpikeTrain([], [], domain=eta.domain)
    for row in eta._terms:
        kept = kept + SpikeTrain(eta.times[first:last], row[first:last], domain=eta.domain)
    return kept


def _state(eta: SpikeTrain, cut: int, threshold: float, alpha: float, reset: str) -> SpikeTrain:
    """What stands for the state of the neuron after the first ``cut`` events."""
    head = _part(eta, 0, cut)
    spikes = LIF(threshold, alpha, reset)(head)
    if reset != "zero":
        return head - spikes
    since = int((eta.times <= spikes.times[-1]).sum()) if len(spikes) else 0
    return _part(eta, since, cut)


def _silent(eta: SpikeTrain, cut: int, threshold: float, alpha: float, reset: str) -> bool:
    if reset == "zero":
        return True
    return len(LIF(threshold, alpha, reset)(_state(eta, cut, threshold, alpha, reset))) == 0


def judge(eta: SpikeTrain, cut: int, threshold: float, alpha: float, reset: str) -> Verdict:
    """L(state + rest) = L(eta) - L(head)."""
    op = LIF(threshold, alpha, reset)
    head, rest = _part(eta, 0, cut), _part(eta, cut, len(eta))
    later = op(_state(eta, cut, threshold, alpha, reset) + rest)
    return equal(later == op(eta) - op(head))


CLAIM = Claim(
    name="L7",
    title="In chunks, with the state carried over, the spikes are the same",
    statement=(
        "The spikes of a train after a cut are those of the rest of the train, if the state of the neuron is carried "
        "over: for every leak and reset (for subtraction: where the residual at the cut is below the threshold)."
    ),
    latex=r"L(\eta) = L(\eta_{\le c}) + L(V_c + \eta_{>c})",
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta"),
        Hypothesis(
            "the cut is a number of events",
            lambda eta, cut, threshold, alpha, reset: isinstance(cut, int) and 0 <= cut <= len(eta),
        ),
        Hypothesis("the state at the cut is an input that the neuron does not answer", _silent),
    ),
    sharp=(Example("0.1 + 0.2, cut between, beside 0.3", (SpikeTrain([0.0, 1.0], [0.1, 0.2]), 1, 0.3, 0.0, "modulo")),),
)
