r"""P5-lipschitz, refuted: that some constant bounds the amplification of perturbations.

A residual of theta - e and a pulse of e make a spike: amplification theta / e.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import spike_trains
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import against, are_trains, train_cases


def instances() -> Any:
    """Two trains aimed at multiples of the threshold, and constants."""
    constants = st.sampled_from([1.0, 2.0, 10.0, 1e6])
    return train_cases(extra=lambda theta: (spike_trains(threshold=theta, max_size=3), constants))


def judge(eta: SpikeTrain, nu: SpikeTrain, constant: float, threshold: float, alpha: float) -> Verdict:
    """||LIF(eta + nu) - LIF(eta)|| <= constant ||nu||."""
    lif = LIF(threshold, alpha)
    return against(lif(eta + nu) - lif(eta), alpha, {nu: Fraction(constant)}, 0, strict=False)


def _pulse(weight: float) -> SpikeTrain:
    return SpikeTrain([0.0], [weight])


CLAIM = Claim(
    name="P5-lipschitz",
    title="LIF is Lipschitz",
    statement=(
        "There is a constant C such that the outputs on eta and eta + nu differ by at most C times the norm of nu. "
        "False for every C and every leak: a pulse as small as you like completes a threshold. "
        "(The published Lipschitz-style bound is another statement.)"
    ),
    latex=(
        r"\lVert \mathrm{LIF}_{\vartheta,\alpha}(\eta + \nu) - \mathrm{LIF}_{\vartheta,\alpha}(\eta)\rVert_{A,\alpha} "
        r"\le C\,\lVert\nu\rVert_{A,\alpha}"
    ),
    source="spikemath",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta", "nu"),
        Hypothesis("the constant is >= 0", lambda eta, nu, constant, threshold, alpha: constant >= 0),
    ),
    counterexamples=(
        Example("C = 1", (_pulse(0.5), _pulse(0.5), 1.0, 1.0, 0.0)),
        Example("C = 2, with leak", (_pulse(0.75), _pulse(0.25), 2.0, 1.0, 1.0)),
        Example("C = 1,000,000", (_pulse(1 - 2.0**-20), _pulse(2.0**-20), 1e6, 1.0, 0.0)),
    ),
)
