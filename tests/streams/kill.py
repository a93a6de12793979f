"""Kill an encoding at random moments and go on, again and again: python tests/streams/kill.py [KILLS] [SEED].

Each round starts ``spikemath encode --resume`` in a process of its own, kills it with SIGKILL after a random time, and
looks at what is there: the output is either absent or, byte for byte, that of a run that was never stopped. A run that
finishes is followed by a new one, until there were KILLS kills (default 50).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import spikemath as sm
from spikemath import cli

ARGUMENTS = ["--fs", "1000", "--operator", "lif", "--alpha", "20", "--threshold", "2", "--block", "50000"]


def launch(source: Path, output: Path, *rest: str) -> int:
    """Run the command in a child, which needs not import and compile everything again; its process number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        cli.main.main(["encode", str(source), "-o", str(output), *ARGUMENTS, "--quiet", *rest], standalone_mode=True)
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        os._exit(code)


def ended(child: int, seconds: float) -> int | None:
    """The child's exit status, or None if it still runs after so long."""
    until = time.monotonic() + seconds
    while True:
        known, status = os.waitpid(child, os.WNOHANG)
        if known:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            return None
        time.sleep(0.001)


def torture(folder: Path, kills: int, seed: int, n: int = 600_000, say: bool = False) -> tuple[int, int, int]:
    """Kills done, runs that finished in between, and kills that came after a checkpoint."""
    rng, random_times = np.random.default_rng(seed), random.Random(seed)
    source, whole = folder / "x.npy", folder / "whole.npz"
    np.save(source, rng.normal(size=(2, n)) * 100.0)
    how = {"block": 50_000, "restart": True}
    recording, operator = sm.recordings.open_recording(source, fs=1000.0), sm.LIF(2.0, 20.0)
    sm.encode_file(recording, operator, whole, **how)  # compiles
    began = time.monotonic()
    sm.encode_file(recording, operator, whole, every=0.0, **how)
    lasts = time.monotonic() - began
    expected, output, part = whole.read_bytes(), folder / "spikes.npz", folder / "spikes.npz.part"
    done = finished = after = 0
    while done < kills:
        child = launch(source, output, "--resume", "--checkpoint", "0")
        code = ended(child, random_times.uniform(0.0, 1.2) * lasts)
        if code is None:
            os.kill(child, signal.SIGKILL)
            done += ended(child, 600.0) == -signal.SIGKILL
            after += (part / "checkpoint").exists()
        elif code:
            raise AssertionError(f"the run failed with {code}")
        else:
            finished += 1
        if output.exists():
            if output.read_bytes() != expected:
                raise AssertionError("the output differs")
            if not part.exists():
                output.unlink()
        if say:
            sys.stdout.write(f"kills {done}, finished {finished}, after a checkpoint {after}\n")
            sys.stdout.flush()
    if ended(launch(source, output, "--resume"), 600.0) or output.read_bytes() != expected:
        raise AssertionError("the output differs at the end")
    left = sorted(path.name for path in folder.iterdir())
    if left != ["spikes.npz", "whole.npz", "x.npy"]:
        raise AssertionError(f"something was left lying: {left}")
    return done, finished, after


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp())
    try:
        count, start = (int(a) for a in (*sys.argv[1:3], *("50", "1")[len(sys.argv) - 1 :]))
        sys.stdout.write(f"{torture(place, count, start, say=True)}\n")
    finally:
        shutil.rmtree(place)
