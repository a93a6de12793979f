"""Every claim is complete, holds where it should, and fails where it should; and the machinery that says so."""

from __future__ import annotations

import inspect
import math
import re
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import spikemath as sm
from spikemath import theorems
from spikemath.theorems import Claim, Example, Hypothesis, Verdict, verify
from spikemath.theorems._claim import STATUSES, all_of, compare, equal, exactly

CLAIMS = theorems.all()
REFUTED = [c for c in CLAIMS if c.status == "refuted"]
EXAMPLES = 10 if settings().max_examples > 5 else 2

OF_COUNTS = ("S4",)  # n < m of whole numbers: m = n + 1 is as near as it gets

every = pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)


# what is written


@every
def test_it_says_what_it_claims(claim):
    assert re.fullmatch(r"[A-Z]\d+(-[a-z0-9-]+)?", claim.name)
    assert claim.status in STATUSES
    assert len(claim.title) > 10
    assert not claim.title.endswith(".")
    assert claim.statement.endswith((".", ")"))
    assert len(claim.statement) > 40
    assert re.search(r"arXiv \d{4}\.\d{5}|spikemath", claim.source), claim.source
    if claim.status == "published":
        assert "arXiv" in claim.source
    assert inspect.getdoc(claim.judge)
    assert inspect.getdoc(claim.instances)


@every
def test_its_latex_is_well_formed(claim):
    tex = claim.latex
    assert tex
    assert "$" not in tex
    assert tex.isascii()
    plain = tex.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert len(re.findall(r"\\left\b", tex)) == len(re.findall(r"\\right\b", tex))
    assert re.findall(r"\\begin\{(\w+)\}", tex) == re.findall(r"\\end\{(\w+)\}", tex)


@every
def test_its_file_opens_with_it(claim):
    module = sys.modules[claim.judge.__module__]
    assert module.CLAIM is claim
    doc = inspect.getdoc(module)
    assert doc.startswith((f"{claim.name}.", f"{claim.name}, refuted"))
    assert ("refuted" in doc.split("\n\n")[0]) == (claim.status == "refuted")
    assert "Source" in doc


@every
def test_hypotheses_are_in_words(claim):
    for h in claim.hypotheses:
        assert isinstance(h, Hypothesis)
        assert len(h.text) > 4
        assert not h.text.endswith(".")
    assert claim.parameters
    assert all(len(e.instance) == len(claim.parameters) for e in (*claim.sharp, *claim.counterexamples))


def test_files_and_claims_are_the_same():
    folder = Path(theorems.__file__).parent
    files = [p for p in folder.glob("*.py") if not p.name.startswith("_")]
    assert len(files) == len(CLAIMS)
    assert len({c.name for c in CLAIMS}) == len(CLAIMS)


def test_claims_are_in_the_order_of_the_theory():
    letters = [c.name[0] for c in CLAIMS]
    assert letters == sorted(letters, key="QPSDNL".index)
    numbers = [(c.name[0], int(re.findall(r"\d+", c.name)[0])) for c in CLAIMS]
    assert numbers == sorted(numbers, key=lambda p: ("QPSDNL".index(p[0]), p[1]))


def test_claims_are_found_by_name():
    assert theorems.get("q1") is theorems.get("Q1")
    with pytest.raises(KeyError, match="no claim 'Q99'; there are Q1, "):
        theorems.get("Q99")


# what is checked


@every
def test_it_comes_out_as_stated(claim):
    """Memorable instances and some random ones; an instance that does not meet a hypothesis raises."""
    report = verify(claim, examples=EXAMPLES)
    assert report.good, report
    assert report.examples <= EXAMPLES
    assert report.worst is None or not report.worst.ratio > 1.0


@every
def test_its_sharp_examples_are_sharp(claim):
    for example in claim.sharp:
        assert example.text
        verdict = claim.check(*example.instance)
        assert verdict.verdict != "fails", example
        nearest = claim.name in OF_COUNTS and verdict.right - verdict.left == 1.0
        assert nearest or verdict.left == verdict.right or verdict.ratio >= 0.9, (example, verdict)


@pytest.mark.parametrize("claim", REFUTED, ids=lambda c: c.name)
def test_its_counterexamples_are_such(claim):
    for example in claim.counterexamples:
        assert example.text
        verdict = claim.check(*example.instance)
        assert verdict.verdict == "fails", example
        assert verdict.left >= verdict.right
        assert not verdict


@every
def test_its_random_instances_are_not_all_the_same(claim):
    seen = set()

    @settings(max_examples=10, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(claim.instances())
    def collect(instance):
        assert isinstance(instance, tuple)
        assert len(instance) == len(claim.parameters)
        seen.add(repr([list(x) if isinstance(x, sm.SpikeTrain) else x for x in instance]))

    collect()
    assert len(seen) >= 3


def test_q1_on_a_thing_that_is_no_train_raises():
    with pytest.raises(ValueError, match="Q1 supposes that eta is a SpikeTrain; this instance does not meet it"):
        theorems.get("Q1").check(sm.Signal.from_samples([1.0], fs=1.0), 1.0, 0.0)


# claims and verdicts as values


def claim_about(judge, instances=lambda: st.tuples(st.integers(0, 10**6)), **changes):
    settings_ = {"name": "X1", "title": "t", "statement": "s", "latex": "x", "source": "spikemath", "status": "new"}
    return Claim(**(settings_ | {"instances": instances, "judge": judge} | changes))


def below(limit):
    return lambda n: compare(exactly(n), exactly(limit), witness=n)


def test_a_status_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match="status = 'true' must be one of published, sharpened, new, refuted"):
        claim_about(below(1), status="true")


@pytest.mark.parametrize("changes", [{"status": "refuted"}, {"counterexamples": (Example("", (2,)),)}])
def test_counterexamples_belong_to_refuted_claims(changes):
    with pytest.raises(ValueError, match="X1: a refuted claim, and no other, carries counterexamples"):
        claim_about(below(1), **changes)


def test_check_tests_every_hypothesis():
    hypotheses = (Hypothesis("n is even", lambda n: n % 2 == 0), Hypothesis("n > 3", lambda n: n > 3))
    claim = claim_about(below(10), hypotheses=hypotheses)
    assert claim.check(8)
    for n, text in ((7, "n is even"), (2, "n > 3")):
        with pytest.raises(ValueError, match=f"X1 supposes that {text}; this instance does not meet it"):
            claim.check(n)


@pytest.mark.parametrize(
    ("left", "right", "strict", "verdict"),
    [
        ((1, 1), (2, 2), True, "holds"),
        ((1, 1), (1, 1), True, "fails"),
        ((1, 1), (1, 1), False, "holds"),
        ((2, 2), (1, 1), False, "fails"),
        ((1, 3), (2, 4), True, "undecided"),
        ((1, 2), (2, 3), True, "undecided"),
        ((1, 2), (2, 3), False, "holds"),
        ((2, 3), (1, 2), False, "undecided"),
        ((2, 3), (1, 2), True, "fails"),
    ],
)
def test_enclosed_numbers_are_compared(left, right, strict, verdict):
    found = compare(tuple(map(Fraction, left)), tuple(map(Fraction, right)), strict, witness=7, note="n")
    assert found.verdict == verdict
    assert (found.witness, found.note) == (7, "n")
    assert found.margin == found.right - found.left
    assert bool(found) == (verdict == "holds")


def test_numbers_beyond_the_floats():
    huge = Fraction(10) ** 400
    found = compare(exactly(-huge), exactly(huge))
    assert (found.verdict, found.left, found.right, found.margin) == ("holds", -math.inf, math.inf, math.inf)


def test_the_worst_of_several_verdicts():
    near, far = Verdict("holds", 0.9, 1.0, 0.1), Verdict("holds", 0.1, 1.0, 0.9)
    unknown, wrong = Verdict("undecided"), Verdict("fails", 2.0, 1.0, -1.0)
    assert all_of(far, near) is near
    assert all_of(far, unknown, near) is unknown
    assert all_of(unknown, wrong, far) is wrong
    assert all_of(unknown, equal(False)).verdict == "fails"


def test_an_equality_does_not_hide_how_near_an_inequality_is():
    near, far = compare(exactly(9), exactly(10)), compare(exactly(1), exactly(2))
    assert all_of(equal(True), far, near) is near  # far has less margin, near is nearer to equality


@pytest.mark.parametrize(("left", "right", "ratio"), [(1, 2, 0.5), (0, 0, 0), (1, 0, math.inf), (-1, 0, 0)])
def test_ratios(left, right, ratio):
    assert Verdict("holds", left, right).ratio == ratio


def test_equalities():
    assert equal(True).verdict == "holds"
    found = equal(False, 3, "n")
    assert (found.verdict, found.left, found.right, found.witness, found.note) == ("fails", 1.0, 0.0, 3, "n")


# verify


def test_verify_finds_without_shrinking():
    report = verify(claim_about(lambda n: below(1000)(n * n)), examples=200, random_seed=1, shrink=False)
    assert report.outcome == "fails"
    assert report.failing[0] > 32


def test_verify_finds_and_shrinks():
    report = verify(claim_about(lambda n: below(1000)(n * n)), examples=200)
    assert report.outcome == "fails"
    assert not report.good
    assert report.failing == (32,)
    assert report.worst == below(1000)(1024)
    assert 1 <= report.examples <= 200


def test_verify_counts_and_reports_progress():
    done = []
    report = verify(claim_about(below(10**7)), examples=30, progress=lambda: done.append(1))
    assert report.good
    assert report.examples == len(done) == 30
    assert report.failed == report.undecided == 0
    assert report.seconds > 0


def test_verify_without_random_instances():
    report = verify(claim_about(below(10**7), sharp=(Example("near", (9999999,)),)), examples=0)
    assert (report.outcome, report.examples, report.worst.left) == ("holds", 0, 9999999)


def test_verify_with_a_seed_repeats_itself():
    def run(seed):
        seen = []
        verify(claim_about(lambda n: seen.append(n) or below(10**7)(n)), examples=20, random_seed=seed)
        return seen

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_a_failing_sharp_example_is_a_failure():
    report = verify(claim_about(below(5), sharp=(Example("seven", (7,)),)), examples=10)
    assert (report.outcome, report.failing, report.examples) == ("fails", (7,), 0)
    assert report.notes == ["fails on its sharp example: seven"]


def test_a_counterexample_that_is_none_is_a_failure():
    some = (Example("nine", (9,)), Example("three", (3,)))
    report = verify(claim_about(below(5), status="refuted", counterexamples=some), examples=10)
    assert (report.outcome, report.failing, report.good) == ("fails", (3,), False)
    assert report.notes == ["does not fail on its counterexample: three"]


def test_random_failures_of_a_refuted_claim_are_counted():
    claim = claim_about(below(5), status="refuted", counterexamples=(Example("nine", (9,)),))
    report = verify(claim, examples=30)
    assert (report.outcome, report.good, report.examples) == ("refuted", True, 30)
    assert 0 < report.failed <= 30
    assert report.failing is None


def test_nothing_decided_is_no_success():
    report = verify(claim_about(lambda n: Verdict("undecided")), examples=10)
    assert (report.outcome, report.good, report.undecided) == ("undecided", False, 10)


def test_some_decided_is_a_success():
    report = verify(claim_about(lambda n: Verdict("undecided") if n % 2 else below(10**7)(n)), examples=50)
    assert report.good
    assert 0 < report.undecided < 50
    assert report.worst.left >= 0


def test_an_instance_that_does_not_meet_a_hypothesis_is_an_error():
    claim = claim_about(below(10**7), hypotheses=(Hypothesis("n is negative", lambda n: n < 0),))
    with pytest.raises(ValueError, match="n is negative"):
        verify(claim, examples=3)


def test_an_error_of_a_judge_is_not_swallowed():
    def judge(n):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        verify(claim_about(judge), examples=3)


def test_an_assertion_in_a_judge_is_not_taken_for_a_verdict():
    def judge(n):
        raise AssertionError("a bug")

    with pytest.raises(AssertionError, match="a bug"):
        verify(claim_about(judge), examples=3)
