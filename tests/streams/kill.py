"""Kill an encoding at random moments and go on, again and again: python tests/streams/kill.py [KILLS] [SEED].

Each round starts ``spikemath encode --resume``, kills it with SIGKILL after a random time, and looks at what is there:
the output is either absent or, byte for byte, that of a run that was never stopped. Ends when a round has finished,
then starts anew, until there were KILLS kills (default 50).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ARGUMENTS = ["--fs", "1000", "--operator", "lif", "--alpha", "20", "--threshold", "0.05", "--block", "4096"]


def command(source: Path, output: Path, *rest: str) -> list[str]:
    """The command line of one run."""
    return [
        sys.executable,
        "-m",
        "spikemath.cli",
        "encode",
        str(source),
        "-o",
        str(output),
        *ARGUMENTS,
        "--quiet",
        *rest,
    ]


def torture(folder: Path, kills: int, seed: int, n: int = 600_000, say: bool = False) -> tuple[int, int, int]:
    """Kills done, runs that finished in between, and kills that came after a checkpoint."""
    rng, random_times = np.random.default_rng(seed), random.Random(seed)
    source, whole = folder / "x.npy", folder / "whole.npz"
    np.save(source, rng.normal(size=(2, n)) * 0.1 * 1000)
    subprocess.run(command(source, whole, "--stream"), check=True)  # compiles
    began = time.monotonic()
    subprocess.run(command(source, whole, "--stream"), check=True)
    lasts = time.monotonic() - began
    expected, output = whole.read_bytes(), folder / "spikes.npz"
    done = finished = after = 0
    while done < kills:
        run = subprocess.Popen(command(source, output, "--resume", "--checkpoint", "0"))
        try:
            code = run.wait(timeout=random_times.uniform(0.2, 1.0) * lasts)
        except subprocess.TimeoutExpired:
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
            done += 1
            after += (folder / "spikes.npz.part" / "checkpoint").exists()
        else:
            if code:
                raise AssertionError(f"the run failed with {code}")
            finished += 1
        if output.exists():
            if output.read_bytes() != expected:
                raise AssertionError("the output differs")
            if not (folder / "spikes.npz.part").exists():
                output.unlink()
        if say:
            sys.stdout.write(f"kills {done}, finished {finished}, after a checkpoint {after}\n")
            sys.stdout.flush()
    subprocess.run(command(source, output, "--resume"), check=True)
    if output.read_bytes() != expected:
        raise AssertionError("the output differs at the end")
    return done, finished, after


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp())
    try:
        count, start = (int(a) for a in (*sys.argv[1:3], *("50", "1")[len(sys.argv) - 1 :]))
        sys.stdout.write(f"{torture(place, count, start, say=True)}\n")
    finally:
        shutil.rmtree(place)
