"""What the band-limited decoders share: arguments, the condition, health figures and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikemath.decoders._base import FAILS, HOLDS, UNKNOWN, Condition, Solution
from spikemath.decoders._extension import Reconstruction, reconstruct
from spikemath.decoders._fourier import charges
from spikemath.decoders._known import Known
from spikemath.signals.checks import positive

METHODS = ("gridding", "finufft")
LARGE = 1e-6  # relative residual beyond which the data does not fit the band


def checked(decoder: Any) -> None:
    """Check bandwidth, tolerance, iterations, method and periodic."""
    object.__setattr__(decoder, "bandwidth", positive(decoder.bandwidth, "bandwidth"))
    tolerance = positive(decoder.tolerance, "tolerance")
    if not tolerance < 1.0:
        raise ValueError(f"tolerance = {tolerance!r} must be below 1")
    object.__setattr__(decoder, "tolerance", tolerance)
    if isinstance(decoder.iterations, bool) or not isinstance(decoder.iterations, int | np.integer):
        raise TypeError(f"iterations must be an integer, got {type(decoder.iterations).__name__}")
    if decoder.iterations < 1:
        raise ValueError(f"iterations = {decoder.iterations} must be >= 1")
    if decoder.method not in METHODS:
        raise ValueError(f"method = {decoder.method!r} must be one of {', '.join(map(repr, METHODS))}")
    if not isinstance(decoder.periodic, bool | np.bool_):
        raise TypeError(f"periodic must be True or False, got {decoder.periodic!r}")


def rows_of(known: Known) -> int:
    """How many independent numbers a train tells about the signal."""
    if known.sampled:
        return int(known.exact.sum())
    return int(charges(known)[3].sum()) if known.exact.sum() > 1 else 0


def condition(trains: Sequence[Known], bandwidth: float) -> Condition:
    """Density first, which is necessary; then the longest gap, which is sufficient."""
    freedom = 2.0 * bandwidth * trains[0].duration
    told = sum(map(rows_of, trains))
    numbers = (("degrees of freedom", freedom), ("charges", float(told)))
    if told < freedom:
        sentence = "fewer known charges than degrees of freedom 2 B T of the signal"
        return Condition("density", FAILS, sentence, float(told), freedom, numbers)
    longest = min((known.max_gap for known in trains if known.max_gap is not None), default=0.0)
    nyquist = 0.5 / bandwidth
    if longest < nyquist:
        sentence = "no gap is longer than the Nyquist interval"
        return Condition("max gap", HOLDS, sentence, longest, nyquist, numbers)
    sentence = "a gap is longer than the Nyquist interval: recovery may still succeed, and the residual tells"
    return Condition("max gap", UNKNOWN, sentence, longest, nyquist, numbers)


def solved(trains: Sequence[Known], decoder: Any, periodic: bool) -> Reconstruction:
    """Reconstruct, after the trains have been found fit for it."""
    name = type(decoder).__name__
    for known in trains:
        known.need_level(f"{name}()")
        known.need(1 if known.sampled else 2, f"{name}()")
        if known.duration == 0.0:
            raise ValueError("the domain of the train is a single instant: there is no signal on it")
    return reconstruct(
        trains, decoder.bandwidth, periodic, decoder.tolerance, int(decoder.iterations), decoder.method
    )  # fmt: skip


def solution(trains: Sequence[Known], decoder: Any) -> Solution:
    """What `_solve` of Bandlimited and MultichannelBandlimited gives."""
    made = solved(trains, decoder, bool(decoder.periodic))
    return Solution(made.signal, figures(trains, decoder, made), cautions(trains, decoder, made))


def figures(trains: Sequence[Known], decoder: Any, made: Reconstruction) -> dict[str, Any]:
    """Health figures."""
    freedom = 2.0 * decoder.bandwidth * trains[0].duration
    return {
        "spikes_per_nyquist": sum(known.spikes for known in trains) / freedom,
        "iterations": made.iterations,
        "residual": made.residual,
        "estimated_error": made.error,
    }


def cautions(trains: Sequence[Known], decoder: Any, made: Reconstruction) -> tuple[str, ...]:
    """What may be wrong with the curve."""
    said = []
    found = condition(trains, decoder.bandwidth)
    if found.verdict == FAILS:
        said.append(
            f"the spikes do not determine a signal of bandwidth {decoder.bandwidth:g}: {found.value:.0f} known "
            f"charges, {found.limit:.0f} degrees of freedom; of all signals that fit, one of small energy is returned"
        )
    if made.iterations is not None and made.iterations >= decoder.iterations:
        said.append(f"conjugate gradients stopped at iterations = {decoder.iterations}, residual {made.residual:.2g}")
    if made.residual > max(LARGE, 10.0 * decoder.tolerance):
        said.append(
            f"relative residual {made.residual:.2g}: the encoded signal has frequencies above "
            f"bandwidth = {decoder.bandwidth:g}, or the times are not exact"
        )
    return tuple(said)
