"""Adapters: a clear error without the package; with it, a neuron whose model the bench confirms."""

from __future__ import annotations

import importlib
import re
import sys
import types
import warnings

import numpy as np
import pytest

from spikemath.conformance import adapters, check
from spikemath.conformance.adapters import PACKAGES


def test_every_adapter_has_a_package():
    assert set(adapters.__all__) == set(PACKAGES)


@pytest.mark.parametrize("name", adapters.__all__)
def test_without_the_package_the_error_says_what_to_install(name, monkeypatch):
    module, package = PACKAGES[name]
    for part in range(1, module.count(".") + 2):
        monkeypatch.setitem(sys.modules, ".".join(module.split(".")[:part]), None)
    message = f"the adapter '{name}' needs {package}: pip install {package}"
    with pytest.raises(ImportError, match=re.escape(message)):
        getattr(adapters, name)()


@pytest.mark.parametrize("name", adapters.__all__)
def test_with_the_package_the_model_is_what_the_adapter_says(name):
    """Where it is installed. Ties are not claimed: all of these compute in floats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not ours
        try:
            importlib.import_module(PACKAGES[name][0])
        except ImportError:
            pytest.skip(f"{PACKAGES[name][1]} is not installed")
        options = getattr(adapters, name)(**({"reset": "zero"} if name == "snntorch" else {}))
        report = check(**{**options, "nonnegative": True, "margin": 1e-4}, examples=15, size=8)
    assert report.ok, str(report)


def test_an_adapter_calls_what_the_package_offers(monkeypatch):
    """nengo's adapter on a stand-in with the step function of its documentation."""

    class Rectified:
        def step(self, dt, J, output, voltage):
            voltage += np.maximum(J, 0) * dt
            spikes = np.floor(voltage)
            output[:] = spikes / dt
            voltage -= spikes

    stand_in = types.ModuleType("nengo")
    stand_in.SpikingRectifiedLinear = Rectified
    monkeypatch.setitem(sys.modules, "nengo", stand_in)
    options = adapters.nengo()
    assert options["name"].startswith("nengo")
    report = check(**options, examples=30, margin=1e-9)
    assert report.ok, str(report)
    assert report["quantization"].verdict == "holds"
