r"""A signal that stays a formula: polynomials times exponentials, sines and cosines, between exact breakpoints.

    g(t) = Re sum_j p_j(t) e^{lambda_j t}     on each piece,    plus pulses

This class is closed under the leaky integral (closed_form.py). So the residual of any train has a closed form, which
balls evaluate at any instant to any precision. A :class:`~spikemath.Signal` made from the same expression is a
piecewise polynomial near it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spikemath.signals.axis import PLAIN, Coordinate
from spikemath.signals.checks import interval
from spikemath.signals.immutable import Immutable
from spikemath.signals.signal import Signal

if TYPE_CHECKING:
    from spikemath.signals.closed_form import Branch, Place


class Expression(Immutable):
    """A real expression in t on [t0, t1] that is kept as a formula; operators and certificates take it as it is.

    Encoding it takes about a millisecond per spike. :meth:`approximate` gives a :class:`Signal`, which has algebra,
    norms and plots, and is quicker.

    Parameters
    ----------
    expr : sympy.Expr
        Sums and products of polynomials in t, exp, sin, cos, sinh, cosh of a t + b, Heaviside, Piecewise, Abs, sign,
        Min, Max and floor of such, and DiracDelta. Floats are taken as the rationals they are.
    t : sympy.Symbol
        The time.
    domain : (float, float)
        The interval [t0, t1], t0 < t1.

    Raises
    ------
    ValueError
        The expression is not of this kind, or undefined somewhere.

    Notes
    -----
    Breakpoints and instants of pulses are exact where they are dyadic rationals, otherwise balls of radius 1e-100.

    Examples
    --------
    >>> import sympy, spikemath as sm
    >>> t = sympy.Symbol("t")
    >>> f = sm.Expression(sympy.sin(2 * t) + sympy.Heaviside(t - 1), t, (0.0, 3.0))
    >>> f
    Expression(sin(2*t) + Heaviside(t - 1) on [0, 3])
    >>> eta = sm.LIF(0.25, alpha=1.0)(f)
    >>> sm.certify(f, eta, 0.25, alpha=1.0).verdict
    'holds'
    """

    __slots__ = ("_branches", "_pulses", "domain", "expr", "t")
    _axis = PLAIN

    expr: Any
    t: Any
    domain: tuple[float, float]
    _branches: tuple[Branch, ...]
    _pulses: tuple[tuple[Place, Place], ...]

    def __init__(self, expr: Any, t: Any, domain: tuple[float, float]) -> None:
        from spikemath.signals.closed_form import parts

        t0, t1 = interval(domain, proper=True)
        branches, pulses = parts(expr, t, t0, t1)
        for name, value in zip(self.__slots__, (branches, pulses, (t0, t1), expr, t), strict=True):
            object.__setattr__(self, name, value)

    def approximate(self, tol: float = 1e-12) -> Signal:
        """A piecewise polynomial near the formula; see :meth:`Signal.from_sympy`.

        Examples
        --------
        >>> import sympy, spikemath as sm
        >>> t = sympy.Symbol("t")
        >>> sm.Expression(sympy.cos(t), t, (0.0, 1.0)).approximate().error < 1e-12
        True
        """
        return Signal.from_sympy(self.expr, self.t, self.domain, tol)

    @property
    def _start(self) -> Coordinate:
        return self.domain[0], 0.0

    @property
    def _end(self) -> Coordinate:
        return self.domain[1], 0.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return (self.expr, self.t, self.domain) == (other.expr, other.t, other.domain)

    def __hash__(self) -> int:
        return hash((self.expr, self.t, self.domain))

    def __reduce__(self) -> Any:
        return Expression, (self.expr, self.t, self.domain)

    def __repr__(self) -> str:
        t0, t1 = self.domain
        return f"Expression({self.expr} on [{t0:g}, {t1:g}])"
