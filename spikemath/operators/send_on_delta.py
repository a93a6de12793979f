"""Send-on-delta is integrate-and-fire of the derivative:  SOD(g) = IF(D g).

D g is the distributional derivative: jumps, and the initial value at t0, are Dirac pulses. Textbook send-on-delta (the
reference becomes the sampled value) is reset-to-zero; where g is continuous all
resets coincide.

Source: Moser, Lunglmayr (arXiv 2501.11453), sharpened: bounded variation is not needed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from spikemath._encoder.encode_deltas import encode_delta_channels, encode_deltas
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.found import Trains
from spikemath._encoder.recorded import recorded
from spikemath._encoder.rules import Settings
from spikemath.operators._base import Operator
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain


class SendOnDelta(Operator):
    """Send-on-delta: a spike each time the signal has moved by one threshold, exact.

    Parameters
    ----------
    threshold : float, or sequence with one per channel
        Threshold, > 0, in units of the signal.
    reset, refractory, bipolar, arithmetic
        As for :class:`LIF`. On samples held constant "fast" is exact too: comparisons are all there is.

    Raises
    ------
    ValueError
        threshold <= 0, refractory < 0, unknown reset or arithmetic; a signal with pulses (their derivative is no
        measure).

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.Signal.from_samples([0.0, 2.5, 2.6, 0.5], fs=1.0)
    >>> sm.SendOnDelta(1.0)(g).counts
    array([ 2, -1])
    >>> sm.SendOnDelta(1.0)(g) == sm.IF(1.0)(g.derivative())
    True
    """

    __slots__ = ()
    _differences = True

    def __init__(
        self,
        threshold: Any,
        reset: str = "modulo",
        refractory: float = 0.0,
        bipolar: bool = True,
        arithmetic: str = "exact",
    ) -> None:
        self._check(threshold, 0.0, reset, refractory, bipolar, arithmetic)

    def _input(self, f: Any) -> Any:
        if isinstance(f, SpikeTrain):
            if len(f):
                raise ValueError("send-on-delta needs a function: the derivative of a Dirac pulse is no measure")
            return f
        f = super()._input(f)
        if not isinstance(f, Signal):
            raise TypeError("send-on-delta takes no Expression: apply IF to the Expression of its derivative")
        return f.derivative()

    def _channels_of(self, x: Any, ops: Any, rate: Fraction, progress: Progress, threads: int) -> Trains | None:
        return encode_delta_channels(x, ops, rate, progress, threads)

    def _one(self, f: Any, op: Settings, progress: Progress, threads: int = 1) -> tuple[Any, Run]:
        x = recorded(f) if isinstance(f, Signal) else None
        if x is None:
            return super()._one(f, op, progress)
        run = self._parallel(f, op, progress, threads) if threads > 1 else None
        run = encode_deltas(x, f._axis.rate, op, progress) if run is None else run
        return super()._one(f, op, progress) if run is None else (f, run)
