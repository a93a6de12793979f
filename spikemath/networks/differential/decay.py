"""Decay of integer potentials: one map per tick, and its powers.

`Decay(shift)`: beta = 2^-shift, an arithmetic shift, which rounds down: u -> floor(u / 2^shift). Shifts compose,
floor(floor(u / 2^a) / 2^b) = floor(u / 2^(a + b)), so a gap of d ticks is one shift by d * shift, whatever lies
between.

`Decay.table(beta, bits)`: B = round(beta 2^bits), u -> round(u B / 2^bits) with a rounding to be chosen. Powers of the
*rounded* map are no products, so the gap is looked up: tables hold the maps of 1, 2, 4, ... ticks for all |u| <=
`reach`, and a gap is put together from the bits of d. The tables end at the power that no further power changes.
Outside of `reach` the map itself is stepped until the potential is inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spikemath._numeric.jit import compiled
from spikemath.networks.differential.waiting import IntArray

ROUNDINGS = ("down", "zero", "nearest")


def _step(u, multiplier, bits, rounding):
    """One tick of a table decay: round(u B / 2^bits); nearest rounds a half up."""
    product = u * multiplier
    if rounding == 1 and product < 0:
        return -((-product) >> bits)
    if rounding == 2:
        return (product + (np.int64(1) << (bits - 1))) >> bits
    return product >> bits


step_kernel = compiled(_step)


def _decayed(u, d, shift, multiplier, bits, rounding, powers):
    """The potential after d ticks."""
    if u == 0 or d == 0:
        return u
    if shift > 0:
        return u >> min(shift * d, np.int64(62))
    reach = (powers.shape[1] - 1) // 2
    while d > 0 and (u > reach or u < -reach):
        after = step_kernel(u, multiplier, bits, rounding)
        if after == u:
            return u
        u = after
        d -= 1
    top = powers.shape[0] - 1
    j = 0
    while d > 0:
        if j == top:  # no further power changes anything
            return powers[top, u + reach]
        if d & 1:
            u = powers[j, u + reach]
        d >>= 1
        j += 1
    return u


decayed_kernel = compiled(_decayed)


@dataclass(frozen=True)
class Decay:
    """The decay of a potential per tick, in integers.

    Parameters
    ----------
    shift : int
        Potentials are shifted by so many bits, 1 to 31: beta = 2**-shift, rounded down. ``Decay.table`` makes other
        decays.

    Examples
    --------
    >>> from spikemath.networks.differential import Decay
    >>> [Decay()(u, 1) for u in (5, 4, 1, -1, -5)]
    [2, 2, 0, -1, -3]
    >>> Decay.table(0.9, rounding="nearest")(100, 2)
    81
    """

    shift: int = 1
    beta: float | None = None
    bits: int = 0
    rounding: str = "down"
    reach: int = 0
    multiplier: int = field(default=0, init=False)
    powers: IntArray = field(default_factory=lambda: np.zeros((1, 1), np.int64), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.rounding not in ROUNDINGS:
            raise ValueError(f"rounding = {self.rounding!r}: one of {', '.join(ROUNDINGS)}")
        if self.beta is None:
            if not 1 <= self.shift <= 31:
                raise ValueError(f"shift = {self.shift}: must be from 1 to 31")
            if self.rounding != "down":
                raise ValueError("a shift rounds down; Decay.table takes other roundings")
            return
        if not (0.0 <= self.beta <= 1.0 and 1 <= self.bits <= 16 and 1 <= self.reach <= 1 << 20):
            raise ValueError("a table needs beta from 0 to 1, bits from 1 to 16 and a reach of at most 2**20")
        object.__setattr__(self, "shift", 0)
        object.__setattr__(self, "multiplier", round(self.beta * 2**self.bits))
        object.__setattr__(self, "powers", self._powers())

    @classmethod
    def table(cls, beta: float, bits: int = 8, rounding: str = "down", reach: int = 4096) -> Decay:
        """Any decay from 0 to 1, as tables.

        Parameters
        ----------
        beta : float
            Decay per tick; rounded to a multiple of ``2**-bits``.
        bits : int
            1 to 16.
        rounding : {"down", "zero", "nearest"}
            How ``u * beta`` becomes an integer; "nearest" takes halves up.
        reach : int
            Tables hold potentials up to this size; beyond it the gap is stepped tick by tick.

        Returns
        -------
        Decay
        """
        return cls(0, beta, bits, rounding, reach)

    def _powers(self) -> IntArray:
        u = np.arange(-self.reach, self.reach + 1, dtype=np.int64)
        table = self.once(u)
        found = [table]
        while True:  # the square of a map: look up twice
            table = table[table + self.reach]
            if np.array_equal(table, found[-1]):
                return np.ascontiguousarray(np.stack(found))
            found.append(table)
            if len(found) > 62:  # a map with a cycle has no last power
                raise ValueError(f"the powers of {self!r} do not settle")

    def once(self, u: IntArray) -> IntArray:
        """Potentials one tick later, by the definition: what the clocked model does."""
        if self.shift:
            return u >> self.shift
        product = u * self.multiplier
        if self.rounding == "zero":
            return np.sign(product) * (np.abs(product) >> self.bits)
        return (product + ((1 << self.bits >> 1) if self.rounding == "nearest" else 0)) >> self.bits

    def __call__(self, u: int, ticks: int) -> int:
        """A potential so many ticks later."""
        return int(decayed_kernel(np.int64(u), np.int64(ticks), *self.arguments))

    @property
    def arguments(self) -> tuple[np.int64, np.int64, np.int64, np.int64, IntArray]:
        """What the kernels take."""
        numbers = (self.shift, self.multiplier, self.bits, ROUNDINGS.index(self.rounding))
        a, b, c, d = (np.int64(x) for x in numbers)
        return a, b, c, d, self.powers
