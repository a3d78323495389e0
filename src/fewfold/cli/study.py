"""Commands of a study: demo, init, run, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fewfold.cli import complete, folders, show
from fewfold.core.errors import BadInput

if TYPE_CHECKING:
    from fewfold.study.draft import Draft
    from fewfold.study.result import Result
    from fewfold.study.study_file import Horizon

DEMO = "lung"  # real patients, and ships with a dependency
MOST_LINES = 100  # of a table on the screen, where no more have something to check
Out = Annotated[Path, typer.Option("--out", help="Folder for the results; it may exist.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="How many workers.")]


def demo(out: Out = Path("demo"), jobs: Jobs = 2) -> None:
    """Run a study on a real cohort that ships with a dependency, and write its report."""
    from fewfold.data import datasets
    from fewfold.study.study import Study

    card, cohort = datasets.card(DEMO), datasets.load(DEMO)
    typer.echo(f"{card.title} ({card.disease}): {cohort.n_subjects} patients. {card.citation}")
    study = Study(cohort, name=card.name, title=card.title, repeats=4)
    typer.echo(study.power.statement)
    with show.progress_bar("demo") as progress:
        result = study.run(out, jobs=jobs, progress=progress)
    _finish(result, out)


def init(
    data: Annotated[
        Path, typer.Argument(help="CSV, TSV, Excel, Parquet, Stata, SPSS or SAS file; or a folder of images.")
    ],
    target: Annotated[str | None, typer.Option(help="Column to predict.")] = None,
    subject: Annotated[str | None, typer.Option(help="Column that names the patient.")] = None,
    site: Annotated[str | None, typer.Option(help="Column that names the centre.")] = None,
    time: Annotated[
        str | None, typer.Option(help="Column with the time to the event or to censoring: the target, without others.")
    ] = None,
    event: Annotated[str | None, typer.Option(help="Column that says what ended that time.")] = None,
    horizon: Annotated[float | None, typer.Option(help="Predict the event by this time, in its unit.")] = None,
    event_value: Annotated[
        list[str] | None, typer.Option(help="Value of the event column that counts; may be given again. Default 1.")
    ] = None,
    dictionary: Annotated[Path | None, typer.Option(help="Data dictionary (CSV) of a REDCap export.")] = None,
    preset: folders.Preset = None,
    endpoint: folders.Endpoints = None,
    labels: folders.Labels = None,
    mask: Annotated[str, typer.Option(help="For a folder: the column of that table with masks.")] = "",
    segment: Annotated[str, typer.Option(help="For a folder: the column with masks to find, without --target.")] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="Study file to write.")] = Path("study.toml"),
) -> None:
    """Look at a table or a folder of images, infer what each column is, and write an editable study.toml."""
    from fewfold.study.draft import draft

    if data.is_dir():
        _of_folder(data, out, target, segment, subject, site, preset, endpoint or [], str(labels or ""), mask)
        return
    if bool(time) != bool(event) or (horizon and not time):
        raise BadInput(
            expected="--time and --event together",
            found="only some of them",
            fix="They are the target, or make one with --horizon; beside --target they are kept out of the features.",
        )
    if event_value and len(event_value) > 1 and not horizon:
        raise BadInput(
            expected="one --event-value without --horizon",
            found=", ".join(event_value),
            fix="Code the event in a column of its own.",
        )
    if horizon is not None and horizon <= 0:
        raise BadInput(
            expected="a horizon above 0", found=f"{horizon:g}", fix="Give it in the unit of the time column."
        )
    made = _horizon(time, event, horizon, event_value or ["1"]) if time and event and horizon else None
    written = draft(
        data,
        out,
        target=target,
        subject=subject,
        site=site,
        time=time,
        event=event,
        event_value=_number(event_value[0]) if event_value and not horizon else None,
        horizon=made,
        dictionary=dictionary,
    )
    _tell(written, data)


def _of_folder(
    folder: Path,
    out: Path,
    target: str | None,
    segment: str,
    subject: str | None,
    site: str | None,
    preset: str | None,
    endpoints: list[str],
    labels: str,
    mask: str,
) -> None:
    from fewfold.study.image_draft import draft_images

    if bool(target) == bool(segment) or preset is None:
        given = {"--target": target, "--segment": segment, "--preset": preset}
        raise BadInput(
            expected="--target or --segment, and --preset for a folder of images",
            found=", ".join(name for name, value in given.items() if value) or "none of them",
            fix="The target is a column of its table, or class where subfolders are the classes; --segment names a "
            f"column of masks that are to be found. Presets: {', '.join(complete.presets(''))}.",
        )
    made = draft_images(
        folder,
        out,
        target=target,
        segment=segment,
        preset=preset,
        endpoints=endpoints,
        subject=subject,
        site=site,
        labels=labels,
        mask=mask,
    )
    rows = [(v.name, v.kind, v.role) for v in made.schema.variables]
    show.table(("column", "kind", "role"), rows, title=f"{folder.name}: {made.images} images")
    show.failures(made.failures)
    if made.absent:
        typer.echo(f"{made.absent} images have no {target}: they are left out and counted in the report")
    for problem in made.problems:
        typer.echo(problem)
    if made.schema.role("subject") is None:
        typer.echo(
            "Each image is taken for a patient of its own. Where that is not so, name the column with --subject."
        )
    typer.echo(f"Wrote {out}. Correct it, then: fewfold run {out} --out results")


def _tell(written: Draft, data: Path) -> None:
    """What was inferred, what to look at, and what to do next."""
    schema, out = written.inferred.schema, written.path
    notes: dict[str | None, list[str]] = {}
    for note in written.inferred.notes:
        notes.setdefault(note.variable, []).append(note.text)
    told = {v.name for v in schema.variables if v.role != "feature" or v.name in notes}
    plain = [name for name in schema.names if name not in told][: max(0, MOST_LINES - len(told))]
    told.update(plain)
    shown = [v for v in schema.variables if v.name in told]
    rows = [(v.name, v.kind, v.role, v.unit or "", "; ".join(notes.get(v.name, []))) for v in shown]
    title = f"{data.name}: {len(schema.variables)} columns"
    show.table(("column", "kind", "role", "unit", "to check"), rows, title=title)
    if len(shown) < len(schema.variables):
        typer.echo(f"and {len(schema.variables) - len(shown)} more features with nothing to check, all in {out}")
    for text in notes.get(None, []):
        typer.echo(text)
    typer.echo(f"Wrote {out}. Correct it, then: fewfold run {out} --out results")
    faulty = dict.fromkeys(note.variable for note in written.inferred.notes if note.in_file and note.variable)
    if faulty:
        typer.echo(
            f"First look at {', '.join(faulty)} in {data.name} itself. {out} belongs to the file as it is now: "
            f"where you correct the file, delete {out} and run this again."
        )


def _horizon(time: str, event: str, horizon: float, values: list[str]) -> Horizon:
    from fewfold.study.study_file import Horizon

    return Horizon(time=time, event=event, horizon=horizon, event_values=tuple(map(_number, values)))


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def run(
    study: Annotated[Path, typer.Argument(help="A study.toml, made by fewfold init.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results; default results, or look with --quick.")
    ] = None,
    jobs: Jobs = 1,
    backend: Annotated[
        Literal["loky", "dask", "ray"], typer.Option(help="loky is this machine, dask and ray a cluster.")
    ] = "loky",
    quick: Annotated[bool, typer.Option("--quick", help="A look: 2 repeats, one ratio. Supports no claim.")] = False,
    open_holdout: Annotated[
        bool, typer.Option("--open-holdout", help="Break the seal of the holdout. The journal says when.")
    ] = False,
    fail_on: Annotated[
        str,
        typer.Option(help="Verdicts that end with exit code 3, such as blocked,harms.", autocompletion=complete.calls),
    ] = "",
) -> None:
    """Run a study. Stopped at any moment, the same command goes on where it was."""
    from fewfold.study.study_file import open_study

    wanted, folder = _calls(fail_on), out or Path("look" if quick else "results")
    opened = open_study(study, quick=quick)
    typer.echo(opened.power.statement)
    with show.progress_bar(opened.settings.title) as progress:
        result = opened.run(folder, jobs=jobs, backend=backend, progress=progress, open_holdout=open_holdout)
    _finish(result, folder)
    if wanted & {v.verdict for v in result.verdicts}:
        raise typer.Exit(3)


def _calls(text: str) -> set[str]:
    wanted = {part.strip().replace("-", "_") for part in text.split(",") if part.strip()}
    unknown = wanted - set(complete.CALLS)
    if unknown:
        raise BadInput(
            expected=f"verdicts out of {', '.join(complete.CALLS)}",
            found=", ".join(sorted(unknown)),
            fix="Correct --fail-on.",
        )
    return wanted


def report(
    results: Annotated[Path, typer.Argument(help="A folder of results, or a result.json.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="HTML file; default beside the result.")] = None,
) -> None:
    """Draw the report of a finished study again. Nothing is computed anew."""
    from fewfold.report.html import write
    from fewfold.study.result import Result

    file = out or (results if results.is_dir() else results.parent) / "report.html"
    if file.exists() and file.suffix.lower() not in (".html", ".htm"):
        raise BadInput(
            expected=f"an HTML file to write, or none at {file}", found="another file", fix="Name a new one."
        )
    write(Result.load(results), file)
    typer.echo(f"Wrote {file}")


def _finish(result: Result, out: Path) -> None:
    from fewfold.report.html import write

    result.save(out)
    write(result, out / "report.html")
    show.verdicts(result)
    typer.echo(f"\nWrote {out / 'result.json'}\nOpen  {out / 'report.html'}")
