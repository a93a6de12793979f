"""What may be an extreme of U: values offered in double-double, and stretches of which only bounds are known.

``offer`` compares in double-double, so of many near ties only those remain as candidates that 106 bits cannot tell
apart. A number that was there before, exactly, is no second candidate: the earlier place counts.

best[side]    hi, lo, error of the best value offered (sides: +U and -U); best[side, 3] is a plain lower bound;
              cell and kind of the best value
count         candidates of both sides, stretches on the list
values, where candidates: hi, lo, error of +-U; cell, kind, pulse or -1
listed, spots stretches: U before (hi, lo, error), upper bounds of both sides; first and last number, cell of the value
              after the first, and whether the last value is hidden by a pulse
"""

from __future__ import annotations

from spikemath._numeric.eft import two_sum
from spikemath._numeric.jit import compiled, inlined

LEFT, RIGHT = 0, 1
CAPACITY, SPARE = 4096, 256
UP = 1.0 + 2.0**-40
_CLOSE = 2.0**-100
_ULP = 2.0**-51


def _offer(side, hi, lo, error, cell, kind, pulse, best, values, where, count):
    """Keep (hi, lo) as a candidate for the maximum of one side if it may be it."""
    gap = (hi - best[side, 0]) + (lo - best[side, 1])
    if gap + (error + best[side, 2]) * UP + _CLOSE * abs(hi) < 0.0:
        return
    if hi == best[side, 0] and lo == best[side, 1] and error == 0.0 and best[side, 2] == 0.0:
        at = best[side, 4]
        if at < cell or (at == cell and best[side, 5] <= kind):
            return
        best[side, 4], best[side, 5] = cell, kind
    i = count[side]
    values[side, i, 0], values[side, i, 1], values[side, i, 2] = hi, lo, error
    where[side, i, 0], where[side, i, 1], where[side, i, 2] = cell, kind, pulse
    count[side] = i + 1
    if gap - error + best[side, 2] > 0.0:
        best[side, 0], best[side, 1], best[side, 2] = hi, lo, error
        best[side, 4], best[side, 5] = cell, kind
        best[side, 3] = max(best[side, 3], (hi - (abs(lo) + error) * UP) * (1.0 - 2.0**-52))


offer = compiled(_offer)


def _show(uh, ul, err, cell, kind, pulse, best, values, where, count):
    """Offer U to the sides where it may be the best."""
    f = uh + ul
    slack = abs(f) * _ULP + err * UP
    if f + slack < best[0, 3] and slack - f < best[1, 3]:
        return
    uh, ul = two_sum(uh, ul)
    if f + slack >= best[0, 3] and (
        (uh - best[0, 0]) + (ul - best[0, 1]) + (err + best[0, 2]) * UP + _CLOSE * abs(uh) >= 0.0
    ):
        offer(0, uh, ul, err, cell, kind, pulse, best, values, where, count)
    if slack - f >= best[1, 3] and (
        (-uh - best[1, 0]) - (ul + best[1, 1]) + (err + best[1, 2]) * UP + _CLOSE * abs(uh) >= 0.0
    ):
        offer(1, -uh, -ul, err, cell, kind, pulse, best, values, where, count)


show = inlined(_show)


def _room(best, values, where, count, listed, spots):
    """Drop what is out of the question; whether there is room for a few hundred more."""
    fits = True
    for side in range(2):
        if count[side] < CAPACITY - SPARE:
            continue
        kept = 0
        for i in range(count[side]):
            hi, lo, error = values[side, i, 0], values[side, i, 1], values[side, i, 2]
            gap = (hi - best[side, 0]) + (lo - best[side, 1])
            if gap + (error + best[side, 2]) * UP + _CLOSE * abs(hi) >= 0.0:
                for k in range(3):
                    values[side, kept, k], where[side, kept, k] = values[side, i, k], where[side, i, k]
                kept += 1
        count[side] = kept
        fits = fits and kept <= CAPACITY // 2
    if count[2] >= CAPACITY - SPARE:
        kept = 0
        for i in range(count[2]):
            if listed[i, 3] >= best[0, 3] or listed[i, 4] >= best[1, 3]:
                for k in range(5):
                    listed[kept, k] = listed[i, k]
                for k in range(4):
                    spots[kept, k] = spots[i, k]
                kept += 1
        count[2] = kept
        fits = fits and kept <= CAPACITY // 2
    return fits


room = compiled(_room)


def _crowded(count):
    """Whether ``room`` has to be asked."""
    return max(count[0], count[1], count[2]) >= CAPACITY - SPARE


crowded = inlined(_crowded)


def _consider(uh, ul, err, top, low, fuzz, first, last, cell, hidden, best, count, listed, spots):
    """Put a stretch on the list if its largest or smallest U, known and attained up to the fuzz, may be an extreme."""
    if top + fuzz >= best[0, 3] or fuzz - low >= best[1, 3]:
        best[0, 3], best[1, 3] = max(best[0, 3], top - fuzz), max(best[1, 3], -low - fuzz)
        i = count[2]
        listed[i, 0], listed[i, 1], listed[i, 2], listed[i, 3], listed[i, 4] = uh, ul, err, top + fuzz, fuzz - low
        spots[i, 0], spots[i, 1], spots[i, 2], spots[i, 3] = first, last, cell, hidden
        count[2] = i + 1


consider = inlined(_consider)
