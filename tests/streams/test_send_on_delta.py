"""Send-on-delta in a stream: by comparisons alone, to counts of 2^52 and beyond, however the samples are cut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from oracles.trains import encode_train

import spikemath as sm
from spikemath._encoder import delta_kernel as dk
from spikemath.operators import _jumpwise

from .cases import RESETS, bits, cuts, pushed

SEEDS = st.integers(0, 2**32 - 1)


def wild(rng, n):
    """Samples on a grid of thresholds, some one ulp beside it, some 2^51 to 2^55 thresholds away."""
    x = rng.integers(-4, 5, n) * 1.0
    x = np.where(rng.random(n) < 0.3, np.nextafter(x, rng.choice([-9.0, 9.0])), x)
    return x * np.where(rng.random(n) < 0.15, 2.0 ** rng.integers(49, 53), 1.0)


def rules(rng):
    return {
        "reset": str(rng.choice(RESETS)),
        "refractory": float(rng.choice([0.0, 0.0, 1.0, 2.0, 0.3, 2.5])),
        "bipolar": bool(rng.integers(3)),
    }


def oracle(x, theta, reset, refractory, bipolar):
    exact = [Fraction(float(v)) for v in x]
    steps = [b - a for a, b in zip([Fraction(0), *exact], exact, strict=False)]
    return encode_train(
        [Fraction(k) for k in range(len(x))], steps, (Fraction(0), Fraction(len(x))), threshold=Fraction(theta),
        alpha=Fraction(0), reset=reset, refractory=Fraction(refractory), bipolar=bipolar,
    )  # fmt: skip


@given(SEEDS)
def test_counts_beyond_the_kernel_change_nothing(seed):
    """From 2^52 thresholds on the stream goes on as a train: any split gives the answer of the oracle."""
    rng = np.random.default_rng(seed)
    n, theta = 24, float(rng.choice([1.0, 0.75, 0.1]))
    x, rest = wild(rng, n), rules(rng)
    op = sm.SendOnDelta(theta, **rest)
    joined, end = pushed(op.stream(fs=1.0), np.split(x, cuts(rng, n)), keep=bool(rng.integers(2)))
    found = oracle(x, theta, **rest)
    assert (joined.exact_times(), joined.counts.tolist()) == (found.times, found.counts)
    whole = op.encode(sm.Signal.from_samples(x, fs=1.0))
    assert bits(joined) == bits(whole.spikes) and end.potential == whole.potential


@example(1472179)  # what lay behind the parts of the potential came from earlier sums
@given(SEEDS)
def test_any_split_leaves_the_same_state_beyond_the_kernel_too(seed):
    rng = np.random.default_rng(seed)
    x = wild(rng, 24)
    stream = sm.SendOnDelta(0.75, **rules(rng)).stream(fs=1.0)
    _, whole = stream.push(x)
    for block in np.split(x, cuts(rng, 24)):
        _, stream = stream.push(block)
    assert stream == whole


@pytest.mark.parametrize("theta", [5e-324, 2.0**-901, 2.0**-899])
def test_tiny_thresholds(theta):
    """Below 2^-900 products of threshold and count lose digits, and the stream is a train from the start."""
    x = np.array([0.0, 3.0, 3.5, -2.0, 0.5]) * theta
    op = sm.SendOnDelta(theta)
    joined, _ = pushed(op.stream(fs=1.0), np.split(x, [2, 3]))
    assert bits(joined) == bits(op(sm.Signal.from_samples(x, fs=1.0)))
    assert joined.counts.tolist() == oracle(x, theta, "modulo", 0.0, True).counts


@given(SEEDS)
def test_fast_arithmetic_is_exact_here(seed):
    """Nothing is added up, so there is nothing to be fast about: whole and in a stream, on ties."""
    rng = np.random.default_rng(seed)
    x, rest = rng.integers(-9, 10, 40) / 10.0, rules(rng)
    fast, exact = (sm.SendOnDelta(0.3, arithmetic=a, **rest) for a in ("fast", "exact"))
    expected = exact(sm.Signal.from_samples(x, fs=1.0))
    assert bits(fast(sm.Signal.from_samples(x, fs=1.0))) == bits(expected)
    assert bits(pushed(fast.stream(fs=1.0), np.split(x, cuts(rng, 40)))[0]) == bits(expected)


def test_a_stream_that_forgets_the_wake_on_leaving_the_kernel_is_caught(monkeypatch):
    """Planted: the refractory time is lost where counts leave the kernel."""
    x = np.array([1.0, 2.0**54, 2.0**54, 0.0, 0.0])
    op = sm.SendOnDelta(1.0, refractory=2.5)
    right = bits(pushed(op.stream(fs=1.0), [x])[0])
    handed_on = _jumpwise.Jumpwise._handed_on

    def forgetful(self, floats, flags, c):
        flags[dk.WAITING] = 0
        return handed_on(self, floats, flags, c)

    monkeypatch.setattr(_jumpwise.Jumpwise, "_handed_on", forgetful)
    assert bits(pushed(op.stream(fs=1.0), [x])[0]) != right


@pytest.mark.jit_only
def test_room_for_spikes_grows_where_they_come_thick_late():
    """Few spikes at first and one a sample later: the room is grown more than once."""
    x = np.concatenate([np.zeros(200_000), np.tile([2.0, -2.0], 60_000)])
    counts = sm.SendOnDelta(1.0)(sm.Signal.from_samples(x, fs=1.0)).counts
    assert counts.size == 120_000 and counts[0] == 2 and (counts[1:] == np.tile([-4, 4], 60_000)[:-1]).all()
