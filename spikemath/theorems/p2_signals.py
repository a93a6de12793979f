r"""P2-signals. The quasi-isometry for signals, with <= above.

    ||g - f|| - 2 theta  <=  ||LIF(g) - LIF(f)||  <=  ||g - f|| + theta

On the reported trains, whose crossings are an instant early, the lower bound is strict, by Q2 twice. A neuron that
fires early, at a potential theta - delta, is one that got delta more for a moment; as a rule delta is a few ulp of
theta, for which the judge allows 2^-35 theta. It grows with the slope, so an excess below 2^-16 theta is left open.

Source: arXiv 2305.05772 for trains, 2501.11453 for signals without leak, with 2 theta above too.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal
from spikemath.strategies import leaks, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, all_of
from spikemath.theorems._data import against, are_signals, held


def instances() -> Any:
    """Two piecewise constant signals with pulses."""
    return thresholds().flatmap(
        lambda theta: st.tuples(held(theta), held(theta), st.just(theta), leaks(max_value=10.0))
    )


def judge(f: Signal, g: Signal, threshold: float, alpha: float) -> Verdict:
    """Both inequalities."""
    lif = LIF(threshold, alpha)
    before, after = g - f, lif(g) - lif(f)
    theta = Fraction(threshold)
    above = against(after, alpha, {before: 1}, theta * (1 + Fraction(1, 2**35)), strict=False)
    if above.verdict == "fails" and against(after, alpha, {before: 1}, theta * (1 + Fraction(1, 2**16)), strict=False):
        above = replace(above, verdict="undecided", note="no more than firing early may cost")
    return all_of(above, against(before, alpha, {after: 1}, 2 * theta))


def _constant(value: float) -> Signal:
    return Signal.from_samples([value], fs=1.0)


CLAIM = Claim(
    name="P2-signals",
    title="LIF is a quasi-isometry on signals",
    statement=(
        "For signals f and g, with or without pulses, the distance of the outputs of a LIF neuron with reset to "
        "modulo, in its leaky Alexiewicz norm, is at most one threshold above, and at most two thresholds below, the "
        "distance of the inputs."
    ),
    latex=(
        r"\lVert g - f\rVert_{A,\alpha} - 2\vartheta \le \lVert \mathrm{LIF}(g) - \mathrm{LIF}(f)\rVert_{A,\alpha} \le "
        r"\lVert g - f\rVert_{A,\alpha} + \vartheta"
    ),
    source="arXiv 2305.05772 (trains), 2501.11453 (signals, no leak)",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f", "g"),),
    sharp=(Example("one just fires and one just does not", (_constant(1.0), _constant(1 - 2.0**-20), 1.0, 0.0)),),
)
