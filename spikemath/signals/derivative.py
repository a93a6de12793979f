"""Distributional derivative of a function on [t0, t1]: D g = g' dt + sum of jumps + g(t0) delta(t0).

Jumps are exact: of samples they are differences of two floats, of polynomials rationals. Integrating gives g back,
which is what makes send-on-delta of g the integrate-and-fire of D g.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from spikemath.signals.axis import canonical, exact_columns
from spikemath.signals.exact_weights import expansion, scaled, stack
from spikemath.signals.pieces import Pieces
from spikemath.signals.spike_train import SpikeTrain


def derivative(g: Any) -> Any:
    """See :meth:`Signal.derivative`."""
    if len(g._pulses):
        raise ValueError("the signal has pulses: the derivative of a Dirac pulse is no measure")
    empty = np.zeros(0)
    pulses = SpikeTrain._build(g._axis, empty, empty, empty[None, :], g._start, g._end)
    parts = []
    for p in g._parts:
        pulses = pulses + _jumps(p, g)
        smooth = p.derivative(g._axis.rate)
        if smooth is not None:
            parts.append(smooth)
    if not parts:
        return pulses
    return type(g)._build(g._axis, tuple(parts), pulses, g._start, g._end, float("inf") if g._error else 0.0)


def _jumps(p: Pieces, g: Any) -> SpikeTrain:
    hi, lo = p.coordinates()
    factor = exact_columns(p.scale, 1)
    rows = p.coefficients.reshape(-1, p.number)  # on pieces of length 1 the value at the end is the sum of all
    if factor and p.unit == 1 and (p.knots is None or p.degree == 0):
        n = p.number
        start, end = np.zeros((p.coefficients.shape[0], n + 1)), np.zeros((rows.shape[0], n + 1))
        start[:, :n], end[:, 1:] = p.coefficients[:, 0], rows
        terms = scaled(np.array(canonical([*start, *-end])), factor[0])
    else:
        terms = stack([expansion(w, "jump") for w in _exact_jumps(p, hi, lo)])
    if (float(hi[-1]), float(lo[-1])) >= g._end:
        hi, lo, terms = hi[:-1], lo[:-1], terms[:, :-1]
    return SpikeTrain._build(g._axis, hi, lo, terms, g._start, g._end)


def _exact_jumps(p: Pieces, hi: Any, lo: Any) -> list[Fraction]:
    out, before = [], Fraction(0)
    for k in range(p.number):
        q = p.exact(k)
        length = (
            Fraction(float(hi[k + 1])) - Fraction(float(hi[k])) + Fraction(float(lo[k + 1])) - Fraction(float(lo[k]))
        )
        out.append(q[0] - before)
        before = Fraction(0)
        for x in reversed(q):
            before = before * length + x
    return [*out, -before]
