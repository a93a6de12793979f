"""`spikemath decode`: spikes in, a signal out, as numbers, as sound, as a picture."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from spikemath.cli._common import Choice, draw_figure, option, picture_suffix, place
from spikemath.cli._group import InputError, reading_input
from spikemath.cli.encode import _operator

NAMES = ("hold", "linear", "rate", "pchip", "spline3", "spline5", "spline9", "smoothing", "bandlimited", "taut-string")
OUTPUTS = (".npz", ".npy", ".csv", ".wav")


@click.command()
@click.argument("source", metavar="SPIKES.npz")
@option("-o", "--output", required=True, metavar="OUT", help=f"Where the samples go ({', '.join(OUTPUTS)}).")
@option("--decoder", "name", type=Choice(NAMES), default="spline3", show_default=True)
@option("--bandwidth", type=float, help="Of the signal, cycles per unit of time; for bandlimited.")
@option("--bias", type=float, default=0.0, help="A constant that had been added before encoding; taken off.")
@option("--fs", type=float, help="Samples per unit of time.  [default: the rate of the recording that was encoded]")
@option("--operator", "kind", type=Choice(["lif", "if", "sod"]), help="What encoded, if the file does not say it.")
@option("--threshold", type=float, help="Threshold of --operator.")
@option("--alpha", type=float, help="Leak of --operator lif.")
@option("--tau", type=float, help="Time constant of --operator lif.")
@option("--plot", "picture", metavar="FIG.png", help="Draw the decoded signal above its spikes (at most 8 channels).")
@option("--check", is_flag=True, help="Encode the decoded signal again and compare the spikes.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@option("--quiet", is_flag=True, help="No summary.")
def decode(source: str, output: str, picture: str | None, as_json: bool, quiet: bool, **how: Any) -> None:
    """Decode spikes to samples.

    SPIKES.npz is what `spikemath encode` wrote. A .wav file gets 32-bit floats, and is scaled to a largest value of 1
    where it would clip; the summary says so. What may be wrong with the curve is a warning, on standard error too.
    """
    began = time.perf_counter()
    place(output)
    if Path(output).suffix.lower() not in OUTPUTS:
        raise click.UsageError(f"{output}: the samples go to one of {', '.join(OUTPUTS)}")
    if picture:
        picture_suffix(picture)
    encoding = _loaded(source, how)

    import warnings

    import numpy as np

    from spikemath.consistency import consistent
    from spikemath.signals import Signal
    from spikemath.study._run import decoder

    made = decoder(how["name"], how["bandwidth"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they stand in the report
        decoded = made.decode(*encoding, bias=how["bias"])
    single = isinstance(decoded.signal, Signal) or not hasattr(decoded.signal, "__len__")
    signals = [decoded.signal] if single else list(decoded.signal)
    reports = [decoded.report] if single else list(decoded.report)
    if any(len(g.impulses) for g in signals):
        raise InputError(f"{made!r} gives the spikes themselves for {_op(encoding)!r}: take another decoder")
    t, fs = _grid(encoding, how["fs"])
    x = np.array([g(t) for g in signals])
    peak = float(np.abs(x).max(initial=0.0))
    scale = _write(output, x, t, fs, peak)
    if picture:
        _draw(picture, signals, encoding)
    found: list[Any] = []
    if how["check"]:
        again = consistent(decoded.signal, *encoding, bias=how["bias"])
        found = [again] if single else again
    said = {
        "input": source,
        "output": output,
        "plot": picture,
        "decoder": repr(made),
        "operator": repr(_op(encoding)),
        "fs": fs,
        "samples": int(t.size),
        "scale": scale,
        "seconds": round(time.perf_counter() - began, 3),
        "channels": [_described(r) for r in reports],
        "consistent": [bool(c) for c in found] if found else None,
    }
    if as_json:
        click.echo(json.dumps(said))
        return
    for sentence in dict.fromkeys(w for r in reports for w in r.warnings):
        click.echo(f"spikemath: warning: {sentence}", err=True)
    if quiet:
        return
    click.echo(f"{source}: {_op(encoding)!r}, {sum(r.spikes for r in reports)} spikes")
    for c, r in enumerate(reports[:16]):
        click.echo(f"{f'channel {c}: ' if len(reports) > 1 else ''}{str(r).splitlines()[0]}")
        figures = [line for line in str(r).splitlines()[1:] if not line.startswith("warning")]
        click.echo("\n".join(figures))
    for c, again in enumerate(found):
        click.echo(f"{f'channel {c}: ' if len(found) > 1 else ''}encoded again: {again}")
    if scale != 1.0:
        click.echo(f"scaled by {scale:.6g}, so that it does not clip")
    click.echo(f"wrote {' and '.join(filter(None, (output, picture)))}: {t.size} samples at fs {fs:g}")


def _op(encoding: tuple[Any, ...]) -> Any:
    return encoding[1] if len(encoding) > 1 else encoding[0].operator


def _loaded(source: str, how: dict[str, Any]) -> tuple[Any, ...]:
    """(encoding,) or (train, operator)."""
    with reading_input():
        from spikemath.io import load

        loaded = load(source)
    from spikemath.operators import Encoding

    if isinstance(loaded, Encoding):
        if how["kind"]:
            raise click.UsageError(f"{source} says what encoded it ({loaded.operator!r}): leave --operator away")
        return (loaded,)
    if not how["kind"] or how["threshold"] is None:
        raise click.UsageError(f"{source} holds a bare train: --operator and --threshold say what encoded it")
    rest = {"reset": "modulo", "refractory": 0.0, "arithmetic": "exact"}
    return loaded, _operator(how["kind"], how["threshold"], how["alpha"], how["tau"], False, **rest)


def _grid(encoding: tuple[Any, ...], fs: float | None) -> tuple[Any, float]:
    """The instants at which the signal is written: those of the samples that were encoded, unless fs is given."""
    import numpy as np

    from spikemath.signals import SpikeTrain

    spikes = getattr(encoding[0], "spikes", encoding[0])
    train = spikes if isinstance(spikes, SpikeTrain) else spikes[0]
    rate = float(train._axis.rate) if fs is None else fs
    if fs is None and train._axis.rate == 1 and train.domain[1] - train.domain[0] < 100.0:
        raise click.UsageError("--fs is needed: the spikes do not come from samples")
    if not rate > 0.0:
        raise click.UsageError(f"--fs {fs!r} must be > 0")
    t0, t1 = spikes.domain
    n = int((t1 - t0) * rate + 1e-6) + 1
    return t0 + np.arange(n) / rate, rate


def _write(path: str, x: Any, t: Any, fs: float, peak: float) -> float:
    """Write the samples in one piece; the factor they were scaled by."""
    import io as memory

    import numpy as np

    from spikemath._files import replacing

    suffix, scale = Path(path).suffix.lower(), 1.0
    rows = x[0] if len(x) == 1 else x
    buffer = memory.BytesIO()
    if suffix == ".npy":
        np.save(buffer, rows, allow_pickle=False)
    elif suffix == ".npz":
        np.savez_compressed(buffer, samples=rows, fs=np.array(fs))
    elif suffix == ".csv":
        head = "time," + ",".join(map(str, range(len(x))))
        np.savetxt(buffer, np.column_stack([t, *x]), delimiter=",", header=head, comments="", fmt="%.17g")
    else:
        from scipy.io import wavfile

        if fs != int(fs):
            raise click.UsageError(f"fs = {fs:g} is no whole number, as .wav files need: give --fs")
        scale = 1.0 if peak <= 1.0 else 1.0 / peak
        wavfile.write(buffer, int(fs), (x.T if len(x) > 1 else x[0]).astype(np.float32) * np.float32(scale))
    with replacing(path) as file:
        file.write(buffer.getvalue())
    return scale


def _described(report: Any) -> dict[str, Any]:
    names = ("spikes", "samples", "max_gap", "spikes_per_nyquist", "iterations", "residual", "estimated_error", "bound")
    condition = {"name": report.condition.name, "verdict": report.condition.verdict}
    return {n: getattr(report, n) for n in names} | {"condition": condition, "warnings": list(report.warnings)}


def _draw(path: str, signals: list[Any], encoding: tuple[Any, ...]) -> None:
    from spikemath import plot
    from spikemath.cli._common import trains_of

    shown = list(zip(signals, trains_of(encoding[0]), strict=True))[:8]

    def draw(axes: list[Any]) -> None:
        for c, ((g, train), upper, lower) in enumerate(zip(shown, axes[::2], axes[1::2], strict=True)):
            plot.signal(g, upper)
            upper.set_ylabel("decoded")
            plot.raster(train, lower)
            if len(shown) > 1:
                upper.set_title(f"channel {c}", loc="right", fontsize=10)

    draw_figure(path, draw, 2 * len(shown), 4.2 * len(shown))
