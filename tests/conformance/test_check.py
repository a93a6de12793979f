"""check() and its report: kinds of neurons, options, bad options, output forms, repeatability."""

from __future__ import annotations

import json
import random
import re

import numpy as np
import pytest

import spikemath as sm
from spikemath.conformance import LAWS, check
from spikemath.conformance._subject import Input, NeuronError
from spikemath.conformance.check import check_law, make_subject

from .planted import LostRemainder, Noisy
from .right import Clock, Events, arguments

QUICK = {"examples": 6, "seed": 1}


class Tensor:
    """What the bench knows of a torch tensor."""

    def __init__(self, values):
        self.values = values

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return np.asarray(self.values)


class Stepper:
    """An object with reset(), called sample by sample."""

    def __init__(self):
        self.inner = Clock(1.0)

    def reset(self):
        self.inner.reset()

    def __call__(self, a):
        return self.inner(a)


def test_kinds_and_ways_to_answer():
    clock, events = Clock(1.0), Events(1.0)
    ways = [
        ("samples", clock.whole),
        ("samples", lambda x: Tensor(clock.whole(x))),
        ("samples", lambda x: clock.whole(x).tolist()),
        ("steps", Stepper()),
        ("steps", Stepper),
        ("steps", lambda: Clock(1.0)),
        ("events", events),
        ("events", lambda t, a: sm.IF(1.0)(sm.SpikeTrain(t, a))),
        ("events", lambda t, a: tuple(Tensor(x) for x in events(t, a))),
    ]
    for kind, neuron in ways:
        report = check(neuron, kind=kind, **QUICK)
        assert report.ok, str(report)
        assert report["exact"].checked == 6


def test_convert_makes_the_input():
    def neuron(x):
        assert isinstance(x, Tensor)
        return Clock(1.0).whole(x.numpy())

    assert check(neuron, kind="samples", convert=Tensor, **QUICK).ok

    class Steps(Stepper):
        def __call__(self, a):
            assert isinstance(a, Tensor)
            return Tensor(self.inner(float(a.numpy())))

    assert check(Steps, kind="steps", convert=Tensor, **QUICK).ok


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: x[:1], "returned 1 values for 2 samples"),
        (lambda x: None, "returned no spike train"),
        (lambda x: x * np.nan, "must be finite"),
        (lambda x: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_answers_that_are_none(answer, message):
    with pytest.raises(NeuronError, match=message):
        make_subject(answer, kind="samples").run(Input(None, (1.0, 2.0)))
    report = check(answer, kind="samples", shrink=False, **QUICK)
    assert "output" in report.failing


@pytest.mark.parametrize("answer", [([1.0, 0.0], [1.0, 1.0]), ([0.0], [1.0, 2.0]), 3.0, ([0.0],)])
def test_events_that_are_none(answer):
    with pytest.raises(NeuronError, match="returned"):
        make_subject(lambda t, a: answer).run(Input((0.0,), (1.0,)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0.0}, "threshold = 0.0 must be > 0"),
        ({"alpha": -1.0}, "alpha = -1.0 must be >= 0"),
        ({"kind": "waves"}, "kind = 'waves' must be one of events, samples, steps"),
        ({"reset": "half"}, "reset = 'half' must be one of"),
        ({"dtype": "int8"}, "dtype = 'int8' must be one of"),
        ({"output": "x"}, "output = 'x' must be one of"),
        ({"weights": "x"}, "weights = 'x' must be one of"),
        ({"beta": 0.5}, "needs kind samples or steps"),
        ({"beta": 1.5, "kind": "samples"}, "must be in"),
        ({"beta": 0.5, "alpha": 1.0, "kind": "samples"}, "both alpha and beta"),
        ({"dt": 0.0}, "dt = 0.0 must be > 0"),
        ({"margin": -1.0}, "margin"),
        ({"size": 0}, "size = 0 must be >= 1"),
        ({"examples": 0}, "examples = 0 must be >= 1"),
        ({"amplitude": 0.0}, "amplitude"),
        ({"unit_spikes": -1.0}, "unit_spikes"),
        ({"claims": ["exact", "beauty"]}, "claims names no law: beauty"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check(Events(1.0), **options)


def test_neurons_that_cannot_be_called():
    with pytest.raises(TypeError, match="neuron must be callable, got int"):
        check(3)
    with pytest.raises(TypeError, match="factory without arguments"):
        check(lambda a: a, kind="steps")


def test_claims_leave_the_rest_unclaimed():
    neuron = arguments(LostRemainder, "samples")
    report = check(**neuron, claims={"lattice", "odd"}, **QUICK)
    assert report.ok
    assert report["remainder"].verdict == "not claimed"
    assert report["remainder"].failed > 0  # it is observed all the same
    assert report["remainder"].reason == "not among the claims"
    assert report["lattice"].verdict == "holds"


def test_the_same_seed_tries_the_same():
    neuron = arguments(LostRemainder, "samples", theta=0.3)
    fresh = check(**neuron, claims={"remainder"}, examples=10, size=6)
    assert not fresh.ok
    assert check(**neuron, claims={"remainder"}, examples=10, size=6, seed=fresh.seed) == fresh


def test_failing_inputs_are_small():
    report = check(**arguments(LostRemainder, "samples", beta=0.5), claims={"quantization"}, examples=20, seed=1)
    (given,) = report["quantization"].failing.inputs
    assert len(given["samples"]) <= 3
    assert report["quantization"].ratio >= 1.0


def test_a_failure_that_does_not_repeat_is_reported_all_the_same():
    rng = random.Random(1)

    class Moody(Noisy):
        def reaches(self, size):
            return size >= self.theta and rng.random() > 0.02

    report = check(**arguments(Moody, "samples"), claims={"exact"}, examples=60, seed=1)
    assert "exact" in report.failing
    assert report["exact"].failing is not None


def test_forms_of_a_report():
    report = check(**arguments(LostRemainder, "samples"), claims={"remainder"}, examples=12, seed=3, size=6)
    text = str(report)
    assert text.startswith("LostRemainder: samples, reset modulo, threshold 1, beta 1\n12 inputs, seed 3")
    assert re.search(r"^remainder +fails +12 of 12 fail$", text, re.M)
    assert re.search(r"^  input     samples \[", text, re.M)
    assert "refractory" not in text  # does not apply
    data = json.loads(report.to_json())
    assert [law["law"] for law in data["laws"]] == list(LAWS)
    assert data["ok"] is False
    failing = next(law for law in data["laws"] if law["law"] == "remainder")["failing"]
    assert set(failing) == {"inputs", "got", "expected"}
    html = report._repr_html_()
    assert html.count("<tr>") == len(report.rows()) + 1
    assert "&lt;" in html or "<pre>" in html
    assert not re.search(r"<(?!/?(div|p|b|table|tr|t[dh]|pre)\b)", html)


def test_a_ratio_below_one_is_not_shown_as_one():
    from spikemath.conformance.report import _ratio

    assert _ratio(1.0 - 2.0**-53) == "1 - 1.1e-16"
    assert _ratio(1.0) == "1"
    assert _ratio(1.04) == "1.040"
    assert _ratio(float("inf")) == "inf"


def test_one_law_only():
    result = check_law("remainder", Clock(1.0).whole, kind="samples", examples=5)
    assert (result.verdict, result.checked) == ("holds", 5)
    assert check_law("chunks", Events(1.0)).verdict == "does not apply"


@pytest.mark.parametrize("law", LAWS.values(), ids=lambda law: law.name)
def test_every_law_says_what_it_is(law):
    assert law.says
    assert LAWS[law.name] is law
    assert law.judge.__doc__
