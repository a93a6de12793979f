"""Weyl's discrepancy norm: the largest absolute integral over an interval.

    ||f||_D = sup_{s < t} |int_s^t f| = max F - min F       with F(t0-) = 0 counted,   ||f||_A <= ||f||_D <= 2 ||f||_A

Source: Moser, Lunglmayr (arXiv 2305.05772).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spikemath._numeric.threads import spread
from spikemath.norms._extremes import Extremes, decided, measure
from spikemath.signals.many import channels


def discrepancy_norm(f: Any, *, threads: int = 1) -> Any:
    """Weyl's discrepancy norm max F - min F, rounded down.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The measure.
    threads : int
        How many threads share the channels. The answer does not depend on it.

    Returns
    -------
    float, or numpy.ndarray with one value per channel
        The largest float64 that is not above the exact norm.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.discrepancy_norm(sm.SpikeTrain([0.0, 1.0, 2.0], [1.0, -3.0, 1.0]))
    3.0
    """
    members = channels(f)
    if members is not None:
        return np.array(spread(lambda i: _discrepancy(members[i]), len(members), threads))
    return _discrepancy(f)


def _discrepancy(f: Any) -> float:
    extremes = Extremes(measure(f), 0.0)
    rate = extremes.rate
    pairs = zip(extremes.enclosures(1), extremes.enclosures(-1), strict=True)
    return decided(((a.lower + b.lower) / rate, (a.upper + b.upper) / rate) for a, b in pairs)
