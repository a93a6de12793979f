"""The compiled forms of the sums in jit_lanes.py, and of the filter with a sum."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric.jit_filters import Scan
from spikemath._numeric.jit_vectors import (
    BIT,
    DOUBLE,
    INT,
    LANES,
    SELECT,
    VECTOR,
    ZERO,
    Samples,
    abs_of,
    before,
    fma_of,
    is_samples,
    larger,
    picked,
    read,
    splat,
)


def _folded(b: Any, x: Any, y: Any, combine: Any) -> tuple[Any, Any]:
    """Combine all lanes of x, and all of y: lane j with j + 4, then with j + 2, then with j + 1."""
    low, high = ([first + i for first in (0, LANES) for i in range(at, at + 4)] for at in (0, 4))
    z = combine(*(b.shuffle_vector(x, y, ir.Constant(SELECT, lanes)) for lanes in (low, high)))
    for order in ([2, 3, 0, 1, 6, 7, 4, 5], [1, 0, 3, 2, 5, 4, 7, 6]):
        z = combine(z, picked(b, z, order))
    return b.extract_element(z, ir.IntType(32)(0)), b.extract_element(z, ir.IntType(32)(4))


class _Sums:
    """Sum of all terms in two parts, the largest remainder and the largest term; see jit_lanes.py."""

    def __init__(self, b: Any, s1: Any, s2: Any, kind: Any) -> None:
        self.b, self.s1, self.s2 = b, splat(b, s1), splat(b, s2)
        self.exact = isinstance(kind.dtype, types.Integer)  # sums of integers need no split
        self.places = [cgutils.alloca_once_value(b, ZERO) for _ in range(4)]

    def add(self, p: Any, k: Any) -> None:
        """Add the samples p from index k on."""
        b, (high, low, rest, most) = self.b, self.places
        b.store(larger(b, abs_of(b, p), b.load(most)), most)
        if self.exact:
            b.store(b.fadd(b.load(high), p), high)
            return
        h = b.fsub(b.fadd(p, self.s1), self.s1)
        m = b.fsub(p, h)
        g = b.fsub(b.fadd(m, self.s2), self.s2)
        b.store(b.fadd(b.load(high), h), high)
        b.store(b.fadd(b.load(low), g), low)
        b.store(larger(b, abs_of(b, b.fsub(m, g)), b.load(rest)), rest)

    def results(self) -> list[Any]:
        """The four numbers."""
        b, (high, low, rest, most) = self.b, map(self.b.load, self.places)
        return [*_folded(b, high, low, b.fadd), *_folded(b, rest, most, lambda x, y: larger(b, x, y))]


class _Products(_Sums):
    """The same for products with the weights of a sum that ends before ``last``."""

    def __init__(self, b: Any, s1: Any, weights: Any, last: Any) -> None:
        self.b, self.s1, self.weights, self.offset = b, splat(b, s1), weights, b.sub(INT(64), last)
        self.places = [cgutils.alloca_once_value(b, ZERO) for _ in range(4)]

    def add(self, x: Any, k: Any) -> None:
        b, (high, low, _, most) = self.b, self.places
        at = b.add(self.offset, k)
        wh, wl = read(b, self.weights, at), read(b, self.weights, b.add(at, INT(64 + LANES)))
        h = b.fsub(fma_of(b, x, wh, self.s1), self.s1)
        m = b.fadd(b.load(low), fma_of(b, x, wh, b.fneg(h)))
        b.store(fma_of(b, x, wl, m), low)
        b.store(b.fadd(b.load(high), h), high)
        b.store(larger(b, abs_of(b, h), b.load(most)), most)


def over(b: Any, samples: Any, first: Any, last: Any, each: Any) -> None:
    """Call each(samples, index, mask of those before last or None) for all vectors."""
    whole = b.sub(last, b.and_(b.sub(last, first), INT(LANES - 1)))
    with cgutils.for_range_slice(b, first, whole, INT(LANES)) as (k, _):
        each(samples.whole(k), k, None)
    with b.if_then(b.icmp_signed("<", whole, last)):
        x, mask = samples.vector(whole, last), before(b, whole, last)
        each(b.select(mask, x, ZERO), whole, mask)


_FOUR = types.UniTuple(types.float64, 4)


@intrinsic
def split_sum(typing: Any, x: Any, first: Any, last: Any, size: Any, s1: Any, s2: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = _FOUR(x, types.int64, types.int64, types.int64, types.float64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, s1, s2 = args
        sums = _Sums(b, s1, s2, sig.args[0])
        over(b, Samples(b, sig.args[0], x, size), first, last, lambda x, k, _: sums.add(x, k))
        return context.make_tuple(b, sig.return_type, sums.results())

    return sig, codegen


@intrinsic
def split_dot(typing: Any, x: Any, first: Any, last: Any, size: Any, weights: Any, s1: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = _FOUR(x, types.int64, types.int64, types.int64, weights, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, weights, s1 = args
        sums = _Products(b, s1, weights, last)
        over(b, Samples(b, sig.args[0], x, size), first, last, lambda x, k, _: sums.add(x, k))
        return context.make_tuple(b, sig.return_type, sums.results())

    return sig, codegen


@intrinsic
def scanned_block(
    typing: Any, x: Any, first: Any, size: Any, v: Any, table: Any, low: Any, high: Any, leaky: Any, weights: Any,
    s1: Any, s2: Any,
) -> Any:  # fmt: skip
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    doubles = [types.float64] * 2
    sig = types.Tuple((types.int64, types.float64, *[types.float64] * 4))(
        x, types.int64, types.int64, types.float64, table, *doubles, types.boolean, weights, *doubles
    )

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, size, v, table, low, high, leaky, weights, s1, s2 = args
        samples, last = Samples(b, sig.args[0], x, size), b.add(first, INT(64))
        over, value = cgutils.alloca_once_value(b, INT(0)), cgutils.alloca_once_value(b, splat(b, v))
        kept = cgutils.alloca_once(b, ir.ArrayType(VECTOR, LANES))
        places = [cgutils.alloca_once(b, DOUBLE) for _ in range(4)]
        kinds = lambda: _Products(b, s1, weights, last), lambda: _Sums(b, s1, s2, sig.args[0])
        with b.if_else(leaky) as branches:
            for branch, kind in zip(branches, kinds, strict=True):
                with branch:
                    scan, sums = Scan(b, table, low, high), kind()
                    with cgutils.for_range_slice(b, first, last, INT(LANES)) as (k, _):
                        data, done = samples.whole(k), b.sub(k, first)
                        u, after, outside = scan(data, b.load(value))
                        b.store(after, value)
                        b.store(u, b.gep(kept, [INT(0), b.lshr(done, INT(3))]), align=8)
                        bits = b.shl(b.zext(b.bitcast(outside, ir.IntType(LANES)), INT), done)
                        b.store(b.or_(b.load(over), bits), over)
                        sums.add(data, k)
                    for place, result in zip(places, sums.results(), strict=True):
                        b.store(result, place)
        hit = b.icmp_unsigned("!=", b.load(over), INT(0))
        where = b.select(hit, b.cttz(b.load(over), BIT(0)), INT(63))
        v = b.load(b.gep(b.bitcast(kept, ir.PointerType(DOUBLE)), [where]))
        k = b.select(hit, b.add(first, where), last)
        return context.make_tuple(b, sig.return_type, [k, v, *map(b.load, places)])

    return sig, codegen
