"""The kernel for samples against the oracles, the kernel for cells, and itself under any cut of the input.

Data is aimed at ties: decimal grids, multiples of the threshold and its neighbours, constant stretches, samples that
carry many spikes, far more samples than a block of 64.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from oracles.piecewise import Signal as ExactSignal
from oracles.trains import encode_train, exact
from oracles.verify import verify_encoding

import spikemath as sm
from spikemath._encoder import backwards, channel_kernels, firing, sample_kernel
from spikemath._encoder import encode_channels as recording
from spikemath._encoder import encode_deltas as deltas
from spikemath._encoder.encode_samples import HugeSampleError
from spikemath._encoder.encode_signal import _SignalRun
from spikemath._encoder.recorded import multiplied
from spikemath._numeric.jit import DISABLED

from .cases import RESETS, Rule, corpus, drawn, share
from .plain import as_plain

LONGEST = 150 if DISABLED else 1500


def recorded(rng: random.Random, most: int = LONGEST, refractory: bool = True) -> tuple[np.ndarray, float, Rule]:
    """Samples, their rate and a rule."""
    n = rng.choice([1, 2, 7, 63, 64, 65, rng.randint(1, most), most])
    fs = rng.choice([1.0, 4.0, 1000.0, 44100.0, 0.7])
    kind = rng.choice(["decimal", "halves", "steps", "noise", "drift", "ties", "scales"])
    theta = rng.choice([1.0, 0.3, 0.1, 0.25, 2.0])
    size = rng.choice([0.01, 0.1, 1.0, 5.0])
    gen = np.random.default_rng(rng.randint(0, 2**32))
    if kind == "decimal":
        x = gen.integers(-20, 21, n) * 0.1 * rng.choice([0.1, 1.0])
    elif kind == "halves":
        x = gen.integers(-3, 4, n) * 0.5
    elif kind == "steps":
        x = np.repeat(gen.integers(-9, 10, n // 20 + 1) * 0.05, 20)[:n]
    elif kind == "noise":
        x = gen.normal(size=n) * size
    elif kind == "drift":
        x = gen.normal(size=n) * size * 0.2 + size * 0.1
    elif kind == "ties":
        near = [theta, math.nextafter(theta, 0.0), math.nextafter(theta, 9.0), -theta, 0.0, theta / 4]
        x = np.array([rng.choice(near) for _ in range(n)])
    else:
        x = gen.normal(size=n) * size * 10.0 ** gen.integers(-30, 1, n)
    alpha = rng.choice([0.0, 0.0, 1e-9, 0.001, 0.01, 0.3, 0.9, 2.0, 20.0]) * fs
    t_r = rng.choice([0.0, 0.0, 0.5, 3.0, 3.3, 100.2]) / fs if refractory else 0.0
    return x, fs, Rule(theta / fs, alpha, rng.choice(RESETS), t_r, rng.random() < 0.7)


def by_samples(x, fs, rule):
    run = recording.encode_recording(x, Fraction(fs), rule.operator()._settings)
    assert run is not None
    return run


def by_cells(x, fs, rule):
    return _SignalRun(sm.Signal.from_samples(x, fs=fs), rule.operator()._settings).run(None)


@share(0.5)
@given(drawn(recorded, refractory=False))
def test_the_two_kernels_agree(case):
    """Same counts; times within 2^-30 of a sample. (With a refractory time a hair moves what is tested at its end.)"""
    a, b = by_samples(*case), by_cells(*case)
    assert a.counts.tolist() == b.counts.tolist()
    assert (np.abs((a.hi - b.hi) + (a.lo - b.lo)) < 2.0**-30).all()
    assert a.undecided == b.undecided == 0
    assert a.potential == pytest.approx(b.potential, abs=1e-9 * case[2].theta)


@share(0.3)
@given(drawn(recorded, most=40))
def test_every_spike_is_legal_and_the_bound_strict(case):
    """The oracle walks over the reported spikes in rationals, or at 70 digits, as for any other signal."""
    x, fs, rule = case
    if x.size > 40 or np.abs(x).sum() / fs > 40 * rule.theta:
        return
    f = ExactSignal([k / Fraction(fs) for k in range(x.size + 1)], [[Fraction(float(v))] for v in x], [])
    enc = rule.operator()(sm.Signal.from_samples(x, fs=fs))
    slack = x.size / Fraction(fs) / 2**34
    _, sup = verify_encoding(f, enc.exact_times(), enc.counts.tolist(), *rule.exact(), slack=slack)
    if rule.reset == "modulo" and rule.refractory == 0.0 and rule.bipolar:
        assert exact(sup) < Fraction(rule.theta)


def encoder_for(op, fs):
    return recording.SampleChannels((op._settings,), Fraction(fs))


def cut(x, encoder, rng):
    """The same through a stream, in random blocks."""
    state, parts, i = encoder.start(), [], 0
    while i < x.size:
        step = rng.choice([0, 1, 2, 5, 63, 64, 65, 200, 1000])
        found, state = encoder.run(state, i, x[None, i : i + step])
        parts.append(found[:3])
        i = min(i + step, x.size)
    found, state = encoder.finish(state, i)
    parts.append(found[:3])
    columns = [np.concatenate(c).tolist() for c in zip(*parts, strict=True)]
    return columns, encoder.potential(state)[0], state.undecided


@share(0.5)
@given(drawn(lambda rng: (recorded(rng), rng.randint(0, 2**32))))
def test_any_cut_gives_the_same_bits(case):
    """Times, counts and potential, with refractory times, ties and crowded samples, at every cut."""
    (x, fs, rule), seed = case
    whole = by_samples(x, fs, rule)
    encoder = encoder_for(rule.operator(), fs)
    columns, potential, undecided = cut(x, encoder, random.Random(seed))
    if undecided and rule.alpha > 0.0:  # the whole recording has a history to ask, a stream has none
        return
    assert columns == [whole.hi.tolist(), whole.lo.tolist(), whole.counts.tolist()]
    assert (potential, undecided) == (whole.potential, whole.undecided)


def test_the_last_digits_of_a_place_need_no_history():
    """A crossing 4e-18 of a sample before its end: what the stream encloses tells that it is there, and is enough."""
    x = np.array([-0.5, 0.0, 1.0, 0.5, 0.5, -1.5, -1.0])
    whole = by_samples(x, 1.0, Rule(1.0, 1e-9))
    encoder = encoder_for(sm.LIF(1.0, 1e-9), 1)
    columns, potential, undecided = cut(x, encoder, random.Random(0))
    assert columns == [whole.hi.tolist(), whole.lo.tolist(), whole.counts.tolist()]
    assert (potential, undecided) == (whole.potential, 0)


@share(0.3)
@given(drawn(lambda rng: (recorded(rng, refractory=False), rng.randint(0, 2**32))))
def test_fast_arithmetic_on_samples(case):
    """Any cut gives the same bits; away from ties the counts are the exact ones."""
    (x, fs, rule), seed = case
    if rule.alpha > fs:
        return
    op = sm.LIF(rule.theta, rule.alpha, bipolar=rule.bipolar, arithmetic="fast")
    run = recording.encode_recording(x, Fraction(fs), op._settings)
    encoder = encoder_for(op, fs)
    columns, potential, _ = cut(x, encoder, random.Random(seed))
    assert columns[:2] == [run.hi.tolist(), run.lo.tolist()]
    assert columns[2] == run.counts.tolist()
    assert potential == run.potential
    noise = np.random.default_rng(seed).normal(size=x.size)
    exact = by_samples(noise, fs, replace(rule, reset="modulo"))
    run = recording.encode_recording(noise, Fraction(fs), op._settings)
    assert run.counts.tolist() == exact.counts.tolist()
    assert (np.abs(run.hi - exact.hi - exact.lo) < 1e-6).all()


@pytest.mark.jit_only
def test_other_sample_types_are_taken_at_their_values():
    """float32 and integers give bit for bit what the same numbers give as float64."""
    rng = np.random.default_rng(4)
    wave = np.round(3000 * np.sin(np.arange(5000) * 0.01) + rng.normal(size=5000) * 200)
    for kind in (np.float32, np.int16):
        x = wave.astype(kind)
        for rule in (Rule(9000.0, 0.0), Rule(9000.0, 0.02)):
            a, b = by_samples(x, 1.0, rule), by_samples(x.astype(np.float64), 1.0, rule)
            assert a.counts.size > 100
            assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
        op = sm.SendOnDelta(250.0)._settings
        a, b = (deltas.encode_deltas(y, Fraction(1), op) for y in (x, x.astype(np.float64)))
        assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))


def stepped(rng: random.Random) -> tuple[np.ndarray, Rule]:
    """Samples for send-on-delta, many of them repeated, and a rule without leak."""
    x, _, rule = recorded(rng, most=40)
    x = np.repeat(x[:40], rng.choice([1, 1, 2, 3]))
    t_r = rng.choice([0.0, 0.0, 0.5, 1.0, 2.0, 3.3])
    return x, Rule(rng.choice([1.0, 0.3, 0.1, 0.25, 0.7]), 0.0, rule.reset, t_r, rule.bipolar)


@given(drawn(stepped))
def test_send_on_delta_of_samples(case):
    """Exactly the oracle's spikes of the train of differences, and in blocks of any size."""
    x, rule = case
    op = sm.SendOnDelta(rule.theta, rule.reset, rule.refractory, rule.bipolar)
    enc = op.encode(sm.Signal.from_samples(x, fs=1.0))
    jumps = np.diff([Fraction(0), *map(Fraction, x.tolist())])
    at = [Fraction(k) for k, d in enumerate(jumps) if d]
    truth = encode_train(at, [d for d in jumps if d], (Fraction(0), Fraction(x.size)), *rule.exact())
    assert enc.counts.tolist() == truth.counts
    assert enc.spikes.exact_times() == truth.times
    assert Fraction(enc.potential) == Fraction(float(truth.potential))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deltas, "BLOCK", 3)
        patch.setattr(deltas, "ROOM", 2)
        assert op.encode(sm.Signal.from_samples(x, fs=1.0)) == enc


def test_send_on_delta_beyond_the_kernel():
    """Counts and thresholds that its floats cannot hold go the long way, with the same answer as IF of the jumps."""
    for x, theta in (([1e300, -1e300], 1e-3), ([1.0, 3.0], 1e-300), ([2.0**60, 0.0], 1.0)):
        g = sm.Signal.from_samples(x, fs=1.0)
        try:
            expected = sm.IF(theta).encode(g.derivative())
        except (OverflowError, ValueError) as error:
            with pytest.raises(type(error)):
                sm.SendOnDelta(theta).encode(g)
            continue
        assert sm.SendOnDelta(theta).encode(g).spikes == expected.spikes


def test_a_huge_sample_takes_the_long_way():
    """A sample beyond 2^400 needs a scale for all data: the kernel for cells encodes it, a stream says so."""
    x = np.array([0.25, 1e130, -1e130, 0.5])
    rule = Rule(1.0, 0.1, "zero", 2.5)
    f = sm.Signal.from_samples(x, fs=1.0)
    assert recording.encode_recording(x, Fraction(1), rule.operator()._settings) is None
    assert rule.operator().encode(f).counts.tolist() == by_cells(x, 1.0, rule).counts.tolist()
    encoder = encoder_for(rule.operator(), 1)
    with pytest.raises(HugeSampleError, match="2\\^400"):
        encoder.run(encoder.start(), 0, x[None])


def test_ties_at_the_ends_of_samples_fire_before_them():
    """x = theta/4 for ever: u = theta exactly at the end of every fourth sample; all of 1000 blocks agree."""
    n = 256 if DISABLED else 64_000
    for theta in (1.0, 0.3):
        x = np.full(n, theta / 4)
        run = by_samples(x, 1.0, Rule(theta))
        expected = np.arange(4, n + 1, 4)
        assert run.counts.tolist() == [1] * expected.size
        before = expected - (run.hi + run.lo)
        assert ((before > 0.0) & (before < 1e-9)).all()


WRONG = {
    "a filter that looks too far out": ("first_outside", lambda f: lambda *a: f(*a[:6], a[6] * 1.2, a[7] * 1.2)),
    "a filter over blocks that looks too far out": (
        "scanned_block",
        lambda f: lambda *a: f(*a[:5], a[5] * 1.2, a[6] * 1.2, *a[7:]),
    ),
    "a block whose sum is that of the block one sample later": (
        "scanned_block",
        lambda f: lambda x, first, *a: (*f(x, first, *a)[:2], *f(x, min(first + 1, len(x) - 64), *a)[2:]),
    ),
    "a walk that is one sample behind": (
        "walk",
        lambda f: lambda *a: (lambda k, u, v, p, q, r: (k, p, q, p, q, r))(*f(*a)),
    ),
    "a residual that does not decay": ("residual", lambda f: lambda z, r, theta, *a: (z - theta, r, 0.0)),
    "a sum that forgets its low half": ("split_sum", lambda f: lambda *a: (f(*a)[0], 0.0, *f(*a)[2:])),
    "a weighted sum that ends one sample early": (
        "split_dot",
        lambda f: lambda x, i, j, *a: f(x, i, max(j - 1, i), *a),
    ),
    "crossings reported at the end of the sample": ("fire_backwards", None),
    "a decay inside the sample that is one": ("left", lambda f: lambda *a: (1.0, 0.0, 0.0)),
    "a sum without its error": ("quick_sum", lambda f: lambda a, b, c, d: (a + c, 0.0, 0.0)),
}


def late(state, flags, start, zh, zl, err, drive, sigma, fine, out, room):
    """Fires at the end of the sample."""
    n = flags[firing.WRITTEN]
    out.hi[n], out.lo[n], out.count[n], out.jump[n] = start + 1.0, 0.0, int(sigma), False
    flags[firing.WRITTEN] = n + 1
    state[0], state[1] = sigma * (zh - state[firing.THETA]), sigma * zl
    return firing.DONE


@pytest.fixture(scope="module", autouse=True)
def kernels():
    """Made before parts of them are replaced: a kernel that is made of wrong parts keeps them."""
    by_samples(np.zeros(1), 1.0, Rule(1.0))


def plain(monkeypatch, name):
    """All kernels for samples as plain Python, but for the part of that name."""
    as_plain(monkeypatch, (backwards, sample_kernel, channel_kernels), {name, "transposed"})


def seen(case):
    """Whether the two kernels disagree."""
    a, b = by_samples(*case), by_cells(*case)
    far = a.counts.size != b.counts.size or (np.abs(a.hi - b.hi + (a.lo - b.lo)) > 2.0**-30).any()
    return far or abs(a.potential - b.potential) > 1e-9 * case[2].theta


def test_the_right_parts_as_plain_python(monkeypatch):
    """The control: without a mistake nothing is seen, and nothing raised."""
    plain(monkeypatch, None)
    assert not any(map(seen, corpus(recorded, 60, most=100, refractory=False)))


@pytest.mark.parametrize("what", WRONG)
def test_planted_mistakes_are_seen(monkeypatch, what):
    """Each wrong part, put into the kernel as plain Python, gives other spikes than the kernel for cells somewhere."""
    name, make = WRONG[what]
    for module in (backwards, sample_kernel):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, late if make is None else make(getattr(module, name)))
    plain(monkeypatch, name)
    for case in corpus(recorded, 60, most=100, refractory=False):
        try:
            if seen(case):
                return
        except Exception:
            return
    raise AssertionError(f"not seen: {what}")


@pytest.mark.parametrize("factor", [1.0, -1.0, 2.0, -(2.0**-300), 3.0, 0.1])
@pytest.mark.parametrize("values", [[0.0, 0.5], [1e-200, -3.0], [0.1, 0.7], [2.0**-1022, 1.0]])
def test_samples_times_a_number_are_taken_only_where_all_products_are_floats(values, factor):
    """Then -f and 2 f take the kernel that f takes, and spikes are mirrored or scaled bit for bit."""
    x = np.array(values)
    product = multiplied(x, Fraction(factor))
    exact = [Fraction(v) * Fraction(factor) for v in values]
    fits = all(v == Fraction(float(v)) for v in exact)
    if product is None:
        assert not fits or min(abs(v) for v in exact if v) < Fraction(2) ** -900
    else:
        assert [Fraction(v) for v in product.tolist()] == exact


def test_a_negated_signal_sends_the_same_spikes_with_the_other_sign():
    """A crossing at the very end was an ulp earlier for -f, which went through the kernel of cells."""
    f = sm.Signal.from_samples([0.0, 0.5], fs=1.0)
    assert sm.IF(0.5)(-f) == -sm.IF(0.5)(f)
    assert sm.IF(1.0)(2.0 * f) == 2.0 * sm.IF(0.5)(f)
