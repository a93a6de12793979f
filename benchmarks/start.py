"""How long it takes to begin: `import spikemath` over NumPy, and the first call of an encoder with a warm cache."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from tempfile import TemporaryDirectory

CODE = """
import time
import numpy as np
a = time.process_time()
import spikemath as sm
b = time.process_time()
f = sm.Signal.from_samples(np.sin(np.arange(1000.0)), fs=1000.0)
sm.LIF(0.05, 2.0)(f)
c = time.process_time()
sm.alexiewicz_norm(f, 2.0)
print(b - a, c - b, time.process_time() - c)
"""
GOALS = {"import": 0.2, "first encode": 0.7}


def start(rounds: int = 7) -> dict[str, float]:
    """Medians of processor time in fresh interpreters, after one that fills the caches.

    Python's bytecode is cached too, as it is for everyone who does not forbid it: compiling the sources takes longer
    than all the rest of the import.
    """
    rows = []
    with TemporaryDirectory() as bytecode:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for i in range(rounds + 1):
            done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=env)
            if i:
                rows.append([float(word) for word in done.stdout.split()])
    names = ("import", "first encode", "first norm")
    return {name: median(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
