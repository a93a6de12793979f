"""Signals: held samples, lines between samples, polynomial pieces, with pulses.

    sum_k int over piece k of |f| + sum_i |a_i| <= max_spikes * threshold

The mass is bounded from the coefficients, sum |c_i| h^(i+1) / (i+1), in exact arithmetic; where it is too large, the
integrable part is halved until it fits, and pulses that do not fit are left out.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies._checks import flag, names, number, size
from spikemath.strategies.numbers import MIXED, kinds_of_weights
from spikemath.strategies.trains import build_train

KINDS = ("zero", "linear", "ppoly")


class _Named:
    """A constructor under its full name: a failing example prints ``Signal.from_samples(...)`` instead of the tail."""

    def __init__(self, made: type, name: str) -> None:
        self._made, self._name = made, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._made, self._name)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"{self._made.__name__}.{self._name}"


def signals(
    kinds: Sequence[str] = KINDS,
    pulses: bool = True,
    max_pieces: int = 5,
    max_degree: int = 3,
    bound: float | None = None,
    threshold: float = 1.0,
    max_spikes: int = 20,
    nonnegative: bool = False,
) -> SearchStrategy[Signal]:
    """Signals with an integrable part, and pulses on knots, between them, and at both ends.

    Parameters
    ----------
    kinds : sequence of {"zero", "linear", "ppoly"}
        Samples that are held, samples joined by lines, polynomial pieces.
    pulses : bool
        Whether there may be pulses, up to three.
    max_pieces, max_degree : int
        Largest number of pieces (>= 1) and degree of polynomial pieces (>= 0).
    bound : float, optional
        Bound of the absolute value of the integrable part, > 0.
    threshold : float
        What integrals over one piece, and pulses, are aimed at, > 0.
    max_spikes : int
        The mass int |f| + sum |a_i| is at most this many thresholds, so no LIF neuron of that threshold (without
        refractory time) fires more often.
    nonnegative : bool
        Only signals >= 0.

    Returns
    -------
    SearchStrategy
        Of signals; shrinks to one piece on [0, 1] with small multiples of the threshold.

    Raises
    ------
    InvalidArgument
        An argument is out of its range, or an unknown kind.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import spikemath as sm
    >>> @settings(max_examples=10, deadline=None)
    ... @given(sm.strategies.signals(threshold=0.5))
    ... def bound_holds(f):
    ...     assert sm.alexiewicz_norm(f - sm.LIF(0.5, alpha=1.0)(f), alpha=1.0) < 0.5
    >>> bound_holds()
    """
    chosen = names(kinds, "kinds", KINDS)
    flag(pulses, "pulses")
    flag(nonnegative, "nonnegative")
    size(max_pieces, "max_pieces", 1)
    size(max_degree, "max_degree", 0)
    size(max_spikes, "max_spikes", 1)
    cap = None if bound is None else number(bound, "bound", above=0.0)
    theta = number(threshold, "threshold", above=0.0)
    return _signals(chosen, pulses, max_pieces, max_degree, cap, theta, max_spikes, nonnegative)


@st.composite
def _signals(
    draw: Any,
    kinds: Sequence[str],
    pulses: bool,
    max_pieces: int,
    max_degree: int,
    cap: float | None,
    theta: float,
    max_spikes: int,
    nonnegative: bool,
) -> Signal:
    kind = draw(st.sampled_from(kinds))
    budget = max_spikes * Fraction(theta)
    if kind == "ppoly":
        f, knots, mass = _ppoly(draw, max_pieces, max_degree, cap, theta, budget, nonnegative)
        fs = None
    else:
        f, knots, mass, fs = _sampled(draw, kind, max_pieces, cap, theta, budget, nonnegative)
    if not pulses:
        return draw(f)
    weight = st.one_of(kinds_of_weights(theta, nonnegative, None)[:MIXED])
    where = st.one_of(
        st.sampled_from((0, len(knots) - 1, *range(1, len(knots) - 1))).map(lambda k: (k, 0.0)),  # the ends first
        st.tuples(st.integers(0, len(knots) - 2), st.sampled_from((0.5, 0.25, 0.1)) | st.floats(0.0, 1.0)),
    )
    grid, loose = {}, []
    for (k, part), a in draw(st.lists(st.tuples(where, weight), max_size=3)):
        if mass + abs(Fraction(a)) > budget:
            continue
        mass += abs(Fraction(a))
        if part == 0.0 and fs is not None and k not in grid:  # exactly on knots that may be no floats
            grid[k] = a
        else:
            t = float(knots[k] + Fraction(part) * (knots[min(k + 1, len(knots) - 1)] - knots[k]))
            if knots[0] <= Fraction(t) <= knots[-1]:
                loose.append((t, a))
    if grid:
        x = [grid.get(k, 0.0) for k in range(max(grid) + 1)]
        on_grid = st.builds(_Named(SpikeTrain, "from_samples"), st.just(x), fs=st.just(fs), t0=st.just(float(knots[0])))
        f = st.builds(operator.add, f, on_grid)
    if loose:
        at, size = (list(c) for c in zip(*sorted(loose), strict=True))
        f = st.builds(operator.add, f, build_train(at, size))
    return draw(f)


def _sampled(
    draw: Any, kind: str, max_pieces: int, cap: float | None, theta: float, budget: Fraction, nonnegative: bool
) -> Any:  # fmt: skip
    """The strategy that builds the signal, its knots, a bound of its mass, and the sampling rate."""
    fs = draw(st.sampled_from((1.0, 4.0, 10.0, 0.7, 1000.0, 44100.0)))
    t0 = draw(st.sampled_from((0.0, 1.0, 0.1, -2.0)))
    if fs == 0.7:  # a shifted odd grid holds few floats; drawn all the same, for fewer draws would count as simpler
        t0 = 0.0
    value = draw(st.sampled_from(kinds_of_weights(theta * fs, nonnegative, cap)[:MIXED]))
    n = (1, max_pieces) if kind == "zero" else (2, max_pieces + 1)
    x = draw(st.lists(value, min_size=n[0], max_size=n[1]))
    mass = sum(abs(Fraction(v)) for v in x) / Fraction(fs)  # for lines: more than enough
    while mass > budget:
        x, mass = [v / 2 for v in x], mass / 2
    knots = [Fraction(t0) + k / Fraction(fs) for k in range(len(x) + (kind == "zero"))]
    made = st.builds(_Named(Signal, "from_samples"), st.just(x), fs=st.just(fs), t0=st.just(t0), hold=st.just(kind))
    return made, knots, mass, fs


def _ppoly(
    draw: Any, max_pieces: int, max_degree: int, cap: float | None, theta: float, budget: Fraction, nonnegative: bool
) -> Any:  # fmt: skip
    """The strategy that builds the signal, its knots and a bound of its mass."""
    from scipy.interpolate import PPoly

    degree = draw(st.integers(0, max_degree))
    t0 = draw(st.sampled_from((0.0, 1.0, 0.1, -2.0)))
    length = st.sampled_from((1.0, 0.5, 0.25, 2.0, 0.1)) | st.floats(0.01, 2.0)
    value = draw(st.sampled_from(kinds_of_weights(theta, nonnegative, cap)[:MIXED]))
    piece = st.tuples(length, st.lists(value, min_size=degree + 1, max_size=degree + 1))
    pieces = draw(st.lists(piece, min_size=1, max_size=max_pieces))
    x, columns, mass = [t0], [], Fraction(0)
    for h, c in pieces:
        x.append(x[-1] + h)
        width = Fraction(x[-1]) - Fraction(x[-2])
        while cap is not None and sum(abs(Fraction(v)) * width**i for i, v in enumerate(c)) > cap:
            c = [v / 2 for v in c]
        columns.append(c)
        mass += sum(abs(Fraction(v)) * width ** (i + 1) / (i + 1) for i, v in enumerate(c))
    while mass > budget:
        columns, mass = [[v / 2 for v in c] for c in columns], mass / 2
    rows = [[c[i] for c in columns] for i in range(degree, -1, -1)]
    made = st.builds(_Named(Signal, "from_ppoly"), st.builds(PPoly, st.just(rows), st.just(x)))
    return made, [Fraction(t) for t in x], mass
