"""What is known about one run of a network: the spikes of every layer, weighted inputs, certificates, errors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikemath.networks._dense import in_steps
from spikemath.networks._events import Integers, Stream, trains_of
from spikemath.networks._exact import weighted_input
from spikemath.norms import alexiewicz_norm
from spikemath.signals.axis import Axis
from spikemath.signals.checks import FloatArray
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import SpikeTrains
from spikemath.signals.spike_train import SpikeTrain

if TYPE_CHECKING:
    from spikemath.networks.network import Network


class Errors(NamedTuple):
    """How far two runs are apart, in the leaky Alexiewicz norm.

    Attributes
    ----------
    inputs : numpy.ndarray
        Norm of the difference of every input, with leak ``alpha``.
    layers : tuple of numpy.ndarray
        Norm of the difference of every neuron's spikes, layer by layer, each with the neuron's own leak.
    alpha : float
        The leak of the input error.

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
    >>> a, b = (network.run([sm.SpikeTrain([0.0, 1.0], [w, 0.5])]) for w in (0.5, 0.75))
    >>> a.errors(b).inputs, a.errors(b).layers[-1]
    (array([0.25]), array([0.]))
    """

    inputs: FloatArray
    layers: tuple[FloatArray, ...]
    alpha: float


class Run(Immutable):
    """One run of a network; made by ``network.run(trains)``.

    Attributes
    ----------
    network : Network
        What was run.
    inputs : SpikeTrains
        The input, as events on one time grid.
    layers : tuple of SpikeTrains
        The spikes of every layer, one train per neuron.
    outputs : SpikeTrains
        Those of the last layer.
    exact : tuple of numpy.ndarray
        The neurons of every layer of which a float with its error bound could not decide every comparison, so that
        exact arithmetic did.
    undecided : int
        Comparisons that 1000 bits left open, and that fired. 0 without leak.

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[0.5], [2.5]], sm.LIF(1.0, alpha=0.0))])
    >>> run = network.run([sm.SpikeTrain([0.0, 1.0])])
    >>> run.outputs[1].counts, run.spikes, run.certify(0)[1].verdict
    (array([2, 3]), (3,), 'holds')
    """

    __slots__ = ("_clocked", "_given", "_made", "_streams", "exact", "network", "undecided")

    network: Network
    exact: tuple[Integers, ...]
    undecided: int
    _given: Stream
    _streams: tuple[Stream, ...]
    _clocked: bool
    _made: dict[int, SpikeTrains]

    def __init__(
        self, network: Network, given: Stream, streams: tuple[Stream, ...], exact: tuple[Integers, ...],
        undecided: int, clocked: bool,
    ) -> None:  # fmt: skip
        values: tuple[Any, ...] = (clocked, given, {}, streams, exact, network, undecided)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> Any:
        return Run, (self.network, self._given, self._streams, self.exact, self.undecided, self._clocked)

    def _layer(self, i: int) -> SpikeTrains:
        if i not in self._made:
            self._made[i] = trains_of(self._streams[i])
        return self._made[i]

    @property
    def inputs(self) -> SpikeTrains:
        """The input, as events on one time grid."""
        if -1 not in self._made:
            s = self._given
            order = np.argsort(s.channel, kind="stable")
            cut = np.searchsorted(s.channel[order], np.arange(s.size + 1))
            parts = [order[a:b] for a, b in pairwise(cut)]
            self._made[-1] = SpikeTrains(
                SpikeTrain._build(s.axis, s.hi[p], s.lo[p], s.rows[:, p], s.start, s.end) for p in parts
            )
        return self._made[-1]

    @property
    def layers(self) -> tuple[SpikeTrains, ...]:
        """The spikes of every layer."""
        return tuple(self._layer(i) for i in range(len(self._streams)))

    @property
    def outputs(self) -> SpikeTrains:
        """The spikes of the last layer."""
        return self._layer(len(self._streams) - 1)

    @property
    def spikes(self) -> tuple[int, ...]:
        """Number of spikes of every layer."""
        return tuple(int(s.hi.size) for s in self._streams)

    @property
    def axis(self) -> Axis:
        """The time grid of the run."""
        return self._given.axis

    def weighted_input(self, layer: int, neuron: int) -> SpikeTrain:
        """The exact train that a neuron integrated: the weighted sum of what reached it.

        Examples
        --------
        >>> import spikemath as sm
        >>> layer = sm.networks.Layer([[0.5, 0.25]], sm.IF(1.0), delays=[0.0, 1.0])
        >>> run = sm.networks.Network([layer]).run([sm.SpikeTrain([0.0, 1.0]), sm.SpikeTrain([0.0])])
        >>> run.weighted_input(0, 0).weights
        array([0.5 , 0.75])
        """
        sources = []
        for c in self.network._connections:
            if c.target == layer:
                stream = self._given if c.source < 0 else self._streams[c.source]
                sources.append((stream, c.weights[neuron], c.delay_of(neuron)))
        return weighted_input(sources, self._given.axis, self._given.start, self._streams[layer].end)

    def certify(self, layer: int | None = None, *, strict: bool = True) -> Any:
        """A certificate for every neuron: is its spike train within one threshold of its weighted input?

        Parameters
        ----------
        layer : int, optional
            One layer; all of them by default.
        strict : bool
            As for :func:`spikemath.certify`.

        Returns
        -------
        list of Certificate, or a list of such lists for all layers

        Examples
        --------
        >>> import spikemath as sm
        >>> run = sm.networks.Layer([[0.7]], sm.LIF(1.0, alpha=1.0, reset="zero"))
        >>> run = sm.networks.Network([run]).run([sm.SpikeTrain([0.0, 0.1, 0.2], [1.0, 1.0, 3.0])])
        >>> [certificate.verdict for certificate in run.certify(0)]
        ['fails']
        """
        from spikemath.certificates import certify

        if layer is None:
            return [self.certify(i, strict=strict) for i in range(len(self._streams))]
        settings = self.network.layers[layer].rules.settings
        return [
            certify(self.weighted_input(layer, j), out, settings[j].threshold, settings[j].alpha, strict=strict)
            for j, out in enumerate(self._layer(layer))
        ]

    def errors(self, other: Run, alpha: float | None = None) -> Errors:
        """How far another run, of the same or of a changed network, is from this one.

        Parameters
        ----------
        other : Run
            The run of the perturbed input or network.
        alpha : float, optional
            The leak of the input error. Default: that of the first layer, if it has but one.

        Returns
        -------
        Errors
        """
        from spikemath.networks._bounds import leak_of_input

        leak = leak_of_input(self.network, alpha)
        inputs = alexiewicz_norm(other.inputs - self.inputs, leak)
        layers = []
        for i, layer in enumerate(self.network.layers):
            pairs = zip(self._layer(i), other._layer(i), layer.rules.alpha.tolist(), strict=True)
            layers.append(np.array([alexiewicz_norm(b - a, leak) for a, b, leak in pairs]))
        return Errors(inputs, tuple(layers), leak)

    def rule(self, layer: int, neuron: int) -> Any:
        """The operator that a neuron applied; in a clocked run its refractory time is in whole steps."""
        one = self.network.layers[layer].neurons[neuron]
        if not self._clocked:
            return one
        made: Any = object.__new__(type(one))
        object.__setattr__(made, "_settings", in_steps(one._settings, self._given.axis))
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return self.network == other.network and self.inputs == other.inputs and self.layers == other.layers

    def __hash__(self) -> int:
        return hash((self.network, self.spikes))

    def __repr__(self) -> str:
        sent = " + ".join(map(str, self.spikes))
        return f"Run({self.network!r}, {self._given.hi.size} events in, {sent} spikes)"
