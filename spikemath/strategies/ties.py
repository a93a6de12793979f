"""Trains that meet ties: the generator carries the residual of the modulo neuron along and aims the next weight.

    a = fl(k theta - beta V)  or a neighbour,     u = beta V + a,     V <- u - theta trunc(u / theta)

At alpha = 0 all of it is rational and exact. An encoder in plain floats holds V with a rounding error; where u exceeds
k theta by less than that error, its decision is a toss, and a wrong one leaves a residual of a whole theta.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from spikemath.signals import SpikeTrain
from spikemath.strategies._checks import flag, number, sizes
from spikemath.strategies.numbers import ARBITRARY, DECIMALS, kinds_of_weights, nudged
from spikemath.strategies.trains import build_train, ticks, up


def tie_trains(
    threshold: float = 1.0,
    alpha: float = 0.0,
    min_size: int = 0,
    max_size: int = 12,
    nonnegative: bool = False,
) -> SearchStrategy[SpikeTrain]:
    """Trains that bring the potential of a modulo neuron to a multiple of the threshold, again and again.

    Most trains carry the exact residual along and choose weights so that the potential meets k * threshold as nearly
    as floats allow, or misses it by an ulp of the weight, with other weights between; some are decimal grids, weights
    k/10. Plain float code breaks the strict bound on such trains; on uniform weights it hardly ever does.

    Parameters
    ----------
    threshold : float
        Threshold of the neuron, > 0.
    alpha : float
        Its leak, >= 0. At 0 the residual is carried exactly, otherwise up to the rounding of exp.
    min_size, max_size : int
        Least and largest number of events. The times are distinct.
    nonnegative : bool
        Only weights > 0.

    Returns
    -------
    SearchStrategy
        Of trains; shrinks to few events at 0.0, 1.0, 2.0 that meet the threshold itself.

    Raises
    ------
    InvalidArgument
        An argument is out of its range.

    Examples
    --------
    >>> from hypothesis import find
    >>> import spikemath as sm
    >>> train = find(sm.strategies.tie_trains(0.3), lambda eta: len(sm.IF(0.3)(eta)) > 0)
    >>> train.times, train.weights
    (array([0.]), array([0.3]))
    """
    theta = number(threshold, "threshold", above=0.0)
    leak = number(alpha, "alpha", least=0.0)
    sizes(min_size, max_size)
    flag(nonnegative, "nonnegative")
    return _tie_trains(theta, leak, min_size, max_size, nonnegative)


@st.composite
def _tie_trains(
    draw: Any, theta: float, alpha: float, min_size: int, max_size: int, nonnegative: bool
) -> SpikeTrain:  # fmt: skip
    kinds = kinds_of_weights(theta, nonnegative, None)
    clock = draw(st.sampled_from(("integers", "decimals")))
    gaps = st.sampled_from((1, 2, 3))
    if draw(st.sampled_from(("aimed", "aimed", "decimals"))) == "decimals":
        weight: SearchStrategy[Any] = st.booleans().flatmap(lambda _: kinds[DECIMALS])  # as many draws as below
    else:
        goals = (1, 1, 2, 3) if nonnegative else (1, 1, -1, 2, 3, 0)
        aims = [(k, ulps) for ulps in (0, 1, -1) for k in goals]  # one draw, as for the others: fewer would be simpler
        sevenths = st.integers(1 if nonnegative else -20, 20).map(lambda k: k * theta / 7)  # all bits in use
        weight = st.sampled_from(aims) | sevenths | kinds[DECIMALS] | kinds[ARBITRARY] | st.sampled_from(aims)
    event, many = st.tuples(gaps, weight), max(min_size, 2 * max_size // 3)  # rounding errors take some events to grow
    lists = st.lists(event, min_size=min_size, max_size=max_size) | st.lists(event, min_size=many, max_size=max_size)
    events = draw(lists)
    t = ticks(clock, [gap for gap, _ in events])
    train: SpikeTrain = draw(build_train(t, _aimed(t, [w for _, w in events], theta, alpha, nonnegative)))
    assume(len(train) >= min_size)
    return train


def _aimed(t: list[float], events: list[Any], theta: float, alpha: float, nonnegative: bool) -> list[float]:
    """The weights as they are; an aim (k, ulps) becomes the least weight with which the potential reaches k theta.

    It aims to the side (for k < 0: away from it) where plain floats lag behind the exact residual.
    """
    out: list[float] = []
    V, plain, unit = Fraction(0), 0.0, Fraction(theta)
    for i, event in enumerate(events):
        decay = math.exp(-alpha * (t[i] - t[i - 1])) if i else 0.0
        V, plain = V * Fraction(decay), plain * decay
        if isinstance(event, tuple):
            k, ulps = event
            if not nonnegative and Fraction(plain) > V:
                k = -k
            need = k * unit - V
            a = nudged(-up(-need) if k < 0 else up(need), ulps)
        else:
            a = event + 0.0  # a new object: printed as a number, not as the call that made it
        a = max(a, 0.0) if nonnegative else a
        out.append(a)
        u = V + Fraction(a)
        V = u - unit * math.trunc(u / unit)
        plain += a
        plain -= theta * math.trunc(plain / theta)
    return out
