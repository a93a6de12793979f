"""Run a campaign block by block; its result depends on nothing but seed, lengths, encoder and number of trains."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from spikemath._encoder.train_kernels import FLOATS
from spikemath.campaign import _state
from spikemath.campaign._certify import LOST, OPEN
from spikemath.campaign._escalate import data, examine, parts, tables
from spikemath.campaign._state import SHAPE, Result, Settings
from spikemath.campaign._sweep import EXACT, PLAIN, SPIKES, UNDECIDED, VIOLATIONS, sweep
from spikemath.campaign._trains import ALPHAS, LONGEST, RATE, THRESHOLDS

_MODULUS = 2**64
_FIRST, _LARGEST = 256, 1 << 18  # trains in a block; a block takes about PAUSE seconds
_PAUSE = 0.5
_ENCODERS = {"exact": EXACT, "plain": PLAIN}


def run(
    trains: int,
    seed: int = 0,
    lengths: tuple[int, int] = (1, 50),
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], Any] | None = None,
    encoder: str = "exact",
    every: float = 10.0,
    block: int | None = None,
) -> Result:
    """Encode many trains aimed at ties, and certify ||LIF(eta) - eta||_{A,alpha} < theta for each of them.

    Parameters
    ----------
    trains : int
        How many, >= 0: those with index 0 ... trains - 1.
    seed : int
        Which campaign, 0 <= seed < 2^63.
    lengths : (int, int)
        Shortest and longest train, in pulses, 1 <= shortest <= longest <= 200.
    checkpoint : path, optional
        Where the state is kept: written every few seconds, at the end, and on Ctrl-C. If the file is there and belongs
        to the same campaign, the run goes on from it; the result is that of an uninterrupted run.
    progress : callable, optional
        Called as ``progress(done, trains)`` after each block, and first of all where a checkpoint is gone on from.
    encoder : {"exact", "plain"}
        What is on trial: the package's encoder, or plain floats, which shows that violations are found.
    every : float
        Seconds between checkpoints.
    block : int, optional
        Trains per call of the kernel, >= 1. Default: as many as take half a second. It changes no result.

    Returns
    -------
    Result

    Raises
    ------
    CheckpointError
        The checkpoint is damaged, belongs to another campaign, or is already further.

    Examples
    --------
    >>> from spikemath.campaign import run
    >>> run(200, seed=3).total("violations")
    0
    >>> run(200, seed=3, encoder="plain").total("violations") > 0
    True
    """
    settings = _settings(trains, seed, lengths, encoder, block)
    state = Result(settings)
    if checkpoint is not None and Path(checkpoint).exists():
        state = _state.load(checkpoint, settings)
        if state.done > trains:
            raise _state.CheckpointError(f"{checkpoint} holds {state.done} trains already; {trains} were asked for")
    size, saved = block or _FIRST, time.monotonic()
    if progress is not None and state.done:
        progress(state.done, trains)
    try:
        while state.done < trains:
            began = time.perf_counter()
            last = min(state.done + size, trains)
            found = _block(settings, state.done, last)
            took = time.perf_counter() - began
            state = state.merged(last, *found, took)
            if block is None:
                size = min(max(int(size * min(4.0, _PAUSE / max(took, 1e-3))), 16), _LARGEST)
            if checkpoint is not None and time.monotonic() - saved >= every:
                _state.save(checkpoint, state)
                saved = time.monotonic()
            if progress is not None:
                progress(state.done, trains)
    finally:  # on Ctrl-C too
        if checkpoint is not None:
            _state.save(checkpoint, state)
    return state


def _settings(trains: Any, seed: Any, lengths: Any, encoder: str, block: Any) -> Settings:
    if trains < 0 or trains != int(trains):
        raise ValueError(f"trains = {trains!r} must be an integer >= 0")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed = {seed!r} must be >= 0 and below 2^63")
    shortest, longest = map(int, lengths)
    if not 1 <= shortest <= longest <= LONGEST:
        raise ValueError(f"lengths = {lengths!r} must be 1 <= shortest <= longest <= {LONGEST}")
    if encoder not in _ENCODERS:
        raise ValueError(f"encoder = {encoder!r} must be one of {', '.join(map(repr, _ENCODERS))}")
    if block is not None and block < 1:
        raise ValueError(f"block = {block!r} must be >= 1")
    return Settings(int(seed), (shortest, longest), encoder)


def _block(settings: Settings, first: int, last: int) -> tuple[Any, int, list[dict[str, Any]]]:
    """Tally, checksum and notable trains of first ... last - 1."""
    trial, (shortest, longest) = _ENCODERS[settings.encoder], settings.lengths
    tally, checksum = np.zeros(SHAPE, dtype=np.int64), np.zeros(1, dtype=np.uint64)
    todo, found = np.zeros(last - first, dtype=np.int64), np.zeros(last - first, dtype=np.int64)
    leaks = np.array([float(Fraction(alpha) / Fraction(RATE)) for alpha in ALPHAS])
    with np.errstate(over="ignore"):  # words of 64 bits wrap
        left, lost = sweep(
            settings.seed, first, last, shortest, longest, trial, np.array(THRESHOLDS), leaks,
            *tables(), np.zeros(FLOATS), tally, todo, found, checksum,
        )  # fmt: skip
    total, verdicts = int(checksum[0]), dict.fromkeys(found[:lost].tolist(), LOST)
    for index in todo[:left].tolist():
        verdict, spikes, digest = examine(settings.seed, index, settings.lengths, trial)
        total = (total + digest) % _MODULUS
        row = parts(settings.seed, index, settings.lengths)[2:]
        tally[(*row, SPIKES)] += spikes
        tally[(*row, VIOLATIONS)] += verdict == LOST
        tally[(*row, UNDECIDED)] += verdict == OPEN
        if verdict in (LOST, OPEN):
            verdicts[index] = verdict
    kept = sorted(verdicts)[: _state.KEEP]
    return tally, total, [data(settings.seed, i, settings.lengths, trial, verdicts[i]) for i in kept]
