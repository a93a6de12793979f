"""Recordings in blocks and runs with checkpoints: every format, every moment to stop, every way to go on wrongly."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

import spikemath as sm
from spikemath import cli, recordings, spool

from .kill import torture

X = (np.random.default_rng(7).normal(size=(3, 900)) * 100).astype(np.int16)
OP = sm.LIF(10.0, 3.0)


@pytest.fixture(scope="module")
def whole():
    return OP.encode(sm.Signal.from_samples(X, fs=100.0))


def wav(path):
    from scipy.io import wavfile

    wavfile.write(path, 100, X.T)


def hdf5(path):
    h5py = pytest.importorskip("h5py", reason="needs the extra [hdf5]")
    with h5py.File(path, "w") as file:
        file["x"] = X
        file["x"].attrs["fs"] = 100.0


def zarr(path):
    store = pytest.importorskip("zarr", reason="needs the extra [zarr]")
    array = store.open_array(str(path), mode="w", shape=X.shape, dtype="i2", chunks=(2, 128))
    array[:] = X
    array.attrs["fs"] = 100.0


FORMATS = {
    "x.npy": (lambda p: np.save(p, X), {"fs": 100.0}),
    "t.npy": (lambda p: np.save(p, X.T), {"fs": 100.0}),
    "big.npy": (lambda p: np.save(p, X.astype(">f4")), {"fs": 100.0}),
    "x.bin": (lambda p: X.T.tofile(p), {"fs": 100.0, "dtype": "int16", "n_channels": 3}),
    "x.npz": (lambda p: np.savez(p, x=X, fs=100.0), {}),
    "c.npz": (lambda p: np.savez_compressed(p, x=np.asfortranarray(X), fs=100.0), {}),
    "x.wav": (wav, {}),
    "x.h5": (hdf5, {}),
    "x.zarr": (zarr, {}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_blocks_gives_the_spikes_of_the_whole(tmp_path, whole, name):
    make, how = FORMATS[name]
    make(tmp_path / name)
    source = recordings.open_recording(tmp_path / name, **how)
    assert source.n == 900 and len(source.channels) == 3
    made = sm.encode_file(source, OP, tmp_path / "out.npz", block=257, every=0.0)
    assert made == whole == sm.load(tmp_path / "out.npz")
    assert not (tmp_path / "out.npz.part").exists()


def test_one_channel_and_a_header_to_skip(tmp_path):
    (tmp_path / "x.raw").write_bytes(b"head" + X.T.tobytes())
    how = {"fs": 100.0, "dtype": "<i2", "n_channels": 3, "offset": 4}
    source = recordings.open_recording(tmp_path / "x.raw", channel=[2, 0], **how)
    assert np.array_equal(source.block(5, 9), X[[2, 0], 5:9])


def stopped(tmp_path, after, **how):
    """A run that is stopped in the middle, as if the power had gone, with a torn event at the end."""
    np.save(tmp_path / "x.npy", X)
    source = recordings.open_recording(tmp_path / "x.npy", fs=100.0)

    def stop(done, total):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sm.encode_file(source, OP, tmp_path / "out.npz", block=100, every=0.0, progress=stop, **how)
    with open(tmp_path / "out.npz.part" / "events", "ab") as file:
        file.write(b"torn")
    return source


@pytest.mark.parametrize("after", [100, 500, 900])
def test_going_on_gives_the_bytes_of_a_run_that_was_never_stopped(tmp_path, after):
    source = stopped(tmp_path, after)
    sm.encode_file(source, OP, tmp_path / "never.npz")
    sm.encode_file(source, OP, tmp_path / "out.npz", resume=True, threads=2)
    assert (tmp_path / "out.npz").read_bytes() == (tmp_path / "never.npz").read_bytes()


def test_an_unfinished_run_is_not_thrown_away_unasked(tmp_path, whole):
    source = stopped(tmp_path, 500)
    with pytest.raises(spool.UnfinishedRunError, match="at sample 400 of 900"):
        sm.encode_file(source, OP, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()
    assert sm.encode_file(source, OP, tmp_path / "out.npz", restart=True) == whole


def test_a_run_with_other_settings_is_refused(tmp_path):
    source = stopped(tmp_path, 500)
    with pytest.raises(ValueError, match="another operator"):
        sm.encode_file(source, sm.LIF(10.0, 3.5), tmp_path / "out.npz", resume=True)
    with pytest.raises(ValueError, match="another hold"):
        sm.encode_file(source, OP, tmp_path / "out.npz", resume=True, hold="linear")
    os.utime(tmp_path / "x.npy", ns=(1, 1))
    with pytest.raises(ValueError, match="another modified"):
        sm.encode_file(source, OP, tmp_path / "out.npz", resume=True)


@pytest.mark.parametrize("op", [sm.IF(7.3, refractory=0.05), sm.SendOnDelta(50.0), sm.LIF([9.0, 5.0, 7.0], 2.0)])
@pytest.mark.parametrize("hold", ["zero", "linear"])
def test_a_stream_survives_its_checkpoint(op, hold):
    """JSON and back: the same state, bit for bit, for every kind of operator and hold."""
    _, stream = op.stream(fs=100.0, channels=3, hold=hold).push(X[:, :137])
    plain = json.loads(json.dumps(spool._plain(stream)))
    settings = {"name": type(op).__name__} | json.loads(json.dumps(sm.io.settings_of(op)))
    again = spool._stream(plain, settings)
    assert again == stream and again.operator == op
    assert again.push(X[:, 137:])[0] == stream.push(X[:, 137:])[0]


def test_a_bad_sample_is_found_with_its_block(tmp_path):
    x = np.zeros(300)
    x[250] = np.nan
    np.save(tmp_path / "x.npy", x)
    source = recordings.open_recording(tmp_path / "x.npy", fs=1.0)
    with pytest.raises(ValueError, match=r"samples 200 to 300: block\[0, 50\] = nan must be finite"):
        sm.encode_file(source, OP, tmp_path / "out.npz", block=100)


@pytest.mark.parametrize(
    ("name", "content", "how", "said"),
    [
        ("x.bin", b"123", {"fs": 1.0}, "dtype and n_channels"),
        ("x.bin", b"123", {"fs": 1.0, "dtype": "i2", "n_channels": 1}, "no whole number"),
        ("x.npy", b"no array", {"fs": 1.0}, "x.npy"),
        ("x.txt", b"1", {"fs": 1.0}, "'.txt'"),
        ("x.npy", None, {}, "fs"),
        ("x.npy", None, {"fs": 1.0, "dtype": "i2"}, "raw binary"),
        ("x.npy", None, {"fs": 1.0, "channel": 7}, "channel 7"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, how, said):
    if content is None:
        np.save(tmp_path / name, X)
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=said):
        recordings.open_recording(tmp_path / name, **how)


def test_spikes_in_zarr(tmp_path, whole):
    pytest.importorskip("zarr", reason="needs the extra [zarr]")
    np.save(tmp_path / "x.npy", X)
    source = recordings.open_recording(tmp_path / "x.npy", fs=100.0)
    sm.encode_file(source, OP, tmp_path / "out.zarr", block=100)
    assert sm.ragged.read_zarr(tmp_path / "out.zarr") == whole
    assert sorted(os.listdir(tmp_path)) == ["out.zarr", "x.npy"]


def test_the_command_goes_on_and_says_so(tmp_path, whole, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stopped(tmp_path, 500)
    arguments = ["encode", "x.npy", "-o", "out.npz", "--fs", "100", "--threshold", "10", "--alpha", "3"]
    refused = CliRunner().invoke(cli.main, [*arguments, "--stream"])
    assert refused.exit_code == 2 and "--resume or --restart" in refused.output
    done = CliRunner().invoke(cli.main, [*arguments, "--resume"])
    assert done.exit_code == 0 and "in blocks" in done.output and sm.load("out.npz") == whole
    as_json = CliRunner().invoke(cli.main, [*arguments, "--stream", "--json"])
    assert json.loads(as_json.output)["spikes"] == len(whole)


@pytest.mark.jit_only
def test_killed_at_random_moments(tmp_path, fresh_seed):
    """SIGKILL twice: the output is absent or whole, and at last the same bytes. (kill.py: fifty times)"""
    done, _, _ = torture(tmp_path, 2, seed=fresh_seed, n=200_000)
    assert done == 2
    shutil.rmtree(tmp_path)
