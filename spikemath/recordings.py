"""Recordings that are read in blocks, from files larger than memory: .npy, .npz, .wav, raw binary, HDF5, zarr.

    source = open_recording(path, fs=30_000)            source.block(first, last) -> samples, (channels, last - first)

Nothing is read but what is asked for. Samples keep their type: an operator takes the integers of a converter exactly.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.datasets import _chosen, _listed
from spikemath.signals.checks import positive, real_number

__all__ = ["Source", "open_recording"]

RAW = (".raw", ".bin", ".dat")
HDF5 = (".h5", ".hdf5", ".hdf", ".nwb", ".mat")


@dataclass(frozen=True, eq=False)
class Source:
    """A recording that is read in blocks; made by :func:`open_recording`.

    Attributes
    ----------
    path : str
        The file.
    n : int
        Samples per channel.
    fs, t0 : float
        Samples per unit of time; time of the first.
    channels : tuple of str
        Names.
    dtype : numpy.dtype
        What the samples are.

    Examples
    --------
    >>> import os, tempfile, numpy as np, spikemath as sm
    >>> path = os.path.join(tempfile.mkdtemp(), "probe.npy")
    >>> np.save(path, np.arange(12, dtype=np.int16).reshape(6, 2))
    >>> source = sm.recordings.open_recording(path, fs=10.0)
    >>> source.n, source.channels, source.block(4, 6)
    (6, ('0', '1'), array([[ 8, 10],
           [ 9, 11]], dtype=int16))
    """

    path: str
    n: int
    fs: float
    t0: float
    channels: tuple[str, ...]
    dtype: np.dtype[Any]
    _read: Callable[[int, int], NDArray[Any]]  # (channels of the file, last - first)
    _index: tuple[int, ...]

    def block(self, first: int, last: int) -> NDArray[Any]:
        """Samples first <= k < last of the chosen channels, shape (channels, last - first)."""
        return np.ascontiguousarray(self._read(first, last)[list(self._index)])


def open_recording(
    path: str | os.PathLike[str],
    fs: float | None = None,
    channel: int | str | Sequence[int | str] | None = None,
    key: str | None = None,
    *,
    t0: float = 0.0,
    dtype: Any = None,
    n_channels: int | None = None,
    offset: int = 0,
) -> Source:
    """Open a recording to read it in blocks.

    Parameters
    ----------
    path : path
        .npy, .npz, .wav, raw binary (.raw, .bin, .dat), HDF5 (.h5, .hdf5, .nwb, needs ``spikemath[hdf5]``) or a zarr
        folder (needs ``spikemath[zarr]``).
    fs : float, optional
        Samples per unit of time; needed unless the file says it.
    channel : int, str, or sequence of them, optional
        Channels to keep, by number from 0 or by name.
    key : str, optional
        Which array of a .npz, HDF5 or zarr file.
    t0 : float
        Time of the first sample.
    dtype, n_channels, offset
        Raw binary only: the type of a sample ("int16", ">f4"), how many channels are interleaved, and how many bytes
        come before the first sample.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        The file cannot be understood, or does not say what is needed.
    ImportError
        The library of an extra is missing.
    OSError
        There is no such file, or it cannot be read.

    Examples
    --------
    >>> import os, tempfile, numpy as np, spikemath as sm
    >>> path = os.path.join(tempfile.mkdtemp(), "probe.bin")
    >>> np.arange(8, dtype="<i2").tofile(path)
    >>> sm.recordings.open_recording(path, fs=1.0, dtype="<i2", n_channels=2).block(0, 4)
    array([[0, 2, 4, 6],
           [1, 3, 5, 7]], dtype=int16)
    """
    place = Path(path)
    suffix = place.suffix.lower()
    if not place.exists():
        raise FileNotFoundError(f"{path} does not exist")
    if suffix not in RAW and (dtype is not None or n_channels is not None or offset):
        raise ValueError(f"dtype, n_channels and offset are for raw binary files ({', '.join(RAW)}), {path} is none")
    rate: float | None = None
    try:
        if suffix in RAW:
            array = _raw(place, dtype, n_channels, offset)
        elif suffix == ".npy":
            array = _oriented(np.load(place, mmap_mode="r", allow_pickle=False))
        elif suffix == ".npz":
            array, rate = _npz(place, key)
        elif suffix == ".wav":
            array, rate = _wav(place)
        elif suffix in HDF5:
            array, rate = _hdf5(place, key)
        elif suffix == ".zarr" or place.is_dir():
            array, rate = _zarr(place, key)
        else:
            raise ValueError(f"the suffix {suffix!r} is none that is read in blocks")
    except (OSError, ImportError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"{path}: {' '.join(str(error).split()) or type(error).__name__}") from None
    if array.dtype.kind not in "iuf" or 0 in array.shape:
        raise ValueError(f"{path} holds no samples" if 0 in array.shape else f"{path} holds {array.dtype}, no numbers")
    if fs is None and rate is None:
        raise ValueError(f"{path} does not say its sampling rate: give fs (--fs on the command line)")
    names = tuple(map(str, range(array.shape[0])))
    numbers, chosen = _chosen(np.arange(float(len(names)))[:, None], names, channel, path)
    native = array.dtype.newbyteorder("=")

    def read(first: int, last: int) -> NDArray[Any]:
        return np.asarray(array[:, first:last]).astype(native, copy=False)

    used = float(fs) if fs is not None else rate
    return Source(
        str(path),
        int(array.shape[1]),
        positive(used, "fs"),
        real_number(t0, "t0"),
        chosen,
        native,
        read,
        tuple(int(i) for i in numbers[:, 0]),
    )


class _Turned:
    """Any two-dimensional array (n, channels) that can be sliced, as (channels, n)."""

    def __init__(self, array: Any) -> None:
        self.array, self.dtype, self.shape = array, np.dtype(array.dtype), array.shape[::-1]

    def __getitem__(self, where: Any) -> Any:
        rows, columns = where
        return np.asarray(self.array[columns, rows]).T


class _Row:
    """A one-dimensional array as one channel."""

    def __init__(self, array: Any) -> None:
        self.array, self.dtype, self.shape = array, np.dtype(array.dtype), (1, *array.shape)

    def __getitem__(self, where: Any) -> Any:
        return np.asarray(self.array[where[1]])[None]


def _oriented(x: Any) -> Any:
    """Channels first: the longer axis is time."""
    if len(x.shape) == 1:
        return _Row(x)
    if len(x.shape) != 2:
        raise ValueError(f"an array of shape {tuple(x.shape)} is no recording: one or two dimensions are needed")
    if x.shape[0] == x.shape[1] and x.shape[0] > 1:
        raise ValueError(f"shape {tuple(x.shape)} does not tell time from channels")
    return _Turned(x) if x.shape[0] > x.shape[1] else x


def _raw(path: Path, dtype: Any, n_channels: int | None, offset: int) -> Any:
    if dtype is None or n_channels is None:
        raise ValueError("a raw file does not say what it holds: give dtype and n_channels")
    if n_channels < 1 or offset < 0:
        raise ValueError("n_channels must be >= 1 and offset >= 0")
    kind = np.dtype(dtype)
    size = path.stat().st_size - offset
    if size < 0 or size % (kind.itemsize * n_channels):
        raise ValueError(f"{size} bytes are no whole number of {n_channels} samples of {kind}")
    if size == 0:
        return np.zeros((n_channels, 0), dtype=kind)
    return _Turned(
        np.memmap(path, dtype=kind, mode="r", offset=offset, shape=(size // kind.itemsize // n_channels, n_channels))
    )


def _npz(path: Path, key: str | None) -> tuple[Any, float | None]:
    with zipfile.ZipFile(path) as archive:
        names = [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
        rate = float(_member(path, archive, "fs")) if "fs" in names else None
        rest = [name for name in names if name != "fs"]
        if key is None and len(rest) != 1:
            raise ValueError(f"several arrays ({_listed(rest)}): choose one with key" if rest else "no array")
        name = rest[0] if key is None else key
        if name not in names:
            raise ValueError(f"no array {name!r}, only {_listed(rest)}")
        return _oriented(_member(path, archive, name)), rate


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> Any:
    """A member of an .npz file: mapped where it is stored as it is, else read (compressed data have no places)."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as file:
        if info.compress_type != zipfile.ZIP_STORED:
            return np.lib.format.read_array(file, allow_pickle=False)
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = header(file)
        inside = file.tell()
    if dtype.hasobject or 0 in shape or shape == ():
        with archive.open(info) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    with open(path, "rb") as plain:
        plain.seek(info.header_offset + 26)
        sizes = np.frombuffer(plain.read(4), dtype="<u2")
    start = info.header_offset + 30 + int(sizes.sum()) + inside
    return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=shape, order="F" if fortran else "C")


def _wav(path: Path) -> tuple[Any, float]:
    from scipy.io import wavfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        try:
            fs, data = wavfile.read(path, mmap=True)
        except ValueError:  # 24 bits cannot be mapped
            fs, data = wavfile.read(path)
    return (_Row(data) if data.ndim == 1 else _Turned(data)), float(fs)


def _attribute(x: Any) -> float | None:
    for name in ("fs", "sampling_rate", "sampling_frequency", "rate"):
        if name in x.attrs:
            return float(x.attrs[name])
    return None


def _extra(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{module} is not installed: pip install 'spikemath[{extra}]'") from error


def _hdf5(path: Path, key: str | None) -> tuple[Any, float | None]:
    h5py = _extra("h5py", "hdf5")
    file = h5py.File(path, "r")
    found: list[str] = []
    file.visititems(lambda name, x: found.append(name) if isinstance(x, h5py.Dataset) and x.ndim in (1, 2) else None)
    return _picked(file, found, key)


def _zarr(path: Path, key: str | None) -> tuple[Any, float | None]:
    zarr = _extra("zarr", "zarr")
    opened = zarr.open(str(path), mode="r")
    if isinstance(opened, zarr.Array):
        return _oriented(opened), _attribute(opened)
    return _picked(opened, [name for name, x in opened.arrays() if x.ndim in (1, 2)], key)


def _picked(group: Any, found: list[str], key: str | None) -> tuple[Any, float | None]:
    if key is None and len(found) != 1:
        raise ValueError(f"several arrays ({_listed(found)}): choose one with key" if found else "no array")
    name = found[0] if key is None else key
    if name not in group:
        raise ValueError(f"no array {name!r}, only {_listed(found)}")
    x = group[name]
    return _oriented(x), _attribute(x) if _attribute(x) is not None else _attribute(group)
