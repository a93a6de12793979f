"""Bad input gets one clear error that names argument, index, value and rule; good input of any kind one answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BPoly, CubicSpline

import spikemath as sm

TRAIN, SIGNAL, LIF = sm.SpikeTrain, sm.Signal, sm.LIF
samples = sm.Signal.from_samples


class Quantity:
    """What pint, astropy and quantities have in common: an array with units."""

    def __init__(self, values, attribute="units"):
        self.values = np.asarray(values, dtype=float)
        setattr(self, attribute, "mV")

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __len__(self):
        return len(self.values)

    def __float__(self):
        return float(self.values)


class Unyt(np.ndarray):
    """A subclass of ndarray with units, as astropy's and unyt's."""

    units = "s"


class Series:
    """A pandas Series, as numpy sees it."""

    def __init__(self, values):
        self._values = np.asarray(values)
        self.index = np.arange(len(self._values))

    def __array__(self, dtype=None, copy=None):
        return self._values if dtype is None else self._values.astype(dtype)

    def __len__(self):
        return len(self._values)


nan, inf = float("nan"), float("inf")
masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])

VALUES = {  # what is called, and what the message must name
    "times nan": (lambda: TRAIN([0.0, nan]), ["times", "1", "nan", "finite"]),
    "times inf": (lambda: TRAIN([0.0, 1.0, inf]), ["times", "2", "inf", "finite"]),
    "weights nan": (lambda: TRAIN([0.0, 1.0], [1.0, nan]), ["weights", "1", "nan", "finite"]),
    "weights inf": (lambda: TRAIN([0.0], [-inf]), ["weights", "0", "-inf", "finite"]),
    "unsorted": (lambda: TRAIN([0.0, 2.0, 1.5]), ["times[2]", "1.5", "times[1]", "2.0", "not decrease"]),
    "lengths": (lambda: TRAIN([0.0, 1.0], [1.0]), ["weights", "1", "times", "2", "equal"]),
    "2d times": (lambda: TRAIN([[0.0, 1.0]]), ["times", "dimension", "(1, 2)"]),
    "outside": (lambda: TRAIN([0.0, 3.0], domain=(0.0, 2.0)), ["times[1]", "3.0", "domain", "2.0"]),
    "before": (lambda: TRAIN([0.0], domain=(1.0, 2.0)), ["times[0]", "0.0", "domain"]),
    "domain backwards": (lambda: TRAIN([], domain=(2.0, 1.0)), ["domain", "2.0", "1.0", "empty"]),
    "domain nan": (lambda: TRAIN([], domain=(0.0, nan)), ["t1", "nan", "finite"]),
    "domain not a pair": (lambda: TRAIN([], domain=3), ["domain", "3", "pair"]),
    "x nan": (lambda: samples([0.0, 1.0, nan], fs=1.0), ["x[2]", "nan", "finite"]),
    "x nan in a channel": (lambda: samples([[0.0, 1.0], [inf, 0.0]], fs=1.0), ["x[1, 0]", "inf", "finite"]),
    "x of a train": (lambda: TRAIN.from_samples([nan], fs=1.0), ["x[0]", "nan", "finite"]),
    "x 3d": (lambda: samples(np.zeros((2, 2, 2)), fs=1.0), ["x", "dimension", "(2, 2, 2)"]),
    "no samples": (lambda: samples([], fs=1.0), ["x", "0 samples", "domain is empty"]),
    "one linear sample": (lambda: samples([1.0], fs=1.0, hold="linear"), ["x", "1 samples", "empty", "2"]),
    "fs zero": (lambda: samples([1.0], fs=0.0), ["fs", "0.0", "> 0"]),
    "fs negative": (lambda: TRAIN.from_samples([1.0], fs=-2.0), ["fs", "-2.0", "> 0"]),
    "fs nan": (lambda: samples([1.0], fs=nan), ["fs", "nan", "finite"]),
    "t0 inf": (lambda: samples([1.0], fs=1.0, t0=inf), ["t0", "inf", "finite"]),
    "hold": (lambda: samples([1.0], fs=1.0, hold="cubic"), ["hold", "'cubic'", "'zero'", "'linear'"]),
    "threshold zero": (lambda: LIF(0.0, 1.0), ["threshold", "0.0", "> 0"]),
    "threshold negative": (lambda: sm.IF(-1.0), ["threshold", "-1.0", "> 0"]),
    "threshold nan": (lambda: sm.SendOnDelta(nan), ["threshold", "nan", "finite"]),
    "threshold inf": (lambda: sm.IF(inf), ["threshold", "inf", "finite"]),
    "alpha negative": (lambda: LIF(1.0, -0.5), ["alpha", "-0.5", ">= 0"]),
    "alpha nan": (lambda: LIF(1.0, nan), ["alpha", "nan", "finite"]),
    "tau zero": (lambda: LIF(1.0, tau=0.0), ["tau", "0.0", "> 0"]),
    "alpha and tau": (lambda: LIF(1.0, 1.0, tau=1.0), ["both alpha and tau"]),
    "no alpha, no tau": (lambda: LIF(1.0), ["neither alpha nor tau"]),
    "reset": (lambda: LIF(1.0, 1.0, reset="mod"), ["reset", "'mod'", "'modulo'", "'subtract'", "'zero'"]),
    "refractory": (lambda: sm.IF(1.0, refractory=-1.0), ["refractory", "-1.0", ">= 0"]),
    "arithmetic": (lambda: sm.IF(1.0, arithmetic="quick"), ["arithmetic", "'quick'", "'exact'", "'fast'"]),
    "norm alpha": (lambda: sm.alexiewicz_norm(TRAIN([0.0]), -1.0), ["alpha", "-1.0", ">= 0"]),
    "truncation": (lambda: sm.truncated_variation(TRAIN([0.0]), -1.0), ["c", "-1.0", ">= 0"]),
    "factor": (lambda: TRAIN([0.0]) * nan, ["factor", "nan", "finite"]),
    "shift": (lambda: TRAIN([0.0]).shift(inf), ["dt", "inf", "finite"]),
    "restrict": (lambda: TRAIN([0.0]).restrict(1.0, 0.0), ["1.0", "0.0", "empty"]),
    "large integers": (lambda: TRAIN([0.0], [2**53 + 3]), ["weights[0]", str(2**53 + 3), "float64"]),
    "large threshold": (lambda: sm.IF(10**400), ["threshold", "finite"]),
    "inexact threshold": (lambda: sm.IF(2**53 + 1), ["threshold", "float64"]),
    "function domain": (lambda: SIGNAL.from_function(np.sin, (1.0, 1.0)), ["domain", "1.0", "empty"]),
    "tol": (lambda: SIGNAL.from_function(np.sin, (0.0, 1.0), tol=0.0), ["tol", "0.0", "> 0"]),
    "side": (lambda: TRAIN([0.0]).running_integral()(0.0, side="up"), ["side", "'up'", "'left'", "'right'"]),
}
TYPES = {
    "masked times": (lambda: TRAIN(masked), ["times", "masked", "1"]),
    "masked weights": (lambda: TRAIN([0.0, 1.0, 2.0], masked), ["weights", "masked", "1"]),
    "masked x": (lambda: samples(masked, fs=1.0), ["x", "masked", "1"]),
    "complex": (lambda: TRAIN([0.0], [1.0 + 0j]), ["weights", "complex"]),
    "complex x": (lambda: samples(np.ones(3, dtype=complex), fs=1.0), ["x", "complex"]),
    "strings": (lambda: TRAIN(["0.0", "1.0"]), ["times", "string"]),
    "bytes": (lambda: TRAIN([b"0.0"]), ["times", "string"]),
    "objects": (lambda: TRAIN(np.array([0.0, None])), ["times", "object"]),
    "dates": (lambda: TRAIN(np.array(["2026-01-01"], dtype="datetime64[s]")), ["times"]),
    "units": (lambda: TRAIN(Quantity([0.0, 1.0])), ["times", "unit", "Quantity"]),
    "unit": (lambda: samples(Quantity([0.0, 1.0], "unit"), fs=1.0), ["x", "unit"]),
    "dimensionality": (lambda: samples(Quantity([1.0], "dimensionality"), fs=1.0), ["x", "unit"]),
    "array with units": (lambda: TRAIN(np.zeros(2).view(Unyt)), ["times", "unit"]),
    "list of quantities": (lambda: TRAIN([Quantity(0.0), Quantity(1.0)]), ["times", "unit"]),
    "threshold with a unit": (lambda: sm.IF(Quantity(1.0)), ["threshold", "unit"]),
    "threshold string": (lambda: sm.IF("1"), ["threshold", "real number", "str"]),
    "threshold complex": (lambda: sm.IF(1j), ["threshold", "real number", "complex"]),
    "threshold True": (lambda: sm.IF(True), ["threshold", "bool"]),
    "fs None": (lambda: samples([1.0], fs=None), ["fs", "real number", "NoneType"]),
    "bipolar": (lambda: sm.IF(1.0, bipolar="yes"), ["bipolar", "'yes'"]),
    "bare array": (lambda: sm.IF(1.0)(np.ones(3)), ["ndarray", "from_samples"]),
    "norm of an array": (lambda: sm.alexiewicz_norm([1.0]), ["list", "from_samples"]),
    "Signal()": (lambda: sm.Signal([1.0]), ["from_samples"]),
    "BPoly": (lambda: SIGNAL.from_ppoly(BPoly([[1.0]], [0.0, 1.0])), ["BPoly", "from_bernstein_basis"]),
    "no PPoly": (lambda: SIGNAL.from_ppoly(np.sin), ["PPoly"]),
}


@pytest.mark.parametrize(("call", "named"), VALUES.values(), ids=VALUES)
def test_values_that_break_a_rule(call, named):
    """ValueError; the message names argument, index, value and rule."""
    with pytest.raises(ValueError) as caught:
        call()
    assert [word for word in named if word not in str(caught.value)] == [], str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("call", "named"), TYPES.values(), ids=TYPES)
def test_kinds_that_are_refused(call, named):
    """TypeError: nothing is stripped, filled or parsed; the message names argument and kind."""
    with pytest.raises(TypeError) as caught:
        call()
    assert [word for word in named if word not in str(caught.value)] == [], str(caught.value)


def test_the_first_integer_that_is_no_float_is_refused():
    """2^53 + 1 becomes 2^53 silently."""
    with pytest.raises(ValueError, match="float64"):
        sm.SpikeTrain([0.0], [2**53 + 1])


base = np.array([1.0, -2.0, 3.0, 0.0, 2.0])
strided = np.repeat(base, 3)[::3]
backwards = base[::-1].copy()[::-1]
frozen = base.copy()
frozen.flags.writeable = False
KINDS = {
    "list": base.tolist(),
    "tuple": tuple(base.tolist()),
    "int list": [1, -2, 3, 0, 2],
    "int8": base.astype(np.int8),
    "int64": base.astype(np.int64),
    "float16": base.astype(np.float16),
    "float32": base.astype(np.float32),
    "long double": base.astype(np.longdouble),
    "big-endian": base.astype(">f8"),
    "big-endian int": base.astype(">i4"),
    "strided": strided,
    "negative stride": backwards,
    "column of a matrix": np.stack([base, -base], axis=1)[:, 0],
    "read-only": frozen,
    "Series": Series(base),
    "Series of int": Series(base.astype(int)),
    "mask without masked": np.ma.masked_array(base, mask=False),
    "scalars of numpy": list(base.astype(np.float32)),
}


@pytest.mark.parametrize("x", KINDS.values(), ids=KINDS)
def test_kinds_that_are_accepted(x):
    """They give what float64 gives, everywhere, and are left as they were."""
    before = np.array(x, copy=True)
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert sm.SpikeTrain(times, x) == sm.SpikeTrain(times, base)
    assert sm.SpikeTrain.from_samples(x, fs=2) == sm.SpikeTrain.from_samples(base, fs=2.0)
    for hold in ("zero", "linear"):
        f = sm.Signal.from_samples(x, fs=np.float32(2.0), t0=np.int64(1), hold=hold)
        g = sm.Signal.from_samples(base, fs=2.0, t0=1.0, hold=hold)
        assert f == g
        assert sm.IF(0.5).encode(f) == sm.IF(0.5).encode(g)
    assert np.array_equal(np.asarray(x), before)
    assert np.asarray(x).dtype == before.dtype


def test_times_and_settings_of_any_kind():
    """Integer times, numpy scalars and 0-d arrays as numbers."""
    s = sm.SpikeTrain(np.arange(3, dtype=np.uint8), np.float32([1, 2, 3]), domain=(np.int8(0), 4))
    assert s == sm.SpikeTrain([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], domain=(0.0, 4.0))
    assert sm.IF(1) == sm.IF(np.float32(1.0)) == sm.IF(np.array(1.0)) == sm.IF(np.int16(1))
    assert sm.LIF(1, tau=4) == sm.LIF(1.0, 0.25)
    assert sm.IF(1.0, bipolar=np.bool_(True)) == sm.IF(1.0)


def test_what_is_given_later_changes_nothing():
    """Inputs are copied: writing into them afterwards changes no train or signal."""
    t, w, x = np.array([0.0, 1.0]), np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
    spline = CubicSpline([0.0, 1.0, 2.0], [0.0, 1.0, 0.0])
    s, f, p = sm.SpikeTrain(t, w), sm.Signal.from_samples(x, fs=1.0), sm.Signal.from_ppoly(spline)
    one = sm.Signal.from_samples(x[0], fs=1.0)
    values = [f[1](0.5), p(0.5), one(0.5)]
    t[:], w[:], x[:], spline.c[:] = 9.0, 9.0, 9.0, 9.0
    assert s == sm.SpikeTrain([0.0, 1.0], [1.0, 2.0])
    assert [f[1](0.5), p(0.5), one(0.5)] == values


def test_empty_trains():
    """No events: no spikes, norms 0, a domain that is kept."""
    for s in (sm.SpikeTrain([]), sm.SpikeTrain((), ()), sm.SpikeTrain(np.zeros(0)), sm.SpikeTrain([1.0], [0.0])):
        for operator in (sm.LIF(1.0, 1.0), sm.IF(1.0, "zero", 0.5), sm.SendOnDelta(1.0)):
            assert len(operator(s)) == 0
            assert operator(s).domain == s.domain
        assert sm.alexiewicz_norm(s, 1.0) == sm.discrepancy_norm(s) == sm.total_variation(s) == 0.0
        assert s.running_integral(1.0)([0.0, 1.0]).tolist() == [0.0, 0.0]
        assert (s + s) == s
    assert sm.SpikeTrain([], domain=(1.0, 2.0)).domain == (1.0, 2.0)
    assert sm.SpikeTrain.from_samples([0.0, 0.0], fs=1.0).domain == (0.0, 1.0)
