"""What a layer and a network are: weighted sums through operators; exact times, ties, batches, values, messages."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest

import spikemath as sm
from spikemath.networks import Layer, Link, Network, Run


def trains(*pairs, domain=(0.0, 4.0)):
    return sm.SpikeTrains(sm.SpikeTrain(*pair, domain=domain) for pair in pairs)


@pytest.fixture
def random_trains():
    rng = np.random.default_rng(5)
    return trains(*((np.sort(rng.uniform(0, 4, 30)), rng.integers(-5, 6, 30) * 0.1) for _ in range(4)))


@pytest.mark.parametrize("alpha", [0.0, 1.5])
@pytest.mark.parametrize("reset", ["modulo", "subtract", "zero"])
def test_a_layer_is_its_operator_on_weighted_sums(random_trains, alpha, reset):
    weights = np.random.default_rng(1).normal(size=(7, 4)).round(1)
    lif = sm.LIF(0.3, alpha, reset)
    out = Layer(weights, lif, delays=[0.0, 0.1, 0.2, 0.0])(random_trains, until=4.0)
    for j, row in enumerate(weights):
        late = [s.shift(d) for s, d in zip(random_trains, [0.0, 0.1, 0.2, 0.0], strict=True)]
        total = sum((s * w for s, w in zip(late, row, strict=True)), sm.SpikeTrain([], [], domain=(0.0, 4.0)))
        assert out[j] == lif(total.restrict(0.0, 4.0))


def test_outputs_are_trains_like_those_of_operators(random_trains):
    (out,) = Layer([[1.0, 0.5, 0.1, 0.3]], sm.LIF(0.3, 1.0))(random_trains)
    total = sum((s * w for s, w in zip(random_trains, [0.5, 0.1, 0.3], strict=False)), random_trains[0] * 0.0)
    assert out.quantum == 0.3 and out.domain == (0.0, 4.0)
    assert not out.weights.flags.writeable and not out.counts.flags.writeable
    assert out.exact_weights() == [int(k) * Fraction(0.3) for k in out.counts]
    assert sm.LIF(0.3, 1.0)(out) == out  # idempotent, on the train as it is
    assert pickle.loads(pickle.dumps(out)) == out
    assert (out - out).weights.size == 0 and total is not None


def test_decimal_ties_fire():
    """0.1 + 0.2 as reals is below 0.3 as a float? No: it is above, and 0.7 * 0.1 * 3 is decided as a product."""
    layer = Layer([[0.1, 0.2]], sm.IF(0.3))
    assert layer(trains(([0.0], [1.0]), ([0.0], [1.0])))[0].counts.tolist() == [1]
    exactly = Fraction(0.7) * Fraction(0.1) * 3
    fires = exactly >= Fraction(0.21)
    assert (len(Layer([[0.7]], sm.IF(0.21))(trains(([0.0, 1.0, 2.0], [0.1] * 3)))[0]) > 0) == fires


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("scale", [1.0, 3.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_two_floats_lose_decides(alpha, scale, sign):
    """1 + 2^-54 - 2^-150 - 2^-54 is below 1 by what a sum of two floats does not hold; and the other way round."""
    weights = [[1.0, 2.0**-54, -sign * 2.0**-150, -(2.0**-54)]]
    inputs = [sm.SpikeTrain([0.0], [scale])] * 4
    out = Layer(weights, sm.LIF(scale, alpha))(inputs)[0]
    assert out.counts.tolist() == ([] if sign > 0 else [1])
    linked = Network([Layer([[0.0] * 4], sm.LIF(scale, alpha))], [Link("input", 0, weights)])
    assert linked(inputs)[0] == out


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_is_lost_from_instant_to_instant_decides(sign):
    trains = [sm.SpikeTrain([float(k)], domain=(0.0, 4.0)) for k in range(4)]
    weights = [[0.5, 2.0**-54, -sign * 2.0**-150, 0.5 - 2.0**-54]]
    assert Layer(weights, sm.IF(1.0))(trains)[0].counts.tolist() == ([] if sign > 0 else [1])


def test_count_times_threshold_times_weight_is_exact():
    """Ten spikes of 0.1 are 10 * 0.1 as reals, a bit above 1: the next layer sees the product, not a float."""
    first = Layer([[1.0]], sm.IF(0.1))
    second = Layer([[1.0]], sm.IF(1.0))
    exact = Fraction(0.1) * 10
    assert exact > 1
    out = Network([first, second])(trains(([0.0], [1.0])))[0]
    true_count = int(Fraction(1.0) / Fraction(0.1))
    assert out.counts.tolist() == ([1] if true_count * Fraction(0.1) >= 1 else [])


def test_every_digit_of_a_product_counts():
    """Thresholds at the float below and above count * weight * threshold: the product decides, not its float."""
    for count in (1, 2, 3, 5):
        for w in np.arange(1, 13) * 0.1:
            exact = count * Fraction(float(w)) * Fraction(0.1)
            below = float(exact) if Fraction(float(exact)) <= exact else np.nextafter(float(exact), 0.0)
            for theta, fires in ((below, True), (np.nextafter(below, 1.0), False)):
                if Fraction(float(theta)) == exact:
                    continue
                second = Layer([[w]], sm.IF(float(theta)))
                out = Network([Layer([[1.0]], sm.IF(0.1)), second])([sm.SpikeTrain([0.0], [count * 0.1 + 0.05])])[0]
                assert out.counts.tolist() == ([1] if fires else [])


def test_weighted_inputs_are_exact():
    """Rationals: weights times counts times thresholds, summed where pulses meet, at times plus delays."""
    rng = np.random.default_rng(11)
    first = Layer(rng.normal(size=(3, 2)), [sm.LIF(0.1, 1.0), sm.LIF(0.3, 1.0), sm.IF(0.7)])
    second = Layer(rng.normal(size=(2, 3)) * 0.1, sm.IF(0.3), delays=[0.1, 0.2, 0.0])
    run = Network([first, second]).run(trains(([0.0, 0.5, 2.0], [0.9, 3.3, -2.7]), ([0.5, 1.0], [0.6, -0.9])))
    for layer, (made, sources) in enumerate(zip((first, second), (run.inputs, run.layers[0]), strict=True)):
        for j, row in enumerate(made.weights):
            total = {}
            for i, s in enumerate(sources):
                d = Fraction(0 if made.delays is None else float(made.delays[i]))
                for t, a in zip(s.exact_times(), s.exact_weights(), strict=True):
                    total[t + d] = total.get(t + d, 0) + Fraction(float(row[i])) * a
            f = run.weighted_input(layer, j)
            assert dict(zip(f.exact_times(), f.exact_weights(), strict=True)) == {t: a for t, a in total.items() if a}


def test_spikes_at_the_ends_of_refractory_times_reach_the_next_layer_in_order():
    """Two neurons give a large pulse away, each in its own rhythm; what hears both has to get them sorted."""
    first = [sm.LIF(1.0, 0.0, "subtract", 0.5), sm.LIF(1.0, 0.0, "subtract", 0.3)]
    inputs = trains(([0.0, 3.9], [20.0, 1.0]))
    network = Network([Layer([[1.0], [-1.0]], first), Layer([[1.0, 0.75]], sm.LIF(1.0, 0.5))])
    a, b = first[0](inputs[0]), first[1](-inputs[0])
    assert network(inputs)[0] == sm.LIF(1.0, 0.5)(a + b * 0.75)


def test_delays_that_differ_by_the_second_float_of_a_coordinate():
    """On a grid of rate 1.5 the delay 0.9 and the next float have coordinates with one and the same first float."""
    a, b = 0.9, float(np.nextafter(0.9, 1.0))
    assert float(Fraction(a) * Fraction(3, 2)) == float(Fraction(b) * Fraction(3, 2))
    delays = [[a, b], [b, a]]
    pulse = sm.SpikeTrain.from_samples([1.0], fs=1.5)
    out = Layer([[1.0, 1.0]] * 2, sm.IF(1.0), delays)([pulse, pulse])
    assert [s.exact_times() for s in out] == [sorted(map(Fraction, row)) for row in delays]


def test_inputs_that_differ_by_the_second_float_of_a_coordinate_are_sorted():
    pulse = sm.SpikeTrain.from_samples([1.0], fs=1.5)
    early, late = (Layer([[1.0]], sm.IF(1.0), d)([pulse], until=1.0)[0] for d in (0.9, float(np.nextafter(0.9, 1.0))))
    out = Layer([[-1.0, 1.0]], sm.IF(1.0))([late, early])[0]
    assert out.counts.tolist() == [1, -1] and out == sm.IF(1.0)(early - late)


def test_simultaneous_spikes_are_one_pulse():
    layer = Layer([[1.0, -1.0]], sm.IF(0.5))
    assert len(layer(trains(([1.0], [3.0]), ([1.0], [3.0])))[0]) == 0


def test_a_pulse_that_cancels_does_not_arm_single_shot_subtract():
    for weights, links in (([[1.0, 1.0]], []), ([[1.0, 0.0]], [Link("input", 0, [[0.0, 1.0]])])):
        network = Network([Layer(weights, sm.IF(1.0, "subtract"))], links)
        out = network(trains(([0.0, 1.0], [3.5, 1.0]), ([1.0], [-1.0])))[0]
        assert out.counts.tolist() == [1]


def test_zero_weights_are_no_synapses():
    layer = Layer([[1.0, 0.0]], sm.IF(1.0, "subtract"))
    assert layer(trains(([0.0], [3.0]), ([1.0, 2.0], [1.0, 1.0])))[0].times.tolist() == [0.0]


@pytest.mark.parametrize("links", [[], [Link(0, 0, [[0.5]], 0.5)]])
def test_empty_input_gives_empty_output(links):
    run = Network([Layer([[1.0]], sm.LIF(1.0, 0.5, refractory=0.1))], links).run([sm.SpikeTrain([], domain=(0.0, 3.0))])
    assert run.spikes == (0,) and run.outputs[0].domain == (0.0, 3.0)
    assert run.certify(0)[0].verdict == "holds"


def test_delays_are_exact():
    out = Layer([[1.0]], sm.IF(1.0), delays=0.1)([sm.SpikeTrain([0.3])])[0]
    assert out.exact_times() == [Fraction(0.3) + Fraction(0.1)]
    for made in (Layer([[1.0]], sm.IF(1.0), [[0.1]]), Layer([[1.0, 1.0]] * 2, sm.IF(1.0), [[0.1, 0.2], [0.2, 0.1]])):
        out = made([sm.SpikeTrain([0.3])] * made.inputs)[0]
        assert out.exact_times() == [Fraction(0.3) + Fraction(d) for d in np.unique(made.delays)]


@pytest.mark.parametrize("second", [2.0**-70, [[2.0**-70], [2.0**-71]]])
def test_a_delay_that_no_coordinate_holds_is_refused(second):
    """1 + 2^-130 fits two floats, 1 + 2^-70 + 2^-130 does not."""
    late = Layer([[1.0]], sm.IF(1.0), 1.0)
    network = Network([late, Layer([[1.0]] * np.atleast_1d(second).shape[0], sm.IF(1.0), second)])
    with pytest.raises(ValueError, match="two floats"):
        network([sm.SpikeTrain([2.0**-130])])


def test_delays_move_the_domain():
    run = Network([Layer([[1.0]], sm.IF(1.0), 0.5), Layer([[1.0]], sm.IF(1.0), 0.25)]).run([sm.SpikeTrain([0.0, 1.0])])
    assert [s[0].domain for s in run.layers] == [(0.0, 1.5), (0.0, 1.75)]
    assert run.outputs[0].times.tolist() == [0.75, 1.75]


def test_samples_and_plain_times_meet_on_one_grid():
    sampled = sm.SpikeTrain.from_samples([0.0, 1.0, 0.0, 1.0], fs=10.0)
    plain = sm.SpikeTrain([0.05, 0.25], domain=(0.0, 0.3))
    out = Layer([[0.5, 0.5]], sm.IF(1.0))([sampled, plain])[0]
    assert out == sm.IF(1.0)(sampled * 0.5 + plain * 0.5)


@pytest.mark.parametrize("scale", [1e-200, 2.0**-310, 1e200])
def test_huge_and_tiny_numbers(scale):
    weights = [[0.1, 0.7], [0.3, -0.3]]
    for alpha in (0.0, 1.0):
        lif = sm.LIF(0.3 * scale, alpha)
        inputs = trains(([0.0, 1.0, 2.0], [scale, 2 * scale, scale]), ([0.5, 1.0], [scale, scale]))
        out = Layer(weights, lif)(inputs)
        for j, row in enumerate(weights):
            assert out[j] == lif(inputs[0] * row[0] + inputs[1] * row[1])


def test_networks_with_links_refuse_numbers_out_of_range():
    network = Network([Layer([[1e-200]], sm.IF(1.0))], [Link(0, 0, [[1.0]], 1.0)])
    with pytest.raises(OverflowError, match="2\\^-300"):
        network([sm.SpikeTrain([0.0])])


def test_every_neuron_may_differ():
    neurons = [sm.IF(1.0), sm.LIF(0.5, 2.0), sm.LIF(0.3, 0.0, "zero", 0.5), sm.LIF(0.7, 1.0, "subtract", 0.0, False)]
    inputs = trains(([0.0, 0.1, 1.0, 2.0, 2.5], [1.2, 0.9, -2.0, 3.0, 0.4]))
    out = Layer([[1.0]] * 4, neurons)(inputs)
    assert [out[j] == n(inputs[0]) for j, n in enumerate(neurons)] == [True] * 4


def test_a_batch_is_a_list(random_trains):
    network = Network([Layer(np.eye(4), sm.LIF(0.2, 1.0)), Layer(np.ones((2, 4)), sm.IF(0.2))])
    batch = [random_trains, list(random_trains)[::-1], random_trains * 2.0]
    assert network(batch) == [network(one) for one in batch]
    seen = []
    runs = network.run(batch, workers=2, progress=lambda done, total: seen.append((done, total)))
    assert all(isinstance(run, Run) for run in runs) and seen == [(1, 3), (2, 3), (3, 3)]
    assert [run.outputs for run in runs] == network(batch, workers=1)


def test_many_spikes_grow_the_tables():
    """More spikes than the first tables hold, in both engines."""
    t = np.arange(9000) / 8
    inputs = [sm.SpikeTrain(t, np.ones(t.size))]
    fast = Network([Layer(np.ones((3, 1)), sm.LIF(1.0, 0.0))]).run(inputs)
    linked = Network([Layer(np.ones((3, 1)), sm.LIF(1.0, 0.0))], [Link(0, 0, np.zeros((3, 3)), 1.0)]).run(inputs)
    assert fast.spikes == linked.spikes == (27000,)
    assert fast.layers == linked.layers


def test_long_inputs_take_several_calls(monkeypatch):
    """Kernels come back now and then so that Ctrl-C is answered; that changes nothing."""
    t = np.arange(25000) / 8
    inputs = [sm.SpikeTrain(t, np.resize([0.7, -0.2], t.size))]
    network = Network([Layer([[1.0], [0.3]], sm.LIF(1.0, 0.01))])
    whole = network.run(inputs).layers
    monkeypatch.setattr("spikemath.networks._dense.WORK", 500)
    assert network.run(inputs).layers == whole
    assert Network(network.layers, [Link(0, 0, np.zeros((2, 2)), 1.0)]).run(inputs).layers == whole


@pytest.mark.parametrize("links", [[], [Link(0, 0, [[2.0]], 0.25)]])
def test_too_many_spikes_stop_a_run(links):
    """A loop without end, and a large pulse given away bit by bit."""
    lif = sm.LIF(1.0, 0.0, "subtract", 2.0**-12)
    network = Network([Layer([[1.0]], lif)], links)
    with pytest.raises(OverflowError, match="max_spikes = 3000"):
        network([sm.SpikeTrain([0.0], [1e6], domain=(0.0, 8.0))], max_spikes=3000)


def test_wakes_grow_the_tables():
    """A pulse of many thresholds, given away one at a time after every refractory time."""
    lif = sm.LIF(1.0, 0.0, "subtract", 2.0**-10)
    inputs = [sm.SpikeTrain([0.0], [1e4], domain=(0.0, 8.0))]
    assert Layer([[1.0]], lif)(inputs)[0] == lif(inputs[0])
    assert len(lif(inputs[0])) == 8193


def test_values():
    a = Network([Layer([[1.0, 2.0]], sm.IF(1.0), [0.0, 1.0])], [Link(0, 0, [[0.5]], 1.0)])
    b = pickle.loads(pickle.dumps(a))
    assert a == b and hash(a) == hash(b) and a.layers[0] == b.layers[0]
    assert a != Network([Layer([[1.0, 2.0]], sm.IF(1.0), [0.0, 1.0])])
    assert a.layers[0] != Layer([[1.0, 2.0]], sm.IF(1.0))
    assert repr(a) == "Network(2-1, 1 link)" and "Layer(2 -> 1, IF(threshold=1.0" in repr(a.layers[0])
    run = a.run([sm.SpikeTrain([0.0])] * 2)
    assert pickle.loads(pickle.dumps(run)) == run and "spikes" in repr(run)
    with pytest.raises(AttributeError, match="immutable"):
        a.layers = ()
    with pytest.raises(ValueError, match="read-only"):
        a.layers[0].weights[0, 0] = 2.0


def test_sparse_weights_are_taken():
    from scipy.sparse import csr_array

    assert Layer(csr_array([[0.0, 1.0]]), sm.IF(1.0)) == Layer([[0.0, 1.0]], sm.IF(1.0))


IF, LIF = sm.IF(1.0), sm.LIF(1.0, 1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Layer([1.0], IF), ValueError, "weights must have 2"),
        (lambda: Layer(np.zeros((0, 2)), IF), ValueError, "at least one neuron"),
        (lambda: Layer([[np.nan]], IF), ValueError, "finite"),
        (lambda: Layer([[1.0]], sm.SendOnDelta(1.0)), TypeError, "neuron must be a LIF"),
        (lambda: Layer([[1.0]], [IF, IF]), ValueError, "length 2"),
        (lambda: Layer([[1.0]], [sm.SendOnDelta(1.0)]), TypeError, r"neuron\[0\]"),
        (lambda: Layer([[1.0]], sm.IF(1.0, arithmetic="fast")), ValueError, "exact"),
        (lambda: Layer([[1.0]], IF, delays=-1.0), ValueError, ">= 0"),
        (lambda: Layer([[1.0, 1.0]], IF, delays=[1.0]), ValueError, "delays has shape"),
        (lambda: Network([]), ValueError, "at least one layer"),
        (lambda: Network([IF]), TypeError, "must be a Layer"),
        (lambda: Network([Layer([[1.0]], IF), Layer([[1.0, 1.0]], IF)]), ValueError, "2 inputs"),
        (lambda: Network([Layer([[1.0]], IF)], [Link(0, 1, [[1.0]])]), ValueError, "there are 1 layers"),
        (lambda: Network([Layer([[1.0]], IF)], [Link(0, 0, [[1.0, 2.0]])]), ValueError, "the layers need"),
        (lambda: Network([Layer([[1.0]], IF)], [(0, 0)]), TypeError, "must be a Link"),
        (lambda: Link(-1, 0, [[1.0]]), ValueError, 'or "input"'),
        (lambda: Network([Layer([[1.0]], IF)], [Link(0, 0, [[1.0]])]), ValueError, "neuron 0 of layer 0 is on a cycle"),
        (lambda: Layer([[1.0]], IF)([sm.SpikeTrain([0.0])] * 2), ValueError, "2 trains do not fit 1"),
        (lambda: Layer([[1.0]], IF)(3), TypeError, "one SpikeTrain per input"),
        (lambda: Layer([[1.0]], IF)([sm.SpikeTrain([1.0])], until=0.0), ValueError, "before the input begins"),
        (lambda: Layer([[1.0]], sm.IF(1e-30))([sm.SpikeTrain([0.0])]), OverflowError, "2\\^62"),
    ],
)
def test_messages(make, error, message):
    with pytest.raises(error, match=message):
        make()
