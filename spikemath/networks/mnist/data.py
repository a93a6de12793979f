"""Digits: an .npz file with `x_test` and `y_test` as MNIST is distributed, or with `images` and perhaps `labels`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath.networks.mnist.shape import SIDE

Images = NDArray[np.uint8]
SAMPLE = Path(__file__).with_name("sample.npz")
NAMES = (("images", "labels"), ("x_test", "y_test"), ("x", "y"))


def checked_images(images: Any) -> Images:
    """Images as (n, 28, 28) uint8, or an error that says what is wrong."""
    x = np.asarray(images)
    if x.ndim == 2 and x.shape[1] == SIDE * SIDE:
        x = x.reshape(-1, SIDE, SIDE)
    if x.shape == (SIDE, SIDE):
        x = x[None]
    if x.ndim != 3 or x.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"images must be (n, {SIDE}, {SIDE}), got shape {x.shape}")
    if x.dtype != np.uint8:
        if x.dtype.kind not in "iu":
            raise TypeError(f"images must be integers from 0 (paper) to 255 (ink), got {x.dtype}")
        if x.size and not 0 <= x.min() <= x.max() <= 255:
            raise ValueError(f"images must be integers from 0 to 255, got {x.min()} to {x.max()}")
    return np.ascontiguousarray(x, np.uint8)


def read_digits(path: str | os.PathLike[str]) -> tuple[Images, NDArray[np.int64] | None]:
    """Images and labels of a file.

    Parameters
    ----------
    path : path
        An .npz file with the arrays ``images`` and (if known) ``labels``, or ``x_test`` and ``y_test``.

    Returns
    -------
    images : array of uint8 (n, 28, 28)
    labels : array of int64 (n,) or None

    Raises
    ------
    ValueError
        If it holds neither.

    Examples
    --------
    >>> from spikemath.networks import mnist
    >>> images, labels = mnist.read_digits(mnist.SAMPLE)
    >>> images.shape[1:], len(images) == len(labels)
    ((28, 28), True)
    """
    with np.load(path) as file:
        for x, y in NAMES:
            if x in file.files:
                images = checked_images(file[x])
                labels = np.asarray(file[y]).astype(np.int64) if y in file.files else None
                if labels is not None and labels.shape != (len(images),):
                    raise ValueError(f"{path}: {len(images)} images and labels of shape {labels.shape}")
                return images, labels
        raise ValueError(f"{path} has no array named images or x_test, but {', '.join(file.files) or 'nothing'}")
