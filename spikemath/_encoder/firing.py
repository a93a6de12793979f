"""Firing: the comparison with the threshold, the resets, and the state that a run carries.

    modulo    s = theta trunc(u / theta), u <- u - s;     subtract    s = theta sign(u), u <- u - s;     zero    u <- 0

At a crossing inside a continuous piece |u| = theta, and the three are one: u <- u - s. Firing an instant early, there
too the true residual is carried on. Only at a jump (a pulse, or the end of a refractory time) does reset to zero lose
anything.

The potential is a double-double with a bound of its error; a comparison that the bound does not decide is left open.

The state is two arrays, so that a run can stop anywhere and go on bit for bit; the constants below name their places.
Pairs hi, lo: U, WAKE (end of the refractory time), LAST (spike), POS (offset in the cell), THETA, LEAK, REFRACTORY.
Without leak, BASE is the potential at the start of the cell and FIRED what was sent since (if BASED): so the value at
the end of the cell needs no detour over the rounded places of the spikes, and sums of dyadic data stay exact.
MARGIN: how far below the threshold a crossing is reported, 1 1/4 ulp of it: in the middle between two floats, so that
the norm of what is left can be rounded down without a doubt.
PULSED: 1 the cell's pulse is in, 2 and its test is open. WAITING: 1 for WAKE, 2 the test there is open.
THICK: for how many samples from the anchor on spikes are expected soon (sample_kernel.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spikemath._numeric.dd import add_bounded
from spikemath._numeric.eft import two_prod, two_sum
from spikemath._numeric.jit import compiled, inlined

DONE, FULL, UNDECIDED = 0, 1, 2
MODULO, SUBTRACT, ZERO = 0, 1, 2
U, ERR, WAKE, LAST, POS, THETA, THETA_ERR, LEAK, REFRACTORY, BASE, BASE_ERR, MARGIN = (
    0,
    2,
    3,
    5,
    7,
    9,
    11,
    12,
    14,
    16,
    18,
    19,
)
CELL, PULSED, WAITING, ARMED, WRITTEN, RESET, BIPOLAR, EXACT, FIRED, BASED, THICK = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
FLOATS, INTEGERS = 20, 11
NEAR = 2.0**-36  # a time is one float64 where that costs less than this part of the gap since the last spike
UP, BELOW = 1.0 + 2.0**-40, 1.0 - 2.0**-45


class Output(NamedTuple):
    """Room for spikes: coordinates, signed counts, and whether it was a jump (else a crossing, where u = theta)."""

    hi: Any
    lo: Any
    count: Any
    jump: Any


def output(capacity: int) -> Output:
    """Room for ``capacity`` spikes."""
    room = capacity + 1
    return Output(np.zeros(room), np.zeros(room), np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.bool_))


def _compare(uh, ul, err, vh, vl, verr, exact):
    """Sign of u - v (-1, 0, 1), or 2 where the bounds do not tell."""
    dh, _, r = add_bounded(uh, ul, -vh, -vl)
    if not exact:
        return 1 if dh > 0.0 else 0 if dh == 0.0 else -1
    margin = (err + verr + r) * UP
    if dh > margin:
        return 1
    if dh < -margin:
        return -1
    if margin == 0.0 and dh == 0.0:
        return 0
    return 2


compare = compiled(_compare)


def _order_of(zh, zl, err, st, flags):
    """Sign of z - theta, or 2; most cases by one comparison of floats."""
    theta, doubt = st[THETA], err + 2.0**-45 * st[THETA]
    if zh + doubt < theta:
        return -1
    if zh - doubt > theta:
        return 1
    return compare(zh, zl, err, theta, st[THETA + 1], st[THETA_ERR], flags[EXACT])


order_of = compiled(_order_of)


def _add_up(ah, al, bh, bl):
    """Sum of two coordinates; rounded up where it does not fit, so that no refractory time is cut short."""
    h, r, lost = add_bounded(ah, al, bh, bl)
    return two_sum(h, r) if lost == 0.0 else two_sum(h, np.nextafter(r + 2.0 * lost, np.inf))


add_up = inlined(_add_up)


def _emit(st, flags, ch, cl, count, jumped, out):
    """Write a spike at the coordinate c and start the refractory time."""
    n = flags[WRITTEN]
    out.hi[n], out.lo[n], out.count[n], out.jump[n] = ch, cl, count, jumped
    flags[WRITTEN] = n + 1
    flags[FIRED] += count
    if jumped and flags[RESET] == ZERO:
        flags[BASED] = 0
    st[LAST], st[LAST + 1] = ch, cl
    if st[REFRACTORY] > 0.0:
        st[WAKE], st[WAKE + 1] = add_up(ch, cl, st[REFRACTORY], st[REFRACTORY + 1])
        flags[WAITING] = 1
    else:
        flags[WAITING] = 0


emit = inlined(_emit)


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
        err = (st[ERR] + q * terr + r1 + r2) * UP
        low = compare(vh, vl, err, 0.0, 0.0, 0.0, exact)
        high = compare(vh, vl, err, th, tl, terr, exact)
        if low == 2 or high == 2:
            return -1.0, 0.0, 0.0, 0.0
        if low >= 0 and high < 0:
            return q, vh, vl, err
        q += -1.0 if low < 0 else 1.0
    return -1.0, 0.0, 0.0, 0.0


quotient = compiled(_quotient)


def _jump(st, flags, ch, cl, out):
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
        st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, (st[ERR] + st[THETA_ERR] + r) * UP
        if order >= 0 and st[REFRACTORY] == 0.0:
            flags[ARMED] = 0
    else:
        count, vh, vl, err = quotient(st, mh, ml, exact)
        if count < 0.0:
            return UNDECIDED
        st[U], st[U + 1], st[ERR] = sigma * vh, sigma * vl, err
    emit(st, flags, ch, cl, int(sigma * count), True, out)
    return DONE


jump = compiled(_jump)
