"""Recordings aimed at ties, and their cuts; what a stream sends, joined."""

from __future__ import annotations

import pickle

import numpy as np

import spikemath as sm

RESETS = ("modulo", "subtract", "zero")


def samples(rng, n):
    """Decimal and dyadic grids, tiny beside large values, constants that end at the threshold, ordinary noise."""
    kind = rng.integers(6)
    if kind == 0:
        return rng.integers(-8, 9, n) / 4.0
    if kind == 1:
        return rng.integers(-9, 10, n) / 10.0
    if kind == 2:
        return np.where(rng.random(n) < 0.3, rng.normal(size=n) * 2.0**-90, rng.integers(-4, 5, n) / 4.0)
    if kind == 3:
        return np.repeat(rng.choice([1.0, -1.0, 0.5, 0.25, 0.0], n // 8 + 1), 8)[:n]
    if kind == 4:
        return rng.integers(-8, 9, n) / 4.0 * 2.0 ** rng.integers(-40, 3, n)
    return rng.normal(size=n)


def operators(rng, fs):
    """LIF, IF and send-on-delta with one reset, polarity and refractory time."""
    theta = float(rng.choice([1.0, 0.5, 0.25, 0.3]))
    rest = {
        "reset": str(rng.choice(RESETS)),
        "refractory": float(rng.choice([0.0, 0.0, 1.0, 2.5, 0.3])) / fs,
        "bipolar": bool(rng.integers(3)),
    }
    alpha = float(rng.choice([0.25, 1.0, 0.1])) * fs
    return sm.IF(theta / fs, **rest), sm.LIF(theta / fs, alpha, **rest), sm.SendOnDelta(theta, **rest)


def cuts(rng, n):
    """Up to ten places to cut, empty blocks and blocks of one included; now and then everywhere."""
    if rng.integers(10) == 0:
        return np.arange(1, n)
    return np.sort(rng.integers(0, n + 1, rng.integers(0, 11)))


def pushed(stream, blocks, keep=False):
    """The joined spikes, and the encoding of the end; every state goes through a pickle if ``keep``."""
    found = []
    for block in blocks:
        events, stream = stream.push(block)
        found.append(events)
        if keep:
            stream = pickle.loads(pickle.dumps(stream))
    end = stream.finish()
    return sm.concatenate([*found, end.spikes]), end


def bits(train):
    """All that is stored of a train's events."""
    return train._hi.tobytes(), train._lo.tobytes(), train.counts.tobytes(), train._start, train._end
