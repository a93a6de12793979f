r"""S7. Integrate-and-fire solves a sparse regularization problem.

    IF(f) in argmin { ||s||_1 : s in S_theta, |int_[t0, t] (f - s)| < theta for all t }

The minimum over the whole domain, found here by a dynamic programme that knows nothing of integrate-and-fire, is
attained by IF(f). It is not the only minimizer (S7-unique), and no Lagrangian form follows (S7-lagrange).

Source: arXiv 2501.11453, 2410.17441; the tube, the lattice and which minimizer: spikemath.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.sparsity import sparsest
from spikemath.strategies import spike_trains, thresholds
from spikemath.theorems._claim import Claim, Example, Verdict, all_of, compare, exactly
from spikemath.theorems._data import are_trains, plain_norm
from spikemath.theorems._lattice import identical, smaller


def instances() -> Any:
    """Trains aimed at multiples of the threshold."""
    return thresholds().flatmap(lambda theta: st.tuples(spike_trains(threshold=theta), st.just(theta)))


def judge(eta: SpikeTrain, threshold: float) -> Verdict:
    """IF(eta) is in the tube and as small as the optimum; it is the optimum that spikes as late as possible."""
    spikes, best = IF(threshold)(eta), sparsest(eta, threshold)
    inside = compare(exactly(plain_norm(eta - spikes)), exactly(threshold))
    return all_of(inside, smaller(spikes, best), smaller(best, spikes), identical(spikes, best))


CLAIM = Claim(
    name="S7",
    title="Integrate-and-fire solves a sparse regularization problem",
    statement=(
        "Without leak IF(f) minimizes the l1 norm among the trains of multiples of the threshold that stay in the open "
        "tube around f. Of all minimizers it is the one that spikes as late as possible."
    ),
    latex=(
        r"\mathrm{IF}_\vartheta(f) \in \operatorname{argmin}\{\lVert s\rVert_1 : s\in S_\vartheta,\ |F - S| < \vartheta"
        r"\text{ on } [t_0, t_1]\}"
    ),
    source="arXiv 2501.11453, 2410.17441",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_trains("eta"),),
    sharp=(Example("two minimizers, of which IF is the later", (SpikeTrain([0.0, 1.0], [0.75, 0.75]), 1.0)),),
)
