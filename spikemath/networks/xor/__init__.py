"""XOR by spikes: which gates can a reservoir of LIF neurons with a linear readout solve, and how likely by chance?

Two bits are sent as pulses (`encodings`), a layer of LIF neurons with random weights answers with spikes
(`features`), and a gate is solved iff a hyperplane parts the answers to its ones from those to its zeros
(`separation`), which is decided exactly. `study` estimates how often that happens, `law` computes it, and `solutions`
are networks to look at.

>>> import spikemath as sm
>>> sm.networks.xor.study(resets="modulo", hidden=2, samples=1000, readouts="count").probability("XOR", hidden=2).value
0.015

Source: Moser, Lunglmayr, "On the Solvability of the XOR Problem by Spiking Neural Networks" (arXiv 2408.05845).
"""

from __future__ import annotations

from spikemath.networks.xor import figures
from spikemath.networks.xor._features import features, reservoir, spikes
from spikemath.networks.xor._law import Law, law
from spikemath.networks.xor._solutions import Solution, search, solutions
from spikemath.networks.xor._study import ALPHA, first_network, study
from spikemath.networks.xor._tally import Estimate, Study, wilson
from spikemath.networks.xor.encodings import ENCODINGS, BitEncoding, bit_encoding
from spikemath.networks.xor.gates import GATES, gate_number, truth_table
from spikemath.networks.xor.separation import Separation, separate, solvable, solvable_lp

__all__ = [
    "ALPHA",
    "ENCODINGS",
    "GATES",
    "BitEncoding",
    "Estimate",
    "Law",
    "Separation",
    "Solution",
    "Study",
    "bit_encoding",
    "features",
    "figures",
    "first_network",
    "gate_number",
    "law",
    "reservoir",
    "search",
    "separate",
    "solutions",
    "solvable",
    "solvable_lp",
    "spikes",
    "study",
    "truth_table",
    "wilson",
]
