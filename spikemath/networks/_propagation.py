r"""Bound against measurement: what becomes of an error on its way through a network.

    noise       every weight of the input changed by a normal random number of the given size
    drop        every spike of the input lost with the given probability
    jitter      every spike of the input moved by a normal random time of the given size (within the domain)
    threshold   every threshold of the network changed by at most the given part of it
    weights     every synaptic weight rounded to the given number of bits

For each, the network runs on the true and on the changed input (or unchanged and changed itself), and the error of
every layer, max_j ||out'_j - out_j||_{A,alpha}, stands beside its bound (theory P7, from the measured input error).
Both are exact up to one rounding, so that the bound is never below what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from spikemath.networks.layer import Layer
from spikemath.networks.network import Link, Network
from spikemath.operators import IF, LIF
from spikemath.signals.checks import FloatArray, float_array, nonnegative
from spikemath.signals.many import SpikeTrains
from spikemath.signals.spike_train import SpikeTrain

SIZES: dict[str, tuple[float, ...]] = {
    "noise": (0.01, 0.1, 0.5),
    "drop": (0.02, 0.1, 0.3),
    "jitter": (0.001, 0.01, 0.1),
    "threshold": (0.01, 0.1, 0.3),
    "weights": (8, 6, 4),
}


class Row(NamedTuple):
    """One layer under one perturbation.

    Attributes
    ----------
    kind, size, trial : str, float, int
        What was changed, by how much, and in which draw.
    layer : int
        Number of the layer.
    input_error : float
        Largest error of an input of the network.
    measured : float
        Largest error of a neuron of the layer.
    bound : float
        Largest bound of a neuron of the layer.
    worst : float
        Largest measured / bound of a neuron of the layer; below 1.

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
    >>> rows = sm.networks.propagation(network, [sm.SpikeTrain([0.0, 1.0])], {"noise": [0.1]}, seed=1)
    >>> rows[0].kind, rows[0].worst < 1.0
    ('noise', True)
    """

    kind: str
    size: float
    trial: int
    layer: int
    input_error: float
    measured: float
    bound: float
    worst: float


def propagation(
    network: Network, trains: Any, sizes: dict[str, Iterable[float]] | None = None, *, trials: int = 1, seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:  # fmt: skip
    """Measure every kind of error in every layer, beside its bound.

    Parameters
    ----------
    network : Network
        All neurons with reset to modulo and no refractory time have a finite bound.
    trains : SpikeTrains, or one train per input
        The true input.
    sizes : dict, optional
        Which sizes for which kind of error ("noise", "drop", "jitter", "threshold", "weights"). Default: three of each.
    trials : int
        Draws for each size.
    seed : int
        All draws follow from it.
    progress : callable, optional
        Called as ``progress(done, total)``.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[0.5, 1.0]], sm.LIF(1.0, alpha=1.0))])
    >>> trains = [sm.SpikeTrain([0.0, 0.5, 1.0]), sm.SpikeTrain([0.25, 0.75])]
    >>> all(row.measured < row.bound for row in sm.networks.propagation(network, trains))
    True
    """
    wanted = SIZES if sizes is None else {k: tuple(v) for k, v in sizes.items()}
    unknown = set(wanted) - set(SIZES)
    if unknown:
        raise ValueError(f"sizes has {sorted(unknown)}: the kinds are {', '.join(SIZES)}")
    truth = network.run(trains)
    span = truth.inputs.domain[1] - truth.inputs.domain[0] if len(truth.inputs) else 0.0
    jobs = [(k, x, t) for k, xs in wanted.items() for x in xs for t in range(trials if k != "weights" else 1)]
    rows = []
    for done, (kind, size, trial) in enumerate(jobs):
        rng = np.random.default_rng([seed, list(SIZES).index(kind), trial])
        other, changed = network, truth.inputs
        if kind in ("threshold", "weights"):
            other = deviated(network, size, rng) if kind == "threshold" else quantized(network, int(size))
        else:
            changed = _INPUT[kind](truth.inputs, size, rng)
        rows.extend(_measure(network, other, truth, changed, span, kind, float(size), trial))
        if progress is not None:
            progress(done + 1, len(jobs))
    return rows


def _measure(
    network: Network, other: Network, truth: Any, changed: SpikeTrains, span: float, kind: str, size: float, trial: int
) -> list[Row]:
    errors = truth.errors(other.run(changed))
    above = np.where(errors.inputs > 0.0, np.nextafter(errors.inputs, np.inf), 0.0)  # norms are rounded down
    late = sum(float(layer.delays.max()) for layer in network.layers if layer.delays is not None)
    bounds = network.error_bounds(
        above, alpha=errors.alpha, duration=2.0 * (span + late), other=None if other is network else other,
        run=None if other is network else truth,
    )  # fmt: skip
    return [
        Row(
            kind, size, trial, i, float(errors.inputs.max(initial=0.0)), float(found.max()), float(bound.max()),
            float(np.max(found / bound)),
        )
        for i, (found, bound) in enumerate(zip(errors.layers, bounds, strict=True))
    ]  # fmt: skip


def noisy(trains: SpikeTrains, size: float, rng: Any) -> SpikeTrains:
    """Every weight changed by a normal random number of standard deviation ``size``."""
    return SpikeTrains(
        SpikeTrain(s.times, s.weights + nonnegative(size, "size") * rng.standard_normal(len(s)), domain=s.domain)
        for s in trains
    )


def dropped(trains: SpikeTrains, probability: float, rng: Any) -> SpikeTrains:
    """Every spike lost with a probability."""
    made = []
    for s in trains:
        keep = rng.random(len(s)) >= probability
        made.append(SpikeTrain(s.times[keep], s.weights[keep], domain=s.domain))
    return SpikeTrains(made)


def jittered(trains: SpikeTrains, size: float, rng: Any) -> SpikeTrains:
    """Every spike moved by a normal random time of standard deviation ``size``, but not out of the domain."""
    made = []
    for s in trains:
        times = np.clip(s.times + nonnegative(size, "size") * rng.standard_normal(len(s)), *s.domain)
        order = np.argsort(times, kind="stable")
        made.append(SpikeTrain(times[order], s.weights[order], domain=s.domain))
    return SpikeTrains(made)


_INPUT: dict[str, Any] = {"noise": noisy, "drop": dropped, "jitter": jittered}


def deviated(network: Network, part: float, rng: Any) -> Network:
    """Every threshold times a random number in [1 - part, 1 + part].

    Parameters
    ----------
    network : Network
        The true one.
    part : float
        Largest deviation, as a part of the threshold, 0 <= part < 1.
    rng : numpy.random.Generator or int
        Where the random numbers come from.

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
    >>> 0.9 <= sm.networks.deviated(network, 0.1, 0).layers[0].neurons[0].threshold <= 1.1
    True
    """
    if not 0.0 <= part < 1.0:
        raise ValueError(f"part = {part!r} must be in [0, 1)")
    draws = np.random.default_rng(rng)
    layers = []
    for layer in network.layers:
        scale = 1.0 + part * draws.uniform(-1.0, 1.0, len(layer))
        neurons = [_with_threshold(n, float(n.threshold * c)) for n, c in zip(layer.neurons, scale, strict=True)]
        layers.append(Layer(layer.weights, neurons, layer.delays))
    return Network(layers, network.links)


def _with_threshold(n: Any, threshold: float) -> Any:
    if isinstance(n, IF):
        return IF(threshold, n.reset, n.refractory, n.bipolar)
    return LIF(threshold, n.alpha, n.reset, n.refractory, n.bipolar)


def quantized(network: Network, bits: int) -> Network:
    """Every synaptic weight rounded to a signed integer of so many bits, times one scale per layer (or link).

    Parameters
    ----------
    network : Network
        The true one.
    bits : int
        Bits of a weight, sign included, 2 to 32.

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[0.3, -1.0]], sm.IF(1.0))])
    >>> sm.networks.quantized(network, 3).layers[0].weights * 3
    array([[ 1., -3.]])
    """
    if not 2 <= bits <= 32:
        raise ValueError(f"bits = {bits!r} must be in 2 .. 32")

    def rounded(w: FloatArray) -> FloatArray:
        top = float(np.abs(w).max())
        step = top / (2 ** (bits - 1) - 1)
        return np.round(w / step) * step if step else w

    layers = [Layer(rounded(layer.weights), list(layer.neurons), layer.delays) for layer in network.layers]
    links = [Link("input" if x.source < 0 else x.source, x.target, rounded(x.weights), x.delays) for x in network.links]
    return Network(layers, links)


class Response(NamedTuple):
    """Output errors of a network as an input error grows; see :func:`response`.

    Attributes
    ----------
    sizes, input_error, measured, bound, lattice : numpy.ndarray
        Factor of the noise; norm of the input error; largest output error met; its bound; and, for one layer without
        leak, the lattice form theta ceil(gain x / theta) of the bound (else nan).

    Examples
    --------
    >>> import spikemath as sm
    >>> layer = sm.networks.Layer([[1.0]], sm.IF(1.0))
    >>> nu = [sm.SpikeTrain([0.0], [1.0], domain=(0.0, 1.0))]
    >>> near = sm.SpikeTrain([0.0], [0.9], domain=(0.0, 1.0))
    >>> r = sm.networks.response(sm.networks.Network([layer]), [[near]], nu, [0.125, 0.25])
    >>> r.measured, r.lattice
    (array([1., 1.]), array([1., 1.]))
    """

    sizes: FloatArray
    input_error: FloatArray
    measured: FloatArray
    bound: FloatArray
    lattice: FloatArray


def response(network: Network, inputs: Sequence[Any], noise: Sequence[SpikeTrain], sizes: Any) -> Response:
    """The largest output error over some inputs, as one input error grows: the resonance of quantization (theory P5).

    Without leak the worst case of one neuron is a saw-tooth, theta ceil(x / theta): however small the error, an input
    that is as near to the threshold answers with a whole one.

    Parameters
    ----------
    network : Network
        What is run.
    inputs : sequence of inputs
        The true inputs; the largest output error over them is kept.
    noise : sequence of SpikeTrain
        What is added to an input, one train per channel, times each of the sizes.
    sizes : array_like
        Factors of the noise.

    Returns
    -------
    Response

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
    >>> sm.networks.response(network, [[sm.SpikeTrain([0.0], [0.75])]], [sm.SpikeTrain([0.0])], [0.25, 0.5]).measured
    array([1., 1.])
    """
    from math import ceil

    factors = float_array(sizes, "sizes")
    truths = [network.run(one) for one in inputs]
    found = []
    for p in factors.tolist():
        input_error, measured = np.zeros(network.inputs), 0.0
        for truth in truths:
            changed = SpikeTrains(s + nu * p for s, nu in zip(truth.inputs, noise, strict=True))
            errors = truth.errors(network.run(changed))
            input_error = np.maximum(input_error, errors.inputs)
            measured = max(measured, float(errors.layers[-1].max()))
        above = np.where(input_error > 0.0, np.nextafter(input_error, np.inf), 0.0)
        bound = network.error_bound(above, duration=None)
        found.append((p, float(input_error.max()), measured, bound, _lattice(network, input_error, ceil)))
    return Response(*np.array(found).reshape(-1, 5).T)


def _lattice(network: Network, errors: FloatArray, ceil: Any) -> float:
    """The lattice form of the bound (theory P4) for one layer without leak."""
    if len(network.layers) > 1 or network.links or network.layers[0].rules.alpha.any():
        return float("nan")
    from fractions import Fraction

    layer = network.layers[0]
    worst = 0.0
    for row, theta in zip(layer.weights, layer.rules.theta.tolist(), strict=True):
        gain = sum(
            (abs(Fraction(w)) * Fraction(e) for w, e in zip(row.tolist(), errors.tolist(), strict=True)), Fraction(0)
        )
        worst = max(worst, theta * ceil(gain / Fraction(theta)))
    return worst
