"""The group of commands: every error in one line, with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click


class InputError(click.ClickException):
    """Bad input: exit code 2."""

    exit_code = 2


class Commands(click.Group):
    """A group that says every error in one line."""

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args) or ["--help"]
        extra["prog_name"] = extra.get("prog_name") or "spikemath"
        try:
            code = super().main(given, standalone_mode=False, **extra)
        except click.ClickException as error:
            if not standalone_mode:
                raise
            fail(error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            fail("interrupted", 130)
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("interrupted")
            raise click.exceptions.Exit(130) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, BrokenPipeError) or os.environ.get("SPIKEMATH_TRACEBACK"):
                raise
            raise shown(error) from None


def shown(error: Exception) -> click.ClickException:
    """An exception as the one line that is shown, with its exit code."""
    if isinstance(error, ValueError | TypeError):
        return InputError(str(error))
    if isinstance(error, MemoryError):
        return click.ClickException(f"out of memory {error}".strip())
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return click.ClickException(f"{place}{error.strerror}")
    if isinstance(error, OSError | OverflowError | ImportError):
        return click.ClickException(str(error))
    return click.ClickException(f"{type(error).__name__}: {error} (SPIKEMATH_TRACEBACK=1 shows where)")


def say(message: str) -> None:
    click.echo(f"spikemath: error: {' '.join(message.split())}", err=True)


def fail(message: str, code: int) -> NoReturn:
    say(message)
    sys.exit(code)


@contextmanager
def reading_input() -> Iterator[None]:
    """What cannot be read is bad input."""
    try:
        yield
    except OSError as error:
        raise InputError(str(shown(error).message)) from None
