r"""A layer: neurons that each integrate a weighted sum of spike trains.

    out_j = LIF_j( sum_i w_ji s_i(. - d_ji) )

Sums and products are those of real numbers: a synaptic weight times a count times a threshold is an exact sum of a few
floats, and a spike arrives at exactly its time plus the delay. So a layer is, spike for spike, what the operators make
of the weighted sums, ties and simultaneous spikes included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikemath.networks._dense import Rules, rules_of
from spikemath.operators import IF, LIF
from spikemath.signals.checks import FloatArray, float_array
from spikemath.signals.immutable import Immutable


class Layer(Immutable):
    """Neurons on weighted sums of spike trains.

    Parameters
    ----------
    weights : array_like, shape (neurons, inputs)
        Synaptic weights, finite; any sign. Sparse matrices of scipy are made dense. Zero: no synapse.
    neuron : LIF, IF, or a sequence of them
        What every neuron does, or one operator for each: thresholds, leaks, resets, refractory times and polarities
        may differ.
    delays : float or array_like, shape (inputs,) or (neurons, inputs), optional
        Time that a spike takes, >= 0: for all synapses, for each input, or for each synapse.

    Raises
    ------
    ValueError, TypeError
        Shapes that do not fit, numbers that are not finite, negative delays, neurons that are not exact LIF or IF.

    Notes
    -----
    A layer is called with trains, as a network of one layer is: see :class:`Network`.

    Examples
    --------
    >>> import spikemath as sm
    >>> layer = sm.networks.Layer([[0.5, 0.75], [1.0, -1.0]], sm.LIF(1.0, alpha=0.5))
    >>> layer([sm.SpikeTrain([0.0, 1.0]), sm.SpikeTrain([0.0, 1.0])]).counts
    array([1, 1])
    """

    __slots__ = ("_cache", "delays", "neurons", "rules", "weights")

    weights: FloatArray
    delays: FloatArray | None
    neurons: tuple[Any, ...]
    rules: Rules
    _cache: dict[Any, Any]

    def __init__(self, weights: Any, neuron: Any, delays: Any = None) -> None:
        w = matrix(weights, "weights")
        neurons = _sequence([neuron] * w.shape[0] if isinstance(neuron, LIF | IF) else neuron, w.shape[0])
        rules = rules_of(tuple(n._settings for n in neurons))
        fields: dict[str, Any] = {
            "weights": w,
            "delays": delays_of(delays, w.shape),
            "neurons": neurons,
            "rules": rules,
            "_cache": {},
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def inputs(self) -> int:
        """Number of input channels."""
        return int(self.weights.shape[1])

    def __len__(self) -> int:
        return int(self.weights.shape[0])

    def __call__(self, trains: Any, until: float | None = None) -> Any:
        """The spikes of every neuron; see :class:`Network`."""
        from spikemath.networks.network import Network

        return Network([self])(trains, until=until)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer):
            return NotImplemented
        same = same_delays(self.delays, other.delays)
        return same and self.neurons == other.neurons and np.array_equal(self.weights, other.weights)

    def __hash__(self) -> int:
        return hash((self.weights.tobytes(), self.neurons))

    def __reduce__(self) -> Any:
        return Layer, (self.weights, self.neurons, self.delays)

    def __repr__(self) -> str:
        kind = repr(self.neurons[0]) if len(set(self.neurons)) == 1 else f"{len(set(self.neurons))} kinds of neurons"
        late = "" if self.delays is None else ", with delays"
        return f"Layer({self.inputs} -> {len(self)}, {kind}{late})"


def matrix(weights: Any, name: str) -> FloatArray:
    """A read-only matrix that is nobody else's."""
    if hasattr(weights, "toarray"):
        weights = weights.toarray()
    w = np.array(float_array(weights, name, ndim=(2,)), order="C") + 0.0
    if not w.shape[0] or not w.shape[1]:
        raise ValueError(f"{name} has shape {w.shape}: at least one neuron and one input are needed")
    w.flags.writeable = False
    return w


def delays_of(delays: Any, shape: tuple[int, int]) -> FloatArray | None:
    """None, one delay per input, or one per synapse where those of an input differ."""
    if delays is None:
        return None
    d = float_array(delays, "delays", ndim=(0, 1, 2))
    if d.ndim == 0:
        d = np.full(shape[1], float(d))
    if d.shape not in ((shape[1],), shape):
        raise ValueError(f"delays has shape {d.shape}, weights has shape {shape}: one number, {shape[1]} or all")
    if (d < 0.0).any():
        where = tuple(int(i) for i in np.argwhere(d < 0.0)[0])
        raise ValueError(f"delays{list(where)} = {d[where]!r} must be >= 0")
    if d.ndim == 2 and (d == d[0]).all():
        d = d[0]
    if not d.any():
        return None
    d = np.array(d, order="C") + 0.0
    d.flags.writeable = False
    return d


def same_delays(a: FloatArray | None, b: FloatArray | None) -> bool:
    """Whether delays are equal."""
    return (a is None and b is None) or (a is not None and b is not None and np.array_equal(a, b))


def _sequence(neuron: Any, n: int) -> tuple[Any, ...]:
    if not isinstance(neuron, Sequence):
        raise TypeError(f"neuron must be a LIF, an IF, or a sequence of them, got {type(neuron).__name__}")
    neurons = tuple(neuron)
    if len(neurons) != n:
        raise ValueError(f"neuron has length {len(neurons)}, weights has {n} rows: they must be equal")
    for j, one in enumerate(neurons):
        if not isinstance(one, LIF | IF):
            raise TypeError(f"neuron[{j}] must be a LIF or an IF, got {type(one).__name__}")
        if one.arithmetic != "exact":
            raise ValueError(
                f'neuron[{j}] has arithmetic={one.arithmetic!r}: networks are exact, so it must be "exact"'
            )
    return neurons
