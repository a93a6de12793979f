# ruff: noqa: T201
"""Thousands of random networks against the oracle: `python tests/networks/many_networks.py [NUMBER] [SEED]`."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]
spec = importlib.util.spec_from_file_location("differential_cases", HERE / "differential_cases.py")
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)


def main() -> None:
    from spikemath.networks import differential as dt

    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    began, spikes, autonomous, wrong, with_autonomous = time.time(), 0, 0, 0, 0
    for k in tqdm(range(number), disable=not sys.stderr.isatty()):
        case = cases.random_case(rng)
        run = cases.engine_of(case)(dt.encode(case.trains, int(rng.integers(1, 7))), case.until)
        for fault in cases.differences(case, run):
            wrong += 1
            print(f"network {k}: {fault}\n{case}")
        spikes += run.spikes
        autonomous += sum(c["autonomous"] for c in run.counts)
        with_autonomous += any(c["autonomous"] for c in run.counts)
    print(
        f"{number} networks, {spikes} spikes, {autonomous} autonomous firings in {with_autonomous} networks: "
        f"{wrong} differences from the clocked oracle, {time.time() - began:.0f} s"
    )
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
