r"""Q6. A refractory time widens the bound of reset to modulo.

    |f| <= c without pulses:   |V(t)| < max( theta, exp(-alpha t_r) theta + c (1 - exp(-alpha t_r)) / alpha )

(theta + c t_r without leak), and theta alone where c (1 - exp(-alpha t_r)) / alpha <= theta.
After a spike |V| < theta; while the neuron cannot fire, |V| follows at most the solution
of x' = -alpha x + c, x(0) = theta, which is monotone; at the end of the refractory time the rest is sent.
Every first spike is a crossing, so V = 0 after it; where an input c cannot fill a threshold in t_r, the refractory time
never binds, all spikes are crossings, and Q2 gives theta.

Times are kept to 106 bits and refractory times rounded up to them; the judge allows for it with t_r + 2^-90.
Crossings are reported an instant early, by less than 2^-36 of the time since the last spike, and leave c times that; it
takes theta alone for the bound only where there is room for this.

Source: spikemath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath.operators import LIF
from spikemath.signals import Signal
from spikemath.strategies import leaks, thresholds, weights
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, exactly
from spikemath.theorems._data import below, charge, decay, enclosed, larger, number

HOLDS = ("zero", "linear")


def instances() -> Any:
    """Samples of integrals aimed at multiples of the threshold, held or joined by lines, one per unit of time."""

    def of(theta: float) -> Any:
        samples = st.lists(weights(threshold=theta, max_weight=8 * theta), min_size=2, max_size=6).map(tuple)
        t_r = st.sampled_from([1.0, 0.5, 0.25, 0.1, 2.0]) | st.floats(0.01, 3.0)
        return st.tuples(samples, st.sampled_from(HOLDS), st.just(theta), leaks(), t_r)

    return thresholds().flatmap(of)


def judge(samples: tuple[float, ...], hold: str, threshold: float, alpha: float, refractory: float) -> Verdict:
    """||f - LIF(f)||_{A,alpha} < the bound, c being the largest sample."""
    f = Signal.from_samples(samples, fs=1.0, hold=hold)
    error = f - LIF(threshold, alpha, refractory=refractory)(f)
    c = max(abs(Fraction(x)) for x in samples)
    t_r = Fraction(refractory) + Fraction(1, 2**90)
    overshoot = (c * len(samples) + Fraction(threshold)) / 2**35

    def bound(bits: int) -> Bounds:
        gained = enclosed(lambda: number(c) * charge(alpha, t_r), bits)
        if gained[1] + overshoot < Fraction(threshold):
            return exactly(threshold)
        charged = enclosed(lambda: decay(alpha, t_r) * number(threshold) + number(c) * charge(alpha, t_r), bits)
        return larger(exactly(threshold), charged)

    return below(error, alpha, bound)


CLAIM = Claim(
    name="Q6",
    title="A refractory time widens the bound",
    statement=(
        "Let f have no pulses and be bounded by c, reset to modulo, refractory time t_r > 0. The residual stays below "
        "the larger of theta and what a residual of theta has become after t_r of input c. Where "
        "c (1 - exp(-alpha t_r)) / alpha <= theta the refractory time never binds, and theta is the bound. "
        "Without leak and for c t_r > theta no smaller number does."
    ),
    latex=(
        r"\lvert f\rvert \le c \;\Rightarrow\; \lvert V(t)\rvert < \max\Bigl(\vartheta,\; e^{-\alpha t_r}\vartheta + "
        r"c\,\tfrac{1 - e^{-\alpha t_r}}{\alpha}\Bigr)"
    ),
    source="spikemath",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        Hypothesis("there are two samples or more", lambda samples, *rest: len(samples) >= 2),
        Hypothesis("they are held, or joined by lines", lambda samples, hold, *rest: hold in HOLDS),
        Hypothesis("the refractory time is positive", lambda samples, hold, threshold, alpha, t_r: t_r > 0),
    ),
    sharp=(
        Example("f = 1, theta = 1, t_r a little below 2: almost 3", ((1.0,) * 12, "zero", 1.0, 0.0, 2 - 2.0**-20)),
        Example("t_r = 0.9 never binds: almost 1", ((1.0,) * 12, "zero", 1.0, 0.0, 0.9)),
    ),
)
