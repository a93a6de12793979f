"""Laws that are inequalities, with the ratio to their bound."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from spikemath.conformance._finding import Finding, Runs
from spikemath.conformance._inputs import Case
from spikemath.conformance._reference import Undecided, residual
from spikemath.conformance._subject import Input, Spikes, Subject
from spikemath.norms import alexiewicz_bounds
from spikemath.signals import SpikeTrain

EVERY_BIT = 1000


def quantization(s: Subject, case: Case, run: Runs) -> Finding:
    """The bound, every spike taken as its count times the exact threshold."""
    spikes = run(case.input)
    return _bound(s, case.input, spikes, tuple(k * s.rule.threshold for k in spikes.counts))


def quantization_floats(s: Subject, case: Case, run: Runs) -> Finding:
    """The bound, every weight taken as the float it is."""
    spikes = run(case.input)
    return _bound(s, case.input, spikes, spikes.weights)


def _bound(s: Subject, x: Input, spikes: Spikes, masses: tuple[Fraction, ...]) -> Finding:
    theta = s.rule.threshold
    low, high = norm(s, x, spikes, masses)
    if low < theta <= high:
        low, high = norm(s, x, spikes, masses, EVERY_BIT)
    if low < theta <= high:
        raise Undecided
    ratio = _ratio((low + high) / 2, theta)
    return Finding(high < theta, (x,), f"{spikes}, norm {ratio:.17g} thresholds", "a norm below 1 threshold", ratio)


def norm(
    s: Subject, x: Input, spikes: Spikes, masses: tuple[Fraction, ...], bits: int = 64
) -> tuple[Fraction, Fraction]:
    """||f - eta||_{A,alpha} of the input and these spikes, enclosed; exact without leak, if all bits are asked for."""
    if s.clocked and s.rule.rational:
        out = [Fraction(0)] * len(x.weights)
        for t, m in zip(spikes.times, masses, strict=True):
            out[int(t)] = m
        exact = residual(s.rule, [Fraction(w) for w in x.weights], out)
        return exact, exact
    if s.clocked:
        f = SpikeTrain.from_samples(x.weights, fs=s.rate)
    else:
        f = SpikeTrain(x.times, x.weights)
    return alexiewicz_bounds(f - _train(s, x, spikes, masses), s.alpha, bits)


def _train(s: Subject, x: Input, spikes: Spikes, masses: tuple[Fraction, ...]) -> SpikeTrain:
    """The spikes as a train: exact products of float times, and of sums of floats."""
    parts = [_floats(m) for m in masses]
    rows = max(map(len, parts), default=1)
    train = None
    for i in range(rows):
        row = np.array([p[i] if i < len(p) else 0.0 for p in parts])
        if s.clocked:
            samples = np.zeros(len(x.weights))
            samples[[int(t) for t in spikes.times]] = row
            part = SpikeTrain.from_samples(samples, fs=s.rate)
        else:
            part = SpikeTrain(np.array([float(t) for t in spikes.times]), row)
        train = part if train is None else train + part
    assert train is not None
    return train


def _floats(m: Fraction) -> list[float]:
    """A number as an exact sum of floats (a count times a threshold needs two)."""
    out: list[float] = []
    while m or not out:
        out.append(float(m))
        m -= Fraction(out[-1])
    return out


def budget(s: Subject, case: Case, run: Runs) -> Finding:
    """At every event so far: what was sent is not more than what came in."""
    spikes = run(case.input)
    came, went = Fraction(0), Fraction(0)
    left = dict(zip(spikes.times, spikes.counts, strict=True))
    worst = 0.0
    for t, a in case.input.events():
        came += abs(a)
        for early in [u for u in left if u <= t]:
            went += abs(left.pop(early)) * s.rule.threshold
        if went > came:
            return Finding(
                False,
                (case.input,),
                f"sent {float(went):g} up to {float(t):g}",
                f"at most {float(came):g}",
                _ratio(went, came),
            )
        worst = max(worst, _ratio(went, came))
    if left:
        went += sum(map(abs, left.values())) * s.rule.threshold
        worst = max(worst, _ratio(went, came))
    return Finding(went <= came, (case.input,), f"sent {float(went):g}", f"at most {float(came):g}", worst)


def refractory(s: Subject, case: Case, run: Runs) -> Finding:
    """The shortest gap between spikes."""
    spikes = run(case.input)
    gaps = [b - a for a, b in zip(spikes.times, spikes.times[1:], strict=False)]
    wanted = s.rule.refractory
    shortest = min(gaps, default=wanted)
    ratio = _ratio(wanted, shortest) if gaps else 0.0
    return Finding(
        shortest >= wanted, (case.input,), f"a gap of {float(shortest):g}", f"at least {float(wanted):g}", ratio
    )


def _ratio(a: Fraction, b: Fraction) -> float:
    try:
        return float(a / b) if b else (math.inf if a else 0.0)
    except OverflowError:
        return math.inf
