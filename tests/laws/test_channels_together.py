"""Many recordings at once give bit for bit what each gives alone: in any layout, with own settings, on ties."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given

import spikemath as sm
from spikemath._encoder import encode_channels as many
from spikemath._numeric.jit import DISABLED

from .cases import RESETS, drawn, share

LONGEST = 200 if DISABLED else 2000


def recordings(rng: random.Random) -> tuple[np.ndarray, float, sm.LIF]:
    """Rows of decimal data, noise, steps or ties; their rate; and an operator."""
    channels, fs = rng.choice([1, 2, 3, 9, 17]), rng.choice([1.0, 44100.0, 0.7])
    n = rng.choice([1, 2, 63, 64, 65, 130, rng.randint(1, LONGEST), LONGEST])
    gen = np.random.default_rng(rng.randint(0, 2**32))
    theta = rng.choice([1.0, 0.3, 0.1, 2.0])
    kind = rng.choice(["decimal", "noise", "steps", "ties", "integers", "single", "scales"])
    if kind == "decimal":
        x = gen.integers(-20, 21, (channels, n)) * 0.1
    elif kind == "noise":
        x = gen.normal(size=(channels, n)) * rng.choice([0.01, 0.1, 1.0, 5.0])
    elif kind == "steps":
        x = np.repeat(gen.integers(-9, 10, (channels, n // 20 + 1)) * 0.05, 20, axis=1)[:, :n]
    elif kind == "ties":
        x = gen.choice([theta, np.nextafter(theta, 9.0), -theta, 0.0, theta / 4], (channels, n))
    elif kind == "integers":
        x = gen.integers(-3, 4, (channels, n)).astype(np.float64)
    elif kind == "single":
        x = gen.normal(size=(channels, n)).astype(np.float32).astype(np.float64)
    else:
        x = gen.normal(size=(channels, n)) * 10.0 ** gen.integers(-30, 1, (channels, n))
    alpha = rng.choice([0.0, 0.0, 0.001, 0.01, 0.3, 0.9, 2.0, 20.0]) * fs
    each = gen.choice([0.25, 0.3, 1.0, 1e3], channels) * theta / fs if rng.random() < 0.3 else theta / fs
    leaks = gen.choice([0.0, 0.01, 1.0], channels) * fs if rng.random() < 0.3 else alpha
    fast = rng.random() < 0.2
    refractory = 0.0 if fast else rng.choice([0.0, 0.0, 0.5, 3.3, 100.2]) / fs
    op = sm.LIF(
        each, leaks, reset=rng.choice(RESETS), refractory=refractory, bipolar=rng.random() < 0.7,
        arithmetic="fast" if fast else "exact",
    )  # fmt: skip
    return x, fs, op


def alone(x: np.ndarray, fs: float, op: sm.LIF) -> sm.Encoding:
    """Channel by channel: signals that were not made of one array."""
    return op.encode(sm.Signals([sm.Signal.from_samples(row, fs=fs) for row in x]))


@share(0.5)
@given(drawn(recordings))
def test_together_as_alone(case):
    """Spikes, counts, potentials and undecided cases, channels in rows and in columns."""
    x, fs, op = case
    expected = alone(x, fs, op)
    for made in (sm.Signal.from_samples(x, fs=fs), sm.Signal.from_samples(x.T.copy(), fs=fs, axis=0)):
        assert op.encode(made) == expected


@pytest.mark.parametrize("small", [1, 7, 64, 300])
def test_pieces_and_tiles_of_any_size(small, monkeypatch):
    """Kernel calls, tiles and groups of channels that end anywhere change nothing."""
    rng = random.Random(small)
    monkeypatch.setattr(many, "BLOCK", small)
    monkeypatch.setattr(many, "LONG", small)
    monkeypatch.setattr(many, "WIDE", max(small // 4, 1))
    for _ in range(5 if DISABLED else 30):
        x, fs, op = recordings(rng)
        expected = alone(x, fs, op)
        assert op.encode(sm.Signal.from_samples(x, fs=fs)) == expected
        assert op.encode(sm.Signal.from_samples(x.T.copy(), fs=fs, axis=0), threads=2) == expected


def test_a_huge_sample_sends_all_channels_the_slow_way():
    """The kernels stop at 2^400; what comes back is complete nevertheless."""
    x = np.array([[0.5, 2.0**402, -(2.0**402), 1.0], [1.0, 1.0, 1.0, 1.0]])
    op = sm.LIF(2.0**401, 0.5)
    assert op.encode(sm.Signal.from_samples(x, fs=1.0)) == alone(x, 1.0, op)


def test_every_type_of_sample_and_every_layout():
    """Fortran order, strides and views; progress is told; no samples on the wrong axis."""
    x = np.random.default_rng(5).normal(size=(6, 500))
    op, told = sm.LIF(1.0, 0.05), []
    expected = alone(x, 1.0, op)
    wide = np.zeros((12, 1000))
    wide[::2, ::2] = x
    for y in (x, np.asfortranarray(x), wide[::2, ::2]):
        assert op.encode(sm.Signal.from_samples(y, fs=1.0), progress=lambda *a: told.append(a)) == expected
    assert told and all(0 < done <= total for done, total in told)
