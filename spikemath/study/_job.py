r"""One point of a study: encode, decode, compare.

    SNR = 10 log10( var f / mean (f - g)^2 )    over the inner part of the recording, at the samples and between them

What is encoded is f - mean f (send-on-delta: f - f(t0)) plus the bias. The threshold is chosen for a wanted number of
spikes: mass / spikes, with the mass of the budget (theory S8).
"""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikemath.operators import SendOnDelta
from spikemath.signals import Signal
from spikemath.signals.checks import FloatArray

INNER = 0.05  # of the domain left out at either side


@dataclass(frozen=True)
class Job:
    """What is done at one point: a value that names itself, so that a resumed study knows it again.

    Attributes
    ----------
    recording : str
        Name of the recording.
    operator : LIF, IF or SendOnDelta
        What encodes.
    decoder : Decoder
        What decodes.
    bias : float
        What is added before encoding.
    hold : {"linear", "zero"}
        What lies between the samples. With "zero" send-on-delta sees jumps, and resets differ.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.study.Job("ecg", sm.IF(0.1), sm.decoders.Linear(), 0.0).key
    "ecg | IF(threshold=0.1, reset='modulo') | Linear() | bias 0.0 | linear"
    """

    recording: str
    operator: Any
    decoder: Any
    bias: float = 0.0
    hold: str = "linear"

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.recording} | {self.operator!r} | {self.decoder!r} | bias {self.bias!r} | {self.hold}"


@dataclass(frozen=True)
class Point:
    """What came out at one point; one line of the table.

    Attributes
    ----------
    key, recording, operator, reset, decoder : str
        What was done.
    threshold, alpha, refractory, bias : float
        Settings.
    hold : str
        What lies between the samples.
    spikes : int
        Number of spikes.
    rate : float
        Spikes per unit of time (per second).
    snr : float
        Signal to noise, dB; nan where there is none, and ``note`` says why.
    largest : float
        Largest error, in units of the recording.
    condition : str
        Verdict of the decoder's own condition.
    seconds : float
        Time of the decoder.
    note : str
        The warnings, or the error.

    Examples
    --------
    >>> import dataclasses, spikemath as sm
    >>> [f.name for f in dataclasses.fields(sm.study.Point)][:5]
    ['key', 'recording', 'operator', 'reset', 'decoder']
    """

    key: str
    recording: str
    operator: str
    reset: str
    decoder: str
    threshold: float
    alpha: float
    refractory: float
    bias: float
    hold: str
    spikes: int
    rate: float
    snr: float
    largest: float
    condition: str
    seconds: float
    note: str


def prepared(x: FloatArray, fs: float, operator: Any, bias: float, hold: str) -> tuple[Signal, Signal]:
    """What is compared, and what is encoded: the samples about their mean (send-on-delta: from their first value)."""
    level = x[0] if isinstance(operator, SendOnDelta) else x.mean()
    f = Signal.from_samples(x - level, fs=fs, hold=hold)
    return f, (f if not bias else Signal.from_samples(x - level + bias, fs=fs, hold=hold))


def done(job: Job, x: FloatArray, fs: float) -> Point:
    """Encode, decode, compare; an error of the decoder is an entry, not an end."""
    f, given = prepared(x, fs, job.operator, job.bias, job.hold)
    enc = job.operator.encode(given)
    condition, snr, largest, note, seconds = "", math.nan, math.nan, "", 0.0
    try:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            began = time.process_time()
            decoded = job.decoder.decode(enc, bias=job.bias)
            seconds = time.process_time() - began
        condition, note = decoded.report.condition.verdict, " ".join(decoded.report.warnings)
        snr, largest = quality(f, decoded.signal, x.size)
    except (ValueError, TypeError, np.linalg.LinAlgError) as error:
        condition, note = "error", " ".join(str(error).split())
    op = job.operator
    return Point(
        job.key, job.recording, type(op).__name__, op.reset, repr(job.decoder), op.threshold, op.alpha, op.refractory,
        job.bias, job.hold, len(enc), len(enc) / ((x.size - 1) / fs), snr, largest, condition, seconds, note,
    )  # fmt: skip


def quality(f: Signal, g: Any, samples: int) -> tuple[float, float]:
    """Signal to noise in dB, and the largest error, in the inner part."""
    if len(g.impulses):
        raise ValueError("the decoded signal is a train of pulses, which has no values to compare")
    t0, t1 = f.domain
    edge = INNER * (t1 - t0)
    t = np.linspace(t0 + edge, t1 - edge, min(2 * samples + 1, 400_001))
    reference = f(t)
    error = g(t) - reference
    noise = float(np.mean(error**2))
    if not math.isfinite(noise):
        return -math.inf, math.inf
    return 10.0 * math.log10(float(np.var(reference)) / noise) if noise else math.inf, float(np.abs(error).max())
