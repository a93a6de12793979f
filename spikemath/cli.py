"""The command line: `spikemath encode | norm | plot | demo`.

Exit codes: 0 all went well, 1 it failed on the way (memory, disk), 2 wrong usage or bad input, 130
interrupted. An error is one line on standard error, `spikemath: error: ...`; SPIKEMATH_TRACEBACK=1 shows
where it came from. Whatever is heavy is imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

option, Choice = click.option, click.Choice
_HOLD = "What lies between the samples: the last one, or a straight line."
LONG = 200_000  # samples from which on progress is shown
PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp")


class InputError(click.ClickException):
    """Bad input: exit code 2."""

    exit_code = 2


class _Commands(click.Group):
    """A group that says every error in one line."""

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args) or ["--help"]
        extra["prog_name"] = extra.get("prog_name") or "spikemath"
        try:
            code = super().main(given, standalone_mode=False, **extra)
        except click.ClickException as error:
            if not standalone_mode:
                raise
            _fail(error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted", 130)
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

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
        return click.ClickException(f"{place}{error.strerror}")
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
        click.echo(f"spikemath {sys.modules['spikemath'].__version__}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """Encode recordings as spikes, exactly, and measure what is lost."""


# options that several commands share

_READING = (
    option("--fs", type=float, help="Samples per unit of time. Needed unless the file says it."),
    option("--channel", "channels", multiple=True, help="Channel, number (from 0) or name; may be repeated."),
    option("--key", help="Which array of a .npz file."),
    option("--hold", type=Choice(["zero", "linear"]), default="zero", show_default=True, help=_HOLD),
)


def _reading(command: Any) -> Any:
    for option in reversed(_READING):
        command = option(command)
    return command


def _read(source: str, fs: float | None, channels: tuple[str, ...], key: str | None, hold: str) -> Any:
    """A recording, and one signal per channel."""
    from spikemath.io import read_recording
    from spikemath.signals import Signal

    wanted = [int(c) if c.isascii() and c.isdigit() else c for c in channels]
    with _input():
        got = read_recording(source, fs, wanted or None, key)
    return got, [Signal.from_samples(row, fs=got.fs, t0=got.t0, hold=hold) for row in got.rows]


def _spike_file(path: str) -> bool:
    """Whether a file is one of ours."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"header.npy", "indptr.npy"} <= set(archive.namelist())


def _progress(total: int, samples: int, quiet: bool) -> Any:
    """A bar on standard error, where somebody sits before a long run."""
    from tqdm import tqdm

    shown = samples >= LONG and not quiet and _somebody_looks()
    return tqdm(total=total, disable=not shown, unit=" samples", unit_scale=True, leave=False)


def _somebody_looks() -> bool:
    return sys.stderr.isatty()


def _place(path: str) -> None:
    """Whether a file can be put there: before a long run, not after it."""
    if Path(path).is_dir() or not Path(path).resolve().parent.is_dir():
        raise click.UsageError(f"{path}: no file can be put there (a folder, or in a folder that does not exist)")


def _picture(path: str) -> str:
    _place(path)
    suffix = Path(path).suffix.lower()
    if suffix in PICTURES:
        return suffix
    raise click.UsageError(f"{path}: a picture is one of {', '.join(PICTURES)}")


def _draw(path: str, draw: Callable[[Any], Any], rows: int, height: float) -> None:
    from spikemath import io, plot

    figure, axes = plot.new_figure(rows, 9.0, height, sharex=True)
    draw(axes)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    with io.replacing(path) as file:
        file.write(plot.encoded(figure, _picture(path)))


# encode


def _operator(kind: str, threshold: float, alpha: Any, tau: Any, one_sided: bool, **rest: Any) -> Any:
    from spikemath.operators import IF, LIF, SendOnDelta

    rest["bipolar"] = not one_sided
    if kind == "lif":
        if (alpha is None) == (tau is None):
            raise click.UsageError("--operator lif needs --alpha or --tau, one of them")
        return LIF(threshold, alpha, tau=tau, **rest)
    if alpha is not None or tau is not None:
        raise click.UsageError(f"--operator {kind} has no leak: --alpha and --tau are for lif")
    return (IF if kind == "if" else SendOnDelta)(threshold, **rest)


_RESETS, _ARITHMETICS, _KINDS = ["modulo", "subtract", "zero"], ["exact", "fast"], ["lif", "if", "sod"]


@main.command()
@click.argument("source", metavar="INPUT")
@option("-o", "--output", required=True, metavar="OUT.npz", help="Where the spikes go.")
@option("--operator", "kind", type=Choice(_KINDS), default="lif", show_default=True)
@option("--threshold", type=float, required=True, help="In units of signal x time (sod: of the signal).")
@option("--alpha", type=float, help="Leak of the lif, 1/time.")
@option("--tau", type=float, help="Time constant of the lif, instead of --alpha.")
@option("--reset", type=Choice(_RESETS), default="modulo", show_default=True)
@option("--refractory", type=float, default=0.0, help="Refractory time.")
@option("--one-sided", is_flag=True, help="Fire at +threshold only.")
@option("--arithmetic", type=Choice(_ARITHMETICS), default="exact", show_default=True)
@_reading
@option("--plot", "picture", metavar="FIG.png", help="Draw tube and residual of every channel (at most 8).")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@option("--quiet", is_flag=True, help="No progress bar and no summary.")
def encode(source: str, output: str, picture: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Encode a recording (.npy, .npz, .csv, .wav) and measure the error.

    The spikes go to OUT.npz, which sm.load reads and numpy too. The norm of f - eta is exact (and rounded
    down), so that "the bound holds" is a fact about the file.
    """
    began = time.perf_counter()
    _place(output)
    if picture:
        _picture(picture)
    reading = {name: options.pop(name) for name in ("fs", "channels", "key", "hold")}
    operator = _operator(**options)
    recording, signals = _read(source, **reading)

    import numpy as np

    from spikemath import io
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrains

    encodings, report = [], []
    size = recording.samples.shape[-1]
    with _progress(size * len(signals), recording.samples.size, quiet or as_json) as bar:
        for i, (name, f) in enumerate(zip(recording.channels, signals, strict=True)):
            bar.set_description(f"channel {name}: encoding")
            enc = operator.encode(f, progress=lambda done, total, i=i: bar.update(size * (i + done / total) - bar.n))
            bar.set_description(f"channel {name}: measuring")
            found = _extremum(name, _integrated(f, operator) - enc.spikes, operator.alpha)
            encodings.append(enc)
            known = {"spikes": len(enc), "undecided": enc.undecided, "potential": enc.potential}
            report.append(found | {"holds": found["norm"] < operator.threshold} | known)
    whole: Any = encodings[0]
    if len(encodings) > 1:
        potential = np.array([enc.potential for enc in encodings])
        undecided = sum(enc.undecided for enc in encodings)
        whole = Encoding(SpikeTrains(enc.spikes for enc in encodings), potential, undecided, operator)
    io.save(output, whole)
    if picture:
        _draw_encodings(picture, recording.channels, signals, encodings)
    settings = {name: getattr(operator, name) for name in io.SETTINGS}
    summary = {
        "input": source,
        "output": output,
        "plot": picture,
        "operator": {"name": type(operator).__name__} | settings,
        "hold": reading["hold"],
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
        name = f"channel {r['channel']}: {r['spikes']} spikes, " if len(channels) > 1 else ""
        verdict = "< threshold: the bound holds" if r["holds"] else ">= threshold: the bound does not hold"
        click.echo(f"{name}norm of f - eta = {rounded_down(r['norm'], 8)} ({_where(r)}) {verdict}")
    if said["undecided"]:
        click.echo(f"undecided comparisons (fired): {said['undecided']}")
    written = " and ".join(filter(None, (said["output"], said["plot"])))
    click.echo(f"wrote {written}, {said['seconds']:.1f} s")


def _integrated(f: Any, operator: Any) -> Any:
    """What the operator integrates: for send-on-delta the derivative."""
    return f.derivative() if type(operator).__name__ == "SendOnDelta" else f


def _extremum(channel: str, f: Any, alpha: float) -> dict[str, Any]:
    from spikemath.norms import alexiewicz_extremum

    x = alexiewicz_extremum(f, alpha)
    return {
        "channel": channel,
        "norm": abs(x.value),
        "time": x.time,
        "side": x.side,
        "attained": bool(x.attained),
    }


def _where(r: dict[str, Any]) -> str:
    return f"{'just before' if r['side'] == 'left' else 'at'} t = {r['time']:.9g}"


def _draw_encodings(path: str, names: Any, signals: list[Any], encodings: list[Any]) -> None:
    from spikemath import plot

    shown = list(zip(names, signals, encodings, strict=True))[:8]

    def draw(axes: list[Any]) -> None:
        for (name, f, enc), upper, lower in zip(shown, axes[::2], axes[1::2], strict=True):
            op = enc.operator
            plot.tube(f, enc, ax=upper)
            plot.residual(_integrated(f, op), enc, op.threshold, op.alpha, lower)
            if len(shown) > 1:
                upper.set_title(f"channel {name}", loc="right", fontsize=10)

    _draw(path, draw, 2 * len(shown), 4.6 * len(shown))


# norm, plot, demo


@main.command()
@click.argument("source", metavar="INPUT")
@click.argument("spikes", metavar="[SPIKES.npz]", required=False)
@option("--alpha", type=float, help="Leak, 1/time.  [default: that of SPIKES.npz, else 0]")
@_reading
@option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def norm(source: str, spikes: str | None, alpha: float | None, as_json: bool, **reading: Any) -> None:
    """The Alexiewicz norm of a recording, of spikes, or of a recording minus its spikes.

    If SPIKES.npz was made by send-on-delta, it is that of the derivative minus the spikes.
    """
    from spikemath.operators import Encoding

    names, measures = _measures(source, **reading)
    if spikes is not None:
        with _input():
            from spikemath.io import load

            loaded = load(spikes)
        if isinstance(loaded, Encoding):
            alpha = loaded.operator.alpha if alpha is None else alpha
            measures = [_integrated(m, loaded.operator) for m in measures]
        trains = _trains(loaded)
        if len(trains) != len(measures):
            raise InputError(f"{spikes} has {len(trains)} channels, {source} has {len(measures)}: see --channel")
        measures = [m - s for m, s in zip(measures, trains, strict=True)]
    rows = [_extremum(c, m, alpha or 0.0) for c, m in zip(names, measures, strict=True)]
    if as_json:
        top = max(row["norm"] for row in rows)
        click.echo(
            json.dumps({"input": source, "spikes": spikes, "alpha": alpha or 0.0, "norm": top, "channels": rows})
        )
        return
    for row in rows:
        before = f"channel {row['channel']}: " if len(rows) > 1 else ""
        click.echo(f"{before}{row['norm']!r} ({_where(row)})")


def _trains(loaded: Any) -> list[Any]:
    """The trains of anything that can be loaded, one per channel."""
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrain

    spikes = loaded.spikes if isinstance(loaded, Encoding) else loaded
    return [spikes] if isinstance(spikes, SpikeTrain) else list(spikes)


def _measures(source: str, **reading: Any) -> tuple[list[str], list[Any]]:
    """Names and signals of the channels of a recording, or names and trains of a spike file."""
    if reading["key"] is None and _spike_file(source):
        from spikemath.io import load

        with _input():
            trains = _trains(load(source))
        if reading["channels"]:
            raise click.UsageError(f"--channel is for recordings; {source} is a spike file")
        return [str(c) for c in range(len(trains))], trains
    recording, signals = _read(source, **reading)
    return list(recording.channels), signals


@main.command()
@click.argument("source", metavar="INPUT-or-SPIKES")
@option("-o", "--output", required=True, metavar="FIG.png", help=f"The picture ({', '.join(PICTURES)}).")
@_reading
def plot(source: str, output: str, **reading: Any) -> None:
    """Draw a recording as curves, or a spike file as a raster."""
    _picture(output)
    names, members = _measures(source, **reading)

    from spikemath import plot as pictures
    from spikemath.signals import Signal, SpikeTrains

    if not all(isinstance(m, Signal) for m in members):
        trains = SpikeTrains(members)
        _draw(output, lambda axes: pictures.raster(trains, axes[0]), 1, min(1.2 + 0.4 * len(trains), 12.0))
    else:
        if len(members) > 16:
            raise InputError(f"{source} has {len(members)} channels, at most 16 are drawn: choose with --channel")

        def draw(axes: list[Any]) -> None:
            for ax, name, f in zip(axes, names, members, strict=True):
                pictures.signal(f, ax)
                if len(members) > 1:
                    ax.set_ylabel(name)

        _draw(output, draw, len(members), 1.0 + 1.6 * len(members))
    click.echo(f"wrote {output}")


@main.command()
@option("--out", default="demo-output", show_default=True, metavar="DIR", help="Where figures and results go.")
def demo(out: str) -> None:
    """Encode two real recordings with every operator and reset; print tables, write figures."""
    from spikemath.demo import run

    run(out)


if __name__ == "__main__":
    main()
