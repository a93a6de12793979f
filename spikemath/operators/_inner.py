r"""One channel of a recording, block by block: what runs it, by kind of operator and of hold.

    start(index) -> state        run(state, index, x) -> spikes, state        finish(state, index) -> spikes, state

    LIF, IF of held samples      Samplewise      _encoder/encode_samples.py, bit for bit what encodes a whole recording
    send-on-delta of those       Jumpwise        _encoder/train_kernels.py, expansions
    joined samples, and some     Cellwise        _encoder/cell_kernel.py
    fast ones

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
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from spikemath._encoder import firing
from spikemath._encoder import train_kernels as tk
from spikemath._encoder.encode_samples import SampleEncoder, Scratch, scratch, takes_fast
from spikemath._encoder.rules import Settings
from spikemath._encoder.train_kernels import DONE, PARTS, SIZE, WAITING, WAKE, WRITTEN, quantize, write
from spikemath._numeric.dd import pair_up
from spikemath._numeric.eft import CAPACITY, two_sum
from spikemath._numeric.jit import compiled
from spikemath.operators._resumed import BLOCK, Cellwise
from spikemath.operators._state import Columns, State, nothing
from spikemath.signals.axis import Axis
from spikemath.signals.checks import FloatArray

_local = threading.local()


def _room() -> Scratch:
    """Scratch of this thread."""
    if not hasattr(_local, "room"):
        _local.room = scratch()
    room: Scratch = _local.room
    return room


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
        state, found = self.encoder.run(state, x, room=_room())
        state.flags[firing.WRITTEN] = 0  # of the last kernel call, no part of the state
        return tuple(found), state  # type: ignore[return-value]

    def finish(self, state: Any, index: int) -> tuple[Columns, Any]:
        """What is due at the very end: a refractory time that ends there."""
        state, found = self.encoder.run(state, np.zeros(0), last=True, room=_room())
        return tuple(found), state  # type: ignore[return-value]

    def potential(self, state: Any, index: int) -> float:
        """The potential at the end of what was seen."""
        return self.encoder.potential(state)


class Jumpwise:
    """Send-on-delta of held samples: a train of differences, in expansions, where every decision is exact."""

    def __init__(self, op: Settings, axis: Axis) -> None:
        if op.arithmetic != "exact":
            raise ValueError("send-on-delta of held samples has exact arithmetic only in a stream")
        if op.threshold > 2.0**900:
            raise ValueError(f"threshold = {op.threshold!r} is too large for a stream")
        self.op, self.axis = op, axis
        self.refractory = pair_up(Fraction(op.refractory) * axis.rate)

    def start(self, index: int) -> State:
        """Before the first sample."""
        return State(np.zeros(tk.FLOATS), np.zeros(tk.INTEGERS, dtype=np.int64))

    def run(self, state: State, index: int, x: FloatArray) -> tuple[Columns, State]:
        """The spikes of these samples, and of refractory times that end before the next one."""
        x = np.asarray(x, dtype=np.float64)
        if x.size == 0:
            return nothing(), state
        jump, rest = two_sum.python(x, -np.concatenate([[state.last], x[:-1]]))
        at = np.nonzero(jump)[0]
        terms = np.stack([jump[at], rest[at]]) if rest.any() else jump[None, at]
        hi = (at + index).astype(np.float64)
        done, state = self._events(state, hi, terms, float(index + x.size))
        return done, state._replace(last=float(x[-1]), begun=2)

    def _events(self, state: State, hi: FloatArray, terms: FloatArray, until: float) -> tuple[Columns, State]:
        op, floats, flags = self.op, state.floats.copy(), state.flags.copy()
        rest, found = (op.threshold, op.reset_code, int(op.bipolar), *self.refractory), []
        room = min(BLOCK, 2 * hi.size + 64)
        out = np.zeros(room + 1), np.zeros(room + 1), np.zeros(room + 1, dtype=np.int64)
        lo, status = np.zeros(hi.size), tk.FULL
        while status == tk.FULL:
            flags[tk.WRITTEN] = 0
            status = tk.if_train(floats, flags, hi, lo, terms, *rest, *out)
            found.append(tuple(c[: flags[tk.WRITTEN]].copy() for c in out))
        flags[tk.EVENT] = 0
        while status == tk.DONE and flags[tk.WAITING] and before(floats, until):
            flags[tk.WRITTEN] = 0
            status = wake_up(floats, flags, until, *rest, *out)
            found.append(tuple(c[: flags[tk.WRITTEN]].copy() for c in out))
        if status == tk.OVERFLOW:
            raise OverflowError("a spike has more than 2^62 thresholds: raise the threshold")
        flags[tk.WRITTEN] = 0
        columns = tuple(np.concatenate(c) for c in zip(*found, strict=True))
        return columns, state._replace(floats=floats, flags=flags)  # type: ignore[return-value]

    def finish(self, state: State, index: int) -> tuple[Columns, State]:
        """What is due at the very end: a refractory time that ends there."""
        if not state.flags[tk.WAITING]:
            return nothing(), state
        return self._events(state, np.array([float(index)]), np.zeros((1, 1)), float(index))

    def potential(self, state: State, index: int) -> float:
        """The potential at the end of what was seen."""
        parts = state.floats[tk.PARTS : tk.PARTS + int(state.flags[tk.SIZE])]
        return float(sum(map(Fraction, parts.tolist()), Fraction(0)))


def _before(state, until):
    return state[WAKE] < until or (state[WAKE] == until and state[WAKE + 1] < 0.0)


before = compiled(_before)


def _wake_up(state, flags, until, theta, reset, bipolar, refractory_hi, refractory_lo, out_hi, out_lo, out_count):
    """Test the potential of a silent train at the end of each refractory time before ``until``."""
    parts, scratch = state[PARTS:], np.zeros(CAPACITY + 1)
    while flags[WAITING] and before(state, until) and flags[WRITTEN] < out_hi.size - 1:
        ch, cl = state[WAKE], state[WAKE + 1]
        flags[WAITING] = 0
        flags[SIZE], count, status = quantize(parts, flags[SIZE], theta, reset, bipolar, scratch)
        if status != DONE:
            return status
        if count != 0:
            write(state, flags, ch, cl, count, refractory_hi, refractory_lo, out_hi, out_lo, out_count)
    return DONE


wake_up = compiled(_wake_up)


@lru_cache(maxsize=4096)
def inner(op: Settings, axis: Axis, hold: str, differences: bool) -> Any:
    """What runs one channel; ``differences`` for send-on-delta."""
    loose = op.arithmetic == "fast" and not differences and not takes_fast(op, axis.rate)
    if hold == "linear" or loose:
        return Cellwise(op, axis, hold, differences)
    return Jumpwise(op, axis) if differences else Samplewise(op, axis)
