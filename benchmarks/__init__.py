"""Benchmarks: `make bench`, or `python -m benchmarks`. Not part of the package and not part of the tests."""
