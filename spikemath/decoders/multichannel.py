r"""Several encoders of one signal, decoded together: M channels carry M times the bandwidth of one.

    minimize   sum over channels m, spikes i of   (int_{gap i of m} exp(-alpha_m (t - s)) f(s) ds - q_{m,i})^2 / d_{m,i}

Every channel adds its rows to one least squares problem (`_fourier.py`). Channels must tell different things: other
thresholds, other leaks, send-on-delta beside integrate-and-fire, or the same neuron started at another potential.
Identical neurons with identical start send identical spikes, and M of them carry no more than one.

Condition. M neurons with one threshold, bias b > c >= |f| and shifted starts recover every f with bandwidth below M
times what one of them is sure of, that is while the longest possible gap of *one channel* is below M Nyquist intervals
(Adam, Scholefield and Vetterli 2020). That bounds gaps before anything is encoded; of one observed set of spikes the
decoder reports what it can check: the number of charges against the degrees of freedom, which is necessary, and
whether some channel alone has no gap beyond the Nyquist interval, which is sufficient.

Source: K. Adam, A. Scholefield, M. Vetterli, "Sampling and reconstruction of bandlimited signals with multi-channel
time encoding", IEEE Trans. Signal Process. 68 (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from spikemath.decoders._band import checked, condition, solution
from spikemath.decoders._base import Condition, Decoded, Decoder, Report, warn
from spikemath.decoders._known import Known
from spikemath.signals.checks import float_array


@dataclass(frozen=True)
class MultichannelBandlimited(Decoder):
    """One signal of bandwidth B from the spikes of several encoders.

    Decode an Encoding of many channels, or a list of Encodings (of trains, with a list of operators).

    Parameters
    ----------
    bandwidth : float
        B, in cycles per unit of time, > 0.
    offsets : tuple of float, optional
        Potential from which each channel started. Default: 0 for all. None for a channel: not known, so the charge
        before its first spike is not used.
    periodic, tolerance, iterations, method
        As for :class:`Bandlimited`.

    Examples
    --------
    Three neurons with less than one spike per Nyquist interval each:

    >>> import spikemath as sm
    >>> g = sm.gallery.bandlimited(bandwidth=0.5, duration=60.0, mean=2.0, seed=1)
    >>> f, start = g.signal(), [0.0, 0.75, 1.5]
    >>> encs = [sm.IF(2.25).encode(f + sm.SpikeTrain([0.0], [s], domain=(0.0, 60.0))) for s in start]
    >>> together = sm.decoders.MultichannelBandlimited(0.5, offsets=tuple(start)).decode(encs)
    >>> bool(abs(together.signal(30.0) - f(30.0)) < 1e-10)
    True
    >>> together.report.spikes_per_nyquist
    2.66...
    """

    bandwidth: float
    offsets: tuple[float | None, ...] | None = None
    periodic: bool = False
    tolerance: float = 1e-14
    iterations: int = 2000
    method: str = "gridding"

    def __post_init__(self) -> None:
        checked(self)
        if self.offsets is not None:
            for m, offset in enumerate(self.offsets):
                if offset is not None:
                    float_array([offset], f"offsets[{m}]")
            object.__setattr__(self, "offsets", tuple(self.offsets))

    def decode(self, enc: Any, operator: Any = None, *, bias: float = 0.0) -> Decoded:
        """The signal and one report on all channels; ``enc`` as above, otherwise as :meth:`Bandlimited.decode`."""
        trains = self._channels(enc, operator, bias)
        made = solution(trains, self)
        said = dict.fromkeys((*(w for known in trains for w in known.warnings), *made.warnings))
        figures: dict[str, Any] = {
            "samples": sum(int(known.exact.sum()) for known in trains),
            "max_gap": min((known.max_gap for known in trains if known.max_gap is not None), default=None),
            "condition": condition(trains, self.bandwidth),
            "warnings": tuple(said),
        }
        spikes = sum(known.spikes for known in trains)
        warn(said)
        return Decoded(made.signal, Report(decoder=self, spikes=spikes, **figures, **made.figures))

    def condition(self, enc: Any, operator: Any = None) -> Condition:
        """Density over all channels, then whether one of them would do alone."""
        return condition(self._channels(enc, operator, 0.0), self.bandwidth)

    def _channels(self, enc: Any, operator: Any, bias: float) -> list[Known]:
        members = list(enc) if isinstance(enc, list | tuple) else [enc]
        if not members:
            raise ValueError("no encodings: at least one channel is needed")
        operators = list(operator) if isinstance(operator, list | tuple) else [operator] * len(members)
        if len(operators) != len(members):
            raise ValueError(f"{len(operators)} operators for {len(members)} trains: they must be as many")
        pairs = zip(members, operators, strict=True)
        trains = [known for one, op in pairs for known in self._split(one, op, bias)[0]]
        _same_domain(trains)
        return self._started(trains)

    def _started(self, trains: list[Known]) -> list[Known]:
        if self.offsets is None:
            return trains
        if len(self.offsets) != len(trains):
            raise ValueError(f"{len(self.offsets)} offsets for {len(trains)} channels: they must be as many")
        out = []
        for known, offset in zip(trains, self.offsets, strict=True):
            exact, y = known.exact.copy(), known.y.copy()
            if offset is None:
                exact[0] = False
            else:
                y[0] += offset
            out.append(replace(known, exact=exact, y=y))
        return out


def _same_domain(trains: Sequence[Known]) -> None:
    first = trains[0].train
    for m, known in enumerate(trains):
        train = known.train
        if (train._axis, train._start, train._end) != (first._axis, first._start, first._end):
            raise ValueError(
                f"channel {m} lives on {train.domain}, channel 0 on {first.domain}: "
                "channels need one domain and one time axis"
            )
