"""The first time at which a polynomial piece drives the potential to a level: isolated with derivatives, never scanned.

    u(s) = exp(-a s) u(0) + sum_i q_i I_i(s) on [0, h],     find the first s in (0, h] with  sigma u(s) >= level

a = 0, rational data: u is a polynomial; its real roots are isolated with multiplicities (flint), so that double
crossings and tangencies are seen and decided exactly. Otherwise [0, h] is cut into stretches on which u is monotone
(monotone.py): on each the value at its end decides, and a certain crossing is enclosed by interval Newton steps. A
tangency that cannot be told apart from a miss at the working precision raises Undecided, or counts as reached where
there is no better precision to ask for.
"""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq, fmpq_poly

from spikemath._numeric.monotone import Piece, Stretch, dyadic, real_roots
from spikemath._numeric.potential import Undecided, precision


def first_reach(
    piece: Piece, level: Any, sigma: int, bits: int, force: bool = False
) -> tuple[tuple[Any, Any] | None, int]:
    """An interval (l, r] that holds the first s > 0 with sigma u(s) >= level, and none up to l; None if there is none.

    Needs sigma u(0) < level, a rational (negative to look for the way back). ``force`` takes what cannot be decided
    at this precision as reached; the second result counts such cases.
    """
    if piece.length == 0 or _out_of_reach(piece, level, sigma):
        return None, 0
    if piece.a == 0 and isinstance(piece.u0, fmpq):
        return _strictly_before(_first_root(piece, level, sigma)), 0
    search = _Search(piece, level, sigma, bits, force)
    return _strictly_before(search.run()), search.undecided


def _out_of_reach(piece: Piece, level: Any, sigma: int) -> bool:
    """A constant drive never reaches the level if sigma q_0 <= a level: u tends to q_0 / a from below."""
    return len(piece.q) <= 1 and piece.a != 0 and sigma * (piece.q[0] if piece.q else fmpq(0)) <= piece.a * level


def _strictly_before(found: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    """Move the lower end off the crossing: an enclosure of width 0 has the crossing at its end."""
    if found is None:
        return None
    low, high = found
    return max(low - high * _FINE, low / 2), high


def _first_root(piece: Piece, level: Any, sigma: int) -> tuple[Any, Any] | None:
    coefficients = [piece.u0 - sigma * level] + [q / (i + 1) for i, q in enumerate(piece.q)]
    poly = fmpq_poly(coefficients)
    if poly.degree() < 1:
        return None
    h = piece.length
    for bits in (256, 1024, 4096):
        with precision(bits):
            candidates = [_ends(root) for root in real_roots(coefficients)]
        inside = [(low, high) for low, high in candidates if high > 0 and low <= h]
        if not inside:
            return None
        low, high = inside[0]
        if high > h and poly(h) == 0:
            high = h
        clear = low > 0 and high <= h and (len(inside) == 1 or high < inside[1][0])
        if clear:
            return low, high
    raise Undecided


def _ends(x: Any) -> tuple[Any, Any]:
    return dyadic(x.lower()), dyadic(x.upper())


class _Search:
    def __init__(self, piece: Piece, level: Any, sigma: int, bits: int, force: bool) -> None:
        self.piece, self.level, self.sigma, self.bits, self.force = piece, level, sigma, bits, force
        self.undecided = 0
        self.bend = piece.curvature()

    def gap(self, u: Any) -> Any:
        """How far below the level: positive means no crossing here."""
        return self.level - self.sigma * u

    def run(self) -> tuple[Any, Any] | None:
        """First crossing, given that there is none at 0."""
        for stretch in self.piece.stretches(self.bits, self.force):
            reached = self._turn(stretch) if stretch.turning else not self._below(self.piece.value(stretch.right))
            if reached:
                return (stretch.left, stretch.right) if stretch.turning else self._refine(stretch.left, stretch.right)
        return None

    def _turn(self, stretch: Stretch) -> bool:
        """Whether the level is reached near a turning point."""
        width = arb(stretch.right - stretch.left)
        u = self.piece.value(stretch.left)
        rise = (abs(self.piece.slope(stretch.left, u)) + self.bend * width) * width
        if self.gap(u) - rise > 0:
            return False
        if self.gap(self.piece.value((stretch.left + stretch.right) / 2)) <= 0:
            return True
        return not self._below(self.piece.value(stretch.right) + arb(0, rise.upper()))

    def _below(self, u: Any) -> bool:
        gap = self.gap(u)
        if gap > 0:
            return True
        if gap <= 0:
            return False
        return bool(self._doubt(False))

    def _doubt(self, answer: Any) -> Any:
        """What cannot be told counts as reached, but only where there is no better precision to ask for."""
        if not self.force:
            raise Undecided
        self.undecided += 1
        return answer

    def _refine(self, left: Any, right: Any) -> tuple[Any, Any]:
        """Shrink (left, right] around the simple crossing of a monotone stretch: interval Newton inside bisection."""
        piece, low, high = self.piece, left, right
        for _ in range(2 * self.bits):
            if high - low <= high * _FINE:
                break
            middle, half = (low + high) / 2, arb((high - low) / 2)
            u = piece.value(middle)
            slope = piece.slope(middle, u)
            bend = self.bend * half
            if abs(slope) > 2 * bend:
                root = middle + self.gap(u) / (self.sigma * (slope + arb(0, bend)))
                a, b = max(low, dyadic(root.lower())), min(high, dyadic(root.upper()))
                if b - a < (high - low) / 2:
                    low, high = a, b
                    continue
            if self.gap(u) > 0:
                low = middle
            elif self.gap(u) <= 0:
                high = middle
            else:
                break
        if high - low > high * _COARSE and not self.force:
            raise Undecided
        return low, high


_FINE, _COARSE = fmpq(1, 1 << 80), fmpq(1, 1 << 58)
