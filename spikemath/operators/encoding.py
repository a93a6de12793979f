"""What is known about an encoding: the spikes, and everything beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.signals.immutable import Immutable
from spikemath.signals.many import SpikeTrains
from spikemath.signals.spike_train import SpikeTrain


class Encoding(Immutable):
    """The spikes of an operator with everything known about them; made by ``operator.encode(f)``.

    Attributes
    ----------
    spikes : SpikeTrain or SpikeTrains
        The spikes, weights being exact multiples of the threshold.
    counts : numpy.ndarray of int64
        Signed multiples of the threshold (of all channels, one after the other).
    potential : float or numpy.ndarray
        The potential at the end of the domain (per channel).
    undecided : int
        How many comparisons with the threshold could not be decided at 1000 bits, and fired. 0 whenever alpha = 0.
    operator : LIF, IF or SendOnDelta
        What was applied.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.IF(1.0).encode(sm.SpikeTrain([0.0, 1.0], [0.75, 1.75]))
    >>> enc.counts, enc.potential, enc.undecided
    (array([2]), 0.5, 0)
    """

    __slots__ = ("operator", "potential", "spikes", "undecided")

    spikes: SpikeTrain | SpikeTrains
    potential: Any
    undecided: int
    operator: Any

    def __init__(self, spikes: SpikeTrain | SpikeTrains, potential: Any, undecided: int, operator: Any) -> None:
        for name, value in zip(self.__slots__, (operator, potential, spikes, undecided), strict=True):
            object.__setattr__(self, name, value)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Signed multiples of the threshold."""
        counts = self.spikes.counts
        return np.zeros(0, dtype=np.int64) if counts is None else counts

    def __len__(self) -> int:
        return int(self.counts.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Encoding):
            return NotImplemented
        return (
            self.operator == other.operator
            and self.spikes == other.spikes
            and np.array_equal(self.potential, other.potential)
            and self.undecided == other.undecided
        )

    def __hash__(self) -> int:
        return hash((self.operator, self.spikes))

    def __reduce__(self) -> Any:
        return Encoding, (self.spikes, self.potential, self.undecided, self.operator)

    def __repr__(self) -> str:
        return f"Encoding({self.spikes!r} by {self.operator!r}, undecided={self.undecided})"

    def _repr_html_(self) -> str:
        note = f"<br>{self.undecided} comparisons undecided at 1000 bits" if self.undecided else ""
        return self.spikes._repr_html_() + note
