"""All neurons of a layer at once, instant by instant: a filter with a rigorous bound for each neuron.

    p_j = sum of w_ji a over the spikes of the instant,      u_j <- exp(-a_j dt) u_j + p_j,      fire, reset

p_j and u_j are sums of two floats, and the error bound ``err`` is what rounding really lost: a sum of the third order
error terms of two_sum. Where weights and counts fit (dyadic data, decimals of like size) nothing is lost, the bound is
0, and without leak every decision is exact, ties included. With a leak the decay rounds and the bound is some ulp of
the potential. A neuron of which a single comparison is left open is marked doubtful and taken out; the caller encodes
that neuron alone, exactly.

Refractory times: a neuron is tested when its own one ends (``wake``), between the instants of the layer, unless a pulse
falls on that very instant. Single-shot subtract (no refractory time) tests only at a pulse that is not exactly zero.
A clocked run visits every step and tests at each, pulse or not, and at no other instant.

State: ``x`` (15, n) floats, ``f`` (5, n) integers, ``at`` = [instant, where to stop, spikes written].
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._encoder.firing import DONE, FULL, SUBTRACT, UP, ZERO, add_up, compare
from spikemath._numeric.dd import add_bounded
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled

UH, UL, ERR, LASTH, LASTL, WAKEH, WAKEL, THETA, LEAK, REFH, REFL, PH, PL, PE, ASIDE = range(15)
WAITING, DOUBTFUL, RESET, BIPOLAR, OFF = 0, 1, 2, 3, 4
FLOATS, INTEGERS = 15, 5
INSTANT, STOP, WRITTEN = 0, 1, 2
_EPS = 2.0**-52
_MORE = 1.0 + 2.0**-50


def _deliver(value, gh, gl, low, ph, pl, pe):
    """Add value * (gh + gl) to all pulses; what the sum of two floats does not hold is added up in ``pe``."""
    n = gh.size
    if value == 1.0 or value == -1.0:
        for j in range(n):
            s, e = two_sum(ph[j], value * gh[j])
            t, r = two_sum(pl[j], e)
            ph[j], pl[j] = s, t
            pe[j] += abs(r)
        if low:
            for j in range(n):
                s, e = two_sum(ph[j], value * gl[j])
                t, r = two_sum(pl[j], e)
                ph[j], pl[j] = s, t
                pe[j] += abs(r)
        return
    for j in range(n):
        x, y = two_prod(value, gh[j])
        s, e = two_sum(ph[j], x)
        t, r = two_sum(pl[j], e)
        t, q = two_sum(t, y)
        ph[j], pl[j] = s, t
        pe[j] += abs(r) + abs(q)
    if low:
        for j in range(n):
            x, y = two_prod(value, gl[j])
            s, e = two_sum(ph[j], x)
            t, r = two_sum(pl[j], e)
            t, q = two_sum(t, y)
            ph[j], pl[j] = s, t
            pe[j] += abs(r) + abs(q)


deliver = compiled(_deliver)


def _decayed(u, err, dh, dl, leak):
    """A potential after a while, with its error."""
    if u == 0.0 and err == 0.0:
        return 0.0, 0.0
    z = leak * (dh + dl)
    doubt = leak * (abs(dh) + abs(dl)) * 4.0 * _EPS + 4.0 * _EPS
    if z > 690.0 or doubt > 0.5:
        return 0.0, (abs(u) + err) * math.exp(-min(max(z * 0.999, 0.0), 680.0)) * 2.0 + 1e-322
    beta = math.exp(-z)
    v = u * beta
    return v, (err * beta + abs(v) * (2.0 * doubt + 2.0 * _EPS)) * _MORE + 1e-322


decayed = compiled(_decayed)


def _reset(uh, ul, err, theta, reset, bipolar):
    """Count (signed; 0.0: silent; nan: the bound leaves it open), potential and error after a test."""
    sigma = 1.0 if uh >= 0.0 else -1.0
    mh, ml = sigma * uh, sigma * ul
    if sigma < 0.0 and not bipolar and mh > err * UP:
        return 0.0, uh, ul, err
    order = compare(mh, ml, err, theta, 0.0, 0.0, True)
    if order == -1:
        return 0.0, uh, ul, err
    if order == 2:
        return np.nan, uh, ul, err
    if reset == ZERO:
        return sigma, 0.0, 0.0, 0.0
    if reset == SUBTRACT:
        vh, vl, r = add_bounded(mh, ml, -theta, 0.0)
        return sigma, sigma * vh, sigma * vl, (err + r) * UP
    q = np.floor(mh / theta)
    for _ in range(4):
        if not q < 4503599627370496.0:
            break
        ph, pl = two_prod(q, theta)
        vh, vl, r = add_bounded(mh, ml, -ph, -pl)
        e = (err + r) * UP
        low = compare(vh, vl, e, 0.0, 0.0, 0.0, True)
        high = compare(vh, vl, e, theta, 0.0, 0.0, True)
        if low == 2 or high == 2:
            break
        if low >= 0 and high < 0:
            return sigma * q, sigma * vh, sigma * vl, e
        q += -1.0 if low < 0 else 1.0
    return np.nan, uh, ul, err


reset_after = compiled(_reset)


def _take_out(x, f, j):
    """A neuron in doubt is silent from now on."""
    f[DOUBTFUL, j] = 1
    f[WAITING, j] = 0
    x[UH, j], x[UL, j], x[ERR, j], x[THETA, j] = 0.0, 0.0, 0.0, np.inf


take_out = compiled(_take_out)


def _fire(x, f, at, j, count, ch, cl, out_hi, out_lo, out_neuron, out_count):
    """Write a spike and start the refractory time."""
    n = at[WRITTEN]
    out_hi[n], out_lo[n], out_neuron[n], out_count[n] = ch, cl, j, int(count)
    at[WRITTEN] = n + 1
    f[WAITING, j] = 0
    if x[REFH, j] > 0.0:
        x[WAKEH, j], x[WAKEL, j] = add_up(ch, cl, x[REFH, j], x[REFL, j])
        f[WAITING, j] = 1


fire = compiled(_fire)


def _wake_up(x, f, at, prev_hi, prev_lo, ch, cl, out_hi, out_lo, out_neuron, out_count):
    """Test the neurons whose refractory time ends before the instant c. DONE, or FULL to be called again."""
    for j in range(x.shape[1]):
        while f[WAITING, j] and (x[WAKEH, j] < ch or (x[WAKEH, j] == ch and x[WAKEL, j] < cl)):
            if at[WRITTEN] >= out_hi.size:
                return FULL
            wh, wl = x[WAKEH, j], x[WAKEL, j]
            uh, ul, err = x[UH, j], x[UL, j], x[ERR, j]
            if x[LEAK, j] > 0.0:
                fh, fl = (x[LASTH, j], x[LASTL, j]) if f[OFF, j] else (prev_hi, prev_lo)
                uh, err = decayed(uh + ul, err + abs(ul), wh - fh, wl - fl, x[LEAK, j])
                ul = 0.0
            count, vh, vl, err = reset_after(uh, ul, err, x[THETA, j], f[RESET, j], f[BIPOLAR, j])
            if np.isnan(count):
                take_out(x, f, j)
            elif count == 0.0:  # silent: the decay goes on from where it was
                f[WAITING, j] = 0
            else:
                x[UH, j], x[UL, j], x[ERR, j] = vh, vl, err
                x[LASTH, j], x[LASTL, j] = wh, wl
                f[OFF, j] = 1
                fire(x, f, at, j, count, wh, wl, out_hi, out_lo, out_neuron, out_count)
    return DONE


wake_up = compiled(_wake_up)


def _leak_to(x, f, uniform, prev_hi, prev_lo, ch, cl):
    """Carry all potentials to the instant c."""
    n = x.shape[1]
    uh, ul, err, aside = x[UH], x[UL], x[ERR], x[ASIDE]
    if uniform < 0.0:
        for j in range(n):
            if x[LEAK, j] > 0.0:
                fh, fl = (x[LASTH, j], x[LASTL, j]) if f[OFF, j] else (prev_hi, prev_lo)
                uh[j], err[j] = decayed(uh[j] + ul[j], err[j] + abs(ul[j]), ch - fh, cl - fl, x[LEAK, j])
                ul[j] = 0.0
            f[OFF, j] = 0
        return
    off = False
    for j in range(n):
        off |= f[OFF, j] != 0
    if off:
        for j in range(n):
            if f[OFF, j]:
                dh, dl = ch - x[LASTH, j], cl - x[LASTL, j]
                aside[j], x[PE, j] = decayed(uh[j] + ul[j], err[j] + abs(ul[j]), dh, dl, uniform)
    dh, dl = ch - prev_hi, cl - prev_lo
    z = uniform * (dh + dl)
    doubt = uniform * (abs(dh) + abs(dl)) * 4.0 * _EPS + 4.0 * _EPS
    if z > 690.0 or doubt > 0.5:
        for j in range(n):
            uh[j], err[j] = decayed(uh[j] + ul[j], err[j] + abs(ul[j]), dh, dl, uniform)
            ul[j] = 0.0
    else:
        beta = math.exp(-z)
        rounding = 2.0 * doubt + 2.0 * _EPS
        for j in range(n):
            u = uh[j] + ul[j]
            e = err[j] + abs(ul[j])
            v = u * beta
            uh[j] = v
            ul[j] = 0.0
            err[j] = (e * beta + abs(v) * rounding) * _MORE + (1e-322 if u != 0.0 or e != 0.0 else 0.0)
    if off:
        for j in range(n):
            if f[OFF, j]:
                uh[j], ul[j], err[j], x[PE, j] = aside[j], 0.0, x[PE, j], 0.0
                f[OFF, j] = 0


leak_to = compiled(_leak_to)


def _collect(x):
    """Add the pulses to the potentials; whether some neuron may have to fire."""
    uh, ul, err, theta = x[UH], x[UL], x[ERR], x[THETA]
    ph, pl, pe = x[PH], x[PL], x[PE]
    hits = 0
    for j in range(uh.size):
        a, b = two_sum(ph[j], pl[j])
        s, e, r = add_bounded(uh[j], ul[j], a, b)
        d = (err[j] + pe[j] + r) * UP
        uh[j], ul[j], err[j] = s, e, d
        ph[j], pl[j] = a, b
        hits += (abs(s) + d) * _MORE >= theta[j]
    return hits


collect = compiled(_collect)


def _answer(x, f, at, ch, cl, clocked, out_hi, out_lo, out_neuron, out_count):
    """Test the neurons that may be over the threshold."""
    for j in range(x.shape[1]):
        over = (abs(x[UH, j]) + x[ERR, j]) * _MORE >= x[THETA, j]
        if f[WAITING, j]:
            if x[WAKEH, j] > ch or (x[WAKEH, j] == ch and x[WAKEL, j] > cl):
                continue
            f[WAITING, j] = 0
        if not over:
            continue
        if f[RESET, j] == SUBTRACT and x[REFH, j] == 0.0 and not clocked:
            if x[PH, j] == 0.0 and x[PL, j] == 0.0 and x[PE, j] == 0.0:
                continue
            if abs(x[PH, j]) <= (abs(x[PL, j]) + x[PE, j]) * _MORE:
                take_out(x, f, j)
                continue
        count, vh, vl, err = reset_after(x[UH, j], x[UL, j], x[ERR, j], x[THETA, j], f[RESET, j], f[BIPOLAR, j])
        if np.isnan(count):
            take_out(x, f, j)
        elif count != 0.0:
            x[UH, j], x[UL, j], x[ERR, j] = vh, vl, err
            fire(x, f, at, j, count, ch, cl, out_hi, out_lo, out_neuron, out_count)


answer = compiled(_answer)


def _dense_layer(
    x, f, at, uniform, refractory, clocked, when_hi, when_lo, first, source, rows, gh, gl, low, out_hi, out_lo,
    out_neuron, out_count,
):  # fmt: skip
    """Instants when[k], with the events first[k] : first[k + 1]. DONE at STOP, or FULL: call again with more room."""
    n = x.shape[1]
    while at[INSTANT] < at[STOP]:
        k = at[INSTANT]
        ch, cl = when_hi[k], when_lo[k]
        before = k - 1 if k > 0 else 0
        status = DONE
        if refractory and not clocked:
            ph, pl = when_hi[before], when_lo[before]
            status = wake_up(x, f, at, ph, pl, ch, cl, out_hi, out_lo, out_neuron, out_count)
        if status == FULL:
            return FULL
        if at[WRITTEN] + n > out_hi.size:
            return FULL
        if uniform != 0.0 and k > 0:
            leak_to(x, f, uniform, when_hi[before], when_lo[before], ch, cl)
        x[PH, :] = 0.0
        x[PL, :] = 0.0
        x[PE, :] = 0.0
        for i in range(first[k], first[k + 1]):
            for row in range(rows.shape[0]):
                value = rows[row, i]
                if value != 0.0:
                    deliver(value, gh[source[i]], gl[source[i] if low else 0], low, x[PH], x[PL], x[PE])
        if collect(x) > 0 or refractory:
            answer(x, f, at, ch, cl, clocked, out_hi, out_lo, out_neuron, out_count)
        at[INSTANT] = k + 1
    return DONE


dense_layer = compiled(_dense_layer)
