"""The benchmark still runs: one small case of every kernel, table and figure. It measures nothing here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ONE_EACH = [
    "K1 norm of a train, alpha > 0",
    "K2 train, alpha = 0, modulo, 2 %",
    "K4 send-on-delta, modulo, 2 %",
    "K5 norm of samples minus spikes, alpha = 0, 2.5 %",
]


def bench(*arguments: str) -> str:
    """What `python -m benchmarks` prints; loops as plain Python, which is quicker here than compiling them."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_kernel_has_cases():
    names = bench("--list").splitlines()
    assert {name[:2] for name in names} == {"K1", "K2", "K3", "K4", "K5"}
    assert len(names) == len(set(names))
    assert set(ONE_EACH) <= set(names)


def test_the_quick_mode_writes_table_and_figure(tmp_path):
    only = [word for name in ONE_EACH for word in ("--only", name)]
    peers = ["--environments", str(tmp_path / "nowhere")]
    shown = bench("--quick", "--n", "600", "--no-start", "--out", str(tmp_path), *peers, *only)
    result = json.loads((tmp_path / "performance.json").read_text())
    assert [row["name"] for row in result["rows"]] == ONE_EACH
    assert all(run["seconds"] >= 0.0 for row in result["rows"] for run in row["runs"].values())
    assert result["peers"] and all(peer["failed"] == "not installed" for peer in result["peers"])
    assert "Left out, not installed: snntorch-delta, spike-encoding." in shown
    for name in ONE_EACH:
        assert f"| {name} |" in shown
    assert (tmp_path / "performance-table.md").read_text().strip() == shown.strip()
    assert (tmp_path / "performance.svg").read_text().startswith("<?xml")


def test_other_programs_are_added_to_the_table_that_is_there(tmp_path):
    """One by one: what was measured stays, what is not installed is said, what failed is tried again."""
    out, case = tmp_path / "out", "K4 send-on-delta, modulo, 2 %"
    common = ["--quick", "--n", "600", "--only", case, "--out", str(out), "--environments", str(tmp_path)]
    bench(*common, "--no-start", "--no-peers")
    before = json.loads((out / "performance.json").read_text())
    program = tmp_path / "torch" / "bin" / "python"
    program.parent.mkdir(parents=True)

    def answers(line: str) -> None:
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)

    answers("echo no such module >&2; exit 1")
    assert "Left out, no such module:" in bench(*common, "--peers")
    answers("""echo '{"seconds": 0.5, "items": 100, "version": "9.9"}'""")
    shown = bench(*common, "--peers", "--resume")
    assert f"| {case} | snntorch-delta 9.9 | 2.0e2 (n = 1.0e2) |" in shown
    program.unlink()
    for how in (["--resume"], []):  # uninstalled since: not forgotten
        assert bench(*common, "--peers", *how) == shown
    after = json.loads((out / "performance.json").read_text())
    assert after.pop("peers") and before.pop("peers") == [] and after == before
    assert (out / "performance-table.md").read_text().strip() == shown.strip()
