r"""A scan along time: integrate-and-fire and send-on-delta (modulo, no refractory time) parallel in time (theory D3).

With F the running integral (of the samples; for send-on-delta the samples themselves) in ticks, what was sent up to
sample k is, in units of the threshold,

    r_k = clip(r_(k-1), floor(F_k/theta), ceil(F_k/theta)),         and clips compose to clips.

1. F at the ends of chunks: a cumulative sum of exact rationals.
2. A chunk as one clip: r comes in as floor or ceil of F/theta, and both are tried; what they become are its bounds.
3. The clips are composed along time. Now the potential F - r theta at the start of every chunk is known exactly.
4. Every chunk is encoded from there. How sharply a time is written depends on the gap since the last spike (see
   _encoder/firing.py), so the first spikes of the chunks are written again, in order, from a few samples that are kept.

1 and 3 are ``dask.array.reductions.cumreduction``, sequential or blelloch. Where the sums of a block of channels do not
fit the double-doubles of the kernel exactly (tiny beside huge values) its potential would have a history; ``exact`` is
False then, and the chain takes over.
"""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from spikemath._encoder import firing
from spikemath._encoder.exact_sum import exact_sum
from spikemath._numeric.dd import pair
from spikemath.dask._chain import needed, part
from spikemath.operators import Encoding
from spikemath.operators._inner import Jumpwise, inner
from spikemath.signals.axis import Axis
from spikemath.signals.many import Columns, SpikeTrains, concatenate

WIDE = 2**61  # beyond every count


def fits(op: Any, hold: str) -> bool:
    """Whether the operator is a scan."""
    s = op._settings
    plain = s.reset == "modulo" and s.bipolar and s.refractory == 0.0 and s.arithmetic == "exact" and hold == "zero"
    return plain and all(one.alpha == 0.0 and 2.0**-100 < one.threshold < 2.0**100 for one in op._each)


class Chunk(NamedTuple):
    """One chunk of a block of channels, encoded."""

    spikes: SpikeTrains
    windows: list[Any]  # for each channel: index, potential and samples around its first spike
    exact: bool
    potential: Any


class _Machine:
    """The encoders of a block of channels."""

    def __init__(self, op: Any, axis: Axis, number: int) -> None:
        self.ops, self.axis, self.steps = tuple(op._channel(i) for i in range(number)), axis, op._differences
        scale = Fraction(1) if self.steps else axis.rate
        self.thetas = [Fraction(one.threshold) * scale for one in self.ops]

    def encoder(self, at: slice) -> Any:
        return inner(self.ops[at], self.axis, "zero", self.steps)

    def seeded(self, at: slice, index: int, f: list[Fraction], r: list[int], last: float) -> tuple[Any, bool]:
        """A state of some channels after F = f and r thresholds sent; whether it holds the potentials exactly."""
        encoder = self.encoder(at)
        if isinstance(encoder, Jumpwise):
            return encoder.after(f, r), True
        state, exact = encoder.start(index), not encoder.scaled
        state.floats[:, firing.LAST] = last
        for row, value, sent, theta in zip(state.floats, f, r, self.thetas[at], strict=True):
            u = value - sent * theta
            row[firing.U], row[firing.U + 1] = hi, lo = pair(u)
            exact = exact and Fraction(hi) + Fraction(lo) == u
        return state, exact


ALL = slice(None)


def total(x: Any, op: Any) -> Any:
    """What a chunk adds to F (send-on-delta: what F is after it), (channels, 1) rationals."""
    out = np.empty((len(x), 1), dtype=object)
    for i, row in enumerate(np.asarray(x)):
        out[i, 0] = Fraction(float(row[-1])) if op._differences else exact_sum(row)
    return out


def clips(x: Any, before: Any, op: Any, axis: Axis, index: int) -> Any:
    """A chunk as a clip, (channels, 1, 2): its lower bound and minus its upper bound."""
    x, machine, f = np.asarray(x), _Machine(op, axis, len(x)), before[:, 0].tolist()
    bounds = []
    for side in (1, -1):  # from the floor, and from the ceiling
        r = [int(side * (side * value // theta)) for value, theta in zip(f, machine.thetas, strict=True)]
        state, _ = machine.seeded(ALL, index, f, r, 0.0)
        found, _ = machine.encoder(ALL).run(state, index, x)
        sent = np.concatenate([[0], np.cumsum(found.counts)])[found.indptr]
        bounds.append(np.array(r) + np.diff(sent))
    return np.stack([np.minimum(*bounds), -np.maximum(*bounds)], axis=-1)[:, None]


def compose(a: Any, b: Any) -> Any:
    """First the clip a, then the clip b."""
    low, high = b[..., 0], -b[..., 1]
    return np.stack([np.clip(a[..., 0], low, high), -np.clip(-a[..., 1], low, high)], axis=-1)


def same(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = True) -> Any:
    """A block of one element along time is its own sum, and its own last value."""
    return x


def chunk(x: Any, before: Any, clip: Any, op: Any, axis: Axis, index: int) -> Chunk:
    """Encode a chunk from what came before it: F there, and all clips up to there, composed."""
    x, machine, f = np.asarray(x), _Machine(op, axis, len(x)), before[:, 0].tolist()
    encoder, r = machine.encoder(ALL), np.minimum(np.maximum(0, clip[:, 0, 0]), -clip[:, 0, 1]).tolist()
    state, exact = machine.seeded(ALL, index, f, r, float(index))
    found, state = encoder.run(state, index, x)
    windows: list[Any] = [None] * len(x)
    for i in np.nonzero(np.diff(found.indptr))[0].tolist() if not machine.steps else ():
        h, rest = found.hi[found.indptr[i]], found.lo[found.indptr[i]]
        m = int(h) - index
        m -= (h, rest) < (index + m, 0.0)  # just before a sample, as a double-double
        a = max(m - 63, 0)
        windows[i] = index + a, f[i] - r[i] * machine.thetas[i] + exact_sum(x[i, :a]), x[i, a : m + 1].copy()
    _, last = encoder.finish(state, index + x.shape[1])
    exact = exact and (machine.steps or not state.floats[:, firing.ERR].any())
    quanta = tuple(one.threshold for one in machine.ops)
    hi, lo, counts, indptr = found
    made = Columns(axis, hi, lo, counts, indptr, quanta, (float(index), 0.0), (float(index + x.shape[1]), 0.0))
    return Chunk(SpikeTrains._from_columns(made), windows, exact, encoder.potential(last))


def gathered(chunks: list[Chunk], op: Any, axis: Axis) -> tuple[Encoding, bool]:
    """All chunks of a block of channels, first spikes written as sharply as their gap demands; whether all is exact."""
    machine, parts = _Machine(op, axis, len(chunks[0].windows)), []
    last = [0.0] * len(chunks[0].windows)
    for one in chunks:
        c: Any = one.spikes._columns
        hi, lo = c.hi.copy(), c.lo.copy()
        for i, window in enumerate(one.windows):
            first, stop = int(c.indptr[i]), int(c.indptr[i + 1])
            if window is not None:
                index, u, x = window
                one_channel = slice(i, i + 1)
                state, _ = machine.seeded(one_channel, index, [u], [0], last[i])
                (h, r, counts, _), _ = machine.encoder(one_channel).run(state, index, x[None])
                if not np.array_equal(counts, c.counts[first : first + counts.size]):
                    raise AssertionError("the first spikes of a chunk came out otherwise")
                hi[first : first + h.size], lo[first : first + h.size] = h, r
            if stop > first:
                last[i] = float(hi[stop - 1])
        parts.append(SpikeTrains._from_columns(c._replace(hi=hi, lo=lo)))
    spikes = concatenate(parts)
    return Encoding(spikes, chunks[-1].potential, 0, op), all(one.exact for one in chunks)


def shared(x: Any) -> list[Any]:
    """The blocks of an array along time, as delayed objects that all users share (a slice would be computed anew)."""
    return list(x.to_delayed(optimize_graph=False).reshape(-1))


def scan(op: Any, blocks: Any, axis: Axis, sizes: tuple[int, ...], lengths: tuple[int, ...], method: str) -> list[Any]:
    """Delayed (encoding, exact) of each block of channels."""
    dask, da = needed(), needed("dask.array")
    reduce = needed("dask.array.reductions").cumreduction
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    out, at = [], 0
    for row, number in zip(blocks, sizes, strict=True):
        mine = part(op, at, at + number)
        at += number
        ahead = [dask.delayed(total)(x, mine) for x in row]
        if not mine._differences:
            totals = [da.from_delayed(t, (number, 1), dtype=object) for t in ahead]
            summed = reduce(same, operator.add, 0, da.concatenate(totals, axis=1), 1, object, None, method, same)
            ahead = shared(summed)
        before = [np.full((number, 1), Fraction(0), dtype=object), *ahead[:-1]]
        made = [
            da.from_delayed(dask.delayed(clips)(x, f, mine, axis, index), (number, 1, 2), dtype=np.int64)
            for x, f, index in zip(row, before, starts, strict=False)
        ]
        whole = reduce(same, compose, -WIDE, da.concatenate(made, axis=1), 1, np.int64, None, method, same)
        clip = [np.full((number, 1, 2), -WIDE, dtype=np.int64), *shared(whole)[:-1]]
        chunks = [
            dask.delayed(chunk)(x, f, c, mine, axis, index)
            for x, f, c, index in zip(row, before, clip, starts, strict=False)
        ]
        out.append(dask.delayed(gathered)(chunks, mine, axis))
    return out
