"""The suite catches hand-made wrong operators: each fails the same checks, on the same data, that ours passes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from .cases import SignalCase, corpus, signal_case, train_case
from .checks import Found, check_signal_encoding, check_train_encoding, ours
from .planted import WRONG, Right

EXAMPLES = 400  # seeded, so the same on every run
OPTIONS = {"extreme": False, "alphas": (0.0, 0.0, 0.1, 1.0, 10.0)}


@pytest.fixture(scope="module")
def cases():
    return list(corpus(train_case, EXAMPLES, **OPTIONS))


def test_the_right_kernel_passes(cases):
    """The wrong ones are caught for their mistake, not for being written in Python."""
    for case in cases:
        check_train_encoding(lambda c: Right(c).run(), case)


def test_ours_passes(cases):
    for case in cases:
        check_train_encoding(ours, case)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda k: k.__name__)
def test_wrong_kernels_are_caught(cases, wrong):
    """At least one case of the corpus tells every wrong kernel from the right one."""
    caught = 0
    for case in cases:
        try:
            check_train_encoding(lambda c: wrong(c).run(), case)
        except AssertionError:
            caught += 1
        if caught == 2:
            return
    raise AssertionError(f"{wrong.__name__} was caught {caught} times in {EXAMPLES} cases: {wrong.__doc__}")


def late(found: Found, case: SignalCase) -> Found:
    """Crossings are reported on the far side."""
    step = (case.knots[-1] - case.knots[0]) / 2**36
    at_pulse = set(case.exact().pulse_map())
    end = case.knots[-1]
    return replace(found, times=[t if t in at_pulse else min(t + step, end) for t in found.times])


def early(found: Found, case: SignalCase) -> Found:
    """Crossings are reported a thousandth of the domain early."""
    step = (case.knots[-1] - case.knots[0]) / 1000
    at_pulse = set(case.exact().pulse_map())
    return replace(found, times=[t if t in at_pulse else max(t - step, case.knots[0]) for t in found.times])


def no_double_crossings(found: Found, case: SignalCase) -> Found:
    """Only the last spike of every piece is seen, as by a scan of the ends of the pieces."""
    keep = {max([k for k in case.knots if k <= t]): i for i, t in enumerate(found.times)}.values()
    return replace(found, times=[found.times[i] for i in keep], counts=[found.counts[i] for i in keep])


def one_too_many(found: Found, case: SignalCase) -> Found:
    """A spike that is none, at the end."""
    return replace(found, times=[*found.times, case.knots[-1]], counts=[*found.counts, 1])


def absolute(found: Found, case: SignalCase) -> Found:
    """Signs are lost."""
    return replace(found, counts=[abs(k) for k in found.counts])


def single(found: Found, case: SignalCase) -> Found:
    """Graded spikes are cut to one threshold."""
    return replace(found, counts=[1 if k > 0 else -1 for k in found.counts])


def float_times(found: Found, case: SignalCase) -> Found:
    """Times are rounded to the nearest 32 bits."""
    return replace(found, times=[Fraction(round(t * 2**32), 2**32) for t in found.times])


@pytest.mark.parametrize("spoil", [late, early, no_double_crossings, one_too_many, absolute, single, float_times])
def test_spoiled_encodings_of_signals_are_caught(spoil):
    """Our own answers, spoiled in one way each, are recognised as wrong."""
    caught = 0
    for case in corpus(signal_case, 60, refractory=False, most=3):
        try:
            check_signal_encoding(lambda c: replace(spoil(ours(c), c), potential=None), case)
        except AssertionError:
            caught += 1
        if caught == 3:
            return
    raise AssertionError(f"{spoil.__name__} was caught {caught} times: {spoil.__doc__}")


def test_a_closed_form_that_assumes_zero_after_each_spike_is_caught():
    """t_(k+1) = t_k + theta / x in floats: the residual of rounded crossings is lost, and the bound with it."""
    from oracles.piecewise import Signal as ExactSignal
    from oracles.verify import verify_encoding

    caught = 0
    for x in range(3, 30):
        value, theta = x * 0.1, 0.1
        times, t = [], 0.0
        while (t := t + theta / value) <= 1.0:
            times.append(Fraction(t))
        signal = ExactSignal([Fraction(0), Fraction(1)], [[Fraction(value)]])
        try:
            verify_encoding(signal, times, [1] * len(times), Fraction(theta), slack=Fraction(1, 2**34))
        except AssertionError:
            caught += 1
    assert caught > 20
