"""Every spike of every neuron is that of the oracle: rationals without leak, mpmath with one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from laws.cases import corpus, drawn, share

from .cases import NetworkCase, found, near_tie_case, network_case


def check(case: NetworkCase) -> object:
    run = case.network().run(case.trains(), until=case.until)
    assert run.undecided == 0
    assert found(run) == case.truth()
    return run


@given(drawn(network_case))
def test_feed_forward_networks(case):
    check(case)


@given(drawn(network_case, links=True))
def test_networks_with_links(case):
    check(case)


@given(drawn(network_case, alphas=(0.0,), kinds=("decimal", "quarters")))
@share(0.5)
def test_ties_without_leak(case):
    check(case)


@pytest.mark.parametrize("links", [False, True])
def test_near_ties_with_leak_are_decided_by_exact_arithmetic(links):
    exact = sum(sum(e.size for e in check(case).exact) for case in corpus(near_tie_case, 80, links=links))
    assert exact >= 30, "the cases are no near-ties"


@given(drawn(near_tie_case))
@share(0.2)
def test_near_ties(case):
    check(case)


@given(drawn(near_tie_case, links=True))
@share(0.2)
def test_near_ties_through_the_queue(case):
    check(case)


def test_both_engines_agree():
    """A link of zero weights changes nothing, but sends the network through the queue."""
    for case in corpus(network_case, 20):
        n = len(case.layers[0])
        zero = (-1, 0, tuple((0.0,) * len(case.inputs) for _ in range(n)), None)
        linked = NetworkCase(case.inputs, case.layers, (*case.connections, zero), case.domain, case.until)
        run = case.network().run(case.trains(), until=case.until)
        assert linked.network().run(linked.trains(), until=case.until).layers == run.layers


def test_threads_agree():
    cases = [network_case(random.Random(seed), links=seed % 2 == 0) for seed in range(12)]
    networks = [(case.network(), case.trains(), case.until) for case in cases]
    wanted = [n.run(t, until=u).layers for n, t, u in networks]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert [r.layers for r in pool.map(lambda job: job[0].run(job[1], until=job[2]), networks)] == wanted
