r"""One recording on several threads: blocks of it are encoded at once, from guesses that are held against the truth.

    true state after block b - 1   =   guessed state of block b        then what block b sent is the answer, bit for bit

Without leak the state before a block is known but for one unit: with F the running integral (send-on-delta: the sample
before), floor(F/theta) or ceil(F/theta) thresholds have been sent (theory D3), and from the first spike on both go the
same way. So a block is begun some thousand samples early, from the floor, and what it sends before its start is thrown
away. F is exact: sums of the blocks, which are taken in parallel too.

Nothing rests on the guess, but all on states that say everything: where the potential is no double-double, one thread
takes over. A block whose guess was wrong is encoded anew from the true state, in pieces, until the two
states are equal. (Where hardly anything is sent they stay apart for long; ``LEAST`` keeps away from there.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing
from spikemath._encoder.encode_samples import HugeSampleError
from spikemath._encoder.encode_train import Progress, Run
from spikemath._encoder.exact_sum import exact_sum
from spikemath._encoder.rules import Settings, check_mass, few
from spikemath._numeric.dd import pair
from spikemath.operators import _state
from spikemath.operators._inner import inner
from spikemath.operators._jumpwise import Jumpwise
from spikemath.signals.axis import Axis

SHORT = 1 << 20  # recordings below are not worth a thread
EARLY = 1 << 13  # samples before a block from which its guess runs up
PIECES = (1 << 14, 1 << 17)  # where states of a block are kept
STEP = 1 << 21  # samples that are encoded before a thread asks whether it shall go on
TRIED, LEAST = 1 << 16, 16  # so many samples have to send so many spikes


def takes(op: Settings, x: NDArray[Any], threads: int, differences: bool) -> bool:
    """Whether guesses are likely to come true."""
    likely = op.alpha == 0.0 and op.refractory == 0.0 and op.reset == "modulo" and op.bipolar
    plain = op.arithmetic == "exact" or differences
    return threads > 1 and x.size >= SHORT and likely and plain and 2.0**-100 < op.threshold < 2.0**100


def encode_parallel(
    x: NDArray[Any], axis: Axis, op: Settings, threads: int, differences: bool, progress: Progress = None
) -> Run | None:
    """Spikes of samples held constant; ``differences`` for send-on-delta. None: one thread will not be slower."""
    whole = _Whole(x, axis, op, differences)
    if not differences:
        check_mass(x[:TRIED], axis.rate, op)
    tried, _ = whole.encoder.run(whole.encoder.start(0), 0, x[None, :TRIED])
    if tried.counts.size < LEAST:
        return None
    size = -(-x.size // threads // 64) * 64
    starts = list(range(0, x.size, size))
    with ThreadPoolExecutor(threads, thread_name_prefix="spikemath") as pool:
        try:
            before = whole.before(starts, pool.map)
            made = pool.map(lambda at: whole.block(at, min(at + size, x.size), before[at]), starts)
            return whole.joined(made, progress)
        except (HugeSampleError, _InexactError):  # needs a scale of its own (encode_signal.py), or an exact history
            whole.given_up.set()
            return None
        except BaseException:  # Ctrl-C: what has begun comes to its next piece
            whole.given_up.set()
            raise


class _InexactError(Exception):
    """The potential between two pieces does not fit the two floats of the kernel: tiny beside large values."""


class _Whole:
    """The recording and its encoder."""

    def __init__(self, x: NDArray[Any], axis: Axis, op: Settings, differences: bool) -> None:
        self.x, self.rate, self.op, self.differences = x, axis.rate, op, differences
        self.encoder = inner((op,), axis, "zero", differences)
        self.theta = Fraction(op.threshold) * (1 if differences else axis.rate)
        self.given_up, self.lock, self.sent, self.checked = threading.Event(), threading.Lock(), 0, differences

    def before(self, starts: list[int], spread: Callable[..., Any]) -> dict[int, Fraction]:
        """F some samples before the start of each block: sums in ticks, or for send-on-delta a sample."""
        early = {at: max(at - EARLY, 0) for at in starts}
        if self.differences:
            return {at: Fraction(float(self.x[e - 1])) if e else Fraction(0) for at, e in early.items()}
        places = list(early.values())
        sums = spread(lambda i: exact_sum(self.x[places[i] : places[i + 1]]), range(len(places) - 1))
        out, f = {starts[0]: Fraction(0)}, Fraction(0)
        for at, part in zip(starts[1:], sums, strict=True):
            f += part
            out[at] = f
        return out

    def guessed(self, index: int, f: Fraction) -> Any:
        """The state at a sample if F there is f and the floor was sent."""
        if index == 0:
            return self.encoder.start(0)
        r = f // self.theta
        if isinstance(self.encoder, Jumpwise):
            return self.encoder.after([f], [int(r)])
        state = self.encoder.start(index)
        state.floats[0, firing.U], state.floats[0, firing.U + 1] = pair(f - r * self.theta)
        return state

    def block(self, first: int, last: int, f: Fraction) -> list[tuple[int, int, Any, Any, Any]]:
        """Pieces of a block: from where to where, the state before, the spikes, the state after."""
        early = max(first - EARLY, 0)
        state = self.guessed(early, f)
        if early < first:
            _, state = self.encoder.run(state, early, self.x[None, early:first])
        out, at = [], first
        for end in (*(first + p for p in PIECES if first + p < last), last):
            out.append((at, end, *self._piece(state, at, end)))
            state, at = out[-1][-1], end
        return out

    def _piece(self, state: Any, at: int, end: int) -> tuple[Any, Any, Any]:
        """The state before, the spikes, and the state after."""
        found, after = [], state
        for first in range(at, end, STEP):
            if self.given_up.is_set():
                raise KeyboardInterrupt
            spikes, after = self.encoder.run(after, first, self.x[None, first : min(first + STEP, end)])
            found.append(spikes[:3])
            with self.lock:
                self.sent += spikes.counts.size
                if not self.checked and self.sent > few():
                    check_mass(self.x, self.rate, self.op)
                    self.checked = True
        return state, found, after

    def joined(self, blocks: Any, progress: Progress) -> Run:
        """The spikes of all blocks, from true states."""
        state, found = self.encoder.start(0), []
        for block in blocks:
            for at, end, before, columns, after in block:
                if not same(state, before):
                    _, columns, after = self._piece(state, at, end)
                found.extend(columns)
                state = after
                if not self.differences and state.floats[0, firing.ERR] != 0.0:
                    raise _InexactError
                if progress is not None:
                    progress(end, self.x.size)
        rest, state = self.encoder.finish(state, self.x.size)
        hi, lo, counts = (np.concatenate(c) for c in zip(*found, rest[:3], strict=True))
        return Run(hi, lo, counts, float(self.encoder.potential(state)[0]), self.encoder.undecided(state))


def same(a: Any, b: Any) -> bool:
    """Whether two states are one, bit for bit."""
    return _state.same(a, b, lambda x, y: x.tobytes() == y.tobytes())
