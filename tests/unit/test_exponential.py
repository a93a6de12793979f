"""exp(-z): as near as promised, and the same bits in vectors, compiled, and in plain Python."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from spikemath._numeric import exponential
from spikemath._numeric.exponential import EXP_ERROR, decay_factors, exp_minus
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import bare


def arguments():
    rng = np.random.default_rng(20261127)
    turns = (np.arange(1.0, 1021.0) + 0.5) * math.log(2.0)  # where k changes
    some = [0.0, 5e-324, 1e-300, 0.34657359027997264, 707.9999999999999, 708.0]
    return np.concatenate([rng.uniform(0.0, 1.0, 2000), rng.uniform(0.0, 708.0, 2000), turns, some])


def test_the_error_is_within_the_promise():
    with mpmath.workdps(40):
        for z in arguments():
            assert abs(mpmath.mpf(exp_minus(z)) / mpmath.exp(-mpmath.mpf(z)) - 1) <= EXP_ERROR / 2
    assert exp_minus(0.0) == 1.0
    assert exp_minus(709.0) == exp_minus(math.inf) == exp_minus(708.0) < 1e-307


def _factors(hi, lo, first, last, leak, out):
    decay_factors(bare(hi), bare(lo), first, last, leak, bare(out))


factors = compiled(_factors)


@pytest.mark.parametrize("leak", [1.0, 0.37, 1e-3])
def test_one_by_one_and_many_at_once_agree_bit_for_bit(leak):
    """Whatever the number of events, and with low parts; nothing else is written."""
    z = np.random.default_rng(1).permutation(arguments())
    hi = np.cumsum(z)
    lo = np.random.default_rng(2).uniform(-0.5, 0.5, hi.size) * np.spacing(hi)
    gaps = np.append(0.0, np.diff(hi) + np.diff(lo))
    for first, last in [(1, hi.size), *((3, 3 + n) for n in range(20))]:
        out = np.full(hi.size, -1.0)
        factors(hi, lo, first, last, leak, out)
        n = last - first
        assert (out[:n] == [exponential._exp_minus(leak * g) for g in gaps[first:last]]).all()
        assert (out[:n] == [exp_minus(leak * g) for g in gaps[first:last]]).all()
        assert (out[n:] == -1.0).all()
