r"""S6. Without leak, integrate-and-fire counts the crossings of a lattice; their mean is the truncated variation.

    ||IF(f)||_1 = theta * sum_k #{completed crossings of [(k - 1) theta, k theta] by F},
    mean over h in [0, theta] of the same for the lattice shifted by h  =  TV^theta(F),
    TV^(2 theta)(F) <= ||IF(f)||_1 <= theta / (theta - c) TV^c(F)     for 0 <= c < theta.

IF is the play operator on the lattice. The crossings are counted band by band, without it. For trains the mean is an
exact integral: the count is constant between the break points F_n mod theta.

Source: the truncated variation: Lochowski; the link to integrate-and-fire: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF
from spikemath.signals import Signal, SpikeTrain
from spikemath.sparsity import crossing_count, l1
from spikemath.sparsity.crossings import crossings_of_values, exact_truncated_variation
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, all_of, compare, equal, exactly
from spikemath.theorems._data import are_signals, held


def instances() -> Any:
    """Trains and held samples aimed at multiples of the threshold, and truncations below the threshold."""

    def of(theta: float) -> Any:
        part = st.sampled_from([0.0, 0.5, 0.75, 0.9990234375])
        trains = spike_trains(threshold=theta, max_size=8)
        return st.tuples(st.one_of(trains, trains, held(theta)), part.map(lambda x: x * theta), st.just(theta))

    return thresholds().flatmap(of)


def judge(f: Signal | SpikeTrain, c: float, threshold: float) -> Verdict:
    """The count of crossings; for trains also the mean over the offset and both bounds by truncated variations."""
    theta, size = Fraction(threshold), l1(IF(threshold)(f))
    counted = equal(size == theta * crossing_count(f, threshold), note="crossings")
    if not isinstance(f, SpikeTrain):
        return counted
    values = list(accumulate(f.exact_weights()))
    breaks = sorted({Fraction(0), theta, *(v % theta for v in values)})
    mean = sum((b - a) * crossings_of_values(values, theta, (a + b) / 2) for a, b in pairwise(breaks))
    return all_of(
        counted,
        equal(mean == exact_truncated_variation(values, theta), note="mean over the offset"),
        compare(exactly(exact_truncated_variation(values, 2 * theta)), exactly(size), False, note="lower bound"),
        compare(
            exactly(size * (theta - Fraction(c))),
            exactly(theta * exact_truncated_variation(values, Fraction(c))),
            strict=False,
            note="upper bound, times theta - c",
        ),
    )


CLAIM = Claim(
    name="S6",
    title="Integrate-and-fire counts crossings of a lattice, and the truncated variation on average",
    statement=(
        "Without leak the l1 norm of IF(f) is the threshold times the number of completed crossings of the bands "
        "between neighbouring multiples of the threshold by the primitive F of f. Averaged over the offset of the "
        "lattice, the count times the threshold is the truncated variation of F at the threshold. The l1 norm lies "
        "between the truncated variation at twice the threshold and, for every c below the threshold, that at c times "
        "theta / (theta - c). (The mean and the bounds: for trains.)"
    ),
    latex=(
        r"\mathrm{TV}^{2\vartheta}(F) \le \lVert \mathrm{IF}_\vartheta(f)\rVert_1 = \vartheta \sum_k n_k(F) \le "
        r"\frac{\vartheta}{\vartheta - c}\,\mathrm{TV}^c(F)"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_signals("f"),
        Hypothesis("0 <= c < threshold", lambda f, c, threshold: 0 <= c < threshold),
    ),
    sharp=(
        Example("one threshold and back: the upper bound", (SpikeTrain([0.0, 1.0], [1.0, -1.0]), 0.5, 1.0)),
        Example(
            "from 1 - d to d - 2 and back: the lower bound, up to 4 d",
            (SpikeTrain([0.0, 1.0, 2.0], [1 - 2.0**-20, 2.0**-19 - 3.0, 3.0 - 2.0**-19]), 0.0, 1.0),
        ),
    ),
)
