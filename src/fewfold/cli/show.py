"""What the commands print: progress, tables and verdicts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from fewfold.cli import stopping

if TYPE_CHECKING:
    from fewfold.data.blocks.images import Failure
    from fewfold.study.result import Result
    from fewfold.study.runner import Progress

MOST_FAILURES = 20  # lines about files that could not be used
COLOURS = {"helps": "green", "harms": "red", "blocked": "red", "no_evidence": "yellow", "not_estimable": "magenta"}


def as_json(value: Any) -> None:
    """Print a value as JSON; what is not finite becomes null."""
    typer.echo(json.dumps(_finite(value), indent=1, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table that fits the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column.replace("_", " "), overflow="fold", no_wrap=column is columns[0])
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console().print(drawn)


def printable(text: str) -> str:
    """Text whose bytes that are no UTF-8, as names of files may have, are escaped."""
    return text.encode(errors="backslashreplace").decode()


def failures(told: Sequence[Failure], rest: str = "") -> None:
    """Say which files could not be used, and why; nothing where all could. ``rest``: where to find those left out."""
    if not told:
        return
    typer.echo(f"{len(told)} files could not be used:", err=True)
    for failure in told[:MOST_FAILURES]:
        typer.echo(f"  {printable(str(failure))}", err=True)
    if len(told) > MOST_FAILURES:
        typer.echo(f"  and {len(told) - MOST_FAILURES} more{rest}", err=True)


def lost(left_out: int, unusable: Sequence[Failure], rest: str = "") -> None:
    """Say which images were left out, and why; with exit code 2 where a file could not be used."""
    if left_out:
        typer.echo(f"Left out {left_out} images that say of themselves that they were made.", err=True)
    failures(unusable, rest)
    if unusable:
        raise typer.Exit(2)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A bar with the remaining time on standard error; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=None)

        def update(done: int, total: int) -> None:
            stopping.check()
            bar.update(task, completed=done, total=total)

        yield update


def verdicts(result: Result) -> None:
    """Print the answer: the control, each verdict, the findings."""
    control = result.negative_control
    word = {True: "passed", False: "failed", None: "not run"}[control.passed]
    typer.echo(f"Negative control {word}. {control.statement}")
    typer.echo("")
    for verdict in result.verdicts:
        word = typer.style(f"{verdict.verdict.replace('_', ' '):<13}", fg=COLOURS[verdict.verdict], bold=True)
        typer.echo(f"{word} {verdict.method} at {verdict.ratio:g}x. {verdict.reason}")
    shown = [f for f in result.findings if f.severity != "info"]
    if shown:
        typer.echo("\nFindings:")
    for code in dict.fromkeys(f.code for f in shown):
        same = [f for f in shown if f.code == code]
        who = ", ".join(dict.fromkeys(f.method for f in same if f.method))
        times = f", {len(same)} times" if len(same) > 1 else ""
        typer.echo(f"  {code} {same[0].severity}: {same[0].title}{f' ({who}{times})' if who else ''}")
