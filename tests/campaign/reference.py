"""The campaign's trains and the plain-float code once more, in Python integers and fractions; nothing of ours."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from fractions import Fraction

WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
THRESHOLDS = (0.1, 0.2, 0.3, 0.7, 1.0, 1.1)
ALPHAS = (0.0, 0.1, 1.0, 10.0)
FAMILIES = ("products", "decimals", "aimed", "homing", "deep")


def mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def decay(alpha: float, gap: int) -> float:
    getcontext().prec = 80
    return float(Fraction((Decimal(alpha) * gap / -10).exp()))


def train(seed: int, index: int, shortest: int, longest: int):
    """Ticks, weights, threshold, leak, family."""
    state = mix((seed + index * GOLDEN) & WORD)

    def draw() -> int:
        nonlocal state
        state = (state + GOLDEN) & WORD
        return mix(state)

    def upper(z: int, n: int) -> int:
        return (z >> 32) * n >> 32

    def lower(z: int, n: int) -> int:
        return (z & 0xFFFFFFFF) * n >> 32

    z = draw()
    which, leak = upper(z, 6), max(lower(z, 12) - 8, 0)
    z = draw()
    rare, pick = upper(z, 1024) == 0, lower(z, 64)
    if leak:
        which = 3 + which % 3 if pick >= 4 else which
        family = ("aimed", "homing")[pick % 2] if rare else ("products", "decimals")[pick % 2]
    else:
        family = "deep" if rare else FAMILIES[pick % 4]
    theta, alpha = THRESHOLDS[which], ALPHAS[leak]
    ulp = math.nextafter(theta, math.inf) - theta
    length = shortest + upper(draw(), longest - shortest + 1)
    ticks, weights, tick, last, v = [], [], 0, 0, 0.0
    for _ in range(length):
        z = draw()
        nudge = (((z >> 16) & 0xFFFF) * 3 >> 16) - 1
        v *= decay(alpha, tick - last) if family == "homing" and alpha else 1.0
        last = tick if family == "homing" else last
        if family == "decimals":
            w = (upper(z, 121) - 60) / 10
        elif family == "aimed":
            k = upper(z, 7) - 3
            w = nudge * ulp if k == 0 else k * theta if nudge == 0 else math.nextafter(k * theta, nudge * math.inf)
        elif family == "homing":
            k = (-3, -2, -1, 1, 2, 3)[upper(z, 6)]
            w = k * theta - v + nudge * ulp
        elif family == "deep" and nudge:
            w = nudge * 2.0 ** (-70 - upper(z, 60))
        else:
            w = (upper(z, 21) - 10) * 0.1
        if w != 0.0:
            ticks.append(tick)
            weights.append(w)
            v += w
            v -= theta * math.trunc(v / theta)
        tick += 1 + ((z & 0xFFFF) * 8 >> 16)
    return ticks, weights, theta, alpha, family


def plain(ticks, weights, theta, alpha):
    """Counts of the textbook code in floats."""
    u, last, counts = 0.0, 0, []
    for tick, weight in zip(ticks, weights, strict=True):
        u *= math.exp(-(alpha / 10) * (tick - last)) if alpha else 1.0
        last = tick
        u += weight
        counts.append(math.trunc(u / theta))
        u -= theta * counts[-1]
    return counts


def kept(weights, sent, theta) -> bool:
    """Whether the running sums of weights minus spikes (exact numbers) stay below theta; no leak."""
    total = Fraction(0)
    good = True
    for weight, s in zip(weights, sent, strict=True):
        total += Fraction(weight) - s
        good = good and abs(total) < Fraction(theta)
    return good
