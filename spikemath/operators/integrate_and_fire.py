"""Integrate-and-fire: LIF without leak.

    t_(k+1) = inf{ t >= t_k + refractory : |u(t)| >= threshold },    u the primitive of signal minus spikes

With reset "modulo" and no refractory time it has the least l1 norm among all trains on the lattice of the threshold
that keep the running error inside the open tube at every instant.

Source: Moser, Lunglmayr (arXiv 2410.17441, 2501.11453).
"""

from __future__ import annotations

from typing import Any

from spikemath.operators._base import Operator


class IF(Operator):
    """Integrate-and-fire (LIF with alpha = 0), exact.

    Parameters
    ----------
    threshold : float, or sequence with one per channel
        Threshold, > 0, in units of signal times time.
    reset, refractory, bipolar, arithmetic
        As for :class:`LIF`.

    Raises
    ------
    ValueError
        threshold <= 0, refractory < 0, unknown reset or arithmetic.

    Examples
    --------
    >>> import spikemath as sm
    >>> spikes = sm.IF(0.3)(sm.SpikeTrain([0.0, 1.0, 2.0], [0.1, 0.2, 0.3]))
    >>> spikes.times, spikes.counts      # as real numbers, 0.1 + 0.2 reaches 0.3
    (array([1., 2.]), array([1, 1]))
    """

    __slots__ = ()

    def __init__(
        self,
        threshold: Any,
        reset: str = "modulo",
        refractory: float = 0.0,
        bipolar: bool = True,
        arithmetic: str = "exact",
    ) -> None:
        self._check(threshold, 0.0, reset, refractory, bipolar, arithmetic)
