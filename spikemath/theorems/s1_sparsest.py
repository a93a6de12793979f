r"""S1. Without leak, integrate-and-fire is the sparsest lattice train in the open tube, at every prefix at once.

    |int_[t0, t] (s - f)| < theta for all t,  weights of s in theta Z     =>     ||IF(f)||_1 <= ||s||_1 on every [t0, t]

and IF(f) is the only train with that property. Reason: the admissible values of the primitive of s at a time are an
interval of the lattice, IF moves to the nearest point of it, and on a line that is optimal for every later interval.

For trains every admissible s is c + IF(f - c) for a lattice train c (take c = s), so an instance is f and any c. For
signals with an integrable part the sizes on the whole domain are compared: crossings are reported an instant early, by
instants that differ between the two trains.

The encoder also sends where a limit from the left reaches theta just as a pulse takes it back: f = 1 on [0, 1] with a
pulse of -1 at t = 1 and theta = 1 gets (1, -1), where the empty train has |F(t)| < theta at every t. No train whose
limits from the left stay below theta too is smaller.

Source: Moser, Lunglmayr (arXiv 2410.17441, 2501.11453), with the tube and the competitors made precise.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, all_of
from spikemath.theorems._data import are_signals, held
from spikemath.theorems._lattice import (
    admissible,
    identical,
    lattice_trains,
    on_lattice,
    smaller,
    smaller_at_every_prefix,
    with_competitor,
)


def instances() -> Any:
    """Trains and held samples aimed at multiples of the threshold, and lattice trains at any times."""

    def of(theta: float) -> Any:
        quarters = st.integers(0, 16).map(lambda k: k / 4)
        trains = with_competitor(spike_trains(threshold=theta), theta)
        signals = st.tuples(held(theta, most=4), lattice_trains(theta, times=quarters))
        return st.tuples(st.one_of(trains, trains, trains, signals), st.just(theta)).map(lambda x: (*x[0], x[1]))

    return thresholds().flatmap(of)


def judge(f: Signal | SpikeTrain, c: SpikeTrain, threshold: float) -> Verdict:
    """||IF(f)||_1 <= ||s||_1 for s = c + IF(f - c), at every prefix, and s = IF(f) where all of these are equal."""
    best, s = IF(threshold)(f), admissible(f, c, threshold)
    if not isinstance(f, SpikeTrain):
        return smaller(best, s)
    verdict = smaller_at_every_prefix(best, s)
    if verdict and smaller_at_every_prefix(s, best):
        return all_of(verdict, identical(s, best))
    return verdict


CLAIM = Claim(
    name="S1",
    title="Without leak, integrate-and-fire is sparsest at every prefix, and alone is",
    statement=(
        "Among all trains, at any times, whose weights are integer multiples of the threshold and whose running "
        "integral differs from that of f by less than the threshold at every time, IF with reset to modulo has the "
        "smallest l1 norm up to every time at once. It is the only train that has. (IF on the real numbers. The "
        "encoder also sends where a limit from the left reaches the threshold just as a pulse takes it back, Q2: it is "
        "sparsest among the trains whose limits from the left stay below the threshold too.)"
    ),
    latex=(
        r"\lVert \mathrm{IF}_\vartheta(f)\rVert_{1,[t_0,t]} = \min\Bigl\{\lVert s\rVert_{1,[t_0,t]} : "
        r"s\in S_\vartheta,\ \Bigl|\int_{[t_0,\tau]} \mathrm{d}(s - f)\Bigr| < \vartheta \text{ for all } \tau\Bigr\}"
        r"\quad\text{for every } t"
    ),
    source="arXiv 2410.17441, 2501.11453",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"), on_lattice("c", 1, 2)),
    sharp=(
        Example(
            "as small in the end, but not at the first event",
            (SpikeTrain([0.0, 1.0], [0.6, 0.6]), SpikeTrain([0.0], [1.0]), 1.0),
        ),
        Example("integrate-and-fire itself", (SpikeTrain([0.0, 1.0], [2.5, -2.0]), SpikeTrain([0.0], [2.0]), 1.0)),
    ),
)
