"""Dask: whatever the chunks, the method and the workers that die, the answer is that of one machine, bit for bit."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np
import pytest

import spikemath as sm

dask = pytest.importorskip("dask", reason="needs the extra [dask]")
da = pytest.importorskip("dask.array", reason="needs the extra [dask]")

METHODS = ("chain", "sequential", "blelloch")


@pytest.fixture(autouse=True)
def one_thread():
    with dask.config.set(scheduler="sync"):
        yield


def stored(encoding):
    c = encoding.spikes._columns
    events = [x.tobytes() for x in (c.hi, c.lo, c.counts, c.indptr)]
    return events, c.start, c.end, np.asarray(encoding.potential).tolist(), encoding.undecided


def recording(rng, n):
    kind = rng.integers(4)
    if kind == 0:
        return rng.normal(size=(3, n))
    if kind == 1:
        return rng.integers(-9, 10, (3, n)) / 10.0
    if kind == 2:
        return rng.integers(-500, 500, (3, n)).astype(np.int16)
    return rng.integers(-8, 9, (3, n)) / 4.0


def chunks(rng, n, number):
    return tuple(int(k) for k in rng.multinomial(n - number, np.ones(number) / number) + 1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("method", METHODS)
def test_any_chunks_give_the_bits_of_one_machine(seed, method):
    rng = np.random.default_rng([seed, 11])
    n, fs = 300, float(rng.choice([1.0, 100.0, 0.3]))
    x = recording(rng, n)
    d = da.from_array(x, chunks=((2, 1), chunks(rng, n, int(rng.integers(1, 8)))))
    size = float(np.abs(x).mean())
    ops = [sm.IF(2 * size / fs), sm.SendOnDelta(size), sm.IF([size / fs, 2.0 * size / fs, 0.1 * size / fs])]
    if method == "chain":
        ops += [sm.LIF(size / fs, 0.1 * fs), sm.IF(size / fs, "zero", 3.0 / fs), sm.SendOnDelta(size, "subtract")]
    for op in ops:
        whole = op.encode(sm.Signal.from_samples(x, fs=fs, t0=0.1))
        assert stored(sm.dask.encode(op, d, fs, 0.1, method=method)) == stored(whole), (seed, op)


@pytest.mark.parametrize("op", [sm.LIF(0.5, 0.3), sm.SendOnDelta(0.4, refractory=2.0)])
def test_linear_hold_and_time_first(op):
    x = np.random.default_rng(3).normal(size=(2, 120))
    d = da.from_array(x.T, chunks=(50, 1))
    whole = op.encode(sm.Signal.from_samples(x, fs=1.0, hold="linear"))
    assert stored(sm.dask.encode(op, d, 1.0, hold="linear", axis=0)) == stored(whole)


@pytest.mark.parametrize("method", METHODS)
def test_one_channel_is_a_train(method):
    x = np.random.default_rng(4).normal(size=90)
    whole = sm.IF(0.7).encode(sm.Signal.from_samples(x, fs=2.0))
    assert sm.dask.encode(sm.IF(0.7), da.from_array(x, chunks=20), 2.0, method=method) == whole


def test_sums_that_no_double_double_holds_take_the_chain():
    """Tiny beside large: the scan finds out, and the answer is still that of one machine."""
    rng = np.random.default_rng(5)
    x = np.where(rng.random((2, 200)) < 0.3, rng.normal(size=(2, 200)) * 2.0**-95, rng.integers(-4, 5, (2, 200)) / 4.0)
    whole = sm.IF(0.3).encode(sm.Signal.from_samples(x, fs=1.0))
    assert stored(sm.dask.encode(sm.IF(0.3), da.from_array(x, chunks=(2, 40)), 1.0, method="blelloch")) == stored(whole)


def test_clips_compose():
    """clip after clip is the composed clip, and unclipped is neutral, on all small cases."""
    from spikemath.dask._scan import WIDE, compose

    every = [np.array([[[a, -b]]]) for a in range(-2, 3) for b in range(a, 3)] + [np.array([[[-WIDE, -WIDE]]])]
    for p in every:
        for q in every:
            both = compose(p, q)
            for r in range(-4, 5):
                first = min(max(r, p[0, 0, 0]), -p[0, 0, 1])
                assert min(max(r, both[0, 0, 0]), -both[0, 0, 1]) == min(max(first, q[0, 0, 0]), -q[0, 0, 1])


def test_what_is_no_scan_is_said():
    x = da.zeros((2, 10), chunks=5)
    for op in (sm.LIF(1.0, 1.0), sm.IF(1.0, "zero"), sm.IF(1.0, refractory=1.0), sm.SendOnDelta(1.0, bipolar=False)):
        with pytest.raises(ValueError, match="is no scan"):
            sm.dask.encode(op, x, 1.0, method="blelloch")
    with pytest.raises(ValueError, match="'fast'"):
        sm.dask.encode(sm.IF(1.0), x, 1.0, method="fast")
    with pytest.raises(ValueError, match="domain is empty"):
        sm.dask.encode(sm.IF(1.0), x[:, :0], 1.0)
    with pytest.raises(ValueError, match="3 channels"):
        sm.dask.encode(sm.IF([1.0] * 3), x, 1.0)


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r"spikemath\[dask\]"):
        sm.dask.encode(sm.IF(1.0), np.zeros((1, 1)), 1.0)


def test_into_zarr_chunk_by_chunk(tmp_path):
    pytest.importorskip("zarr", reason="needs the extra [zarr]")
    x = np.random.default_rng(6).integers(-300, 300, (3, 400)).astype(np.int16)
    op = sm.LIF(2.0, 5.0)
    whole = op.encode(sm.Signal.from_samples(x, fs=100.0))
    d = da.from_array(x, chunks=(2, 90))
    assert sm.dask.encode_to_zarr(op, d, tmp_path / "spikes.zarr", 100.0, units="uV") == len(whole)
    assert sm.ragged.read_zarr(tmp_path / "spikes.zarr") == whole
    import zarr

    attributes = dict(zarr.open_group(str(tmp_path / "spikes.zarr"), mode="r").attrs)
    known = {"threshold": 2.0, "alpha": 5.0, "fs": 100.0, "t0": 0.0, "units": "uV", "schema": 1}
    assert {name: attributes[name] for name in known} == known


def test_writing_a_chunk_twice_is_writing_it_once(tmp_path):
    """A worker that died after it wrote: its chunk is written again, to the same place."""
    pytest.importorskip("zarr", reason="needs the extra [zarr]")
    from spikemath import ragged

    x = np.random.default_rng(6).normal(size=(2, 100))
    stream = sm.IF(0.5).stream(fs=1.0, channels=2)
    at = ragged.begin(tmp_path / "a.zarr", 2)
    for k in range(2):
        events, stream = stream.push(x[:, 50 * k : 50 * k + 50])
        twice = ragged.put(tmp_path / "a.zarr", events, k, at)
        at = ragged.put(tmp_path / "a.zarr", events, k, at)
        assert twice == at
    ragged.close(tmp_path / "a.zarr", stream.finish(), stream, 2, at)
    assert ragged.read_zarr(tmp_path / "a.zarr") == sm.IF(0.5).encode(sm.Signal.from_samples(x, fs=1.0))


def test_xarray_keeps_coordinates_and_units():
    xarray = pytest.importorskip("xarray", reason="needs the extra [xarray]")
    x = np.random.default_rng(7).normal(size=(50, 2))
    time_s = 3.0 + np.arange(50) / 4.0
    coordinates = {"time": ("time", time_s, {"units": "s"}), "site": ["left", "right"], "depth": ("site", [10.0, 20.0])}
    array = xarray.DataArray(x, dims=("time", "site"), coords=coordinates, attrs={"units": "uV"}).chunk({"time": 20})
    out = sm.dask.encode_dataset(sm.LIF(0.2, 1.0), array)
    whole = sm.LIF(0.2, 1.0)(sm.Signal.from_samples(x.T, fs=4.0, t0=3.0))
    assert np.array_equal(out["time"], whole.times) and np.array_equal(out["count"], whole.counts)
    assert out["site"].values.tolist() == ["left", "right"] and out["depth"].values.tolist() == [10.0, 20.0]
    assert out["time"].attrs["units"] == "s"
    assert (out.attrs["units"], out.attrs["fs"], out.attrs["threshold"], out.attrs["alpha"]) == ("uV", 4.0, 0.2, 1.0)
    days = array.assign_coords(time=np.datetime64("2026-01-01") + (np.arange(50) * 250).astype("timedelta64[ms]"))
    assert sm.dask.encode_dataset(sm.LIF(0.2, 1.0), days).attrs["fs"] == 4.0
    with pytest.raises(ValueError, match="not uniform"):
        sm.dask.encode_dataset(sm.IF(1.0), array.assign_coords(time=time_s**2))


def slowly(x):
    time.sleep(0.05)
    return x


@pytest.mark.jit_only
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_is_killed_and_the_job_ends_right():
    """Two workers of a cluster on this machine; one dies while it works, and the bits are those of one machine."""
    distributed = pytest.importorskip("distributed", reason="needs the extra [dask]")
    x = np.random.default_rng(8).integers(-300, 300, (4, 2000)).astype(np.int16)
    d = da.from_array(x, chunks=(2, 100)).map_blocks(slowly)
    op, scan = sm.LIF(1.0, 5.0), sm.IF(2.0)
    signal_ = sm.Signal.from_samples(x, fs=1000.0)
    whole, other = op.encode(signal_), scan.encode(signal_)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = client.run(os.getpid)
        job = client.compute(sm.dask.encode(op, d, 1000.0, compute=False))
        second = client.compute(sm.dask.encode(scan, d, 1000.0, method="blelloch", compute=False))
        time.sleep(0.5)
        assert not job.done()
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        assert stored(job.result(timeout=400)) == stored(whole)
        assert stored(second.result(timeout=400)) == stored(other)
