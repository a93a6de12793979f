"""Seeds that the bench draws itself are repeatable where CI is set, like all other data of the suite."""

from __future__ import annotations

import random

import pytest

from spikemath.conformance import _seed


@pytest.fixture(autouse=True)
def seeds_of_the_bench(fresh_seed, monkeypatch):
    drawn = random.Random(fresh_seed)
    monkeypatch.setattr(_seed, "SystemRandom", lambda: drawn)
