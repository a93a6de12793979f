r"""The independent route for a formula: certified quadrature of the expression itself, from event to event.

    V(t) = e^{-alpha (t - l)} V(l) + int_l^t e^{-alpha (t - s)} g(s) ds

The integral is Arb's (adaptive Gauss-Legendre in complex balls, Johansson, arXiv 1802.07942); the expression is
evaluated as it was written, without its closed form.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath._numeric.balls import acb, arb
from spikemath._numeric.potential import rational
from spikemath.signals.closed_form import Branch, ball
from spikemath.signals.expressions import T

BITS = (140, 400, 1000)


class Quadrature:
    """V on one branch by quadrature; see ClosedForm for what is asked of it."""

    def __init__(self, branch: Branch | None, alpha: Fraction) -> None:
        self.g = branch.expr if branch and branch.terms else None
        self.slope = None if self.g is None else self.g.diff(T)
        self.leak = rational(alpha)

    def bend(self, left: Any, right: Any) -> Any:
        """A bound of |g'| between two instants."""
        if self.slope is None:
            return arb(0)
        return abs(ball(self.slope, arb(left).union(arb(right))).real).upper()

    rough = bend

    def residual(self, v: Any, left: Any) -> Any:
        """V and V' as a function of time, from V(left) = v on."""
        g, a = self.g, self.leak

        def values(t: Any) -> tuple[Any, Any]:
            now = v * arb(a * (left - t)).exp()
            if g is None:
                return now, -a * now
            if left < t:
                now = now + acb.integral(lambda s, _: (-a * (t - s)).exp() * ball(g, s), acb(left), acb(t)).real
            return now, ball(g, t).real - a * now

        return values
