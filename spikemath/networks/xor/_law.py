r"""The probabilities themselves: how likely random hidden layers solve a gate, as rational numbers.

Weights are independent and uniform in [-a, a]; the leak takes a potential to the rational part beta of it per unit of
time. Then every comparison with the threshold is linear in the weights of a neuron, so the sets of weights with the
same answers to the four inputs are polygons (segments, if there is one line) with rational corners: cut and measured
exactly.

A linear readout sees of an answer only the functions on the four inputs that it can make of it, up to constants: a
subspace of Q^3, spanned by the columns x_i - x_0. Further neurons add their subspaces:

    law of one neuron = {subspace V: probability},      law of n + 1 = law of (V_1 + ... + V_n) + V_(n+1)

which is a Markov chain on finitely many subspaces, since sums of subspaces of Q^3 are few. A network shatters iff its
sum is Q^3.

Source: spikemath. The chance estimated in arXiv 2408.05845 is this one, for its own encoding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np

from spikemath.networks.xor._features import Readout, check_readout, read, slots
from spikemath.networks.xor.encodings import BitEncoding, bit_encoding
from spikemath.networks.xor.gates import SHATTERED, gate_number
from spikemath.networks.xor.separation import solvable

Point = tuple[Fraction, ...]
Region = list[Point]
Form = tuple[Fraction, ...]  # coefficients of the weights, then a constant
Vector = tuple[int, int, int]
Answer = tuple[tuple[Fraction, int], ...]


class Subspace(NamedTuple):
    """A subspace of Q^3: its rank, and the direction of a line or the normal of a plane, in lowest terms."""

    rank: int
    vector: Vector


NOTHING, ALL = Subspace(0, (0, 0, 0)), Subspace(3, (0, 0, 0))


@dataclass(frozen=True)
class Law:
    """How likely a hidden layer is to span what; made by `law`.

    Attributes
    ----------
    neuron : dict
        Probability of each subspace that the answers of one neuron span.
    regions : int
        How many sets of weights with different answers there are.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import spikemath as sm
    >>> one = sm.networks.xor.law("one-line", Fraction(3, 5))
    >>> round(float(one.probability(hidden=1)), 4), round(float(one.probability("XOR", hidden=2)), 4)
    (0.1316, 0.3184)
    """

    neuron: dict[Subspace, Fraction]
    regions: int
    _layers: list[dict[Subspace, int]] = field(default_factory=lambda: [{NOTHING: 1}], repr=False, compare=False)

    @property
    def _unit(self) -> int:
        return lcm(*(p.denominator for p in self.neuron.values()))

    def layer(self, hidden: int) -> dict[Subspace, Fraction]:
        """Probability of each subspace that the answers of ``hidden`` neurons span."""
        if hidden < 0:
            raise ValueError(f"hidden = {hidden} must be >= 0")
        unit = self._unit
        weights = {v: int(p * unit) for v, p in self.neuron.items()}  # integers over unit^n: no common factors sought
        while len(self._layers) <= hidden:
            after: dict[Subspace, int] = defaultdict(int)
            for v, p in self._layers[-1].items():
                if v == ALL:
                    after[v] += p * unit
                    continue
                for w, q in weights.items():
                    after[_sum(v, w)] += p * q
            self._layers.append(dict(after))
        return {v: Fraction(p, unit**hidden) for v, p in self._layers[hidden].items()}

    def probability(self, gate: Any = "all", hidden: int = 2) -> Fraction:
        """The probability that ``hidden`` neurons solve a gate; "all": all sixteen."""
        wanted = SHATTERED if gate == "all" else 1 << gate_number(gate)
        return sum((p for v, p in self.layer(hidden).items() if _gates(v) & wanted == wanted), Fraction(0))


def law(
    encoding: Any,
    beta: Fraction,
    reset: str = "modulo",
    refractory: int = 0,
    readout: Readout = "time-resolved",
    graded: bool = True,
    amplitude: Fraction | int = 3,
    threshold: Fraction | int = 1,
) -> Law:
    """The exact law of a random hidden layer.

    Parameters
    ----------
    encoding : str or BitEncoding
        How bits become pulses; one or two lines, times in whole units.
    beta : fractions.Fraction
        What is left of a potential after one unit of time, 0 < beta <= 1: exp(-alpha).
    reset : {"modulo", "subtract", "zero"}
        The reset.
    refractory : int
        Refractory time in whole units.
    readout, graded
        As in `features`.
    amplitude, threshold : fractions.Fraction or int
        Weights are uniform in [-amplitude, amplitude].

    Returns
    -------
    Law

    Raises
    ------
    ValueError
        More than two lines, times that are not whole, beta outside (0, 1].

    Examples
    --------
    >>> from fractions import Fraction
    >>> import spikemath as sm
    >>> no_leak = sm.networks.xor.law("one-line", Fraction(1))
    >>> no_leak.probability("XOR", hidden=10)          # without a leak this encoding never solves XOR
    Fraction(0, 1)
    """
    code, beta, a, theta = bit_encoding(encoding), Fraction(beta), Fraction(amplitude), Fraction(threshold)
    if code.lines > 2:
        raise ValueError(f"encoding {code.name!r} has {code.lines} lines; the law is computed for one or two")
    if not 0 < beta <= 1 or a <= 0 or theta <= 0:
        raise ValueError(f"beta = {beta} must be in (0, 1], amplitude = {a} and threshold = {theta} > 0")
    if any(t != int(t) for x in code.pulses for _, t, _ in x) or refractory != int(refractory) or refractory < 0:
        raise ValueError("times of pulses and the refractory time must be whole units")
    if reset not in ("modulo", "subtract", "zero"):
        raise ValueError(f"reset = {reset!r} must be 'modulo', 'subtract' or 'zero'")
    readout = check_readout(readout)
    pieces = _pieces(code, beta, theta, reset, Fraction(refractory), a)
    at = {t: k for k, t in enumerate(slots(code, float(refractory)).times)}
    found: dict[Subspace, Fraction] = defaultdict(Fraction)
    for region, known in pieces:
        counts = np.zeros((1, 4, len(at)), dtype=np.int64)
        for place, spikes in enumerate(known):
            for t, count in spikes:
                counts[0, place, at[t]] = count
        x = read(counts, code, float(refractory), readout, graded)[0]
        found[_span([tuple(column) for column in (x[1:] - x[:1]).T.tolist()])] += _size(region)
    whole = (2 * a) ** code.lines
    assert sum(found.values()) == whole, "the regions cover the box"
    return Law({v: p / whole for v, p in found.items()}, len(pieces))


def _pieces(
    code: BitEncoding, beta: Fraction, theta: Fraction, reset: str, refractory: Fraction, a: Fraction
) -> list[tuple[Region, tuple[Answer, ...]]]:  # fmt: skip
    """All weights, cut into regions with one answer to each of the four inputs."""
    box: Region = [(-a,), (a,)] if code.lines == 1 else [(-a, -a), (a, -a), (a, a), (-a, a)]
    pieces: list[tuple[Region, tuple[Answer, ...]]] = [(box, ())]
    for pulses in code.pulses:
        rule = (_events(pulses, code.lines), Fraction(code.end), beta, theta, reset, refractory)
        pieces = [(part, (*known, new)) for region, known in pieces for part, new in _answers(region, *rule)]
    return pieces


def _events(pulses: Any, lines: int) -> list[tuple[Fraction, Form]]:
    """What is added to the potential, and when."""
    total: dict[Fraction, list[Fraction]] = {}
    for line, t, sign in pulses:
        total.setdefault(Fraction(t), [Fraction(0)] * (lines + 1))[line] += sign
    return [(t, tuple(form)) for t, form in sorted(total.items()) if any(form)]


def _answers(
    region: Region, events: list[tuple[Fraction, Form]], end: Fraction, beta: Fraction, theta: Fraction, reset: str,
    refractory: Fraction,
) -> Iterator[tuple[Region, Answer]]:  # fmt: skip
    """The region cut into parts with one answer each."""
    zero: Form = (Fraction(0),) * (len(region[0]) + 1)
    todo: list[Any] = [(region, 0, zero, Fraction(0), None, ())]
    while todo:
        here, i, u, last, wake, known = todo.pop()
        t = events[i][0] if i < len(events) else None
        if wake is not None and wake <= end and (t is None or wake < t):
            now, pulse = wake, zero
        elif t is not None:
            now, pulse, i = t, events[i][1], i + 1
        else:
            yield here, known
            continue
        rest = beta ** int(now - last)
        u = tuple(rest * x + y for x, y in zip(u, pulse, strict=True))
        if wake is not None and wake > now:
            todo.append((here, i, u, now, wake, known))
            continue
        for part, count in _tested(here, u, theta, reset == "modulo"):
            if count == 0:
                todo.append((part, i, u, now, None, known))
                continue
            left = zero if reset == "zero" else (*u[:-1], u[-1] - count * theta)
            again = now + refractory if refractory > 0 else None
            todo.append((part, i, left, now, again, (*known, (now, count))))


def _tested(region: Region, u: Form, theta: Fraction, modulo: bool) -> Iterator[tuple[Region, int]]:
    """The region cut by the count that a test of the potential gives. Borders have no area."""
    values = [_value(u, p) for p in region]
    low, high = int(min(values) / theta), int(max(values) / theta)
    for count in range(low, high + 1) if modulo else range(max(min(low, 1), -1), min(max(high, -1), 1) + 1):
        part = region
        if count >= 0 and (count < 1 or modulo):
            part = _cut(part, tuple(-x for x in u), -(count + 1) * theta)
        if count <= 0 and (count > -1 or modulo):
            part = _cut(part, u, (count - 1) * theta)
        if count > 0:
            part = _cut(part, u, count * theta)
        if count < 0:
            part = _cut(part, tuple(-x for x in u), -count * theta)
        if _size(part) > 0:
            yield part, count


def _value(u: Form, p: Point) -> Fraction:
    return sum((a * x for a, x in zip(u, p, strict=False)), u[-1])


def _cut(region: Region, u: Form, level: Fraction) -> Region:
    """The part of a convex region where u >= level."""
    out: Region = []
    for p, q in zip(region, region[1:] + region[:1], strict=True):
        here, there = _value(u, p) - level, _value(u, q) - level
        if here >= 0:
            out.append(p)
        if here * there < 0:
            part = here / (here - there)
            out.append(tuple(x + part * (y - x) for x, y in zip(p, q, strict=True)))
    return [p for i, p in enumerate(out) if p not in out[:i]]


def _size(region: Region) -> Fraction:
    """Length or area."""
    if len(region) < 2 or len(region) <= len(region[0]):
        return Fraction(0)
    if len(region[0]) == 1:
        return abs(region[1][0] - region[0][0])
    turns = zip(region, region[1:] + region[:1], strict=True)
    return abs(sum((p[0] * q[1] - p[1] * q[0] for p, q in turns), Fraction(0))) / 2


def _span(columns: list[Vector]) -> Subspace:
    """The subspace that integer vectors span."""
    out = NOTHING
    for column in columns:
        if any(column):
            out = _sum(out, Subspace(1, _primitive(column)))
    return out


def _sum(v: Subspace, w: Subspace) -> Subspace:
    """The sum of two subspaces."""
    if v.rank > w.rank:
        v, w = w, v
    if v.rank == 0 or v == w:
        return w
    if w.rank == 1:
        return Subspace(2, _primitive(_cross(v.vector, w.vector)))
    if w.rank == 2 and v.rank == 1 and sum(a * b for a, b in zip(v.vector, w.vector, strict=True)) == 0:
        return w
    return ALL


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _primitive(v: Vector) -> Vector:
    """The same direction, without common factors, its first entry that is not 0 positive."""
    unit = gcd(*v) * (1 if next(x for x in v if x) > 0 else -1)
    return v[0] // unit, v[1] // unit, v[2] // unit


def _gates(v: Subspace) -> int:
    """The set of gates that a subspace solves."""
    if v.rank == 3:
        return SHATTERED
    axes = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    columns = [_cross(v.vector, axis) for axis in axes] if v.rank == 2 else [v.vector]
    return int(solvable([[0] * len(columns), *([column[i] for column in columns] for i in range(3))]))
