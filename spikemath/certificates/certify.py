r"""Certify one train against one signal: is ||f - eta||_{A,alpha} < theta?

The residual V = U_{f - eta} is enclosed at every event and inside every piece (norms/_extremes.py): first in
double-double with rigorous error bounds; where that does not tell whether the bound holds, in rationals (alpha = 0) or
in balls of 128 to 1000 bits (alpha > 0). All rounding is outward. What no precision tells is "undecided".

**What was lost.** LIF with reset to modulo, applied to f - eta, sends just the spikes that are missing: by Q1 and Q2
the residual after them is below the threshold at every t. It sends none if |V| < theta already.

Source: the bound, Moser, Lunglmayr (arXiv 2305.05772, 2402.07954); reading and hypotheses, docs/theory.md, Q1 and Q2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath.certificates._recompute import measured
from spikemath.certificates._verdict import Enclosure, judged, margin, outward, pointwise, settled
from spikemath.certificates.certificate import HOLDS, Certificate
from spikemath.errors import TooManySpikesError
from spikemath.norms._extremes import Extremes
from spikemath.norms.alexiewicz import placed
from spikemath.operators import LIF, Encoding
from spikemath.signals import Signal, SpikeTrain
from spikemath.signals.axis import PLAIN
from spikemath.signals.checks import float_array, nonnegative, positive
from spikemath.signals.formula import Expression
from spikemath.signals.many import channels, each

FILTER = 106  # bits of a double-double


def certify(
    f: Any, eta: Any, threshold: Any, alpha: Any = 0.0, *, strict: bool = True, counts: bool = False
) -> Any:  # fmt: skip
    """Decide, with certainty, whether a train stays within the quantization bound ||f - eta||_{A,alpha} < threshold.

    For any train: ours, or what another simulator sent.

    Parameters
    ----------
    f : Signal, SpikeTrain, Expression, Signals, SpikeTrains, or (times, weights)
        What was encoded. A :class:`Signal` made from a function or an expression is certified as the piecewise
        polynomial that it is; an :class:`Expression` is certified as the formula itself.
    eta : SpikeTrain, Encoding, SpikeTrains, (times, weights), or times
        The train that is to stand for f. A bare array of times stands for spikes of weight +threshold each.
    threshold : float, or sequence with one per channel
        Threshold, > 0.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0.
    strict : bool
        Whether the verdict is about ``<`` (as published) or about ``<=``.
    counts : bool
        Whether the weights of a pair (times, weights) are integer multiples of the threshold, so that weight 3 stands
        for exactly 3 * threshold, which is in general no float64.

    Returns
    -------
    Certificate, or a list of them (one per channel)

    Raises
    ------
    TypeError, ValueError
        Arguments that are none of the above, not finite, or unsorted.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, -0.5, 2.0], fs=1.0)
    >>> certificate = sm.certify(f, sm.LIF(0.3, alpha=0.5)(f), threshold=0.3, alpha=0.5)
    >>> certificate.verdict, certificate.verify()
    ('holds', True)
    >>> sm.certify(f, [0.3, 0.6, 0.9], threshold=0.3).verdict      # times of a simulator, all spikes +0.3
    'fails'
    """
    if isinstance(eta, Encoding):
        eta = eta.spikes
    members, trains = channels(f), channels(eta)
    sizes = [1 if x is None else len(x) for x in (members, trains)]
    if (members is None) != (trains is None) or sizes[0] != sizes[1]:
        raise ValueError(f"f has {sizes[0]} channels, eta has {sizes[1]}: they must be equal")
    number = None if members is None else len(members)
    thetas = [positive(t, "threshold") for t in each(threshold, "threshold", number)]
    leaks = [nonnegative(a, "alpha") for a in each(alpha, "alpha", number)]
    if members is None or trains is None:
        return _one(f, eta, thetas[0], leaks[0], strict, counts)
    rows = zip(members, trains, thetas, leaks, strict=True)
    return [_one(m, e, theta, leak, strict, counts) for m, e, theta, leak in rows]


def _one(f: Any, eta: Any, theta: float, alpha: float, strict: bool, counts: bool) -> Certificate:
    signal = f if isinstance(f, Signal | SpikeTrain | Expression) else _pair(f, "f")
    train = _train(eta, theta, counts)
    if isinstance(signal, Expression):
        from spikemath.certificates._formula import certified

        return certified(signal, train, theta, alpha, strict)
    try:
        error = signal - train
    except ValueError:  # two sampling grids that share no axis: exact instants will do
        return _by_instants(signal, train, theta, alpha, strict)
    bound = Fraction(theta)
    try:
        whole = _decided(Extremes(error, alpha), bound)
    except OverflowError:  # beyond the range of double-double
        return _by_instants(signal, train, theta, alpha, strict)
    everywhere = pointwise(whole, lambda: _decided(Extremes(error, alpha, left=False), bound), bound)
    missing = SpikeTrain([], [], domain=error.domain) if everywhere == HOLDS else _missing(error, theta, alpha)
    route = "filter" if whole.bits == FILTER else "balls"
    return made(signal, train, theta, alpha, strict, whole, everywhere, missing, route)


def made(
    f: Any, eta: Any, theta: float, alpha: float, strict: bool,
    best: Enclosure, everywhere: str, lost: Any, route: str,
) -> Certificate:  # fmt: skip
    """The certificate of what was found."""
    lower, upper = outward(best)
    verdict = judged(best, Fraction(theta), strict)
    return Certificate(
        verdict=verdict,
        lower=lower,
        upper=upper,
        margin=margin(best, Fraction(theta), verdict),
        time=best.time,
        side=best.side,
        strict=strict,
        pointwise=everywhere,
        bits=best.bits,
        lost=lost,
        threshold=theta,
        alpha=alpha,
        subject=_subject(f),
        route=route,
        f=f,
        eta=eta,
    )


def _enclosures(extremes: Extremes) -> Iterator[Enclosure]:
    """Ever tighter enclosures of the norm; a level that overflows gives none."""
    found = extremes.norms()
    for bits in (FILTER, *extremes.levels()):
        try:
            lower, upper, top, bottom = next(found)
        except (OverflowError, ArithmeticError):
            yield Enclosure(Fraction(0), None, math.nan, "right", bits)
            return
        _, time, side = placed(extremes, top, bottom)
        yield Enclosure(lower, upper, time, side, bits)


def _decided(extremes: Extremes, bound: Fraction) -> Enclosure:
    """The first enclosure that tells the norm from the threshold, or the last one."""
    best: Enclosure | None = None
    for best in _enclosures(extremes):
        if settled(bound, best):
            break
    assert best is not None
    return best


def _missing(error: Any, theta: float, alpha: float) -> SpikeTrain | None:
    """The spikes that are missing; None where their counts fit no 64 bits, or they do not fit in memory."""
    try:
        missing = LIF(theta, alpha)(error)
    except (OverflowError, TooManySpikesError):
        return None
    assert isinstance(missing, SpikeTrain)
    return missing


def _by_instants(f: Any, eta: SpikeTrain, theta: float, alpha: float, strict: bool) -> Certificate:
    whole, right = measured(f, eta, theta, alpha)
    bound = Fraction(theta)
    return made(f, eta, theta, alpha, strict, whole, pointwise(whole, lambda: right, bound), None, "recomputed")


def _subject(f: Any) -> str:
    if isinstance(f, Expression):
        return "expression"
    if isinstance(f, SpikeTrain):
        return "train"
    return "approximation" if f.error else "signal"


def _train(eta: Any, theta: float, counts: bool) -> SpikeTrain:
    if isinstance(eta, SpikeTrain):
        return eta
    if isinstance(eta, tuple | list) and len(eta) == 2 and np.ndim(eta[0]) == 1:
        return _pair(eta, "eta", theta if counts else None)
    if isinstance(eta, Signal):
        raise TypeError("eta must be a train, got a Signal")
    times = float_array(eta, "eta")
    return _lattice(times, np.ones(times.size), theta)


def _pair(pair: Any, name: str, theta: float | None = None) -> SpikeTrain:
    try:
        times, weights = pair
    except (TypeError, ValueError):
        kind = type(pair).__name__
        raise TypeError(f"{name} must be a Signal, a SpikeTrain or a pair (times, weights), got {kind}") from None
    if theta is None:
        return SpikeTrain(times, weights)
    return _lattice(float_array(times, "times"), float_array(weights, "weights"), theta)


def _lattice(times: Any, counts: Any, theta: float) -> SpikeTrain:
    """Spikes of weight count * threshold, exactly."""
    if np.any(counts != np.floor(counts)):
        i = int(np.nonzero(counts != np.floor(counts))[0][0])
        raise ValueError(f"weights[{i}] = {counts[i]!r} must be an integer where counts=True")
    plain = SpikeTrain(times, counts)  # checks, and coalesces equal times
    exact = [int(w) for w in plain.exact_weights()]
    if any(abs(w) >= 1 << 63 for w in exact):
        raise OverflowError("counts must fit 64 bits: give the weights themselves, without counts=True")
    whole = np.array(exact, dtype=np.int64)
    return SpikeTrain._from_counts(PLAIN, plain._hi, plain._lo, whole, theta, plain._start, plain._end)
