"""A Neuropixels-sized recording through streams and dask: python tests/cluster/probe.py [CHANNELS SAMPLES].

Prints, for each way, wall time, processor time of all threads, and million samples a second by either. A probe of 384
channels at 30 kHz sends 11.5 million samples a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import spikemath as sm

BLOCK = 30_000


def recording(channels: int, n: int) -> Any:
    """Converter samples: noise of 10 units (about 2 uV each) with a slow wave, int16."""
    rng = np.random.default_rng(1)
    x = np.empty((channels, n), dtype=np.int16)
    wave = 40.0 * np.sin(np.arange(n) / 600.0)
    for row in x:
        row[:] = np.rint(rng.standard_normal(n, dtype=np.float32) * 10.0 + wave)
    return x


def streamed(op: Any, x: Any, threads: int) -> int:
    """Spikes of a stream, in blocks of a second."""
    stream, found = op.stream(fs=30_000.0, channels=len(x)), 0
    for first in range(0, x.shape[1], BLOCK):
        events, stream = stream.push(x[:, first : first + BLOCK], threads=threads)
        found += len(events.times)
    return found


def with_dask(op: Any, x: Any, method: str) -> int:
    """Spikes of dask, two threads, chunks of 48 channels and a second."""
    import dask
    import dask.array as da

    with dask.config.set(scheduler="threads", num_workers=2):
        return len(sm.dask.encode(op, da.from_array(x, chunks=(48, BLOCK)), 30_000.0, method=method))


def timed(name: str, run: Callable[[], int], samples: int) -> None:
    """Run and say how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    spikes = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(
        f"{name:32} {spikes:9d} spikes  wall {wall:6.1f} s {samples / wall / 1e6:6.1f} M/s"
        f"   cpu {cpu:6.1f} s {samples / cpu / 1e6:6.1f} M/s {1e9 * cpu / samples:6.1f} ns/sample\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    channels, n = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (384, 300_000)
    x = recording(channels, n)
    ops = {"LIF": sm.LIF(0.05, alpha=50.0), "IF": sm.IF(0.05), "send-on-delta": sm.SendOnDelta(40.0)}
    for name, op in ops.items():
        streamed(op, x[:2, :5000], 1)  # compiles
        for threads in (1, 2):
            timed(f"{name}, stream, {threads} threads", lambda op=op, k=threads: streamed(op, x, k), x.size)  # type: ignore[misc]
        for method in ("chain",) if name == "LIF" else ("chain", "blelloch"):
            timed(f"{name}, dask, {method}", lambda op=op, m=method: with_dask(op, x, m), x.size)  # type: ignore[misc]
