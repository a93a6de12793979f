"""Formulas: their leaky integral is the one that quadrature gives, and their spikes are those of the real operator."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

import spikemath as sm
from spikemath._numeric.balls import fmpq
from spikemath._numeric.potential import bounds, precision
from spikemath.certificates._formula import BITS, ClosedForm, enclosures
from spikemath.signals.closed_form import Particular

t = sympy.Symbol("t")
FIVE = 3 + sympy.sin(2 * t) + sympy.cos(3 * t + 1) / 2 + sympy.sin(5 * t) / 3 + sympy.cos(7 * t) / 5

# each with a leak; the fourth and fifth are in resonance with it
CLOSED = [
    (FIVE, 0.0),
    (FIVE, 0.7),
    (t**3 - 2 * t + sympy.Rational(1, 3), 0.25),
    (sympy.exp(-t / 2) * (1 + t), 0.5),
    (t**2 * sympy.exp(-2 * t), 2.0),
    (sympy.sin(sympy.pi * t) * sympy.cos(3 * t) * sympy.exp(t / 4), 1.0),
    (sympy.cosh(t) - sympy.sqrt(2) * sympy.sinh(t / 3), 0.1),
    (t * sympy.sin(t) ** 2, 0.0),
    (0.1 * sympy.cos(0.3 * t + 0.2), 1e-9),
]


@pytest.mark.parametrize(("expr", "alpha"), CLOSED)
def test_the_closed_form_is_the_leaky_integral(expr, alpha):
    """G(t) - G(0) e^{-alpha t} equals the quadrature of 40 digits by mpmath."""
    f = sm.Expression(expr, t, (0.0, 4.0))
    g = sympy.lambdify(t, expr, "mpmath")
    with precision(200), mpmath.workdps(40):
        solution = Particular(f._branches[0].terms, Fraction(alpha))
        for x in (fmpq(1, 3), fmpq(5, 2), fmpq(4)):
            density = solution(x)[1]
            at = mpmath.mpf(int(x.p)) / int(x.q)
            truth = mpmath.quad(
                lambda s, at=at: mpmath.exp(-alpha * (at - s)) * g(s), mpmath.linspace(0, at, 9)
            )  # fmt: skip
            start = solution(fmpq(0))[0]
            low, high = bounds(solution(x)[0])
            low0, high0 = bounds(start)
            decay = mpmath.exp(-alpha * at)
            found = mpmath.mpf(low.numerator) / low.denominator - decay * low0.numerator / low0.denominator
            assert abs(found - truth) < mpmath.mpf(10) ** -28 * (1 + abs(truth))
            assert high - low < Fraction(1, 2**150)
            assert high0 - low0 < Fraction(1, 2**150)
            dlow, dhigh = bounds(density)
            assert abs(mpmath.mpf(dlow.numerator) / dlow.denominator - g(at)) < mpmath.mpf(10) ** -28
            assert dhigh - dlow < Fraction(1, 2**150)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_spikes_of_a_formula_keep_the_strict_bound(alpha):
    f = sm.Expression(FIVE - 3, t, (0.0, 12.0))
    enc = sm.LIF(0.125, alpha).encode(f)
    assert enc.undecided == 0
    c = sm.certify(f, enc, 0.125, alpha)
    assert (c.verdict, c.pointwise, c.subject, c.route) == ("holds", "holds", "expression", "balls")
    assert c.width < 1e-16
    near = sm.LIF(0.125, alpha)(f.approximate())
    assert np.array_equal(near.counts, enc.counts)
    assert np.abs(near.times - enc.spikes.times).max() < 1e-11


def test_the_radius_does_not_grow_from_spike_to_spike():
    """A run of 300 spikes is enclosed as narrowly as one of 3 (balls alone lose all bits in 100)."""
    f = sm.Expression(FIVE, t, (0.0, 10.0))
    eta = sm.LIF(0.1, 1.0)(f)
    whole, _ = enclosures(f, eta, 0.1, 1.0, ClosedForm, BITS)
    assert len(eta) > 270
    assert whole.bits == 128
    assert whole.upper - whole.lower < Fraction(1, 2**110)


@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
@pytest.mark.parametrize("refractory", [0.0, 0.125])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
@pytest.mark.parametrize("bipolar", [True, False])
def test_polynomials_are_encoded_as_signals_are(reset, refractory, alpha, bipolar):
    """Where a Signal is exact, both routes send the same counts, at times a few ulp apart."""
    expr = 1 - 3 * t + t**3 + 3 * sympy.DiracDelta(t - 0.5) - 2 * sympy.DiracDelta(t - 2) * t
    expr += sympy.Heaviside(t - 1) * 2
    f = sm.Expression(expr, t, (0.0, 3.0))
    lif = sm.LIF(0.25, alpha, reset, refractory, bipolar)
    ours, theirs = lif.encode(f), lif.encode(f.approximate())
    assert f.approximate().error == 0.0
    assert np.array_equal(ours.counts, theirs.counts)
    assert np.abs(ours.spikes.times - theirs.spikes.times).max() <= 1e-14
    assert ours.potential == pytest.approx(theirs.potential, abs=1e-13)


def test_one_ulp_late_is_refuted():
    f = sm.Expression(sympy.cos(t), t, (0.0, 1.0))
    crossing = mpmath.asin(mpmath.mpf(0.5))
    early = float(crossing)
    while mpmath.mpf(early) >= crossing:
        early = math.nextafter(early, 0.0)
    good, bad = (sm.certify(f, ([x], [0.5]), 0.5) for x in (early, math.nextafter(early, 1.0)))
    assert (good.verdict, bad.verdict, bad.pointwise) == ("holds", "fails", "fails")
    assert (bad.time, bad.side) == (math.nextafter(early, 1.0), "left")
    assert good.verify()
    assert bad.verify()


def test_breakpoints_and_pulses_that_are_no_floats():
    """Breakpoints may be irrational; a pulse that no spike can answer in time is refused by operators, and judged
    by certificates."""
    f = sm.Expression(sympy.Heaviside(t - sympy.sqrt(2)) * sympy.exp(-t) + 1, t, (0.0, 3.0))
    c = sm.certify(f, sm.LIF(0.25, 1.0)(f), 0.25, 1.0)
    assert c.verdict == "holds"
    assert c.verify()
    f = sm.Expression(sympy.DiracDelta(t - sympy.Rational(1, 3)), t, (0.0, 1.0))
    with pytest.raises(ValueError, match=r"pulse at t = 0\.333"):
        sm.IF(0.5)(f)
    c = sm.certify(f, ([1 / 3], [1.0]), 0.5)
    assert (c.verdict, c.upper) == ("fails", 1.0)
    assert c.verify()
    assert sm.certify(f, sm.SpikeTrain([]), 1.5).verdict == "holds"


def test_expressions_are_values():
    import pickle

    f = sm.Expression(sympy.sin(t), t, (0.0, 1.0))
    assert f == pickle.loads(pickle.dumps(f))
    assert f != sm.Expression(sympy.sin(t), t, (0.0, 2.0))
    assert hash(f) == hash(sm.Expression(sympy.sin(t), t, (0.0, 1.0)))
    assert repr(f) == "Expression(sin(t) on [0, 1])"
    with pytest.raises(AttributeError, match="immutable"):
        f.t = 3


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        (sympy.exp(-(t**2)), "from_sympy"),
        (1 / (1 + t), "from_sympy"),
        (sympy.Symbol("x") * t, "no symbol but t"),
    ],
)
def test_what_is_no_formula_of_this_kind(expr, says):
    with pytest.raises(ValueError, match=says):
        sm.Expression(expr, t, (0.0, 1.0))


def test_send_on_delta_says_what_to_do():
    with pytest.raises(TypeError, match="derivative"):
        sm.SendOnDelta(0.5)(sm.Expression(sympy.sin(t), t, (0.0, 1.0)))
