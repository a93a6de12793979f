"""arithmetic="fast" on samples held constant: the filter of sample_kernel.py alone, its floats taken at their word.

    v = u/w:   v <- E v + x,    fires if |v| >= theta/w;    exp(-a s) = 1 - a g,   g = (z - theta)/(x - a theta)

z is the potential at the end of the sample, s the time left; z <- z - theta (1 - a g) needs no exponential. The filter
starts anew after spikes only, and a block ends at a whole number of its steps of 64, so that blocks change nothing.

State: v at the anchor, which is ``flags[CELL]``, and in ``flags[FIRED]`` whether spikes come thick there.
"""

from __future__ import annotations

import math

from spikemath._encoder.firing import BIPOLAR, CELL, DONE, FIRED, FULL, LAST, LEAK, THETA, UNDECIDED, WRITTEN, U
from spikemath._encoder.sample_tables import SPAN
from spikemath._numeric.jit import inlined
from spikemath._numeric.jit_lanes import bare, first_outside

CROWDED = 12  # samples from one spike to the next below which vectors do not pay


def _fast_samples(state, place, bx, n, base, t, columns, room):
    """Encode n samples from the anchor on. DONE, FULL, or UNDECIDED: a sample has more spikes than fit."""
    hi, lo, counts, jump, scan = columns.hi, columns.lo, columns.count, columns.jump, t.scan
    theta, a, weight = state[THETA], state[LEAK], t.whole[0]
    inverse = 1.0 / weight
    high = theta * inverse
    low = -high if place[BIPOLAR] else -math.inf
    written, anchor, v = place[WRITTEN], place[CELL], state[U]
    status, crowded, decay = DONE, place[FIRED] != 0, scan[24]
    while anchor < n:
        stop = n - (n - anchor) % SPAN if n - anchor >= SPAN else n
        m, z, close = anchor, v, crowded
        if close:  # spikes come thick: one by one, for a while
            near = min(stop, anchor + CROWDED)
            while m < near:
                z = decay * z + float(bx[m])
                if not low < z < high:
                    break
                m += 1
            close = m < near
            if m == anchor + CROWDED:
                anchor, v, crowded = m, z, False
                continue
        if not close and m < stop:
            m, z = first_outside(bx, m, stop, n, z, scan, low, high)
        if m == stop:
            if stop - anchor < SPAN:
                break
            anchor, v, crowded = stop, z, False
            continue
        z *= weight
        sigma = 1.0 if z >= 0.0 else -1.0
        z, drive, end, first = sigma * z, sigma * float(bx[m]), base + float(m + 1), written
        slope = drive - a * theta
        while True:
            if written >= room:
                status = FULL if first > 0 else UNDECIDED
                break
            g = max(z - theta, 0.0) / slope if slope > 0.0 else 0.0
            y = a * g
            s = g
            if y > 0.0078125:
                s = -math.log1p(-y) / a if y < 1.0 else 1.0
            elif a > 0.0:
                q = y * y
                s += g * y * (1 / 2 + y * (1 / 3) + q * (1 / 4 + y * (1 / 5) + q * (1 / 6 + y * (1 / 7))))
            hi[written], lo[written], counts[written], jump[written] = end - min(s, 1.0), 0.0, int(sigma), False
            written += 1
            z -= theta * (1.0 - y)
            if not z >= theta:
                break
        if status != DONE:
            written = first
            break
        crowded = base + float(m) - state[LAST] < CROWDED
        state[LAST] = base + float(m)
        anchor, v = m + 1, sigma * z * inverse
    place[WRITTEN], place[CELL], place[FIRED], state[U] = written, anchor, int(crowded), v
    return status


fast_samples = inlined(_fast_samples)  # into the loop over channels, channel_kernels.py


def _end_fast(st, flags, x, scan, whole):
    """The potential at the end of x."""
    at = flags[CELL]
    _, v = first_outside(bare(x), at, x.size, x.size, st[U], bare(scan), -math.inf, math.inf)
    st[U], st[U + 1], flags[CELL] = v * whole[0, 0], 0.0, x.size


end_fast = inlined(_end_fast)
