r"""L1. An encoder is idempotent: L(L(f)) = L(f), for every reset and leak.

A potential that meets weights k theta from an exact zero sends k theta and is zero again; for subtract and zero k =
+-1.

Source: arXiv 2305.05772 (modulo); the others spikemath.
"""

from __future__ import annotations

from typing import Any

from spikemath.operators import LIF
from spikemath.signals import Signal, SpikeTrain
from spikemath.theorems._claim import Claim, Example, Verdict, equal
from spikemath.theorems._data import are_signals
from spikemath.theorems._laws import either_cases


def instances() -> Any:
    """Trains and signals aimed at multiples of the threshold, all resets."""
    return either_cases()


def judge(f: Signal | SpikeTrain, threshold: float, alpha: float, reset: str) -> Verdict:
    """L(L(f)) = L(f)."""
    op = LIF(threshold, alpha, reset)
    once = op(f)
    return equal(op(once) == once)


CLAIM = Claim(
    name="L1",
    title="Encoding what is encoded changes nothing",
    statement="For every signal, leak and reset (no refractory time), an encoder leaves its own output as it is.",
    latex=r"L(L(f)) = L(f)",
    source="arXiv 2305.05772",
    status="sharpened",
    instances=instances,
    judge=judge,
    hypotheses=(are_signals("f"),),
    sharp=(
        Example("0.3 / 0.1 is not 3 in floats", (SpikeTrain([0.0, 1.0], [0.3, 0.6]), 0.1, 0.0, "modulo")),
        Example("crossings", (Signal.from_samples([1.0, 2.0], fs=1.0), 0.1, 1.0, "zero")),
    ),
)
