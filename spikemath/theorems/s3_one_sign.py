r"""S3. With any leak, LIF is sparsest at every prefix where all its spikes have one sign.

For f >= 0 this is so. Proof, for positive spikes: suppose that an admissible s has sent less than LIF(f) up to a
spike t_k of it, for the first time. Then the j-th unit of s, whatever its sign, comes no later than that of LIF(f) and
counts for at most as much; the missing units are all sent at t_k. So U_s(t_k) <= U_LIF(t_k) less the missing units. But
after a positive spike the residual of LIF is >= 0, so that of s is at least theta: s is not admissible. The times of s
are free.

Source: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._data import are_trains
from spikemath.theorems._lattice import (
    admissible,
    moderate_leaks,
    on_lattice,
    smaller_at_every_prefix,
    with_competitor,
)


def instances() -> Any:
    """Trains of positive or of negative weights, some with a small one of the other sign, and lattice trains."""

    def of(theta: float) -> Any:
        one_sign = spike_trains(threshold=theta, nonnegative=True)
        sign = st.sampled_from([1.0, -1.0])
        alpha = st.one_of(leaks(), moderate_leaks())
        mixed = spike_trains(threshold=theta, max_weight=1.5 * theta)
        some = st.one_of(one_sign, one_sign, one_sign, mixed)
        signed = st.tuples(some, sign).map(lambda x: x[1] * x[0])
        made = st.tuples(with_competitor(signed, theta), st.just(theta), alpha).map(lambda x: (*x[0], *x[1:]))
        return made.filter(lambda x: has_one_sign(x[0], *x[2:]))

    return thresholds().flatmap(of)


def has_one_sign(eta: SpikeTrain, threshold: float, alpha: float) -> bool:
    """Whether all spikes of LIF(eta) have one sign."""
    sent = LIF(threshold, alpha)(eta).weights
    return bool((sent > 0).all() or (sent < 0).all())


def judge(eta: SpikeTrain, c: SpikeTrain, threshold: float, alpha: float) -> Verdict:
    """||LIF(eta)||_1 <= ||s||_1 at every prefix, for s = c + LIF(eta - c)."""
    return smaller_at_every_prefix(LIF(threshold, alpha)(eta), admissible(eta, c, threshold, alpha))


CLAIM = Claim(
    name="S3",
    title="Where all spikes of LIF have one sign it is sparsest at every prefix, for any leak",
    statement=(
        "If all spikes of LIF(eta) have one sign, for instance if eta has no negative weight, then up to every time no "
        "lattice train in the open tube, whatever its times, has a smaller l1 norm."
    ),
    latex=(
        r"\mathrm{LIF}_{\vartheta,\alpha}(\eta)\ge 0 \;\Rightarrow\; \lVert \mathrm{LIF}_{\vartheta,\alpha}(\eta)"
        r"\rVert_{1,[t_0,t]} \le \lVert s\rVert_{1,[t_0,t]}\quad\text{for every } t"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("eta", "c"),
        on_lattice("c", 1, 2),
        Hypothesis(
            "all spikes of LIF(eta) have one sign",
            lambda eta, c, threshold, alpha: has_one_sign(eta, threshold, alpha),
        ),
    ),
    sharp=(
        Example(
            "a spike that is too early costs as much",
            (SpikeTrain([0.0, 1.0], [0.75, 1.0]), SpikeTrain([0.0], [1.0]), 1.0, 0.5),
        ),
    ),
)
