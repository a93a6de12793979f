"""What flows: spike trains and signals (functions plus Dirac pulses), exact in time and weight."""

from spikemath.signals.many import Signals, SpikeTrains, concatenate
from spikemath.signals.running_integral import RunningIntegral
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain

__all__ = ["RunningIntegral", "Signal", "Signals", "SpikeTrain", "SpikeTrains", "concatenate"]
