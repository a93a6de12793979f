"""The samples of a signal that is nothing but samples held constant, as the type they came in.

float32 and integers of at most 32 bits are floats of double precision exactly, and the kernels widen each sample when
they load it: half the memory is read, and no arithmetic is done but in float64. A factor is multiplied in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.encode_recording import multiplied


def recorded(f: Any) -> NDArray[Any] | None:
    """The samples of a signal that is nothing but these, held constant; else None."""
    if len(f._parts) != 1 or len(f._pulses):
        return None
    p = f._parts[0]
    plain = p.knots is None and p.degree == 0 and p.given.shape[0] == 1
    whole = f._start == (0.0, 0.0) and f._end == (float(p.number), 0.0)
    if not (plain and whole):
        return None
    x: NDArray[Any] = np.ascontiguousarray(p.given[0, 0])
    return x if p.scale == 1 else multiplied(x.astype(np.float64, copy=False), p.scale)
