"""Encoder neurons: constant drive into waiting times.

Under a drive I that is the same at ticks 1, 2, ... the potential of a LIF neuron before its first spike is

    u_n = I (1 + 1/2 + ... + 2^-(n-1)) = I (2^n - 1) / 2^(n-1)        (beta = 1/2, threshold 1),

so the first spike comes at tick n if and only if 2^(n-1) / (2^n - 1) <= I < 2^(n-2) / (2^(n-1) - 1) (n = 1: I >= 1),
and never for I <= 1/2. The waiting time *is* the code. In integers the shift rounds down, which loses less than one
unit.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.networks.differential.decay import Decay, decayed_kernel
from spikemath.networks.differential.lif import RESETS
from spikemath.networks.differential.waiting import WaitingTimes, packed, spelled, whole_numbers, word_bits


def _driven(drive, threshold, modulo, until, shift, mult, bits, rounding, powers, gaps, indptr):
    """Gaps of each neuron one after the other; returns additions made."""
    m = 0
    work = 0
    for j in range(drive.shape[0]):
        u = np.int64(0)
        sent = np.int64(0)
        # under a positive drive below its threshold a shifted potential stays below 2 drive
        silent = drive[j] <= 0 or (shift > 0 and 2 * drive[j] <= threshold)
        if not silent:
            for t in range(1, until + 1):
                u = decayed_kernel(u, np.int64(1), shift, mult, bits, rounding, powers) + drive[j]
                work += 1
                if u >= threshold:
                    times = u // threshold if modulo else 1
                    u -= times * threshold
                    for _ in range(times):
                        gaps[m] = t - sent
                        sent = np.int64(t)
                        m += 1
        indptr[j + 1] = m
    return work


driven_kernel = compiled(_driven)


def encode_drive(
    drive: Any, threshold: int, until: int, decay: Decay | None = None, reset: str = "subtract", bits: int | None = None
) -> WaitingTimes:
    """Constant drive of each neuron into its train of waiting times.

    Parameters
    ----------
    drive : array of int (neurons,)
        Added at every tick from 1 on.
    threshold : int
    until : int
        Last tick.
    decay : Decay, optional
        Default: one half.
    reset : {"subtract", "modulo"}
    bits : int, optional
        Width of a word. Default: enough for `until` ticks without null events.

    Returns
    -------
    WaitingTimes

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> trains = differential.encode_drive([128, 96, 72, 64], threshold=128, until=6)
    >>> differential.decode(trains)
    [array([1, 2, 3, 4, 5, 6]), array([2, 4, 6]), array([4]), array([], dtype=int64)]
    """
    return encode_drive_counted(drive, threshold, until, decay, reset, bits)[0]


def encode_drive_counted(
    drive: Any, threshold: int, until: int, decay: Decay | None = None, reset: str = "subtract", bits: int | None = None
) -> tuple[WaitingTimes, int]:
    """The same, and the number of additions made."""
    x = whole_numbers(drive, "drive")
    if threshold < 1 or until < 0 or reset not in RESETS:
        raise ValueError(
            f"threshold = {threshold} must be positive, until = {until} not negative, reset one of {RESETS}"
        )
    width = word_bits(until) if bits is None else bits
    size = int(np.maximum(x, 0).sum()) * until // threshold if reset == "modulo" else x.size * until
    gaps, indptr = np.empty(size, np.int64), np.zeros(x.size + 1, np.int64)
    arguments = (decay or Decay()).arguments
    work = driven_kernel(x, np.int64(threshold), reset == "modulo", np.int64(until), *arguments, gaps, indptr)
    gaps = gaps[: indptr[-1]]
    if until < (1 << width) - 1:  # every gap is a word as it is
        trains = packed([gaps], width)
        return WaitingTimes(trains.words, indptr, width), int(work)
    return packed([spelled(gaps[a:b], width) for a, b in pairwise(indptr)], width), int(work)


def first_spike(drive: Fraction | int) -> int | None:
    """The tick of the first spike under a constant drive in thresholds, beta = 1/2; None for never.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from spikemath.networks import differential
    >>> [differential.first_spike(Fraction(k, 16)) for k in (16, 15, 10, 9, 8)]
    [1, 2, 3, 4, None]
    """
    I = Fraction(drive)  # noqa: E741
    if 2 * I <= 1:
        return None
    n = 1
    while (2**n - 1) * I < 2 ** (n - 1):
        n += 1
    return n
