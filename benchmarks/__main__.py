"""python -m benchmarks [--quick] [--only WORDS] [--n N] [--no-peers] [--out FOLDER]; see --help."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import peers as others
from .cases import CASES, Case, Work, selected
from .measure import READ, interleaved, reader
from .report import machine, markdown, write
from .start import GOALS, start

DOCS = Path(__file__).resolve().parents[1] / "docs" / "_static"


def events_of(answer: Any) -> int | None:
    """How many spikes an encoder sent; None for a norm."""
    if hasattr(answer, "counts"):
        return len(answer.times)
    if isinstance(answer, tuple) and hasattr(answer[0], "size"):
        return int(answer[0].size)
    return None


def measured(case: Case, n: int, rounds: int, budget: float) -> tuple[dict[str, Any], Work]:
    """One line of the table, and the data it was measured on."""
    size = max(int(n * case.scale), 100)
    work = case.make(size)
    items = max(a.size for a in work.reads)
    first = next(iter(work.runs.values()))()
    count = events_of(first)
    del first
    timings = interleaved({READ: reader(work.reads), **work.runs}, rounds, budget)
    row = {
        "name": case.name,
        "kernel": case.kernel,
        "items": items,
        "events": "" if count is None else f"{100.0 * count / items:.2g} %",
        "goals": case.goals,
        "note": work.note,
        "runs": {name: t._asdict() for name, t in timings.items()},
    }
    return row, work


def against_peers(row: dict[str, Any], work: Work, folder: Path, most: int | None) -> list[dict[str, Any]]:
    """Every program that can do this, on the same input."""
    out = []
    assert work.peer is not None
    for peer in others.PEERS:
        if peer.kind != work.peer["kind"]:
            continue
        if most is not None:
            peer = peer._replace(items=min(peer.items, most))
        with tempfile.TemporaryDirectory() as scratch:
            found = others.run(peer, work.peer, folder, Path(scratch))
        rates = {k: row["items"] / row["runs"][k]["seconds"] for k in ("exact", "fast") if k in row["runs"]}
        out.append({"work": row["name"], "peer": peer.name, "label": peer.label, **found, **rates})
        print(f"    {peer.name}: {found}", file=sys.stderr)
    return out


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench-kernels ARGS=", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data: shows that everything runs, measures nothing")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="cases with all these words; may be repeated"
    )
    parser.add_argument("--n", type=float, default=None, help="samples or events (default 1e7; 1e4 with --quick)")
    parser.add_argument("--rounds", type=int, default=None, help="at most so many rounds (default 7; 3 with --quick)")
    parser.add_argument("--budget", type=float, default=6.0, help="seconds for a case, at least 3 rounds (default 6)")
    parser.add_argument("--no-peers", action="store_true", help="do not run other programs")
    parser.add_argument(
        "--peers", type=Path, default=others.FOLDER, metavar="FOLDER", help="environments that peers/install.sh made"
    )
    parser.add_argument("--no-start", action="store_true", help="do not measure the start of the interpreter")
    parser.add_argument(
        "--out", type=Path, default=None, help="where to write (default docs/_static; nowhere with --quick or --only)"
    )
    parser.add_argument("--resume", action="store_true", help="keep the rows that are in --out already")
    parser.add_argument("--list", action="store_true", help="names of the cases")
    args = parser.parse_args(argv)
    given = [word for word in (sys.argv[1:] if argv is None else argv) if word != "--resume"]
    for place in ("--out", "--peers"):  # folders are nobody's business
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
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "n": n,
        "rows": [],
        "peers": [],
    }
    folder = args.out or (None if args.quick or args.only else DOCS)
    if args.resume and folder is not None and (folder / "performance.json").exists():
        result["rows"] = json.loads((folder / "performance.json").read_text())["rows"]
    done = {row["name"] for row in result["rows"]}
    order = {c.name: i for i, c in enumerate(chosen)}
    chosen.sort(key=lambda c: c.what.startswith(("train", "send")) and "modulo" not in c.what)  # the least telling last
    for i, c in enumerate(chosen):
        if c.name in done:
            continue
        row, work = measured(c, n, rounds, args.budget)
        result["rows"] = sorted([*result["rows"], row], key=lambda r: order[r["name"]])
        shown = ", ".join(f"{k} {v['ratio']:.2f}" for k, v in row["runs"].items() if k != READ)
        print(f"{i + 1}/{len(chosen)} {c.name}: {row['events']} {shown}", file=sys.stderr)
        del work
        if folder is not None:  # so that a run that is cut short leaves what it has
            write(result, folder)
    for row in result["rows"]:
        c = next(c for c in chosen if c.name == row["name"])
        if c.peers and not args.no_peers:
            work = c.make(max(int(n * c.scale), 100))
            result["peers"] += against_peers(row, work, args.peers, 1000 if args.quick else None)
            if folder is not None:
                write(result, folder)
    if not args.no_start:
        result["start"], result["start_goals"] = start(1 if args.quick else 7), GOALS
    print(markdown(result))
    if folder is not None:
        write(result, folder)
        print(f"wrote {folder}/performance.json, performance-table.md, performance.svg", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
