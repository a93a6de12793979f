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

from spikemath._numeric.balls import arb
from spikemath._numeric.potential import precision, rational
from spikemath.certificates._branch import Best, search
from spikemath.certificates._verdict import Enclosure, pointwise, settled
from spikemath.certificates.certificate import Certificate
from spikemath.signals import SpikeTrain
from spikemath.signals.closed_form import Branch, Particular, Term
from spikemath.signals.formula import Expression

BITS = (128, 256, 512, 1000)
Values = Callable[[Any], tuple[Any, Any]]


class Event(NamedTuple):
    """An instant, what is added to V there, and the terms that hold from it on (None: as before)."""

    at: Any
    weight: Any
    terms: tuple[Term, ...] | None


def certified(f: Expression, eta: SpikeTrain, theta: float, alpha: float, strict: bool) -> Certificate:
    """The certificate."""
    from spikemath.certificates.certify import made

    whole, right = enclosures(f, eta, theta, alpha, ClosedForm, BITS)
    everywhere = pointwise(whole, lambda: right, Fraction(theta))
    return made(f, eta, theta, alpha, strict, whole, everywhere, None, "balls")


def enclosures(
    f: Expression, eta: SpikeTrain, theta: float, alpha: float, form: Any, levels: tuple[int, ...]
) -> tuple[Enclosure, Enclosure]:  # fmt: skip
    """The norm of f - eta, and the supremum of |V| without limits from the left; ``form`` solves each branch."""
    for bits in levels:
        with precision(bits):
            whole, right = (best.enclosure(bits) for best in _walk(f, eta, alpha, form))
        if settled(Fraction(theta), whole, right):
            break
    return whole, right


class ClosedForm:
    """V on one branch from the closed form of its leaky integral."""

    def __init__(self, branch: Branch | None, alpha: Fraction) -> None:
        self.solution, self.leak = Particular(branch.terms if branch else (), alpha), rational(alpha)
        self.bend = self.solution.bend

    def rough(self, left: Any, end: Any) -> Any:
        """A quick bound of |g'|."""
        return self.solution.sizes(left, end)[1]

    def residual(self, v: Any, left: Any) -> Values:
        """V and V' as a function of time, from V(left) = v on."""
        leak, offset = self.leak, v - self.solution(left)[0]

        def values(t: Any) -> tuple[Any, Any]:
            total, density = self.solution(t)
            now = total + offset * arb(leak * (left - t)).exp() if leak else total + offset
            return now, density - leak * now

        return values


def _walk(f: Expression, eta: SpikeTrain, alpha: float, form: Any) -> tuple[Best, Best]:
    whole, right = Best(), Best()
    leak = rational(alpha)
    forms = {branch.terms: form(branch, Fraction(alpha)) for branch in f._branches}
    forms[()] = current = form(None, Fraction(alpha))
    v: Any = arb(0)
    events = list(ordered(f, eta))
    stretches: list[tuple[Any, Values, Any, Any]] = []
    for k, e in enumerate(events):
        if e is None:  # two instants that cannot be put in order
            whole.finite = right.finite = False
            break
        whole.see(v, e.at, "left")
        v = v + e.weight
        whole.see(v, e.at, "right")
        right.see(v, e.at, "right")
        if e.terms is not None:
            current = forms[e.terms]
        following = events[k + 1] if k + 1 < len(events) else None
        if following is not None:
            values = current.residual(v, e.at)
            stretches.append((current, values, e.at, following.at))
            v = values(following.at)[0]
    for piece, values, left, end in stretches:
        search(values, piece.bend, piece.rough(left, end), leak, left, end, (whole, right))
    return whole, right


def ordered(f: Expression, eta: SpikeTrain) -> Iterator[Event | None]:
    """Everything that happens, in order of time; None where balls cannot tell the order."""
    _, t1 = f.domain
    rows: list[tuple[Fraction, Fraction, Event]] = []
    for place, _, terms in f._branches:
        rows.append((place.middle, place.radius, Event(place.ball(), arb(0), terms)))
    for place, weight in f._pulses:
        rows.append((place.middle, place.radius, Event(place.ball(), arb(weight.ball()), None)))
    for t, w in zip(eta.exact_times(), eta.exact_weights(), strict=True):
        rows.append((t, Fraction(0), Event(rational(t), -rational(w), None)))
    end = max([Fraction(t1), *(t for t, _, _ in rows)])
    rows.append((Fraction(t1), Fraction(0), Event(rational(Fraction(t1)), arb(0), ())))
    rows.append((end, Fraction(0), Event(rational(end), arb(0), None)))
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
