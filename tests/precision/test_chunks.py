"""The answer does not depend on how the input is cut into internal blocks."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from laws.cases import corpus, signal_case, train_case

import spikemath as sm


def set_blocks(monkeypatch, size):
    """Give every module that cuts its input another block size."""
    found = 0
    for info in pkgutil.walk_packages(sm.__path__, "spikemath."):
        if "_numeric" in info.name or "kernel" in info.name or info.name.endswith(("cli", "__main__")):
            continue
        try:
            module = importlib.import_module(info.name)
        except ImportError as error:  # of an extra that is not installed
            if "spikemath[" not in str(error):
                raise
            continue
        own = info.name.endswith(
            "encode_signal"
        )  # elsewhere a capacity is that of an expansion, which kernels know too
        for name in ("BLOCK", "CAPACITY") if own else ("BLOCK",):
            if isinstance(getattr(module, name, None), int):
                monkeypatch.setattr(module, name, size)
                found += 1
    assert found >= 3


def answers(cases):
    out = []
    for case in cases:
        f = case.train() if hasattr(case, "times") else case.signal()
        enc = case.rule.operator().encode(f)
        fast = replace(case.rule)
        plain = sm.LIF(fast.theta, fast.alpha, fast.reset, fast.refractory, fast.bipolar, "fast")(f)
        u = f.running_integral(case.rule.alpha)
        out.append(
            (
                enc.spikes.exact_times(),
                enc.counts.tolist(),
                enc.potential,
                enc.undecided,
                plain.counts.tolist(),
                sm.alexiewicz_extremum(f, case.rule.alpha),
                sm.discrepancy_norm(f),
                sm.total_variation(f),
                sm.truncated_variation(f, 0.1),
                u(np.linspace(*f.domain, 5)).tolist(),
            )
        )
    return out


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("kind", ["trains", "signals"])
def test_blocks_of_any_size_give_the_same_answer(monkeypatch, kind, size):
    """Encodings, potentials, norms and running integrals, bit for bit, with blocks of 1, 2, 3 and 7."""
    cases = list(corpus(train_case, 60) if kind == "trains" else corpus(signal_case, 20))
    whole = answers(cases)
    set_blocks(monkeypatch, size)
    for case, a, b in zip(cases, whole, answers(cases), strict=True):
        assert a == b, case


@pytest.mark.jit_only
def test_recordings_longer_than_a_block(monkeypatch):
    """100,000 samples at the default block size and in blocks of 1000; prefix and whole agree."""
    rng = np.random.default_rng(6)
    x = (rng.integers(-20, 21, 100_000) * 0.1).cumsum() * 0.01
    operators = [sm.LIF(0.01, 3.0), sm.IF(0.02, "subtract", 0.001), sm.LIF(0.005, 100.0, "zero")]
    for f in (
        sm.Signal.from_samples(x, fs=1000.0),
        sm.Signal.from_samples(x, fs=1000.0, hold="linear"),
        sm.SpikeTrain.from_samples(x * 0.001, fs=1000.0),
    ):
        whole = [op.encode(f) for op in operators]
        norm = sm.alexiewicz_extremum(f, 1.0)
        with monkeypatch.context() as patch:
            set_blocks(patch, 1000)
            assert [op.encode(f) for op in operators] == whole
            assert sm.alexiewicz_extremum(f, 1.0) == norm
    short = operators[0](sm.Signal.from_samples(x[:70_000], fs=1000.0))
    long = operators[0](sm.Signal.from_samples(x, fs=1000.0))
    n = len(short)
    assert long.exact_times()[:n] == short.exact_times()
    assert long.counts[:n].tolist() == short.counts.tolist()
