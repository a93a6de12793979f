"""The error bounds that every filter rests on: double-double kernels against mpmath at 60 digits."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from spikemath._numeric import dd, leak
from spikemath._numeric.eft import approximate, grow, sign_of_difference, two_prod, two_sum

mpmath.mp.dps = 70


def big(pair):
    return mpmath.mpf(pair[0]) + mpmath.mpf(pair[1])


def random_pairs(rng, n, low, high):
    hi = np.exp(rng.uniform(np.log(low), np.log(high), n))
    return [(float(h), float(h * 2.0**-54 * r)) for h, r in zip(hi, rng.uniform(-1, 1, n), strict=True)]


def test_sums_and_products_are_error_free():
    rng = np.random.default_rng(1)
    for a, b in rng.standard_normal((200, 2)) * 10.0 ** rng.integers(-8, 8, (200, 2)):
        s, e = two_sum(a, b)
        assert Fraction(s) + Fraction(e) == Fraction(a) + Fraction(b)
        p, e = two_prod(a, b)
        assert Fraction(p) + Fraction(e) == Fraction(a) * Fraction(b)


def test_expansions_hold_the_exact_sum():
    rng = np.random.default_rng(2)
    for _ in range(50):
        parts, size, total = np.zeros(48), 0, Fraction(0)
        for x in rng.standard_normal(60) * 10.0 ** rng.integers(-300, 300, 60).astype(float):
            size = grow(parts, size, x)
            total += Fraction(x)
            assert sum(map(Fraction, parts[:size]), Fraction(0)) == total
            assert abs(Fraction(parts[size - 1]) - total) <= abs(total) * Fraction(1, 2**51)
        probe = float(total)
        expected = (total > Fraction(probe)) - (total < Fraction(probe))
        assert sign_of_difference(parts, size, probe, np.zeros(50)) == expected


def test_an_expansion_is_nonadjacent_and_its_components_add_up_to_the_number():
    """On short integers, whose sums cancel, the last component alone is off by up to a half; the sum never is."""
    rng, short = np.random.default_rng(4), 0
    for _ in range(2000):
        parts, size, total = np.zeros(48), 0, Fraction(0)
        for x in rng.integers(-15, 16, 6) * 2.0 ** rng.choice([-53.0, -52.0, 0.0, 1.0], 6):
            size = grow(parts, size, x)
            total += Fraction(x)
            near = Fraction(approximate(parts, size))
            assert sum(map(Fraction, parts[:size]), Fraction(0)) == total
            assert abs(near - total) <= abs(total) * Fraction(1, 2**51)
            for below, above in pairwise(parts[:size].tolist()):
                lowest = Fraction(1, Fraction(above).denominator) * (int(above) & -int(above) if above % 1 == 0 else 1)
                assert abs(Fraction(below)) < lowest / 2
            short += size > 0 and abs(Fraction(parts[size - 1]) - total) > abs(total) * Fraction(1, 2**40)
    assert short > 0


def test_double_double_operations_stay_within_their_bound():
    rng = np.random.default_rng(3)
    a, b = random_pairs(rng, 300, 1e-10, 1e10), random_pairs(rng, 300, 1e-10, 1e10)
    for x, y in zip(a, b, strict=True):
        for kernel, exact in ((dd.add, big(x) + big(y)), (dd.mul, big(x) * big(y)), (dd.div, big(x) / big(y))):
            assert abs(big(kernel(*x, *y)) - exact) <= abs(exact) * mpmath.mpf(2) ** -100
        h, r, bound = dd.add_bounded(*x, -y[0], -y[1])
        assert abs(big((h, r)) - (big(x) - big(y))) <= bound


def test_a_sum_of_dyadic_numbers_is_known_to_be_exact():
    h, r, bound = dd.add_bounded(0.1, 0.0, 0.2, 0.0)
    assert bound == 0.0
    assert Fraction(h) + Fraction(r) == Fraction(0.1) + Fraction(0.2)


def test_exponential_has_92_bits():
    rng = np.random.default_rng(4)
    for z in [*random_pairs(rng, 300, 1e-12, 600.0), (0.0, 0.0), (1e-300, 0.0)]:
        exact = mpmath.exp(-big(z))
        assert abs(big(dd.exp_neg(*z)) - exact) <= exact * mpmath.mpf(2) ** -92
    assert dd.exp_neg(1e6, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("degree", [0, 1, 3, 9, 20])
def test_leaky_integrals_have_90_bits(degree):
    rng = np.random.default_rng(degree)
    zs = [
        *random_pairs(rng, 60, 1e-9, 500.0),
        (0.5, 0.0),
        (0.5000001, 0.0),
        (8.0, 0.0),
        (8.0001, 0.0),
        (degree + 0.5, 0.0),
    ]
    for z in zs:
        weights = np.zeros((degree + 2, 2))
        leak.shape_functions(*z, degree, weights)
        for i in range(degree + 1):
            exact = mpmath.hyp1f1(1, i + 2, -big(z)) / (i + 1)
            assert abs(big(weights[i]) - exact) <= exact * mpmath.mpf(2) ** -90, (z, i)
        assert abs(big(weights[degree + 1]) - mpmath.exp(-big(z))) <= mpmath.exp(-big(z)) * mpmath.mpf(2) ** -90


def test_integration_bound_covers_the_error():
    rng = np.random.default_rng(7)
    for _ in range(100):
        degree = int(rng.integers(0, 5))
        q = rng.standard_normal(degree + 1)
        a, s, u = float(rng.exponential()), float(rng.exponential()), float(rng.standard_normal())
        weights = np.zeros((degree + 2, 2))
        leak.leaky_weights(a, 0.0, s, 0.0, degree, weights)
        h, r, bound = leak.integrate(
            a, a * s, u, 0.0, 0.0, q, np.zeros(degree + 1), 0.0, degree + 1, weights, degree, s
        )
        exact = mpmath.mpf(u) * mpmath.exp(-mpmath.mpf(a) * s)
        for i, c in enumerate(q):
            exact += c * mpmath.mpf(s) ** (i + 1) * mpmath.hyp1f1(1, i + 2, -mpmath.mpf(a) * s) / (i + 1)
        assert abs(big((h, r)) - exact) <= bound < 1e-22
