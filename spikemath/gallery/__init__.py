r"""Test signals that know themselves in closed form: values, leaky integrals, and the Signal that operators take.

    int_a^b exp(-alpha (b - s)) f(s) ds

is what an integrate-and-fire neuron accumulates between two spikes, so a signal whose leaky integral is known in
closed form is an oracle for encoders and decoders alike. Each member here has

    g(t)                        values
    g.integral(a, b, alpha)     the leaky integral above
    g.signal()                  the same as a Signal, pieces of polynomials within some 1e-15 of it
    g.domain

Random ones are drawn from a seed, which is an argument.
"""

from spikemath.gallery.chirp import Chirp, chirp
from spikemath.gallery.diracs import Diracs, diracs
from spikemath.gallery.piecewise import PiecewiseConstant, piecewise_constant
from spikemath.gallery.trigonometric import TrigonometricSum, bandlimited, trigonometric_sum

__all__ = [
    "Chirp",
    "Diracs",
    "PiecewiseConstant",
    "TrigonometricSum",
    "bandlimited",
    "chirp",
    "diracs",
    "piecewise_constant",
    "trigonometric_sum",
]
