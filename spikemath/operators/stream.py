r"""Streams: an operator on a recording that arrives in blocks, with a state that is a value.

    events, stream = stream.push(block)            events of all blocks, joined  =  operator(whole recording)

A stream holds what the past means for the future and nothing else: per channel the potential, the last spike, the end
of a refractory time, the last sample. So its size does not grow, and it can be pickled, kept and pushed again.
Times are coordinates of the whole recording, sample number and offset in two floats: they are as sharp after 10^9
samples as at the start.

Source: theory D3 and the law of chunks; operators/_inner.py says what is carried and why decisions stay exact.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from spikemath.operators._inner import inner
from spikemath.operators.encoding import Encoding
from spikemath.signals.axis import Axis
from spikemath.signals.checks import float_array, positive, real_number
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import Columns, SpikeTrains, spread
from spikemath.signals.spike_train import SpikeTrain

LARGEST = 2.0**400  # samples beyond need a scale that is chosen for all data at once, which a stream has not
FINAL = 2**53 - 2**32  # sample numbers are exact floats


class Stream(Immutable):
    """An operator on a recording that arrives in blocks; made by ``operator.stream(fs=...)``.

    Streams are immutable and picklable: :meth:`push` gives a new one, and the old one can be pushed again.

    Attributes
    ----------
    operator : LIF, IF or SendOnDelta
        What encodes.
    fs, t0 : float
        Samples per unit of time, and the time of sample 0.
    hold : str
        What lies between samples.
    channels : int or None
        How many; None: blocks are one-dimensional.
    index : int
        Number of the next sample.

    Examples
    --------
    >>> import spikemath as sm
    >>> stream = sm.LIF(0.5, alpha=0.1).stream(fs=1.0)
    >>> events, stream = stream.push([0.25, 0.5])
    >>> events.counts, stream.index
    (array([1]), 2)
    >>> events, stream = stream.push([1.0])
    >>> events.times > 2.0, events.domain
    (array([ True,  True]), (2.0, 3.0))
    """

    __slots__ = ("_axis", "_channels", "_fs", "_hold", "_index", "_operator", "_start", "_states", "_t0")
    _axis: Axis
    _channels: int | None
    _fs: float
    _hold: str
    _index: int
    _operator: Any
    _start: int
    _states: tuple[Any, ...]
    _t0: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("make streams with operator.stream(fs=...)")

    @classmethod
    def _begin(cls, operator: Any, fs: Any, channels: Any, t0: Any, hold: Any, start: Any) -> Stream:
        rate, origin = positive(fs, "fs"), real_number(t0, "t0")
        if hold not in ("zero", "linear"):
            raise ValueError(f"hold = {hold!r} must be 'zero' or 'linear'")
        for name, value, least in (("channels", channels, 1), ("start", start, 0)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise TypeError(f"{name} must be an integer, got {type(value).__name__}")
            if value is not None and value < least:
                raise ValueError(f"{name} = {value} must be >= {least}")
        operator._check_channels(channels)
        number = None if channels is None else int(channels)
        axis = Axis(Fraction(origin), Fraction(rate))
        self = cls._make(operator, rate, origin, number, hold, axis, int(start), int(start), ())
        return self._with(int(start), [self._inner(i).start(int(start)) for i in range(number or 1)])

    @classmethod
    def _make(cls, *values: Any) -> Stream:
        self = object.__new__(cls)
        names = ("_operator", "_fs", "_t0", "_channels", "_hold", "_axis", "_start", "_index", "_states")
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)
        return self

    def _with(self, index: int, states: Any) -> Stream:
        for state in states:
            for part in state:
                if isinstance(part, np.ndarray):
                    part.flags.writeable = False
        return Stream._make(*self._values()[:-2], index, tuple(states))

    def _inner(self, i: int) -> Any:
        return inner(self._operator._channel(i), self._axis, self._hold, self._operator._differences)

    def push(self, block: Any, *, axis: int = -1, threads: int = 1) -> tuple[Any, Stream]:
        """Take the next samples.

        Parameters
        ----------
        block : array_like, shape (n,) or (channels, n)
            Samples, as many as there are; none and one included.
        axis : int
            Which axis is time; 0 for blocks (n, channels).
        threads : int
            How many threads share the channels. The answer does not depend on it.

        Returns
        -------
        events : SpikeTrain or SpikeTrains
            The spikes of this stretch of time, which is their domain. With hold "linear" a stretch ends at the last
            sample that there is, for the next one says how the signal goes on.
        stream : Stream
            What to push next.

        Raises
        ------
        ValueError
            Not the shape of this stream's blocks, not finite, or larger than 2^400.

        Examples
        --------
        >>> import numpy as np, spikemath as sm
        >>> stream = sm.SendOnDelta(1.0).stream(fs=10.0, channels=2)
        >>> events, stream = stream.push([[0.0, 1.5], [2.0, 2.0]])
        >>> events.counts, events.channel
        (array([1, 2]), array([0, 1]))
        """
        rows = self._rows(block, axis)
        n = rows.shape[1]
        if self._index + n > FINAL:
            raise OverflowError("a stream counts its samples up to 2^53")

        def one(i: int) -> Any:
            return self._inner(i).run(self._states[i], self._index, np.ascontiguousarray(rows[i]))

        done = spread(one, len(rows), threads)
        following = self._with(self._index + n, [state for _, state in done])
        return self._events([columns for columns, _ in done], self._reached, following._reached), following

    def finish(self) -> Encoding:
        """What is known at the very end of the recording; a refractory time that ends there may still send a spike.

        Returns
        -------
        Encoding
            ``spikes`` on the domain [end, end], empty unless there is a refractory time; ``potential`` at the end;
            ``undecided`` of the whole stream.

        Examples
        --------
        >>> import spikemath as sm
        >>> _, stream = sm.IF(1.0, refractory=1.0).stream(fs=1.0).push([1.5, 1.5, 0.0])
        >>> stream.finish().spikes
        SpikeTrain(0 spikes of 1 on [3, 3])
        """
        done = [self._inner(i).finish(state, self._index) for i, state in enumerate(self._states)]
        spikes = self._events([columns for columns, _ in done], self._reached, self._reached)
        potential: Any = np.array([self._inner(i).potential(state, self._index) for i, (_, state) in enumerate(done)])
        potential.flags.writeable = False
        undecided = sum(state.undecided for _, state in done)
        return Encoding(spikes, potential if self._channels else float(potential[0]), undecided, self._operator)

    def _rows(self, block: Any, axis: int) -> Any:
        ndim = (1,) if self._channels is None else (2,)
        x = block if _small(block) and block.ndim in ndim else float_array(block, "block", ndim=ndim)
        if x.ndim == 2:
            x = np.moveaxis(x, axis, -1)
            if x.shape[0] != self._channels:
                raise ValueError(f"block has {x.shape[0]} channels, the stream has {self._channels}")
        if x.size and x.dtype == np.float64 and not max(x.max(), -x.min()) < LARGEST:
            raise ValueError("block holds values of 2^400 or more: encode such a recording in one piece, or scale it")
        return np.atleast_2d(x)

    @property
    def _reached(self) -> float:
        """Coordinate up to which spikes are known."""
        back = 1 if self._hold == "linear" and self._index > self._start else 0
        return float(self._index - back)

    def _events(self, found: list[Any], start: float, end: float) -> Any:
        thresholds = [self._operator._channel(i).threshold for i in range(len(found))]
        if self._channels is None:
            hi, lo, counts = found[0]
            return SpikeTrain._from_counts(self._axis, hi, lo, counts, thresholds[0], (start, 0.0), (end, 0.0))
        indptr = np.cumsum([0, *(columns[0].size for columns in found)], dtype=np.int64)
        hi, lo, counts = (np.concatenate([columns[i] for columns in found]) for i in range(3))
        made = Columns(self._axis, hi, lo, counts, indptr, tuple(thresholds), (start, 0.0), (end, 0.0))
        return SpikeTrains._from_columns(made)

    # what it knows

    @property
    def operator(self) -> Any:
        """What encodes."""
        return self._operator

    @property
    def fs(self) -> float:
        """Samples per unit of time."""
        return self._fs

    @property
    def t0(self) -> float:
        """Time of sample 0."""
        return self._t0

    @property
    def hold(self) -> str:
        """What lies between samples: zero or linear."""
        return self._hold

    @property
    def channels(self) -> int | None:
        """How many channels; None where blocks are one-dimensional."""
        return self._channels

    @property
    def index(self) -> int:
        """Number of the next sample."""
        return self._index

    @property
    def undecided(self) -> int:
        """How many comparisons its enclosure left open, and fired; 0 whenever alpha = 0."""
        return sum(state.undecided for state in self._states)

    @property
    def potential(self) -> Any:
        """The potential at the end of what was pushed: a float, or an array with one per channel."""
        return self.finish().potential

    def _values(self) -> tuple[Any, ...]:
        return (
            self._operator, self._fs, self._t0, self._channels, self._hold, self._axis, self._start, self._index,
            self._states,
        )  # fmt: skip

    def __reduce__(self) -> Any:
        return Stream._make, self._values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stream):
            return NotImplemented
        pairs = [(a, b) for s, t in zip(self._states, other._states, strict=False) for a, b in zip(s, t, strict=True)]
        return self._values()[:-1] == other._values()[:-1] and all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash(self._values()[:-1])

    def __repr__(self) -> str:
        many = "" if self._channels is None else f"{self._channels} channels, "
        return f"Stream({self._operator!r}, {many}fs={self._fs:g}, at sample {self._index})"


def _small(block: Any) -> bool:
    """Whether the encoders take a block as it is: samples of a converter, or finite floats of single precision."""
    if type(block) is not np.ndarray:
        return False
    single = block.dtype == np.float32 and bool(np.isfinite(block).all())
    return single or (block.dtype.kind in "iu" and block.dtype.itemsize <= 4)
