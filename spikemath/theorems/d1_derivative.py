r"""D1. Send-on-delta is integrate-and-fire of the derivative:  SOD(g) = IF(D g), exactly.

Send-on-delta holds a reference r, at first 0, and sends where g has moved from it by a threshold:

    |g(t) - r| >= theta :   modulo:  send k = trunc((g(t) - r) / theta),  r <- r + k theta
                            zero:    send the sign of k,                  r <- g(t)

(zero is the textbook's rule, "the reference becomes the sample"). D g is the distributional derivative: jumps become
pulses, and the initial value one at t0. Nothing needs to be of bounded variation. Here the reference is followed in
rationals on held samples, and both operators must send the same at the same times.

Where g is continuous and starts at 0 every spike is a single threshold and nothing is left over, so all three resets
send the same train: judged on straight lines from 0 through the samples, if these move by at most 2^10 thresholds.

Source: arXiv 2501.11453; that bounded variation is not needed, and the initial value: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF, SendOnDelta
from spikemath.signals import Signal
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, all_of, equal
from spikemath.theorems._data import RESETS
from spikemath.theorems._lattice import identical


def instances() -> Any:
    """Samples aimed at multiples of the threshold, sampling rates, and both resets."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta), min_size=1, max_size=12).map(tuple)
        rate = st.sampled_from([1.0, 10.0, 44100.0, 0.7])
        return st.tuples(samples, rate, st.just(theta), st.sampled_from(["modulo", "zero"]))

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], fs: float, threshold: float, reset: str) -> Verdict:
    """Times and counts of SendOnDelta and of IF of the derivative are those of the rule; on lines all resets agree."""
    theta, r, sent = Fraction(threshold), Fraction(0), []
    for i, x in enumerate(samples):
        k = int((Fraction(x) - r) / theta)  # int truncates
        if k:
            sent.append((i / Fraction(fs), k if reset == "modulo" else (1 if k > 0 else -1)))
            r = r + k * theta if reset == "modulo" else Fraction(x)
    g = Signal.from_samples(list(samples), fs=fs)
    by_rule = SendOnDelta(threshold, reset=reset)(g)
    by_derivative = IF(threshold, reset=reset)(g.derivative())
    return all_of(
        _resets_agree(samples, fs, threshold),
        *(
            equal(list(zip(s.exact_times(), s.counts.tolist(), strict=True)) == sent, note=name)
            for s, name in ((by_rule, "send-on-delta"), (by_derivative, "integrate-and-fire of the derivative"))
        ),
    )


def _resets_agree(samples: tuple[float, ...], fs: float, threshold: float) -> Verdict:
    joined = [0.0, *samples]
    moved = sum(abs(Fraction(y) - Fraction(x)) for x, y in pairwise(joined))
    if moved > 2**10 * Fraction(threshold):
        return equal(True, note="too many spikes to compare the resets")
    g = Signal.from_samples(joined, fs=fs, hold="linear")
    modulo, *others = (SendOnDelta(threshold, reset=reset)(g) for reset in RESETS)
    return all_of(*(identical(s, modulo) for s in others))


CLAIM = Claim(
    name="D1",
    title="Send-on-delta is integrate-and-fire of the derivative",
    statement=(
        "Send-on-delta of g sends the same spikes as integrate-and-fire of the distributional derivative of g, with "
        "reset to modulo as with the textbook's rule, which is reset to zero. The initial value counts as a jump "
        "from 0. For continuous g that starts at 0 all three resets send the same train."
    ),
    latex=r"\mathrm{SOD}_\vartheta(g) = \mathrm{IF}_\vartheta(Dg)",
    source="arXiv 2501.11453",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there is a sample", lambda samples, fs, threshold, reset: len(samples) > 0),
        Hypothesis("the reset is modulo or zero", lambda samples, fs, threshold, reset: reset in ("modulo", "zero")),
    ),
    sharp=(
        Example("decimals at a threshold of 0.1", ((0.1, 0.2, 0.3, 0.7, 0.6, -0.1), 10.0, 0.1, "modulo")),
        Example("where the resets differ", ((2.5, 3.25, 0.0), 1.0, 1.0, "zero")),
    ),
)
