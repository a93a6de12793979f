"""The table and the figure of a study."""

from __future__ import annotations

import csv
import io as text
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from spikemath import plot
from spikemath._files import replacing
from spikemath.study._job import Point

COLOURS = (plot.BLUE, plot.ORANGE, plot.VERMILION, plot.GREEN, "#CC79A7", "#56B4E9", "black", plot.GREY, "#F0E442")
STYLES = {"modulo": "-", "subtract": "--", "zero": ":"}


def write_table(path: str | os.PathLike[str], points: Sequence[Point]) -> None:
    """Write the points to a .csv or, with pyarrow, a .parquet file, in one piece.

    Parameters
    ----------
    path : path
        Its suffix says what is written.
    points : sequence of Point
        One line each.

    Raises
    ------
    ValueError
        Another suffix.
    ImportError
        .parquet without pyarrow: ``pip install 'spikemath[parquet]'``.

    Examples
    --------
    >>> import pathlib, tempfile, spikemath as sm
    >>> path = pathlib.Path(tempfile.mkdtemp(), "points.csv")
    >>> sm.study.write_table(path, [])
    >>> path.read_text().split(",")[:3]
    ['recording', 'operator', 'reset']
    """
    names = [field.name for field in fields(Point) if field.name != "key"]
    rows = [{name: value for name, value in asdict(point).items() if name != "key"} for point in points]
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        lines = text.StringIO(newline="")
        writer = csv.DictWriter(lines, names)
        writer.writeheader()
        writer.writerows(rows)
        content = lines.getvalue().encode()
    elif suffix == ".parquet":
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise ImportError(
                "a .parquet file needs pyarrow: pip install 'spikemath[parquet]', or write .csv"
            ) from None
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({name: [row[name] for row in rows] for name in names}), sink)
        content = sink.getvalue().to_pybytes()
    else:
        raise ValueError(f"{path}: the table is a .csv or a .parquet file")
    with replacing(path) as file:
        file.write(content)


def table(points: Sequence[Point]) -> str:
    """The SNR in dB as text: a line per operator, reset and rate, a column per decoder.

    Parameters
    ----------
    points : sequence of Point

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> x = np.sin(np.arange(200.0) / 10)
    >>> jobs = sm.study.grid("sine", x, 10.0, rates=[20], operators=["sod"], decoders=["hold", "pchip"])
    >>> print(sm.study.table(sm.study.run(jobs, {"sine": (x, 10.0)}, workers=1)).splitlines()[0])
    | recording | operator | reset | spikes/s | Hold() | Pchip() |
    """
    names = list(dict.fromkeys(p.decoder for p in points))
    lines: dict[tuple[Any, ...], dict[str, Point]] = {}
    for p in points:
        lines.setdefault((p.recording, titled(p), p.reset, p.rate), {})[p.decoder] = p
    head = ["recording", "operator", "reset", "spikes/s", *names]
    out = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for (recording, operator, reset, rate), found in lines.items():
        cells = [_shown(found.get(name)) for name in names]
        out.append(f"| {' | '.join([recording, operator, reset, f'{rate:.4g}', *cells])} |")
    return "\n".join(out)


def titled(point: Point) -> str:
    """The operator as it is shown: with its time constant, or biased."""
    if point.operator == "LIF" and point.alpha:
        return f"LIF, tau {1.0 / point.alpha:.3g}"
    return f"biased {point.operator}" if point.bias else point.operator


def _shown(point: Point | None) -> str:
    if point is None or math.isnan(point.snr):
        return "-"
    mark = "" if point.condition == "holds" and not point.note else "*"
    return f"{point.snr:.1f}{mark}" if abs(point.snr) < 1000 else f"{point.snr:.0g}{mark}"


def figure(points: Sequence[Point], title: str = "") -> Any:
    """The rate-distortion curves: SNR against spikes per unit of time, a panel per operator, a colour per decoder.

    Open circles: the decoder's own condition fails or it warned. Resets other than modulo are broken lines. Values
    below -10 dB are not drawn.

    Parameters
    ----------
    points : sequence of Point
    title : str
        What it is of; stands below.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> x = np.sin(np.arange(200.0) / 10)
    >>> jobs = sm.study.grid("sine", x, 10.0, rates=[10, 20], operators=["sod"], decoders=["hold", "pchip"])
    >>> figure = sm.study.figure(sm.study.run(jobs, {"sine": (x, 10.0)}, workers=1))
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['SendOnDelta']
    """
    panels = list(dict.fromkeys(titled(p) for p in points))
    names = list(dict.fromkeys(p.decoder for p in points))
    columns = min(len(panels), 2) or 1
    rows = max(math.ceil(len(panels) / columns), 1)
    made, axes = plot.new_figure(rows, 4.6 * columns + 0.4, 3.3 * rows + 0.7, columns, sharex=True, sharey=True)
    for ax, panel in zip(axes, panels, strict=False):
        for name, colour in zip(names, COLOURS * 4, strict=False):
            for reset in dict.fromkeys(p.reset for p in points):
                chosen = [p for p in points if (titled(p), p.decoder, p.reset) == (panel, name, reset)]
                _curve(ax, chosen, colour, reset, name)
        ax.set_title(panel, loc="left", fontsize=10)
        ax.set_xscale("log")
        ax.grid(True, color="#dddddd", linewidth=0.5)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    made.supxlabel(f"{title}: spikes per unit of time" if title else "spikes per unit of time", fontsize=10)
    made.supylabel("signal to noise / dB", fontsize=10)
    labels: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            labels.setdefault(label, handle)
    if labels:
        made.legend(labels.values(), labels.keys(), loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return made


def _curve(ax: Any, points: list[Point], colour: str, reset: str, name: str) -> None:
    kept = sorted((p for p in points if p.snr > -10.0), key=lambda p: p.rate)
    if not kept:
        return
    label = name if reset == "modulo" else f"{name}, {reset}"
    x, y = [p.rate for p in kept], [p.snr for p in kept]
    ax.plot(x, y, STYLES[reset], color=colour, linewidth=1.2, label=label)
    for p in kept:
        good = p.condition == "holds" and not p.note
        ax.plot([p.rate], [p.snr], "o", color=colour, markersize=4, markerfacecolor=colour if good else "white")
