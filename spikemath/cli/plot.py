"""`spikemath plot`: pictures of recordings and of spike files."""

from __future__ import annotations

from typing import Any

import click

from spikemath.cli._common import PICTURES, draw_figure, measures_of, option, picture_suffix, reading
from spikemath.cli._group import InputError


@click.command()
@click.argument("source", metavar="INPUT-or-SPIKES")
@option("-o", "--output", required=True, metavar="FIG.png", help=f"The picture ({', '.join(PICTURES)}).")
@reading
def plot(source: str, output: str, **how: Any) -> None:
    """Draw a recording as curves, or a spike file as a raster."""
    picture_suffix(output)
    names, members = measures_of(source, **how)

    from spikemath import plot as pictures
    from spikemath.signals import Signal, SpikeTrains

    if not all(isinstance(m, Signal) for m in members):
        trains = SpikeTrains(members)
        draw_figure(output, lambda axes: pictures.raster(trains, axes[0]), 1, min(1.2 + 0.4 * len(trains), 12.0))
    else:
        if len(members) > 16:
            raise InputError(f"{source} has {len(members)} channels, at most 16 are drawn: choose with --channel")

        def draw(axes: list[Any]) -> None:
            for ax, name, f in zip(axes, names, members, strict=True):
                pictures.signal(f, ax)
                if len(members) > 1:
                    ax.set_ylabel(name)

        draw_figure(output, draw, len(members), 1.0 + 1.6 * len(members))
    click.echo(f"wrote {output}")
