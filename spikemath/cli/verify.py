"""`spikemath verify`: the claims of the theory, checked; and the campaign by volume."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from spikemath.cli._campaign import campaign_of
from spikemath.cli._common import option, place, somebody_looks
from spikemath.cli._group import shown
from spikemath.cli._show import in_full, named

_STATUSES = ("published", "sharpened", "new", "refuted")
_COLOURS = {"holds": "green", "refuted": "cyan", "fails": "bold red", "error": "bold red", "undecided": "yellow"}


def _count(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A whole number, that may be written 1e8."""
    try:
        number = None if value is None else float(value)
        if number is not None and (number < 1 or number != int(number)):
            raise ValueError
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value} is no whole number >= 1") from None
    return None if number is None else int(number)


@click.command()
@click.argument("names", metavar="[CLAIM]...", nargs=-1)
@option("--examples", type=click.IntRange(min=0), default=100, show_default=True, help="Random instances per claim.")
@option("--seed", type=click.IntRange(min=0), help="The same random instances on every run.")
@option("--status", "statuses", multiple=True, type=click.Choice(_STATUSES), help="Only such claims; repeatable.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@option("--campaign", callback=_count, metavar="N", help="Instead: certify Q1 on N trains aimed at ties, such as 1e8.")
@option("--checkpoint", metavar="FILE", help="Of a campaign: where its state is kept, to go on from.")
def verify(
    names: tuple[str, ...], examples: int, seed: int | None, statuses: tuple[str, ...], as_json: bool,
    campaign: int | None, checkpoint: str | None,
) -> int:  # fmt: skip
    """Check the claims of the theory, on their sharp examples, counterexamples and random data.

    Without names all of them. A refuted claim is the statement as published: it counts as good if its counterexamples
    refute it. Exit code 1 if a claim does not come out as the theory says.
    """
    if campaign is not None:
        if names or statuses:
            raise click.UsageError("--campaign checks Q1 and takes no claims and no --status")
        if checkpoint:
            place(checkpoint)
        return campaign_of(campaign, seed or 0, checkpoint, as_json)
    if checkpoint:
        raise click.UsageError("--checkpoint is for --campaign")
    claims = _chosen(names, statuses)
    rows: list[tuple[Any, Any]] = []
    stopped = False
    with _progress(len(claims), as_json) as (say, tick):
        for claim in claims:
            say(claim.name)
            try:
                rows.append((claim, _report(claim, examples, seed, tick)))
            except KeyboardInterrupt:
                stopped = True
                break
    if as_json:
        said = {"examples": examples, "seed": seed, "interrupted": stopped, "of": len(claims)}
        click.echo(json.dumps(said | {"good": _good(rows, stopped), "claims": [_plain(*row) for row in rows]}))
    else:
        _table(rows)
        _details(rows)
        bad = [claim.name for claim, report in rows if not report.good]
        click.echo(f"{len(rows) - len(bad)} of {len(claims)} claims came out as the theory says", nl=False)
        click.echo(f"; not: {', '.join(bad)}" if bad else "")
    if stopped:
        click.echo(f"spikemath: error: interrupted after {len(rows)} of {len(claims)} claims", err=True)
        return 130
    return 0 if _good(rows, stopped) else 1


def _good(rows: list[tuple[Any, Any]], stopped: bool) -> bool:
    return not stopped and all(report.good for _, report in rows)


def _chosen(names: tuple[str, ...], statuses: tuple[str, ...]) -> list[Any]:
    from spikemath import theorems

    try:
        claims = [theorems.get(name) for name in names] if names else list(theorems.all())
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    return [claim for claim in dict.fromkeys(claims) if not statuses or claim.status in statuses]


def _report(claim: Any, examples: int, seed: int | None, tick: Any) -> Any:
    """A claim's report; what went wrong on the way is an outcome too, so that the others still run."""
    from spikemath import theorems

    try:
        return theorems.verify(claim, examples, seed, tick)
    except Exception as error:
        if os.environ.get("SPIKEMATH_TRACEBACK"):
            raise
        return theorems.Report(claim.name, claim.status, "error", notes=[shown(error).message])


@contextmanager
def _progress(claims: int, quiet: bool) -> Iterator[tuple[Any, Any]]:
    """A bar on a terminal: a function that names the claim at work, and one that counts an instance."""
    if quiet or not somebody_looks():
        yield (lambda name: None), None
        return
    from tqdm import tqdm

    with tqdm(total=claims, unit=" claims", leave=False) as bar:
        count = 0

        def say(name: str) -> None:
            nonlocal count
            bar.update(count > 0)
            count = 1
            bar.set_description(name)

        def tick() -> None:
            nonlocal count
            bar.set_postfix_str(f"{count} instances", refresh=count % 10 == 0)
            count += 1

        yield say, tick


def _table(rows: list[tuple[Any, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("title", ratio=1)
    table.add_column("status")
    table.add_column("outcome")
    for head in ("examples", "undecided", "worst ratio", "seconds"):
        table.add_column(head, justify="right")
    for claim, report in rows:
        colour = _COLOURS[report.outcome]
        told = report.worst is not None and report.worst.right and report.outcome != "refuted"
        worst = _ratio(report.worst.ratio) if told else "-"  # an equality of two objects has no ratio
        table.add_row(
            claim.name, claim.title, claim.status, f"[{colour}]{report.outcome}[/]", str(report.examples),
            str(report.undecided), worst, f"{report.seconds:.1f}",
        )  # fmt: skip
    console.print(table)


def _ratio(x: float) -> str:
    """To six places, toward 0, so that below 1 is shown below 1."""
    return f"{int(x * 1e6) / 1e6:.6f}" if 0.0 <= x < 1e6 else f"{x:.3g}"


def _details(rows: list[tuple[Any, Any]]) -> None:
    """Counterexamples of what is refuted, and the failing instance of what should hold."""
    for claim, report in rows:
        if report.outcome == "refuted":
            text, instance = min(claim.counterexamples, key=lambda example: len(in_full(example.instance)))
            click.echo(f"{claim.name} is refuted: {text}\n{_indented(named(claim.parameters, instance, 12))}")
    for claim, report in rows:
        if report.good:
            continue
        click.echo(f"{claim.name}: {report.outcome}" + "".join(f"; {note}" for note in report.notes))
        if report.failing is not None:
            click.echo(_indented(named(claim.parameters, report.failing)))
        if report.outcome == "fails" and report.worst is not None and claim.status != "refuted":
            worst = report.worst
            click.echo(_indented(f"left = {worst.left!r}, right = {worst.right!r}, margin = {worst.margin!r}"))
            if worst.witness is not None or worst.note:
                click.echo(_indented(" ".join(filter(None, [f"witness: {in_full(worst.witness)}", worst.note]))))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _plain(claim: Any, report: Any) -> dict[str, Any]:
    """A claim and its report as plain data."""
    worst = report.worst
    return {
        "name": claim.name,
        "title": claim.title,
        "status": claim.status,
        "outcome": report.outcome,
        "good": report.good,
        "examples": report.examples,
        "failed": report.failed,
        "undecided": report.undecided,
        "worst": None
        if worst is None
        else {"left": repr(worst.left), "right": repr(worst.right), "ratio": repr(worst.ratio)},
        "failing": None if report.failing is None else named(claim.parameters, report.failing).splitlines(),
        "counterexamples": [[e.text, *named(claim.parameters, e.instance).splitlines()] for e in claim.counterexamples],
        "notes": report.notes,
        "seconds": round(report.seconds, 3),
    }
