"""Arrays of other libraries as input of an operator: dask, xarray, zarr and h5py. None of them is imported here.

lif(x, fs=...)      dask: spikemath.dask.encode, block by block, on whatever scheduler is set up
                    zarr, h5py: read in blocks, which a stream encodes (operators/stream.py)
                    xarray: fs and t0 from the coordinate "time"; else what its data are
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spikemath.dask.encode import _grid
from spikemath.dask.encode import encode as encode_dask
from spikemath.operators import Encoding
from spikemath.recordings import _attribute
from spikemath.signals.many import concatenate

SAMPLES = 1 << 22  # of all channels, read at once


def encode(
    operator: Any,
    x: Any,
    name: str,
    fs: float | None,
    t0: float,
    hold: str,
    axis: int,
    progress: Any = None,
    threads: int = 1,
) -> Encoding:
    """Encode an array of the library called ``name``; other arguments as of ``operator.encode``."""
    if name == "xarray":
        return _labelled(operator, x, fs, t0, hold, progress, threads)
    if name == "dask":
        made: Encoding = encode_dask(operator, x, _given(fs), t0, hold, axis=axis)
        return made
    return _in_blocks(operator, x, _given(_attribute(x) if fs is None else fs), t0, hold, axis, progress, threads)


def _given(fs: float | None) -> float:
    if fs is None:
        raise TypeError("fs is missing: samples need their rate, as in operator(x, fs=...)")
    return fs


def _labelled(
    operator: Any, x: Any, fs: float | None, t0: float, hold: str, progress: Any, threads: int
) -> Encoding:  # fmt: skip
    """A DataArray: along its dimension "time"."""
    if not hasattr(x, "dims") or "time" not in x.dims or x.ndim > 2:
        dims = getattr(x, "dims", type(x).__name__)
        raise ValueError(
            f"x must be a DataArray with the dimension 'time' and at most one other, got {dims}: "
            "spikemath.dask.encode_dataset(operator, x, dim=...) takes time by another name"
        )
    if fs is None:
        fs, t0 = _grid(x, "time")
    data = x.transpose(..., "time").data
    made: Encoding = operator.encode(data, fs, t0, hold, progress=progress, threads=threads)
    return made


def _in_blocks(
    operator: Any, x: Any, fs: float, t0: float, hold: str, axis: int, progress: Any, threads: int
) -> Encoding:  # fmt: skip
    """Anything that can be sliced, through a stream."""
    shape = getattr(x, "shape", None)
    if shape is None or len(shape) not in (1, 2) or 0 in shape:
        raise ValueError(f"x must be an array of samples in one or two dimensions, got {type(x).__name__} of {shape}")
    if axis not in range(-len(shape), len(shape)):
        raise ValueError(f"axis = {axis!r} is none of x, which has shape {shape}")
    time = axis % len(shape)
    n, number = int(shape[time]), None if len(shape) == 1 else int(shape[1 - time])
    stream, found, step = operator.stream(fs, number, t0, hold), [], max(SAMPLES // (number or 1), 1)
    for first in range(0, n, step):
        part = slice(first, min(first + step, n))
        block = np.asarray(x[(slice(None),) * time + (part,)])
        events, stream = stream.push(block, axis=axis, threads=threads)
        found.append(events)
        if progress is not None:
            progress(part.stop, n)
    end = stream.finish()
    return Encoding(concatenate([*found, end.spikes]), end.potential, end.undecided, operator)
