"""A chain along time: every chunk is pushed into the stream that the chunk before it left behind."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from spikemath.operators import Encoding
from spikemath.operators._base import _restore
from spikemath.signals.many import Columns, SpikeTrains, concatenate


def needed(module: str = "dask", extra: str = "dask") -> Any:
    """A module of an extra, or an error that names the extra."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{module} is not installed: pip install 'spikemath[{extra}]'") from error


def part(op: Any, first: int, last: int) -> Any:
    """The operator for some of the channels."""
    if op.channels is None:
        return op
    columns = {
        name: value[first:last] if isinstance(value := getattr(op._settings, name), tuple) else value
        for name in ("threshold", "alpha")
    }
    return _restore(type(op), op._settings._replace(**columns), op._each[first:last])


def begin(op: Any, channels: int, fs: float, t0: float, hold: str) -> Any:
    """The stream of a block of channels."""
    return op.stream(fs, channels, t0, hold)


def push(stream: Any, x: Any) -> Any:
    """Spikes of one chunk, and the stream after it."""
    return stream.push(np.asarray(x))


def finish(stream: Any) -> Encoding:
    """What is known at the end."""
    end: Encoding = stream.finish()
    return end


def stacked(parts: list[SpikeTrains]) -> SpikeTrains:
    """Blocks of channels as one."""
    columns: list[Any] = [p._columns for p in parts]
    if len(columns) == 1:
        return parts[0]
    sizes = np.concatenate([np.diff(c.indptr) for c in columns])
    hi, lo, counts = (np.concatenate([getattr(c, name) for c in columns]) for name in ("hi", "lo", "counts"))
    quanta = tuple(q for c in columns for q in c.quanta)
    first = columns[0]
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return SpikeTrains._from_columns(Columns(first.axis, hi, lo, counts, indptr, quanta, first.start, first.end))


def ends(parts: list[Encoding], op: Any) -> Encoding:
    """The ends of all blocks of channels as one encoding."""
    potential = np.concatenate([np.atleast_1d(e.potential) for e in parts])
    potential.flags.writeable = False
    return Encoding(stacked([e.spikes for e in parts]), potential, sum(e.undecided for e in parts), op)  # type: ignore[misc]


def joined(rows: list[list[SpikeTrains]], last: list[Encoding], op: Any) -> Encoding:
    """All chunks of all blocks of channels: rows[channel block][time chunk]."""
    end = ends(last, op)
    trains = stacked([concatenate([*row, e.spikes]) for row, e in zip(rows, last, strict=True)])
    return Encoding(trains, end.potential, end.undecided, op)


def chain(op: Any, blocks: Any, fs: float, t0: float, hold: str, sizes: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Delayed spikes[channel block][time chunk], ends[channel block], and the streams after the last chunk."""
    dask = needed()
    rows, last, streams, first = [], [], [], 0
    for row, number in zip(blocks, sizes, strict=True):
        stream = dask.delayed(begin)(part(op, first, first + number), number, fs, t0, hold)
        found = []
        for x in row:
            made = dask.delayed(push, nout=2)(stream, x)
            found.append(made[0])
            stream = made[1]
        rows.append(found)
        last.append(dask.delayed(finish)(stream))
        streams.append(stream)
        first += number
    return rows, last, streams
