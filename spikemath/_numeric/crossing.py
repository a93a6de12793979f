"""The first time at which a polynomial piece drives the potential to a level: isolated with derivatives, never scanned.

    u(s) = exp(-a s) u(0) + sum_i q_i I_i(s) on [0, h],     find the first s in (0, h] with  sigma u(s) >= level

a = 0, rational data: u is a polynomial; its real roots are isolated with multiplicities (flint), so that double crossings
and tangencies are seen and decided exactly.
a > 0 or ball data: recursive bisection with a second-order enclosure,

    |u(s) - u(m) - u'(m) (s - m)| <= D (s - m)^2 / 2,    D >= sup |u''|,    u' = p - a u,   u'' = p' - a u'

which proves "no crossing", or "u is monotone here" (then the end value decides), or divides. A tangency that cannot be told
apart from a miss at the working precision raises Undecided. Constant pieces are monotone: one look at the end decides.
"""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq, fmpq_poly

from spikemath._numeric.potential import Undecided, leaky_weights, precision


class Piece:
    """u on one cell from an offset on; all numbers in ticks, q and a rational, u0 rational or ball."""

    def __init__(self, u0: Any, q: list[Any], a: Any, length: Any) -> None:
        self.u0, self.a, self.length = u0, a, length
        while q and q[-1] == 0:
            q = q[:-1]
        self.q = q

    def value(self, s: Any) -> Any:
        """u(s)."""
        if s == 0:
            return self.u0
        integrals, decay = leaky_weights(self.a, s, len(self.q) - 1)
        u = self.u0 * decay
        for q, w in zip(self.q, integrals, strict=True):
            u = u + q * w
        return u

    def slope(self, s: Any, u: Any) -> Any:
        """u'(s) = p(s) - a u(s)."""
        total: Any = fmpq(0)
        for q in reversed(self.q):
            total = total * s + q
        return total - self.a * u if self.a != 0 else total

    def asymptote_holds(self, level: Any, sigma: int) -> bool:
        """Whether a constant drive can never reach the level: sigma q_0 <= a level (u tends to q_0 / a from below)."""
        return len(self.q) <= 1 and self.a != 0 and sigma * (self.q[0] if self.q else fmpq(0)) <= self.a * level


def first_reach(
    piece: Piece, level: Any, sigma: int, bits: int, force: bool = False
) -> tuple[tuple[Any, Any] | None, int]:
    """An interval (l, r] that holds the first s > 0 with sigma u(s) >= level, and none up to l; None if there is none.

    Needs sigma u(0) < level, a rational (negative to look for the way back). ``force`` takes what cannot be decided at this
    precision as reached; the second result counts such cases.
    """
    if piece.length == 0 or piece.asymptote_holds(level, sigma):
        return None, 0
    if piece.a == 0 and isinstance(piece.u0, fmpq):
        return _strictly_before(_first_root(piece, level, sigma)), 0
    search = _Search(piece, level, sigma, bits, force)
    return _strictly_before(search.run()), search.undecided


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
            found = None
            unclear = False
            for root, _ in poly.numer().complex_roots():
                if not root.imag == 0:  # real roots come with an imaginary part that is exactly 0
                    continue
                low, high = _ends(root.real)
                if high <= 0 or low > h:
                    continue
                if low <= 0:
                    unclear = True
                    continue
                if high > h:
                    if poly(h) != 0:
                        unclear = True
                        continue
                    high = h
                if found is None or low < found[0]:
                    if found is not None and high >= found[0]:
                        unclear = True
                    found = (low, high)
                elif low <= found[1]:
                    unclear = True
            if not unclear:
                return found
    raise Undecided


def _ends(x: Any) -> tuple[Any, Any]:
    return dyadic(x.lower()), dyadic(x.upper())


def dyadic(x: Any) -> Any:
    """The midpoint of a ball as a rational."""
    mantissa, exponent = x.mid().man_exp()
    m, e = int(mantissa), int(exponent)
    return fmpq(m << e) if e >= 0 else fmpq(m, 1 << -e)


class _Search:
    def __init__(self, piece: Piece, level: Any, sigma: int, bits: int, force: bool) -> None:
        self.piece, self.level, self.sigma, self.bits, self.force = piece, level, sigma, bits, force
        self.undecided = 0
        h = arb(piece.length)
        density = sum((abs(arb(q)) * h**i for i, q in enumerate(piece.q)), arb(0))
        bend = sum((i * abs(arb(q)) * h ** (i - 1) for i, q in enumerate(piece.q) if i), arb(0))
        a = arb(piece.a)
        self.curvature = (bend + a * (density + a * (abs(arb(piece.u0)) + density * h))).upper()

    def gap(self, u: Any) -> Any:
        """How far below the level: positive means no crossing here."""
        return self.level - self.sigma * u

    def run(self) -> tuple[Any, Any] | None:
        h = self.piece.length
        return self._search(fmpq(0), h, self.piece.value(h), 0)

    def _search(self, left: Any, right: Any, u_right: Any, depth: int) -> tuple[Any, Any] | None:
        """First crossing in (left, right], given that there is none at left."""
        piece = self.piece
        middle = (left + right) / 2
        half = arb((right - left) / 2)
        u = piece.value(middle)
        slope = piece.slope(middle, u)
        bend = self.curvature * half
        if self.gap(u) - (abs(slope) + bend / 2) * half > 0:
            return None
        if len(piece.q) <= 1 or abs(slope) > bend:  # monotone: the end decides
            side = self._below(u_right)
            return None if side else self._refine(left, right)
        if depth > self.bits // 2:
            return self._doubt((left, right))
        if self.gap(u) <= 0:  # the first one is on the left
            return self._search(left, middle, u, depth + 1)
        return self._search(left, middle, u, depth + 1) or self._search(middle, right, u_right, depth + 1)

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
            bend = self.curvature * half
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
