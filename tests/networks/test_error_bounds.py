"""P7 through networks: what is measured is below the bound of every neuron; where there is none, it is infinite."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from laws.cases import between, drawn, share

import spikemath as sm
from spikemath.networks import Layer, Link, Network, deviated, propagation, quantized, response

from .cases import matrix, train


def modulo_network(rng: random.Random, links: bool = False) -> tuple[Network, sm.SpikeTrains, sm.SpikeTrains]:
    """A network of modulo neurons (any leaks, polarities, delays per input), an input and a perturbed one."""
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(2, 4))]
    kind = rng.choice(["quarters", "decimal", "near", "anywhere"])
    layers = []
    for below, here in pairwise(sizes):
        alphas = rng.choice([(0.0,), (1.0,), (0.0, 0.5, 2.0)])
        neurons = [
            sm.LIF(rng.choice([1.0, 0.3, 0.5]), rng.choice(alphas), bipolar=rng.random() < 0.7) for _ in range(here)
        ]  # fmt: skip
        late = [rng.choice([0.0, 0.1, 0.5]) for _ in range(below)] if rng.random() < 0.3 else None
        layers.append(Layer(matrix(rng, here, below, kind), neurons, late))
    more = []
    if links:
        n, m = len(layers[0]), len(layers[-1])
        more.append(Link(len(layers) - 1, 0, matrix(rng, n, m, kind, rng.choice([0.1, 1.0])), rng.choice([0.25, 0.5])))
    true = [train(rng, kind) for _ in range(sizes[0])]
    domain = (0.0, 2.5)
    a = sm.SpikeTrains(sm.SpikeTrain(list(t), list(w), domain=domain) for t, w in true)
    noise = (train(rng, "anywhere") for _ in true)
    size = rng.choice([0.01, 0.3, 1.0])
    b = sm.SpikeTrains(
        s + size * sm.SpikeTrain(list(t), list(w), domain=domain) for s, (t, w) in zip(a, noise, strict=True)
    )
    return Network(layers, more), a, b


def assert_below(network, a, b, other=None, strict=True):
    run, alpha = network.run(a), 0.5
    errors = run.errors((other or network).run(b), alpha)
    above = np.where(errors.inputs > 0, np.nextafter(errors.inputs, np.inf), 0.0)
    bounds = network.error_bounds(above, alpha=alpha, duration=6.0, other=other, run=run)
    for found, bound in zip(errors.layers, bounds, strict=True):
        assert (found < bound).all(), f"{found} is not below {bound}"
    return bounds


@given(drawn(modulo_network))
def test_perturbed_input(case):
    bounds = assert_below(*case)
    assert all(np.isfinite(b).all() for b in bounds)


@given(drawn(modulo_network, links=True))
@share(0.5)
def test_perturbed_input_around_a_loop(case):
    assert_below(*case)


@given(drawn(modulo_network))
@share(0.5)
def test_threshold_deviation(case):
    network, a, b = case
    assert_below(network, a, b, other=deviated(network, 0.3, 7))


@given(drawn(modulo_network))
@share(0.5)
def test_weight_quantization(case):
    network, a, b = case
    assert_below(network, a, b, other=quantized(network, 4))


@given(drawn(lambda rng: (modulo_network(rng), between(rng, 0.0, 0.5))))
@share(0.2)
def test_every_kind_of_error_has_its_rows(case):
    (network, a, _), size = case
    network = Network([Layer(x.weights, [sm.LIF(n.threshold, 0.5) for n in x.neurons]) for x in network.layers])
    sizes = {"noise": [size], "drop": [size], "jitter": [size], "threshold": [size], "weights": [5]}
    rows = propagation(network, a, sizes, seed=3)
    assert len(rows) == 5 * len(network.layers)
    assert all(row.measured < row.bound and row.worst < 1.0 for row in rows)


def test_the_bound_is_the_formula():
    layer = Layer([[0.5, -0.25], [1.0, 1.0]], [sm.LIF(1.0, 0.5), sm.LIF(0.25, 0.5)])
    assert [b.tolist() for b in Network([layer]).error_bounds([2.0, 4.0])] == [[3.0, 6.25]]
    two = Network([layer, Layer([[1.0, -2.0]], sm.LIF(1.0, 0.5))])
    assert two.error_bound([2.0, 4.0]) == 3.0 + 2 * 6.25 + 1.0
    assert Network([Layer([[0.1]], sm.IF(1.0))]).error_bound(0.1) >= 1.01


def test_the_larger_threshold_counts():
    """An input of 1.25 is one spike of 1 and none of 1.5: an error of 1 without any at the input."""
    low, high = (Network([Layer([[1.0]], sm.IF(theta))]) for theta in (1.0, 1.5))
    pulse = [sm.SpikeTrain([0.0], [1.25])]
    assert low.run(pulse).errors(high.run(pulse)).layers[0].tolist() == [1.0]
    assert low.error_bound(0.0, other=high) == high.error_bound(0.0, other=low) == 1.5


def test_other_weights_count_with_the_norms_of_the_run():
    a, b = (Network([Layer([[w, 1.0]], sm.IF(1.0))]) for w in (1.0, 1.5))
    run = a.run([sm.SpikeTrain([0.0, 1.0], [3.0, 1.0]), sm.SpikeTrain([0.0])])
    assert a.error_bound([0.5, 2.0], other=b, run=run) == pytest.approx(1.5 * 0.5 + 2.0 + 0.5 * 4.0 + 1.0, rel=1e-14)


def test_leaks_that_differ():
    """U_b = U_a + (a - b) int exp(-b (t - s)) U_a(s) ds."""
    network = Network([Layer([[1.0]], sm.LIF(1.0, 2.0))])
    assert network.error_bound(1.0, alpha=0.0) == pytest.approx(1.0 * 2.0 + 1.0)
    assert network.error_bound(1.0, alpha=0.5) == pytest.approx(1.0 * (1 + 1.5 / 2) + 1.0)
    slow = Network([Layer([[1.0]], sm.IF(1.0))])
    assert slow.error_bound(1.0, alpha=2.0, duration=3.0) == pytest.approx(1.0 + 6.0 + 1.0)
    assert slow.error_bound(1.0, alpha=2.0) == math.inf


def test_the_constant_between_leaks_is_needed():
    """A train whose norm with leak 2 stays 1 reaches 1 + 2 T without leak, nearly: pulses that hold U at 1."""
    n, T = 2000, 3.0
    t = np.linspace(0.0, T, n + 1)
    beta = math.exp(-2.0 * T / n)
    e = sm.SpikeTrain(t, [1.0, *([1.0 - beta] * n)])
    assert sm.alexiewicz_norm(e, 2.0) <= 1.0 + 1e-9
    assert sm.alexiewicz_norm(e) > 0.99 * (1 + 2.0 * T)


@pytest.mark.parametrize("neuron", [sm.IF(1.0, "subtract"), sm.IF(1.0, "zero"), sm.IF(1.0, refractory=0.1)])
def test_other_neurons_have_no_bound(neuron):
    network = Network([Layer([[1.0]], neuron), Layer([[1.0], [0.0]], sm.IF(1.0))])
    first, second = network.error_bounds(0.5)
    assert first.tolist() == [math.inf] and second.tolist() == [math.inf, 1.0]


def test_around_a_loop():
    """err = |w| err + input + theta: the geometric series, and none at gain 1."""
    layer = Layer([[1.0]], sm.IF(1.0))
    bound = Network([layer], [Link(0, 0, [[0.5]], 1.0)]).error_bound(0.5)
    assert 3.0 <= bound <= 3.0 * (1 + 1e-6)
    assert Network([layer], [Link(0, 0, [[1.0]], 1.0)]).error_bound(0.5) == math.inf
    two = Network([layer, Layer([[0.25]], sm.IF(1.0))], [Link(0, 0, [[0.5]], 1.0)])
    first, second = two.error_bounds(0.5)
    assert second[0] == pytest.approx(0.25 * first[0] + 1.0)


def test_resonance():
    """Theory P5: the amplification of an input near the threshold is ceil(x) / x: near 2 below 1, huge near 0."""
    network = Network([Layer([[1.0]], sm.IF(1.0))])
    nu = [sm.SpikeTrain([0.0], [1.0], domain=(0.0, 1.0))]
    inputs = [[sm.SpikeTrain([0.0], [1.0 - 2.0**-k], domain=(0.0, 1.0))] for k in range(1, 12)]
    found = response(network, inputs, nu, [2.0**-10, 0.25, 0.5, 1.0, 1.0 + 2.0**-10, 1.5])
    assert found.measured.tolist() == [1.0, 1.0, 1.0, 1.0, 2.0, 2.0]
    assert found.measured.tolist() == found.lattice.tolist()
    assert (found.measured < found.bound).all()
    assert found.measured[0] / found.input_error[0] == 1024.0


def test_certificates_of_every_neuron():
    rng = np.random.default_rng(3)
    network = Network([Layer(rng.normal(size=(3, 2)).round(1), sm.LIF(0.3, 1.0)), Layer(np.ones((2, 3)), sm.IF(0.5))])
    run = network.run([sm.SpikeTrain([0.0, 0.1, 0.2]), sm.SpikeTrain([0.1, 0.3], [0.7, -0.3])])
    for layer in run.certify():
        assert all(c.verdict == "holds" and c.verify() for c in layer)
    for i, layer in enumerate(network.layers):
        for j, n in enumerate(layer.neurons):
            assert n(run.weighted_input(i, j)) == run.layers[i][j]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda n: n.error_bound(-1.0), ">= 0"),
        (lambda n: n.error_bound([1.0, 2.0]), "length 2"),
        (lambda n: n.error_bound(1.0, other=Network([Layer([[2.0]], sm.IF(1.0))])), "run"),
        (lambda n: n.error_bound(1.0, other=Network([Layer([[1.0]], sm.LIF(1.0, 2.0))])), "more than the threshold"),
        (lambda n: n.error_bound(1.0, other=Network([Layer([[1.0]], sm.IF(1.0), 1.0)])), "other delays"),
        (lambda n: n.error_bound(1.0, other=Network([Layer([[1.0, 1.0]], sm.IF(1.0))])), "differ in shape"),
        (lambda n: Network([Layer([[1.0]] * 2, [sm.IF(1.0), sm.LIF(1.0, 1.0)])]).error_bound(1.0), "2 leaks"),
        (lambda n: propagation(n, [sm.SpikeTrain([0.0])], {"moon": [1.0]}), "the kinds are"),
        (lambda n: quantized(n, 1), "2 .. 32"),
        (lambda n: deviated(n, 1.5, 0), "must be in"),
    ],
)
def test_messages(make, message):
    with pytest.raises(ValueError, match=message):
        make(Network([Layer([[1.0]], sm.IF(1.0))]))


def test_figures_draw():
    import matplotlib.pyplot as plt

    network = Network([Layer([[1.0]], sm.IF(1.0)), Layer([[1.0]], sm.IF(1.0))])
    trains = [sm.SpikeTrain([0.0, 1.0], [1.2, 2.3])]
    figure, (left, right) = plt.subplots(1, 2)
    assert sm.networks.figures.errors(propagation(network, trains), left) is left
    found = response(network, [trains], [sm.SpikeTrain([0.0], domain=(0.0, 1.0))], [0.5, 1.0])
    assert sm.networks.figures.resonance(found, right, amplification=True) is right
    figure.draw_without_rendering()
    plt.close(figure)
