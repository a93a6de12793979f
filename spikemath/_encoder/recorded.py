"""The samples of a signal that is nothing but samples, held constant or joined by straight lines.

Held samples keep the type they came in. float32 and integers of at most 32 bits are floats of double precision exactly,
and the kernels widen each sample when they load it: half the memory is read, and no arithmetic is done but in float64.
A factor is multiplied in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.encode_recording import multiplied


def recorded(f: Any) -> NDArray[Any] | None:
    """The samples of a signal that is nothing but these, held constant; else None."""
    p = _pieces(f)
    if p is None or p.given.shape[:2] != (1, 1):
        return None
    x: NDArray[Any] = np.ascontiguousarray(p.given[0, 0])
    return x if p.scale == 1 else multiplied(x.astype(np.float64, copy=False), p.scale)


def joined(f: Any) -> NDArray[Any] | None:
    """The samples of a signal that is nothing but these, joined by straight lines; else None."""
    p = _pieces(f)
    x = None if p is None else p.samples
    if x is None:
        return None
    return x if p.scale == 1 else multiplied(x, p.scale)


def _pieces(f: Any) -> Any:
    """The only part of a signal, where its knots are 0, 1, 2, ... and there are no pulses; else None."""
    if len(f._parts) != 1 or len(f._pulses):
        return None
    p = f._parts[0]
    whole = p.knots is None and f._start == (0.0, 0.0) and f._end == (float(p.number), 0.0)
    return p if whole else None
