"""What every decoder keeps to: a value, one protocol, clear errors, nothing silent. It walks what is exported."""

from __future__ import annotations

import dataclasses
import pickle
import warnings

import numpy as np
import pytest

import spikemath as sm

from . import cases
from .cases import OPERATORS, SMOOTH, classes, encoded, every

EVERY = every()
SINGLE = [d for d in EVERY if type(d).__name__ not in ("MultichannelBandlimited", "FiniteRateOfInnovation")]


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        yield


def for_operator(decoder, op):
    """Whether a decoder takes the spikes of this operator at all."""
    if isinstance(op, sm.SendOnDelta):
        return type(decoder).__name__ not in ("Rate", "SparseJumps")
    return not (type(decoder).__name__ == "TautString" and op.alpha > 0.0)


def tried(decoder, spikes, op):
    """The signal, or None and what the error says."""
    try:
        return decoder(spikes, op), ""
    except ValueError as error:
        return None, str(error)


def same(f, g):
    t = np.linspace(*f.domain, 501)
    return f.domain == g.domain and np.array_equal(f(t), g(t)) and f.impulses == g.impulses


def test_the_walk_meets_every_decoder():
    assert {"Hold", "Linear", "Pchip", "Rate", "SmoothingSpline", "Spline"} <= {kind.__name__ for kind in classes()}
    assert set(cases.ARGUMENTS) >= {
        kind.__name__ for kind in classes() if any(f.default is dataclasses.MISSING for f in dataclasses.fields(kind))
    }


@pytest.mark.parametrize("decoder", EVERY, ids=repr)
def test_it_is_a_value(decoder):
    again = eval(repr(decoder), vars(sm.decoders))
    assert again == decoder
    assert hash(again) == hash(decoder)
    assert pickle.loads(pickle.dumps(decoder)) == decoder
    name = next(iter([f.name for f in dataclasses.fields(decoder)]), "anything")
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        setattr(decoder, name, 1)
    assert len({repr(d) for d in EVERY}) == len(EVERY)


@pytest.mark.parametrize("op", OPERATORS, ids=repr)
@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_call_decode_and_condition_agree(decoder, op):
    if not for_operator(decoder, op):
        with pytest.raises(ValueError, match=r"send-on-delta|leak"):
            decoder(encoded(op))
        return
    enc = encoded(op)
    decoded = decoder.decode(enc)
    assert isinstance(decoded.signal, sm.Signal)
    assert decoded.signal.domain == SMOOTH.domain
    assert same(decoder(enc), decoded.signal)
    report = decoded.report
    assert report.decoder == decoder
    assert report.spikes == len(enc)
    assert report.samples <= len(enc) + 2
    assert report.max_gap > 0.0
    assert report.condition.verdict in ("holds", "fails", "unknown")
    assert decoder.condition(enc).verdict in ("holds", "fails", "unknown")
    assert repr(decoder) in str(report)
    assert str(report.condition) in str(report)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.spikes = 0


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_a_train_and_its_operator_do_too(decoder):
    op = sm.IF(0.25)
    g = decoder(encoded(op).spikes, op)
    t = cases.inner(SMOOTH, 301)
    if not len(g.impulses):
        assert np.abs(g(t) - SMOOTH(t)).max() < 1.0


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_many_channels_are_decoded_one_by_one(decoder):
    op = sm.IF(0.25)
    enc = op.encode(sm.Signals([SMOOTH, 1.25 * SMOOTH]))
    decoded = decoder.decode(enc)
    assert isinstance(decoded.signal, sm.Signals)
    assert len(decoded.report) == 2
    assert len(decoder.condition(enc)) == 2
    for f, one, report in zip([SMOOTH, 1.25 * SMOOTH], decoded.signal, decoded.report, strict=True):
        alone = decoder.decode(op.encode(f))
        assert same(one, alone.signal)
        assert report == alone.report
    assert isinstance(decoder(enc.spikes, op), sm.Signals)


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_bad_input_is_an_error(decoder):
    spikes = encoded(sm.IF(0.25)).spikes
    for enc, operator, error in (
        (spikes, None, TypeError),
        (spikes, sm.IF(0.3), ValueError),
        (encoded(sm.IF(0.25)), sm.IF(0.3), ValueError),
        (SMOOTH, sm.IF(0.25), TypeError),
        ([1.0, 2.0], sm.IF(0.25), TypeError),
        (sm.SpikeTrain([1.0], [0.1]), sm.IF(0.25), ValueError),
    ):
        with pytest.raises(error):
            decoder(enc, operator)
    for bias in ("1", float("nan"), None, [1.0]):
        with pytest.raises((TypeError, ValueError)):
            decoder(spikes, sm.IF(0.25), bias=bias)


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
@pytest.mark.parametrize("op", OPERATORS, ids=repr)
@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_too_few_spikes_are_an_error_or_a_curve_without_nan(decoder, op, size):
    """Never NaN, and an error that says how many there are."""
    times = 1.0 + np.arange(size)
    few = sm.SpikeTrain._from_counts(
        sm.SpikeTrain([])._axis, times, np.zeros(size), np.ones(size, np.int64), op.threshold, (0.0, 0.0), (5.0, 0.0)
    )
    g, said = tried(decoder, few, op)
    if g is None:
        assert "spikes" in said or "send-on-delta" in said
    else:
        assert np.isfinite(g(np.linspace(0.0, 5.0, 101))).all()
        assert g.domain == (0.0, 5.0)


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_a_domain_of_one_instant(decoder):
    op = sm.SendOnDelta(0.5)
    point = sm.SpikeTrain._from_counts(
        sm.SpikeTrain([])._axis, np.array([1.0]), np.zeros(1), np.ones(1, np.int64), 0.5, (1.0, 0.0), (1.0, 0.0)
    )
    g, said = tried(decoder, point, op)
    assert said if g is None else np.isfinite(g(1.0))


@pytest.mark.parametrize("decoder", SINGLE, ids=repr)
def test_what_is_said_stands_in_the_report_too(decoder):
    """A pulse of six thresholds: no decoder is silent about it, unless the tube is all that it promises."""
    enc = sm.IF(0.25).encode(SMOOTH + sm.SpikeTrain([7.0], [1.6], domain=SMOOTH.domain))
    if type(decoder).__name__ == "TautString":  # it has no tube to run through
        with pytest.raises(ValueError, match="pulse"):
            decoder(enc)
        return
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        report = decoder.decode(enc).report
    assert report.warnings
    assert [str(w.message) for w in said] == list(dict.fromkeys(report.warnings))
    assert all(issubclass(w.category, sm.decoders.DecodingWarning) for w in said)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("Spline", {"degree": 2}),
        ("Spline", {"degree": 11}),
        ("Spline", {"degree": True}),
        ("SmoothingSpline", {"penalty": 0.0}),
        ("SmoothingSpline", {"penalty": -1.0}),
        ("SmoothingSpline", {"penalty": "aic"}),
        ("SmoothingSpline", {"degree": 9}),
    ],
)
def test_bad_settings(kind, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        getattr(sm.decoders, kind)(**arguments)
