"""What a stream carries from block to block: plain values, nothing of the past."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.encode_train import empty
from spikemath.signals.checks import FloatArray

Columns: TypeAlias = tuple[FloatArray, FloatArray, NDArray[np.int64]]  # hi, lo, counts


class State(NamedTuple):
    """Of one channel that is encoded by itself."""

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


def frozen(state: Any) -> Any:
    """The state, its arrays made read-only."""
    if isinstance(state, np.ndarray):
        state.flags.writeable = False
    elif isinstance(state, tuple):
        for part in state:
            frozen(part)
    return state


def same(a: Any, b: Any, alike: Callable[[Any, Any], bool] = np.array_equal) -> bool:
    """Whether two states are one; ``alike`` compares arrays."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y, alike) for x, y in zip(a, b, strict=True))
    return alike(a, b) if isinstance(a, np.ndarray) else bool(a == b)
