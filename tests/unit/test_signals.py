"""Trains and signals: exact algebra, values, derivatives, running integrals, and how they behave as objects."""

from __future__ import annotations

import copy
import pickle
import re
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.cases import drawn, share, signal_case, train_case
from oracles.piecewise import evaluate
from oracles.trains import coalesce
from scipy.interpolate import CubicSpline, PPoly

import spikemath as sm

trains = drawn(train_case, extreme=False)
signals = drawn(signal_case)


def as_dict(s: sm.SpikeTrain) -> dict[Fraction, Fraction]:
    return dict(zip(s.exact_times(), s.exact_weights(), strict=True))


def added(*dicts: dict[Fraction, Fraction]) -> dict[Fraction, Fraction]:
    total: dict[Fraction, Fraction] = {}
    for d in dicts:
        for t, a in d.items():
            total[t] = total.get(t, Fraction(0)) + a
    return {t: a for t, a in sorted(total.items()) if a}


# trains


@given(drawn(train_case))
def test_equal_times_coalesce_exactly_and_zeros_vanish(case):
    """The train holds the exact sums, whatever their size; float views are the nearest floats."""
    times, weights, _ = case.exact()
    s = case.train()
    assert as_dict(s) == dict(coalesce(times, weights))
    assert s.weights.tolist() == [float(a) for a in s.exact_weights()]
    assert s.times.tolist() == [float(t) for t in s.exact_times()]
    assert s.domain == case.domain


@given(trains, trains, st.sampled_from([1.0, -1.0, 0.1, -3.0, 0.0, 2.0**-30]))
def test_algebra_of_trains_is_exact(one, two, c):
    """(a + b), (a - b), c * a, -a against rationals; the domain is the union."""
    a, b = one.train(), two.train()
    if any(0 < abs(w) < 1e-280 for w in (*one.weights, *two.weights)):
        return
    assert as_dict(a + b) == added(as_dict(a), as_dict(b))
    assert as_dict(a - b) == added(as_dict(a), {t: -w for t, w in as_dict(b).items()})
    assert as_dict(c * a) == added({t: Fraction(c) * w for t, w in as_dict(a).items()})
    assert a * c == c * a
    assert -a == a * -1.0
    assert a + b == b + a
    assert len(a - a) == 0
    assert (a + b).domain == (min(a.domain[0], b.domain[0]), max(a.domain[1], b.domain[1]))


@given(trains, st.sampled_from([0.1, -2.0, 1e9, 3.0**-20]))
def test_shift_of_trains_is_exact(case, dt):
    """Every instant moves by exactly dt; back again is the same train."""
    s = case.train()
    moved = s.shift(dt)
    assert moved.exact_times() == [t + Fraction(dt) for t in s.exact_times()]
    assert moved.exact_weights() == s.exact_weights()
    assert moved.shift(-dt) == s


@given(trains, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([1.0, 1.5, 2.0000000000000004]))
def test_restrict(case, t0, t1):
    """The events of the closed interval, which becomes the domain."""
    part = case.train().restrict(t0, t1)
    assert as_dict(part) == {t: a for t, a in as_dict(case.train()).items() if t0 <= t <= t1}
    assert part.domain == (t0, t1)


def test_trains_on_sampling_grids():
    """Grids of different rates and plain times add exactly; counts and quantum survive what keeps them."""
    a = sm.SpikeTrain.from_samples([1.0, 2.0, 0.0, 4.0], fs=1000.0)
    b = sm.SpikeTrain.from_samples([0.5, 0.25], fs=300.0, t0=0.0)
    total = a + b
    assert as_dict(total) == added(as_dict(a), as_dict(b))
    assert as_dict(b) == {Fraction(0): Fraction(1, 2), Fraction(1, 300): Fraction(1, 4)}
    plain = sm.SpikeTrain([0.001, 0.003], [1.0, 1.0])  # floats beside the instants of the grid, not on them
    assert len(plain + a) == 5
    eta = sm.IF(0.3)(a)
    assert eta.quantum == 0.3
    assert (-eta).counts.tolist() == (-eta.counts).tolist()
    assert eta.shift(1.0).counts.tolist() == eta.counts.tolist()
    assert (2 * eta).counts is None
    assert (eta + eta).counts is None


@pytest.mark.parametrize(("fs", "t0"), [(1000.0, 0.1), (44100.0, 0.0), (0.7, 0.0), (1e9, 1e9)])
def test_sums_of_a_grid_and_plain_times(fs, t0):
    """A plain float time on a sampled axis is kept to the last bit, or the sum is refused."""
    s = sm.SpikeTrain.from_samples([1.0, -1.0, 0.5], fs=fs, t0=t0)
    plain = sm.SpikeTrain([t0, t0 + 1.25 / fs], [0.25, 0.5])
    assert as_dict(s + plain) == added(as_dict(s), as_dict(plain))


def test_a_sum_that_no_axis_holds_is_refused():
    """Nothing is rounded silently."""
    f = sm.Signal.from_samples([1.0, 2.0, 1.0], fs=44100.1, t0=0.1)
    with pytest.raises(ValueError, match="no common time grid"):
        f + sm.SpikeTrain.from_samples([1.0, 2.0], fs=7.3, t0=0.3)


# signals


@share(0.5)
@given(signals, st.integers(0, 50))
def test_values_are_right_continuous_and_correctly_rounded(case, k):
    """f(t) is the piece that starts at t; at t1 the last one is 0 or its limit; 0 outside."""
    f, exact = case.function(), case.exact()
    t0, t1 = f.domain
    t = t0 + (t1 - t0) * k / 53
    piece = max((i for i, x in enumerate(exact.knots[:-1]) if x <= Fraction(t)), default=0)
    value = evaluate(exact.pieces[piece], Fraction(t) - exact.knots[piece])
    near = any(0 < abs(Fraction(t) - x) < Fraction(1, 10**9) for x in exact.knots)
    if not near and exact.knots[0] <= Fraction(t):
        size = max(float(sum(abs(c) * 4**i for i, c in enumerate(p))) for p in exact.pieces)
        assert f(t) == pytest.approx(float(value), rel=1e-15, abs=1e-15 * size)
    assert f(t0 - 1.0) == f(t1 + 1.0) == 0.0
    assert f(np.array([t, t])).tolist() == [f(t), f(t)]


def test_jumps_belong_to_the_right():
    f = sm.Signal.from_samples([1.0, 2.0, 3.0], fs=10.0)
    assert f(np.arange(3) / 10).tolist() == [1.0, 2.0, 3.0]
    assert f(np.nextafter(0.2, 0.0)) == 2.0


@share(0.4)
@given(signals, signals)
def test_sums_of_signals_are_exact(one, two):
    """(f + g) and (f - g) have the running integrals of their parts, and f + g - g is f again."""
    f, g = one.signal(), two.signal()
    try:
        total = f + g
    except ValueError:  # no common time grid
        return
    t = np.linspace(*total.domain, 7)[1:-1] + 1e-7
    uf, ug, u = (x.running_integral(0.5)(t) for x in (f, g, total))
    scale = np.abs(uf).max() + np.abs(ug).max() + 1e-300
    assert np.allclose(u, uf + ug, rtol=0, atol=1e-12 * scale)
    assert sm.alexiewicz_norm(total - g - f) == 0.0


def test_different_rates_add():
    """1000 Hz and 300 Hz, 44100 Hz and plain times: one signal, exact spikes."""
    f = sm.Signal.from_samples(np.arange(10.0), fs=1000.0)
    g = sm.Signal.from_samples([1.0, -1.0, 1.0], fs=300.0)
    h = f + g
    assert h.domain == (0.0, 0.01)
    assert h(0.0052) == 5.0 - 1.0
    assert h.running_integral()(0.01) == pytest.approx(0.045 + 1 / 300, rel=1e-15)
    audio = sm.Signal.from_samples(np.ones(441), fs=44100.0)
    both = audio - sm.SpikeTrain([0.001, 0.0099], [0.0005, 0.0005])
    assert both.running_integral()(0.01) == pytest.approx(0.009, rel=1e-14)
    assert both.impulses.times.tolist() == [0.001, 0.0099]
    assert (sm.SpikeTrain([0.001]) + audio) == (audio + sm.SpikeTrain([0.001]))
    assert (sm.SpikeTrain([0.001]) - audio) == -(audio - sm.SpikeTrain([0.001]))


def test_derivative():
    """Jumps and the initial value become pulses, what is smooth stays a function; pulses have none."""
    d = sm.Signal.from_samples([1.0, 1.0, 4.0], fs=10.0, t0=0.5).derivative()
    assert isinstance(d, sm.SpikeTrain)
    assert as_dict(d) == {Fraction(1, 2): Fraction(1), Fraction(1, 2) + Fraction(2, 10): Fraction(3)}
    d = sm.Signal.from_samples([1.0, 3.0, 0.0], fs=2.0, hold="linear").derivative()
    assert [d(0.1), d(0.6)] == [4.0, -6.0]
    assert as_dict(d.impulses) == {Fraction(0): Fraction(1)}
    p = PPoly(np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 7.0]]), [0.0, 2.0, 3.0])  # t^2 + 3, then 2 (t - 2) + 7
    d = sm.Signal.from_ppoly(p).derivative()
    assert [d(1.0), d(2.5)] == [2.0, 2.0]
    assert as_dict(d.impulses) == {Fraction(0): Fraction(3)}
    with pytest.raises(ValueError, match="Dirac"):
        (sm.Signal.from_samples([1.0], fs=1.0) + sm.SpikeTrain([0.5])).derivative()


@share(0.5)
@given(drawn(signal_case, pulses=False))
def test_the_derivative_integrates_back(case):
    """int D g = g, the initial value included."""
    g = case.function()
    t0, t1 = g.domain
    t = t0 + (t1 - t0) * np.array([0.0, 0.123, 0.456, 0.789])
    size = np.abs(g(np.linspace(t0, t1, 30))).max() + 1e-300
    assert np.allclose(g.derivative().running_integral()(t), g(t), rtol=1e-12, atol=1e-12 * size)


def test_running_integral_sides():
    """Right-continuous; left limits before pulses; 0 before t0; constant (or decaying) after t1."""
    f = sm.Signal.from_samples([1.0, 1.0], fs=1.0) + sm.SpikeTrain([0.0, 1.0, 2.0], [5.0, -2.0, 7.0])
    u = f.running_integral()
    assert u([0.0, 1.0, 2.0]).tolist() == [5.0, 4.0, 12.0]
    assert u([0.0, 1.0, 2.0], side="left").tolist() == [0.0, 6.0, 5.0]
    assert u(-1.0) == 0.0
    assert u(0.5) == u(0.5, side="left") == 5.5
    assert isinstance(u(0.5), float)
    v = f.running_integral(1.0)
    assert v(1.0, side="left") == pytest.approx(5 * np.exp(-1) + 1 - np.exp(-1), rel=1e-15)
    with pytest.raises(ValueError, match="side"):
        u(0.0, side="middle")


def test_scipy_pieces():
    """CubicSpline and plain PPoly evaluate alike."""
    spline = CubicSpline([0.0, 0.5, 2.0, 3.0], [1.0, -1.0, 0.5, 0.0])
    f = sm.Signal.from_ppoly(spline)
    t = np.linspace(0.0, 2.99, 50)
    assert np.allclose(f(t), spline(t), rtol=1e-14, atol=1e-14)
    assert f.running_integral()(3.0) == pytest.approx(spline.integrate(0.0, 3.0), rel=1e-13)


# objects

THINGS = {
    "train": sm.SpikeTrain([0.0, 0.1, 1.0], [1.0, -0.5, 2.0]),
    "empty train": sm.SpikeTrain([]),
    "grid train": sm.SpikeTrain.from_samples([1.0, 0.0, 3.0], fs=7.0, t0=0.1),
    "spikes": sm.IF(0.3)(sm.SpikeTrain([0.0, 1.0], [0.7, -1.0])),
    "zero hold": sm.Signal.from_samples([1.0, 2.0, -1.0], fs=10.0),
    "with pulses": sm.Signal.from_samples([1.0, 2.0], fs=3.0, hold="linear") - sm.SpikeTrain([0.1]),
    "channels": sm.Signal.from_samples([[1.0, 2.0], [0.0, 1.0]], fs=10.0),
    "trains": sm.SpikeTrains([sm.SpikeTrain([0.0, 1.0]), sm.SpikeTrain([])]),
}


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_behaviour_as_values(thing):
    """Copies and pickles are equal with equal hashes; printable, with valid SVG; not equal to other things."""
    for other in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert other == thing
        assert hash(other) == hash(thing)
        assert repr(other) == repr(thing)
    assert repr(thing).startswith(type(thing).__name__ + "(")
    assert thing != "something else"
    html = thing._repr_html_()
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert pictures
    assert all(ET.fromstring(p).tag.endswith("svg") for p in pictures)
    assert sum(thing == x for x in THINGS.values()) == 1
    with pytest.raises(AttributeError):
        thing.domain = (0.0, 1.0)
    with pytest.raises(AttributeError):
        thing.anything = 1


@pytest.mark.parametrize("name", ["times", "weights", "counts"])
def test_views_are_read_only(name):
    view = getattr(THINGS["spikes"], name)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1.0


def test_equality_is_that_of_measures():
    """The same measure on another axis is equal; another weight, time or domain is not."""
    s = sm.SpikeTrain([0.0, 0.5], [1.0, 2.0])
    assert sm.SpikeTrain.from_samples([1.0, 2.0], fs=2.0) == s
    assert hash(sm.SpikeTrain.from_samples([1.0, 2.0], fs=2.0)) == hash(s)
    assert sm.SpikeTrain([0.0, 0.5], [1.0, 2.0], domain=(0.0, 1.0)) != s
    assert sm.SpikeTrain([0.0, 0.5], [1.0, np.nextafter(2.0, 3.0)]) != s
    assert sm.SpikeTrain([0.0, np.nextafter(0.5, 1.0)], [1.0, 2.0]) != s
    f = sm.Signal.from_samples([1.0, 2.0], fs=2.0)
    assert f == sm.Signal.from_ppoly(PPoly(np.array([[1.0, 2.0]]), [0.0, 0.5, 1.0]))
    assert f != 2 * f
    assert f != f + sm.SpikeTrain([0.5])
    assert (2 * f) * 0.5 == f
    assert f.shift(1.0) != f


def test_many_channels():
    """Indexing, slices, iteration, ragged columns, arithmetic channel by channel."""
    f = sm.Signal.from_samples([[1.0, 2.0], [-3.0, 0.0], [0.0, 0.0]], fs=1.0)
    eta = sm.IF(1.0)(f)
    assert isinstance(eta, sm.SpikeTrains)
    assert [len(s) for s in eta] == [3, 3, 0]
    assert len(eta[1:]) == 2
    assert eta[1] == sm.IF(1.0)(f[1])
    assert eta.channel.tolist() == [0, 0, 0, 1, 1, 1]
    assert eta.indptr.tolist() == [0, 3, 6, 6]
    assert eta.counts.tolist() == [1, 1, 1, -1, -1, -1]
    assert (f - eta)[0] == f[0] - eta[0]
    assert (2 * f)[1] == 2 * f[1]
    assert (f + sm.SpikeTrain([0.5]))[2].impulses.times.tolist() == [0.5]
    assert len(f.derivative()) == 3
    with pytest.raises(ValueError, match="channels"):
        f + f[:2]


def test_a_train_and_an_empty_one_share_nothing_that_can_be_written_to():
    """Adding nothing and changing the sign copy no events: those are read-only, and views are made anew."""
    eta = sm.IF(0.3)(sm.Signal.from_samples(np.random.default_rng(2).normal(size=50), fs=1.0))
    for train in (eta, sm.SpikeTrain([0.5, 0.5, 2.0, 3.0], [0.1, 0.2, -0.25, 0.0])):
        nothing = sm.SpikeTrain([], [], domain=(-1.0, 60.0))
        for made in (train + nothing, nothing + train):
            assert (made.domain, made.counts) == ((-1.0, 60.0), None)
            assert made.exact_times() == train.exact_times()
            assert made.exact_weights() == train.exact_weights()
            assert not made.times.flags.writeable
            assert not made.weights.flags.writeable
        assert (-train).exact_weights() == [-w for w in train.exact_weights()]
        assert not (-train).weights.flags.writeable
        assert (-train) * -1.0 == train
        assert (-train).weights.tolist() == (train * -1.0).weights.tolist() == [-w for w in train.weights.tolist()]
        if train.counts is not None:
            assert (-train).counts.tolist() == [-c for c in train.counts.tolist()]
            assert not (-train).counts.flags.writeable
    assert len(nothing + nothing) == 0
    assert (nothing + nothing).domain == (-1.0, 60.0)
