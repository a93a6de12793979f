"""Digits on waiting times: the trained integer network, and how it was trained.

`train.py` (extra `train`, torch) learns weights and spike encoding together; `network.py` runs what it exports in the
differential-time engine and needs neither. docs/learned-encoding.md has the figures.

Examples
--------
>>> from spikemath.networks import mnist
>>> images, labels = mnist.read_digits(mnist.SAMPLE)
>>> mnist.DigitNetwork.load().classify(images[:3]).labels
array([7, 2, 1])
"""

from spikemath.networks.mnist import figures
from spikemath.networks.mnist.data import SAMPLE, read_digits
from spikemath.networks.mnist.network import BITS, Answer, Classified, DigitNetwork

__all__ = ["BITS", "SAMPLE", "Answer", "Classified", "DigitNetwork", "figures", "read_digits"]
