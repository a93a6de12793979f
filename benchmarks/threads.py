"""Two threads beside one, by the clock on the wall: ratios within one round, with the load that the machine had.

"Gain at most" is what two cores of one's own would give: twice the processor time of one thread over that of both.
Where the gain stays below it, the cores were busy or the threads waited for each other; where it is below 2 itself, two
threads work more than one (memory, the interpreter's lock, samples that are encoded twice).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import numpy as np

import spikemath as sm

from .cases import CHANNELS, rng
from .measure import reader

GOAL = 1.7  # for channels


def works(n: int) -> list[tuple[str, Any, np.ndarray, float]]:
    """Name, operator, samples, goal: many channels, and one long one."""
    many = rng().normal(0.0, 1.0, (CHANNELS, max(n // 10, 100)))
    one = rng().normal(0.0, 1.0, 10 * n)
    return [
        (f"LIF, {CHANNELS} channels, exact", sm.LIF(30.0, 0.01), many, GOAL),
        (f"LIF, {CHANNELS} channels, fast", sm.LIF(30.0, 0.01, arithmetic="fast"), many, GOAL),
        ("IF, one channel", sm.IF(10.0), one, 0.0),
        ("send-on-delta, one channel", sm.SendOnDelta(0.03), np.cumsum(one) * 1e-2, 0.0),
    ]


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the wall and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - processor


def threads(n: int, rounds: int) -> list[dict[str, Any]]:
    """One line for each work; n / 10 samples per channel, 10 n in one channel."""
    out = []
    for name, op, x, goal in works(n):
        f = sm.Signal.from_samples(x, fs=1.0)
        runs = [reader([x]), lambda op=op, f=f: op.encode(f), lambda op=op, f=f: op.encode(f, threads=2)]
        for run in runs:
            run()
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        taken = [[timed(run) for run in runs] for _ in range(max(rounds, 3))]

        def ratio(a: int, b: int, clock: int, taken: Any = taken) -> float:
            return median(row[a][clock] / max(row[b][clock], 1e-9) for row in taken)

        out.append(
            {
                "name": name, "one": ratio(1, 0, 0), "two": ratio(2, 0, 0), "gain": ratio(1, 2, 0),
                "most": 2.0 * ratio(1, 2, 1), "goal": goal, "load": load,
                "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            }
        )  # fmt: skip
    return out
