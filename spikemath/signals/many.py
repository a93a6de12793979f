"""Many channels: sequences of signals and of trains, with the algebra of their members and ragged columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from spikemath.signals import markup
from spikemath.signals.axis import Axis, Coordinate
from spikemath.signals.checks import FloatArray, per_channel, real_number
from spikemath.signals.immutable import Immutable
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain

Member = TypeVar("Member")


def _checked(members: Iterable[Any], kind: type) -> tuple[Any, ...]:
    kept = tuple(members)
    for i, m in enumerate(kept):
        if not isinstance(m, kind):
            raise TypeError(f"channel {i} must be a {kind.__name__}, got {type(m).__name__}")
    return kept


class _Many(Immutable, Generic[Member]):
    """An immutable sequence of members of one kind; arithmetic goes channel by channel."""

    __slots__ = ()
    __array_ufunc__ = None
    _kind: Any = object
    _members: tuple[Member, ...]

    def __init__(self, members: Iterable[Member]) -> None:
        object.__setattr__(self, "_members", _checked(members, self._kind))

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, index: Any) -> Any:
        got = self._members[index]
        return type(self)(got) if isinstance(index, slice) else got

    def __iter__(self) -> Iterator[Member]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return self._members == other._members if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._members)

    def __reduce__(self) -> Any:
        return type(self), (self._members,)

    def _each(self, other: Any, combine: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, _Many):
            if len(other) != len(self):
                raise ValueError(f"{len(self)} channels do not fit {len(other)} channels")
            made = [combine(a, b) for a, b in zip(self, other, strict=True)]
        elif isinstance(other, Signal | SpikeTrain) or np.ndim(other) == 0:
            made = [combine(a, other) for a in self]
        else:
            return NotImplemented
        return SpikeTrains(made) if all(isinstance(m, SpikeTrain) for m in made) else Signals(map(_signal, made))

    def __add__(self, other: Any) -> Any:
        return self._each(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Any:
        return self._each(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._each(other, lambda a, b: b - a)

    def __mul__(self, factor: Any) -> Any:
        if np.ndim(factor):
            return NotImplemented
        return type(self)(m * factor for m in self)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Any:
        return self * -1.0

    @property
    def domain(self) -> tuple[float, float]:
        """The smallest interval that holds every channel's domain."""
        ends = [m.domain for m in self]  # type: ignore[attr-defined]
        return (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (0.0, 0.0)


class Signals(_Many[Signal]):
    """Several signals, one per channel; what ``Signal.from_samples`` makes of an array (channels, n).

    Parameters
    ----------
    members : iterable of Signal
        The channels.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([[1.0, 2.0], [3.0, 4.0]], fs=1.0)
    >>> len(f), f[1](0.5), sm.IF(1.0)(f).counts
    (2, 3.0, array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
    """

    __slots__ = ("_factor", "_members", "_rows")
    _kind = Signal
    _rows: Any  # the array (channels, n) whose rows, held constant, these are; None where they are something else
    _factor: Fraction  # times this

    def __init__(self, members: Iterable[Signal]) -> None:
        super().__init__(members)
        self._from(None, Fraction(1))

    def _from(self, rows: Any, factor: Fraction) -> Signals:
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_factor", factor)
        return self

    @classmethod
    def _held(cls, rows: Any, axis: Axis) -> Signals:
        """The rows of an array, held constant."""
        return cls(Signal._sampled(row, axis, "zero") for row in rows)._from(rows, Fraction(1))

    def __mul__(self, factor: Any) -> Any:
        made = super().__mul__(factor)
        if made is NotImplemented or self._rows is None or not factor:
            return made
        return made._from(self._rows, self._factor * Fraction(real_number(factor, "factor")))

    __rmul__ = __mul__

    def __call__(self, t: Any) -> FloatArray:
        """Function parts at t, shape (channels, ...)."""
        return np.array([f(t) for f in self])

    def derivative(self) -> Any:
        """Distributional derivative of every channel."""
        made = [f.derivative() for f in self]
        return SpikeTrains(made) if all(isinstance(m, SpikeTrain) for m in made) else Signals(map(_signal, made))

    @property
    def impulses(self) -> SpikeTrains:
        """The pulses of every channel."""
        return SpikeTrains(f.impulses for f in self)

    def __repr__(self) -> str:
        t0, t1 = self.domain
        return f"Signals({len(self)} channels on [{t0:g}, {t1:g}])"

    def _repr_html_(self) -> str:
        rows = "".join(f._repr_html_() for f in self._members[:4])
        return f"<div><code>{self!r}</code>{rows}</div>"


class Columns(NamedTuple):
    """Events of all channels, channel after channel, on one axis and one domain; weights are counts * quanta."""

    axis: Axis
    hi: FloatArray
    lo: FloatArray
    counts: NDArray[np.int64]
    indptr: NDArray[np.int64]
    quanta: tuple[float, ...]  # one per channel
    start: Coordinate
    end: Coordinate


class SpikeTrains(_Many[SpikeTrain]):
    """Several trains, one per channel, with ragged columns over all of them.

    What comes out of an encoder is kept as columns; the trains are made when they are asked for.

    Parameters
    ----------
    members : iterable of SpikeTrain
        The channels.

    Examples
    --------
    >>> import spikemath as sm
    >>> many = sm.SpikeTrains([sm.SpikeTrain([0.0, 1.0]), sm.SpikeTrain([0.5])])
    >>> many.times, many.channel, many.indptr
    (array([0. , 1. , 0.5]), array([0, 0, 1]), array([0, 2, 3]))
    """

    __slots__ = ("_columns", "_made", "_views")
    _kind = SpikeTrain
    _columns: Columns | None
    _made: list[SpikeTrain | None]
    _views: dict[str, Any]

    def __init__(self, members: Iterable[SpikeTrain]) -> None:
        self._set(None, list(_checked(members, SpikeTrain)))

    def _set(self, columns: Columns | None, made: list[Any]) -> None:
        for name, value in (("_columns", columns), ("_made", made), ("_views", {})):
            object.__setattr__(self, name, value)

    @classmethod
    def _from_columns(cls, columns: Columns) -> SpikeTrains:
        for x in (columns.hi, columns.lo, columns.counts, columns.indptr):
            x.flags.writeable = False
        self = object.__new__(cls)
        self._set(columns, [None] * (columns.indptr.size - 1))
        return self

    def _member(self, i: int) -> SpikeTrain:
        made = self._made[i]
        if made is None:
            c = self._columns
            assert c is not None
            at = slice(int(c.indptr[i]), int(c.indptr[i + 1]))
            made = SpikeTrain._from_counts(c.axis, c.hi[at], c.lo[at], c.counts[at], c.quanta[i], c.start, c.end)
            self._made[i] = made
        return made

    @property
    def _members(self) -> tuple[SpikeTrain, ...]:  # type: ignore[override]
        return tuple(map(self._member, range(len(self))))

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return SpikeTrains(map(self._member, range(*index.indices(len(self)))))
        return self._member(range(len(self))[index])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeTrains):
            return NotImplemented
        a, b = self._columns, other._columns
        if a is not None and b is not None and (a.axis, a.quanta, a.start, a.end) == (b.axis, b.quanta, b.start, b.end):
            return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("indptr", "hi", "lo", "counts"))
        return self._members == other._members

    def __hash__(self) -> int:
        return hash(self._members)

    def __reduce__(self) -> Any:
        c = self._columns
        return (SpikeTrains, (self._members,)) if c is None else (SpikeTrains._from_columns, (c,))

    def _view(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._views:
            made = make()
            if made is not None:
                made.flags.writeable = False
            self._views[name] = made
        return self._views[name]

    def _joined(self, name: str) -> Any:
        return np.concatenate([np.zeros(0), *(getattr(s, name) for s in self)])

    @property
    def times(self) -> FloatArray:
        """Times of all events, channel after channel."""
        c = self._columns
        return self._view("times", lambda: self._joined("times") if c is None else c.axis.times(c.hi, c.lo))

    @property
    def weights(self) -> FloatArray:
        """Weights of all events, channel after channel."""
        c = self._columns
        small = c is not None and all(2.0**-960 < q < 2.0**960 for q in c.quanta)
        if c is None or not small or (np.abs(c.counts) > 2**52).any():
            return self._view("weights", lambda: self._joined("weights"))
        return self._view("weights", lambda: c.counts * np.repeat(np.array(c.quanta), np.diff(c.indptr)))

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """Counts of all events; None unless every channel came out of an encoder."""
        if self._columns is not None:
            return self._columns.counts
        counts = [s.counts for s in self]
        if not counts or any(c is None for c in counts):
            return None
        return self._view("counts", lambda: np.concatenate(counts))  # type: ignore[arg-type]

    @property
    def channel(self) -> NDArray[np.int64]:
        """Channel of every event."""
        return self._view("channel", lambda: np.repeat(np.arange(len(self)), np.diff(self.indptr)))

    @property
    def indptr(self) -> NDArray[np.int64]:
        """Channel c has the events indptr[c] : indptr[c + 1]."""
        if self._columns is not None:
            return self._columns.indptr
        return self._view("indptr", lambda: np.cumsum([0, *map(len, self)], dtype=np.int64))

    @property
    def domain(self) -> tuple[float, float]:
        """The smallest interval that holds every channel's domain."""
        c = self._columns
        if c is None or not len(self):
            return super().domain
        ends = c.axis.times(np.array([c.start[0], c.end[0]]), np.array([c.start[1], c.end[1]]))
        return float(ends[0]), float(ends[1])

    def __repr__(self) -> str:
        t0, t1 = self.domain
        return f"SpikeTrains({len(self)} channels, {int(self.indptr[-1])} spikes on [{t0:g}, {t1:g}])"

    def _repr_html_(self) -> str:
        return markup.trains(
            repr(self), [(s.times, s.weights) for s in map(self._member, range(len(self))[:24])], self.domain
        )


def concatenate(parts: Iterable[Any]) -> Any:
    """Join trains of consecutive stretches of time, as blocks of a stream give them, into one.

    Parameters
    ----------
    parts : iterable of SpikeTrain, or of SpikeTrains with equally many channels
        In the order of time, on one time axis, counted in the same thresholds.

    Returns
    -------
    SpikeTrain or SpikeTrains
        From the start of the first to the end of the last. Counts are kept.

    Raises
    ------
    ValueError
        Nothing to join, or parts that do not follow one another.

    Examples
    --------
    >>> import spikemath as sm
    >>> stream, found = sm.IF(1.0).stream(fs=1.0), []
    >>> for block in ([0.5, 0.75], [], [1.0]):
    ...     events, stream = stream.push(block)
    ...     found.append(events)
    >>> sm.concatenate(found) == sm.IF(1.0)(sm.Signal.from_samples([0.5, 0.75, 1.0], fs=1.0))
    True
    """
    given = list(parts)
    if not given:
        raise ValueError("nothing to concatenate")
    if isinstance(given[0], SpikeTrains):
        if any(not isinstance(p, SpikeTrains) or len(p) != len(given[0]) for p in given):
            raise ValueError("parts must all have the same channels")
        columns = [p._columns for p in given]
        if all(c is not None and (c.axis, c.quanta) == (columns[0].axis, columns[0].quanta) for c in columns):
            return SpikeTrains._from_columns(_joined_columns(columns))
        return SpikeTrains(concatenate(p[i] for p in given) for i in range(len(given[0])))
    first = given[0]
    if any(not isinstance(p, SpikeTrain) for p in given):
        raise TypeError("parts must be SpikeTrain or SpikeTrains")
    if any((p._axis, p._quantum) != (first._axis, first._quantum) for p in given) or first._counts is None:
        raise ValueError("parts must come from one stream: one axis, one threshold")
    _consecutive(given)
    hi, lo, counts = (np.concatenate([getattr(p, name) for p in given]) for name in ("_hi", "_lo", "_counts"))
    return SpikeTrain._from_counts(first._axis, hi, lo, counts, first._quantum, first._start, given[-1]._end)


def _consecutive(parts: list[Any]) -> None:
    ends = [p.end if isinstance(p, Columns) else p._end for p in parts[:-1]]
    starts = [p.start if isinstance(p, Columns) else p._start for p in parts[1:]]
    for i, (end, start) in enumerate(zip(ends, starts, strict=True), 1):
        if start < end:
            raise ValueError(f"part {i} starts before part {i - 1} ends")


def _joined_columns(parts: list[Any]) -> Columns:
    """Columns of consecutive stretches as one."""
    _consecutive(parts)
    hi, lo, counts, indptr = in_turn(parts)
    return parts[0]._replace(hi=hi, lo=lo, counts=counts, indptr=indptr, end=parts[-1].end)


def in_turn(parts: list[Any]) -> tuple[FloatArray, FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """hi, lo, counts, indptr of stretches of time as one: the events of each channel one after the other."""
    sizes = np.array([np.diff(c.indptr) for c in parts])  # (parts, channels)
    indptr = np.zeros(sizes.shape[1] + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=indptr[1:])
    total = int(indptr[-1])
    hi, lo, counts = np.empty(total), np.empty(total), np.empty(total, dtype=np.int64)
    first = indptr[:-1] + np.cumsum(sizes, axis=0) - sizes  # where each part's events of each channel go
    for part, here, size in zip(parts, first, sizes, strict=True):
        at = np.arange(part.hi.size) + np.repeat(here - part.indptr[:-1], size)
        hi[at], lo[at], counts[at] = part.hi, part.lo, part.counts
    return hi, lo, counts, indptr


def _signal(f: Signal | SpikeTrain) -> Signal:
    return f if isinstance(f, Signal) else Signal._build(f._axis, (), f, f._start, f._end)


def each(x: Any, name: str, number: int | None) -> list[Any]:
    """A setting for every channel: x itself, or what x says for each of them."""
    values = per_channel(x, name)
    if not isinstance(values, tuple):
        return [values] * (1 if number is None else number)
    if len(values) != number:
        got = "one signal" if number is None else f"{number} channels"
        raise ValueError(f"{name} has {len(values)} values for {got}: they must be equal")
    return list(values)


def channels(f: Any) -> Sequence[Any] | None:
    """The members of a many-channel object, or None for a single signal or train."""
    return f._members if isinstance(f, _Many) else None
