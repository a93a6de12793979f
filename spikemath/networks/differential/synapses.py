"""Weights listed by input: what one spike touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.networks.differential.waiting import IntArray, whole_numbers


@dataclass(frozen=True, eq=False)
class Synapses:
    """Integer weights from each input to the neurons that it reaches.

    Parameters
    ----------
    indptr : array of int, (inputs + 1,)
        Input i has the synapses ``indptr[i]`` to ``indptr[i + 1]``.
    targets : array of int
        Neuron at the end of each synapse.
    weights : array of int
    outputs : int
        Number of neurons.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> s = differential.Synapses.dense([[3, 0], [-1, 2]])
    >>> s.indptr, s.targets, s.weights
    (array([0, 2, 3]), array([0, 1, 1]), array([ 3, -1,  2], dtype=int32))
    >>> patches = differential.Synapses.patches([[[[1, 1], [1, 1]]]], side=4, stride=2, pad=0)
    >>> patches.inputs, patches.outputs, patches.targets[:4]
    (16, 4, array([0, 0, 1, 1]))
    """

    indptr: IntArray
    targets: IntArray
    weights: NDArray[np.int32]
    outputs: int
    positive: IntArray = field(init=False, repr=False)  # positive weight of each input

    def __post_init__(self) -> None:
        for name in ("indptr", "targets"):
            object.__setattr__(self, name, whole_numbers(getattr(self, name), name))
        weights = whole_numbers(self.weights, "weights")
        if weights.size and np.abs(weights).max() >= 2**31:
            raise ValueError("weights must fit 32 bits")
        if self.targets.size and not 0 <= self.targets.min() <= self.targets.max() < self.outputs:
            raise ValueError(f"targets must be from 0 to {self.outputs - 1}")
        steps = np.diff(self.indptr)
        if not len(weights) == len(self.targets) == self.indptr[-1] or self.indptr[0] != 0 or np.any(steps < 0):
            raise ValueError("indptr, targets and weights do not belong together")
        total = np.concatenate([[0], np.cumsum(np.maximum(weights, 0))])
        object.__setattr__(self, "positive", total[self.indptr[1:]] - total[self.indptr[:-1]])
        object.__setattr__(self, "weights", weights.astype(np.int32))

    @property
    def inputs(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def dense(cls, weights: Any) -> Synapses:
        """From a matrix (neurons, inputs); zero weights are no synapses."""
        w = whole_numbers(weights, "weights")
        if w.ndim != 2:
            raise ValueError(f"weights must be a matrix (neurons, inputs), got shape {w.shape}")
        source, target = np.nonzero(w.T)
        indptr = np.searchsorted(source, np.arange(w.shape[1] + 1))
        return cls(indptr, target, w.T[source, target].astype(np.int64), w.shape[0])

    @classmethod
    def patches(cls, weights: Any, side: int, stride: int, pad: int) -> Synapses:
        """From weights (channels out, channels in, patch, patch) shared over the patches of a square.

        Inputs and neurons are numbered channel by channel, row by row; zero weights are no synapses.
        """
        w = whole_numbers(weights, "weights")
        if w.ndim != 4 or w.shape[2] != w.shape[3]:
            raise ValueError(f"weights must be (channels out, channels in, patch, patch), got shape {w.shape}")
        out, channels, patch, _ = w.shape
        new = (side + 2 * pad - patch) // stride + 1
        o, c, dy, dx = np.nonzero(w)
        row, column = (a.ravel() for a in np.mgrid[:new, :new])
        y = row * stride - pad + dy[:, None]
        x = column * stride - pad + dx[:, None]
        inside = (y >= 0) & (y < side) & (x >= 0) & (x < side)
        source = (c[:, None] * side * side + y * side + x)[inside]
        target = (o[:, None] * new * new + row * new + column)[inside]
        value = np.broadcast_to(w[o, c, dy, dx][:, None], inside.shape)[inside]
        order = np.lexsort((target, source))
        indptr = np.searchsorted(source[order], np.arange(channels * side * side + 1))
        return cls(indptr, target[order], value[order], out * new * new)

    def matrix(self) -> IntArray:
        """As a matrix (neurons, inputs)."""
        w = np.zeros((self.outputs, self.inputs), np.int64)
        np.add.at(w, (self.targets, np.repeat(np.arange(self.inputs), np.diff(self.indptr))), self.weights)
        return w
