"""The command line: `spikemath encode | norm | plot | demo`.

Exit codes: 0 all went well, 1 it failed on the way (memory, disk), 2 wrong usage or bad input, 130 interrupted. An error is
one line on standard error, `spikemath: error: ...`; SPIKEMATH_TRACEBACK=1 shows where it came from. Whatever is heavy is
imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

LONG = 200_000  # samples from which on progress is shown
PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp")


class InputError(click.ClickException):
    """Bad input: exit code 2."""

    exit_code = 2


class _Commands(click.Group):
    """A group that says every error in one line."""

    def main(self, args: Any = None, *rest: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args) or ["--help"]
        if not standalone_mode:
            return super().main(given, *rest, standalone_mode=False, **extra)
        extra.setdefault("prog_name", "spikemath")
        try:
            code = super().main(given, *rest, standalone_mode=False, **extra)
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted", 130)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _say("interrupted")
            raise click.exceptions.Exit(130) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, BrokenPipeError) or os.environ.get("SPIKEMATH_TRACEBACK"):
                raise
            raise _shown(error) from None


def _shown(error: Exception) -> click.ClickException:
    """An exception as the one line that is shown, with its exit code."""
    if isinstance(error, ValueError | TypeError):
        return InputError(str(error))
    if isinstance(error, MemoryError):
        return click.ClickException(f"out of memory {error}".strip())
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        full = " (the disk is full)" if error.errno == errno.ENOSPC else ""
        return click.ClickException(f"{place}{error.strerror}{full}")
    if isinstance(error, OSError | OverflowError | ImportError):
        return click.ClickException(str(error))
    return click.ClickException(f"{type(error).__name__}: {error} (SPIKEMATH_TRACEBACK=1 shows where)")


def _say(message: str) -> None:
    click.echo(f"spikemath: error: {' '.join(message.split())}", err=True)


def _fail(message: str, code: int) -> NoReturn:
    _say(message)
    sys.exit(code)


@contextmanager
def _input() -> Iterator[None]:
    """What cannot be read is bad input."""
    try:
        yield
    except OSError as error:
        raise InputError(str(_shown(error).message)) from None


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from spikemath import __version__

        click.echo(f"spikemath {__version__}")
        ctx.exit()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def main() -> None:
    """Encode recordings as spikes, exactly, and measure what is lost."""


# options that several commands share

_recording_options: list[Callable[[Any], Any]] = [
    click.option("--fs", type=float, help="Samples per unit of time. Needed unless the file says it."),
    click.option(
        "--channel", "channels", multiple=True, help="Channel number (from 0) or name; may be repeated."
    ),
    click.option("--key", help="Which array of a .npz file."),
    click.option(
        "--hold",
        type=click.Choice(["zero", "linear"]),
        default="zero",
        show_default=True,
        help="What lies between the samples: the last one, or a straight line.",
    ),
]


def _with(options: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _read(source: str, fs: float | None, channels: tuple[str, ...], key: str | None) -> Any:
    from spikemath.io import read_recording

    wanted = [int(c) if c.isascii() and c.isdigit() else c for c in channels]
    with _input():
        return read_recording(source, fs, wanted or None, key)


def _signals(recording: Any, hold: str) -> list[Any]:
    """One signal per channel."""
    from spikemath.signals import Signal

    rows = recording.samples[None] if recording.samples.ndim == 1 else recording.samples
    return [Signal.from_samples(row, fs=recording.fs, t0=recording.t0, hold=hold) for row in rows]


def _spike_file(path: str) -> bool:
    """Whether a file is one of ours."""
    import numpy as np

    if Path(path).suffix.lower() != ".npz":
        return False
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {"header.npy", "indptr.npy"} <= set(archive.zip.namelist())
    except Exception:  # not even a .npz file: the reader says so
        return False


def _progress(total: int, samples: int, quiet: bool) -> Any:
    """A bar on standard error, where somebody sits before a long run."""
    from tqdm import tqdm

    shown = samples >= LONG and not quiet and sys.stderr.isatty()
    return tqdm(total=total, disable=not shown, file=sys.stderr, unit="step", leave=False)


def _picture(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in PICTURES:
        raise click.UsageError(f"{path}: a picture is one of {', '.join(PICTURES)}")
    return suffix


def _draw(path: str, draw: Callable[[Any], None], rows: int, height: float) -> None:
    from spikemath import io, plot

    figure, axes = plot.new_figure(rows, 9.0, height, sharex=True)
    draw(axes)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    content = plot.encoded(figure, _picture(path))
    with io.replacing(path) as file:
        file.write(content)


# encode


def _operator(kind: str, threshold: float, alpha: float | None, tau: float | None, **rest: Any) -> Any:
    from spikemath.operators import IF, LIF, SendOnDelta

    if kind == "lif":
        if (alpha is None) == (tau is None):
            raise click.UsageError("--operator lif needs --alpha or --tau, one of them")
        return LIF(threshold, alpha, tau=tau, **rest)
    if alpha is not None or tau is not None:
        raise click.UsageError(f"--operator {kind} has no leak: --alpha and --tau are for lif")
    return (IF if kind == "if" else SendOnDelta)(threshold, **rest)


@main.command()
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", required=True, metavar="OUT.npz", help="Where the spikes go.")
@click.option("--operator", "kind", type=click.Choice(["lif", "if", "sod"]), default="lif", show_default=True)
@click.option(
    "--threshold", type=float, required=True, help="> 0, in units of the signal x time (sod: of the signal)."
)
@click.option("--alpha", type=float, help="Leak of the lif, 1/time.")
@click.option("--tau", type=float, help="Time constant of the lif, instead of --alpha.")
@click.option(
    "--reset", type=click.Choice(["modulo", "subtract", "zero"]), default="modulo", show_default=True
)
@click.option("--refractory", type=float, default=0.0, help="Refractory time.")
@click.option("--one-sided", is_flag=True, help="Fire at +threshold only.")
@click.option("--arithmetic", type=click.Choice(["exact", "fast"]), default="exact", show_default=True)
@_with(_recording_options)
@click.option(
    "--plot", "picture", metavar="FIG.png", help="Draw tube and residual of every channel (at most 8)."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
def encode(
    source: str,
    output: str,
    kind: str,
    fs: float | None,
    channels: tuple[str, ...],
    key: str | None,
    hold: str,
    one_sided: bool,
    picture: str | None,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Encode a recording (.npy, .npz, .csv, .wav) and measure the error.

    The spikes go to OUT.npz, which sm.load reads and numpy too. The norm of f - eta is exact (rounded down by less than
    one part in 2^52), so that "the bound holds" is a fact about the file.
    """
    began = time.perf_counter()
    if picture:
        _picture(picture)
    operator = _operator(kind, bipolar=not one_sided, **settings)
    recording = _read(source, fs, channels, key)
    signals = _signals(recording, hold)

    import numpy as np

    from spikemath import io
    from spikemath.norms import alexiewicz_extremum
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrains

    encodings, report = [], []
    with _progress(2 * len(signals), recording.samples.size, quiet or as_json) as bar:
        for name, f in zip(recording.channels, signals, strict=True):
            bar.set_description(f"channel {name}: encoding")
            enc = operator.encode(f)
            bar.update()
            bar.set_description(f"channel {name}: measuring")
            measure = f.derivative() if kind == "sod" else f
            found = alexiewicz_extremum(measure - enc.spikes, operator.alpha)
            bar.update()
            encodings.append(enc)
            report.append(
                {
                    "channel": name,
                    "spikes": len(enc.spikes),
                    "norm": found.value,
                    "time": found.time,
                    "side": found.side,
                    "attained": bool(found.attained),
                    "holds": bool(found.value < operator.threshold),
                    "undecided": enc.undecided,
                    "potential": enc.potential,
                }
            )
    whole = encodings[0]
    if len(encodings) > 1:
        spikes = SpikeTrains(enc.spikes for enc in encodings)
        potential = np.array([enc.potential for enc in encodings])
        whole = Encoding(spikes, potential, sum(enc.undecided for enc in encodings), operator)
    io.save(output, whole)
    if picture:
        _draw_encodings(picture, recording, signals, encodings, kind)
    summary = {
        "input": source,
        "output": output,
        "plot": picture,
        "operator": {"name": type(operator).__name__}
        | {name: getattr(operator, name) for name in io.SETTINGS},
        "hold": hold,
        "fs": recording.fs,
        "samples": recording.samples.shape[-1],
        "duration": recording.duration,
        "spikes": sum(r["spikes"] for r in report),
        "norm": max(r["norm"] for r in report),
        "bound": operator.threshold,
        "holds": all(r["holds"] for r in report),
        "undecided": whole.undecided,
        "seconds": round(time.perf_counter() - began, 3),
        "channels": report,
    }
    if as_json:
        click.echo(json.dumps(summary))
    elif not quiet:
        _summarize(summary, operator)


def _summarize(said: dict[str, Any], operator: Any) -> None:
    from spikemath.demo import rounded_down

    channels = said["channels"]
    many = f"{len(channels)} channels x " if len(channels) > 1 else ""
    click.echo(f"{said['input']}: {many}{said['samples']} samples, fs {said['fs']:g}, {said['hold']} hold")
    click.echo(f"{operator!r}: {said['spikes']} spikes in {said['duration']:g} units of time")
    for r in channels if len(channels) <= 16 else [max(channels, key=lambda r: r["norm"])]:
        name = f"channel {r['channel']}: " if len(channels) > 1 else ""
        spikes = f"{r['spikes']} spikes, " if len(channels) > 1 else ""
        where = f"{'just before' if r['side'] == 'left' else 'at'} t = {r['time']:.6g}"
        verdict = "< threshold: the bound holds" if r["holds"] else ">= threshold: the bound does not hold"
        click.echo(f"{name}{spikes}norm of f - eta = {rounded_down(r['norm'], 8)} ({where}) {verdict}")
    if said["undecided"]:
        click.echo(f"undecided comparisons (fired): {said['undecided']}")
    click.echo(
        f"wrote {said['output']}"
        + (f" and {said['plot']}" if said["plot"] else "")
        + f", {said['seconds']:.1f} s"
    )


def _draw_encodings(path: str, recording: Any, signals: list[Any], encodings: list[Any], kind: str) -> None:
    from spikemath import plot

    shown = list(zip(recording.channels, signals, encodings, strict=True))[:8]

    def draw(axes: list[Any]) -> None:
        for (name, f, enc), upper, lower in zip(shown, axes[::2], axes[1::2], strict=True):
            op = enc.operator
            plot.tube(f, enc, ax=upper)
            measure = f.derivative() if kind == "sod" else f
            plot.residual(measure, enc, op.threshold, op.alpha, ax=lower)
            if len(shown) > 1:
                upper.set_title(f"channel {name}", loc="right", fontsize=10)

    _draw(path, draw, 2 * len(shown), 4.6 * len(shown))


# norm, plot, demo


@main.command()
@click.argument("source", metavar="INPUT")
@click.argument("spikes", metavar="[SPIKES.npz]", required=False)
@click.option("--alpha", type=float, help="Leak, 1/time.  [default: that of SPIKES.npz, else 0]")
@_with(_recording_options)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def norm(
    source: str,
    spikes: str | None,
    alpha: float | None,
    fs: float | None,
    channels: tuple[str, ...],
    key: str | None,
    hold: str,
    as_json: bool,
) -> None:
    """The Alexiewicz norm of a recording, of spikes, or of a recording minus its spikes.

    If SPIKES.npz was made by send-on-delta, it is that of the derivative minus the spikes.
    """
    from spikemath.norms import alexiewicz_extremum
    from spikemath.operators import Encoding

    name = source
    names, measures = _measures(source, fs, channels, key, hold)
    if spikes is not None:
        with _input():
            from spikemath.io import load

            loaded = load(spikes)
        if isinstance(loaded, Encoding):
            alpha = loaded.operator.alpha if alpha is None else alpha
            if type(loaded.operator).__name__ == "SendOnDelta":
                measures = [m.derivative() for m in measures]
                name = f"D({source})"
        trains = _trains(loaded)
        if len(trains) != len(measures):
            raise InputError(
                f"{spikes} has {len(trains)} channels, {source} has {len(measures)}: choose with --channel"
            )
        measures = [m - s for m, s in zip(measures, trains, strict=True)]
        name = f"{name} - {spikes}"
    found = [alexiewicz_extremum(m, alpha or 0.0) for m in measures]
    rows = [
        {"channel": c, "norm": x.value, "time": x.time, "side": x.side, "attained": bool(x.attained)}
        for c, x in zip(names, found, strict=True)
    ]
    if as_json:
        top = max(x.value for x in found)
        click.echo(json.dumps({"of": name, "alpha": alpha or 0.0, "norm": top, "channels": rows}))
        return
    for row in rows:
        before = f"channel {row['channel']}: " if len(rows) > 1 else ""
        where = "just before" if row["side"] == "left" else "at"
        click.echo(f"{before}{row['norm']!r} ({where} t = {row['time']:.9g})")


def _trains(loaded: Any) -> list[Any]:
    """The trains of anything that can be loaded, one per channel."""
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrain

    spikes = loaded.spikes if isinstance(loaded, Encoding) else loaded
    return [spikes] if isinstance(spikes, SpikeTrain) else list(spikes)


def _measures(
    source: str, fs: float | None, channels: tuple[str, ...], key: str | None, hold: str
) -> tuple[list[str], list[Any]]:
    """Names and signals of the channels of a recording, or names and trains of a spike file."""
    if key is None and _spike_file(source):
        from spikemath.io import load

        with _input():
            trains = _trains(load(source))
        if channels:
            raise click.UsageError(f"--channel is for recordings; {source} is a spike file")
        return [str(c) for c in range(len(trains))], trains
    recording = _read(source, fs, channels, key)
    return list(recording.channels), _signals(recording, hold)


@main.command()
@click.argument("source", metavar="INPUT-or-SPIKES")
@click.option(
    "-o", "--output", required=True, metavar="FIG.png", help=f"The picture ({', '.join(PICTURES)})."
)
@_with(_recording_options)
def plot(
    source: str, output: str, fs: float | None, channels: tuple[str, ...], key: str | None, hold: str
) -> None:
    """Draw a recording as curves, or a spike file as a raster."""
    _picture(output)
    names, members = _measures(source, fs, channels, key, hold)

    from spikemath import plot as pictures
    from spikemath.signals import Signal, SpikeTrains

    if not all(isinstance(m, Signal) for m in members):
        height = min(1.2 + 0.4 * len(members), 12.0)
        _draw(output, lambda axes: pictures.raster(SpikeTrains(members), axes[0]), 1, height)
    else:
        if len(members) > 16:
            raise InputError(
                f"{source} has {len(members)} channels, at most 16 are drawn: choose with --channel"
            )

        def draw(axes: list[Any]) -> None:
            for ax, name, f in zip(axes, names, members, strict=True):
                pictures.signal(f, ax)
                if len(members) > 1:
                    ax.set_ylabel(name)

        _draw(output, draw, len(members), 1.0 + 1.6 * len(members))
    click.echo(f"wrote {output}")


@main.command()
@click.option(
    "--out", default="demo-output", show_default=True, metavar="DIR", help="Where figures and results go."
)
def demo(out: str) -> None:
    """Encode two real recordings with every operator and reset; print tables, write figures."""
    from spikemath.demo import run

    run(out)


if __name__ == "__main__":
    main()
