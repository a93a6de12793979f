"""How often random hidden layers solve the gates: a Monte Carlo study over everything that it depends on.

A sample is a network of `hidden` neurons with independent weights, uniform in [-amplitude, amplitude]. Its first n
neurons are the network of size n, so one sample serves all sizes; and the same weights meet every reset, leak and
readout, so differences between them are seen more sharply than each by itself. Whether a gate is solved is decided
exactly.

Samples are drawn in blocks of 1024, each from the seed and its number alone: the result depends on neither the number
of threads nor on interruptions. Intervals are Wilson's (1927): with z the normal quantile, p = k/n,

    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)

Source of the set-up: arXiv 2408.05845.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from spikemath.networks.xor import _tally
from spikemath.networks.xor._features import SPIKES, IntArray, Readout, check_readout, read, reservoir
from spikemath.networks.xor._tally import AXES, BINS, BLOCK, Estimate, Settings, Study
from spikemath.networks.xor.encodings import bit_encoding
from spikemath.networks.xor.separation import solvable
from spikemath.operators import LIF

ALPHA = -math.log(0.6)  # a potential decays to 0.6 of it in a unit of time

__all__ = ["ALPHA", "AXES", "BINS", "Estimate", "Settings", "Study", "study", "weights_of"]


def study(
    encodings: Any = "one-line",
    resets: Any = ("modulo", "subtract", "zero"),
    alphas: Any = ALPHA,
    refractories: Any = 0.0,
    spikes: Any = "graded",
    readouts: Any = "time-resolved",
    *,
    hidden: int = 10,
    samples: int = 10_000,
    amplitude: float = 3.0,
    threshold: float = 1.0,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], Any] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: float = 10.0,
) -> Study:
    """Estimate how likely a random hidden layer solves each gate, for every combination of the settings.

    Parameters
    ----------
    encodings : str or BitEncoding, or a sequence of them
        How bits become pulses.
    resets : str or sequence of str
        "modulo", "subtract", "zero".
    alphas : float or sequence of float
        Leaks, 1/time, >= 0. Default: a potential decays to 0.6 of it in a unit of time.
    refractories : float or sequence of float
        Refractory times, >= 0.
    spikes : {"graded", "unit"} or both
        Whether a spike counts with its number of thresholds, or with its sign.
    readouts : "time-resolved", "count", a tuple of times, or a list of them
        As in `features`. (A tuple is one readout by windows, unless it holds names.)
    hidden : int
        Sizes of the hidden layer are 1 ... hidden.
    samples : int
        Networks per combination, >= 1.
    amplitude, threshold : float
        Weights are uniform in [-amplitude, amplitude]; the threshold of all neurons.
    seed : int
        >= 0. The same seed gives the same networks.
    workers : int, optional
        Threads. Default: one per processor. Changes no result.
    progress : callable, optional
        Called as ``progress(done, total)`` after each block, in blocks.
    checkpoint : path, optional
        A file that holds what is done, written every few seconds, at the end and on Ctrl-C. The same call goes on from
        it.
    every : float
        Seconds between checkpoints.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        A setting that cannot be; a checkpoint that is damaged or of another study.

    Examples
    --------
    >>> import spikemath as sm
    >>> found = sm.networks.xor.study(hidden=3, samples=2000, seed=1)
    >>> for reset in ("modulo", "subtract", "zero"):
    ...     print(reset, *(f"{found.probability(hidden=n, reset=reset).value:.2f}" for n in (1, 2, 3)))
    modulo 0.14 0.34 0.47
    subtract 0.00 0.10 0.16
    zero 0.00 0.10 0.16
    """
    axes = (
        tuple(bit_encoding(e) for e in _several(encodings)),
        tuple(map(float, _several(alphas))),
        tuple(map(float, _several(refractories))),
        tuple(_several(resets)),
        tuple(_several(spikes)),
        tuple(check_readout(r) for r in _readouts(readouts)),
    )
    settings = Settings(*axes, int(hidden), int(samples), float(amplitude), float(threshold), int(seed))
    _check(settings)
    state = _tally.load(checkpoint, settings) if checkpoint is not None and Path(checkpoint).exists() else None
    state = state or Study.empty(settings)
    cells = list(product(*(range(len(axis)) for axis in axes[:4])))
    blocks = -(-settings.samples // BLOCK)
    todo = ((c, b) for b in range(blocks) for c in range(len(cells)) if not state.finished[c, b])
    total, saved = len(cells) * blocks, time.monotonic()
    if progress is not None:
        progress(int(state.finished.sum()), total)
    threads = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        for c, b, found in _each(threads, settings, cells, todo):
            state.add(cells[c], c, b, *found)
            if progress is not None:
                progress(int(state.finished.sum()), total)
            if checkpoint is not None and time.monotonic() - saved >= every:
                _tally.save(checkpoint, state)
                saved = time.monotonic()
    finally:  # on Ctrl-C too
        threads.shutdown(cancel_futures=True)
        if checkpoint is not None:
            _tally.save(checkpoint, state)
    return state


def _each(threads: Any, settings: Settings, cells: Any, todo: Iterator[tuple[int, int]]) -> Iterator[Any]:
    """Results as they come; a few blocks per thread are under way."""

    def start(unit: tuple[int, int]) -> Any:
        future = threads.submit(_block, settings, cells[unit[0]], unit[1])
        under_way[future] = unit
        return future

    under_way: dict[Any, tuple[int, int]] = {}
    for unit in islice(todo, 2 * threads._max_workers):
        start(unit)
    while under_way:
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            unit = under_way.pop(future)
            yield (*unit, future.result())
            for after in islice(todo, 1):
                start(after)


def _block(settings: Settings, cell: tuple[int, ...], block: int) -> Any:
    """What the networks of one block solve: counts, the first that does, and where their weights lie."""
    e, a, t, r = cell
    code, n = settings.encodings[e], settings.hidden
    neuron = LIF(settings.threshold, settings.alphas[a], settings.resets[r], settings.refractories[t])
    w = weights_of(settings, code.lines, block)
    counts, escalated = reservoir(w.reshape(-1, code.lines), code, neuron)
    shape = len(settings.spikes), len(settings.readouts), n
    solved, first = np.zeros((*shape, 17), dtype=np.int64), np.full((*shape, 17), -1, dtype=np.int64)
    where = np.zeros((*shape, max(c.lines for c in settings.encodings), BINS), dtype=np.int64)
    bins = np.minimum((w / settings.amplitude + 1.0) * (BINS / 2), BINS - 1).astype(np.int64)
    for s, kind in enumerate(settings.spikes):
        for o, readout in enumerate(settings.readouts):
            x = read(counts, code, neuron.refractory, readout, kind == "graded", n)
            d = x.shape[2] // n
            for k in range(n):
                gates = solvable(x[:, :, : (k + 1) * d])
                yes = np.column_stack([gates[:, None] >> np.arange(16) & 1, gates == 65535]).astype(bool)
                solved[s, o, k] = yes.sum(axis=0)
                first[s, o, k] = np.where(yes.any(axis=0), block * BLOCK + yes.argmax(axis=0), -1)
                for line in range(code.lines):
                    where[s, o, k, line] = np.bincount(bins[yes[:, 16], : k + 1, line].ravel(), minlength=BINS)
    return solved, first, where, escalated


def weights_of(settings: Settings, lines: int, block: int) -> Any:
    """The weights of the networks of a block, shape (networks, hidden, lines)."""
    rng = np.random.default_rng((settings.seed, block))
    w = rng.uniform(-settings.amplitude, settings.amplitude, (BLOCK, settings.hidden, lines))
    return w[: min(BLOCK, settings.samples - block * BLOCK)]


def _several(value: Any) -> Sequence[Any]:
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else (value,)


def _readouts(value: Any) -> Sequence[Readout]:
    if isinstance(value, tuple) and value and all(isinstance(x, int | float) for x in value):
        return (value,)
    return _several(value)


def _check(s: Settings) -> None:
    for name, axis in zip(AXES, s.axes(), strict=True):
        if not axis or len(set(axis)) != len(axis):
            raise ValueError(f"{name}s = {axis!r}: at least one, each once")
    if len({e.name for e in s.encodings}) != len(s.encodings):
        raise ValueError("two encodings have one name")
    for kind in s.spikes:
        if kind not in SPIKES:
            raise ValueError(f"spikes = {kind!r} must be 'graded' or 'unit'")
    for name, value in (("hidden", s.hidden), ("samples", s.samples)):
        if value < 1:
            raise ValueError(f"{name} = {value} must be >= 1")
    if s.seed < 0:
        raise ValueError(f"seed = {s.seed} must be >= 0")
    if not 0.0 < s.amplitude < math.inf:
        raise ValueError(f"amplitude = {s.amplitude!r} must be > 0")
    for alpha, refractory, reset in product(s.alphas, s.refractories, s.resets):
        LIF(s.threshold, alpha, reset, refractory)  # which checks them


def first_network(found: Study, gate: Any = "all", hidden: int = 2, **cell: Any) -> IntArray | Any:
    """The weights (neurons, lines) of the first network of a study that solves a gate, or None.

    Parameters
    ----------
    found : Study
        The study.
    gate : str or int
        The gate; "all": all sixteen.
    hidden : int
        Size of the hidden layer.
    **cell
        As in :meth:`Study.probability`.

    Examples
    --------
    >>> import spikemath as sm
    >>> found = sm.networks.xor.study(resets="modulo", hidden=2, samples=200)
    >>> w = sm.networks.xor.first_network(found)
    >>> lif = sm.LIF(1.0, alpha=sm.networks.xor.ALPHA)
    >>> sm.networks.xor.solvable(sm.networks.xor.features(w, "one-line", lif)) == 65535
    True
    """
    at = found.place(hidden, **cell)
    which = int(found.first[(*at, _tally.column(gate))])
    if which < 0:
        return None
    lines = found.settings.encodings[at[0]].lines
    return weights_of(found.settings, lines, which // BLOCK)[which % BLOCK, :hidden]
