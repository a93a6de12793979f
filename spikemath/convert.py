"""Spike trains to and from the forms of other programs: rasters, events, neo, pynapple, pandas, xarray.

    ours = counts * threshold at exact times          theirs: float64 times, spikes of one size, or values on a grid

Going out, times become float64 (``train.times``: the nearest for grid times, the next lower for crossings) and a spike
of count k becomes k events of one threshold where the other form knows no weights. Coming in, everything is taken at
its exact value; nothing is sorted, merged or dropped silently.

neo, pynapple, pandas and xarray are imported when they are needed: pip install 'spikemath[neo]' and so on.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.operators import Encoding
from spikemath.signals import SpikeTrain, SpikeTrains
from spikemath.signals.axis import Axis, convert
from spikemath.signals.checks import FloatArray, positive, real_number
from spikemath.signals.many import Columns

__all__ = [
    "from_dense",
    "from_events",
    "from_neo",
    "from_pandas",
    "from_pynapple",
    "from_xarray",
    "to_dense",
    "to_events",
    "to_neo",
    "to_pandas",
    "to_pynapple",
    "to_xarray",
]

EVENT = np.dtype([("t", "<f8"), ("channel", "<i4"), ("polarity", "i1")])
Trains = SpikeTrain | SpikeTrains | Encoding


def needed(module: str, extra: str) -> Any:
    """A module of an extra, or an error that names the extra."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{module} is not installed: pip install 'spikemath[{extra}]'") from error


def _trains(x: Any) -> SpikeTrains:
    x = x.spikes if isinstance(x, Encoding) else x
    if isinstance(x, SpikeTrain):
        return SpikeTrains([x])
    if not isinstance(x, SpikeTrains):
        raise TypeError(f"expected a SpikeTrain, SpikeTrains or Encoding, got {type(x).__name__}")
    return x


def _counted(x: Any) -> SpikeTrains:
    trains = _trains(x)
    if trains.counts is None and len(trains.times):
        raise ValueError("the trains have no counts (they did not come out of an encoder): spikes have no one size")
    return trains


def _units(x: SpikeTrains) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Times, channels and signs with every spike of count k as k events."""
    counts = x.counts if x.counts is not None else np.zeros(0, dtype=np.int64)
    many = np.abs(counts)
    return np.repeat(x.times, many), np.repeat(x.channel, many), np.repeat(np.sign(counts), many)


def _one_or_many(made: SpikeTrains, one: bool) -> Any:
    return made[0] if one and len(made) == 1 else made


# dense rasters


def to_dense(
    spikes: Trains, fs: float, t0: float | None = None, n: int | None = None, *, values: str = "counts"
) -> Any:
    """A raster: for every channel the sum of all spikes in each bin [t0 + k/fs, t0 + (k+1)/fs).

    Parameters
    ----------
    spikes : SpikeTrain, SpikeTrains or Encoding
        What is put on the grid; which bin a spike falls into is decided by its exact time.
    fs : float
        Bins per unit of time, > 0.
    t0 : float, optional
        Start of the first bin. Default: the start of the domain.
    n : int, optional
        Number of bins. Default: as many as the domain needs. A spike exactly at the end of the last bin is put into it.
    values : {"counts", "weights"}
        Sums of counts (int64) or of weights (float64).

    Returns
    -------
    numpy.ndarray
        Shape (n,) or (channels, n).

    Raises
    ------
    ValueError
        A spike lies outside the bins; trains without counts.

    Examples
    --------
    >>> import spikemath as sm
    >>> eta = sm.IF(1.0)(sm.Signal.from_samples([2.5, 0.0, -3.0], fs=1.0))
    >>> sm.convert.to_dense(eta, fs=1.0)
    array([ 2,  0, -2])
    """
    if values not in ("counts", "weights"):
        raise ValueError(f"values = {values!r} must be 'counts' or 'weights'")
    trains = _counted(spikes) if values == "counts" else _trains(spikes)
    rate = Fraction(positive(fs, "fs"))
    members = list(trains)
    starts = [s._axis.instant(s._start) for s in members]
    ends = [s._axis.instant(s._end) for s in members]
    origin = min(starts, default=Fraction(0)) if t0 is None else Fraction(real_number(t0, "t0"))
    span = (max(ends, default=origin) - origin) * rate
    bins = max(int(-(-span // 1)), 1) if n is None else int(n)
    grid = Axis(origin, rate)
    out = np.zeros((len(members), bins), dtype=np.int64 if values == "counts" else np.float64)
    for row, s in zip(out, members, strict=True):
        k = _bins(s, grid)
        k[(k == bins) & _at(s, grid, bins)] -= 1
        if k.size and (k.min() < 0 or k.max() >= bins):
            raise ValueError(f"a spike lies outside the {bins} bins from {float(origin)!r} on")
        np.add.at(row, k, s.counts if values == "counts" else s.weights)  # type: ignore[arg-type]
    return out[0] if not isinstance(spikes, SpikeTrains) and len(members) == 1 else out


def _bins(s: SpikeTrain, grid: Axis) -> NDArray[np.int64]:
    pair = convert(s._axis, grid, s._hi, s._lo)
    if pair is None:  # no two floats hold it: one by one
        return np.array([int(grid.coordinate(t) // 1) for t in s.exact_times()], dtype=np.int64)
    hi, lo = pair
    down = np.floor(hi)
    return (down - ((down == hi) & (lo < 0.0))).astype(np.int64)


def _at(s: SpikeTrain, grid: Axis, k: int) -> NDArray[np.bool_]:
    return np.array([grid.coordinate(t) == k for t in s.exact_times()], dtype=np.bool_) if len(s) else np.zeros(0, bool)


def from_dense(raster: Any, fs: float, t0: float = 0.0, *, threshold: float | None = None, axis: int = -1) -> Any:
    """Trains of a raster: the value in bin k becomes a pulse at exactly t0 + k/fs.

    Parameters
    ----------
    raster : array_like, shape (n,) or (channels, n)
        Values; zeros are silent.
    fs : float
        Bins per unit of time, > 0.
    t0 : float
        Time of bin 0.
    threshold : float, optional
        The values are integer counts of this threshold. Default: they are weights.
    axis : int
        Which axis is time.

    Returns
    -------
    SpikeTrain or SpikeTrains

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.from_dense([[0, 2], [1, 0]], fs=10.0, threshold=0.5).weights
    array([1. , 0.5])
    """
    x = np.moveaxis(np.asarray(raster), axis, -1)
    if threshold is None:
        return SpikeTrain.from_samples(x, fs=fs, t0=t0)
    if x.dtype.kind not in "iub" or x.ndim not in (1, 2):
        raise TypeError(f"raster must be a one- or two-dimensional array of integers, got {x.dtype} of shape {x.shape}")
    quantum, rows = positive(threshold, "threshold"), np.atleast_2d(x)
    grid = Axis(Fraction(real_number(t0, "t0")), Fraction(positive(fs, "fs")))
    channel, k = np.nonzero(rows)
    indptr = np.cumsum([0, *np.count_nonzero(rows, axis=1)], dtype=np.int64)
    end = (float(max(rows.shape[1] - 1, 0)), 0.0)
    counts = rows[channel, k].astype(np.int64)
    made = Columns(
        grid, k.astype(np.float64), np.zeros(k.size), counts, indptr, (quantum,) * len(rows), (0.0, 0.0), end
    )
    return _one_or_many(SpikeTrains._from_columns(made), x.ndim == 1)


# events (t, channel, polarity)


def to_events(spikes: Trains) -> NDArray[Any]:
    """A structured array (t, channel, polarity), as event cameras give it: sorted by time, one event per threshold.

    Parameters
    ----------
    spikes : SpikeTrain, SpikeTrains or Encoding
        Trains that came out of an encoder.

    Returns
    -------
    numpy.ndarray
        Fields ``t`` (float64), ``channel`` (int32), ``polarity`` (int8, +-1). Equal times: by channel.

    Examples
    --------
    >>> import spikemath as sm
    >>> eta = sm.SendOnDelta(1.0)(sm.Signal.from_samples([0.0, -2.0], fs=1.0))
    >>> sm.convert.to_events(eta).tolist()
    [(1.0, 0, -1), (1.0, 0, -1)]
    """
    t, channel, sign = _units(_counted(spikes))
    order = np.lexsort((channel, t))
    out = np.zeros(t.size, dtype=EVENT)
    out["t"], out["channel"], out["polarity"] = t[order], channel[order], sign[order]
    return out


def from_events(
    events: Any, threshold: float, domain: tuple[float, float], *, channels: int | None = None
) -> SpikeTrains:  # fmt: skip
    """Trains of events (t, channel, polarity); events of one channel at one time are added.

    Parameters
    ----------
    events : structured array with fields t, channel, polarity
        Sorted by time within each channel. Polarity is positive for +threshold, zero or negative for -threshold
        (cameras write 0 or -1).
    threshold : float
        The size of an event, > 0.
    domain : (float, float)
        The interval of time.
    channels : int, optional
        How many there are. Default: up to the largest that occurs.

    Returns
    -------
    SpikeTrains

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> events = np.array([(0.5, 1, 1), (0.75, 0, 0)], dtype=sm.convert.EVENT)
    >>> sm.convert.from_events(events, 0.1, (0.0, 1.0)).weights
    array([-0.1,  0.1])
    """
    e = np.asarray(events)
    missing = {"t", "channel", "polarity"} - set(e.dtype.names or ())
    if missing:
        raise ValueError(f"events have no field {', '.join(sorted(missing))}")
    channel = e["channel"].astype(np.int64)
    number = int(channel.max(initial=-1)) + 1 if channels is None else int(channels)
    if channel.size and not 0 <= channel.min() <= channel.max() < number:
        raise ValueError(f"channels must lie in 0 ... {number - 1}")
    sign = np.where(e["polarity"] > 0, 1, -1)
    return SpikeTrains(
        _summed(e["t"][channel == c], sign[channel == c], positive(threshold, "threshold"), domain)
        for c in range(number)
    )


def _summed(t: Any, counts: Any, quantum: float, domain: tuple[float, float]) -> SpikeTrain:
    """A counted train on plain time, equal times added."""
    train = SpikeTrain(t, np.ones(len(t)), domain)  # checks, and coalesces
    first = np.searchsorted(np.asarray(t, dtype=np.float64), train._hi)
    total = np.add.reduceat(counts, first) if len(t) else np.zeros(0, dtype=np.int64)
    keep = total != 0
    return SpikeTrain._from_counts(
        train._axis, train._hi[keep], train._lo[keep], total[keep].astype(np.int64), quantum, train._start, train._end
    )


# pandas, xarray


def to_pandas(spikes: Trains) -> Any:
    """A pandas.DataFrame with one row per spike: time, channel, weight and, if it is known, count.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.to_pandas(sm.SpikeTrain([0.0, 1.0])).shape  # doctest: +SKIP
    (2, 3)
    """
    pandas, x = needed("pandas", "pandas"), _trains(spikes)
    columns = {"time": x.times, "channel": x.channel, "weight": x.weights}
    if x.counts is not None:
        columns["count"] = x.counts
    return pandas.DataFrame(columns)


def from_pandas(
    frame: Any, domain: tuple[float, float], *, threshold: float | None = None, channels: int | None = None
) -> SpikeTrains:  # fmt: skip
    """Trains of a data frame with columns time and, optionally, channel and weight (or count, of a threshold).

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.from_pandas(sm.convert.to_pandas(eta), eta.domain, threshold=0.1)  # doctest: +SKIP
    """
    t = np.asarray(frame["time"], dtype=np.float64)
    channel = np.asarray(frame["channel"]) if "channel" in frame else np.zeros(t.size, dtype=np.int64)
    number = int(channel.max(initial=-1)) + 1 if channels is None else int(channels)
    if threshold is not None:
        counts = np.asarray(frame["count"]) if "count" in frame else np.ones(t.size, dtype=np.int64)
        if counts.dtype.kind not in "iu":
            raise TypeError(f"count must hold integers, got {counts.dtype}")
        quantum = positive(threshold, "threshold")
        return SpikeTrains(_summed(t[channel == c], counts[channel == c], quantum, domain) for c in range(number))
    weight = np.asarray(frame["weight"]) if "weight" in frame else np.ones(t.size)
    return SpikeTrains(SpikeTrain(t[channel == c], weight[channel == c], domain) for c in range(number))


def to_xarray(spikes: Trains) -> Any:
    """An xarray.Dataset of ragged columns: time, channel, weight (and count) along "spike", indptr along "boundary".

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.to_xarray(sm.SpikeTrain([0.0, 1.0])).sizes["spike"]  # doctest: +SKIP
    2
    """
    xarray, x = needed("xarray", "xarray"), _trains(spikes)
    data = {"time": ("spike", x.times), "channel": ("spike", x.channel), "weight": ("spike", x.weights)}
    if x.counts is not None:
        data["count"] = ("spike", x.counts)
    data["indptr"] = ("boundary", x.indptr)
    quanta = {s.quantum for s in x}
    attrs: dict[str, Any] = {"t0": x.domain[0], "t1": x.domain[1], "channels": len(x)}
    if len(quanta) == 1 and None not in quanta:
        attrs["threshold"] = quanta.pop()
    return xarray.Dataset(data, attrs=attrs)


def from_xarray(dataset: Any) -> SpikeTrains:
    """Trains of a dataset that :func:`to_xarray` made.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.from_xarray(sm.convert.to_xarray(eta))  # doctest: +SKIP
    """
    frame = {name: dataset[name].values for name in ("time", "channel", "weight", "count") if name in dataset}
    a = dataset.attrs
    threshold = a.get("threshold") if "count" in frame else None
    return from_pandas(frame, (float(a["t0"]), float(a["t1"])), threshold=threshold, channels=int(a["channels"]))


# neo, pynapple


def to_neo(spikes: Trains, units: str = "s") -> list[Any]:
    """A list of neo.SpikeTrain, two a channel where it has spikes of both signs: annotated with channel and sign.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.to_neo(sm.IF(1.0)(f), units="ms")  # doctest: +SKIP
    """
    neo, x = needed("neo", "neo"), _counted(spikes)
    t, channel, sign = _units(x)
    out = []
    for c in range(len(x)):
        start, stop = x[c].domain
        for s in (1, -1):
            mine = t[(channel == c) & (sign == s)]
            if mine.size or s == 1:
                notes = {"channel": c, "sign": s, "threshold": x[c].quantum}
                out.append(neo.SpikeTrain(mine, units=units, t_start=start, t_stop=stop, **notes))
    return out


def from_neo(trains: Any, threshold: float = 1.0, units: str = "s") -> SpikeTrains:
    """Trains of neo.SpikeTrain objects, one channel each, or as annotated by :func:`to_neo`.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.from_neo(sm.convert.to_neo(eta), threshold=0.1)  # doctest: +SKIP
    """
    needed("neo", "neo")
    given = [trains] if hasattr(trains, "t_start") else list(trains)
    parts: dict[int, list[tuple[Any, int, tuple[float, float]]]] = {}
    for i, s in enumerate(given):
        times = np.asarray(s.rescale(units).magnitude, dtype=np.float64)
        domain = float(s.t_start.rescale(units).magnitude), float(s.t_stop.rescale(units).magnitude)
        channel, sign = int(s.annotations.get("channel", i)), int(s.annotations.get("sign", 1))
        parts.setdefault(channel, []).append((times, sign, domain))
    out = []
    for c in sorted(parts):
        t = np.concatenate([times for times, _, _ in parts[c]])
        signs = np.concatenate([np.full(times.size, sign) for times, sign, _ in parts[c]])
        order = np.argsort(t, kind="stable")
        out.append(_summed(t[order], signs[order], positive(threshold, "threshold"), parts[c][0][2]))
    return SpikeTrains(out)


def to_pynapple(spikes: Trains, sign: int = 1) -> Any:
    """A pynapple.Ts (one train) or TsGroup (several) of the spikes of one sign, with the domain as time support.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.to_pynapple(sm.IF(1.0)(f))  # doctest: +SKIP
    """
    nap, x = needed("pynapple", "pynapple"), _counted(spikes)
    if sign not in (1, -1):
        raise ValueError(f"sign = {sign!r} must be 1 or -1: pynapple knows no weights")
    t, channel, signs = _units(x)
    start, stop = x.domain
    support = nap.IntervalSet(start=start, end=stop)
    made = [nap.Ts(t=t[(channel == c) & (signs == sign)], time_support=support) for c in range(len(x))]
    return nap.TsGroup(dict(enumerate(made)), time_support=support) if isinstance(spikes, SpikeTrains) else made[0]


def from_pynapple(group: Any, threshold: float = 1.0) -> Any:
    """A train of a pynapple.Ts, or trains of a TsGroup, on the hull of the time support.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.convert.from_pynapple(sm.convert.to_pynapple(eta), threshold=0.1)  # doctest: +SKIP
    """
    needed("pynapple", "pynapple")
    support = group.time_support
    domain = float(np.min(support.start)), float(np.max(support.end))
    quantum = positive(threshold, "threshold")
    single = not hasattr(group, "keys")
    members = [group] if single else [group[key] for key in sorted(group.keys())]
    made = [_summed(m.index.values, np.ones(len(m), dtype=np.int64), quantum, domain) for m in members]
    return made[0] if single else SpikeTrains(made)
