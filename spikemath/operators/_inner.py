r"""One channel of a recording, block by block: what runs it, by kind of operator and of hold.

    start(index) -> state        run(state, index, x) -> spikes, state        finish(state, index) -> spikes, state

    LIF, IF of held samples      Samplewise      _encoder/encode_samples.py, bit for bit what encodes a whole recording
    send-on-delta of those       Jumpwise        _jumpwise.py: _encoder/delta_kernel.py, by comparisons alone
    LIF, IF of joined samples    Joinedwise      _encoder/encode_joined.py, likewise
    what these do not take       Cellwise        _encoder/cell_kernel.py

**What stays exact without the past.** Without leak the potential is sum x - threshold * sum counts, a dyadic rational,
which is carried exactly; so every decision is exact, and nothing is undecided. With a leak what is carried is an
enclosure (some 2^-80 of the threshold, for old errors decay with the potential). A constant x with |x| <= alpha *
threshold never takes the potential to the threshold, since

    u(s) = e^(-alpha s) u(0) + (1 - e^(-alpha s)) x/alpha       lies strictly inside if u(0) does,

so the ties that ordinary data have, x/alpha = threshold, are decided for good (exact_cell.py). What the enclosure
leaves open after that fires and is counted. The same blocks or others, the answer is the same.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np

from spikemath._encoder import firing
from spikemath._encoder.encode_joined import JoinedEncoder, takes_joined
from spikemath._encoder.encode_samples import SampleEncoder, Scratch, scratch, takes_fast
from spikemath._encoder.rules import Settings
from spikemath.operators._jumpwise import Jumpwise
from spikemath.operators._resumed import Cellwise
from spikemath.operators._state import Columns, nothing
from spikemath.signals.axis import Axis


class _Rooms(threading.local):
    def __init__(self) -> None:
        self.made: dict[int, Scratch] = {}


_rooms = _Rooms()


def _room(terms: int) -> Scratch:
    """Scratch of this thread."""
    if terms not in _rooms.made:
        _rooms.made[terms] = scratch(terms)
    return _rooms.made[terms]


class Samplewise:
    """LIF and IF of held samples."""

    def __init__(self, op: Settings, axis: Axis) -> None:
        self.encoder = SampleEncoder(op, axis.rate)

    def start(self, index: int) -> Any:
        """Before the first sample."""
        state = self.encoder.start()
        state.floats[firing.LAST] = float(index)  # a time is as sharp as the gap since then demands
        return state._replace(index=index)

    def run(self, state: Any, index: int, x: Any) -> tuple[Columns, Any]:
        """The spikes of these samples."""
        if x.size == 0:
            return nothing(), state
        state, found = self.encoder.run(state, x, room=_room(self.encoder.terms))
        state.flags[firing.WRITTEN] = 0  # of the last kernel call, no part of the state
        if not (state.flags[firing.BASED] or self.encoder.fast):
            state.flags[firing.FIRED] = 0  # means nothing then
        return tuple(found), state  # type: ignore[return-value]

    def finish(self, state: Any, index: int) -> tuple[Columns, Any]:
        """What is due at the very end: a refractory time that ends there."""
        state, found = self.encoder.run(state, np.zeros(0), last=True, room=_room(self.encoder.terms))
        return tuple(found), state  # type: ignore[return-value]

    def potential(self, state: Any, index: int) -> float:
        """The potential at the end of what was seen."""
        return self.encoder.potential(state)


class Joinedwise(Samplewise):
    """LIF and IF of joined samples."""

    def __init__(self, op: Settings, axis: Axis) -> None:
        self.encoder = JoinedEncoder(op, axis.rate)

    def run(self, state: Any, index: int, x: Any) -> tuple[Columns, Any]:
        """The spikes between these samples."""
        return super().run(state, index, np.asarray(x, dtype=np.float64))


@lru_cache(maxsize=4096)
def inner(op: Settings, axis: Axis, hold: str, differences: bool) -> Any:
    """What runs one channel; ``differences`` for send-on-delta."""
    loose = op.arithmetic == "fast" and not differences and not takes_fast(op, axis.rate)
    if hold == "linear" and not differences and takes_joined(op, axis.rate):
        return Joinedwise(op, axis)
    if hold == "linear" or loose:
        return Cellwise(op, axis, hold, differences)
    return Jumpwise(op, axis) if differences else Samplewise(op, axis)
