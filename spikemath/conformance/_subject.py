"""The neuron under test: what it claims, how it is called, and how its answer is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from spikemath.conformance._reference import Rule, Walk, coalesce, walk
from spikemath.signals import SpikeTrain
from spikemath.signals.checks import FloatArray, float_array

KINDS = ("events", "samples", "steps")


class NeuronError(Exception):
    """The neuron raised, or what it returned cannot be read as a spike train."""


class Input(NamedTuple):
    """What goes in: free events, or (times None) the samples of a clock."""

    times: tuple[float, ...] | None
    weights: tuple[float, ...]

    def __repr__(self) -> str:
        if self.times is None:
            return f"samples {_show(self.weights)}"
        return f"times {_show(self.times)}, weights {_show(self.weights)}"

    def events(self) -> list[tuple[Fraction, Fraction]]:
        """Exact events: every step of a clock, or the coalesced events."""
        weights = [Fraction(w) for w in self.weights]
        if self.times is None:
            return [(Fraction(k), w) for k, w in enumerate(weights)]
        return coalesce([Fraction(t) for t in self.times], weights)


@dataclass(frozen=True)
class Spikes:
    """What came out: distinct times (steps of a clock, or instants), weights as they are and as counts."""

    times: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    counts: tuple[int, ...]

    def __repr__(self) -> str:
        pairs = ", ".join(f"{_number(t)}: {k:+d}" for t, k in zip(self.times, self.counts, strict=True))
        return f"spikes {{{pairs}}}" if pairs else "no spike"

    def by_time(self) -> dict[Fraction, int]:
        """Counts by time."""
        return {t: k for t, k in zip(self.times, self.counts, strict=True) if k}

    def until(self, t: Fraction) -> dict[Fraction, int]:
        """Counts by time, up to and with t."""
        return {s: k for s, k in self.by_time().items() if s <= t}


def show(spikes: dict[Fraction, int]) -> str:
    """Counts by time, in words."""
    return repr(Spikes(tuple(spikes), tuple(Fraction(0) for _ in spikes), tuple(spikes.values())))


@dataclass(frozen=True)
class Subject:
    """A neuron with its claims; made and checked by :func:`spikemath.conformance.check`."""

    neuron: Any
    rule: Rule
    kind: str
    alpha: float = 0.0
    rate: float = 1.0
    nonnegative: bool = False
    unit: float | None = None
    amplitude: float | None = None
    margin: float = 0.0
    dtype: str = "float64"
    weights: str = "counts"
    output: str = "weights"
    convert: Callable[[Any], Any] | None = None
    family: Callable[[float], Any] | None = None
    stream: Callable[[], Any] | None = None
    tolerance: Fraction = Fraction(0)
    size: int = 20

    @property
    def clocked(self) -> bool:
        """Whether inputs are samples of a clock."""
        return self.rule.clocked

    def claims(self, x: Input) -> bool:
        """Whether the neuron claims to handle these weights."""
        w = x.weights
        if self.nonnegative and any(a < 0 for a in w):
            return False
        if self.amplitude is not None and any(abs(a) > self.amplitude for a in w):
            return False
        if self.unit is not None and any(abs(a) not in (0.0, self.unit) for a in w):
            return False
        return self.dtype == "float64" or all(float(np.float32(a)) == a for a in w)

    def reference(self, x: Input) -> Walk:
        """What should come out."""
        return walk(self.rule, x.events())

    # calling

    def run(self, x: Input, neuron: Any = None) -> Spikes:
        """What comes out of the neuron, or of another one of its kind."""
        neuron = self.neuron if neuron is None else neuron
        try:
            if self.kind == "steps":
                step = stepper(neuron)
                raw: Any = [step(self._array(w)) for w in x.weights]
            elif self.kind == "samples":
                raw = neuron(self._array(x.weights))
            else:
                raw = neuron(self._array(x.times, "float64"), self._array(x.weights))
        except Exception as error:
            raise NeuronError(f"raised {type(error).__name__}: {error}") from error
        return self.read(raw, x)

    def run_chunks(self, x: Input, edges: tuple[int, ...]) -> Spikes:
        """What comes out of a stream that is given the pieces between the edges, one after the other."""
        assert self.stream is not None
        bounds = (0, *edges, len(x.weights))
        times: list[Fraction] = []
        weights: list[Fraction] = []
        counts: list[int] = []
        try:
            piece_of = self.stream()
            for a, b in pairwise(bounds):
                part = Input(None if x.times is None else x.times[a:b], x.weights[a:b])
                if x.times is None:
                    raw = piece_of(self._array(part.weights))
                else:
                    raw = piece_of(self._array(part.times, "float64"), self._array(part.weights))
                got = self.read(raw, part)
                times += [t + a for t in got.times] if x.times is None else got.times
                weights += got.weights
                counts += got.counts
        except NeuronError:
            raise
        except Exception as error:
            raise NeuronError(f"raised {type(error).__name__}: {error}") from error
        return Spikes(tuple(times), tuple(weights), tuple(counts))

    def _array(self, values: Any, dtype: str | None = None) -> Any:
        array = np.array(values, dtype=dtype or self.dtype)
        if array.ndim == 0 and self.convert is None:
            return array[()]
        return array if self.convert is None else self.convert(array)

    # reading

    def read(self, raw: Any, x: Input) -> Spikes:
        """The answer as spikes; NeuronError where it is none."""
        try:
            return self._read(raw, x)
        except NeuronError:
            raise
        except (TypeError, ValueError, OverflowError) as error:
            raise NeuronError(f"returned no spike train: {error}") from error

    def _read(self, raw: Any, x: Input) -> Spikes:
        if x.times is None:
            values = plain(raw if self.kind != "steps" else [_scalar(v) for v in raw], "spikes")
            if values.size != len(x.weights):
                raise NeuronError(f"returned {values.size} values for {len(x.weights)} samples")
            steps = np.flatnonzero(values)
            return self._spikes([Fraction(int(k)) for k in steps], [Fraction(float(values[k])) for k in steps])
        if not isinstance(raw, SpikeTrain):
            if not isinstance(raw, tuple | list) or len(raw) != 2:
                raise NeuronError(f"returned {type(raw).__name__}: a SpikeTrain or (times, weights) is expected")
            raw = SpikeTrain(plain(raw[0], "times"), plain(raw[1], "weights"))
        return self._spikes(raw.exact_times(), raw.exact_weights())

    def _spikes(self, times: list[Fraction], weights: list[Fraction]) -> Spikes:
        theta = self.rule.threshold
        if self.output == "counts":
            weights = [w * theta for w in weights]
        return Spikes(tuple(times), tuple(weights), tuple(round(w / theta) for w in weights))


def stepper(neuron: Any) -> Any:
    """A neuron in its initial state: from a factory, or from an object with ``reset()``."""
    if not inspect.isclass(neuron) and callable(getattr(neuron, "reset", None)):
        neuron.reset()
        return neuron
    return neuron()


def is_factory(neuron: Any) -> bool:
    """Whether it can be called without arguments."""
    if inspect.isclass(neuron):
        return True
    try:
        inspect.signature(neuron).bind()
    except (TypeError, ValueError):
        return False
    return True


def plain(x: Any, name: str) -> FloatArray:
    """A float64 array of a NumPy array, a torch tensor or a sequence."""
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    return float_array(x, name)


def _scalar(x: Any) -> float:
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    return float(np.asarray(x, dtype=np.float64).reshape(()))


def _show(values: tuple[float, ...]) -> str:
    return f"[{', '.join(repr(v) for v in values)}]"


def _number(t: Fraction) -> str:
    if t.denominator == 1:
        return str(t.numerator)
    return repr(float(t)) if Fraction(float(t)) == t else f"{t}"
