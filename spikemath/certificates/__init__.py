"""Certificates: the quantization bound of one run, decided with certainty."""

from spikemath.certificates.certificate import Certificate
from spikemath.certificates.certify import certify

__all__ = ["Certificate", "certify"]
