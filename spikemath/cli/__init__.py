"""The command line: `spikemath encode | decode | study | norm | plot | demo | verify | experiments | mnist | xor`.

One command is one file.

Exit codes: 0 all went well, 1 it failed on the way (memory, disk) or a check came out wrong, 2 wrong usage or bad
input, 130 interrupted. An error is one line on standard error, `spikemath: error: ...`; SPIKEMATH_TRACEBACK=1 shows
where it came from. Whatever is heavy is imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import sys

import click

from spikemath.cli._group import Commands
from spikemath.cli.decode import decode
from spikemath.cli.demo import demo
from spikemath.cli.encode import encode
from spikemath.cli.experiments import experiments
from spikemath.cli.mnist import mnist
from spikemath.cli.norm import norm
from spikemath.cli.plot import plot
from spikemath.cli.study import study
from spikemath.cli.verify import verify
from spikemath.cli.xor import xor


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"spikemath {sys.modules['spikemath'].__version__}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """Encode recordings as spikes, exactly, measure what is lost, and check the theory behind it."""


for command in (encode, decode, study, norm, plot, demo, verify, experiments, mnist, xor):
    main.add_command(command)

__all__ = ["main"]
