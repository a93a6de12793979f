"""The trained digit network, in integers, two ways: on waiting times in the engine, and clocked.

Both compute the network of `shape.py` from the same weights. The engine takes each image as it comes: constant drive
of the encoder's patches, their spikes as waiting times, merged, then layer by layer. The clocked model takes all
images at once and every neuron at every tick, and multiplies patches by matrices. Its float32 products are exact: the
sums stay below 2^24.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.networks.differential.clocked import clocked
from spikemath.networks.differential.decay import Decay
from spikemath.networks.differential.drive import encode_drive_counted
from spikemath.networks.differential.engine import Engine, EngineRun
from spikemath.networks.differential.lif import LifLayer
from spikemath.networks.differential.synapses import Synapses
from spikemath.networks.differential.waiting import IntArray, WaitingTimes, word_bits
from spikemath.networks.mnist.data import Images, checked_images
from spikemath.networks.mnist.shape import FINER, LAYERS, SIDE

BITS = (8, 6, 4)


@dataclass(frozen=True, eq=False)
class Answer:
    """What the engine says of one image, and what it took.

    Parameters
    ----------
    label : int
        The digit with the largest score; the smallest of several.
    trains : WaitingTimes
        Spikes of the encoder, a train per neuron.
    run : EngineRun
        Sorted stream, spikes of each layer, scores, counts.
    encoding : int
        Additions of the encoder: pixels times weights that are not zero, and potentials.
    """

    label: int
    trains: WaitingTimes
    run: EngineRun
    encoding: int

    @property
    def operations(self) -> int:
        """Additions of the encoder, the layers and the readout."""
        return self.encoding + self.run.operations


@dataclass(frozen=True, eq=False)
class Classified:
    """What the engine says of many images.

    Parameters
    ----------
    labels : array of int64 (n,)
    scores : array of int64 (n, 10)
    spikes : array of int64 (n, layers)
        Spikes of the encoder and of each layer.
    operations : array of int64 (n, parts)
        Additions of the encoder, of each layer and of the readout.
    """

    labels: IntArray
    scores: IntArray
    spikes: IntArray
    operations: IntArray


class DigitNetwork:
    """The network with integer weights that tells digits.

    Parameters
    ----------
    weights : sequence of arrays of int
        Of each layer, in the shapes of ``shape.LAYERS``.
    exponents : sequence of int
        The unit of layer k's weights is ``2**-exponents[k]`` of a threshold.
    bits : int
        Width of a weight.
    steps : int
        Ticks per image.

    Examples
    --------
    >>> from spikemath.networks import mnist
    >>> images, labels = mnist.read_digits(mnist.SAMPLE)
    >>> answer = mnist.DigitNetwork.load()(images[0])
    >>> answer.label == int(labels[0])
    True
    """

    def __init__(self, weights: Iterable[Any], exponents: Iterable[int], bits: int, steps: int) -> None:
        self.weights = tuple(np.ascontiguousarray(w, np.int8) for w in weights)
        self.exponents = tuple(int(k) for k in exponents)
        self.bits, self.steps = int(bits), int(steps)
        top = 2 ** (self.bits - 1) - 1
        for k, (w, shape) in enumerate(zip(self.weights, LAYERS, strict=True)):
            if w.shape != shape.weight_shape:
                raise ValueError(f"layer {k} has weights {w.shape}, must be {shape.weight_shape}")
            if np.abs(w.astype(int)).max() > top:
                raise ValueError(f"layer {k} has weights beyond {self.bits} bits")

    @classmethod
    def load(cls, path: str | os.PathLike[str] | int = 8) -> DigitNetwork:
        """A trained network: of the package (8, 6 or 4 bits), or from a file that training has written."""
        if isinstance(path, int):
            if path not in BITS:
                raise ValueError(f"bits = {path}: the package has {', '.join(map(str, BITS))}")
            path = Path(__file__).with_name(f"{path}-bit.npz")
        with np.load(path) as file:
            weights = [file[f"w{k}"] for k in range(len(LAYERS))]
            return cls(weights, file["exponents"], int(file["bits"]), int(file["steps"]))

    # the engine

    def threshold(self, k: int) -> int:
        """Of layer k, in units of its potentials."""
        return 1 << (self.exponents[k] + (8 if k == 0 else FINER))

    @cached_property
    def encoder(self) -> Synapses:
        """From pixels to encoder neurons."""
        first = LAYERS[0]
        return Synapses.patches(self.weights[0], SIDE, first.stride, first.pad)

    @cached_property
    def engine(self) -> Engine:
        """Everything after the encoder, on waiting times."""
        hidden = LAYERS[1]
        patches = Synapses.patches(self.weights[1].astype(np.int64) << FINER, SIDE // 2, hidden.stride, hidden.pad)
        full = Synapses.dense(self.weights[2].astype(np.int64) << FINER)
        return Engine([LifLayer(patches, self.threshold(1)), LifLayer(full, self.threshold(2))], self.weights[3])

    @cached_property
    def _pixel_weights(self) -> NDArray[np.float32]:
        return self._matrix(0)

    def drive(self, images: Images) -> IntArray:
        """Constant drive of the encoder: (n, channels * 14 * 14), channel by channel."""
        d = patches(images[:, None].astype(np.float32), *_geometry(0)) @ self._pixel_weights
        return np.ascontiguousarray(d.transpose(0, 2, 1)).reshape(len(images), -1).astype(np.int64)

    def __call__(self, image: Any) -> Answer:
        """One image through the engine."""
        (image,) = checked_images(image)
        drive = self.drive(image[None])[0]
        bits = word_bits(self.steps)
        trains, work = encode_drive_counted(drive, self.threshold(0), self.steps, bits=bits)
        run = self.engine(trains, self.steps)
        work += int(np.diff(self.encoder.indptr)[image.ravel() > 0].sum())
        return Answer(int(np.argmax(run.scores)), trains, run, work)

    def classify(self, images: Any, tick: Callable[[int], Any] = lambda n: None) -> Classified:
        """Many images through the engine, one after the other; `tick(1)` is called after each."""
        x = checked_images(images)
        labels, scores = np.zeros(len(x), np.int64), np.zeros((len(x), LAYERS[-1].outputs), np.int64)
        spikes, operations = np.zeros((len(x), 3), np.int64), np.zeros((len(x), 4), np.int64)
        for i, image in enumerate(x):
            answer = self(image)
            labels[i], scores[i] = answer.label, answer.run.scores
            spikes[i] = [int(s.spike.sum()) for s in answer.run.streams]
            operations[i] = [answer.encoding, *(c["synapses"] for c in answer.run.counts)]
            tick(1)
        return Classified(labels, scores, spikes, operations)

    # the clocked model

    def _matrix(self, k: int) -> NDArray[np.float32]:
        w = self.weights[k].reshape(len(self.weights[k]), -1)
        return np.ascontiguousarray(w.T, np.float32)

    def clocked(self, images: Any, batch: int = 200) -> tuple[IntArray, IntArray, IntArray]:
        """Every neuron at every tick: scores after each tick, and spikes of each layer at each tick.

        Returns
        -------
        labels : array of int64 (n,)
        scores : array of int64 (n, ticks, 10)
        spikes : array of int64 (n, ticks, 3)
        """
        x = checked_images(images)
        scores = np.zeros((len(x), self.steps, LAYERS[-1].outputs), np.int64)
        spikes = np.zeros((len(x), self.steps, 3), np.int64)
        for a in range(0, len(x), batch):
            part = x[a : a + batch]
            drive = np.broadcast_to(self.drive(part), (self.steps, len(part), self.encoder.outputs))
            s, _ = clocked(drive, self.threshold(0), Decay())
            layers = [s]
            for k in (1, 2):
                s, _ = clocked(self._drive_of(k, s), self.threshold(k), Decay())
                layers.append(s)
            out = np.rint(s.astype(np.float32) @ self._matrix(3)).astype(np.int64)
            scores[a : a + batch] = np.cumsum(out, axis=0).transpose(1, 0, 2)
            spikes[a : a + batch] = np.stack([layer.sum(-1).T for layer in layers], axis=-1)
        labels = scores[:, -1].argmax(1) if len(x) else np.zeros(0, np.int64)
        return labels, scores, spikes

    def _drive_of(self, k: int, s: IntArray) -> IntArray:
        """What spikes (ticks, n, neurons) drive layer k with, in units of its potentials."""
        flat = s.reshape(-1, s.shape[-1]).astype(np.float32)
        if LAYERS[k].patch:
            square = flat.reshape(-1, LAYERS[k].inputs, SIDE // 2, SIDE // 2)
            d = (patches(square, *_geometry(k)) @ self._matrix(k)).transpose(0, 2, 1).reshape(len(flat), -1)
        else:
            d = flat @ self._matrix(k)
        return d.reshape(*s.shape[:2], -1).astype(np.int64) << FINER


def _geometry(k: int) -> tuple[int, int, int]:
    return LAYERS[k].patch, LAYERS[k].stride, LAYERS[k].pad


def patches(x: NDArray[np.float32], patch: int, stride: int, pad: int) -> NDArray[np.float32]:
    """The patches of images (n, channels, side, side), one a row: (n, places, channels * patch * patch)."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    window = np.lib.stride_tricks.sliding_window_view(padded, (patch, patch), axis=(2, 3))[:, :, ::stride, ::stride]
    n, channels, rows, columns = window.shape[:4]
    return np.ascontiguousarray(window.transpose(0, 2, 3, 1, 4, 5)).reshape(n, rows * columns, channels * patch**2)
