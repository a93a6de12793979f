"""What claims share: enclosed formulas with exp, exact walks over a train, and strategies of instances.

Numbers in a formula are rationals, or balls that contain the exact value where exp(-alpha t) enters:

    enclosed(lambda: (1 - decay(alpha, t)) * number(x))      two Fractions around (1 - exp(-alpha t)) x

Without leak nothing is irrational, and the two are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from hypothesis import strategies as st

from spikemath._numeric.balls import arb
from spikemath._numeric.potential import bounds, precision, rational
from spikemath.norms import alexiewicz_bounds, alexiewicz_extremum
from spikemath.norms._extremes import Extremes
from spikemath.signals import Signal, SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds, tie_trains, weights
from spikemath.theorems._claim import Bounds, Hypothesis, Verdict, compare, exactly

BITS = (64, 256, 1000)  # what sides of an inequality are asked for, one after the other until it is decided
RESETS = ("modulo", "subtract", "zero")


# enclosures


def number(x: Any) -> Any:
    """A float, a Fraction or Bounds as a rational or a ball; call within :func:`enclosed`."""
    if isinstance(x, tuple):
        low, high = x
        return rational(low) if low == high else arb(rational(low)).union(arb(rational(high)))
    return rational(Fraction(x))


def decay(alpha: float, t: Any) -> Any:
    """exp(-alpha t); rational where alpha t = 0."""
    exponent = Fraction(alpha) * Fraction(t)
    return (-arb(rational(exponent))).exp() if exponent else rational(1)


def loss(alpha: float, t: Any) -> Any:
    """1 - exp(-alpha t), without cancellation."""
    exponent = Fraction(alpha) * Fraction(t)
    return -(-arb(rational(exponent))).expm1() if exponent else rational(0)


def charge(alpha: float, t: Any) -> Any:
    """(1 - exp(-alpha t)) / alpha, which is t for alpha = 0."""
    return loss(alpha, t) / rational(Fraction(alpha)) if alpha else rational(Fraction(t))


def enclosed(formula: Callable[[], Any], bits: int = 256) -> Bounds:
    """Bounds of what a formula of rationals and balls gives."""
    with precision(bits + 64):
        return bounds(formula())


def settled(
    sides: Callable[[int], tuple[Bounds, Bounds]], strict: bool = True, witness: Any = None, note: str = ""
) -> Verdict:  # fmt: skip
    """The verdict on left < right, where ``sides(bits)`` encloses both ever more tightly."""
    for bits in BITS:
        verdict = compare(*sides(bits), strict, witness, note)
        if verdict.verdict != "undecided":
            break
    return verdict


def larger(*values: Bounds) -> Bounds:
    """Bounds of the maximum of enclosed numbers."""
    return max(low for low, _ in values), max(high for _, high in values)


def smaller(*values: Bounds) -> Bounds:
    """Bounds of the minimum of enclosed numbers."""
    return min(low for low, _ in values), min(high for _, high in values)


def plus(*values: Bounds) -> Bounds:
    """Bounds of a sum of enclosed numbers."""
    return sum((low for low, _ in values), Fraction(0)), sum((high for _, high in values), Fraction(0))


def times(c: Any, value: Bounds) -> Bounds:
    """Bounds of c x for an exact number c."""
    a, b = sorted(Fraction(c) * x for x in value)
    return a, b


def place(f: Any, alpha: float = 0.0) -> float:
    """Where the leaky Alexiewicz norm comes from."""
    where: float = alexiewicz_extremum(f, alpha).time
    return where


def below(f: Any, alpha: float, right: Callable[[int], Bounds] | float | Fraction, strict: bool = True) -> Verdict:
    """The verdict on ||f||_{A,alpha} < right, a number or its bounds as a function of the wanted bits."""
    known = right if callable(right) else lambda bits: exactly(right)
    return settled(lambda bits: (alexiewicz_bounds(f, alpha, bits), known(bits)), strict, place(f, alpha))


def extremes(f: Any, alpha: float, bits: int) -> tuple[Bounds, Bounds]:
    """sup U and -inf U of the running leaky integral, 0 before t0 included, each enclosed to a number of bits."""
    found = Extremes(f, alpha)
    out = []
    for sigma in (1, -1):
        for extreme in found.enclosures(sigma):
            low, high = extreme.lower / found.cells.rate, extreme.upper / found.cells.rate
            if high - low <= high / 2**bits:
                break
        out.append((low, high))
    return out[0], out[1]


def against(f: Any, alpha: float, others: dict[Any, Any], plus_this: Any, strict: bool = True) -> Verdict:
    """The verdict on ||f|| < sum of c ||g|| over ``others`` (g: c) + an exact number; one leak for all norms."""

    def right(bits: int) -> Bounds:
        return plus(*(times(c, alexiewicz_bounds(g, alpha, bits)) for g, c in others.items()), exactly(plus_this))

    return below(f, alpha, right, strict)


# walks


def events(eta: SpikeTrain) -> list[tuple[Fraction, Fraction]]:
    """Exact times and weights."""
    return list(zip(eta.exact_times(), eta.exact_weights(), strict=True))


def gaps(eta: SpikeTrain) -> list[Fraction]:
    """Distances of consecutive events."""
    return [b - a for a, b in pairwise(eta.exact_times())]


def length(f: Signal | SpikeTrain) -> Fraction:
    """Exact length of the domain."""
    return f._axis.instant(f._end) - f._axis.instant(f._start)


def largest(eta: SpikeTrain) -> Fraction:
    """Largest absolute weight; 0 of an empty train."""
    return max(map(abs, eta.exact_weights()), default=Fraction(0))


def plain_norm(eta: SpikeTrain) -> Fraction:
    """||eta||_A of a train, exact: bounds of 64 bits may be an interval where weights differ by many digits."""
    return max(map(abs, accumulate(eta.exact_weights(), initial=Fraction(0))))


class Step(NamedTuple):
    """One event of an input: the potential before the reset, what was sent, and what is left."""

    time: Fraction
    before: Any
    sent: Fraction
    after: Any


def steps(eta: SpikeTrain, spikes: SpikeTrain, alpha: float) -> list[Step]:
    """The running leaky integral of eta - spikes at the events of eta, as rationals or balls.

    Call within ``precision``. An exact zero stays exact, so that ties after it are decided.
    """
    sent = dict(events(spikes))
    out: list[Step] = []
    V, last = rational(0), Fraction(0)
    for t, a in events(eta):
        if V != 0 or isinstance(V, arb):
            V = V * decay(alpha, t - last)
        u = V + rational(a)
        s = sent.get(t, Fraction(0))
        V, last = u - rational(s), t
        out.append(Step(t, u, s, V))
    return out


# strategies


def train_cases(
    alphas: Any = None, resets: Sequence[str] = (), extra: Callable[[float], Sequence[Any]] = lambda theta: ()
) -> Any:  # fmt: skip
    """Tuples (train, what ``extra`` of the threshold gives, threshold, leak[, reset])."""

    def given(pair: tuple[float, float]) -> Any:
        theta, alpha = pair
        train = spike_trains(threshold=theta) | tie_trains(theta, alpha)
        tail = [st.just(theta), st.just(alpha)] + ([st.sampled_from(resets)] if resets else [])
        return st.tuples(train, *extra(theta), *tail)

    return st.tuples(thresholds(), leaks() if alphas is None else alphas).flatmap(given)


def held(threshold: float, most: int = 5, pulses: bool = True) -> Any:
    """Piecewise constant signals on [0, n] with at most 8 thresholds per piece, and pulses at quarters of a unit."""
    size = weights(threshold=threshold, max_weight=8 * threshold)
    function = st.lists(size, min_size=1, max_size=most).map(lambda x: Signal.from_samples(x, fs=1.0))
    if not pulses:
        return function
    quarters = st.integers(0, 4).map(lambda k: k / 4)
    train = spike_trains(threshold=threshold, max_size=3, times=quarters, weights=size)
    return st.builds(lambda f, eta: f + eta, function, train)


# hypotheses that many claims have


def are_trains(*names: str) -> Hypothesis:
    """The first members of the instance are spike trains."""
    n = len(names)
    text = f"{names[0]} is a spike train" if n == 1 else f"{', '.join(names)} are spike trains"
    return Hypothesis(text, lambda *instance: all(isinstance(x, SpikeTrain) for x in instance[:n]))


def no_leak(place: int = -1) -> Hypothesis:
    """The leak, the member of the instance at that place, is 0."""
    return Hypothesis("there is no leak", lambda *instance: instance[place] == 0)


def a_leak(place: int = -1) -> Hypothesis:
    """The leak, the member of the instance at that place, is above 0."""
    return Hypothesis("there is a leak", lambda *instance: instance[place] > 0)


def are_signals(*names: str) -> Hypothesis:
    """The first members of the instance are signals or spike trains."""
    n = len(names)
    text = f"{' and '.join(names)} {'is a signal' if n == 1 else 'are signals'} or spike train{'s' if n > 1 else ''}"
    return Hypothesis(text, lambda *instance: all(isinstance(x, Signal | SpikeTrain) for x in instance[:n]))
