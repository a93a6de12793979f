"""How large a measure is: Alexiewicz (plain and leaky), discrepancy, total and truncated variation."""

from spikemath.norms.alexiewicz import Extremum, alexiewicz_bounds, alexiewicz_extremum, alexiewicz_norm
from spikemath.norms.discrepancy import discrepancy_norm
from spikemath.norms.variation import total_variation, truncated_variation

__all__ = [
    "Extremum",
    "alexiewicz_bounds",
    "alexiewicz_extremum",
    "alexiewicz_norm",
    "discrepancy_norm",
    "total_variation",
    "truncated_variation",
]
