"""`spikemath experiments`: the published experiments, run again with exact arithmetic."""

from __future__ import annotations

import click

from spikemath.cli._common import option, somebody_looks


@click.command()
@click.argument("names", metavar="[E1]...", nargs=-1)
@option("--out", default="experiments-output", show_default=True, metavar="DIR", help="Where figures and numbers go.")
@option("--quick", is_flag=True, help="Fewer trains and coarser grids: some seconds instead of a minute or two.")
@option("--seed", type=click.IntRange(min=0), help="Seed of the random trains.  [default: that of the docs]")
def experiments(names: tuple[str, ...], out: str, quick: bool, seed: int | None) -> None:
    """Run the published experiments again; write figures and numbers, print where they agree.

    Without names all of them: E1 quantization, E2 threshold, E3 delay, E4 quasi-isometry, E5 resonance.
    """
    from spikemath import experiments as published

    for name in names:
        try:
            published.get(name)
        except KeyError as error:
            raise click.UsageError(error.args[0]) from None
    chosen = {} if seed is None else {"seed": seed}
    published.run(out=out, only=names or None, quick=quick, progress=somebody_looks(), **chosen)
