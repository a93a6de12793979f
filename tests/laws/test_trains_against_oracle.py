"""On trains the encoder is the real-number operator: same times, same counts, for every setting."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from .cases import RESETS, corpus, drawn, train_case
from .checks import check_train_encoding, ours

LEAKS = {"none": (0.0,), "small": (1e-12, 1e-3, 0.1), "medium": (1.0, 10.0), "large": (30.0, 150.0)}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("refractory", [False, True], ids=["free", "refractory"])
@pytest.mark.parametrize("reset", RESETS)
def test_times_counts_and_potential_are_those_of_the_oracle(reset, refractory, leak):
    """Counts and exact times are equal; potential exact without leak, close with it; nothing undecided."""
    options = {"resets": (reset,), "refractory": refractory, "alphas": LEAKS[leak]}

    @given(drawn(train_case, **options))
    def run(case):
        check_train_encoding(ours, case)

    run()


def test_the_corpus_contains_what_it_aims_at():
    """Ties, equal times, refractory tests and exact arithmetic all occur, so that the tests above mean something."""
    cases = list(corpus(train_case, 400))
    assert sum(len(set(c.times)) < len(c.times) for c in cases) > 50
    assert sum(c.rule.refractory > 0 for c in cases) > 100
    truths = [t for t in (check_train_encoding(ours, c) for c in cases) if t is not None]
    assert sum(t.closest == 0 for t in truths) > 10
    assert sum(0 < t.closest < 1e-14 for t in truths) > 10
    kinds = {(c.rule.reset, c.rule.bipolar, c.rule.alpha > 0, c.rule.refractory > 0) for c in cases}
    assert kinds == set(itertools.product(RESETS, [True, False], [True, False], [True, False]))
