"""Files: spike trains and encodings, written exactly and read back equal; recordings of the usual formats.

A spike file is an ordinary .npz without pickle. ``numpy.load`` shows the float64 view of it to anybody:

    times, weights [, counts], channel     one entry per event, channel after channel
    indptr                                 channel c has the events indptr[c] : indptr[c + 1]

The exact instants and weights (docs/development/architecture.md) are rebuilt from ``hi``, ``lo``, ``terms``
and from ``header``, a JSON text with what is no array: schema, rational time axes, domains, thresholds,
operator. A file is complete or absent: it is written beside its place, flushed to the disk, and moved there.
"""

from __future__ import annotations

import json
import os
import zipfile
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._files import replacing
from spikemath.datasets import Recording, read_recording
from spikemath.operators import IF, LIF, Encoding, SendOnDelta
from spikemath.signals import SpikeTrain, SpikeTrains
from spikemath.signals.axis import Axis
from spikemath.signals.checks import FloatArray, positive
from spikemath.signals.exact_weights import lattice

__all__ = ["Recording", "load", "read_recording", "save"]

FORMAT, SCHEMA = "spikemath", 1
_KINDS = {kind.__name__: kind for kind in (LIF, IF, SendOnDelta)}
SETTINGS = ("threshold", "alpha", "reset", "refractory", "bipolar", "arithmetic")


def settings_of(op: Any) -> dict[str, Any]:
    """The settings of an operator, as JSON knows values."""
    return {name: getattr(op._settings, name) for name in SETTINGS}


# spike files


def save(path: str | os.PathLike[str], obj: SpikeTrain | SpikeTrains | Encoding) -> None:
    """Write a train, several trains or an encoding to a .npz file, exactly and without pickle.

    Parameters
    ----------
    path : path
        Where to write; taken as it is, no suffix is added. An existing file is replaced in one piece: at any
        moment the old file or the new one is there, complete.
    obj : SpikeTrain, SpikeTrains or Encoding
        What to write. The same object gives the same bytes.

    Raises
    ------
    TypeError
        Anything else.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import os, tempfile, numpy as np, spikemath as sm
    >>> eta = sm.IF(0.1)(sm.Signal.from_samples([1.0, -2.0, 3.0], fs=44100.1 / 1e4))
    >>> path = os.path.join(tempfile.mkdtemp(), "spikes.npz")
    >>> sm.save(path, eta)
    >>> sm.load(path) == eta, len(np.load(path)["times"]) == len(eta)
    (True, True)
    """
    header: dict[str, Any] = {"format": FORMAT, "schema": SCHEMA, "kind": type(obj).__name__}
    arrays: dict[str, Any] = {}
    spikes: Any = obj
    if isinstance(obj, Encoding):
        op = obj.operator
        header["operator"] = {"name": type(op).__name__} | settings_of(op)
        header["undecided"] = int(obj.undecided)
        arrays["potential"] = np.asarray(obj.potential, dtype=np.float64)
        spikes = obj.spikes
    if not isinstance(spikes, SpikeTrain | SpikeTrains):
        kind = type(obj).__name__
        raise TypeError(f"obj must be a SpikeTrain, SpikeTrains or Encoding, got {kind}")
    header["many"] = isinstance(spikes, SpikeTrains)
    trains = SpikeTrains(spikes if isinstance(spikes, SpikeTrains) else (spikes,))
    header["trains"] = [_train_header(s) for s in trains]
    with (
        replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for name, values in ({"header": np.array(json.dumps(header))} | arrays | _columns(trains)).items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # a fixed date
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(values, order="C"), allow_pickle=False)


def _train_header(s: SpikeTrain) -> dict[str, Any]:
    return {
        "origin": str(s._axis.origin),
        "rate": str(s._axis.rate),
        "start": [float(c) for c in s._start],
        "end": [float(c) for c in s._end],
        "terms": int(s._terms.shape[0]),
        "quantum": s._quantum,
        "counted": s._counts is not None,
    }


def _columns(trains: SpikeTrains) -> dict[str, NDArray[Any]]:
    """The events of all channels, one after the other."""
    n = int(trains.indptr[-1])
    out: dict[str, NDArray[Any]] = {
        "times": trains.times,
        "weights": trains.weights,
        "channel": trains.channel,
        "indptr": trains.indptr,
        "hi": np.concatenate([*(s._hi for s in trains), np.zeros(0)]),
        "lo": np.concatenate([*(s._lo for s in trains), np.zeros(0)]),
    }
    if any(s._counts is not None for s in trains):
        out["counts"] = np.concatenate([np.zeros(len(s), np.int64) if s._counts is None else s._counts for s in trains])
    terms = np.zeros((max((s._terms.shape[0] for s in trains), default=1), n))
    for s, a, b in zip(trains, trains.indptr[:-1], trains.indptr[1:], strict=True):
        terms[: s._terms.shape[0], a:b] = s._terms
    return out | {"terms": terms}


def load(path: str | os.PathLike[str]) -> Any:
    """Read what :func:`save` wrote: an object equal to the one that was written.

    Parameters
    ----------
    path : path
        A spike file.

    Returns
    -------
    SpikeTrain, SpikeTrains or Encoding

    Raises
    ------
    ValueError
        The file is no spike file, is damaged, or is of a newer version. Nothing in it is ever executed.
    OSError
        There is no such file, or it cannot be read.

    Examples
    --------
    >>> import os, tempfile, spikemath as sm
    >>> enc = sm.LIF(0.1, alpha=3.0).encode(sm.Signal.from_samples([1.0, -2.0], fs=2.0))
    >>> path = os.path.join(tempfile.mkdtemp(), "spikes.npz")
    >>> sm.save(path, enc)
    >>> sm.load(path).operator
    LIF(threshold=0.1, alpha=3.0, reset='modulo')
    """
    arrays = _arrays(path)
    try:
        header = json.loads(str(arrays["header"]))
        known = header["format"] == FORMAT
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise ValueError(f"{path} is no spike file of spikemath: it has no header")
    if header.get("schema") != SCHEMA:
        raise ValueError(f"{path} has schema {header.get('schema')!r}; this version of spikemath reads schema {SCHEMA}")
    try:
        return _object(header, arrays)
    except Exception as error:  # whatever a file can do to json, fractions, arrays
        raise ValueError(f"{path} is damaged: {_said(error)}") from None


def _object(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Any:
    indptr, n = arrays["indptr"], arrays["hi"].size
    heads = header["trains"]
    if indptr[0] != 0 or indptr[-1] != n or indptr.size != len(heads) + 1 or (np.diff(indptr) < 0).any():
        raise ValueError("indptr does not fit the events")
    spans = zip(heads, indptr[:-1].tolist(), indptr[1:].tolist(), strict=True)
    trains = [_train(head, arrays, slice(a, b)) for head, a, b in spans]
    spikes = SpikeTrains(trains) if header["many"] else trains[0]
    if header["kind"] != "Encoding":
        return spikes
    settings = dict(header["operator"])
    kind = settings.pop("name")
    if kind != "LIF" and settings.pop("alpha") != 0.0:
        raise ValueError(f"{kind} has no leak")
    potential = arrays["potential"]
    if potential.ndim:
        potential.flags.writeable = False
    return Encoding(
        spikes,
        potential if potential.ndim else float(potential),
        int(header["undecided"]),
        _KINDS[kind](**settings),
    )


def _train(head: dict[str, Any], arrays: dict[str, NDArray[Any]], at: slice) -> SpikeTrain:
    axis = Axis(Fraction(head["origin"]), Fraction(head["rate"]))
    hi, lo, terms = arrays["hi"][at], arrays["lo"][at], arrays["terms"][: head["terms"], at]
    start, end = (tuple(map(float, head[name])) for name in ("start", "end"))
    counts, quantum = None, head["quantum"]
    if head["counted"]:
        counts, quantum = arrays["counts"][at].astype(np.int64, casting="safe"), positive(quantum, "quantum")
        exact = lattice(counts, quantum)
        rows = max(exact.shape[0], terms.shape[0])
        if not np.array_equal(_padded(exact, rows), _padded(terms, rows)):
            raise ValueError("weights are not counts * quantum")
    if axis.rate <= 0 or start > end:
        raise ValueError("the domain is empty")
    events = list(zip(hi.tolist(), lo.tolist(), strict=True))
    if not all(np.isfinite(x).all() for x in (hi, lo, terms)) or (hi + lo != hi).any() or not terms[0].all():
        raise ValueError("times or weights are not those of a train")
    if any(a >= b for a, b in pairwise(events)):
        raise ValueError("times do not increase")
    if events and not (start <= events[0] and events[-1] <= end):
        raise ValueError("times lie outside the domain")
    return SpikeTrain._build(axis, hi, lo, terms, start, end, counts, quantum)


def _padded(terms: FloatArray, rows: int) -> FloatArray:
    return np.vstack([terms, np.zeros((rows - terms.shape[0], terms.shape[1]))])


def _arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """All arrays of a .npz file; never unpickles."""
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                if not isinstance(archive, np.lib.npyio.NpzFile):
                    raise ValueError("it holds one array, not several")
                return {name: archive[name] for name in archive.files}
        except (OSError, MemoryError):
            raise
        except Exception as error:  # zipfile and numpy raise a dozen kinds on damaged files
            raise ValueError(f"{path} is no .npz file, or is cut short: {_said(error)}") from None


def _said(error: BaseException) -> str:
    """The message of an error in one line."""
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    return " ".join(str(error).split()) or type(error).__name__
