"""Signals into spikes, exactly: LIF, IF and send-on-delta operators, Alexiewicz norms, and the theorems about them."""

from spikemath.errors import TooManySpikesError
from spikemath.norms import (
    Extremum,
    alexiewicz_extremum,
    alexiewicz_norm,
    discrepancy_norm,
    total_variation,
    truncated_variation,
)
from spikemath.operators import IF, LIF, Encoding, SendOnDelta
from spikemath.signals import RunningIntegral, Signal, Signals, SpikeTrain, SpikeTrains

__version__ = "0.1.0.dev0"
