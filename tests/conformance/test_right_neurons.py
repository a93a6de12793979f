"""The bench finds no mistake where there is none: right neurons of every kind keep every law they claim."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import spikemath as sm
from spikemath.conformance import check

from .planted import FloatState
from .right import Clock, Events, arguments

ALPHAS = (0.0, 1.0)
BETAS = (Fraction(1), Fraction(7, 8))


@pytest.mark.parametrize("theta", [1.0, 0.3])
@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
@pytest.mark.parametrize("how", ["samples", "steps"])
def test_a_right_neuron_on_a_clock_keeps_all(how, reset, theta):
    beta, wait = (BETAS[0], 0) if theta == 1.0 else (BETAS[1], 2 if how == "steps" else 0)
    claims = {"theta": theta, "beta": beta, "reset": reset, "refractory": wait, "family": how == "samples"}
    report = check(**arguments(Clock, how, **claims), examples=25)
    assert report.ok, str(report)
    judged = {name for name, result in report.results.items() if result.verdict == "holds"}
    assert judged >= {"output", "silence", "lattice", "firing", "size", "sign", "exact", "decay", "remainder"}
    assert ("quantization" in judged) == (reset == "modulo" and wait == 0)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_a_right_neuron_on_events_keeps_all(reset, alpha):
    report = check(**arguments(Events, "events", alpha=alpha, reset=reset, theta=0.3), examples=15)
    assert report.ok, str(report)
    assert not sum(result.undecided for result in report.results.values() if result.claimed)


def test_a_norm_next_to_the_threshold_is_decided():
    """Residuals of decimal events come within 2^-55 of it: an enclosure that is not exact left the law undecided."""
    neuron = arguments(Events, "events", alpha=0.0, reset="modulo", theta=0.3)
    for seed in (2670145207, 3731285977, 2000058405):
        law = check(**neuron, claims={"quantization"}, examples=15, seed=seed).results["quantization"]
        assert (law.undecided, law.failed) == (0, 0) and law.checked > 0


def test_a_right_neuron_loses_something_in_the_shortest_gap():
    """Weights that add up to the float 0.3, over a gap of 1e-94: in 60 digits nothing was lost, and it fired."""
    weights = [0.14592518043025374, 0.14592518043025374, 0.008149639139492515, 0.1]
    times = [0.0, 0.0, 1.7262081434714256e-94, 1e-7]
    assert sum(map(Fraction, weights[:3])) == Fraction(0.3)
    assert Events(0.3, 1.0, "subtract")(times, weights) == ([1e-7], [0.3])
    assert sm.LIF(0.3, 1.0, reset="subtract")(sm.SpikeTrain(times, weights)).times.tolist() == [1e-7]


@pytest.mark.parametrize("arithmetic", ["exact", "fast"])
def test_the_operators_of_the_package(arithmetic):
    """Exact ones keep all laws; plain floats break some on ties, and none where ties are not claimed."""

    def neuron(t, a):
        return sm.LIF(0.3, 1.0, arithmetic=arithmetic)(sm.SpikeTrain(t, a))

    options = {"threshold": 0.3, "alpha": 1.0, "examples": 25, "seed": 2}
    assert check(neuron, **options, margin=1e-6).ok
    if arithmetic == "exact":
        assert check(neuron, **options).ok


def test_plain_floats_fail_at_ties_only():
    float_neuron = arguments(FloatState, "samples", theta=0.3, beta=1)
    assert not check(**float_neuron, examples=60, seed=1, shrink=False).ok
    assert check(**float_neuron, examples=60, seed=1, margin=1e-9).ok


def test_subtract_keeps_the_bound_for_small_inputs():
    """Pulses of at most a threshold: subtract is modulo then, and the bound is claimed."""
    small = check(**arguments(Clock, "samples", reset="subtract"), amplitude=1.0, examples=30)
    assert small.ok
    assert small["quantization"].verdict == "holds"
    large = check(**arguments(Clock, "samples", reset="subtract"), examples=30, seed=1)
    assert large.ok
    assert large["quantization"].verdict == "not claimed"
    assert large["quantization"].ratio > 1.0
    assert "subtract" in large["quantization"].reason


def test_weights_are_judged_as_counts_and_as_floats():
    """fl(k theta) is not k theta: as floats the output of the exact neuron breaks the bound, as counts it keeps it."""
    exact = arguments(Clock, "samples", theta=0.3)
    counts = check(**exact, examples=60, seed=1)
    assert counts["quantization"].verdict == "holds"
    assert counts["quantization-floats"].verdict == "not claimed"
    assert counts["quantization-floats"].failed > 0
    assert check(**exact, weights="floats", examples=60, seed=1, shrink=False).failing == ("quantization-floats",)


def test_a_one_sided_neuron_is_held_to_what_it_claims():
    def neuron(x):
        u, out = Fraction(0), []
        for a in x:
            u += Fraction(float(a))
            k = max(int(u), 0)
            u -= k
            out.append(float(k))
        return out

    any_input = check(neuron, kind="samples", one_sided=True, examples=40, seed=1)
    assert any_input.ok
    assert any_input["quantization"].verdict == "not claimed"
    assert any_input["quantization"].ratio > 1.0
    positive = check(neuron, kind="samples", one_sided=True, nonnegative=True, examples=40)
    assert positive.ok
    assert positive["quantization"].verdict == "holds"
    two_sided = check(neuron, kind="samples", examples=40, seed=1, shrink=False)
    assert {"odd", "quantization"} <= set(two_sided.failing)


def test_unit_spikes():
    """Units of any size, in float32."""

    def neuron(x):
        assert x.dtype == np.float32
        assert set(np.abs(x).tolist()) <= {0.0, 0.25}
        return Clock(1.0).whole(x)

    report = check(neuron, kind="samples", unit_spikes=0.25, dtype="float32", examples=40)
    assert report.ok
    assert report["decay"].verdict == "does not apply"


def test_a_leak_on_a_clock_is_an_exact_exponential():
    """alpha and dt, with enclosures: dt = 0.001 is 1/1000, and the float decay is near enough where ties are out."""

    def neuron(x):
        u, out = 0.0, []
        for a in x:
            u = u * np.exp(-50.0 * 0.001) + a
            out.append(float(np.trunc(u)))
            u -= out[-1]
        return out

    good = {"kind": "samples", "alpha": 50.0, "dt": 0.001, "margin": 1e-9, "examples": 25}
    assert check(neuron, **good).ok
    assert "decay" in check(neuron, **{**good, "alpha": 50.0001}, shrink=False).failing
