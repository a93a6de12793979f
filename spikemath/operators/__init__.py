"""What encodes: leaky integrate-and-fire, integrate-and-fire and send-on-delta, as callable values."""

from spikemath.operators.encoding import Encoding
from spikemath.operators.integrate_and_fire import IF
from spikemath.operators.lif import LIF
from spikemath.operators.send_on_delta import SendOnDelta
from spikemath.operators.stream import Stream

__all__ = ["IF", "LIF", "Encoding", "SendOnDelta", "Stream"]
