"""`spikemath xor`: how likely random hidden layers solve the gates, and a layer that does."""

from __future__ import annotations

import csv
import io
import json
import math
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import click

from spikemath.cli._common import Choice, option, place, somebody_looks

_ENCODINGS = ("one-line", "two-lines", "latency", "referenced", "presence", "signed")


def _beta(ctx: click.Context, parameter: click.Parameter, value: str) -> Fraction:
    try:
        beta = Fraction(value)
        if not 0 < beta <= 1:
            raise ValueError
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(f"{value} is no number in (0, 1], such as 0.6 or 3/5") from None
    return beta


@click.command()
@option(
    "--encoding", "encodings", type=Choice(_ENCODINGS), multiple=True, help="Bits as pulses; repeatable.  [one-line]"
)
@option("--readout", "readouts", type=Choice(["time-resolved", "count"]), multiple=True, help="Repeatable.  [both]")
@option("--refractory", "refractories", type=float, multiple=True, help="Refractory time; repeatable.  [0 and 1]")
@option("--unit", is_flag=True, help="Spikes count with their sign, not with their number of thresholds.")
@option(
    "--beta", default="3/5", callback=_beta, show_default=True, help="Part of a potential left after a unit of time."
)
@option("--gate", default="all", show_default=True, help="The gate, such as XOR; all: all sixteen by one layer.")
@option("--hidden", type=click.IntRange(1, 20), default=5, show_default=True, help="Largest hidden layer.")
@option("--samples", type=click.IntRange(min=1), default=10_000, show_default=True, help="Random layers per line.")
@option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed, the same layers.")
@option(
    "--out", metavar="DIR", help="Write figures (.png, .svg), the whole table (.csv) and the settings (.json) there."
)
@option("--checkpoint", metavar="FILE", help="Where a long study is kept, to go on from.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def xor(
    encodings: tuple[str, ...], readouts: tuple[str, ...], refractories: tuple[float, ...], unit: bool, beta: Fraction,
    gate: str, hidden: int, samples: int, seed: int, out: str | None, checkpoint: str | None, as_json: bool,
) -> None:  # fmt: skip
    """How likely does a layer of LIF neurons with random weights solve the binary gates?

    Bits are sent as pulses, weights are uniform in [-3, 3], the threshold is 1, and a linear readout sees the spikes.
    Each line gives the share of layers that solve the gate, with Wilson's 95 % interval, and beneath it the exact
    probability where it is known. At the end a solution with two neurons is checked in fractions.
    """
    from tqdm import tqdm

    from spikemath.networks import xor as gates

    name = gate if gate.lower() == "all" else gates.GATES[gates.gate_number(int(gate) if gate.isdigit() else gate)]
    if checkpoint:
        place(checkpoint)
    if out:
        Path(out).mkdir(parents=True, exist_ok=True)
    with tqdm(total=1, disable=as_json or not somebody_looks(), leave=False, unit=" blocks") as bar:

        def progress(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        found = gates.study(
            encodings or "one-line", ("modulo", "subtract", "zero"), 0.0 - math.log(beta), refractories or (0.0, 1.0),
            "unit" if unit else "graded", list(readouts) or ["time-resolved", "count"], hidden=hidden, samples=samples,
            seed=seed, progress=progress, checkpoint=checkpoint,
        )  # fmt: skip
    laws: dict[tuple[Any, ...], Any] = {}
    if out:
        _write(Path(out), found, beta, name)
    lines = [row | {"exact": _exact(row, beta, laws)} for row in found.rows() if row["gate"].lower() == name.lower()]
    if as_json:
        click.echo(json.dumps({"settings": found.settings.described(), "beta": str(beta), "rows": lines}))
        return
    _table(found, lines, name)
    two = [gates.solutions()[f"{reset}, one line"] for reset in ("modulo", "subtract", "zero")]
    for solution in two:
        solution.check()
    weights = " and ".join(str(w[0]) for w in two[0].weights)
    click.echo(
        f"Two neurons with weights {weights} (one-line, time-resolved, t_r = 0, beta = {two[0].beta}) solve all 16\n"
        f"gates with any reset, by {two[0].spikes} spikes on all four inputs: checked in fractions and by the operator"
    )
    if out:
        click.echo(f"wrote figures, table.csv and settings.json to {out}")


def _exact(row: dict[str, Any], beta: Fraction, laws: dict[tuple[Any, ...], Any]) -> float | None:
    """The probability itself, or None where no law is known."""
    from spikemath.networks.xor import bit_encoding, law

    if bit_encoding(row["encoding"]).lines > 2 or row["refractory"] != int(row["refractory"]):
        return None
    cell = row["reset"], int(row["refractory"]), row["readout"], row["spike"] == "graded"
    if (row["encoding"], *cell) not in laws:
        laws[(row["encoding"], *cell)] = law(row["encoding"], beta, *cell)
    return float(laws[(row["encoding"], *cell)].probability(row["gate"], row["hidden"]))


def _table(found: Any, lines: list[dict[str, Any]], gate: str) -> None:
    """A row for each combination, a column for each size."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    s = found.settings
    what = "all 16 gates" if gate == "all" else gate
    head = f"P({what} solved), {s.samples} random layers, {s.spikes[0]} spikes"
    table = Table(title=head, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    keys = ("encoding", "readout", "refractory", "reset")
    for column in ("encoding", "readout", "t_r", "reset"):
        table.add_column(column)
    sizes = [n for n in range(1, s.hidden + 1) if n <= 5 or n in (7, 10, 15) or n == s.hidden]
    for n in sizes:
        table.add_column(f"{n} neuron{'s' if n > 1 else ''}", justify="right")
    axes = ([e.name for e in s.encodings], s.readouts, s.refractories, s.resets)
    for cell in product(*axes):
        mine = {row["hidden"]: row for row in lines if tuple(row[key] for key in keys) == cell}
        shown = []
        for n in sizes:
            row = mine[n]
            shown.append(f"{row['value']:.3f} ({row['low']:.3f}-{row['high']:.3f})")
            if row["exact"] is not None:
                shown[-1] += f"\nexactly {row['exact']:.4f}" if row["exact"] >= 5e-5 else _small(row["exact"])
        table.add_row(cell[0], str(cell[1]), f"{cell[2]:g}", cell[3], *shown)
    console = Console()
    (console if console.is_terminal else Console(width=46 + 22 * len(sizes))).print(table)


def _small(p: float) -> str:
    return "\nexactly 0" if p == 0.0 else f"\nexactly {p:.1e}"


def _write(folder: Path, found: Any, beta: Fraction, gate: str) -> None:
    """Figures, the long table, the settings."""
    from spikemath import plot
    from spikemath._files import replacing
    from spikemath.networks import xor as gates
    from spikemath.networks.xor import figures
    from spikemath.operators import LIF

    s = found.settings
    text = io.StringIO(newline="")
    rows = found.rows()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    content = {"table.csv": text.getvalue().encode(), "settings.json": json.dumps(s.described()).encode() + b"\n"}
    height = 1.2 + 2.4 * len(s.encodings)
    maps = [
        LIF(1.0, s.alphas[0], reset, t) for reset in s.resets for t in s.refractories if t == 0.0 or reset == "subtract"
    ]
    drawn: list[tuple[str, float, float, Any]] = [
        ("probabilities", 8.5, height, lambda f: figures.draw_probabilities(found, f, gate, beta)),
        ("weights", 8.5, 1.0 + 1.8 * s.encodings[0].lines, lambda f: figures.draw_weights(found, f, min(2, s.hidden))),
        ("solution", 9.0, 4.0, lambda f: figures.draw_solution(gates.solutions()["modulo, one line"], f)),
    ]
    two = [e for e in s.encodings if e.lines == 2]
    if two:
        drawn.append(("map", 2.6 * len(maps), 3.4, lambda f: figures.draw_maps(f, two[0], maps)))
    for name, width, high, draw in drawn:
        figure, _ = plot.new_figure(1, width, high)
        figure.clear()
        draw(figure)
        for suffix in (".png", ".svg"):
            content[name + suffix] = plot.encoded(figure, suffix)
    for name, data in content.items():
        with replacing(folder / name) as file:
            file.write(data)
