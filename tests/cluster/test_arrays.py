"""operator(x, fs=...) on arrays: of numpy, and of libraries that serve their own, which are imported by nobody else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import spikemath as sm
from spikemath import arrays

OPS = [sm.LIF(0.4, 0.1), sm.IF(0.7), sm.SendOnDelta(0.5, refractory=2.0), sm.LIF([0.3, 0.5], 0.1)]


@pytest.fixture
def x():
    return np.random.default_rng(8).normal(size=(2, 120))


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("hold", ["zero", "linear"])
def test_samples_of_numpy(op, hold, x):
    whole = op.encode(sm.Signal.from_samples(x, fs=2.0, t0=1.0, hold=hold))
    assert op.encode(x, 2.0, 1.0, hold) == op.encode(x.T, fs=2.0, t0=1.0, hold=hold, axis=0, threads=2) == whole
    assert op(x.tolist(), fs=2.0, t0=1.0, hold=hold) == whole.spikes


@pytest.mark.parametrize("op", OPS)
def test_dask(op, x):
    da = pytest.importorskip("dask.array", reason="needs the extra [dask]")
    whole = op.encode(sm.Signal.from_samples(x, fs=2.0))
    assert op.encode(da.from_array(x, chunks=(1, 50)), fs=2.0) == whole
    assert op(da.from_array(x.T, chunks=(50, 2)), fs=2.0, axis=0) == whole.spikes


@pytest.mark.parametrize("lazy", [False, True])
def test_xarray_knows_its_rate(lazy, x):
    xarray = pytest.importorskip("xarray", reason="needs the extra [xarray]")
    given = xarray.DataArray(x.T, dims=("time", "probe"), coords={"time": 3.0 + np.arange(120) / 4.0})
    if lazy:
        pytest.importorskip("dask", reason="needs the extra [dask]")
        given = given.chunk({"time": 50})
    for op in OPS:
        assert op.encode(given) == op.encode(sm.Signal.from_samples(x, fs=4.0, t0=3.0))
    assert OPS[1](given.isel(probe=0)) == OPS[1](x[0], fs=4.0, t0=3.0)
    with pytest.raises(ValueError, match="'time'"):
        OPS[0](given.rename(time="t"))


@pytest.mark.parametrize("kind", ["zarr", "h5py"])
@pytest.mark.parametrize("dtype", [np.float64, np.int16])
def test_datasets_are_read_in_blocks(kind, dtype, x, tmp_path, monkeypatch):
    library = pytest.importorskip(kind, reason=f"needs {kind}")
    x = (x * (1 if dtype == np.float64 else 100)).astype(dtype)
    if kind == "zarr":
        given = library.create_array(str(tmp_path / "a.zarr"), shape=x.T.shape, dtype=dtype, chunks=(50, 2))
    else:
        given = library.File(tmp_path / "a.h5", "w").create_dataset("a", x.T.shape, dtype)
    given[:] = x.T
    given.attrs["fs"] = 8.0
    monkeypatch.setattr(arrays, "SAMPLES", 70)
    seen = []
    for op in OPS:
        whole = op.encode(sm.Signal.from_samples(x, fs=8.0))
        assert op.encode(given, axis=0, progress=lambda done, total: seen.append((done, total))) == whole
        assert op.encode(given, fs=8.0, axis=0, threads=2) == whole
    assert seen[:4] == [(35, 120), (70, 120), (105, 120), (120, 120)]


def test_what_is_missing_or_too_much_is_said(x):
    lif, f = OPS[0], sm.Signal.from_samples(x, fs=1.0)
    with pytest.raises(TypeError, match="give fs"):
        lif(x[0])
    with pytest.raises(TypeError, match="fs is missing"):
        lif(x, axis=0)
    with pytest.raises(TypeError, match="for arrays of samples"):
        lif(f, fs=1.0)
    with pytest.raises(TypeError, match="for arrays of samples"):
        lif(lif(f), fs=1.0)
    da = pytest.importorskip("dask.array", reason="needs the extra [dask]")
    with pytest.raises(TypeError, match="fs is missing"):
        lif(da.from_array(x))


def test_no_library_is_imported_for_an_array_of_numpy():
    code = (
        "import sys, numpy as np, spikemath as sm\nsm.IF(1.0).encode(np.ones(3), fs=1.0)\n"
        "print([m for m in ('dask', 'xarray', 'zarr', 'h5py') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
