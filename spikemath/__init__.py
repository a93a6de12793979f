"""Signals into spikes, exactly: LIF, IF and send-on-delta operators, Alexiewicz norms, and the theorems about them.

The path is the folder list: signals -> operators -> spike trains (again signals) -> norms. Importing the package
loads neither numba nor sympy, matplotlib or hypothesis.
"""

from typing import TYPE_CHECKING, Any

from spikemath.errors import TooManySpikesError
from spikemath.norms import (
    Extremum,
    alexiewicz_extremum,
    alexiewicz_norm,
    discrepancy_norm,
    total_variation,
    truncated_variation,
)
from spikemath.operators import IF, LIF, Encoding, SendOnDelta
from spikemath.signals import RunningIntegral, Signal, Signals, SpikeTrain, SpikeTrains

if TYPE_CHECKING:
    from spikemath import datasets, plot
    from spikemath.io import load, save


def __getattr__(name: str) -> Any:
    """``plot``, ``datasets``, ``io``, ``load`` and ``save`` are imported when first used."""
    from importlib import import_module

    if name in ("datasets", "io", "plot"):
        return import_module(f"spikemath.{name}")
    if name in ("load", "save"):
        return getattr(import_module("spikemath.io"), name)
    raise AttributeError(f"module 'spikemath' has no attribute {name!r}")


__version__ = "0.1.0.dev0"
__all__ = [
    "IF",
    "LIF",
    "Encoding",
    "Extremum",
    "RunningIntegral",
    "SendOnDelta",
    "Signal",
    "Signals",
    "SpikeTrain",
    "SpikeTrains",
    "TooManySpikesError",
    "alexiewicz_extremum",
    "alexiewicz_norm",
    "datasets",
    "discrepancy_norm",
    "load",
    "plot",
    "save",
    "total_variation",
    "truncated_variation",
]
