"""`spikemath encode`: a recording in, its spikes and what they lose out."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from spikemath.cli import _encode_stream
from spikemath.cli._common import (
    Choice,
    draw_figure,
    extremum,
    integrated,
    option,
    picture_suffix,
    place,
    progress_bar,
    read,
    reading,
    where,
)
from spikemath.cli._encode_stream import streaming


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


@click.command()
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
@reading
@streaming
@option("--plot", "picture", metavar="FIG.png", help="Draw tube and residual of every channel (at most 8).")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@option("--quiet", is_flag=True, help="No progress bar and no summary.")
def encode(source: str, output: str, picture: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Encode a recording (.npy, .npz, .csv, .wav) and measure the error.

    The spikes go to OUT.npz, which sm.load reads and numpy too. The norm of f - eta is exact (and rounded
    down), so that "the bound holds" is a fact about the file.

    A recording that fills the memory is encoded in blocks (.npy, .npz, .wav; raw binary, HDF5 and zarr always):
    with checkpoints in OUT.npz.part, from which --resume goes on, and without measuring. OUT.zarr keeps spikes
    that do not fit into memory either.
    """
    began = time.perf_counter()
    how = {name: options.pop(name) for name in ("fs", "channels", "key", "hold")}
    blockwise = {name: options.pop(name) for name in (*_encode_stream.NAMES, "threads")}
    operator = _operator(**options)
    if _encode_stream.wanted(source, output, blockwise):
        if picture:
            raise click.UsageError("--plot is for recordings that are read whole")
        said = {"input": source, "output": output, "operator": _described(operator)}
        said |= _encode_stream.run(source, output, operator, how | blockwise, quiet or as_json)
        if as_json:
            click.echo(json.dumps(said))
        elif not quiet:
            _encode_stream.summarize(said, operator)
        return
    place(output)
    if picture:
        picture_suffix(picture)
    recording, signals = read(source, **how)

    import numpy as np

    from spikemath import io
    from spikemath.operators import Encoding
    from spikemath.signals import SpikeTrains

    encodings, report = [], []
    size = recording.samples.shape[-1]
    with progress_bar(size * len(signals), recording.samples.size, quiet or as_json) as bar:
        for i, (name, f) in enumerate(zip(recording.channels, signals, strict=True)):
            bar.set_description(f"channel {name}: encoding")
            enc = operator.encode(f, progress=lambda done, total, i=i: bar.update(size * (i + done / total) - bar.n))
            bar.set_description(f"channel {name}: measuring")
            found = extremum(name, integrated(f, operator) - enc.spikes, operator.alpha)
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
    summary = {
        "input": source,
        "output": output,
        "plot": picture,
        "operator": _described(operator),
        "hold": how["hold"],
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


def _described(operator: Any) -> dict[str, Any]:
    from spikemath.io import settings_of

    return {"name": type(operator).__name__} | settings_of(operator)


def _summarize(said: dict[str, Any], operator: Any) -> None:
    from spikemath.demo import rounded_down

    channels = said["channels"]
    many = f"{len(channels)} channels x " if len(channels) > 1 else ""
    click.echo(f"{said['input']}: {many}{said['samples']} samples, fs {said['fs']:g}, {said['hold']} hold")
    click.echo(f"{operator!r}: {said['spikes']} spikes in {said['duration']:g} units of time")
    for r in channels if len(channels) <= 16 else [max(channels, key=lambda r: r["norm"])]:
        name = f"channel {r['channel']}: {r['spikes']} spikes, " if len(channels) > 1 else ""
        verdict = "< threshold: the bound holds" if r["holds"] else ">= threshold: the bound does not hold"
        click.echo(f"{name}norm of f - eta = {rounded_down(r['norm'], 8)} ({where(r)}) {verdict}")
    if said["undecided"]:
        click.echo(f"undecided comparisons (fired): {said['undecided']}")
    written = " and ".join(filter(None, (said["output"], said["plot"])))
    click.echo(f"wrote {written}, {said['seconds']:.1f} s")


def _draw_encodings(path: str, names: Any, signals: list[Any], encodings: list[Any]) -> None:
    from spikemath import plot

    shown = list(zip(names, signals, encodings, strict=True))[:8]

    def draw(axes: list[Any]) -> None:
        for (name, f, enc), upper, lower in zip(shown, axes[::2], axes[1::2], strict=True):
            op = enc.operator
            plot.tube(f, enc, ax=upper)
            plot.residual(integrated(f, op), enc, op.threshold, op.alpha, lower)
            if len(shown) > 1:
                upper.set_title(f"channel {name}", loc="right", fontsize=10)

    draw_figure(path, draw, 2 * len(shown), 4.6 * len(shown))
