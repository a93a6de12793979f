"""Signals: finite signed measures on [t0, t1], an integrable part plus finitely many Dirac pulses.

    f = sum of piecewise polynomials  +  sum_i a_i delta(t - t_i)

Pulses at t0 and at t1 both count. Sums keep their parts apart and multiples keep an exact factor, so the algebra of
signals rounds nothing. Before t0 and after t1 a signal is 0; a sum lives on the smallest interval that holds both
domains.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.signals import markup
from spikemath.signals.axis import PLAIN, Axis, Coordinate, common, convert
from spikemath.signals.checks import (
    FloatArray,
    float_array,
    frozen,
    interval,
    positive,
    read_only,
    real_number,
    sample_array,
)
from spikemath.signals.immutable import Immutable
from spikemath.signals.pieces import Pieces, equal_parts, sum_parts
from spikemath.signals.running_integral import RunningIntegral
from spikemath.signals.spike_train import SpikeTrain


class Signal(Immutable):
    """A function plus Dirac pulses on a closed interval; made by the ``from_...`` constructors.

    Signals are immutable, comparable (equal parts on equal domains), printable and picklable. ``f(t)`` is the value
    of the function part (right-continuous, 0 outside the domain), ``f.impulses`` the train of pulses. Sums,
    differences and multiples with signals, trains and numbers are exact.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, -1.0], fs=1.0) + sm.SpikeTrain([0.5], [3.0])
    >>> f(0.25), f.impulses.weights, f.domain
    (1.0, array([3.]), (0.0, 2.0))
    """

    __slots__ = ("_axis", "_end", "_error", "_memo", "_parts", "_pulses", "_start")
    __array_ufunc__ = None  # np.float64(2) * f is ours to answer

    _axis: Axis
    _parts: tuple[Pieces, ...]
    _pulses: SpikeTrain
    _start: Coordinate
    _end: Coordinate
    _error: float
    _memo: dict[str, RunningIntegral]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("make signals with Signal.from_samples, from_ppoly, from_function or from_sympy")

    @classmethod
    def _build(
        cls,
        axis: Axis,
        parts: tuple[Pieces, ...],
        pulses: SpikeTrain | None,
        start: Coordinate,
        end: Coordinate,
        error: float = 0.0,
    ) -> Signal:
        self = object.__new__(cls)
        empty = np.zeros(0)
        train = pulses if pulses is not None else SpikeTrain._build(axis, empty, empty, empty[None, :], start, end)
        if train._axis != axis or train._start != start or train._end != end:
            train = train._on(axis, (start, end))
        for name, value in zip(
            ("_axis", "_parts", "_pulses", "_start", "_end", "_error", "_memo"),
            (axis, tuple(p for p in parts if p.scale != 0), train, start, end, error, {}),
            strict=True,
        ):
            object.__setattr__(self, name, value)
        return self

    # constructors

    @classmethod
    def from_samples(cls, x: Any, fs: float, t0: float = 0.0, hold: str = "zero", axis: int = -1) -> Any:
        """A recording as a function of time.

        Parameters
        ----------
        x : array_like, shape (n,) or (channels, n)
            Sample values. Two dimensions give a :class:`Signals` with one signal per channel. Arrays that nobody can
            write to are not copied; float32, int16 and int32 are kept as they are and taken at their exact values.
        fs : float
            Samples per unit of time, > 0.
        t0 : float
            Time of the first sample.
        hold : {"zero", "linear"}
            "zero": sample k lasts [t0 + k/fs, t0 + (k+1)/fs). "linear": straight lines between the samples, so the
            signal ends at the last one.
        axis : int
            Which axis is time: 0 for an array (n, channels).

        Returns
        -------
        Signal or Signals

        Raises
        ------
        ValueError
            Values are not finite, fs <= 0, unknown hold, or too few samples for a domain.

        Examples
        --------
        >>> import spikemath as sm
        >>> f = sm.Signal.from_samples([0.0, 1.0, 0.0], fs=2.0, hold="linear")
        >>> f(0.25), f.domain
        (0.5, (0.0, 1.0))
        """
        from spikemath.signals.many import Signals

        values = sample_array(x, "x", ndim=(1, 2))
        if axis not in range(-values.ndim, values.ndim):
            raise ValueError(f"axis = {axis!r} is none of x, which has shape {values.shape}")
        values = frozen(np.moveaxis(values, axis, -1), x)
        grid = Axis(Fraction(real_number(t0, "t0")), Fraction(positive(fs, "fs")))
        if hold not in ("zero", "linear"):
            raise ValueError(f"hold = {hold!r} must be 'zero' or 'linear'")
        least = 1 if hold == "zero" else 2
        if values.shape[-1] < least:
            raise ValueError(f"x has {values.shape[-1]} samples: the domain is empty ({hold} hold needs {least})")
        if values.ndim == 2 and hold == "zero":
            return Signals._held(values, grid)
        if values.ndim == 2:
            return Signals(cls._sampled(row, grid, hold) for row in values)
        return cls._sampled(values, grid, hold)

    @classmethod
    def _sampled(cls, x: NDArray[Any], axis: Axis, hold: str) -> Signal:
        x = x if hold == "zero" else x.astype(np.float64, copy=False)
        pieces = Pieces(x[None, None, :]) if hold == "zero" else Pieces.joining(x)
        return cls._build(axis, (pieces,), None, (0.0, 0.0), (float(pieces.number), 0.0))

    @classmethod
    def from_ppoly(cls, p: Any) -> Signal:
        """A scipy piecewise polynomial (PPoly, CubicSpline, PchipInterpolator, Akima1DInterpolator) as it stands.

        Parameters
        ----------
        p : scipy.interpolate.PPoly
            One-dimensional, real, breakpoints increasing. Breakpoints and coefficients are taken as exact.

        Returns
        -------
        Signal
            On [p.x[0], p.x[-1]].

        Examples
        --------
        >>> import spikemath as sm
        >>> from scipy.interpolate import CubicSpline
        >>> f = sm.Signal.from_ppoly(CubicSpline([0, 1, 2], [0, 1, 0]))
        >>> f(1.0), f.domain
        (1.0, (0.0, 2.0))
        """
        if not hasattr(p, "c") or not hasattr(p, "x"):
            raise TypeError(f"p must be a piecewise polynomial with .c and .x (scipy PPoly), got {type(p).__name__}")
        if type(p).__name__ == "BPoly":
            raise TypeError("p is a BPoly: convert it with scipy.interpolate.PPoly.from_bernstein_basis")
        if np.ndim(p.c) != 2:
            raise ValueError(f"p.c must have 2 dimensions (one real signal), got shape {np.shape(p.c)}")
        c, x = float_array(p.c, "p.c", ndim=(2,)), float_array(p.x, "p.x")
        return cls._from_power_basis(x, c[::-1])

    @classmethod
    def _from_power_basis(cls, knots: FloatArray, ascending: FloatArray, error: float = 0.0) -> Signal:
        """Knots (n + 1,), coefficients (degree + 1, n) in ascending powers of t - knots[k]."""
        if knots.size < 2:
            raise ValueError("the domain is empty: at least two breakpoints are needed")
        late = np.nonzero(knots[1:] <= knots[:-1])[0]
        if late.size:
            i = int(late[0]) + 1
            raise ValueError(f"breakpoint {i} = {knots[i]!r} must be after breakpoint {i - 1} = {knots[i - 1]!r}")
        while ascending.shape[0] > 1 and not ascending[-1].any():
            ascending = ascending[:-1]
        pieces = Pieces(read_only(ascending[None]), (read_only(knots + 0.0), read_only(np.zeros(knots.size))))
        return cls._build(PLAIN, (pieces,), None, (float(knots[0]), 0.0), (float(knots[-1]), 0.0), error)

    @classmethod
    def from_function(
        cls, func: Callable[..., Any], domain: tuple[float, float], tol: float = 1e-12, *, breaks: Any = ()
    ) -> Signal:
        """An adaptive piecewise polynomial of a function; the achieved error is kept as ``f.error``.

        Parameters
        ----------
        func : callable
            Real function of time; called with arrays if it takes them.
        domain : (float, float)
            The interval [t0, t1], t0 < t1.
        tol : float
            Wanted error relative to the largest value, > 0.
        breaks : sequence of float
            Known jumps and kinks, which become knots.

        Returns
        -------
        Signal

        Examples
        --------
        >>> import numpy as np, spikemath as sm
        >>> f = sm.Signal.from_function(np.sin, (0.0, 3.0))
        >>> abs(f(1.0) - np.sin(1.0)) <= f.error < 1e-11
        True
        """
        from spikemath.signals.functions import adaptive_pieces

        t0, t1 = interval(domain, proper=True)
        made = adaptive_pieces(func, t0, t1, tol=positive(tol, "tol"), breaks=breaks)
        return cls._from_power_basis(made.knots, made.coefficients, float(made.error))

    @classmethod
    def from_sympy(cls, expr: Any, t: Any, domain: tuple[float, float], tol: float = 1e-12) -> Signal:
        """A sympy expression in t; Piecewise, Heaviside and DiracDelta are understood.

        Parameters
        ----------
        expr : sympy.Expr
            Real expression. DiracDelta terms become pulses, jumps become knots.
        t : sympy.Symbol
            The time.
        domain : (float, float)
            The interval [t0, t1], t0 < t1.
        tol : float
            Wanted error of parts that are no polynomials, relative to their largest value.

        Returns
        -------
        Signal
            ``f.error`` bounds the distance from the expression between its pulses; 0 where it is represented exactly.

        Examples
        --------
        >>> import sympy, spikemath as sm
        >>> t = sympy.Symbol("t", real=True)
        >>> f = sm.Signal.from_sympy(2 * t + 3 * sympy.DiracDelta(t - 1), t, (0, 2))
        >>> f(0.5), f.impulses.weights
        (1.0, array([3.]))
        """
        from spikemath.signals.expressions import sympy_parts

        t0, t1 = interval(domain, proper=True)
        made = sympy_parts(expr, t, t0, t1, tol=positive(tol, "tol"))
        f = cls._from_power_basis(made.knots, made.coefficients, float(made.error))
        pulses = SpikeTrain(made.pulse_times, made.pulse_weights, domain=(t0, t1))
        return cls._build(f._axis, f._parts, pulses, f._start, f._end, f._error)

    # what it is

    @property
    def domain(self) -> tuple[float, float]:
        """The closed interval [t0, t1]."""
        return self._pulses.domain

    @property
    def impulses(self) -> SpikeTrain:
        """The Dirac pulses, as a train on the same domain."""
        return self._pulses

    @property
    def error(self) -> float:
        """Bound of the distance from the function or expression that was approximated; 0 if none was."""
        return self._error

    def __call__(self, t: Any) -> Any:
        times = np.asarray(t, dtype=np.float64)
        out = np.zeros(times.shape)
        if self._parts:
            if "U" not in self._memo:
                self._memo["U"] = RunningIntegral(self)
            out = self._memo["U"]._density(times)
        return float(out) if np.ndim(t) == 0 else out

    def running_integral(self, alpha: float = 0.0) -> RunningIntegral:
        """The running leaky integral U(t) = int_[t0, t] exp(-alpha (t - s)) df(s), right-continuous, U(t0-) = 0.

        Parameters
        ----------
        alpha : float
            Leak, 1/time, >= 0.

        Returns
        -------
        RunningIntegral
            Callable ``U(t, side="right")``; side="left" gives the left limits.

        Examples
        --------
        >>> import spikemath as sm
        >>> U = (sm.Signal.from_samples([1.0, 1.0], fs=1.0) - sm.SpikeTrain([1.0])).running_integral()
        >>> U([0.5, 1.0, 2.0]), U(1.0, side="left")
        (array([0.5, 0. , 1. ]), 1.0)
        """
        return RunningIntegral(self, alpha)

    def derivative(self) -> Any:
        """The distributional derivative: jumps, and the initial value at t0, become Dirac pulses.

        Returns
        -------
        Signal or SpikeTrain
            A train if the function part is piecewise constant.

        Raises
        ------
        ValueError
            The signal has pulses: the derivative of a Dirac pulse is no measure.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.Signal.from_samples([1.0, 1.0, 4.0], fs=1.0).derivative()
        SpikeTrain(2 spikes on [0, 3])
        """
        from spikemath.signals.derivative import derivative

        return derivative(self)

    def shift(self, dt: float) -> Signal:
        """The same signal dt later, exactly.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.Signal.from_samples([1.0], fs=4.0).shift(2.0).domain
        (2.0, 2.25)
        """
        axis = self._axis.shifted(Fraction(real_number(dt, "dt")))
        return Signal._build(axis, self._parts, self._pulses, self._start, self._end, self._error)

    # algebra

    def _to(self, axis: Axis) -> Signal | None:
        if axis == self._axis:
            return self
        pulses = self._pulses._to(axis)
        if pulses is None:
            return None
        parts = []
        for p in self._parts:
            knots = convert(self._axis, axis, *p.coordinates())
            if knots is None:
                return None
            parts.append(p.moved((read_only(knots[0]), read_only(knots[1])), self._axis.rate / axis.rate))
        return Signal._build(axis, tuple(parts), pulses, pulses._start, pulses._end, self._error)

    def __add__(self, other: object) -> Any:
        if not isinstance(other, Signal | SpikeTrain):
            return NotImplemented
        for axis in common(self._axis, other._axis):
            a, b = self._to(axis), other._to(axis)
            if a is not None and b is not None:
                break
        else:
            raise ValueError(
                f"no common time grid holds both exactly (rates {float(self._axis.rate):g} and "
                f"{float(other._axis.rate):g}): express one on the sampling grid of the other"
            )
        start, end = min(a._start, b._start), max(a._end, b._end)
        error = self._error + (other._error if isinstance(other, Signal) else 0.0)
        return Signal._build(axis, sum_parts(a._parts, b._parts), a._pulses + b._pulses, start, end, error)

    def __radd__(self, other: object) -> Any:
        return self + other if isinstance(other, SpikeTrain) else NotImplemented

    def __neg__(self) -> Signal:
        return self * -1.0

    def __pos__(self) -> Signal:
        return self

    def __sub__(self, other: object) -> Any:
        return self + (-other) if isinstance(other, Signal | SpikeTrain) else NotImplemented

    def __rsub__(self, other: object) -> Any:
        return (-self) + other if isinstance(other, SpikeTrain) else NotImplemented

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, Signal | SpikeTrain) or np.ndim(factor):
            return NotImplemented
        c = real_number(factor, "factor")
        parts = tuple(p.scaled(Fraction(c)) for p in self._parts)
        return Signal._build(self._axis, parts, self._pulses * c, self._start, self._end, self._error * abs(c))

    __rmul__ = __mul__

    # comparison, pickling, printing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signal):
            return NotImplemented
        if self._pulses != other._pulses:
            return False
        b = other._to(self._axis)
        if b is None or len(self._parts) != len(b._parts):
            return False
        return all(equal_parts(p, q) for p, q in zip(self._parts, b._parts, strict=True))

    def __hash__(self) -> int:
        return hash((len(self._parts), self._pulses))

    def __reduce__(self) -> Any:
        return _rebuild, (self._axis, self._parts, self._pulses, self._start, self._end, self._error)

    def __repr__(self) -> str:
        t0, t1 = self.domain
        pieces = " + ".join(f"{p.number} pieces of degree {p.degree}" for p in self._parts) or "0"
        pulses = f" + {len(self._pulses)} pulses" if len(self._pulses) else ""
        return f"Signal({pieces}{pulses} on [{t0:g}, {t1:g}])"

    def _repr_html_(self) -> str:
        t = np.linspace(*self.domain, 400)
        return markup.curve(repr(self), t, self(t), self._pulses.times, self._pulses.weights)


def _rebuild(*state: Any) -> Signal:
    return Signal._build(*state)
