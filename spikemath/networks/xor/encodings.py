"""How two bits become pulses: for each of the four inputs, a list of (line, time, sign).

A line is an input of the network: every hidden neuron has one weight for it. Named encodings:

    one-line    bit b1 as a pulse at b1, bit b2 as a pulse at 2 + b2, both on one line: one weight a neuron
    two-lines   the same times, each bit on a line of its own
    latency     bit b_i as a pulse at b_i on line i: pulses coincide where the bits are equal
    referenced  latency one unit later, and a pulse at 0 on a third line
    presence    a pulse at 0 on line i if b_i = 1, nothing if b_i = 0
    signed      a pulse +1 or -1 at 0 on line 1 and at 1 on line 2

The study of arXiv 2408.05845 encodes bits in time too; what it found depends on how (see docs/xor.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spikemath.networks.xor.gates import INPUTS
from spikemath.signals import SpikeTrain

Pulses = tuple[tuple[int, float, int], ...]


@dataclass(frozen=True)
class BitEncoding:
    """What the four inputs 00, 01, 10, 11 look like as pulses.

    Parameters
    ----------
    name : str
        Its name in tables.
    pulses : four tuples of (int, float, int)
        Line (from 0), time (>= 0) and sign (1 or -1) of each pulse, for 00, 01, 10, 11.
    end : float, optional
        Until when neurons are observed. Default: the time of the last pulse of all. It matters for neurons with a
        refractory time, which may fire without a pulse.

    Raises
    ------
    ValueError
        Not four inputs, a sign that is not 1 or -1, a time that is negative or after the end, no pulse at all.

    Examples
    --------
    >>> import spikemath as sm
    >>> burst = sm.networks.xor.BitEncoding("burst", ((), ((0, 0.0, 1),), ((1, 0.0, 1),), ((0, 0.0, 1), (1, 0.5, 1))))
    >>> burst.lines, burst.end
    (2, 0.5)
    """

    name: str
    pulses: tuple[Pulses, Pulses, Pulses, Pulses]
    end: float = -1.0

    def __post_init__(self) -> None:
        if len(self.pulses) != 4:
            raise ValueError(f"pulses has {len(self.pulses)} inputs; 4 are needed, for 00, 01, 10, 11")
        made = tuple(
            tuple(sorted(((int(a), float(t) + 0.0, int(s)) for a, t, s in x), key=lambda p: p[1])) for x in self.pulses
        )
        flat = [p for x in made for p in x]
        if not flat:
            raise ValueError("pulses is empty: at least one input needs a pulse")
        last = max(t for _, t, _ in flat)
        end = last if self.end == -1.0 else float(self.end)
        for line, t, sign in flat:
            if line < 0 or sign not in (1, -1) or not 0.0 <= t <= end < float("inf"):
                raise ValueError(
                    f"pulse {(line, t, sign)}: the line must be >= 0, the sign 1 or -1, 0 <= time <= end = {end!r}"
                )
        object.__setattr__(self, "pulses", made)
        object.__setattr__(self, "end", end)

    @property
    def lines(self) -> int:
        """How many lines, so how many weights a neuron has."""
        return 1 + max(line for x in self.pulses for line, _, _ in x)

    def until(self, end: float) -> BitEncoding:
        """The same pulses, observed until ``end``."""
        return BitEncoding(self.name, self.pulses, end)

    def train(self, place: int, weights: Any) -> SpikeTrain:
        """What a neuron with these weights (one a line) receives on the input at that place, on [0, end]."""
        pulses = self.pulses[place]
        return SpikeTrain([t for _, t, _ in pulses], [s * float(weights[a]) for a, _, s in pulses], (0.0, self.end))


def _of(name: str, pulses_of: Any) -> BitEncoding:
    a, b, c, d = (tuple(pulses_of(*bits)) for bits in INPUTS)
    return BitEncoding(name, (a, b, c, d))


ENCODINGS = {
    e.name: e
    for e in (
        _of("one-line", lambda b1, b2: ((0, b1, 1), (0, 2 + b2, 1))),
        _of("two-lines", lambda b1, b2: ((0, b1, 1), (1, 2 + b2, 1))),
        _of("latency", lambda b1, b2: ((0, b1, 1), (1, b2, 1))),
        _of("referenced", lambda b1, b2: ((0, 1 + b1, 1), (1, 1 + b2, 1), (2, 0, 1))),
        _of("presence", lambda b1, b2: [(i, 0, 1) for i, b in enumerate((b1, b2)) if b]),
        _of("signed", lambda b1, b2: ((0, 0, 2 * b1 - 1), (1, 1, 2 * b2 - 1))),
    )
}


def bit_encoding(encoding: Any) -> BitEncoding:
    """A named encoding, or the one that is given.

    Parameters
    ----------
    encoding : str or BitEncoding
        A name in ``ENCODINGS``, or an encoding of your own.

    Raises
    ------
    ValueError
        There is no such name; the message lists all.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.bit_encoding("one-line").pulses[1]       # b1 = 0 at 0, b2 = 1 at 3
    ((0, 0.0, 1), (0, 3.0, 1))
    """
    if isinstance(encoding, BitEncoding):
        return encoding
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding = {encoding!r} must be a BitEncoding or one of {', '.join(ENCODINGS)}")
    return ENCODINGS[encoding]
