"""The number types of python-flint that the rest of the package may use."""

from flint import acb, arb, fmpq

__all__ = ["acb", "arb", "fmpq"]
