"""What one channel of a stream carries from block to block, and what it gives: plain values."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.encode_train import empty
from spikemath.signals.checks import FloatArray

Columns: TypeAlias = tuple[FloatArray, FloatArray, NDArray[np.int64]]  # hi, lo, counts


class State(NamedTuple):
    """What one channel carries: plain values, nothing of the past."""

    floats: FloatArray  # the kernel's, see _encoder/firing.py or train_kernels.py
    flags: NDArray[np.int64]
    exact: Fraction = Fraction(0)  # the potential in ticks, where there is no leak
    last: float = 0.0  # the last sample, where the next cell needs it
    begun: int = 0  # 1 there was a sample, 2 there was a cell
    undecided: int = 0


def nothing() -> Columns:
    """No spikes."""
    hi, lo, counts = empty()
    return hi, lo, counts
