"""Check at the door: what becomes a float64 array, and the one sentence a user reads when it cannot.

A message names the argument, the index, the value and the rule. Nothing is repaired silently and nothing is stripped: a
unit, a mask, an imaginary part or a digit that float64 cannot hold is an error.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SMALL = (np.float32, np.int16, np.int32)  # types of samples that encoders take as they are


def carries_unit(x: Any) -> bool:
    """Whether x is a quantity of pint, astropy, quantities, unyt and their kin."""
    if type(x).__module__.startswith("pandas"):  # attribute access looks labels up there
        return False
    return any(hasattr(x, mark) for mark in ("units", "unit", "dimensionality")) and not isinstance(x, type)


def float_array(x: Any, name: str, ndim: tuple[int, ...] = (1,)) -> FloatArray:
    """A float64 array with exactly the values of x (a view where possible, never written to)."""
    if carries_unit(x):
        raise TypeError(f"{name} carries a unit ({type(x).__name__}): convert it to plain numbers first")
    if isinstance(x, np.ma.MaskedArray):
        if np.ma.is_masked(x):
            first = tuple(int(i[0]) for i in np.nonzero(np.ma.getmaskarray(x)))
            raise TypeError(f"{name} is masked at index {_index(first)}: fill or drop masked values first")
        x = np.ma.getdata(x)
    if isinstance(x, list | tuple) and any(carries_unit(item) for item in x):
        raise TypeError(f"{name} carries units: convert it to plain numbers first")
    raw = np.asarray(x)
    if raw.size == 0 and raw.dtype == object:
        raw = raw.astype(np.float64)
    if raw.dtype.kind not in "biuf":
        kind = {"c": "complex", "O": "object", "U": "string", "S": "string"}.get(raw.dtype.kind, str(raw.dtype))
        raise TypeError(f"{name} must hold real numbers, got a {kind} array")
    if raw.ndim not in ndim:
        want = " or ".join(map(str, ndim))
        raise ValueError(f"{name} must have {want} dimension(s), got shape {raw.shape}")
    with np.errstate(over="ignore"):  # a long double beyond float64 is reported just below, by name
        out = raw.astype(np.float64, copy=False)
    bad = ~np.isfinite(out)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}[{_index(where)}] = {raw[where]} must be finite")
    wide = raw.dtype.itemsize > 8 or (raw.dtype.kind in "iu" and raw.dtype.itemsize == 8)
    if wide and raw.size:
        lost = _inexact(raw, out)
        if lost.any():
            where = tuple(int(i) for i in np.argwhere(lost)[0])
            raise ValueError(f"{name}[{_index(where)}] = {raw[where]} is no float64: convert it explicitly")
    return out


def sample_array(x: Any, name: str, ndim: tuple[int, ...]) -> NDArray[Any]:
    """Samples as the encoders take them: float32, int16 and int32 as they are, all else as float64."""
    small = type(x) is np.ndarray and x.dtype in SMALL and x.ndim in ndim
    return x if small and np.isfinite(x).all() else float_array(x, name, ndim)


def _inexact(raw: NDArray[Any], out: FloatArray) -> NDArray[np.bool_]:
    if raw.dtype.kind == "f":
        return np.asarray(out.astype(raw.dtype) != raw)
    large = np.abs(out) >= 2.0**53
    result = np.zeros(raw.shape, dtype=bool)
    for where in np.argwhere(large):
        result[tuple(where)] = int(out[tuple(where)]) != int(raw[tuple(where)])
    return result


def _index(where: tuple[int, ...]) -> str:
    return ", ".join(map(str, where))


def real_number(x: Any, name: str) -> float:
    """A finite Python float equal to x."""
    if carries_unit(x):
        raise TypeError(f"{name} carries a unit ({type(x).__name__}): convert it to a plain number first")
    if isinstance(x, np.ndarray) and x.ndim == 0 and not isinstance(x, np.ma.MaskedArray):
        x = x[()]
    if isinstance(x, bool | np.bool_) or not isinstance(x, numbers.Real | np.floating | np.integer):
        raise TypeError(f"{name} must be a real number, got {type(x).__name__}")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{name} = {x} must be finite")
    if value != x:
        raise ValueError(f"{name} = {x} is no float64: convert it explicitly")
    return value


def positive(x: Any, name: str) -> float:
    """A finite Python float above zero."""
    value = real_number(x, name)
    if not value > 0.0:
        raise ValueError(f"{name} = {value!r} must be > 0")
    return value


def per_channel(x: Any, name: str) -> Any:
    """A tuple of values where x is a sequence with one per channel, else x itself."""
    if isinstance(x, list | tuple) or (isinstance(x, np.ndarray) and x.ndim > 0):
        values = float_array(x, name)
        if not values.size:
            raise ValueError(f"{name} is empty: one value per channel is needed")
        return tuple(values.tolist())
    return x


def nonnegative(x: Any, name: str) -> float:
    """A finite Python float at or above zero."""
    value = real_number(x, name)
    if value < 0.0:
        raise ValueError(f"{name} = {value!r} must be >= 0")
    return value


def interval(domain: Any, name: str = "domain", proper: bool = False) -> tuple[float, float]:
    """A pair t0 <= t1 of finite floats (t0 < t1 if ``proper``)."""
    try:
        t0, t1 = domain
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {domain!r} must be a pair (t0, t1)") from None
    a, b = real_number(t0, "t0"), real_number(t1, "t1")
    if b < a or (proper and a == b):
        raise ValueError(f"{name} = ({a!r}, {b!r}) is empty: t0 {'<' if proper else '<='} t1 is needed")
    return a, b


def frozen(x: NDArray[Any], given: Any) -> NDArray[Any]:
    """A read-only view of x, copied only if somebody could still write to the memory of what was ``given``."""
    shared = isinstance(given, np.ndarray) and np.may_share_memory(x, given) and not _settled(given)
    out = x.copy() if shared else x.view(np.ndarray)
    out.flags.writeable = False
    return out


def _settled(x: Any) -> bool:
    """Whether no array that holds this memory can be written to."""
    while isinstance(x, np.ndarray):
        if x.flags.writeable:
            return False
        x = x.base
    return x is None or isinstance(x, bytes)


def read_only(x: FloatArray) -> FloatArray:
    """A read-only array that shares no memory with what the user holds."""
    out = np.array(x, dtype=np.float64, order="C", copy=True)
    out.flags.writeable = False
    return out


def kept(x: NDArray[Any]) -> NDArray[Any]:
    """A read-only array with the values of x; x itself if it has its memory to itself, or cannot be written to."""
    out = np.array(x) if x.base is not None and x.flags.writeable else x
    out.flags.writeable = False
    return out


def frozen_counts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """A read-only copy of integer counts."""
    out = np.array(counts, dtype=np.int64)
    out.flags.writeable = False
    return out
