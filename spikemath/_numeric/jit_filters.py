"""The compiled forms of the filters in jit_lanes.py."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric.jit_vectors import (
    BIT,
    DOUBLE,
    INT,
    LANES,
    SELECT,
    VECTOR,
    Samples,
    abs_of,
    before,
    fma_of,
    is_samples,
    larger,
    picked,
    read,
    smaller,
    splat,
)


def _first_of_group(b: Any, masks: Any, k: Any, last: Any) -> tuple[Any, Any, Any, Any]:
    """Of four masks from index k on: bits before ``last``, how far that is, any bit, and whether to stop here."""
    wide = None
    for i, mask in enumerate(masks):
        bits = b.shl(b.zext(b.bitcast(mask, ir.IntType(LANES)), INT), INT(i * LANES))
        wide = bits if wide is None else b.or_(wide, bits)
    left = b.sub(last, k)
    short = b.icmp_signed("<", left, INT(4 * LANES))
    over = b.and_(wide, b.sub(b.shl(INT(1), b.select(short, left, INT(4 * LANES))), INT(1)))
    hit = b.icmp_unsigned("!=", over, INT(0))
    return over, left, hit, b.or_(hit, b.icmp_signed("<=", left, INT(4 * LANES)))


SHIFTS = ((7, 0, 1, 2, 3, 4, 5, 6), (6, 7, 0, 1, 2, 3, 4, 5), (4, 5, 6, 7, 0, 1, 2, 3))  # rotations by 1, 2, 4 lanes


class Scan:
    """v <- E v + x over eight lanes at once."""

    def __init__(self, b: Any, table: Any, low: Any, high: Any) -> None:
        self.b = b
        self.shift = [read(b, table, INT(LANES * i)) for i in range(3)]
        self.powers = read(b, table, INT(LANES * 3))
        self.step = picked(b, self.powers, [LANES - 1] * LANES)
        self.low, self.high = splat(b, low), splat(b, high)

    def __call__(self, x: Any, v: Any) -> tuple[Any, Any, Any]:
        """The eight values, the last of them in all lanes (a shorter chain), and the mask of those outside."""
        b = self.b
        for order, factor in zip(SHIFTS, self.shift, strict=True):
            x = fma_of(b, picked(b, x, order), factor, x)
        after = fma_of(b, v, self.step, picked(b, x, [LANES - 1] * LANES))
        x = fma_of(b, v, self.powers, x)
        outside = b.or_(b.fcmp_unordered(">=", x, self.high), b.fcmp_unordered("<=", x, self.low))
        return x, after, outside


def _first_hit(b: Any, first: Any, last: Any, limit: Any, v: Any, step: Any, past: int) -> list[Any]:
    """The first k in [first, last) whose bit ``step`` sets, and the value there; else last and the value there.

    step(k, v, whole) gives eight values, the next v in all lanes, and a mask. If ``past``, a value is the one before
    its lane. Up to ``limit`` four vectors are taken whole, with one branch.
    """
    at, value = cgutils.alloca_once_value(b, first), cgutils.alloca_once_value(b, splat(b, v))
    found, result = cgutils.alloca_once_value(b, last), cgutils.alloca_once_value(b, v)
    kept = cgutils.alloca_once(b, ir.ArrayType(VECTOR, 5))
    flat = b.bitcast(kept, ir.PointerType(DOUBLE))

    def keep(vectors: Any) -> None:
        for i, u in enumerate(vectors):
            b.store(u, b.gep(kept, [INT(0), INT(i)]), align=8)

    names = ("groups", "group", "take", "out", "singles", "single", "end")
    groups, group, take, out, singles, single, end = (b.append_basic_block(n) for n in names)
    b.branch(groups)
    with b.goto_block(groups):
        k = b.load(at)
        room = b.icmp_signed("<=", b.add(k, INT(4 * LANES)), limit)
        b.cbranch(b.and_(room, b.icmp_signed("<", k, last)), group, singles)
    with b.goto_block(group):
        v, masks, values = b.load(value), [], []
        for i in range(4):
            u, v, mask = step(b.add(k, INT(i * LANES)), v, True)
            masks.append(mask)
            values.append(u)
        over, left, hit, done = _first_of_group(b, masks, k, last)
        b.cbranch(done, out, take)
    with b.goto_block(take):
        b.store(v, value)
        b.store(b.add(k, INT(4 * LANES)), at)
        b.branch(groups)
    with b.goto_block(out):
        keep([*values, v])
        where = b.select(hit, b.cttz(over, BIT(0)), b.add(left, INT(past - 1)))
        b.store(b.load(b.gep(flat, [where])), result)
        b.store(b.select(hit, b.add(k, where), last), found)
        b.branch(end)
    with b.goto_block(singles):
        k = b.load(at)
        b.cbranch(b.icmp_signed("<", k, last), single, end)
    with b.goto_block(single):
        u, after, outside = step(k, b.load(value), False)
        wide = b.zext(b.bitcast(b.and_(outside, before(b, k, last)), ir.IntType(LANES)), INT)
        hit, left = b.icmp_unsigned("!=", wide, INT(0)), b.sub(last, k)
        short = b.select(b.icmp_signed("<", left, INT(LANES)), left, INT(LANES))
        where = b.select(hit, b.cttz(wide, BIT(0)), b.add(short, INT(past - 1)))
        keep([u, after])
        b.store(b.load(b.gep(flat, [where])), result)
        b.store(after, value)
        b.store(b.add(k, INT(LANES)), at)
        b.store(b.select(hit, b.add(k, where), last), found)
        b.cbranch(hit, end, singles)
    b.position_at_end(end)
    return [b.load(found), b.load(result)]


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
        samples, scan = Samples(b, sig.args[0], x, size), Scan(b, table, low, high)

        def step(k: Any, v: Any, whole: bool) -> Any:
            return scan(samples.whole(k) if whole else samples.vector(k, last), v)

        return context.make_tuple(b, sig.return_type, _first_hit(b, first, last, size, v, step, 0))

    return sig, codegen


@intrinsic
def first_crossable(
    typing: Any, x: Any, first: Any, last: Any, size: Any, v: Any, table: Any, low: Any, high: Any, end: Any, bend: Any
) -> Any:  # fmt: skip
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    doubles = [types.float64] * 4
    sig = types.Tuple((types.int64, types.float64))(
        x, types.int64, types.int64, types.int64, types.float64, table, *doubles
    )

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, v, table, low, high, end, bend = args
        samples, scan = Samples(b, sig.args[0], x, size), Scan(b, table, low, high)
        end, bend = splat(b, end), splat(b, bend)
        shifted = ir.Constant(SELECT, [LANES - 1, *range(LANES, 2 * LANES - 1)])

        def step(k: Any, v: Any, whole: bool) -> Any:
            next_k = b.add(k, INT(1))
            if whole:
                data, following = samples.whole(k), samples.whole(next_k)
            else:
                data, following = samples.vector(k, last), samples.vector(next_k, b.add(last, INT(1)))
            u, after, _ = scan(data, v)
            start = b.shuffle_vector(v, u, shifted)
            p, q = fma_of(b, data, end, start), fma_of(b, following, end, u)
            rise = b.fmul(abs_of(b, b.fsub(following, data)), bend)
            top, bottom = b.fadd(larger(b, p, q), rise), b.fsub(smaller(b, p, q), rise)
            outside = b.or_(b.fcmp_unordered(">=", top, scan.high), b.fcmp_unordered("<=", bottom, scan.low))
            return start, after, outside

        limit = b.sub(size, INT(1))
        return context.make_tuple(b, sig.return_type, _first_hit(b, first, last, limit, v, step, 1))

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
            room = b.icmp_signed("<=", b.add(k, INT(4 * LANES)), size)
            b.cbranch(b.and_(room, b.icmp_signed("<", k, last)), group, singles)
        with b.goto_block(group):
            masks = [beyond(samples.whole(b.add(k, INT(i * LANES)))) for i in range(4)]
            over, _, hit, done = _first_of_group(b, masks, k, last)
            b.cbranch(done, out, take)
        with b.goto_block(take):
            b.store(b.add(k, INT(4 * LANES)), at)
            b.branch(groups)
        with b.goto_block(out):
            b.store(b.select(hit, b.add(k, b.cttz(over, BIT(0))), last), found)
            b.branch(end)
        with b.goto_block(singles):
            k = b.load(at)
            b.cbranch(b.icmp_signed("<", k, last), single, end)
        with b.goto_block(single):
            mask = b.and_(beyond(samples.vector(k, last)), before(b, k, last))
            wide = b.zext(b.bitcast(mask, ir.IntType(LANES)), INT)
            hit = b.icmp_unsigned("!=", wide, INT(0))
            b.store(b.add(k, INT(LANES)), at)
            b.store(b.select(hit, b.add(k, b.cttz(wide, BIT(0))), last), found)
            b.cbranch(hit, end, singles)
        b.position_at_end(end)
        return b.load(found)

    return sig, codegen
