"""`spikemath norm`: the Alexiewicz norm of what is in files."""

from __future__ import annotations

import json
from typing import Any

import click

from spikemath.cli._common import extremum, integrated, measures_of, option, reading, trains_of, where
from spikemath.cli._group import InputError, reading_input


@click.command()
@click.argument("source", metavar="INPUT")
@click.argument("spikes", metavar="[SPIKES.npz]", required=False)
@option("--alpha", type=float, help="Leak, 1/time.  [default: that of SPIKES.npz, else 0]")
@reading
@option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def norm(source: str, spikes: str | None, alpha: float | None, as_json: bool, **how: Any) -> None:
    """The Alexiewicz norm of a recording, of spikes, or of a recording minus its spikes.

    If SPIKES.npz was made by send-on-delta, it is that of the derivative minus the spikes.
    """
    from spikemath.operators import Encoding

    names, measures = measures_of(source, **how)
    if spikes is not None:
        with reading_input():
            from spikemath.io import load

            loaded = load(spikes)
        if isinstance(loaded, Encoding):
            alpha = loaded.operator.alpha if alpha is None else alpha
            measures = [integrated(m, loaded.operator) for m in measures]
        trains = trains_of(loaded)
        if len(trains) != len(measures):
            raise InputError(f"{spikes} has {len(trains)} channels, {source} has {len(measures)}: see --channel")
        measures = [m - s for m, s in zip(measures, trains, strict=True)]
    rows = [extremum(c, m, alpha or 0.0) for c, m in zip(names, measures, strict=True)]
    if as_json:
        top = max(row["norm"] for row in rows)
        click.echo(
            json.dumps({"input": source, "spikes": spikes, "alpha": alpha or 0.0, "norm": top, "channels": rows})
        )
        return
    for row in rows:
        before = f"channel {row['channel']}: " if len(rows) > 1 else ""
        click.echo(f"{before}{row['norm']!r} ({where(row)})")
