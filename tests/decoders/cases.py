"""Decoders, operators and signals that the tests walk over."""

from __future__ import annotations

import functools
import inspect

import numpy as np

import spikemath as sm

DECODERS = sm.decoders
# Arguments of the decoders that need some; a decoder that needs some and is not here fails the walk.
ARGUMENTS: dict[str, dict] = {
    "Bandlimited": {"bandwidth": 0.8},
    "SincPseudoInverse": {"bandwidth": 0.8},
    "MultichannelBandlimited": {"bandwidth": 0.8},
    "FiniteRateOfInnovation": {"count": 1, "bandwidth": 0.8},
}
MORE = [
    DECODERS.Spline(degree=5),
    DECODERS.Spline(degree=9),
    DECODERS.SmoothingSpline(penalty=0.001),
    DECODERS.SmoothingSpline(degree=3),
]
# What passes through every known value, so that it re-encodes consistently unless it overshoots
INTERPOLATING = [DECODERS.Linear(), DECODERS.Pchip(), DECODERS.Spline(degree=3), DECODERS.Spline(degree=5)]
PROTOCOL = {"Decoder", "Report", "Condition", "Decoded", "DecodingWarning"}


def classes() -> list[type]:
    """Every decoder that is exported."""
    return [
        thing
        for name in DECODERS.__all__
        if name not in PROTOCOL
        and inspect.isclass(thing := getattr(DECODERS, name))
        and issubclass(thing, DECODERS.Decoder)
    ]


def every() -> list:
    """One of each kind, and a few more."""
    return [kind(**ARGUMENTS.get(kind.__name__, {})) for kind in classes()] + MORE


OPERATORS = [
    sm.IF(0.25),
    sm.LIF(0.25, alpha=0.5),
    sm.LIF(0.25, alpha=0.5, reset="subtract"),
    sm.IF(0.25, reset="zero"),
    sm.SendOnDelta(0.125),
]


def smooth(t):
    """A biased sum of three sines, at most 0.7 cycles per unit time."""
    return 2.0 + 0.6 * np.sin(2.1 * t) + 0.5 * np.cos(3.3 * t + 1.0) + 0.2 * np.sin(4.2 * t)


SMOOTH = sm.Signal.from_function(smooth, (0.0, 20.0))


@functools.cache
def encoded(op):
    """What an operator makes of the smooth signal; once, for it takes long without compilation."""
    return op.encode(SMOOTH)


def inner(f, n=2001):
    """Times in the inner 80 % of a domain."""
    t0, t1 = f.domain
    return np.linspace(t0 + 0.1 * (t1 - t0), t1 - 0.1 * (t1 - t0), n)


def snr(f, g, t):
    """Signal to noise in dB; the power of the signal is that about its mean."""
    reference, found = f(t), g(t)
    return 10.0 * np.log10(np.var(reference) / max(np.mean((found - reference) ** 2), 1e-300))
