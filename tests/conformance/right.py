"""Right neurons in exact rationals, written apart from the package; every method is a place for a mistake."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np


class Clock:
    """On a clock, sample by sample: u = beta u + a, test, reset. Every method is a place for a mistake."""

    def __init__(self, theta: float = 1.0, beta: Any = 1, reset: str = "modulo", wait: int = 0) -> None:
        self.theta, self.beta, self.mode, self.wait = Fraction(theta), Fraction(beta), reset, wait
        self.begin()

    def begin(self) -> None:
        self.u: Any = Fraction(0)
        self.asleep = 0

    def reset(self) -> None:
        self.begin()

    def leak(self, u):
        return self.beta * u

    def reaches(self, size):
        return size >= self.theta

    def count(self, size):
        return size // self.theta if self.mode == "modulo" else 1

    def fires(self):
        if not self.reaches(abs(self.u)):
            return 0
        return (1 if self.u > 0 else -1) * self.count(abs(self.u))

    def after(self, k):
        return Fraction(0) if self.mode == "zero" else self.u - k * self.theta

    def add(self, a):
        self.u = self.leak(self.u) + a

    def emit(self, k):
        return float(k * self.theta)

    def __call__(self, a):
        self.add(Fraction(float(a)))
        self.asleep -= 1
        k = self.fires() if self.asleep <= 0 else 0
        if k:
            self.u = self.after(k)
            self.asleep = self.wait
        return self.emit(k) if k else 0.0

    def whole(self, x):
        """As a function of a recording."""
        self.reset()
        return np.array([self(a) for a in x])


class Events:
    """Free weighted events, in order; with a leak in 1000 digits, since 0.3 exp(-1e-94) is below 0.3."""

    def __init__(self, theta: float = 1.0, alpha: float = 0.0, reset: str = "modulo") -> None:
        self.theta, self.alpha, self.mode = Fraction(theta), Fraction(alpha), reset
        self.fresh()

    def fresh(self) -> None:
        self.u: Any = Fraction(0)
        self.last: Fraction | None = None

    def merged(self, times, weights):
        total: dict[Fraction, Fraction] = {}
        for t, a in zip(times, weights, strict=True):
            total[Fraction(float(t))] = total.get(Fraction(float(t)), Fraction(0)) + Fraction(float(a))
        return [(t, a) for t, a in total.items() if a]

    def decay(self, u, gap):
        if not self.alpha or not u or not gap:
            return u
        z = self.alpha * gap
        with mpmath.workdps(1000):
            m, e = mpmath.exp(-mpmath.mpf(z.numerator) / z.denominator).man_exp
        return u * Fraction(m) * Fraction(2) ** e

    def test(self, t):
        if abs(self.u) < self.theta:
            return 0
        k = abs(self.u) // self.theta if self.mode == "modulo" else 1
        k = int(math.copysign(k, self.u))
        self.u = Fraction(0) if self.mode == "zero" else self.u - k * self.theta
        return k

    def __call__(self, times, weights):
        self.fresh()
        return self.go(times, weights)

    def go(self, times, weights):
        out: list[tuple[float, float]] = []
        for t, a in self.merged(times, weights):
            if self.last is not None:
                self.u = self.decay(self.u, t - self.last)
            self.last = t
            self.u += a
            k = self.test(t)
            if k:
                out.append((float(t), float(k * self.theta)))
        return [t for t, _ in out], [w for _, w in out]


def arguments(kind: type, how: str, **claims: Any) -> dict[str, Any]:
    """A neuron of a class, and its claims, for check()."""
    theta, reset = claims.pop("theta", 1.0), claims.pop("reset", "modulo")
    common = {"threshold": theta, "reset": reset, "kind": how, "name": kind.__name__}
    if how == "events":
        alpha = claims.pop("alpha", 0.0)
        if claims.pop("stream", False):
            claims["stream"] = lambda: kind(theta, alpha, reset).stream()
        return {"neuron": kind(theta, alpha, reset), "alpha": alpha, **common, **claims}
    beta, wait = claims.pop("beta", 1), int(claims.get("refractory", 0))
    if claims.pop("family", False):
        claims["family"] = lambda th: kind(th, beta, reset, wait).whole
    neuron = kind(theta, beta, reset, wait)
    return {"neuron": neuron if how == "steps" else neuron.whole, "beta": Fraction(beta), **common, **claims}
