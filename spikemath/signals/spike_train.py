"""Spike trains: signals without an integrable part, sum_i a_i delta(t - t_i), times and weights exact.

Events at equal times (exact equality, no tolerance) coalesce by adding their weights exactly, and zero weights
vanish, before anything else. A train that came out of an encoder also keeps integer ``counts`` and the ``quantum``
(threshold): its weights are counts * quantum as real numbers, and ``weights`` is the float64 view.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikemath.signals import markup
from spikemath.signals.axis import PLAIN, Axis, Coordinate, common, convert, split
from spikemath.signals.checks import (
    FloatArray,
    float_array,
    frozen_counts,
    interval,
    kept,
    positive,
    read_only,
    real_number,
)
from spikemath.signals.exact_weights import coalesce, column, lattice, padded, same, scaled
from spikemath.signals.immutable import Immutable

if TYPE_CHECKING:
    from spikemath.signals.pieces import Pieces
    from spikemath.signals.running_integral import RunningIntegral


_FIELDS = ("_axis", "_hi", "_lo", "_given", "_counts", "_quantum", "_start", "_end", "_views")


class SpikeTrain(Immutable):
    """A finite sum of weighted Dirac pulses on a closed interval.

    Parameters
    ----------
    times : array_like, shape (n,)
        Instants in units of time, finite and not decreasing. Equal times coalesce.
    weights : array_like, shape (n,), optional
        Real weights, finite. Default: all 1. Zero weights vanish.
    domain : (float, float), optional
        The interval [t0, t1] that the train lives on, t0 <= t1. Default: from the first to the last time.

    Raises
    ------
    ValueError
        Times or weights are not finite, of different length, unsorted, or outside the domain.
    TypeError
        Masked, complex, string or object arrays, and arrays that carry units.

    Notes
    -----
    Trains are immutable, comparable (equal as measures: same domain, exactly equal times and weights) and picklable.
    A train is accepted wherever a :class:`Signal` is.

    Examples
    --------
    >>> import spikemath as sm
    >>> s = sm.SpikeTrain([0.0, 1.0, 1.0, 2.5], [1.0, 0.5, -2.0, 1.0])
    >>> s.times, s.weights
    (array([0. , 1. , 2.5]), array([ 1. , -1.5,  1. ]))
    >>> s - s
    SpikeTrain(0 spikes on [0, 2.5])
    """

    __slots__ = ("_axis", "_counts", "_end", "_given", "_hi", "_lo", "_quantum", "_start", "_views")
    __array_ufunc__ = None  # np.float64(2) * f is ours to answer

    _axis: Axis
    _hi: FloatArray
    _lo: FloatArray
    _given: FloatArray | None
    _counts: NDArray[np.int64] | None
    _quantum: float | None
    _start: Coordinate
    _end: Coordinate
    _views: dict[str, Any]

    def __init__(self, times: Any, weights: Any = None, domain: tuple[float, float] | None = None) -> None:
        t = float_array(times, "times")
        w = np.ones(t.size) if weights is None else float_array(weights, "weights")
        if w.size != t.size:
            raise ValueError(f"weights has length {w.size}, times has length {t.size}: they must be equal")
        late = np.nonzero(t[1:] < t[:-1])[0]
        if late.size:
            i = int(late[0]) + 1
            raise ValueError(f"times[{i}] = {t[i]!r} is before times[{i - 1}] = {t[i - 1]!r}: times must not decrease")
        start, end = _domain(domain, t)
        for i in (0, t.size - 1):
            if t.size and not start <= t[i] <= end:
                raise ValueError(f"times[{i}] = {t[i]!r} is outside the domain [{start!r}, {end!r}]")
        self._set(PLAIN, t + 0.0, np.zeros(t.size), w[None, :], (start, 0.0), (end, 0.0))

    def _set(
        self,
        axis: Axis,
        hi: FloatArray,
        lo: FloatArray,
        terms: FloatArray,
        start: Coordinate,
        end: Coordinate,
        counts: NDArray[np.int64] | None = None,
        quantum: float | None = None,
    ) -> None:
        n = hi.size
        hi, lo, terms, source = coalesce(hi, lo, terms)
        if counts is not None and (hi.size != n or (source < 0).any()):
            raise AssertionError("spikes of one encoder never coincide")
        frozen = None if counts is None else frozen_counts(counts)
        self._fill(axis, read_only(hi), read_only(lo), read_only(terms), frozen, quantum, start, end, {})

    def _fill(self, *values: Any) -> None:
        """Set what stands in _FIELDS; arrays are read-only, sorted, coalesced and without zeros already."""
        for key, value in zip(_FIELDS, values, strict=True):
            object.__setattr__(self, key, value)

    @classmethod
    def _trusted(cls, *values: Any) -> SpikeTrain:
        """From parts that need no check, as ``_fill`` takes them."""
        self = object.__new__(cls)
        self._fill(*values)
        return self

    @classmethod
    def _build(cls, *args: Any, **kwargs: Any) -> SpikeTrain:
        """From exact parts: axis, hi, lo, terms, start, end [, counts, quantum]."""
        self = object.__new__(cls)
        self._set(*args, **kwargs)
        return self

    @classmethod
    def _from_counts(
        cls,
        axis: Axis,
        hi: FloatArray,
        lo: FloatArray,
        counts: NDArray[np.int64],
        quantum: float,
        start: Coordinate,
        end: Coordinate,
    ) -> SpikeTrain:
        """The spikes of an encoder, in order and none of them zero; arrays that nobody else holds are not copied."""
        ordered = np.all(hi[1:] > hi[:-1]) or np.all((hi[1:] > hi[:-1]) | ((hi[1:] == hi[:-1]) & (lo[1:] > lo[:-1])))
        if not (ordered and counts.all()):
            raise AssertionError("spikes of one encoder never coincide, and none is zero")
        return cls._trusted(axis, kept(hi), kept(lo), None, kept(counts), quantum, start, end, {})

    @classmethod
    def from_samples(cls, x: Any, fs: float, t0: float = 0.0) -> Any:
        """Every sample a Dirac of that weight: the clocked, discrete-time view of a recording.

        Sample k sits at exactly t0 + k/fs, so a leak decays by exp(-alpha/fs) per step.

        Parameters
        ----------
        x : array_like, shape (n,) or (channels, n)
            Weights. Zeros vanish.
        fs : float
            Samples per unit of time, > 0.
        t0 : float
            Time of the first sample.

        Returns
        -------
        SpikeTrain or SpikeTrains
            On the domain [t0, t0 + (n - 1)/fs].

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.SpikeTrain.from_samples([1, 0, 2], fs=10.0).times
        array([0. , 0.2])
        """
        w = float_array(x, "x", ndim=(1, 2))
        axis = Axis(Fraction(real_number(t0, "t0")), Fraction(positive(fs, "fs")))
        if w.ndim == 2:
            from spikemath.signals.many import SpikeTrains

            return SpikeTrains(cls.from_samples(row, fs=fs, t0=t0) for row in w)
        ticks = np.arange(w.size, dtype=np.float64)
        return cls._build(axis, ticks, np.zeros(w.size), w[None, :], (0.0, 0.0), (float(max(w.size - 1, 0)), 0.0))

    # what it holds

    @property
    def times(self) -> FloatArray:
        """Times of the events, float64, read-only, increasing.

        The float64 view of the exact times: pulses on a sampling grid are rounded to nearest, crossings down.
        """
        return self._view("times", lambda: self._axis.times(self._hi, self._lo))

    @property
    def weights(self) -> FloatArray:
        """Weights of the events, float64, read-only: the values nearest to the exact weights."""
        return self._view("weights", lambda: self._terms[0])

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """Signed multiples of ``quantum``, int64, read-only; None unless the train came out of an encoder."""
        return self._counts

    @property
    def quantum(self) -> float | None:
        """The threshold whose multiples the weights are; None unless the train came out of an encoder."""
        return self._quantum

    @property
    def domain(self) -> tuple[float, float]:
        """The closed interval [t0, t1]."""
        ends = self._axis.times(*(np.array(c) for c in zip(self._start, self._end, strict=True)))
        return float(ends[0]), float(ends[1])

    def exact_times(self) -> list[Fraction]:
        """The exact times, as rationals."""
        return [self._axis.instant((float(h), float(r))) for h, r in zip(self._hi, self._lo, strict=True)]

    def exact_weights(self) -> list[Fraction]:
        """The exact weights, as rationals."""
        return [column(self._terms, i) for i in range(len(self))]

    def running_integral(self, alpha: float = 0.0) -> RunningIntegral:
        """The running leaky integral, as :meth:`Signal.running_integral`.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.SpikeTrain([0.0, 1.0]).running_integral()([0.5, 1.0])
        array([1., 2.])
        """
        from spikemath.signals.running_integral import RunningIntegral

        return RunningIntegral(self, alpha)

    @property
    def _terms(self) -> FloatArray:
        """The exact weights, as columns of floats; of counts they are made when first asked for."""
        if self._given is None:
            assert self._counts is not None and self._quantum is not None
            object.__setattr__(self, "_given", read_only(lattice(self._counts, self._quantum)))
        return self._given  # type: ignore[return-value]

    @property
    def _one_float(self) -> bool:
        """Whether every coordinate of an event is one float."""
        if "one float" not in self._views:
            self._views["one float"] = not self._lo.any()
        return bool(self._views["one float"])

    @property
    def _parts(self) -> tuple[Pieces, ...]:
        return ()

    @property
    def _pulses(self) -> SpikeTrain:
        return self

    def _view(self, name: str, make: Any) -> FloatArray:
        if name not in self._views:
            self._views[name] = read_only(make())
        return self._views[name]

    def __len__(self) -> int:
        return int(self._hi.size)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return iter(zip(self.times.tolist(), self.weights.tolist(), strict=True))

    # algebra

    def __add__(self, other: object) -> Any:
        if not isinstance(other, SpikeTrain):
            return NotImplemented
        a, b = aligned(self, other)
        start, end = min(a._start, b._start), max(a._end, b._end)
        if not (len(a) and len(b)):  # nothing to sort, nothing to add
            one = a if len(a) else b
            return SpikeTrain._trusted(a._axis, one._hi, one._lo, one._terms, None, None, start, end, {})
        height = max(a._terms.shape[0], b._terms.shape[0])
        terms = np.hstack([padded(a._terms, height), padded(b._terms, height)])
        hi, lo = np.concatenate([a._hi, b._hi]), np.concatenate([a._lo, b._lo])
        return SpikeTrain._build(a._axis, hi, lo, terms, start, end)

    def __sub__(self, other: object) -> Any:
        if not isinstance(other, SpikeTrain):
            return NotImplemented
        return self + (-other)

    def __neg__(self) -> SpikeTrain:
        return self * -1.0

    def __pos__(self) -> SpikeTrain:
        return self

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, SpikeTrain) or np.ndim(factor):
            return NotImplemented
        c = real_number(factor, "factor")
        counts, quantum = self._counts, self._quantum
        if counts is not None and abs(c) == 1.0:
            counts = counts * int(c)
        else:
            counts, quantum = None, None
        terms = scaled(self._terms, c)
        if abs(c) == 1.0:  # in order as before, and none of them zero
            frozen = None if counts is None else kept(counts)
            return SpikeTrain._trusted(
                self._axis, self._hi, self._lo, kept(terms), frozen, quantum, self._start, self._end, {}
            )
        return SpikeTrain._build(self._axis, self._hi, self._lo, terms, self._start, self._end, counts, quantum)

    __rmul__ = __mul__

    def shift(self, dt: float) -> SpikeTrain:
        """The same train dt later; exact, because only the origin of the time axis moves.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.SpikeTrain([0.0, 0.5]).shift(2.0).times
        array([2. , 2.5])
        """
        axis = self._axis.shifted(Fraction(real_number(dt, "dt")))
        moved = self._on(axis, (self._start, self._end))
        if axis.rate == 1:  # plain times stay plain where that is exact
            return moved._to(PLAIN) or moved
        return moved

    def restrict(self, t0: float, t1: float) -> SpikeTrain:
        """The events in the closed interval [t0, t1], which becomes the domain.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.SpikeTrain([0.0, 1.0, 2.0]).restrict(0.5, 2.0).times
        array([1., 2.])
        """
        a, b = interval((t0, t1), "interval")
        train, start, end = _with_instants(self, Fraction(a), Fraction(b))
        after = (train._hi > start[0]) | ((train._hi == start[0]) & (train._lo >= start[1]))
        before = (train._hi < end[0]) | ((train._hi == end[0]) & (train._lo <= end[1]))
        keep = after & before
        return SpikeTrain._build(
            train._axis,
            train._hi[keep],
            train._lo[keep],
            train._terms[:, keep],
            start,
            end,
            None if train._counts is None else train._counts[keep],
            train._quantum,
        )

    def _on(self, axis: Axis, domain: tuple[Coordinate, Coordinate]) -> SpikeTrain:
        return SpikeTrain._build(axis, self._hi, self._lo, self._terms, *domain, self._counts, self._quantum)

    def _to(self, axis: Axis) -> SpikeTrain | None:
        """The same train with coordinates on another axis, or None where that is not exact."""
        if axis == self._axis:
            return self
        ends_hi, ends_lo = (np.array(c) for c in zip(self._start, self._end, strict=True))
        ends = convert(self._axis, axis, ends_hi, ends_lo)
        events = convert(self._axis, axis, self._hi, self._lo)
        if ends is None or events is None:
            return None
        (s, e) = ((float(h), float(r)) for h, r in zip(*ends, strict=True))
        return SpikeTrain._build(axis, *events, self._terms, s, e, self._counts, self._quantum)

    # comparison, pickling, printing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeTrain):
            return NotImplemented
        if len(self) != len(other):
            return False
        try:
            a, b = aligned(self, other)
        except ValueError:  # no axis holds both exactly, so some instant differs
            return False
        if a._start != b._start or a._end != b._end:
            return False
        return np.array_equal(a._hi, b._hi) and np.array_equal(a._lo, b._lo) and same(a._terms, b._terms)

    def __hash__(self) -> int:
        return hash((len(self), self.weights.tobytes()))

    def __reduce__(self) -> Any:
        state = (
            self._axis,
            self._hi,
            self._lo,
            self._terms,
            self._start,
            self._end,
            self._counts,
            self._quantum,
        )
        return _rebuild, state

    def __repr__(self) -> str:
        t0, t1 = self.domain
        of = "" if self._quantum is None else f" of {self._quantum:g}"
        plural = "spike" if len(self) == 1 else "spikes"
        return f"SpikeTrain({len(self)} {plural}{of} on [{t0:g}, {t1:g}])"

    def _repr_html_(self) -> str:
        return markup.train(repr(self), self.times, self.weights, self.domain)


def _rebuild(*state: Any) -> SpikeTrain:
    return SpikeTrain._build(*state)


def aligned(a: SpikeTrain, b: SpikeTrain) -> tuple[SpikeTrain, SpikeTrain]:
    """Both trains on one axis; ValueError where no axis holds all instants exactly."""
    for axis in common(a._axis, b._axis):
        x, y = a._to(axis), b._to(axis)
        if x is not None and y is not None:
            return x, y
    raise ValueError(
        f"no common time grid holds both exactly (rates {float(a._axis.rate):g} and {float(b._axis.rate):g}): "
        "express one on the sampling grid of the other"
    )


def _domain(domain: Any, t: FloatArray) -> tuple[float, float]:
    if domain is None:
        return (float(t[0]), float(t[-1])) if t.size else (0.0, 0.0)
    return interval(domain, "domain")


def _with_instants(train: SpikeTrain, *instants: Fraction) -> tuple[Any, ...]:
    """The train on an axis where the given instants have exact coordinates, and those."""
    for axis in [train._axis, *common(train._axis, PLAIN)]:
        pairs = [split(axis.coordinate(t)) for t in instants]
        moved = train._to(axis)
        if moved is not None and all(exact for _, _, exact in pairs):
            return moved, *((hi, lo) for hi, lo, _ in pairs)
    raise ValueError(f"no common time grid holds {[float(t) for t in instants]} and the train exactly")
