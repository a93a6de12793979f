"""The (leaky) Alexiewicz norm of a signal: the supremum of its running leaky integral.

    ||f||_{A,alpha} = sup_t |U_f(t)|,      U_f(t) = int_[t0, t] exp(-alpha (t - s)) df(s)

One-sided limits count, so the supremum is not always attained. The result is the exact norm *rounded down* to a
float64: then ``norm < x`` and ``norm >= x`` have, for every float x, the truth value of the exact statement.

Source: Alexiewicz 1948; the leaky form: Moser, Lunglmayr (arXiv 2305.05772, 2402.07954).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from spikemath._numeric.threads import spread
from spikemath.norms._extremes import LEFT, Extreme, Extremes, decided, measure
from spikemath.signals.axis import floor_float
from spikemath.signals.checks import nonnegative
from spikemath.signals.many import channels, each

_NEAR = 1 - Fraction(1, 2**100)  # places with larger |U| than that of the norm need not be told apart


class Extremum(NamedTuple):
    """Where the running leaky integral is largest in absolute value.

    Attributes
    ----------
    value : float
        The extremum with its sign, rounded toward 0; its absolute value is the norm.
    time : float
        Where: at an instant at which the exact ``|U|`` is the norm, or less by a factor of at most 1 - 2^-100. Without
        leak it is the earliest if all such values are equal.
    side : {"right", "left"}
        "right": the value at that time. "left": the limit from the left, before a pulse.
    attained : bool
        Whether some instant has this value; False for a left limit.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.alexiewicz_extremum(sm.SpikeTrain([0.0, 1.0], [1.0, -3.0]))
    Extremum(value=-2.0, time=1.0, side='right', attained=True)
    """

    value: float
    time: float
    side: str
    attained: bool


def alexiewicz_norm(f: Any, alpha: Any = 0.0, *, threads: int = 1) -> Any:
    """The leaky Alexiewicz norm sup_t |U_f(t)|, rounded down.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0.
    threads : int
        How many threads share the channels. The answer does not depend on it.

    Returns
    -------
    float, or numpy.ndarray with one value per channel
        The largest float64 that is not above the exact norm, so that comparing it with a float by ``<`` or ``>=``
        decides the exact statement. (Where 1000 bits cannot tell the norm from a float, it is that float.)

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.alexiewicz_norm(sm.SpikeTrain([0.0, 1.0, 2.0], [1.0, -3.0, 1.0]))
    2.0
    >>> f = sm.Signal.from_samples([1.0], fs=1.0)       # fires at 1 - ulp, not at 1:
    >>> sm.alexiewicz_norm(f - sm.IF(1.0)(f)) < 1.0     # so the bound holds strictly
    True
    """
    found = _each(_norm, f, alpha, threads)
    return np.array(found) if isinstance(found, list) else found


def alexiewicz_extremum(f: Any, alpha: Any = 0.0, *, threads: int = 1) -> Any:
    """Where the leaky Alexiewicz norm comes from: value, time, side, attained.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0.
    threads : int
        How many threads share the channels. The answer does not depend on it.

    Returns
    -------
    Extremum, or a list of them (one per channel)

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 1.0], fs=1.0) - sm.SpikeTrain([2.0], [5.0])
    >>> sm.alexiewicz_extremum(f)
    Extremum(value=-3.0, time=2.0, side='right', attained=True)
    """
    return _each(_extremum, f, alpha, threads)


def _each(measured: Callable[[Any, float], Any], f: Any, alpha: Any, threads: int) -> Any:
    """measured(f, alpha), or a list with one for every channel."""
    members = channels(f)
    leaks = [nonnegative(a, "alpha") for a in each(alpha, "alpha", None if members is None else len(members))]
    if members is None:
        return measured(measure(f), leaks[0])
    return spread(lambda i: measured(measure(members[i]), leaks[i]), len(members), threads)


def _norm(f: Any, alpha: float) -> float:
    return decided((lower, upper) for lower, upper, _, _ in Extremes(f, alpha).norms())


def _extremum(f: Any, alpha: float) -> Extremum:
    extremes, best, sign, value = _extreme(f, alpha)
    side = "left" if best.kind == LEFT else "right"
    return Extremum(sign * value if value else 0.0, _time(extremes, best), side, side == "right")


def _extreme(f: Any, alpha: float) -> tuple[Extremes, Extreme, float, float]:
    """The extreme from enclosures that decide both its value, rounded down, and its place; its sign, its size."""
    extremes = Extremes(f, alpha)
    for lower, upper, top, bottom in extremes.norms():
        best, sign = _larger(top, bottom)
        others = max(best.elsewhere, (bottom if best is top else top).upper)
        if floor_float(lower) == floor_float(upper) and best.there >= others * _NEAR:
            break
    return extremes, best, sign, floor_float(upper)  # equal to that of ``lower`` as far as can be told


def placed(extremes: Extremes, top: Extreme, bottom: Extreme) -> tuple[float, float, str]:
    """Sign, time and side of the larger of two extremes."""
    best, sign = _larger(top, bottom)
    return sign, _time(extremes, best), "left" if best.kind == LEFT else "right"


def _larger(top: Extreme, bottom: Extreme) -> tuple[Extreme, float]:
    """The larger of two extremes, and its sign; the earlier one where they cannot be told apart."""
    if bottom.lower > top.lower:
        return bottom, -1.0
    if top.lower == bottom.lower and (bottom.cell, bottom.kind) < (top.cell, top.kind) and bottom.lower > 0:
        return bottom, -1.0
    return top, 1.0


def _time(extremes: Extremes, where: Extreme) -> float:
    hi, lo = extremes.place(where)
    return float(extremes.axis.times(np.array([hi]), np.array([lo]))[0])


def alexiewicz_bounds(f: Any, alpha: Any = 0.0, bits: int = 64, *, threads: int = 1) -> Any:
    """Two rationals that enclose the exact leaky Alexiewicz norm.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0.
    bits : int
        Wanted width, as a power of two relative to the norm; 1000 bits are the most that is tried.
    threads : int
        How many threads share the channels. The answer does not depend on it.

    Returns
    -------
    (fractions.Fraction, fractions.Fraction), or a list of them (one per channel)
        Lower and upper bound, equal where the norm is a rational that is known exactly.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.alexiewicz_bounds(sm.SpikeTrain([0.0, 1.0], [0.5, 0.25]))
    (Fraction(3, 4), Fraction(3, 4))
    """
    return _each(lambda m, a: _bounds(m, a, bits), f, alpha, threads)


def _bounds(f: Any, alpha: float, bits: int) -> tuple[Fraction, Fraction]:
    for lower, upper, _, _ in Extremes(f, alpha).norms():
        if upper - lower <= upper / 2**bits:
            break
    return lower, upper
