"""Oracle: norms of finite spike trains f = sum_j a_j delta_{t_j} (rational times and weights).

  alexiewicz           sup_t |U(t)|,  U(t) = sum_{t_j <= t} a_j exp(-alpha (t - t_j)); U only decays between
                       events, so the supremum is a maximum over the events (0 for the empty train)
  discrepancy          sup_{s < t} | int_(s,t] exp(-alpha (t - x)) df(x) |, over all runs of consecutive
                       events.  For alpha = 0 it is max F - min F with the value F(t0-) = 0 counted
  total_variation      sum |a_j| after coalescing
  truncated_variation  TV^c of F = 0, a_1, a_1 + a_2, ...: the supremum over all subsequences G_0, G_1, ...
                       of sum max(|G_i - G_{i-1}| - c, 0), by dynamic programming over the last chosen index

For signals with a piecewise polynomial part (piecewise.Signal):

  leaky_integral(signal, t, alpha, side)    U(t) (side "right") or U(t-) (side "left")
  sup_norm(signal, alpha)                   sup_t |U(t)| with one-sided limits, and a time of it
  limits(signal, alpha)                     U(t) and U(t-) wherever they may be extreme, pieces being constant
  minus_train(signal, times, masses)        the signal f - sum_k m_k delta_{t_k}
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import mpmath
from mpmath import mpf

from .piecewise import Curve, Signal, antiderivative, digits_for, evaluate
from .trains import DIGITS, Number, coalesce, to_mpf


def _running(events: list[tuple[Fraction, Fraction]], alpha: Fraction) -> list[Number]:
    """U at each event, right-continuous.  Fractions for alpha = 0, else mpf at 80 digits."""
    values: list[Number] = []
    if alpha == 0:
        total = Fraction(0)
        for _, a in events:
            total += a
            values.append(total)
        return values
    with mpmath.workdps(DIGITS[0]):
        u, last = mpf(0), None
        for t, a in events:
            if last is not None:
                u = u * mpmath.exp(-to_mpf(alpha * (t - last)))
            u, last = u + to_mpf(a), t
            values.append(u)
    return values


def alexiewicz(
    times: Sequence[Fraction], weights: Sequence[Fraction], alpha: Fraction = Fraction(0)
) -> tuple[Number, Fraction | None]:
    """(sup |U|, first event time that attains it).  (0, None) for the zero train."""
    events = coalesce(times, weights)
    best: Number = Fraction(0) if alpha == 0 else mpf(0)
    where = None
    with mpmath.workdps(DIGITS[0]):
        for (t, _), u in zip(events, _running(events, Fraction(alpha)), strict=True):
            if abs(u) > best:
                best, where = abs(u), t
    return best, where


def discrepancy(times: Sequence[Fraction], weights: Sequence[Fraction], alpha: Fraction = Fraction(0)) -> Number:
    """Brute force: the largest |U| of any train that starts at some event and forgets what came before."""
    events = coalesce(times, weights)
    best: Number = Fraction(0) if alpha == 0 else mpf(0)
    with mpmath.workdps(DIGITS[0]):
        for i in range(len(events)):
            best = max([best] + [abs(u) for u in _running(events[i:], Fraction(alpha))])
    return best


def total_variation(times: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction:
    return sum((abs(a) for _, a in coalesce(times, weights)), Fraction(0))


def truncated_variation_of(values: Sequence[Fraction], c: Fraction) -> Fraction:
    """TV^c of a finite sequence: best[j] = the best sum over subsequences that end in values[j]."""
    best: list[Fraction] = []
    for j, v in enumerate(values):
        sums = [best[i] + max(abs(v - values[i]) - c, Fraction(0)) for i in range(j)]
        best.append(max(sums, default=Fraction(0)))
    return max(best, default=Fraction(0))


def truncated_variation(times: Sequence[Fraction], weights: Sequence[Fraction], c: Fraction) -> Fraction:
    """TV^c of the primitive F, which starts at F(t0-) = 0."""
    primitive = _running(coalesce(times, weights), Fraction(0))
    return truncated_variation_of([Fraction(0), *primitive], Fraction(c))


def residual_train(
    times: Sequence[Fraction],
    weights: Sequence[Fraction],
    spike_times: Sequence[Fraction],
    spike_counts: Sequence[int],
    threshold: Fraction,
) -> tuple[list[Fraction], list[Fraction]]:
    """f - eta as (times, weights), eta = sum_k counts_k threshold delta_{t_k}; coalesced, zeros removed."""
    both = [
        *zip(times, weights, strict=True),
        *((t, -k * Fraction(threshold)) for t, k in zip(spike_times, spike_counts, strict=True)),
    ]
    both.sort(key=lambda event: event[0])
    events = coalesce([t for t, _ in both], [a for _, a in both])
    return [t for t, _ in events], [a for _, a in events]


def exact_primitive(signal: Signal, t: Fraction, side: str = "right") -> Fraction:
    """F(t) or F(t-) for alpha = 0, in rationals."""
    total = Fraction(0)
    for x, w in signal.pulse_map().items():
        if x < t or (x == t and side == "right"):
            total += w
    for a, b, poly in signal.segments():
        if a < t:
            total += evaluate(antiderivative(poly), min(t, b) - a)
    return total


def leaky_integral(signal: Signal, t: Number, alpha: Fraction, side: str = "right") -> Number:
    """U(t) (side "right") or U(t-) (side "left"); a Fraction if alpha = 0 and t is one, else mpf."""
    if alpha == 0 and isinstance(t, Fraction):
        return exact_primitive(signal, t, side)
    with mpmath.workdps(digits_for(signal, alpha)):
        pulses, now, u = signal.pulse_map(), signal.knots[0], mpf(0)
        when = to_mpf(t)
        for a, b, poly in signal.segments():
            if when < to_mpf(a) or (side == "left" and when <= to_mpf(a)):
                break
            u, now = u + to_mpf(pulses.get(a, Fraction(0))), b
            u = Curve(poly, alpha, mpf(0), u)(min(when, to_mpf(b)) - to_mpf(a))
        if side == "right" and when == to_mpf(now) == to_mpf(signal.knots[-1]):
            u += to_mpf(pulses.get(now, Fraction(0)))
        return u


def sup_norm(signal: Signal, alpha: Fraction) -> tuple[Number, Number]:
    """sup |U| over all t and one-sided limits, and where.  Exact if alpha = 0 and all pieces are constant."""
    pulses, start = signal.pulse_map(), signal.knots[0]
    if alpha == 0 and all(not any(p[1:]) for p in signal.pieces):
        total = pulses.get(start, Fraction(0))
        limits = [(abs(total), start)]  # U is linear between the cuts: only one-sided limits there matter
        for a, b, poly in signal.segments():
            total += evaluate(poly, b - a) * (b - a)
            limits.append((abs(total), b))
            total += pulses.get(b, Fraction(0))
            limits.append((abs(total), b))
        return max(limits, key=lambda pair: pair[0])
    with mpmath.workdps(digits_for(signal, alpha)):
        u = to_mpf(pulses.get(start, Fraction(0)))
        best, where = abs(u), to_mpf(start)
        for a, b, poly in signal.segments():
            curve = Curve(poly, alpha, mpf(0), u)
            for s in curve.monotone(to_mpf(b - a)):
                if abs(curve(s)) > best:
                    best, where = abs(curve(s)), to_mpf(a) + s
            u = curve(to_mpf(b - a)) + to_mpf(pulses.get(b, Fraction(0)))
            if abs(u) > best:
                best, where = abs(u), to_mpf(b)
        return best, where


def limits(signal: Signal, alpha: Fraction) -> list[tuple[Fraction, str, Number]]:
    """(time, side, U) at all knots and pulses, left limits where there is a pulse.  Constant pieces: no other extremes.

    Fractions for alpha = 0, else mpf: U(b) = beta U(a) + p (1 - beta) / alpha, beta = exp(-alpha (b - a)).
    """
    pulses, start = signal.pulse_map(), signal.knots[0]
    with mpmath.workdps(digits_for(signal, alpha)):
        weights: dict[Fraction, tuple[Number, Number]] = {}
        u: Number = pulses.get(start, Fraction(0))
        u = to_mpf(u) if alpha else u
        out = [(start, "right", u)]
        for a, b, (p,) in signal.segments():
            if alpha == 0:
                u += p * (b - a)
            else:
                if b - a not in weights:
                    z = to_mpf(alpha * (b - a))
                    weights[b - a] = mpmath.exp(-z), -mpmath.expm1(-z) / to_mpf(alpha)
                beta, gain = weights[b - a]
                u = beta * u + to_mpf(p) * gain
            if b in pulses:
                out.append((b, "left", u))
                u += pulses[b] if alpha == 0 else to_mpf(pulses[b])
            out.append((b, "right", u))
        return out


def minus_train(signal: Signal, times: Sequence[Fraction], masses: Sequence[Fraction]) -> Signal:
    """f - sum_k masses_k delta_{times_k}."""
    return Signal(
        signal.knots, signal.pieces, [*signal.pulses, *((t, -Fraction(m)) for t, m in zip(times, masses, strict=True))]
    )
