"""Held under load: `python -m benchmarks.soak [--minutes 10] [--interrupts 100]`.

Eight threads encode, measure and certify random trains and recordings of growing and shrinking length, over and over,
and check every answer; memory is looked at once a second. Then Ctrl-C is sent at random moments of a long encode and a
long norm, and the 99th percentile of the time to KeyboardInterrupt is printed. Exits with 1 if memory grows by more
than 5 % from the second fifth of the time to the last, if an answer is wrong, or if that percentile is above 0.2 s.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np

import spikemath as sm

CHILD = """
import sys, time
import numpy as np, spikemath as sm
f = sm.Signal.from_samples(np.tile(np.sin(np.arange(50000)), 100), fs=30000.0)
lif = sm.LIF(2e-4, 10.0)
g = f - lif(f)
sm.alexiewicz_norm(g, 10.0)
work = (lambda: lif(f)) if sys.argv[1] == "encode" else (lambda: sm.alexiewicz_norm(g, 10.0))
print("ready", flush=True)
while True:
    try:
        while True:
            work()
    except KeyboardInterrupt:
        print(time.time(), flush=True)
"""


def resident() -> float:
    """Memory of this process, MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def work(seed: int, end: float, wrong: list[str], rounds: list[int]) -> None:
    """One thread: the bound holds for every train and every recording."""
    rng = np.random.default_rng(seed)
    while time.monotonic() < end and not wrong:
        n, alpha, theta = (
            int(rng.integers(100, 5000)),
            float(rng.choice([0.0, 0.3, 5.0])),
            float(rng.choice([0.1, 0.7])),
        )
        x = rng.integers(-9, 10, n) / 10.0
        for f in (sm.Signal.from_samples(x, fs=1.0), sm.SpikeTrain.from_samples(x, fs=1.0)):
            lif = sm.LIF(theta, alpha)
            eta = lif(f)
            if not sm.alexiewicz_norm(f - eta, alpha) < theta or lif(f) != eta:
                wrong.append(f"seed {seed}: {f!r}, {lif!r}")
        rounds[0] += 1


def soak(minutes: float, threads: int = 8) -> bool:
    """Memory over the time; whether it stayed flat and all answers were right."""
    work(0, time.monotonic() + 1.0, [], [0])  # compiles
    end = time.monotonic() + 60.0 * minutes
    wrong: list[str] = []
    rounds, memory = [0], []
    pool = [threading.Thread(target=work, args=(k, end, wrong, rounds)) for k in range(threads)]
    for t in pool:
        t.start()
    while any(t.is_alive() for t in pool):
        time.sleep(1.0)
        memory.append(resident())
    fifth = max(len(memory) // 5, 1)
    early, late = (float(np.median(part)) for part in (memory[fifth : 2 * fifth] or memory, memory[-fifth:]))
    print(f"{minutes:g} minutes, {threads} threads, {rounds[0]} rounds: {early:.0f} MB early, {late:.0f} MB late")
    print("\n".join(wrong) or "every answer right")
    return not wrong and late <= 1.05 * early


def interrupts(number: int, what: str) -> bool:
    """The 99th percentile of the time from SIGINT to KeyboardInterrupt."""
    listen = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, what], stdout=subprocess.PIPE, text=True, preexec_fn=lambda: listen()
    )
    waits = []
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        for _ in range(number):
            time.sleep(random.uniform(0.05, 0.3))
            sent = time.time()
            child.send_signal(signal.SIGINT)
            waits.append(float(child.stdout.readline()) - sent)
    finally:
        child.kill()
        child.wait()
    p99 = float(np.percentile(waits, 99))
    middle, most = np.median(waits), max(waits)
    print(f"Ctrl-C during {what}: {number} times, median {middle:.3f} s, p99 {p99:.3f} s, most {most:.3f} s")
    return p99 < 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--interrupts", type=int, default=100)
    args = parser.parse_args()
    fine = [soak(args.minutes)] if args.minutes else []
    fine += [interrupts(args.interrupts, what) for what in ("encode", "norm") if args.interrupts]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
