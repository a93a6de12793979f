"""The running leaky integral at every cell boundary: one pass, double-double, error bounds kept.

left_j  = U(c_j -) = exp(-a h) right_(j-1) + int over the cell,       right_j = U(c_j) = left_j + w_j
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._numeric.dd import add_bounded, pair
from spikemath._numeric.jit import compiled
from spikemath._numeric.leak import integrate, leaky_weights
from spikemath.signals.cells import Block, Cells
from spikemath.signals.checks import FloatArray

BLOCK = 1 << 16  # cells per kernel call: some milliseconds, so that Ctrl-C is answered


class Boundaries(NamedTuple):
    """Values at cell starts before and after the pulse, in ticks (times rate): (m,) arrays and error bounds."""

    first: int
    left_hi: FloatArray
    left_lo: FloatArray
    right_hi: FloatArray
    right_lo: FloatArray
    error: FloatArray  # of both
    block: Block


def _sweep(
    ah, al, state, length_hi, length_lo, pulse_hi, pulse_lo, pulse_error, q_hi, q_lo, q_error, left, right, error
):  # fmt: skip
    m, terms = length_hi.size, q_hi.shape[0]
    degree = terms - 1
    weights = np.zeros((terms + 1, 2))
    qh, ql = np.zeros(terms), np.zeros(terms)
    uh, ul, err = state[0], state[1], state[2]
    known_hi, known_lo = -1.0, 0.0
    for j in range(m):
        left[j, 0], left[j, 1] = uh, ul
        if pulse_hi[j] != 0.0:
            uh, ul, r = add_bounded(uh, ul, pulse_hi[j], pulse_lo[j])
            err += r + pulse_error[j]
        right[j, 0], right[j, 1], error[j] = uh, ul, err
        if length_hi[j] > 0.0:
            if length_hi[j] != known_hi or length_lo[j] != known_lo:
                known_hi, known_lo = length_hi[j], length_lo[j]
                leaky_weights(ah, al, known_hi, known_lo, degree, weights)
            for i in range(terms):
                qh[i], ql[i] = q_hi[i, j], q_lo[i, j]
            uh, ul, err = integrate(
                ah, ah * known_hi, uh, ul, err, qh, ql, q_error[j], terms, weights, degree, known_hi
            )  # fmt: skip
    state[0], state[1], state[2] = uh, ul, err


sweep = compiled(_sweep)


def boundaries(cells: Cells, alpha: float) -> Iterator[Boundaries]:
    """Values at all cell boundaries, block by block."""
    ah, al = pair(Fraction(alpha) / cells.rate)
    state = np.zeros(3)
    for first in range(0, cells.n + 1, BLOCK):
        block = cells.block(first, min(first + BLOCK, cells.n + 1))
        m = block.start_hi.size
        left, right, error = np.zeros((m, 2)), np.zeros((m, 2)), np.zeros(m)
        sweep(ah, al, state, *block[2:], left, right, error)
        yield Boundaries(first, left[:, 0], left[:, 1], right[:, 0], right[:, 1], error, block)


def _evaluate(ah, al, uh, ul, s_hi, s_lo, q_hi, q_lo, out):
    terms = q_hi.shape[0]
    weights = np.zeros((terms + 1, 2))
    for k in range(uh.size):
        leaky_weights(ah, al, s_hi[k], s_lo[k], terms - 1, weights)
        qh, ql = q_hi[:, k].copy(), q_lo[:, k].copy()
        h, r, _ = integrate(ah, ah * s_hi[k], uh[k], ul[k], 0.0, qh, ql, 0.0, terms, weights, terms - 1, s_hi[k])
        out[k, 0], out[k, 1] = h, r


evaluate = compiled(_evaluate)


def evaluate_inside(
    alpha: float,
    rate: Fraction,
    start: NDArray[np.float64],
    offsets: NDArray[np.float64],
    q_hi: FloatArray,
    q_lo: FloatArray,
) -> FloatArray:
    """U inside cells: start values (m, 2) and offsets (m, 2) in ticks, coefficients (terms, m); result (m, 2)."""
    ah, al = pair(Fraction(alpha) / rate)
    out = np.zeros((start.shape[0], 2))
    columns = (np.ascontiguousarray(x) for x in (start[:, 0], start[:, 1], offsets[:, 0], offsets[:, 1]))
    evaluate(ah, al, *columns, np.ascontiguousarray(q_hi), np.ascontiguousarray(q_lo), out)
    return out
