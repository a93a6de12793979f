"""Conversions: there and back gives what was there, ties of bins are decided, what does not fit is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import spikemath as sm
from spikemath import convert

X = np.random.default_rng(3).integers(-9, 10, (3, 40)) / 10.0


@pytest.fixture(scope="module")
def eta():
    return sm.IF(0.3)(sm.Signal.from_samples(X, fs=10.0))


def test_dense_bins_are_those_of_the_exact_times():
    """A crossing just before a bin's edge, whose float64 time is the edge to the eye, belongs to the bin before."""
    train = sm.IF(1.0)(sm.Signal.from_samples([1.0, 1.0, 0.0], fs=1.0))
    assert train.times.tolist() < [1.0, 2.0]
    assert convert.to_dense(train, fs=1.0).tolist() == [1, 1, 0]
    on_grid = sm.SendOnDelta(0.5)(sm.Signal.from_samples([0.0, 1.5, 0.1], fs=0.3))
    assert convert.to_dense(on_grid, fs=0.3).tolist() == [0, 3, -2]
    assert convert.to_dense(on_grid, fs=0.1).tolist() == [1, 0]  # 3 / 0.3 * 0.1 is a little more than 1 in these floats


def test_dense_there_and_back(eta):
    sod = sm.SendOnDelta(0.3)(sm.Signal.from_samples(X, fs=10.0))
    raster = convert.to_dense(sod, fs=10.0)
    back = convert.from_dense(raster, fs=10.0, threshold=0.3)
    assert raster.shape == (3, 40) and np.array_equal(back.counts, sod.counts) and np.array_equal(back.times, sod.times)
    assert np.array_equal(convert.from_dense(raster.T, fs=10.0, threshold=0.3, axis=0).counts, sod.counts)
    assert convert.to_dense(eta, fs=10.0).sum(axis=1).tolist() == [s.counts.sum() for s in eta]
    assert convert.from_dense([0.0, 2.5], fs=1.0).weights.tolist() == [2.5]
    assert np.allclose(convert.to_dense(eta, 1.0, values="weights"), 0.3 * convert.to_dense(eta, 1.0))


def test_a_spike_at_the_very_end_falls_into_the_last_bin():
    train = sm.IF(0.5)(sm.SpikeTrain([0.0, 2.0], [0.5, 0.5]))
    assert convert.to_dense(train, fs=1.0).tolist() == [1, 1]


def test_events_there_and_back(eta):
    events = convert.to_events(eta)
    assert (np.diff(events["t"]) >= 0).all() and len(events) == np.abs(eta.counts).sum()
    back = convert.from_events(events, 0.3, eta.domain, channels=3)
    assert np.array_equal(back.times, eta.times) and np.array_equal(back.counts, eta.counts)
    assert np.array_equal(back.indptr, eta.indptr)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: convert.to_events(sm.SpikeTrain([1.0])), "no counts"),
        (lambda: convert.to_dense(sm.SpikeTrain([0.0, 5.0]), fs=1.0, n=2, values="weights"), "outside the 2 bins"),
        (lambda: convert.from_events(np.zeros(1), 1.0, (0.0, 1.0)), "no field"),
        (lambda: convert.from_events(np.array([(0, 3, 1)], convert.EVENT), 1.0, (0.0, 1.0), channels=2), "0 ... 1"),
        (lambda: convert.to_dense(sm.SpikeTrain([1.0]), 1.0, values="x"), "'x'"),
    ],
)
def test_what_does_not_fit_is_refused(call, named):
    with pytest.raises(ValueError, match=named.replace(".", r"\.")):
        call()


@pytest.mark.parametrize("name", ["neo", "pynapple", "pandas", "xarray"])
def test_a_missing_library_is_named_with_its_extra(monkeypatch, eta, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"spikemath\[{name}\]"):
        getattr(convert, f"to_{name}")(eta)


def test_pandas_there_and_back(eta):
    pytest.importorskip("pandas", reason="needs the extra [pandas]")
    frame = convert.to_pandas(eta)
    back = convert.from_pandas(frame, eta.domain, threshold=0.3)
    assert list(frame.columns) == ["time", "channel", "weight", "count"]
    assert np.array_equal(back.times, eta.times) and np.array_equal(back.counts, eta.counts)
    plain = convert.from_pandas(frame, eta.domain)
    assert np.array_equal(plain.weights, eta.weights) and plain.counts is None


def test_xarray_there_and_back(eta):
    pytest.importorskip("xarray", reason="needs the extra [xarray]")
    back = convert.from_xarray(convert.to_xarray(eta))
    assert np.array_equal(back.times, eta.times) and np.array_equal(back.counts, eta.counts)
    assert back.domain == eta.domain


def test_neo_there_and_back(eta):
    pytest.importorskip("neo", reason="needs the extra [neo]")
    back = convert.from_neo(convert.to_neo(eta), threshold=0.3)
    assert np.array_equal(back.times, eta.times) and np.array_equal(back.counts, eta.counts)
    assert convert.to_neo(eta, units="ms")[0].units == 1 * convert.needed("quantities", "neo").ms


def test_pynapple_there_and_back(eta):
    pytest.importorskip("pynapple", reason="needs the extra [pynapple]")
    group = convert.to_pynapple(eta)
    assert [len(group[c]) for c in range(3)] == [int((s.counts > 0).sum()) for s in eta]
    back = convert.from_pynapple(group, threshold=0.3)
    one = convert.from_pynapple(convert.to_pynapple(eta[0]), threshold=0.3)
    rounded = eta[0].times[eta[0].counts > 0].round(9)  # pynapple keeps nanoseconds
    assert np.allclose(one.times, rounded, atol=1e-9, rtol=0) and len(back) == 3


def test_columns_are_those_of_the_members(eta):
    """Ragged columns stand for the same trains; they survive pickling and slicing; equality does not see the form."""
    import pickle

    members = sm.SpikeTrains(list(eta))
    assert members == eta and eta == members and hash(members) == hash(eta)
    for name in ("times", "weights", "counts", "channel", "indptr", "domain"):
        assert np.array_equal(getattr(members, name), getattr(eta, name)), name
    assert pickle.loads(pickle.dumps(eta)) == eta and pickle.loads(pickle.dumps(members)) == eta
    assert eta[1:] == sm.SpikeTrains([eta[1], eta[2]]) and len(eta[:0]) == 0 and eta[-1] == eta[2]
    with pytest.raises(ValueError, match="read-only"):
        eta.counts[0] = 7


def test_settings_per_channel(tmp_path):
    """Every channel has the spikes of an operator of its own; io keeps them, norms and certificates take them."""
    f = sm.Signal.from_samples(X.T, fs=10.0, axis=0)
    theta, alpha = [0.3, 0.1, 0.25], [0.0, 1.5, 2.0]
    op = sm.LIF(theta, alpha)
    whole = op.encode(f, threads=3)
    singles = [sm.LIF(t, a).encode(g) for t, a, g in zip(theta, alpha, f, strict=True)]
    assert list(whole.spikes) == [e.spikes for e in singles] and whole.potential.tolist() == [
        e.potential for e in singles
    ]
    assert op == sm.LIF(np.array(theta), tuple(alpha)) and hash(op) == hash(sm.LIF(tuple(theta), alpha))
    assert op != sm.LIF(theta, [0.0, 1.5, 1.0]) and op.channels == 3 and "0.25" in repr(op)
    assert (sm.alexiewicz_norm(f - whole.spikes, alpha) < theta).all()
    assert [c.verdict for c in sm.certify(f, whole, theta, alpha)] == ["holds"] * 3
    sm.save(tmp_path / "x.npz", whole)
    assert sm.load(tmp_path / "x.npz") == whole
    stream = op.stream(fs=10.0, channels=3)
    found = []
    for block in np.split(X, [5, 6], axis=1):
        events, stream = stream.push(block, threads=2)
        found.append(events)
    assert sm.concatenate(found) == whole.spikes
    for bad in (lambda: op(f[0]), lambda: op(f[:2]), lambda: op.stream(fs=1.0), lambda: sm.LIF([1.0, 2.0], [1.0] * 3)):
        with pytest.raises(ValueError, match="channels"):
            bad()


def test_arrays_that_nobody_can_write_to_are_not_copied():
    x = np.random.default_rng(0).normal(size=100)
    x.flags.writeable = False
    f = sm.Signal.from_samples(x, fs=1.0)
    assert np.shares_memory(f._parts[0].coefficients, x)
    y = np.ones(10)
    held = y.view()
    held.flags.writeable = False
    g = sm.Signal.from_samples(held, fs=1.0)
    y[0] = 5.0
    assert g(0.5) == 1.0
    z = np.ones(10)
    h = sm.Signal.from_samples(z, fs=1.0)
    z[0] = 5.0
    assert h(0.5) == 1.0
