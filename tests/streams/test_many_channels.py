"""Streams of many channels take one kernel call a block, and give bit for bit what the whole recording gives."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from hypothesis import given
from laws.cases import drawn, share
from laws.test_channels_together import recordings

import spikemath as sm
from spikemath._encoder import channel_kernels, encode_channels, encode_deltas
from spikemath._numeric.jit import DISABLED

from .cases import cuts


def pushed(op, x, fs, places, rng, threads=1):
    """All events and the end; blocks in rows, in columns or as views, each state through a pickle now and then."""
    stream, found = op.stream(fs=fs, channels=len(x)), []
    for block in np.split(x, places, axis=1):
        kind = rng.integers(4)
        if kind == 0:
            given, axis = np.ascontiguousarray(block), 1
        elif kind == 1:
            given, axis = np.ascontiguousarray(block.T), 0
        elif kind == 2:
            given, axis = block, 1  # rows of a longer array
        else:
            given, axis = np.repeat(block, 2, axis=1)[:, ::2], -1
        events, stream = stream.push(given, axis=axis, threads=threads)
        found.append(events)
        if rng.integers(4) == 0:
            stream = pickle.loads(pickle.dumps(stream))
    end = stream.finish()
    return sm.concatenate([*found, end.spikes]), end, stream


def compare(op, x, fs, rng, threads=1):
    """A cut against the whole; what the enclosure of a stream leaves open against another cut."""
    joined, end, stream = pushed(op, x, fs, cuts(rng, x.shape[1]), rng, threads)
    other, last, again = pushed(op, x, fs, [], rng)
    assert (joined, end, stream) == (other, last, again)
    if not end.undecided:
        whole = op.encode(x, fs=fs)
        assert joined == whole.spikes and np.array_equal(end.potential, whole.potential) and not whole.undecided


@share(0.3)
@given(drawn(lambda rng: (recordings(rng), rng.randint(0, 2**32))))
def test_any_cut_of_many_channels_gives_the_bits_of_the_whole(case):
    """Own thresholds and leaks, every reset, refractory times, fast and exact, blocks in any layout, threads."""
    (x, fs, op), seed = case
    rng = np.random.default_rng(seed)
    compare(op, x, fs, rng, int(rng.integers(1, 4)))


@share(0.3)
@given(drawn(lambda rng: (recordings(rng), rng.randint(0, 2**32))))
def test_send_on_delta_of_many_channels(case):
    """The same, and some channels far beyond the 2^52 thresholds of the kernel."""
    (x, fs, op), seed = case
    rng = np.random.default_rng(seed)
    if rng.integers(3) == 0:
        x = np.where(rng.random(x.shape) < 0.02, 2.0**58, x)
    op = sm.SendOnDelta(np.full(len(x), 0.3), op.reset, op.refractory, op.bipolar)
    compare(op, x, fs, rng, int(rng.integers(1, 4)))


@pytest.mark.parametrize("small", [1, 7, 64, 300])
def test_blocks_and_tiles_of_any_size(small, monkeypatch):
    """Kernel calls, tiles and groups of channels that end anywhere change nothing."""
    rng = random.Random(small)
    monkeypatch.setattr(encode_channels, "LONG", small)
    monkeypatch.setattr(encode_channels, "WIDE", max(small // 4, 1))
    monkeypatch.setattr(encode_deltas, "NARROW", 1)
    for module in (encode_channels, encode_deltas):
        monkeypatch.setattr(module, "BLOCK", small)
    monkeypatch.setattr(encode_deltas, "TILE", small)
    for i in range(3 if DISABLED else 15):
        x, fs, op = recordings(rng)
        compare(op, x, fs, np.random.default_rng(i))
        compare(sm.SendOnDelta(0.3, op.reset, op.refractory), x, fs, np.random.default_rng(i))


@pytest.mark.parametrize("axis", [0, 1])
def test_blocks_of_different_types(axis):
    """Samples since the last anchor may be of another type than those that come."""
    x = np.random.default_rng(3).integers(0, 100, (3, 400))
    for op in (sm.LIF(50.0, 0.02), sm.IF(333.3), sm.SendOnDelta(30.0)):
        stream, found = op.stream(fs=1.0, channels=3), []
        kinds = ["u4", "i4", "f4", "i2", "u1", "f8", "i2", ">i2", "i1", "u2", "f4"]
        for kind, block in zip(kinds, np.split(x, [10, 50, 60, 61, 62, 150, 160, 250, 300, 350], axis=1), strict=True):
            block = block.astype(kind)
            given = np.ascontiguousarray(block.T) if axis == 0 else block
            events, stream = stream.push(given, axis=axis)
            found.append(events)
        end = stream.finish()
        whole = op.encode(x.astype(np.float64), fs=1.0)
        assert sm.concatenate([*found, end.spikes]) == whole.spikes
        assert np.array_equal(end.potential, whole.potential)


def test_an_exact_potential_goes_with_its_channel():
    """No leak, 2^-110 beside 1 in some channels only, in groups of channels on threads."""
    rng = np.random.default_rng(1)
    tiny = np.where(
        rng.random((7, 300)) < 0.3, rng.normal(size=(7, 300)) * 2.0**-110, rng.integers(-4, 5, (7, 300)) / 4
    )
    x = np.where(np.arange(7)[:, None] % 3 == 0, tiny, np.round(tiny * 4) / 4)
    for seed in range(5):
        compare(sm.IF([0.5, 0.3, 1.0, 0.5, 0.7, 0.25, 0.5]), x, 0.3, np.random.default_rng(seed), threads=3)


def test_samples_forgotten_between_blocks_are_caught(monkeypatch):
    """Planted: the last sample since the anchor is not kept."""
    x = np.random.default_rng(1).normal(size=(3, 200))
    right = channel_kernels.kept

    def forgetful(*args):
        right(*args)
        args[-1][:, -1] = 0.0

    monkeypatch.setattr(channel_kernels, "kept", forgetful)
    with pytest.raises(AssertionError):
        compare(sm.LIF(1.0, 0.05), x, 1.0, np.random.default_rng(2))


@pytest.mark.parametrize("factor", [-1.0, 2.0, 0.5, 3.0, 0.1])
@pytest.mark.parametrize("axis", [0, 1])
def test_many_channels_times_a_number(factor, axis):
    """-f and c f give what each channel gives alone; together where all products are floats."""
    x = np.random.default_rng(1).integers(-300, 301, (4, 500)).astype(np.int16)
    f = sm.Signal.from_samples(x if axis else np.ascontiguousarray(x.T), fs=1.0, axis=axis)
    for op in (sm.LIF(900.0, 0.01), sm.IF(700.0), sm.SendOnDelta(200.0)):
        for g in (factor * f, -(f * factor)):
            assert op.encode(g) == op.encode(sm.Signals(list(g)))


@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
@pytest.mark.parametrize("refractory", [0.0, 2.5000000000000018, 100.0])
def test_the_end_leaves_a_potential_that_two_floats_do_not_hold(reset, refractory):
    """Without leak it is a sum over 120 binary digits: the state at the end has to be known exactly too."""
    x = np.array([1.0, 2.0**-60, 2.0**-120])
    op = sm.IF(0.3, reset=reset, refractory=refractory)
    whole = op.encode(np.stack([x, -x]), fs=1.0)
    for cut in range(4):
        first, stream = op.stream(fs=1.0, channels=2).push(np.stack([x, -x])[:, :cut])
        rest, stream = stream.push(np.stack([x, -x])[:, cut:])
        end = stream.finish()
        assert sm.concatenate([first, rest, end.spikes]) == whole.spikes
        assert np.array_equal(end.potential, whole.potential) and not end.undecided
