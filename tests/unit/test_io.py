"""Spike files: equal after a round trip, readable without us, never half-written, refused when not ours.

Recordings: every format, and one clear sentence for every bad file.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

import spikemath.io as files
from spikemath import datasets
from spikemath._files import replacing
from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.signals import Signal, SpikeTrain, SpikeTrains

ODD = 44100.1  # a sampling rate that no dyadic time axis holds


def wave(n=200, fs=ODD, hold="linear"):
    k = np.arange(n)
    return Signal.from_samples(np.sin(0.21 * k) + 0.1 * np.cos(3 * k), fs=fs, t0=0.1, hold=hold)


def same(a: SpikeTrain, b: SpikeTrain) -> bool:
    counts = (a.counts is None) == (b.counts is None) and (a.counts is None or np.array_equal(a.counts, b.counts))
    state = all(getattr(a, name) == getattr(b, name) for name in ("_axis", "_start", "_end", "_quantum"))
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("_hi", "_lo", "_terms"))
    return a == b and counts and state and arrays


def round_trip(tmp_path: Path, obj):
    path = tmp_path / "spikes.npz"
    files.save(path, obj)
    return files.load(path)


TRAINS = {
    "plain": SpikeTrain([0.0, 0.1, 2.5], [1.0, -2.0, 1e-300]),
    "empty": SpikeTrain([], domain=(-1.0, 3.0)),
    "one": SpikeTrain([0.5]),
    "samples": SpikeTrain.from_samples([0.0, 0.3, -0.1], fs=ODD, t0=1e9),
    "many terms": SpikeTrain([1.0], [1e20]) + SpikeTrain([1.0, 2.0], [1e-20, 0.1]),
    "crossings": IF(3e-6)(wave()),
    "fine crossings": IF(1e-9)(wave(20)),
    "negative": -IF(3e-6)(wave()),
    "large counts": IF(1e-12)(SpikeTrain([0.0, 1.0], [12345.678, -3.0])),
    "graded": LIF(0.3, alpha=2.0)(SpikeTrain([0.0, 1.0], [5.0, -3.0])),
    "shifted": IF(3e-6)(wave()).shift(1e8 / 3),
}


@pytest.mark.parametrize("name", TRAINS)
def test_trains_come_back_equal(tmp_path, name):
    assert same(round_trip(tmp_path, TRAINS[name]), TRAINS[name])


def test_the_large_counts_are_large():
    assert abs(TRAINS["large counts"].counts).max() > 2**31


OPERATORS = [
    LIF(3e-6, alpha=100.0, reset="subtract", refractory=1e-4),
    IF(3e-6, reset="zero", bipolar=False),
    SendOnDelta(0.25, arithmetic="fast"),
]


@pytest.mark.parametrize("operator", OPERATORS, ids=repr)
def test_encodings_come_back_equal(tmp_path, operator):
    enc = operator.encode(wave())
    back = round_trip(tmp_path, enc)
    assert back == enc
    assert same(back.spikes, enc.spikes)
    assert back.operator == operator
    assert (back.potential, back.undecided) == (enc.potential, enc.undecided)


@pytest.mark.parametrize("rows", [1, 3])
def test_many_channels_come_back_equal(tmp_path, rows):
    f = Signal.from_samples(np.sin(np.arange(60.0).reshape(rows, -1)), fs=ODD)
    enc = IF(1e-5).encode(f)
    back = round_trip(tmp_path, enc)
    assert back == enc
    assert np.array_equal(back.potential, enc.potential)
    assert isinstance(round_trip(tmp_path, enc.spikes), SpikeTrains)


def test_unlike_channels_come_back_equal(tmp_path):
    many = SpikeTrains([TRAINS["crossings"], TRAINS["plain"], TRAINS["empty"], TRAINS["many terms"]])
    back = round_trip(tmp_path, many)
    assert all(same(a, b) for a, b in zip(back, many, strict=True))
    assert len(round_trip(tmp_path, SpikeTrains([]))) == 0


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), max_size=8))
def test_any_train_comes_back_equal(tmp_path_factory, pairs):
    pairs.sort(key=lambda pair: pair[0])
    train = SpikeTrain([t for t, _ in pairs], [w for _, w in pairs])
    assert same(round_trip(tmp_path_factory.mktemp("any"), train), train)


def test_numpy_alone_can_read_it(tmp_path):
    enc = IF(1e-5).encode(Signal.from_samples(np.sin(np.arange(60.0).reshape(3, -1)), fs=ODD))
    files.save(tmp_path / "a.npz", enc)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        for name in ("times", "weights", "counts", "channel", "indptr"):
            assert np.array_equal(archive[name], getattr(enc.spikes, name))
        assert json.loads(str(archive["header"]))["operator"]["threshold"] == 1e-5


def test_the_same_object_gives_the_same_bytes(tmp_path):
    for name in "ab":
        files.save(tmp_path / name, TRAINS["crossings"])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_only_what_can_be_read_back_is_written(tmp_path):
    with pytest.raises(TypeError, match="must be a SpikeTrain, SpikeTrains or Encoding, got Signal"):
        files.save(tmp_path / "a.npz", wave())
    assert list(tmp_path.iterdir()) == []


# never half-written


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("fault", [OSError("no space"), Interrupted()], ids=["error", "Ctrl-C"])
@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fault, where):
    path = tmp_path / "spikes.npz"
    files.save(path, TRAINS["plain"])
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise fault

    owner = {"write": np.lib.format, "fsync": files.os, "replace": files.os}[where]
    monkeypatch.setattr(owner, {"write": "write_array"}.get(where, where), fail)
    with pytest.raises(type(fault)):
        files.save(path, TRAINS["crossings"])
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["spikes.npz"]


def test_nothing_is_there_before_the_end(tmp_path):
    path = tmp_path / "a"
    with replacing(path) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"half"


def test_permissions_and_links_are_kept(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_place_that_cannot_be(tmp_path):
    with pytest.raises(IsADirectoryError), replacing(tmp_path):
        pass
    with pytest.raises(FileNotFoundError, match="does not exist"), replacing(tmp_path / "a" / "b"):
        pass


# files that are not ours


def altered(tmp_path: Path, change) -> Path:
    """A spike file with something changed in its arrays or header."""
    path = tmp_path / "bad.npz"
    files.save(path, IF(0.25).encode(SpikeTrain([0.0, 1.0, 2.0], [0.5, 0.25, -0.3])))
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(str(arrays["header"]))
    change(arrays, header)
    if "header" in arrays:
        arrays["header"] = np.array(json.dumps(header))
    np.savez(path, **arrays)
    return path


ALTERED = {
    "schema": (lambda a, h: h.update(schema=99), "schema 99"),
    "format": (lambda a, h: h.update(format="other"), "no spike file"),
    "no header": (lambda a, h: a.pop("header"), "no spike file"),
    "no counts": (lambda a, h: a.pop("counts"), "'counts' is missing"),
    "no rate": (lambda a, h: h["trains"][0].pop("rate"), "'rate' is missing"),
    "rate 0": (lambda a, h: h["trains"][0].update(rate="0"), "damaged"),
    "rate words": (lambda a, h: h["trains"][0].update(rate="fast"), "damaged"),
    "unknown operator": (lambda a, h: h["operator"].update(name="os.system"), "'os.system' is missing"),
    "unknown reset": (lambda a, h: h["operator"].update(reset="half"), "reset = 'half'"),
    "other counts": (lambda a, h: a.update(counts=a["counts"] + 1), "weights are not counts"),
    "unsorted": (lambda a, h: a.update(hi=a["hi"][::-1]), "do not increase"),
    "outside": (lambda a, h: a.update(hi=a["hi"] + 9), "outside the domain"),
    "nan": (lambda a, h: a.update(hi=a["hi"] * np.nan), "not those of a train"),
    "short": (lambda a, h: a.update(indptr=np.array([0, 2])), "indptr"),
    "flat": (lambda a, h: a.update(terms=a["terms"][0]), "damaged"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_file_is_refused(tmp_path, name):
    change, said = ALTERED[name]
    with pytest.raises(ValueError, match=said) as caught:
        files.load(altered(tmp_path, change))
    assert "\n" not in str(caught.value)
    assert "bad.npz" in str(caught.value)


def test_an_unaltered_file_is_not_refused(tmp_path):
    assert len(files.load(altered(tmp_path, lambda a, h: None))) == 3


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.99])
def test_a_truncated_file_is_refused(tmp_path, part):
    path = tmp_path / "cut.npz"
    files.save(path, TRAINS["crossings"])
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(ValueError, match=r"cut\.npz"):
        files.load(path)


def test_a_flipped_byte_is_refused_or_harmless(tmp_path):
    path = tmp_path / "flip.npz"
    files.save(path, TRAINS["crossings"])
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 97):
        bad = data.copy()
        bad[at] ^= 0x10
        path.write_bytes(bad)
        try:
            assert files.load(path) == TRAINS["crossings"]  # a date, say
        except ValueError as error:
            assert "flip.npz" in str(error)  # noqa: PT017


def test_foreign_files_are_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    (tmp_path / "text").write_text("hello")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    for name in ("one.npy", "other.npz", "text", "zip"):
        with pytest.raises(ValueError, match=name):
            files.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        files.load(tmp_path / "nothing")


def test_pickles_are_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    path = altered(tmp_path, lambda a, h: None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.npy", buffer.getvalue())
    (tmp_path / "bomb.npy").write_bytes(buffer.getvalue())
    for read in (files.load, lambda p: files.read_recording(tmp_path / "bomb.npy", fs=1.0)):
        with pytest.raises(ValueError):
            read(path)
    assert not (tmp_path / "exploded").exists()


# recordings

X = np.array([[0.5, 1.0, -2.0, 4.0], [1.0, 2.0, 3.0, 5.0]])


def written(folder: Path, name: str, content) -> Path:
    path = folder / name
    if isinstance(content, str):
        path.write_text(content)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        np.savez(path, **content)
    elif isinstance(content, tuple):
        wavfile.write(path, *content)
    else:
        np.save(path, content)
    return path


I16 = np.array([[1, -2], [32767, -32768], [0, 3]], dtype=np.int16)
READABLE = {
    "one.npy": (X[0], {"fs": 10}, X[0], 10.0),
    "rows.npy": (X, {"fs": 10}, X, 10.0),
    "columns.npy": (X.T, {"fs": 10}, X, 10.0),
    "single row.npy": (X[:1], {"fs": 10}, X[0], 10.0),
    "integers.npy": (np.array([1, 2, 3], dtype=">i2"), {"fs": 10}, [1, 2, 3], 10.0),
    "only.npz": ({"x": X}, {"fs": 10}, X, 10.0),
    "key.npz": ({"x": X, "y": X[0]}, {"fs": 10, "key": "y"}, X[0], 10.0),
    "with fs.npz": ({"x": X, "fs": 44100.1}, {}, X, 44100.1),
    "fs given.npz": ({"x": X, "fs": 1.0}, {"fs": 2.0}, X, 2.0),
    "plain.csv": ("1\n2.5\n-3e2\n", {"fs": 10}, [1, 2.5, -300], 10.0),
    "comma.csv": ("1,5\n2,6\n", {"fs": 10}, [[1, 2], [5, 6]], 10.0),
    "semicolon.csv": ("a;b\n1;5\n2;6\n", {"fs": 10, "channel": "b"}, [5, 6], 10.0),
    "tab.tsv": ("1\t5\n\n2\t6\n", {"fs": 10}, [[1, 2], [5, 6]], 10.0),
    "blanks.txt": ("# made by hand\n1  5\n2  6\n", {"fs": 10}, [[1, 2], [5, 6]], 10.0),
    "time.csv": ("t,v\n0.5,1\n0.6,2\n0.7,3\n", {}, [1, 2, 3], 10.0),
    "time unit.csv": ("Time (s);a;b\n0;1;4\n0.0005;2;5\n0.001;3;6\n", {}, [[1, 2, 3], [4, 5, 6]], 2000.0),
    "time rounded.csv": ("time_ms,v\n0,1\n0.333,2\n0.667,3\n1,4\n", {}, [1, 2, 3, 4], 3.0),
    "bom.csv": ("\ufeffv\n1\n2\n", {"fs": 10}, [1, 2], 10.0),
    "stereo.wav": ((8000, I16), {}, I16.T, 8000.0),
    "mono.wav": ((8000, I16[:, 0]), {"channel": 0}, I16[:, 0], 8000.0),
    "float.wav": ((8000, X.T.astype(np.float32)), {"channel": [1, 0]}, X[::-1], 8000.0),
}


@pytest.mark.parametrize("name", READABLE)
def test_recordings_are_read(tmp_path, name):
    content, options, samples, fs = READABLE[name]
    got = datasets.read_recording(written(tmp_path, name, content), **options)
    assert np.array_equal(got.samples, samples)
    assert got.samples.shape == np.shape(samples)
    assert got.samples.dtype == np.float64
    assert got.fs == fs
    assert got.name == Path(name).stem
    assert len(got.channels) == len(got.rows)


def test_the_time_of_the_first_sample_is_kept(tmp_path):
    path = written(tmp_path, "t.csv", "t,v\n0.5,1\n0.6,2\n")
    assert datasets.read_recording(path).t0 == 0.5


WAV = io.BytesIO()
wavfile.write(WAV, 8000, I16)
UNREADABLE = {
    "no fs.npy": (X, {}, r"does not say its sampling rate: give fs \(--fs"),
    "bad fs.npy": (X, {"fs": 0.0}, "fs = 0.0 must be > 0"),
    "square.npy": (X[:, :2], {"fs": 1}, "does not tell time from channels"),
    "cube.npy": (X[None], {"fs": 1}, "dimension"),
    "empty.npy": (X[0, :0], {"fs": 1}, "holds no samples"),
    "nan.npy": (np.array([1.0, np.nan]), {"fs": 1}, r"samples\[1\] = nan must be finite"),
    "complex.npy": (X[0] * 1j, {"fs": 1}, "complex"),
    "words.npy": (np.array(["a", "b"]), {"fs": 1}, "string"),
    "text.npy": ("hello", {"fs": 1}, r"text\.npy"),
    "cut.npy": (b"\x93NUMPY\x01\x00v", {"fs": 1}, r"cut\.npy"),
    "two.npz": ({"x": X, "y": X}, {"fs": 1}, r"several arrays \(x, y\)"),
    "no key.npz": ({"x": X}, {"fs": 1, "key": "z"}, "no array 'z', only x"),
    "key.npy": (X, {"fs": 1, "key": "z"}, r"is for \.npz files"),
    "channel.npy": (X, {"fs": 1, "channel": 2}, "channel 2 is not in .* which has 2: 0, 1"),
    "negative.npy": (X, {"fs": 1, "channel": -1}, "channel -1 is not in"),
    "name.npy": (X, {"fs": 1, "channel": "left"}, "channel 'left' is not in"),
    "none.csv": ("", {"fs": 1}, "no lines"),
    "header.csv": ("a,b\n", {"fs": 1}, "a header but no samples"),
    "ragged.csv": ("1,2\n3,4\n" * 20 + "5\n", {"fs": 1}, "line 41 has 1 columns, the first has 2"),
    "word.csv": ("1,2\n3,x\n", {"fs": 1}, "line 2, column 2: 'x' is no number"),
    "gap.csv": ("1,2\n3,\n", {"fs": 1}, "line 2, column 2: '' is no number"),
    "decimal comma.csv": ("1,5;2\n2,5;3\n", {"fs": 1}, "is no number|columns"),
    "nan.csv": ("v\n1\n\nnan\n", {"fs": 1}, "line 4, column 1: nan must be finite"),
    "jitter.csv": ("t,v\n0,1\n1,2\n2.1,3\n3,4\n", {}, "time column is not uniform: time 2"),
    "still.csv": ("t,v\n1,1\n1,2\n", {}, "does not increase"),
    "unnamed time.csv": ("0.0,1\n0.1,2\n0.2,1\n", {}, "column 1 looks like times"),
    "binary.csv": (b"\xff\xfe\x00", {"fs": 1}, r"binary\.csv"),
    "cut.wav": (WAV.getvalue()[:-5], {}, r"cut\.wav"),
    "head.wav": (WAV.getvalue()[:20], {}, r"head\.wav"),
    "text.wav": ("hello", {}, r"text\.wav"),
    "what.mat": ("hello", {"fs": 1}, r"suffix '\.mat' is none of \.npy"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_bad_recording_is_told_in_a_line(tmp_path, name):
    content, options, said = UNREADABLE[name]
    path = written(tmp_path, name, content)
    with pytest.raises(ValueError, match=said) as caught:
        files.read_recording(path, **options)
    assert "\n" not in str(caught.value)


def test_a_missing_recording(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.read_recording(tmp_path / "a.npy", fs=1.0)
    (tmp_path / "b.npy").mkdir()
    with pytest.raises(IsADirectoryError):
        files.read_recording(tmp_path / "b.npy", fs=1.0)


def test_a_spike_file_is_no_recording(tmp_path):
    files.save(tmp_path / "s.npz", TRAINS["plain"])
    with pytest.raises(ValueError, match="this is a spike file"):
        files.read_recording(tmp_path / "s.npz", fs=1.0)


# the recordings that come with matplotlib


def test_shipped_recordings():
    cell, brain = datasets.membrane(), datasets.eeg()
    assert cell.samples.shape == (12000,)
    assert -70 < cell.samples.min() < cell.samples.max() < 5
    assert (cell.fs, cell.duration, cell.units) == (2000.0, 6.0, "mV")
    assert brain.samples.shape == (4, 800)
    assert np.allclose(brain.samples.std(axis=1), 1.0, atol=0.01)
    assert not brain.samples.flags.writeable


def test_a_matplotlib_without_them(monkeypatch):
    monkeypatch.setattr(datasets.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"does not ship membrane\.dat"):
        datasets.membrane()
