"""What the test bench found: law by law, with the worst ratio and the smallest failing input."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from spikemath.conformance._finding import Finding


@dataclass(frozen=True)
class Counterexample:
    """An input on which a law fails.

    Attributes
    ----------
    inputs : tuple of dict
        What the neuron was given, run by run: {"times": [...], "weights": [...]} or {"samples": [...]}.
    got, expected : str
        What it answered, and what the law asks for.
    ratio : float or None
        Ratio to the bound, for an inequality.

    Examples
    --------
    >>> import numpy as np
    >>> import spikemath as sm
    >>> report = sm.conformance.check(np.abs, kind="samples", beta=0.0, claims=["silence", "odd"], examples=30, seed=1)
    >>> len(report["odd"].failing.inputs)
    2
    """

    inputs: tuple[dict[str, list[float]], ...]
    got: str
    expected: str
    ratio: float | None = None

    @classmethod
    def of(cls, finding: Finding) -> Counterexample:
        """From what a judge found."""
        given = tuple(
            {"samples": list(x.weights)} if x.times is None else {"times": list(x.times), "weights": list(x.weights)}
            for x in finding.inputs
        )
        return cls(given, finding.got, finding.expected, finding.ratio)

    @property
    def length(self) -> tuple[int, int]:
        """By which the smaller one is told: events, then digits."""
        return sum(len(v) for x in self.inputs for v in x.values()), len(str(self.inputs))

    def __str__(self) -> str:
        lines = ["; then ".join(", ".join(f"{k} {v}" for k, v in x.items()) for x in self.inputs)]
        return "\n".join(["input     " + lines[0], "gave      " + self.got, "expected  " + self.expected])


@dataclass
class LawResult:
    """How one law fared.

    Attributes
    ----------
    name, says : str
        The law.
    claimed, judged : bool
        Whether the neuron is held to it, and whether it was tried at all.
    reason : str
        Why not, where not.
    checked, failed, undecided : int
        Numbers of inputs.
    ratio : float or None
        The worst ratio to the bound, for an inequality.
    failing : Counterexample or None
        The smallest failing input found.

    Examples
    --------
    >>> import numpy as np
    >>> import spikemath as sm
    >>> report = sm.conformance.check(np.trunc, kind="samples", beta=0.0, examples=20, seed=1)
    >>> report["odd"].verdict, report["odd"].failed, report["refractory"].verdict
    ('holds', 0, 'does not apply')
    """

    name: str
    says: str
    claimed: bool
    judged: bool
    reason: str = ""
    checked: int = 0
    failed: int = 0
    undecided: int = 0
    ratio: float | None = None
    failing: Counterexample | None = None

    @property
    def verdict(self) -> str:
        """One of "holds", "fails", "not claimed", "not judged" (no claimed input came up), "does not apply"."""
        if not self.judged:
            return "does not apply"
        if not self.claimed:
            return "not claimed"
        if self.failed:
            return "fails"
        return "holds" if self.checked else "not judged"

    def add(self, finding: Finding) -> None:
        """Count one case."""
        self.checked += 1
        if finding.ratio is not None and (self.ratio is None or finding.ratio > self.ratio):
            self.ratio = finding.ratio
        if not finding.good:
            self.failed += 1
            self.keep(Counterexample.of(finding))

    def keep(self, example: Counterexample) -> None:
        """Remember the smallest failing input."""
        if self.failing is None or example.length < self.failing.length:
            self.failing = example

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        failing = self.failing
        return {
            "law": self.name,
            "says": self.says,
            "verdict": self.verdict,
            "reason": self.reason,
            "checked": self.checked,
            "failed": self.failed,
            "undecided": self.undecided,
            "ratio": self.ratio if self.ratio is None or math.isfinite(self.ratio) else str(self.ratio),
            "failing": None
            if failing is None
            else {"inputs": list(failing.inputs), "got": failing.got, "expected": failing.expected},
        }


@dataclass(frozen=True)
class Report:
    """The verdicts on a neuron; ``print(report)`` shows them.

    Attributes
    ----------
    name, settings : str
        The neuron, and what it was taken for.
    results : mapping of str to LawResult
        By law.
    examples, seed : int
        How it was tried; the same seed tries the same inputs.
    seconds : float
        Time taken.

    Examples
    --------
    >>> import numpy as np
    >>> import spikemath as sm
    >>> report = sm.conformance.check(np.trunc, kind="samples", beta=0.0, examples=30, seed=1)
    >>> report.ok, report.failing, report["quantization"].verdict
    (True, (), 'holds')
    """

    name: str
    settings: str
    results: Mapping[str, LawResult]
    examples: int
    seed: int
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        """Whether no claimed law fails."""
        return not self.failing

    @property
    def failing(self) -> tuple[str, ...]:
        """Names of the claimed laws that fail."""
        return tuple(name for name, result in self.results.items() if result.verdict == "fails")

    def __getitem__(self, law: str) -> LawResult:
        return self.results[law]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Law, verdict, worst ratio, and how many inputs failed, of the laws that apply."""
        rows = []
        for r in self.results.values():
            if not r.judged:
                continue
            ratio = "" if r.ratio is None else _ratio(r.ratio)
            many = f"{r.failed} of {r.checked} fail" if r.failed else f"{r.checked} tried"
            many += f", {r.undecided} undecided" if r.undecided else ""
            reason = "no claimed input came up" if r.verdict == "not judged" else r.reason
            rows.append((r.name, r.verdict, ratio, many + (f" ({reason})" if reason else "")))
        return rows

    def __str__(self) -> str:
        head = [f"{self.name}: {self.settings}", f"{self.examples} inputs, seed {self.seed}, {self.seconds:.1f} s", ""]
        table = [("law", "verdict", "worst ratio", "inputs"), *self.rows()]
        widths = [max(len(row[i]) for row in table) for i in range(3)]
        lines = [
            "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]).rstrip() for row in table
        ]
        for name in self.failing:
            result = self.results[name]
            lines += ["", f"{name}: {result.says}", *("  " + line for line in str(result.failing).splitlines())]
        return "\n".join([*head, *lines])

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what :meth:`to_json` writes."""
        return {
            "name": self.name,
            "settings": self.settings,
            "ok": self.ok,
            "examples": self.examples,
            "seed": self.seed,
            "laws": [result.to_dict() for result in self.results.values()],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """All of it as JSON."""
        return json.dumps(self.to_dict(), indent=indent)

    def _repr_html_(self) -> str:
        colours = {"holds": "#1a7f37", "fails": "#c23b22"}
        body = "".join(
            f'<tr><td>{escape(law)}</td><td style="color:{colours.get(verdict, "inherit")}">{escape(verdict)}</td>'
            f"<td>{escape(ratio)}</td><td>{escape(many)}</td></tr>"
            for law, verdict, ratio, many in self.rows()
        )
        found = "".join(
            f"<p><b>{escape(name)}</b>: {escape(self.results[name].says)}</p>"
            f"<pre>{escape(str(self.results[name].failing))}</pre>"
            for name in self.failing
        )
        head = "<tr><th>law</th><th>verdict</th><th>worst ratio</th><th>inputs</th></tr>"
        title = f"<p><b>{escape(self.name)}</b>: {escape(self.settings)}; {self.examples} inputs, seed {self.seed}</p>"
        return f"<div>{title}<table>{head}{body}</table>{found}</div>"


def _ratio(x: float) -> str:
    """Digits that do not round across 1."""
    if x == 0.0 or not math.isfinite(x) or abs(x - 1.0) > 1e-3:
        return f"{x:.3f}"
    return "1" if x == 1.0 else f"1 {'-' if x < 1 else '+'} {abs(1.0 - x):.1e}"
