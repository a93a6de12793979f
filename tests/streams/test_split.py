"""Any split of a recording gives bitwise the spikes of the whole, whatever the operator."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.piecewise import Signal as Piecewise
from oracles.trains import encode_train
from oracles.verify import verify_encoding

import spikemath as sm
from spikemath._encoder.encode_samples import Part

from .cases import bits, cuts, operators, pushed, samples

SEEDS = st.integers(0, 2**32 - 1)


def compare(seed, n=60, keep=False):
    """The three operators on one recording, in pieces and whole; how many spikes there were."""
    rng = np.random.default_rng(seed)
    x, spikes = samples(rng, n), 0
    fs, t0 = float(rng.choice([1.0, 4.0, 0.3, 44100.1])), float(rng.choice([0.0, 0.1, 1e9]))
    hold = str(rng.choice(["zero", "linear"]))
    blocks = np.split(x, cuts(rng, n))
    for op in operators(rng, fs):
        whole = op.encode(sm.Signal.from_samples(x, fs=fs, t0=t0, hold=hold))
        joined, end = pushed(op.stream(fs=fs, t0=t0, hold=hold), blocks, keep)
        if end.undecided and op.alpha > 0.0:  # what the enclosure leaves open: at least all splits agree
            again, other = pushed(op.stream(fs=fs, t0=t0, hold=hold), [x])
            assert (bits(joined), end.undecided) == (bits(again), other.undecided)
            continue
        assert bits(joined) == bits(whole.spikes), (seed, op)
        assert end.potential == whole.potential and end.undecided == whole.undecided == 0, (seed, op)
        spikes += len(joined)
    return spikes


@given(SEEDS)
def test_any_split_gives_the_same_bits(seed):
    """Every operator, reset, polarity, refractory time and hold; empty blocks and blocks of one sample included."""
    compare(seed)


@given(SEEDS)
def test_a_stream_survives_pickling_after_every_block(seed):
    compare(seed, n=20, keep=True)


@given(SEEDS)
def test_streamed_spikes_are_those_of_the_oracle(seed):
    """verify_encoding retraces the spikes in rationals (alpha = 0) or 60 digits; send-on-delta is a train."""
    rng = np.random.default_rng(seed)
    n = 10
    x = samples(rng, n)
    x[np.abs(x) < 2.0**-40] = 0.0  # to this oracle relative distances below 1e-40 are equality
    blocks = np.split(x, cuts(rng, n))
    rules = operators(rng, 1.0)
    exact = [Fraction(float(v)) for v in x]
    for op in rules:
        joined, end = pushed(op.stream(fs=1.0), blocks)
        rule = {
            "threshold": Fraction(op.threshold),
            "alpha": Fraction(op.alpha),
            "reset": op.reset,
            "refractory": Fraction(op.refractory),
            "bipolar": op.bipolar,
        }
        if isinstance(op, sm.SendOnDelta):
            steps = [b - a for a, b in zip([Fraction(0), *exact], exact, strict=False)]
            found = encode_train([Fraction(k) for k in range(n)], steps, (Fraction(0), Fraction(n)), **rule)
            assert joined.exact_times() == found.times and joined.counts.tolist() == found.counts
        elif not end.undecided:
            f = Piecewise([Fraction(k) for k in range(n + 1)], [[v] for v in exact])
            verify_encoding(f, joined.exact_times(), joined.counts.tolist(), **rule, slack=Fraction(1, 2**30))


@pytest.mark.parametrize("op", [sm.IF(0.3), sm.LIF(0.3, 0.125)])
@pytest.mark.parametrize("start", [10**9, 2**44])
def test_far_from_the_start_times_are_as_sharp_and_the_bound_holds(op, start):
    """After 10^9 samples: the residual in rationals or 60 digits stays below the threshold, and so does the norm."""
    x = np.array([0.5, -1.25, 0.7, 0.7, -0.3, 1.9])
    joined, end = pushed(op.stream(fs=1.0, start=start), [x[:2], x[2:]])
    times = [t - start for t in joined.exact_times()]
    f = Piecewise([Fraction(k) for k in range(7)], [[Fraction(float(v))] for v in x])
    rule = Fraction(op.threshold), Fraction(op.alpha)
    _, norm = verify_encoding(f, times, joined.counts.tolist(), *rule, slack=Fraction(1, 2**40))
    assert norm < op.threshold
    near, _ = pushed(op.stream(fs=1.0), [x])
    assert joined.counts.tolist() == near.counts.tolist() and end.undecided == 0
    assert all(abs(a - b) < Fraction(1, 2**45) for a, b in zip(times, near.exact_times(), strict=True))
    assert any(joined._lo)  # one float64 would not do


@pytest.mark.parametrize("op", [sm.IF(0.3), sm.LIF(0.3, 0.1), sm.SendOnDelta(0.3, refractory=2.0)])
def test_the_state_does_not_grow(op):
    """Ordinary data: after 100 times as many samples a pickled stream takes no more than it may after 100."""
    x = np.random.default_rng(1).normal(size=3000)
    stream = op.stream(fs=1.0)
    sizes = []
    for first in range(0, 3000, 30):
        _, stream = stream.push(x[first : first + 30])
        sizes.append(len(pickle.dumps(stream)))
    assert max(sizes) <= max(sizes[:4]) + 64 and max(sizes) < 3000


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_constant_at_the_threshold_never_fires(sign):
    """x = alpha * threshold: the gap is below every precision after some hundred time constants, and never closes."""
    op = sm.LIF(0.25, alpha=4.0)
    stream = op.stream(fs=2.0)
    for _ in range(4):
        events, stream = stream.push(np.full(200, sign))
        assert len(events) == 0 and stream.undecided == 0
    events, stream = stream.push([1.5 * sign])  # at once, and again from 0 to 3/8 (1 - e^-2) > 1/4
    assert events.counts.tolist() == [int(sign)] * 2


def test_a_tie_after_tiny_values_is_decided():
    """No leak: 2^-110 more than the double-double can tell decides between a spike now and one later."""
    for tiny in (0.0, 2.0**-110, -(2.0**-110)):
        op = sm.IF(1.0)
        x = [0.75, tiny, 2.0**-160, 0.25, -(2.0**-160), 0.0]
        whole = op.encode(sm.Signal.from_samples(x, fs=1.0))
        joined, end = pushed(op.stream(fs=1.0), [[v] for v in x])
        assert bits(joined) == bits(whole.spikes) and end.undecided == 0


def test_a_cut_where_the_potential_is_no_double_double():
    """IF: 2^-93 beside 1 just before the cut; the decisions are the same, the bits of one time were not."""
    rng = np.random.default_rng(247439)
    rng.integers(6)
    x = np.where(rng.random(700) < 0.3, rng.normal(size=700) * 2.0**-90, rng.integers(-4, 5, 700) / 4.0)[:276]
    joined, _ = pushed(sm.IF(0.5).stream(fs=0.3), np.split(x, [256]))
    assert bits(joined) == bits(sm.IF(0.5)(sm.Signal.from_samples(x, fs=0.3)))


def test_without_the_exact_potential_ties_go_wrong(monkeypatch):
    """Planted: a stream that forgets the exact potential is caught by data like these."""
    x = [0.75, 2.0**-160, 0.25, -(2.0**-160), 0.5, 0.5]
    whole = sm.IF(1.0)(sm.Signal.from_samples(x, fs=1.0))
    monkeypatch.setattr(Part, "_exactly", lambda self, x, known: Fraction(0))
    joined, _ = pushed(sm.IF(1.0).stream(fs=1.0), [[v] for v in x])
    assert bits(joined) != bits(whole)


@pytest.mark.jit_only
def test_long_blocks_and_short_ones():
    """Blocks longer than those of the kernel, and spikes that do not fit its room."""
    x = np.random.default_rng(2).normal(size=70_000)
    for op in (sm.IF(0.01), sm.LIF(0.5, 0.01), sm.SendOnDelta(0.5)):
        whole = op.encode(sm.Signal.from_samples(x, fs=1.0))
        joined, _ = pushed(op.stream(fs=1.0), np.split(x, [1, 33_000, 33_001]))
        assert bits(joined) == bits(whole.spikes) and len(joined) > 1000


@pytest.mark.parametrize("op", [sm.LIF(0.4, 0.02), sm.IF(0.3, refractory=1.5), sm.SendOnDelta(0.3)])
@pytest.mark.parametrize("hold", ["zero", "linear"])
def test_the_state_does_not_remember_the_blocks(op, hold):
    """Two streams that saw the same samples are equal, however they were cut."""
    x = np.random.default_rng(5).normal(size=300).round(2)
    stream = op.stream(fs=1.0, hold=hold)
    _, whole = stream.push(x)
    for block in np.split(x, [0, 1, 2, 77, 201]):
        _, stream = stream.push(block)
    assert stream == whole and hash(stream) == hash(whole)
    assert stream != op.stream(fs=1.0, hold=hold).push(x + 0.01)[1]


def test_potential_and_undecided_are_those_so_far():
    stream = sm.IF(1.0).stream(fs=1.0)
    _, stream = stream.push([0.25, 0.5])
    assert stream.potential == 0.75 and stream.undecided == 0 and stream.index == 2
    assert math.isclose(stream.push([0.5])[1].potential, 0.25)
    assert stream.potential == 0.75  # the old stream is as it was
