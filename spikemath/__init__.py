"""Signals into spikes, exactly: LIF, IF and send-on-delta operators, Alexiewicz norms, and the theorems about them."""

from spikemath.signals import RunningIntegral, Signal, Signals, SpikeTrain, SpikeTrains
