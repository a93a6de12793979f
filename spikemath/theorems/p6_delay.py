r"""P6. What a delay D of the input does to the output, compared with the output in its place.

    || LIF(e(. - D)) - LIF(e) ||  <  theta + (1 - exp(-alpha D)) ||e||_{A,alpha} + sup_t | leaky mass of e in (t - D,
t] |

The running leaky integral of e(. - D) - e is U(t - D) - U(t), and U(t) = exp(-alpha D) U(t - D) + the leaky mass that
came in since; P1 does the rest.

Source: the experiment is in arXiv 2305.05772; the bound with theta is new.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from spikemath._numeric.potential import rational
from spikemath.norms import alexiewicz_bounds
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain
from spikemath.theorems._claim import Bounds, Claim, Example, Hypothesis, Verdict, exactly
from spikemath.theorems._data import are_trains, below, decay, enclosed, events, larger, loss, number, plus, train_cases


def instances() -> Any:
    """Trains aimed at multiples of the threshold, and delays that meet their gaps or miss them."""
    delays = st.sampled_from([1.0, 0.1, 0.5, 2.0, 2.0**-20]) | st.floats(1e-6, 4.0)
    return train_cases(extra=lambda theta: (delays,))


def _mass(e: SpikeTrain, alpha: float, delay: Fraction, bits: int) -> Bounds:
    """sup_t of the absolute leaky mass in (t - delay, t]: it changes at the events, and at the events plus delay."""
    train = events(e)
    instants = sorted({t + d for t, _ in train for d in (Fraction(0), delay)})

    def at(t: Fraction) -> Any:
        inside = [rational(a) * decay(alpha, t - s) for s, a in train if t - delay < s <= t]
        return abs(sum(inside, rational(0)))

    return larger(exactly(0), *(enclosed(lambda t=t: at(t), bits) for t in instants))  # type: ignore[misc]


def judge(e: SpikeTrain, delay: float, threshold: float, alpha: float) -> Verdict:
    """||LIF(e(. - delay)) - LIF(e)|| < the bound."""
    lif, D = LIF(threshold, alpha), Fraction(delay)
    change = lif(e.shift(delay)) - lif(e)

    def bound(bits: int) -> Bounds:
        size = alexiewicz_bounds(e, alpha, bits)
        lost = enclosed(lambda: loss(alpha, D) * number(size), bits)
        return plus(exactly(threshold), lost, _mass(e, alpha, D, bits))

    return below(change, alpha, bound)


CLAIM = Claim(
    name="P6",
    title="A delay changes the output by less than what decays, plus what comes in meanwhile, plus one threshold",
    statement=(
        "If a train e is delayed by D > 0, the output of a LIF neuron with reset to modulo changes by less than the "
        "threshold, plus what the norm of e loses in D, plus the largest leaky mass of e in a window of length D."
    ),
    latex=(
        r"\lVert \mathrm{LIF}(e(\cdot - D)) - \mathrm{LIF}(e)\rVert_{A,\alpha} < \vartheta + (1 - e^{-\alpha D})"
        r"\lVert e\rVert_{A,\alpha} + \sup_t \Bigl\lvert \int_{(t-D,t]} e^{-\alpha(t-s)}\,\mathrm{d}e(s)\Bigr\rvert"
    ),
    source="spikemath; measured in arXiv 2305.05772",
    status="new",
    instances=instances,
    judge=judge,
    hypotheses=(
        are_trains("e"),
        Hypothesis("the delay is positive", lambda e, delay, threshold, alpha: delay > 0),
    ),
    sharp=(
        Example(
            "256 pulses of theta/256: a window that holds one of them may see a spike",
            (SpikeTrain([float(k) for k in range(256)], [2.0**-8] * 256), 0.5, 1.0, 0.0),
        ),
    ),
)
