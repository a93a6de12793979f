"""The trains that the kernels leave open: encoded by the operator, checked in rationals or in balls."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._numeric.balls import arb
from spikemath._numeric.potential import BITS, precision, rational
from spikemath.campaign._certify import KEPT, LOST, OPEN
from spikemath.campaign._sweep import PLAIN, plain
from spikemath.campaign._trains import ALPHAS, FAMILIES, LONGEST, RATE, THRESHOLDS, decay_table, make, mix
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain

_WORD = 2**64 - 1
_tables: list[Any] = []


def tables() -> Any:
    """exp(-alpha gap) as pairs of floats, made once."""
    if not _tables:
        _tables.extend(decay_table())
    return _tables


def parts(seed: int, index: int, lengths: tuple[int, int]) -> tuple[Any, Any, int, int, int]:
    """Ticks and weights of a train, and the places of its threshold, leak and family."""
    ticks, weights = np.zeros(LONGEST), np.zeros(LONGEST)
    with np.errstate(over="ignore"):  # words of 64 bits wrap
        n, which, leak, family = make(seed, index, *lengths, np.array(THRESHOLDS), tables()[0], ticks, weights)
    return ticks[:n], weights[:n], int(which), int(leak), int(family)


def train(seed: int, index: int, lengths: tuple[int, int] = (1, 50)) -> tuple[SpikeTrain, float, float]:
    """One train of the campaign, with its threshold and its leak.

    Parameters
    ----------
    seed, index : int
        Which campaign, and which of its trains.
    lengths : (int, int)
        Shortest and longest train, in pulses.

    Returns
    -------
    (SpikeTrain, float, float)
        The train, on the grid of 10 ticks per unit of time; the threshold; the leak.

    Examples
    --------
    >>> from spikemath.campaign import train
    >>> train(seed=1, index=5)
    (SpikeTrain(41 spikes on [0, 21.9]), 0.2, 0.0)
    """
    ticks, weights, which, leak, _ = parts(seed, index, lengths)
    dense = np.zeros(int(ticks[-1]) + 1 if ticks.size else 1)
    dense[ticks.astype(np.int64)] = weights
    return SpikeTrain.from_samples(dense, fs=RATE), THRESHOLDS[which], ALPHAS[leak]


def spikes_of(seed: int, index: int, lengths: tuple[int, int], trial: int) -> tuple[list[int], list[int], int]:
    """Ticks and counts of the spikes of one train, and the comparisons the encoder could not decide."""
    ticks, weights, which, leak, _ = parts(seed, index, lengths)
    if trial == PLAIN:
        counts, sent = np.zeros(ticks.size), np.zeros(ticks.size)
        rate = float(Fraction(ALPHAS[leak]) / Fraction(RATE))
        plain(ticks, weights, ticks.size, rate, THRESHOLDS[which], counts, sent)
        return ticks[counts != 0.0].astype(int).tolist(), counts[counts != 0.0].astype(int).tolist(), 0
    eta, theta, alpha = train(seed, index, lengths)
    found = LIF(theta, alpha).encode(eta)
    spikes: Any = found.spikes  # its coordinates are ticks
    return spikes._hi.astype(int).tolist(), spikes.counts.tolist(), found.undecided


def examine(seed: int, index: int, lengths: tuple[int, int], trial: int) -> tuple[int, int, int]:
    """Verdict, number of spikes and checksum of one train."""
    ticks, weights, which, leak, _ = parts(seed, index, lengths)
    at, counts, _ = spikes_of(seed, index, lengths, trial)
    verdict = certified(ticks.astype(int).tolist(), weights.tolist(), THRESHOLDS[which], ALPHAS[leak], at, counts)
    digest = index
    with np.errstate(over="ignore"):
        for tick, count in zip(at, counts, strict=True):
            digest = (int(mix(np.uint64(digest ^ tick))) + count) & _WORD
        return verdict, len(counts), int(mix(np.uint64(digest)))


def certified(
    ticks: list[int], weights: list[float], theta: float, alpha: float, at: list[int], counts: list[int]
) -> int:  # fmt: skip
    """Whether the residual stays below the threshold: by rationals, or by balls of up to 1000 bits."""
    if not set(at) <= set(ticks):
        return LOST
    sent = dict(zip(at, counts, strict=True))
    if alpha == 0.0:
        total, kept = Fraction(0), True
        for tick, weight in zip(ticks, weights, strict=True):
            total += Fraction(weight) - sent.get(tick, 0) * Fraction(theta)
            kept = kept and abs(total) < Fraction(theta)
        return KEPT if kept else LOST
    for bits in BITS:
        with precision(bits):
            v, before, kept, told = arb(0), 0, True, True
            bound = arb(rational(theta))
            for tick, weight in zip(ticks, weights, strict=True):
                decay = _decay(alpha, tick - before, bits)
                before = tick
                v = decay * v + arb(rational(weight)) - sent.get(tick, 0) * bound
                kept = kept and not abs(v) >= bound
                told = told and (abs(v) < bound or abs(v) >= bound)
            if not kept:
                return LOST
            if told:
                return KEPT
    return OPEN


@functools.cache
def _decay(alpha: float, gap: int, bits: int) -> Any:
    """A ball around exp(-alpha gap / 10); call at that precision."""
    return arb(rational(Fraction(alpha) / Fraction(RATE) * -gap)).exp()


def data(seed: int, index: int, lengths: tuple[int, int], trial: int, verdict: int) -> dict[str, Any]:
    """A train as plain data, floats in hexadecimal."""
    ticks, weights, which, leak, family = parts(seed, index, lengths)
    at, counts, _ = spikes_of(seed, index, lengths, trial)
    return {
        "index": index,
        "verdict": {KEPT: "kept", LOST: "violation", OPEN: "undecided"}[verdict],
        "threshold": THRESHOLDS[which],
        "alpha": ALPHAS[leak],
        "family": FAMILIES[family],
        "ticks": ticks.astype(int).tolist(),
        "weights": [w.hex() for w in weights.tolist()],
        "spike_ticks": at,
        "counts": counts,
    }
