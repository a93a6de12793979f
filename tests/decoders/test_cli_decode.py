"""`spikemath decode` and `spikemath study`: files in, files out, errors in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.io import wavfile

import spikemath as sm
from spikemath.cli import main
from spikemath.cli.decode import NAMES
from spikemath.study._run import DECODERS

from .cases import smooth

FS = 100.0


@pytest.fixture
def spikes(tmp_path):
    f = sm.Signal.from_samples(smooth(np.arange(0.0, 6.0, 1 / FS)), fs=FS, hold="linear")
    sm.save(tmp_path / "spikes.npz", sm.IF(0.05).encode(f))
    return f, str(tmp_path / "spikes.npz")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out = capsys.readouterr()
    return end.value.code, out.out, out.err


def test_the_command_knows_every_decoder_of_a_study():
    """The command's list is written out, so that its help needs no import; it is the study's."""
    assert sorted(NAMES) == sorted(DECODERS)


def test_every_kind_of_file_holds_the_same_samples(tmp_path, capsys, spikes):
    f, source = spikes
    want = sm.decoders.Spline(5)(sm.load(source))(np.arange(600) / FS)
    for suffix in (".npy", ".npz", ".csv", ".wav"):
        path = tmp_path / f"out{suffix}"
        code, _, err = run(capsys, "decode", source, "-o", path, "--decoder", "spline5")
        assert (code, err) == (0, "")
        got = sm.io.read_recording(path, fs=FS)
        assert got.samples.shape == (600,)
        peak = np.abs(want).max()
        expected = want / peak if suffix == ".wav" else want
        assert np.allclose(got.samples, expected, atol=1e-6 if suffix == ".wav" else 1e-12)
    assert sm.io.read_recording(tmp_path / "out.npz").fs == FS
    assert np.abs(want[60:-60] - f(np.arange(600) / FS)[60:-60]).max() < 0.05


def test_wav_in_wav_out(tmp_path, capsys):
    """A tone of 440 Hz, 16 bits, through spikes and back."""
    t = np.arange(4000) / 8000.0
    wavfile.write(tmp_path / "in.wav", 8000, np.round(12000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16))
    arguments = ("--operator", "if", "--threshold", "1.0", "--hold", "linear", "--quiet")
    assert run(capsys, "encode", tmp_path / "in.wav", "-o", tmp_path / "s.npz", *arguments)[0] == 0
    code, out, _ = run(capsys, "decode", tmp_path / "s.npz", "-o", tmp_path / "out.wav", "--decoder", "spline5")
    assert code == 0
    assert "scaled by" in out
    rate, y = wavfile.read(tmp_path / "out.wav")
    x = np.sin(2 * np.pi * 440 * t)[200:-200]
    y = y[200:3800] * (x @ y[200:3800]) / (y[200:3800] @ y[200:3800])
    assert (rate, y.dtype.kind) == (8000, "f")
    assert 10 * np.log10(np.var(x) / np.mean((x - y) ** 2)) > 25.0


def test_json_check_and_picture(tmp_path, capsys, spikes):
    _, source = spikes
    picture = tmp_path / "fig.png"
    code, out, _ = run(capsys, "decode", source, "-o", tmp_path / "o.npy", "--decoder", "linear", "--check", "--json",
                       "--plot", picture)  # fmt: skip
    said = json.loads(out)
    assert code == 0
    assert said["consistent"] == [True]
    assert said["channels"][0]["condition"] == {"name": "consistency", "verdict": "holds"}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_channels(tmp_path, capsys):
    x = np.array([smooth(np.arange(0.0, 6.0, 1 / FS)), 2.0 + np.zeros(600)])
    sm.save(tmp_path / "s.npz", sm.IF(0.05).encode(sm.Signal.from_samples(x, fs=FS, hold="linear")))
    code, out, _ = run(capsys, "decode", tmp_path / "s.npz", "-o", tmp_path / "o.csv", "--check")
    assert code == 0
    assert "channel 1" in out
    assert sm.io.read_recording(tmp_path / "o.csv").samples.shape == (2, 600)


def test_a_bare_train_needs_its_operator(tmp_path, capsys, spikes):
    _, source = spikes
    bare = tmp_path / "bare.npz"
    sm.save(bare, sm.load(source).spikes)
    code, _, err = run(capsys, "decode", bare, "-o", tmp_path / "o.npy")
    assert (code, "--operator and --threshold" in err) == (2, True)
    assert run(capsys, "decode", bare, "-o", tmp_path / "o.npy", "--operator", "if", "--threshold", "0.05")[0] == 0
    code, _, err = run(capsys, "decode", bare, "-o", tmp_path / "o.npy", "--operator", "if", "--threshold", "0.06")
    assert (code, "another operator" in err) == (2, True)


def test_warnings_go_to_standard_error(tmp_path, capsys):
    f = sm.Signal.from_samples(smooth(np.arange(0.0, 6.0, 1 / FS)), fs=FS) + sm.SpikeTrain.from_samples(
        [0, 0, 2.0], fs=FS
    )
    sm.save(tmp_path / "s.npz", sm.IF(0.05).encode(f))
    code, _, err = run(capsys, "decode", tmp_path / "s.npz", "-o", tmp_path / "o.npy")
    assert code == 0
    assert err.startswith("spikemath: warning: the encoded signal has pulses")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "o.txt"], "the samples go to one of"),
        (["-o", "o.npy", "--decoder", "bandlimited"], "needs a bandwidth"),
        (["-o", "o.npy", "--decoder", "hold"], "take another decoder"),
        (["-o", "o.npy", "--operator", "if", "--threshold", "1"], "leave --operator away"),
        (["-o", "o.npy", "--fs", "0"], "must be > 0"),
        (["-o", "no/such/o.npy"], "no file can be put there"),
        (["-o", "o.npy", "--plot", "o.gif"], "a picture is one of"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, capsys, monkeypatch, spikes, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "decode", spikes[1], *arguments)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["spikes.npz"]


def test_a_study_writes_table_figure_and_checkpoint_and_goes_on(tmp_path, capsys):
    np.save(tmp_path / "x.npy", smooth(np.arange(0.0, 4.0, 1 / FS)))
    arguments = ("study", tmp_path / "x.npy", "--fs", FS, "-o", tmp_path / "out", "--rates", "40,80", "--workers", "1",
                 "--operators", "sod", "--decoders", "hold,pchip")  # fmt: skip
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    assert "| x | SendOnDelta | modulo |" in out
    names = ["checkpoint.json", "points.csv", "rate-distortion.png"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    before = (tmp_path / "out" / "checkpoint.json").stat().st_mtime_ns
    assert run(capsys, *arguments)[1] == out
    assert (tmp_path / "out" / "checkpoint.json").stat().st_mtime_ns == before
    assert run(capsys, *arguments, "--fresh")[0] == 0
    assert (tmp_path / "out" / "checkpoint.json").stat().st_mtime_ns != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["membrane"], "what shall be swept"),
        (["nothing", "--rates", "10"], "none of the recordings at hand"),
        (["membrane", "--rates", "ten"], "no list of numbers"),
        (["membrane", "--rates", "10", "--decoders", "magic"], "decoder = 'magic'"),
        (["membrane", "--rates", "10", "--picture", "gif"], "a picture is one of"),
        (["membrane", "--rates", "10", "--seconds", "0.0001"], "too few"),
    ],
)
def test_a_study_says_what_is_wrong(tmp_path, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "study", *arguments)
    assert code == 2
    assert message in err
    assert not list(tmp_path.iterdir())
