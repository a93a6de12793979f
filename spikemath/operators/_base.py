"""Operators are callable values: ``lif(f)`` is the train, ``lif.encode(f)`` the train and all that is known of it."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._encoder.encode_signal import encode_signal
from spikemath._encoder.encode_train import Progress, Run, encode_train
from spikemath._encoder.fast import encode_fast
from spikemath._encoder.rules import Settings, check_budget, settings
from spikemath.operators.encoding import Encoding
from spikemath.signals.exact_weights import column
from spikemath.signals.formula import Expression
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import SpikeTrains, channels
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain


class Operator(Immutable):
    """Common part of LIF, IF and SendOnDelta."""

    __slots__ = ("_settings",)
    _settings: Settings
    _shown: tuple[str, ...] = ("threshold",)

    def _check(self, threshold: Any, alpha: Any, reset: Any, refractory: Any, bipolar: Any, arithmetic: Any) -> None:
        made = settings(threshold, alpha, reset, refractory, bipolar, arithmetic)
        object.__setattr__(self, "_settings", made)

    @property
    def threshold(self) -> float:
        """Threshold, > 0: in units of the signal times time (SendOnDelta: of the signal)."""
        return self._settings.threshold

    @property
    def alpha(self) -> float:
        """Leak, 1/time, >= 0."""
        return self._settings.alpha

    @property
    def reset(self) -> str:
        """The reset: modulo, subtract or zero."""
        return self._settings.reset

    @property
    def refractory(self) -> float:
        """Refractory time, >= 0."""
        return self._settings.refractory

    @property
    def bipolar(self) -> bool:
        """Whether it fires at both +threshold and -threshold."""
        return self._settings.bipolar

    @property
    def arithmetic(self) -> str:
        """exact or fast."""
        return self._settings.arithmetic

    def __call__(self, f: Any) -> Any:
        """The spikes of f: a SpikeTrain, or SpikeTrains for many channels."""
        return self.encode(f).spikes

    def encode(self, f: Any, *, progress: Progress = None) -> Encoding:
        """The spikes of f with counts, potential at the end, and undecided cases.

        Parameters
        ----------
        f : Signal, SpikeTrain, Expression, Signals or SpikeTrains
            What is encoded. (SendOnDelta takes no Expression: give IF its derivative.)
        progress : callable, optional
            Called as ``progress(done, total)`` now and then, with samples, pieces or events of the current channel.

        Returns
        -------
        Encoding

        Raises
        ------
        TooManySpikesError
            The output would not fit in memory; raised before it is computed.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.IF(0.5).encode(sm.Signal.from_samples([1.0, 1.0], fs=1.0)).counts
        array([1, 1, 1, 1])
        """
        members = channels(f)
        if members is None:
            spikes, run = self._one(f, progress)
            return Encoding(spikes, run.potential, run.undecided, self)
        runs = [self._one(member, progress) for member in members]
        potential = np.array([run.potential for _, run in runs])
        potential.flags.writeable = False
        return Encoding(SpikeTrains(s for s, _ in runs), potential, sum(run.undecided for _, run in runs), self)

    def _input(self, f: Any) -> Any:
        """What is integrated."""
        if not isinstance(f, Signal | SpikeTrain | Expression):
            kind = type(f).__name__
            raise TypeError(
                f"expected a Signal or SpikeTrain, got {kind}: wrap samples in Signal.from_samples(x, fs=...)"
            )
        return f

    def _one(self, f: Any, progress: Progress) -> tuple[SpikeTrain, Run]:
        g, op = self._input(f), self._settings
        if isinstance(g, Expression):
            from spikemath._encoder.encode_formula import encode_formula

            run = encode_formula(g, op, progress)
            return SpikeTrain._from_counts(g._axis, run.hi, run.lo, run.counts, op.threshold, g._start, g._end), run
        pure = isinstance(g, SpikeTrain) or not g._parts
        train = g if isinstance(g, SpikeTrain) else g._pulses
        if pure:
            most = math.inf if op.refractory > 0.0 else float(len(train))
            if most > 1e6:
                check_budget(_mass(train), op.threshold, _refractory_bound(train, op, most))
        if op.arithmetic == "fast":
            run = encode_fast(g, op, progress)
        elif pure:
            run = encode_train(train, op, progress)
        else:
            run = encode_signal(g, op, progress)
        spikes = SpikeTrain._from_counts(g._axis, run.hi, run.lo, run.counts, op.threshold, g._start, g._end)
        return spikes, run

    # values

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._settings == other._settings

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._settings))

    def __reduce__(self) -> Any:
        return _restore, (type(self), self._settings)

    def __repr__(self) -> str:
        s = self._settings
        shown = [f"{name}={getattr(s, name)!r}" for name in self._shown]
        shown.append(f"reset={s.reset!r}")
        if s.refractory:
            shown.append(f"refractory={s.refractory!r}")
        if not s.bipolar:
            shown.append("bipolar=False")
        if s.arithmetic != "exact":
            shown.append(f"arithmetic={s.arithmetic!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<code>{escape(repr(self))}</code>"


def _restore(kind: type, made: Settings) -> Any:
    self: Any = object.__new__(kind)
    object.__setattr__(self, "_settings", made)
    return self


def _mass(train: SpikeTrain) -> Fraction:
    total = float(np.abs(train._terms).sum()) * (1.0 + 1e-9)
    if math.isfinite(total):
        return Fraction(total)
    return sum((abs(column(train._terms, i)) for i in range(len(train))), Fraction(0))


def _refractory_bound(train: SpikeTrain, op: Settings, most: float) -> float:
    if op.refractory == 0.0:
        return most
    t0, t1 = train._axis.instant(train._start), train._axis.instant(train._end)
    return float(min((t1 - t0) / Fraction(op.refractory) + 2, Fraction(2) ** 1000))
