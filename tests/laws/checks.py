"""What an encoder must satisfy; the same functions judge ours and the planted wrong ones.

An encoder is a function of a case that returns `Found`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from oracles.trains import Encoded, encode_train, exact
from oracles.verify import verify_encoding

from .cases import SignalCase, TrainCase

TIE = Fraction(1, 2**900)  # closer than this to a tie, and not on it, may stay undecided


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


def check_train_encoding(encode: Callable[[TrainCase], Found], case: TrainCase) -> Encoded | None:
    """Counts and times are those of the real-number operator; the potential too, up to rounding.

    Returns the oracle's answer, or None where the data are so close to a tie that it may stay undecided.
    """
    times, weights, domain = case.exact()
    truth = encode_train(times, weights, domain, *case.rule.exact())
    found = encode(case)
    closest = exact(truth.closest) if truth.closest != float("inf") else Fraction(1)
    if 0 < closest < TIE:
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
