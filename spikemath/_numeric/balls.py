"""The number types of python-flint that the rest of the package may use."""

from flint import arb, fmpq

__all__ = ["arb", "fmpq"]
