r"""The channels of a recording, block by block: what runs them, by kind of operator and of hold.

    start(index) -> state                               index: number of the first sample
    run(state, index, x, threads) -> found, state       x (channels, n): the samples that come next
    finish(state, index) -> found, state                the very end, where a refractory time may end
    potential(state) -> array                           at the end of what was seen, after ``finish``
    revived(values) -> state                            of the values of a state that went through a file

    LIF, IF of held samples      SampleChannels      _encoder/encode_channels.py, all channels in one kernel call
    send-on-delta of those       Jumpwise            _jumpwise.py: the same by _encoder/encode_deltas.py
    LIF, IF of joined samples    Each                _encoder/encode_joined.py, channel by channel
    what these do not take       Each                _resumed.py: _encoder/cell_kernel.py, likewise

**What stays exact without the past.** Without leak the potential is sum x - threshold * sum counts, a dyadic rational,
which is carried exactly; so every decision is exact, and nothing is undecided. With a leak what is carried is an
enclosure (some 2^-80 of the threshold, for old errors decay with the potential). A constant x with |x| <= alpha *
threshold never takes the potential to the threshold, since

    u(s) = e^(-alpha s) u(0) + (1 - e^(-alpha s)) x/alpha       lies strictly inside if u(0) does,

so the ties that ordinary data have, x/alpha = threshold, are decided for good (exact_cell.py). What the enclosure
leaves open after that fires and is counted. The same blocks or others, the answer is the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from spikemath._encoder.encode_channels import channels_for
from spikemath._encoder.encode_joined import joined_for, takes_joined
from spikemath._encoder.encode_samples import takes_fast
from spikemath._encoder.rules import Settings
from spikemath.operators._jumpwise import Jumpwise
from spikemath.operators._resumed import Cellwise, Each
from spikemath.signals.axis import Axis


@lru_cache(maxsize=256)
def inner(ops: tuple[Settings, ...], axis: Axis, hold: str, differences: bool) -> Any:
    """What runs channels with these settings; ``differences`` for send-on-delta."""
    loose = ops[0].arithmetic == "fast" and not differences and not all(takes_fast(op, axis.rate) for op in ops)
    if hold == "linear" and not differences and all(takes_joined(op, axis.rate) for op in ops):
        return Each(ops, lambda op: joined_for(op, axis.rate))
    if hold == "linear" or loose:
        return Each(ops, lambda op: Cellwise(op, axis, hold, differences))
    return Jumpwise(ops, axis) if differences else channels_for(ops, axis.rate)
