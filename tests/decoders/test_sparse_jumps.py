"""Piecewise constant signals come back exactly where every level shows in two whole gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm

SparseJumps = sm.decoders.SparseJumps
LEVELS = st.sampled_from([-3.0, -2.0, -1.25, -1.0, 0.75, 1.0, 1.5, 2.0, 3.0])


@given(
    st.lists(LEVELS, min_size=1, max_size=6),
    st.lists(st.integers(16, 40), min_size=6, max_size=6),
    st.sampled_from([0.0, 0.25]),
)
def test_jumps_and_levels_come_back(levels, lengths, alpha):
    """Levels of at least 3/4 over at least one unit: at a threshold of 1/16 each shows ten times."""
    if any(a == b for a, b in pairwise(levels)):
        return
    knots = np.concatenate([[0.0], np.cumsum(np.array(lengths[: len(levels)]) / 16.0)]) + 0.0
    g = sm.gallery.PiecewiseConstant(knots, levels)
    enc = sm.LIF(1 / 16, alpha=alpha).encode(g.signal())
    decoded = SparseJumps().decode(enc)
    assert decoded.report.condition, str(decoded.report)
    (part,) = decoded.signal._parts
    assert np.allclose(part.coefficients[0, 0], levels, rtol=0, atol=1e-8)
    assert np.allclose(part.coordinates()[0], knots, rtol=0, atol=1e-8)


@pytest.mark.parametrize("alpha", [0.0, 0.75])
def test_jumps_inside_gaps_are_located(alpha):
    g = sm.gallery.PiecewiseConstant([0.0, 1.1, 2.3, 4.0], [1.0, -2.0, 0.5])
    (part,) = sm.decoders.SparseJumps()(sm.LIF(0.125, alpha=alpha).encode(g.signal()))._parts
    assert np.abs(part.coordinates()[0] - g.knots).max() < 1e-11
    assert np.abs(part.coefficients[0, 0] - g.levels).max() < 1e-11


def test_a_leak_that_silences_a_piece_leaves_its_level_open():
    """0.1 under a leak of 4 never reaches 1/16: one long gap with two jumps in it."""
    g = sm.gallery.PiecewiseConstant([0.0, 1.0, 2.0, 3.0], [2.0, 0.1, 2.0])
    decoded = SparseJumps().decode(sm.LIF(1 / 16, alpha=4.0).encode(g.signal()))
    assert not decoded.report.condition
    t = np.array([0.5, 2.5])
    assert np.allclose(decoded.signal(t), 2.0, atol=1e-9)


def test_what_does_not_fit_stays_as_rates():
    """A smooth signal has no plateaus; the result is that of Linear."""
    f = sm.Signal.from_function(lambda t: 2.0 + np.sin(3.0 * t), (0.0, 4.0))
    enc = sm.IF(0.25).encode(f)
    t = np.linspace(0.0, 4.0, 401)
    decoded = SparseJumps().decode(enc)
    assert not decoded.report.condition
    assert np.allclose(decoded.signal(t), sm.decoders.Linear()(enc)(t), atol=1e-12)


def test_send_on_delta_is_sent_to_hold():
    with pytest.raises(ValueError, match="Hold"):
        SparseJumps()(sm.SendOnDelta(0.25).encode(sm.Signal.from_samples([0.0, 1.0], fs=1.0, hold="linear")))
