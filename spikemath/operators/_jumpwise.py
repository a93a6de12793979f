r"""Send-on-delta of one channel of held samples, block by block: exact, by comparisons alone (delta_kernel.py).

    u = x_k - r,        r = theta K  or the sample at the last spike;        what is carried: r, and the last sample

The kernel counts to 2^52 thresholds. From the first sample that is beyond, which no cut of the recording changes, the
differences of the samples are a train like any other (train_kernels.py), and stay one.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from spikemath._encoder import delta_kernel as dk
from spikemath._encoder import train_kernels as tk
from spikemath._encoder.encode_deltas import Room, advance, at_end, begin, in_range, reference, rules
from spikemath._encoder.rules import Settings
from spikemath._encoder.train_kernels import DONE, PARTS, SIZE, WAITING, WAKE, WRITTEN, quantize, write
from spikemath._numeric.dd import pair_up
from spikemath._numeric.eft import CAPACITY, two_sum
from spikemath._numeric.jit import compiled
from spikemath.operators._resumed import BLOCK
from spikemath.operators._state import Columns, State, nothing
from spikemath.signals.axis import Axis
from spikemath.signals.checks import FloatArray
from spikemath.signals.exact_weights import expansion


class Jumpwise:
    """Send-on-delta of held samples."""

    def __init__(self, op: Settings, axis: Axis) -> None:
        self.op, self.rules = op, rules(op, axis.rate)
        self.large = _Trainwise(op, axis)

    def start(self, index: int) -> State:
        """Before the first sample."""
        return State(*begin(self.op)) if in_range(self.op) else self.large.start(index)

    def after(self, x: Fraction, r: int) -> State:
        """After a sample x, r thresholds having been sent (reset "modulo", no refractory time)."""
        if in_range(self.op) and abs(r) < 2**52:
            state, flags = begin(self.op)
            state[dk.LEVEL], state[dk.BEFORE] = float(r), float(x)
            return State(state, flags)
        return self.large.after(x - r * Fraction(self.op.threshold), float(x))

    def run(self, state: State, index: int, x: FloatArray) -> tuple[Columns, State]:
        """The spikes of these samples, and of refractory times that end before the next one."""
        if x.size == 0:
            return nothing(), state
        if not _short(state):
            return self.large.run(state, index, x)
        floats, flags, room = state.floats.copy(), state.flags.copy(), Room(self.rules, index, x.size)
        done, status = advance(room, floats, flags, x, index)
        columns, state = room.columns(flags), State(floats, flags)
        if status == dk.DONE:
            return columns, state
        rest, state = self.large.run(self._handed_on(state), index + done, x[done:])
        return tuple(map(np.concatenate, zip(columns, rest, strict=True))), state  # type: ignore[return-value]

    def _handed_on(self, state: State) -> State:
        """The state as one of a train."""
        floats, waiting = state.floats, state.flags[dk.WAITING]
        before = Fraction(float(floats[dk.BEFORE]))
        made = self.large.after(before - reference(floats, state.flags, self.op.threshold), float(before))
        if waiting:
            made.floats[tk.WAKE : tk.WAKE + 2], made.flags[tk.WAITING] = floats[dk.WAKE : dk.WAKE + 2], 1
        return made

    def finish(self, state: State, index: int) -> tuple[Columns, State]:
        """What is due at the very end: a refractory time that ends there."""
        if not _short(state):
            return self.large.finish(state, index)
        floats, flags, room = state.floats.copy(), state.flags.copy(), Room(self.rules, index, 1)
        if at_end(room, floats, flags, index) == dk.LARGE:
            return self.large.finish(self._handed_on(state), index)
        return room.columns(flags), State(floats, flags)

    def potential(self, state: State, index: int) -> float:
        """The potential at the end of what was seen."""
        if not _short(state):
            return self.large.potential(state)
        return float(Fraction(float(state.floats[dk.BEFORE])) - reference(state.floats, state.flags, self.op.threshold))


def _short(state: State) -> bool:
    """Whether the state is one of delta_kernel.py."""
    return state.flags.size == dk.INTEGERS


class _Trainwise:
    """The same as a train of differences, in expansions: where thresholds or counts leave the range of the kernel."""

    def __init__(self, op: Settings, axis: Axis) -> None:
        if op.threshold > 2.0**900:
            raise ValueError(f"threshold = {op.threshold!r} is too large for a stream")
        self.op, self.axis = op, axis
        self.refractory = pair_up(Fraction(op.refractory) * axis.rate)

    def start(self, index: int) -> State:
        """Before the first sample."""
        return State(np.zeros(tk.FLOATS), np.zeros(tk.INTEGERS, dtype=np.int64))

    def after(self, u: Fraction, last: float) -> State:
        """With a potential, after a sample."""
        state, terms = self.start(0), [part for part in reversed(expansion(u)) if part]
        state.floats[PARTS : PARTS + len(terms)], state.flags[SIZE] = terms, len(terms)
        return state._replace(last=last, begun=2)

    def run(self, state: State, index: int, x: FloatArray) -> tuple[Columns, State]:
        """The spikes of these samples, and of refractory times that end before the next one."""
        x = np.asarray(x, dtype=np.float64)
        if x.size == 0:
            return self._events(state, x, x[None], float(index))
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
        floats[PARTS + int(flags[SIZE]) :] = 0.0  # what sums left behind there depends on the blocks
        columns = tuple(np.concatenate(c) for c in zip(*found, strict=True))
        return columns, state._replace(floats=floats, flags=flags)  # type: ignore[return-value]

    def finish(self, state: State, index: int) -> tuple[Columns, State]:
        """What is due at the very end: a refractory time that ends there."""
        if not state.flags[tk.WAITING]:
            return nothing(), state
        return self._events(state, np.array([float(index)]), np.zeros((1, 1)), float(index))

    def potential(self, state: State) -> float:
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
