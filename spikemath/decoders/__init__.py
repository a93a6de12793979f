"""What decodes: spikes back to a signal, with the condition for recovery checked and the error stated."""

from spikemath.decoders._base import Condition, Decoded, Decoder, DecodingWarning, Report
from spikemath.decoders.hold import Hold
from spikemath.decoders.linear import Linear

__all__ = ["Condition", "Decoded", "Decoder", "DecodingWarning", "Hold", "Linear", "Report"]
