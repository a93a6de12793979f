"""The maximum of the potential strictly inside one polynomial piece, enclosed.

a = 0: u' = p, so the candidates are the real roots of p, isolated by flint; a linear p has a rational one, and u
there is exact. a > 0: the brackets of monotone.py hold the turning points; inside one of width w,  u <= u(l) +
(|u'(l)| + D w) w.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, fmpq

from spikemath._numeric.monotone import Piece, dyadic, real_roots, stretches
from spikemath._numeric.potential import Undecided, bounds, evaluate, fraction, precision, rational


class Maximum(NamedTuple):
    """Enclosure of the maximum and an offset near which it lies."""

    lower: Fraction
    upper: Fraction
    offset: Fraction


def interior_maximum(piece: Piece, beat: Fraction, bits: int) -> Maximum | None:
    """The largest u on (0, h) if it may exceed ``beat``, else None (boundary values are the caller's)."""
    if piece.a == 0:
        return _at_roots(piece, beat)
    try:
        return _at_turns(piece, beat, bits, False)
    except Undecided:
        return _at_turns(piece, beat, bits, True)


def _at_roots(piece: Piece, beat: Fraction) -> Maximum | None:
    best: Maximum | None = None
    if len(piece.q) < 2:
        return None
    if len(piece.q) == 2:
        spots = [-piece.q[0] / piece.q[1]]
    else:
        spots = real_roots(piece.q)
    h = piece.length
    at_end = evaluate(piece.q, h) == 0
    for s in spots:
        if s <= 0 or s >= h or (at_end and not s < h):
            continue
        u = piece.u0
        power = s
        for i, q in enumerate(piece.q):
            u = u + q * power / (i + 1)
            power = power * s
        best = _larger(best, u, s if isinstance(s, fmpq) else dyadic(s), beat)
    return best


def _at_turns(piece: Piece, beat: Fraction, bits: int, force: bool) -> Maximum | None:
    best: Maximum | None = None
    bend = piece.curvature()
    for stretch in stretches(piece, bits, force):
        if not stretch.turning:
            if stretch.right < piece.length:  # where a bracket shrank to a point
                best = _larger(best, piece.value(stretch.right), stretch.right, beat)
            continue
        width = arb(stretch.right - stretch.left)
        u = piece.value(stretch.left)
        rise = ((abs(piece.slope(stretch.left, u)) + bend * width) * width).upper()
        best = _larger(best, arb(u).union(arb(u) + rise), stretch.left, beat)
    return best


def _larger(best: Maximum | None, u: Any, s: Any, beat: Fraction) -> Maximum | None:
    lower, upper = bounds(u)
    if upper <= beat or (best is not None and upper <= best.lower):
        return best
    if best is None:
        return Maximum(lower, upper, fraction(s))
    where = fraction(s) if lower > best.lower else best.offset
    return Maximum(max(lower, best.lower), max(upper, best.upper), where)


def sign_changes(q: list[Fraction], length: Fraction, bits: int = 160) -> list[Fraction]:
    """Real roots of a polynomial strictly inside (0, length), increasing, to about ``bits`` bits."""
    with precision(bits):
        if not any(q[1:]):
            return []
        roots = [fraction(dyadic(r)) for r in real_roots([rational(x) for x in q])]
    return [r for r in roots if 0 < r < length]
