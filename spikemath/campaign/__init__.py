"""A campaign by volume: very many trains aimed at ties, each encoded exactly and certified independently.

    for every train:      max_n |V_n| < theta,      V = U_{eta - LIF(eta)}      (theory Q1)

The trains are made from a seed and a number, so each can be made again (:func:`train`). They are encoded by the
compiled kernels of the operators, and the bound is checked by integers (no leak) or by enclosures (leak), which share
nothing with the encoder. What these leave open goes to rationals and to balls. :func:`run` counts.
"""

from spikemath.campaign._escalate import train
from spikemath.campaign._run import run
from spikemath.campaign._state import CheckpointError, Result
from spikemath.campaign._sweep import COLUMNS
from spikemath.campaign._trains import ALPHAS, FAMILIES, THRESHOLDS

__all__ = ["ALPHAS", "COLUMNS", "FAMILIES", "THRESHOLDS", "CheckpointError", "Result", "run", "train"]
