"""What the tests of the oracles share: a train on whole seconds, and comparisons at high precision."""

from __future__ import annotations

from fractions import Fraction as F

import mpmath

from .trains import Encoded, encode_train

ZERO, ONE = F(0), F(1)
RESETS = ("modulo", "subtract", "zero")


def ticks(n: int) -> list[F]:
    return [F(i) for i in range(n)]


def train(
    weights: list,
    reset: str = "modulo",
    theta: F = ONE,
    alpha: F = ZERO,
    end: F | None = None,
    times: list | None = None,
    **more,
) -> Encoded:
    times = ticks(len(weights)) if times is None else times
    domain = (ZERO, times[-1] if end is None else end)
    return encode_train(times, weights, domain, theta, alpha, reset, **more)


def near(x, y, digits: int = 45) -> bool:
    with mpmath.workdps(100):
        return abs(mpmath.mpmathify(x) - mpmath.mpmathify(y)) < mpmath.mpf(10) ** -digits


def high(expression):
    with mpmath.workdps(100):
        return expression()
