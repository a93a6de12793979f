r"""The independent route for a formula: certified quadrature of the expression itself, from event to event.

    V(t) = e^{-alpha (t - l)} V(l) + int_l^t e^{-alpha (t - s)} g(s) ds

The integral is Arb's (adaptive Gauss-Legendre in complex balls, Johansson, arXiv 1802.07942); the expression is
evaluated as it was written, without its closed form.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath._numeric.balls import acb, arb, fmpq
from spikemath._numeric.potential import precision
from spikemath.certificates._branch import Best, search
from spikemath.certificates._formula import ordered
from spikemath.certificates._verdict import Enclosure, judged
from spikemath.certificates.certificate import UNDECIDED
from spikemath.signals import SpikeTrain
from spikemath.signals.expressions import T
from spikemath.signals.formula import Expression

BITS = (140, 400, 1000)


def measured_expression(f: Expression, eta: SpikeTrain, theta: float, alpha: float) -> tuple[Enclosure, Enclosure]:
    """The norm of f - eta, and the supremum of |V| without limits from the left."""
    for bits in BITS:
        with precision(bits):
            whole, right = _walk(f, eta, alpha)
        found = [b.enclosure(bits) for b in (whole, right)]
        if UNDECIDED not in {judged(e, Fraction(theta), strict) for e in found for strict in (True, False)}:
            break
    return found[0], found[1]


def _walk(f: Expression, eta: SpikeTrain, alpha: float) -> tuple[Best, Best]:
    from spikemath.signals.closed_form import ball

    whole, right = Best(), Best()
    a = fmpq(*alpha.as_integer_ratio())
    formulas = {branch.terms: branch.expr for branch in f._branches}
    v: Any = arb(0)
    g: Any = None
    events = list(ordered(f, eta))
    stretches = []
    for k, e in enumerate(events):
        if e is None:
            whole.finite = right.finite = False
            break
        whole.see(v, e.at, "left")
        v = v + e.weight
        whole.see(v, e.at, "right")
        right.see(v, e.at, "right")
        if e.terms is not None:
            g = formulas[e.terms] if e.terms else None
        if k + 1 < len(events) and events[k + 1] is not None:
            end = events[k + 1].at  # type: ignore[union-attr]
            stretches.append((g, v, e.at, end))
            v = _after(ball, g, v, a, e.at, end)
    for g, u, left, end in stretches:
        if g is None:
            continue

        def values(t: Any, g: Any = g, u: Any = u, left: Any = left) -> tuple[Any, Any]:
            value = _after(ball, g, u, a, left, t)
            return value, ball(g, t).real - a * value

        bends = _bends(ball, g)
        search(values, bends, bends(left, end), a, left, end, (whole, right))
    return whole, right


def _after(ball: Any, g: Any, u: Any, a: Any, left: Any, t: Any) -> Any:
    decay = (a * (left - t) + arb(0)).exp()
    if g is None or not left < t:
        return u * decay

    def integrand(s: Any, _: bool) -> Any:
        return (-a * (t - s)).exp() * ball(g, s)

    return u * decay + acb.integral(integrand, acb(left), acb(t)).real


def _bends(ball: Any, g: Any) -> Any:
    """A bound of |g'| between two instants."""
    slope = g.diff(T)

    def bend(left: Any, right: Any) -> Any:
        return abs(ball(slope, arb(left).union(arb(right))).real).upper()

    return bend
