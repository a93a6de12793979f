"""Samples of single precision and of converters: kept as they are, and computed with in float64."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest

import spikemath as sm
from spikemath._encoder.recorded import recorded

KINDS = (np.float32, np.int16, np.int32)
OPS = [
    sm.LIF(0.3, 0.1),
    sm.LIF(0.3, 0.1, arithmetic="fast"),
    sm.IF(0.7, "zero", refractory=1.5),
    sm.SendOnDelta(0.3),
    sm.SendOnDelta(0.5, "subtract"),
]


def extremes(kind):
    """All extremes of a type, small values, and ties."""
    if kind == np.float32:
        tiny = np.finfo(np.float32).smallest_subnormal
        return np.array([0.1, -0.3, 1.0, 16777216.0, 1.0, 3e38, -3e38, tiny, -tiny, 0.0, 0.7, 0.7], dtype=kind)
    low, high = np.iinfo(kind).min, np.iinfo(kind).max
    return np.array([1, -2, low, low, high, high, low, 0, 3, 1, high, low], dtype=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_written_to_is_not_copied(kind):
    """And what can be is copied as the type it is; the widened samples are made when they are asked for."""
    x = extremes(kind)
    held = sm.Signal.from_samples(x, fs=1.0)._parts[0]
    assert held.given.dtype == kind and not np.may_share_memory(held.given, x)
    x.flags.writeable = False
    for f in (sm.Signal.from_samples(x, fs=1.0), sm.Signal.from_samples(x.reshape(2, 6), fs=1.0)[1]):
        assert np.may_share_memory(f._parts[0].given, x) and not f._parts[0].given.flags.writeable
        assert f._parts[0].coefficients.dtype == np.float64 and not f._parts[0].coefficients.flags.writeable
        assert f._parts[0].coefficients is f._parts[0].coefficients


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1.0, -1.0, 3.0, 0.1])
def test_everything_is_as_of_the_same_samples_in_float64(kind, scale):
    """abs(-32768), 2 * 32767 and 3e38 * 3 are wrong in the type of the samples."""
    x = extremes(kind)
    f, g = (scale * sm.Signal.from_samples(y, fs=2.0, t0=1.0) for y in (x, x.astype(np.float64)))
    assert f == g and hash(f) == hash(g) and repr(f) == repr(g)
    assert np.array_equal(f(f.domain[0] + np.arange(12) / 2.0), g(g.domain[0] + np.arange(12) / 2.0))
    assert f.derivative() == g.derivative() and f + f == 2.0 * g and not (f - g)._parts
    assert f._parts[0].exact(2) == [Fraction(scale) * Fraction(float(x[2]))]
    assert sm.alexiewicz_norm(f, 0.3) == sm.alexiewicz_norm(g, 0.3) and sm.discrepancy_norm(f) == sm.discrepancy_norm(g)
    assert sm.total_variation(f) == sm.total_variation(g)
    assert f.running_integral(0.3)(2.2) == g.running_integral(0.3)(2.2)
    size = abs(scale) * float(np.abs(x.astype(np.float64)).max())
    for op in OPS:
        op = type(op)(op.threshold * size, *([op.alpha] if isinstance(op, sm.LIF) else []), reset=op.reset)
        assert op.encode(f) == op.encode(g), op
    assert pickle.loads(pickle.dumps(f)) == g


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", OPS)
def test_spikes_of_many_samples(kind, op):
    x = (np.random.default_rng(3).normal(size=(2, 400)) * (1.0 if kind == np.float32 else 2.0)).astype(kind)
    for y in (x[0], x, np.asfortranarray(x)):
        assert op.encode(y, fs=1.0) == op.encode(y.astype(np.float64), fs=1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_joined_samples_are_float64(kind):
    """Slopes between samples overflow in the type."""
    x = extremes(kind)
    f, g = (sm.Signal.from_samples(y, fs=1.0, hold="linear") for y in (x, x.astype(np.float64)))
    assert f == g and f._parts[0].given.dtype == np.float64


@pytest.mark.parametrize("kind", ["<i8", ">i2", ">f4", "u1", "u2", "u4", "f2", "?"])
def test_other_types_become_float64(kind):
    """At their exact values: there is no kernel for them."""
    x = np.array([0, 1, 1, 0, 1]).astype(kind)
    f = sm.Signal.from_samples(x, fs=1.0)
    assert f._parts[0].given.dtype == np.float64 and f == sm.Signal.from_samples([0.0, 1.0, 1.0, 0.0, 1.0], fs=1.0)


def test_float32_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"x\[1\] = nan must be finite"):
        sm.Signal.from_samples(np.array([1.0, np.nan], dtype=np.float32), fs=1.0)


def test_the_encoder_reads_the_samples_themselves():
    """No widened copy is made on the way to the kernels."""
    x = np.arange(-5, 5, dtype=np.int16)
    f = sm.Signal.from_samples(x, fs=1.0)
    for op in OPS:
        op(f)
    assert recorded(f).dtype == np.int16 and "coefficients" not in vars(f._parts[0])
