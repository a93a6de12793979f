"""On signals no crossing is missed and none invented; with modulo the bound is strict in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from oracles.signals import encode_signal
from oracles.trains import exact

import spikemath as sm

from .cases import drawn, share, signal_case
from .checks import check_signal_encoding, ours


@pytest.mark.parametrize("kind", ["zero", "linear", "ppoly"])
@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_spikes_are_legal_and_the_bound_strict(reset, kind):
    """The reported train is a legal encoding, crossings at most 2^-34 of the domain early; sup < theta strictly."""

    @share(0.3)
    @given(drawn(signal_case, kinds=(kind,), resets=(reset,)))
    def run(case):
        check_signal_encoding(ours, case)

    run()


@given(drawn(signal_case, resets=("modulo",), refractory=False))
def test_the_norm_agrees_that_the_bound_is_strict(case):
    """The package's own norm of f - lif(f), rounded down, is below the threshold (two-sided operators)."""
    operator = case.rule.operator(bipolar=True)
    f = case.signal()
    assert sm.alexiewicz_norm(f - operator(f), case.rule.alpha) < case.rule.theta


@share(0.3)
@given(drawn(signal_case, kinds=("zero", "linear", "ppoly"), refractory=False, pulses=False, most=3))
def test_counts_are_those_of_the_unrounded_operator(case):
    """Away from tangencies the counts are those of the operator with unrounded crossings, the times a hair before."""
    truth = encode_signal(case.exact(), *case.rule.exact())
    if truth.closest < 1e-9:
        return
    found = ours(case)
    assert found.counts == truth.counts
    span = case.knots[-1] - case.knots[0]
    for mine, theirs in zip(found.times, truth.times, strict=True):
        # the residual carried on can only delay or advance later crossings by as much as it took from earlier ones
        assert abs(mine - exact(theirs)) <= span / 2**25


def test_a_strict_bound_would_fail_with_rounded_crossings():
    """The test above has teeth: firing at the float nearest to the crossing reaches the threshold somewhere."""
    rng = np.random.default_rng(3)
    broken = 0
    for _ in range(40):
        x = float(rng.integers(1, 30)) * 0.1
        f = sm.Signal.from_samples([x], fs=1.0)
        nearest = [float(Fraction(k, 10) / Fraction(x)) for k in range(1, int(x * 10) + 1)]
        nearest = [t for t in nearest if t <= 1.0]
        e = f - sm.SpikeTrain(nearest, [0.1] * len(nearest))
        broken += sm.alexiewicz_norm(e) >= 0.1
    assert broken > 20
