"""A test bench for anyone's neuron: which laws of a threshold neuron does it keep, and where does it break them?

    check(neuron, threshold, ...) -> Report            conformance_tests(neuron, threshold, ...) -> a pytest class

A neuron is any callable: from weighted events to spikes, from samples to spikes, or sample by sample. Judged is what
comes out, in exact arithmetic; nothing of the neuron's code or state is looked at.
"""

from __future__ import annotations

from spikemath.conformance import adapters as adapters
from spikemath.conformance.check import check
from spikemath.conformance.laws import LAWS as LAWS
from spikemath.conformance.laws import Law
from spikemath.conformance.report import Counterexample, LawResult, Report
from spikemath.conformance.testing import conformance_tests

__all__ = ["Counterexample", "Law", "LawResult", "Report", "check", "conformance_tests"]
