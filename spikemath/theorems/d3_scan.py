r"""D3. On samples IF and send-on-delta are an associative scan of clips, in lattice units:

    r_k = clip(r_(k-1), floor(F_k / theta), ceil(F_k / theta)),      clip(r, l, h) = min(max(r, l), h)

r_k is the running sum of the spikes in thresholds, F_k the primitive (for send-on-delta: the sample). A clip after a
clip is a clip,

    clip(., l2, h2) after clip(., l1, h1) = clip(., clip(l1, l2, h2), clip(h1, l2, h2)),

composition is associative, and everything is an integer: a recording can be cut anywhere and the pieces encoded in
parallel. Where F_k / theta is an integer the interval is one point, and the past is forgotten.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import accumulate
from math import ceil, floor
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF, SendOnDelta
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, all_of, equal

Clip = tuple[int, int]


def clip(r: int, interval: Clip) -> int:
    """The point of the interval nearest to r."""
    return min(max(r, interval[0]), interval[1])


def after(second: Clip, first: Clip) -> Clip:
    """The clip that does the first, then the second."""
    return clip(first[0], second), clip(first[1], second)


def instances() -> Any:
    """Samples aimed at multiples of the threshold, and a place to cut."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta), min_size=1, max_size=16).map(tuple)
        return st.tuples(samples, st.integers(0, 16), st.just(theta))

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], cut: int, threshold: float) -> Verdict:
    """The scan gives the running counts of both operators, one by one, cut in two, and as a tree of clips."""
    theta = Fraction(threshold)
    return all_of(
        _scan([Fraction(x) / theta for x in samples], cut, _running(SendOnDelta(threshold), samples, True)),
        _scan([x / theta for x in accumulate(map(Fraction, samples))], cut, _running(IF(threshold), samples, False)),
    )


def _running(operator: Any, samples: tuple[float, ...], held: bool) -> list[int]:
    """Running counts of the operator at the samples."""
    f = Signal.from_samples(list(samples), fs=1.0) if held else SpikeTrain.from_samples(list(samples), fs=1.0)
    spikes = operator(f)
    sent = dict(zip(map(int, spikes.exact_times()), spikes.counts.tolist(), strict=True))
    return list(accumulate(sent.get(i, 0) for i in range(len(samples))))


def _scan(levels: list[Fraction], cut: int, running: list[int]) -> Verdict:
    clips = [(floor(x), ceil(x)) for x in levels]
    serial = list(accumulate(clips, clip, initial=0))[1:]
    cut = min(cut, len(clips))
    carried = serial[cut - 1] if cut else 0
    chunks = serial[:cut] + list(accumulate(clips[cut:], clip, initial=carried))[1:]
    prefixes = [clip(0, reduce(_then, clips[: i + 1])) for i in range(len(clips))]
    tree = [clip(0, _tree(clips[: i + 1])) for i in range(len(clips))]
    ways = {"one by one": serial, "cut": chunks, "composed": prefixes, "as a tree": tree}
    return all_of(*(equal(way == running, witness=way, note=name) for name, way in ways.items()))


def _then(first: Clip, second: Clip) -> Clip:
    return after(second, first)


def _tree(clips: list[Clip]) -> Clip:
    half = len(clips) // 2
    return after(_tree(clips[half:]), _tree(clips[:half])) if half else clips[0]


CLAIM = Claim(
    name="D3",
    title="On samples, integrate-and-fire and send-on-delta are an associative scan of clips",
    statement=(
        "The running count of the spikes after sample k is the one after sample k - 1, clipped to the interval from "
        "floor(F_k / threshold) to ceil(F_k / threshold). Clips compose to clips and composition is associative, so "
        "the encoding can be computed in any bracketing, over chunks and in parallel, and always the same."
    ),
    latex=(
        r"r_k = \min\bigl(\max(r_{k-1}, \lfloor F_k/\vartheta\rfloor), \lceil F_k/\vartheta\rceil\bigr),\qquad "
        r"\mathrm{clip}_2\circ\mathrm{clip}_1 = \mathrm{clip}_{[\mathrm{clip}_2(l_1),\,\mathrm{clip}_2(h_1)]}"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there is a sample", lambda samples, cut, threshold: len(samples) > 0),
        Hypothesis("the cut is at a sample", lambda samples, cut, threshold: cut >= 0),
    ),
    sharp=(Example("decimals at a threshold of 0.1", ((0.1, 0.2, 0.3, 0.7, -0.6, -0.1, 0.3), 3, 0.1)),),
)
