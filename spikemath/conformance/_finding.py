"""What a law finds on one case, and the runs it may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spikemath.conformance._reference import Undecided, Walk, walk
from spikemath.conformance._subject import Input, NeuronError, Spikes, Subject


@dataclass(frozen=True)
class Finding:
    """Verdict on one case.

    ``ratio`` is to the bound of an inequality; ``inputs`` are what the neuron was given.
    """

    good: bool
    inputs: tuple[Input, ...]
    got: str = ""
    expected: str = ""
    ratio: float | None = None


class Runs:
    """Runs of one neuron on the inputs of one case, each made once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._spikes: dict[Input, Spikes | NeuronError] = {}
        self._walks: dict[tuple[Input, bool], Walk] = {}

    def __call__(self, x: Input) -> Spikes:
        """The spikes; NeuronError where there are none to read."""
        if x not in self._spikes:
            try:
                self._spikes[x] = self.subject.run(x)
            except NeuronError as error:
                self._spikes[x] = error
        found = self._spikes[x]
        if isinstance(found, NeuronError):
            raise found
        return found

    def reference(self, x: Input) -> Walk:
        """The walk of the ideal neuron; Undecided where it cannot be told."""
        key = x, False
        if key not in self._walks:
            self._walks[key] = self.subject.reference(x)
        return self._walks[key]

    def own(self, x: Input) -> Walk:
        """The walk with the neuron's own spikes: what was due after them."""
        key = x, True
        if key not in self._walks:
            self._walks[key] = walk(self.subject.rule, x.events(), known(self.subject, x, self(x)))
        return self._walks[key]


def known(subject: Subject, x: Input, spikes: Spikes) -> dict[Any, int]:
    """Counts by time, without what a refractory neuron may send after the last event."""
    found = spikes.by_time()
    events = x.events()
    if subject.rule.refractory and not subject.clocked and events:
        last = events[-1][0]
        return {t: k for t, k in found.items() if t <= last}
    return found


__all__ = ["Finding", "Runs", "Undecided", "known"]
