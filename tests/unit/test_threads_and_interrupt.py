"""Same answers on every thread, and Ctrl-C is answered at once during a long encode."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from laws.cases import corpus, signal_case, train_case

import spikemath as sm


def answer(case):
    f = case.train() if hasattr(case, "times") else case.signal()
    enc = case.rule.operator().encode(f)
    norm = sm.alexiewicz_norm(f - enc.spikes, case.rule.alpha)
    return enc.spikes.exact_times(), enc.counts.tolist(), enc.potential, enc.undecided, norm


def test_four_threads_give_the_same_answers():
    """Trains and signals, ties that need balls and rationals included; flint's precision is global, and guarded."""
    cases = [*corpus(train_case, 60, alphas=(0.1, 1.0, 150.0)), *corpus(signal_case, 15)]
    ties = [sm.SpikeTrain([0.0, 1.0], [0.5, 0.5]), sm.SpikeTrain([0.0, 0.5, 1.0], [0.25, 0.0625, 0.625])]
    alone = [answer(c) for c in cases] + [sm.LIF(1.0, 1e-30).encode(s) for s in ties]

    barrier = threading.Barrier(4)

    def work(k):
        barrier.wait()
        order = range(len(cases)) if k % 2 else range(len(cases) - 1, -1, -1)
        found = {i: answer(cases[i]) for i in order}
        return [found[i] for i in range(len(cases))] + [sm.LIF(1.0, 1e-30).encode(s) for s in ties]

    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(work, range(4)):
            assert result == alone


def test_one_train_shared_by_threads():
    """Lazily made views of one immutable object are the same for all who ask first."""
    s = sm.SpikeTrain.from_samples([0.1] * 5000, fs=3.0, t0=0.1)
    with ThreadPoolExecutor(4) as pool:
        views = list(pool.map(lambda _: (s.times.tobytes(), s.weights.tobytes()), range(8)))
    assert len(set(views)) == 1


CHILD = """
import sys, time
import numpy as np, spikemath as sm
n, what = int(sys.argv[1]), sys.argv[2]
lif = sm.LIF(2e-5, 10.0) if what == "leak" else sm.IF(2e-5)
make = sm.SpikeTrain.from_samples if what == "pulses" else sm.Signal.from_samples
lif(make(np.sin(np.arange(1000.0)), fs=30000.0))
f = make(np.tile(np.sin(np.arange(n // 100)), 100), fs=30000.0)
if what == "norm":
    f = f - sm.SpikeTrain(np.arange(0.0, n / 30000.0, 1e-3), np.sin(np.arange(0.0, n / 30000.0, 1e-3)))
    lif = sm.alexiewicz_norm
elif what == "norm of pulses":
    f = sm.SpikeTrain.from_samples(np.tile(np.sin(np.arange(n // 100)), 100), fs=30000.0)
    lif = lambda f: sm.alexiewicz_norm(f, 10.0)
print("ready", flush=True)
try:
    while True:
        lif(f)
except KeyboardInterrupt:
    print(time.time(), flush=True)
"""


def seconds_to_answer(n, what, after):
    """How long a long encode goes on after SIGINT."""
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where a shell ignores Ctrl-C for us
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(n), what], stdout=subprocess.PIPE, text=True, preexec_fn=listen
    )
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(after)
        sent = time.time()
        os.kill(child.pid, signal.SIGINT)
        out, _ = child.communicate(timeout=60)
        return float(out) - sent
    finally:
        child.kill()
        child.wait()


@pytest.mark.jit_only
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent by os.kill")
@pytest.mark.parametrize("what", ["signal", "leak", "pulses", "norm", "norm of pulses"])
def test_ctrl_c_is_answered(what):
    """5e6 samples over and over: KeyboardInterrupt comes within a second (goal 0.2 s; the machine may be busy)."""
    waits = [seconds_to_answer(5_000_000, what, after) for after in (0.3, 0.8)]
    assert max(waits) < 1.0, waits
