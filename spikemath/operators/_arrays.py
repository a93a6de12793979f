"""What an operator is given that is no signal: samples, as an array of numpy or of a library that serves its own.

    operator(x, fs=...)  =  operator(Signal.from_samples(x, fs=...))

Arrays of other libraries may be larger than memory, so ``spikemath/arrays.py`` takes them. It stands above operators
and is found by name when such an array comes, as the array's library is told by name: neither is imported before.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from spikemath.signals.many import SpikeTrains, _Many
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain

LIBRARIES = ("dask", "h5py", "xarray", "zarr")
SERVED_BY = "spikemath.arrays"


def library(x: Any) -> str | None:
    """Which of these libraries x is an array of."""
    roots = {kind.__module__.partition(".")[0] for kind in type(x).__mro__}
    return next((name for name in LIBRARIES if name in roots), None)


def samples_of(f: Any, fs: Any, t0: Any, hold: Any, axis: int) -> Any:
    """The signal that f is: f itself, or samples at a rate."""
    plain = fs is None and (t0, hold, axis) == (0.0, "zero", -1)
    if plain:
        return f
    if isinstance(f, Signal | SpikeTrain | SpikeTrains | _Many):
        raise TypeError(f"fs, t0, hold and axis are for arrays of samples, got {type(f).__name__}")
    if fs is None:
        raise TypeError("fs is missing: samples need their rate, as in operator(x, fs=...)")
    return Signal.from_samples(f, fs, t0, hold, axis)


def served(operator: Any, f: Any, name: str, *how: Any) -> Any:
    """What the operator makes of an array of another library."""
    return import_module(SERVED_BY).encode(operator, f, name, *how)
