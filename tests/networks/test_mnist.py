"""The shipped network: the engine is the clocked model; the digits are told; the files are what they say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from oracles import differential as oracle

from spikemath._numeric.jit import DISABLED
from spikemath.cli import main
from spikemath.networks import differential, mnist
from spikemath.networks.mnist import shape

FULL = Path(os.environ.get("SPIKEMATH_MNIST") or Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist.npz")
WIDTHS = (8, 6, 4)
SOME = 1 if DISABLED else 40


@pytest.fixture(scope="module")
def digits():
    return mnist.read_digits(mnist.SAMPLE)


@pytest.fixture(scope="module")
def networks():
    return {bits: mnist.DigitNetwork.load(bits) for bits in WIDTHS}


@pytest.mark.parametrize("bits", WIDTHS)
def test_the_engine_is_the_clocked_model(bits, digits, networks):
    images = digits[0][:SOME]
    got = networks[bits].classify(images)
    labels, scores, spikes = networks[bits].clocked(images)
    assert np.array_equal(got.scores, scores[:, -1])
    assert np.array_equal(got.labels, labels)
    assert np.array_equal(got.spikes, spikes.sum(1))


def test_the_clocked_model_is_the_oracle_on_one_digit(networks, digits):
    """Layer 2 by plain Python integers from the spikes of layer 1; layer 1 in a few places."""
    network, image = networks[4], digits[0][1]
    answer = network(image)
    layers = network.engine.layers
    wanted = answer.run.streams
    trains = [np.cumsum(w.astype(int)).tolist() for w in answer.trains]
    for k, some in ((0, range(0, 3136, 97)), (1, range(0, 128, 5))):
        layer = layers[k]
        rows = layer.weights.matrix()[list(some)]
        used = np.flatnonzero(rows.any(0) & np.array([bool(t) for t in trains]))
        inputs = [trains[i] for i in used]
        thresholds = layer.threshold[list(some)].tolist()
        half = oracle.shift_down(1)
        fired, _ = oracle.layer(inputs, rows[:, used].tolist(), thresholds, half, "subtract", network.steps)
        stream = wanted[k + 1]
        for j, ticks in zip(some, fired, strict=True):
            assert stream.times[stream.sources == j].tolist() == ticks
        trains = [stream.times[stream.sources == j].tolist() for j in range(layer.weights.outputs)]
    scores = [sum(int(w) * len(t) for w, t in zip(row, trains, strict=True)) for row in network.weights[3]]
    assert answer.run.scores.tolist() == scores


def test_encoder_drive_is_the_weighted_patch(networks, digits):
    network, image = networks[8], digits[0][2]
    assert np.array_equal(network.drive(image[None])[0], network.encoder.matrix() @ image.ravel().astype(np.int64))


def test_first_spikes_of_the_encoder_are_the_closed_form(networks, digits):
    """Drives are in units of 2^-(k+8) of the threshold; below that, a shift may lose one unit."""
    from fractions import Fraction

    network = networks[8]
    drive, threshold = network.drive(digits[0][:1])[0], network.threshold(0)
    trains = differential.encode_drive(drive, threshold, network.steps)
    for d, words in zip(drive.tolist(), trains, strict=True):
        first = int(words[0]) if len(words) else None
        exact = differential.first_spike(Fraction(d, threshold)) if d > 0 else None
        if exact is not None and exact > network.steps:
            exact = None
        lossless = d % 2 ** (network.steps - 1) == 0
        late = differential.first_spike(Fraction(d - 1, threshold)) if d > 1 else None
        assert first == exact or (not lossless and first == (late if late and late <= network.steps else None))


def test_accuracy_on_the_digits_of_the_package(networks, digits):
    labels = networks[8].classify(digits[0][: 3 if DISABLED else None]).labels
    wanted = digits[1][: len(labels)]
    assert (labels != wanted).sum() <= 0.02 * len(labels)


@pytest.mark.skipif(not FULL.is_file(), reason="no mnist.npz (SPIKEMATH_MNIST or ../shared/data)")
def test_accuracy_on_test_images(networks):
    """By the clocked model, which is the engine, as other tests say; `spikemath mnist --check` runs both on all."""
    images, labels = mnist.read_digits(FULL)
    some = slice(0, 200 if DISABLED else 2500)
    got, _, _ = networks[8].clocked(images[some])
    assert len(images) == 10_000
    assert (got == labels[some]).mean() > (0.95 if DISABLED else 0.985)


@pytest.mark.skipif(not FULL.is_file(), reason="no mnist.npz (SPIKEMATH_MNIST or ../shared/data)")
def test_the_sample_is_the_beginning_of_the_test_set(digits):
    images, labels = mnist.read_digits(FULL)
    assert np.array_equal(digits[0], images[:200]) and np.array_equal(digits[1], labels[:200])


def test_weights_fit_their_bits(networks):
    for bits, network in networks.items():
        top = max(int(np.abs(w.astype(int)).max()) for w in network.weights)
        assert top <= 2 ** (bits - 1) - 1 and network.bits == bits
        assert [w.shape for w in network.weights] == [layer.weight_shape for layer in shape.LAYERS]
    assert sum(mnist.SAMPLE.with_name(f"{b}-bit.npz").stat().st_size for b in WIDTHS) < 1_500_000


def test_a_wrong_clocked_model_is_told_apart(networks, digits, monkeypatch):
    """One that shifts by two bits. (With four bits below the weights, digits seldom see which way a shift rounds.)"""
    from spikemath.networks.differential import Decay

    monkeypatch.setattr(Decay, "once", lambda self, u: u >> 2)
    images = digits[0][:SOME]
    _, scores, spikes = networks[8].clocked(images)
    got = networks[8].classify(images)
    assert not np.array_equal(got.scores, scores[:, -1]) and not np.array_equal(got.spikes, spikes.sum(1))


def run(*arguments):
    return CliRunner().invoke(main, ["mnist", *arguments], standalone_mode=False)


def test_command_line(tmp_path, digits):
    np.savez(tmp_path / "d.npz", images=digits[0][:3], labels=digits[1][:3])
    picture, answers = tmp_path / "p.png", tmp_path / "a.npy"
    done = run(
        "--images", str(tmp_path / "d.npz"), "--json", "--check", "--plot", str(picture), "--labels", str(answers)
    )
    got = json.loads(done.output)
    assert got["images"] == 3 and got["accuracy"] == 1.0 and got["equal_to_clocked"] == 3
    assert got["spikes_per_image"] == pytest.approx(sum(got["spikes"].values()), abs=0.2)
    assert got["operations_per_image"] > got["spikes_per_image"] > 0
    assert picture.read_bytes()[:4] == b"\x89PNG" and np.array_equal(np.load(answers), digits[1][:3])
    np.savez(tmp_path / "bare.npz", images=digits[0][:1])
    assert json.loads(run("--images", str(tmp_path / "bare.npz"), "--json", "--bits", "4").output)["accuracy"] is None


@pytest.mark.parametrize(
    ("arrays", "arguments", "says"),
    [
        ({"pictures": np.zeros((1, 28, 28), np.uint8)}, [], "no array named images"),
        ({"images": np.zeros((1, 27, 28), np.uint8)}, [], "must be"),
        ({"images": np.zeros((1, 28, 28))}, [], "must be integers"),
        ({"images": np.full((1, 28, 28), 256)}, [], "from 0 to 255"),
        ({"images": np.zeros((0, 28, 28), np.uint8)}, [], "no images"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": np.zeros(2)}, [], "labels of shape"),
        ({"images": np.zeros((1, 28, 28), np.uint8)}, ["--plot", "x.png", "--index", "1"], "there are 1 images"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, arrays, arguments, says):
    np.savez(tmp_path / "d.npz", **arrays)
    done = CliRunner().invoke(main, ["mnist", "--images", str(tmp_path / "d.npz"), *arguments])
    assert done.exit_code == 2 and says in done.output and len(done.output.splitlines()) == 1


def test_an_empty_picture_sends_nothing(networks):
    answer = networks[8](np.zeros((28, 28), np.uint8))
    assert answer.run.spikes == 0 and answer.operations == 0 and answer.label == 0
