"""Networks to look at: hidden layers that solve all sixteen gates, each with a readout, checked in rational arithmetic.

A solution is data: weights that are dyadic fractions, a leak as the rational part beta that a potential keeps per
unit of time, the features that result, and for each gate integers (v, b) with v . x_i + b >= 1 where it is one and <=
-1 where it is zero. `check` computes all of it again: features in fractions (`_rational`) and by the package's
operator with alpha = -log beta, margins in integers. *Clearance* is how far every tested potential stays from the
level that would change the decision: far more than the rounding of alpha could move it, so the two agree.

solutions.json was made by `python -c "from spikemath.networks.xor._solutions import make; make()"`, which searches
grids of weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from spikemath.networks.xor._features import Readout, check_readout, features, read, reservoir, slots
from spikemath.networks.xor._rational import Answer, answer
from spikemath.networks.xor.encodings import BitEncoding, bit_encoding
from spikemath.networks.xor.gates import GATES, SHATTERED, truth_table
from spikemath.networks.xor.separation import solvable
from spikemath.operators import LIF

_FILE = Path(__file__).with_name("solutions.json")
_MOST = 4_000_000  # networks that a search looks at


@dataclass(frozen=True)
class Solution:
    """A hidden layer that shatters the four inputs, with a readout for each gate.

    Attributes
    ----------
    name : str
        Its name among `solutions`.
    encoding : BitEncoding
        How bits become pulses.
    weights : tuple of tuple of fractions.Fraction
        The weight of each line, for each neuron. The threshold is 1.
    beta : fractions.Fraction
        What is left of a potential after one unit of time.
    reset : str
        modulo, subtract or zero.
    refractory : int
        Refractory time in units.
    readout : "time-resolved", "count" or tuple of float
        What the readout sees.
    features : four tuples of int
        What it sees on 00, 01, 10, 11.
    readouts : dict of str to (tuple of int, int)
        Weights v and bias b for each of the sixteen gates.

    Examples
    --------
    >>> import spikemath as sm
    >>> two = sm.networks.xor.solutions()["modulo, one line"]
    >>> len(two.weights), two.solve("XOR", 0, 1), two.solve("XOR", 1, 1)
    (2, True, False)
    """

    name: str
    encoding: BitEncoding
    weights: tuple[tuple[Fraction, ...], ...]
    beta: Fraction
    reset: str
    refractory: int
    readout: Readout
    features: tuple[tuple[int, ...], ...]
    readouts: dict[str, tuple[tuple[int, ...], int]]

    @property
    def neuron(self) -> LIF:
        """The package's operator of the hidden layer."""
        return LIF(1.0, -math.log(self.beta), self.reset, float(self.refractory))

    def answers(self, place: int) -> list[Answer]:
        """What each hidden neuron does on the input at that place, in fractions."""
        pulses, end = self.encoding.pulses[place], Fraction(self.encoding.end)
        return [answer(pulses, w, self.beta, self.reset, self.refractory, end) for w in self.weights]

    def solve(self, gate: str, b1: int, b2: int) -> bool:
        """Send two bits through the network (by the package's operator) and read the gate."""
        w = [[float(x) for x in row] for row in self.weights]
        v, b = self.readouts[GATES[GATES.index(gate.upper())]]
        x = features(w, self.encoding, self.neuron, self.readout)[2 * b1 + b2]
        return sum(p * int(q) for p, q in zip(v, x, strict=True)) + b > 0

    def _rational(self) -> Any:
        at = {t: k for k, t in enumerate(slots(self.encoding, float(self.refractory)).times)}
        counts = np.zeros((len(self.weights), 4, len(at)), dtype=np.int64)
        for place in range(4):
            for m, found in enumerate(self.answers(place)):
                for t, count in found.spikes.items():
                    counts[m, place, at[t]] = count
        return read(counts, self.encoding, float(self.refractory), self.readout, True)[0]

    @property
    def clearance(self) -> Fraction:
        """The smallest distance of a tested potential from a level that decides."""
        return min(found.clearance for place in range(4) for found in self.answers(place))

    @property
    def spikes(self) -> int:
        """How many thresholds all neurons send on all four inputs together."""
        return sum(abs(count) for place in range(4) for found in self.answers(place) for count in found.spikes.values())

    def check(self) -> None:
        """Compute everything again, exactly.

        Raises
        ------
        AssertionError
            Something is not as stated; the message says what.
        """
        if self._rational().tolist() != [list(x) for x in self.features]:
            raise AssertionError(f"{self.name}: the features are others in fractions")
        w = [[float(x) for x in row] for row in self.weights]
        if any(Fraction(x) != y for a, b in zip(w, self.weights, strict=True) for x, y in zip(a, b, strict=True)):
            raise AssertionError(f"{self.name}: a weight is no float")
        if features(w, self.encoding, self.neuron, self.readout).tolist() != [list(x) for x in self.features]:
            raise AssertionError(f"{self.name}: the features are others by the operator")
        if sorted(self.readouts) != sorted(GATES):
            raise AssertionError(f"{self.name}: the gates are not the sixteen")
        for gate, (v, b) in self.readouts.items():
            for one, x in zip(truth_table(gate), self.features, strict=True):
                y = sum(p * q for p, q in zip(v, x, strict=True)) + b
                if (y if one else -y) < 1:
                    raise AssertionError(f"{self.name}: {gate} is read wrongly from {x}")

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "name": self.name,
            "encoding": self.encoding.name,
            "end": self.encoding.end,
            "weights": [[str(x) for x in row] for row in self.weights],
            "beta": str(self.beta),
            "reset": self.reset,
            "refractory": self.refractory,
            "readout": self.readout,
            "features": self.features,
            "readouts": {gate: {"weights": v, "bias": b} for gate, (v, b) in self.readouts.items()},
        }


def solutions() -> dict[str, Solution]:
    """The solutions that come with the package, by name.

    Examples
    --------
    >>> import spikemath as sm
    >>> for name, solution in sm.networks.xor.solutions().items():
    ...     solution.check()                                    # raises if anything were wrong
    """
    found = {}
    for item in json.loads(_FILE.read_text(encoding="utf-8")):
        readout = item["readout"] if isinstance(item["readout"], str) else tuple(item["readout"])
        found[item["name"]] = Solution(
            item["name"],
            bit_encoding(item["encoding"]).until(item["end"]),
            tuple(tuple(map(Fraction, row)) for row in item["weights"]),
            Fraction(item["beta"]),
            item["reset"],
            item["refractory"],
            readout,
            tuple(map(tuple, item["features"])),
            {gate: (tuple(r["weights"]), r["bias"]) for gate, r in item["readouts"].items()},
        )
    return found


def search(
    encoding: Any,
    hidden: int = 2,
    reset: str = "modulo",
    refractory: int = 0,
    readout: Readout = "time-resolved",
    beta: Fraction = Fraction(3, 5),
    step: Fraction = Fraction(1, 4),
    amplitude: Fraction | int = 3,
    clearance: Fraction = Fraction(1, 20),
    name: str = "",
) -> Solution | None:
    """The sparsest hidden layer with weights on a grid that shatters, or None.

    Parameters
    ----------
    encoding : str or BitEncoding
        How bits become pulses; times in whole units.
    hidden : int
        Size of the hidden layer.
    reset, refractory, readout, beta
        As in `law`.
    step, amplitude : fractions.Fraction
        Weights are multiples of ``step`` up to ``amplitude``; both floats.
    clearance : fractions.Fraction
        No tested potential may be closer than this to a level that decides.
    name : str
        What to call it.

    Returns
    -------
    Solution or None
        Of all that shatter the one that sends the fewest thresholds; of these that of the greatest clearance.

    Examples
    --------
    >>> import spikemath as sm
    >>> found = sm.networks.xor.search("two-lines", hidden=1)
    >>> [[str(w) for w in row] for row in found.weights], found.spikes
    ([['3/2', '-5/4']], 7)
    """
    code, readout = bit_encoding(encoding), check_readout(readout)
    most = int(Fraction(amplitude) / step)
    grid = [k * step for k in range(-most, most + 1)]
    rows = [w for w in product(grid, repeat=code.lines) if any(w)]
    kept, near = _clear(rows, code, beta, reset, refractory, clearance)
    if not kept or math.comb(len(kept) + hidden - 1, hidden) > _MOST:
        if kept:
            raise ValueError(f"more than {_MOST} networks to look at: raise step, or lower amplitude or hidden")
        return None
    neuron = LIF(1.0, -math.log(beta), reset, float(refractory))
    counts, _ = reservoir([[float(x) for x in row] for row in kept], code, neuron)
    cost = np.abs(counts).sum(axis=(1, 2))
    best: tuple[Any, ...] | None = None
    for chosen in _multisets(len(kept), hidden):
        x = read(counts[chosen.ravel()], code, float(refractory), readout, True, hidden)
        for i in np.flatnonzero(solvable(x) == SHATTERED).tolist():
            which = chosen[i].tolist()
            signs = -sum(sum(kept[k]) for k in which)  # minus a neuron solves the same
            rank = (int(cost[which].sum()), -min(near[k] for k in which), signs)
            if best is None or rank < best[0]:
                best = rank, which, tuple(map(tuple, x[i].tolist()))
    if best is None:
        return None
    _, which, seen = best
    readouts = {gate: _simplest(np.array(seen), truth_table(gate)) for gate in GATES}
    weights = tuple(kept[k] for k in which)
    return Solution(name, code, weights, Fraction(beta), reset, refractory, readout, seen, readouts)


def _clear(
    rows: Any, code: BitEncoding, beta: Fraction, reset: str, refractory: int, clearance: Fraction
) -> tuple[list[tuple[Fraction, ...]], list[Fraction]]:  # fmt: skip
    """Rows of weights that keep clear of ties, and by how much."""
    kept, near, end = [], [], Fraction(code.end)
    for row in rows:
        least = min(answer(x, row, Fraction(beta), reset, refractory, end).clearance for x in code.pulses)
        if least >= clearance:
            kept.append(row)
            near.append(least)
    return kept, near


def _multisets(n: int, hidden: int) -> Iterator[Any]:
    """Indices of neurons, in blocks; each unordered choice once."""
    for first in range(n):
        rest = np.arange(first, n)
        grids = np.meshgrid(*([rest] * (hidden - 1)), indexing="ij")
        chosen = np.column_stack([np.full(rest.size ** (hidden - 1), first), *(g.ravel() for g in grids)])
        yield chosen[(np.diff(chosen, axis=1) >= 0).all(axis=1)]


def _simplest(x: Any, ones: Any) -> tuple[tuple[int, ...], int]:
    """Integers v, b of least sum |v| with v . x + b >= 1 on ones and <= -1 on zeros."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    signs, d = np.where(ones, 1.0, -1.0), x.shape[1]
    half = np.hstack([signs[:, None] * x, signs[:, None]])  # v and b, as positive minus negative parts
    cost = np.tile(np.append(np.ones(d), 1e-3), 2)
    rows, n = LinearConstraint(np.hstack([half, -half]), 1.0, np.inf), 2 * d + 2
    found = milp(cost, constraints=rows, integrality=np.ones(n), bounds=Bounds(np.zeros(n), np.full(n, 100.0)))
    if found.x is None:
        raise ArithmeticError(f"no readout was found: {found.message}")
    whole = np.rint(found.x).astype(int)
    whole = whole[: d + 1] - whole[d + 1 :]
    return tuple(whole[:d].tolist()), int(whole[d])


def make() -> None:
    """Write solutions.json."""
    fine: dict[str, Any] = {"step": Fraction(1, 32), "clearance": Fraction(1, 40)}
    made = [
        search("one-line", name="modulo, one line", **fine),
        search("two-lines", name="modulo, two lines"),
        search("latency", name="modulo, latency"),
        search("one-line", 1, name="modulo, one line, one neuron", **fine),
        search("two-lines", 1, name="modulo, two lines, one neuron"),
        search("presence", 3, readout="count", step=Fraction(5, 8), name="modulo, presence, three neurons, count"),
        search("one-line", reset="subtract", name="subtract, one line", **fine),
        search("one-line", reset="subtract", refractory=1, name="subtract, one line, refractory"),
        search(
            "one-line", 1, reset="subtract", refractory=1, name="subtract, one line, refractory, one neuron", **fine
        ),
        search("one-line", reset="zero", name="zero, one line", **fine),
        search("two-lines", reset="zero", name="zero, two lines"),
    ]
    for solution in made:
        if solution is None:
            raise AssertionError("nothing was found")
        solution.check()
    text = ",\n".join(json.dumps(solution.plain()) for solution in made if solution is not None)
    _FILE.write_text(f"[\n{text}\n]\n", encoding="utf-8")
