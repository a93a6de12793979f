"""Jobs shared by some threads. Kernels release the lock, so that threads gain what there are processors for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np


def number_of(threads: Any) -> int:
    """How many threads, at least one."""
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer):
        raise TypeError(f"threads must be an integer, got {type(threads).__name__}")
    if threads < 1:
        raise ValueError(f"threads = {threads} must be >= 1")
    return int(threads)


def spread(job: Callable[[int], Any], n: int, threads: int) -> list[Any]:
    """job(0), ..., job(n - 1), in order, shared by some threads, a batch at a time: to hand on one job takes as long as
    a short one.
    """
    threads = number_of(threads)
    if threads == 1 or n < 2:
        return [job(i) for i in range(n)]
    from concurrent.futures import ThreadPoolExecutor  # takes a while to import

    size, given_up = -(-n // (8 * threads)), threading.Event()

    def batch(first: int) -> list[Any]:
        done = []
        for i in range(first, min(first + size, n)):
            if given_up.is_set():
                raise KeyboardInterrupt
            done.append(job(i))
        return done

    with ThreadPoolExecutor(min(threads, n), thread_name_prefix="spikemath") as pool:
        try:
            return [one for done in pool.map(batch, range(0, n, size)) for one in done]
        except BaseException:  # Ctrl-C: do not begin what has not begun
            given_up.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
