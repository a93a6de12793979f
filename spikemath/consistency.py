r"""Does a reconstruction send the same spikes, and how far can it be from what was encoded?

    eta = L(f) are the spikes, g the reconstruction.     consistent:   L(g) = eta

Any g whose leaky integral stays close to the spikes is close to f, by the triangle inequality in the norm that L
quantizes (reset to modulo, no refractory time, so that ||f - eta|| <= theta):

    ||g - f||_{A,alpha} <= ||g - eta||_{A,alpha} + theta
    sup_t |int_[t0,t] (g - f)| <= (1 + alpha T) (||g - eta||_{A,alpha} + theta)        (theory, section 5)
    sup_{s,t} |int_s^t (g - f)| <= 2 (1 + alpha T) (||g - eta||_{A,alpha} + theta)

||g - eta|| is enclosed with certainty by `certify`. A consistent g has ||g - eta|| <= theta, so the first line gives
two thresholds. For send-on-delta Dg stands for g, and the first line bounds sup |g - f|.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath.certificates import Certificate, certify
from spikemath.decoders._base import FAILS, HOLDS
from spikemath.decoders._known import known_of
from spikemath.errors import TooManySpikesError
from spikemath.norms import alexiewicz_norm
from spikemath.operators import Encoding
from spikemath.signals import Signal, SpikeTrain
from spikemath.signals.checks import FloatArray, nonnegative, read_only, real_number
from spikemath.signals.many import channels
from spikemath.signals.pieces import Pieces

__all__ = ["Consistency", "ErrorBounds", "consistent", "error_bounds"]


@dataclass(frozen=True)
class Consistency:
    """Whether a reconstruction sends the same spikes again; true only if it does.

    Attributes
    ----------
    verdict : {"holds", "fails"}
        "holds": as many spikes, the same counts, and all times within the tolerance. One more or less is no difference
        within the tolerance of the end, where a last spike is lost by any rounding.
    spikes, again : int
        Number of spikes that came in, and that the reconstruction sends (a bound, where they do not fit in memory).
    agreeing : int
        How many agree, from the first on.
    first : float or None
        Time of the first spike that differs; None if none does.
    distance : float
        Largest distance between the times of spikes that agree.
    norm : float
        Distance of the two trains in the Alexiewicz norm with the leak of the operator; nan where no time grid holds
        both.
    tolerance : float
        How far apart times may be to count as the same, as a part of the gap before the spike.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
    >>> found = sm.consistent(sm.decoders.Linear()(enc), enc)
    >>> bool(found), found.spikes, found.first
    (True, 12, None)
    """

    verdict: str
    spikes: int
    again: int
    agreeing: int
    first: float | None
    distance: float
    norm: float
    tolerance: float

    def __bool__(self) -> bool:
        return self.verdict == "holds"

    def __str__(self) -> str:
        said = f"{self.verdict}: {self.again} spikes again for {self.spikes}, times within {self.distance:.3g}"
        return said if self.first is None else f"{said} up to the first that differs, at t = {self.first:.9g}"


def consistent(g: Any, enc: Any, operator: Any = None, *, bias: float = 0.0, tolerance: float = 1e-4) -> Any:
    """Encode a reconstruction again and compare the spikes.

    Parameters
    ----------
    g : Signal, SpikeTrain or Signals
        The reconstruction.
    enc : Encoding, SpikeTrain or SpikeTrains
        The spikes that came in.
    operator : LIF, IF or SendOnDelta, optional
        What encoded; needed for a bare train.
    bias : float
        The constant that had been added before encoding; it is added again.
    tolerance : float
        How far apart times may be to count as the same, as a part of the gap before the spike, >= 0. A monotone
        cubic meets its values with slope zero where it turns, so its crossings are off by the root of the rounding.

    Returns
    -------
    Consistency, or a list of them (one per channel)

    Raises
    ------
    TypeError, ValueError
        As the decoders do: no operator, a train from another operator, another number of channels.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> f = sm.Signal.from_function(lambda t: 2.0 + np.sin(t), (0.0, 20.0))
    >>> enc = sm.IF(0.5).encode(f)
    >>> bool(sm.consistent(sm.decoders.Spline(9)(enc), enc)), sm.consistent(1.1 * f, enc).agreeing
    (True, 0)
    """
    slack = nonnegative(tolerance, "tolerance")
    op, pairs, many = _paired(g, enc, operator)
    found = [_compared(_biased(member, bias), train, op, slack) for member, train in pairs]
    return found if many else found[0]


def _compared(g: Any, train: SpikeTrain, op: Any, tolerance: float) -> Consistency:
    known = known_of(train, op)
    train = known.train
    slack = tolerance * np.concatenate([known.gaps[:1], known.gaps, [0.0]])[: known.spike.size][known.spike]
    try:
        again = op(g)
    except TooManySpikesError as error:  # a curve that far off need not be encoded
        return Consistency(FAILS, len(train), error.predicted, 0, train.domain[0], 0.0, math.inf, tolerance)
    n = min(len(train), len(again))
    assert train.counts is not None
    apart = np.abs(_differences(train, again, n))
    same = (apart <= slack[:n]) & (train.counts[:n] == again.counts[:n])
    agreeing = n if same.all() else int(np.argmin(same))
    first = None
    longer = train if len(train) > len(again) else again
    end = Fraction(longer._end[0]) + Fraction(longer._end[1])
    at_the_end = (
        len(longer) == n + 1
        and (end - Fraction(float(longer._hi[-1])))
        <= Fraction(tolerance * known.duration) / (n + 1) * longer._axis.rate
    )
    if agreeing < n or (len(longer) > n and not at_the_end):
        first = min(float(s.times[agreeing]) for s in (train, again) if len(s) > agreeing)
    try:
        norm = alexiewicz_norm(again - train, op.alpha)
    except ValueError:  # no time grid holds both
        norm = math.nan
    verdict = HOLDS if first is None else FAILS
    distance = float(apart[:agreeing].max(initial=0.0))
    return Consistency(verdict, len(train), len(again), agreeing, first, distance, norm, tolerance)


def _differences(a: SpikeTrain, b: SpikeTrain, n: int) -> FloatArray:
    """Differences of the first n times, to full precision where the trains share an axis."""
    if a._axis != b._axis:
        return np.asarray(a.times[:n] - b.times[:n])
    return ((a._hi[:n] - b._hi[:n]) + (a._lo[:n] - b._lo[:n])) / float(a._axis.rate)


@dataclass(frozen=True)
class ErrorBounds:
    """How far a reconstruction can be from what was encoded, for certain.

    Attributes
    ----------
    leaky : float
        Bound of ||g - f||_{A,alpha}; for send-on-delta of sup |g - f|.
    primitive : float
        Bound of |int from t0 to t of (g - f)|, for every t (send-on-delta: the same as ``leaky``).
    interval : float
        Bound of the integral of g - f over any interval.
    certificate : Certificate
        Of ||g - eta|| against the threshold: it holds if g stays within one threshold of the spikes.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
    >>> bounds = sm.error_bounds(sm.decoders.Hold()(enc), enc)       # the spikes themselves
    >>> bounds.leaky, bounds.interval
    (0.25, 0.5)
    """

    leaky: float
    primitive: float
    interval: float
    certificate: Certificate


def error_bounds(g: Any, enc: Any, operator: Any = None, *, bias: float = 0.0) -> Any:
    """Bounds of the distance between a reconstruction and the unknown signal, from the spikes alone.

    Parameters
    ----------
    g, enc, operator, bias
        As for :func:`consistent`.

    Returns
    -------
    ErrorBounds, or a list of them (one per channel)
        Rounded up. They hold for every signal that the operator encodes to these spikes.

    Raises
    ------
    ValueError
        An operator without the quantization bound: reset other than modulo, a refractory time, one-sided, or fast.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> f = sm.Signal.from_function(lambda t: 2.0 + np.sin(t), (0.0, 20.0))
    >>> enc = sm.LIF(0.25, alpha=0.5).encode(f)
    >>> g = sm.decoders.Spline(9)(enc)
    >>> sm.alexiewicz_norm(g - f, alpha=0.5) <= sm.error_bounds(g, enc).leaky < 0.5001
    True
    """
    op, pairs, many = _paired(g, enc, operator)
    if op.reset != "modulo" or op.refractory > 0.0 or not op.bipolar or op.arithmetic != "exact":
        raise ValueError(f"{op!r} has no bound for every signal: reset 'modulo', no refractory time, exact is needed")
    found = []
    for member, train in pairs:
        known = known_of(train, op)
        whole = _biased(member, bias)
        if known.sampled:
            whole = whole.derivative()
        certificate = certify(whole, known.train, op.threshold, op.alpha, strict=False)
        leaky = _up(Fraction(certificate.upper) + Fraction(op.threshold))
        start, end = (train._axis.instant(c) for c in (train._start, train._end))
        primitive = _up(Fraction(leaky) * (1 + Fraction(op.alpha) * (end - start)))
        found.append(ErrorBounds(leaky, primitive, 2.0 * primitive, certificate))
    return found if many else found[0]


def _up(x: Fraction) -> float:
    y = float(x)
    return y if Fraction(y) >= x else math.nextafter(y, math.inf)


def _biased(g: Any, bias: float) -> Any:
    c = real_number(bias, "bias")
    if not c:
        return g
    knots = tuple(np.array([a, b]) for a, b in zip(g._start, g._end, strict=True))
    whole = Pieces(read_only(np.array([[[c]]])), (read_only(knots[0]), read_only(knots[1])))
    return g + Signal._build(g._axis, (whole,), None, g._start, g._end)


def _paired(g: Any, enc: Any, operator: Any) -> tuple[Any, list[tuple[Any, SpikeTrain]], bool]:
    """The operator, and each channel of the reconstruction beside its spikes."""
    if isinstance(enc, Encoding):
        if operator is not None and operator != enc.operator:
            raise ValueError(f"operator = {operator!r} did not make this encoding: {enc.operator!r} did")
        operator, enc = enc.operator, enc.spikes
    members, trains = channels(g), channels(enc)
    if (members is None) != (trains is None) or (members is not None and len(members) != len(trains or ())):
        sizes = [1 if x is None else len(x) for x in (members, trains)]
        raise ValueError(f"g has {sizes[0]} channels, enc has {sizes[1]}: they must be equal")
    if members is None or trains is None:
        return operator, [(g, enc)], False
    return operator, list(zip(members, trains, strict=True)), True
