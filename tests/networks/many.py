"""Thousands of random networks against the oracle: python tests/networks/many.py [--networks 2000] [--seed 0]

Half of them feed-forward, a quarter with links (skipping, leading back, within a layer), the rest near ties with a leak
that only exact arithmetic decides. Prints what was compared and stops at the first difference, with its seed.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from networks.cases import found, near_tie_case, network_case


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    spikes = exact = undecided = 0
    for seed in tqdm(range(args.seed, args.seed + args.networks), file=sys.stderr):
        rng = random.Random(seed)
        make = (network_case, network_case, network_case, near_tie_case)[seed % 4]
        case = make(rng, links=seed % 8 in (1, 5, 7))
        run = case.network().run(case.trains(), until=case.until)
        if found(run) != case.truth():
            print(f"seed {seed}: {case} differs from the oracle")
            return 1
        spikes += sum(run.spikes)
        exact += sum(e.size for e in run.exact)
        undecided += run.undecided
    print(
        f"{args.networks} networks, {spikes} spikes: all equal; {exact} neurons needed exact arithmetic, "
        f"{undecided} comparisons stayed undecided"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
