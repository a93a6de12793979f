"""The samples of a signal that is nothing but samples held constant, as the type they came in.

float32 and integers of at most 32 bits are floats of double precision exactly, and the kernels widen each sample when
they load it: half the memory is read, and no arithmetic is done but in float64. A factor is multiplied in float64.
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
    if len(f._parts) != 1 or len(f._pulses):
        return None
    p = f._parts[0]
    plain = p.knots is None and p.degree == 0 and p.given.shape[0] == 1
    whole = f._start == (0.0, 0.0) and f._end == (float(p.number), 0.0)
    if not (plain and whole):
        return None
    x: NDArray[Any] = np.ascontiguousarray(p.given[0, 0])
    return multiplied(x, p.scale)


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
