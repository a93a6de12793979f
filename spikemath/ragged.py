"""Spikes as ragged columns in a zarr folder, appended chunk after chunk, so that they need not fit into memory.

    hi, lo, counts, channel     one entry per spike: coordinate hi + lo in samples, signed count, channel
    sizes                       (chunks, channels): how many spikes of each channel each chunk has
    bounds                      (chunks, 2): first and last coordinate of each chunk's stretch of time

Spikes lie chunk after chunk, in a chunk channel after channel. Time is t0 + (hi + lo) / fs, a weight counts *
threshold. Attributes: format, schema, operator (threshold, alpha, ...), fs, t0, hold, units, channels, potential,
undecided.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from spikemath import io
from spikemath.operators import Encoding
from spikemath.operators.stream import Stream
from spikemath.signals.axis import Axis
from spikemath.signals.many import Columns, SpikeTrains, concatenate

__all__ = ["read_zarr", "write_zarr"]

FORMAT, SCHEMA = "spikemath ragged", 1
CHUNK = 1 << 16  # spikes in one chunk of the store
_COLUMNS = {"hi": "f8", "lo": "f8", "counts": "i8", "channel": "i4"}


def needed() -> Any:
    """zarr, or an error that names the extra."""
    try:
        return import_module("zarr")
    except ImportError as error:
        raise ImportError("zarr is not installed: pip install 'spikemath[zarr]'") from error


def write_zarr(
    path: str | os.PathLike[str], chunks: Iterable[SpikeTrains], end: Encoding, stream: Stream, units: str = ""
) -> None:  # fmt: skip
    """Write the spikes of a stream, block after block; the folder appears when it is complete.

    Parameters
    ----------
    path : path
        The folder; one that is there is replaced.
    chunks : iterable of SpikeTrains
        What ``stream.push`` gave, in order.
    end : Encoding
        What ``stream.finish()`` gave.
    stream : Stream
        The stream after the last block.
    units : str
        Unit of the samples, kept as an attribute.

    Examples
    --------
    >>> import spikemath as sm
    >>> events, stream = sm.IF(1.0).stream(fs=1.0, channels=1).push([[2.0]])
    >>> sm.ragged.write_zarr("spikes.zarr", [events], stream.finish(), stream)  # doctest: +SKIP
    """
    place = Path(path)
    made = place.with_name(place.name + ".writing")
    at, k = begin(made, stream.channels or 1), 0
    for chunk in chunks:
        at = put(made, chunk, k, at)
        k += 1
    close(made, end, stream, k, at, units)
    if place.exists():
        shutil.rmtree(place)
    os.replace(made, place)


def begin(path: str | os.PathLike[str], channels: int) -> int:
    """Make an empty folder (a new one, if one is there); the number of spikes in it."""
    if Path(path).exists():
        shutil.rmtree(path)
    group = needed().open_group(str(path), mode="w")
    for name, kind in _COLUMNS.items():
        group.create_array(name, shape=(0,), chunks=(CHUNK,), dtype=kind)
    group.create_array("sizes", shape=(0, channels), chunks=(256, channels), dtype="i8")
    group.create_array("bounds", shape=(0, 2), chunks=(4096, 2), dtype="f8")
    return 0


def put(path: str | os.PathLike[str], chunk: SpikeTrains, k: int, at: int) -> int:
    """Write chunk k from spike number ``at`` on; the number after it. Done twice, it is as done once."""
    group, c = needed().open_group(str(path), mode="r+"), chunk._columns
    if c is None:
        raise TypeError("chunks must be the SpikeTrains of a stream with channels")
    stop = at + c.hi.size
    columns = {"hi": c.hi, "lo": c.lo, "counts": c.counts, "channel": chunk.channel.astype(np.int32)}
    for name, values in columns.items():
        group[name].resize((stop,))
        group[name][at:stop] = values
    for name, line in (("sizes", np.diff(c.indptr)), ("bounds", np.array([c.start[0], c.end[0]]))):
        group[name].resize((k + 1, line.size))
        group[name][k] = line
    return stop


def close(
    path: str | os.PathLike[str], end: Encoding, stream: Stream, chunks: int, at: int, units: str = ""
) -> int:  # fmt: skip
    """Write what the end says, and the attributes; the number of spikes."""
    at = put(path, end.spikes, chunks, at)  # type: ignore[arg-type]
    group = needed().open_group(str(path), mode="r+")
    settings: Any = {"name": type(end.operator).__name__} | io.settings_of(end.operator)
    group.attrs.update(
        {
            "format": FORMAT,
            "schema": SCHEMA,
            "operator": settings,
            "threshold": settings["threshold"],
            "alpha": settings["alpha"],
            "fs": stream.fs,
            "t0": stream.t0,
            "hold": stream.hold,
            "units": units,
            "channels": len(end.spikes),
            "potential": np.asarray(end.potential).tolist(),
            "undecided": int(end.undecided),
        }
    )
    return at


def read_zarr(path: str | os.PathLike[str]) -> Encoding:
    """Read what :func:`write_zarr` wrote, as one encoding.

    Parameters
    ----------
    path : path
        The folder.

    Returns
    -------
    Encoding

    Raises
    ------
    ValueError
        The folder holds something else, or is of a newer version.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.ragged.read_zarr("spikes.zarr").counts  # doctest: +SKIP
    array([2])
    """
    zarr = needed()
    group = zarr.open_group(str(path), mode="r")
    a = dict(group.attrs)
    if a.get("format") != FORMAT or a.get("schema") != SCHEMA:
        raise ValueError(f"{path} is no folder of spikes that this version of spikemath reads")
    settings = dict(a["operator"])
    kind = settings.pop("name")
    if kind != "LIF":
        settings.pop("alpha")
    operator = io._KINDS[kind](**settings)
    axis = Axis(Fraction(float(a["t0"])), Fraction(float(a["fs"])))
    columns = {name: group[name][:] for name in ("hi", "lo", "counts")}
    sizes, bounds = group["sizes"][:], group["bounds"][:]
    quanta = tuple(operator._channel(i).threshold for i in range(int(a["channels"])))
    parts, at = [], 0
    for size, (start, stop) in zip(sizes, bounds.tolist(), strict=True):
        n = int(size.sum())
        indptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        hi, lo, counts = (np.array(columns[name][at : at + n]) for name in ("hi", "lo", "counts"))
        parts.append(
            SpikeTrains._from_columns(Columns(axis, hi, lo, counts, indptr, quanta, (start, 0.0), (stop, 0.0)))
        )
        at += n
    potential = np.array(a["potential"], dtype=np.float64)
    potential.flags.writeable = False
    return Encoding(concatenate(parts), potential, int(a["undecided"]), operator)
