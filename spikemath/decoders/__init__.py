"""What decodes: spikes back to a signal, with the condition for recovery checked and the error stated."""

from spikemath.decoders._base import Condition, Decoded, Decoder, DecodingWarning, Report
from spikemath.decoders.bandlimited import Bandlimited
from spikemath.decoders.hold import Hold
from spikemath.decoders.innovation import FiniteRateOfInnovation
from spikemath.decoders.linear import Linear
from spikemath.decoders.multichannel import MultichannelBandlimited
from spikemath.decoders.pchip import Pchip
from spikemath.decoders.rate import Rate
from spikemath.decoders.sinc import SincPseudoInverse
from spikemath.decoders.smoothing_spline import SmoothingSpline
from spikemath.decoders.sparse_jumps import SparseJumps
from spikemath.decoders.spline import Spline
from spikemath.decoders.taut_string import TautString

__all__ = [
    "Bandlimited",
    "Condition",
    "Decoded",
    "Decoder",
    "DecodingWarning",
    "FiniteRateOfInnovation",
    "Hold",
    "Linear",
    "MultichannelBandlimited",
    "Pchip",
    "Rate",
    "Report",
    "SincPseudoInverse",
    "SmoothingSpline",
    "SparseJumps",
    "Spline",
    "TautString",
]
