"""What a train tells of the leaky integral: its values are exact, and what is not known is not claimed."""

from __future__ import annotations

import itertools
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import decoding

import spikemath as sm
from spikemath.decoders._known import known_of

from .cases import OPERATORS, SMOOTH, encoded

SAMPLES = st.lists(st.integers(-40, 40).map(lambda k: k / 8), min_size=2, max_size=12)
LINEAR = sm.decoders.Linear()


def instants(known):
    axis = known.train._axis
    return [axis.instant((float(h), float(r))) for h, r in zip(known.hi, known.lo, strict=True)]


@given(SAMPLES, st.sampled_from([0.0, 0.1, 0.5, 3.0]), st.sampled_from([0.1, 0.25, 0.7]))
def test_sums_are_those_of_the_definition(x, alpha, theta):
    op = sm.LIF(theta, alpha=alpha)
    known = known_of(op(sm.Signal.from_samples(x, fs=10.0, hold="linear" if len(x) > 1 else "zero")), op)
    at = instants(known)
    spikes = known.train
    exact = decoding.sums(spikes.exact_times(), spikes.exact_weights(), Fraction(alpha), at)
    size = max((abs(float(y)) for y in exact), default=0.0) + theta
    assert np.allclose(known.y, [float(y) for y in exact], rtol=0.0, atol=2.0**-50 * size)
    assert [float(t - at[0]) for t in at] == known.t.tolist()
    assert np.allclose(known.gaps, [float(b - a) for a, b in itertools.pairwise(at)], rtol=2.0**-51, atol=0)


@given(SAMPLES, st.sampled_from(["modulo", "subtract", "zero"]), st.booleans())
def test_known_values_are_those_of_the_integral(x, reset, with_potential):
    """Fractions: the integral of the polygon at each exact time, less what firing an instant early costs."""
    op = sm.IF(0.25, reset=reset)
    enc = op.encode(sm.Signal.from_samples(x, fs=1.0, hold="linear"))
    known = known_of(enc.spikes, op, 0.0, enc.potential if with_potential else None)
    early = 2.0**-34 * (1.0 + max(map(abs, x))) * len(x)
    for t, y, exact in zip(instants(known), known.y, known.exact, strict=True):
        if exact:
            assert abs(float(decoding.integral([Fraction(v) for v in x], t)) - y) <= early
    assert known.exact[:-1].all()
    assert known.exact[-1] or not with_potential


def test_a_known_bias_is_taken_off_without_losing_digits():
    """v - b t in double-double: at t = 1e6 the values of a small signal keep their last digits."""
    n = 1_000_000
    spikes = sm.SpikeTrain._from_counts(
        sm.SpikeTrain([])._axis, np.arange(1.0, n + 1) * 0.3, np.zeros(n), np.ones(n, np.int64), 0.3, (0.0, 0.0),
        (0.3 * n, 0.0),
    )  # fmt: skip
    known = known_of(spikes, sm.IF(0.3), 1.0)
    at = [1, 1000, 333_333, n - 1]
    exact = [float(Fraction(0.3) * k - Fraction(float(spikes._hi[k - 1]))) for k in at]
    assert known.y[at].tolist() == exact


@pytest.mark.parametrize("op", OPERATORS, ids=repr)
def test_the_ends(op):
    """v(t0) = 0 is known but for send-on-delta; v(t1) only with the potential of an Encoding."""
    enc = encoded(op)
    bare, full = known_of(enc.spikes, op), known_of(enc.spikes, op, 0.0, enc.potential)
    assert bare.exact[0] == (not bare.sampled)
    assert not bare.exact[-1]
    assert full.exact[-1]
    v = SMOOTH(20.0) if bare.sampled else SMOOTH.running_integral(op.alpha)(20.0)
    assert abs(full.y[-1] - v) < 1e-9


def test_a_pulse_is_seen_by_its_count_and_is_not_claimed():
    f = SMOOTH + sm.SpikeTrain([7.0], [0.9], domain=SMOOTH.domain)
    with pytest.warns(sm.decoders.DecodingWarning, match=r"pulses .* 1 spikes"):
        decoded = LINEAR.decode(sm.IF(0.25).encode(f))
    assert decoded.report.condition.verdict == "fails"
    assert decoded.report.samples == decoded.report.spikes + 1  # both ends, all spikes but one


def test_after_a_pulse_the_next_crossing_is_exact_again():
    f = SMOOTH + sm.SpikeTrain([7.0], [0.9], domain=SMOOTH.domain)
    enc = sm.LIF(0.25, alpha=0.3).encode(f)
    known = known_of(enc.spikes, enc.operator)
    v = f.running_integral(0.3)(enc.spikes.times)
    exact = known.exact[known.spike]
    assert (~exact).sum() == 1
    assert np.abs(known.y[known.spike] - v)[exact].max() < 1e-9
    assert 1e-3 < np.abs(known.y[known.spike] - v)[~exact].max() < 0.25


@pytest.mark.parametrize("reset", ["modulo", "subtract"])
def test_a_spike_at_the_end_of_a_refractory_time_is_not_claimed(reset):
    f = sm.Signal.from_samples([1.0, 6.0, 1.0, 0.5], fs=1.0, hold="linear")
    enc = sm.IF(0.2, reset=reset, refractory=0.1).encode(f)
    known = known_of(enc.spikes, enc.operator)
    v = f.running_integral()(enc.spikes.times)
    exact = known.exact[known.spike]
    assert 0 < (~exact).sum() < exact.size
    assert any("refractory" in sentence for sentence in known.warnings)
    assert np.abs(known.y[known.spike] - v)[exact].max() < 1e-9
    assert not known.loose


def test_reset_to_zero_with_a_refractory_time_loses_the_level():
    """What was lost is not known, so decoders that need the level refuse; the rate is still right."""
    f = sm.Signal.from_samples([1.0, 6.0, 1.0, 1.0, 1.0], fs=1.0, hold="linear")
    enc = sm.IF(0.05, reset="zero", refractory=0.04).encode(f)
    for decoder in (LINEAR, sm.decoders.Spline(), sm.decoders.Pchip(), sm.decoders.SmoothingSpline()):
        with pytest.raises(ValueError, match="lost an unknown charge"):
            decoder(enc)
    with pytest.warns(sm.decoders.DecodingWarning, match="refractory"):
        g = sm.decoders.Rate()(enc)
    assert abs(g(3.5) - 1.0) < 1e-6


@pytest.mark.parametrize(
    ("enc", "operator", "error", "message"),
    [
        (encoded(sm.IF(0.25)).spikes, None, TypeError, "operator is needed"),
        (encoded(sm.IF(0.25)).spikes, sm.IF(0.5), ValueError, "from another operator"),
        (encoded(sm.IF(0.25)), sm.IF(0.5), ValueError, "did not make this encoding"),
        (encoded(sm.IF(0.25)).spikes, 0.25, TypeError, "operator must be a LIF, IF or SendOnDelta"),
        (SMOOTH, sm.IF(0.25), TypeError, "enc must be"),
        (sm.SpikeTrain([1.0, 2.0], [0.25, 0.3]), sm.IF(0.25), ValueError, r"weights\[1\] = 0.3 is no multiple"),
        (sm.SpikeTrain([1.0, 1.0], [0.25, 0.25]), sm.IF(0.25, reset="zero"), ValueError, "same time"),
        (sm.SpikeTrain([1.0], [-0.25]), sm.IF(0.25, bipolar=False), ValueError, "sends no negative spikes"),
    ],
)
def test_bad_input_is_named(enc, operator, error, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        with pytest.raises(error, match=message):
            LINEAR.decode(enc, operator)
        with pytest.raises(error, match=message):
            LINEAR.condition(enc, operator)


def test_missing_counts_are_taken_from_the_weights_and_said():
    spikes = encoded(sm.IF(0.25)).spikes
    bare = sm.SpikeTrain(spikes.times, spikes.weights, domain=SMOOTH.domain)
    with pytest.warns(sm.decoders.DecodingWarning, match="no counts"):
        g = LINEAR(bare, sm.IF(0.25))
    t = np.linspace(0.1, 19.0, 200)
    assert np.abs(g(t) - LINEAR(spikes, sm.IF(0.25))(t)).max() < 1e-9


def test_two_spikes_at_one_time_are_one_of_count_two_and_said():
    with pytest.warns(sm.decoders.DecodingWarning) as said:
        LINEAR(sm.SpikeTrain([1.0, 2.0, 2.0, 3.0], [0.25] * 4, domain=(0.0, 4.0)), sm.IF(0.25))
    assert any("counts of 1 spikes" in str(w.message) for w in said)


def test_a_train_that_begins_with_its_domain_is_said():
    spikes = encoded(sm.IF(0.25)).spikes
    late = sm.SpikeTrain(spikes.times, spikes.weights)
    with pytest.warns(sm.decoders.DecodingWarning) as said:
        LINEAR(late, sm.IF(0.25))
    assert any("a spike stands at t0" in str(w.message) for w in said)


def test_a_warning_points_at_the_caller():
    with pytest.warns(sm.decoders.DecodingWarning) as said:
        LINEAR(sm.SpikeTrain([1.0, 2.0], [0.25, 0.25], domain=(0.0, 4.0)), sm.IF(0.25))
    assert said[0].filename == __file__
