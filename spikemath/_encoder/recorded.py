"""The samples of a signal that is nothing but samples, held constant or joined by straight lines.

Held samples keep the type they came in. float32 and integers of at most 32 bits are floats of double precision exactly,
and the kernels widen each sample when they load it: half the memory is read, and no arithmetic is done but in float64.
A factor is multiplied in float64.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.eft import two_prod


def recorded(f: Any) -> NDArray[Any] | None:
    """The samples of a signal that is nothing but these, held constant; else None."""
    p = _pieces(f)
    if p is None or p.given.shape[:2] != (1, 1):
        return None
    x: NDArray[Any] = np.ascontiguousarray(p.given[0, 0])
    return multiplied(x, p.scale)


def joined(f: Any) -> NDArray[Any] | None:
    """The samples of a signal that is nothing but these, joined by straight lines; else None."""
    p = _pieces(f)
    x = None if p is None else p.samples
    return None if x is None else multiplied(x, p.scale)


def _pieces(f: Any) -> Any:
    """The only part of a signal, where its knots are 0, 1, 2, ... and there are no pulses; else None."""
    if len(f._parts) != 1 or len(f._pulses):
        return None
    p = f._parts[0]
    whole = p.knots is None and f._start == (0.0, 0.0) and f._end == (float(p.number), 0.0)
    return p if whole else None


def multiplied(x: NDArray[Any], factor: Fraction) -> NDArray[Any] | None:
    """The samples times the factor where every product is a float: -f, or 2 f, take the same kernel as f; else None."""
    if factor == 1:
        return x
    if not abs(factor) < 2**1000:
        return None
    c, x = float(factor), x.astype(np.float64, copy=False)
    if c != factor:
        return None
    part, power = math.frexp(c)
    with np.errstate(all="ignore"):
        if abs(part) == 0.5:
            product = np.ldexp(math.copysign(1.0, part) * x, power - 1)
            exact = np.ldexp(product, 1 - power) == math.copysign(1.0, part) * x
        else:
            product, error = two_prod.python(x, np.float64(c))
            size = np.abs(product)
            exact = (error == 0.0) & ((size == 0.0) | ((size > 2.0**-900) & (size < 2.0**900)))  # no error underflows
    return product if exact.all() else None
