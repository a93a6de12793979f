r"""P2. LIF is a quasi-isometry: distances are kept up to thresholds.

    ||g - f|| - 2 theta  <  ||LIF(g) - LIF(f)||  <  ||g - f|| + theta          (norms with the leak of the neuron)

The upper bound is P1; the lower one is the triangle inequality with Q1 twice. Both constants are sharp.

Source: arXiv 2305.05772, with 2 theta above too.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains
from spikemath.theorems._claim import Claim, Example, Verdict, all_of
from spikemath.theorems._data import against, are_trains, train_cases


def instances() -> Any:
    """Two trains aimed at multiples of the threshold."""
    return train_cases(extra=lambda theta: (spike_trains(threshold=theta),))


def judge(f: SpikeTrain, g: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """Both inequalities."""
    lif = LIF(threshold, alpha)
    before, after = g - f, lif(g) - lif(f)
    return all_of(
        against(after, alpha, {before: 1}, threshold),
        against(before, alpha, {after: 1}, 2 * threshold),
    )


def _pulse(weight: float) -> SpikeTrain:
    return SpikeTrain([0.0], [weight])


CLAIM = Claim(
    name="P2",
    title="LIF is a quasi-isometry",
    statement=(
        "The distance of two output trains is less than one threshold above, and less than two thresholds below, the "
        "distance of the input trains, all in the leaky Alexiewicz norm of the neuron (reset to modulo). Neither "
        "constant can be smaller."
    ),
    latex=(
        r"\lVert g - f\rVert_{A,\alpha} - 2\vartheta < \lVert \mathrm{LIF}(g) - \mathrm{LIF}(f)\rVert_{A,\alpha} < "
        r"\lVert g - f\rVert_{A,\alpha} + \vartheta"
    ),
    source="arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("f", "g"),),
    sharp=(
        Example("above: two inputs on both sides of the threshold", (_pulse(1 - 2.0**-40), _pulse(1.0), 1.0, 0.0)),
        Example("below: two inputs that are not seen", (_pulse(2.0**-40 - 1), _pulse(1 - 2.0**-40), 1.0, 0.0)),
    ),
)
