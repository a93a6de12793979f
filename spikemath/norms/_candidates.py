"""What may be an extreme of U: values offered in double-double, and stretches of which only bounds are known.

``offer`` compares in double-double, so of many near ties only those remain as candidates that 106 bits cannot tell
apart. A number that was there before, exactly, is no second candidate: the earlier place counts.

best[side]    hi, lo, error of the best value offered (sides: +U and -U); best[side, 3] is a plain lower bound;
              cell and kind of the best value
count         candidates of both sides, stretches on the list
values, where candidates: hi, lo, error of +-U; cell, kind, pulse or -1
listed, spots stretches: U before (hi, lo, error), upper bounds of both sides, what a search loses; first and last
              number, cell of the value after the first, and whether the last value is hidden by a pulse
"""

from __future__ import annotations

from spikemath._numeric.eft import two_sum
from spikemath._numeric.jit import compiled, inlined

LEFT, RIGHT = 0, 1
SLOTS, SPARE = 4096, 256
FULL = SLOTS - SPARE  # candidates, beyond which ``room`` has to be asked
UP = 1.0 + 2.0**-40
_CLOSE, _CLOSER = 2.0**-100, 2.0**-96


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


def _marks(best):
    """The best of both sides in numbers: lower bounds; hi, lo, error and cell of each."""
    above, below = best[0], best[1]
    return above[3], below[3], above[0], above[1], above[2], below[0], below[1], below[2], above[4], below[4]


marks = compiled(_marks)


def _matters(uh, ul, err, m):
    """Whether U has to be offered.

    In double-double at once: of the near ties at the spikes of a quantizer, floats would let half through, and a branch
    that cannot be predicted costs more than all that is computed at a spike.
    """
    slack = err * UP + _CLOSER * abs(uh)
    above = (uh - m[2]) + (ul - m[3]) + (m[4] * UP + slack)
    below = (-uh - m[5]) - (ul + m[6]) + (m[7] * UP + slack)
    return above >= 0.0 or below >= 0.0


matters = inlined(_matters)


def _again(uh, ul, cell, m):
    """Whether U, known exactly, is the best of one side once more, and nothing to the other."""
    s = uh + ul
    ul = (uh - s) + ul
    if s > 0.0:
        return s == m[2] and ul == m[3] and m[4] == 0.0 and m[8] < cell
    return -s == m[5] and -ul == m[6] and m[7] == 0.0 and m[9] < cell


again = inlined(_again)


def _show(uh, ul, err, cell, kind, pulse, best, values, where, count):
    """Offer U to both sides, unless a float says that it is not the best; the new marks."""
    uh, ul = two_sum(uh, ul)
    slack = (abs(ul) + err) * UP + abs(uh) * 2.0**-52
    if uh + slack >= best[0, 3]:
        offer(0, uh, ul, err, cell, kind, pulse, best, values, where, count)
    if slack - uh >= best[1, 3]:
        offer(1, -uh, -ul, err, cell, kind, pulse, best, values, where, count)
    return marks(best)


show = compiled(_show)


def _room(best, values, where, count, listed, spots):
    """Drop what is out of the question; whether there is room for a few hundred more."""
    fits = True
    for side in range(2):
        if count[side] <= FULL:
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
        fits = fits and kept <= SLOTS // 2
    if count[2] > FULL:
        kept = 0
        for i in range(count[2]):
            if listed[i, 3] >= best[0, 3] or listed[i, 4] >= best[1, 3]:
                for k in range(6):
                    listed[kept, k] = listed[i, k]
                for k in range(4):
                    spots[kept, k] = spots[i, k]
                kept += 1
        count[2] = kept
        fits = fits and kept <= SLOTS // 2
    return fits


room = compiled(_room)


def _consider(uh, ul, err, top, low, fuzz, lost, first, last, cell, hidden, best, count, listed, spots):
    """Put a stretch on the list whose largest or smallest U, known and attained up to the fuzz, may be an extreme."""
    best[0, 3], best[1, 3] = max(best[0, 3], top - fuzz), max(best[1, 3], -low - fuzz)
    i = count[2]
    listed[i, 0], listed[i, 1], listed[i, 2], listed[i, 3], listed[i, 4] = uh, ul, err, top + fuzz, fuzz - low
    listed[i, 5] = lost
    spots[i, 0], spots[i, 1], spots[i, 2], spots[i, 3] = first, last, cell, hidden
    count[2] = i + 1
    return marks(best)


consider = compiled(_consider)
