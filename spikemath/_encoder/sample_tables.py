"""Tables of the kernels for samples (sample_kernel.py, joined_kernel.py): powers of the decay, and how sums are split.

    E = exp(-a),      w = (1 - E)/a  (a = 0: 1)        samples held
                      w^2,    r = (1 - w)/a  (1/2)     samples joined: w^2 takes the place of w

All have a relative error below 2^-88.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spikemath._numeric.dd import exp_neg, mul
from spikemath._numeric.jit import compiled
from spikemath._numeric.jit_lanes import SPAN
from spikemath._numeric.leak import leaky_weights

FINE = 64  # steps of the table of decays inside a sample
LOW = 65  # where the second row of a table of decays begins
S1, S2, LIMIT = 0, 1, 2
STEEPEST = 8.0  # largest leak per sample for the sums


class Tables(NamedTuple):
    """What depends on leak and threshold only."""

    scan: Any  # 4 rows of 8: powers of E for the filter, see jit_lanes.py
    weights: Any  # 2 rows of 72: w E^(63 - j) or w^2 E^(63 - j), then zeros
    decay: Any  # 2 rows of 65: E^n
    fine: Any  # 2 rows of 65: exp(-a j/64)
    split: Any  # constants of the sums, and the largest term that they take
    whole: Any  # w (joined: w and r) and E, as leak.integrate takes them


class Row(NamedTuple):
    """The tables of the sums, bare."""

    weights: Any
    decay: Any
    split: Any


def _fill(ah, al, theta, degree, tables):
    """Fill the tables for a leak and a threshold; degree 0 for held samples, 1 for joined ones."""
    leaky_weights(ah, al, 1.0, 0.0, degree, tables.whole)
    if ah > STEEPEST:
        return
    wh, wl = tables.whole[0, 0], tables.whole[0, 1]
    if degree > 0:
        wh, wl = mul(wh, wl, wh, wl)
    for n in range(SPAN + 1):
        zh, zl = mul(ah, al, float(n), 0.0)
        tables.decay[n], tables.decay[LOW + n] = exp_neg(zh, zl)
        zh, zl = mul(ah, al, n / FINE, 0.0)
        tables.fine[n], tables.fine[LOW + n] = exp_neg(zh, zl)
    for n in range(SPAN):
        rh, rl = mul(wh, wl, tables.decay[SPAN - 1 - n], tables.decay[LOW + SPAN - 1 - n])
        tables.weights[n], tables.weights[SPAN + 8 + n] = rh, rl
    for lane in range(8):
        for i in range(3):
            tables.scan[8 * i + lane] = tables.decay[1 << i] if lane >= 1 << i else 0.0
        tables.scan[24 + lane] = tables.decay[lane + 1]
    power = 1.0
    while power < theta:
        power *= 2.0
    while power >= 2.0 * theta:
        power *= 0.5
    tables.split[LIMIT] = 4.0 * theta * (1.0 + degree)
    tables.split[S1] = 1.5 * power * 256.0 * (1.0 + degree)
    tables.split[S2] = tables.split[S1] * 2.0**-46


fill = compiled(_fill)


def tables(ah: float, al: float, theta: float) -> Tables:
    """Tables for a leak per sample and a threshold; samples held."""
    return _filled(ah, al, theta, 0)


def joined_tables(ah: float, al: float, theta: float) -> tuple[Tables, Any]:
    """Tables for joined samples, and ``ends``: r, then w^2, r/w^2 and 1/(8 w^2) in floats."""
    made = _filled(ah, al, theta, 1)
    (w, _), (rh, rl) = made.whole[:2].tolist()
    return made, np.array([rh, rl, w * w, rh / (w * w), 0.125 / (w * w)])


def _filled(ah: float, al: float, theta: float, degree: int) -> Tables:
    made = Tables(
        np.zeros(32),
        np.zeros(2 * (SPAN + 8)),
        np.zeros(2 * LOW),
        np.zeros(2 * LOW),
        np.zeros(3),
        np.zeros((degree + 2, 2)),
    )
    fill(ah, al, theta, degree, made)
    return made
