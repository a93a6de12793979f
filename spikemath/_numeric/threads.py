"""Jobs shared by some threads. Kernels release the lock, so that threads gain what there are processors for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np


def spread(job: Callable[[int], Any], n: int, threads: int) -> list[Any]:
    """job(0), ..., job(n - 1), in order, shared by some threads."""
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer):
        raise TypeError(f"threads must be an integer, got {type(threads).__name__}")
    if threads < 1:
        raise ValueError(f"threads = {threads} must be >= 1")
    if threads == 1 or n < 2:
        return [job(i) for i in range(n)]
    with ThreadPoolExecutor(min(int(threads), n), thread_name_prefix="spikemath") as pool:
        try:
            return list(pool.map(job, range(n)))
        except BaseException:  # Ctrl-C: do not begin what has not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
