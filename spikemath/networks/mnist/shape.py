"""The shape of the digit network: what training, export, the engine and the reference agree on.

    28 x 28 pixels, 0 to 255
    -> 14 x 14 x 32 encoder neurons, each driven by its 5 x 5 patch of pixels, the same at every tick
    ->  7 x  7 x 64 LIF neurons on 3 x 3 patches of encoder spikes
    ->          128 LIF neurons
    ->           10 sums of weighted spikes; the largest is the answer.

Weights are shared over patches; strides are 2. Threshold 1, decay 1/2 per tick, reset by subtraction. A layer's
weights are integers in units of 2^-k; its potentials are kept in units that are 2^FINER times finer, so that halving
them loses less. Pixels count in units of 1/256, which makes the encoder's unit 2^-(k+8).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

SIDE = 28
STEPS = 5  # ticks per image
PIXEL_UNIT = 256.0
FINER = 4  # bits of a potential below the unit of the weights


class LayerShape(NamedTuple):
    """One layer: `patch` is the side of its patches, 0 for all inputs."""

    inputs: int
    outputs: int
    patch: int
    stride: int
    pad: int
    gain: float  # of the random weights that training starts from

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, self.inputs, self.patch, self.patch) if self.patch else (self.outputs, self.inputs)


LAYERS = (
    LayerShape(1, 32, 5, 2, 2, 2.0),
    LayerShape(32, 64, 3, 2, 1, 1.5),
    LayerShape(64 * 7 * 7, 128, 0, 0, 0, 1.5),
    LayerShape(128, 10, 0, 0, 0, 1.0),
)


def exponent_for(weights: Any, bits: int) -> int:
    """The k for which rounding weights to `bits` bits in units of 2^-k has the least mean square error."""
    w = np.asarray(weights, np.float64)
    top = 2 ** (bits - 1) - 1
    middle = math.floor(math.log2(top / np.abs(w).max()))
    errors = {}
    for k in range(middle - 1, middle + 4):
        rounded = np.clip(np.rint(w * 2.0**k), -top, top) / 2.0**k
        errors[k] = float(np.mean((rounded - w) ** 2))
    return min(errors, key=lambda k: errors[k])
