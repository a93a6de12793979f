"""Loops over channels: the kernels for samples on one row after another, and the rows of a time-major recording.

The state of channel c is floats[c] and flags[c], its tables row which[c] of the stacked ones. The samples come in
*blocks*: sample FIRST to LAST of all channels, where sample k of channel c is x[c width + k - SHIFT]. A block begins at
begins[c] in its row, the anchor of the channel, up to 63 samples before FIRST. If ``columns`` is 0, x are rows as they
lie; else x is a tile, into which a time-major ``source``, its first sample being number ORIGIN, is transposed block by
block: sample k of channel c is source[(k - ORIGIN) columns + c].

The spikes of all channels share the room ``out``, and ``owner`` says whose each is. MARK is where those of the block
begin. What is returned:

    DONE                 LAST was the end of the recording
    MORE                 time to look up; call again
    INEXACT              the block is done, and without leak a potential is no double-double any more
    FULL and others      of the kernel, on channel CHANNEL; call again to go on

``place`` holds these numbers. ``before`` are the states with which the block began, where SUMS asks for them.
"""

from __future__ import annotations

from spikemath._encoder.fast_samples import end_fast, fast_samples
from spikemath._encoder.firing import CELL, DONE, ERR, LEAK, WRITTEN, Output
from spikemath._encoder.sample_kernel import encode_samples, end_samples
from spikemath._encoder.sample_tables import SPAN, Tables
from spikemath._numeric.jit import compiled, inlined
from spikemath._numeric.jit_lanes import bare, lent, transpose

CHANNEL, FIRST, LAST, SHIFT, TOTAL, STEP, MARK, SUMS, TOLD, ORIGIN, PLACES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
MORE, INEXACT = 10, 11
SIDE = 8  # of the squares in which a recording is transposed


def _transposed(x, columns, first, last, number, tile, width, at):
    """tile[:, at:] <- x[first:last, :number].T; both as one row of elements, x with ``columns`` in a row."""
    source, target = bare(x), bare(tile)
    for i in range(first, last, SIDE):
        for c in range(0, number, SIDE):
            if i + SIDE <= last and c + SIDE <= number:
                transpose(source, i * columns + c, columns, target, c * width + at + i - first, width)
                continue
            for d in range(c, min(c + SIDE, number)):
                for k in range(i, min(i + SIDE, last)):
                    target[d * width + at + k - first] = source[k * columns + d]


transposed = compiled(_transposed)


def _load(place, source, columns, tile, width, begins):
    """Transpose the samples FIRST to LAST behind what was not finished of those before."""
    stop, cells = place[FIRST] - place[SHIFT], bare(tile)
    for c in range(begins.size):
        rest = stop - begins[c]
        for k in range(rest):
            cells[c * width + SPAN - rest + k] = cells[c * width + begins[c] + k]
        begins[c] = SPAN - rest
    place[SHIFT] = place[FIRST] - SPAN
    first, last = place[FIRST] - place[ORIGIN], place[LAST] - place[ORIGIN]
    transposed(source, columns, first, last, begins.size, tile, width, SPAN)


load = compiled(_load)


def _kept(place, x, width, begins, flags, tails):
    """The samples since the anchors, at the ends of rows of zeros."""
    stop = place[LAST] - place[SHIFT]
    for c in range(begins.size):
        for i in range(begins[c] + flags[c, CELL], stop):
            tails[c, SPAN - stop + i] = x[c * width + i]


kept = compiled(_kept)


def _inexact(place, floats):
    """Whether a potential without leak is no double-double any more, and nobody has been told."""
    if place[SUMS] and not place[TOLD]:
        for c in range(floats.shape[0]):
            if floats[c, LEAK] == 0.0 and floats[c, ERR] > 0.0:
                return True
    return False


inexact = inlined(_inexact)


def _next_block(place, floats, flags, before, source, columns, tile, width, begins, written):
    """Go to the next block; False where there is none."""
    if place[LAST] == place[TOTAL]:
        return False
    for c in range(begins.size):
        begins[c] += flags[c, CELL]
        flags[c, CELL] = 0
    if place[SUMS]:
        before[:] = floats
    place[CHANNEL], place[TOLD], place[MARK], place[FIRST] = 0, 0, written, place[LAST]
    place[LAST] = min(place[LAST] + place[STEP], place[TOTAL])
    if columns > 0:
        load(place, source, columns, tile, width, begins)
    return True


next_block = compiled(_next_block)


def _bare_tables(t):
    return Tables(bare(t.scan), bare(t.weights), bare(t.decay), bare(t.fine), bare(t.split), bare(t.whole.reshape(-1)))


bare_tables = inlined(_bare_tables)


def _bare_output(out):
    return Output(bare(out.hi), bare(out.lo), bare(out.count), bare(out.jump))


bare_output = inlined(_bare_output)


def _encode_channels(
    place, floats, flags, before, x, width, source, columns, tile, begins, bases, which, t, budget, cells, work, out,
    owner,
):  # fmt: skip
    """The exact kernel."""
    written, tested, k, whose, room = 0, 0, which[0], bare(owner), out.hi.size - 1
    kept = Tables(t.scan[k], t.weights[k], t.decay[k], t.fine[k], t.split[k], t.whole[k])
    tables, target, rest = bare_tables(kept), bare_output(out), (lent(cells), lent(work), lent(out))
    while True:
        stop = place[LAST] - place[SHIFT]
        for c in range(place[CHANNEL], begins.size):
            if which[c] != k:
                k = which[c]
                kept = Tables(t.scan[k], t.weights[k], t.decay[k], t.fine[k], t.split[k], t.whole[k])
                tables = bare_tables(kept)
            st, fl, row = floats[c], flags[c], x[c * width + begins[c] : c * width + stop]
            bases[c], fl[WRITTEN] = place[SHIFT] + begins[c], written
            status = encode_samples(
                bare(st), bare(fl), bare(row), row.size, bases[c], tables, target, room,
                lent(st), lent(fl), lent(row), lent(kept), rest[0], rest[1], rest[2],
            )  # fmt: skip
            for i in range(written, fl[WRITTEN]):
                whose[i] = c
            written = fl[WRITTEN]
            place[CHANNEL] = c
            if status != DONE:
                return written, status
            place[CHANNEL], tested = c + 1, tested + row.size
            if tested > budget:
                return written, MORE
        if inexact(place, floats):
            return written, INEXACT
        if not next_block(place, floats, flags, before, source, columns, tile, width, begins, written):
            return written, DONE


encode_channels = compiled(_encode_channels)


def _fast_channels(
    place, floats, flags, before, x, width, source, columns, tile, begins, bases, which, t, budget, out, owner
):  # fmt: skip
    """The fast kernel."""
    written, tested, k, whose, room = 0, 0, which[0], bare(owner), out.hi.size - 1
    kept = Tables(t.scan[k], t.weights[k], t.decay[k], t.fine[k], t.split[k], t.whole[k])
    tables, target = bare_tables(kept), bare_output(out)
    while True:
        stop = place[LAST] - place[SHIFT]
        for c in range(place[CHANNEL], begins.size):
            if which[c] != k:
                k = which[c]
                kept = Tables(t.scan[k], t.weights[k], t.decay[k], t.fine[k], t.split[k], t.whole[k])
                tables = bare_tables(kept)
            st, fl, row = floats[c], flags[c], x[c * width + begins[c] : c * width + stop]
            bases[c], fl[WRITTEN] = place[SHIFT] + begins[c], written
            status = fast_samples(bare(st), bare(fl), bare(row), row.size, bases[c], tables, target, room)
            for i in range(written, fl[WRITTEN]):
                whose[i] = c
            written = fl[WRITTEN]
            place[CHANNEL] = c
            if status != DONE:
                return written, status
            place[CHANNEL], tested = c + 1, tested + row.size
            if tested > budget:
                return written, MORE
        if not next_block(place, floats, flags, before, source, columns, tile, width, begins, written):
            return written, DONE


fast_channels = compiled(_fast_channels)


def _end_channels(place, floats, flags, x, width, begins, bases, which, t, work, out, owner):
    """The instant after the last sample, exact."""
    written, stop = 0, place[LAST] - place[SHIFT]
    for c in range(place[CHANNEL], begins.size):
        k = which[c]
        tables = Tables(t.scan[k], t.weights[k], t.decay[k], t.fine[k], t.split[k], t.whole[k])
        flags[c, WRITTEN], place[CHANNEL] = written, c
        row = x[c * width + begins[c] : c * width + stop]
        status = end_samples(floats[c], flags[c], row, bases[c], tables, work, out)
        owner[written : flags[c, WRITTEN]] = c
        written = flags[c, WRITTEN]
        if status != DONE:
            return written, status
    return written, DONE


end_channels = compiled(_end_channels)


def _end_fast_channels(place, floats, flags, x, width, begins, which, t):
    """The instant after the last sample, fast."""
    stop = place[LAST] - place[SHIFT]
    for c in range(begins.size):
        row = x[c * width + begins[c] : c * width + stop]
        end_fast(floats[c], flags[c], row, t.scan[which[c]], t.whole[which[c]])


end_fast_channels = compiled(_end_fast_channels)


def _sorted_by_owner(owner, at, found, column):
    """Put what was found for each channel where it belongs, column[at[c]:]; at[c] moves on."""
    for i in range(owner.size):
        c = owner[i]
        column[at[c]] = found[i]
        at[c] += 1


sorted_by_owner = compiled(_sorted_by_owner)
