"""Where the potential on one polynomial piece is monotone.

    u' = p - a u,       (u' exp(a s))' = p' exp(a s)

so between two sign changes of p' the function u' exp(a s) is monotone and u' changes its sign at most once. The roots
of p' are isolated by flint, the at most one root of u' between them by bisection. This gives stretches on which u is
monotone, and between them brackets, narrow intervals that hold one turning point each. The same for every a >= 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb, fmpq, fmpq_poly

from spikemath._numeric.potential import Undecided, evaluate, leaky_weights, polynomial_path, sign


class Piece:
    """u on one cell from an offset on; all numbers in ticks, q and a rational, u0 rational or ball."""

    def __init__(self, u0: Any, q: list[Any], a: Any, length: Any) -> None:
        self.u0, self.a, self.length = u0, a, length
        while q and q[-1] == 0:
            q = q[:-1]
        self.q = q
        self.path = polynomial_path(u0, q, a)

    def value(self, s: Any) -> Any:
        """u(s)."""
        if s == 0:
            return self.u0
        if self.path is not None and isinstance(s, fmpq):
            return evaluate(self.path, s)
        integrals, decay = leaky_weights(self.a, s, len(self.q) - 1)
        u = self.u0 * decay
        for q, w in zip(self.q, integrals, strict=True):
            u = u + q * w
        return u

    def slope(self, s: Any, u: Any) -> Any:
        """u'(s) = p(s) - a u(s)."""
        return evaluate(self.q, s) - self.a * u

    def stretches(self, bits: int, force: bool) -> list[Stretch]:
        """Where u is monotone, in order; see :func:`stretches`."""
        return stretches(self, bits, force)

    def curvature(self) -> Any:
        """A bound of |u''| = |p' - a u'| on the cell."""
        h, a = arb(self.length), arb(self.a)
        density = sum((abs(arb(q)) * h**i for i, q in enumerate(self.q)), arb(0))
        bend = sum((i * abs(arb(q)) * h ** (i - 1) for i, q in enumerate(self.q) if i), arb(0))
        return (bend + a * (density + a * (abs(arb(self.u0)) + density * h))).upper()


class Stretch(NamedTuple):
    """An interval on which u is monotone, or (turning) a narrow one that may hold a turning point."""

    left: Any
    right: Any
    turning: bool


def dyadic(x: Any) -> Any:
    """The midpoint of a ball as a rational."""
    mantissa, exponent = x.mid().man_exp()
    m, e = int(mantissa), int(exponent)
    return fmpq(m << e) if e >= 0 else fmpq(m, 1 << -e)


def stretches(piece: Piece, bits: int, force: bool) -> list[Stretch]:
    """Cut [0, h] into monotone stretches and brackets of width about h 2^(-bits/2), in order."""
    out: list[Stretch] = []
    left = fmpq(0)
    for low, high in [*_turning_of_density(piece), (piece.length, piece.length)]:
        if left < low:
            out += _between(piece, left, low, bits, force)
        if low < high:
            out.append(Stretch(low, high, True))
        left = high
    return out


def _turning_of_density(piece: Piece) -> list[tuple[Any, Any]]:
    """Brackets of the roots of p' in (0, h), in order and disjoint."""
    slope = [i * q for i, q in enumerate(piece.q)][1:]
    h = piece.length
    if len(slope) < 2:
        return []
    if len(slope) == 2:
        root = -slope[0] / slope[1]
        return [(root, root)] if 0 < root < h else []
    found = []
    for root in real_roots(slope):
        low, high = max(dyadic(root.lower()), fmpq(0)), min(dyadic(root.upper()), h)
        if low <= high:
            found.append((low, high))
    return found


def _between(piece: Piece, left: Any, right: Any, bits: int, force: bool) -> list[Stretch]:
    """Cut a stretch on which p' keeps its sign at the root of u', if it has one."""
    a, b = _slope_sign(piece, left, force), _slope_sign(piece, right, force)
    if a * b >= 0:
        return [Stretch(left, right, False)]
    low, high = left, right
    goal = piece.length * fmpq(1, 1 << (bits // 2))
    while high - low > goal:
        middle = (low + high) / 2
        try:
            side = _slope_sign(piece, middle, False)
        except Undecided:  # the bracket is as narrow as this precision allows
            break
        if side == a:
            low = middle
        elif side == b:
            high = middle
        else:  # the root itself
            low = high = middle
            break
    cut = [Stretch(low, high, True)] if low < high else []
    return [
        *([Stretch(left, low, False)] if left < low else []),
        *cut,
        *([Stretch(high, right, False)] if high < right else []),
    ]


def _slope_sign(piece: Piece, s: Any, force: bool) -> int:
    try:
        return sign(piece.slope(s, piece.value(s)))
    except Undecided:
        if force:
            return 0
        raise


def real_roots(q: list[Any]) -> list[Any]:
    """Real roots of a polynomial with rational coefficients (ascending), as disjoint balls in order."""
    roots: Any = fmpq_poly(q).numer().complex_roots()
    return sorted((root.real for root, _ in roots if root.imag == 0), key=dyadic)
