"""Run a claim: its memorable instances, and hypothesis's random ones, shrunk where one fails."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from spikemath.theorems._claim import Claim, Verdict


@dataclass
class Report:
    """How a claim fared.

    Attributes
    ----------
    name, status : str
        Of the claim.
    outcome : {"holds", "refuted", "fails", "undecided"}
        "holds": no instance failed. "refuted": the published statement fails on its counterexamples, as it should.
        "fails": an instance of a true claim failed, or a counterexample of a refuted one did not. "undecided": no
        instance was decided.
    examples : int
        Random instances checked.
    failed, undecided : int
        Of those, how many failed (expected of refuted claims) and how many were undecided.
    worst : Verdict or None
        The verdict with the largest left / right.
    failing : tuple or None
        The smallest failing instance found, for a claim that should hold.
    seconds : float
        Time taken.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.theorems.Report("Q1", "sharpened", outcome="holds").good
    True
    """

    name: str
    status: str
    outcome: str = "holds"
    examples: int = 0
    failed: int = 0
    undecided: int = 0
    worst: Verdict | None = None
    failing: tuple[Any, ...] | None = None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it came out as the theory says."""
        return self.outcome == ("refuted" if self.status == "refuted" else "holds")


def verify(
    claim: Claim,
    examples: int = 100,
    random_seed: int | None = None,
    progress: Callable[[], Any] | None = None,
    shrink: bool = True,
) -> Report:
    """Check a claim on its sharp examples, its counterexamples, and random instances.

    Parameters
    ----------
    claim : Claim
        What is checked.
    examples : int
        Number of random instances, >= 0.
    random_seed : int, optional
        Makes the random instances the same on every run.
    progress : callable, optional
        Called after each random instance.
    shrink : bool
        Whether to look for a smaller failing instance where one was found, which can take hundreds of checks.

    Returns
    -------
    Report

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.theorems.verify(sm.theorems.get("Q1"), examples=5).outcome
    'holds'
    """
    began = time.perf_counter()
    report = Report(claim.name, claim.status)
    refuted = claim.status == "refuted"
    for example in claim.sharp:
        verdict = claim.check(*example.instance)
        _worst(report, verdict)
        if verdict.verdict == "fails":
            report.outcome, report.failing = "fails", example.instance
            report.notes.append(f"fails on its sharp example: {example.text}")
    for example in claim.counterexamples:
        if claim.check(*example.instance).verdict != "fails":
            report.outcome, report.failing = "fails", example.instance
            report.notes.append(f"does not fail on its counterexample: {example.text}")
    if examples and report.outcome != "fails":
        _random(claim, report, examples, random_seed, progress, shrink)
    if report.outcome == "holds" and refuted:
        report.outcome = "refuted"
    elif report.outcome == "holds" and report.examples and report.undecided == report.examples:
        report.outcome = "undecided"
    report.seconds = time.perf_counter() - began
    return report


def _random(
    claim: Claim, report: Report, examples: int, random_seed: int | None, progress: Any, shrink: bool
) -> None:  # fmt: skip
    searching = True  # shrinking repeats instances; they are not counted

    def one(instance: tuple[Any, ...]) -> None:
        nonlocal searching
        verdict = claim.check(*instance)
        if searching:
            report.examples += 1
            report.undecided += verdict.verdict == "undecided"
            report.failed += verdict.verdict == "fails"
            if verdict.verdict != "fails" or claim.status != "refuted":
                _worst(report, verdict)
            if progress is not None:
                progress()
        if verdict.verdict == "fails" and claim.status != "refuted":
            searching = False
            report.outcome, report.failing, report.worst = "fails", instance, verdict
            raise AssertionError(verdict)

    test: Any = given(claim.instances())(one)
    if random_seed is not None:
        test = seed(random_seed)(test)
    test = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        report_multiple_bugs=False,
        print_blob=False,
    )(test)
    try:
        test()
    except AssertionError:
        if report.outcome != "fails":
            raise


def _worst(report: Report, verdict: Verdict) -> None:
    if report.worst is None or math.isnan(report.worst.ratio) or verdict.ratio > report.worst.ratio:
        report.worst = verdict
