"""conformance_tests: three lines in a test file, one test per law."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spikemath.conformance import conformance_tests

from .right import Clock

FILE = """
from math import trunc

from spikemath.conformance import conformance_tests


def my_neuron(x, keep=%s):
    u, out = 0.0, []
    for a in x:
        u = 0.5 * u + a
        k = trunc(u)
        u = u - k if k == 0 or keep else 0.0
        out.append(float(k))
    return out


TestMyNeuron = conformance_tests(my_neuron, threshold=1.0, beta=0.5, kind="samples", margin=1e-6, examples=10, seed=1)
"""


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments, path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_right_neuron_passes_law_by_law(tmp_path):
    path = tmp_path / "test_my_neuron.py"
    path.write_text(FILE % True, encoding="utf-8")
    done = run(path, "-vv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TestMyNeuron::test_quantization PASSED" in done.stdout
    assert "TestMyNeuron::test_idempotence SKIPPED" in done.stdout  # made of ties, which the margin excludes
    assert "test_scale" not in done.stdout


def test_a_wrong_neuron_is_told_how(tmp_path):
    path = tmp_path / "test_my_neuron.py"
    path.write_text(FILE % False, encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "remainder fails: after a spike the potential is what the reset says" in done.stdout
    assert "input     samples [1.5, " in done.stdout
    assert "gave      spikes {0: +1}" in done.stdout
    assert "expected  a potential of" in done.stdout
    assert "seed=1)" in done.stdout
    assert "check_law" not in done.stdout  # no stack of the bench's own
    assert "FAILED test_my_neuron.py::TestMyNeuron::test_lattice" not in done.stdout


def test_options_are_checked_when_the_class_is_made():
    with pytest.raises(ValueError, match="must be > 0"):
        conformance_tests(Clock(1.0).whole, threshold=-1.0, kind="samples")
    with pytest.raises(ValueError, match="no law"):
        conformance_tests(Clock(1.0).whole, kind="samples", claims=["x"])


def test_only_claimed_laws_become_tests():
    made = conformance_tests(Clock(1.0).whole, kind="samples", claims={"odd", "chunks"}, reset="zero")
    assert [name for name in vars(made) if name.startswith("test_")] == ["test_odd"]
    every = conformance_tests(Clock(1.0).whole, kind="samples", reset="zero")
    names = [name for name in vars(every) if name.startswith("test_")]
    assert "test_quantization" not in names
    assert "test_remainder" in names
