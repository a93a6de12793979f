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

from spikemath._encoder.found import Found
from spikemath._numeric.threads import number_of
from spikemath.operators._inner import inner
from spikemath.operators._state import frozen, same
from spikemath.operators.encoding import Encoding
from spikemath.signals.axis import Axis
from spikemath.signals.checks import float_array, positive, real_number
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import Columns, SpikeTrains
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

    __slots__ = (
        "_axis", "_channels", "_fs", "_hold", "_index", "_inner", "_operator", "_quanta", "_start", "_state", "_t0",
    )  # fmt: skip
    _axis: Axis
    _channels: int | None
    _fs: float
    _hold: str
    _index: int
    _inner: Any  # what runs the channels; follows from the rest, as their thresholds do
    _operator: Any
    _quanta: tuple[float, ...]
    _start: int
    _state: Any
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
        self = cls._make(operator, rate, origin, number, hold, axis, int(start), int(start), None)
        return self._with(int(start), self._inner.start(int(start)))

    @classmethod
    def _make(cls, *values: Any) -> Stream:
        self = object.__new__(cls)
        names = ("_operator", "_fs", "_t0", "_channels", "_hold", "_axis", "_start", "_index", "_state")
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)
        op = self._operator
        each = tuple(op._channel(i) for i in range(self._channels or 1))
        object.__setattr__(self, "_quanta", tuple(settings.threshold for settings in each))
        object.__setattr__(self, "_inner", inner(each, self._axis, self._hold, op._differences))
        return self

    def _with(self, index: int, state: Any) -> Stream:
        """The stream in another state, which holds no array of the old one."""
        made = object.__new__(Stream)
        for name in self.__slots__:
            object.__setattr__(made, name, getattr(self, name))
        object.__setattr__(made, "_index", index)
        object.__setattr__(made, "_state", frozen(state))
        return made

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

        found, state = self._inner.run(self._state, self._index, rows, number_of(threads))
        following = self._with(self._index + n, state)
        return self._events(found, self._reached, following._reached), following

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
        found, state = self._inner.finish(self._state, self._index)
        potential = self._inner.potential(state)
        potential.flags.writeable = False
        spikes, undecided = self._events(found, self._reached, self._reached), self._inner.undecided(state)
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
        return x.reshape(1, -1) if x.ndim == 1 else x

    @property
    def _reached(self) -> float:
        """Coordinate up to which spikes are known."""
        back = 1 if self._hold == "linear" and self._index > self._start else 0
        return float(self._index - back)

    def _events(self, found: Found, start: float, end: float) -> Any:
        if self._channels is None:
            hi, lo, counts, _ = found
            return SpikeTrain._from_counts(self._axis, hi, lo, counts, self._quanta[0], (start, 0.0), (end, 0.0))
        return SpikeTrains._from_columns(Columns(self._axis, *found, self._quanta, (start, 0.0), (end, 0.0)))

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
        return int(self._inner.undecided(self._state))

    @property
    def potential(self) -> Any:
        """The potential at the end of what was pushed: a float, or an array with one per channel."""
        return self.finish().potential

    def _values(self) -> tuple[Any, ...]:
        return (
            self._operator, self._fs, self._t0, self._channels, self._hold, self._axis, self._start, self._index,
            self._state,
        )  # fmt: skip

    def __reduce__(self) -> Any:
        return Stream._make, self._values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stream):
            return NotImplemented
        return self._values()[:-1] == other._values()[:-1] and same(self._state, other._state)

    def __hash__(self) -> int:
        return hash(self._values()[:-1])

    def __repr__(self) -> str:
        many = "" if self._channels is None else f"{self._channels} channels, "
        return f"Stream({self._operator!r}, {many}fs={self._fs:g}, at sample {self._index})"


def _small(block: Any) -> bool:
    """Whether the encoders take a block as it is: samples of a converter, or finite floats of single precision."""
    if type(block) is not np.ndarray:
        return False
    single = block.dtype == np.float32 and block.dtype.isnative and bool(np.isfinite(block).all())
    return single or (block.dtype.kind in "iu" and block.dtype.itemsize <= 4 and block.dtype.isnative)
