"""Double-double arithmetic: numbers hi + lo of about 104 bits, as pairs of float64.

    a = (a_hi, a_lo),  |a_lo| <= ulp(a_hi)/2

Every operation has a relative error below 2^-100 (Joldes, Muller, Popescu, "Tight and rigorous error bounds for basic
building blocks of double-word arithmetic", 2017: sum 3 u^2, product 5 u^2, u = 2^-53; the constants here are larger on
purpose). ``add_bounded`` also returns a bound on its own rounding error, which is 0 whenever the sum is exact: sums of
dyadic data then stay *known to be* exact. ``exp_neg`` has a relative error below 2^-92 for 0 <= z <= 700.
"""

from __future__ import annotations

import math
from fractions import Fraction

from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined


def pair(x: Fraction) -> tuple[float, float]:
    """The double-double nearest to a rational (used for constants, at import and at set-up only)."""
    hi = float(x)
    return hi, float(x - Fraction(hi))


def pair_up(x: Fraction) -> tuple[float, float]:
    """A double-double at or above a rational, within one unit of its last place."""
    hi, lo = pair(x)
    return (hi, lo) if Fraction(hi) + Fraction(lo) >= x else (hi, math.nextafter(lo, math.inf))


RECIPROCALS_HI = tuple(pair(Fraction(1, max(k, 1)))[0] for k in range(160))
RECIPROCALS_LO = tuple(pair(Fraction(1, max(k, 1)))[1] for k in range(160))
# ln 2 to 160 bits, as three floats
_LN2_HI, _LN2_MID, _LN2_LO = 0.6931471805599453, 2.3190468138462996e-17, 5.707708438416212e-34


def _add(ah, al, bh, bl):
    s, e = two_sum(ah, bh)
    t, f = two_sum(al, bl)
    s, e = two_sum(s, e + t)
    return two_sum(s, e + f)


add = compiled(_add)


def _add_bounded(ah, al, bh, bl):
    """Sum and a bound on its rounding error (0 if the sum is exact)."""
    s, e = two_sum(ah, bh)
    t, f = two_sum(al, bl)
    e, r1 = two_sum(e, t)
    s, e = two_sum(s, e)
    e, r2 = two_sum(e, f)
    e, r3 = two_sum(e, r1)
    s, e = two_sum(s, e)
    return s, e, (abs(r2) + abs(r3)) * 1.0000001


add_bounded = compiled(_add_bounded)


def _quick_sum(ah, al, bh, bl):
    """The same with a shorter chain of operations; the bound is a little larger."""
    s, e = two_sum(ah, bh)
    t, f = two_sum(al, bl)
    e, r = two_sum(e, t)
    s, e = two_sum(s, e)
    return s, e, (abs(f) + abs(r)) * 1.0000001


quick_sum = inlined(_quick_sum)


def _mul(ah, al, bh, bl):
    p, e = two_prod(ah, bh)
    return two_sum(p, e + (ah * bl + al * bh))


mul = compiled(_mul)


def _div(ah, al, bh, bl):
    q1 = ah / bh
    ph, pl = mul(q1, 0.0, bh, bl)
    rh, rl = add(ah, al, -ph, -pl)
    q2 = rh / bh
    ph, pl = mul(q2, 0.0, bh, bl)
    rh, rl = add(rh, rl, -ph, -pl)
    q3 = rh / bh
    s, e = two_sum(q1, q2)
    return two_sum(s, e + q3)


div = compiled(_div)


def _exp_neg(zh, zl):
    """exp(-z) for z >= 0; 0 beyond 745. Reduce by ln 2, halve 9 times, expm1 series, and square back in expm1 form."""
    if zh > 745.0:
        return 0.0, 0.0
    n = math.floor(zh / _LN2_HI + 0.5)
    ph, pl = two_prod(n, _LN2_HI)
    rh, rl = add(ph, pl, -zh, -zl)
    ph, pl = two_prod(n, _LN2_MID)
    rh, rl = add(rh, rl, ph, pl + n * _LN2_LO)
    rh, rl = rh * 0.001953125, rl * 0.001953125
    th, tl = rh, rl
    xh, xl = rh, rl
    for k in range(2, 12):
        th, tl = mul(th, tl, rh, rl)
        th, tl = mul(th, tl, RECIPROCALS_HI[k], RECIPROCALS_LO[k])
        xh, xl = add(xh, xl, th, tl)
    for _ in range(9):
        sh, sl = mul(xh, xl, xh, xl)
        xh, xl = add(2.0 * xh, 2.0 * xl, sh, sl)
    xh, xl = add(1.0, 0.0, xh, xl)
    scale = math.ldexp(1.0, -int(n) // 2)
    rest = math.ldexp(1.0, -int(n) - (-int(n) // 2))
    return xh * scale * rest, xl * scale * rest


exp_neg = compiled(_exp_neg)
