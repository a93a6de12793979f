"""What a campaign has found so far, and the file that holds it: written whole or not at all, and checked when read."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from spikemath._files import replacing
from spikemath.campaign._sweep import COLUMNS
from spikemath.campaign._trains import ALPHAS, FAMILIES, THRESHOLDS

FORMAT, KEEP = "spikemath campaign 1", 1000  # at most KEEP trains are stored in full
SHAPE = (len(THRESHOLDS), len(ALPHAS), len(FAMILIES), len(COLUMNS))
_MODULUS = 2**64
_SOURCES = (
    "_numeric/eft", "_numeric/dd", "_numeric/potential", "_encoder/firing", "_encoder/train_kernels",
    "_encoder/encode_train", "campaign/_trains", "campaign/_certify", "campaign/_sweep", "campaign/_escalate",
)  # fmt: skip


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: torn, or of another campaign.

    Examples
    --------
    >>> from spikemath.campaign import CheckpointError
    >>> issubclass(CheckpointError, ValueError)
    True
    """


@dataclass(frozen=True)
class Settings:
    """What a campaign is, but for its size, which may grow."""

    seed: int
    lengths: tuple[int, int]
    encoder: str

    def described(self) -> dict[str, Any]:
        """All that the numbers depend on."""
        return {
            "seed": self.seed,
            "lengths": list(self.lengths),
            "encoder": self.encoder,
            "thresholds": list(THRESHOLDS),
            "alphas": list(ALPHAS),
            "families": list(FAMILIES),
            "code": code_digest(),
        }


@functools.cache
def code_digest() -> str:
    """A digest of the sources that make, encode and certify the trains."""
    digest, root = hashlib.sha256(), Path(__file__).resolve().parents[1]
    for name in _SOURCES:
        digest.update(name.encode() + b"\0" + (root / f"{name}.py").read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Result:
    """What a campaign found.

    Attributes
    ----------
    done : int
        Trains checked, those with index 0 ... done - 1.
    tally : numpy.ndarray, int64
        Counts by threshold, leak, family and column (see :data:`COLUMNS`).
    checksum : int
        Of all spikes of all trains: two runs with the same checksum emitted the same spikes.
    notable : tuple of dict
        Trains that violated the bound, or could not be decided, with index and data.
    seconds : float
        Time taken, interruptions left out.

    Examples
    --------
    >>> from spikemath.campaign import run
    >>> result = run(100, seed=1)
    >>> result.total("trains"), result.total("violations"), result.good
    (100, 0, True)
    """

    settings: Settings
    done: int = 0
    tally: Any = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64), repr=False)
    checksum: int = 0
    notable: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0

    def total(self, column: str, threshold: float | None = None, alpha: float | None = None, family: str = "") -> int:
        """The sum of a column, over all cells or over those of one threshold, leak or family."""
        counts = self.tally[..., COLUMNS.index(column)]
        rows = slice(None) if threshold is None else THRESHOLDS.index(threshold)
        leaks = slice(None) if alpha is None else ALPHAS.index(alpha)
        kinds = FAMILIES.index(family) if family else slice(None)
        return int(counts[rows, leaks, kinds].sum())

    @property
    def good(self) -> bool:
        """Whether every train kept the bound."""
        return self.total("violations") == 0 and self.total("undecided") == 0

    def __eq__(self, other: object) -> bool:
        """Equal findings; the time taken does not count."""
        if not isinstance(other, Result):
            return NotImplemented
        mine = (self.settings, self.done, self.checksum, self.notable)
        theirs = (other.settings, other.done, other.checksum, other.notable)
        return mine == theirs and bool(np.array_equal(self.tally, other.tally))

    __hash__ = None  # type: ignore[assignment]

    def merged(self, done: int, tally: Any, checksum: int, notable: Iterable[dict[str, Any]], seconds: float) -> Result:
        """With one more block of trains."""
        return replace(
            self,
            done=done,
            tally=self.tally + tally,
            checksum=(self.checksum + checksum) % _MODULUS,
            notable=(self.notable + tuple(notable))[:KEEP],
            seconds=self.seconds + seconds,
        )


def save(path: str | os.PathLike[str], result: Result) -> None:
    """Write a checkpoint; the file is the old one or the new one, never half of it."""
    content = {
        "format": FORMAT,
        "settings": result.settings.described(),
        "done": result.done,
        "tally": result.tally.tolist(),
        "checksum": f"{result.checksum:016x}",
        "notable": list(result.notable),
        "seconds": result.seconds,
    }
    text = json.dumps(content | {"digest": _digest(content)})
    with replacing(path) as file:
        file.write(text.encode() + b"\n")


def load(path: str | os.PathLike[str], settings: Settings) -> Result:
    """The state in a checkpoint of the same campaign.

    Raises
    ------
    CheckpointError
        The file is damaged, or belongs to another campaign; the message says what differs.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        digest = content.pop("digest")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise CheckpointError(
            f"{path} is damaged, or no checkpoint of a campaign: move it away to start anew"
        ) from None
    if content.get("format") != FORMAT or digest != _digest(content):
        raise CheckpointError(f"{path} is damaged, or no checkpoint of a campaign: move it away to start anew")
    wanted, given = settings.described(), content["settings"]
    for name, value in wanted.items():
        if given.get(name) != value:
            said = "made by other code" if name == "code" else f"of {name} = {given.get(name)!r}, not {value!r}"
            raise CheckpointError(f"{path} is {said}: give another file, or move it away to start anew")
    tally = np.array(content["tally"], dtype=np.int64).reshape(SHAPE)
    return Result(
        settings, content["done"], tally, int(content["checksum"], 16), tuple(content["notable"]), content["seconds"]
    )  # fmt: skip


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def described(result: Result) -> dict[str, Any]:
    """A result as plain data, for JSON."""
    cells = []
    for i, threshold in enumerate(THRESHOLDS):
        for j, alpha in enumerate(ALPHAS):
            for k, family in enumerate(FAMILIES):
                counts = dict(zip(COLUMNS, result.tally[i, j, k].tolist(), strict=True))
                if counts["trains"]:
                    cells.append({"threshold": threshold, "alpha": alpha, "family": family} | counts)
    totals = {column: result.total(column) for column in COLUMNS}
    known = asdict(result.settings) | {"checksum": f"{result.checksum:016x}", "seconds": round(result.seconds, 3)}
    return known | totals | {"good": result.good, "cells": cells, "notable": list(result.notable)}
