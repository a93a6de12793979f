"""Theory S8 bounds the output before it is computed: what cannot fit is refused before memory is taken."""

from __future__ import annotations

import pickle
import resource
import sys
import time

import numpy as np
import pytest

import spikemath as sm


def test_too_many_spikes_are_predicted():
    """The error names the predicted number and the smallest threshold that fits, at once and without memory."""
    f = sm.Signal.from_samples([1.0, -1.0], fs=1.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with pytest.raises(sm.TooManySpikesError, match="spikes are predicted") as caught:
        sm.IF(1e-15).encode(f)
    assert time.perf_counter() - start < 5.0
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (1 if sys.platform == "darwin" else 1024)
    assert grown < 200  # MiB
    error = caught.value
    assert isinstance(error, ValueError)
    assert 1.9e15 < error.predicted < 2.1e15
    assert error.predicted > error.limit
    assert f"{error.smallest_threshold:.6g}" in str(error)
    # the mass over the threshold is what bounds the number: with the smallest one it fits, just
    assert 2.0 / error.smallest_threshold <= error.limit * (1 + 1e-5)
    assert 2.0 / error.smallest_threshold > error.limit * 0.99


@pytest.mark.jit_only
def test_the_smallest_threshold_fits(monkeypatch):
    """With a small memory the proposed threshold is accepted and one a little smaller is not."""
    limit = 1_200_000
    loaded = [m for k, m in sys.modules.items() if k.startswith("spikemath.")]
    module = next(m for m in loaded if hasattr(m, "spike_limit"))
    monkeypatch.setattr(module, "spike_limit", lambda: limit)
    f = sm.Signal.from_samples(np.full(10, 3.0), fs=1.0)
    with pytest.raises(sm.TooManySpikesError) as caught:
        sm.IF(1e-6).encode(f)
    fits = caught.value.smallest_threshold
    assert fits == pytest.approx(30 / limit, rel=1e-4)
    assert 0.99 * limit <= len(sm.IF(fits)(f)) <= limit
    with pytest.raises(sm.TooManySpikesError):
        sm.IF(fits * 0.999).encode(f)


def test_the_refractory_time_bounds_the_number_too():
    """A huge mass, but at most one spike per refractory time: accepted."""
    f = sm.Signal.from_samples([1e15], fs=1.0)
    eta = sm.IF(1.0, refractory=0.125)(f)
    assert 8 <= len(eta) <= 9


def test_the_error_can_be_pickled():
    """It may come from another process."""
    error = sm.TooManySpikesError(10, 5, 0.1)
    again = pickle.loads(pickle.dumps(error))
    assert (again.predicted, again.limit, again.smallest_threshold) == (10, 5, 0.1)
    assert str(again) == str(error)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_counts_beyond_int64_are_refused(alpha):
    """One pulse of 1e30 thresholds: a clear error, no wrapped integer."""
    s = sm.SpikeTrain([0.0, 1.0], [0.1, 1e30])
    with pytest.raises(OverflowError, match="threshold"):
        sm.LIF(1.0, alpha).encode(s)
    with pytest.raises(OverflowError, match="threshold"):
        sm.LIF(1.0, alpha).encode(s + sm.Signal.from_samples([0.0, 0.0], fs=1.0))
    assert sm.LIF(1.0, alpha, "subtract").encode(s).counts.tolist() == [1]
    assert sm.LIF(1.0, alpha).encode(sm.SpikeTrain([0.0], [1e18])).counts.tolist() == [10**18]
