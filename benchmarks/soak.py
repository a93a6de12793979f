"""Held under load: `python -m benchmarks.soak [--minutes 10] [--interrupts 100]`.

Eight threads encode, measure and certify random trains and recordings of growing and shrinking length, over and over,
and check every answer; memory is looked at once a second. First they warm up: kernels are compiled or loaded, every
thread gets its scratch and its arena of the allocator, caches fill. That ends when memory has stood still for ten
seconds. From then on it has to be flat. Then Ctrl-C is sent at random moments of a long encode and a long norm, and the
99th percentile of the time to KeyboardInterrupt is printed. Exits with 1 if memory does not come to rest, or grows by
more than 5 % from the first fifth of the steady state to the last, if an answer is wrong, or if that percentile is
above 0.2 s.
"""

from __future__ import annotations

import argparse
import functools
import gc
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


def work(seed: int, done: threading.Event, wrong: list[str], rounds: list[int]) -> None:
    """One thread: the bound holds for every train and every recording."""
    rng = np.random.default_rng(seed)
    while not done.is_set() and not wrong:
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


class Load:
    """Threads at work until they are told to stop."""

    def __init__(self, threads: int) -> None:
        self.wrong: list[str] = []
        self.rounds = [0]
        self.done = threading.Event()
        self.pool = [threading.Thread(target=self._run, args=(k,), daemon=True) for k in range(threads)]
        for thread in self.pool:
            thread.start()

    def _run(self, seed: int) -> None:
        try:
            work(seed, self.done, self.wrong, self.rounds)
        except BaseException as error:
            self.wrong.append(f"seed {seed}: {error!r}")

    def watch(self, seconds: float, rest: float | None = None) -> list[float]:
        """Memory once a second for so long, or until it has not grown by 1 % in the last ``rest`` seconds."""
        seen: list[float] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.wrong:
            time.sleep(1.0)
            seen.append(resident())
            if rest is not None and len(seen) > rest and seen[-1] < 1.01 * seen[-1 - int(rest)]:
                break
        return seen

    def stop(self) -> None:
        self.done.set()
        for thread in self.pool:
            thread.join()


def kernels() -> int:
    """How many compiled kernels there are in this process."""
    from numba.core.dispatcher import Dispatcher

    return sum(len(x.overloads) for x in gc.get_objects() if isinstance(x, Dispatcher))


def soak(minutes: float, warm_up: float, threads: int = 8) -> bool:
    """Memory over the time; whether it came to rest and stayed flat, and all answers were right."""
    before, load = resident(), Load(threads)
    warm = load.watch(warm_up, rest=10.0)
    still = len(warm) < int(warm_up)
    first, rounds = kernels(), load.rounds[0]
    said = f"{len(warm)} s, {threads} threads, {rounds} rounds, {first} kernels"
    print(f"warm-up: {said}: {before:.0f} to {warm[-1]:.0f} MB", flush=True)
    memory = load.watch(60.0 * minutes)
    load.stop()
    fifth = max(len(memory) // 5, 1)
    early, late = (float(np.median(part)) for part in (memory[:fifth], memory[-fifth:]))
    slope = float(np.polyfit(np.arange(len(memory)) / 60.0, memory, 1)[0]) if len(memory) > 1 else 0.0
    print(
        f"steady: {minutes:g} minutes, {load.rounds[0] - rounds} rounds, {kernels() - first} more kernels: "
        f"{early:.1f} MB in the first fifth, {late:.1f} MB in the last, {slope:+.2f} MB a minute"
    )
    print("\n".join(load.wrong) or "every answer right")
    return not load.wrong and still and late <= 1.05 * early


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
    parser.add_argument("--minutes", type=float, default=10.0, help="of the steady state")
    parser.add_argument("--warm-up", type=float, default=180.0, help="seconds until memory has to stand still")
    parser.add_argument("--interrupts", type=int, default=100)
    args = parser.parse_args()
    fine = [soak(args.minutes, args.warm_up)] if args.minutes else []
    fine += [interrupts(args.interrupts, what) for what in ("encode", "norm") if args.interrupts]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
