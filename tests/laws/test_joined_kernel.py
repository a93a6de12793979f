"""The kernel for joined samples against the oracles, the kernel for cells, and itself under any cut of the input.

Data is aimed at what straight lines add to held samples: potentials that peak between two samples, exactly at the
threshold or an ulp from it, slopes that change sign, and all of that at the edges of blocks of 64.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from oracles.piecewise import Curve
from oracles.piecewise import Signal as ExactSignal
from oracles.trains import exact, to_mpf
from oracles.verify import verify_encoding

import spikemath as sm
from spikemath._encoder import backwards, encode_joined, joined_crossings, joined_kernel, sample_kernel
from spikemath._encoder.encode_samples import HugeSampleError
from spikemath._encoder.encode_signal import _SignalRun
from spikemath._encoder.recorded import joined
from spikemath._encoder.sample_tables import joined_tables
from spikemath._numeric.jit import DISABLED

from .cases import Rule, corpus, drawn, share
from .plain import as_plain
from .test_samples_kernel import recorded


def lines(rng: random.Random, **how) -> tuple[np.ndarray, float, Rule]:
    """Samples to be joined; now and then with signs that alternate, so that potentials peak between samples."""
    x, fs, rule = recorded(rng, **how)
    x = np.append(x, rng.choice([0.0, 1.0, -0.3])) if x.size < 2 else x
    if rng.random() < 0.3:
        x = np.abs(x) * np.resize([1.0, -1.0], x.size) * rng.choice([1.0, 3.0])
    if rule.alpha > 7.9 * fs:
        rule = Rule(rule.theta, 7.9 * fs, rule.reset, rule.refractory, rule.bipolar)
    return x, fs, rule


def by_lines(x, fs, rule):
    run = encode_joined.encode_lines(x, Fraction(fs), rule.operator()._settings)
    assert run is not None
    return run


def by_cells(x, fs, rule):
    return _SignalRun(sm.Signal.from_samples(x, fs=fs, hold="linear"), rule.operator()._settings).run(None)


@share(0.5)
@given(drawn(lines, refractory=False))
def test_the_two_kernels_agree(case):
    """Same counts; times within 2^-20 of a sample: at a peak that just reaches, u takes long for an ulp."""
    a, b = by_lines(*case), by_cells(*case)
    assert a.counts.tolist() == b.counts.tolist()
    assert (np.abs((a.hi - b.hi) + (a.lo - b.lo)) < 2.0**-20).all()
    assert a.undecided == b.undecided == 0
    assert a.potential == pytest.approx(b.potential, abs=1e-9 * case[2].theta)


def verified(x, fs, rule):
    """The package's answer, held against the oracle that walks over the reported spikes at 70 digits."""
    knots = [k / Fraction(fs) for k in range(x.size)]
    values = [Fraction(float(v)) for v in x]
    pieces = [[v, (w - v) * Fraction(fs)] for v, w in pairwise(values)]
    enc = rule.operator()(sm.Signal.from_samples(x, fs=fs, hold="linear"))
    slack = x.size / Fraction(fs) / 2**34
    _, sup = verify_encoding(
        ExactSignal(knots, pieces, []), enc.exact_times(), enc.counts.tolist(), *rule.exact(), slack=slack
    )
    if rule.reset == "modulo" and rule.refractory == 0.0 and rule.bipolar:
        assert exact(sup) < Fraction(rule.theta)
    return enc


@share(0.3)
@given(drawn(lines, most=30))
def test_every_spike_is_legal_and_the_bound_strict(case):
    """No crossing is missed, none invented, each a hair early; all resets, refractory times and polarities."""
    x, fs, rule = case
    if x.size <= 30 and np.abs(x).sum() / fs <= 40 * rule.theta:
        verified(x, fs, rule)


def cut(x, encoder, rng):
    """The same through a stream, in random blocks."""
    state, parts, i = encoder.start(), [], 0
    while i < x.size:
        step = rng.choice([0, 1, 2, 5, 63, 64, 65, 200, 1000])
        found, state = encoder.run(state, i, x[i : i + step])
        parts.append(found)
        i = min(i + step, x.size)
    found, state = encoder.finish(state, i)
    parts.append(found)
    columns = [np.concatenate(c).tolist() for c in zip(*parts, strict=True)]
    return columns, encoder.potential(state), state.undecided


@share(0.5)
@given(drawn(lambda rng: (lines(rng), rng.randint(0, 2**32))))
def test_any_cut_gives_the_same_bits(case):
    """Times, counts and potential, with refractory times, ties and crowded samples, at every cut."""
    (x, fs, rule), seed = case
    whole = by_lines(x, fs, rule)
    encoder = encode_joined.JoinedEncoder(rule.operator()._settings, Fraction(fs))
    columns, potential, undecided = cut(x, encoder, random.Random(seed))
    if undecided and rule.alpha > 0.0:  # the whole recording has a history to ask, a stream has none
        return
    assert columns == [whole.hi.tolist(), whole.lo.tolist(), whole.counts.tolist()]
    assert (potential, undecided) == (whole.potential, whole.undecided)


@pytest.mark.parametrize("before", [0, 1, 7, 62, 63, 64, 65, 127, 128])
def test_a_peak_between_samples_at_the_threshold(before):
    """u peaks at 3/4 between 1 and -1: it fires there, and an ulp below, and stays silent an ulp above; never late."""
    x = np.concatenate([np.zeros(before), [0.0, 1.0, -1.0, 0.5], np.zeros(70)])
    for peak in (0.75, -0.75):
        for theta, fires in ((0.75, True), (math.nextafter(0.75, 0), True), (math.nextafter(0.75, 1), False)):
            found = by_lines(math.copysign(1.0, peak) * x, 1.0, Rule(theta))
            assert found.counts.tolist() == ([round(peak / 0.75)] if fires else [])
            assert found.undecided == 0
            if fires:
                assert before + 1.5 - 2.0**-20 < found.hi[0] + found.lo[0] < before + 1.5


@pytest.mark.parametrize("alpha", [1e-9, 0.01, 0.05, 0.3, 0.9, 1.5, 4.0])
@pytest.mark.parametrize("before", [0, 63, 64])
def test_a_peak_between_samples_with_a_leak(alpha, before):
    """The same where the peak is no rational: thresholds a few ulp on either side of it, held against the oracle."""
    with mpmath.workdps(80):
        curve = Curve([Fraction(1), Fraction(-2)], Fraction(alpha), mpmath.mpf(0), mpmath.mpf(0))
        peak = float(max(curve(s) for s in curve.monotone(mpmath.mpf(1))))
        end = float(curve(mpmath.mpf(1)))
    assert peak > max(end, 0.0)
    x = np.concatenate([np.zeros(before), [1.0, -1.0]])
    if before:
        x[before - 1] = 0.0
    for steps in (-4, -1, 0, 1, 4):
        theta = peak + steps * math.ulp(peak)
        verified(x[before:], 1.0, Rule(theta, alpha))
        if before:  # the line from 0 up to 1 comes first
            verified(x, 1.0, Rule(theta, alpha))


def test_what_the_interior_term_is_for():
    """Both ends far inside, the peak outside: 0, 4/7 and 1/4, for a line from 2 to -1.5."""
    x = np.array([2.0, -1.5])
    assert by_lines(x, 1.0, Rule(0.5)).counts.tolist() == [1]
    assert by_lines(-x, 1.0, Rule(0.5)).counts.tolist() == [-1]
    assert by_lines(-x, 1.0, Rule(0.5, bipolar=False)).counts.tolist() == []


@pytest.mark.parametrize("a", [1e-12, 1e-3, 0.05, 0.5, 1.0, 3.0, 8.0])
def test_the_bound_inside_a_cell(a):
    """|u - c| <= |D|/8 for the monotone c with the same ends: (q - 1 - ln q)/a^2 at 60 digits, q = a/(1 - e^-a)."""
    with mpmath.workdps(60):
        q = a / -mpmath.expm1(-mpmath.mpf(a))
        assert (q - 1 - mpmath.log(q)) / mpmath.mpf(a) ** 2 < mpmath.mpf(1) / 8


@pytest.mark.parametrize("a", [0.0, 1e-12, 1e-3, 0.05, 0.5, 1.0, 3.0, 8.0])
def test_tables(a):
    """w^2 and r to 2^-88 of themselves, E^n too; 1, 1/2 and 1 exactly without leak."""
    made, ends = joined_tables(a, 0.0, 1.0)
    with mpmath.workdps(60):
        w = -mpmath.expm1(-to_mpf(Fraction(a))) / to_mpf(Fraction(a)) if a else mpmath.mpf(1)
        r = (1 - w) / to_mpf(Fraction(a)) if a else mpmath.mpf(1) / 2
        for (hi, lo), value in (((made.weights[63], made.weights[72 + 63]), w * w), ((ends[0], ends[1]), r)):
            assert abs(mpmath.mpf(hi) + mpmath.mpf(lo) - value) <= value * mpmath.mpf(2) ** -88 * (a > 0.0)
        assert ends[2:].tolist() == pytest.approx([float(w * w), float(r / w**2), float(1 / (8 * w**2))], rel=1e-15)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-300, 2.0**300, 2.0**390])
def test_scales(scale):
    """Samples and threshold times a power of two send the same spikes."""
    x = np.random.default_rng(3).normal(size=150)
    for alpha in (0.0, 0.1):
        a, b = by_lines(x, 1.0, Rule(1.5, alpha)), by_lines(x * scale, 1.0, Rule(1.5 * scale, alpha))
        assert a.counts.size > 5
        assert all(np.array_equal(p, q) for p, q in zip(a[:3], b[:3], strict=True))


def test_tiny_beside_large_samples():
    """What the floats of the kernel cannot hold is carried exactly without leak, in whole recordings and in streams."""
    x = np.array([0.5, 5e-324, -0.25, 2.0**-600, 0.75, 5e-324, 0.5, 1.0, -0.5])
    verified(x, 1.0, Rule(0.75))
    op = sm.IF(0.75)
    whole = op.encode(sm.Signal.from_samples(x, fs=1.0, hold="linear"))
    stream, found = op.stream(fs=1.0, hold="linear"), []
    for v in x:
        events, stream = stream.push([v])
        found += events.exact_times()
    assert found == whole.spikes.exact_times()
    assert stream.potential == whole.potential


def test_a_huge_sample_takes_the_long_way():
    """A sample beyond 2^400 needs a scale for all data: the kernel for cells encodes it, a stream says so."""
    x = np.array([0.25, 1e130, -1e130, 0.5])
    rule = Rule(1.0, 0.1, "zero", 2.5)
    assert encode_joined.encode_lines(x, Fraction(1), rule.operator()._settings) is None
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    assert rule.operator().encode(f).counts.tolist() == by_cells(x, 1.0, rule).counts.tolist()
    encoder = encode_joined.JoinedEncoder(rule.operator()._settings, Fraction(1))
    with pytest.raises(HugeSampleError, match="2\\^400"):
        encoder.run(encoder.start(), 0, x)


@pytest.mark.parametrize("op", [sm.LIF(1.0, 8.1), sm.LIF(1.0, 8.0), sm.IF(1.0, arithmetic="fast")])
def test_every_leak_and_arithmetic(op):
    """Leaks that the tables do not take go cell by cell; fast arithmetic is answered exactly. Streams agree."""
    x = np.random.default_rng(1).normal(size=200) * 12
    whole = op.encode(sm.Signal.from_samples(x, fs=1.0, hold="linear"))
    assert whole.counts.size > 20
    stream, found = op.stream(fs=1.0, hold="linear"), []
    for block in np.split(x, [1, 1, 70, 135]):
        events, stream = stream.push(block)
        found += events.exact_times()
    assert found == whole.spikes.exact_times()


def test_lines_that_join_are_known_as_such():
    """Samples come back from the lines, a last one that a sum would round included; steps do not join."""
    for x in ([1.0, 2.0**-60], [0.1, 0.7, -1e9, 1e-9], [2.0**-1074, 1.0, 0.3]):
        f = sm.Signal.from_samples(x, fs=3.0, hold="linear")
        assert joined(f).tolist() == x
        assert joined(-1.0 * -f).tolist() == x  # found again: multiples remember nothing
        assert joined(2.0 * f).tolist() == [2.0 * v for v in x]
        assert joined(f.derivative()) is None
        assert joined(f + sm.SpikeTrain([0.0], [1.0])) is None
    broken = sm.Signal.from_samples([0.0, 1.0, 0.5], fs=1.0, hold="linear")._parts[0]
    steps = broken.given.copy()
    steps[0, 1, 0] = 0.5
    assert broken._replace(given=steps).samples is None
    assert joined(sm.Signal.from_samples([0.0, 1.0], fs=1.0)) is None


def test_a_negated_signal_sends_the_same_spikes_with_the_other_sign():
    x = np.random.default_rng(2).normal(size=300)
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    assert sm.IF(0.5)(-f) == -sm.IF(0.5)(f)
    assert sm.LIF(1.0, 0.1)(2.0 * f) == 2.0 * sm.LIF(0.5, 0.1)(f)


WRONG = {
    "a filter without the interior term": ("first_crossable", lambda f: lambda *a: f(*a[:-1], 0.0)),
    "a filter that looks too far out": (
        "first_crossable",
        lambda f: lambda *a: f(*a[:6], a[6] * 1.2, a[7] * 1.2, *a[8:]),
    ),
    "a filter that forgets the share of the last sample": (
        "first_crossable",
        lambda f: lambda *a: f(*a[:8], 0.0, a[9]),
    ),
    "a filter that forgets where it was": ("first_crossable", lambda f: lambda *a: (f(*a)[0], 0.0)),
    "a share of the last sample that has the wrong sign": (
        "shared",
        lambda f: lambda u, v, e, d, *a: f(u, v, e, -0.9 * d, *a),
    ),
    "a sum that forgets its low half": ("split_sum", lambda f: lambda *a: (f(*a)[0], 0.0, *f(*a)[2:])),
    "a weighted sum that ends one sample early": (
        "split_dot",
        lambda f: lambda x, i, j, *a: f(x, i, max(j - 1, i), *a),
    ),
    "crossings of a constant": ("time_left", lambda f: lambda g, d, rise, a: f(g, d, 0.0, a)),
    "integrals without their second": ("integrals", lambda f: lambda a, s: (f(a, s)[0], 0.0)),
    "crossings reported where the cell ends": (
        "sent",
        lambda f: lambda st, fl, e, bh, bl, s, *a: f(st, fl, e, bh, bl, 0.0 * s, *a),
    ),
    "peaks that are never high": ("_LOW", lambda f: math.inf),
    "a leak that nobody takes off the slope at the end": (
        "fire_joined",
        lambda f: lambda *a: f(*a[:4], abs(a[4]) * math.copysign(1.0, a[3]), *a[5:]),
    ),
}
MODULES = (backwards, sample_kernel, joined_crossings, joined_kernel, encode_joined)


@pytest.fixture(scope="module", autouse=True)
def kernels():
    """Made before parts of them are replaced: a kernel that is made of wrong parts keeps them."""
    by_lines(np.zeros(2), 1.0, Rule(1.0))


def plain(monkeypatch, name):
    """All kernels for joined samples as plain Python, but for the part of that name."""
    as_plain(monkeypatch, MODULES, {name})


def seen(case):
    """Whether the two kernels disagree."""
    a, b = by_lines(*case), by_cells(*case)
    far = a.counts.size != b.counts.size or (np.abs(a.hi - b.hi + (a.lo - b.lo)) > 2.0**-20).any()
    return far or abs(a.potential - b.potential) > 1e-9 * case[2].theta


def test_the_right_parts_as_plain_python(monkeypatch):
    """The control: without a mistake nothing is seen, and nothing raised."""
    plain(monkeypatch, None)
    assert not any(map(seen, corpus(lines, 60, most=100, refractory=False)))


@pytest.mark.parametrize("what", WRONG)
def test_planted_mistakes_are_seen(monkeypatch, what):
    """Each wrong part, put into the kernel as plain Python, gives other spikes than the kernel for cells somewhere."""
    name, make = WRONG[what]
    for module in MODULES:
        if hasattr(module, name):
            monkeypatch.setattr(module, name, make(getattr(module, name)))
    plain(monkeypatch, name)
    for case in corpus(lines, 60, most=100, refractory=False):
        try:
            if seen(case):
                return
        except Exception:
            return
    raise AssertionError(f"not seen: {what}")


@pytest.mark.skipif(DISABLED, reason="compares compiled code with plain Python")
def test_compiled_and_plain_give_the_same_bits(monkeypatch):
    """Times, counts and potentials."""
    cases = list(corpus(lines, 30, most=200))
    compiled = [by_lines(*case) for case in cases]
    plain(monkeypatch, None)
    for case, a in zip(cases, compiled, strict=True):
        b = by_lines(*case)
        assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
