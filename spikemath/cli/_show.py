"""Objects written out in full, so that a failing instance can be typed in again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any


def in_full(value: Any, limit: int | None = None) -> str:
    """A value with all its numbers; lists longer than ``limit`` are cut and say so.

    Trains are written as code that makes them, where floats can; times and weights that no float holds are fractions.

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.cli._show import in_full
    >>> in_full((sm.SpikeTrain([0.0, 1.0], [0.5, 0.1]), 0.25))
    '(SpikeTrain([0.0, 1.0], [0.5, 0.1]), 0.25)'
    """
    from spikemath.signals import Signal, SpikeTrain

    if isinstance(value, SpikeTrain):
        return _train(value, limit)
    if isinstance(value, Signal):
        return _signal(value, limit)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return repr(value)
    if isinstance(value, tuple | list):
        shown = _listed([in_full(item, limit) for item in value], limit)
        if isinstance(value, list):
            return f"[{shown}]"
        return f"({shown},)" if len(value) == 1 else f"({shown})"
    if hasattr(value, "tolist"):
        return in_full(value.tolist(), limit)
    if isinstance(value, Fraction):
        return str(value)
    return getattr(value, "__qualname__", None) or repr(value)


def named(names: tuple[str, ...], instance: tuple[Any, ...], limit: int | None = None) -> str:
    """An instance of a claim, argument by argument, one a line."""
    if len(names) != len(instance):
        return in_full(instance, limit)
    return "\n".join(f"{name} = {in_full(value, limit)}" for name, value in zip(names, instance, strict=True))


def _listed(items: list[str], limit: int | None) -> str:
    if limit is not None and len(items) > limit:
        return f"{', '.join(items[:limit])}, ... ({len(items)} in all)"
    return ", ".join(items)


def _numbers(values: list[Fraction], limit: int | None) -> str:
    """Floats where they are exact, else fractions."""
    return f"[{_listed([_number(x) for x in values], limit)}]"


def _number(x: Fraction) -> str:
    try:
        return repr(float(x)) if Fraction(float(x)) == x else str(x)
    except OverflowError:
        return str(x)


def _train(train: Any, limit: int | None) -> str:
    times, weights = train.exact_times(), train.exact_weights()
    ends = [train._axis.instant(train._start), train._axis.instant(train._end)]
    own = [times[0], times[-1]] if times else [Fraction(0), Fraction(0)]
    domain = "" if ends == own else f", domain=({_number(ends[0])}, {_number(ends[1])})"
    return f"SpikeTrain({_numbers(times, limit)}, {_numbers(weights, limit)}{domain})"


def _signal(f: Any, limit: int | None) -> str:
    """Pieces by their knots and the coefficients in powers of (t - knot), then the pulses."""
    axis, said = f._axis, []
    for part in f._parts:
        if not hasattr(part, "exact"):
            return repr(f)
        hi, lo = part.coordinates()
        knots = [axis.instant((float(h), float(r))) for h, r in zip(hi, lo, strict=True)]
        pieces = []
        for k in range(part.number):
            exact = [c * axis.rate**i for i, c in enumerate(part.exact(k))]
            pieces.append(_numbers(exact, None))
        said.append(f"pieces with knots {_numbers(knots, limit)} and coefficients [{_listed(pieces, limit)}]")
    if len(f._pulses):
        said.append(_train(f._pulses, limit))
    ends = ", ".join(_number(axis.instant(end)) for end in (f._start, f._end))
    return f"Signal on [{ends}]: {' + '.join(said) or '0'}"
