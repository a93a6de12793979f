"""The taut string is the least total variation in the tube: against a linear programme, and exactly in fractions."""

from __future__ import annotations

import warnings
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.strings import least_variation

import spikemath as sm
from spikemath.decoders import taut_string
from spikemath.decoders._known import known_of

TautString = sm.decoders.TautString


@st.composite
def tubes(draw):
    """Gates on a grid, so that ends meet, gates shrink to points and chains have straight runs."""
    n = draw(st.integers(2, 12))
    gaps = draw(st.lists(st.integers(1, 4), min_size=n - 1, max_size=n - 1))
    middle = draw(st.lists(st.integers(-6, 6), min_size=n, max_size=n))
    half = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    t = [Fraction(0)]
    for gap in gaps:
        t.append(t[-1] + Fraction(gap, 2))
    low = [Fraction(m - h, 4) for m, h in zip(middle, half, strict=True)]
    high = [Fraction(m + h, 4) for m, h in zip(middle, half, strict=True)]
    low[0] = high[0] = Fraction(middle[0], 4)
    return t, low, high


def drawn(t, low, high):
    """The polygon at every gate, exact, and its bends."""
    arrays = [np.array(v, dtype=object) for v in (t, low, high)]
    index, values = taut_string.string(*arrays, low[0])
    at, corner = 0, []
    for time in t:
        while at + 1 < len(index) - 1 and time > t[index[at + 1]]:
            at += 1
        a, b = index[at], index[at + 1]
        corner.append(values[at] + (values[at + 1] - values[at]) * (time - t[a]) / (t[b] - t[a]))
    return corner, index, values


def variation(t, values):
    slopes = [(b - a) / (v - u) for (a, b), (u, v) in zip(pairwise(values), pairwise(t), strict=True)]
    return sum((abs(y - x) for x, y in pairwise(slopes)), Fraction(0))


@given(tubes())
def test_no_polygon_through_the_gates_has_less_variation(tube):
    t, low, high = tube
    corner, _, _ = drawn(t, low, high)
    assert all(a <= x <= b for a, x, b in zip(low, corner, high, strict=True))
    assert float(variation(t, corner)) <= least_variation(t, low, high) + 1e-7


@given(tubes())
def test_floats_take_the_same_way_where_data_is_dyadic(tube):
    t, low, high = tube
    _, index, values = drawn(t, low, high)
    arrays = [np.array([float(x) for x in v]) for v in (t, low, high)]
    found, heights = taut_string.string(*arrays, float(low[0]))
    assert found.tolist() == index.tolist()
    assert np.allclose(heights, [float(v) for v in values], rtol=0, atol=1e-12)


def planted_no_second_chain(t, low, high, start):
    """Bends at every gate, at the nearest point: in the tube, but not taut."""
    x, out = start, [start]
    for a, b in zip(low[1:], high[1:], strict=True):
        x = min(max(x, a), b)
        out.append(x)
    return out


def test_the_oracle_tells_a_slack_string():
    t, low, high = [0, 1, 2, 3], [0, 0, 1, 2], [0, 2, 3, 4]
    slack = planted_no_second_chain(t, low, high, 0)
    assert float(variation([Fraction(x) for x in t], [Fraction(x) for x in slack])) > least_variation(t, low, high)


@given(st.lists(st.integers(-16, 16).map(lambda k: k / 8), min_size=1, max_size=10), st.sampled_from([0.25, 0.3]))
def test_the_result_is_in_the_ball_and_no_wilder_than_the_signal(x, theta):
    """The signal is in the ball too, so the string has at most its variation (1e-9: the slopes are rounded)."""
    f = sm.Signal.from_samples(x, fs=1.0)
    enc = sm.IF(theta).encode(f)
    if not len(enc):
        return
    decoded = TautString().decode(enc)
    g = decoded.signal
    assert sm.alexiewicz_norm(g - enc.spikes) <= theta * (1 + 1e-9)
    assert jumps(g) <= jumps(f) * (1 + 1e-9) + 1e-9
    assert sm.alexiewicz_norm(g - f) <= decoded.report.bound * (1 + 1e-9)


def jumps(f):
    """Variation of a piecewise constant signal inside its domain."""
    (part,) = f._parts if f._parts else (None,)
    if part is None:
        return 0.0
    return float(np.abs(np.diff(part.coefficients[0, 0] * float(part.scale))).sum())


def test_rounded_times_are_what_it_is_for():
    """With times rounded to a clock it stays near; the mean rates between spikes do not."""
    g = sm.gallery.piecewise_constant(5, 20.0, low=-2.0, high=2.0, seed=5)
    f, op = g.signal(), sm.IF(0.05)
    spikes = op(f)
    times = np.round(spikes.times / 0.02) * 0.02
    rounded = sm.SpikeTrain(np.clip(np.maximum.accumulate(times), 0.0, 20.0), spikes.weights, domain=(0.0, 20.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        taut = TautString(radius=3.0)(rounded, op)
        rates = sm.decoders.Linear()(rounded, op)
    t = np.linspace(0.0, 20.0, 4001)
    assert np.mean(np.abs(taut(t) - f(t))) < 0.5 * np.mean(np.abs(rates(t) - f(t)))


def test_bias_is_taken_off():
    f = sm.Signal.from_samples([1.0, 1.0, -1.0, -1.0], fs=1.0)
    biased = sm.Signal.from_samples([3.0, 3.0, 1.0, 1.0], fs=1.0)
    g = TautString()(sm.IF(0.25).encode(biased), bias=2.0)
    assert sm.alexiewicz_norm(g - f) <= 0.5 + 1e-12


def test_send_on_delta_gives_a_polygon_in_the_tube():
    f = sm.Signal.from_function(lambda t: np.sin(t) + 0.3 * np.sin(5.0 * t), (0.0, 8.0))
    enc = sm.SendOnDelta(0.125).encode(f)
    g = TautString()(enc)
    t = np.linspace(enc.spikes.times[0], 8.0, 2001)
    assert np.abs(g(t) - f(t)).max() <= 2 * 0.125 * (1 + 1e-9)


def test_what_is_no_tube_is_refused():
    with pytest.raises(ValueError, match="without leak"):
        TautString()(sm.LIF(0.25, alpha=1.0).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0)))
    pulse = sm.Signal.from_samples([1.0, 1.0], fs=1.0) + sm.SpikeTrain([0.7], [2.0])
    enc = sm.IF(0.25).encode(pulse)
    with pytest.raises(ValueError, match="pulse"):
        TautString()(enc)
    with pytest.raises(ValueError, match="radius"):
        TautString(radius=0.0)


def test_it_is_linear_in_the_number_of_gates():
    """A long convex tube, where every funnel that looks back again would be quadratic."""
    n = 2000 if taut_string.funnel.python is not taut_string.funnel else 300
    t = np.arange(n, dtype=np.float64)
    middle = (t / n) ** 2 * n
    index, _ = taut_string.string(t, middle - 0.0, middle + 1e-3, 0.0)
    assert index.size > n / 4


def test_gates_are_those_of_the_staircase():
    enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, -1.0], fs=1.0))
    t, low, high, start = taut_string.gates(known_of(enc.spikes, enc.operator), 0.25)
    assert start == 0.0
    assert np.allclose(high - low, [0.0, *[0.25] * len(enc), 0.5][: t.size])
