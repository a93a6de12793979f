"""The leaky integral of one polynomial piece, in double-double arithmetic with a rigorous error bound.

    u(s) = exp(-a s) u(0) + sum_i q_i I_i(s),      I_i(s) = int_0^s exp(-a (s - r)) r^i dr = s^(i+1) J_i(a s)

    J_i(z) = i! sum_j (-z)^j / (i + j + 1)!        z <= 1/2: alternating series for the top degree, then down:
    J_(i-1) = (1 - z J_i) / i                      stable for small z
    J_i(z) = exp(-z) sum_j z^j / (j! (i + j + 1))  1/2 < z <= max(8, d): all terms positive, no cancellation
    J_0 = (1 - exp(-z)) / z,  J_i = (1 - i J_(i-1)) / z      beyond: stable upwards since i <= z

a = 0 gives J_i = 1/(i+1). ``weights[i]`` holds I_i(s) as (hi, lo), ``weights[degree + 1]`` holds exp(-a s). All have
a relative error below 2^-90; REL is the bound used. With a = 0 and one-term numbers nothing is rounded, and the bound
says so: it stays 0.
"""

from __future__ import annotations

from spikemath._numeric.dd import RECIPROCALS_HI, RECIPROCALS_LO, add, add_bounded, div, exp_neg, mul
from spikemath._numeric.eft import two_prod
from spikemath._numeric.jit import compiled

REL = 2.0**-88
_GROW = 1.0 + 2.0**-40  # pays for the rounding of the bound itself
_FLOOR = 1e-300  # products below this may have lost their error term to underflow
MAX_DEGREE = 60


def _shape_functions(zh, zl, degree, weights):
    """Fill weights[i] = J_i(z) for i <= degree, and weights[degree + 1] = exp(-z)."""
    if zh <= 0.5:
        th, tl = RECIPROCALS_HI[degree + 1], RECIPROCALS_LO[degree + 1]
        sh, sl = th, tl
        k = degree + 2
        while abs(th) > 1e-36 * sh and k < 150:
            th, tl = mul(th, tl, -zh, -zl)
            th, tl = mul(th, tl, RECIPROCALS_HI[k], RECIPROCALS_LO[k])
            sh, sl = add(sh, sl, th, tl)
            k += 1
        weights[degree, 0], weights[degree, 1] = sh, sl
        for i in range(degree, -1, -1):
            ph, pl = mul(zh, zl, sh, sl)
            sh, sl = add(1.0, 0.0, -ph, -pl)
            if i > 0:
                sh, sl = mul(sh, sl, RECIPROCALS_HI[i], RECIPROCALS_LO[i])
                weights[i - 1, 0], weights[i - 1, 1] = sh, sl
        weights[degree + 1, 0], weights[degree + 1, 1] = sh, sl
        return
    eh, el = exp_neg(zh, zl)
    if zh > 600.0:
        eh, el = 0.0, 0.0
    weights[degree + 1, 0], weights[degree + 1, 1] = eh, el
    if zh > 8.0 and zh >= degree:
        sh, sl = add(1.0, 0.0, -eh, -el)
        sh, sl = div(sh, sl, zh, zl)
        weights[0, 0], weights[0, 1] = sh, sl
        for i in range(1, degree + 1):
            ph, pl = mul(float(i), 0.0, sh, sl)
            sh, sl = add(1.0, 0.0, -ph, -pl)
            sh, sl = div(sh, sl, zh, zl)
            weights[i, 0], weights[i, 1] = sh, sl
        return
    for i in range(degree + 1):
        th, tl = 1.0, 0.0
        sh, sl = RECIPROCALS_HI[i + 1], RECIPROCALS_LO[i + 1]
        j = 1
        while j < 5 or th > 1e-36 * sh:
            th, tl = mul(th, tl, zh, zl)
            th, tl = div(th, tl, float(j), 0.0)
            ph, pl = div(th, tl, float(i + j + 1), 0.0)
            sh, sl = add(sh, sl, ph, pl)
            j += 1
        sh, sl = mul(sh, sl, eh, el)
        weights[i, 0], weights[i, 1] = sh, sl


shape_functions = compiled(_shape_functions)


def _leaky_weights(ah, al, sh, sl, degree, weights):
    """Fill weights[i] = I_i(s) for i <= degree and weights[degree + 1] = exp(-a s)."""
    if ah == 0.0:
        for i in range(degree + 1):
            weights[i, 0], weights[i, 1] = RECIPROCALS_HI[i + 1], RECIPROCALS_LO[i + 1]
        weights[degree + 1, 0], weights[degree + 1, 1] = 1.0, 0.0
    else:
        zh, zl = mul(ah, al, sh, sl)
        shape_functions(zh, zl, degree, weights)
    ph, pl = sh, sl
    for i in range(degree + 1):
        weights[i, 0], weights[i, 1] = mul(weights[i, 0], weights[i, 1], ph, pl)
        if i < degree:
            ph, pl = mul(ph, pl, sh, sl)


leaky_weights = compiled(_leaky_weights)


def _integrate(ah, zh, uh, ul, err, qh, ql, qerr, terms, weights, degree, sh):
    """u(s) from u(0): value (hi, lo) and error bound. qh, ql: coefficients; qerr: sup of the error of the density."""
    if ah == 0.0:
        vh, vl, bound = uh, ul, err
    else:
        vh, vl = mul(uh, ul, weights[degree + 1, 0], weights[degree + 1, 1])
        bound = (err + abs(uh) * (REL * (1.0 + zh))) * (weights[degree + 1, 0] * _GROW)
        if uh != 0.0:
            bound += abs(uh) * 1e-250 + _FLOOR
    if qerr != 0.0:
        bound += qerr * sh * _GROW
    for i in range(terms):
        if qh[i] == 0.0:
            continue
        if ah == 0.0 and i == 0 and ql[0] == 0.0 and weights[0, 1] == 0.0:
            ph, pl = two_prod(qh[0], weights[0, 0])
            if abs(ph) < 1e-280:
                bound += _FLOOR
        else:
            ph, pl = mul(qh[i], ql[i], weights[i, 0], weights[i, 1])
            bound += abs(ph) * REL + _FLOOR
        vh, vl, r = add_bounded(vh, vl, ph, pl)
        bound += r
    return vh, vl, bound * _GROW


integrate = compiled(_integrate)


def _recentre(qh, ql, terms, sh, sl):
    """Coefficients of the same polynomial about s, in place; error below terms^2 2^-96 of sum |q_i| s^i."""
    for i in range(terms - 1):
        for j in range(terms - 2, i - 1, -1):
            ph, pl = mul(qh[j + 1], ql[j + 1], sh, sl)
            qh[j], ql[j] = add(qh[j], ql[j], ph, pl)


recentre = compiled(_recentre)


def _size(qh, terms, length):
    """A bound of |p| over [0, length]."""
    total = 0.0
    for i in range(terms - 1, -1, -1):
        total = total * length + abs(qh[i])
    return total * _GROW


size = compiled(_size)


def _slope_size(qh, terms, length):
    """A bound of |p'| over [0, length]."""
    total = 0.0
    for i in range(terms - 1, 0, -1):
        total = total * length + i * abs(qh[i])
    return total * _GROW


slope_size = compiled(_slope_size)


def _density(qh, terms, s):
    """p(s) in plain floats (used for guesses and for signs with a margin)."""
    total = 0.0
    for i in range(terms - 1, -1, -1):
        total = total * s + qh[i]
    return total


density = compiled(_density)
