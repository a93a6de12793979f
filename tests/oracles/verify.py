"""Oracle: is a list of reported spikes a legal encoding of a piecewise polynomial signal?

The reported times (rationals) are taken as the real spike times and the true residual is carried on.  All
pulses, reported spikes, ends t_k + t_r of refractory times and knots are cuts; between two cuts u is one
smooth curve.

At a cut with a jump test due (a pulse while firing is permitted, or the end of a refractory time), if the
test fires then a spike with exactly its count must be reported there.  At the end of a refractory time the
report may be up to `slack` late (then u is tested at the reported time).  Every other reported spike must
be a crossing reported early:

  * firing is permitted at its time t, |u(t)| < theta (strict) or <= theta (not strict), and
  * without this spike u would reach theta within `slack` after t, before the next pulse; its sign is the
  count.

A crossing may be later than `slack`, up to 2^-20 of the domain, where u(t) is within 2^-51 of the threshold already: u
may be so flat there that an ulp of the threshold is a long time.

The end of a refractory time may be rounded up by 2^-100 of its size; a spike there is then a test of u at that time.

Between cuts, while firing is permitted, |u| must not reach theta.  (Single-shot subtract: after |u| has
once fallen below theta.)  As in signals.py, relative distances below 1e-40 count as equality.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import mpmath
from mpmath import mpf

from .norms import minus_train, sup_norm
from .piecewise import Curve, Poly, Signal, digits_for
from .signals import Rule
from .trains import to_mpf

ROUNDED = Fraction(1, 2**100)
FLAT = Fraction(1, 2**20)  # of the domain
Segments = list[tuple[Fraction, Fraction, Poly]]


def require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def sign_reached(
    rule: Rule,
    segments: Segments,
    alpha: Fraction,
    pulses: dict[Fraction, Fraction],
    t: Fraction,
    u: mpf,
    slack: Fraction,
) -> int:
    """Sign of the threshold that u(t) = u would reach within slack and before the next pulse, 0 if none."""
    for a, b, poly in segments:
        if a >= t and a <= t + slack:
            curve = Curve(poly, alpha, mpf(0), u)
            end = min(b, t + slack)
            found = rule.crossing(curve, to_mpf(end - a), closed=True)
            if found is not None:
                return found[1]
            if b in pulses:
                return 0
            u = curve(to_mpf(b - a))
    return 0


def verify_encoding(
    signal: Signal,
    spike_times: Sequence[Fraction],
    counts: Sequence[int],
    threshold: Fraction,
    alpha: Fraction = Fraction(0),
    reset: str = "modulo",
    refractory: Fraction = Fraction(0),
    bipolar: bool = True,
    slack: Fraction = Fraction(0),
    strict: bool = True,
) -> tuple[mpf, mpf]:
    """Raise AssertionError unless legal; return (u at the end of the domain, sup |U_{f - eta}|)."""
    threshold, alpha, refractory = Fraction(threshold), Fraction(alpha), Fraction(refractory)
    slack, start, end = Fraction(slack), signal.knots[0], signal.knots[-1]
    reported = [(Fraction(t), int(k)) for t, k in zip(spike_times, counts, strict=True)]
    require(all(x[0] <= y[0] for x, y in pairwise(reported)), "times are not sorted")
    require(all(start <= t <= end for t, _ in reported), "spike outside the domain")
    spiking = {t for t, _ in reported}
    wakes = [t + refractory for t in spiking if refractory > 0 and t + refractory <= end]
    with mpmath.workdps(digits_for(signal, alpha)):
        rule, pulses = Rule(threshold, reset, bipolar), signal.pulse_map()
        segments = signal.segments([*spiking, *wakes])
        u, wake, used = mpf(0), None, 0  # wake = t_k + t_r until tested; used = number of spikes checked
        woke = start - 1  # the last t_k + t_r that was tested

        def spike(t: Fraction, count: int) -> None:
            nonlocal u, wake, used
            u, used = rule.after(u, count), used + 1
            wake = t + refractory if refractory > 0 else None

        def at_cut(t: Fraction) -> None:
            nonlocal u, wake, woke
            continuous = t not in pulses
            u += to_mpf(pulses.get(t, Fraction(0)))
            if (wake is not None and wake <= t) or (wake is None and t in pulses):
                continuous, due, wake = False, wake, None
                woke = due if due is not None else woke
                count = rule.jump(u)
                following = reported[used] if used < len(reported) else (None, 0)
                if count and following[0] == t:
                    require(following[1] == count, f"at {t}: count {following[1]}, expected {count}")
                    spike(t, count)
                elif count:
                    late = following[0] is not None and due is not None and following[0] <= due + slack
                    require(late and not any(t <= x <= following[0] for x in pulses), f"missing jump at {t}")
                    wake = following[0]
            while used < len(reported) and reported[used][0] == t:
                count = reported[used][1]
                require(wake is None, f"spike at {t} within the refractory time")
                if woke < t <= woke + abs(woke) * ROUNDED and rule.above(u):
                    require(count == rule.jump(u), f"at {t}: count {count}, expected {rule.jump(u)}")
                    spike(t, count)
                    continue
                touching = any(rule.compare(x * u / rule.theta) == 0 for x in rule.signs())
                if touching and continuous and not strict:
                    sign = 1 if u > 0 else -1
                else:
                    require(not rule.above(u), f"at {t}: spike reported although |u| is not below threshold")
                    near = abs(abs(u) / rule.theta - 1) <= mpf(2) ** -51
                    sign = sign_reached(rule, segments, alpha, pulses, t, u, max(slack, FLAT * (end - start) * near))
                require(sign != 0, f"at {t}: u does not reach the threshold within the slack")
                require(count == sign, f"at {t}: count {count}, expected {sign}")
                residual = u - sign * rule.theta  # at a crossing |u| = theta: all resets take one threshold off
                spike(t, sign)
                u = residual
                continuous = False

        def between(a: Fraction, b: Fraction, poly: Poly) -> None:
            nonlocal u
            curve, length = Curve(poly, alpha, mpf(0), u), to_mpf(b - a)
            u = curve(length)
            if wake is not None:
                return
            if rule.above(curve(mpf(0))):
                require(reset == "subtract" and refractory == 0, f"{a}: u above threshold and not tested")
                fallen = rule.fall(curve, length)
                if fallen is None:
                    return
                curve = Curve(poly, alpha, fallen, curve(fallen))
            found = rule.crossing(curve, length, closed=b not in spiking)
            require(found is None, f"missing spike between {a} and {b}: crossing at {found}")

        at_cut(start)
        for a, b, poly in segments:
            between(a, b, poly)
            at_cut(b)
        require(used == len(reported), "spikes left over")
        residual = minus_train(signal, [t for t, _ in reported], [k * threshold for _, k in reported])
        return u, to_mpf(sup_norm(residual, alpha)[0])
