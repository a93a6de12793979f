"""One recording on several threads: bitwise what one thread sends, whatever the guesses were worth."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm
from spikemath.errors import TooManySpikesError
from spikemath.operators import _parallel

from .cases import bits

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(autouse=True)
def short_recordings(monkeypatch):
    """Recordings of some hundred samples are long, and hardly anything need be sent."""
    for name, value in {"SHORT": 100, "EARLY": 64, "PIECES": (64, 128), "TRIED": 64, "LEAST": 0}.items():
        monkeypatch.setattr(_parallel, name, value)


def recording(rng, n):
    """Ties, integers, single precision, tiny beside large, and long silences in which guesses stay wrong."""
    kind = rng.integers(6)
    if kind == 0:
        return rng.integers(-9, 10, n) / 10.0
    if kind == 1:
        return rng.integers(-3, 4, n).astype(np.int16)
    if kind == 2:
        return rng.normal(size=n).astype(np.float32)
    if kind == 3:
        return np.where(rng.random(n) < 0.3, rng.normal(size=n) * 2.0**-90, rng.integers(-4, 5, n) / 4.0)
    if kind == 4:
        return rng.normal(size=n) * (np.arange(n) // 150 % 2) * 0.5
    return np.cumsum(rng.normal(size=n)) * 0.3


def encodings(rng, n=450):
    x, theta = recording(rng, n), float(rng.choice([1.0, 0.3, 0.5, 7.0]))
    f = sm.Signal.from_samples(x, fs=float(rng.choice([1.0, 0.3])), t0=0.1)
    threads = int(rng.integers(2, 6))
    for op in (sm.SendOnDelta(theta), sm.IF(theta), sm.SendOnDelta(theta, arithmetic="fast")):
        yield op.encode(f), op.encode(f, threads=threads)


@given(SEEDS)
def test_any_number_of_threads_sends_the_same_bits(seed):
    for one, many in encodings(np.random.default_rng(seed)):
        assert bits(one.spikes) == bits(many.spikes) and one == many


def test_where_the_potential_is_no_double_double_one_thread_takes_over():
    """Found by chance: a tiny sample just before a block, and another low part of one time."""
    for one, many in encodings(np.random.default_rng(247439), 700):
        assert bits(one.spikes) == bits(many.spikes)


def test_it_really_goes_that_way(monkeypatch):
    """And other operators, which no guess serves, do not."""
    asked = []
    plain = _parallel.encode_parallel
    monkeypatch.setattr(_parallel, "encode_parallel", lambda *a: asked.append(1) or plain(*a))
    x = np.random.default_rng(1).normal(size=300)
    for op, expected in (
        (sm.IF(1.0), 1), (sm.SendOnDelta(1.0), 1), (sm.LIF(1.0, 0.1), 0), (sm.IF(1.0, refractory=2.0), 0),
        (sm.SendOnDelta(1.0, "zero"), 0), (sm.IF(1.0, bipolar=False), 0), (sm.IF(1.0, arithmetic="fast"), 0),
    ):  # fmt: skip
        asked.clear()
        assert op.encode(x, fs=1.0, threads=2) == op.encode(x, fs=1.0)
        assert len(asked) == expected, op


def test_believing_the_guess_is_caught(monkeypatch):
    """Planted: states are not compared."""
    x = np.repeat([-0.6, 1.0], [400, 300])  # nothing was sent at first, where the floor says -1
    for op, fs in ((sm.SendOnDelta(1.0), 1.0), (sm.IF(300.0), 1.0)):
        assert op(x, fs=fs, threads=2) == op(x, fs=fs)
        with monkeypatch.context() as planted:
            planted.setattr(_parallel, "same", lambda a, b: True)
            assert op(x, fs=fs, threads=2) != op(x, fs=fs), op


def test_too_many_spikes_are_refused(monkeypatch):
    monkeypatch.setattr(_parallel, "few", lambda: 100)
    monkeypatch.setattr(sm._encoder.rules, "spike_limit", lambda: 1000)
    x = np.full(1000, 1e7)
    with pytest.raises(TooManySpikesError):
        sm.IF(1.0).encode(x, fs=1.0, threads=2)


def test_progress_and_bad_numbers_of_threads():
    seen, x = [], np.random.default_rng(1).normal(size=1000)
    sm.IF(1.0).encode(x, fs=1.0, threads=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1] == (1000, 1000) and len(seen) > 2
    with pytest.raises(ValueError, match="threads = 0"):
        sm.IF(1.0).encode(x, fs=1.0, threads=0)
    with pytest.raises(TypeError, match="threads"):
        sm.IF(1.0).encode(x, fs=1.0, threads=2.0)


def test_an_interrupt_stops_the_blocks(monkeypatch):
    """What is raised while blocks are joined reaches the caller soon, and no thread is left."""
    before = threading.active_count()

    def stop(done, total):
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sm.IF(0.5).encode(np.random.default_rng(1).normal(size=3000), fs=1.0, threads=4, progress=stop)
    assert time.monotonic() - began < 20.0 and threading.active_count() == before
