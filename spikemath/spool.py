"""Encode a recording that does not fit into memory, into a file, so that nothing is lost if it is stopped.

    OUT.part/events       the spikes of all blocks up to the last checkpoint (and perhaps a torn rest, which is cut off)
    OUT.part/checkpoint   JSON: what is encoded and how, the sample reached, the length of ``events``, the stream

A checkpoint is written beside its place, flushed to the disk and moved there, once ``events`` is on the disk. So at any
moment there is a whole checkpoint, and ``events`` holds at least what it says. Going on from it gives the bytes of a
run that was never stopped, because a stream does (operators/stream.py). OUT itself appears complete, at the end.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from spikemath import io
from spikemath._files import replacing
from spikemath.operators import Encoding
from spikemath.operators.stream import Stream
from spikemath.recordings import Source
from spikemath.signals.many import Columns, SpikeTrains, concatenate

FORMAT, SCHEMA = "spikemath run", 2
SAMPLES = 1 << 22  # of all channels, in one block


class UnfinishedRunError(ValueError):
    """There is an unfinished run, and nobody said whether to go on or to start anew."""


def encode_file(
    source: Source,
    operator: Any,
    output: str | os.PathLike[str],
    *,
    hold: str = "zero",
    resume: bool = False,
    restart: bool = False,
    threads: int = 1,
    every: float = 10.0,
    block: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Encoding:
    """Encode a recording in blocks into a spike file, with checkpoints.

    Parameters
    ----------
    source : Source
        The recording, from :func:`open_recording`.
    operator : LIF, IF or SendOnDelta
        What encodes.
    output : path
        Spike file (.npz), or zarr folder (.zarr) for spikes that do not fit into memory either.
    hold : {"zero", "linear"}
        What lies between samples.
    resume : bool
        Go on with an unfinished run of the same settings; without one, start.
    restart : bool
        Throw an unfinished run away.
    threads : int
        How many threads share the channels.
    every : float
        Seconds between checkpoints.
    block : int, optional
        Samples per channel in one block. The answer does not depend on it.
    progress : callable, optional
        Called as ``progress(done, total)`` after each block, with samples per channel.

    Returns
    -------
    Encoding
        What was written; for a .zarr output without its spikes (an empty train on the domain), which may be too many.

    Raises
    ------
    UnfinishedRunError
        There is an unfinished run and neither ``resume`` nor ``restart``.
    ValueError
        The unfinished run has other settings; samples that are not finite.

    Examples
    --------
    >>> import os, tempfile, numpy as np, spikemath as sm
    >>> folder = tempfile.mkdtemp()
    >>> np.save(os.path.join(folder, "x.npy"), np.arange(1000, dtype=np.int16) % 7 - 3)
    >>> source = sm.recordings.open_recording(os.path.join(folder, "x.npy"), fs=100.0)
    >>> done = sm.encode_file(source, sm.LIF(0.05, alpha=1.0), os.path.join(folder, "spikes.npz"))
    >>> sm.load(os.path.join(folder, "spikes.npz")) == done
    True
    """
    place = Path(output)
    part = place.with_name(place.name + ".part")
    size = max(SAMPLES // len(source.channels), 1 << 12) if block is None else int(block)
    said = _settings(source, operator, hold)
    if part.exists() and restart:
        shutil.rmtree(part)
    if part.exists() and not resume:
        raise UnfinishedRunError(f"{part} holds an unfinished run{_how_far(part)}: resume it, or restart")
    part.mkdir(exist_ok=True)
    with open(part / "events", "ab") as events:
        stream = _resumed(part, said, events)
        if stream is None:
            stream = operator.stream(source.fs, len(source.channels), source.t0, hold)
        last = time.monotonic()
        while stream.index < source.n:
            first = stream.index
            x = source.block(first, min(first + size, source.n))
            try:
                found, stream = stream.push(x, threads=threads)
            except ValueError as error:
                raise ValueError(f"{source.path}, samples {first} to {first + x.shape[1]}: {error}") from None
            _append(events, found)
            if progress is not None:
                progress(stream.index, source.n)
            if time.monotonic() - last >= every and stream.index < source.n:
                _checkpoint(part, events, stream, said)
                last = time.monotonic()
        _checkpoint(part, events, stream, said)
    made = _finish(part, stream, place)
    shutil.rmtree(part)
    return made


def _settings(source: Source, operator: Any, hold: str) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    stat = os.stat(source.path)
    return {
        "recording": os.path.basename(source.path),
        "bytes": stat.st_size,
        "modified": stat.st_mtime_ns,
        "samples": source.n,
        "fs": source.fs,
        "t0": source.t0,
        "channels": list(source.channels),
        "dtype": source.dtype.str,
        "hold": hold,
        "operator": {"name": type(operator).__name__} | json.loads(json.dumps(io.settings_of(operator))),
    }


def _how_far(part: Path) -> str:
    try:
        known = json.loads((part / "checkpoint").read_text(encoding="utf-8"))
        return f" at sample {known['stream']['index']} of {known['settings']['samples']}"
    except (OSError, ValueError, KeyError):
        return ""


def _resumed(part: Path, said: dict[str, Any], events: IO[bytes]) -> Stream | None:
    """The stream of the last checkpoint, with ``events`` cut to what it knows; None where there is none."""
    try:
        known = json.loads((part / "checkpoint").read_text(encoding="utf-8"))
    except FileNotFoundError:
        events.truncate(0)
        return None
    if known.get("format") != FORMAT or known.get("schema") != SCHEMA:
        raise ValueError(f"{part} was written by another version: restart")
    other = [name for name in said if known["settings"].get(name) != said[name]]
    if other:
        raise ValueError(f"{part} is a run with another {', '.join(other)}: restart it, or choose another output")
    events.truncate(int(known["length"]))
    return _stream(known["stream"], said["operator"])


def _checkpoint(part: Path, events: IO[bytes], stream: Stream, said: dict[str, Any]) -> None:
    events.flush()
    os.fsync(events.fileno())
    text = {"format": FORMAT, "schema": SCHEMA, "settings": said, "length": events.tell(), "stream": _plain(stream)}
    with replacing(part / "checkpoint") as file:
        file.write(json.dumps(text).encode())


def _finish(part: Path, stream: Stream, place: Path) -> Encoding:
    """Write the output, in one piece."""
    end = stream.finish()
    blocks = _blocks(part / "events", stream)
    if place.suffix == ".zarr":
        from spikemath.ragged import write_zarr

        write_zarr(place, blocks, end, stream)
        return end
    whole = Encoding(concatenate([*blocks, end.spikes]), end.potential, end.undecided, end.operator)
    io.save(part / "output", whole)  # in the folder of the run, so that nothing else is left lying if it is killed here
    os.replace(part / "output", place)
    return whole


# events: for each block the domain and the number of spikes of each channel, then hi, lo, counts


def _append(file: IO[bytes], found: SpikeTrains) -> None:
    c = found._columns
    assert c is not None
    head = np.array([c.start[0], c.end[0]])
    for x in (head, np.diff(c.indptr), c.hi, c.lo, c.counts):
        file.write(np.ascontiguousarray(x, dtype=x.dtype.newbyteorder("<")).tobytes())


def _blocks(path: Path, stream: Stream) -> Iterator[SpikeTrains]:
    assert stream.channels is not None
    quanta = tuple(stream.operator._channel(i).threshold for i in range(stream.channels))
    with open(path, "rb") as file:
        while head := file.read(16):
            start, end = np.frombuffer(head, dtype="<f8").tolist()
            sizes = np.frombuffer(file.read(8 * stream.channels), dtype="<i8")
            n = int(sizes.sum())
            hi, lo = (np.frombuffer(file.read(8 * n), dtype="<f8").astype(np.float64) for _ in range(2))
            counts = np.frombuffer(file.read(8 * n), dtype="<i8").astype(np.int64)
            indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
            yield SpikeTrains._from_columns(
                Columns(stream._axis, hi, lo, counts, indptr, quanta, (start, 0.0), (end, 0.0))
            )
    if stream.index == 0:
        yield stream.push(np.zeros((stream.channels, 0)))[0]


# a stream as JSON: nothing in a checkpoint is ever executed


def _plain(stream: Stream) -> dict[str, Any]:
    return {
        "fs": stream.fs.hex(),
        "t0": stream.t0.hex(),
        "hold": stream.hold,
        "channels": stream.channels,
        "start": stream._start,
        "index": stream.index,
        "state": _out(stream._state),
    }


def _stream(plain: dict[str, Any], settings: dict[str, Any]) -> Stream:
    rest = {name: value for name, value in settings.items() if name != "name"}
    if settings["name"] != "LIF":
        rest.pop("alpha")
    operator = io._KINDS[settings["name"]](**rest)
    fs, t0 = float.fromhex(plain["fs"]), float.fromhex(plain["t0"])
    fresh = operator.stream(fs, plain["channels"], t0, plain["hold"], start=plain["start"])
    return fresh._with(int(plain["index"]), fresh._inner.revived(_in(plain["state"])))


def _out(x: Any) -> Any:
    if isinstance(x, tuple):
        return [_out(part) for part in x]
    if isinstance(x, np.ndarray):
        little = x.astype(x.dtype.newbyteorder("<"))
        return {"dtype": little.dtype.str, "data": base64.b64encode(little.tobytes()).decode(), "shape": list(x.shape)}
    if isinstance(x, Fraction):
        return {"rational": str(x)}
    if isinstance(x, float):
        return {"float": x.hex()}
    if isinstance(x, bool | np.bool_):
        return bool(x)
    return int(x)


def _in(x: Any) -> Any:
    if isinstance(x, list):
        return tuple(_in(part) for part in x)
    if not isinstance(x, dict):
        return x
    if "rational" in x:
        return Fraction(x["rational"])
    if "float" in x:
        return float.fromhex(x["float"])
    kind = np.dtype(x["dtype"])
    return np.frombuffer(base64.b64decode(x["data"]), dtype=kind).reshape(x["shape"]).astype(kind.newbyteorder("="))
