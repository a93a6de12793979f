"""Training: exact forward passes, gradients, checkpoints; and a clear sentence where torch is missing."""

from __future__ import annotations

import importlib
import importlib.util

import numpy as np
import pytest

from spikemath.networks import mnist
from spikemath.networks.mnist import shape

HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="torch is not installed (the extra `train`)")
NAME = "spikemath.networks.mnist.train"


@pytest.mark.skipif(HAS_TORCH, reason="torch is installed")
def test_without_torch_one_sentence_names_the_extra():
    with pytest.raises(ImportError, match=r"pip install 'spikemath\[train\]'"):
        importlib.import_module(NAME)


@pytest.mark.parametrize("bits", [8, 6, 4])
def test_units_are_the_best_powers_of_two(bits):
    w = np.random.default_rng(0).normal(0.0, 0.3, 1000)

    def error(k):
        top = 2 ** (bits - 1) - 1
        return np.mean((np.clip(np.rint(w * 2.0**k), -top, top) / 2.0**k - w) ** 2)

    k = shape.exponent_for(w, bits)
    assert all(error(k) <= error(other) for other in range(k - 3, k + 4))


@needs_torch
@pytest.mark.parametrize("bits", [8, 4])
def test_a_quantized_forward_pass_is_the_integer_network(bits, tmp_path):
    import torch

    train = importlib.import_module(NAME)
    torch.manual_seed(bits)
    model = train.Model()
    model.quantize(bits)
    train.export(model, tmp_path / "n.npz")
    network = mnist.DigitNetwork.load(tmp_path / "n.npz")
    images = mnist.read_digits(mnist.SAMPLE)[0][:20]
    with torch.no_grad():
        logits, spikes = model(torch.from_numpy(images)[:, None].float())
    _, scores, counted = network.clocked(images)
    assert np.array_equal(scores[:, -1], logits.numpy() * 2.0 ** network.exponents[-1])
    assert np.array_equal(counted.sum((0, 1)), np.rint(spikes.numpy() * len(images)))


@needs_torch
def test_gradients_go_back_through_time():
    """Spikes at two ticks: d out_0 / d u_1 = slope(u_0), and through the decay half of slope(u_1)."""
    import torch

    train = importlib.import_module(NAME)
    drive = torch.tensor([[0.8], [0.9]], requires_grad=True)
    train.Lif.apply(drive, 2, 0.0).sum().backward()
    slope = [1 / (1 + np.pi**2 * (u - 1) ** 2) for u in (0.8, 1.3)]
    assert drive.grad.numpy().ravel() == pytest.approx([slope[0] + slope[1] / 2, slope[1]], rel=1e-6)
    constant = torch.tensor([[0.8]], requires_grad=True)
    train.Lif.apply(constant, 2, 0.0).sum().backward()
    slope = [1 / (1 + np.pi**2 * (u - 1) ** 2) for u in (0.8, 1.2)]
    assert constant.grad.numpy().ravel() == pytest.approx([slope[0] + 1.5 * slope[1]], rel=1e-6)


@needs_torch
def test_a_run_that_was_stopped_ends_like_one_that_was_not(tmp_path, capsys, monkeypatch):
    import torch

    train = importlib.import_module(NAME)
    x, y = mnist.read_digits(mnist.SAMPLE)
    monkeypatch.setattr(train, "HELD_OUT", 100)
    np.savez(tmp_path / "d.npz", x_train=x, y_train=y, x_test=x[:50], y_test=y[:50])
    common = ["--data", str(tmp_path / "d.npz"), "--epochs", "2", "--finetune", "1", "--bits", "8", "--batch", "20"]
    train.main([*common, "--out", str(tmp_path / "a")])
    step = train.save
    monkeypatch.setattr(train, "save", lambda *a: (step(*a), (_ for _ in ()).throw(KeyboardInterrupt()))[0])
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            train.main([*common, "--out", str(tmp_path / "b")])
    monkeypatch.setattr(train, "save", step)
    train.main([*common, "--out", str(tmp_path / "b")])
    one, other = (torch.load(tmp_path / n / "8-bit.pt", weights_only=True)["model"] for n in "ab")
    assert all(torch.equal(one[k], other[k]) for k in one)
    with pytest.raises(SystemExit, match="other epochs"):
        train.main([*common, "--epochs", "3", "--out", str(tmp_path / "a")])
    assert "held out" in capsys.readouterr().out


@needs_torch
@pytest.mark.parametrize("encoding", ["rate", "latency"])
def test_fixed_encodings(encoding):
    import torch

    train = importlib.import_module(NAME)
    model = train.Model(encoding)
    x = torch.tensor([0.0, 60.0, 128.0, 255.0]).view(1, 1, 1, 4)
    s = model.pixel_spikes(x)[:, 0, 0, 0]
    if encoding == "latency":
        assert s.sum(0).tolist() == [0, 1, 1, 1] and s.argmax(0).tolist() == [0, 3, 2, 0]
    else:
        assert s.sum(0).tolist() == [0, 0, 5, 5]
    logits, spikes = model(torch.zeros(2, 1, 28, 28))
    assert logits.shape == (2, 10) and len(spikes) == 4
