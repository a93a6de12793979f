"""What claims on decoders of send-on-delta share: held samples, their spikes, and the exact error of a rule.

On [t_k, t_(k+1)) a decoder is linear from one value to another, as the sample sequence itself is constant on each
sampling interval; so the largest error lies at the ends of those intervals, limits from the left included.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import SendOnDelta
from spikemath.signals import Signal
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Verdict, compare, exactly

Samples = tuple[float, ...]
Line = Callable[[int, list[int], list[Fraction]], tuple[Fraction, Fraction]]


def sample_cases() -> Any:
    """Samples aimed at multiples of the threshold."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta, max_weight=4 * theta), min_size=1, max_size=10).map(tuple)
        return st.tuples(samples, st.just(theta))

    return thresholds().flatmap(of)


def error_below_the_threshold(samples: Samples, threshold: float, line: Line) -> Verdict:
    """The verdict on sup |g - decoded| < threshold for held samples at 0, 1, 2, ...

    ``line(j, at, values)`` gives the values of the decoder just after event j and just before the next event, from the
    sample numbers of the events and the running sums; event -1 is the start, with sum 0.
    """
    spikes = SendOnDelta(threshold)(Signal.from_samples(list(samples), fs=1.0))
    at, total, values = [0], Fraction(0), [Fraction(0)]
    for t, w in zip(spikes.exact_times(), spikes.exact_weights(), strict=True):
        total += w
        at.append(int(t))
        values.append(total)
    worst, where = Fraction(0), Fraction(0)
    for j in range(len(at)):
        end = at[j + 1] if j + 1 < len(at) else len(samples)
        if end == at[j]:
            continue
        first, last = line(j, at, values)
        for i in range(at[j], end):
            for t in (i, i + 1):  # the second as a limit from the left
                there = first + (last - first) * Fraction(t - at[j], end - at[j])
                error = abs(Fraction(samples[i]) - there)
                if error > worst:
                    worst, where = error, Fraction(t)
    return compare(exactly(worst), exactly(threshold), witness=float(where))
