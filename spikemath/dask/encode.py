"""Encode dask arrays and xarray objects, in memory or into a zarr folder."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath import convert, ragged
from spikemath.dask import _scan
from spikemath.dask._chain import chain, ends, joined, needed, stacked
from spikemath.operators import Encoding
from spikemath.signals.axis import Axis
from spikemath.signals.checks import positive, real_number

METHODS = ("sequential", "blelloch", "chain")


def encode(
    operator: Any,
    x: Any,
    fs: float,
    t0: float = 0.0,
    hold: str = "zero",
    *,
    axis: int = -1,
    method: str | None = None,
    compute: bool = True,
) -> Any:
    """Encode a dask array, on whatever scheduler is set up.

    Parameters
    ----------
    operator : LIF, IF or SendOnDelta
        What encodes.
    x : dask.array.Array, shape (n,) or (channels, n)
        Samples, in any chunks.
    fs, t0, hold
        As for :meth:`Signal.from_samples`.
    axis : int
        Which axis is time.
    method : {"sequential", "blelloch", "chain"}, optional
        "chain": chunk after chunk, each block of channels for itself; the only way for LIF, a refractory time, another
        reset, linear hold. The other two are a scan that is parallel in time, for IF and SendOnDelta (three passes
        over the data). Default: chain.
    compute : bool
        False: give a dask.delayed object, to be computed by you.

    Returns
    -------
    Encoding
        Bit for bit that of ``operator.encode(Signal.from_samples(...))``.

    Raises
    ------
    ImportError
        dask is not installed.
    ValueError
        A scan was asked for where there is none, or unknown chunk sizes.

    Examples
    --------
    >>> import dask.array as da, spikemath as sm  # doctest: +SKIP
    >>> sm.dask.encode(sm.LIF(0.1, 5.0), da.random.normal(size=(384, 300_000)), fs=30_000.0)  # doctest: +SKIP
    """
    dask = needed()
    array, one = _array(x, axis)
    if method is not None and method not in METHODS:
        raise ValueError(f"method = {method!r} must be one of {', '.join(map(repr, METHODS))}")
    operator._check_channels(None if one else array.shape[0])
    rate, origin = positive(fs, "fs"), real_number(t0, "t0")
    blocks = array.to_delayed()
    sizes, lengths = array.chunks
    if method in (None, "chain"):
        rows, last, _ = chain(operator, blocks, rate, origin, hold, sizes)
        whole = dask.delayed(joined)(rows, last, operator)
    else:
        if not _scan.fits(operator, hold):
            raise ValueError(
                f"{operator!r} with hold {hold!r} is no scan: that takes IF or SendOnDelta, reset 'modulo', both "
                "signs, no refractory time, exact arithmetic, hold 'zero'; method='chain' takes all"
            )
        made = _scan.scan(operator, blocks, Axis(Fraction(origin), Fraction(rate)), sizes, lengths, str(method))
        whole = dask.delayed(_scanned)(made, operator)
    if not compute:
        return whole
    done = whole.compute()
    if done is None:  # sums that are not exact in double-double: the chain needs no such luck
        return encode(operator, x, fs, t0, hold, axis=axis, method="chain")
    return _single(done, operator) if one else done


def _scanned(made: list[tuple[Encoding, bool]], operator: Any) -> Encoding | None:
    if not all(exact for _, exact in made):
        return None
    parts = [e for e, _ in made]
    end = ends(parts, operator)
    return Encoding(stacked([e.spikes for e in parts]), end.potential, 0, operator)  # type: ignore[misc]


def _single(done: Encoding, operator: Any) -> Encoding:
    return Encoding(done.spikes[0], float(done.potential[0]), done.undecided, operator)  # type: ignore[index]


def _array(x: Any, axis: int) -> tuple[Any, bool]:
    da = needed("dask.array")
    array = x if isinstance(x, da.Array) else da.from_array(np.asarray(x))
    if array.ndim not in (1, 2) or array.dtype.kind not in "iuf":
        raise ValueError(f"x must be one- or two-dimensional and real, got {array.dtype} of shape {array.shape}")
    if any(np.isnan(s) for s in array.shape):
        raise ValueError("x has chunks of unknown size: x.compute_chunk_sizes() finds them")
    if 0 in array.shape:
        raise ValueError(f"x has shape {array.shape}: the domain is empty")
    if array.ndim == 1:
        return array[None], True
    return da.moveaxis(array, axis, -1), False


def encode_to_zarr(
    operator: Any,
    x: Any,
    path: str | os.PathLike[str],
    fs: float,
    t0: float = 0.0,
    hold: str = "zero",
    *,
    axis: int = -1,
    units: str = "",
    compute: bool = True,
) -> Any:
    """Encode a dask array into a zarr folder of ragged columns, appended chunk by chunk.

    Parameters
    ----------
    operator, x, fs, t0, hold, axis
        As for :func:`encode`.
    path : path
        The folder, which all workers must reach.
    units : str
        Unit of the samples, kept as an attribute.
    compute : bool
        False: give a dask.delayed object.

    Returns
    -------
    int
        How many spikes there are. :func:`spikemath.ragged.read_zarr` reads them.

    Examples
    --------
    >>> sm.dask.encode_to_zarr(lif, da.from_zarr("probe.zarr"), "spikes.zarr", fs=30_000.0)  # doctest: +SKIP
    """
    dask = needed()
    array, _ = _array(x, axis)
    operator._check_channels(array.shape[0])
    rate, origin = positive(fs, "fs"), real_number(t0, "t0")
    sizes, lengths = array.chunks
    rows, last, streams = chain(operator, array.to_delayed(), rate, origin, hold, sizes)
    at = dask.delayed(ragged.begin)(str(path), array.shape[0])
    for k in range(len(lengths)):
        together = dask.delayed(stacked)([row[k] for row in rows])
        at = dask.delayed(ragged.put)(str(path), together, k, at)
    end = dask.delayed(ends)(last, operator)
    done = dask.delayed(ragged.close)(str(path), end, streams[0], len(lengths), at, units)
    return done.compute() if compute else done


def encode_dataset(operator: Any, x: Any, dim: str = "time", *, hold: str = "zero", method: str | None = None) -> Any:
    """Encode an xarray.DataArray; channels keep their coordinates, and units their names.

    Parameters
    ----------
    operator : LIF, IF or SendOnDelta
        What encodes.
    x : xarray.DataArray
        One- or two-dimensional, with a uniform coordinate along ``dim`` (numbers, or datetime64: then in seconds since
        the first).
    dim : str
        The dimension of time.
    hold, method
        As for :func:`encode`.

    Returns
    -------
    xarray.Dataset
        Ragged columns as of :func:`spikemath.convert.to_xarray`, the coordinates of the channels, and as attributes
        threshold, alpha, fs, t0, units, and the attributes of x.

    Raises
    ------
    ValueError
        The coordinate of time is missing or not uniform.

    Examples
    --------
    >>> sm.dask.encode_dataset(sm.LIF(0.1, 5.0), recording)["time"]  # doctest: +SKIP
    """
    needed("xarray", "xarray")
    if dim not in x.dims or x.ndim > 2:
        raise ValueError(f"x must have the dimension {dim!r} and at most one other, got {x.dims}")
    rest = [d for d in x.dims if d != dim]
    fs, t0 = _grid(x, dim)
    array = x.transpose(*rest, dim).data
    done = encode(operator, array, fs, t0, hold, method=method)
    out = convert.to_xarray(done)
    if rest:
        kept = {name: c for name, c in x.coords.items() if dim not in c.dims}
        out = out.assign_coords({name: c for name, c in kept.items() if set(c.dims) <= set(rest)})
        out.attrs["channel_dim"] = str(rest[0])
    unit = x.coords[dim].attrs.get("units")
    if unit:
        out["time"].attrs["units"] = unit
    settings = {name: np.asarray(getattr(operator, name)).tolist() for name in ("threshold", "alpha")}
    return out.assign_attrs(
        {**x.attrs, **out.attrs, **settings, "operator": repr(operator), "fs": fs, "undecided": done.undecided}
    )


def _grid(x: Any, dim: str) -> tuple[float, float]:
    """Sampling rate and first time of a uniform coordinate."""
    if dim not in x.coords or x.sizes[dim] < 2:
        raise ValueError(f"x has no coordinate {dim!r} with two times: without it the sampling rate is not known")
    t = x.coords[dim].values
    if t.dtype.kind == "M":
        steps = (t - t[0]).astype("timedelta64[ns]").astype(np.int64)
        ends, origin = Fraction(int(steps[-1]), 10**9), 0.0
        times = steps / 1e9
    else:
        times = np.asarray(t, dtype=np.float64)
        ends, origin = Fraction(float(times[-1])) - Fraction(float(times[0])), float(times[0])
    step = float(ends) / (times.size - 1)
    off = np.abs(times - (times[0] + step * np.arange(times.size)))
    if not step > 0.0 or (off > 0.01 * step).any():
        raise ValueError(f"the coordinate {dim!r} is not uniform")
    return float((times.size - 1) / ends), origin
