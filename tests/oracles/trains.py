"""Oracle: the spiking operator on finite spike trains, decided exactly.

Input f = sum_j a_j delta_{t_j} with rational times and weights, threshold theta > 0, leak alpha >= 0,
refractory time t_r >= 0.  Between events the potential only decays, u(t) = u(s) exp(-alpha (t - s)), so a
spike can happen only

  * at an event, where the value AFTER the pulse is tested, or
  * (t_r > 0) at the moment t_k + t_r at which firing is permitted again; if u is below threshold there,
    nothing fires before the next event.  If t_k + t_r is the time of an event, the pulse is added first,
    then u is tested.

Firing is closed: |u| >= theta (unipolar: u >= theta).  At a spike of k thresholds, k != 0,

  modulo    k = trunc(u / theta)    u <- u - k theta
  subtract  k = sign(u)             u <- u - k theta      (t_r = 0: one spike per Dirac, "single-shot")
  zero      k = sign(u)             u <- 0

Exactness.  u(t) = sum_j c_j exp(-alpha (t - t_j)) with rational c_j (pulse minus spikes at the time t_j; a
reset to zero forgets all c_j).  For alpha = 0 that is a rational number.  For alpha > 0 the exponents of the
earlier times are distinct nonzero rationals, so by Lindemann-Weierstrass u(t) can be rational (a multiple of
theta in particular) only if every EARLIER c_j is zero; then u(t) = c_now is compared in rationals.  Otherwise
u(t) - k theta is not zero and its sign is found with enough digits (80, doubled up to 2000; a failure raises,
it never guesses).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import mpmath
from mpmath import mpf

Number = Fraction | mpf
DIGITS = (80, 160, 320, 640, 1280, 2000)


@dataclass(frozen=True)
class Encoded:
    """Spikes (counts: signed multiples of theta), final potential, smallest relative distance to a tie."""

    times: list
    counts: list[int]
    potential: Number
    closest: Number | float


def to_mpf(x: Number | int) -> mpf:
    """A Fraction or int rounded at the current mpmath precision; an mpf as it is (mpf(x) would round)."""
    if isinstance(x, mpf):
        return x
    return mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpf(x)


def exact(x: Number | int) -> Fraction:
    """The value as a Fraction.  Compare so: mpmath refuses mpf < Fraction, and even -x rounds an mpf."""
    if not isinstance(x, mpf):
        return Fraction(x)
    if not mpmath.isfinite(x):
        raise ValueError("not a finite number")
    sign, mantissa, exponent, _ = x._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def coalesce(times: Sequence[Fraction], weights: Sequence[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Add the weights of equal times; zero sums vanish.  The times must be sorted."""
    if len(times) != len(weights):
        raise ValueError("times and weights differ in length")
    if any(a > b for a, b in pairwise(times)):
        raise ValueError("times must be sorted")
    total: dict[Fraction, Fraction] = {}
    for t, a in zip(times, weights, strict=True):
        total[Fraction(t)] = total.get(Fraction(t), Fraction(0)) + Fraction(a)
    return [(t, a) for t, a in total.items() if a != 0]


class Potential:
    """u(t) = now + sum over earlier (t_j, c_j) of c_j exp(-alpha (t - t_j)); now and all c_j exact."""

    def __init__(self, start: Fraction, alpha: Fraction) -> None:
        self.time, self.alpha = start, alpha
        self.clear()

    def clear(self) -> None:
        """Reset to zero: forget the past."""
        self.now = Fraction(0)
        self.earlier: list[tuple[Fraction, Fraction]] = []
        self.rest, self.size = mpf(0), mpf(0)  # the earlier part, and its sum of absolute values

    def add(self, weight: Fraction) -> None:
        self.now += weight

    def advance(self, t: Fraction) -> None:
        """Let the time become t.  Without leak nothing changes, and everything stays in `now`."""
        if t > self.time and self.alpha > 0:
            with mpmath.workdps(DIGITS[0]):
                beta = mpmath.exp(-to_mpf(self.alpha * (t - self.time)))
                self.rest = (self.rest + to_mpf(self.now)) * beta
                self.size = (self.size + abs(to_mpf(self.now))) * beta
            if self.now != 0:
                self.earlier.append((self.time, self.now))
            self.now = Fraction(0)
        self.time = t

    def value(self) -> Number:
        if not self.earlier:
            return self.now
        with mpmath.workdps(DIGITS[0]):
            return to_mpf(self.now) + self.rest

    def _earlier_part(self, digits: int) -> tuple[mpf, mpf]:
        if digits == DIGITS[0]:
            return self.rest, self.size
        rest, size = mpf(0), mpf(0)
        for t, c in self.earlier:
            term = to_mpf(c) * mpmath.exp(-to_mpf(self.alpha * (self.time - t)))
            rest, size = rest + term, size + abs(term)
        return rest, size

    def excess(self, sign: int, level: Fraction) -> tuple[int, Number]:
        """Exact sign, and value, of sign * u - level.  (Rounding is far below 10^-(digits/2) * size.)"""
        rational = sign * self.now - level
        if not self.earlier:
            return (rational > 0) - (rational < 0), rational
        for digits in DIGITS:
            with mpmath.workdps(digits):
                rest, size = self._earlier_part(digits)
                value = to_mpf(rational) + sign * rest
                if abs(value) > (abs(to_mpf(rational)) + size) * mpf(10) ** (-(digits // 2)):
                    return (1 if value > 0 else -1), value
        raise ArithmeticError("undecided at 2000 digits")


def spike_count(u: Potential, threshold: Fraction, reset: str, bipolar: bool) -> tuple[int, Number]:
    """Count of the spike that fires now (0: none) and the relative distance to the multiple compared with."""
    with mpmath.workdps(DIGITS[0]):
        value = u.value()
        sign = -1 if bipolar and value < 0 else 1
        nearest = 1
        if reset == "modulo":
            ratio = sign * value / (threshold if isinstance(value, Fraction) else to_mpf(threshold))
            nearest = max(1, int(mpmath.floor(to_mpf(ratio) + mpf("0.5"))))  # half way: either is fine
        order, distance = u.excess(sign, nearest * threshold)
        relative = abs(to_mpf(distance)) / to_mpf(threshold) if u.alpha > 0 else abs(distance) / threshold
    return sign * (nearest if order >= 0 else nearest - 1), relative


def encode_train(
    times: Sequence[Fraction],
    weights: Sequence[Fraction],
    domain: tuple[Fraction, Fraction],
    threshold: Fraction,
    alpha: Fraction = Fraction(0),
    reset: str = "modulo",
    refractory: Fraction = Fraction(0),
    bipolar: bool = True,
) -> Encoded:
    """The operator of the module's docstring.  A test exactly at the end of the domain still happens."""
    start, end = Fraction(domain[0]), Fraction(domain[1])
    threshold, alpha, refractory = Fraction(threshold), Fraction(alpha), Fraction(refractory)
    if reset not in ("modulo", "subtract", "zero") or threshold <= 0 or min(alpha, refractory) < 0:
        raise ValueError("bad parameters")
    events = coalesce(times, weights)
    if events and not (start <= events[0][0] and events[-1][0] <= end):
        raise ValueError("event outside the domain")
    u = Potential(start, alpha)
    spike_times: list[Fraction] = []
    counts: list[int] = []
    closest: Number | float = math.inf
    wake: Fraction | None = None  # t_k + t_r as long as it has neither been tested nor passed by a test

    def test() -> None:
        nonlocal closest, wake
        count, distance = spike_count(u, threshold, reset, bipolar)
        closest = min(closest, distance)
        wake = None
        if count:
            spike_times.append(u.time)
            counts.append(count)
            if reset == "zero":
                u.clear()
            else:
                u.add(-count * threshold)
            if refractory > 0:
                wake = u.time + refractory

    for t, a in events:
        while wake is not None and wake < t:
            u.advance(wake)
            test()
        u.advance(t)
        u.add(a)
        if wake is None or wake <= t:
            test()
    while wake is not None and wake <= end:
        u.advance(wake)
        test()
    u.advance(end)
    potential = u.value()
    if alpha > 0:
        with mpmath.workdps(DIGITS[0]):
            potential, closest = to_mpf(potential), to_mpf(closest)
    return Encoded(spike_times, counts, potential, closest)
