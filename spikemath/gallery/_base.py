"""What the members share."""

from __future__ import annotations

from typing import Any

import numpy as np


def count_of(x: Any, name: str) -> int:
    if isinstance(x, bool) or not isinstance(x, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {type(x).__name__}")
    if x < 1:
        raise ValueError(f"{name} = {x} must be >= 1")
    return int(x)


def smooth(n: int) -> int:
    from scipy.fft import next_fast_len

    return int(next_fast_len(max(n, 3), real=True))


def like(values: Any, t: Any) -> Any:
    return float(values) if np.ndim(t) == 0 and np.ndim(values) == 0 else np.asarray(values)
