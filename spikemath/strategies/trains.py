"""Spike trains whose weights lie on grids and whose times repeat, or nearly.

Equal times coalesce by adding weights exactly and zero weights vanish, so what is promised (number of events, largest
weight, least gap) is promised of the train as it is then.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from spikemath.signals import SpikeTrain
from spikemath.strategies._checks import flag, number, sizes, strategy
from spikemath.strategies.numbers import kinds_of_weights


def spike_trains(
    threshold: float = 1.0,
    min_size: int = 0,
    max_size: int = 12,
    weights: SearchStrategy[float] | None = None,
    times: SearchStrategy[float] | None = None,
    nonnegative: bool = False,
    max_weight: float | None = None,
    min_gap: float | None = None,
) -> SearchStrategy[SpikeTrain]:
    """Spike trains aimed at ties: weights on a grid of the threshold or of decimals, times that repeat or nearly so.

    Parameters
    ----------
    threshold : float
        What the weights are aimed at, > 0.
    min_size, max_size : int
        Least and largest number of events of the train, after equal times have coalesced and zeros vanished.
    weights : SearchStrategy, optional
        Of the weights. Default: as :func:`weights`, mostly of one kind in a train.
    times : SearchStrategy, optional
        Of the times; draws are sorted. Default: integers, decimals, arbitrary, or a few ulp apart; some repeat.
    nonnegative : bool
        Only weights > 0.
    max_weight : float, optional
        Bound of the absolute weights of the train, > 0.
    min_gap : float, optional
        Least distance of two events, > 0, met exactly (as real numbers).

    Returns
    -------
    SearchStrategy
        Of trains; shrinks to few events at 0.0, 1.0, 2.0 with small multiples of the threshold.

    Raises
    ------
    InvalidArgument
        An argument is out of its range, or given together with one that it contradicts.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import spikemath as sm
    >>> @settings(deadline=None)  # the first encode compiles
    ... @given(sm.strategies.spike_trains(threshold=0.3))
    ... def bound_is_strict(eta):
    ...     assert sm.alexiewicz_norm(eta - sm.IF(0.3)(eta)) < 0.3
    >>> bound_is_strict()
    """
    theta = number(threshold, "threshold", above=0.0)
    sizes(min_size, max_size)
    flag(nonnegative, "nonnegative")
    cap = None if max_weight is None else number(max_weight, "max_weight", above=0.0)
    gap = None if min_gap is None else number(min_gap, "min_gap", above=0.0)
    strategy(weights, "weights")
    strategy(times, "times")
    if weights is not None and (nonnegative or cap is not None):
        raise InvalidArgument(f"weights={weights!r} comes with nonnegative or max_weight: bound the strategy itself")
    if times is not None and gap is not None:
        raise InvalidArgument(f"times={times!r} comes with min_gap={min_gap!r}: give one of them")
    if weights is None:
        kinds = kinds_of_weights(theta, nonnegative, cap)
        kinds.append(st.one_of(kinds))
    else:
        kinds = [weights]
    if min_size:
        kinds = [kind.filter(bool) for kind in kinds]
    return _trains(kinds, times, min_size, max_size, cap, gap)


_GAPS = st.sampled_from((1, 0, 2, 3, 7))
_CLOCKS: dict[str, SearchStrategy[Any]] = {
    "integers": _GAPS,
    "decimals": _GAPS,
    "anywhere": st.floats(0.0, 1.0),
    "ulps": _GAPS,
}


@st.composite
def _trains(
    draw: Any,
    kinds: list[SearchStrategy[float]],
    times: SearchStrategy[float] | None,
    min_size: int,
    max_size: int,
    cap: float | None,
    min_gap: float | None,
) -> SpikeTrain:
    kind = draw(st.sampled_from(kinds)) if len(kinds) > 1 else kinds[0]
    if times is not None:
        events = draw(st.lists(st.tuples(times, kind), min_size=min_size, max_size=max_size))
        t, a = sorted(x for x, _ in events), [x for _, x in events]
    else:
        clock = draw(st.sampled_from(tuple(_CLOCKS)))
        events = draw(st.lists(st.tuples(_CLOCKS[clock], kind), min_size=min_size, max_size=max_size))
        t, a = ticks(clock, [x for x, _ in events]), [x for _, x in events]
        _spread(t, a, len(t) - min_size, cap, min_gap)
    train: SpikeTrain = draw(build_train(t, a, draw(_ROOM), draw(_ROOM)))
    assume(len(train) >= min_size)
    return train


_ROOM = st.sampled_from((0.0, 0.5, 2.0))


def build_train(t: list[float], a: list[float], before: float = 0.0, after: float = 0.0) -> SearchStrategy[SpikeTrain]:
    """By st.builds, so that a failing example is printed as the call that makes the train."""
    if before == after == 0.0:
        return st.builds(SpikeTrain, st.just(t), st.just(a))
    domain = (t[0] - before, t[-1] + after) if t else (0.0 - before, after)
    return st.builds(SpikeTrain, st.just(t), st.just(a), domain=st.just(domain))


def ticks(clock: str, gaps: list[Any]) -> list[float]:
    """Times that do not decrease, from 0 if the gaps are as simple as can be."""
    out: list[float] = []
    total = -1
    for gap in gaps:
        if clock == "anywhere":
            out.append(out[-1] + gap if out else gap)
        elif clock == "ulps":
            x = out[-1] if out else 1.0
            for _ in range(gap):
                x = math.nextafter(x, math.inf)
            out.append(x)
        else:
            total += gap
            out.append(total * (0.1 if clock == "decimals" else 1.0))
    return out


def _spread(t: list[float], a: list[float], repeats: int, cap: float | None, min_gap: float | None) -> None:
    """Move times apart, in place: for the least gap, the number of events, and weights that together exceed the cap."""
    at = Fraction(a[0]) if a else Fraction(0)
    for i in range(1, len(t)):
        if min_gap is not None:
            t[i] = max(t[i], up(Fraction(t[i - 1]) + Fraction(min_gap)))
        elif t[i] <= t[i - 1]:
            t[i] = t[i - 1]
            if repeats <= 0 or (cap is not None and abs(at + Fraction(a[i])) > cap):
                t[i] = math.nextafter(t[i - 1], math.inf)
        repeats -= t[i] == t[i - 1]
        at = Fraction(a[i]) + (at if t[i] == t[i - 1] else 0)


def up(x: Fraction) -> float:
    """The least float >= x."""
    y = float(x)
    return y if x <= y else math.nextafter(y, math.inf)
