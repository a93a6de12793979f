"""Accuracy and time of the local decoders (Linear, Rate, Pchip, splines) on band-limited signals with a bias.

    python benchmarks/local_decoders.py [--spikes 100000] [--quick]

Signal: 1 + a sum of 60 cosines with random frequencies below the band limit, amplitudes and phases, scaled to the
modulation (largest |f - 1|); spikes of biased IF, one per unit of time on average, by Newton's method on the closed
form of the integral. SNR about the mean, over the inner 90 %. Times are CPU seconds, the best of three.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np

import spikemath as sm
from spikemath.signals.axis import PLAIN


def signal(spikes_per_nyquist, modulation, seed=0, lines=60):
    """f and its integral, as functions."""
    rng = np.random.default_rng(seed)
    w = np.pi / spikes_per_nyquist * rng.uniform(0.0, 1.0, lines)
    a, phase = rng.normal(size=lines), rng.uniform(0.0, 2.0 * np.pi, lines)
    t = np.linspace(0.0, 2000.0, 20001)
    a *= modulation / np.abs(sum(x * np.cos(v * t + p) for x, v, p in zip(a, w, phase, strict=True))).max()
    terms = list(zip(a, w, phase, strict=True))
    return (
        lambda t: 1.0 + sum(x * np.cos(v * t + p) for x, v, p in terms),
        lambda t: t + sum(x / v * (np.sin(v * t + p) - np.sin(p)) for x, v, p in terms),
    )


def crossings(f, integral, n):
    level = np.arange(1.0, n + 1.0)
    t = level.copy()
    for _ in range(9):
        t -= (integral(t) - level) / f(t)
    return t


def train(t):
    n = t.size
    end = (float(t[-1]), 0.0)
    return sm.SpikeTrain._from_counts(PLAIN, t, np.zeros(n), np.ones(n, np.int64), 1.0, (0.0, 0.0), end)


def measured(decoder, spikes, f, end, bias=0.0):
    seconds = []
    for _ in range(3):
        began = time.process_time()
        decoded = decoder.decode(spikes, sm.IF(1.0), bias=bias)
        seconds.append(time.process_time() - began)
    t = np.linspace(0.05 * end, 0.95 * end, 200_001)
    reference = f(t)
    error = decoded.signal(t) + bias - reference
    return 10.0 * np.log10(np.var(reference) / np.mean(error**2)), min(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spikes", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="a tenth of the spikes")
    chosen = parser.parse_args()
    n = chosen.spikes // (10 if chosen.quick else 1)
    warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
    d = sm.decoders
    kinds = [d.Linear(), d.Rate(), d.Pchip(), d.Spline(3), d.Spline(5), d.Spline(9), d.SmoothingSpline()]
    for density in (2.5, 5.0):
        for modulation in (0.2, 0.5):
            f, integral = signal(density, modulation)
            t = crossings(f, integral, n)
            gap = np.diff(t).max()
            print(f"{n} spikes, {density} per Nyquist interval, modulation {modulation}, longest gap {gap:.2f}")
            for kind in kinds:
                quality, seconds = measured(kind, train(t), f, t[-1])
                print(f"  {kind!r:44s} {quality:6.1f} dB  {seconds:.3f} s", flush=True)
    f, integral = signal(2.5, 0.2)
    t = crossings(f, integral, n // 10)
    few = [d.Spline(5), d.Spline(9), d.SmoothingSpline()]
    print(f"{n // 10} spikes, 2.5 per Nyquist interval, modulation 0.2, times rounded to a clock")
    print("  clock (part of a Nyquist interval): " + ", ".join(map(repr, few)))
    for clock in (1e-5, 1e-4, 1e-3, 1e-2):
        rounded = train(np.round(t / (2.5 * clock)) * (2.5 * clock))
        figures = [f"{measured(kind, rounded, f, t[-1])[0]:.1f} dB" for kind in few]
        print(f"  {clock:g}: {', '.join(figures)}", flush=True)


if __name__ == "__main__":
    main()
