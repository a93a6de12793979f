"""All compiled forms of intrinsics, by name (jit.py looks here). Imports numba, so import it late."""

from __future__ import annotations

from spikemath._numeric.jit_bare import bare, lent, taken
from spikemath._numeric.jit_exp import decay_factors
from spikemath._numeric.jit_filters import first_beyond, first_crossable, first_outside
from spikemath._numeric.jit_running import partial_integrals, partial_sums
from spikemath._numeric.jit_sums import scanned_block, split_dot, split_sum
from spikemath._numeric.jit_vectors import HAS_FMA, fma, transpose, two_prod

__all__ = [
    "HAS_FMA",
    "bare",
    "decay_factors",
    "first_beyond",
    "first_crossable",
    "first_outside",
    "fma",
    "lent",
    "partial_integrals",
    "partial_sums",
    "scanned_block",
    "split_dot",
    "split_sum",
    "taken",
    "transpose",
    "two_prod",
]
