"""Networks of LIF neurons on waiting times, in integers: what an accelerator in differential time computes.

    encode  ->  merge  ->  LifLayer  ->  LifLayer  ->  ...  ->  readout
    trains      one        event by event, autonomous firings included
    of waits    stream     equal to the clocked model, bit for bit

docs/differential-time.md has the proofs.

Examples
--------
>>> from spikemath.networks import differential as dt
>>> stream = dt.merge(dt.encode([[1, 9], [2, 2]]))
>>> dt.LifLayer([[12, -3], [5, 9]], threshold=8)(stream).times
array([1, 2, 9])
"""

from spikemath.networks.differential.clocked import clocked, counts_of, stream_of
from spikemath.networks.differential.cycles import PUBLISHED, CycleModel
from spikemath.networks.differential.decay import Decay
from spikemath.networks.differential.drive import encode_drive, first_spike
from spikemath.networks.differential.engine import Engine, EngineRun
from spikemath.networks.differential.lif import LifLayer
from spikemath.networks.differential.merge import Stream, in_blocks, merge, merge_merged, merge_streams
from spikemath.networks.differential.synapses import Synapses
from spikemath.networks.differential.waiting import WaitingTimes, decode, decode_stream, encode, word_bits

__all__ = [
    "PUBLISHED",
    "CycleModel",
    "Decay",
    "Engine",
    "EngineRun",
    "LifLayer",
    "Stream",
    "Synapses",
    "WaitingTimes",
    "clocked",
    "counts_of",
    "decode",
    "decode_stream",
    "encode",
    "encode_drive",
    "first_spike",
    "in_blocks",
    "merge",
    "merge_merged",
    "merge_streams",
    "stream_of",
    "word_bits",
]
