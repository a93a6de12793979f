"""The benchmark of networks runs and agrees with itself; nothing here is timed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "networks.py"


@pytest.mark.jit_only
def test_quick_run(capsys):
    spec = importlib.util.spec_from_file_location("benchmark_networks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(["--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["input spikes"] == 100 and all(n > 0 for n in found["spikes of the layers"])
    assert [row["same counts"] for row in found["steps"]] == [True, True]
    assert all(row["event ms"] > 0.0 and row["ratio"] > 0.0 for row in found["steps"])
