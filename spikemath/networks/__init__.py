"""Networks of spiking neurons: exact event-driven layers and how errors travel through them.

Every name is imported when first used. ``_LATE`` says which file a name comes from; ``_MODULES`` are whole files or
folders. A new part adds one line to one of them and, if it is for users, its name to ``__all__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spikemath.networks import differential, mnist, xor
    from spikemath.networks import figures as figures
    from spikemath.networks._propagation import Response, Row, deviated, propagation, quantized, response
    from spikemath.networks.layer import Layer
    from spikemath.networks.network import Link, Network
    from spikemath.networks.run import Errors, Run

_MODULES: tuple[str, ...] = (
    "differential",
    "figures",
    "mnist",
    "xor",
)
_LATE = {
    "Errors": "run",
    "Layer": "layer",
    "Link": "network",
    "Network": "network",
    "Response": "_propagation",
    "Row": "_propagation",
    "Run": "run",
    "deviated": "_propagation",
    "propagation": "_propagation",
    "quantized": "_propagation",
    "response": "_propagation",
}


def __getattr__(name: str) -> Any:
    """Modules, and names of modules, that are imported when first used."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"spikemath.networks.{name}")
    if name in _LATE:
        return getattr(import_module(f"spikemath.networks.{_LATE[name]}"), name)
    raise AttributeError(f"module 'spikemath.networks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_LATE})


__all__ = [
    "Errors",
    "Layer",
    "Link",
    "Network",
    "Response",
    "Row",
    "Run",
    "deviated",
    "differential",
    "figures",
    "mnist",
    "propagation",
    "quantized",
    "response",
    "xor",
]
