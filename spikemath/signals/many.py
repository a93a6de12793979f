"""Many channels: sequences of signals and of trains, with the algebra of their members and ragged columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from spikemath.signals import markup
from spikemath.signals.checks import FloatArray
from spikemath.signals.immutable import Immutable
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain

Member = TypeVar("Member")


class _Many(Immutable, Generic[Member]):
    """An immutable sequence of members of one kind; arithmetic goes channel by channel."""

    __slots__ = ("_members",)
    __array_ufunc__ = None
    _kind: Any = object
    _members: tuple[Member, ...]

    def __init__(self, members: Iterable[Member]) -> None:
        kept = tuple(members)
        for i, m in enumerate(kept):
            if not isinstance(m, self._kind):
                raise TypeError(f"channel {i} must be a {self._kind.__name__}, got {type(m).__name__}")
        object.__setattr__(self, "_members", kept)

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, index: Any) -> Any:
        got = self._members[index]
        return type(self)(got) if isinstance(index, slice) else got

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members)

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

    __slots__ = ()
    _kind = Signal

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


class SpikeTrains(_Many[SpikeTrain]):
    """Several trains, one per channel, with ragged columns over all of them.

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

    __slots__ = ()
    _kind = SpikeTrain

    @property
    def times(self) -> FloatArray:
        """Times of all events, channel after channel."""
        return np.concatenate([s.times for s in self]) if len(self) else np.zeros(0)

    @property
    def weights(self) -> FloatArray:
        """Weights of all events, channel after channel."""
        return np.concatenate([s.weights for s in self]) if len(self) else np.zeros(0)

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """Counts of all events; None unless every channel came out of an encoder."""
        counts = [s.counts for s in self]
        if not counts or any(c is None for c in counts):
            return None
        return np.concatenate(counts)  # type: ignore[arg-type]

    @property
    def channel(self) -> NDArray[np.int64]:
        """Channel of every event."""
        return np.repeat(np.arange(len(self)), [len(s) for s in self])

    @property
    def indptr(self) -> NDArray[np.int64]:
        """Channel c has the events indptr[c] : indptr[c + 1]."""
        return np.concatenate([[0], np.cumsum([len(s) for s in self], dtype=np.int64)])

    def __repr__(self) -> str:
        t0, t1 = self.domain
        return f"SpikeTrains({len(self)} channels, {sum(map(len, self))} spikes on [{t0:g}, {t1:g}])"

    def _repr_html_(self) -> str:
        return markup.trains(repr(self), [(s.times, s.weights) for s in self._members[:24]], self.domain)


def _signal(f: Signal | SpikeTrain) -> Signal:
    return f if isinstance(f, Signal) else Signal._build(f._axis, (), f, f._start, f._end)


def channels(f: Any) -> Sequence[Any] | None:
    """The members of a many-channel object, or None for a single signal or train."""
    return f._members if isinstance(f, _Many) else None
