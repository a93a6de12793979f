r"""What is known for certain about one train: an enclosure of the error norm, and the verdict on the bound.

    lower <= ||f - eta||_{A,alpha} <= upper,        V = U_{f - eta},   the residual

    strict      sup_t |V(t)| < theta      the bound as it is published
    not strict  sup_t |V(t)| <= theta     what is true of every signal with an integrable part (theory Q2)
    pointwise   |V(t)| < theta at every t, right limits: what Q2 says beside it

The first implies the third, the third implies the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"


@dataclass(frozen=True)
class Certificate:
    """The verdict on ||f - eta||_{A,alpha} < threshold for one train; made by :func:`spikemath.certify`.

    A certificate is true (``if certificate:``) only when the verdict is "holds".

    Attributes
    ----------
    verdict : {"holds", "fails", "undecided"}
        About the strict bound, or the one with <= if ``strict`` is False.
    lower, upper : float
        They enclose the exact norm, rounded outward.
    margin : float
        threshold - norm: a lower bound of it if the bound holds; if it fails, minus a lower bound of the excess (0.0
        for a tie); 0.0 if undecided.
    time : float
        Where |V| is largest (the earliest such instant, as a float64 view).
    side : {"right", "left"}
        Whether it is the value there or the limit from the left, before a pulse.
    strict : bool
        Whether the verdict is about ``<`` or about ``<=``.
    pointwise : {"holds", "fails", "undecided"}
        Whether |V(t)| < threshold at every t, as right limits; the supremum may still be equal to the threshold.
    bits : int
        Precision that settled it: 106 is double-double with error bounds, 0 is rational arithmetic, else balls.
    lost : SpikeTrain or None
        What the train failed to carry: the spikes that are missing, so that with them |V(t)| < threshold at every t.
        Empty if the bound holds. None where it is not computed: f is an Expression, no time grid holds f and eta, or
        the counts do not fit 64 bits.
    threshold, alpha : float
        What was asked.
    subject : {"signal", "train", "expression", "approximation"}
        What f is: "approximation" is the piecewise polynomial of a function or an expression (``f.error`` > 0), and
        the certificate speaks of that polynomial.
    route : {"filter", "balls", "recomputed"}
        How it was computed.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.SpikeTrain([0.0, 1.0], [0.3, 0.3])
    >>> c = sm.certify(f, ([1.0], [0.5]), threshold=0.5)
    >>> c.verdict, c.lower <= 0.3 <= c.upper, c.time, bool(c)
    ('holds', True, 0.0, True)
    """

    verdict: str
    lower: float
    upper: float
    margin: float
    time: float
    side: str
    strict: bool
    pointwise: str
    bits: int
    lost: Any
    threshold: float
    alpha: float
    subject: str
    route: str
    f: Any = field(repr=False, compare=False)
    eta: Any = field(repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.verdict == HOLDS

    @property
    def width(self) -> float:
        """upper - lower, rounded up."""
        return math.nextafter(self.upper - self.lower, math.inf) if self.upper > self.lower else 0.0

    def recompute(self) -> Certificate:
        """The same certificate from scratch, by a route that shares no code with the first one.

        Rationals or balls from event to event, and branch and bound inside the pieces; no filter, no kernels.
        0.05 to 0.1 ms per event or sample.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.certify(sm.SpikeTrain([0.0], [0.75]), sm.SpikeTrain([]), 1.0, 0.5).recompute().verdict
        'holds'
        """
        from spikemath.certificates._recompute import recomputed

        return recomputed(self)

    def verify(self) -> bool:
        """Whether :meth:`recompute` confirms this certificate: enclosures that meet, and the same verdicts.

        An undecided verdict on one side contradicts nothing, but confirms only what is undecided here too, unless the
        norm and the threshold are so close that no precision tells them apart.

        Examples
        --------
        >>> import spikemath as sm
        >>> sm.certify(sm.SpikeTrain([0.0], [2.0]), sm.SpikeTrain([]), 1.0).verify()
        True
        """
        other = self.recompute()
        if other.lower > self.upper or other.upper < self.lower:
            return False
        tie = other.lower <= self.threshold <= other.upper and other.width <= 2.0**-50 * self.threshold
        pairs = ((self.verdict, other.verdict), (self.pointwise, other.pointwise))
        return all(mine == theirs or (theirs == UNDECIDED and tie) for mine, theirs in pairs)

    def __str__(self) -> str:
        sign = "<" if self.strict else "<="
        where = f"{'just before' if self.side == 'left' else 'at'} t = {self.time:.9g}"
        lines = [
            f"{self.verdict}: norm of f - eta {sign} {self.threshold:g} (alpha = {self.alpha:g}, f: {self.subject})",
            f"norm in [{self.lower!r}, {self.upper!r}], {where}; margin {self.margin:.3g}",
            f"|V| < threshold at every t: {self.pointwise}",
            f"decided by {'rationals' if self.bits == 0 else f'{self.bits} bits'}, route: {self.route}",
        ]
        if self.lost is not None and len(self.lost):
            first = f"the first at t = {self.lost.times[0]:.9g}"
            lines.append(f"lost: {len(self.lost)} spikes of sum {float(self.lost.weights.sum()):g}, {first}")
        return "\n".join(lines)
