"""Steps of U in double-double, each with a bound of its error: plus a number, decayed, over a sample or a part of one.

The pair (hi, lo) may overlap: the low part is not brought back into the high one, which would make a long chain of
operations. With alpha = 0 and one-term numbers nothing is lost, and the bound says so: it stays 0.
"""

from __future__ import annotations

from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import REL, leaky_weights

_UP = 1.0 + 2.0**-40


def _step(uh, ul, err, x_hi, x_lo, error):
    """U + x, x known up to ``error``."""
    uh, e = two_sum(uh, x_hi)
    ul, r = two_sum(ul, e)
    if x_lo != 0.0:
        ul, q = two_sum(ul, x_lo)
        r = abs(r) + abs(q)
    return uh, ul, err + (abs(r) + error) * _UP


step = compiled(_step)


def _times(x, hi, lo):
    """x times a double-double within REL, and what underflows."""
    p, e = two_prod(x, hi)
    return p, e + x * lo


times = compiled(_times)


def _decayed(uh, ul, err, hi, lo, doubt):
    """U times a decay hi + lo, whose relative error is at most ``doubt``."""
    if uh == 0.0 and ul == 0.0 and err == 0.0:
        return 0.0, 0.0, 0.0
    p, e = two_prod(uh, hi)
    e += uh * lo + ul * hi
    return p, e, (err + abs(uh) * (doubt + REL) + abs(ul) * 2.0**-50) * hi * _UP + 1e-300


decayed = compiled(_decayed)


def _whole(uh, ul, err, x, leak):
    """U after one whole sample: beta U + gain x. leak: a, beta, gain as double-doubles."""
    if leak[0] == 0.0:
        return step(uh, ul, err, x, 0.0, 0.0)
    uh, ul, err = decayed(uh, ul, err, leak[2], leak[3], REL * (1.0 + leak[0]))
    p, e = times(x, leak[4], leak[5])
    return step(uh, ul, err, p, e, abs(p) * (2.0 * REL) + 1e-300)


whole = compiled(_whole)


def _part(uh, ul, err, x, h_hi, h_lo, lost, leak, weights):
    """U after a part h of a sample, known up to ``lost``."""
    if leak[0] == 0.0:
        p, e = times(x, h_hi, h_lo)
        exact = h_lo == 0.0 and lost == 0.0
        floor = 1e-300 if abs(p) < 1e-280 and p != 0.0 else 0.0
        return step(uh, ul, err, p, e, floor if exact else abs(p) * REL + lost * abs(x) * _UP + 1e-300)
    degree = weights.shape[0] - 2  # 0; as a literal it would compile more than once
    leaky_weights(leak[0], leak[1], h_hi, h_lo, degree, weights)
    uh, ul, err = decayed(uh, ul, err, weights[1, 0], weights[1, 1], REL * (1.0 + leak[0]) + lost * leak[0])
    p, e = times(x, weights[0, 0], weights[0, 1])
    return step(uh, ul, err, p, e, abs(p) * (2.0 * REL) + lost * abs(x) * _UP + 1e-300)


part = compiled(_part)


def _gap(to_hi, to_lo, from_hi, from_lo):
    """The distance of two coordinates, and a bound of what it lost."""
    h, r = two_sum(to_hi, -from_hi)
    f, g = two_sum(to_lo, -from_lo)
    r, rest = two_sum(r, f)
    h, r = two_sum(h, r)
    return h, r, (abs(g) + abs(rest)) * _UP


gap = compiled(_gap)
