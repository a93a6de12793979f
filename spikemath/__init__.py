"""Signals into spikes, exactly: LIF, IF and send-on-delta operators, Alexiewicz norms, and the theorems about them.

The path is the folder list: signals -> operators -> spike trains (again signals) -> norms. Importing the package
loads neither numba nor sympy, matplotlib or hypothesis.
"""

from typing import TYPE_CHECKING, Any

from spikemath.errors import TooManySpikesError
from spikemath.norms import (
    Extremum,
    alexiewicz_bounds,
    alexiewicz_extremum,
    alexiewicz_norm,
    discrepancy_norm,
    total_variation,
    truncated_variation,
)
from spikemath.operators import IF, LIF, Encoding, SendOnDelta, Stream
from spikemath.signals import RunningIntegral, Signal, Signals, SpikeTrain, SpikeTrains, concatenate

if TYPE_CHECKING:
    from spikemath import (
        conformance,
        convert,
        dask,
        datasets,
        decoders,
        experiments,
        gallery,
        networks,
        plot,
        ragged,
        recordings,
        sparsity,
        strategies,
        study,
        theorems,
    )
    from spikemath.certificates import Certificate, certify
    from spikemath.consistency import Consistency, ErrorBounds, consistent, error_bounds
    from spikemath.io import load, save
    from spikemath.signals.formula import Expression
    from spikemath.sparsity import sparsest
    from spikemath.spool import encode_file


_MODULES = (
    "conformance",
    "convert",
    "dask",
    "datasets",
    "decoders",
    "experiments",
    "gallery",
    "io",
    "networks",
    "plot",
    "ragged",
    "recordings",
    "sparsity",
    "strategies",
    "study",
    "theorems",
)
_LATE = {
    "Certificate": "certificates",
    "Consistency": "consistency",
    "ErrorBounds": "consistency",
    "Expression": "signals.formula",
    "certify": "certificates",
    "consistent": "consistency",
    "encode_file": "spool",
    "error_bounds": "consistency",
    "load": "io",
    "save": "io",
    "sparsest": "sparsity",
}


def __getattr__(name: str) -> Any:
    """Modules, and functions of modules, that are imported when first used."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"spikemath.{name}")
    if name in _LATE:
        return getattr(import_module(f"spikemath.{_LATE[name]}"), name)
    raise AttributeError(f"module 'spikemath' has no attribute {name!r}")


__version__ = "0.1.0.dev0"
__all__ = [
    "IF",
    "LIF",
    "Certificate",
    "Consistency",
    "Encoding",
    "ErrorBounds",
    "Expression",
    "Extremum",
    "RunningIntegral",
    "SendOnDelta",
    "Signal",
    "Signals",
    "SpikeTrain",
    "SpikeTrains",
    "Stream",
    "TooManySpikesError",
    "alexiewicz_bounds",
    "alexiewicz_extremum",
    "alexiewicz_norm",
    "certify",
    "concatenate",
    "conformance",
    "consistent",
    "convert",
    "dask",
    "datasets",
    "decoders",
    "discrepancy_norm",
    "encode_file",
    "error_bounds",
    "experiments",
    "gallery",
    "load",
    "networks",
    "plot",
    "ragged",
    "recordings",
    "save",
    "sparsest",
    "sparsity",
    "strategies",
    "study",
    "theorems",
    "total_variation",
    "truncated_variation",
]
