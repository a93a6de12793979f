r"""Q6-rate. A refractory time limits the rate, and subtraction cannot catch up: slope overload.

At most floor(T / t_r) + 1 spikes fit into an interval of length T, and each takes off one threshold:

    ||f - Sub(f)||_A >= |int f| - theta (floor(T / t_r) + 1)          (alpha = 0)

so for f = c > theta / t_r the error grows linearly. The same holds of reset to zero.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_bounds
from spikemath.operators import IF
from spikemath.signals import Signal
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, exactly
from spikemath.theorems._data import settled

RESETS = ("subtract", "zero")
SIGNS = st.sampled_from([1.0, -1.0])


def instances() -> Any:
    """Samples held for one unit of time each, and refractory times."""

    def of(theta: float) -> Any:
        sizes = weights(threshold=theta, max_weight=8 * theta)
        large = weights(threshold=theta, max_weight=4 * theta).map(lambda x: 4 * theta + abs(x))  # it cannot keep up
        one_sign = st.builds(lambda sign, x: [sign * a for a in x], SIGNS, st.lists(large, min_size=2, max_size=6))
        samples = one_sign | one_sign | st.lists(sizes, min_size=1, max_size=6)
        t_r = st.sampled_from([1.0, 2.0, 3.0]) | st.floats(0.05, 3.0)
        return st.tuples(samples.map(tuple), st.just(theta), st.sampled_from(RESETS), t_r)

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], threshold: float, reset: str, refractory: float) -> Verdict:
    """|int f| - threshold (floor(T / t_r) + 1) <= ||f - L(f)||_A."""
    f = Signal.from_samples(samples, fs=1.0)
    error = f - IF(threshold, reset=reset, refractory=refractory)(f)
    most = len(samples) // Fraction(refractory) + 1
    lost = abs(sum(map(Fraction, samples), Fraction(0))) - most * Fraction(threshold)
    return settled(lambda bits: (exactly(lost), alexiewicz_bounds(error, 0.0, bits)), strict=False)


CLAIM = Claim(
    name="Q6-rate",
    title="With a refractory time, subtraction overloads",
    statement=(
        "Without leak, reset by subtraction (or to zero) with refractory time t_r > 0 sends at most one threshold per "
        "t_r. So on a signal of length T the error is at least the absolute integral minus floor(T/t_r) + 1 "
        "thresholds: it grows linearly for a constant above theta/t_r."
    ),
    latex=(
        r"\lVert f - \mathrm{Sub}(f)\rVert_A \ge \Bigl\lvert \int f \Bigr\rvert - "
        r"\vartheta\bigl(\lfloor T/t_r\rfloor + 1\bigr)"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there is a sample", lambda samples, *rest: len(samples) >= 1),
        Hypothesis("the refractory time is positive", lambda samples, threshold, reset, t_r: t_r > 0),
        Hypothesis("the reset is subtract or zero", lambda samples, threshold, reset, t_r: reset in RESETS),
    ),
    sharp=(Example("f = 8 on [0, 6], theta = 1, t_r = 7/8: equality", ((8.0,) * 6, 1.0, "subtract", 0.875)),),
)
