"""`spikemath demo`: two real recordings, every operator and reset."""

from __future__ import annotations

import click

from spikemath.cli._common import option


@click.command()
@option("--out", default="demo-output", show_default=True, metavar="DIR", help="Where figures and results go.")
def demo(out: str) -> None:
    """Encode two real recordings with every operator and reset; print tables, write figures."""
    from spikemath.demo import run

    run(out)
