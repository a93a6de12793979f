r"""Q4-modulo. Subtraction sends what modulo sends exactly if the potential never reaches two thresholds.

    Sub(eta) = Mod(eta)   iff   |u| < 2 theta at every firing of Sub;       |a_i| <= (2 - beta) theta suffices,

if no gap is shorter than g and beta = exp(-alpha g) > 0: then |u| < beta theta + (2 - beta) theta. As long as
|u| < 2 theta, trunc(u / theta) is the sign; the first time that it is not, the two send different weights.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath._numeric.potential import BITS, Undecided, precision, rational, sign
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, equal
from spikemath.theorems._data import are_trains, decay, enclosed, gaps, largest, number, steps, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, half of them with weights that suffice; thresholds and leaks."""
    small = thresholds().flatmap(
        lambda theta: st.tuples(spike_trains(threshold=theta, max_weight=theta), st.just(theta), leaks())
    )
    return train_cases() | small


def judge(eta: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """(Sub(eta) = Mod(eta)) is (|u| < 2 threshold at every firing of Sub), and true of weights that suffice."""
    sub = LIF(threshold, alpha, reset="subtract")(eta)
    same = sub == LIF(threshold, alpha)(eta)
    twice = 2 * rational(threshold)
    for bits in BITS:
        try:
            with precision(bits):
                large = [s.time for s in steps(eta, sub, alpha) if s.sent and sign(twice - abs(s.before)) <= 0]
        except Undecided:
            continue
        where = float(large[0]) if large else None
        g = min(gaps(eta), default=Fraction(1))
        enough = largest(eta) <= enclosed(lambda g=g: (2 - decay(alpha, g)) * number(threshold))[0]  # type: ignore[misc]
        return equal(
            same == (not large) and (same or not enough), where, "the same train" if same else "different trains"
        )
    return Verdict("undecided", note="a potential that cannot be told from two thresholds")


CLAIM = Claim(
    name="Q4-modulo",
    title="Subtraction is modulo as long as the potential stays below two thresholds",
    statement=(
        "On a train, reset by subtraction and reset to modulo send the same spikes if and only if the potential of the "
        "former is below two thresholds, in absolute value, whenever it fires. Weights of absolute value at most "
        "(2 - beta) theta suffice, if no gap is shorter than g and beta = exp(-alpha g) > 0."
    ),
    latex=(
        r"\mathrm{Sub}(\eta) = \mathrm{Mod}(\eta) \iff \lvert u(t_k)\rvert < 2\vartheta \;\; \forall k, \qquad "
        r"\max_i\lvert a_i\rvert \le (2-\beta)\vartheta \;\text{suffices}"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    sharp=(
        Example("just below two thresholds: equal", (SpikeTrain([0.0], [2.0 - 2.0**-52]), 1.0, 0.0)),
        Example("two thresholds: different", (SpikeTrain([0.0], [2.0]), 1.0, 0.0)),
    ),
)
