"""Try a neuron on random inputs, and say which laws it keeps.

Two passes. The survey judges every law on every input and keeps the worst ratio. Then, for each law that failed,
hypothesis generates the same inputs again and shrinks the first failing one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, assume, given, seed, settings
from hypothesis.errors import FlakyFailure

from spikemath.conformance._finding import Finding, Runs
from spikemath.conformance._inputs import Case, cases
from spikemath.conformance._reference import Rule, Undecided
from spikemath.conformance._seed import chosen
from spikemath.conformance._subject import KINDS, NeuronError, Subject, is_factory
from spikemath.conformance.laws import CLAIMED, LAWS, OBSERVED, OFF, Law, Scope
from spikemath.conformance.report import Counterexample, LawResult, Report
from spikemath.signals.checks import nonnegative as _nonnegative
from spikemath.signals.checks import positive, real_number

RESETS = ("modulo", "subtract", "zero")
SHRINK_TRIES = 200  # per law; counted, not timed, so that the same seed gives the same report


def check(
    neuron: Any,
    threshold: float = 1.0,
    alpha: float = 0.0,
    reset: str = "modulo",
    kind: str = "events",
    *,
    beta: float | Fraction | None = None,
    dt: float = 1.0,
    refractory: float = 0.0,
    one_sided: bool = False,
    nonnegative: bool = False,
    unit_spikes: bool | float = False,
    amplitude: float | None = None,
    margin: float = 0.0,
    tolerance: float | None = None,
    dtype: str = "float64",
    output: str = "weights",
    weights: str = "counts",
    claims: Iterable[str] | None = None,
    convert: Callable[[Any], Any] | None = None,
    family: Callable[[float], Any] | None = None,
    stream: Callable[[], Any] | None = None,
    examples: int = 200,
    size: int = 20,
    seed: int | None = None,
    name: str | None = None,
    shrink: bool = True,
) -> Report:
    """Try a neuron on inputs aimed at its mistakes, and report law by law what holds and what fails.

    Parameters
    ----------
    neuron : callable
        kind "events": ``neuron(times, weights)`` gives ``(times, weights)`` or a SpikeTrain. kind "samples":
        ``neuron(x)`` gives one spike weight per sample. kind "steps": a factory (class or function without
        arguments) of step functions ``step(x_k)``, or one such object with ``reset()``.
    threshold : float
        Threshold, > 0.
    alpha : float
        Leak, 1/time, >= 0. On a clock the decay per step is exp(-alpha dt), exactly.
    reset : {"modulo", "subtract", "zero"}
        The reset that the neuron implements.
    kind : {"events", "samples", "steps"}
        Free weighted events, a whole recording on a clock, or sample by sample.
    beta : float or fractions.Fraction, optional
        On a clock: decay per step, in [0, 1], taken exactly as given. Instead of alpha and dt.
    dt : float
        Step of the clock, > 0. Step k is at exactly k / fs with fs = 1/dt as a float64.
    refractory : float
        Refractory time, >= 0 (on a clock: in steps).
    one_sided : bool
        The neuron fires at +threshold only.
    nonnegative : bool
        Only inputs >= 0 are claimed.
    unit_spikes : bool or float
        Only inputs that are 0 or a unit are claimed (True: 1.0).
    amplitude : float, optional
        Only inputs of at most this size are claimed.
    margin : float
        Only inputs are claimed on which the ideal potential stays this far (in thresholds) from every decision. 0 asks
        for exact decisions at ties; 1e-4 or so asks for the right model and forgives rounding.
    tolerance : float, optional
        Of the potential in the laws "decay" and "remainder", in thresholds. Default: 1e-9, for float32 1e-5.
    dtype : {"float64", "float32"}
        Number type of inputs, threshold and beta.
    output : {"weights", "counts"}
        Whether spikes come as weights, or as counts of thresholds (such as 0 and 1).
    weights : {"counts", "floats"}
        How spike weights are meant: as the exact multiples of the threshold that they are nearest to, or as the floats
        they are.
    claims : iterable of str, optional
        The laws that the neuron claims. Default: all that the theory proves for these settings.
    convert : callable, optional
        Makes the neuron's input of a NumPy array, for example ``torch.from_numpy``.
    family : callable, optional
        ``family(threshold)`` gives the neuron with another threshold; adds the law "scale".
    stream : callable, optional
        ``stream()`` gives a fresh neuron that is called with piece after piece; adds the law "chunks".
    examples : int
        Number of random inputs, >= 1.
    size : int
        Largest number of events or samples, >= 1.
    seed : int, optional
        Makes the run repeatable. The seed of a run is in its report.
    name : str, optional
        Title of the report.
    shrink : bool
        Whether to look for the smallest failing inputs.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        An option is out of range, or two contradict each other.

    Examples
    --------
    >>> import spikemath as sm
    >>> lif = sm.LIF(0.3, alpha=1.0)
    >>> report = sm.conformance.check(lambda t, a: lif(sm.SpikeTrain(t, a)), 0.3, 1.0, examples=20, seed=1)
    >>> report.ok
    True
    >>> def forgetful(x):  # fires at the threshold, and keeps nothing of what exceeds it
    ...     u, out = 0.0, []
    ...     for a in x:
    ...         u += a
    ...         out.append(float(int(u)))
    ...         u = 0.0 if out[-1] else u
    ...     return out
    >>> report = sm.conformance.check(forgetful, kind="samples", examples=50, seed=1)
    >>> "quantization" in report.failing, "remainder" in report.failing, "lattice" in report.failing
    (True, True, False)
    """
    subject = make_subject(
        **{k: v for k, v in locals().items() if k not in ("claims", "examples", "seed", "name", "shrink")}
    )
    claimed = claimed_laws(claims)
    if examples < 1:
        raise ValueError(f"examples = {examples} must be >= 1")
    number = chosen(seed)
    began = time.perf_counter()
    results = {law.name: _start(law, subject, claimed) for law in LAWS.values()}
    _survey(subject, results, examples, number)
    if shrink:
        for result in results.values():
            if result.verdict == "fails":
                _first_failure(LAWS[result.name], subject, result, examples, number, True)
    title = str(name or getattr(neuron, "__name__", type(neuron).__name__))
    return Report(title, describe(subject), results, examples, number, time.perf_counter() - began)


def check_law(
    law: str, neuron: Any, *, examples: int = 200, seed: int | None = None, shrink: bool = True, **options: Any
) -> LawResult:  # fmt: skip
    """One law, up to the first input on which it fails; arguments as in :func:`check`."""
    subject = make_subject(neuron, **options)
    result = _start(LAWS[law], subject, None)
    number = chosen(seed)
    if result.judged:
        _first_failure(LAWS[law], subject, result, examples, number, shrink)
    return result


def claimed_laws(claims: Iterable[str] | None) -> set[str] | None:
    """The names, checked."""
    if claims is None:
        return None
    names = {claims} if isinstance(claims, str) else set(claims)
    unknown = sorted(names - LAWS.keys())
    if unknown:
        raise ValueError(f"claims names no law: {', '.join(unknown)}; there are {', '.join(LAWS)}")
    return names


def _one_of(value: Any, name: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} = {value!r} must be one of {', '.join(allowed)}")


def make_subject(
    neuron: Any, threshold: Any = 1.0, alpha: Any = 0.0, reset: str = "modulo", kind: str = "events", *,
    beta: Any = None, dt: Any = 1.0, refractory: Any = 0.0, one_sided: bool = False, nonnegative: bool = False,
    unit_spikes: Any = False, amplitude: Any = None, margin: Any = 0.0, tolerance: Any = None, dtype: str = "float64",
    output: str = "weights", weights: str = "counts", convert: Any = None, family: Any = None, stream: Any = None,
    size: int = 20,
) -> Subject:  # fmt: skip
    """Check the options of :func:`check`, and put them into exact numbers."""
    for value, title, allowed in (
        (kind, "kind", KINDS),
        (reset, "reset", RESETS),
        (dtype, "dtype", ("float64", "float32")),
        (output, "output", ("weights", "counts")),
        (weights, "weights", ("counts", "floats")),
    ):
        _one_of(value, title, allowed)
    if not callable(neuron):
        raise TypeError(f"neuron must be callable, got {type(neuron).__name__}")
    if kind == "steps" and not (callable(getattr(neuron, "reset", None)) or is_factory(neuron)):
        raise TypeError(
            'kind "steps" needs a factory without arguments, or an object with reset(): else a run cannot begin afresh'
        )
    clocked = kind != "events"
    leak = _nonnegative(alpha, "alpha")
    if beta is not None:
        if not clocked:
            raise ValueError("beta is a decay per step: it needs kind samples or steps")
        if leak:
            raise ValueError("both alpha and beta given: exactly one says how the potential decays")
        beta = Fraction(_typed(real_number(beta, "beta"), dtype)) if not isinstance(beta, Fraction) else beta
        if not 0 <= beta <= 1:
            raise ValueError(f"beta = {float(beta)!r} must be in [0, 1]")
    rate = float(1.0 / positive(dt, "dt"))
    if size < 1:
        raise ValueError(f"size = {size} must be >= 1")
    unit = 1.0 if unit_spikes is True else (positive(unit_spikes, "unit_spikes") if unit_spikes else None)
    rule = Rule(
        Fraction(_typed(positive(threshold, "threshold"), dtype)),
        reset,
        Fraction(leak) / (Fraction(rate) if clocked else 1),
        beta,
        Fraction(_nonnegative(refractory, "refractory")),
        not one_sided,
        clocked,
    )
    slack = (1e-9 if dtype == "float64" else 1e-5) if tolerance is None else positive(tolerance, "tolerance")
    return Subject(
        neuron, rule, kind, leak, rate, bool(nonnegative), unit,
        None if amplitude is None else positive(amplitude, "amplitude"), _nonnegative(margin, "margin"),
        dtype, weights, output, convert, family, stream, Fraction(slack), int(size),
    )  # fmt: skip


def _typed(x: float, dtype: str) -> float:
    return x if dtype == "float64" else float(np.float32(x))


def describe(s: Subject) -> str:
    """The settings of a neuron, in one line."""
    rule = s.rule
    parts = [s.kind, f"reset {rule.reset}", f"threshold {float(rule.threshold):g}"]
    if rule.beta is not None:
        parts.append(f"beta {float(rule.beta):g}")
    else:
        parts.append(f"alpha {s.alpha:g}" + (f", dt {1 / s.rate:g}" if s.clocked and s.alpha else ""))
    if rule.refractory:
        parts.append(f"refractory {float(rule.refractory):g}" + (" steps" if s.clocked else ""))
    parts += [text for text, on in (("one-sided", not rule.bipolar), ("inputs >= 0", s.nonnegative)) if on]
    if s.unit is not None:
        parts.append(f"unit spikes of {s.unit:g}")
    if s.amplitude is not None:
        parts.append(f"inputs up to {s.amplitude:g}")
    if s.margin:
        parts.append(f"ties within {s.margin:g} not claimed")
    if s.dtype != "float64":
        parts.append(s.dtype)
    return ", ".join(parts)


def _start(law: Law, subject: Subject, claimed: set[str] | None) -> LawResult:
    scope = law.scope(subject)
    if scope.level == CLAIMED and claimed is not None and law.name not in claimed:
        scope = Scope(OBSERVED, "not among the claims")
    return LawResult(law.name, law.says, scope.level == CLAIMED, scope.level != OFF, scope.reason)


def _judge(law: Law, subject: Subject, case: Case, run: Runs) -> Finding | None:
    try:
        return law.judge(subject, case, run)
    except NeuronError as error:
        return Finding(False, (case.input,), f"the neuron {error}", "a spike train")


def _claimed(subject: Subject, case: Case, run: Runs) -> bool:
    """Whether the case stays clear of ties by the margin."""
    if not subject.margin:
        return True
    try:
        return run.reference(case.input).margin(subject.rule) >= subject.margin
    except Undecided:
        return False


def _survey(subject: Subject, results: dict[str, LawResult], examples: int, number: int) -> None:
    judged = [(LAWS[name], result) for name, result in results.items() if result.judged]

    def one(case: Case) -> None:
        run = Runs(subject)
        assume(_claimed(subject, case, run))
        for law, result in judged:
            try:
                finding = _judge(law, subject, case, run)
            except Undecided:
                result.undecided += 1
                continue
            if finding is not None:
                result.add(finding)

    _each(subject, one, examples, number, (Phase.generate,))


class _Enough(BaseException):
    """Leave hypothesis at once; it takes no BaseException for a failure of the test."""


def _first_failure(
    law: Law, subject: Subject, result: LawResult, examples: int, number: int, shrink: bool
) -> None:  # fmt: skip
    """Generate up to the first failure, and let hypothesis shrink it; the result keeps the smallest one seen."""
    searching = result.failed == 0  # after a survey all is counted, and what follows a failure is shrinking
    found, tries = False, 0

    def one(case: Case) -> None:
        nonlocal searching, found, tries
        run = Runs(subject)
        assume(_claimed(subject, case, run))
        tries += found
        if tries > SHRINK_TRIES:
            raise _Enough
        try:
            finding = _judge(law, subject, case, run)
        except Undecided:
            result.undecided += searching
            return
        if finding is None:
            return
        if searching:
            result.add(finding)
        if not finding.good:
            searching, found = False, True
            result.keep(Counterexample.of(finding))
            if not shrink:
                raise _Enough
            raise AssertionError

    try:
        _each(subject, one, examples, number, (Phase.generate, Phase.shrink))
    except (_Enough, AssertionError):
        pass
    except FlakyFailure:  # the neuron did not answer the same twice
        if result.failing is None:
            raise


def _each(subject: Subject, one: Callable[[Case], None], examples: int, number: int, phases: tuple[Phase, ...]) -> None:
    test: Any = seed(number)(given(cases(subject))(one))
    settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )(test)()
