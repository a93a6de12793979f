r"""D2. The held sum of the spikes is within one threshold of g, at every time, and no decoder does better.

    W(t) = sum of the spikes up to t,      sup_t |g(t) - W(t)| < theta

Minimax: between two events of SOD(g), let g+ and g- be W with a bump of +b and of -b, |b| < theta. Both are encoded as
W is, so a decoder that sees the spikes cannot tell them apart, and they are 2 b from each other: for one of them it is
wrong by at least b. W is the centre of all signals with these spikes. (In terms of the derivative a bump is a pair of
pulses b, -b.)

Source: the bound: arXiv 2501.11453, in exact form; minimax: spikemath.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_extremum
from spikemath.operators import IF, SendOnDelta
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, all_of, compare, exactly
from spikemath.theorems._lattice import identical

HOLDS = ("zero", "linear")


def instances() -> Any:
    """Held and joined samples aimed at multiples of the threshold, heights of the bump, thresholds."""

    def of(theta: float) -> Any:
        part = st.sampled_from([0.5, 0.9, -0.75]).map(lambda x: x * theta)
        bump = st.one_of(part, st.sampled_from([math.nextafter(theta, 0.0), -math.nextafter(theta, 0.0)]))
        samples = st.lists(weights(threshold=theta, max_weight=4 * theta), min_size=2, max_size=6)
        made = st.builds(lambda x, hold: Signal.from_samples(x, fs=1.0, hold=hold), samples, st.sampled_from(HOLDS))
        return st.tuples(made, bump, st.just(theta))

    return thresholds().flatmap(of)


def judge(g: Signal, bump: float, threshold: float) -> Verdict:
    """sup |g - W| < threshold; and a bump of either sign between two spikes changes none of them."""
    spikes = SendOnDelta(threshold)(g)
    lost = g.derivative() - spikes
    times = [*(spikes.times.tolist() or [g.domain[0]]), g.domain[1]]
    norm = alexiewicz_extremum(lost)  # rounded toward 0, so the comparison with a float is that of the exact norm
    verdicts = [compare(exactly(abs(norm.value)), exactly(threshold), witness=norm.time)]
    for t, after in pairwise(times):
        up, down = t + 0.25 * (after - t), t + 0.5 * (after - t)
        if t < up < down < after:
            pair = SpikeTrain([up, down], [bump, -bump])
            try:
                verdicts += [identical(IF(threshold)(spikes + sign * pair), spikes) for sign in (1.0, -1.0)]
            except ValueError:  # no time grid holds both exactly
                continue
            break
    return all_of(*verdicts)


CLAIM = Claim(
    name="D2",
    title="The held sum of the spikes is within one threshold of the signal, and is minimax",
    statement=(
        "The running sum of the spikes of send-on-delta with reset to modulo, held between them, differs from g by "
        "less than the threshold at every time. For every b below the threshold there are two signals with the same "
        "spikes that are 2 b apart at some time, on both sides of the held value: so no decoder has a smaller "
        "guaranteed error."
    ),
    latex=r"\sup_t \Bigl|g(t) - \sum_{t_k\le t} s_k\Bigr| < \vartheta",
    source="arXiv 2501.11453",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("g has no pulses", lambda g, bump, threshold: len(g.impulses) == 0),
        Hypothesis("the bump is below the threshold", lambda g, bump, threshold: abs(bump) < threshold),
    ),
    sharp=(
        Example(
            "a sample just below the threshold",
            (Signal.from_samples([0.0, 1.0 - 2.0**-53], fs=1.0), 1.0 - 2.0**-53, 1.0),
        ),
        Example("one step, and a bump after it", (Signal.from_samples([1.0, 1.0], fs=1.0), 1.0 - 2.0**-53, 1.0)),
    ),
)
