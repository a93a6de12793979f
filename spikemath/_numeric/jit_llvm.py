"""The compiled forms of jit_lanes.py: LLVM code for vectors of eight doubles. Imports numba, so import it late.

Every loop takes whole vectors as long as eight elements can be read, and copies what is left through a small buffer.
Elements are float64, float32 or integers of at most 32 bits; all become float64 when they are loaded.
"""

from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric.jit_bare import Bare, bare

__all__ = [
    "HAS_FMA",
    "bare",
    "first_beyond",
    "first_outside",
    "quiet_block",
    "split_dot",
    "split_sum",
    "two_prod",
]

LANES = 8
HAS_FMA = platform.machine() in ("arm64", "aarch64") or bool(llvm.get_host_cpu_features().get("fma"))
_DOUBLE, _INT, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
_VECTOR, _MASK = ir.VectorType(_DOUBLE, LANES), ir.VectorType(_BIT, LANES)
_INTS = ir.VectorType(_INT, LANES)
_SELECT = ir.VectorType(ir.IntType(32), LANES)


def constant(values: Any) -> Any:
    return ir.Constant(_VECTOR, [float(x) for x in values])


ZERO = constant([0.0] * LANES)


def splat(b: Any, x: Any) -> Any:
    one = b.insert_element(ir.Constant(ir.VectorType(x.type, LANES), ir.Undefined), x, ir.IntType(32)(0))
    return b.shuffle_vector(one, one, ir.Constant(_SELECT, [0] * LANES))


def picked(b: Any, x: Any, lanes: Any) -> Any:
    return b.shuffle_vector(x, x, ir.Constant(_SELECT, list(lanes)))


def fma(b: Any, x: Any, y: Any, z: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fma.v{LANES}f64"), [x, y, z])


def absolute(b: Any, x: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.fabs.v{LANES}f64"), [x])


def larger(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.fcmp_ordered(">", x, y), x, y)


def read(b: Any, pointer: Any, index: Any) -> Any:
    """Eight doubles of a table."""
    where = b.bitcast(b.gep(pointer, [index]), ir.PointerType(_VECTOR))
    return b.load(where, align=8)


@intrinsic
def two_prod(typing: Any, x: Any, y: Any) -> Any:
    """See eft.py."""

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, y = args
        p = b.fmul(x, y)
        return context.make_tuple(b, sig.return_type, [p, b.fma(x, y, b.fneg(p))])

    return types.UniTuple(types.float64, 2)(types.float64, types.float64), codegen


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
    lanes = b.add(splat(b, k), ir.Constant(_INTS, list(range(LANES))))
    return b.icmp_signed("<", lanes, splat(b, last))


def _any(b: Any, mask: Any) -> Any:
    return b.icmp_unsigned("!=", b.bitcast(mask, ir.IntType(LANES)), ir.IntType(LANES)(0))


def is_samples(kind: Any) -> bool:
    if not isinstance(kind, Bare):
        return False
    size: Any = kind.dtype  # numba's types are not typed for mypy
    small = isinstance(kind.dtype, types.Integer) and size.bitwidth <= 32
    return kind.dtype in (types.float64, types.float32) or small


def _first_of_group(b: Any, masks: Any, k: Any, last: Any) -> tuple[Any, Any, Any, Any]:
    """Of four masks from index k on: bits before ``last``, how far that is, any bit, and whether to stop here."""
    wide = None
    for i, mask in enumerate(masks):
        bits = b.shl(b.zext(b.bitcast(mask, ir.IntType(LANES)), _INT), _INT(i * LANES))
        wide = bits if wide is None else b.or_(wide, bits)
    left = b.sub(last, k)
    short = b.icmp_signed("<", left, _INT(4 * LANES))
    over = b.and_(wide, b.sub(b.shl(_INT(1), b.select(short, left, _INT(4 * LANES))), _INT(1)))
    hit = b.icmp_unsigned("!=", over, _INT(0))
    return over, left, hit, b.or_(hit, b.icmp_signed("<=", left, _INT(4 * LANES)))


SHIFTS = ((7, 0, 1, 2, 3, 4, 5, 6), (6, 7, 0, 1, 2, 3, 4, 5), (4, 5, 6, 7, 0, 1, 2, 3))  # rotations by 1, 2, 4 lanes


class _Scan:
    """v <- E v + x over eight lanes at once."""

    def __init__(self, b: Any, table: Any, low: Any, high: Any) -> None:
        self.b = b
        self.shift = [read(b, table, _INT(LANES * i)) for i in range(3)]
        self.powers = read(b, table, _INT(LANES * 3))
        self.step = picked(b, self.powers, [LANES - 1] * LANES)
        self.low, self.high = splat(b, low), splat(b, high)

    def __call__(self, x: Any, v: Any) -> tuple[Any, Any, Any]:
        """The eight values, the last of them in all lanes (a shorter chain), and the mask of those outside."""
        b = self.b
        for order, factor in zip(SHIFTS, self.shift, strict=True):
            x = fma(b, picked(b, x, order), factor, x)
        after = fma(b, v, self.step, picked(b, x, [LANES - 1] * LANES))
        x = fma(b, v, self.powers, x)
        outside = b.or_(b.fcmp_unordered(">=", x, self.high), b.fcmp_unordered("<=", x, self.low))
        return x, after, outside


@intrinsic
def first_outside(
    typing: Any, x: Any, first: Any, last: Any, size: Any, v: Any, table: Any, low: Any, high: Any
) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = types.Tuple((types.int64, types.float64))(
        x, types.int64, types.int64, types.int64, types.float64, table, types.float64, types.float64
    )

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, v, table, low, high = args
        samples = Samples(b, sig.args[0], x, size)
        scan = _Scan(b, table, low, high)
        at, value = cgutils.alloca_once_value(b, first), cgutils.alloca_once_value(b, splat(b, v))
        found, result = cgutils.alloca_once_value(b, last), cgutils.alloca_once_value(b, v)
        kept = cgutils.alloca_once(b, ir.ArrayType(_VECTOR, 4))
        names = ("groups", "group", "take", "out", "singles", "single", "end")
        groups, group, take, out, singles, single, end = (b.append_basic_block(n) for n in names)
        b.branch(groups)
        with b.goto_block(groups):  # four vectors with one branch, as long as they can be read
            k = b.load(at)
            room = b.icmp_signed("<=", b.add(k, _INT(4 * LANES)), size)
            b.cbranch(b.and_(room, b.icmp_signed("<", k, last)), group, singles)
        with b.goto_block(group):
            v, masks, values = b.load(value), [], []
            for i in range(4):
                u, v, mask = scan(samples.whole(b.add(k, _INT(i * LANES))), v)
                masks.append(mask)
                values.append(u)
            over, left, hit, done = _first_of_group(b, masks, k, last)
            b.cbranch(done, out, take)
        with b.goto_block(take):
            b.store(v, value)
            b.store(b.add(k, _INT(4 * LANES)), at)
            b.branch(groups)
        with b.goto_block(out):
            for i, u in enumerate(values):
                b.store(u, b.gep(kept, [_INT(0), _INT(i)]), align=8)
            where = b.select(hit, b.cttz(over, _BIT(0)), b.sub(left, _INT(1)))
            flat = b.bitcast(kept, ir.PointerType(_DOUBLE))
            b.store(b.load(b.gep(flat, [where])), result)
            b.store(b.select(hit, b.add(k, where), last), found)
            b.branch(end)
        with b.goto_block(singles):
            k = b.load(at)
            b.cbranch(b.icmp_signed("<", k, last), single, end)
        with b.goto_block(single):
            u, after, outside = scan(samples.vector(k, last), b.load(value))
            wide = b.zext(b.bitcast(b.and_(outside, _before(b, k, last)), ir.IntType(LANES)), _INT)
            hit = b.icmp_unsigned("!=", wide, _INT(0))
            next_k = b.add(k, _INT(LANES))
            final = b.sub(b.select(b.icmp_signed("<", next_k, last), next_k, last), _INT(1))
            where = b.select(hit, b.add(k, b.cttz(wide, _BIT(0))), final)
            b.store(b.extract_element(u, b.trunc(b.sub(where, k), ir.IntType(32))), result)
            b.store(after, value)
            b.store(next_k, at)
            b.store(b.select(hit, where, last), found)
            b.cbranch(hit, end, singles)
        b.position_at_end(end)
        return context.make_tuple(b, sig.return_type, [b.load(found), b.load(result)])

    return sig, codegen


@intrinsic
def first_beyond(typing: Any, x: Any, first: Any, last: Any, size: Any, low: Any, high: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = types.int64(x, types.int64, types.int64, types.int64, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, low, high = args
        samples, low, high = Samples(b, sig.args[0], x, size), splat(b, low), splat(b, high)
        at, found = cgutils.alloca_once_value(b, first), cgutils.alloca_once_value(b, last)

        def beyond(data: Any) -> Any:
            return b.or_(b.fcmp_unordered(">=", data, high), b.fcmp_unordered("<=", data, low))

        names = ("groups", "group", "take", "out", "singles", "single", "end")
        groups, group, take, out, singles, single, end = (b.append_basic_block(n) for n in names)
        b.branch(groups)
        with b.goto_block(groups):
            k = b.load(at)
            room = b.icmp_signed("<=", b.add(k, _INT(4 * LANES)), size)
            b.cbranch(b.and_(room, b.icmp_signed("<", k, last)), group, singles)
        with b.goto_block(group):
            masks = [beyond(samples.whole(b.add(k, _INT(i * LANES)))) for i in range(4)]
            over, _, hit, done = _first_of_group(b, masks, k, last)
            b.cbranch(done, out, take)
        with b.goto_block(take):
            b.store(b.add(k, _INT(4 * LANES)), at)
            b.branch(groups)
        with b.goto_block(out):
            b.store(b.select(hit, b.add(k, b.cttz(over, _BIT(0))), last), found)
            b.branch(end)
        with b.goto_block(singles):
            k = b.load(at)
            b.cbranch(b.icmp_signed("<", k, last), single, end)
        with b.goto_block(single):
            mask = b.and_(beyond(samples.vector(k, last)), _before(b, k, last))
            wide = b.zext(b.bitcast(mask, ir.IntType(LANES)), _INT)
            hit = b.icmp_unsigned("!=", wide, _INT(0))
            b.store(b.add(k, _INT(LANES)), at)
            b.store(b.select(hit, b.add(k, b.cttz(wide, _BIT(0))), last), found)
            b.cbranch(hit, end, singles)
        b.position_at_end(end)
        return b.load(found)

    return sig, codegen


def shuffled_sum(b: Any, x: Any, combine: Any) -> Any:
    """Combine all lanes; the sums are exact, so that any order will do."""
    for order in ([4, 5, 6, 7, 0, 1, 2, 3], [2, 3, 0, 1, 4, 5, 6, 7], [1, 0, 2, 3, 4, 5, 6, 7]):
        x = combine(x, picked(b, x, order))
    return b.extract_element(x, ir.IntType(32)(0))


class _Sums:
    """Sums of h and g, the largest remainder and the largest term, for any order of the terms."""

    def __init__(self, b: Any, s1: Any, s2: Any, term: Any, kind: Any) -> None:
        self.b, self.term, self.s1, self.s2 = b, term, splat(b, s1), splat(b, s2)
        self.exact = term is _plain_term and isinstance(kind.dtype, types.Integer)  # sums of integers need no split
        self.places = [cgutils.alloca_once_value(b, ZERO) for _ in range(4)]

    def add(self, x: Any, k: Any) -> None:
        """Add the terms of the samples x from index k on."""
        b, (high, low, rest, most) = self.b, self.places
        p, error = self.term(x, k)
        if self.exact:
            b.store(b.fadd(b.load(high), p), high)
            b.store(larger(b, absolute(b, p), b.load(most)), most)
            return
        h = b.fsub(b.fadd(p, self.s1), self.s1)
        m = b.fsub(p, h)
        if error is not None:
            m = b.fadd(m, error)
        g = b.fsub(b.fadd(m, self.s2), self.s2)
        b.store(b.fadd(b.load(high), h), high)
        b.store(b.fadd(b.load(low), g), low)
        if error is None:
            b.store(larger(b, absolute(b, b.fsub(m, g)), b.load(rest)), rest)
        b.store(larger(b, absolute(b, p), b.load(most)), most)

    def results(self) -> list[Any]:
        """The four numbers."""
        b = self.b
        sums = [shuffled_sum(b, b.load(s), b.fadd) for s in self.places[:2]]
        return sums + [shuffled_sum(b, b.load(s), lambda x, y: larger(b, x, y)) for s in self.places[2:]]


def over(b: Any, samples: Any, first: Any, last: Any, each: Any) -> None:
    """Call each(samples, index, mask of those before last or None) for all vectors."""
    whole = b.sub(last, b.and_(b.sub(last, first), _INT(LANES - 1)))
    with cgutils.for_range_slice(b, first, whole, _INT(LANES)) as (k, _):
        each(samples.whole(k), k, None)
    with b.if_then(b.icmp_signed("<", whole, last)):
        x, mask = samples.vector(whole, last), _before(b, whole, last)
        each(b.select(mask, x, ZERO), whole, mask)


def _plain_term(x: Any, k: Any) -> tuple[Any, Any]:
    return x, None


def weighted_term(b: Any, weights: Any, last: Any) -> Any:
    offset = b.sub(_INT(64), last)

    def term(x: Any, k: Any) -> tuple[Any, Any]:
        at = b.add(offset, k)
        wh, wl = read(b, weights, at), read(b, weights, b.add(at, _INT(64 + LANES)))
        p = b.fmul(x, wh)
        return p, b.fadd(fma(b, x, wh, b.fneg(p)), b.fmul(x, wl))

    return term


_FOUR = types.UniTuple(types.float64, 4)


@intrinsic
def split_sum(typing: Any, x: Any, first: Any, last: Any, size: Any, s1: Any, s2: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = _FOUR(x, types.int64, types.int64, types.int64, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, s1, s2 = args
        sums = _Sums(b, s1, s2, _plain_term, sig.args[0])
        over(b, Samples(b, sig.args[0], x, size), first, last, lambda x, k, _: sums.add(x, k))
        return context.make_tuple(b, sig.return_type, sums.results())

    return sig, codegen


@intrinsic
def split_dot(typing: Any, x: Any, first: Any, last: Any, size: Any, weights: Any, s1: Any, s2: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = _FOUR(x, types.int64, types.int64, types.int64, weights, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, weights, s1, s2 = args
        sums = _Sums(b, s1, s2, weighted_term(b, weights, last), sig.args[0])
        over(b, Samples(b, sig.args[0], x, size), first, last, lambda x, k, _: sums.add(x, k))
        return context.make_tuple(b, sig.return_type, sums.results())

    return sig, codegen


@intrinsic
def quiet_block(
    typing: Any, x: Any, first: Any, size: Any, v: Any, table: Any, low: Any, high: Any, leaky: Any, weights: Any,
    s1: Any, s2: Any,
) -> Any:  # fmt: skip
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    doubles = [types.float64] * 2
    sig = types.Tuple((types.boolean, types.float64, *[types.float64] * 4))(
        x, types.int64, types.int64, types.float64, table, *doubles, types.boolean, weights, *doubles
    )

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, size, v, table, low, high, leaky, weights, s1, s2 = args
        samples, last = Samples(b, sig.args[0], x, size), b.add(first, _INT(64))
        none = ir.Constant(ir.IntType(LANES), 0)
        over, value = cgutils.alloca_once_value(b, none), cgutils.alloca_once_value(b, splat(b, v))
        places = [cgutils.alloca_once(b, _DOUBLE) for _ in range(4)]
        terms = weighted_term(b, weights, last), _plain_term
        with b.if_else(leaky) as branches:
            for branch, term in zip(branches, terms, strict=True):
                with branch:
                    scan, sums = _Scan(b, table, low, high), _Sums(b, s1, s2, term, sig.args[0])
                    with cgutils.for_range_slice(b, first, last, _INT(LANES)) as (k, _):
                        data = samples.whole(k)
                        _, after, outside = scan(data, b.load(value))
                        b.store(after, value)
                        b.store(b.or_(b.load(over), b.bitcast(outside, ir.IntType(LANES))), over)
                        sums.add(data, k)
                    for place, result in zip(places, sums.results(), strict=True):
                        b.store(result, place)
        quiet = b.icmp_unsigned("==", b.load(over), none)
        after = b.extract_element(b.load(value), ir.IntType(32)(0))
        return context.make_tuple(b, sig.return_type, [quiet, after, *map(b.load, places)])

    return sig, codegen
