"""Vectors of eight doubles in LLVM code: what the loops of jit_filters.py and jit_sums.py are built of.

Elements of arrays are float64, float32 or integers of at most 32 bits; all become float64 when they are loaded. Every
loop takes whole vectors as long as eight elements can be read, and copies what is left through a small buffer.
"""

from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric.jit_bare import Bare

LANES = 8
AHEAD, BYTES = 2048, ir.PointerType(ir.IntType(8))  # how far to fetch
HAS_FMA = platform.machine() in ("arm64", "aarch64") or bool(llvm.get_host_cpu_features().get("fma"))
DOUBLE, INT, BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
VECTOR, MASK = ir.VectorType(DOUBLE, LANES), ir.VectorType(BIT, LANES)
INTS = ir.VectorType(INT, LANES)
SELECT = ir.VectorType(ir.IntType(32), LANES)


def constant(values: Any) -> Any:
    return ir.Constant(VECTOR, [float(x) for x in values])


ZERO = constant([0.0] * LANES)


def splat(b: Any, x: Any) -> Any:
    one = b.insert_element(ir.Constant(ir.VectorType(x.type, LANES), ir.Undefined), x, ir.IntType(32)(0))
    return b.shuffle_vector(one, one, ir.Constant(SELECT, [0] * LANES))


def picked(b: Any, x: Any, lanes: Any) -> Any:
    return b.shuffle_vector(x, x, ir.Constant(SELECT, list(lanes)))


def fma_of(b: Any, x: Any, y: Any, z: Any) -> Any:
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fma.v{LANES}f64"), [x, y, z])


def abs_of(b: Any, x: Any) -> Any:
    kind = ir.FunctionType(VECTOR, [VECTOR])
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fabs.v{LANES}f64"), [x])


def larger(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.fcmp_ordered(">", x, y), x, y)


def read(b: Any, pointer: Any, index: Any) -> Any:
    """Eight doubles of a table."""
    where = b.bitcast(b.gep(pointer, [index]), ir.PointerType(VECTOR))
    return b.load(where, align=8)


@intrinsic
def two_prod(typing: Any, x: Any, y: Any) -> Any:
    """See eft.py."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, y = args
        p = b.fmul(x, y)
        return context.make_tuple(b, sig.return_type, [p, b.fma(x, y, b.fneg(p))])

    return types.UniTuple(types.float64, 2)(types.float64, types.float64), codegen


@intrinsic
def fma(typing: Any, x: Any, y: Any, z: Any) -> Any:
    """See eft.py."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        return b.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


def fetch(b: Any, place: Any) -> None:
    """Bring the memory at that place, which need not exist, into the caches."""
    flag = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [BYTES, flag, flag, flag])
    b.call(b.module.declare_intrinsic("llvm.prefetch", [BYTES], kind), [place, flag(0), flag(3), flag(1)])


class Samples:
    """Samples of any accepted type, read as vectors of doubles."""

    def __init__(self, b: Any, kind: Any, data: Any, size: Any) -> None:
        self.b, self.kind, self.size, self.data = b, kind.dtype, size, data
        self.element = self.data.type.pointee
        self.buffer = cgutils.alloca_once(b, ir.ArrayType(self.element, LANES))

    def vector(self, k: Any, last: Any) -> Any:
        """Samples k, k + 1, ... as doubles; what lies at or beyond ``last`` is anything, but can be read."""
        b, kind = self.b, ir.PointerType(ir.VectorType(self.element, LANES))
        place = cgutils.alloca_once(b, kind)
        inside = b.icmp_signed("<=", b.add(k, INT(LANES)), self.size)
        with b.if_else(inside, likely=True) as (then, other):
            with then:
                b.store(b.bitcast(b.gep(self.data, [k]), kind), place)
            with other:
                flat = b.bitcast(self.buffer, ir.PointerType(self.element))
                with cgutils.for_range(b, INT(LANES)) as loop:
                    at = b.add(k, loop.index)
                    safe = b.select(b.icmp_signed("<", at, last), at, k)
                    b.store(b.load(b.gep(self.data, [safe])), b.gep(flat, [loop.index]))
                b.store(b.bitcast(self.buffer, kind), place)
        return self.converted(b.load(b.load(place), align=self.kind.bitwidth // 8))

    def whole(self, k: Any) -> Any:
        """Eight samples from k on, all of which exist. What is read soon is fetched; the processor looks less far."""
        b, kind = self.b, ir.PointerType(ir.VectorType(self.element, LANES))
        place = b.gep(self.data, [k])
        fetch(b, b.gep(b.bitcast(place, BYTES), [INT(AHEAD)]))
        return self.converted(b.load(b.bitcast(place, kind), align=self.kind.bitwidth // 8))

    def converted(self, x: Any) -> Any:
        if self.kind == types.float64:
            return x
        if isinstance(self.kind, types.Float):
            return self.b.fpext(x, VECTOR)
        return self.b.sitofp(x, VECTOR) if self.kind.signed else self.b.uitofp(x, VECTOR)


def before(b: Any, k: Any, last: Any) -> Any:
    """Mask of the lanes k + j < last."""
    lanes = b.add(splat(b, k), ir.Constant(INTS, list(range(LANES))))
    return b.icmp_signed("<", lanes, splat(b, last))


def any_of(b: Any, mask: Any) -> Any:
    return b.icmp_unsigned("!=", b.bitcast(mask, ir.IntType(LANES)), ir.IntType(LANES)(0))


def is_samples(kind: Any) -> bool:
    if not isinstance(kind, Bare):
        return False
    size: Any = kind.dtype  # numba's types are not typed for mypy
    small = isinstance(kind.dtype, types.Integer) and size.bitwidth <= 32
    return kind.dtype in (types.float64, types.float32) or small


@intrinsic
def transpose(typing: Any, source: Any, at: Any, stride: Any, target: Any, to: Any, width: Any) -> Any:
    """See jit_lanes.py."""
    if not (isinstance(source, Bare) and source == target):
        return None
    sig = types.none(source, types.int64, types.int64, target, types.int64, types.int64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        source, at, stride, target, to, width = args
        kind, size = ir.PointerType(ir.VectorType(source.type.pointee, LANES)), sig.args[0].dtype.bitwidth // 8

        def place(data: Any, first: Any, i: int, step: Any) -> Any:
            return b.bitcast(b.gep(data, [b.add(first, b.mul(INT(i), step))]), kind)

        rows = [b.load(place(source, at, i, stride), align=size) for i in range(LANES)]
        for half in (1, 2, 4):  # exchange the blocks of that size beside the diagonal
            lanes = range(LANES)
            low = ir.Constant(SELECT, [j if not j & half else j - half + LANES for j in lanes])
            high = ir.Constant(SELECT, [j + half if not j & half else j + LANES for j in lanes])
            made = list(rows)
            for i in lanes:
                if not i & half:
                    made[i] = b.shuffle_vector(rows[i], rows[i + half], low)
                    made[i + half] = b.shuffle_vector(rows[i], rows[i + half], high)
            rows = made
        for i, row in enumerate(rows):
            b.store(row, place(target, to, i, width), align=size)
        return context.get_dummy_value()

    return sig, codegen
