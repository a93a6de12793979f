r"""P5. Resonance: without leak, the worst amplification of a perturbation is a saw-tooth.

    max { ||IF(eta + nu) - IF(eta)||_A / x  :  ||nu||_A = x }  =  theta ceil(x / theta) / x

P4 is the upper bound. With k = ceil(x / theta) it is attained by the single pulse k theta - x, which is silent, and nu
a pulse of x: their sum is k theta. The saw-tooth tends to 2 as theta -> x from below, and is theta / x, which has no
bound, for theta > x.

Source: spikemath; resonance is observed in arXiv 2305.05772.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from hypothesis import strategies as st

from spikemath.norms import alexiewicz_bounds
from spikemath.operators import IF
from spikemath.signals import SpikeTrain
from spikemath.strategies import thresholds, weights
from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict, all_of, compare, exactly
from spikemath.theorems._data import times


def instances() -> Any:
    """Sizes aimed at multiples of the threshold."""
    return thresholds().flatmap(
        lambda theta: st.tuples(weights(threshold=theta, nonnegative=True).filter(bool), st.just(theta))
    )


def judge(size: float, threshold: float) -> Verdict:
    """The pulses k threshold - size and size attain the saw-tooth: both <= of an equality of amplifications."""
    x, theta = Fraction(size), Fraction(threshold)
    k = ceil(x / theta)
    nu = SpikeTrain([0.0], [size])
    eta = SpikeTrain([0.0], [threshold]) * float(k) - nu  # exact
    neuron = IF(threshold)
    found = times(1 / x, alexiewicz_bounds(neuron(eta + nu) - neuron(eta)))
    tooth = exactly(theta * k / x)
    return all_of(compare(found, tooth, strict=False), compare(tooth, found, strict=False))


CLAIM = Claim(
    name="P5",
    title="The worst amplification of a perturbation is a saw-tooth",
    statement=(
        "Without leak, over all trains eta and all perturbations nu of norm x, the largest amplification of nu by "
        "integrate-and-fire with reset to modulo is theta ceil(x/theta)/x. It tends to 2 as theta tends to x from "
        "below, and it is theta/x for theta >= x. (That no "
        "perturbation does worse is P4; judged is the pair that attains it.)"
    ),
    latex=(
        r"\max_{\lVert\nu\rVert_A = x} \frac{\lVert \mathrm{IF}(\eta + \nu) - \mathrm{IF}(\eta)\rVert_A}{x} = "
        r"\frac{\vartheta}{x}\Bigl\lceil \frac{x}{\vartheta} \Bigr\rceil"
    ),
    source="spikemath; observed in arXiv 2305.05772",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("size and threshold are positive", lambda size, threshold: size > 0 and threshold > 0),
        Hypothesis("size is at most 2^53 thresholds", lambda size, threshold: size <= 2.0**53 * threshold),
    ),
    sharp=(
        Example("theta just below x = 1: amplification 2 - 2^-19", (1.0, 1 - 2.0**-20)),
        Example("theta = x: amplification 1", (1.0, 1.0)),
        Example("theta = 1024 x: amplification 1024", (2.0**-10, 1.0)),
    ),
)
