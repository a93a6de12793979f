"""`spikemath encode` of recordings larger than memory: in blocks, with checkpoints."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from spikemath.cli._common import option, place, progress_bar, reading_input

BLOCKWISE = (".raw", ".bin", ".dat", ".h5", ".hdf5", ".hdf", ".nwb", ".mat", ".zarr")  # files that are never read whole

OPTIONS = (
    option("--dtype", help="Raw binary: type of a sample, as numpy names it (int16, >f4)."),
    option("--n-channels", type=int, help="Raw binary: how many channels are interleaved."),
    option("--offset", type=int, default=0, help="Raw binary: bytes before the first sample."),
    option("--stream", "stream", is_flag=True, help="In blocks, as is done anyway for files that fill the memory."),
    option("--resume", is_flag=True, help="Go on with an unfinished run (OUT.part); start if there is none."),
    option("--restart", is_flag=True, help="Throw an unfinished run away."),
    option("--checkpoint", type=float, default=10.0, show_default=True, help="Seconds between checkpoints."),
    option("--block", type=click.IntRange(min=1), help="Samples per channel in one block."),
    option("--threads", type=click.IntRange(min=1), default=1, help="Threads that share the channels."),
)
NAMES = ("dtype", "n_channels", "offset", "stream", "resume", "restart", "checkpoint", "block")


def streaming(command: Any) -> Any:
    """The options that say how a recording is encoded in blocks."""
    for one in reversed(OPTIONS):
        command = one(command)
    return command


def wanted(source: str, output: str, how: dict[str, Any]) -> bool:
    """Whether to go block by block: asked for, or the file or its spikes would not fit."""
    if any(how[name] for name in ("stream", "resume", "restart", "dtype", "n_channels", "offset")):
        return True
    if Path(source).suffix.lower() in BLOCKWISE or Path(output).suffix == ".zarr":
        return True
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return Path(source).suffix.lower() in (".npy", ".npz", ".wav") and os.stat(source).st_size > memory // 8
    except (AttributeError, ValueError, OSError):
        return False


def run(source: str, output: str, operator: Any, how: dict[str, Any], quiet: bool) -> dict[str, Any]:
    """Encode block by block; the summary."""
    from spikemath.recordings import open_recording
    from spikemath.spool import UnfinishedRunError, encode_file

    began = time.perf_counter()
    place(output) if Path(output).suffix != ".zarr" else None
    if how["resume"] and how["restart"]:
        raise click.UsageError("--resume goes on, --restart starts anew: one of them")
    numbers = [int(c) if c.isascii() and c.isdigit() else c for c in how["channels"]]
    with reading_input():
        recording = open_recording(
            source,
            how["fs"],
            numbers or None,
            how["key"],
            dtype=how["dtype"],
            n_channels=how["n_channels"],
            offset=how["offset"],
        )
    with progress_bar(recording.n, recording.n * len(recording.channels), quiet) as bar:
        bar.set_description(f"{len(recording.channels)} channels")
        try:
            made = encode_file(
                recording,
                operator,
                output,
                hold=how["hold"],
                resume=how["resume"],
                restart=how["restart"],
                threads=how["threads"],
                every=how["checkpoint"],
                block=how["block"],
                progress=lambda done, total: bar.update(done - bar.n),
            )
        except UnfinishedRunError as error:
            raise click.UsageError(f"{error} (--resume or --restart)") from None
    seconds = time.perf_counter() - began
    return {
        "hold": how["hold"],
        "fs": recording.fs,
        "samples": recording.n,
        "duration": recording.n / recording.fs,
        "number": len(recording.channels),
        "spikes": None if Path(output).suffix == ".zarr" else len(made),
        "undecided": made.undecided,
        "seconds": round(seconds, 3),
    }


def summarize(said: dict[str, Any], operator: Any) -> None:
    """The same for people."""
    total = said["samples"] * said["number"]
    click.echo(f"{said['input']}: {said['number']} channels x {said['samples']} samples, fs {said['fs']:g}, in blocks")
    spikes = "spikes" if said["spikes"] is None else f"{said['spikes']} spikes"
    click.echo(f"{operator!r}: {spikes} in {said['duration']:g} units of time")
    click.echo("the error was not measured (it is for recordings that are read whole)")
    if said["undecided"]:
        click.echo(f"undecided comparisons (fired): {said['undecided']}")
    rate = total / max(said["seconds"], 1e-9) / 1e6
    click.echo(f"wrote {said['output']}, {said['seconds']:.1f} s ({rate:.3g} million samples/s)")
