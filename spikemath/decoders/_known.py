r"""What a train tells about the signal, for certain.

    v(t) = int_[t0, t] exp(-alpha (t - s)) df(s),      f = v' + alpha v        (send-on-delta: v = g, f = D g)
    W_i  = exp(-alpha (t_i - t_(i-1))) W_(i-1) + w_i,  the same of the spikes

The potential is u = v - W, and a crossing inside a continuous piece leaves u = 0. So v(t_i) = W_i there, for every
reset: the spikes are *point samples* of v, exact but for the last bits by which a time is reported early. The
"t-transform" of the literature is the difference of two neighbours.

What is *not* known, and is said:

* At a pulse of f (a jump of g) the spike leaves a remainder: v(t_i) = W_i + u, |u| < theta (modulo), and nothing at
  all is bounded after reset to subtract or zero. A train shows a pulse only by a count beyond 1 or a spike at t0.
* With a refractory time, a spike at its very end may be a crossing that was waited for. With modulo |u| < theta is
  left, with subtract something unknown; W of every later crossing is exact with both, since u = v - W throughout.
  Reset to zero loses charge there, and with it the level of v from then on.
* At the ends: v(t0) = 0 unless there is a pulse at t0 (send-on-delta: |g(t0) - W(t0)| < theta only); the potential
  of an Encoding gives v(t1) = W(t1) + u(t1).

Times are differences of exact coordinates, sums are carried in double-double, and each is rounded once.

Source: A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals" (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import pair
from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.signals import Signal, SpikeTrain
from spikemath.signals.axis import _two_prod, _two_sum
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray, read_only
from spikemath.signals.pieces import Pieces
from spikemath.signals.sweep import boundaries

LATTICE = 1e-9  # how far a weight may be from count * threshold, relative to the threshold, where counts are missing


@dataclass(frozen=True, eq=False)
class Known:
    """Point samples of v: at t0, at every spike, at t1, in order of time (bias taken off).

    Attributes
    ----------
    hi, lo : arrays (m,)
        Exact coordinates on the axis of the train.
    t : array (m,)
        Times since t0, in units of time, each rounded once.
    gaps : array (m - 1,)
        Differences of neighbouring times, to full relative precision.
    y : array (m,)
        Values of v.
    exact : array (m,) of bool
        Where y is v itself. Elsewhere it is the sum of the spikes, and v is within one threshold of it at best.
    spike : array (m,) of bool
        Which of them are spikes (the first and the last instant need not be).
    weights, counts : arrays (spikes,)
        Weights of the spikes, as floats and as multiples of the threshold.
    loose : bool
        Whether from some spike on the *level* of v is unknown: only differences of y are left.
    bias : float
        What was taken off; `signal` is of what is left.
    """

    train: SpikeTrain
    operator: Any
    hi: FloatArray
    lo: FloatArray
    t: FloatArray
    gaps: FloatArray
    y: FloatArray
    exact: NDArray[np.bool_]
    spike: NDArray[np.bool_]
    weights: FloatArray
    counts: NDArray[np.int64]
    loose: bool
    bias: float
    warnings: tuple[str, ...]

    @property
    def alpha(self) -> float:
        """Leak."""
        return float(self.operator.alpha)

    @property
    def threshold(self) -> float:
        """Threshold."""
        return float(self.operator.threshold)

    @property
    def sampled(self) -> bool:
        """Whether v is the signal itself (send-on-delta)."""
        return isinstance(self.operator, SendOnDelta)

    @property
    def spikes(self) -> int:
        """Number of spikes."""
        return int(self.counts.size)

    @property
    def duration(self) -> float:
        """t1 - t0."""
        return float(self.t[-1])

    @property
    def max_gap(self) -> float | None:
        """The longest time between two instants at which v is known; None if there are not two."""
        at = self.t[self.exact]
        return float(np.diff(at).max()) if at.size > 1 else None

    def need(self, least: int, what: str) -> None:
        """Raise unless v is known at ``least`` instants."""
        found = int(self.exact.sum())
        if found < least:
            raise ValueError(
                f"too few spikes: {what} needs the leaky integral at {least} instants or more, "
                f"{self.spikes} spikes give it at {found}; a smaller threshold sends more"
            )

    def need_level(self, what: str) -> None:
        """Raise if the level of v was lost on the way."""
        if self.loose:
            raise ValueError(
                f"{what} cannot decode this train: reset to zero with a refractory time lost an unknown charge at a "
                "spike that ended a refractory time; Rate() uses nothing but gaps"
            )

    def exactly(self) -> Known:
        """The same without the instants at which v is not known exactly."""
        return self if self.exact.all() else self.only(np.flatnonzero(self.exact))

    def distinct(self) -> Known:
        """The same without instants that doubles cannot tell from the one before."""
        apart = np.diff(self.t) > 4.0 * np.spacing(self.t[-1])
        return self if apart.all() else self.only(np.flatnonzero(np.insert(apart, 0, True)))

    def only(self, keep: NDArray[np.int64]) -> Known:
        """The same at some of its instants."""
        hi, lo = self.hi[keep], self.lo[keep]
        return Known(
            self.train, self.operator, hi, lo, self.t[keep], _gaps(hi, lo, self.train._axis.rate), self.y[keep],
            self.exact[keep], self.spike[keep], self.weights, self.counts, self.loose, self.bias, self.warnings,
        )  # fmt: skip

    def at(self, hi: FloatArray, lo: FloatArray, t: FloatArray) -> Known:
        """The same with other instants; for knots that are no spikes."""
        return replace(self, hi=hi, lo=lo, t=t)

    # from v back to a signal

    def density(self, v: FloatArray) -> FloatArray:
        """Coefficients of the signal from those of v: v itself for send-on-delta, else v' + alpha v.

        ``v`` has shape (degree + 1, pieces), ascending powers of (t - knot) in units of time.
        """
        if self.sampled:
            return v
        f = np.zeros_like(v) if self.alpha else np.zeros((max(v.shape[0] - 1, 1), v.shape[1]))
        f[: v.shape[0] - 1] = np.arange(1, v.shape[0])[:, None] * v[1:]
        if self.alpha:
            f += self.alpha * v
        return f

    def signal(self, v: FloatArray, hi: FloatArray | None = None, lo: FloatArray | None = None) -> Signal:
        """The signal of a piecewise polynomial v, with knots at all known instants or at the coordinates given."""
        return self.pieces(self.density(v), hi, lo)

    def pieces(self, f: FloatArray, hi: FloatArray | None = None, lo: FloatArray | None = None) -> Signal:
        """A piecewise polynomial as a signal on the domain of the train, 0 where there are no pieces."""
        train = self.train
        knots = read_only(self.hi if hi is None else hi), read_only(self.lo if lo is None else lo)
        if f.shape[1] == 0:
            return Signal._build(train._axis, (), None, train._start, train._end)
        while f.shape[0] > 1 and not f[-1].any():
            f = f[:-1]
        made = Pieces(read_only(f[None]), knots, unit=1 / train._axis.rate)
        return Signal._build(train._axis, (made,), None, train._start, train._end)


def known_of(spikes: Any, operator: Any, bias: float = 0.0, potential: float | None = None) -> Known:
    """What the spikes of an operator tell of its input; every bad input is named here."""
    if operator is None:
        raise TypeError("operator is needed: a bare train does not know what sent it (an Encoding does)")
    if not isinstance(operator, LIF | IF | SendOnDelta):
        raise TypeError(f"operator must be a LIF, IF or SendOnDelta, got {type(operator).__name__}")
    if not isinstance(spikes, SpikeTrain):
        raise TypeError(f"enc must be an Encoding, a SpikeTrain or SpikeTrains, got {type(spikes).__name__}")
    train, said = _counted(spikes, operator)
    counts = train._counts
    assert counts is not None
    axis = train._axis
    hi, lo, spike = _with_ends(train)
    t_hi, t_lo = _since_start(hi, lo, train._start, axis.rate)
    gaps = _gaps(hi, lo, axis.rate)
    y_hi, y_lo = _sums(train, operator.alpha, hi.size)
    exact, loose, more = _judged(train, operator, hi, lo, spike, gaps, potential)
    if potential is not None and not spike[-1] and exact[-1]:
        y_hi[-1], y_lo[-1] = _two_sum(y_hi[-1], y_lo[-1] + potential)
    if bias:
        y_hi, y_lo = _without(bias, operator, t_hi, t_lo, y_hi, y_lo)
    return Known(
        train, operator, hi, lo, t_hi + t_lo, gaps, y_hi + y_lo, exact, spike,
        train.weights, counts, loose, bias, (*said, *more),
    )  # fmt: skip


def _counted(train: SpikeTrain, operator: Any) -> tuple[SpikeTrain, list[str]]:
    """The train with counts of the operator's threshold; an error where it cannot be of that operator."""
    theta, said = operator.threshold, []
    if train._counts is None:
        counts = np.rint(train.weights / theta)
        off = np.abs(train.weights - counts * theta)
        bad = np.flatnonzero((off > LATTICE * theta) | (counts == 0.0) | (np.abs(counts) >= 2.0**53))
        if bad.size:
            i = int(bad[0])
            raise ValueError(
                f"weights[{i}] = {float(train.weights[i])!r} is no multiple of the threshold {theta!r}: "
                f"this train is not one of {operator!r}"
            )
        if len(train):
            said.append("the train has no counts: they were taken from its weights, to the nearest multiple")
        train = SpikeTrain._from_counts(
            train._axis, train._hi, train._lo, counts.astype(np.int64), theta, train._start, train._end
        )
    elif train._quantum != theta:
        raise ValueError(
            f"the spikes are multiples of {train._quantum!r}, the threshold of {operator!r} is {theta!r}: "
            "the train is from another operator"
        )
    counts = train._counts
    assert counts is not None
    if operator.reset != "modulo" and (np.abs(counts) > 1).any():
        i = int(np.flatnonzero(np.abs(counts) > 1)[0])
        raise ValueError(
            f"spike {i} counts {counts[i]}: reset {operator.reset!r} sends one threshold at a time, "
            "so the train is from another operator (or two of its spikes have the same time)"
        )
    if not operator.bipolar and (counts < 0).any():
        i = int(np.flatnonzero(counts < 0)[0])
        raise ValueError(f"spike {i} counts {counts[i]}, and {operator!r} sends no negative spikes")
    return train, said


def _with_ends(train: SpikeTrain) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Coordinates of t0, the spikes and t1, each once."""
    hi, lo, spike = train._hi, train._lo, np.ones(len(train), dtype=bool)
    for end, at in ((train._start, 0), (train._end, -1)):
        if not hi.size or (hi[at], lo[at]) != end:
            place = 0 if at == 0 else hi.size
            hi, lo = np.insert(hi, place, end[0]), np.insert(lo, place, end[1])
            spike = np.insert(spike, place, False)
    return hi, lo, spike


def _over(rate: Fraction, hi: FloatArray, lo: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coordinates divided by the rate, as double-doubles."""
    if rate == 1:
        return hi, lo
    ih, il = pair(1 / rate)
    p, e = _two_prod(hi, np.float64(ih))
    return _two_sum(p, e + (hi * il + lo * ih))


def _gaps(hi: FloatArray, lo: FloatArray, rate: Fraction) -> FloatArray:
    s, e = _two_sum(hi[1:], -hi[:-1])
    s, e = _two_sum(s, e + (lo[1:] - lo[:-1]))
    a, b = _over(rate, s, e)
    return np.asarray(a + b)


def _since_start(
    hi: FloatArray, lo: FloatArray, start: tuple[float, float], rate: Fraction
) -> tuple[FloatArray, FloatArray]:
    s, e = _two_sum(hi, -np.float64(start[0]))
    s, e = _two_sum(s, e + (lo - start[1]))
    return _over(rate, s, e)


def _sums(train: SpikeTrain, alpha: float, size: int) -> tuple[FloatArray, FloatArray]:
    """W at t0, at every spike and at t1, as double-doubles."""
    if alpha == 0.0:
        assert train._counts is not None
        assert train._quantum is not None
        total = np.cumsum(train._counts)
        if total.size and np.abs(train._counts.astype(np.float64)).sum() < 2.0**53:
            y = _two_prod(total.astype(np.float64), np.float64(train._quantum))
            before = size - total.size - (train._hi.size > 0 and (train._hi[-1], train._lo[-1]) != train._end)
            ends = [np.concatenate([np.zeros(before), x, x[-1:].repeat(size - total.size - before)]) for x in y]
            return ends[0], ends[1]
    cells = Cells(train)
    cells.scale_to(cells.size())
    made = list(boundaries(cells, alpha))
    y_hi = np.concatenate([b.right_hi for b in made])
    y_lo = np.concatenate([b.right_lo for b in made])
    y_hi, y_lo = _over(cells.rate, y_hi, y_lo)
    return np.ldexp(y_hi, cells.power), np.ldexp(y_lo, cells.power)


def _without(
    bias: float, operator: Any, t_hi: FloatArray, t_lo: FloatArray, y_hi: FloatArray, y_lo: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """v less that of a constant: bias * (1 - exp(-alpha t)) / alpha; for send-on-delta less the constant itself."""
    if isinstance(operator, SendOnDelta):
        p, e = np.full(t_hi.size, bias), np.zeros(t_hi.size)
    elif operator.alpha == 0.0:
        p, e = _two_prod(t_hi, np.float64(bias))
        e = e + bias * t_lo
    else:
        t = t_hi + t_lo
        p, e = bias * (-np.expm1(-operator.alpha * t) / operator.alpha), np.zeros(t.size)
    s, r = _two_sum(y_hi, -p)
    return _two_sum(s, r + (y_lo - e))


def _judged(
    train: SpikeTrain, operator: Any, hi: FloatArray, lo: FloatArray, spike: NDArray[np.bool_], gaps: FloatArray,
    potential: float | None,
) -> tuple[NDArray[np.bool_], bool, list[str]]:  # fmt: skip
    """Where v is known exactly, whether its level is lost, and what is to be said about it."""
    counts, said = train._counts, []
    assert counts is not None
    exact, loose = np.ones(hi.size, dtype=bool), False
    sampled = isinstance(operator, SendOnDelta)
    if sampled or spike[0]:  # g(t0) is within one threshold of 0, or of the first spike; so is v after a pulse
        exact[0] = False
    at = np.flatnonzero(spike)
    steps = np.abs(counts) > 1
    first = bool(spike[0])
    beyond = steps[1:] if first and sampled else steps  # send-on-delta starts from 0 and jumps to g(t0)
    if beyond.any():
        exact[at[steps]] = False
        what = "jumps" if sampled else "pulses"
        said.append(
            f"the encoded signal has {what} (the counts of {int(beyond.sum())} spikes show it): there, and at smaller "
            "ones that no count shows, the leaky integral is only known within one threshold"
        )
    if first and not sampled:
        said.append(
            "a spike stands at t0: either the encoded signal begins with a pulse, of which it tells no more than a "
            "threshold, or the domain of the train begins later than the signal did"
        )
    if operator.refractory > 0.0 and at.size > 1:
        waited = np.flatnonzero(np.diff(at, prepend=at[0]) > 0)
        times = np.diff(train._hi) + np.diff(train._lo)
        rate = float(train._axis.rate)
        late = times <= operator.refractory * rate * (1.0 + 2.0**-40)
        index = at[waited][late]
        if index.size:
            exact[index] = False
            loose = operator.reset == "zero"
            said.append(
                f"{index.size} spikes stand at the very end of a refractory time, where more than a threshold may have "
                "waited: the leaky integral is not known there"
                + (" nor, at reset to zero, its level afterwards" * loose)
            )
    if not spike[-1] and (potential is None or loose):
        exact[-1] = False
    return exact, loose, said
