r"""Hold: the staircase of the spikes, the minimax decoder of the leaky integral.

    W(t) = sum of exp(-alpha (t - t_i)) w_i over t_i <= t,      sup_t |v(t) - W(t)| < theta     (<= at left limits)

Send-on-delta: the decoded g is W itself, a staircase, at most one threshold off at every time; no decoder
guarantees less, for W is the centre of all signals with these spikes (theory D2). IF and LIF: the f whose leaky
integral is W is the train itself, so the decoded signal is a sum of pulses: it has no values to look at, but its leaky
integral has the least guaranteed error, ||f - decoded||_{A,alpha} <= theta.

The bound is that of the operator with reset to modulo and no refractory time, for every input. With subtract or zero it
needs an input without pulses; with a refractory time there is none.

Source: the bound, Moser, Lunglmayr (arXiv 2501.11453), sharpened; minimax: docs/theory.md, D2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikemath.decoders._base import FAILS, HOLDS, UNKNOWN, Condition, Decoder, Solution
from spikemath.decoders._known import Known
from spikemath.decoders._pieces import in_tube
from spikemath.signals import Signal


@dataclass(frozen=True)
class Hold(Decoder):
    """The staircase of the spikes: for send-on-delta never more than one threshold off, which is the least possible.

    For IF and LIF the decoded signal is the train of pulses, whose leaky integral is that staircase; for a
    function take :class:`Linear` or :class:`Spline`.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.Signal.from_samples([0.0, 1.0, 0.25], fs=1.0, hold="linear")
    >>> decoded = sm.decoders.Hold().decode(sm.SendOnDelta(0.25).encode(g))
    >>> decoded.signal([0.3, 0.99]), decoded.report.bound
    (array([0.25, 0.75]), 0.25)
    """

    def _solve(self, known: Known) -> Solution:
        bound = known.threshold if self._condition(known) else None
        if not known.sampled:
            train = known.train
            signal = Signal._build(train._axis, (), train, train._start, train._end)
            if known.bias:
                whole = known.hi[[0, -1]], known.lo[[0, -1]]
                signal = signal + known.pieces(np.array([[-known.bias]]), *whole)
            return Solution(signal, {"bound": bound})
        return Solution(known.pieces(known.y[None, :-1]), {"bound": bound})

    def _condition(self, known: Known) -> Condition:
        statement, verdict = "the held sum is within one threshold of the leaky integral", UNKNOWN
        op = known.operator
        if in_tube(known):
            verdict = HOLDS
        elif op.refractory > 0.0:
            statement = "with a refractory time the leaky integral may be further than a threshold from the held sum"
            verdict = FAILS if known.loose else UNKNOWN
        elif not op.bipolar:
            statement = "a one-sided operator says nothing of how far below the held sum the leaky integral is"
        elif op.reset != "modulo":
            statement += f"; with reset {op.reset!r}, if the input has no pulses"
        else:
            statement += " but for rounding: the arithmetic was fast"
        return Condition("tube", verdict, statement, known.threshold, known.threshold)
