r"""P7. How an error passes a layer of LIF neurons.

    max_j || LIF(sum_i w_ji s'_i) - LIF(sum_i w_ji s_i) ||  <  (max_j sum_i |w_ji|) max_i ||s'_i - s_i|| + theta

The norm is one, so ||sum_i w_ji (s'_i - s_i)|| <= sum_i |w_ji| max_i ||s'_i - s_i||; P1 does the rest.

Source: spikemath; a Lipschitz-style bound: arXiv 2305.05772.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_bounds
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.strategies import leaks, spike_trains, thresholds
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, all_of, exactly
from spikemath.theorems._data import below, larger, plus, times

Trains = tuple[SpikeTrain, ...]
Matrix = tuple[tuple[float, ...], ...]


def instances() -> Any:
    """One to three inputs with perturbations, one to three neurons, weights of synapses at quarters and decimals."""

    def of(case: tuple[float, int, int]) -> Any:
        theta, n, m = case
        inputs = st.tuples(*[spike_trains(threshold=theta, max_size=5).filter(_products_are_exact)] * n)
        noise = st.tuples(*[spike_trains(threshold=theta, max_size=3).filter(_products_are_exact)] * n)
        w = st.sampled_from([1.0, -1.0, 0.5, 0.25, 0.1, -0.3, 2.0, 0.0])
        rows = st.tuples(*[st.tuples(*[w] * n)] * m)
        return st.tuples(inputs, noise, rows, st.just(theta), leaks())

    return st.tuples(thresholds(), st.integers(1, 3), st.integers(1, 3)).flatmap(of)


def _products_are_exact(s: SpikeTrain) -> bool:
    return all(a.denominator.bit_length() <= 900 for a in s.exact_weights())


def judge(inputs: Trains, noise: Trains, weights: Matrix, threshold: float, alpha: float) -> Verdict:
    """The worst output error over the neurons is below the bound."""
    lif = LIF(threshold, alpha)
    gain = max(sum((abs(Fraction(w)) for w in row), Fraction(0)) for row in weights)

    def bound(bits: int) -> Bounds:
        worst = larger(*(alexiewicz_bounds(nu, alpha, bits) for nu in noise))
        return plus(times(gain, worst), exactly(threshold))

    verdicts = []
    for row in weights:
        clean = _sum(row, inputs)
        verdicts.append(below(lif(clean + _sum(row, noise)) - lif(clean), alpha, bound))
    return all_of(*verdicts)


def _sum(row: tuple[float, ...], trains: Trains) -> SpikeTrain:
    total = trains[0] * row[0]
    for w, s in zip(row[1:], trains[1:], strict=True):
        total = total + s * w
    return total


def _pulse(weight: float) -> SpikeTrain:
    return SpikeTrain([0.0], [weight])


CLAIM = Claim(
    name="P7",
    title="A layer amplifies errors by its largest row sum, and adds one threshold",
    statement=(
        "In a layer of LIF neurons with reset to modulo, one threshold and one leak, on trains s_i with synaptic "
        "weights w_ji: if no input is off by more than err (in the leaky Alexiewicz norm), no output is off by (max_j "
        "sum_i |w_ji|) err + theta or more."
    ),
    latex=(
        r"\max_j \lVert \Delta\,\mathrm{out}_j\rVert_{A,\alpha} < \Bigl(\max_j \sum_i \lvert w_{ji}\rvert\Bigr) "
        r"\max_i \lVert \Delta\,\mathrm{in}_i\rVert_{A,\alpha} + \vartheta"
    ),
    source="spikemath; a Lipschitz-style bound: arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis(
            "inputs and noise are as many spike trains as the matrix has columns",
            lambda inputs, noise, weights, threshold, alpha: (
                len(inputs) == len(noise) >= 1
                and all(isinstance(s, SpikeTrain) for s in (*inputs, *noise))
                and len(weights) >= 1
                and all(len(row) == len(inputs) for row in weights)
            ),
        ),
        Hypothesis(
            "no weight has digits so small that a product with it is no sum of floats",
            lambda inputs, noise, *rest: all(map(_products_are_exact, (*inputs, *noise))),
        ),
    ),
    sharp=(
        Example(
            "two synapses, all of the noise of one sign",
            (
                (_pulse(1 - 2.0**-20), _pulse(0.0)), (_pulse(0.5 + 2.0**-21), _pulse(0.5 + 2.0**-21)),
                ((1.0, 1.0),), 1.0, 1.0,
            ),
        ),
    ),
)  # fmt: skip
