"""What a study has found: counts, intervals, tables, and the file that holds them."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import math
import os
import zipfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._files import replacing
from spikemath.networks.xor._features import IntArray, Readout
from spikemath.networks.xor.encodings import BitEncoding
from spikemath.networks.xor.gates import GATES, gate_number

BLOCK, BINS = 1024, 24  # networks per block; bins of the weights' histograms
AXES = ("encoding", "alpha", "refractory", "reset", "spike", "readout")
_ARRAYS = ("solved", "first", "where", "escalated", "finished")


class Settings(NamedTuple):
    """What a study is: everything that its numbers depend on."""

    encodings: tuple[BitEncoding, ...]
    alphas: tuple[float, ...]
    refractories: tuple[float, ...]
    resets: tuple[str, ...]
    spikes: tuple[str, ...]
    readouts: tuple[Readout, ...]
    hidden: int
    samples: int
    amplitude: float
    threshold: float
    seed: int

    def axes(self) -> tuple[tuple[Any, ...], ...]:
        """The six settings that are varied."""
        return tuple(self[:6])

    def described(self) -> dict[str, Any]:
        """As plain data."""
        said = dict(self._asdict())
        said["encodings"] = [{"name": e.name, "pulses": e.pulses, "end": e.end} for e in self.encodings]
        return dict(json.loads(json.dumps(said)))


class Estimate(NamedTuple):
    """A probability with Wilson's confidence interval.

    Attributes
    ----------
    value, low, high : float
        The share that was found, and the interval.
    solved, samples : int
        What it is the share of.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.wilson(0, 100).high < 0.04
    True
    """

    value: float
    low: float
    high: float
    solved: int
    samples: int


def wilson(solved: int, samples: int, confidence: float = 0.95) -> Estimate:
    """A share and its Wilson interval.

    Parameters
    ----------
    solved, samples : int
        0 <= solved <= samples, samples >= 1.
    confidence : float
        In (0, 1).

    Returns
    -------
    Estimate

    Examples
    --------
    >>> import spikemath as sm
    >>> [round(x, 3) for x in sm.networks.xor.wilson(131, 1000)[:3]]
    [0.131, 0.111, 0.153]
    """
    from scipy.special import ndtri

    if not 0 <= solved <= samples or samples < 1 or not 0.0 < confidence < 1.0:
        raise ValueError(f"{solved} of {samples} at confidence {confidence!r}: 0 <= solved <= samples >= 1 is needed")
    z, n, p = float(ndtri(0.5 + confidence / 2)), samples, solved / samples
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((middle + way * half) / (1 + z * z / n) for way in (-1, 1))
    return Estimate(p, low if solved else 0.0, high if solved < samples else 1.0, solved, samples)


def column(gate: Any) -> int:
    """Where a gate stands: 0 ... 15, and 16 for all of them."""
    return 16 if isinstance(gate, str) and gate.lower() == "all" else gate_number(gate)


@dataclass(frozen=True, eq=False)
class Study:
    """The counts of a study; made by `study`.

    Attributes
    ----------
    settings : Settings
        What was varied, and the rest.
    solved : numpy.ndarray of int64, shape (encodings, alphas, refractories, resets, spikes, readouts, hidden, 17)
        How many networks solved gate 0 ... 15, and (last) all of them.
    first : numpy.ndarray of int64, same shape
        The number of the first sample that did, or -1.
    where : numpy.ndarray of int64, shape (..., hidden, lines, bins)
        Histogram of the weights of the networks that solved all gates, for each line, over [-amplitude, amplitude].
    escalated : numpy.ndarray of int64, shape (encodings, alphas, refractories, resets)
        How many neurons met a comparison that floats could not decide.
    finished : numpy.ndarray of bool, shape (combinations, blocks)
        Which blocks are in.

    Examples
    --------
    >>> import spikemath as sm
    >>> found = sm.networks.xor.study(resets="modulo", readouts=["time-resolved", "count"], hidden=2, samples=500)
    >>> found.probability("XOR", hidden=2, readout="count").value, found.probability(hidden=2, readout="count").value
    (0.022, 0.0)
    """

    settings: Settings
    solved: IntArray
    first: IntArray
    where: IntArray
    escalated: IntArray
    finished: NDArray[np.bool_]

    @classmethod
    def empty(cls, s: Settings) -> Study:
        """Nothing found yet."""
        shape = tuple(len(axis) for axis in s.axes())
        lines, blocks = max(e.lines for e in s.encodings), -(-s.samples // BLOCK)
        counts = np.zeros((*shape, s.hidden, 17), dtype=np.int64)
        return cls(
            s,
            counts,
            np.full_like(counts, -1),
            np.zeros((*shape, s.hidden, lines, BINS), dtype=np.int64),
            np.zeros(shape[:4], dtype=np.int64),
            np.zeros((math.prod(shape[:4]), blocks), dtype=np.bool_),
        )

    def add(self, cell: tuple[int, ...], c: int, b: int, solved: Any, first: Any, where: Any, escalated: int) -> None:
        """Take in one block."""
        self.solved[cell] += solved
        self.where[cell] += where
        self.escalated[cell] += escalated
        best = self.first[cell]
        best[...] = np.where((best < 0) | ((first >= 0) & (first < best)), first, best)
        self.finished[c, b] = True

    def place(self, hidden: int, **cell: Any) -> tuple[int, ...]:
        """The index of a combination; a setting with one value need not be named."""
        unknown = set(cell) - set(AXES)
        if unknown:
            raise TypeError(f"{', '.join(sorted(unknown))}: a combination is named by {', '.join(AXES)}")
        if not 1 <= hidden <= self.settings.hidden:
            raise ValueError(f"hidden = {hidden} must be from 1 to {self.settings.hidden}")
        at = []
        for name, axis in zip(AXES, self.settings.axes(), strict=True):
            values = [getattr(v, "name", v) for v in axis]
            wanted = getattr(cell.get(name), "name", cell.get(name))
            if wanted is None and len(values) > 1:
                raise ValueError(f"{name} is needed: one of {', '.join(map(repr, values))}")
            if wanted is not None and wanted not in values:
                raise ValueError(f"{name} = {wanted!r} is not in the study: {', '.join(map(repr, values))}")
            at.append(0 if wanted is None else values.index(wanted))
        return (*at, hidden - 1)

    def probability(self, gate: Any = "all", hidden: int = 2, confidence: float = 0.95, **cell: Any) -> Estimate:
        """How likely a gate is solved ("all": all sixteen at once).

        Parameters
        ----------
        gate : str or int
            The gate.
        hidden : int
            Size of the hidden layer.
        confidence : float
            Of the interval.
        **cell
            encoding, alpha, refractory, reset, spike, readout: needed where the study has several.

        Returns
        -------
        Estimate
        """
        return wilson(int(self.solved[(*self.place(hidden, **cell), column(gate))]), self.settings.samples, confidence)

    def rows(self, confidence: float = 0.95) -> list[dict[str, Any]]:
        """The table in long form: a row for each combination, size and gate, ready for a data frame."""
        out = []
        axes = [[getattr(v, "name", v) for v in axis] for axis in self.settings.axes()]
        for at in product(*(range(len(axis)) for axis in axes)):
            cell = dict(zip(AXES, (axis[i] for axis, i in zip(axes, at, strict=True)), strict=True))
            for n in range(self.settings.hidden):
                for g, name in enumerate((*GATES, "all")):
                    estimate = wilson(int(self.solved[(*at, n, g)]), self.settings.samples, confidence)
                    out.append(cell | {"hidden": n + 1, "gate": name} | estimate._asdict())
        return out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Study):
            return NotImplemented
        same = (np.array_equal(getattr(self, name), getattr(other, name)) for name in _ARRAYS)
        return self.settings == other.settings and all(same)

    __hash__ = None  # type: ignore[assignment]


@functools.cache
def _code() -> str:
    """A digest of the sources that the numbers depend on."""
    root, digest = Path(__file__).resolve().parents[2], hashlib.sha256()
    mine = [Path("networks/xor") / f"{name}.py" for name in ("gates", "encodings", "_features", "separation", "_study")]
    core = [Path(f"{name}.py") for name in ("_encoder/train_kernels", "_encoder/encode_train", "_encoder/firing")]
    for name in (*mine, *core):
        digest.update((root / name).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _header(settings: Settings) -> str:
    return json.dumps({"format": "spikemath xor study 1", "code": _code(), "settings": settings.described()})


def save(path: str | os.PathLike[str], state: Study) -> None:
    """Write a study; the file is the old one or the new one, never half of it."""
    content = io.BytesIO()
    np.savez_compressed(content, header=_header(state.settings), **{name: getattr(state, name) for name in _ARRAYS})
    with replacing(path) as file:
        file.write(content.getvalue())


def load(path: str | os.PathLike[str], settings: Settings) -> Study:
    """A study of the same settings, made by the same code.

    Raises
    ------
    ValueError
        The file is damaged or of another study.
    """
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            header, arrays = str(file["header"]), [file[name] for name in _ARRAYS]
        said = json.loads(header)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise ValueError(f"{path} is damaged, or no checkpoint of a study: move it away to start anew") from None
    wanted = json.loads(_header(settings))
    for name in ("format", "code", "settings"):
        if said.get(name) != wanted[name]:
            what = {"format": "of another format", "code": "made by other code", "settings": "of another study"}[name]
            raise ValueError(f"{path} is {what}: give another file, or move it away to start anew")
    state = Study.empty(settings)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        getattr(state, name)[...] = array
    return state
