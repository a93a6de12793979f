"""A certificate encloses the exact norm, its verdict is the truth, and the independent route agrees."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from laws.cases import corpus, drawn, share, signal_case, train_case
from oracles.norms import alexiewicz, minus_train, sup_norm
from oracles.trains import exact

import spikemath as sm


def encloses(c, truth) -> bool:
    """The exact norm, a Fraction or a number of 80 digits, lies between the bounds (the latter up to its rounding)."""
    slack = Fraction(0) if isinstance(truth, Fraction) else Fraction(1, 10**30)
    value = exact(truth)
    return Fraction(c.lower) <= value * (1 + slack) and value * (1 - slack) <= Fraction(c.upper)


def truth_says(truth, theta: float) -> str:
    return "holds" if exact(truth) < Fraction(theta) else "fails"


def check_train(case, eta) -> None:
    """Enclosure and verdict for the train f of a case against any train eta."""
    theta, alpha = case.rule.theta, case.rule.alpha
    c = sm.certify(case.train(), eta, theta, alpha)
    times, weights, _ = case.exact()
    minus = [-w for w in eta.exact_weights()]
    events = sorted([*zip(times, weights, strict=True), *zip(eta.exact_times(), minus, strict=True)])
    norm, _ = alexiewicz([t for t, _ in events], [w for _, w in events], Fraction(alpha))
    assert encloses(c, norm)
    tie = alpha > 0 and abs(exact(norm) / Fraction(theta) - 1) < Fraction(1, 10**60)
    if not tie:
        assert c.verdict == c.pointwise == truth_says(norm, theta)
    assert c.width <= 2.0**-50 * c.upper + 1e-320
    assert c.lost is None or (len(c.lost) == 0) == (c.pointwise == "holds")


@given(drawn(train_case, refractory=False))
def test_a_train_and_its_spikes(case):
    check_train(case, case.rule.operator()(case.train()))


@given(drawn(train_case, refractory=False), drawn(train_case, refractory=False))
def test_any_two_trains(case, other):
    check_train(case, other.train())


def test_a_fixed_corpus_of_trains():
    for case in corpus(train_case, 400, refractory=False):
        check_train(case, case.rule.operator()(case.train()))


@given(drawn(signal_case, refractory=False))
@share(0.3)
def test_a_signal_and_its_spikes(case):
    theta, alpha = case.rule.theta, case.rule.alpha
    eta = case.rule.operator()(case.signal())
    c = sm.certify(case.signal(), eta, theta, alpha)
    norm, _ = sup_norm(minus_train(case.exact(), eta.exact_times(), eta.exact_weights()), Fraction(alpha))
    assert encloses(c, norm)
    if case.rule.reset == "modulo" and case.rule.bipolar:
        assert c.verdict == "holds"
        assert c.margin > 0
    assert c.verify()


@given(drawn(train_case, refractory=False, extreme=False), drawn(train_case, refractory=False, extreme=False))
@share(0.5)
def test_the_independent_route_agrees(case, other):
    c = sm.certify(case.train(), other.train(), case.rule.theta, case.rule.alpha)
    assert c.verify()
    again = c.recompute()
    assert again.route == "recomputed"
    assert again.verdict == c.verdict or "undecided" in (again.verdict, c.verdict)


def test_a_false_certificate_does_not_verify():
    from dataclasses import replace

    c = sm.certify(sm.SpikeTrain([0.0], [2.0]), sm.SpikeTrain([]), 1.0, 0.5)
    assert c.verify()
    assert not replace(c, verdict="holds").verify()
    assert not replace(c, pointwise="holds").verify()
    assert not replace(c, lower=0.1, upper=0.2).verify()


# trains that must be refuted


def spoiled(rng: random.Random, kind: str):
    """A train of decimal weights, its spikes with one fault, and where the fault is."""
    theta, alpha = rng.choice([(0.3, 0.0), (1.0, 0.0), (0.3, 0.1), (0.7, 1.0)])
    while True:
        f = sm.SpikeTrain([k * 0.1 for k in range(30)], [rng.randint(-9, 9) * 0.1 for _ in range(30)])
        eta = sm.LIF(theta, alpha)(f)
        at = range(len(eta))
        if not at:
            continue
        k = rng.choice(at)
        counts = eta.counts.tolist()
        if kind == "dropped":
            counts[k] = 0
        else:
            counts[k] += 1 if kind == "+theta" else -1
        wrong = sm.certify(f, (eta.times, counts), theta, alpha, counts=True).eta
        return f, wrong, theta, alpha, float(eta.times[k]), eta


@pytest.mark.parametrize("kind", ["dropped", "+theta", "-theta"])
@pytest.mark.parametrize("seed", range(7))
def test_a_spoiled_train_is_refuted_where_it_is_spoiled(kind, seed):
    """One spike dropped, or with one threshold too much or too little: |V| >= theta from there on, unless the leak or
    chance brings the residual back; so the first missing spike is the spoiled one."""
    for attempt in range(200):
        f, wrong, theta, alpha, where, right = spoiled(random.Random(1000 * attempt + seed), kind)
        V = (f - wrong).running_integral(alpha)
        if abs(V(where)) >= theta * (1 + 1e-9):
            break
    c = sm.certify(f, wrong, theta, alpha)
    assert c.verdict == c.pointwise == "fails"
    assert not c
    assert c.margin < 0
    assert c.lost.times[0] == where
    assert sm.certify(f, wrong + c.lost, theta, alpha).verdict == "holds"
    assert abs(float((f - wrong).running_integral(alpha)(c.time))) == pytest.approx(c.lower, rel=1e-12)
    assert c.verify()
    assert sm.certify(f, right, theta, alpha)


@pytest.mark.parametrize("seed", range(20))
def test_one_ulp_across_a_crossing_is_refuted(seed):
    """The float before a crossing is early enough, the one after it is too late."""
    rng = random.Random(seed)
    theta, rate = rng.choice([0.3, 0.7, 1.1, 0.1]), rng.choice([1.0, 0.9, 1.7, 3.0, -0.7])
    crossing = Fraction(theta) / abs(Fraction(rate))
    early = float(crossing)
    if Fraction(early) >= crossing:
        early = math.nextafter(early, 0.0)
    late = math.nextafter(early, math.inf)
    stop = 1.5 * early
    f = sm.Signal.from_ppoly(_constant(rate, stop))
    sign = math.copysign(1.0, rate)
    good = sm.certify(f, ([early], [sign]), theta, counts=True)
    assert good.verdict == "holds"
    bad = sm.certify(f, ([late], [sign]), theta, counts=True)
    if Fraction(late) == crossing:
        assert (bad.verdict, bad.pointwise) == ("fails", "holds")
    else:
        assert (bad.verdict, bad.pointwise) == ("fails", "fails")
        assert (bad.time, bad.side) == (late, "left")
        assert bad.lost.times[0] <= late
    assert good.verify()
    assert bad.verify()


def _constant(value: float, stop: float):
    from scipy.interpolate import PPoly

    return PPoly(np.array([[value]]), np.array([0.0, stop]))


# the readings of the bound


def test_the_bare_operator_reaches_the_threshold_but_not_pointwise():
    """f = 1, theta = 1, spike at exactly 1: the supremum is 1 and never attained (theory Q2)."""
    f = sm.Signal.from_samples([1.0, 0.5], fs=1.0)
    c = sm.certify(f, [1.0], 1.0)
    assert (c.verdict, c.pointwise, c.lower, c.upper, c.side) == ("fails", "holds", 1.0, 1.0, "left")
    assert (c.margin, len(c.lost)) == (0.0, 0)
    assert sm.certify(f, [1.0], 1.0, strict=False).verdict == "holds"
    assert c.verify()
    assert sm.certify(f, [1.0], 1.0, strict=False).verify()


def test_reaching_the_threshold_without_a_spike_fails_pointwise():
    c = sm.certify(sm.Signal.from_samples([1.0], fs=1.0), sm.SpikeTrain([]), 1.0)
    assert (c.verdict, c.pointwise, c.side) == ("fails", "fails", "right")
    assert sm.certify(sm.Signal.from_samples([1.0], fs=1.0), sm.SpikeTrain([]), 1.0, strict=False).verdict == "holds"


def test_what_no_precision_tells_is_undecided():
    """2^-1074 beside 1 with a leak: beyond 1000 bits, so neither verdict may be given."""
    f = sm.SpikeTrain([0.0, 1.0], [5e-324, 1.0])
    c = sm.certify(f, sm.SpikeTrain([]), 1.0, 0.1, strict=False)
    assert c.verdict == "undecided"
    assert not c
    assert c.lower <= 1.0 <= c.upper


def test_an_infinite_enclosure_is_undecided(monkeypatch):
    """A norm of which nothing is known above must never be said to hold."""
    from spikemath.norms._extremes import Extremes

    def broken(self, sigma):
        raise OverflowError
        yield

    monkeypatch.setattr(Extremes, "enclosures", broken)
    c = sm.certify(sm.SpikeTrain([0.0], [0.1]), sm.SpikeTrain([]), 1.0)
    assert (c.verdict, c.upper, c.pointwise) == ("undecided", math.inf, "undecided")
    assert not c


def test_huge_and_tiny_scales():
    for scale in (1e-300, 1e-150, 1.0, 1e150, 1e300):
        f = sm.SpikeTrain([0.0, 1.0, 2.0], [0.75 * scale, 0.75 * scale, -0.3 * scale])
        for alpha in (0.0, 0.5):
            good = sm.certify(f, sm.LIF(scale, alpha)(f), scale, alpha)
            assert good.verdict == "holds"
            assert good.verify()
            assert sm.certify(f, sm.SpikeTrain([]), scale, alpha).verdict == "fails"


def test_lost_is_what_reset_to_zero_loses():
    """Theory Q5: 400 pulses of 0.3, theta = 1: 0.2 is lost every four pulses, and the error is 20.7."""
    f = sm.SpikeTrain(np.arange(400.0), np.full(400, 0.3))
    c = sm.certify(f, sm.IF(1.0, reset="zero")(f), 1.0)
    assert c.verdict == "fails"
    assert c.upper == pytest.approx(20.7, abs=1e-9)
    assert c.lost.weights.sum() == pytest.approx(20.0)
    assert sm.certify(f, sm.IF(1.0, reset="zero")(f) + c.lost, 1.0).verdict == "holds"


# arguments


def test_arrays_of_another_simulator():
    f = sm.Signal.from_samples([0.5, 0.5, 0.5], fs=1.0)
    early = math.nextafter(2.0, 0.0)
    assert sm.certify(f, [early], 1.0).verdict == "holds"
    assert sm.certify(f, ([early], [1.0]), 1.0).verdict == "holds"
    assert sm.certify(f, (np.array([early]), np.array([1])), 1.0, counts=True).verdict == "holds"
    assert sm.certify(f, [early, early], 1.0).verdict == "fails"
    assert sm.certify(([0.0], [0.3]), ([], []), 1.0).verdict == "holds"
    enc = sm.IF(1.0).encode(f)
    assert sm.certify(f, enc, 1.0) == sm.certify(f, enc.spikes, 1.0)


def test_counts_stand_for_exact_multiples():
    """3 * 0.1 is no float: as floats the weights leave a residual, as counts they are what the neuron sent."""
    f = sm.SpikeTrain(np.arange(40.0), np.full(40, 0.1) * 3)
    eta = sm.IF(0.1)(f)
    assert sm.certify(f, (eta.times, eta.counts), 0.1, counts=True).verdict == "holds"
    with pytest.raises(ValueError, match="integer"):
        sm.certify(f, (eta.times, eta.weights), 0.1, counts=True)


def test_grids_without_a_common_axis():
    """An odd sampling rate with an offset, and plain times: the independent route needs no common axis."""
    fs, t0 = math.pi, 1e-9 / 7
    f = sm.Signal.from_samples(np.linspace(-1.0, 2.0, 50), fs=fs, t0=t0)
    eta = sm.IF(1.0)(f)
    plain = sm.SpikeTrain(eta.times, eta.weights)
    with pytest.raises(ValueError, match="no common time grid"):
        f - plain
    c = sm.certify(f, plain, 1.01)
    assert (c.verdict, c.route, c.lost) == ("holds", "recomputed", None)
    assert sm.certify(f, sm.SpikeTrain(eta.times[:-1]), 1.0).verdict == "fails"


def test_many_channels():
    f = sm.Signal.from_samples(np.array([[1.0, 0.5], [0.2, -0.9]]), fs=1.0)
    made = sm.certify(f, sm.IF(0.3).encode(f), 0.3)
    assert [c.verdict for c in made] == ["holds", "holds"]
    with pytest.raises(ValueError, match="channels"):
        sm.certify(f, sm.SpikeTrain([]), 0.3)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((sm.SpikeTrain([]), sm.SpikeTrain([]), 0.0), ValueError, "threshold"),
        ((sm.SpikeTrain([]), sm.SpikeTrain([]), 1.0, -1.0), ValueError, "alpha"),
        ((3.0, sm.SpikeTrain([]), 1.0), TypeError, "f must be"),
        ((sm.SpikeTrain([]), sm.Signal.from_samples([1.0], fs=1.0), 1.0), TypeError, "eta must be a train"),
        ((sm.SpikeTrain([]), [2.0, 1.0], 1.0), ValueError, "times must not decrease"),
        ((sm.SpikeTrain([]), [math.nan], 1.0), ValueError, "finite"),
        ((sm.SpikeTrain([]), ([1.0], [1.0, 2.0]), 1.0), ValueError, "length"),
    ],
)
def test_bad_arguments(arguments, error, says):
    with pytest.raises(error, match=says):
        sm.certify(*arguments)


def test_a_person_can_read_it():
    text = str(sm.certify(sm.SpikeTrain([0.0, 1.0], [0.75, 1.75]), sm.SpikeTrain([]), 1.0))
    assert "fails" in text
    assert "lost: 1 spikes of sum 2" in text
    assert "t = 1" in text


def test_an_approximation_is_named_as_such():
    f = sm.Signal.from_function(np.sin, (0.0, 3.0))
    assert sm.certify(f, sm.IF(0.3)(f), 0.3).subject == "approximation"
