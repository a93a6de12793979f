"""What several commands share: reading recordings and spike files, progress, pictures, measuring."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spikemath.cli._group import reading_input

option, Choice = click.option, click.Choice
LONG = 200_000  # samples from which on progress is shown
PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp")
_HOLD = "What lies between the samples: the last one, or a straight line."

READING = (
    option("--fs", type=float, help="Samples per unit of time. Needed unless the file says it."),
    option("--channel", "channels", multiple=True, help="Channel, number (from 0) or name; may be repeated."),
    option("--key", help="Which array of a .npz file."),
    option("--hold", type=Choice(["zero", "linear"]), default="zero", show_default=True, help=_HOLD),
)


def reading(command: Any) -> Any:
    """The options that say how a recording is read."""
    for option in reversed(READING):
        command = option(command)
    return command


def read(source: str, fs: float | None, channels: tuple[str, ...], key: str | None, hold: str) -> Any:
    """A recording, and one signal per channel."""
    from spikemath.io import read_recording
    from spikemath.signals import Signal

    wanted = [int(c) if c.isascii() and c.isdigit() else c for c in channels]
    with reading_input():
        got = read_recording(source, fs, wanted or None, key)
    return got, [Signal.from_samples(row, fs=got.fs, t0=got.t0, hold=hold) for row in got.rows]


def spike_file(path: str) -> bool:
    """Whether a file is one of ours."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"header.npy", "indptr.npy"} <= set(archive.namelist())


def progress_bar(total: int, samples: int, quiet: bool) -> Any:
    """A bar on standard error, where somebody sits before a long run."""
    from tqdm import tqdm

    shown = samples >= LONG and not quiet and somebody_looks()
    return tqdm(total=total, disable=not shown, unit=" samples", unit_scale=True, leave=False)


def somebody_looks() -> bool:
    """Whether a person sees what is written while it runs."""
    return sys.stderr.isatty()


def place(path: str) -> None:
    """Whether a file can be put there: before a long run, not after it."""
    if Path(path).is_dir() or not Path(path).resolve().parent.is_dir():
        raise click.UsageError(f"{path}: no file can be put there (a folder, or in a folder that does not exist)")


def picture_suffix(path: str) -> str:
    place(path)
    suffix = Path(path).suffix.lower()
    if suffix in PICTURES:
        return suffix
    raise click.UsageError(f"{path}: a picture is one of {', '.join(PICTURES)}")


def draw_figure(path: str, draw: Callable[[Any], Any], rows: int, height: float) -> None:
    from spikemath import plot
    from spikemath._files import replacing

    figure, axes = plot.new_figure(rows, 9.0, height, sharex=True)
    draw(axes)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    with replacing(path) as file:
        file.write(plot.encoded(figure, picture_suffix(path)))


def trains_of(loaded: Any) -> list[Any]:
    """The trains of anything that can be loaded, one per channel."""
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrain

    spikes = loaded.spikes if isinstance(loaded, Encoding) else loaded
    return [spikes] if isinstance(spikes, SpikeTrain) else list(spikes)


def measures_of(source: str, **how: Any) -> tuple[list[str], list[Any]]:
    """Names and signals of the channels of a recording, or names and trains of a spike file."""
    if how["key"] is None and spike_file(source):
        from spikemath.io import load

        with reading_input():
            trains = trains_of(load(source))
        if how["channels"]:
            raise click.UsageError(f"--channel is for recordings; {source} is a spike file")
        return [str(c) for c in range(len(trains))], trains
    recording, signals = read(source, **how)
    return list(recording.channels), signals


def integrated(f: Any, operator: Any) -> Any:
    """What the operator integrates: for send-on-delta the derivative."""
    return f.derivative() if type(operator).__name__ == "SendOnDelta" else f


def extremum(channel: str, f: Any, alpha: float) -> dict[str, Any]:
    from spikemath.norms import alexiewicz_extremum

    x = alexiewicz_extremum(f, alpha)
    return {
        "channel": channel,
        "norm": abs(x.value),
        "time": x.time,
        "side": x.side,
        "attained": bool(x.attained),
    }


def where(r: dict[str, Any]) -> str:
    return f"{'just before' if r['side'] == 'left' else 'at'} t = {r['time']:.9g}"
