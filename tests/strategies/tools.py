"""What the tests of strategies share: the smallest example, a counted sample, and a neuron in plain floats."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.strategies import SearchStrategy

import spikemath as sm

EVERYTHING = list(HealthCheck)


def minimal(strategy: SearchStrategy[Any], condition: Callable[[Any], bool], examples: int = 1000) -> Any:
    """What hypothesis shrinks to; raises NoSuchExample where it finds nothing."""
    how = settings(max_examples=examples, database=None, suppress_health_check=EVERYTHING)
    return find(strategy, condition, settings=how)


def in_one_of(runs: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of which one of so many runs has to pass.

    Shrinking is a search from a random start that may stop at a local minimum, in a few per cent of runs. What is
    promised is that it arrives as a rule, and a strategy that cannot shrink fails in every run.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def repeated(*args: Any, **named: Any) -> None:
            for _ in range(runs - 1):
                try:
                    return test(*args, **named)
                except AssertionError:
                    continue
            return test(*args, **named)

        return repeated

    return decorate


def reachable(strategy: SearchStrategy[Any], condition: Callable[[Any], bool], examples: int = 4000) -> bool:
    """Whether an example is found (not shrunk); raises NoSuchExample where none is."""
    if any(condition(x) for x in _sampled(strategy)):
        return True
    how = settings(max_examples=examples, database=None, suppress_health_check=EVERYTHING, phases=[Phase.generate])
    find(strategy, condition, settings=how)
    return True


def _sampled(strategy: SearchStrategy[Any]) -> list[Any]:
    """One sample for all conditions on a strategy that prints the same."""
    if repr(strategy) not in _SAMPLES:
        _SAMPLES[repr(strategy)] = sample(strategy, 400)
    return _SAMPLES[repr(strategy)]


_SAMPLES: dict[str, list[Any]] = {}


def sample(strategy: SearchStrategy[Any], size: int) -> list[Any]:
    """Examples as a test gets them."""
    seen: list[Any] = []

    @settings(max_examples=size, database=None, suppress_health_check=EVERYTHING, phases=[Phase.generate])
    @given(strategy)
    def collect(x: Any) -> None:
        seen.append(x)

    collect()
    return seen


def plain_modulo(weights: list[float], theta: float) -> list[float]:
    """The usual code: integrate, truncate, subtract. At alpha = 0."""
    u, out = 0.0, []
    for a in weights:
        u += a
        spike = theta * math.trunc(u / theta)
        u -= spike
        out.append(spike)
    return out


def breaks_the_bound(train: sm.SpikeTrain, theta: float) -> bool:
    """Whether the exact norm of input minus output of plain_modulo reaches theta: Fractions, nothing of the package."""
    weights = train.weights.tolist()
    total, largest = Fraction(0), Fraction(0)
    for a, spike in zip(weights, plain_modulo(weights, theta), strict=True):
        total += Fraction(a) - Fraction(spike)
        largest = max(largest, abs(total))
    return largest >= Fraction(theta)


def potentials(train: sm.SpikeTrain, theta: float, reset: str = "modulo") -> list[Fraction]:
    """What the neuron without leak tests at each event, exactly."""
    V, unit, out = Fraction(0), Fraction(theta), []
    for a in train.exact_weights():
        u = V + a
        out.append(u)
        k = math.trunc(u / unit)
        V = u - unit * (k if reset == "modulo" else max(-1, min(k, 1)))
    return out
