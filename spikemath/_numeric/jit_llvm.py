"""The compiled forms of jit_lanes.py: LLVM code for vectors of eight doubles. Imports numba, so import it late.

Every loop takes whole vectors as long as eight elements can be read, and copies what is left through a small buffer.
Elements are float64, float32 or integers of at most 32 bits; all become float64 when they are loaded.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8
_DOUBLE, _INT, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
_VECTOR, _MASK = ir.VectorType(_DOUBLE, LANES), ir.VectorType(_BIT, LANES)
_INTS = ir.VectorType(_INT, LANES)
_SELECT = ir.VectorType(ir.IntType(32), LANES)


def _constant(values: Any) -> Any:
    return ir.Constant(_VECTOR, [float(x) for x in values])


_ZERO = _constant([0.0] * LANES)


def _splat(b: Any, x: Any) -> Any:
    one = b.insert_element(ir.Constant(ir.VectorType(x.type, LANES), ir.Undefined), x, ir.IntType(32)(0))
    return b.shuffle_vector(one, one, ir.Constant(_SELECT, [0] * LANES))


def _picked(b: Any, x: Any, lanes: Any) -> Any:
    return b.shuffle_vector(x, x, ir.Constant(_SELECT, list(lanes)))


def _fma(b: Any, x: Any, y: Any, z: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fma.v{LANES}f64"), [x, y, z])


def _abs(b: Any, x: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fabs.v{LANES}f64"), [x])


def _larger(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.fcmp_ordered(">", x, y), x, y)


def _read(b: Any, pointer: Any, index: Any) -> Any:
    """Eight doubles of a table."""
    where = b.bitcast(b.gep(pointer, [index]), ir.PointerType(_VECTOR))
    return b.load(where, align=8)


class _Samples:
    """An array of samples of any accepted type, read as vectors of doubles."""

    def __init__(self, context: Any, b: Any, kind: Any, value: Any, size: Any) -> None:
        self.b, self.kind, self.size = b, kind.dtype, size
        self.data = context.make_array(kind)(context, b, value).data
        self.element = self.data.type.pointee
        self.buffer = cgutils.alloca_once(b, ir.ArrayType(self.element, LANES))

    def vector(self, k: Any, last: Any) -> Any:
        """Samples k, k + 1, ... as doubles; what lies at or beyond ``last`` is anything, but can be read."""
        b, kind = self.b, ir.PointerType(ir.VectorType(self.element, LANES))
        place = cgutils.alloca_once(b, kind)
        inside = b.icmp_signed("<=", b.add(k, _INT(LANES)), self.size)
        with b.if_else(inside, likely=True) as (then, other):
            with then:
                b.store(b.bitcast(b.gep(self.data, [k]), kind), place)
            with other:
                flat = b.bitcast(self.buffer, ir.PointerType(self.element))
                with cgutils.for_range(b, _INT(LANES)) as loop:
                    at = b.add(k, loop.index)
                    safe = b.select(b.icmp_signed("<", at, last), at, k)
                    b.store(b.load(b.gep(self.data, [safe])), b.gep(flat, [loop.index]))
                b.store(b.bitcast(self.buffer, kind), place)
        return self.converted(b.load(b.load(place), align=self.kind.bitwidth // 8))

    def whole(self, k: Any) -> Any:
        """Eight samples from k on, all of which exist."""
        b, kind = self.b, ir.PointerType(ir.VectorType(self.element, LANES))
        return self.converted(b.load(b.bitcast(b.gep(self.data, [k]), kind), align=self.kind.bitwidth // 8))

    def converted(self, x: Any) -> Any:
        if self.kind == types.float64:
            return x
        if isinstance(self.kind, types.Float):
            return self.b.fpext(x, _VECTOR)
        return self.b.sitofp(x, _VECTOR) if self.kind.signed else self.b.uitofp(x, _VECTOR)


def _before(b: Any, k: Any, last: Any) -> Any:
    """Mask of the lanes k + j < last."""
    lanes = b.add(_splat(b, k), ir.Constant(_INTS, list(range(LANES))))
    return b.icmp_signed("<", lanes, _splat(b, last))


def _any(b: Any, mask: Any) -> Any:
    return b.icmp_unsigned("!=", b.bitcast(mask, ir.IntType(LANES)), ir.IntType(LANES)(0))


def _index_type(*kinds: Any) -> bool:
    return all(isinstance(kind, types.Integer) for kind in kinds)


def _is_samples(kind: Any) -> bool:
    if not (isinstance(kind, types.Array) and kind.ndim == 1 and kind.layout == "C"):
        return False
    small = isinstance(kind.dtype, types.Integer) and kind.dtype.bitwidth <= 32
    return kind.dtype in (types.float64, types.float32) or small


def _cast(context: Any, b: Any, args: Any, kinds: Any, wanted: Any) -> list[Any]:
    return [a if w is None else context.cast(b, a, k, w) for a, k, w in zip(args, kinds, wanted, strict=True)]


class _Scan:
    """v <- E v + x over eight lanes at once."""

    _SHIFTS = [[7, 0, 1, 2, 3, 4, 5, 6], [6, 7, 0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 0, 1, 2, 3]]

    def __init__(self, b: Any, table: Any, low: Any, high: Any) -> None:
        self.b = b
        self.shift = [_read(b, table, _INT(LANES * i)) for i in range(3)]
        self.powers = _read(b, table, _INT(LANES * 3))
        self.step = _picked(b, self.powers, [LANES - 1] * LANES)
        self.low, self.high = _splat(b, low), _splat(b, high)

    def __call__(self, x: Any, v: Any) -> tuple[Any, Any, Any]:
        """The eight values, the last of them in all lanes (a shorter chain), and the mask of those outside."""
        b = self.b
        for order, factor in zip(self._SHIFTS, self.shift, strict=True):
            x = _fma(b, _picked(b, x, order), factor, x)
        after = _fma(b, v, self.step, _picked(b, x, [LANES - 1] * LANES))
        x = _fma(b, v, self.powers, x)
        outside = b.or_(b.fcmp_unordered(">=", x, self.high), b.fcmp_unordered("<=", x, self.low))
        return x, after, outside


@intrinsic  # type: ignore[untyped-decorator]
def first_outside(typing: Any, x: Any, first: Any, last: Any, size: Any, v: Any, table: Any, low: Any, high: Any) -> Any:
    """See jit_lanes.py."""
    if not _is_samples(x):
        return None
    sig = types.Tuple((types.int64, types.float64))(
        x, types.int64, types.int64, types.int64, types.float64, table, types.float64, types.float64
    )

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, v, table, low, high = args
        samples = _Samples(context, b, sig.args[0], x, size)
        data = context.make_array(sig.args[5])(context, b, table).data
        scan = _Scan(b, data, low, high)
        at, value = cgutils.alloca_once_value(b, first), cgutils.alloca_once_value(b, _splat(b, v))
        found, result = cgutils.alloca_once_value(b, last), cgutils.alloca_once_value(b, v)

        groups, group, take = (b.append_basic_block(n) for n in ("groups", "group", "take"))
        singles, single, end = (b.append_basic_block(n) for n in ("singles", "single", "end"))
        b.branch(groups)
        with b.goto_block(groups):  # four vectors with one branch
            k = b.load(at)
            b.cbranch(b.icmp_signed("<=", b.add(k, _INT(4 * LANES)), last), group, singles)
        with b.goto_block(group):
            v, outside = b.load(value), None
            for i in range(4):
                _, v, mask = scan(samples.whole(b.add(k, _INT(i * LANES))), v)
                outside = mask if outside is None else b.or_(outside, mask)
            b.cbranch(_any(b, outside), singles, take)
        with b.goto_block(take):
            b.store(v, value)
            b.store(b.add(k, _INT(4 * LANES)), at)
            b.branch(groups)
        with b.goto_block(singles):
            k = b.load(at)
            b.cbranch(b.icmp_signed("<", k, last), single, end)
        with b.goto_block(single):
            u, after, outside = scan(samples.vector(k, last), b.load(value))
            bits = b.bitcast(b.and_(outside, _before(b, k, last)), ir.IntType(LANES))
            wide = b.zext(bits, _INT)
            lane = b.cttz(wide, _BIT(0))
            over = b.icmp_unsigned("!=", wide, _INT(0))
            final = b.sub(b.select(b.icmp_signed("<", b.add(k, _INT(LANES)), last), b.add(k, _INT(LANES)), last), _INT(1))
            place = b.select(over, b.add(k, lane), final)
            b.store(b.extract_element(u, b.trunc(b.sub(place, k), ir.IntType(32))), result)
            b.store(after, value)
            b.store(b.add(k, _INT(LANES)), at)
            b.store(b.select(over, place, last), found)
            b.cbranch(over, end, singles)
        b.position_at_end(end)
        k = b.load(found)
        whole = b.extract_element(b.load(value), ir.IntType(32)(0))
        none = b.icmp_signed("==", k, last)
        exact = b.icmp_signed("==", b.load(at), last)  # the last vector was a whole one
        return context.make_tuple(b, sig.return_type, [k, b.select(b.and_(none, exact), whole, b.load(result))])

    return sig, codegen


def _shuffled_sum(b: Any, x: Any, combine: Any) -> Any:
    """Combine all lanes; the sums are exact, so that any order will do."""
    for order in ([4, 5, 6, 7, 0, 1, 2, 3], [2, 3, 0, 1, 4, 5, 6, 7], [1, 0, 2, 3, 4, 5, 6, 7]):
        x = combine(x, _picked(b, x, order))
    return b.extract_element(x, ir.IntType(32)(0))


def _split_loop(context: Any, b: Any, samples: Any, first: Any, last: Any, s1: Any, s2: Any, term: Any) -> list[Any]:
    """Sums of h and g, and the largest of whatever else ``term`` returns."""
    s1, s2 = _splat(b, s1), _splat(b, s2)
    sums = [cgutils.alloca_once_value(b, _ZERO) for _ in range(4)]

    def add(x: Any, k: Any) -> None:
        p, rest, exact = term(x, k)
        h = b.fsub(b.fadd(p, s1), s1)
        m = b.fsub(p, h)
        if rest is not None:
            m = b.fadd(m, rest)
        g = b.fsub(b.fadd(m, s2), s2)
        b.store(b.fadd(b.load(sums[0]), h), sums[0])
        b.store(b.fadd(b.load(sums[1]), g), sums[1])
        if exact:
            b.store(_larger(b, _abs(b, b.fsub(m, g)), b.load(sums[2])), sums[2])
        b.store(_larger(b, _abs(b, p), b.load(sums[3])), sums[3])

    whole = b.sub(last, b.and_(b.sub(last, first), _INT(LANES - 1)))
    with cgutils.for_range_slice(b, first, whole, _INT(LANES)) as (k, _):
        add(samples.whole(k), k)
    with b.if_then(b.icmp_signed("<", whole, last)):
        x = samples.vector(whole, last)
        add(b.select(_before(b, whole, last), x, _ZERO), whole)
    high = _shuffled_sum(b, b.load(sums[0]), b.fadd)
    low = _shuffled_sum(b, b.load(sums[1]), b.fadd)
    rest, most = (_shuffled_sum(b, b.load(s), lambda x, y: _larger(b, x, y)) for s in sums[2:])
    return [high, low, rest, most]


@intrinsic  # type: ignore[untyped-decorator]
def split_sum(typing: Any, x: Any, first: Any, last: Any, size: Any, s1: Any, s2: Any) -> Any:
    """See jit_lanes.py."""
    if not _is_samples(x):
        return None
    four = types.UniTuple(types.float64, 4)
    sig = four(x, types.int64, types.int64, types.int64, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, s1, s2 = args
        samples = _Samples(context, b, sig.args[0], x, size)
        made = _split_loop(context, b, samples, first, last, s1, s2, lambda p, _: (p, None, True))
        return context.make_tuple(b, sig.return_type, made)

    return sig, codegen


@intrinsic  # type: ignore[untyped-decorator]
def split_dot(typing: Any, x: Any, first: Any, last: Any, size: Any, weights: Any, s1: Any, s2: Any) -> Any:
    """See jit_lanes.py."""
    if not _is_samples(x):
        return None
    three = types.UniTuple(types.float64, 3)
    sig = three(x, types.int64, types.int64, types.int64, weights, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, weights, s1, s2 = args
        samples = _Samples(context, b, sig.args[0], x, size)
        table = context.make_array(sig.args[4])(context, b, weights)
        row = b.extract_value(table.shape, 1)
        offset = b.sub(_INT(64), last)

        def term(x: Any, k: Any) -> tuple[Any, Any, bool]:
            at = b.add(offset, k)
            wh, wl = _read(b, table.data, at), _read(b, table.data, b.add(at, row))
            p = b.fmul(x, wh)
            error = _fma(b, x, wh, b.fneg(p))
            return p, b.fadd(error, b.fmul(x, wl)), False

        high, low, _, most = _split_loop(context, b, samples, first, last, s1, s2, term)
        return context.make_tuple(b, sig.return_type, [high, low, most])

    return sig, codegen
