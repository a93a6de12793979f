"""A second opinion on |V_n| < theta that shares no arithmetic with the encoder.

    V_n = beta_n V_{n-1} + a_n - s_n          beta_n = exp(-alpha (t_n - t_{n-1})),  beta = 1 without leak

**Without leak**: integers. Every number is h 2^-50 + l 2^-100 with integers h and 0 <= l < 2^50. A float that is no
multiple of 2^-100, a sum, weight or count not below 1024, and a threshold not below 4, are left OPEN; so h stays below
2^63, and sums, products with a count, and comparisons are exact.

**With leak**: V = vh + vl within an error e. beta comes from a table of correctly rounded pairs (no exponential here).
With M = |vh bh| + |a| + |s| one step adds at most 2^-99 M to beta e: the dropped vl bl and the error of the table are
below 2^-105 |vh bh| each, and every rounding of the low parts, all below 2^-49 M, is below 2^-102 M; 1e-290 covers
underflow. The bound is LOST or KEPT only if theta - |V| is further from 0 than e, else the train is OPEN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled

KEPT, LOST, OPEN = 0, 1, 2
_GRID = 1125899906842624.0  # 2^50
_MASK, _DIGIT = 1125899906842623, 50
_LIMIT, _FAR = 1024.0, 1152921504606846976  # 2^10, and 2^60 = 2^10 in units of h
_STEP = 1.5777218104420236e-30  # 2^-99
_UP = 1.0 + 2.0**-50
_SPLITTER = 134217729.0  # 2^27 + 1


def _digits(x: Any) -> Any:
    """A float as h 2^-50 + l 2^-100, both of its sign; the last value says whether it is that exactly."""
    y = abs(x)
    if not y < _LIMIT:
        return 0, 0, False
    top = np.floor(y * _GRID)
    rest = (y * _GRID - top) * _GRID
    h, low = np.int64(top), np.int64(rest)
    if x < 0.0:
        h, low = -h, -low
    return h, low, rest == np.floor(rest)


digits = compiled(_digits)


def _below(h: Any, low: Any, th: Any, tl: Any) -> Any:
    """|V| < theta for V = h 2^-50 + low 2^-100, 0 <= low < 2^50, and theta likewise."""
    if not (h < th or (h == th and low < tl)):
        return False
    high, rest = h + th, low + tl  # V + theta > 0
    high += rest >> _DIGIT
    return high > 0 or (high == 0 and (rest & _MASK) > 0)


below = compiled(_below)


def _certify_if(ticks: Any, weights: Any, n: Any, theta: Any, spikes: Any, counts: Any, sent: Any) -> Any:
    """Without leak, spikes of ``counts`` times theta (or, where ``spikes`` is -1, of the floats counts[:n])."""
    th, tl, exact = digits(theta)
    if not exact or th >= 4503599627370496:
        return OPEN
    h, low, j = np.int64(0), np.int64(0), 0
    verdict = KEPT
    for i in range(n):
        ah, al, exact = digits(weights[i])
        if not exact:
            return OPEN
        h, low = h + ah, low + al
        if spikes < 0:
            sh, sl, exact = digits(counts[i])
            if not exact:
                return OPEN
            h, low = h - sh, low - sl
        else:
            while j < spikes and sent[j] == ticks[i]:
                c = np.int64(counts[j])
                if abs(c) >= 1024:
                    return OPEN
                h, low = h - c * th, low - c * tl
                h, low = h + (low >> _DIGIT), low & _MASK
                if abs(h) > _FAR:
                    return OPEN
                j += 1
        h, low = h + (low >> _DIGIT), low & _MASK
        if abs(h) > _FAR:
            return OPEN
        if not below(h, low, th, tl):
            verdict = LOST
    return LOST if spikes > j else verdict  # a spike where there is no pulse


certify_if = compiled(_certify_if)


def _sum(a: Any, b: Any) -> Any:
    """a + b = s + e exactly (Knuth 1969)."""
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


exact_sum = compiled(_sum)


def _product(a: Any, b: Any) -> Any:
    """a b = p + e exactly (Dekker 1971)."""
    p = a * b
    c = _SPLITTER * a
    ah = c - (c - a)
    al = a - ah
    c = _SPLITTER * b
    bh = c - (c - b)
    bl = b - bh
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


exact_product = compiled(_product)


def _certify_lif(
    ticks: Any, weights: Any, n: Any, theta: Any, hi: Any, lo: Any, spikes: Any, counts: Any, sent: Any
) -> Any:  # fmt: skip
    """With leak; ``hi``, ``lo`` are the rows of the decay table."""
    vh, vl, e, j = 0.0, 0.0, 0.0, 0
    verdict, before = KEPT, 0.0
    for i in range(n):
        gap = int(ticks[i] - before)
        before = ticks[i]
        p, q = exact_product(vh, hi[gap])
        q = q + (vh * lo[gap] + vl * hi[gap])
        s, se = 0.0, 0.0
        if spikes < 0:
            s = counts[i]
        else:
            total = 0.0
            while j < spikes and sent[j] == ticks[i]:
                total += np.float64(counts[j])
                j += 1
            if not abs(total) < 1e15:
                return OPEN
            s, se = exact_product(total, theta)
        mass = abs(p) + abs(weights[i]) + abs(s)
        s1, r1 = exact_sum(p, weights[i])
        s2, r2 = exact_sum(s1, -s)
        vh, vl = exact_sum(s2, ((q + r1) + r2) - se)
        e = (e * hi[gap] * _UP + _STEP * mass + 1e-290) * _UP
        x, y = exact_sum(abs(vh), -theta)
        room = x + (y + (vl if vh > 0.0 else -vl))  # |V| - theta
        doubt = (e + (abs(y) + abs(vl) + abs(room)) * 2.0**-51) * _UP
        if room >= doubt:
            verdict = LOST
        elif not room < -doubt:
            return OPEN
    return LOST if spikes > j else verdict


certify_lif = compiled(_certify_lif)
