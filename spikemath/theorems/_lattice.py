"""What claims on sparsity share: admissible trains, sizes at every prefix, and strategies of both.

A lattice train s is admissible for f if |U_(f - s)| < theta everywhere. With c any lattice train,

    s = c + LIF(f - c)

is admissible, for f - s = (f - c) - LIF(f - c); for trains every admissible s is of this form, with c = s, since then
LIF(f - s) = 0. So random competitors need no search. (For signals the encoder also sends where a limit from the left
reaches the threshold just as a pulse takes it back, so an admissible s may come out as another train.)
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.sparsity import l1, sparsest
from spikemath.sparsity.sparsest import on_events
from spikemath.strategies import spike_trains
from spikemath.theorems._claim import Hypothesis, Verdict, all_of, compare, equal, exactly


def admissible(f: Any, c: SpikeTrain, threshold: float, alpha: float = 0.0) -> SpikeTrain:
    """The admissible train that a lattice train c is completed to."""
    train: SpikeTrain = c + LIF(threshold, alpha)(f - c)
    return train


def same_spikes(s: SpikeTrain, r: SpikeTrain) -> bool:
    """Whether two trains have the same events, on whatever domain."""
    return s.exact_times() == r.exact_times() and s.exact_weights() == r.exact_weights()


def smaller(s: SpikeTrain, r: SpikeTrain, factor: float = 1.0) -> Verdict:
    """The verdict on ||s||_1 <= factor ||r||_1."""
    return compare(exactly(l1(s)), exactly(Fraction(factor) * l1(r)), strict=False)


def smaller_at_every_prefix(s: SpikeTrain, r: SpikeTrain) -> Verdict:
    """The verdict on ||s||_1 <= ||r||_1 on [t0, t] for every t: it is enough to look where s spikes."""
    verdicts = [smaller(s, r)]
    later = list(zip(r.exact_times(), accumulate(map(abs, r.exact_weights())), strict=True))
    for t, size in zip(s.exact_times(), accumulate(map(abs, s.exact_weights())), strict=True):
        other = max((x for u, x in later if u <= t), default=Fraction(0))
        verdicts.append(compare(exactly(size), exactly(other), strict=False, witness=float(t)))
    return all_of(*verdicts)


def against_the_optimum(
    eta: SpikeTrain, threshold: float, alpha: float, judge: Callable[[SpikeTrain], Verdict]
) -> Verdict:
    """The verdict of ``judge(sparsest(eta))``, undecided where the optimum is."""
    try:
        best = sparsest(eta, threshold, alpha)
    except ArithmeticError as error:
        return Verdict("undecided", note=str(error))
    return judge(best)


def identical(s: SpikeTrain, r: SpikeTrain) -> Verdict:
    """The verdict on the equality of the spikes of two trains."""
    return equal(same_spikes(s, r))


def is_lattice(s: SpikeTrain, threshold: float) -> bool:
    """Whether all weights are integer multiples of the threshold."""
    return all((w / Fraction(threshold)).denominator == 1 for w in s.exact_weights())


def on_lattice(name: str, place: int, threshold: int) -> Hypothesis:
    """The member of the instance at ``place`` is a lattice train of the threshold at ``threshold``."""
    return Hypothesis(
        f"the weights of {name} are multiples of the threshold",
        lambda *instance: is_lattice(instance[place], instance[threshold]),
    )


# strategies


def lattice_trains(threshold: float, max_size: int = 3, times: Any = None) -> Any:
    """Trains of multiples of the threshold, at integers, decimals and anywhere, as the trains that they compete for."""
    multiples = st.sampled_from([threshold, -threshold, 2 * threshold, -2 * threshold])
    return spike_trains(threshold=threshold, max_size=max_size, weights=multiples, times=times)


def competitors(eta: SpikeTrain, threshold: float) -> Any:
    """Lattice trains to complete: LIF with spikes added that turn some of its residuals over, or any."""

    def turned(k: list[int]) -> SpikeTrain:
        train: SpikeTrain = LIF(threshold, 0.0)(eta) + on_events(
            eta, [k[i % len(k)] for i in range(len(eta))], threshold
        )
        return train

    at_events = st.lists(st.sampled_from([1, -1, 0]), min_size=1, max_size=6).map(turned)
    return st.one_of(at_events, at_events, at_events, lattice_trains(threshold))


def with_competitor(eta: Any, threshold: float) -> Any:
    """Pairs of a train that the strategy draws and a lattice train to compete with it."""
    return eta.flatmap(lambda drawn: st.tuples(st.just(drawn), competitors(drawn, threshold)))


def moderate_leaks() -> Any:
    """Leaks for which the residual of one event still matters at the next."""
    return st.sampled_from([0.1, 0.2876820724517809, 0.6931471805599453, 1.0, 0.01, 3.0]) | st.floats(0.01, 2.0)
