"""The application: its commands, and what becomes of an error."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated

import click
import typer

import fewfold
from fewfold.cli import audit, augment, catalogue, doctor, stopping, study, tables
from fewfold.core.errors import FewfoldError

app = typer.Typer(
    name="fewfold",
    help="Expand small rare-disease cohorts, and prove for each whether that helps, harms or cannot be told.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 bad input, 1 a fault of ours, 3 a verdict named in --fail-on, 130 or 143 stopped.",
)
_COMMANDS: tuple[Callable[..., None], ...] = (
    study.demo,
    study.init,
    tables.recommend,
    study.run,
    study.report,
    tables.validate,
    augment.augment,
    audit.audit_images,
    tables.synthesize,
    catalogue.methods,
    catalogue.transforms,
    catalogue.metrics,
    catalogue.datasets,
    doctor.doctor,
)
for _command in _COMMANDS:
    app.command()(_command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(fewfold.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of ``fewfold``."""
    stopping.listen()
    try:
        code = app(standalone_mode=False)
    except SystemExit as stop:
        code = stop.code
    except click.Abort:
        code = stopping.STOPPED
    except Exception as error:  # which a library may have made of a stop
        code = _failed(error) if stopping.asked() is None else stopping.asked()
    if code in (stopping.STOPPED, stopping.TERMINATED):
        typer.echo("Stopped. What was done is kept; run the same command again to go on.", err=True)
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: Exception) -> int:
    """Say what went wrong; the exit code."""
    if isinstance(error, FewfoldError):
        typer.secho(f"Error: {error}", fg="red", err=True)
        return 2
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # files have said so before: this is the output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to print is lost
        typer.echo("Error: the disk that the output goes to is full. Make room, and run it again.", err=True)
        return 2
    traceback.print_exception(error)
    typer.echo("This is a fault of fewfold, not of yours. Please report it with the lines above.", err=True)
    return 1
