"""Laws that look at one answer, spike by spike."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from spikemath.conformance._finding import Finding, Runs, known
from spikemath.conformance._inputs import Case
from spikemath.conformance._reference import Test, Walk
from spikemath.conformance._subject import Input, NeuronError, Subject, show


def output(s: Subject, case: Case, run: Runs) -> Finding:
    """The answer can be read."""
    run(case.input)
    return Finding(True, (case.input,))


def silence(s: Subject, case: Case, run: Runs) -> Finding:
    """No events, and events of weight zero."""
    quiet = Input(case.input.times, (0.0,) * len(case.input.weights))
    for x in (quiet, Input(None if case.input.times is None else (), ())):
        if run(x).times:
            return Finding(False, (x,), repr(run(x)), "no spike")
    return Finding(True, (quiet,))


def lattice(s: Subject, case: Case, run: Runs) -> Finding:
    """Weights are nearest to multiples of the threshold in the neuron's number type."""
    found = run(case.input)
    for t, w, k in zip(found.times, found.weights, found.counts, strict=True):
        exact = k * s.rule.threshold
        near = float(exact) if s.dtype == "float64" else float(np.float32(float(exact)))
        single = s.rule.reset == "modulo" or abs(k) == 1
        if k == 0 or not single or (w != exact and w != Fraction(near)):
            wanted = f"a multiple of {float(s.rule.threshold)!r}" if single else "one threshold, either sign"
            return Finding(False, (case.input,), f"weight {float(w)!r} at {float(t):g}", wanted)
    return Finding(True, (case.input,))


def exact(s: Subject, case: Case, run: Runs) -> Finding:
    """Times and counts of the ideal neuron."""
    truth = run.reference(case.input).spikes()
    found = known(s, case.input, run(case.input))
    return Finding(found == truth, (case.input,), show(found), show(truth))


def firing(s: Subject, case: Case, run: Runs) -> Finding:
    """A spike where one is due, and none elsewhere."""
    own = run.own(case.input)
    if own.stray:
        t, k = next(iter(own.stray.items()))
        return Finding(False, (case.input,), f"{k:+d} at {float(t):g}", "no spike there")
    return _first(case.input, own, lambda test: (test.due != 0) == (test.sent != 0))


def size(s: Subject, case: Case, run: Runs) -> Finding:
    """Where a spike is due and sent, its size is right."""
    return _first(
        case.input, run.own(case.input), lambda test: 0 in (test.due, test.sent) or abs(test.due) == abs(test.sent)
    )


def sign(s: Subject, case: Case, run: Runs) -> Finding:
    """A spike has the sign of the potential it leaves."""
    return _first(case.input, run.own(case.input), lambda test: test.sent * test.potential >= 0)


def _first(x: Input, own: Walk, good) -> Finding:  # type: ignore[no-untyped-def]
    for test in own.tests:
        if not good(test):
            return Finding(False, (x,), f"{test.sent:+d} at {float(test.time):g}", _due(test))
    return Finding(True, (x,))


def _due(test: Test) -> str:
    return f"{test.due:+d} there, where the potential is {test.potential!r} after its own earlier spikes"


__all__ = ["NeuronError"]
