"""The published experiments, run again with exact arithmetic: figures, numbers, and where they agree with the reported.

An experiment is one file with an ``EXPERIMENT``: the set-up on top, ``compute`` for the numbers, ``draw`` for the
figure, ``agreement`` for the comparison with arXiv 2305.08012 and 2305.05772.
"""

from __future__ import annotations

import csv
import io as text
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spikemath import plot
from spikemath._files import replacing
from spikemath.experiments import (
    e1_quantization,
    e2_threshold,
    e3_delay,
    e4_quasi_isometry,
    e5_resonance,
)
from spikemath.experiments._base import SEED, Experiment, Row

_MEMBERS = (e1_quantization, e2_threshold, e3_delay, e4_quasi_isometry, e5_resonance)
DPI = 160


def all() -> tuple[Experiment, ...]:  # noqa: A001
    """Every experiment, in order.

    Examples
    --------
    >>> import spikemath as sm
    >>> [experiment.name for experiment in sm.experiments.all()]
    ['E1', 'E2', 'E3', 'E4', 'E5']
    """
    return tuple(member.EXPERIMENT for member in _MEMBERS)


def get(name: str) -> Experiment:
    """The experiment of that name.

    Parameters
    ----------
    name : str
        Such as "E1" or "e1_quantization"; upper and lower case are the same.

    Raises
    ------
    KeyError
        There is none; the message lists all names.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.experiments.get("e3").title
    'Delay'
    """
    for experiment in all():
        if name.lower() in (experiment.name.lower(), experiment.file):
            return experiment
    raise KeyError(f"no experiment {name!r}; there are {', '.join(e.name for e in all())}")


def run(
    out: str | os.PathLike[str] = "experiments-output",
    only: str | Iterable[str] | None = None,
    trains: int | None = None,
    seed: int = SEED,
    progress: bool = True,
    quick: bool = False,
    console: Any = None,
) -> list[Row]:
    """Run the experiments, write their figures and numbers to a folder, print where they agree with the reported.

    Parameters
    ----------
    out : path
        The folder; made if need be. Each experiment leaves a .png, an .svg and a .json there, and agreement.csv has
        the table. Every file is written in one piece, so an interrupted run leaves whole files of what was finished.
    only : str or iterable of str, optional
        Names of experiments, such as "E1". Default: all.
    trains : int, optional
        Number of random trains of each experiment, >= 1. Default: that of the experiment.
    seed : int
        Seed of the random trains, >= 0. The same seed gives the same numbers.
    progress : bool
        Show progress bars.
    quick : bool
        Fewer trains and coarser grids: some seconds instead of a minute or two.
    console : rich.console.Console, optional
        Where to print. Default: standard output.

    Returns
    -------
    list of Row
        (experiment, quantity, ours, reported, verdict, note).

    Raises
    ------
    KeyError
        No experiment has such a name.
    ValueError
        trains < 1 or seed < 0.

    Examples
    --------
    >>> import spikemath as sm
    >>> rows = sm.experiments.run("experiments-output", only="E2", quick=True)  # doctest: +SKIP
    """
    names = [only] if isinstance(only, str) else only
    chosen = all() if names is None else tuple(get(name) for name in names)
    count = None if trains is None else _at_least(trains, "trains", 1)
    seed = _at_least(seed, "seed", 0)
    console = console or _console()
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    began, rows = time.perf_counter(), []
    for experiment in chosen:
        default = experiment.quick if quick else experiment.trains
        result = experiment.compute(count or default, seed, progress, quick)
        figure = experiment.figure(result)
        for suffix in (".png", ".svg"):
            _write(folder / f"{experiment.file}{suffix}", plot.encoded(figure, suffix, DPI))
        numbers = json.dumps(experiment.numbers(result), allow_nan=False)
        _write(folder / f"{experiment.file}.json", numbers.encode() + b"\n")
        said = experiment.agreement(result)
        rows += said
        console.print(_table(experiment, said))
    _write(folder / "agreement.csv", _csv(rows))
    seconds = time.perf_counter() - began
    console.print(f"{seconds:.0f} s; wrote figures (png, svg), numbers (json) and agreement.csv to {folder}{os.sep}",
                  soft_wrap=True)  # fmt: skip
    return rows


def _at_least(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or int(value) != value or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    return int(value)


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def _csv(rows: list[Row]) -> bytes:
    lines = text.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return lines.getvalue().encode()


def _console() -> Any:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=110)


def _table(experiment: Experiment, rows: list[Row]) -> Any:
    from rich import box
    from rich.table import Table

    style: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "pad_edge": False}
    table = Table(title=f"{experiment.name}  {experiment.title}", title_justify="left", **style)
    table.add_column("quantity")
    for head in ("ours", "reported"):
        table.add_column(head, justify="right")
    for head in ("verdict", "note"):
        table.add_column(head)
    colours = {"agrees": "green", "holds": "green", "differs": "yellow", "fails": "red"}
    for row in rows:
        colour = colours.get(row.verdict)
        verdict = f"[{colour}]{row.verdict}[/]" if colour else row.verdict
        table.add_row(_plain(row.quantity), row.ours, row.reported, verdict, row.note)
    return table


def _plain(words: str) -> str:
    """Brackets are ranges here, not markup."""
    return words.replace("[", r"\[")


__all__ = ["Experiment", "Row", "all", "get", "run"]
