"""Operators are callable values: ``lif(f)`` is the train, ``lif.encode(f)`` the train and all that is known of it."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from spikemath._encoder.encode_channels import encode_channels
from spikemath._encoder.encode_signal import encode_signal
from spikemath._encoder.encode_train import Progress, Run, encode_train
from spikemath._encoder.fast import encode_fast
from spikemath._encoder.found import Trains
from spikemath._encoder.recorded import multiplied, recorded
from spikemath._encoder.rules import Settings, check_budget, settings, spike_limit
from spikemath._numeric.threads import number_of, spread
from spikemath.operators._arrays import library, samples_of, served
from spikemath.operators.encoding import Encoding
from spikemath.operators.stream import Stream
from spikemath.signals.checks import per_channel, read_only
from spikemath.signals.exact_weights import column
from spikemath.signals.formula import Expression
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import Columns, SpikeTrains, channels
from spikemath.signals.signal import Signal
from spikemath.signals.spike_train import SpikeTrain


class Operator(Immutable):
    """Common part of LIF, IF and SendOnDelta."""

    __slots__ = ("_each", "_settings")
    _settings: Settings  # of all channels: threshold and alpha are tuples where they differ from channel to channel
    _each: tuple[Settings, ...]  # of every channel, or of any one
    _shown: tuple[str, ...] = ("threshold",)
    _differences = False  # whether it integrates differences of samples

    def _check(self, threshold: Any, alpha: Any, reset: Any, refractory: Any, bipolar: Any, arithmetic: Any) -> None:
        columns = [per_channel(threshold, "threshold"), per_channel(alpha, "alpha")]
        number = {len(c) for c in columns if isinstance(c, tuple)}
        if len(number) > 1:
            sizes = " and ".join(str(len(c)) for c in columns)
            raise ValueError(f"threshold and alpha have {sizes} channels: they must be equal")
        n = number.pop() if number else 1
        pairs = zip(*(c if isinstance(c, tuple) else (c,) * n for c in columns), strict=True)
        each = tuple(settings(t, a, reset, refractory, bipolar, arithmetic) for t, a in pairs)
        whole: Any = each[0]
        for i, name in enumerate(("threshold", "alpha")):
            if isinstance(columns[i], tuple):
                whole = whole._replace(**{name: tuple(getattr(s, name) for s in each)})
        object.__setattr__(self, "_settings", whole)
        object.__setattr__(self, "_each", each)

    @property
    def threshold(self) -> Any:
        """Threshold, > 0: in units of the signal times time (SendOnDelta: of the signal); or one per channel."""
        return _column(self._settings.threshold)

    @property
    def alpha(self) -> Any:
        """Leak, 1/time, >= 0; or one per channel."""
        return _column(self._settings.alpha)

    @property
    def channels(self) -> int | None:
        """How many channels the threshold or the leak were given for; None: they are the same for all."""
        s: Any = self._settings
        return next((len(x) for x in (s.threshold, s.alpha) if isinstance(x, tuple)), None)

    def _channel(self, i: int) -> Settings:
        """The settings of one channel."""
        return self._each[i if self.channels is not None else 0]

    def _check_channels(self, number: int | None) -> None:
        if self.channels is not None and self.channels != number:
            got = "one signal" if number is None else f"{number} channels"
            raise ValueError(f"the operator has settings for {self.channels} channels, and was given {got}")

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

    def __call__(
        self, f: Any, fs: float | None = None, t0: float = 0.0, hold: str = "zero", *, axis: int = -1, threads: int = 1
    ) -> Any:
        """The spikes of f: a SpikeTrain, or SpikeTrains for many channels; arguments as for :meth:`encode`."""
        return self.encode(f, fs, t0, hold, axis=axis, threads=threads).spikes

    def encode(
        self,
        f: Any,
        fs: float | None = None,
        t0: float = 0.0,
        hold: str = "zero",
        *,
        axis: int = -1,
        progress: Progress = None,
        threads: int = 1,
    ) -> Encoding:
        """The spikes of f with counts, potential at the end, and undecided cases.

        Parameters
        ----------
        f : Signal, SpikeTrain, Expression, Signals, SpikeTrains, or an array of samples
            What is encoded. (SendOnDelta takes no Expression: give IF its derivative.) Arrays need ``fs``; those of
            dask, zarr, h5py and xarray are encoded block by block.
        fs, t0, hold, axis
            For arrays, as for :meth:`Signal.from_samples`. A DataArray of xarray has them in its coordinate "time", and
            a dataset of zarr or h5py may have ``fs`` as an attribute.
        progress : callable, optional
            Called as ``progress(done, total)`` now and then, with samples, pieces or events of the current channel.
        threads : int
            How many threads share the channels; or, where there is one channel of more than a million samples held
            constant, its stretches (IF and SendOnDelta: reset "modulo", both signs, no refractory time). The answer
            does not depend on it.

        Returns
        -------
        Encoding

        Raises
        ------
        TooManySpikesError
            The output would not fit in memory; raised before it is computed.
        ValueError
            Not as many channels as the operator has thresholds or leaks.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.IF(0.5).encode(sm.Signal.from_samples([1.0, 1.0], fs=1.0)).counts
        array([1, 1, 1, 1])
        >>> sm.IF(0.5).encode([1.0, 1.0], fs=1.0).counts
        array([1, 1, 1, 1])
        """
        name = library(f)
        if name is not None:
            found: Encoding = served(self, f, name, fs, t0, hold, axis, progress, threads)
            return found
        f = samples_of(f, fs, t0, hold, axis)
        members = channels(f)
        self._check_channels(None if members is None else len(members))
        if members is None:
            g, run = self._one(f, self._each[0], progress, number_of(threads))
            op = self._each[0]
            spikes = SpikeTrain._from_counts(g._axis, run.hi, run.lo, run.counts, op.threshold, g._start, g._end)
            return Encoding(spikes, run.potential, run.undecided, self)
        rows = getattr(f, "_rows", None)
        rows = None if rows is None else multiplied(rows, f._factor)
        if rows is not None:
            together = self._held(rows, members[0]._axis, progress, threads)
            if together is not None:
                return together
        done = spread(lambda i: self._one(members[i], self._channel(i), progress), len(members), threads)
        potential = np.array([run.potential for _, run in done])
        potential.flags.writeable = False
        return Encoding(self._together(done), potential, sum(run.undecided for _, run in done), self)

    def _held(self, rows: Any, axis: Any, progress: Progress, threads: int) -> Encoding | None:
        """The spikes of many recordings, held constant, where one kernel takes them all."""
        ops = tuple(self._channel(i) for i in range(len(rows)))
        made = self._channels_of(rows, ops, axis.rate, progress, threads)
        if made is None:
            return None
        quanta, end = tuple(op.threshold for op in ops), (float(rows.shape[1]), 0.0)
        columns = Columns(axis, *made.spikes, quanta, (0.0, 0.0), end)
        made.potentials.flags.writeable = False
        return Encoding(SpikeTrains._from_columns(columns), made.potentials, made.undecided, self)

    def _channels_of(self, x: Any, ops: Any, rate: Fraction, progress: Progress, threads: int) -> Trains | None:
        """What the kernel for many channels finds."""
        return encode_channels(x, ops, rate, progress, threads)

    def _together(self, done: list[Any]) -> SpikeTrains:
        """The spikes of all channels, as columns where they share a time axis and a domain."""
        quanta = tuple(self._channel(i).threshold for i in range(len(done)))
        if len({(g._axis, g._start, g._end) for g, _ in done}) == 1:
            first = done[0][0]
            indptr = np.cumsum([0, *(run.counts.size for _, run in done)], dtype=np.int64)
            hi, lo, counts = (np.concatenate([getattr(run, x) for _, run in done]) for x in ("hi", "lo", "counts"))
            return SpikeTrains._from_columns(
                Columns(first._axis, hi, lo, counts, indptr, quanta, first._start, first._end)
            )
        return SpikeTrains(
            SpikeTrain._from_counts(g._axis, run.hi, run.lo, run.counts, quantum, g._start, g._end)
            for (g, run), quantum in zip(done, quanta, strict=True)
        )

    def stream(
        self, fs: float, channels: int | None = None, t0: float = 0.0, hold: str = "zero", *, start: int = 0
    ) -> Stream:  # fmt: skip
        """The operator on a recording that arrives in blocks: ``events, stream = stream.push(block)``.

        Parameters
        ----------
        fs : float
            Samples per unit of time, > 0.
        channels : int, optional
            Blocks have shape (channels, n). Default: they have shape (n,).
        t0 : float
            Time of sample 0.
        hold : {"zero", "linear"}
            As for :meth:`Signal.from_samples`.
        start : int
            Number of the first sample that will be pushed: it comes at t0 + start / fs.

        Returns
        -------
        Stream

        Examples
        --------
        >>> import spikemath as sm
        >>> events, stream = sm.IF(1.0).stream(fs=2.0).push([1.0, 1.5])
        >>> events.counts, stream.potential
        (array([1]), 0.25)
        """
        return Stream._begin(self, fs, channels, t0, hold, start)

    def _input(self, f: Any) -> Any:
        """What is integrated."""
        if not isinstance(f, Signal | SpikeTrain | Expression):
            kind = type(f).__name__
            raise TypeError(
                f"expected a Signal or SpikeTrain, got {kind}: wrap samples in Signal.from_samples(x, fs=...), or "
                "give fs"
            )
        return f

    def _one(self, f: Any, op: Settings, progress: Progress, threads: int = 1) -> tuple[Any, Run]:
        """What was integrated, and what the encoder found."""
        g = self._input(f)
        run = self._parallel(g, op, progress, threads) if threads > 1 else None
        if run is not None:
            return g, run
        if isinstance(g, Expression):
            from spikemath._encoder.encode_formula import encode_formula

            return g, encode_formula(g, op, progress)
        pure = isinstance(g, SpikeTrain) or not g._parts
        train = g if isinstance(g, SpikeTrain) else g._pulses
        if pure:
            most = _most(train, op)
            if most > spike_limit():
                check_budget(_mass(train), op.threshold, most)
        if op.arithmetic == "fast":
            return g, encode_fast(g, op, progress)
        return g, encode_train(train, op, progress) if pure else encode_signal(g, op, progress)

    def _parallel(self, f: Any, op: Settings, progress: Progress, threads: int) -> Run | None:
        """The same for a long recording whose stretches can be encoded at once; else None."""
        from spikemath.operators import _parallel

        x = recorded(f) if isinstance(f, Signal) else None
        if x is None or not _parallel.takes(op, x, threads, self._differences):
            return None
        return _parallel.encode_parallel(x, f._axis, op, threads, self._differences, progress)

    # values

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._settings == other._settings

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._settings))

    def __reduce__(self) -> Any:
        return _restore, (type(self), self._settings, self._each)

    def __repr__(self) -> str:
        s = self._settings
        values = ((name, getattr(s, name)) for name in self._shown)
        shown = [f"{name}={_brief(value) if isinstance(value, tuple) else repr(value)}" for name, value in values]
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


def _restore(kind: type, made: Settings, each: tuple[Settings, ...]) -> Any:
    self: Any = object.__new__(kind)
    object.__setattr__(self, "_settings", made)
    object.__setattr__(self, "_each", each)
    return self


def _column(x: Any) -> Any:
    """A setting as it is shown: a float, or a read-only array with one value per channel."""
    return read_only(np.array(x)) if isinstance(x, tuple) else x


def _brief(values: tuple[float, ...]) -> str:
    listed = ", ".join(map(repr, values if len(values) <= 4 else values[:2]))
    return f"[{listed}]" if len(values) <= 4 else f"[{listed}, ... {len(values)} channels]"


def _mass(train: SpikeTrain) -> Fraction:
    total = float(np.abs(train._terms).sum()) * (1.0 + 1e-9)
    if math.isfinite(total):
        return Fraction(total)
    return sum((abs(column(train._terms, i)) for i in range(len(train))), Fraction(0))


def _most(train: SpikeTrain, op: Settings) -> float:
    """A bound of the number of spikes that needs no look at the weights: one an event, or one a refractory time."""
    if op.refractory == 0.0:
        return float(len(train))
    t0, t1 = train._axis.instant(train._start), train._axis.instant(train._end)
    return float(min((t1 - t0) / Fraction(op.refractory) + 2, Fraction(2) ** 1000))
