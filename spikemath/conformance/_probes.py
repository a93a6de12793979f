"""Laws that ask for the potential: two pulses, the second one just short of the threshold, and just enough.

After a first pulse the ideal potential has fallen to v when the second one comes. A second pulse of theta - v - tol
must be silent and one of theta - v + tol must fire. Both together say that the neuron's potential is within tol of v.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from spikemath.conformance._finding import Finding, Runs
from spikemath.conformance._inputs import Case
from spikemath.conformance._reference import enclose
from spikemath.conformance._subject import Input, Subject


def decay(s: Subject, case: Case, run: Runs) -> Finding | None:
    """The first pulse is a part of the threshold, and silent."""
    return _probe(s, case, run, first=case.probe.part)


def remainder(s: Subject, case: Case, run: Runs) -> Finding | None:
    """The first pulse is some thresholds and a part; the part remains, unless the reset is to zero."""
    return _probe(s, case, run, first=case.probe.whole + case.probe.part)


def _probe(s: Subject, case: Case, run: Runs, first: Fraction) -> Finding | None:
    theta, probe = s.rule.threshold, case.probe
    a = _number(s, float(first * theta))
    fires = first >= 1
    kept = Fraction(a) - probe.whole * theta if fires else Fraction(a)
    if fires and s.rule.reset == "zero":
        kept = Fraction(0)
    if not 0 <= kept < theta:
        return None  # rounded out of its place
    if s.clocked:
        wait: float = probe.wait + math.ceil(s.rule.refractory)
        gap = Fraction(int(wait))
    else:
        wait = probe.wait + float(s.rule.refractory) * (1 + 2.0**-20)
        gap = Fraction(wait)
    low, high = enclose(kept, s.rule, gap)
    short = _number(s, float(theta - high - s.tolerance * theta), toward=-math.inf)
    enough = _number(s, float(theta - low + s.tolerance * theta), toward=math.inf)
    for b, wanted in ((short, False), (enough, True)):
        x = _pair(s, probe.sign * a, wait, probe.sign * b)
        if b <= 0.0 or not s.claims(x):
            return None
        at = Fraction(len(x.weights) - 1) if s.clocked else Fraction(wait)
        spikes = run(x)
        if (spikes.by_time().get(at, 0) != 0) != wanted:
            enough_or_not = "enough" if wanted else "too little"
            potential = probe.sign * (float(low) + b)
            due = f"a potential of {potential!r}, {enough_or_not} to fire at {float(at):g}"
            return Finding(False, (x,), repr(spikes), due)
    return Finding(True, (x,))


def _pair(s: Subject, a: float, wait: float, b: float) -> Input:
    if s.clocked:
        return Input(None, (a, *(0.0,) * (int(wait) - 1), b))
    return Input((0.0, wait), (a, b))


def _number(s: Subject, x: float, toward: float | None = None) -> float:
    """In the neuron's number type, moved outward by one unit if a direction is given."""
    if s.dtype == "float32":
        y = np.float32(x)
        return float(y if toward is None else np.nextafter(y, np.float32(toward)))
    return x if toward is None else math.nextafter(x, toward)
