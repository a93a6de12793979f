"""The laws a threshold neuron obeys, each a function of a neuron and a case.

The ideal neuron and its tests are in ``_reference``. A law is *claimed* where the theory proves it of the ideal neuron
with these settings; where it does not (the bound of a neuron that resets to zero) it is observed, and reported as not
claimed. Most laws are equalities of spike trains, decided in exact arithmetic; three are inequalities, and carry a
ratio to their bound. Only ``decay`` and ``remainder`` have a tolerance: they ask which *model* of the leak and of the
reset a neuron has, and leave its rounding to the other laws.

Source of the bound: Moser, Lunglmayr (arXiv 2305.05772, 2402.07954).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from spikemath.conformance import _bounds, _metamorphic, _probes, _spikewise
from spikemath.conformance._finding import Finding, Runs
from spikemath.conformance._inputs import Case
from spikemath.conformance._subject import Subject

CLAIMED, OBSERVED, OFF = "claimed", "observed", "off"


class Scope(NamedTuple):
    """Whether a law is claimed of a neuron, only observed, or off; and why not."""

    level: str
    reason: str = ""


@dataclass(frozen=True)
class Law:
    """One law: its name, what it says, of which neurons, and its judge.

    Attributes
    ----------
    name : str
        As in reports and in ``claims``.
    says : str
        The law in one sentence.

    Examples
    --------
    >>> from spikemath.conformance import LAWS
    >>> LAWS["odd"].says
    'L(-f) = -L(f)'
    """

    name: str
    says: str
    judge: Callable[[Subject, Case, Runs], Finding | None] = field(repr=False)
    scope: Callable[[Subject], Scope] = field(repr=False)


def _always(s: Subject) -> Scope:
    return Scope(CLAIMED)


def _bound(s: Subject) -> Scope:
    rule = s.rule
    if rule.refractory:
        return Scope(OBSERVED, "with a refractory time the bound is another one")
    if not rule.bipolar and not s.nonnegative:
        return Scope(OBSERVED, "a one-sided neuron is no quantizer of bipolar signals")
    if rule.reset == "modulo":
        return Scope(CLAIMED)
    if rule.reset == "subtract" and s.amplitude is not None and Fraction(s.amplitude) <= rule.threshold:
        return Scope(CLAIMED)
    return Scope(OBSERVED, f"reset {rule.reset} does not keep it for every input")


def _count_bound(s: Subject) -> Scope:
    scope = _bound(s)
    if scope.level == CLAIMED and s.weights == "floats":
        return Scope(OBSERVED, "weights are meant as floats")
    return scope


def _float_bound(s: Subject) -> Scope:
    scope = _bound(s)
    if scope.level == CLAIMED and s.weights == "counts":
        return Scope(OBSERVED, "weights stand for counts of thresholds")
    return scope


def _no_refractory(s: Subject) -> Scope:
    return Scope(OFF, "no law with a refractory time") if s.rule.refractory else Scope(CLAIMED)


def _bipolar(s: Subject) -> Scope:
    if not s.rule.bipolar or s.nonnegative:
        return Scope(OFF, "negative inputs are not claimed")
    return Scope(CLAIMED)


def _given(option: str) -> Callable[[Subject], Scope]:
    def scope(s: Subject) -> Scope:
        return Scope(OFF, f"needs {option}=") if getattr(s, option) is None else Scope(CLAIMED)

    return scope


def _equal_times(s: Subject) -> Scope:
    if s.clocked:
        return Scope(OFF, "a clock has no equal times")
    return Scope(OFF, "sums of units are not claimed") if s.unit is not None else Scope(CLAIMED)


def _zeros(s: Subject) -> Scope:
    if s.clocked and (s.rule.reset == "subtract" or s.rule.refractory):
        return Scope(OFF, "on a clock a zero sample lets this neuron fire again")
    return Scope(CLAIMED)


def _refractory(s: Subject) -> Scope:
    return Scope(CLAIMED) if s.rule.refractory else Scope(OFF, "no refractory time")


def _graded_input(s: Subject) -> Scope:
    return Scope(OFF, "needs graded inputs") if s.unit is not None else Scope(CLAIMED)


_ALL = (
    Law("output", "the answer is a spike train, of one value per sample on a clock", _spikewise.output, _always),
    Law("silence", "no input or zero input: no spike", _spikewise.silence, _always),
    Law(
        "lattice",
        "every weight is the number nearest to a multiple of the threshold (+-1 unless modulo)",
        _spikewise.lattice,
        _always,
    ),
    Law("firing", "fires where |u| >= threshold after its own spikes, nowhere else", _spikewise.firing, _always),
    Law("size", "a spike takes as many thresholds as the reset says", _spikewise.size, _always),
    Law("sign", "a spike has the sign of the potential", _spikewise.sign, _always),
    Law("exact", "the same spikes as the exact operator, one by one", _spikewise.exact, _always),
    Law("quantization", "||L(f) - f||_{A,alpha} < threshold, spikes as counts", _bounds.quantization, _count_bound),
    Law(
        "quantization-floats",
        "||L(f) - f||_{A,alpha} < threshold, weights as the floats they are",
        _bounds.quantization_floats,
        _float_bound,
    ),
    Law("budget", "at all times, sum |s| <= sum |a|", _bounds.budget, _no_refractory),
    Law("refractory", "spikes are at least the refractory time apart", _bounds.refractory, _refractory),
    Law("decay", "after a wait d, a silent pulse a has left a exp(-alpha d)", _probes.decay, _graded_input),
    Law("remainder", "after a spike the potential is what the reset says", _probes.remainder, _graded_input),
    Law("causality", "what comes later changes nothing earlier", _metamorphic.causality, _always),
    Law("fresh", "a run does not know of the run before", _metamorphic.fresh, _always),
    Law("odd", "L(-f) = -L(f)", _metamorphic.odd, _bipolar),
    Law("shift", "the same input later: the same spikes, as much later", _metamorphic.shift, _always),
    Law("scale", "L_{c threshold}(c f) = c L(f)", _metamorphic.scale, _given("family")),
    Law("idempotence", "L(L(f)) = L(f)", _metamorphic.idempotence, _no_refractory),
    Law("chunks", "pieces one after the other: the spikes of the whole", _metamorphic.chunks, _given("stream")),
    Law("simultaneous", "events at equal times count as their sum", _metamorphic.simultaneous, _equal_times),
    Law("zeros", "zero weights cause nothing", _metamorphic.zeros, _zeros),
)  # fmt: skip

LAWS: dict[str, Law] = {law.name: law for law in _ALL}
