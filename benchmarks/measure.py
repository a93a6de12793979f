"""Processor time, interleaved: every round runs each contestant once, and ratios are taken within the round.

The machine may be busy and its clock may change from second to second. So a contestant is compared with one read of the
same arrays (R) in the same round, and the median over the rounds is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

import numpy as np

READ = "R"


class Timing(NamedTuple):
    """Median seconds of processor time, median ratio to R, and the number of rounds."""

    seconds: float
    ratio: float
    rounds: int


def reader(arrays: list[np.ndarray]) -> Callable[[], float]:
    """One read of the arrays, the unit R."""
    return lambda: sum(float(a.sum(dtype=np.float64)) for a in arrays)


def interleaved(
    contestants: Mapping[str, Callable[[], object]],
    rounds: int = 7,
    budget: float = 6.0,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, Timing]:
    """Time all contestants, at least 3 and at most ``rounds`` times each, within about ``budget`` seconds."""
    assert READ in contestants
    began = time.perf_counter()
    for run in contestants.values():  # compiles, and fills the allocator
        run()
    one_round = time.perf_counter() - began
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    began = time.perf_counter()
    for i in range(rounds):
        if i >= 3 and time.perf_counter() - began + one_round > budget:
            break
        start = time.perf_counter()
        for name, run in contestants.items():
            before = clock()
            run()
            taken[name].append(clock() - before)
        one_round = time.perf_counter() - start
    return {
        name: Timing(median(t), median(x / max(r, 1e-9) for x, r in zip(t, taken[READ], strict=True)), len(t))
        for name, t in taken.items()
    }
