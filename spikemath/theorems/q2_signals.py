r"""Q2. With reset to modulo, and crossings reported an instant early, the error of a signal is below the threshold.

    |V(t)| < theta at every t (right limits),     ||LIF(f) - f||_{A,alpha} <= theta

for the operator on the real numbers, whose left limit at a continuous crossing is theta itself (Q2-strict). If every
such time is reported where |u| < theta still holds, and the residual that is really there is carried on, then V jumps
from below theta to within (-theta, 0], and the norm of the error is strictly below theta. The encoder does this, and
this form is the one that is judged; Q2-strict has the operator on the real numbers.

Source: Moser, Lunglmayr (arXiv 2402.07954); the strict form by firing early is new.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal
from spikemath.strategies import leaks, signals, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict
from spikemath.theorems._data import are_signals, below


def instances() -> Any:
    """Signals whose integrals and pulses are aimed at multiples of the threshold."""
    return thresholds().flatmap(lambda theta: st.tuples(signals(threshold=theta), st.just(theta), leaks()))


def judge(f: Signal, threshold: float, alpha: float) -> Verdict:
    """||LIF(f) - f||_{A,alpha} < threshold, of the reported train."""
    return below(f - LIF(threshold, alpha)(f), alpha, threshold)


CLAIM = Claim(
    name="Q2",
    title="The error of a signal is below the threshold, if crossings are reported an instant early",
    statement=(
        "For every signal f, with or without pulses, and every leak alpha >= 0, the LIF neuron with reset to modulo "
        "and no refractory time keeps its residual strictly below the threshold at every instant (as a limit from the "
        "right), and the norm of the error is at most the threshold. The train whose continuous crossings are "
        "reported where the potential is still below the threshold, the residual there being carried on, has an error "
        "of norm strictly below it."
    ),
    latex=(
        r"\lvert V(t)\rvert < \vartheta \;\; \forall t, \qquad "
        r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(f) - f \rVert_{A,\alpha} \le \vartheta, \qquad "
        r"\lVert \mathrm{LIF}^{\text{early}}_{\vartheta,\alpha}(f) - f \rVert_{A,\alpha} < \vartheta"
    ),
    source="arXiv 2402.07954",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"),),
    sharp=(Example("a constant that fires", (Signal.from_samples([1.0, 1.0], fs=1.0), 1.0, 0.0)),),
)
