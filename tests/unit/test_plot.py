"""Pictures: what is drawn is what is there; jumps upright, nothing lost by thinning, nothing global changed."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.interpolate import CubicSpline

import spikemath.plot as draw
from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.signals import Signal, SpikeTrain, SpikeTrains

F = Signal.from_samples([1.0, 3.0, -2.0, 0.5], fs=2.0, hold="linear")


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture(autouse=True)
def nothing_global_changes():
    before = mpl.rcParams.copy()
    yield
    assert mpl.rcParams == before


def line(ax, label):
    (found,) = [x for x in ax.lines if x.get_label() == label]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


def ticks(ax):
    return {c.get_label(): np.array(c.get_segments()) for c in ax.collections if c.get_segments()}


# raster


def test_raster_has_a_tick_per_spike(ax):
    many = SpikeTrains([SpikeTrain([0.0, 1.0, 2.0], [1.0, -2.0, 1.0]), SpikeTrain([0.5], [-1.0])])
    assert draw.raster(many, ax) is ax
    up, down = ticks(ax)["positive"], ticks(ax)["negative"]
    assert up[:, 0].tolist() == [[0.0, 0.0], [2.0, 0.0]]
    assert down[:, 0].tolist() == [[1.0, 0.0], [0.5, 1.0]]
    assert (up[:, 1, 1] < up[:, 0, 1]).all()  # the axis of channels points down
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "channel")


@pytest.mark.parametrize("s", [SpikeTrain([]), SpikeTrain([1.0]), SpikeTrains([]), SpikeTrains([SpikeTrain([])])])
def test_raster_of_almost_nothing(ax, s):
    draw.raster(s, ax)
    ax.figure.canvas.draw()


def test_raster_takes_an_encoding(ax):
    enc = IF(0.25).encode(F)
    draw.raster(enc, ax)
    assert sum(map(len, ticks(ax).values())) == len(enc) + 1  # and the base line


def test_raster_of_very_many_spikes_is_thin_but_whole(ax):
    t = np.sort(np.concatenate([np.linspace(0.0, 1.0, 100_000), [7.0]]))
    draw.raster(SpikeTrain(t), ax)
    drawn = ticks(ax)["positive"][:, 0, 0]
    assert drawn.size < 4 * draw.BINS
    assert {0.0, 7.0} <= set(drawn)


# residual


def test_residual_draws_both_limits_of_a_jump(ax):
    s = SpikeTrain([1.0, 2.0], [2.0, -3.0])
    draw.residual(s, SpikeTrain([], domain=s.domain), 4.0, ax=ax)
    t, y = line(ax, "residual")
    assert list(zip(t, y, strict=True)) == [(1.0, 0.0), (1.0, 2.0), (2.0, 2.0), (2.0, -1.0)]


def test_residual_decays(ax):
    draw.residual(SpikeTrain([0.0], [1.0], domain=(0.0, 1.0)), SpikeTrain([]), 4.0, 3.0, ax)
    t, y = line(ax, "residual")
    assert np.allclose(y[1:], np.exp(-3.0 * t[1:]))
    assert t.size > 100


def test_residual_of_modulo_stays_inside(ax):
    f = F + SpikeTrain([0.3, 0.9], [1.7, -2.2])
    draw.residual(f, LIF(0.2, alpha=1.0)(f), 0.2, 1.0, ax)
    _, y = line(ax, "residual")
    assert np.abs(y).max() <= 0.2
    assert not [x for x in ax.lines if x.get_label() == "outside the tube"]
    levels = sorted(x.get_ydata()[0] for x in ax.lines if len(x.get_ydata()) == 2)
    assert levels == [-0.2, 0.2]


def test_residual_of_zero_stands_out(ax):
    f = F + SpikeTrain([0.3, 0.9], [1.7, -2.2])
    draw.residual(f, LIF(0.2, alpha=1.0, reset="zero").encode(f), 0.2, 1.0, ax)
    t, y = line(ax, "outside the tube")
    out = y[np.isfinite(y)]
    assert np.abs(out).min() == 0.2 < np.abs(out).max()
    assert np.isnan(y[t < 0.29]).sum() > 0


def test_an_outside_stretch_does_not_cross_the_tube(ax):
    s = SpikeTrain([0.0, 1.0, 2.0], [3.0, -6.0, 3.5])
    draw.residual(s, SpikeTrain([]), 1.0, ax=ax)
    _, y = line(ax, "outside the tube")
    for a, b in pairwise(y):
        assert not (a > 0 > b or a < 0 < b)


# tube


def test_tube_of_send_on_delta(ax):
    enc = SendOnDelta(0.5).encode(F)
    draw.tube(F, enc, ax=ax)
    t, y = line(ax, "signal")
    assert np.allclose(y, F(t))
    t, y = line(ax, "decoded from the spikes")
    assert np.array_equal(np.unique(y), np.unique(np.append(np.cumsum(enc.spikes.weights), y[0])))
    assert set(enc.spikes.times) <= set(t)
    tube = ax.collections[0].get_paths()[0].vertices
    assert np.isclose(tube[:, 1].max(), 3.5)
    assert np.isclose(tube[:, 1].min(), -2.5)


@pytest.mark.parametrize("operator", [IF(0.25), LIF(0.25, alpha=2.0)], ids=repr)
def test_tube_of_integrate_and_fire(ax, operator):
    enc = operator.encode(F)
    draw.tube(F, enc, ax=ax)
    t, y = line(ax, ax.get_ylabel())
    assert ax.get_ylabel() == ("running leaky integral" if operator.alpha else "running integral")
    assert np.allclose(y, F.running_integral(operator.alpha)(t))
    decoded_t, decoded = line(ax, "decoded from the spikes")
    assert np.abs(np.interp(decoded_t, t, y) - decoded).max() < 0.25 + 1e-3


def test_tube_of_a_bare_train(ax):
    eta = IF(0.25)(F)
    draw.tube(F, eta, ax=ax)
    assert ax.get_ylabel() == "running integral"
    with pytest.raises(ValueError, match="threshold is needed"):
        draw.tube(F, SpikeTrain([1.0]), ax=ax)
    with pytest.raises(ValueError, match=r"threshold = 0\.0 must be > 0"):
        draw.tube(F, eta, 0.0, ax=ax)


def test_one_channel_at_a_time(ax):
    many = Signal.from_samples(np.ones((2, 4)), fs=1.0)
    enc = IF(0.5).encode(many)
    for call in (
        lambda: draw.tube(many, enc, ax=ax),
        lambda: draw.signal(many, ax),
        lambda: draw.residual(many[0], enc.spikes, 0.5, ax=ax),
    ):
        with pytest.raises(ValueError, match="has 2 channels: draw one of them"):
            call()
    with pytest.raises(TypeError, match="f must be a Signal or SpikeTrain, got list"):
        draw.signal([1.0, 2.0], ax)


# signal


def test_signal_draws_steps_upright(ax):
    draw.signal(Signal.from_samples([1.0, 3.0], fs=1.0), ax)
    t, y = line(ax, "function")
    assert y.tolist() == [1.0, 1.0, 3.0, 3.0]
    assert np.allclose(t, [0.0, 1.0, 1.0, 2.0], atol=1e-12)


def test_signal_draws_curves_and_stems(ax):
    spline = CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 0.0, -2.0])
    draw.signal(Signal.from_ppoly(spline) + SpikeTrain([0.5, 2.5], [0.1, -0.2]), ax)
    t, y = line(ax, "function")
    assert np.allclose(y, spline(t), atol=1e-9)
    assert y.max() > spline(np.linspace(0, 3, 200)).max() - 1e-3
    (second,) = [x for x in ax.figure.axes if x is not ax]
    assert {s[1, 1] for s in second.collections[0].get_segments()} == {0.1, -0.2}


def test_signal_of_a_train(ax):
    draw.signal(SpikeTrain([0.0, 1.0], [2.0, 1.0]), ax)
    assert ax.get_ylabel() == "weight of pulses"
    assert ax.get_ylim()[0] == 0.0


# long signals


def test_thinning_loses_no_excursion(ax):
    x = np.zeros(300_000)
    x[123_456], x[234_567] = 5.0, -7.0
    f = Signal.from_samples(x, fs=1000.0)
    draw.signal(f, ax)
    t, y = line(ax, "function")
    assert t.size < 20 * draw.BINS
    assert (y.max(), y.min()) == (5.0, -7.0)
    assert abs(t[y.argmax()] - 123.456) < 0.2
    assert (np.diff(t) >= 0).all()


def test_thinning_keeps_the_residual(ax):
    x = np.zeros(300_000)
    x[123_456] = 5.0
    draw.residual(Signal.from_samples(x, fs=1000.0), SpikeTrain([123.4565], [0.005]), 0.01, ax=ax)
    _, y = line(ax, "residual")
    assert np.isclose(y.max(), 0.0025)
    assert np.isclose(y.min(), -0.0025)


def test_a_window_is_drawn_in_full(ax):
    f = Signal.from_samples(np.sin(np.arange(300_000.0)), fs=1000.0)
    draw.signal(f, ax, window=(100.0, 100.1))
    t, y = line(ax, "function")
    assert np.allclose(y, f(t))
    assert t.size == 200
    assert ax.get_xlim()[0] > 99.9


@pytest.mark.jit_only
def test_pictures_of_long_signals_are_small():
    figure, axes = draw.new_figure(2)
    rng = np.random.default_rng(1)
    f = Signal.from_samples(rng.normal(size=200_000), fs=1000.0)
    draw.signal(f, axes[0])
    draw.raster(IF(0.005)(f), axes[1])
    assert len(draw.encoded(figure)) < 300_000
    assert len(draw.encoded(figure, ".svg")) < 3_000_000


# house


def test_new_axes_are_made_and_nothing_is_shown(monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("show"))
    for made in (draw.raster(IF(0.5)(F)), draw.signal(F), draw.tube(F, IF(0.5)(F)), draw.residual(F, IF(0.5)(F), 0.5)):
        assert made.get_xlabel() == "time"
    plt.close("all")


def test_the_legend_is_outside_the_data(ax):
    draw.tube(F, IF(0.5)(F), ax=ax)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1 - 1


def test_importing_it_loads_no_matplotlib():
    code = "import sys, spikemath.plot, spikemath.demo, spikemath.cli; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
