"""The loops in LLVM code give what their plain Python forms give: bit for bit where results are reported."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from spikemath._encoder.sample_tables import tables
from spikemath._numeric import jit_lanes
from spikemath._numeric.eft import two_prod
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import (
    bare,
    first_beyond,
    first_crossable,
    first_outside,
    partial_integrals,
    partial_sums,
    scanned_block,
    split_dot,
    split_sum,
)

pytestmark = pytest.mark.jit_only


def _outside(x, first, last, v, table, low, high):
    return first_outside(bare(x), first, last, x.size, v, bare(table), low, high)


def _crossable(x, first, last, v, table, low, high, end, bend):
    return first_crossable(bare(x), first, last, x.size, v, bare(table), low, high, end, bend)


def _beyond(x, first, last, low, high):
    return first_beyond(bare(x), first, last, x.size, low, high)


def _sum(x, first, last, s1, s2):
    return split_sum(bare(x), first, last, x.size, s1, s2)


def _dot(x, first, last, weights, s1):
    return split_dot(bare(x), first, last, x.size, bare(weights), s1)


def _block(x, first, v, table, low, high, leaky, weights, s1, s2):
    return scanned_block(bare(x), first, x.size, v, bare(table), low, high, leaky, bare(weights), s1, s2)


def _sums(x, first, last, v):
    return partial_sums(bare(x), first, last, x.size, v)


def _integrals(x, first, last, v, table, weights):
    return partial_integrals(bare(x), first, last, x.size, v, bare(table), bare(weights))


def _products(x, y, out):
    for i in range(x.size):
        out[0, i], out[1, i] = two_prod(x[i], y[i])


outside, beyond, total, dot, block = map(compiled, (_outside, _beyond, _sum, _dot, _block))
products, sums, integrals, crossable = map(compiled, (_products, _sums, _integrals, _crossable))


def spans(rng):
    """A read-only array, and indices first <= last in it; short ones, and ones that end with the array."""
    n = int(rng.integers(1, 200))
    first = int(rng.integers(0, n + 1))
    return n, first, int(rng.choice([n, rng.integers(first, n + 1)]))


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int16])
def test_loops_over_lanes(kind):
    """Random spans of random data, at every offset and length, up to the last element of the array."""
    rng = np.random.default_rng(1)
    for _ in range(500):
        n, first, last = spans(rng)
        x = (rng.normal(size=n) * 100).astype(kind)
        x.flags.writeable = False
        high = float(rng.choice([100.0, 250.0, 400.0, 1e9]))
        t = tables(float(rng.choice([0.01, 1.0, 0.0])), 0.0, high)
        got = outside(x, first, last, 1.5, t.scan, -high, high)
        expected = jit_lanes._first_outside(x, first, last, n, 1.5, t.scan, -high, high)
        assert got[0] == expected[0]
        assert got[1] == pytest.approx(expected[1], abs=1e-9)
        assert beyond(x, first, last, -high, high) == jit_lanes._first_beyond(x, first, last, n, -high, high)
        last = min(last, first + 64)
        s1, s2 = 1.5 * 2.0**22, 1.5 * 2.0 ** int(rng.choice([-24, 0]))
        got, expected = total(x, first, last, s1, s2), jit_lanes._split_sum(x, first, last, n, s1, s2)
        same = got[0] + got[1] == expected[0] + expected[1]  # integers are not split
        assert (same and got[2:] == (0.0, expected[3])) if kind is np.int16 else got == expected
        assert dot(x, first, last, t.weights, s1) == jit_lanes._split_dot(x, first, last, n, t.weights, s1)
        if n >= 64:
            at = int(rng.integers(0, n - 63))
            for leaky in (False, True):
                arguments = 0.5, t.scan, -high, high, leaky, t.weights, s1, s2
                got, expected = block(x, at, *arguments), jit_lanes._scanned_block(x, at, n, *arguments)
                assert got[0] == expected[0]
                whole = kind is np.int16 and not leaky
                same = got[2] + got[3] == expected[2] + expected[3] if whole else got[2:5] == expected[2:5]
                close = got[1] == pytest.approx(expected[1], abs=1e-9) and got[5] == expected[5]
                assert not got[0] or (same and close)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int16, np.uint8])
def test_lines_that_may_cross(kind):
    """The same first line, and the same v where it begins, over random spans up to the last line of the array."""
    rng = np.random.default_rng(6)
    stopped = 0
    for _ in range(500):
        n, first, last = spans(rng)
        first, last = min(first, n - 1), min(last, n - 1)
        x = np.abs(rng.normal(size=n) * 100).astype(kind)
        x = x if kind is np.uint8 else (x * np.resize([1, -1, -1], n)).astype(kind)
        x.flags.writeable = False
        high, bend = float(rng.choice([100.0, 250.0, 400.0, 1e9])), float(rng.choice([0.0, 0.125, 1.0]))
        t = tables(float(rng.choice([0.01, 1.0, 0.0])), 0.0, high)
        low = float(rng.choice([-high, -1e9]))
        got = crossable(x, first, last, 1.5, t.scan, low, high, 0.5, bend)
        expected = jit_lanes._first_crossable(x, first, last, n, 1.5, t.scan, low, high, 0.5, bend)
        assert got[0] == expected[0]
        assert got[1] == pytest.approx(expected[1], abs=1e-9)
        stopped += first < got[0] < last
    assert stopped > 50


def test_sums_do_not_depend_on_the_order():
    """The parts of any permutation are the same bits: that is what anchors rest on."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        x = rng.normal(size=64) * 10.0 ** rng.integers(-12, 1, 64)
        parts = total(x, 0, 64, 1.5 * 2.0**9, 1.5 * 2.0**-37)
        assert total(rng.permutation(x), 0, 64, 1.5 * 2.0**9, 1.5 * 2.0**-37) == parts


def test_a_nan_is_outside():
    """A filter that skipped it would miss every crossing behind it."""
    x = np.array([0.0, np.nan, 0.0])
    assert outside(x, 0, 3, 0.0, tables(0.1, 0.0, 1.0).scan, -1.0, 1.0)[0] <= 1
    assert beyond(x, 0, 3, -1.0, 1.0) == 1
    assert crossable(x, 0, 2, 0.0, tables(0.1, 0.0, 1.0).scan, -1.0, 1.0, 0.5, 0.125)[0] == 0


def test_the_fused_product_is_dekkers():
    """Both give p and the exact error."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 2000)) * 10.0 ** rng.integers(-60, 60, (2, 2000))
    out = np.zeros((2, 2000))
    products(x, y, out)
    assert np.array_equal(out, np.array(two_prod.python(x, y)))


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int16])
def test_running_values_and_compensated_sums(kind):
    """Sums have the bits of the plain form; running values, and sums of sizes, are the same up to rounding."""
    rng = np.random.default_rng(4)
    for _ in range(300):
        n, first, last = spans(rng)
        x = (rng.normal(size=n) * 100 * (rng.uniform(size=n) < 0.9)).astype(kind)
        x.flags.writeable = False
        got, expected = sums(x, first, last, 1.5), jit_lanes._partial_sums(x, first, last, n, 1.5)
        assert got[2:4] == expected[2:4]
        assert got[5] == expected[5]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-9)
        t, last = tables(float(rng.choice([0.01, 1.0, 5.0])), 0.0, 1.0), min(last, first + 64)
        arguments = 1.5, t.scan, t.weights
        got, expected = (
            integrals(x, first, last, *arguments),
            jit_lanes._partial_integrals(x, first, last, n, *arguments),
        )
        assert got[2:4] == expected[2:4]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_compensated_sums_lose_no_more_than_they_say():
    """m^2 2^-105 of the sizes, and nothing where the errors add exactly."""
    rng = np.random.default_rng(5)
    for _ in range(100):
        n = int(rng.integers(1, 513))
        for x in (rng.normal(size=n) * 10.0 ** rng.integers(-18, 18, n), rng.integers(-9, 10, n) / 10.0):
            _, _, hi, lo, total, least = sums(x, 0, n, 0.0)
            lost = abs(sum(map(Fraction, x.tolist()), -Fraction(hi) - Fraction(lo)))
            assert lost <= Fraction(total) * 64**2 / 2**105
            assert lost == 0 or total * 2.0**-46 > least
