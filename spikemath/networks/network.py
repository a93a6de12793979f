r"""Networks of layers: feed-forward, with links that skip layers or lead back.

    layer l:   out_j = LIF_j( sum_i w_ji s_i(. - d_ji) ),     s: spikes of layer l - 1 and of what is linked to l

Every cycle of synapses needs a positive delay, so that what a neuron does now depends on the past alone.

Feed-forward networks run layer by layer, all neurons of a layer at once (_dense_kernel.py); with links, or a delay for
every synapse, a network runs through one queue of arrivals (_queue_kernel.py). Both cost what the spikes
cost, and both decide as real numbers do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from spikemath._numeric.dd import pair_up
from spikemath.networks._dense import Synapses, Ticks, end_after, run_layer, synapses_of, ticks_of
from spikemath.networks._events import Stream, of_trains
from spikemath.networks._queue import Connection, Graph, QueueRun, graph_of
from spikemath.networks.layer import Layer, delays_of, matrix, same_delays
from spikemath.networks.run import Run
from spikemath.signals.axis import Axis, Coordinate
from spikemath.signals.checks import FloatArray, float_array, real_number
from spikemath.signals.immutable import Immutable
from spikemath.signals.many import SpikeTrains
from spikemath.signals.spike_train import SpikeTrain

MOST = 10_000_000


class Link(Immutable):
    """Synapses beside those from layer to layer: they skip layers, lead back, or stay within one.

    Parameters
    ----------
    source : int or "input"
        Number of the layer that sends, or the input of the network.
    target : int
        Number of the layer that receives.
    weights : array_like, shape (neurons of the target, channels of the source)
        Synaptic weights.
    delays : optional
        As those of a :class:`Layer`.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.Link(0, 0, [[0.5]], delays=2.0)
    Link(0 -> 0, 1 x 1, with delays)
    """

    __slots__ = ("delays", "source", "target", "weights")

    source: int
    target: int
    weights: FloatArray
    delays: FloatArray | None

    def __init__(self, source: Any, target: Any, weights: Any, delays: Any = None) -> None:
        w = matrix(weights, "weights")
        values = {
            "source": -1 if source == "input" else _number(source, "source"),
            "target": _number(target, "target"),
            "weights": w,
            "delays": delays_of(delays, w.shape),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> Any:
        return Link, ("input" if self.source < 0 else self.source, self.target, self.weights, self.delays)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Link):
            return NotImplemented
        return (
            (self.source, self.target) == (other.source, other.target)
            and np.array_equal(self.weights, other.weights)
            and same_delays(self.delays, other.delays)
        )

    def __hash__(self) -> int:
        return hash((self.source, self.target, self.weights.tobytes()))

    def __repr__(self) -> str:
        source = "input" if self.source < 0 else self.source
        late = "" if self.delays is None else ", with delays"
        return f"Link({source} -> {self.target}, {self.weights.shape[0]} x {self.weights.shape[1]}{late})"


class Network(Immutable):
    """Layers of LIF and IF neurons, event-driven and exact.

    Parameters
    ----------
    layers : sequence of Layer
        From the input to the output; a layer has as many inputs as the one before has neurons.
    links : sequence of Link, optional
        Further synapses. With those that lead back the network is recurrent; every cycle needs a positive delay.

    Raises
    ------
    ValueError
        Shapes that do not fit; a cycle of synapses without delay.

    Notes
    -----
    ``network(trains)`` gives the spikes of the last layer, one train per neuron, ``network.run(trains)`` those of all
    layers and what is known about them. Trains on several time grids are brought to one, which has to hold all of them
    exactly. A list of such inputs is a batch and gives a list of results.

    Spikes, counts and times are those of real arithmetic on the given floats; the arrival of a spike is exactly its
    time plus the delay, and a ValueError where a coordinate of two floats does not hold it. Only with a leak may a
    comparison stay open after 1000 bits; it fires, and is counted in ``run(...).undecided``.

    Examples
    --------
    >>> import spikemath as sm
    >>> first = sm.networks.Layer([[0.5], [1.5]], sm.LIF(1.0, alpha=1.0))
    >>> second = sm.networks.Layer([[1.0, -0.5]], sm.IF(0.5))
    >>> network = sm.networks.Network([first, second])
    >>> network([sm.SpikeTrain([0.0, 0.25, 1.0])]).times
    array([0.  , 0.25, 1.  ])
    """

    __slots__ = ("_cache", "_connections", "layers", "links")

    layers: tuple[Layer, ...]
    links: tuple[Link, ...]
    _connections: tuple[Connection, ...]
    _cache: dict[Any, Any]

    def __init__(self, layers: Iterable[Layer], links: Iterable[Link] = ()) -> None:
        kept, more = tuple(layers), tuple(links)
        if not kept:
            raise ValueError("layers is empty: at least one layer is needed")
        for i, layer in enumerate(kept):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers[{i}] must be a Layer, got {type(layer).__name__}")
            if i and layer.inputs != len(kept[i - 1]):
                raise ValueError(
                    f"layers[{i}] has {layer.inputs} inputs, layers[{i - 1}] has {len(kept[i - 1])} neurons"
                )
        connections = [Connection(i - 1, i, layer.weights, layer.delays) for i, layer in enumerate(kept)]
        for i, link in enumerate(more):
            connections.append(_connection(link, i, kept))
        object.__setattr__(self, "layers", kept)
        object.__setattr__(self, "links", more)
        object.__setattr__(self, "_connections", tuple(connections))
        object.__setattr__(self, "_cache", {})
        if not self._feed_forward:
            self._graph()

    @property
    def inputs(self) -> int:
        """Number of input channels."""
        return self.layers[0].inputs

    @property
    def _feed_forward(self) -> bool:
        return not self.links and all(c.delays is None or c.delays.ndim == 1 for c in self._connections)

    def _graph(self) -> Graph:
        if "graph" not in self._cache:
            self._cache["graph"] = graph_of(self.inputs, [layer.rules for layer in self.layers], self._connections)
        return self._cache["graph"]

    # running

    def __call__(self, trains: Any, *, until: float | None = None, max_spikes: int = MOST, workers: int = 1) -> Any:
        """The spikes of the last layer: SpikeTrains with one train per neuron; a list of them for a batch."""
        made = self.run(trains, until=until, max_spikes=max_spikes, workers=workers)
        return [run.outputs for run in made] if isinstance(made, list) else made.outputs

    def run(
        self, trains: Any, *, until: float | None = None, max_spikes: int = MOST, workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> Any:  # fmt: skip
        """The spikes of all layers, and what is known about them.

        Parameters
        ----------
        trains : SpikeTrains, SpikeTrain, sequence of SpikeTrain, or a list of such inputs (a batch)
            One train per input channel.
        until : float, optional
            Where the domain of every layer ends, and with it the run. Default: where the input ends, later by the
            delays on the way; in a recurrent network, where the input ends.
        max_spikes : int
            A layer, or a network with links, that sends more than this is stopped by an OverflowError.
        workers : int
            Threads that share a batch; the kernels run in parallel.
        progress : callable, optional
            Called as ``progress(done, total)`` after each input of a batch.

        Returns
        -------
        Run, or a list of them for a batch

        Examples
        --------
        >>> import spikemath as sm
        >>> layer = sm.networks.Layer([[1.0]], sm.IF(1.0))
        >>> loop = sm.networks.Network([layer], [sm.networks.Link(0, 0, [[1.0]], delays=0.5)])
        >>> loop.run([sm.SpikeTrain([0.0])], until=2.0).outputs.times
        array([0. , 0.5, 1. , 1.5, 2. ])
        """
        if isinstance(trains, list | tuple) and trains and not isinstance(trains[0], SpikeTrain):
            return self._batch(trains, until, max_spikes, workers, progress)
        return self._run(trains, until, max_spikes)

    def _batch(
        self, trains: Sequence[Any], until: float | None, most: int, workers: int, progress: Any
    ) -> list[Run]:  # fmt: skip
        from concurrent.futures import ThreadPoolExecutor

        found = []
        with ThreadPoolExecutor(max(1, workers)) as pool:
            run = pool.map if workers > 1 else map
            for one in run(lambda x: self._run(x, until, most), trains):
                found.append(one)
                if progress is not None:
                    progress(len(found), len(trains))
        return found

    def _run(self, trains: Any, until: float | None, max_spikes: int) -> Run:
        stream = of_trains(self._checked(trains))
        stop = None if until is None else self._stop(until, stream)
        return self._of_stream(stream, stop, max_spikes, None)

    def clocked(self, x: Any, fs: float, t0: float = 0.0) -> Run:
        """The clocked network: every step is visited, pulse or not, and every neuron tested at each.

        The same spikes as ``network.run(SpikeTrain.from_samples(x, fs, t0))``, bit for bit, where every refractory time
        is a whole number of steps (0 too) and no neuron resets by subtraction without a refractory time. Such a neuron
        is single-shot when driven by events, but here it is tested again at the next step: it is the event-driven
        neuron with a refractory time of one step. Any refractory time counts as the next whole number of steps.

        Parameters
        ----------
        x : array_like, shape (inputs, steps)
            Weight of the pulse at every step.
        fs : float
            Steps per unit of time, > 0.
        t0 : float
            Time of the first step.

        Returns
        -------
        Run

        Raises
        ------
        ValueError
            A delay is no whole number of steps.

        Examples
        --------
        >>> import spikemath as sm
        >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.LIF(1.0, alpha=0.5))])
        >>> x = [[0.75, 0.5, 0.0, 2.0]]
        >>> network.clocked(x, fs=1.0).outputs == network(sm.SpikeTrain.from_samples(x, fs=1.0))
        True
        """
        samples = float_array(x, "x", ndim=(2,))
        if not samples.shape[1]:
            raise ValueError("x has no steps: at least one is needed")
        trains = SpikeTrain.from_samples(samples, fs=fs, t0=t0)
        stream = of_trains(self._checked(trains))
        for c in self._connections:
            ticks = (
                [] if c.delays is None else [(d, Fraction(float(d)) * stream.axis.rate) for d in np.unique(c.delays)]
            )
            for d, tick in ticks:
                if tick.denominator != 1:
                    raise ValueError(f"delay {d!r} is {float(tick):g} steps at fs = {fs!r}: it must be a whole number")
        return self._of_stream(stream, None, MOST, samples.shape[1])

    def _of_stream(self, stream: Stream, stop: Coordinate | None, most: int, steps: int | None) -> Run:
        ends = self._ends(stream, stop)
        if not self._feed_forward:
            rules = [layer.rules for layer in self.layers]
            queue = QueueRun(stream, self._graph(), rules, self._connections, ends, most, steps is not None)
            streams = queue.run()
            cut = self._graph().offsets
            exact = tuple(np.nonzero(queue.asked[a:b])[0] for a, b in pairwise(cut))
            return Run(self, stream, tuple(streams), exact, int(queue.undecided_of.sum()), steps is not None)
        found, exact_in, undecided = [], [], 0
        inner = stream
        for layer, end in zip(self.layers, ends, strict=True):
            count = None if steps is None else int(end[0]) + 1
            inner, doubtful, open_ = run_layer(
                inner, layer.weights, layer.delays, layer.rules, self._synapses(layer, inner),
                end, self._ticks(layer, stream.axis, steps is not None), count, most,
            )  # fmt: skip
            found.append(inner)
            exact_in.append(doubtful)
            undecided += open_
        return Run(self, stream, tuple(found), tuple(exact_in), undecided, steps is not None)

    @staticmethod
    def _synapses(layer: Layer, stream: Stream) -> Synapses:
        key = "synapses", b"" if stream.unit is None else stream.unit.tobytes()
        if key not in layer._cache:
            layer._cache[key] = synapses_of(layer.weights, stream.unit)
        return layer._cache[key]

    @staticmethod
    def _ticks(layer: Layer, axis: Axis, clocked: bool) -> Ticks:
        key = "ticks", axis.rate, clocked
        if key not in layer._cache:
            layer._cache[key] = ticks_of(layer.rules, axis, clocked)
        return layer._cache[key]

    def _ends(self, stream: Stream, stop: Coordinate | None) -> list[Coordinate]:
        """Where the domain of every layer ends."""
        n = len(self.layers)
        if stop is None and any(c.source >= c.target for c in self._connections):
            stop = stream.end
        if stop is not None:
            return [stop] * n
        ends: list[Coordinate] = []
        for i in range(n):
            into = [(stream.end if c.source < 0 else ends[c.source], c) for c in self._connections if c.target == i]
            ends.append(max(end_after(stream._replace(end=end), c.delays) for end, c in into))
        return ends

    @staticmethod
    def _stop(until: Any, stream: Stream) -> Coordinate:
        end = pair_up(stream.axis.coordinate(Fraction(real_number(until, "until"))))
        if end < stream.start:
            raise ValueError(f"until = {until!r} is before the input begins")
        return end

    def _checked(self, trains: Any) -> Any:
        members = (trains,) if isinstance(trains, SpikeTrain) else trains
        if not isinstance(members, SpikeTrains):
            if not isinstance(members, Sequence):
                raise TypeError(f"expected one SpikeTrain per input channel, got {type(trains).__name__}")
            members = SpikeTrains(members)
        if len(members) != self.inputs:
            raise ValueError(f"{len(members)} trains do not fit {self.inputs} input channels")
        return members

    # errors

    def error_bounds(
        self, input_error: Any, *, alpha: float | None = None, duration: float | None = None,
        other: Network | None = None, run: Run | None = None,
    ) -> tuple[FloatArray, ...]:  # fmt: skip
        """Bounds of the errors of all neurons, one array per layer; see :meth:`error_bound`."""
        from spikemath.networks._bounds import error_bounds

        return error_bounds(self, input_error, alpha, duration, other, run)

    def error_bound(
        self, input_error: Any, *, alpha: float | None = None, duration: float | None = None,
        other: Network | None = None, run: Run | None = None,
    ) -> float:  # fmt: skip
        r"""How far the output can be off, in the leaky Alexiewicz norm, if the input is.

        For every neuron with reset to modulo and no refractory time (theory P7), strictly below

            err_j = sum_i |w_ji| err_i + threshold_j,

        and through a network by induction. Where leaks differ, an error measured with leak a counts
        1 + |b - a| (1 - exp(-b T)) / b times in a neuron with leak b. Around cycles the bound is the solution of the
        inequality, if the gain around is below 1. Else, and for other neurons, it is infinite.

        Parameters
        ----------
        input_error : float or array_like, shape (inputs,)
            Bound of \|s'_i - s_i\|_{A,alpha} for all inputs or for each, >= 0.
        alpha : float, optional
            The leak with which the input error is measured. Default: that of the first layer, if it has but one.
        duration : float, optional
            Length T of the domain; needed only where leaks differ and one is 0.
        other : Network, optional
            The network that gets s', if it has other thresholds (the larger one counts) or other weights (then `run`
            is needed, for \|sum_i (w'_ji - w_ji) s_i\| <= sum_i |w'_ji - w_ji| \|s_i\|).
        run : Run, optional
            A run of this network on s.

        Returns
        -------
        float
            The largest bound of an output neuron, rounded up.

        Examples
        --------
        >>> import spikemath as sm
        >>> layer = sm.networks.Layer([[0.5, -0.25]], sm.LIF(1.0, alpha=0.5))
        >>> sm.networks.Network([layer]).error_bound(2.0)
        2.5
        """
        bounds = self.error_bounds(input_error, alpha=alpha, duration=duration, other=other, run=run)
        return float(bounds[-1].max())

    # values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.layers == other.layers and self.links == other.links

    def __hash__(self) -> int:
        return hash((self.layers, self.links))

    def __reduce__(self) -> Any:
        return Network, (self.layers, self.links)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, [self.inputs, *map(len, self.layers)]))
        links = f", {len(self.links)} link{'s' * (len(self.links) > 1)}" if self.links else ""
        return f"Network({sizes}{links})"


def _number(x: Any, name: str) -> int:
    if isinstance(x, bool) or not isinstance(x, int | np.integer) or x < 0:
        raise ValueError(f"{name} = {x!r} must be the number of a layer" + (' or "input"' * (name == "source")))
    return int(x)


def _connection(link: Any, i: int, layers: tuple[Layer, ...]) -> Connection:
    if not isinstance(link, Link):
        raise TypeError(f"links[{i}] must be a Link, got {type(link).__name__}")
    for name in ("source", "target"):
        if getattr(link, name) >= len(layers):
            raise ValueError(f"links[{i}].{name} = {getattr(link, name)}: there are {len(layers)} layers")
    wanted = len(layers[link.target]), layers[0].inputs if link.source < 0 else len(layers[link.source])
    if link.weights.shape != wanted:
        raise ValueError(f"links[{i}].weights has shape {link.weights.shape}, the layers need {wanted}")
    return Connection(link.source, link.target, link.weights, link.delays)
