r"""Decoders are callable values: ``decoder(enc)`` is a signal, ``decoder.decode(enc)`` the signal and a report.

Every decoder works on point samples of the leaky integral v (`_known.py`), from which f = v' + alpha v; send-on-delta
samples g = v itself. A member says two things of one train: `_solve(known)`, the curve, and `_condition(known)`, which
recovery condition holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spikemath.decoders._known import Known, known_of
from spikemath.operators import Encoding
from spikemath.signals import Signal, Signals
from spikemath.signals.checks import real_number
from spikemath.signals.many import channels

HOLDS, FAILS, UNKNOWN = "holds", "fails", "unknown"


class DecodingWarning(UserWarning):
    """The decoded curve may be wrong, and why. The same sentence stands in ``report.warnings``.

    Examples
    --------
    >>> import spikemath as sm
    >>> issubclass(sm.decoders.DecodingWarning, UserWarning)
    True
    """


@dataclass(frozen=True)
class Condition:
    """Whether a condition for recovery holds for one train; true only if it does.

    Attributes
    ----------
    name : str
        Which condition: "consistency", "density", "max gap", "recoverability", ...
    verdict : {"holds", "fails", "unknown"}
        "unknown": the condition is only sufficient (or only necessary), and the train does not settle it.
    statement : str
        What is compared, in words.
    value, limit : float or None
        The two sides of the comparison, where there is one.
    numbers : tuple of (str, float)
        What else was measured.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
    >>> c = sm.decoders.Linear().condition(enc)
    >>> c.name, c.verdict, bool(c)
    ('consistency', 'holds', True)
    """

    name: str
    verdict: str
    statement: str
    value: float | None = None
    limit: float | None = None
    numbers: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == HOLDS

    def __str__(self) -> str:
        sides = "" if self.value is None or self.limit is None else f" ({self.value:.6g} against {self.limit:.6g})"
        return f"{self.name}: {self.verdict}. {self.statement}{sides}"


@dataclass(frozen=True)
class Report:
    """Health figures of one decoding. What does not apply is None.

    Attributes
    ----------
    decoder : Decoder
        What decoded.
    spikes : int
        Number of spikes.
    samples : int
        Number of instants at which the leaky integral was known and used.
    max_gap : float or None
        The longest time between two of them, in units of time.
    condition : Condition
        Which recovery condition holds.
    spikes_per_nyquist : float or None
        Spikes per Nyquist interval 1/(2 bandwidth), for decoders that have a bandwidth.
    iterations : int or None
        Of an iterative solver.
    residual : float or None
        Largest distance, or for an iterative solver the relative one, between the curve and the samples.
    estimated_error : float or None
        Estimate of the largest error of the curve, in its units; not a bound.
    bound : float or None
        Guaranteed bound of sup |v - decoded v|, if there is one (for send-on-delta v is the signal).
    penalty : float or None
        The smoothing parameter that was used.
    warnings : tuple of str
        What may be wrong.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.SendOnDelta(0.25).encode(sm.Signal.from_samples([0.0, 1.0, 0.5], fs=1.0, hold="linear"))
    >>> report = sm.decoders.Hold().decode(enc).report
    >>> report.spikes, report.bound
    (6, 0.25)
    """

    decoder: Any
    spikes: int
    samples: int
    max_gap: float | None
    condition: Condition
    spikes_per_nyquist: float | None = None
    iterations: int | None = None
    residual: float | None = None
    estimated_error: float | None = None
    bound: float | None = None
    penalty: float | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = [f"{self.decoder!r}: {self.spikes} spikes, {self.samples} samples, {self.condition}"]
        names = ("spikes_per_nyquist", "max_gap", "iterations", "residual", "estimated_error", "bound", "penalty")
        figures = [(name, getattr(self, name)) for name in names]
        shown.append(", ".join(f"{name.replace('_', ' ')} {x:.6g}" for name, x in figures if x is not None))
        return "\n".join([*filter(None, shown), *(f"warning: {w}" for w in self.warnings)])


@dataclass(frozen=True)
class Decoded:
    """What a decoder gives: the signal and the report (for many channels, Signals and a tuple of reports).

    Attributes
    ----------
    signal : Signal or Signals
        The reconstruction, on the domain of the spikes.
    report : Report or tuple of Report
        Health figures.

    Examples
    --------
    >>> import spikemath as sm
    >>> enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
    >>> decoded = sm.decoders.Linear().decode(enc)
    >>> round(decoded.signal(1.5), 9), decoded.report.spikes
    (2.0, 12)
    """

    signal: Any
    report: Any


@dataclass(frozen=True)
class Solution:
    """What a member's `_solve` gives: the signal with the bias off, and the figures of Report that it knows."""

    signal: Signal
    figures: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Decoder:
    """Common part of all decoders: callable values, comparable and printable.

    A member is a frozen dataclass with `_solve` and `_condition`.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.decoders.Spline(degree=5) == sm.decoders.Spline(5), isinstance(sm.decoders.Hold(), sm.decoders.Decoder)
    (True, True)
    """

    def __call__(self, enc: Any, operator: Any = None, *, bias: float = 0.0) -> Any:
        """The reconstruction: a Signal, or Signals for many channels; arguments as for :meth:`decode`."""
        return self.decode(enc, operator, bias=bias).signal

    def decode(self, enc: Any, operator: Any = None, *, bias: float = 0.0) -> Decoded:
        """The reconstruction and a report on it.

        Parameters
        ----------
        enc : Encoding, SpikeTrain or SpikeTrains
            What was sent. An Encoding knows its operator.
        operator : LIF, IF or SendOnDelta, optional
            What encoded; needed for a bare train.
        bias : float
            A constant that had been added to the signal before it was encoded; it is taken off again.

        Returns
        -------
        Decoded
            ``signal`` on the domain of the spikes, and ``report``.

        Raises
        ------
        ValueError
            Too few spikes for this decoder, a train that the operator cannot have sent, or an operator that does not
            determine the signal.
        TypeError
            No operator, or no train.

        Warns
        -----
        DecodingWarning
            The curve may be wrong; the same sentences stand in the report.

        Examples
        --------
        >>> import spikemath as sm
        >>> sif = sm.IF(0.25)
        >>> spikes = sif(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
        >>> round(sm.decoders.Linear().decode(spikes, sif).signal(0.5), 9)
        1.0
        """
        trains, many = self._split(enc, operator, bias)
        made = [self._one(known) for known in trains]
        warn(w for _, report in made for w in report.warnings)
        if many:
            return Decoded(Signals(signal for signal, _ in made), tuple(report for _, report in made))
        return Decoded(*made[0])

    def condition(self, enc: Any, operator: Any = None) -> Any:
        """Which recovery condition holds for these spikes; a list of conditions for many channels.

        Parameters
        ----------
        enc, operator
            As for :meth:`decode`.

        Returns
        -------
        Condition or list of Condition

        Examples
        --------
        >>> import spikemath as sm
        >>> enc = sm.IF(0.25).encode(sm.Signal.from_samples([1.0, 2.0], fs=1.0))
        >>> print(sm.decoders.Hold().condition(enc))
        tube: holds. the held sum is within one threshold of the leaky integral (0.25 against 0.25)
        """
        trains, many = self._split(enc, operator, 0.0)
        found = [self._condition(known) for known in trains]
        return found if many else found[0]

    def _split(self, enc: Any, operator: Any, bias: Any) -> tuple[list[Known], bool]:
        known = real_number(bias, "bias")
        if isinstance(enc, Encoding):
            if operator is not None and operator != enc.operator:
                raise ValueError(f"operator = {operator!r} did not make this encoding: {enc.operator!r} did")
            operator = enc.operator
            ends = enc.potential
        else:
            ends = None
        spikes = enc.spikes if isinstance(enc, Encoding) else enc
        members = channels(spikes)
        if members is None:
            return [known_of(spikes, operator, known, ends)], False
        potentials = [None] * len(members) if ends is None else [float(p) for p in ends]
        return [known_of(s, operator, known, p) for s, p in zip(members, potentials, strict=True)], True

    def _one(self, known: Known) -> tuple[Signal, Report]:
        made = self._solve(known)
        figures: dict[str, Any] = {
            "samples": int(known.exact.sum()),
            "max_gap": known.max_gap,
            "warnings": (*known.warnings, *made.warnings),
        }
        figures |= {"condition": self._condition(known), **made.figures}
        return made.signal, Report(decoder=self, spikes=known.spikes, **figures)

    # what a member says

    def _solve(self, known: Known) -> Solution:
        raise NotImplementedError

    def _condition(self, known: Known) -> Condition:
        raise NotImplementedError


def warn(sentences: Iterable[str]) -> None:
    """Each sentence once, as a DecodingWarning of the caller's line."""
    for sentence in dict.fromkeys(sentences):
        warnings.warn(sentence, DecodingWarning, stacklevel=_outside())


def _outside() -> int:
    """The stack level of the first caller outside this package's decoders."""
    import sys

    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("spikemath.decoders"):
        frame = frame.f_back
        level += 1
    return level
