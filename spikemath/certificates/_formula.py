r"""Certificates about a formula: the residual in closed form, in balls, at the exact instants of the spikes.

On each stretch without pulse, spike or breakpoint, with a particular solution G of v' + alpha v = g,

    V(t) = G(t) + (V(l) - G(l)) e^{-alpha (t - l)},        V' = g - alpha V.

The form is centred: g is never integrated numerically, and spikes are exact instants, so the radius of V does not grow
from spike to spike (it is multiplied by e^{-alpha d}, and one rounding is added).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.potential import precision
from spikemath.certificates._branch import Best, search
from spikemath.certificates._verdict import Enclosure, judged, pointwise
from spikemath.certificates.certificate import UNDECIDED, Certificate
from spikemath.signals import SpikeTrain
from spikemath.signals.closed_form import Particular, Term
from spikemath.signals.formula import Expression

BITS = (128, 256, 512, 1000)


class Event(NamedTuple):
    """An instant, what is added to V there, and the terms that hold from it on (None: as before)."""

    at: Any
    weight: Any
    terms: tuple[Term, ...] | None


def certified(f: Expression, eta: SpikeTrain, theta: float, alpha: float, strict: bool) -> Certificate:
    """The certificate."""
    from spikemath.certificates.certify import made

    whole, right = enclosures(f, eta, theta, alpha)
    everywhere = pointwise(whole, lambda: right, Fraction(theta))
    return made(f, eta, theta, alpha, strict, whole, everywhere, None, "balls")


def enclosures(f: Expression, eta: SpikeTrain, theta: float, alpha: float) -> tuple[Enclosure, Enclosure]:
    """The norm of f - eta, and the supremum of |V| without limits from the left."""
    bound = Fraction(theta)
    for bits in BITS:
        with precision(bits):
            whole, right = _walk(f, eta, alpha)
        found = [e._replace(bits=bits) for e in (whole, right)]
        if UNDECIDED not in {judged(e, bound, strict) for e in found for strict in (True, False)}:
            break
    return found[0], found[1]


def _walk(f: Expression, eta: SpikeTrain, alpha: float) -> tuple[Enclosure, Enclosure]:
    whole, right = Best(), Best()
    leak = fmpq(*alpha.as_integer_ratio())
    particulars: dict[tuple[Term, ...], Particular] = {}
    events = list(ordered(f, eta))
    v, solution = arb(0), Particular((), Fraction(alpha))
    stretches: list[tuple[Particular, Any, Any, Any]] = []
    for k, e in enumerate(events):
        if e is None:  # two instants that cannot be put in order
            whole.finite = right.finite = False
            break
        whole.see(v, e.at, "left")
        v = v + e.weight
        whole.see(v, e.at, "right")
        right.see(v, e.at, "right")
        if e.terms is not None:
            if e.terms not in particulars:
                particulars[e.terms] = Particular(e.terms, Fraction(alpha))
            solution = particulars[e.terms]
        if k + 1 == len(events) or events[k + 1] is None:
            continue
        end = events[k + 1].at  # type: ignore[union-attr]
        offset = v - solution(e.at)[0]
        stretches.append((solution, offset, e.at, end))
        v = solution(end)[0] + offset * arb(leak * (e.at - end)).exp() if leak else solution(end)[0] + offset
    for solution, offset, left, end in stretches:
        rough = solution.sizes(left, end)[1]
        search(_residual(solution, offset, leak, left), solution.bend, rough, leak, left, end, (whole, right))
    return whole.enclosure(0), right.enclosure(0)


def _residual(g: Particular, offset: Any, leak: Any, left: Any) -> Callable[[Any], tuple[Any, Any]]:
    """V and V' as a function of time on one stretch."""

    def values(t: Any) -> tuple[Any, Any]:
        total, density = g(t)
        v = total + offset * arb(leak * (left - t)).exp() if leak else total + offset
        return v, density - leak * v

    return values


def ordered(f: Expression, eta: SpikeTrain) -> Iterator[Event | None]:
    """Everything that happens, in order of time; None where balls cannot tell the order."""
    _, t1 = f.domain
    rows: list[tuple[Fraction, Fraction, Event]] = []
    for place, _, terms in f._branches:
        rows.append((place.middle, place.radius, Event(place.ball(), arb(0), terms)))
    for place, weight in f._pulses:
        rows.append((place.middle, place.radius, Event(place.ball(), arb(weight.ball()), None)))
    for t, w in zip(eta.exact_times(), eta.exact_weights(), strict=True):
        rows.append((t, Fraction(0), Event(_rational(t), -_rational(w), None)))
    end = max([Fraction(t1), *(t for t, _, _ in rows)])
    rows.append((Fraction(t1), Fraction(0), Event(_rational(Fraction(t1)), arb(0), ())))
    rows.append((end, Fraction(0), Event(_rational(end), arb(0), None)))
    rows.sort(key=lambda row: row[0])
    before: tuple[Fraction, Fraction, Event] | None = None
    for row in rows:
        if before is None:
            before = row
        elif row[0] == before[0] and bool(row[1]) == bool(before[1]):  # one instant: weights are added
            merged = Event(before[2].at, before[2].weight + row[2].weight, row[2].terms or before[2].terms)
            if row[2].terms == ():
                merged = merged._replace(terms=())
            before = (*before[:2], merged)
        else:
            yield before[2]
            if row[0] - row[1] <= before[0] + before[1]:
                yield None
                return
            before = row
    assert before is not None
    yield before[2]


def _rational(x: Fraction) -> Any:
    return fmpq(x.numerator, x.denominator)
