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
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder.firing import (
    ARMED,
    BASE,
    BASE_ERR,
    BASED,
    BELOW,
    BIPOLAR,
    CELL,
    DONE,
    ERR,
    EXACT,
    FIRED,
    FULL,
    LAST,
    LEAK,
    MARGIN,
    NEAR,
    POS,
    PULSED,
    THETA,
    THETA_ERR,
    UNDECIDED,
    UP,
    WAITING,
    WAKE,
    WRITTEN,
    U,
    compare,
    emit,
    jump,
)  # fmt: skip
from spikemath._numeric.dd import add, add_bounded
from spikemath._numeric.eft import two_prod
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import density, integrate, leaky_weights, recentre, size, slope_size

FALLS, QUIET, RISES, FLAT, OPEN, WAKES = -1, 0, 1, 2, 3, 4  # what a stretch does


class Work(NamedTuple):
    """Scratch of one run: coefficients here and at the cell's start, a stretch, leaky weights there and of a cell."""

    q_hi: Any
    q_lo: Any
    base_hi: Any
    base_lo: Any
    length: Any
    weights: Any
    whole: Any


def workspace(terms: int) -> Work:
    """Scratch for polynomials of ``terms`` coefficients."""
    q = [np.zeros(terms) for _ in range(4)]
    return Work(q[0], q[1], q[2], q[3], np.zeros(2), np.zeros((terms + 1, 2)), np.zeros((terms + 1, 2)))


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


def _cross(st, flags, ch, cl, qh, ql, qerr, terms, weights, sigma, length, out):
    """Fire at a certain crossing in a monotone stretch; the position moves to the spike. DONE or UNDECIDED."""
    s, slope = solve(st, qh, ql, qerr, terms, weights, sigma, length)
    if not slope > 0.0:
        return UNDECIDED
    margin = s * 2.0**-51 + (st[MARGIN] + 2.0 * (st[ERR] + st[THETA_ERR])) / slope
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
            vh, vl, r = add_bounded(vh, vl, -st[THETA], -st[THETA + 1])
            st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, (err + st[THETA_ERR] + r) * UP
            st[POS], st[POS + 1] = ph, pl
            emit(st, flags, kh, kl, int(sigma), False, out)
            return DONE
    return UNDECIDED


cross = compiled(_cross)


def _stretch(st, flags, qh, qerr, terms, length):
    """A stretch from here whose behaviour is known: its length, and QUIET, RISES, FALLS or OPEN."""
    a, u = st[LEAK], st[U]
    slope = qh[0] - a * u
    doubt = 2.0**-50 * (abs(qh[0]) + a * abs(u)) + a * st[ERR] + 2.0 * qerr
    if terms == 1:  # monotone, if the direction can be told
        return length, RISES if slope > doubt else FALLS if slope < -doubt else FLAT
    reach = u if not flags[BIPOLAR] else abs(u)
    for _ in range(30):
        sup = size(qh, terms, length)
        bend = (slope_size(qh, terms, length) + a * (sup + a * (abs(u) + sup * length))) * UP
        if reach + (abs(slope) + doubt + bend * length) * length * UP + st[ERR] < st[THETA] * BELOW:
            return length, QUIET
        if abs(slope) - doubt > bend * length:
            return length, RISES if slope > 0.0 else FALLS
        length *= 0.5
    return length, OPEN if flags[EXACT] else QUIET


stretch = compiled(_stretch)


def _stays_out(st, qh, terms, length):
    """Whether |u| >= theta is certain on the whole stretch (for a neuron that is not armed)."""
    sup = size(qh, terms, length)
    drop = (sup + st[LEAK] * (abs(st[U]) + sup * length)) * length * UP
    return abs(st[U]) - drop - st[ERR] > st[THETA] * (1.0 + 2.0**-45)


stays_out = compiled(_stays_out)


def _drift(st, qh, live, length, lost):
    """What a rounding of time by ``lost`` can do to the potential."""
    return lost * (size(qh, live, length) + st[LEAK] * abs(st[U])) * UP if lost != 0.0 else 0.0


drift = compiled(_drift)


def _plan(st, flags, ch, cl, qh, qerr, live, rh, rl, length):
    """What to do next on the rest (rh, rl) of the cell; the stretch it holds for goes to ``length``."""
    length[0], length[1] = rh, rl
    if flags[WAITING]:
        eh, el, lost = add_bounded(st[WAKE], st[WAKE + 1], -ch, -cl)
        dh, dl, more = add_bounded(eh, el, -st[POS], -st[POS + 1])
        if dh > rh or (dh == rh and dl >= rl):
            return QUIET
        length[0], length[1] = dh, dl
        st[ERR] += drift(st, qh, live, rh, lost + more) * flags[EXACT]
        return WAKES
    if not flags[ARMED]:
        return QUIET if stays_out(st, qh, live, rh) else OPEN
    if live == 1 and qh[0] == 0.0:
        return QUIET  # |u| only decays
    sh, kind = stretch(st, flags, qh, qerr, live, rh)
    if sh != rh:
        length[0], length[1] = sh, 0.0
    return kind


plan = compiled(_plan)


def _reaches(st, flags, kind, vh, vl, err):
    """Whether u reaches a threshold on a stretch that ends at v: -1 no, 0 or 1 yes, 2 open."""
    if kind == FLAT:  # too flat to tell the direction: it must stay clear of both thresholds
        end = abs(vh) if flags[BIPOLAR] else vh
        return -1 if end + err < st[THETA] * BELOW or not flags[EXACT] else 2
    if kind == RISES or (kind == FALLS and flags[BIPOLAR]):
        return compare(kind * vh, kind * vl, err, st[THETA], st[THETA + 1], st[THETA_ERR], flags[EXACT])
    return -1


reaches = compiled(_reaches)


def _enter(st, flags, ch, cl, pulse_hi, pulse_lo, pulse_error, out):
    """Add the pulse at the start of a cell and test it. DONE or UNDECIDED."""
    if pulse_hi != 0.0:
        st[U], st[U + 1], r = add_bounded(st[U], st[U + 1], pulse_hi, pulse_lo)
        st[ERR] += (r + pulse_error) * flags[EXACT]
    flags[PULSED] = 1
    blocked = flags[WAITING] and (st[WAKE] > ch or (st[WAKE] == ch and st[WAKE + 1] > cl))
    due = not blocked and (pulse_hi != 0.0 or flags[WAITING])
    if due and jump(st, flags, ch, cl, out) != DONE:
        flags[PULSED] = 2
        return UNDECIDED
    return DONE


enter = compiled(_enter)


def _pass(st, flags, ch, cl, kind, qh, live, length, out):
    """Move the position to the end of a stretch inside the cell, where a refractory time may end. DONE or UNDECIDED."""
    if kind == WAKES:
        st[POS], st[POS + 1] = add(st[WAKE], st[WAKE + 1], -ch, -cl)
        if jump(st, flags, st[WAKE], st[WAKE + 1], out) != DONE:
            flags[WAITING] = 2
            return UNDECIDED
        return DONE
    st[POS], st[POS + 1], lost = add_bounded(st[POS], st[POS + 1], length[0], length[1])
    st[ERR] += drift(st, qh, live, length[0], lost) * flags[EXACT]
    return DONE


passed = compiled(_pass)


def _from_base(st, flags, cells, j, live, work):
    """Without leak: the value at the end of cell j from that at its start, less what was fired since."""
    qh, ql = work.base_hi, work.base_lo
    for i in range(live):
        qh[i], ql[i] = cells.density_hi[i, j], cells.density_lo[i, j]
    sh = cells.length_hi[j]
    leaky_weights(0.0, 0.0, sh, cells.length_lo[j], live - 1, work.weights)
    qerr = cells.density_error[j] * flags[EXACT]
    vh, vl, err = integrate(
        0.0, 0.0, st[BASE], st[BASE + 1], st[BASE_ERR], qh, ql, qerr, live, work.weights, live - 1, sh
    )  # fmt: skip
    count = float(flags[FIRED])
    if count != 0.0:
        ph, pl = two_prod(count, st[THETA])
        vh, vl, r = add_bounded(vh, vl, -ph, -pl)
        ph, pl = two_prod(count, st[THETA + 1])
        vh, vl, r2 = add_bounded(vh, vl, -ph, -pl)
        err += (r + r2 + abs(count) * st[THETA_ERR]) * UP
    return vh, vl, err * flags[EXACT]


from_base = compiled(_from_base)


def _rest_of_cell(st, flags, cells, j, work, out):
    """Integrate to the end of cell j, firing on the way. DONE, FULL or UNDECIDED."""
    qh, ql, length = work.q_hi, work.q_lo, work.length
    ch, cl = cells.start_hi[j], cells.start_lo[j]
    terms, exact = qh.size, flags[EXACT]
    live = terms
    while live > 1 and cells.density_hi[live - 1, j] == 0.0:
        live -= 1
    while True:
        if flags[WRITTEN] >= out.hi.size - 1:
            return FULL
        for i in range(terms):
            qh[i], ql[i] = cells.density_hi[i, j], cells.density_lo[i, j]
        qerr = cells.density_error[j] * exact
        ph, pl = st[POS], st[POS + 1]
        rh, rl, lost = add_bounded(cells.length_hi[j], cells.length_lo[j], -ph, -pl)
        if not rh > 0.0:
            return DONE
        if ph != 0.0 and live > 1:
            qerr += size(qh, live, cells.length_hi[j]) * (live * live * 2.0**-92) * exact
            recentre(qh, ql, live, ph, pl)
        st[ERR] += drift(st, qh, live, rh, lost) * exact
        kind = plan(st, flags, ch, cl, qh, qerr, live, rh, rl, length)
        if kind == OPEN:
            return UNDECIDED
        sh, sl = length[0], length[1]
        to_end = sh == rh and sl == rl
        if to_end and flags[BASED]:
            vh, vl, err = from_base(st, flags, cells, j, live, work)
        else:
            vh, vl, err = value(st, qh, ql, qerr, live, work.weights, sh, sl)
        order = reaches(st, flags, kind, vh, vl, err + 2.0 * qerr * sh)
        if order == 2:
            return UNDECIDED
        if order >= 0:
            if cross(st, flags, ch, cl, qh, ql, qerr, live, work.weights, kind, sh, out) != DONE:
                return UNDECIDED
            continue
        st[U], st[U + 1], st[ERR] = vh, vl, err * exact
        if to_end:
            return DONE
        if passed(st, flags, ch, cl, kind, qh, live, length, out) != DONE:
            return UNDECIDED


rest_of_cell = compiled(_rest_of_cell)


def _only_cell(st, flags, cells, first, work, out):
    """Cell ``first`` without a pulse, or what is left of it. DONE, FULL or UNDECIDED."""
    status = DONE
    if not flags[PULSED]:
        status = enter(st, flags, cells.start_hi[first], 0.0, 0.0, 0.0, 0.0, out)
    if status == DONE:
        if st[POS] == 0.0 and st[LEAK] == 0.0 and not flags[BASED]:
            st[BASE], st[BASE + 1], st[BASE_ERR] = st[U], st[U + 1], st[ERR]
            flags[BASED], flags[FIRED] = 1, 0
        status = rest_of_cell(st, flags, cells, first, work, out)
    if status == DONE:
        st[POS], st[POS + 1] = 0.0, 0.0
        flags[PULSED], flags[BASED] = 0, 0
    return status


only_cell = compiled(_only_cell)


def _encode_cells(st, flags, cells, work, out):
    """Encode the cells of a block from the state on; the state says where to go on."""
    qh, ql, whole = work.q_hi, work.q_lo, work.whole
    known_hi, known_lo, degree = -1.0, 0.0, qh.size - 1  # a literal 0 would compile everything below once more
    below = st[THETA] * BELOW
    while flags[CELL] < cells.start_hi.size:
        j = flags[CELL]
        if flags[WRITTEN] >= out.hi.size - 1:
            return FULL
        sh, sl = cells.length_hi[j], cells.length_lo[j]
        simple = degree == 0 and sh > 0.0 and not flags[PULSED] and not flags[WAITING] and flags[ARMED]
        if simple and cells.pulse_hi[j] == 0.0:  # most cells: u is monotone, and its end is clear of the thresholds
            if sh != known_hi or sl != known_lo:
                known_hi, known_lo = sh, sl
                leaky_weights(st[LEAK], st[LEAK + 1], sh, sl, degree, whole)
            qh[0], ql[0] = cells.density_hi[0, j], cells.density_lo[0, j]
            qerr = cells.density_error[j] * flags[EXACT]
            vh, vl, err = integrate(
                st[LEAK], st[LEAK] * sh, st[U], st[U + 1], st[ERR], qh, ql, qerr, degree + 1, whole, degree, sh
            )  # fmt: skip
            err = (err + 2.0 * qerr * sh) * flags[EXACT]
            if (abs(vh) if flags[BIPOLAR] else vh) + err < below:
                st[U], st[U + 1], st[ERR] = vh, vl, err
                flags[CELL] = j + 1
                continue
        status = DONE
        if not flags[PULSED]:
            pulse = cells.pulse_hi[j], cells.pulse_lo[j], cells.pulse_error[j]
            status = enter(st, flags, cells.start_hi[j], cells.start_lo[j], *pulse, out)
        if status == DONE and sh > 0.0:
            if st[POS] == 0.0 and st[LEAK] == 0.0 and not flags[BASED]:
                st[BASE], st[BASE + 1], st[BASE_ERR] = st[U], st[U + 1], st[ERR]
                flags[BASED], flags[FIRED] = 1, 0
            status = rest_of_cell(st, flags, cells, j, work, out)
        if status != DONE:
            return status
        st[POS], st[POS + 1] = 0.0, 0.0
        flags[PULSED], flags[BASED] = 0, 0
        flags[CELL] = j + 1
    return DONE


encode_cells = compiled(_encode_cells)
