"""Settings of the whole suite.

SPIKEMATH_EXAMPLES=n     hypothesis examples per test (default 100; 5 with compilation disabled)
SPIKEMATH_DISABLE_JIT=1  kernels run as plain Python; tests marked `jit_only` are left out
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")

JIT_DISABLED = any(os.environ.get(name, "") not in ("", "0") for name in ("SPIKEMATH_DISABLE_JIT", "NUMBA_DISABLE_JIT"))


def _examples(default: int) -> int:
    return int(os.environ.get("SPIKEMATH_EXAMPLES") or default)


# Fresh random data on every run (a fixed seed finds nothing new), and the blob that repeats a failure. Where CI is
# set the data are those of the code at hand: the same change passes or fails twice, and what it broke is its own.
# Deadlines are off: the first example compiles. Hypothesis has a `ci` profile of its own; everything it sets is set
# here again.
REPEATABLE = os.environ.get("CI", "") not in ("", "0", "false")

_common = {
    "derandomize": REPEATABLE,
    "print_blob": True,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("ci", settings.get_profile("default"), max_examples=_examples(100), **_common)
settings.register_profile("nojit", settings.get_profile("default"), max_examples=_examples(5), **_common)
settings.load_profile("nojit" if JIT_DISABLED else "ci")


@pytest.fixture
def fresh_seed(request: pytest.FixtureRequest) -> int:
    """For random data that hypothesis does not draw: another one on every run, and where CI is set the test's own."""
    return random.Random(request.node.nodeid if REPEATABLE else None).randrange(2**32)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `jit_only` when nothing is compiled."""
    if not JIT_DISABLED:
        return
    out = [item for item in items if item.get_closest_marker("jit_only")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if not item.get_closest_marker("jit_only")]


def pytest_report_header() -> str:
    """Say which way the kernels run."""
    way = "plain Python" if JIT_DISABLED else "compiled"
    return f"spikemath: kernels {way}, {settings().max_examples} examples"
