r"""Send-on-delta of held samples, block by block: exact, by comparisons alone, all channels in one kernel call.

    u = x_k - r,        r = theta K  or the sample at the last spike;        what is carried: r, and the last sample

The kernel (delta_kernel.py) counts to 2^52 thresholds. From the first sample that is beyond, which no cut of the
recording changes, the differences of a channel's samples are a train like any other (train_kernels.py), and stay one.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import delta_kernel as dk
from spikemath._encoder import train_kernels as tk
from spikemath._encoder.encode_deltas import DeltaChannels, in_range, reference
from spikemath._encoder.found import Found, gathered, nothing
from spikemath._encoder.rules import Settings
from spikemath._encoder.train_kernels import DONE, PARTS, SIZE, WAITING, WAKE, WRITTEN, quantize, write
from spikemath._numeric.dd import pair_up
from spikemath._numeric.eft import CAPACITY, two_sum
from spikemath._numeric.jit import compiled
from spikemath.operators._resumed import BLOCK
from spikemath.operators._state import Columns, State
from spikemath.operators._state import nothing as no_columns
from spikemath.signals.axis import Axis
from spikemath.signals.checks import FloatArray
from spikemath.signals.exact_weights import expansion


class Jumps(NamedTuple):
    """All channels between two blocks; those that have left the kernel as trains, their rows being 0."""

    floats: FloatArray  # the kernel's, a row for each channel
    flags: NDArray[np.int64]
    trains: tuple[tuple[int, State], ...] = ()  # channel and state


class Jumpwise:
    """Send-on-delta of held samples."""

    def __init__(self, ops: tuple[Settings, ...], axis: Axis) -> None:
        self.ops, self.deltas = ops, DeltaChannels(ops, axis.rate)
        self.made: dict[Settings, _Trainwise] = {}
        self.axis = axis
        for op in ops:
            if not in_range(op):
                self._train(op)  # which may refuse it

    def _train(self, op: Settings) -> _Trainwise:
        if op not in self.made:
            self.made[op] = _Trainwise(op, self.axis)
        return self.made[op]

    def start(self, index: int) -> Jumps:
        """Before the first sample."""
        wide = [c for c, op in enumerate(self.ops) if not in_range(op)]
        return self._apart(*self.deltas.begin(), {c: self._train(self.ops[c]).start(index) for c in wide})

    def _apart(self, floats: FloatArray, flags: NDArray[np.int64], trains: dict[int, State]) -> Jumps:
        for c in trains:
            floats[c], flags[c] = 0.0, 0
        return Jumps(floats, flags, tuple(sorted(trains.items())))

    def after(self, x: list[Fraction], r: list[int]) -> Jumps:
        """After samples x, r thresholds having been sent (reset "modulo", no refractory time)."""
        (floats, flags), trains = self.deltas.begin(), {}
        for c, (value, sent, op) in enumerate(zip(x, r, self.ops, strict=True)):
            if in_range(op) and abs(sent) < 2**52:
                floats[c, dk.LEVEL], floats[c, dk.BEFORE] = float(sent), float(value)
            else:
                trains[c] = self._train(op).after(value - sent * Fraction(op.threshold), float(value))
        return self._apart(floats, flags, trains)

    def run(self, state: Jumps, index: int, x: NDArray[Any], threads: int = 1) -> tuple[Found, Jumps]:
        """The spikes of these samples, and of refractory times that end before the next one."""
        if x.shape[1] == 0:
            return nothing(len(self.ops)), state
        floats, flags, trains = state.floats.copy(), state.flags.copy(), dict(state.trains)
        found, stopped = self.deltas.run(floats, flags, x, index, idle=_idle(state), threads=threads)
        later: dict[int, Columns] = {}
        for c, done in (dict.fromkeys(trains, 0) | stopped).items():
            before = trains[c] if c in trains else self._handed_on(floats[c], flags[c], c)
            later[c], trains[c] = self._train(self.ops[c]).run(before, index + done, x[c, done:])
        return _with(found, later), self._apart(floats, flags, trains)

    def _handed_on(self, floats: FloatArray, flags: NDArray[np.int64], c: int) -> State:
        """The state of a channel as one of a train."""
        before, op = Fraction(float(floats[dk.BEFORE])), self.ops[c]
        made = self._train(op).after(before - reference(floats, flags, op.threshold), float(before))
        if flags[dk.WAITING]:
            made.floats[tk.WAKE : tk.WAKE + 2], made.flags[tk.WAITING] = floats[dk.WAKE : dk.WAKE + 2], 1
        return made

    def finish(self, state: Jumps, index: int) -> tuple[Found, Jumps]:
        """What is due at the very end: a refractory time that ends there."""
        floats, flags, trains = state.floats.copy(), state.flags.copy(), dict(state.trains)
        found, stopped = self.deltas.end(floats, flags, index, _idle(state))
        later: dict[int, Columns] = {}
        for c in {*trains, *stopped}:
            before = trains[c] if c in trains else self._handed_on(floats[c], flags[c], c)
            later[c], trains[c] = self._train(self.ops[c]).finish(before, index)
        return _with(found, later), self._apart(floats, flags, trains)

    def potential(self, state: Jumps) -> FloatArray:
        """The potentials at the end of what was seen."""
        u = self.deltas.potential(state.floats, state.flags)
        for c, train in state.trains:
            u[c] = self._train(self.ops[c]).potential(train)
        return u

    def undecided(self, state: Jumps) -> int:
        """Comparisons that were left open: none."""
        return 0

    def revived(self, values: Any) -> Jumps:
        """The state of these values."""
        floats, flags, trains = values
        return Jumps(floats, flags, tuple((c, State(*train)) for c, train in trains))


def _idle(state: Jumps) -> Any:
    """Which channels the kernel leaves alone; None: it takes all."""
    if not state.trains:
        return None
    idle = np.zeros(len(state.floats), dtype=np.bool_)
    idle[[c for c, _ in state.trains]] = True
    return idle


def _with(found: Found, later: dict[int, Columns]) -> Found:
    """The same with more spikes of some channels."""
    if not later:
        return found
    rows = [[column[a:b] for column in found[:3]] for a, b in pairwise(found.indptr.tolist())]
    for c, columns in later.items():
        rows[c] = [np.concatenate(pair) for pair in zip(rows[c], columns, strict=True)]
    return gathered(rows)


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
            return no_columns(), state
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
