"""Hypothesis strategies for signals, spike trains and operators, aimed at ties.

What breaks encoders is a potential that meets a multiple of the threshold, |u| = k theta, or misses it by a rounding.
Random weights of full precision never do; decimal grids, multiples of the threshold and their float neighbours do.
:func:`tie_trains` goes further: it carries the exact residual V of the modulo neuron,

    u = beta V + a,     s = theta trunc(u / theta),     V <- u - s,

and chooses the next weight a so that u meets k theta. Every strategy shrinks to what a person would write: few events,
integer times, small multiples of the threshold. Bad arguments raise hypothesis's InvalidArgument.
"""

from spikemath.strategies.blocks import chunkings
from spikemath.strategies.neurons import operators
from spikemath.strategies.numbers import leaks, thresholds, weights
from spikemath.strategies.signal import signals
from spikemath.strategies.ties import tie_trains
from spikemath.strategies.trains import spike_trains

__all__ = ["chunkings", "leaks", "operators", "signals", "spike_trains", "thresholds", "tie_trains", "weights"]
