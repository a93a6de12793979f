"""The main job on real recordings: encode them with every operator and reset, measure exactly, draw.

    SendOnDelta(theta)(g), g the recording less its first sample:       m = D g
    IF(theta)(f), LIF(theta, alpha)(f), f the recording less its mean:  m = f

Samples are joined by straight lines. The error of an encoding is ||m - eta||_{A,alpha}, computed exactly.
As recorded, m has no pulses, all resets send the same spikes, and the bound theta holds. Then three pulses of
some thetas are added to m (to g: steps). The bound still holds for modulo (theory Q1, Q2), not for the others
(Q4, Q5).
"""

from __future__ import annotations

import csv
import io as text
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_FLOOR, Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np

from spikemath import datasets, plot
from spikemath._files import replacing
from spikemath.norms import alexiewicz_extremum, total_variation
from spikemath.operators import IF, LIF, Encoding, SendOnDelta
from spikemath.signals import Signal, Signals, SpikeTrain

RESETS = ("modulo", "subtract", "zero")
PULSES = {0.2: 3.5, 0.27: -4.25, 0.34: 5.75}  # part of the recording: weight in thresholds
BUDGET = {"membrane": 1000, "eeg": 500}  # spikes per channel
TAU = {"membrane": 0.02, "eeg": 0.1}  # time constant of the LIF, s
WINDOW = (1.0, 1.3)  # of the membrane, in the pictures, s


@dataclass(frozen=True)
class Row:
    """One line of the table: an operator on a recording, and what was lost."""

    recording: str
    pulses: int
    operator: str
    reset: str
    threshold: float
    alpha: float
    spikes: int
    norm: float
    channel: str
    time: float
    side: str
    attained: bool
    holds: bool
    sup_error: float
    rms_error: float


@dataclass(frozen=True)
class Case:
    """A recording made ready for one operator: what that is given, and the measure m it integrates."""

    recording: datasets.Recording
    make: Callable[[str], Any]  # reset -> operator
    given: Any
    measure: Any
    pulses: int

    def row(self, reset: str, enc: Encoding) -> Row:
        """Measure one encoding."""
        op, names = enc.operator, self.recording.channels
        trains: Any = enc.spikes
        errors = [m - eta for m, eta in zip(self.measure, trains, strict=True)]
        found = [alexiewicz_extremum(e, op.alpha) for e in errors]
        worst = max(range(len(found)), key=lambda c: abs(found[c].value))
        sup, squares = 0.0, []
        grid = np.arange(self.recording.samples.shape[-1]) / self.recording.fs
        for e, eta in zip(errors, trains, strict=True):
            V = e.running_integral(op.alpha)
            on_grid = np.asarray(V(grid))
            squares.append(on_grid**2)
            sup = max(sup, float(np.abs(on_grid).max()), float(np.abs(V(eta.times)).max(initial=0.0)))
        at, norm = found[worst], abs(found[worst].value)
        return Row(
            self.recording.name,
            self.pulses,
            type(op).__name__,
            reset,
            op.threshold,
            op.alpha,
            enc.counts.size,
            norm,
            names[worst] if len(names) > 1 else "",
            at.time,
            at.side,
            at.attained,
            norm < op.threshold,
            sup,
            float(np.sqrt(np.mean(squares))),
        )


def cases(recording: datasets.Recording) -> Iterator[Case]:
    """Send-on-delta, IF and LIF, as recorded and then with pulses."""
    x, fs, name = recording.rows, recording.fs, recording.name
    g = Signal.from_samples(x - x[:, :1], fs=fs, hold="linear")
    f = Signal.from_samples(x - x.mean(axis=1, keepdims=True), fs=fs, hold="linear")
    Dg = g.derivative()
    delta, area = (_threshold(m, BUDGET[name]) for m in (Dg, f))
    makers: dict[float, list[Callable[[str], Any]]] = {
        delta: [lambda reset: SendOnDelta(delta, reset=reset)],
        area: [
            lambda reset: IF(area, reset=reset),
            lambda reset: LIF(area, tau=TAU[name], reset=reset),
        ],
    }
    for pulses in (0, len(PULSES)):
        for threshold, several in makers.items():
            weights = np.zeros(x.shape[1])
            for part, weight in PULSES.items():
                weights[round(part * weights.size)] = weight * threshold
            for make in several:
                given, measure = (g, Dg) if threshold == delta else (f, f)
                if pulses and threshold == delta:
                    given = Signals(c + Signal.from_samples(np.cumsum(weights)[:-1], fs=fs) for c in g)
                    measure = given.derivative()
                elif pulses:
                    given = measure = f + SpikeTrain.from_samples(weights, fs=fs)
                yield Case(recording, make, given, measure, pulses)


def _threshold(measure: Any, budget: int) -> float:
    """The mass budget (theory S8) says: spikes <= mass / threshold. So mass / budget, up to two digits."""
    least = max(total_variation(m) for m in measure) / budget
    unit = 10.0 ** (math.floor(math.log10(least)) - 1)
    return float(f"{math.ceil(least / unit) * unit:.2g}")


def run(out: str | os.PathLike[str], console: Any = None) -> list[Row]:
    """Encode, measure, print the tables, and write figures and results to a folder.

    Parameters
    ----------
    out : path
        The folder; made if need be.
    console : rich.console.Console, optional
        Where to print. Default: standard output.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from spikemath import demo
    >>> rows = demo.run("demo-output")  # doctest: +SKIP
    """
    console = console or _console()
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    rows: list[Row] = []
    kept: dict[tuple[str, int, str, str], tuple[Case, Encoding]] = {}
    with console.status("starting (the first run compiles for some seconds)") as status:
        recordings = [datasets.membrane(), datasets.eeg()]
        for recording in recordings:
            for case in cases(recording):
                for reset in RESETS:
                    op = case.make(reset)
                    status.update(f"{recording.name}: {op}")
                    enc = op.encode(case.given)
                    rows.append(case.row(reset, enc))
                    kept[recording.name, case.pulses, type(op).__name__, reset] = case, enc
            console.print(_table(recording, [row for row in rows if row.recording == recording.name]))
        console.print(_notes(recordings), highlight=False, markup=False)
        status.update("drawing")
        figures = {"recording.png": _recording, "raster.png": _raster, "residual.png": _residual}
        for name, draw in figures.items():
            _write(folder / name, plot.encoded(draw(kept), dpi=120))
    _write(folder / "results.json", json.dumps([asdict(row) for row in rows], indent=1).encode() + b"\n")
    _write(folder / "results.csv", _csv(rows))
    names = ", ".join([*figures, "results.json", "results.csv"])
    console.print(f"{time.perf_counter() - began:.1f} s; wrote to {folder}{os.sep}: {names}", soft_wrap=True)
    return rows


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def _csv(rows: list[Row]) -> bytes:
    lines = text.StringIO(newline="")
    writer = csv.DictWriter(lines, [field.name for field in fields(Row)])
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return lines.getvalue().encode()


# the tables


def _console() -> Any:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=100)


def rounded_down(x: float, digits: int = 5) -> str:
    """Decimal digits of x, rounded toward -infinity: what is below a bound does not look equal to it."""
    shown = Context(prec=digits, rounding=ROUND_FLOOR).create_decimal(Decimal(x))
    return f"{shown:f}" if -5 < shown.adjusted() < 16 else f"{shown:e}"


def _table(recording: datasets.Recording, rows: list[Row]) -> Any:
    from rich import box
    from rich.table import Table

    x, unit = recording.rows, recording.units
    shape = f"{len(x)} channel{'s' if len(x) > 1 else ''} x {x.shape[1]} samples at {recording.fs:g} Hz"
    style: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": 0, "pad_edge": False}
    table = Table(title=f"{recording.name}: {shape}, in {unit}", title_justify="left", **style)
    for head in ("operator", "reset"):
        table.add_column(head, no_wrap=True)
    for head in ("spikes", "bound", "norm", "where / s", "holds", "sup err", "RMS"):
        table.add_column(head, justify="right", no_wrap=True)
    for pulses in sorted({row.pulses for row in rows}):
        table.add_row(f"[bold]{f'+ {pulses} pulses' if pulses else 'as recorded'}[/]")
        for row in (row for row in rows if row.pulses == pulses):
            side = "-" if row.side == "left" else " "
            table.add_row(
                row.operator if row.reset == RESETS[0] else "",
                row.reset,
                str(row.spikes),
                f"{row.threshold:g}",
                rounded_down(row.norm),
                f"{row.channel + ' ' if row.channel else ''}{row.time:.4f}{side}",
                _verdict(row),
                rounded_down(row.sup_error, 4),
                f"{row.rms_error:.2g}",
                end_section=row.reset == RESETS[-1] and row.operator == "LIF",
            )
    return table


def _verdict(row: Row) -> str:
    return "[green]yes[/]" if row.holds else "[red]no[/]"


NOTES = """\
bound: the threshold; the mass budget then allows {budget} spikes per channel.
norm:  ||f - eta||, exact, shown rounded down; where: channel and time, t- being just before t.
err:   greatest and RMS error of f - f(0) (SendOnDelta) or of the running integral of f - mean(f)
       (IF; LIF with tau {tau} s) against what the spikes decode to.
pulses: {pulses} thresholds, at {at} of the recording.
Recordings: {sources}."""


def _notes(recordings: list[datasets.Recording]) -> str:
    names = [recording.name for recording in recordings]
    return NOTES.format(
        sources="; ".join(recording.source for recording in recordings),
        budget=", ".join(f"{BUDGET[name]} ({name})" for name in names),
        tau=", ".join(f"{TAU[name]:g} ({name})" for name in names),
        pulses=", ".join(f"{weight:+g}" for weight in PULSES.values()),
        at=", ".join(f"{part:.0%}" for part in PULSES),
    )


# the figures

Kept = dict[tuple[str, int, str, str], tuple[Case, Encoding]]


def _recording(kept: Kept) -> Any:
    """The membrane potential, its tube and staircase: all of it, a closer look, and the same for the LIF."""
    case, enc = kept["membrane", 0, "SendOnDelta", "modulo"]
    leaky, fired = kept["membrane", 0, "LIF", "modulo"]
    rest = float(case.recording.samples[0])
    figure, (whole, near, lif) = plot.new_figure(3, 8.0, 7.0, height_ratios=(1.0, 1.5, 1.2))
    plot.tube(case.given[0], _channel(enc, 0), ax=whole)
    whole.axvspan(*WINDOW, color=plot.ORANGE, alpha=0.35, linewidth=0)
    whole.set_title("shaded: the stretch below", loc="right", fontsize=9)
    for ax, (c, e) in ((near, (case, enc)), (lif, (leaky, fired))):
        plot.tube(c.given[0], _channel(e, 0), ax=ax, window=WINDOW)
        _rug(ax, e.spikes[0])  # type: ignore[index]
        ax.get_legend().remove()
        ax.set(xlim=WINDOW)
    near.set_title(f"send-on-delta, threshold {enc.operator.threshold:g} mV", loc="left", fontsize=10)
    of = f"threshold {fired.operator.threshold:g} mV s, time constant {1000 / fired.operator.alpha:g} ms"
    lif.set_title(f"leaky integrate-and-fire, {of}", loc="left", fontsize=10)
    for ax in (whole, near):
        ax.set(xlabel="", ylabel=f"potential / mV\nabove {rest:.0f} mV")
    lif.set(xlabel="time / s", ylabel="running leaky\nintegral / mV s")
    return figure


def _channel(enc: Encoding, c: int) -> Encoding:
    """One channel of an encoding."""
    spikes: Any = enc.spikes
    return Encoding(spikes[c], float(enc.potential[c]), enc.undecided, enc.operator)


def _rug(ax: Any, spikes: SpikeTrain) -> None:
    """Spikes as ticks at the foot of the axes."""
    low, high = ax.get_ylim()
    foot = low - 0.16 * (high - low)
    middle = 0.5 * (low + foot)
    for sign, colour in ((1, plot.BLUE), (-1, plot.VERMILION)):
        t = spikes.times[np.sign(spikes.weights) == sign]
        ax.vlines(t, middle, middle + sign * 0.45 * (low - foot), colors=colour, linewidths=0.9)
    ax.set_ylim(foot, high)


def _raster(kept: Kept) -> Any:
    """The four channels of the EEG and their spikes."""
    case, enc = kept["eeg", 0, "SendOnDelta", "modulo"]
    x, fs, names = case.recording.samples, case.recording.fs, case.recording.channels
    figure, (traces, ticks) = plot.new_figure(2, 8.0, 5.4, height_ratios=(1.5, 1.0), sharex=True)
    apart = 7.0
    for c, row in enumerate(x):
        traces.plot(np.arange(row.size) / fs, row - apart * c, color="black", linewidth=0.7)
    traces.set_yticks([-apart * c for c in range(len(x))], names)
    traces.set_ylabel(f"EEG (rows are {apart:g} SD apart)")
    plot.raster(enc, ticks)
    ticks.set_title(f"send-on-delta, threshold {enc.operator.threshold:g} SD", loc="right", fontsize=10)
    ticks.set_yticks(range(len(x)), names)
    ticks.set(xlim=(0.0, x.shape[1] / fs), xlabel="time / s", ylabel="spikes")
    return figure


def _residual(kept: Kept) -> Any:
    """The residual of the LIF for every reset, with pulses added."""
    figure, panels = plot.new_figure(3, 8.0, 6.2, sharex=True, sharey=True)
    span = (1.0, 2.4)
    for ax, reset in zip(panels, RESETS, strict=True):
        case, enc = kept["membrane", len(PULSES), "LIF", reset]
        row = case.row(reset, enc)
        spikes: Any = enc.spikes
        plot.residual(case.measure[0], spikes[0], row.threshold, row.alpha, ax, window=span)
        ax.get_legend().remove()
        ax.set(xlabel="", ylabel="residual / mV s", xlim=span)
        norm = f"norm {rounded_down(row.norm, 4)} {'<' if row.holds else '>'} {row.threshold:g}"
        ax.text(0.99, 0.07, f'reset "{reset}": {norm}', transform=ax.transAxes, ha="right", va="bottom")
        pulses = case.measure[0].impulses.times
        marker = {"color": "black", "clip_on": False, "transform": ax.get_xaxis_transform()}
        ax.plot(pulses, np.ones(pulses.size), "v", label="pulse added", **marker)
    handles, labels = panels[-1].get_legend_handles_labels()
    where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.04), "borderaxespad": 0.2}
    panels[0].legend(handles, labels, ncols=len(handles), frameon=False, **where)
    panels[-1].set_xlabel("time / s")
    return figure
