"""Wrong neurons, to be planted where a claim finds ``LIF`` or ``IF``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import spikemath as sm


class Faulty:
    """A neuron whose output is spoilt; the real one is kept, so that it can be compared with."""

    def __init__(self, spoil: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.make, self.spoil = spoil, (args, kwargs)

    def __call__(self, f: Any) -> Any:
        args, kwargs = self.spoil
        return self.make(f, *args, **kwargs)


def _neuron(threshold: float, alpha: float = 0.0, *args: Any, **kwargs: Any) -> Any:
    return sm.LIF(threshold, alpha, *args, **kwargs)


def zero_for_modulo(f: Any, threshold: float, alpha: float = 0.0, *args: Any, **kwargs: Any) -> Any:
    """Reset to zero, whatever is asked for."""
    return sm.LIF(threshold, alpha, "zero")(f)


def subtract_for_modulo(f: Any, threshold: float, alpha: float = 0.0, *args: Any, **kwargs: Any) -> Any:
    """Reset by subtraction, whatever is asked for."""
    return sm.LIF(threshold, alpha, "subtract")(f)


def larger_threshold(f: Any, threshold: float, *args: Any, **kwargs: Any) -> Any:
    """One percent more."""
    return _neuron(threshold * 1.01, *args, **kwargs)(f)


def offset_threshold(f: Any, threshold: float, *args: Any, **kwargs: Any) -> Any:
    """An eighth more."""
    return _neuron(threshold + 0.125, *args, **kwargs)(f)


def late(f: Any, *args: Any, **kwargs: Any) -> Any:
    """All spikes an eighth too late."""
    return _neuron(*args, **kwargs)(f).shift(0.125)


def dropped(f: Any, *args: Any, **kwargs: Any) -> Any:
    """The last spike is lost."""
    s = _neuron(*args, **kwargs)(f)
    return s.restrict(s.domain[0], s.times[-2] if len(s) > 1 else s.domain[0]) if len(s) else s


def doubled(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Every spike twice as large."""
    return _neuron(*args, **kwargs)(f) * 2.0


def plain_floats(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Decisions in floats."""
    return _neuron(*args, arithmetic="fast", **kwargs)(f)


def one_sided(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Never fires at -threshold."""
    return _neuron(*args, bipolar=False, **kwargs)(f)


def clairvoyant(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Sends nothing if the last event is negative."""
    s = _neuron(*args, **kwargs)(f)
    return s if not len(f) or f.weights[-1] > 0 else s - s


def by_the_clock(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Sends nothing before time 1.5."""
    s = _neuron(*args, **kwargs)(f)
    t0, t1 = s.domain
    return s.restrict(max(t0, min(1.5, t1)), t1)


def counts_events(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Ignores the first event of what it gets."""
    if not isinstance(f, sm.SpikeTrain) or not len(f):
        return _neuron(*args, **kwargs)(f)
    first = sm.SpikeTrain(f.times[:1], f.weights[:1], domain=f.domain)
    return _neuron(*args, **kwargs)(f - first)


def plant(monkeypatch: Any, name: str, fault: Callable[..., Any]) -> sm.theorems.Claim:
    """The claim, with a wrong neuron in its file and without its memorable instances."""
    claim = sm.theorems.get(name)
    module = sys.modules[claim.judge.__module__]
    neurons = [n for n in ("LIF", "IF") if hasattr(module, n)]
    assert neurons, f"{name} uses no neuron"
    for neuron in neurons:
        monkeypatch.setattr(module, neuron, lambda *args, **kwargs: Faulty(fault, *args, **kwargs))
    return replace(claim, sharp=())


def finds(monkeypatch: Any, name: str, fault: Callable[..., Any], shrink: bool = False) -> sm.theorems.Report:
    """The report of a claim on a wrong neuron; random instances have to find it, and shrink if told so."""
    report = sm.theorems.verify(plant(monkeypatch, name, fault), examples=500, random_seed=1, shrink=shrink)
    assert report.outcome == "fails", f"{name} holds of {fault.__name__}"
    assert not report.good
    assert report.failing is not None
    assert report.worst is not None
    assert report.worst.verdict == "fails"
    events = sum(len(x) for x in report.failing if isinstance(x, sm.SpikeTrain))
    assert events <= 3 or not shrink, f"not shrunk: {report.failing}"
    assert np.isfinite(report.worst.left) or report.worst.left > 0
    return report
