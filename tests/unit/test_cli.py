"""The command line: what it writes and says, one line and the right exit code for whatever goes wrong."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

import spikemath.cli as cli
import spikemath.cli._common as common
import spikemath.io as files
from spikemath.norms import alexiewicz_norm
from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.signals import Signal, SpikeTrains

X = np.sin(0.1 * np.arange(300)).round(3)
TWO = np.array([X, -2 * X])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    np.save("two.npy", TWO)
    (tmp_path / "t.csv").write_text("time,left,right\n" + "".join(f"{k / 10},{a},{-a}\n" for k, a in enumerate(X)))
    return tmp_path


def run(line: str):
    return CliRunner().invoke(cli.main, line.split())


def good(line: str) -> str:
    done = run(line)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def bad(line: str, code: int = 2) -> str:
    done = run(line)
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert done.stderr.startswith("spikemath: error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


ENCODE = "encode x.npy -o out.npz --fs 10"
CASES = {
    "--threshold 0.1 --alpha 2": LIF(0.1, 2.0),
    "--operator lif --threshold 0.1 --tau 0.5 --reset subtract": LIF(0.1, tau=0.5, reset="subtract"),
    "--operator if --threshold 0.1 --refractory 0.2 --one-sided": IF(0.1, refractory=0.2, bipolar=False),
    "--operator if --threshold 0.1 --arithmetic fast --reset zero": IF(0.1, reset="zero", arithmetic="fast"),
    "--operator sod --threshold 0.1": SendOnDelta(0.1),
}


@pytest.mark.parametrize("hold", ["zero", "linear"])
@pytest.mark.parametrize("options", CASES)
def test_encode_does_what_the_operator_does(folder, options, hold):
    said = good(f"{ENCODE} {options} --hold {hold}")
    f, op = Signal.from_samples(X, fs=10.0, hold=hold), CASES[options]
    assert files.load("out.npz") == op.encode(f)
    norm = alexiewicz_norm((f.derivative() if "sod" in options else f) - op(f), op.alpha)
    assert ("the bound holds" in said) == (norm < 0.1)
    assert ("the bound does not hold" in said) == (norm >= 0.1)
    assert "x.npy: 300 samples, fs 10" in said
    assert repr(op) in said
    assert sorted(os.listdir(folder)) == ["out.npz", "t.csv", "two.npy", "x.npy"]


def test_encode_many_channels(folder):
    said = good("encode two.npy -o out.npz --fs 10 --operator if --threshold 0.1")
    enc = files.load("out.npz")
    assert enc == IF(0.1).encode(Signal.from_samples(TWO, fs=10.0))
    assert isinstance(enc.spikes, SpikeTrains)
    assert "channel 0: " in said
    assert "channel 1: " in said
    good("encode two.npy -o out.npz --fs 10 --operator if --threshold 0.1 --channel 1 --channel 0")
    assert files.load("out.npz") == IF(0.1).encode(Signal.from_samples(TWO[::-1], fs=10.0))
    good("encode t.csv -o out.npz --operator if --threshold 0.1 --channel right")
    assert files.load("out.npz") == IF(0.1).encode(Signal.from_samples(-X, fs=10.0))


def test_encode_in_json(folder):
    said = json.loads(good("encode two.npy -o o.npz --fs 10 --operator if --threshold 0.1 --json"))
    enc = files.load("o.npz")
    assert said["spikes"] == len(enc) == sum(c["spikes"] for c in said["channels"])
    pairs = zip(Signal.from_samples(TWO, fs=10.0), enc.spikes, strict=True)
    assert said["norm"] == max(alexiewicz_norm(f - s) for f, s in pairs)
    assert said["norm"] < said["bound"] == 0.1
    assert said["holds"] is True
    assert (said["undecided"], said["duration"], said["samples"]) == (0, 30.0, 300)
    assert said["operator"]["name"] == "IF"


def test_quiet_is_quiet(folder):
    assert good(f"{ENCODE} --operator if --threshold 0.1 --quiet") == ""


@pytest.mark.jit_only
def test_pictures(folder):
    good(f"{ENCODE} --operator sod --threshold 0.1 --plot a.png")
    good("encode two.npy -o two.npz --fs 10 --operator lif --tau 1 --threshold 0.1 --plot b.svg")
    good("plot two.npz -o c.png")
    good("plot two.npy --fs 10 -o d.pdf")
    for name, magic in {"a.png": b"\x89PNG", "b.svg": b"<?xml", "c.png": b"\x89PNG", "d.pdf": b"%PDF"}.items():
        assert (folder / name).read_bytes().startswith(magic)


def test_norm(folder):
    f = Signal.from_samples(X, fs=10.0)
    assert good("norm x.npy --fs 10").split()[0] == repr(alexiewicz_norm(f))
    assert good("norm x.npy --fs 10 --alpha 2").split()[0] == repr(alexiewicz_norm(f, 2.0))
    good(f"{ENCODE} --threshold 0.1 --alpha 2")
    eta = files.load("out.npz").spikes
    assert good("norm x.npy out.npz --fs 10").split()[0] == repr(alexiewicz_norm(f - eta, 2.0))
    assert good("norm x.npy out.npz --fs 10 --alpha 0").split()[0] == repr(alexiewicz_norm(f - eta))
    assert good("norm out.npz").split()[0] == repr(alexiewicz_norm(eta))
    good(f"{ENCODE} --operator sod --threshold 0.1")
    assert float(good("norm x.npy out.npz --fs 10").split()[0]) < 0.1
    said = json.loads(good("norm two.npy --fs 10 --json"))
    assert [c["norm"] for c in said["channels"]] == [alexiewicz_norm(g) for g in Signal.from_samples(TWO, fs=10.0)]


def test_help_and_version(folder):
    commands = ("encode", "decode", "study", "norm", "plot", "demo", "verify", "experiments", "mnist", "xor")
    assert sorted(cli.main.commands) == sorted(commands)
    for line in ("", "--help", "-h", *(f"{command} --help" for command in commands)):
        assert "Usage: " in good(line)
    assert good("--version").startswith("spikemath 0.")


# what goes wrong

IF_ = "--operator if --threshold 0.1"
BAD = {
    "frobnicate": "No such command",
    "--bogus": "No such option",
    "encode": "Missing argument",
    "encode x.npy --fs 10 --threshold 1": "Missing option '-o'",
    "encode x.npy -o o.npz --fs 10": "Missing option '--threshold'",
    f"encode x.npy -o o.npz {IF_}": "give fs (--fs",
    f"encode x.npy -o o.npz --fs ten {IF_}": "not a valid float",
    f"encode x.npy -o o.npz --fs 0 {IF_}": "fs = 0.0 must be > 0",
    f"encode x.npy -o o.npz --fs nan {IF_}": "fs = nan must be finite",
    f"encode no.npy -o o.npz --fs 10 {IF_}": "no.npy does not exist",
    f"encode . -o o.npz --fs 10 {IF_}": "suffix",
    f"encode x.npy -o no/o.npz --fs 10 {IF_}": "no file can be put there",
    f"encode x.npy -o . --fs 10 {IF_}": "no file can be put there",
    f"encode x.npy -o o.npz --fs 10 {IF_} --plot a.doc": "a picture is one of",
    f"encode x.npy -o o.npz --fs 10 {IF_} --channel 1": "channel 1 is not in x.npy",
    f"encode x.npy -o o.npz --fs 10 {IF_} --key k": "is for .npz files",
    f"encode x.npy -o o.npz --fs 10 {IF_} --alpha 1": "--operator if has no leak",
    f"encode x.npy -o o.npz --fs 10 {IF_} --reset half": "'half' is not one of",
    f"encode x.npy -o o.npz --fs 10 {IF_} --refractory -1": "refractory = -1.0 must be >= 0",
    f"encode nan.npy -o o.npz --fs 10 {IF_}": "nan must be finite",
    f"encode bad.csv -o o.npz --fs 10 {IF_}": "line 2, column 1: 'x' is no number",
    "encode x.npy -o o.npz --fs 10 --threshold 0.1": "needs --alpha or --tau",
    "encode x.npy -o o.npz --fs 10 --threshold 0.1 --alpha 1 --tau 1": "needs --alpha or --tau",
    "encode x.npy -o o.npz --fs 10 --threshold 0.1 --alpha -1": "alpha = -1.0 must be >= 0",
    "encode x.npy -o o.npz --fs 10 --operator if --threshold 0": "threshold = 0.0 must be > 0",
    "encode x.npy -o o.npz --fs 10 --operator if --threshold 1e-15": "a threshold of",
    "norm": "Missing argument",
    "norm x.npy x.npy --fs 10": "x.npy is no .npz file",
    "norm x.npy no.npz --fs 10": "no.npz: No such file",
    "norm two.npy s.npz --fs 10": "s.npz has 1 channels, two.npy has 2",
    "norm s.npz --channel 0": "--channel is for recordings",
    "plot x.npy -o a.png": "give fs",
    "plot x.npy -o a.txt --fs 1": "a picture is one of",
    "plot cut.npz -o a.png": "cut.npz",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_usage_and_input(folder, line):
    np.save("nan.npy", [1.0, np.nan])
    (folder / "bad.csv").write_text("1\nx\n")
    files.save("s.npz", IF(0.1)(Signal.from_samples(X, fs=10.0)))
    (folder / "cut.npz").write_bytes((folder / "s.npz").read_bytes()[:-40])
    before = sorted(os.listdir(folder))
    assert BAD[line] in bad(line)
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (MemoryError(), 1, "out of memory"),
        (RuntimeError("this should\nnever be"), 1, "RuntimeError: this should never be"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=["disk", "memory", "bug", "Ctrl-C"],
)
def test_a_failure_leaves_the_old_file(folder, monkeypatch, fault, code, said):
    good(f"{ENCODE} --operator if --threshold 0.5")
    before = (folder / "out.npz").read_bytes()

    def fail(*args, **kwargs):
        raise fault

    monkeypatch.setattr(files.os, "fsync", fail)
    assert said in bad(f"{ENCODE} --operator if --threshold 0.1", code)
    assert (folder / "out.npz").read_bytes() == before
    assert sorted(os.listdir(folder)) == ["out.npz", "t.csv", "two.npy", "x.npy"]


def test_a_traceback_on_demand(folder, monkeypatch):
    monkeypatch.setenv("SPIKEMATH_TRACEBACK", "1")
    assert isinstance(run("encode x.npy -o o.npz --operator if --threshold 1").exception, ValueError)


# as a program


def program(*line: str, **options) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "spikemath.cli", *line]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_the_program(folder):
    done = program("encode", "x.npy", "-o", "o.npz", "--operator", "if", "--threshold", "0.1")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, out) == (2, "")
    assert err == "spikemath: error: x.npy does not say its sampling rate: give fs (--fs on the command line)\n"


def test_help_is_quick_and_light(folder):
    code = (
        "import sys; from click.testing import CliRunner; import spikemath.cli as c;"
        "assert all(CliRunner().invoke(c.main, [name, '--help']).exit_code == 0 for name in c.main.commands);"
        "heavy = 'numba', 'scipy', 'matplotlib', 'sympy', 'hypothesis', 'rich', 'tqdm', 'spikemath.theorems';"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
    began = time.perf_counter()
    out, _ = program("--help").communicate(timeout=60)
    assert "Usage: spikemath [OPTIONS] COMMAND" in out
    assert time.perf_counter() - began < 5.0


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c(folder):
    np.save("x.npy", np.tile(X, 20_000))
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where a shell ignores Ctrl-C for us
    line = ["encode", "x.npy", "-o", "o.npz", "--fs", "10", "--tau", "10", "--threshold", "0.1"]
    running = program(*line, preexec_fn=listen)
    time.sleep(3.0)
    if running.poll() is not None:
        pytest.skip("it was done before it could be interrupted")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.count("spikemath: error: interrupted\n") == 1
    assert "Traceback" not in err
    assert sorted(os.listdir(folder)) == ["t.csv", "two.npy", "x.npy"]


def test_a_closed_pipe_is_no_traceback(folder):
    running = program("encode", "--help")
    running.stdout.close()
    err = running.stderr.read()
    running.wait(timeout=30)
    running.stderr.close()
    assert "Traceback" not in err


def test_a_progress_bar_where_somebody_looks(folder, monkeypatch):
    monkeypatch.setattr(common, "LONG", 100)
    line = f"{ENCODE} --operator if --threshold 0.1".split()
    assert CliRunner().invoke(cli.main, line).stderr == ""  # nobody looks
    shown = []
    monkeypatch.setattr(common, "somebody_looks", lambda: True)
    for extra in ([], ["--quiet"], ["--json"]):
        shown.append("encoding" in CliRunner().invoke(cli.main, line + extra).stderr)
    assert shown == [True, False, False]
