"""`spikemath study`: rate-distortion of a recording, over operators, resets, decoders and thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikemath.cli._common import PICTURES, READING, option, read, somebody_looks
from spikemath.cli._group import InputError

SHIPPED = ("membrane", "eeg", "ecg", "grasshopper")
_SHIPPED = ", ".join(SHIPPED)
_HOLD = "What lies between the samples: a straight line, or the last one (then send-on-delta sees jumps)."


def _numbers(ctx: click.Context, parameter: click.Parameter, value: str | None) -> list[float]:
    try:
        return [float(word) for word in (value or "").replace(",", " ").split()]
    except ValueError:
        raise click.BadParameter(f"{value!r} is no list of numbers") from None


def _words(ctx: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    return value.replace(",", " ").split()


@click.command()
@click.argument("source", metavar="INPUT")
@option("-o", "--output", default="study", show_default=True, metavar="DIR", help="Where table, figure, checkpoint go.")
@option("--thresholds", callback=_numbers, help="Thresholds, separated by commas.")
@option("--rates", callback=_numbers, help="Wanted spikes per unit of time instead; thresholds follow.")
@option("--operators", callback=_words, default="if,biased-if,lif,sod", show_default=True)
@option("--decoders", callback=_words, default="hold,linear,rate,pchip,spline3,spline5", show_default=True)
@option("--resets", callback=_words, default="modulo", show_default=True, help="modulo, subtract, zero.")
@option("--refractory", type=float, default=0.0, help="Refractory time; without it resets agree on a recording.")
@option("--tau", type=float, help="Time constant of the lif.  [default: 20 samples]")
@option("--bandwidth", type=float, help="For the decoder bandlimited, cycles per unit of time.")
@option("--seconds", "length", type=float, help="Only the first so many units of time.")
@option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per core]")
@option("--fresh", is_flag=True, help="Do everything again, whatever the checkpoint holds.")
@option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@option("--picture", default="png", show_default=True, help="Suffix of the figure.")
@option("--quiet", is_flag=True, help="No progress bar and no table.")
@READING[0]
@READING[1]
@READING[2]
@option("--hold", type=click.Choice(["linear", "zero"]), default="linear", show_default=True, help=_HOLD)
def study(source: str, output: str, **options: Any) -> None:
    """Encode and decode INPUT at every setting; write a table and a rate-distortion figure.

    INPUT is a recording (.npy, .npz, .csv, .wav) or the name of one at hand: membrane, eeg; ecg and grasshopper with
    the extra spikemath[data]. Decoders: hold, linear, rate, pchip, spline3, spline5, spline9, smoothing, bandlimited,
    taut-string. SNR is that of the inner 90 %, about the mean. Interrupt it with Ctrl-C and call it again: it goes on.
    """
    how = {name: options.pop(name) for name in ("fs", "channels", "key")} | {"hold": options["hold"]}
    folder = Path(output)
    if folder.is_file() or not folder.resolve().parent.is_dir():
        raise click.UsageError(f"{output}: no folder can be put there")
    if f".{options['picture']}" not in PICTURES:
        raise click.UsageError(f"--picture {options['picture']}: a picture is one of {', '.join(PICTURES)}")
    if not options["rates"] and not options["thresholds"]:
        raise click.UsageError("--rates or --thresholds: what shall be swept?")
    recordings = _recordings(source, options["length"], how)

    from spikemath import plot
    from spikemath import study as studies
    from spikemath._files import replacing

    names = ("rates", "thresholds", "operators", "decoders", "resets", "tau", "refractory", "bandwidth", "hold")
    jobs = [
        job
        for name, (x, fs) in recordings.items()
        for job in studies.grid(name, x, fs, **{n: options[n] for n in names})
    ]
    folder.mkdir(exist_ok=True)
    checkpoint = folder / "checkpoint.json"
    if options["fresh"]:
        checkpoint.unlink(missing_ok=True)
    show = somebody_looks() and not options["quiet"]
    points = studies.run(jobs, recordings, checkpoint=checkpoint, workers=options["workers"], progress=show)
    studies.write_table(folder / f"points.{options['kind']}", points)
    picture = folder / f"rate-distortion.{options['picture']}"
    with replacing(picture) as file:
        file.write(plot.encoded(studies.figure(points, ", ".join(recordings)), picture.suffix))
    if not options["quiet"]:
        click.echo(studies.table(points))
        click.echo("\n* the decoder's condition fails or is unknown, or it warned: see the column note of the table")
        click.echo(f"wrote {folder}: points.{options['kind']}, {picture.name}, checkpoint.json ({len(points)} points)")


def _recordings(source: str, length: float | None, how: dict[str, Any]) -> dict[str, Any]:
    """Samples and rate of each channel."""
    from spikemath import datasets

    if source in SHIPPED and not Path(source).is_file():
        got = getattr(datasets, source)()
        rows, names = got.rows, got.channels
    else:
        if Path(source).suffix == "" and not Path(source).exists():
            raise InputError(f"{source} is no file, and none of the recordings at hand: {_SHIPPED}")
        how["channels"] = tuple(how["channels"])
        got, _ = read(source, **how)
        rows, names = got.rows, got.channels
    n = rows.shape[1] if length is None else min(int(length * got.fs), rows.shape[1])
    if n < 3:
        raise InputError(f"{source}: {n} samples are too few for a study")
    return {
        got.name if len(rows) == 1 else f"{got.name} {c}": (row[:n], got.fs) for c, row in zip(names, rows, strict=True)
    }
