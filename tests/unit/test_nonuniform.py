"""The nonuniform transform against sums in mpmath and in exact phases; its adjoint; places at the edge of cells."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from spikemath.signals.axis import PLAIN
from spikemath.signals.nonuniform import WIDTH, Gridding, Library, cells
from spikemath.signals.trigonometric import degree_for, interpolated, nodes, trigonometric


def coefficients(order, seed=0):
    rng = np.random.default_rng(seed)
    c = rng.normal(size=order + 1) + 1j * rng.normal(size=order + 1)
    c[0] = c[0].real
    return c / np.sqrt(2 * order)


def exact(c, hi, lo, period):
    """Phases in fractions, sums in mpmath."""
    out = []
    for h, r in zip(hi, lo, strict=True):
        x = (Fraction(float(h)) + Fraction(float(r))) / period
        with mpmath.workdps(30):
            phases = [k * x % 1 for k in range(c.size)]
            terms = [
                mpmath.mpc(complex(c[k])) * mpmath.expjpi(2 * mpmath.mpf(p.numerator) / p.denominator)
                for k, p in enumerate(phases)
            ]
            out.append(float(c[0].real + 2 * mpmath.re(mpmath.fsum(terms[1:]))))
    return np.array(out)


@pytest.mark.parametrize("order", [1, 2, 7, 60])
def test_values_are_the_sums(order):
    period = Fraction(10)
    grid = Gridding(np.zeros(0), np.zeros(0), (0.0, 0.0), period, order).grid
    rng = np.random.default_rng(order)
    edges = 10.0 * np.arange(5) / grid
    hi = np.concatenate(
        [rng.uniform(0.0, 10.0, 20), edges, np.nextafter(edges, 1e9), [0.0, np.nextafter(10.0, 0.0), 10.0]]
    )
    hi.sort()
    lo = np.zeros(hi.size)
    c = coefficients(order)
    made = Gridding(hi, lo, (0.0, 0.0), period, order)
    assert np.abs(made.values(c) - exact(c, hi, lo, period)).max() < 2e-14


def test_the_low_part_of_a_coordinate_counts():
    """At 2^40 cells from the start a float64 coordinate would be off by 1e-4 of a cell."""
    order, start = 40, 2.0**40
    period = Fraction(64)
    hi = start + np.array([1.0, 7.0, 33.0])
    lo = np.array([2.0**-15, -(2.0**-14), 2.0**-16])
    c = coefficients(order, 3)
    found = Gridding(hi, lo, (start, 0.0), period, order).values(c)
    assert np.abs(found - exact(c, hi - start, lo, period)).max() < 2e-14
    assert np.abs(found - exact(c, hi - start, 0 * lo, period)).max() > 1e-6


@pytest.mark.parametrize("order", [3, 50])
def test_the_adjoint_is_the_adjoint(order):
    rng = np.random.default_rng(2)
    hi = np.sort(rng.uniform(0.0, 5.0, 40))
    made = Gridding(hi, np.zeros(40), (0.0, 0.0), Fraction(5), order)
    c, r = coefficients(order), rng.normal(size=40)
    a = made.adjoint(r)
    left = r @ made.values(c)
    right = c[0].real * a[0].real + 2 * (c[1:].conj() * a[1:]).real.sum()
    assert abs(left - right) < 1e-13 * np.abs(r).sum()


def test_cells_are_exact_where_floats_are_not():
    whole, rest = cells(np.array([1.0]), np.array([-(2.0**-60)]), (0.0, 0.0), Fraction(3))
    assert (whole[0], rest[0]) in ((2, 1.0), (3, -3 * 2.0**-60))
    assert WIDTH % 2 == 0


def test_the_library_agrees():
    pytest.importorskip("finufft", reason="extra 'decode' is not installed")
    rng = np.random.default_rng(5)
    hi = np.sort(rng.uniform(0.0, 5.0, 200))
    arguments = hi, np.zeros(200), (0.0, 0.0), Fraction(5), 40
    ours, theirs = Gridding(*arguments), Library(*arguments)
    c, r = coefficients(40), rng.normal(size=200)
    assert np.abs(ours.values(c) - theirs.values(c)).max() < 1e-12
    assert np.abs(ours.adjoint(r) - theirs.adjoint(r)).max() < 1e-11


@pytest.mark.parametrize(("pieces", "period"), [(9, 9), (16, 16), (8, 13), (30, 13)])
def test_pieces_of_a_sum_are_the_sum(pieces, period):
    """Also where the interval is longer or shorter than the period, with ends that are no round numbers."""
    c = coefficients(4, 9)
    start, end = (0.1, 0.0), (3.7, 2.0**-60)
    f = trigonometric(c, PLAIN, start, end, pieces, period)
    length = (Fraction(3.7) - Fraction(0.1)) * Fraction(period, pieces)
    t = np.linspace(0.1, 3.7, 50)
    assert np.abs(f(t) - exact(c, t - 0.1, (t - np.float64(0.1)) - (t - 0.1), length)).max() < 1e-13
    g = f.derivative()  # exact jumps between the pieces, for send-on-delta
    assert g.domain == f.domain


def test_a_period_too_short_is_refused():
    with pytest.raises(ValueError, match="period"):
        trigonometric(coefficients(4), PLAIN, (0.0, 0.0), (1.0, 0.0), 8, 8)
    with pytest.raises(ValueError, match="longer"):
        degree_for(20.0)


def test_nodes_interpolate_polynomials():
    x = nodes(5)
    values = np.stack([x**3 - x, (1 + x) ** 3 - (1 + x)], axis=1)
    f = interpolated(values, PLAIN, (0.0, 0.0), (2.0, 0.0))
    t = np.linspace(0.0, 2.0, 21)
    assert np.abs(f(t) - (t**3 - t)).max() < 1e-14
