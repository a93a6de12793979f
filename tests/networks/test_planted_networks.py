"""The comparison with the oracle catches wrong networks; the same simulation without a mistake passes."""

from __future__ import annotations

from functools import cache

import pytest
from laws.cases import corpus

from .cases import NetworkCase, network_case
from .planted import FAULTS, simulate


@cache
def cases() -> list[tuple[NetworkCase, object]]:
    """Networks without leak, some with links, and what is true."""
    made = []
    for links in (False, True):
        made += [(c, c.truth()) for c in corpus(network_case, 150, alphas=(0.0,), links=links)]
    return made


def test_the_right_simulation_passes():
    assert all(simulate(case, "") == truth for case, truth in cases()[::3])


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_network_is_caught(fault):
    assert any(_differs(case, truth, fault) for case, truth in cases())


def _differs(case: NetworkCase, truth: object, fault: str) -> bool:
    return simulate(case, fault) != truth
