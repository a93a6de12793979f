"""Inputs that once gave a wrong or no certificate; each test says the property that was broken."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy

import spikemath as sm

t = sympy.Symbol("t")
NOTHING = sm.SpikeTrain([])


def pell(least: int) -> tuple[int, int]:
    """Convergents p/q of sqrt(2)."""
    p, q = 1, 1
    while q <= least:
        p, q = p + 2 * q, p + q
    return p, q


def test_a_damping_that_no_short_ball_tells_from_zero():
    """For balls, != means certainly different: exp(0.3 t) was taken for a constant, and the bound said to hold."""
    p, q = pell(2 * 10**19)
    tiny = p - q * sympy.sqrt(2)
    k = int(sympy.N(sympy.Rational(3, 10) / tiny, 60))
    f = sm.Expression(sympy.exp(k * tiny * t), t, (0.0, 20.0))
    c = sm.certify(f, NOTHING, 2.0, 100.0)
    assert c.verdict == "fails"
    assert c.lower > 4.0


def test_an_early_report_does_not_fire_on_the_wrong_side():
    """The slope jumps just before the crossing: one float earlier, u is still negative, and firing breaks the bound."""
    ulp = Fraction(math.ulp(1e6))
    a = Fraction(9, 10) * ulp
    slope = Fraction(19, 10) / (Fraction(199, 100) * ulp - a)
    start, slope = (sympy.Rational(x.numerator, x.denominator) for x in (10**6 + a, slope))
    expr = -sympy.Rational(9, 10) * sympy.DiracDelta(t - 1) + slope * sympy.Heaviside(t - start)
    f = sm.Expression(expr, t, (0.0, 1e6 + 2 * float(ulp)))
    enc = sm.LIF(1.0, 0.0).encode(f)
    assert enc.undecided == 0
    assert sm.certify(f, enc, 1.0).verdict == "holds"


@pytest.mark.parametrize(("gap", "alpha"), [(1e301, 1.0), (1e10, 1e300), (1.0, 1e307)])
def test_a_decay_out_of_the_range_of_floats(gap, alpha):
    """alpha times the gap overflowed to NaN, the second pulse was dropped, and the norm came out as 1e-16."""
    c = sm.certify(([0.0, gap], [1e-16, 0.9]), ([], []), 0.5, alpha)
    assert c.verdict == "fails"
    assert c.lower == pytest.approx(0.9)


def test_a_decay_that_fits_no_memory():
    """exp(-1e9) as an exact fraction needs a gigabyte: enclosures that small are rounded outward."""
    assert sm.alexiewicz_norm(sm.SpikeTrain([0.0, 1e9], [0.5, 0.9]), 1.0) == 0.9
    assert sm.certify(([0.0, 1e12], [0.5, 0.9]), ([], []), 0.9, 1.0).verdict == "undecided"  # beyond 1000 bits


def test_counts_beyond_the_floats():
    """1e19 wrapped around, 2^53 + 1 was rounded."""
    with pytest.raises(OverflowError, match="64 bits"):
        sm.certify(([0.0], [1e19]), ([0.0], [1e19]), 1.0, counts=True)
    both = ([0.0, 0.0], [2.0**53, 1.0])
    assert sm.certify(both, both, 1.0, counts=True).upper == 0.0


@pytest.mark.parametrize(
    ("expr", "eta", "theta", "verdict"),
    [
        (sympy.DiracDelta(t - 1 - sympy.Rational(1, 10**120)), ([1.0], [1.0]), 0.5, "fails"),
        ((t - 1 + sympy.Rational(1, 10**70)) * sympy.DiracDelta(t - 1), ([], []), 1e-71, "fails"),
        (sympy.sin(10**120 * t) * sympy.DiracDelta(t**2 - 2), ([], []), 0.3, "fails"),
    ],
)
def test_instants_and_weights_of_pulses_are_enclosed(expr, eta, theta, verdict):
    """110 digits are no proof: these differ from a round number beyond them, or lose all of them."""
    c = sm.certify(sm.Expression(expr, t, (0.0, 2.0)), eta, theta)
    assert c.verdict in (verdict, "undecided")


def test_complex_expressions_are_refused():
    with pytest.raises(ValueError, match="real"):
        sm.Expression(sympy.I * t, t, (0.0, 1.0))


@pytest.mark.parametrize(
    ("expr", "domain", "alpha"),
    [
        (sympy.sin(t) ** 3, (0.0, 9.0), 0.0),
        (-((t - 1) ** 3), (0.0, 2.0), 0.0),
        (sympy.exp(-50 * t), (0.0, 1e5), 0.0),
        (sympy.sin(300 * t), (0.0, 30.0), 0.0),
        ((t - 10**6) ** 8, (1e6, 1e6 + 2), 0.5),
    ],
)
def test_degenerate_extrema_and_long_stretches_end(expr, domain, alpha):
    """Branch and bound ran for ever; now what is left after some work is accepted as it is."""
    c = sm.certify(sm.Expression(expr, t, domain), NOTHING, 10.0, alpha)
    assert c.upper <= 4.0 * c.lower + 1e-9 or c.verdict == "fails"


@pytest.mark.parametrize(
    ("expr", "stop", "reset"), [(2 * sympy.DiracDelta(t - 1), 3.0, "subtract"), (t**0, 2000.0, "modulo")]
)
def test_constant_drives_end(expr, stop, reset):
    """The encoder crept on by 2^-53 of a cell at the threshold, and at the equilibrium."""
    enc = sm.LIF(1.0, 1.0 if reset == "modulo" else 0.0, reset).encode(sm.Expression(expr, t, (0.0, stop)))
    assert enc.counts.tolist() == ([1] if reset == "subtract" else [])


def test_norms_beyond_the_largest_float():
    c = sm.certify(([0.0, 1.0], [1.5e308, 1.5e308]), ([], []), 1.0)
    assert (c.verdict, c.upper) == ("fails", math.inf)
    assert c.margin < -1e308


def test_budgets_are_of_what_there_is():
    """Mass bounded by the largest value times the length refused formulas of ten spikes."""
    f = sm.Expression(1000 * sympy.exp(-100 * t), t, (0.0, 1e7))
    assert len(sm.IF(1.0)(f)) in (9, 10)
    with pytest.raises(sm.TooManySpikesError):
        sm.IF(1.0)(sm.Expression(sympy.exp(t), t, (0.0, 1000.0)))


@pytest.mark.jit_only  # the quotient overflows to inf, of which plain Python warns
def test_an_open_count_beyond_all_bits_is_no_error():
    """A leak, 1e199 against a threshold of 1e-200: 1000 bits leave open how much was lost, some 10^399 thresholds."""
    made = sm.certify(sm.SpikeTrain([0.0], [1.0000000000000001e-201]), sm.SpikeTrain([0.1], [1e199]), 1e-200, 0.1)
    assert (made.verdict, made.lost) == ("fails", None)
