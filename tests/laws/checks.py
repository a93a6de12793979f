"""What an encoder must satisfy; the same functions judge ours and the planted wrong ones.

An encoder is a function of a case that returns `Found`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from oracles.trains import Encoded, encode_train, exact
from oracles.verify import verify_encoding

from .cases import SignalCase, TrainCase

BITS = 900  # data that span more than this may leave comparisons undecided (the package promises 1000)


@dataclass(frozen=True)
class Found:
    """What an encoder reports; the potential and the undecided cases only if it knows them."""

    times: list[Fraction]
    counts: list[int]
    potential: float | None = None
    undecided: int = 0


def ours(case: TrainCase | SignalCase) -> Found:
    """The package's answer."""
    enc = case.rule.operator().encode(case.train() if isinstance(case, TrainCase) else case.signal())
    return Found(enc.spikes.exact_times(), enc.counts.tolist(), enc.potential, enc.undecided)


def spans_too_much(case: TrainCase) -> bool:
    """Whether a residual of these data may be below 2^-BITS thresholds, and not zero."""
    sizes = [abs(w) / case.rule.theta for w in case.weights if w]
    reach = case.rule.alpha * (case.domain[1] - case.domain[0]) / math.log(2)
    return 60 + reach - math.log2(max(min(sizes, default=1.0), 5e-324)) > BITS


def beyond_the_oracle(case: TrainCase) -> bool:
    """Whether weights and decays span more than the 80 digits that the oracle works with."""
    sizes = [abs(a) for a in case.weights if a]
    if case.rule.alpha == 0.0 or not sizes:
        return False
    digits = math.log10(max(sizes)) - math.log10(min(sizes))
    return digits + case.rule.alpha * (case.domain[1] - case.domain[0]) / math.log(10.0) > 60


def check_train_encoding(encode: Callable[[TrainCase], Found], case: TrainCase) -> Encoded | None:
    """Counts and times are those of the real-number operator; the potential too, up to rounding.

    Returns the oracle's answer, or None where a comparison stayed undecided and was allowed to.
    """
    times, weights, domain = case.exact()
    truth = encode_train(times, weights, domain, *case.rule.exact())
    found = encode(case)
    if found.undecided and spans_too_much(case) and case.rule.alpha > 0.0:
        return None
    assert found.undecided == 0, f"{found.undecided} undecided"
    assert found.counts == truth.counts, f"counts {found.counts}, expected {truth.counts}"
    assert found.times == truth.times, "times differ"
    if found.potential is not None and case.rule.alpha == 0.0:
        assert Fraction(found.potential) == Fraction(float(truth.potential)), "potential"
    elif found.potential is not None:
        u = float(truth.potential)
        size = max(case.rule.theta, abs(u), *map(abs, case.weights), 0.0)
        assert abs(found.potential - u) <= 1e-13 * size, f"potential {found.potential}, expected {u}"
    return truth


def check_signal_encoding(encode: Callable[[SignalCase], Found], case: SignalCase) -> Fraction:
    """The spikes are legal: none missing, none invented, crossings at most a hair early, true residual carried on.

    For modulo without refractory time, bipolar: sup |U_(f - eta)| < theta strictly. Returns that supremum.
    """
    found, rule = encode(case), case.rule
    signal = case.exact()
    span = signal.knots[-1] - signal.knots[0]
    u, sup = verify_encoding(signal, found.times, found.counts, *rule.exact(), slack=span / 2**34)
    assert found.undecided == 0, f"{found.undecided} undecided"
    if found.potential is not None:
        assert abs(found.potential - float(u)) <= 1e-12 * rule.theta + 1e-14 * abs(float(u)), "potential"
    if rule.reset == "modulo" and rule.refractory == 0.0 and rule.bipolar:
        assert exact(sup) < Fraction(rule.theta), f"sup |U| = {sup} is not below {rule.theta}"
    return exact(sup)
