"""Running values and compensated sums in LLVM code: partial_sums and partial_integrals of jit_lanes.py.

Imports numba, so import it late.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spikemath._numeric.jit_filters import SHIFTS
from spikemath._numeric.jit_sums import over
from spikemath._numeric.jit_vectors import (
    INT,
    LANES,
    ZERO,
    Samples,
    abs_of,
    constant,
    fma_of,
    is_samples,
    larger,
    picked,
    read,
    splat,
)  # fmt: skip


def _shuffled(b: Any, x: Any, combine: Any) -> Any:
    """Combine all lanes."""
    for order in ([4, 5, 6, 7, 0, 1, 2, 3], [2, 3, 0, 1, 4, 5, 6, 7], [1, 0, 2, 3, 4, 5, 6, 7]):
        x = combine(x, picked(b, x, order))
    return b.extract_element(x, ir.IntType(32)(0))


def _weighted_term(b: Any, weights: Any, last: Any) -> Any:
    """Products with the weights of a sum that ends before ``last``, and their errors."""
    offset = b.sub(INT(64), last)

    def term(x: Any, k: Any) -> tuple[Any, Any]:
        at = b.add(offset, k)
        wh, wl = read(b, weights, at), read(b, weights, b.add(at, INT(64 + LANES)))
        p = b.fmul(x, wh)
        return p, b.fadd(fma_of(b, x, wh, b.fneg(p)), b.fmul(x, wl))

    return term


def _two_sum(b: Any, x: Any, y: Any) -> tuple[Any, Any]:
    t = b.fadd(x, y)
    v = b.fsub(t, x)
    return t, b.fadd(b.fsub(x, b.fsub(t, v)), b.fsub(y, v))


def _folded(b: Any, high: Any, low: Any) -> tuple[Any, Any]:
    """The sum of all lanes of high and low, in two doubles."""
    for order in ([4, 5, 6, 7, 0, 1, 2, 3], [2, 3, 0, 1, 4, 5, 6, 7], [1, 0, 2, 3, 4, 5, 6, 7]):
        high, error = _two_sum(b, high, picked(b, high, order))
        low = b.fadd(b.fadd(low, picked(b, low, order)), error)
    return tuple(b.extract_element(x, ir.IntType(32)(0)) for x in (high, low))


class _Running:
    """Running values over eight lanes, their extremes, and the compensated sum."""

    _MASKS = tuple(constant([0.0] * shift + [1.0] * (LANES - shift)) for shift in (1, 2, 4))

    def __init__(self, b: Any, v: Any, table: Any = None, term: Any = None) -> None:
        self.b, self.term = b, term
        self.plain = table is None
        self.shift = self._MASKS if self.plain else [read(b, table, INT(LANES * i)) for i in range(3)]
        if not self.plain:
            self.powers = read(b, table, INT(LANES * 3))
            self.step = picked(b, self.powers, [LANES - 1] * LANES)
        infinite = constant([float("inf")] * LANES)
        starts = splat(b, v), b.fneg(infinite), infinite, ZERO, ZERO, ZERO, infinite
        self.places = [cgutils.alloca_once_value(b, x) for x in starts]

    def add(self, x: Any, k: Any, mask: Any) -> None:
        """Go on over the samples x from index k on; mask: those that count, or None."""
        b, (value, top, low, high, rest, total, least) = self.b, self.places
        p, error = (x, None) if self.plain else self.term(x, k)
        t, e = _two_sum(b, b.load(high), p)
        b.store(t, high)
        b.store(b.fadd(b.load(rest), e if error is None else b.fadd(e, error)), rest)
        size = abs_of(b, p)
        b.store(b.fadd(b.load(total), size), total)
        if self.plain:
            infinite = constant([float("inf")] * LANES)
            size = b.select(b.fcmp_ordered("==", size, ZERO), infinite, size)
            b.store(b.select(b.fcmp_ordered("<", size, b.load(least)), size, b.load(least)), least)
        for order, factor in zip(SHIFTS, self.shift, strict=True):
            x = fma_of(b, picked(b, x, order), factor, x)
        v, end = b.load(value), picked(b, x, [LANES - 1] * LANES)
        b.store(b.fadd(v, end) if self.plain else fma_of(b, v, self.step, end), value)
        x = b.fadd(v, x) if self.plain else fma_of(b, v, self.powers, x)
        for place, sign in ((top, ">"), (low, "<")):
            better = b.fcmp_ordered(sign, x, b.load(place))
            b.store(b.select(better if mask is None else b.and_(better, mask), x, b.load(place)), place)

    def results(self) -> list[Any]:
        """Top, low, sum (hi, lo), sum of sizes, smallest size."""
        b, (_, top, low, high, rest, total, least) = self.b, self.places

        def smaller(x: Any, y: Any) -> Any:
            return b.select(b.fcmp_ordered("<", x, y), x, y)

        ends = _shuffled(b, b.load(top), lambda x, y: larger(b, x, y)), _shuffled(b, b.load(low), smaller)
        size = _shuffled(b, b.load(total), b.fadd)
        sums = _folded(b, b.load(high), b.load(rest))
        return [*ends, *sums, size, *([_shuffled(b, b.load(least), smaller)] if self.plain else [])]


@intrinsic
def partial_sums(typing: Any, x: Any, first: Any, last: Any, size: Any, v: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = types.UniTuple(types.float64, 6)(x, types.int64, types.int64, types.int64, types.float64)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, v = args
        running = _Running(b, v)
        over(b, Samples(b, sig.args[0], x, size), first, last, running.add)
        return context.make_tuple(b, sig.return_type, running.results())

    return sig, codegen


@intrinsic
def partial_integrals(typing: Any, x: Any, first: Any, last: Any, size: Any, v: Any, table: Any, weights: Any) -> Any:
    """See jit_lanes.py."""
    if not is_samples(x):
        return None
    sig = types.UniTuple(types.float64, 5)(x, types.int64, types.int64, types.int64, types.float64, table, weights)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        x, first, last, size, v, table, weights = args
        running = _Running(b, v, table, _weighted_term(b, weights, last))
        over(b, Samples(b, sig.args[0], x, size), first, last, running.add)
        return context.make_tuple(b, sig.return_type, running.results())

    return sig, codegen
