"""The claims S1 to S8: they come out as the theory says, the oracle agrees, and their checks can fail."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.sparsity import admissible_trains, minimal_at_every_prefix, optima, size
from oracles.trains import encode_train
from sparsity.cases import LEAKS, Short, short_trains

import spikemath as sm
from spikemath.sparsity import l1
from spikemath.theorems import _lattice, s2_ratio, verify

NAMES = (
    ["S1", "S1-ball", "S1-closed", "S1-l0", "S1-real", "S2", "S2-ratio", "S3", "S4"]
    + ["S5", "S5-free", "S6", "S7", "S7-lagrange", "S7-unique", "S8"]
)  # fmt: skip


def claims():
    return [c for c in sm.theorems.all() if c.name.startswith("S")]


def test_the_list_is_complete():
    assert [c.name for c in claims()] == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_claim(name):
    """Sharp examples hold, counterexamples fail, and random instances agree."""
    report = verify(sm.theorems.get(name), examples=max(5, settings().max_examples // 4))
    assert report.good, (report.notes, report.failing)
    assert report.undecided <= report.examples // 2


# S1 on all trains of a small grid

GRIDS = [("halves", [-1.5, -1.0, -0.5, 0.5, 1.0, 1.5], 4), ("tenths at 0.3", [-0.3, -0.2, 0.1, 0.4], 4)]


@pytest.mark.parametrize(("weights", "n"), [g[1:] for g in GRIDS], ids=[g[0] for g in GRIDS])
def test_s1_on_all_short_trains(weights, n):
    """IF is the only train that is minimal at every prefix, and one of the smallest at the end."""
    theta = Fraction(0.3) if 0.1 in weights else Fraction(1)
    for a in itertools.product(map(Fraction, weights), repeat=n):
        times = [Fraction(i) for i in range(n)]
        trains = list(admissible_trains(times, a, theta))
        sent = encode_train(times, a, (times[0], times[-1]), theta)
        counts = dict(zip(sent.times, sent.counts, strict=True))
        spikes = tuple(counts.get(t, 0) for t in times)
        assert minimal_at_every_prefix(trains) == [spikes]
        assert spikes in optima(trains)


@given(short_trains())
def test_s1_our_encoder_is_the_only_train_that_is_minimal_at_every_prefix(case):
    assert minimal_at_every_prefix(case.admissible()) == [case.counts_of(sm.IF(case.theta)(case.train()))]


def test_s1_needs_lattice_weights_tube_and_l1():
    """The oracle's word on the three variants: closed tube, and number of spikes."""
    times = [Fraction(i) for i in range(4)]
    a = [Fraction((-1) ** i) for i in range(4)]
    assert min(map(size, admissible_trains(times, a, Fraction(1), closed=True))) == 0
    assert min(map(size, admissible_trains(times, a, Fraction(1)))) == 4
    a = [Fraction(1.1), Fraction(0.95)]
    trains = list(admissible_trains(times[:2], a, Fraction(1)))
    assert min(size(c, power=0) for c in trains) == 1 and (2, 0) in trains
    assert minimal_at_every_prefix(trains) == [(1, 1)]


# S2


def test_s2_by_the_oracle():
    """LIF sends 0, -2, 1; the optimum is -1, -1, 0; and all comparisons have room."""
    case = Short((0.0, 1.0, 2.0), (-0.75, -2.0, 1.5), 1.0, math.log(4 / 3))
    assert case.counts_of(sm.LIF(1.0, case.alpha)(case.train())) == (0, -2, 1)
    assert optima(case.admissible()) == [(-1, -1, 0)]
    error = case.train() - sm.SpikeTrain([0.0, 1.0], [-1.0, -1.0])
    assert 0.89 < sm.alexiewicz_norm(error, case.alpha) < 0.9


@pytest.mark.parametrize("alpha", [0.01, 0.1, math.log(4 / 3), 1.0, 5.0])
@pytest.mark.parametrize("n", [3, 4, 7, 20, 101])
def test_s2_the_ratio_is_unbounded(n, alpha):
    """N - 1 spikes against one, for any leak: by encoder, oracle of the encoder, optimum and norm."""
    eta = s2_ratio.family(n, alpha)
    exact = encode_train(eta.exact_times(), eta.exact_weights(), (0, n), Fraction(1), Fraction(alpha))
    assert [abs(k) for k in exact.counts] == [1] * (n - 1) and exact.closest > 1e-6
    assert l1(sm.LIF(1.0, alpha)(eta)) == n - 1
    one = sm.SpikeTrain([0.0], [1.0])
    assert sm.sparsest(eta, 1.0, alpha).counts.tolist() == [1]
    assert sm.alexiewicz_norm(eta - one, alpha) < 1.0 - 1e-6


# S3, S4, S5


@given(short_trains(alphas=(0.0, *LEAKS)), st.booleans())
def test_s3_by_the_oracle(case, negative):
    """Of weights of one sign, LIF is minimal at every prefix among all trains on the events."""
    sign = -1.0 if negative else 1.0
    case = Short(case.times, tuple(sign * abs(w) for w in case.weights), case.theta, case.alpha)
    spikes = case.counts_of(sm.LIF(case.theta, case.alpha)(case.train()))
    assert spikes in minimal_at_every_prefix(case.admissible())


@given(short_trains(alphas=(0.0, *LEAKS)))
def test_s4_by_the_oracle(case):
    """The first difference of every admissible train from LIF is an excess, of the same sign."""
    spikes = case.counts_of(sm.LIF(case.theta, case.alpha)(case.train()))
    for train in case.admissible():
        for lazy, other in zip(spikes, train, strict=True):
            if lazy != other:
                assert abs(other) > abs(lazy) and lazy * other >= 0
                break


@given(short_trains(alphas=(0.0, *LEAKS)))
def test_s5_by_the_oracle(case):
    """At most two admissible weights after every admissible beginning, and these are neighbours."""
    found: dict[tuple[int, ...], set[int]] = {}
    for train in case.admissible():
        for n, k in enumerate(train):
            found.setdefault(train[:n], set()).add(k)
    assert all(len(ks) <= 2 and max(ks) - min(ks) <= 1 for ks in found.values())


@given(short_trains(alphas=(0.0, *LEAKS)), st.lists(st.integers(-2, 2), max_size=6))
def test_completed_lattice_trains_are_admissible_and_all_admissible_trains_are_completed(case, counts):
    """s = c + LIF(eta - c) is in the tube for every lattice train c, and c itself if that is."""
    eta, theta = case.train(), case.theta
    at = [i for i, k in enumerate(counts[: len(eta)]) if k]
    c = sm.SpikeTrain(eta.times[at], [counts[i] * theta for i in at if abs(counts[i]) < 3], domain=eta.domain)
    s = _lattice.admissible(eta, c, theta, case.alpha)
    trains = case.admissible()
    assert case.counts_of(s) in trains
    assert (case.counts_of(c) in trains) == _lattice.same_spikes(s, c)


# exact where the weights differ by many digits, and data that reach the claims

FAR = sm.SpikeTrain([0.0, 1.0, 2.0, 3.0], [0.3, 0.6, 2.0**-150, float(1 - Fraction(0.3) - Fraction(0.6))])


def test_the_closed_tube_is_judged_exactly_where_64_bits_do_not_tell():
    """The running sum of the train reaches one threshold and 2^-150 (not in the tube), or one threshold (in it)."""
    empty = sm.SpikeTrain([], [], domain=FAR.domain)
    closed = sm.theorems.get("S1-closed")
    assert sum(FAR.exact_weights()) == 1 + Fraction(1, 2**150)
    with pytest.raises(ValueError, match="closed tube"):
        closed.check(FAR, empty, 1.0)
    there = FAR - sm.SpikeTrain([3.5], [2.0**-150])
    assert not closed.hypotheses[-1].test(there, empty, 1.0)
    tied = FAR + sm.SpikeTrain([2.5], [-(2.0**-150)])
    assert closed.check(tied, empty, 1.0).verdict == "fails"  # in the tube: IF sends 1, where the empty train would do


@pytest.mark.parametrize("name", ["S1-l0", "S3", "S4", "S5-free", "S7-unique"])
def test_random_competitors_are_often_not_lif(name):
    """Data on which the competitor is LIF itself cannot refute anything."""
    seen = []

    def differs(eta, c, threshold, alpha=0.0):
        seen.append(
            not _lattice.same_spikes(sm.LIF(threshold, alpha)(eta), _lattice.admissible(eta, c, threshold, alpha))
        )
        return sm.theorems.Verdict("holds")

    claim = replace(sm.theorems.get(name), status="new", counterexamples=(), sharp=(), judge=differs)
    verify(claim, examples=100, random_seed=1)
    assert sum(seen) >= len(seen) / 10


@given(st.data())
def test_completed_trains_are_in_the_closed_tube_and_may_be_smaller(data):
    eta, s, theta = data.draw(sm.theorems.get("S1-closed").instances())
    assert sm.theorems.get("S1-closed").hypotheses[-1].test(eta, s, theta)


def test_s1_a_left_limit_at_the_threshold_sends():
    """f = 1 on [0, 1] and a pulse of -1 at 1: the encoder sends, where the empty train is in the pointwise tube."""
    f = sm.Signal.from_samples([1.0], fs=1.0) + sm.SpikeTrain([1.0], [-1.0])
    assert sm.IF(1.0)(f).counts.tolist() == sm.sparsest(f, 1.0).counts.tolist() == [1, -1]


# checks that can fail


class Planted(sm.LIF):
    """LIF with reset to zero, whatever is asked for."""

    __slots__ = ()

    def __init__(self, threshold, alpha=0.0, reset="modulo"):
        super().__init__(threshold, alpha, reset="zero")


class OneMore(sm.LIF):
    """LIF on an input that has first been raised by half a threshold: it spikes when it need not."""

    __slots__ = ()

    def __init__(self, threshold, alpha=0.0, reset="modulo"):
        super().__init__(threshold, alpha, reset=reset)

    def __call__(self, f):
        if not isinstance(f, sm.SpikeTrain) or not len(f):
            return super().__call__(f)
        first = sm.SpikeTrain([f.times[0]], [self.threshold], domain=f.domain)
        return first + super().__call__(f - first)


def planted(monkeypatch, name, operator, modules=()):
    """The outcome of a claim with another operator in its module (and in the competitors)."""
    from importlib import import_module

    claim = sm.theorems.get(name)
    module = import_module(claim.judge.__module__)
    for at in (module, *modules):
        for attribute in ("IF", "LIF"):
            if hasattr(at, attribute):
                monkeypatch.setattr(at, attribute, operator)
    return verify(claim, examples=200, random_seed=1)


@pytest.mark.parametrize("name", ["S1", "S3", "S4", "S7"])
def test_an_encoder_that_spikes_too_early_is_found_out(monkeypatch, name):
    assert planted(monkeypatch, name, OneMore).outcome == "fails"


@pytest.mark.parametrize("name", ["S6", "S7"])
def test_reset_to_zero_instead_of_modulo_is_found_out(monkeypatch, name):
    assert planted(monkeypatch, name, Planted).outcome == "fails"


def test_competitors_that_leave_the_tube_are_found_out(monkeypatch):
    """S1 with competitors that are completed by reset to zero: some are smaller than IF, and not admissible."""
    monkeypatch.setattr(_lattice, "LIF", Planted)
    report = verify(sm.theorems.get("S1"), examples=300, random_seed=1)
    assert report.outcome == "fails"


def test_a_search_that_drops_a_branch_is_found_out(monkeypatch):
    """S2 is no longer refuted, and S5 fails, where only the smaller weight is considered."""
    from spikemath.sparsity import leaky

    both = leaky.Residual.followers
    monkeypatch.setattr(leaky.Residual, "followers", lambda self, train: both(self, train)[:1])
    assert not verify(sm.theorems.get("S2"), examples=0).good
    assert verify(sm.theorems.get("S5"), examples=0).outcome == "fails"


def test_an_output_larger_than_the_input_is_found_out(monkeypatch):
    """S8 with outputs that are one threshold too large."""

    class Louder(OneMore):
        __slots__ = ()

        def __call__(self, f):
            spikes = sm.LIF(self.threshold, self.alpha, reset=self.reset)(f)
            return 2.0 * spikes

    assert planted(monkeypatch, "S8", Louder).outcome == "fails"


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        ("S1", (sm.SpikeTrain([0.0]), sm.SpikeTrain([0.0], [0.5]), 1.0)),
        ("S1-closed", (sm.SpikeTrain([0.0], [3.0]), sm.SpikeTrain([0.0], [1.0]), 1.0)),
        ("S1-real", (sm.SpikeTrain([0.0], [1.0]), sm.SpikeTrain([], [], domain=(0.0, 0.0)), 1.0)),
        ("S2", (sm.SpikeTrain([0.0]), 1.0, 0.0)),
        ("S3", (sm.SpikeTrain([0.0, 1.0], [1.0, -2.0]), sm.SpikeTrain([0.0]), 1.0, 0.5)),
        ("S1-ball", ((), 1.0)),
        ("S5-free", (sm.SpikeTrain([0.0]), sm.SpikeTrain([0.0], [1.0]), 1.0, 0.0)),
        ("S6", (sm.SpikeTrain([0.0]), 1.0, 1.0)),
        ("S8", (sm.SpikeTrain([0.0]), 1.0, 0.0, "none")),
    ],
)
def test_hypotheses_are_checked(name, instance):
    with pytest.raises(ValueError, match="supposes that"):
        sm.theorems.get(name).check(*instance)
