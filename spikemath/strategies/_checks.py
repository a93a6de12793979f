"""Arguments of strategies, checked at the door: a message gives name, value and rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

LARGEST = 1e290  # of thresholds and bounds: their multiples are floats too


def number(value: Any, name: str, least: float | None = None, above: float | None = None) -> float:
    """A real number, at most LARGEST."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InvalidArgument(f"{name}={value!r} must be a finite real number")
    x = float(value)
    if least is not None and x < least:
        raise InvalidArgument(f"{name}={value!r} must be >= {least:g}")
    if above is not None and x <= above:
        raise InvalidArgument(f"{name}={value!r} must be > {above:g}")
    if x > LARGEST:
        raise InvalidArgument(f"{name}={value!r} must be <= {LARGEST:g}")
    return x


def ordered(low: float | None, high: float | None) -> None:
    """The ends of a range."""
    if low is not None and high is not None and low > high:
        raise InvalidArgument(f"min_value={low!r} must not be above max_value={high!r}")


def size(value: Any, name: str, least: int) -> None:
    """A number of things."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidArgument(f"{name}={value!r} must be an integer >= {least}")


def sizes(min_size: Any, max_size: Any) -> None:
    """Least and largest number of events."""
    size(min_size, "min_size", 0)
    size(max_size, "max_size", 0)
    if min_size > max_size:
        raise InvalidArgument(f"min_size={min_size!r} must not be above max_size={max_size!r}")


def flag(value: Any, name: str) -> None:
    """True or False."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{name}={value!r} must be True or False")


def strategy(value: Any, name: str) -> None:
    """A strategy, or None for the default."""
    if value is not None and not isinstance(value, SearchStrategy):
        raise InvalidArgument(f"{name}={value!r} must be a strategy, such as st.floats(0, 1)")


def names(given: Any, name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Some of the known names."""
    if isinstance(given, str) or not isinstance(given, Sequence) or not given or not set(given) <= set(known):
        raise InvalidArgument(f"{name}={given!r} must be a sequence of some of {', '.join(map(repr, known))}")
    return tuple(given)
