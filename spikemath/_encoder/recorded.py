"""The samples of a signal that is nothing but samples, held constant or joined by straight lines.

Held samples keep the type they came in. float32 and integers of at most 32 bits are floats of double precision exactly,
and the kernels widen each sample when they load it: half the memory is read, and no arithmetic is done but in float64.
A factor is multiplied in float64.

Lines are joined if each ends exactly where the next begins: slopes, as sums of two floats, are differences of samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.encode_recording import multiplied
from spikemath._numeric.eft import two_sum
from spikemath._numeric.jit import compiled


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
    if p is None or p.given.shape[:2] != (2, 2) or p.unit != 1 or p.given[1, 0].any():
        return None
    slopes, rest = p.given[:, 1]
    x = np.append(p.given[0, 0], math.fsum((p.given[0, 0, -1], slopes[-1], rest[-1])))
    if not meet(x, slopes, rest):
        return None
    return x if p.scale == 1 else multiplied(x, p.scale)


def _pieces(f: Any) -> Any:
    """The only part of a signal, where its knots are 0, 1, 2, ... and there are no pulses; else None."""
    if len(f._parts) != 1 or len(f._pulses):
        return None
    p = f._parts[0]
    whole = p.knots is None and f._start == (0.0, 0.0) and f._end == (float(p.number), 0.0)
    return p if whole else None


def _meet(x, slopes, rest):
    """Whether all differences of neighbours are these sums of two floats."""
    same = True
    for k in range(slopes.size):
        s, e = two_sum(x[k + 1], -x[k])
        same &= s == slopes[k] and e == rest[k]
    return same


meet = compiled(_meet)
