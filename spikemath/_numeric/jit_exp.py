"""The compiled form of ``decay_factors`` (exponential.py): eight gaps at a time. Imports numba, so import it late."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric import exponential as e
from spikemath._numeric.jit_bare import Bare

LANES = 8
_DOUBLE, _INT = ir.DoubleType(), ir.IntType(64)
_SHIFTED_ONE = int(np.float64(e.MAGIC).view(np.int64)) + 1023  # minus the bits of MAGIC + k: the exponent of 2^-k


class _Exponential:
    """exp(-z) of vectors of some lanes."""

    def __init__(self, b: Any, lanes: int) -> None:
        self.b, self.lanes = b, lanes
        self.floats, self.ints = ir.VectorType(_DOUBLE, lanes), ir.VectorType(_INT, lanes)

    def constant(self, x: float) -> Any:
        return ir.Constant(self.floats, [float(x)] * self.lanes)

    def line(self, x: Any, y: Any, c: Any) -> Any:
        """c + x y, rounded twice."""
        return self.b.fadd(c, self.b.fmul(x, y))

    def __call__(self, z: Any) -> Any:
        b, c = self.b, self.constant
        z = b.select(b.fcmp_ordered("<", z, c(e.LAST)), z, c(e.LAST))
        shifted = self.line(z, c(e.PER_LN2), c(e.MAGIC))
        k = b.fsub(shifted, c(e.MAGIC))
        r = b.fadd(b.fsub(b.fmul(k, c(e.LN2)), z), b.fmul(k, c(e.LN2_REST)))
        pairs = [self.line(c(e.SERIES[i + 1]), r, c(e.SERIES[i])) for i in range(2, 14, 2)]
        q = b.fmul(r, r)
        p = b.fmul(q, q)
        fours = [b.fadd(c(1.0), r), pairs[1], pairs[3]]
        fours = [self.line(q, odd, even) for odd, even in zip(pairs[:5:2], fours, strict=True)]
        series = pairs[5]
        for four in reversed(fours):
            series = self.line(p, series, four)
        exponent = b.sub(ir.Constant(self.ints, [_SHIFTED_ONE] * self.lanes), b.bitcast(shifted, self.ints))
        return b.fmul(series, b.bitcast(b.shl(exponent, ir.Constant(self.ints, [52] * self.lanes)), self.floats))

    def splat(self, x: Any) -> Any:
        """x in all lanes."""
        one = self.b.insert_element(ir.Constant(self.floats, ir.Undefined), x, ir.IntType(32)(0))
        return self.b.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes))

    def place(self, data: Any, index: Any) -> Any:
        """Where as many floats lie as there are lanes."""
        return self.b.bitcast(self.b.gep(data, [index]), ir.PointerType(self.floats))


@intrinsic
def decay_factors(typing: Any, hi: Any, lo: Any, first: Any, last: Any, leak: Any, out: Any) -> Any:
    """See exponential.py."""
    if not all(isinstance(kind, Bare) and kind.dtype == types.float64 for kind in (hi, lo, out)):
        return None
    sig = types.void(hi, lo, types.int64, types.int64, types.float64, out)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        hi, lo, first, last, leak, out = args

        def run(lanes: int, begin: Any, end: Any) -> None:
            exp = _Exponential(b, lanes)
            rate = exp.splat(leak)
            with cgutils.for_range_slice(b, begin, end, _INT(lanes)) as (i, _):
                before = b.sub(i, _INT(1))
                gaps = [b.fsub(*(b.load(exp.place(data, at), align=8) for at in (i, before))) for data in (hi, lo)]
                made = exp(b.fmul(rate, b.fadd(*gaps)))
                b.store(made, exp.place(out, b.sub(i, first)), align=8)

        whole = b.sub(last, b.srem(b.sub(last, first), _INT(LANES)))
        run(LANES, first, whole)
        run(1, whole, last)
        return context.get_dummy_value()

    return sig, codegen
