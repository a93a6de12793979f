"""The filter for samples calls on the last of 64 samples, in vain: the anchor has to move on with it all the same.

Left behind, the next sum spans more than 64 samples. LIF took weights from beside its table, and missed a spike (the
residual was 1.16 thresholds); IF wrote another low part of a time than with a cut at the block.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import spikemath as sm

ALPHA = 2.0**-10


def almost(eps: float, block: int = 1) -> np.ndarray:
    """Samples whose potential is theta (1 - eps) = 1 - eps at the end of a block of 64, and reaches 1 a block later."""
    rng, w, u = np.random.default_rng(1), (1.0 - math.exp(-ALPHA)) / ALPHA, 0.0
    x = 0.01 * rng.random(64 * block + 140)
    last = 64 * block - 1
    for v in x[:last]:
        u = u * math.exp(-ALPHA) + w * v
    x[last] = ((1.0 - eps) - u * math.exp(-ALPHA)) / w
    x[last + 1] = -0.4
    return x


@pytest.mark.parametrize("block", [1, 2])
@pytest.mark.parametrize("eps", [2.0**-41, 2.0**-39])
def test_no_spike_is_missed_after_a_false_alarm(eps, block):
    x, lif = almost(eps, block), sm.LIF(1.0, ALPHA)
    f = sm.Signal.from_samples(x, fs=1.0)
    whole = lif.encode(f)
    assert len(whole) == 1 and sm.alexiewicz_norm(f - whole.spikes, ALPHA) < 1.0
    events, stream = lif.stream(fs=1.0).push(x[: 64 * block])
    assert len(events) == 0 and stream.push(x[64 * block :])[0].counts.tolist() == whole.counts.tolist()
    assert stream.push(x[64 * block :])[1].finish().potential == whole.potential
