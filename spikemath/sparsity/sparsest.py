r"""The sparsest spikes that represent a signal: the l1 minimum over lattice trains in the open tube.

    minimize  ||s||_1 = sum |s_k|     over s in S_theta     subject to     |U_(s - f)(t)| < theta  for all t

S_theta are the trains whose weights are integer multiples of theta; U is the running leaky integral, and its values
(right limits) count, so the tube is open and pointwise.

Any spike times. *Without leak* a train f loses nothing when the competitors are confined to its events: let W be the
primitive of an admissible s with any times, and let s' jump at the events of f so that its primitive takes there
the values of W. Between events f has a constant primitive, so s' is admissible, and the variation of W along the
events is at most its variation. This holds up to every time, so s' is no larger than s at every prefix.

*With leak* free times can help, so ``sparsest`` with alpha > 0 is the optimum over trains on the events of f. A spike
between two events decays less or more than one at either, and so reaches residuals in between. Example: beta = 1/2,
theta = 1, f = (0.9, 1.2, -1.4) at times 0, 1, 2. One spike of +1 at a time where exp(-alpha (1 - t)) = 0.7 gives the
residuals 0.9, 0.64 | -0.36, 0.95, -0.925: l1 = 1. On the events the optimum is 2. What is known of free times:

* Between events a residual r > 0 admits only a spike of +theta, which makes it negative; then only -theta is
  admissible, and so on. So spikes between events are single and alternate, and there is none while the residual is 0.
* Two events are too few for a gain: where one spike between them is admissible and one is needed, a spike
  at the second is admissible.
* If all spikes of LIF_modulo(f) have one sign, LIF_modulo(f) is optimal among trains with any times (theory S3):
  sooner spikes have decayed more, so the j-th unit of an admissible train comes no later than that of LIF.
* How much free times can gain in general is open.

Source: without leak Moser, Lunglmayr (arXiv 2410.17441), made precise; the rest is new.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from spikemath.operators import IF
from spikemath.signals import SpikeTrain, SpikeTrains
from spikemath.signals.checks import nonnegative, positive
from spikemath.signals.many import channels
from spikemath.signals.signal import Signal
from spikemath.sparsity.lattice import lattice_counts
from spikemath.sparsity.leaky import leaky_counts


def sparsest(f: Any, threshold: float, alpha: float = 0.0) -> Any:
    """The train of multiples of the threshold with the smallest l1 norm in the open tube around f, exact.

    Use it to see how far an encoder is from the optimum. Without leak the optimum over all spike times is found by a
    dynamic programme over two states per event (trains of 10^5 events are no trouble); with leak it is the optimum
    over trains on the events of f, by a dynamic programme over residuals (see ``spikemath.sparsity.leaky``). Among
    equals it is the one whose sizes |k_1|, |k_2|, ... are lexicographically smallest: it spikes as late as possible.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        What is represented. A function part needs alpha = 0, where integrate-and-fire is optimal (theory S1): then
        ``IF(threshold)(f)`` is returned. It also spikes where a limit from the left reaches the threshold just as a
        pulse takes it back: it is the sparsest of the trains whose limits from the left stay in the tube too.
    threshold : float
        Half width of the tube and quantum of the weights, > 0.
    alpha : float
        Leak, 1/time, >= 0.

    Returns
    -------
    SpikeTrain or SpikeTrains
        With ``counts`` and ``quantum``, like the output of an encoder.

    Raises
    ------
    ValueError
        alpha > 0 and f has a function part; threshold <= 0; alpha < 0.
    ArithmeticError
        A comparison that 1000 bits do not decide, or a search that grows too large (only with leak).
    OverflowError
        A spike of more than 2^62 thresholds.

    Examples
    --------
    >>> import math, spikemath as sm
    >>> f = sm.SpikeTrain([0.0, 1.0, 2.0], [-0.75, -2.0, 1.5])
    >>> sm.sparsest(f, 1.0) == sm.IF(1.0)(f)
    True
    >>> alpha = math.log(4 / 3)                              # decay by 3/4 from event to event
    >>> sm.LIF(1.0, alpha)(f).counts, sm.sparsest(f, 1.0, alpha).counts
    (array([-2,  1]), array([-1, -1]))
    """
    theta, leak = positive(threshold, "threshold"), nonnegative(alpha, "alpha")
    members = channels(f)
    if members is not None:
        return SpikeTrains(sparsest(member, theta, leak) for member in members)
    if not isinstance(f, Signal | SpikeTrain):
        raise TypeError(f"f must be a Signal or a SpikeTrain, got {type(f).__name__}")
    if f._parts:
        if leak > 0.0:
            raise ValueError(f"alpha = {leak!r} must be 0 for a signal with a function part; trains may have a leak")
        return IF(theta)(f)
    train = f._pulses
    quantum, weights = Fraction(theta), train.exact_weights()
    if leak > 0.0:
        counts = leaky_counts(train.exact_times(), weights, quantum, Fraction(leak))
    else:
        counts = lattice_counts(weights, quantum)
    return on_events(train, counts, theta)


def on_events(train: SpikeTrain, counts: list[int], quantum: float) -> SpikeTrain:
    """Spikes of these counts at the events of a train."""
    at = [i for i, k in enumerate(counts) if k]
    if any(abs(counts[i]) >= 2**62 for i in at):
        raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")
    chosen = np.array([counts[i] for i in at], dtype=np.int64)
    hi, lo = train._hi[at], train._lo[at]
    return SpikeTrain._from_counts(train._axis, hi, lo, chosen, quantum, train._start, train._end)


def l1(s: Any) -> Fraction:
    """The l1 norm of a train, sum |s_k|, exact.

    Parameters
    ----------
    s : SpikeTrain
        The train.

    Returns
    -------
    fractions.Fraction

    Examples
    --------
    >>> import spikemath as sm
    >>> from spikemath.sparsity import l1
    >>> l1(sm.SpikeTrain([0.0, 1.0], [0.5, -2.0]))
    Fraction(5, 2)
    """
    return sum(map(abs, s.exact_weights()), Fraction(0))
