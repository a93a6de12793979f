"""What a claim is: a statement, its hypotheses, where it comes from, data that meet them, and a check.

A claim says ``left < right`` (or ``<=``) of two numbers that are computed from an instance, a tuple of arguments. Both
are enclosed in rationals, so a verdict is a fact: it *holds*, it *fails*, or the enclosures do not tell (*undecided*).
A **refuted** claim is the statement as published, or as one would expect it, with counterexamples on which the check
says "fails".
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

STATUSES = ("published", "sharpened", "new", "refuted")
Bounds = tuple[Fraction, Fraction]  # lower and upper


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    verdict : {"holds", "fails", "undecided"}
        About this instance.
    left, right : float
        The two sides of the inequality, rounded.
    margin : float
        right - left, rounded: positive where the inequality holds with room.
    witness : object
        Where the left side comes from: a time, an index, a train; None if there is no such place.
    note : str
        What else a person should know.

    Examples
    --------
    >>> from spikemath.theorems import Verdict
    >>> bool(Verdict("holds", 0.5, 1.0, 0.5))
    True
    """

    verdict: str
    left: float = math.nan
    right: float = math.nan
    margin: float = math.nan
    witness: Any = None
    note: str = ""

    def __bool__(self) -> bool:
        return self.verdict == "holds"

    @property
    def ratio(self) -> float:
        """left / right: 1 is equality; infinite where only the right side is 0."""
        return self.left / self.right if self.right else (math.inf if self.left > 0 else 0.0)


class Hypothesis(NamedTuple):
    """A condition on an instance, and the function of the instance that tests it.

    Examples
    --------
    >>> from spikemath.theorems import Hypothesis
    >>> Hypothesis("x is positive", lambda x: x > 0).test(1.0)
    True
    """

    text: str
    test: Callable[..., bool]


class Example(NamedTuple):
    """A memorable instance: a counterexample, or one on which a bound is sharp.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.theorems.get("S2").counterexamples[0].text
    'decay 3/4: 3 against 2'
    """

    text: str
    instance: tuple[Any, ...]


@dataclass(frozen=True)
class Claim:
    """One statement of the theory.

    Attributes
    ----------
    name : str
        As in the theory: "Q1", "S2"; a published form that is false has a name of its own, such as "Q2-strict".
    title : str
        The statement in one line.
    statement, latex : str
        The statement in plain words and in LaTeX.
    hypotheses : tuple of Hypothesis
        Conditions on the instance; :meth:`check` raises ValueError where one is not met.
    source : str
        The paper (arXiv number), or "spikemath" for what is new.
    status : {"published", "sharpened", "new", "refuted"}
        Where the statement stands.
    instances : callable
        ``instances()`` is a hypothesis strategy of tuples that meet the hypotheses.
    judge : callable
        ``judge(*instance)`` gives the Verdict; users call :meth:`check`.
    sharp : tuple of Example
        Instances with equality, or members of a family that tends to it.
    counterexamples : tuple of Example
        For a refuted claim: minimal instances on which it fails.

    Examples
    --------
    >>> import spikemath as sm
    >>> q1 = sm.theorems.get("Q1")
    >>> q1.check(sm.SpikeTrain([0.0, 1.0], [0.75, 1.5]), 1.0, 0.1).verdict
    'holds'
    """

    name: str
    title: str
    statement: str
    latex: str
    source: str
    status: str
    instances: Callable[[], Any] = field(repr=False)
    judge: Callable[..., Verdict] = field(repr=False)
    hypotheses: tuple[Hypothesis, ...] = field(default=(), repr=False)
    sharp: tuple[Example, ...] = field(default=(), repr=False)
    counterexamples: tuple[Example, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status = {self.status!r} must be one of {', '.join(STATUSES)}")
        if (self.status == "refuted") != bool(self.counterexamples):
            raise ValueError(f"{self.name}: a refuted claim, and no other, carries counterexamples")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the members of an instance."""
        return tuple(inspect.signature(self.judge).parameters)

    def check(self, *instance: Any) -> Verdict:
        """Check the statement on one instance.

        Parameters
        ----------
        *instance
            As named in :attr:`parameters`.

        Raises
        ------
        ValueError
            A hypothesis is not met.
        """
        for hypothesis in self.hypotheses:
            if not hypothesis.test(*instance):
                raise ValueError(f"{self.name} supposes that {hypothesis.text}; this instance does not meet it")
        return self.judge(*instance)


def exactly(x: Any) -> Bounds:
    """A number that is known exactly, as bounds."""
    value = Fraction(x)
    return value, value


def compare(left: Bounds, right: Bounds, strict: bool = True, witness: Any = None, note: str = "") -> Verdict:
    """The verdict on ``left < right`` (``left <= right`` unless strict) for two enclosed numbers."""
    (a, b), (c, d) = left, right
    if b < c or (not strict and b <= c):
        verdict = "holds"
    elif a > d or (strict and a >= d):
        verdict = "fails"
    else:
        verdict = "undecided"
    return Verdict(verdict, _float((a + b) / 2), _float((c + d) / 2), _float((c + d - a - b) / 2), witness, note)


def all_of(*verdicts: Verdict) -> Verdict:
    """The worst of several verdicts: a failing, else an undecided one, else the one nearest to equality."""
    rank = {"fails": 0, "undecided": 1, "holds": 2}

    def order(v: Verdict) -> tuple[int, float, float]:
        unknown = math.isnan(v.ratio)
        return rank[v.verdict], math.inf if unknown else -v.ratio, math.inf if unknown else v.margin

    return min(verdicts, key=order)


def equal(same: bool, witness: Any = None, note: str = "") -> Verdict:
    """The verdict on an equality of two objects: left is 0 or 1 differences, right is 0."""
    return Verdict("holds" if same else "fails", 0.0 if same else 1.0, 0.0, 0.0 if same else -1.0, witness, note)


def _float(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
