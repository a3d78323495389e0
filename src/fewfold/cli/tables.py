"""Commands that make or judge rows: recommend, validate, synthesize; and augment, where it is given a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fewfold.cli import complete, show
from fewfold.core.errors import BadInput
from fewfold.core.files import refuse_existing

if TYPE_CHECKING:
    from fewfold.core.seeds import Rng
    from fewfold.data.cohort import Cohort
    from fewfold.data.provenance import Repair
    from fewfold.methods.base import Method

Data = Annotated[Path, typer.Argument(help="A table of real patients, or the study.toml that describes one.")]
Target = Annotated[str | None, typer.Option(help="Column to predict; a study.toml says it itself.")]
Subject = Annotated[str | None, typer.Option(help="Column that names the patient.")]
Name = Annotated[str, typer.Option("--method", help="A name from `fewfold methods`.", autocompletion=complete.methods)]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")]
Written = Annotated[Path, typer.Option("--out", "-o", help="File to write: CSV, TSV or Parquet.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def recommend(data: Data, target: Target = None, subject: Subject = None, as_json: AsJson = False) -> None:
    """Say which methods a cohort is large enough for, and what a study of it could see."""
    from fewfold.study.recommend import recommend as advise

    advice = advise(_read(data, target, subject))
    if as_json:
        show.as_json(advice.as_dict())
        return
    typer.echo(advice.statement)
    if not advice.options:
        return
    rows = [(o.method, "yes" if o.applies else "no", o.release, o.reason) for o in advice.options]
    show.table(("method", "applies", "release", "why"), rows)
    typer.echo(
        f"A study compares each with what costs nothing: {', '.join(advice.controls)}.\n"
        "Only a study can tell whether one of them helps: fewfold init, then fewfold run."
    )


def validate(
    train: Annotated[Path, typer.Option(help="Real patients that the generator was fitted on: a table, or images.")],
    holdout: Annotated[Path, typer.Option(help="Real patients that it never saw.")],
    synthetic: Annotated[Path, typer.Option(help="Its rows or images, made by any tool.")],
    target: Target = None,
    subject: Subject = None,
    site: Annotated[str | None, typer.Option(help="Column that names the centre.")] = None,
    time: Annotated[str | None, typer.Option(help="Column with the time to the event or to censoring.")] = None,
    event: Annotated[str | None, typer.Option(help="Column that says what ended that time.")] = None,
    schema: Annotated[
        Path | None, typer.Option(help="A study.toml: what each column is, and the rules. Else they are inferred.")
    ] = None,
    mask: Annotated[str, typer.Option(help="For folders: the column of their images.csv with masks.")] = "",
    release: Annotated[
        Literal["internal", "consortium", "public"] | None,
        typer.Option(help="Where the rows are meant to go; internal where nothing says it."),
    ] = None,
    seed: Seed = 0,
    training: Annotated[
        Literal["joint", "pretrain"] | None,
        typer.Option(help="pretrain: on synthetic rows first, on patients last; joint where nothing says it."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for result.json and report.html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge synthetic data that any other tool has made."""
    from fewfold.report.html import write
    from fewfold.study.validate import validate_files

    roles = {"target": target, "subject": subject, "site": site, "time": time, "event": event}
    result = validate_files(
        train, holdout, synthetic, **roles, schema=schema, mask=mask, release=release, training=training, seed=seed
    )
    if out is not None:
        result.save(out)
        write(result, out / "report.html")
    if as_json:
        typer.echo(result.to_json())
        return
    typer.echo(result.power.statement)
    show.verdicts(result)
    if out is not None:
        typer.echo(f"\nWrote {out / 'result.json'}\nOpen  {out / 'report.html'}")


def synthesize(
    data: Data,
    method: Name,
    out: Written,
    target: Target = None,
    n: Annotated[int | None, typer.Option("-n", min=1, help="How many rows.")] = None,
    ratio: Annotated[float | None, typer.Option(min=0, help="Rows per real row, instead of -n.")] = None,
    subject: Subject = None,
    seed: Seed = 0,
    given: Annotated[
        list[str] | None,
        typer.Option(help="What every row shall be: sex=f, stage=3,4 or age=40..60; may be given several times."),
    ] = None,
    rare_below: Annotated[int, typer.Option(min=0, help="Draw no level that fewer patients than that have.")] = 0,
    source: Annotated[
        Path | None, typer.Option(help="A larger related cohort of other patients, to learn from as far as it helps.")
    ] = None,
) -> None:
    """Write synthetic rows, each marked as such."""
    from fewfold.data.io.stream import write_stream
    from fewfold.methods.conditions import parse

    refuse_existing(out)
    cohort = _read(data, target, subject)
    conditions = parse(cohort.schema, given or [])
    fitted, rng = _fitted(cohort, method, seed, rare_below, _lender(data, source, cohort) if source else None)
    repairs: list[Repair | None] = []
    pieces = fitted.stream(_rows(cohort, n, ratio), rng=rng, given=conditions)
    written = write_stream((_noted(piece, repairs) for piece in pieces), out)
    typer.echo(f"Wrote {written} synthetic rows to {out}")
    _mended(repairs)
    if source is not None:
        typer.echo(f"{source.name}: {fitted.choice}", err=True)
    _account(fitted)
    _caution(cohort, fitted.card.release)


def expand(
    data: Path, method: str, out: Path, *, target: str | None, ratio: float, subject: str | None, seed: int
) -> None:
    """Write the real rows, then synthetic ones; a column says which is which."""
    from fewfold.data.io.read import write

    refuse_existing(out)
    cohort = _read(data, target, subject)
    fitted, rng = _fitted(cohort, method, seed)
    expanded = fitted.expand(cohort, ratio, rng=rng)
    write(expanded, out)
    typer.echo(f"Wrote {len(cohort)} real and {len(expanded) - len(cohort)} synthetic rows to {out}")
    _mended([expanded.provenance.repair])
    _caution(cohort, fitted.card.release)


def _read(data: Path, target: str | None, subject: str | None) -> Cohort:
    from fewfold.data.io.read import read
    from fewfold.study.study_file import open_study

    if data.suffix.lower() == ".toml":
        return open_study(data).cohort
    if target is None:
        raise BadInput(
            expected="a target column, or a study.toml", found="neither", fix="Add --target COL, or give a study.toml."
        )
    return read(data, target=target, subject=subject)


def _lender(data: Path, source: Path, cohort: Cohort) -> Cohort:
    """The source, with the target made as a study.toml says."""
    from fewfold.data.io.table import read_frame
    from fewfold.data.source import source_from
    from fewfold.study.study_file import described

    horizon = described(data).data.horizon if data.suffix.lower() == ".toml" else None
    frame = read_frame(source)
    return source_from(horizon.add_to(frame) if horizon else frame, cohort.schema)


def _fitted(
    cohort: Cohort, name: str, seed: int, rare_below: int = 0, source: Cohort | None = None
) -> tuple[Method, Rng]:
    import numpy as np

    from fewfold.methods.base import method

    rng = np.random.default_rng(seed)
    return method(name, rare_below=rare_below).fit(cohort, rng=rng, source=source), rng


def _rows(cohort: Cohort, n: int | None, ratio: float | None) -> int:
    if (n is None) == (ratio is None):
        raise BadInput(expected="either -n or --ratio", found="both" if n else "neither", fix="Give one of them.")
    return n if n is not None else round((ratio or 0.0) * len(cohort))


def _noted(piece: Cohort, repairs: list[Repair | None]) -> Cohort:
    repairs.append(piece.provenance.repair)
    return piece


def _mended(repairs: list[Repair | None]) -> None:
    """How many rows would have been impossible, had rules not mended them."""
    known = [repair for repair in repairs if repair is not None]
    if not known:
        return
    whole = sum(known[1:], start=known[0])
    rules = ", ".join(f"{name} ({count})" for name, count in whole.by_rule.items())
    told = f": {rules}" if rules else ""
    typer.echo(f"Before rules mended them {whole.broken} of {whole.rows} rows broke one{told}", err=True)


def _account(fitted: Method) -> None:
    """What a private method spent."""
    spent = getattr(fitted, "spent", None)
    if spent:
        parts = ", ".join(f"{part} {rho:.3g}" for part, rho in spent["rho"].items())
        typer.echo(f"Spent: epsilon {spent['epsilon']:.3g} at delta {spent['delta']:g} (rho: {parts}).", err=True)


def _caution(cohort: Cohort, release: str) -> None:
    from fewfold.study.admission import obstacle
    from fewfold.study.settings import Settings

    why = obstacle(cohort, Settings())
    if why:
        typer.echo(f"No study can tell whether these rows help or harm: {why}.", err=True)
    if release == "internal":
        typer.echo("For internal training only: patients can be reconstructed from these rows.", err=True)
    if release == "public":
        told = "give a long random one, and tell nobody. A ratio of rows gives the number of patients away; -n does not"
        typer.echo(f"Private only while the --seed is secret: {told}.", err=True)
