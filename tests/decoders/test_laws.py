"""Laws of decoders: consistency, shift, scale, sign, bias; and wrong decoders that these laws must catch."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import spikemath as sm
from spikemath.decoders import _known, _pieces, linear

from .cases import INTERPOLATING, MORE, OPERATORS, SMOOTH, encoded, inner, smooth, snr

BASIC = [
    sm.decoders.Hold(),
    *INTERPOLATING,
    sm.decoders.Spline(9),
    sm.decoders.Rate(),
    sm.decoders.SmoothingSpline(1e-5),
]
SAMPLES = st.lists(st.integers(-40, 40).map(lambda k: k / 8), min_size=2, max_size=12)


def takes(decoder, op):
    return not (isinstance(decoder, sm.decoders.Rate) and isinstance(op, sm.SendOnDelta))


PAIRS = [(d, op) for d in BASIC for op in OPERATORS if takes(d, op)]


@pytest.mark.parametrize("op", OPERATORS, ids=repr)
@pytest.mark.parametrize("decoder", [*INTERPOLATING, sm.decoders.Spline(9)], ids=repr)
def test_a_smooth_signal_is_encoded_to_the_same_spikes_again(decoder, op):
    enc = encoded(op)
    with warnings.catch_warnings():
        warnings.simplefilter("error" if isinstance(op, sm.IF | sm.LIF) else "ignore", sm.decoders.DecodingWarning)
        decoded = decoder.decode(enc)
    found = sm.consistent(decoded.signal, enc)
    if isinstance(op, sm.SendOnDelta) and isinstance(decoder, sm.decoders.Spline):
        return  # nothing is known at t0, and where g turns a spline is free to overshoot
    assert decoded.report.condition
    assert found, str(found)
    assert found.norm < 2.0 * op.threshold


@example([0.0, 1.875], 0.3)  # a bare train, held from its last spike on: that spike was lost to rounding
@given(SAMPLES, st.sampled_from([0.125, 0.3]))
def test_linear_re_encodes_consistently(x, theta):
    """Whatever the signal: no leak, any signs, turns at spikes included, with and without the potential at the end."""
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    for op in (sm.IF(theta), sm.SendOnDelta(theta)):
        enc = op.encode(f)
        for given_, operator in ((enc, None), (enc.spikes, op)):
            if _known.known_of(enc.spikes, op).exact.sum() < 2 or len(enc) == 0:
                continue
            if (np.abs(enc.counts) > 1).any():
                continue  # a first value of several thresholds: only its first spike is a jump
            g = sm.decoders.Linear()(given_, operator)
            assert sm.consistent(g, enc), (x, theta, str(sm.consistent(g, enc)))


@pytest.mark.parametrize(("decoder", "op"), PAIRS, ids=str)
def test_time_shift(decoder, op):
    """Samples on an axis of their own: only the origin moves, so the decoded signals are equal, exactly."""
    f = sm.Signal.from_samples(smooth(np.arange(0.0, 8.0, 0.125)), fs=8.0, hold="linear")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        assert decoder(op.encode(f.shift(0.3))) == decoder(op.encode(f)).shift(0.3)


@pytest.mark.parametrize(("decoder", "op"), PAIRS, ids=str)
@pytest.mark.parametrize("c", [4.0, -0.5])
def test_scale_and_sign(decoder, op, c):
    """Powers of two round nothing: the decoding of c f with threshold |c| theta is c times that of f, exactly."""
    settings = {"reset": op.reset} | ({"alpha": op.alpha} if isinstance(op, sm.LIF) else {})
    scaled = type(op)(abs(c) * op.threshold, **settings)
    f = sm.Signal.from_samples(smooth(np.arange(0.0, 8.0, 0.125)), fs=8.0, hold="linear")
    t = np.linspace(0.0, 7.5, 401)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        one, other = decoder(op.encode(f)), decoder(scaled.encode(c * f))
    assert np.array_equal(other(t), c * one(t))
    assert other.impulses.weights.tolist() == (c * one.impulses).weights.tolist()


@pytest.mark.parametrize(("decoder", "op"), [p for p in PAIRS if p[0] != sm.decoders.Hold()], ids=str)
def test_a_bias_is_taken_off(decoder, op):
    """Splines reproduce constants of v' (no leak): taking the bias off first or last is the same but for rounding."""
    enc = encoded(op)
    t = inner(SMOOTH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        off, on = decoder(enc, bias=2.0), decoder(enc)
    slack = 1e-7 if op.alpha == 0.0 or not isinstance(decoder, sm.decoders.Pchip | sm.decoders.SmoothingSpline) else 0.3
    if isinstance(decoder, sm.decoders.Pchip):
        slack = 0.6  # no linear method: monotone about another line
    if op.alpha and isinstance(decoder, sm.decoders.Spline):
        slack = 0.05  # a spline is no exponential
    assert np.abs(off(t) + 2.0 - on(t)).max() < slack
    if op.reset == "modulo" and decoder in INTERPOLATING:
        assert sm.error_bounds(off, enc, bias=2.0).leaky < 3.0 * op.threshold


@pytest.mark.parametrize("decoder", [*BASIC, *MORE], ids=repr)
@pytest.mark.parametrize("op", OPERATORS, ids=repr)
def test_round_trip(decoder, op):
    """A quarter of the threshold: every decoder gets nearer to the signal, by what its order promises."""
    if (
        not takes(decoder, op)
        or decoder == sm.decoders.SmoothingSpline(0.001)
        or (isinstance(decoder, sm.decoders.Hold) and not isinstance(op, sm.SendOnDelta))
    ):
        return
    t, quality = inner(SMOOTH), []
    for part in (1.0, 0.25):
        settings = {"reset": op.reset} | ({"alpha": op.alpha} if isinstance(op, sm.LIF) else {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
            quality.append(snr(SMOOTH, decoder(encoded(type(op)(part * op.threshold, **settings))), t))
    assert quality[1] > 20.0
    assert quality[1] > quality[0] + 6.0 or isinstance(decoder, sm.decoders.SmoothingSpline)


@given(SAMPLES, st.sampled_from([0.125, 0.3]))
def test_held_and_joined_samples_of_send_on_delta_stay_within_their_bounds(x, theta):
    """Fractions at the instants of the samples and at the spikes, where the extremes of both curves are."""
    g = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    enc = sm.SendOnDelta(theta).encode(g)
    times = np.concatenate([np.arange(len(x) - 1.0), enc.spikes.times, np.nextafter(enc.spikes.times, 0.0)])
    for decoder in (sm.decoders.Hold(), sm.decoders.Linear(), sm.decoders.Pchip()):
        if (
            decoder != sm.decoders.Hold()
            and _known.known_of(enc.spikes, enc.operator, 0.0, enc.potential).exact.sum() < 2
        ):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
            decoded = decoder.decode(enc)
        if decoded.report.bound is not None:
            assert np.abs(decoded.signal(times) - g(times)).max() < decoded.report.bound * (1.0 + 1e-9)


@given(SAMPLES, st.sampled_from([0.0, 0.5]), st.sampled_from([0.125, 0.3]))
def test_error_bounds_hold(x, alpha, theta):
    """||g - f|| is below the bound, for the spikes themselves and for what Linear makes of them."""
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    enc = sm.LIF(theta, alpha=alpha).encode(f)
    if len(enc) < 2:
        return
    for decoder in (sm.decoders.Hold(), sm.decoders.Linear()):
        g = decoder(enc)
        bounds = sm.error_bounds(g, enc)
        assert sm.alexiewicz_norm(g - f, alpha) <= bounds.leaky
        assert sm.alexiewicz_norm(g - f) <= bounds.primitive
        assert sm.discrepancy_norm(g - f) <= bounds.interval
        assert bounds.leaky <= theta + bounds.certificate.upper * (1 + 1e-15)


def test_error_bounds_of_send_on_delta_bound_the_values():
    enc = encoded(sm.SendOnDelta(0.25))
    g = sm.decoders.Pchip()(enc)
    bounds = sm.error_bounds(g, enc)
    t = np.linspace(0.0, 20.0, 4001)
    assert np.abs(g(t) - SMOOTH(t)).max() <= bounds.leaky < 0.51


@pytest.mark.parametrize("op", [sm.IF(0.25, reset="zero"), sm.IF(0.25, refractory=0.1), sm.IF(0.25, bipolar=False)])
def test_no_bounds_where_the_operator_has_none(op):
    enc = encoded(op)
    with pytest.raises(ValueError, match="no bound"):
        sm.error_bounds(SMOOTH, enc)


def test_consistent_says_where_it_first_differs():
    enc = encoded(sm.IF(0.25))
    other = SMOOTH + sm.Signal._from_power_basis(np.array([8.0, 12.0]), np.array([[0.5]]))
    found = sm.consistent(other, enc)
    assert not found
    assert found.first == pytest.approx(8.0, abs=0.25)
    assert found.agreeing == int((enc.spikes.times < found.first).sum()) or found.agreeing > 0
    assert found.again > found.spikes
    assert sm.consistent(SMOOTH, enc).distance == 0.0
    assert "fails" in str(found)


def test_consistent_checks_its_input():
    enc = encoded(sm.IF(0.25))
    with pytest.raises(ValueError, match="channels"):
        sm.consistent(sm.Signals([SMOOTH]), enc)
    with pytest.raises(TypeError, match="operator is needed"):
        sm.consistent(SMOOTH, enc.spikes)
    with pytest.raises(ValueError, match="did not make"):
        sm.consistent(SMOOTH, enc, sm.IF(0.5))
    with pytest.raises(ValueError, match="tolerance"):
        sm.consistent(SMOOTH, enc, tolerance=-1.0)
    assert all(sm.consistent(sm.Signals([SMOOTH, SMOOTH]), sm.IF(0.25).encode(sm.Signals([SMOOTH, SMOOTH]))))


# planted faults: each must break a law above


def sums_without_decay(train, alpha, size):
    return REAL_SUMS(train, 0.0, size)


def sums_one_late(train, alpha, size):
    hi, lo = REAL_SUMS(train, alpha, size)
    return np.concatenate([[0.0], hi[:-1]]), np.concatenate([[0.0], lo[:-1]])


def constants_without_leak(at):
    return np.diff(at.y) / at.gaps


def constants_of_the_wrong_gap(at):
    return np.roll(REAL_CONSTANTS(at), 1)


REAL_SUMS, REAL_CONSTANTS = _known._sums, _pieces.constants


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (_known, "_sums", sums_without_decay),
        (_known, "_sums", sums_one_late),
        (linear, "constants", constants_without_leak),
        (linear, "constants", constants_of_the_wrong_gap),
        (_known.Known, "density", lambda self, v: np.arange(1, v.shape[0])[:, None] * v[1:]),  # forgets alpha v
        (_known, "_gaps", lambda hi, lo, rate: np.diff(hi) / float(rate) * (1.0 + 1e-3)),
    ],
    ids=lambda x: getattr(x, "__name__", str(x)),  # the same in every process
)
def test_a_planted_fault_is_caught(monkeypatch, module, name, wrong):
    """Consistency, and the error on a smooth signal that starts at t = 3."""
    f = sm.Signal.from_function(smooth, (3.0, 23.0))
    enc = sm.LIF(0.25, alpha=0.5).encode(f)
    t = inner(f)

    def right():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
            spline, line = sm.decoders.Spline(5)(enc), sm.decoders.Linear()(enc)
        return snr(f, spline, t) > 40.0 and bool(sm.consistent(line, enc)) and bool(sm.consistent(spline, enc))

    assert right()
    monkeypatch.setattr(module, name, wrong)
    assert not right()


def test_exact_times_are_used_and_not_their_float_view():
    """An origin of 1e9 and a rate of 44100: the float view of a time is good to 1e-7, a gap to all digits."""
    f = sm.Signal.from_samples(smooth(np.arange(0.0, 8.0, 0.125)), fs=44100.0, t0=1e9, hold="linear")
    enc = sm.IF(0.5 / 44100.0).encode(f)
    known = _known.known_of(enc.spikes, enc.operator)
    exact = np.diff([float((t - Fraction(1e9)) * 44100) for t in enc.spikes.exact_times()]) / 44100.0
    assert np.allclose(known.gaps[1 : 1 + exact.size], exact, rtol=1e-11, atol=0.0)
    assert np.abs(np.diff(enc.spikes.times) - exact).max() > 1e-9
