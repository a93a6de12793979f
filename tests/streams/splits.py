"""Random splits by the hundred thousand: python tests/streams/splits.py [SPLITS] [SEED]."""

from __future__ import annotations

import sys
import time

import numpy as np
from cases import bits, cuts, operators, pushed, samples

import spikemath as sm


def many(splits: int, seed: int = 1, each: int = 20, n: int = 24, say: bool = False) -> tuple[int, int, int]:
    """Splits tried, spikes compared, and splits of what has undecided cases (compared with other splits instead)."""
    done = spikes = open_ = 0
    while done < splits:
        rng = np.random.default_rng([seed, done])
        x, fs = samples(rng, n), float(rng.choice([1.0, 4.0, 0.3, 44100.1]))
        hold = str(rng.choice(["zero", "linear"], p=[0.8, 0.2]))
        for op in operators(rng, fs):
            stream = op.stream(fs=fs, hold=hold)
            whole = op.encode(sm.Signal.from_samples(x, fs=fs, hold=hold))
            one, end = pushed(stream, [x])
            for _ in range(each):
                joined, last = pushed(stream, np.split(x, cuts(rng, n)))
                if bits(joined) != bits(one) or last != end:
                    raise AssertionError(f"two splits differ: seed {seed}, at {done}, {op}")
                if end.undecided:
                    open_ += 1
                elif bits(joined) != bits(whole.spikes) or last.potential != whole.potential:
                    raise AssertionError(f"not as in one piece: seed {seed}, at {done}, {op}")
                done += 1
                spikes += len(joined)
        if say and done % 6000 < 3 * each:
            sys.stdout.write(f"{done} splits, {spikes} spikes, {open_} with undecided cases\n")
            sys.stdout.flush()
    return done, spikes, open_


if __name__ == "__main__":
    count, start = (int(a) for a in (*sys.argv[1:3], *("100000", "1")[len(sys.argv) - 1 :]))
    began = time.perf_counter()
    tried, sent, undecided = many(count, start, say=True)
    took = time.perf_counter() - began
    sys.stdout.write(f"{tried} splits, {sent} spikes, {undecided} with undecided cases, {took:.0f} s\n")
