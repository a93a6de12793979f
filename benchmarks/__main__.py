"""python -m benchmarks [--quick] [--only WORDS] [--n N] [--peers | --no-peers] [--out FOLDER]; see --help."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import peers as others
from .cases import CASES, Case, selected
from .measure import READ, interleaved, reader
from .report import machine, markdown, write
from .start import GOALS, start
from .threads import threads

DOCS = Path(__file__).resolve().parents[1] / "docs" / "_static"


def events_of(answer: Any) -> int | None:
    """How many spikes an encoder sent; None for a norm."""
    if hasattr(answer, "counts"):
        return len(answer.times)
    if isinstance(answer, tuple) and hasattr(answer[0], "size"):
        return int(answer[0].size)
    return None


def measured(case: Case, n: int, rounds: int, budget: float) -> dict[str, Any]:
    """One line of the table."""
    size = max(int(n * case.scale), 100)
    work = case.make(size)
    items = max(a.size for a in work.reads)
    first = next(iter(work.runs.values()))()
    count = events_of(first)
    del first
    timings = interleaved({READ: reader(work.reads), **work.runs}, rounds, budget)
    return {
        "name": case.name,
        "kernel": case.kernel,
        "items": items,
        "events": "" if count is None else f"{100.0 * count / items:.2g} %",
        "goals": case.goals,
        "note": work.note,
        "runs": {name: t._asdict() for name, t in timings.items()},
    }


def against_peers(
    result: dict[str, Any], cases: list[Case], n: int, args: argparse.Namespace, save: Callable[[], None]
) -> None:
    """Every program that can do this, on the same input; what was measured before stays where a program is missing."""
    rows = {row["name"]: row for row in result["rows"]}
    for c in cases:
        if not c.peers or c.name not in rows:
            continue
        row, work = rows[c.name], None
        for peer in others.PEERS:
            at = next((i for i, p in enumerate(result["peers"]) if (p["work"], p["peer"]) == (c.name, peer.name)), None)
            old = None if at is None else result["peers"][at]
            if peer.kind != c.peers or (args.resume and old is not None and "failed" not in old):
                continue
            if args.quick:
                peer = peer._replace(items=min(peer.items, 1000))
            found: dict[str, Any] = {"failed": others.missing(peer, args.environments)}
            if not found["failed"]:
                work = work or c.make(max(int(n * c.scale), 100))
                assert work.peer is not None and work.peer["kind"] == peer.kind
                with tempfile.TemporaryDirectory() as scratch:
                    found = others.run(peer, work.peer, args.environments, Path(scratch))
            elif old is not None and "failed" not in old:
                continue
            rates = {k: row["items"] / row["runs"][k]["seconds"] for k in ("exact", "fast") if k in row["runs"]}
            new = {"work": c.name, "peer": peer.name, "label": peer.label, "date": today(), **found, **rates}
            result["peers"] = [p for p in result["peers"] if p is not old]
            result["peers"].insert(len(result["peers"]) if at is None else at, new)
            print(f"    {peer.name}: {found}", file=sys.stderr)
            save()


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench-kernels ARGS=", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data: shows that everything runs, measures nothing")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="cases with all these words; may be repeated"
    )
    parser.add_argument("--n", type=float, default=None, help="samples or events (default 1e7; 1e4 with --quick)")
    parser.add_argument("--rounds", type=int, default=None, help="at most so many rounds (default 7; 3 with --quick)")
    parser.add_argument("--budget", type=float, default=6.0, help="seconds for a case, at least 3 rounds (default 6)")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--no-peers", action="store_true", help="do not run other programs")
    only.add_argument("--peers", action="store_true", help="run only these, and add them to the table in --out")
    parser.add_argument(
        "--environments", type=Path, default=others.FOLDER, metavar="FOLDER", help="what peers/install.sh made"
    )
    parser.add_argument("--no-start", action="store_true", help="do not measure the start of the interpreter")
    parser.add_argument(
        "--out", type=Path, default=None, help="where to write (default docs/_static; nowhere with --quick or --only)"
    )
    parser.add_argument("--resume", action="store_true", help="keep what is in --out already")
    parser.add_argument("--list", action="store_true", help="names of the cases")
    args = parser.parse_args(argv)
    given = [word for word in (sys.argv[1:] if argv is None else argv) if word != "--resume"]
    for place in ("--out", "--environments"):  # folders are nobody's business
        while place in given:
            del given[given.index(place) : given.index(place) + 2]
    chosen = [c for c in CASES if not args.only or any(c in selected(words) for words in args.only)]
    if args.list:
        print("\n".join(c.name for c in chosen))
        return 0
    if not chosen:
        parser.error(f"no case has all the words of {args.only}")
    n = int(args.n or (1e4 if args.quick else 1e7))
    rounds = args.rounds or (3 if args.quick else 7)
    result: dict[str, Any] = {
        "command": f"make bench-kernels ARGS={shlex.quote(shlex.join(given))}" if given else "make bench-kernels",
        "date": today(),
        "machine": machine(),
        "n": n,
        "rows": [],
        "peers": [],
    }
    folder = args.out or (None if args.quick or (args.only and not args.peers) else DOCS)
    table = None if folder is None else folder / "performance.json"
    if table is not None and table.exists() and (args.resume or args.peers):
        old = json.loads(table.read_text())
        result = old if args.peers else {**result, "rows": old["rows"], "peers": old["peers"]}

    def save() -> None:  # after every line, so that a run that is cut short leaves what it has
        if folder is not None:
            write(result, folder)

    done = {row["name"] for row in result["rows"]}
    order = {c.name: i for i, c in enumerate(CASES)}
    wanted = [c for c in chosen if c.name not in done and (c.peers or not args.peers)]
    wanted.sort(key=lambda c: c.what.startswith(("train", "send")) and "modulo" not in c.what)  # the least telling last
    for i, c in enumerate(wanted):
        row = measured(c, n, rounds, args.budget)
        result["rows"] = sorted([*result["rows"], row], key=lambda r: order[r["name"]])
        shown = ", ".join(f"{k} {v['ratio']:.2f}" for k, v in row["runs"].items() if k != READ)
        print(f"{i + 1}/{len(wanted)} {c.name}: {row['events']} {shown}", file=sys.stderr)
        save()
    if not args.no_peers:
        against_peers(result, chosen, n, args, save)
    if not args.no_start and not args.peers:
        result["start"], result["start_goals"] = start(1 if args.quick else 7), GOALS
        result["threads"] = threads(n // 5, 3 * rounds)  # short, and by the clock
    print(markdown(result))
    save()
    if folder is not None:
        print(f"wrote {folder}/performance.json, performance-table.md, performance.svg", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
