"""Judges that several laws share: one for the resets for which the law holds, and one for each that refutes it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, signals, spike_trains, thresholds, tie_trains
from spikemath.theorems._claim import Hypothesis, Verdict, compare, equal, exactly
from spikemath.theorems._data import RESETS, events, train_cases


def either_cases(*extra: Any) -> Any:
    """Tuples (train or signal, *extra, threshold, alpha, reset)."""

    def of(pair: tuple[float, float]) -> Any:
        theta, alpha = pair
        f = spike_trains(threshold=theta) | tie_trains(theta, alpha) | signals(threshold=theta)
        return st.tuples(f, *extra, st.just(theta), st.just(alpha), st.sampled_from(RESETS))

    return st.tuples(thresholds(), leaks()).flatmap(of)


# change of time


def warped_cases(alphas: Any, resets: Sequence[str]) -> Any:
    """Tuples (train, other increasing times for its events, threshold, alpha, reset)."""

    def warped(case: Any) -> Any:
        eta, *rest = case
        n = len(eta)
        steps = st.lists(st.sampled_from([1.0, 0.25, 8.0, 2.0**-30]), min_size=n, max_size=n)
        return st.tuples(st.just(eta), steps.map(lambda x: tuple(accumulate(x))), *map(st.just, rest))

    return train_cases(alphas=alphas, resets=resets).flatmap(warped)


def carries_along(
    eta: SpikeTrain, times: tuple[float, ...], threshold: float, alpha: float, reset: str, neuron: Any = LIF
) -> Verdict:  # fmt: skip
    """Whether the counts are the same at the other times."""
    place = dict(zip(eta.exact_times(), times, strict=True))
    moved = SpikeTrain([], [])
    for row in eta._terms:
        moved = moved + SpikeTrain(times, row)
    op = neuron(threshold, alpha, reset)
    plain, other = op(eta), op(moved)
    there = [place[t] for t in plain.exact_times()]
    return equal(other.counts.tolist() == plain.counts.tolist() and other.times.tolist() == there)


# monotone


def ordered_cases(leaky: bool) -> Any:
    """Tuples (f, g, threshold, alpha) of trains whose primitives are ordered, F <= G."""

    def lifted(case: Any) -> Any:
        f, theta, alpha = case
        n = len(f)
        ahead = [max(a, 0.0) for a in f.weights.tolist()[1:]] + [theta]  # the next pulse comes an event earlier
        size = st.sampled_from([0.0, theta, theta / 2, 0.1 * theta, None])
        sizes = st.lists(size, min_size=n, max_size=n).map(
            lambda x: [b if a is None else a for a, b in zip(x, ahead, strict=False)]
        )
        return st.tuples(st.just(f), sizes.map(lambda x: lift(f, x)), st.just(theta), st.just(alpha))

    return train_cases(alphas=leaks(zero=not leaky) if leaky else st.just(0.0)).flatmap(lifted)


def lift(f: SpikeTrain, sizes: Sequence[float]) -> SpikeTrain:
    """The train whose primitive is that of f plus sizes[k] from event k to the next."""
    t = f.times
    return f + SpikeTrain(t, sizes) - SpikeTrain(t[1:], sizes[:-1])


def lowest(f: SpikeTrain, g: SpikeTrain) -> tuple[Fraction, Fraction | None]:
    """min (G - F), 0 included, and where."""
    level = least = Fraction(0)
    where = None
    for t, a in events(g - f):
        level += a
        if level < least:
            least, where = level, t
    return least, where


ordered = Hypothesis("F <= G everywhere", lambda f, g, *rest: lowest(f, g)[0] == 0)


def keeps_order(f: SpikeTrain, g: SpikeTrain, threshold: float, alpha: float, reset: str, neuron: Any = LIF) -> Verdict:
    """Whether the primitives of the outputs are ordered too: how far they are not is <= 0."""
    op = neuron(threshold, alpha, reset)
    least, where = lowest(op(f), op(g))
    return compare(exactly(-least), exactly(0), strict=False, witness=None if where is None else float(where))


# coarser after finer


def multiples(extra: Any = None) -> Any:
    """Tuples (train, m, threshold, alpha) for which m * threshold is a float."""
    whole = st.integers(1, 5)
    return train_cases(alphas=extra, extra=lambda theta: (whole,)).filter(lambda case: _is_float(case[1], case[2]))


def _is_float(m: int, threshold: float) -> bool:
    return Fraction(m * threshold) == m * Fraction(threshold)


whole_multiple = Hypothesis(
    "m is an integer >= 1, and m times the threshold a float",
    lambda eta, m, threshold, alpha=0.0: isinstance(m, int) and m >= 1 and _is_float(m, threshold),
)


def absorbs(eta: SpikeTrain, m: int, threshold: float, alpha: float, reset: str, neuron: Any = LIF) -> Verdict:
    """Whether L_(m threshold) L_threshold = L_(m threshold) on this train."""
    fine, coarse = neuron(threshold, alpha, reset), neuron(m * threshold, alpha, reset)
    twice, once = coarse(fine(eta)), coarse(eta)
    return equal(twice == once, note=f"counts {twice.counts.tolist()} and {once.counts.tolist()}")


# the rules of the resets, literally, for pulses that come one by one without decay


def one_by_one(reset: str, potential: Fraction, pulses: Sequence[Any], threshold: float) -> tuple[int, Fraction]:
    """Thresholds sent in all, and the potential at the end, if every pulse is followed by a test."""
    theta, u, sent = Fraction(threshold), potential, 0
    for a in pulses:
        u += Fraction(a)
        n = int(u / theta)  # truncates
        if not n:
            continue
        sign = 1 if n > 0 else -1
        if reset == "modulo":
            u, sent = u - n * theta, sent + n
        elif reset == "subtract":
            u, sent = u - sign * theta, sent + sign
        else:
            u, sent = Fraction(0), sent + sign
    return sent, u


def split_cases() -> Any:
    """Tuples (residual, parts, threshold): a residual of a neuron, and a pulse in parts of one sign."""

    def of(theta: float) -> Any:
        residual = st.integers(-7, 7).map(lambda k: k * theta / 8) | st.floats(-0.999, 0.999).map(lambda x: x * theta)
        part = st.integers(1, 8).map(lambda k: k * theta / 4) | st.floats(0.001, 2.0).map(lambda x: x * theta)
        parts = st.lists(part, min_size=1, max_size=5).map(tuple)
        sign = st.sampled_from([1.0, -1.0])
        signed = st.tuples(parts, sign).map(lambda p: tuple(p[1] * x for x in p[0]))
        return st.tuples(residual, signed, st.just(theta))

    return thresholds().flatmap(of)


split_hypotheses = (
    Hypothesis("the residual is below the threshold", lambda residual, parts, threshold: abs(residual) < threshold),
    Hypothesis(
        "the parts have one sign",
        lambda residual, parts, threshold: all(x > 0 for x in parts) or all(x < 0 for x in parts),
    ),
)


def split_changes_nothing(reset: str, residual: float, parts: tuple[float, ...], threshold: float) -> Verdict:
    """Whether the parts one by one make the neuron send, and keep, what the whole does."""
    whole = one_by_one(reset, Fraction(residual), [sum(map(Fraction, parts), Fraction(0))], threshold)
    split = one_by_one(reset, Fraction(residual), parts, threshold)
    return equal(whole == split, note=f"{whole[0]} thresholds at once, {split[0]} in parts")
