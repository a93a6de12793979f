"""Numbers: thresholds, leaks, and weights aimed at multiples of a threshold.

    k theta and its two float neighbours,  k theta / 4,  k/10,  x theta,  x theta 10^(10, -10, -30, -200)

Decimals are fl(k * 0.1): 0.1 + 0.2 beside 0.3 is what decides about a threshold of 0.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from spikemath.strategies._checks import LARGEST, flag, number, ordered


def thresholds(
    min_value: float | None = None, max_value: float | None = None, extreme: bool = False
) -> SearchStrategy[float]:  # fmt: skip
    """Thresholds: round, decimal and odd positive floats.

    Parameters
    ----------
    min_value, max_value : float, optional
        Range, > 0. Default: 0.001 to 10 (further where the other end asks for it).
    extreme : bool
        Also huge and tiny ones, 1e-200 to 1e200.

    Returns
    -------
    SearchStrategy
        Of floats > 0; shrinks to 1.0 where that is in range.

    Raises
    ------
    InvalidArgument
        An end is not a positive number, or the range is empty.

    Examples
    --------
    >>> from hypothesis import find
    >>> import spikemath as sm
    >>> find(sm.strategies.thresholds(), lambda threshold: threshold < 1)
    0.5
    """
    low = None if min_value is None else number(min_value, "min_value", above=0.0)
    high = None if max_value is None else number(max_value, "max_value", above=0.0)
    flag(extreme, "extreme")
    ordered(low, high)
    a = low if low is not None else (1e-200 if extreme else min(1e-3, high or 1e-3))
    b = high if high is not None else (max(1e200, a) if extreme else max(10.0, a))
    known = [1.0, 2.0, 0.5, 0.25, 0.1, 0.3, 0.7, 0.2, 10.0, 0.01, 1e-3, 1.0 / 3.0]
    wild = [1e-200, 1e200, 1e-30, 1e30] if extreme else []
    return _listed_or_between(known, a, b) if not wild else _listed_or_between(known, a, b) | _listed(wild, a, b)


def leaks(min_value: float = 0.0, max_value: float = 100.0, zero: bool = True) -> SearchStrategy[float]:
    """Leaks alpha: often 0, from hardly any (1e-12) to strong (100).

    Parameters
    ----------
    min_value, max_value : float
        Range in 1/time, >= 0.
    zero : bool
        Whether 0 may come.

    Returns
    -------
    SearchStrategy
        Of floats >= 0; shrinks to 0.0, or to 1.0 without it.

    Raises
    ------
    InvalidArgument
        An end is negative, or the range is empty.

    Examples
    --------
    >>> from hypothesis import find
    >>> import spikemath as sm
    >>> find(sm.strategies.leaks(), lambda alpha: alpha > 0)
    1.0
    """
    low, high = number(min_value, "min_value", least=0.0), number(max_value, "max_value", least=0.0)
    flag(zero, "zero")
    if not zero:
        low = low or min(1e-12, high)
        if high == 0.0:
            raise InvalidArgument(f"max_value={max_value!r} leaves no leak, for zero=False")
    ordered(low, high)
    some = _listed_or_between([1.0, 0.1, 10.0, 0.01, 100.0, 1e-12], low, high)
    return st.just(0.0) | some if low == 0.0 else some


def weights(
    threshold: float = 1.0, nonnegative: bool = False, max_weight: float | None = None
) -> SearchStrategy[float]:  # fmt: skip
    """Weights of pulses, and values of samples, aimed at multiples of a threshold.

    Multiples of the threshold and their two float neighbours, quarters of it, decimals, arbitrary floats, and very
    large and very small ones.

    Parameters
    ----------
    threshold : float
        What is aimed at, > 0.
    nonnegative : bool
        Only weights >= 0.
    max_weight : float, optional
        Bound of the absolute value, > 0; larger ones are set to it.

    Returns
    -------
    SearchStrategy
        Of floats.

    Raises
    ------
    InvalidArgument
        ``threshold`` or ``max_weight`` is not a positive number.

    Examples
    --------
    >>> from hypothesis import find
    >>> import spikemath as sm
    >>> find(sm.strategies.weights(threshold=0.3), lambda a: a >= 0.3)
    0.3
    """
    theta = number(threshold, "threshold", above=0.0)
    flag(nonnegative, "nonnegative")
    cap = None if max_weight is None else number(max_weight, "max_weight", above=0.0)
    return st.one_of(kinds_of_weights(theta, nonnegative, cap))


NUDGES = st.sampled_from((0, 1, -1))


def kinds_of_weights(theta: float, nonnegative: bool, cap: float | None) -> list[SearchStrategy[float]]:
    """One strategy for each kind, the simplest first: one kind for all events of a train makes a grid of it."""
    unit = 1.0 if 1e-6 < theta < 1e6 else theta
    sign = 0 if nonnegative else -1
    integers, tenths, span = st.integers(8 * sign, 8), st.integers(30 * sign, 30), st.floats(2.5 * sign, 2.5)
    scales = st.sampled_from([s for s in (1e10, 1e-10, 1e-30, 1e-200) if theta * s < LARGEST])

    def kind(form: Callable[..., float], *sources: SearchStrategy[Any]) -> SearchStrategy[float]:
        return _plainly(lambda *drawn: _bounded(form(*drawn), nonnegative, cap), sources)

    return [
        kind(lambda k: k * theta, integers),
        kind(lambda k: k * theta / 4, integers),
        kind(lambda k: k * 0.1 * unit, tenths),
        kind(lambda k, ulps: nudged(k * theta, ulps), integers, NUDGES),
        kind(lambda x: x * theta, span),
        kind(lambda x, scale: x * theta * scale, span, scales),
    ]


MULTIPLES, DECIMALS, ARBITRARY, MIXED = 0, 2, 4, 5  # places in that list


@st.composite
def _plainly(draw: Any, form: Callable[..., float], sources: tuple[SearchStrategy[Any], ...]) -> float:
    """Unlike ``map``, this prints the number in a failing example, not the call that made it."""
    return form(*(draw(source) for source in sources))


def _bounded(a: float, nonnegative: bool, cap: float | None) -> float:
    a = max(a, 0.0) if nonnegative else a
    return a if cap is None else max(-cap, min(a, cap))


def nudged(x: float, ulps: int) -> float:
    """x or one of its two neighbours."""
    return x if not ulps else math.nextafter(x, math.copysign(math.inf, ulps))


def _listed(values: list[float], low: float, high: float) -> SearchStrategy[float]:
    inside = [v for v in values if low <= v <= high]
    return st.sampled_from(inside) if inside else st.nothing()


def _listed_or_between(values: list[float], low: float, high: float) -> SearchStrategy[float]:
    """Some of the values, the first the simplest, or anything in the range."""
    return _listed(values, low, high) | st.floats(low, high)
