"""`spikemath verify --campaign N`: progress, what was counted, and how to go on."""

from __future__ import annotations

import json
from typing import Any

import click

from spikemath.cli._common import somebody_looks
from spikemath.cli._group import InputError


def campaign_of(trains: int, seed: int, checkpoint: str | None, as_json: bool) -> int:
    """Run a campaign; exit code 0 if every train kept the bound, 1 if not, 130 if interrupted."""
    from tqdm import tqdm

    from spikemath.campaign import CheckpointError, run

    with tqdm(total=trains, unit=" trains", unit_scale=True, disable=not somebody_looks(), leave=False) as bar:
        done = 0

        def progress(now: int, total: int) -> None:
            nonlocal done
            if not done and not bar.disable:  # the rate is that of this run, without the time to compile
                bar.initial = bar.n = bar.last_print_n = now
                bar.unpause()
                bar.start_t = bar.last_print_t
            bar.update(now - bar.n)
            done = now

        try:
            result = run(trains, seed=seed, checkpoint=checkpoint, progress=progress)
        except CheckpointError as error:
            raise InputError(str(error)) from None
        except KeyboardInterrupt:
            bar.close()
            click.echo(f"spikemath: error: interrupted after {done} of {trains} trains", err=True)
            if checkpoint:
                command = f"spikemath verify --campaign {trains} --seed {seed} --checkpoint {checkpoint}"
                click.echo(f"the state is kept; to go on: {command}", err=True)
            else:
                click.echo("nothing was kept: --checkpoint FILE keeps the state", err=True)
            return 130
    if as_json:
        from spikemath.campaign._state import described

        click.echo(json.dumps(described(result)))
    else:
        _summarize(result)
    return 0 if result.good else 1


def _summarize(result: Any) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from spikemath.campaign import ALPHAS, FAMILIES

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("leak", "weights"):
        table.add_column(head)
    for head in ("trains", "spikes", "violations", "escalated", "undecided", "plain floats violate"):
        table.add_column(head, justify="right")
    for alpha in ALPHAS:
        for family in FAMILIES:
            where = {"alpha": alpha, "family": family}
            n = result.total("trains", **where)
            if n:
                counts = [result.total(c, **where) for c in ("spikes", "violations", "escalated", "undecided")]
                told = n - result.total("plain_open", **where)
                share = f"{100.0 * result.total('plain_violations', **where) / told:.2f} %" if told else "-"
                table.add_row(f"{alpha:g}", family, f"{n:,}", *(f"{count:,}" for count in counts), share)
    console = Console()
    (console if console.is_terminal else Console(width=120)).print(table)
    trains, events = result.total("trains"), result.total("events")
    rate = f", {1e6 * result.seconds / trains:.1f} microseconds each" if trains else ""
    click.echo(f"{trains:,} trains with {events:,} pulses in {result.seconds:,.0f} s{rate}")
    click.echo(
        f"violations of the bound: {result.total('violations'):,}; undecided: {result.total('undecided'):,}; "
        f"escalated to rationals or balls: {result.total('escalated'):,}; checksum {result.checksum:016x}"
    )
    for found in result.notable[:10]:
        click.echo(f"{found['verdict']} at index {found['index']}: {json.dumps(found)}")
    if len(result.notable) > 10:
        click.echo(f"and {len(result.notable) - 10} more: see --json")
