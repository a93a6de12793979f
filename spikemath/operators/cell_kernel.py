"""The encoder on cells: double-double potential, rigorous bounds, and a status where they do not decide.

On one cell, from the present position on,

    u(s) = exp(-a s) u(0) + int_0^s exp(-a (s - r)) p(r) dr,      u' = p - a u,      D >= sup |u''|

* constant p: u is monotone, the end value decides;
* else |u(s) - u(0)| <= (|u'(0)| + D s) s proves "no crossing", or |u'(0)| > D s proves "monotone", or the stretch is
  halved;
* a certain crossing is solved by its closed form (constant p, linear p at a = 0) or Newton's method, moved some ulp to
  the early side, and accepted only if |u| < threshold is proved there.

Whatever stays open (ties, tangencies, stretches that do not become monotone) is left to exact_cell.py with status
UNDECIDED.

The state is two arrays, so that a run can stop anywhere and go on bit for bit; the constants below name their places.
Pairs hi, lo: U, WAKE (end of the refractory time), LAST (spike), POS (offset in the cell), THETA, LEAK, REFRACTORY.
PULSED: 1 the cell's pulse is in, 2 and its test is open. WAITING: 1 for WAKE, 2 the test there is open.
"""

from __future__ import annotations

import math

import numpy as np

from spikemath._numeric.dd import add, add_bounded
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import density, integrate, leaky_weights, recentre, size, slope_size

DONE, FULL, UNDECIDED = 0, 1, 2
FLAT = 3
MODULO, SUBTRACT, ZERO = 0, 1, 2
U, ERR, WAKE, LAST, POS, THETA, THETA_ERR, LEAK, REFRACTORY = 0, 2, 3, 5, 7, 9, 11, 12, 14
CELL, PULSED, WAITING, ARMED, WRITTEN, RESET, BIPOLAR, EXACT = 0, 1, 2, 3, 4, 5, 6, 7
FLOATS, INTEGERS = 16, 8
NEAR = 2.0**-36  # a time is one float64 where that costs less than this part of the gap since the last spike
_UP = 1.0 + 2.0**-40


def _compare(uh, ul, err, vh, vl, verr, exact):
    """Sign of u - v (-1, 0, 1), or 2 where the bounds do not tell."""
    dh, _, r = add_bounded(uh, ul, -vh, -vl)
    if not exact:
        return 1 if dh > 0.0 else 0 if dh == 0.0 else -1
    margin = (err + verr + r) * _UP
    if dh > margin:
        return 1
    if dh < -margin:
        return -1
    if margin == 0.0 and dh == 0.0:
        return 0
    return 2


compare = compiled(_compare)


def _add_up(ah, al, bh, bl):
    """Sum of two coordinates; rounded up where it does not fit, so that no refractory time is cut short."""
    h, r, lost = add_bounded(ah, al, bh, bl)
    return two_sum(h, r) if lost == 0.0 else two_sum(h, np.nextafter(r + 2.0 * lost, np.inf))


add_up = compiled(_add_up)


def _emit(st, flags, ch, cl, count, out_hi, out_lo, out_count):
    """Write a spike at the coordinate c and start the refractory time."""
    n = flags[WRITTEN]
    out_hi[n], out_lo[n], out_count[n] = ch, cl, count
    flags[WRITTEN] = n + 1
    st[LAST], st[LAST + 1] = ch, cl
    if st[REFRACTORY] > 0.0:
        st[WAKE], st[WAKE + 1] = add_up(ch, cl, st[REFRACTORY], st[REFRACTORY + 1])
        flags[WAITING] = 1
    else:
        flags[WAITING] = 0


emit = compiled(_emit)


def _quotient(st, mh, ml, exact):
    """trunc(m / theta) for m >= theta, with the rest and its error; -1.0 where the bounds do not tell."""
    th, tl, terr = st[THETA], st[THETA + 1], st[THETA_ERR]
    q = np.floor(mh / th)  # math.floor is an int64 in compiled code, and wraps
    for _ in range(4):
        if not q < 4503599627370496.0:
            return -1.0, 0.0, 0.0, 0.0
        ph, pl = two_prod(q, th)
        vh, vl, r1 = add_bounded(mh, ml, -ph, -pl)
        ph, pl = two_prod(q, tl)
        vh, vl, r2 = add_bounded(vh, vl, -ph, -pl)
        err = (st[ERR] + q * terr + r1 + r2) * _UP
        low = compare(vh, vl, err, 0.0, 0.0, 0.0, exact)
        high = compare(vh, vl, err, th, tl, terr, exact)
        if low == 2 or high == 2:
            return -1.0, 0.0, 0.0, 0.0
        if low >= 0 and high < 0:
            return q, vh, vl, err
        q += -1.0 if low < 0 else 1.0
    return -1.0, 0.0, 0.0, 0.0


quotient = compiled(_quotient)


def _jump(st, flags, ch, cl, out_hi, out_lo, out_count):
    """Test the potential at a pulse or at the end of the refractory time; fire and reset. DONE or UNDECIDED."""
    sigma = 1.0 if st[U] >= 0.0 else -1.0
    flags[WAITING] = 0
    exact = flags[EXACT]
    mh, ml = sigma * st[U], sigma * st[U + 1]
    if sigma < 0.0 and not flags[BIPOLAR] and (mh > st[ERR] or not exact):
        flags[ARMED] = 1
        return DONE
    order = compare(mh, ml, st[ERR], st[THETA], st[THETA + 1], st[THETA_ERR], exact)
    if order == 2:
        return UNDECIDED
    flags[ARMED] = 1
    if order < 0:
        return DONE
    count = 1.0
    if flags[RESET] == ZERO:
        st[U], st[U + 1], st[ERR] = 0.0, 0.0, 0.0
    elif flags[RESET] == SUBTRACT:
        order = compare(mh, ml, st[ERR], 2.0 * st[THETA], 2.0 * st[THETA + 1], 2.0 * st[THETA_ERR], exact)
        if order == 2:
            return UNDECIDED
        vh, vl, r = add_bounded(mh, ml, -st[THETA], -st[THETA + 1])
        st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, (st[ERR] + st[THETA_ERR] + r) * _UP
        if order >= 0 and st[REFRACTORY] == 0.0:
            flags[ARMED] = 0
    else:
        count, vh, vl, err = quotient(st, mh, ml, exact)
        if count < 0.0:
            return UNDECIDED
        st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, err
    emit(st, flags, ch, cl, int(sigma * count), out_hi, out_lo, out_count)
    return DONE


jump = compiled(_jump)


def _value(st, qh, ql, qerr, terms, weights, sh, sl):
    """u(s) with its error bound, from the present position."""
    leaky_weights(st[LEAK], st[LEAK + 1], sh, sl, terms - 1, weights)
    return integrate(
        st[LEAK], st[LEAK] * sh, st[U], st[U + 1], st[ERR], qh, ql, qerr, terms, weights, terms - 1, sh
    )  # fmt: skip


value = compiled(_value)


def _guess(st, qh, terms, sigma, length):
    """A first guess of the crossing of sigma * theta: closed forms for constant p, and for linear p without leak."""
    a, theta, u = st[LEAK], st[THETA], sigma * st[U]
    gap = theta - u
    drive = sigma * qh[0]
    s = 0.5 * length
    if terms == 1 and a > 0.0:
        excess = drive / a - theta
        if excess > 0.0:
            s = math.log1p(gap / excess) / a
    elif terms == 1:
        s = gap / drive
    elif terms == 2 and a == 0.0:
        inside = drive * drive + 2.0 * sigma * qh[1] * gap
        if inside >= 0.0 and drive + math.sqrt(inside) > 0.0:
            s = 2.0 * gap / (drive + math.sqrt(inside))
    elif drive - a * u > 0.0:
        s = gap / (drive - a * u)
    return s if 0.0 < s < length else 0.5 * length


guess = compiled(_guess)


def _solve(st, qh, ql, qerr, terms, weights, sigma, length):
    """The crossing of sigma * theta in a monotone stretch, as an early float and the slope there (0 if it failed)."""
    low, high = 0.0, length
    s = guess(st, qh, terms, sigma, length)
    slope = 0.0
    for _ in range(80):
        vh, vl, _bound = value(st, qh, ql, qerr, terms, weights, s, 0.0)
        gh, _ = add(st[THETA], st[THETA + 1], -sigma * vh, -sigma * vl)
        slope = sigma * (density(qh, terms, s) - st[LEAK] * vh)
        if gh > 0.0:
            low = s
        else:
            high = s
        step = gh / slope if slope > 0.0 else 0.0
        if slope > 0.0 and abs(step) <= 2.0**-50 * s:
            return s + step, slope
        s += step
        if not (low < s < high):
            s = 0.5 * (low + high)
            if s <= low or s >= high:
                return low, slope
    return low, slope


solve = compiled(_solve)


def _place(st, ch, cl, s):
    """The reported coordinate for an early offset s from here, by the rule of the package; hi, lo."""
    hh, hl = add(ch, cl, st[POS], st[POS + 1])
    th, tl = add(hh, hl, s, 0.0)
    single = th if tl >= 0.0 else np.nextafter(th, -np.inf)
    later = single > hh or (single == hh and hl < 0.0)
    since = (th - st[LAST]) + (tl - st[LAST + 1])
    if later and (th - single) + tl <= NEAR * since:
        return single, 0.0
    if th > hh or (th == hh and tl > hl):
        return th, tl
    return np.nan, 0.0


place = compiled(_place)


def _cross(st, flags, ch, cl, qh, ql, qerr, terms, weights, sigma, length, out_hi, out_lo, out_count):
    """Fire at a certain crossing in a monotone stretch; the position moves to the spike. DONE or UNDECIDED."""
    s, slope = solve(st, qh, ql, qerr, terms, weights, sigma, length)
    if not slope > 0.0:
        return UNDECIDED
    margin = s * 2.0**-51 + 2.0 * (st[ERR] + st[THETA_ERR] + st[THETA] * 2.0**-90) / slope
    for _ in range(4):
        s -= margin
        margin *= 8.0
        if not s > 0.0:
            return UNDECIDED
        kh, kl = place(st, ch, cl, s)
        if np.isnan(kh):
            return UNDECIDED
        ph, pl, r = add_bounded(kh, kl, -ch, -cl)
        dh, dl, r2 = add_bounded(ph, pl, -st[POS], -st[POS + 1])
        vh, vl, err = value(st, qh, ql, qerr, terms, weights, dh, dl)
        err += (r + r2) * (size(qh, terms, length) + st[LEAK] * (abs(vh) + abs(st[U])))
        vh, vl = sigma * vh, sigma * vl
        if vh > err and compare(vh, vl, err, st[THETA], st[THETA + 1], st[THETA_ERR], 1) == -1:
            if flags[RESET] == ZERO:
                st[U], st[U + 1], st[ERR] = 0.0, 0.0, 0.0
            else:
                vh, vl, r = add_bounded(vh, vl, -st[THETA], -st[THETA + 1])
                st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, (err + st[THETA_ERR] + r) * _UP
            st[POS], st[POS + 1] = ph, pl
            emit(st, flags, kh, kl, int(sigma), out_hi, out_lo, out_count)
            return DONE
    return UNDECIDED


cross = compiled(_cross)


def _stretch(st, flags, qh, qerr, terms, length):
    """A stretch from here whose behaviour is known: its length, and 0 no crossing, +-1 monotone that way, 2 unknown."""
    a, u = st[LEAK], st[U]
    slope = qh[0] - a * u
    doubt = 2.0**-50 * (abs(qh[0]) + a * abs(u)) + a * st[ERR] + qerr
    reach = u if not flags[BIPOLAR] else abs(u)
    for _ in range(30):
        sup = size(qh, terms, length)
        bend = (slope_size(qh, terms, length) + a * (sup + a * (abs(u) + sup * length))) * _UP
        if reach + (abs(slope) + doubt + bend * length) * length * _UP + st[ERR] < st[THETA] * (1.0 - 2.0**-45):
            return length, 0
        if abs(slope) - doubt > bend * length:
            return length, 1 if slope > 0.0 else -1
        length *= 0.5
    return length, 2


stretch = compiled(_stretch)


def _stays_out(st, qh, terms, length):
    """Whether |u| >= theta is certain on the whole stretch (for a neuron that is not armed)."""
    sup = size(qh, terms, length)
    drop = (sup + st[LEAK] * (abs(st[U]) + sup * length)) * length * _UP
    return abs(st[U]) - drop - st[ERR] > st[THETA] * (1.0 + 2.0**-45)


stays_out = compiled(_stays_out)


def _encode_cells(
    st, flags, start_hi, start_lo, length_hi, length_lo, pulse_hi, pulse_lo, pulse_error, q_hi, q_lo, q_error,
    out_hi, out_lo, out_count,
):  # fmt: skip
    """Encode the cells of a block from the state on; the state says where to go on."""
    terms = q_hi.shape[0]
    weights, whole = np.zeros((terms + 1, 2)), np.zeros((terms + 1, 2))
    qh, ql = np.zeros(terms), np.zeros(terms)
    known_hi, known_lo = -1.0, 0.0
    capacity = out_hi.size - 1
    exact = flags[EXACT]
    while flags[CELL] < start_hi.size:
        j = flags[CELL]
        ch, cl = start_hi[j], start_lo[j]
        if flags[WRITTEN] >= capacity:
            return FULL
        if not flags[PULSED]:
            if pulse_hi[j] != 0.0:
                st[U], st[U + 1], r = add_bounded(st[U], st[U + 1], pulse_hi[j], pulse_lo[j])
                st[ERR] += (r + pulse_error[j]) * exact
            flags[PULSED] = 1
            blocked = flags[WAITING] and (st[WAKE] > ch or (st[WAKE] == ch and st[WAKE + 1] > cl))
            due = not blocked and (pulse_hi[j] != 0.0 or flags[WAITING])
            if due and jump(st, flags, ch, cl, out_hi, out_lo, out_count) != DONE:
                flags[PULSED] = 2
                return UNDECIDED
        live = terms if length_hi[j] > 0.0 else 0
        while live > 1 and q_hi[live - 1, j] == 0.0:
            live -= 1
        while length_hi[j] > 0.0:  # leaves by break, at the end of the cell
            if flags[WRITTEN] >= capacity:
                return FULL
            for i in range(terms):
                qh[i], ql[i] = q_hi[i, j], q_lo[i, j]
            qerr = q_error[j] * exact
            ph, pl = st[POS], st[POS + 1]
            rh, rl, r = add_bounded(length_hi[j], length_lo[j], -ph, -pl)
            if not rh > 0.0:
                break
            if ph != 0.0 and live > 1:
                qerr += size(qh, live, length_hi[j]) * (live * live * 2.0**-92) * exact
                recentre(qh, ql, live, ph, pl)
            if r != 0.0:
                st[ERR] += exact * r * (size(qh, live, rh) + st[LEAK] * abs(st[U])) * _UP
            wakes = False
            free = False
            kind = 0
            sh, sl = rh, rl
            if flags[WAITING]:
                eh, el, r = add_bounded(st[WAKE], st[WAKE + 1], -ch, -cl)
                dh, dl, r2 = add_bounded(eh, el, -ph, -pl)
                free = True
                if dh < rh or (dh == rh and dl < rl):
                    wakes = True
                    sh, sl = dh, dl
                    st[ERR] += exact * (r + r2) * (size(qh, live, rh) + st[LEAK] * abs(st[U])) * _UP
            elif not flags[ARMED]:
                if not stays_out(st, qh, live, rh):
                    return UNDECIDED
                free = True
            elif live == 1 and qh[0] == 0.0:
                free = True
            elif live == 1:
                slope = qh[0] - st[LEAK] * st[U]
                doubt = 2.0**-50 * (abs(qh[0]) + st[LEAK] * abs(st[U])) + st[LEAK] * st[ERR] + qerr
                kind = 1 if slope > doubt else -1 if slope < -doubt else FLAT
            else:
                sh, kind = stretch(st, flags, qh, qerr, live, rh)
                if sh != rh:
                    sl = 0.0
                if kind == 2:
                    if exact:
                        return UNDECIDED
                    kind = 0
            to_end = sh == rh and sl == rl
            if to_end and ph == 0.0 and pl == 0.0:
                if sh != known_hi or sl != known_lo:
                    known_hi, known_lo = sh, sl
                    leaky_weights(st[LEAK], st[LEAK + 1], sh, sl, terms - 1, whole)
                vh, vl, err = integrate(
                    st[LEAK], st[LEAK] * sh, st[U], st[U + 1], st[ERR], qh, ql, qerr, live, whole, terms - 1, sh
                )  # fmt: skip
            else:
                vh, vl, err = value(st, qh, ql, qerr, live, weights, sh, sl)
            if kind == FLAT:  # too flat to tell the direction: it must stay clear of both thresholds
                ends = abs(vh) if flags[BIPOLAR] else vh
                if exact and not ends + err < st[THETA] * (1.0 - 2.0**-45):
                    return UNDECIDED
                kind = 0
            if not free and kind != 0 and (kind > 0 or flags[BIPOLAR]):
                order = compare(kind * vh, kind * vl, err, st[THETA], st[THETA + 1], st[THETA_ERR], exact)
                if order == 2:
                    return UNDECIDED
                if order >= 0:
                    done = cross(
                        st, flags, ch, cl, qh, ql, qerr, live, weights, float(kind), sh, out_hi, out_lo, out_count
                    )  # fmt: skip
                    if done != DONE:
                        return UNDECIDED
                    continue
            st[U], st[U + 1], st[ERR] = vh, vl, err * exact
            if to_end:
                break
            if wakes:
                st[POS], st[POS + 1] = add(st[WAKE], st[WAKE + 1], -ch, -cl)
                if jump(st, flags, st[WAKE], st[WAKE + 1], out_hi, out_lo, out_count) != DONE:
                    flags[WAITING] = 2
                    return UNDECIDED
            else:
                st[POS], st[POS + 1] = add(ph, pl, sh, sl)
        st[POS], st[POS + 1] = 0.0, 0.0
        flags[PULSED] = 0
        flags[CELL] = j + 1
    return DONE


encode_cells = compiled(_encode_cells)
