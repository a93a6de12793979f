r"""How an error passes a network: theory P7, neuron by neuron.

    err_j = sum_i c_ij |w_ji| err_i + max(theta_j, theta'_j) [ + sum_i c_ij |w'_ji - w_ji| ||s_i|| ]

for neurons with reset to modulo and no refractory time, both polarities or one (P1 for spikes of one sign: where V' < 0
nothing was fired, so an error above 0 only decays; else V - V' < theta). c_ij = 1 where the leaks a of i and b of j are
equal; else, by U_b(t) = U_a(t) + (a - b) int exp(-b (t - s)) U_a(s) ds on a domain of length T,

    c = 1 + |b - a| (1 - exp(-b T)) / b          (b = 0: 1 + a T).

Around cycles: err is finite, as trains are, and err <= A err + b with b > 0. Any x > 0 with A x + b <= x is a bound
(else look at the neuron with the largest err / x). Sums are rounded up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spikemath._numeric.eft import two_prod
from spikemath.norms import alexiewicz_norm
from spikemath.signals.checks import FloatArray, float_array, nonnegative

if TYPE_CHECKING:
    from spikemath.networks._queue import Connection
    from spikemath.networks.network import Network
    from spikemath.networks.run import Run

_two_prod = two_prod.python


def leak_of_input(network: Network, alpha: float | None) -> float:
    """The leak with which an input error is measured."""
    if alpha is not None:
        return nonnegative(alpha, "alpha")
    leaks = set(network.layers[0].rules.alpha.tolist())
    if len(leaks) > 1:
        raise ValueError(f"the first layer has {len(leaks)} leaks: say with which alpha the input error is measured")
    return float(leaks.pop())


def error_bounds(
    network: Network, input_error: Any, alpha: float | None, duration: float | None,
    other: Network | None, run: Run | None,
) -> tuple[FloatArray, ...]:  # fmt: skip
    """Bounds of the errors of all neurons, layer by layer."""
    leak = leak_of_input(network, alpha)
    errors = float_array(input_error, "input_error", ndim=(0, 1))
    if (errors < 0.0).any():
        raise ValueError("input_error must be >= 0")
    if errors.ndim and errors.size != network.inputs:
        raise ValueError(f"input_error has length {errors.size}, the network has {network.inputs} inputs")
    span = math.inf if duration is None else nonnegative(duration, "duration")
    terms = _Terms(network, np.broadcast_to(errors, (network.inputs,)), leak, span, other, run)
    if any(c.source >= c.target for c in network._connections):
        return _around(network, terms)
    bounds: list[FloatArray] = []
    for i in range(len(network.layers)):
        bounds.append(np.array([terms.bound(i, j, bounds) for j in range(len(network.layers[i]))]))
    return tuple(bounds)


class _Terms:
    """The summands of every neuron's bound."""

    def __init__(
        self, network: Network, errors: FloatArray, leak: float, span: float, other: Network | None, run: Run | None
    ) -> None:
        self.network, self.errors, self.leak, self.span = network, errors, leak, span
        self.other = network if other is None else other
        _same_shape(network, self.other)
        self.changed = any(
            not np.array_equal(a.weights, b.weights) for a, b in zip(*self._pairs(), strict=True)
        )  # fmt: skip
        if self.changed and run is None:
            raise ValueError("other has other weights: run, a run of this network on the true input, is needed")
        self.norms = self._norms(run) if self.changed and run is not None else {}

    def _pairs(self) -> tuple[tuple[Connection, ...], tuple[Connection, ...]]:
        return self.network._connections, self.other._connections

    def _norms(self, run: Run) -> dict[int, FloatArray]:
        """Norms of what every source sends, rounded up."""
        norms = {-1: np.asarray(alexiewicz_norm(run.inputs, self.leak))}
        for i, layer in enumerate(self.network.layers):
            leaks = layer.rules.alpha.tolist()
            norms[i] = np.array([alexiewicz_norm(s, a) for s, a in zip(run.layers[i], leaks, strict=True)])
        return {i: np.where(x > 0.0, np.nextafter(x, np.inf), 0.0) for i, x in norms.items()}

    def finite(self, layer: int, j: int) -> bool:
        """Whether a neuron has a bound at all."""
        s = self.network.layers[layer].rules.settings[j]
        return s.reset == "modulo" and s.refractory == 0.0

    def threshold(self, layer: int, j: int) -> float:
        """The larger threshold."""
        return max(float(n.layers[layer].rules.theta[j]) for n in (self.network, self.other))

    def factors(self, c: Connection, j: int) -> FloatArray:
        """What an error counts in neuron j, for its source's leak."""
        b = float(self.network.layers[c.target].rules.alpha[j])
        a = (
            np.full(c.weights.shape[1], self.leak)
            if c.source < 0
            else self.network.layers[c.source].rules.alpha
        )  # fmt: skip
        if (a == b).all():
            return np.ones(a.size)
        if b == 0.0:
            rest = np.where(a == 0.0, 0.0, a * self.span if self.span < math.inf else math.inf)
        else:
            share = 1.0 if self.span == math.inf else -math.expm1(-b * self.span)
            rest = np.abs(b - a) / b * share
        return np.where(a == b, 1.0, (1.0 + rest) * (1.0 + 2.0**-48))

    def bound(self, layer: int, j: int, bounds: list[FloatArray]) -> float:
        """The bound of a neuron from those of its sources; ``bounds`` may lack sources that count for nothing."""
        if not self.finite(layer, j):
            return math.inf
        parts = [self.threshold(layer, j)]
        for c, d in zip(*self._pairs(), strict=True):
            if c.target != layer:
                continue
            if c.source >= 0 and c.source >= len(bounds):
                continue
            errors = self.errors if c.source < 0 else bounds[c.source]
            factor = self.factors(c, j)
            if not add_products(parts, np.abs(d.weights[j]), factor, errors):
                return math.inf
            if self.changed:
                change = np.abs(d.weights[j] - c.weights[j])
                change = np.where(change > 0.0, np.nextafter(change, np.inf), 0.0)
                if not add_products(parts, change, factor, self.norms[c.source]):
                    return math.inf
        return sum_up(parts)


def add_products(parts: list[float], weights: FloatArray, factor: FloatArray, errors: FloatArray) -> bool:
    """Append the products as exact sums of floats; False where one is infinite."""
    live = (weights != 0.0) & (errors != 0.0)
    w, f, e = weights[live], factor[live], errors[live]
    if not np.isfinite(e).all() or not np.isfinite(f).all():
        return False
    scaled = np.where(f == 1.0, e, np.nextafter(e * f, np.inf))
    p, q = _two_prod(w, scaled)
    parts.extend(p.tolist())
    parts.extend(q.tolist())
    return bool(np.isfinite(p).all())


def sum_up(parts: list[float]) -> float:
    """The sum, rounded up."""
    total = math.fsum(parts)
    return math.nextafter(total, math.inf) if math.fsum([*parts, -total]) > 0.0 else total


def _around(network: Network, terms: _Terms) -> tuple[FloatArray, ...]:
    """The bound of a network with links that lead back."""
    sizes = [len(layer) for layer in network.layers]
    first = np.concatenate([[0], np.cumsum(sizes)])
    n = int(first[-1])
    a, b = np.zeros((n, n)), np.zeros(n)
    bad = np.zeros(n, dtype=bool)
    for i, size in enumerate(sizes):
        for j in range(size):
            row = int(first[i]) + j
            bad[row] = not terms.finite(i, j)
            b[row] = np.inf if bad[row] else terms.bound(i, j, [])
            for c, d in zip(*terms._pairs(), strict=True):
                if c.target == i and c.source >= 0:
                    w = np.abs(d.weights[j])
                    gain = np.where(w > 0.0, np.nextafter(w * terms.factors(c, j), np.inf), 0.0)
                    a[row, first[c.source] : first[c.source + 1]] += gain
                    if terms.changed:
                        change = np.abs(d.weights[j] - c.weights[j]) * (1.0 + 2.0**-50)
                        b[row] += float(np.sum(change * terms.factors(c, j) * terms.norms[c.source])) * (1.0 + 2.0**-40)
    a *= 1.0 + 2.0**-40
    b *= 1.0 + 2.0**-40
    bad |= ~np.isfinite(b) | ~np.isfinite(a).all(axis=1)
    links = a != 0.0
    while True:  # what hears a neuron without a bound has none
        more = bad | (links & bad[None, :]).any(axis=1)
        if (more == bad).all():
            break
        bad = more
    x = np.full(n, np.inf)
    good = np.nonzero(~bad)[0]
    for part in _components(a[np.ix_(good, good)]):
        rows = good[part]
        known = np.isfinite(x)
        outer = b[rows] + a[np.ix_(rows, known)] @ x[known] * (1.0 + 2.0**-30)
        heard = np.isin(np.arange(n), rows)
        lost = (links[np.ix_(rows, ~known & ~heard)]).any()
        inner = a[np.ix_(rows, rows)]
        x[rows] = np.inf if lost else _solved(inner, outer)
    return tuple(x[first[i] : first[i + 1]] for i in range(len(sizes)))


def _components(a: FloatArray) -> list[Any]:
    """Strongly connected components, sources first."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not a.size:
        return []
    count, label = connected_components(csr_array((a != 0.0).astype(float)), connection="strong")
    parts = [np.nonzero(label == k)[0] for k in range(count)]
    done: set[int] = set()
    order = []
    while parts:
        for k, part in enumerate(parts):
            into = set(np.nonzero(a[part].any(axis=0))[0].tolist()) - set(part.tolist())
            if into <= done:
                done |= set(part.tolist())
                order.append(parts.pop(k))
                break
    return order


def _solved(a: FloatArray, b: FloatArray) -> Any:
    """x > 0 with a x + b <= x, checked with room for rounding; inf where there is none."""
    n = b.size
    if not a.any():
        return b
    try:
        x = np.linalg.solve(np.eye(n) - a, b) * (1.0 + 1e-9)
    except np.linalg.LinAlgError:
        return math.inf
    if not np.isfinite(x).all() or not (x > 0.0).all():
        return math.inf
    fits = (a @ x) * (1.0 + 1e-12) + b * (1.0 + 1e-12) <= x
    return x if fits.all() else math.inf


def _same_shape(a: Network, b: Network) -> None:
    for i, (x, y) in enumerate(zip(a._connections, b._connections, strict=False)):
        if x.weights.shape != y.weights.shape or (x.source, x.target) != (y.source, y.target):
            raise ValueError(f"other is another network: its synapses number {i} differ in shape")
        delays = [np.zeros(1) if c.delays is None else c.delays for c in (x, y)]
        if not np.array_equal(delays[0], delays[1]):
            raise ValueError("other has other delays: P7 is about equal ones")
    if len(a._connections) != len(b._connections):
        raise ValueError("other is another network: it has more or fewer layers or links")
    for i, (p, q) in enumerate(zip(a.layers, b.layers, strict=True)):
        for j, (s, t) in enumerate(zip(p.rules.settings, q.rules.settings, strict=True)):
            if s._replace(threshold=0.0) != t._replace(threshold=0.0):
                raise ValueError(f"neuron {j} of layer {i} differs in more than the threshold")
