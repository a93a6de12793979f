"""Leaky integrate-and-fire: a quantizer in the leaky Alexiewicz norm.

    du = -alpha u dt + df;       t_(k+1) = inf{ t >= t_k + refractory : |u(t)| >= threshold };       at a spike:

    modulo      s = threshold * trunc(u / threshold),  u <- u - s          then  ||LIF(f) - f||_{A,alpha} < threshold
    subtract    s = threshold * sign(u),               u <- u - s
    zero        s = threshold * sign(u),               u <- 0

Source: Moser, Lunglmayr, "On Leaky-Integrate-and Fire as Spike-Train-Quantization Operator on Dirac-Superimposed
Continuous-Time Signals" (arXiv 2402.07954).
"""

from __future__ import annotations

from typing import Any

from spikemath.operators._base import Operator
from spikemath.signals.checks import per_channel, positive


class LIF(Operator):
    """Leaky integrate-and-fire, exact.

    Parameters
    ----------
    threshold : float, or sequence with one per channel
        Threshold, > 0, in units of signal times time.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0. Give alpha or tau.
    reset : {"modulo", "subtract", "zero"}
        What a spike takes off the potential. Only "modulo" keeps the quantization bound for every input.
    refractory : float
        Time after a spike in which the neuron integrates but does not fire, >= 0.
    bipolar : bool
        Fire at +-threshold (True) or at +threshold only (False).
    arithmetic : {"exact", "fast"}
        "exact": the spikes of the real-number operator. "fast": plain floats, which break the strict bound on ties.
    tau : float, or sequence with one per channel
        Time constant, > 0, instead of alpha: alpha = 1/tau.

    Raises
    ------
    ValueError
        threshold <= 0, alpha < 0, refractory < 0, both or neither of alpha and tau, unknown reset or arithmetic.

    Notes
    -----
    A crossing inside a continuous piece is reported a few ulp early, where the potential is proved to be below the
    threshold, and the true residual is carried on: then the norm of f - lif(f) is strictly below the threshold in
    exact arithmetic (arXiv 2402.07954, sharpened). With reset "subtract" and no refractory time the neuron is
    single-shot: it re-arms at the next pulse, or once the potential has fallen below the threshold.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 3.0, -2.0], fs=10.0) + sm.SpikeTrain([0.05], [0.5])
    >>> lif = sm.LIF(threshold=0.1, alpha=2.0)
    >>> lif(f).counts
    array([ 5,  1,  1,  1, -1])
    >>> sm.alexiewicz_norm(f - lif(f), alpha=2.0) < 0.1
    True
    """

    __slots__ = ()
    _shown = ("threshold", "alpha")

    def __init__(
        self,
        threshold: Any,
        alpha: Any = None,
        reset: str = "modulo",
        refractory: float = 0.0,
        bipolar: bool = True,
        arithmetic: str = "exact",
        *,
        tau: Any = None,
    ) -> None:
        if (alpha is None) == (tau is None):
            given = "both alpha and tau" if alpha is not None else "neither alpha nor tau"
            raise ValueError(f"{given} given: exactly one is needed (alpha = 1/tau)")
        if alpha is None:
            given = per_channel(tau, "tau")
            one = tuple(1.0 / positive(x, "tau") for x in (given if isinstance(given, tuple) else (given,)))
            alpha = one if isinstance(given, tuple) else one[0]
        self._check(threshold, alpha, reset, refractory, bipolar, arithmetic)
