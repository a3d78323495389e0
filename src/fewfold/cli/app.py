"""The application: its commands, and what becomes of an error."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Annotated, NoReturn

import click
import typer

import fewfold
from fewfold.cli import audit, augment, catalogue, doctor, study, tables
from fewfold.core.errors import FewfoldError

STOPPED = 130  # Ctrl-C
TERMINATED = 143  # SIGTERM

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


def _stop(number: int, _: object) -> NoReturn:
    """Ctrl-C or SIGTERM: an orderly end, in which threads and loggers of the worker library stay silent."""
    threading.excepthook = lambda _: None
    logging.disable()
    sys.exit(STOPPED if number == signal.SIGINT else TERMINATED)


def _listen() -> None:
    """Stop in order on Ctrl-C, unless it is ignored (nohup, a job in the background), and on SIGTERM."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def main() -> None:
    """Entry point of ``fewfold``."""
    _listen()
    try:
        code = app(standalone_mode=False)
    except FewfoldError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SystemExit as stop:
        code = stop.code
    except click.Abort:
        code = STOPPED
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # files have said so before: this is the output
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to print is lost
            typer.echo("Error: the disk that the output goes to is full. Make room, and run it again.", err=True)
            sys.exit(2)
        traceback.print_exc()
        typer.echo("This is a fault of fewfold, not of yours. Please report it with the lines above.", err=True)
        sys.exit(1)
    if code in (STOPPED, TERMINATED):
        typer.echo("Stopped. What was done is kept; run the same command again to go on.", err=True)
    sys.exit(code if isinstance(code, int) else 0)
