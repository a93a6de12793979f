"""The neuron as it should be, in exact numbers: the reference that the test bench judges by.

    u_n = d_n V_(n-1) + a_n,      fire where |u_n| >= theta (closed),      V_n = u_n - s_n  (zero: V_n = 0 at a spike)

    modulo    s = theta trunc(u / theta)         subtract, zero    s = theta sign(u)

d_n is the decay since the last test: beta per step of a clock, or exp(-alpha gap). Rational decays give rationals; exp
gives balls (python-flint ``arb``) whose precision grows until every decision is settled. A clock tests at every step,
also where its sample is zero; free events coalesce and zero weights vanish first.

Nothing of the encoders of this package is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from spikemath._numeric.balls import arb
from spikemath._numeric.potential import fraction, precision, rational

BITS = (128, 512, 2048)


class Undecided(Exception):
    """A comparison with the threshold that the highest precision cannot settle."""


@dataclass(frozen=True)
class Rule:
    """What a neuron is meant to do.

    Times are in steps if ``clocked``. ``beta`` is the decay per step; None means exp(-leak * gap).
    """

    threshold: Fraction
    reset: str = "modulo"
    leak: Fraction = Fraction(0)
    beta: Fraction | None = None
    refractory: Fraction = Fraction(0)
    bipolar: bool = True
    clocked: bool = False

    @property
    def rational(self) -> bool:
        """Whether all potentials are rationals."""
        return self.beta is not None or self.leak == 0

    def decay(self, gap: Fraction) -> Any:
        """What is left after a gap: a Fraction, or a ball at the precision at hand."""
        if self.beta is not None:
            return self.beta ** int(gap)
        if self.leak == 0:
            return Fraction(1)
        x = self.leak * gap
        return (-arb(rational(x))).exp()

    def count(self, u: Any) -> int:
        """Signed number of thresholds that a potential sends; Undecided where a ball cannot tell."""
        size = abs(u)
        k = _floor(size, self.threshold)
        if k == 0:
            return 0
        sign = 1 if u > 0 else -1
        if sign < 0 and not self.bipolar:
            return 0
        return sign * (k if self.reset == "modulo" else 1)


class Test(NamedTuple):
    """One comparison with the threshold: when, the potential, the spike due, and the spike that was sent.

    ``near`` is the potential itself if it is a rational, else the middle of its ball.
    """

    time: Fraction
    near: Fraction
    due: int
    sent: int

    @property
    def potential(self) -> float:
        """For a reader."""
        return to_float(self.near)


class Walk(NamedTuple):
    """All tests of a run, and the spikes that were sent where nothing is tested."""

    tests: list[Test]
    stray: dict[Fraction, int]

    def spikes(self) -> dict[Fraction, int]:
        """The spikes due, by time."""
        return {test.time: test.due for test in self.tests if test.due}

    def margin(self, rule: Rule) -> float:
        """How close a potential came to a decision, in thresholds (in floats: for choosing data, not for verdicts)."""
        best = math.inf
        for test in self.tests:
            x = abs(test.potential) / float(rule.threshold)
            nearest = max(1, round(x)) if rule.reset == "modulo" else 1
            best = min(best, abs(x - nearest))
        return best


def coalesce(times: Iterable[Fraction], weights: Iterable[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Events at equal times added, zeros dropped."""
    total: dict[Fraction, Fraction] = {}
    for t, a in zip(times, weights, strict=True):
        total[t] = total.get(t, Fraction(0)) + a
    return [(t, total[t]) for t in sorted(total) if total[t]]


def walk(
    rule: Rule, events: list[tuple[Fraction, Fraction]], sent: Mapping[Fraction, int] | None = None
) -> Walk:  # fmt: skip
    """Run the rule over events.

    Without ``sent`` the neuron sends what is due. With it, the spikes are those of another neuron, and ``due`` says at
    each test what the rule asks for after *its own* earlier spikes, so that one mistake is not counted twice.

    Raises
    ------
    Undecided
    """
    if rule.rational:
        return _walk(rule, events, sent)
    for bits in BITS:
        with precision(bits):
            try:
                return _walk(rule, events, sent)
            except Undecided:
                continue
    raise Undecided


def _walk(rule: Rule, events: list[tuple[Fraction, Fraction]], sent: Mapping[Fraction, int] | None) -> Walk:
    left = None if sent is None else dict(sent)
    v: Any = Fraction(0)
    last: Fraction | None = None
    wake: Fraction | None = None
    tests: list[Test] = []
    stray: dict[Fraction, int] = {}

    def to(t: Fraction) -> None:
        nonlocal v, last
        if last is not None and t != last:
            v = times(v, rule.decay(t - last))
        last = t

    def spend(until: Fraction, closed: bool) -> None:
        """Spikes of the other neuron where the rule tests nothing."""
        nonlocal v
        early = sorted(t for t in left or () if t < until or (closed and t == until))
        for t in early:
            to(t)
            k = left.pop(t)  # type: ignore[union-attr]
            stray[t] = k
            v = Fraction(0) if rule.reset == "zero" else plus(v, -k * rule.threshold)

    def test(t: Fraction) -> None:
        nonlocal v, wake
        due = rule.count(v)
        k = due if left is None else left.pop(t, 0)
        tests.append(Test(t, _near(v), due, k))
        wake = None
        if k:
            v = Fraction(0) if rule.reset == "zero" else plus(v, -k * rule.threshold)
            wake = t + rule.refractory if rule.refractory else None

    for t, a in events:
        while wake is not None and wake < t and not rule.clocked:
            spend(wake, closed=False)
            to(wake)
            test(wake)
        spend(t, closed=False)
        to(t)
        v = plus(v, a)
        if wake is None or wake <= t:
            test(t)
        else:
            spend(t, closed=True)
    if left:
        spend(max(left), closed=True)
    return Walk(tests, stray)


def residual(rule: Rule, inputs: list[Fraction], outputs: list[Fraction]) -> Fraction:
    """sup |U_(f - eta)| on a clock with a rational decay per step."""
    worst = v = Fraction(0)
    beta = Fraction(1) if rule.beta is None else rule.beta
    for a, s in zip(inputs, outputs, strict=True):
        v = beta * v + a - s
        worst = max(worst, abs(v))
    return worst


def enclose(x: Fraction, rule: Rule, gap: Fraction, bits: int = 128) -> tuple[Fraction, Fraction]:
    """Rationals below and above x * decay(gap), for x >= 0."""
    if rule.rational:
        exact = x * rule.decay(gap)
        return exact, exact
    with precision(bits):
        ball = rule.decay(gap) * rational(x)
        middle, radius = ball.mid().fmpq(), ball.rad().fmpq()
        low, high = middle - radius, middle + radius
    return fraction(low), fraction(high)


def plus(u: Any, a: Fraction) -> Any:
    """u + a for a Fraction or a ball u."""
    return u + a if isinstance(u, Fraction) else u + rational(a)


def times(u: Any, d: Any) -> Any:
    """u * d, each a Fraction or a ball; zero stays exact."""
    if isinstance(u, Fraction) and isinstance(d, Fraction):
        return u * d
    if isinstance(u, Fraction):
        return u if u == 0 else d * rational(u)
    return u * d


def _floor(size: Any, unit: Fraction) -> int:
    if isinstance(size, Fraction):
        return math.floor(size / unit)
    step = rational(unit)
    guess = int((size.mid() / step).mid().floor().unique_fmpz())
    for k in (guess, guess - 1, guess + 1):  # differences, not the quotient: a tie that is exact stays exact
        if k >= 0 and size - arb(k * step) >= 0 and size - arb((k + 1) * step) < 0:
            return k
    if size < arb(step):
        return 0
    raise Undecided


def _near(u: Any) -> Fraction:
    if isinstance(u, Fraction):
        return u
    middle = u.mid().fmpq()
    return fraction(middle)


def to_float(x: Fraction) -> float:
    """The nearest float, infinite where there is none."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
