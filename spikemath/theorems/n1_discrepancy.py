r"""N1. The Alexiewicz norm and Weyl's discrepancy norm bound each other.

    ||f||_A <= ||f||_D = sup F - inf F <= 2 ||f||_A          (F(t0-) = 0 counts, so sup F >= 0 >= inf F)

Source: arXiv 2305.05772.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import signals, spike_trains, thresholds
from spikemath.theorems._claim import Bounds, Claim, Example, Verdict, all_of, exactly
from spikemath.theorems._data import are_signals, extremes, larger, place, plus, settled, times


def instances() -> Any:
    """Trains and signals."""
    either = thresholds().flatmap(lambda theta: spike_trains(threshold=theta) | signals(threshold=theta))
    return st.tuples(either)


def _of_train(eta: SpikeTrain) -> tuple[Bounds, Bounds]:
    """sup F and -inf F, exact: weights may differ by more digits than bounds have."""
    primitive = list(accumulate(eta.exact_weights(), initial=Fraction(0)))
    return exactly(max(primitive)), exactly(-min(primitive))


def judge(f: Signal | SpikeTrain) -> Verdict:
    """Both inequalities."""

    def sides(bits: int) -> tuple[Bounds, Bounds, Bounds]:
        up, down = _of_train(f) if isinstance(f, SpikeTrain) else extremes(f, 0.0, bits)
        A = larger(up, down)
        return A, plus(up, down), times(2, A)

    where = place(f)
    return all_of(
        settled(lambda bits: sides(bits)[:2], strict=False, witness=where),
        settled(lambda bits: sides(bits)[1:], strict=False, witness=where),
    )


CLAIM = Claim(
    name="N1",
    title="Alexiewicz and discrepancy norm bound each other",
    statement=(
        "For every signal, Weyl's discrepancy norm (the largest absolute integral over an interval) lies between "
        "the Alexiewicz norm and twice that norm."
    ),
    latex=r"\lVert f\rVert_A \le \lVert f\rVert_D \le 2\,\lVert f\rVert_A",
    source="arXiv 2305.05772",
    status="published",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"),),
    sharp=(
        Example("F goes to 1 and back to -1: factor 2", (SpikeTrain([0.0, 1.0], [1.0, -2.0]),)),
        Example("F >= 0: factor 1", (Signal.from_samples([1.0, -1.0], fs=1.0),)),
    ),
)
