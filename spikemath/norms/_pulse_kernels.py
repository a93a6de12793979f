"""Where pulses lie in samples, and what the leak does on the way to them and from them.

A pulse at coordinate c lies in sample k, at s = c - k in [0, 1). On that sample, with D = x - a U_k,

    U(c-) = U_k + G(s) D,     U_(k+1) = beta U_k + gain x + w E(1 - s),     G(h) = (1 - exp(-a h))/a,  E(h) = 1 - a G(h)

so one function is needed, twice a pulse. From a table in steps of 1/512 it is, with h = j/512 + r, |z| = |a r| < 2^-10,

    G(h) = G(j/512) + E(j/512) G(r),      G(r) = r (1 - z/2 + z^2/6 - ...)

The terms from z^2 on are summed in floats, so G and E are within LOST = 2^-83 (a <= STEEP). The table is made by the
same formula from every 32nd and the first 32 of its entries. alpha = 0: G(s) = s, E = 1, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from spikemath._numeric.dd import add, mul
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import leaky_weights
from spikemath.signals.checks import FloatArray

STEPS, COARSE = 512, 32
WIDE = 256  # pulses at a time
LOST = 2.0**-83
STEEP = 1.0  # largest leak per sample for the table
FEW = 64  # pulses for which no table is made
_C2, _C3, _C4, _C5, _C6 = 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0


class Pulses(NamedTuple):
    """Pulses as the scan takes them, an array each."""

    at_hi: Any  # coordinate
    at_lo: Any
    w_hi: Any  # weight
    w_lo: Any
    w_error: Any
    sample: Any  # its number
    s_hi: Any  # place in the sample
    s_lo: Any
    g_hi: Any  # G(s)
    g_lo: Any
    e_hi: Any  # E(1 - s)
    e_lo: Any


def _table(a_hi, a_lo, degree, out):
    """Fill rows G (hi, lo) and E (hi, lo). (degree: 0; as a literal it would compile more than once.)"""
    weights = np.zeros((2, 2))
    for j in range(STEPS + 1):
        base, rest = j // COARSE * COARSE, j % COARSE
        if rest == 0 or base == 0:
            leaky_weights(a_hi, a_lo, j / STEPS, 0.0, degree, weights)
            gh, gl = weights[0, 0], weights[0, 1]
        else:
            gh, gl = mul(out[2, base], out[3, base], out[0, rest], out[1, rest])
            gh, gl = add(gh, gl, out[0, base], out[1, base])
        ph, pl = mul(a_hi, a_lo, gh, gl)
        out[0, j], out[1, j] = gh, gl
        out[2, j], out[3, j] = add(1.0, 0.0, -ph, -pl)


table = compiled(_table)


def _grown(n, a_hi, a_lo, g_hi, g_lo, e_hi, e_lo, work):
    """G(h) in place of n places h (hi, lo); g, e: rows of the table.

    Rows of one array, so that LLVM need not ask whether they overlap; only the loop that reads the table is no vector.
    """
    for k in range(n):
        h, r = work[k], work[WIDE + k]
        m = np.floor(h * STEPS + 0.5)
        h -= m / STEPS
        zh, zl = two_prod(a_hi, h)
        zl += a_lo * h + a_hi * r
        q = (zh * zh) * (_C2 - zh * (_C3 - zh * (_C4 - zh * (_C5 - zh * _C6))))
        half = -0.5 * zh
        p = half + q
        rest = ((half - p) + q) - 0.5 * zl
        ph, pl = two_prod(h, p)
        gh, e = two_sum(h, ph)
        work[k], work[WIDE + k], work[2 * WIDE + k] = gh, e + ((pl + h * rest + r * p) + r), m
    for k in range(n):
        j = int(work[2 * WIDE + k])
        work[2 * WIDE + k], work[3 * WIDE + k] = g_hi[j], g_lo[j]
        work[4 * WIDE + k], work[5 * WIDE + k] = e_hi[j], e_lo[j]
    for k in range(n):
        gh, gl, eh, el = work[k], work[WIDE + k], work[4 * WIDE + k], work[5 * WIDE + k]
        ph, pl = two_prod(eh, gh)
        pl += eh * gl + el * gh
        gh, e = two_sum(work[2 * WIDE + k], ph)
        gl = work[3 * WIDE + k] + (e + pl)
        t = gh + gl
        work[k], work[WIDE + k] = t, (gh - t) + gl


grown = compiled(_grown)


def _placed(at_hi, at_lo, sample, s_hi, s_lo):
    """The sample of every pulse, and the place in it; the most pulses in one sample."""
    most, crowd, last = 0, 0, -1
    for i in range(at_hi.size):
        k = np.floor(at_hi[i])
        k = k - 1.0 if at_hi[i] == k and at_lo[i] < 0.0 else k
        sample[i] = int(k)
        s_hi[i], s_lo[i] = two_sum(at_hi[i] - k, at_lo[i])
        crowd = crowd + 1 if sample[i] == last else 1
        most, last = max(most, crowd), sample[i]
    return most


placed = compiled(_placed)


def _weighed(s_hi, s_lo, a_hi, a_lo, g_hi, g_lo, e_hi, e_lo, out_hi, out_lo, left_hi, left_lo):
    """G(s) and E(1 - s) of every pulse, from the table."""
    work = np.empty(6 * WIDE)
    for first in range(0, s_hi.size, WIDE):
        n = min(WIDE, s_hi.size - first)
        work[:n], work[WIDE : WIDE + n] = s_hi[first : first + n], s_lo[first : first + n]
        grown(n, a_hi, a_lo, g_hi, g_lo, e_hi, e_lo, work)
        out_hi[first : first + n], out_lo[first : first + n] = work[:n], work[WIDE : WIDE + n]
        for k in range(n):
            h, r = two_sum(1.0, -s_hi[first + k])
            work[k], work[WIDE + k] = h, r - s_lo[first + k]
        grown(n, a_hi, a_lo, g_hi, g_lo, e_hi, e_lo, work)
        for k in range(n):
            gh, gl = work[k], work[WIDE + k]
            ph, pl = two_prod(a_hi, gh)
            pl += a_hi * gl + a_lo * gh
            h, r = two_sum(1.0, -ph)
            left_hi[first + k], left_lo[first + k] = h, r - pl


weighed = compiled(_weighed)


def _weighed_one_by_one(s_hi, s_lo, a_hi, a_lo, degree, out_hi, out_lo, left_hi, left_lo):
    """The same without a table."""
    weights = np.zeros((2, 2))
    for i in range(s_hi.size):
        leaky_weights(a_hi, a_lo, s_hi[i], s_lo[i], degree, weights)
        out_hi[i], out_lo[i] = weights[0, 0], weights[0, 1]
        h, r = add(1.0, 0.0, -s_hi[i], -s_lo[i])
        leaky_weights(a_hi, a_lo, h, r, degree, weights)
        left_hi[i], left_lo[i] = weights[1, 0], weights[1, 1]


weighed_one_by_one = compiled(_weighed_one_by_one)


def pulses(given: Sequence[FloatArray], a_hi: float, a_lo: float) -> tuple[Pulses, int]:
    """Pulses, given by coordinates (hi, lo) and weights (hi, lo, error) in ticks, for a leak per sample.

    With the most pulses in one sample.
    """
    taken = np.array(given)  # a copy: read-only arrays would be another type for the kernels
    m, crowd = taken.shape[1], 0
    weights = np.empty((4, m)) if a_hi else np.empty((4, 0))  # without leak they are not looked at
    made = Pulses._make([*taken, np.empty(m, dtype=np.int64), *np.empty((2, m)), *weights])
    if m:
        crowd = int(placed(made.at_hi, made.at_lo, made.sample, made.s_hi, made.s_lo))
    if a_hi and m:
        quick = m > FEW and a_hi <= STEEP
        rows = np.zeros((4, STEPS + 1))
        if quick:
            table(a_hi, a_lo, 0, rows)
        step = 1 << 16 if quick else 1 << 12  # some milliseconds, so that Ctrl-C is answered
        for i in range(0, m, step):
            s_hi, s_lo, *out = (x[i : i + step] for x in made[-6:])
            if quick:
                weighed(s_hi, s_lo, a_hi, a_lo, *rows, *out)
            else:
                weighed_one_by_one(s_hi, s_lo, a_hi, a_lo, 0, *out)
    return made, crowd
