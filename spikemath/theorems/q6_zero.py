r"""Q6-zero, refuted: that reset to zero is reset by subtraction for signals without pulses.

True without refractory time: at a continuous crossing |u| = theta. With one the potential may be larger at its end,
and the excess is lost by one and kept by the other. So it needs a refractory time that never binds.

Source: arXiv 2402.07954, without mention of a refractory time.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal
from spikemath.strategies import leaks, thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, equal


def instances() -> Any:
    """Samples held for one unit of time each, and refractory times, 0 included."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta, max_weight=8 * theta), min_size=1, max_size=6).map(tuple)
        t_r = st.sampled_from([0.0, 1.0, 0.5, 0.25, 0.1, 2.0])
        return st.tuples(samples, st.just(theta), leaks(), t_r)

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], threshold: float, alpha: float, refractory: float) -> Verdict:
    """Zero(f) = Sub(f)."""
    f = Signal.from_samples(samples, fs=1.0)
    zero, sub = (LIF(threshold, alpha, reset, refractory)(f) for reset in ("zero", "subtract"))
    return equal(zero == sub, note=f"{len(zero)} and {len(sub)} spikes")


CLAIM = Claim(
    name="Q6-zero",
    title="Without pulses, reset to zero is reset by subtraction",
    statement=(
        "For signals without pulses, reset to zero and reset by subtraction send the same train. True without "
        "refractory time; false with one that binds, for then the potential exceeds the threshold at its end."
    ),
    latex=r"f = f_c \;\Rightarrow\; \mathrm{Zero}_{\vartheta,\alpha,t_r}(f) = \mathrm{Sub}_{\vartheta,\alpha,t_r}(f)",
    source="arXiv 2402.07954 (stated there without mention of a refractory time)",
    status="refuted",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there is a sample", lambda samples, *rest: len(samples) >= 1),
        Hypothesis("the refractory time is >= 0", lambda samples, threshold, alpha, t_r: t_r >= 0),
    ),
    counterexamples=(Example("f = 1, 3, 0.5: at t = 2 the potential is 3", ((1.0, 3.0, 0.5), 1.0, 0.0, 1.0)),),
)
