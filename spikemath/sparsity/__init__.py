"""Maximum sparsity: the true l1 optimum over lattice trains in the open tube, and the crossings that it counts."""

from spikemath.sparsity.crossings import crossing_count
from spikemath.sparsity.sparsest import l1, sparsest

__all__ = ["crossing_count", "l1", "sparsest"]
