"""Band-limited decoding: against closed forms, against dense references, in windows, and its laws."""

from __future__ import annotations

import warnings
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikemath as sm
from spikemath._numeric.jit import DISABLED
from spikemath.decoders import _extension, _fourier, sinc
from spikemath.decoders._known import known_of

LONG = pytest.param(350.0, marks=pytest.mark.jit_only)  # some thousand spikes, encoded exactly

Bandlimited, Sinc = sm.decoders.Bandlimited, sm.decoders.SincPseudoInverse
Multichannel, Innovation = sm.decoders.MultichannelBandlimited, sm.decoders.FiniteRateOfInnovation


def db(f, g, t):
    """Signal to noise in dB at times t, of a closed form f."""
    a, e = f(t), g(t) - f(t)
    return 10.0 * np.log10(np.sum(a**2) / max(np.sum(e**2), 1e-300))


def times(g, edge=0.05, n=1501):
    t0, t1 = g.domain
    return np.linspace(t0 + edge * (t1 - t0), t1 - edge * (t1 - t0), n)


def said(decoder, enc):
    """The report's warnings, and the signal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        decoded = decoder.decode(enc)
    return " | ".join(decoded.report.warnings), decoded.signal


def known(enc):
    return known_of(enc.spikes, enc.operator, 0.0, enc.potential)


ENCODERS = {
    "IF, biased": (2.0, sm.IF(0.8)),
    "LIF, biased": (2.0, sm.LIF(0.75, alpha=0.2)),
    "IF, one-sided": (2.0, sm.IF(0.8, bipolar=False)),
    "IF, signed": (0.0, sm.IF(0.05)),
    "LIF, signed": (0.0, sm.LIF(0.04, alpha=0.3)),
    "IF, subtract": (2.0, sm.IF(0.8, reset="subtract")),
    "send-on-delta": (0.5, sm.SendOnDelta(0.125)),
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("duration", [60.0, LONG])
def test_the_signal_comes_back(name, periodic, duration):
    """Short trains are solved directly; 350 Nyquist intervals by conjugate gradients, windowed if need be."""
    mean, op = ENCODERS[name]
    g = sm.gallery.bandlimited(0.5, duration, mean=mean, periodic=periodic, seed=7)
    decoded = Bandlimited(0.5, periodic=periodic).decode(op.encode(g.signal()))
    assert db(g, decoded.signal, times(g)) > 220.0
    assert db(g, decoded.signal, times(g, 0.0)) > (220.0 if periodic else 100.0)
    assert decoded.report.residual < 1e-11
    assert not decoded.report.warnings
    assert decoded.signal.domain == g.domain


def test_the_gap_condition_is_checked():
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=1)
    enc = sm.IF(0.8).encode(g.signal())
    good = Bandlimited(0.5).condition(enc)
    assert good
    assert good.value == known(enc).max_gap < good.limit == 1.0
    assert Bandlimited(0.9).condition(enc).verdict == "unknown"
    few = Bandlimited(3.0).condition(enc)
    assert (few.name, few.verdict, few.limit) == ("density", "fails", 360.0)
    assert few.value == len(enc) + 1


def test_a_band_beyond_what_the_train_carries_is_said():
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=1)
    with pytest.warns(sm.decoders.DecodingWarning, match="do not determine"):
        Bandlimited(3.0)(sm.IF(0.8).encode(g.signal()))


def test_a_band_that_is_too_narrow_is_said():
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=1)
    with pytest.warns(sm.decoders.DecodingWarning, match="frequencies above"):
        Bandlimited(0.25, periodic=True)(sm.IF(0.4).encode(g.signal()))


@pytest.mark.jit_only
def test_stopping_early_is_said():
    g = sm.gallery.bandlimited(0.5, 350.0, mean=2.0, seed=1)
    text, _ = said(Bandlimited(0.5, periodic=True, iterations=2), sm.IF(0.8).encode(g.signal()))
    assert "iterations = 2" in text


def test_pulses_are_said_and_left_out():
    """Beside a pulse the charges are not known; the rest of the signal still is."""
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=1)
    f = g.signal() + sm.SpikeTrain([30.0], [2.5])
    for op in (sm.IF(0.4), sm.LIF(0.4, alpha=0.25)):
        text, found = said(Bandlimited(0.5), op.encode(f))
        assert "pulses" in text
        assert db(g, found, times(g)) > 150.0
        assert db(g, said(Sinc(0.5), op.encode(f))[1], times(g)) > 80.0


@pytest.mark.parametrize(("alpha", "periodic"), [(0.0, True), (0.4, False)])
def test_it_agrees_with_the_dense_reference_and_is_no_worse(alpha, periodic):
    g = sm.gallery.bandlimited(0.5, 120.0, mean=2.0, periodic=periodic, seed=3)
    enc = sm.LIF(0.7, alpha=alpha).encode(g.signal())
    t = times(g)
    fast, slow = Bandlimited(0.5, periodic=periodic)(enc), Sinc(0.5)(enc)
    assert db(g, slow, t) > 100.0
    assert db(g, fast, t) > db(g, slow, t)
    for edge in (0.0, 0.05):
        assert db(g, Bandlimited(0.5)(enc), times(g, edge)) > db(g, slow, times(g, edge))


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_integrals_of_sinc_functions(alpha):
    t = np.array([0.0, 0.7, 1.9, 6.0])
    centres = np.array([-3.0, 0.35, 4.0])
    found = sinc.integrals(t, np.diff(t), centres, 0.5, alpha)
    for i in range(3):
        for j, c in enumerate(centres):
            exact = mpmath.quad(
                lambda s, c=c, b=t[i + 1]: mpmath.exp(-alpha * (b - s)) * mpmath.sincpi(s - c),
                np.linspace(t[i], t[i + 1], 9),
            )
            assert abs(found[i, j] - float(exact)) < 1e-13


@pytest.mark.parametrize("operator", [sm.IF(0.6), sm.LIF(0.6, alpha=0.5), sm.SendOnDelta(0.1)], ids=repr)
def test_rows_are_the_matrix_of_their_definition(operator):
    """The map by transforms, its adjoint and the dense rows are one; targets are the integrals of the signal."""
    g = sm.gallery.bandlimited(0.5, 40.0, mean=2.0, seed=2)
    data = known(operator.encode(g.signal()))
    band = _fourier.Band(data.train._start, _extension._exact(data.train._end), 20, data.train._axis.rate)
    rows = _fourier.Rows(data, band)
    matrix, target, _ = _extension.dense_rows(data, band.frequencies(), band.start)
    c = g.coefficients
    dense = matrix[:, 0].real * c[0].real + 2.0 * (matrix[:, 1:] @ c[1:]).real
    assert np.abs(rows.forward(c) - dense).max() < 1e-12
    assert np.abs(rows.target - target).max() < 1e-12
    assert np.abs(rows.target - dense).max() < 1e-11
    r = np.random.default_rng(0).normal(size=dense.size)
    assert np.abs(rows.adjoint(r) - matrix.conj().T @ r).max() < 1e-11


def test_charges_across_unknown_instants_add_up():
    g = sm.gallery.bandlimited(0.5, 40.0, mean=2.0, seed=2)
    for alpha in (0.0, 0.5):
        data = known(sm.LIF(0.6, alpha=alpha).encode(g.signal()))
        exact = data.exact.copy()
        exact[[0, 5, 6, 20]] = False
        keep, gaps, q, usable = _fourier.charges(replace(data, exact=exact))
        assert usable.all()
        t = data.t[keep]
        assert np.abs(np.diff(t) - gaps).max() < 1e-12
        assert np.abs(g.integral(t[:-1], t[1:], alpha) - q).max() < 1e-11


@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([30.0] if DISABLED else [30.0, 40.0, 50.0, 310.0]),
)
def test_no_gap_beyond_the_nyquist_interval_means_recovery(seed, alpha, duration):
    """The condition as it is stated, with a margin: then the system is well conditioned and the error tiny."""
    g = sm.gallery.bandlimited(0.5, duration, mean=2.0, periodic=True, seed=seed)
    enc = sm.LIF(0.6, alpha=alpha).encode(g.signal())
    decoder = Bandlimited(0.5, periodic=True)
    if not decoder.condition(enc) or known(enc).max_gap > 0.9:
        return
    assert np.abs(decoder(enc)(times(g, 0.0, 301)) - g(times(g, 0.0, 301))).max() < 1e-9


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.3]), st.sampled_from([0.25, 3.0, 1024.0]))
def test_scaling_shift_and_sign(seed, alpha, factor):
    g = sm.gallery.bandlimited(0.5, 30.0, mean=2.0, periodic=False, seed=seed)
    f, op = g.signal(), sm.LIF(0.5, alpha=alpha)
    plain = Bandlimited(0.5)(op.encode(f))
    t = times(g, 0.02, 101)
    scaled = Bandlimited(0.5)(sm.LIF(0.5 * factor, alpha=alpha).encode(factor * f))
    assert np.abs(scaled(t) / factor - plain(t)).max() < 1e-8
    assert np.abs(Bandlimited(0.5)(op.encode(-f))(t) + plain(t)).max() < 1e-8
    moved = Bandlimited(0.5)(op.encode(f.shift(64.0)))
    assert moved.domain == (64.0, 94.0)
    assert np.abs(moved(t + 64.0) - plain(t)).max() < 1e-8


def test_another_unit_of_time():
    """Milliseconds for seconds: bandwidth over 1000, threshold and leak with it."""
    g = sm.gallery.bandlimited(0.5, 30.0, mean=2.0, seed=4)
    slow = sm.gallery.TrigonometricSum(g.coefficients, (0.0, 30_000.0))
    a = Bandlimited(0.5)(sm.LIF(0.5, alpha=0.25).encode(g.signal()))
    b = Bandlimited(0.0005)(sm.LIF(500.0, alpha=0.00025).encode(slow.signal()))
    t = times(g)
    assert np.abs(a(t) - b(1000.0 * t)).max() < 1e-10


@pytest.mark.jit_only
def test_linear_in_the_charges():
    """On fixed times the decoding is a linear map of the charges."""
    g, h = (sm.gallery.bandlimited(0.5, 350.0, mean=2.0, seed=s) for s in (1, 2))
    data = known(sm.IF(0.7).encode(g.signal()))
    band = _fourier.Band(data.train._start, _extension._exact(data.train._end), 175, data.train._axis.rate)
    stack = _fourier.Stack([_fourier.Rows(data, band)])
    found = []
    for c in (g.coefficients, h.coefficients, g.coefficients - 3.0 * h.coefficients):
        stack.replace([stack.forward(c)])
        found.append(_fourier.solve(stack, 175, 1e-14, 500).coefficients)
    assert np.abs(found[0] - 3.0 * found[1] - found[2]).max() < 1e-12
    assert np.abs(found[1] - h.coefficients).max() < 1e-12


def test_bias_is_taken_off():
    g = sm.gallery.bandlimited(0.5, 60.0, mean=0.0, seed=5)
    for op in (sm.IF(0.7), sm.LIF(0.7, alpha=0.3), sm.SendOnDelta(0.1)):
        biased = sm.gallery.TrigonometricSum(np.concatenate([[2.0], g.coefficients[1:]]), g.domain).signal()
        assert db(g, Bandlimited(0.5, periodic=True)(op.encode(biased), bias=2.0), times(g)) > 220.0


@pytest.mark.jit_only
@pytest.mark.parametrize("periodic", [True, False])
def test_overlapping_windows_agree_with_the_whole_inside(periodic):
    """A long train decoded window by window: a window begins at an unknown potential, which costs its first charge."""
    g = sm.gallery.bandlimited(0.5, 400.0, mean=2.0, periodic=periodic, seed=6)
    enc = sm.IF(0.8).encode(g.signal())
    whole = Bandlimited(0.5, periodic=periodic)(enc)
    for first in (0.0, 100.0, 200.0, 300.0):
        part = enc.spikes.restrict(max(first - 30.0, 0.0), min(first + 130.0, 400.0))
        window = Multichannel(0.5, offsets=(None if first else 0.0,)).decode(part, enc.operator)
        t = np.linspace(max(first, 10.0), min(first + 100.0, 390.0), 301)
        assert np.abs(window.signal(t) - whole(t)).max() < 1e-10
        assert not window.report.warnings


@pytest.mark.parametrize(("channels", "told"), [(2, True), (3, True), (3, False), (5, False)])
def test_channels_carry_their_number_times_the_bandwidth(channels, told):
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=8)
    f, theta = g.signal(), 0.8 * channels
    start = [theta * m / channels for m in range(channels)]
    encs = [sm.IF(theta).encode(f + sm.SpikeTrain([0.0], [s], domain=f.domain)) for s in start]
    together = Multichannel(0.5, offsets=tuple(start) if told else (None,) * channels).decode(encs)
    assert db(g, together.signal, times(g)) > 200.0
    assert together.report.spikes == sum(map(len, encs))
    text, alone = said(Bandlimited(0.5), encs[0])
    assert db(g, alone, times(g)) < db(g, together.signal, times(g)) - 20.0
    assert channels == 2 or "do not determine" in text


def test_channels_of_different_kinds():
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=9)
    encs = [op.encode(g.signal()) for op in (sm.IF(1.9), sm.LIF(1.7, alpha=0.1), sm.SendOnDelta(0.5))]
    assert db(g, Multichannel(0.5)(encs), times(g)) > 150.0
    trains, operators = [e.spikes for e in encs], [e.operator for e in encs]
    assert db(g, Multichannel(0.5)(trains, operators), times(g)) > 150.0


def test_channels_that_do_not_belong_together():
    f = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=9).signal()
    enc, other = sm.IF(0.8).encode(f), sm.IF(0.8).encode(f.shift(1.0))
    decoder = Multichannel(0.5)
    for bad in ([], [enc, other]):
        with pytest.raises(ValueError, match=r"no encodings|one domain"):
            decoder(bad)
    with pytest.raises(ValueError, match="as many"):
        Multichannel(0.5, offsets=(0.0,))([enc, enc])
    with pytest.raises(ValueError, match="as many"):
        decoder([enc.spikes], [enc.operator, enc.operator])


@given(st.integers(0, 10**6), st.sampled_from([1, 2, 5, 20]), st.sampled_from([0.0, 3.0]))
def test_pulses_come_back(seed, count, alpha):
    """Without noise and a Nyquist interval apart or more: places to 1e-12 of the period."""
    x = sm.gallery.diracs(count, 1.0, separation=0.5 / (2.0 * count), seed=seed)
    band = 2.0 * count
    mean = 2.0 * float(np.abs(x.filtered(band)(np.linspace(0.0, 1.0, 401))).max())
    op = sm.LIF(mean / (6.0 * band), alpha=alpha)
    decoded = Innovation(count, band).decode(op.encode(x.filtered(band, mean=mean).signal()), bias=mean)
    assert len(decoded.signal) == count
    assert np.abs(decoded.signal.times - x.times).max() < 1e-12
    assert np.abs(decoded.signal.weights - x.weights).max() < 1e-9
    assert isinstance(decoded.signal, sm.SpikeTrain)


def test_a_kernel_is_divided_out():
    x = sm.gallery.diracs(3, 1.0, separation=0.1, seed=1)

    def kernel(nu):
        return 1.0 / (1.0 + 2j * np.pi * nu * 0.02)

    plain = x.filtered(8.0)
    c = plain.coefficients * kernel(np.arange(9.0))
    mean = 40.0
    c[0] = c[0].real + mean
    enc = sm.IF(1.0).encode(sm.gallery.TrigonometricSum(c, (0.0, 1.0)).signal())
    found = Innovation(3, 8.0, kernel=kernel)(enc, bias=mean)
    assert np.abs(found.times - x.times).max() < 1e-12


def test_a_wrong_number_of_pulses_is_said():
    x = sm.gallery.diracs(3, 1.0, separation=0.1, seed=1)
    enc = sm.IF(1.0).encode(x.filtered(8.0, mean=40.0).signal())
    with pytest.warns(sm.decoders.DecodingWarning, match="2 pulses"):
        Innovation(2, 8.0)(enc, bias=40.0)
    with pytest.raises(ValueError, match="count = 9"):
        Innovation(9, 8.0)(enc)
    assert Innovation(9, 8.0).condition(enc).verdict == "fails"


@pytest.mark.jit_only
@pytest.mark.parametrize("method", ["gridding", "finufft"])
def test_both_transforms(method):
    if method == "finufft":
        pytest.importorskip("finufft", reason="extra 'decode' is not installed")
    g = sm.gallery.bandlimited(0.5, 400.0, mean=2.0, seed=3)
    enc = sm.IF(0.8).encode(g.signal())
    assert db(g, Bandlimited(0.5, periodic=True, method=method)(enc), times(g)) > 220.0


@pytest.mark.jit_only
def test_a_missing_library_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "finufft", None)
    g = sm.gallery.bandlimited(0.5, 400.0, mean=2.0, seed=3)
    with pytest.raises(ImportError, match=r"spikemath\[decode\]"):
        Bandlimited(0.5, periodic=True, method="finufft")(sm.IF(0.8).encode(g.signal()))


def test_noise_is_not_amplified():
    """Times rounded to a clock: the error follows the clock, 20 dB a decade."""
    g = sm.gallery.bandlimited(0.5, 60.0, mean=2.0, seed=2)
    op = sm.IF(0.8)
    spikes, found = op(g.signal()), []
    for clock in (2.0**-16, 2.0**-13, 2.0**-10):
        rounded = sm.SpikeTrain(np.round(spikes.times / clock) * clock, spikes.weights, domain=(0.0, 60.0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
            found.append(db(g, Bandlimited(0.5, periodic=True, tolerance=0.01 * clock)(rounded, op), times(g)))
    assert found[0] > 90.0
    assert abs((found[0] - found[2]) - 20.0 * np.log10(64.0)) < 6.0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"bandwidth": 0.0}, ValueError),
        ({"bandwidth": "1"}, TypeError),
        ({"bandwidth": 1.0, "tolerance": 1.0}, ValueError),
        ({"bandwidth": 1.0, "tolerance": 0.0}, ValueError),
        ({"bandwidth": 1.0, "iterations": 0}, ValueError),
        ({"bandwidth": 1.0, "iterations": 1.5}, TypeError),
        ({"bandwidth": 1.0, "method": "fast"}, ValueError),
        ({"bandwidth": 1.0, "periodic": "yes"}, TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    for kind in (Bandlimited, Multichannel):
        with pytest.raises(error):
            kind(**arguments)
    with pytest.raises(error):
        Innovation(count=1, **arguments)
