"""Other people's programs on our input: who can do what, in which virtual environment, and what they do differently."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FOLDER = Path(os.environ.get("SPIKEMATH_PEERS", "~/.cache/spikemath-peers")).expanduser()
WORKER = Path(__file__).with_name("worker.py")


class Peer(NamedTuple):
    """One program on one kind of input."""

    name: str
    venv: str  # a set of install.sh
    kind: str  # of Work.peer
    items: int  # at most so many items of the input (what takes seconds)
    label: str  # what it does, where that is not what we do


_STEP = "one spike per step, at grid times"
PEERS = [
    Peer("snntorch", "torch", "samples", 20_000, f"{_STEP}, one-sided, reset a step late"),
    Peer("spikingjelly", "torch", "samples", 20_000, f"{_STEP}, one-sided"),
    Peer("sinabs", "torch", "samples", 20_000, "several spikes per step, at grid times, one-sided"),
    Peer("norse", "torch", "samples", 20_000, f"{_STEP}, one-sided"),
    Peer("spyx", "jax", "samples", 2_000_000, f"{_STEP}, one-sided, float32"),
    Peer("nest", "events", "samples", 1_000_000, f"{_STEP} of 1 ms, one-sided, reset to zero"),
    Peer("nengo", "events", "samples", 20_000, f"{_STEP}, one-sided, reset to zero"),
    Peer("brian2", "numpy1", "samples", 20_000, f"{_STEP}, one-sided, NumPy target"),
    Peer("snntorch", "torch", "channels", 5_000_000, f"{_STEP}, one-sided, reset a step late"),
    Peer("spikingjelly", "torch", "channels", 5_000_000, f"{_STEP}, one-sided"),
    Peer("sinabs", "torch", "channels", 5_000_000, "several spikes per step, at grid times, one-sided"),
    Peer("norse", "torch", "channels", 5_000_000, f"{_STEP}, one-sided"),
    Peer("spyx", "jax", "channels", 25_000_000, f"{_STEP}, one-sided, float32"),
    Peer("brian2", "numpy1", "channels", 2_560_000, f"{_STEP}, one-sided, NumPy target"),
    Peer("nest-ps", "events", "train", 100_000, "exact times (iaf_psc_delta_ps), one-sided, reset to zero"),
    Peer("snntorch-delta", "torch", "delta", 10_000_000, "first difference of consecutive samples: no reference kept"),
    Peer("spike-encoding", "torch", "delta", 20_000, "step-forward: one step per sample, at grid times"),
    Peer("pyspike-isi", "events", "distance", 200_000, "ISI distance"),
    Peer("elephant-van-rossum", "events", "distance", 200_000, "van Rossum distance, tau = 1 s"),
]


def python_of(peer: Peer, folder: Path) -> Path:
    return folder / peer.venv / "bin" / "python"


def missing(peer: Peer, folder: Path) -> str:
    """Why a program cannot be run; empty if it can."""
    return "" if python_of(peer, folder).is_file() else "not installed"


def run(peer: Peer, given: dict[str, Any], folder: Path, scratch: Path, seconds: float = 240.0) -> dict[str, Any]:
    """What the worker measured, or {"failed": why}."""
    python = python_of(peer, folder)
    arrays = {k: v for k, v in given.items() if isinstance(v, np.ndarray)}
    rest = {k: v for k, v in given.items() if not isinstance(v, np.ndarray)}
    np.savez(scratch / "input.npz", **arrays)
    (scratch / "input.json").write_text(json.dumps({**rest, "items": peer.items}))
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    env |= {"PIP_NO_INDEX": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
    command = [str(python), str(WORKER), peer.name, str(scratch)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds, cwd=scratch)
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {seconds:.0f} s"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1][:160]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
