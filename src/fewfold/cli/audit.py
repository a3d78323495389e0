"""The command audit-images: how far each transform may go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fewfold.cli import complete, show, tables
from fewfold.core.errors import BadInput

if TYPE_CHECKING:
    from fewfold.methods.transforms.base import Transform
    from fewfold.methods.transforms.engine.resample import Border
    from fewfold.study.image_audit.result import ImageAudit


def audit_images(
    folder: Annotated[Path, typer.Argument(help="A folder of real images.")],
    preset: Annotated[
        str | None,
        typer.Option(help="The transforms of a modality, such as blood-smear.", autocompletion=complete.presets),
    ] = None,
    transform: Annotated[
        list[str] | None,
        typer.Option(
            help="A name from `fewfold transforms`, with its usual ranges; may be given again.",
            autocompletion=complete.transforms,
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="Column with the label; without a table the subfolders.")] = None,
    subject: tables.Subject = None,
    labels: Annotated[
        Path | None, typer.Option(help="The table of labels and patients; else images.csv of the folder.")
    ] = None,
    magnitude: Annotated[
        list[float] | None,
        typer.Option(help="How far ranges are scaled, above 0 to 2; may be given again. Else 0.25, 0.5, 1, 1.5, 2."),
    ] = None,
    tolerance: Annotated[float, typer.Option(help="The share of predicted labels that may change.")] = 0.1,
    border: Annotated[
        Literal["constant", "edge", "mirror"] | None,
        typer.Option(help="What lies beyond an image; else that of the preset, or constant."),
    ] = None,
    value_range: Annotated[
        tuple[float, float] | None,
        typer.Option(help="What counts as 0 and as 1, such as -1024 3071. Else the type of 8 bits, or each image."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Page to write, and JSON beside it; default FOLDER-audit.html."),
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Whether the page shows the first image and its copies.")] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Workers; the numbers are the same.")] = 1,
    as_json: tables.AsJson = False,
) -> None:
    """Measure how far each transform moves features and predictions of real images, and where safe ends."""
    from fewfold.report.image_audit import write
    from fewfold.study.image_audit.audit import MAGNITUDES, audit_transforms
    from fewfold.study.image_audit.folder import labelled

    chain, usual = _chain(preset, transform or [])
    there = folder.resolve()
    page = _page(out or there.with_name(f"{there.name}-audit.html"))
    opened = labelled(folder, labels=labels, target=target, subject=subject)
    with show.progress_bar(f"audit {there.name}") as progress:
        audit = audit_transforms(
            opened.cohort,
            chain,
            rng=seed,
            magnitudes=magnitude or MAGNITUDES,
            tolerance=tolerance,
            border=border or usual,
            value_range=value_range,
            title=there.name,
            pictures=pictures,
            jobs=jobs,
            progress=progress,
        )
    audit.save(page.with_suffix(".json"))
    write(audit, page)
    if as_json:
        typer.echo(audit.to_json())
    else:
        _print(audit, page)
    show.lost(opened.left_out, opened.failures)


def _page(out: Path) -> Path:
    """``out``, where a page can be written; said now, and not when all is measured."""
    if out.suffix != ".html" or not out.absolute().parent.is_dir():
        raise BadInput(
            expected="the name of a page, ending in .html, in a folder that is there",
            found=str(out),
            fix="Name another with -o, or make the folder.",
        )
    return out


def _chain(preset: str | None, names: list[str]) -> tuple[list[Transform], Border]:
    """The transforms, and the border that goes with them."""
    from fewfold.methods.transforms.base import transform
    from fewfold.methods.transforms.preset import describe_preset

    if preset is None and not names:
        raise BadInput(
            expected="transforms",
            found="none",
            fix=f"Add --preset: {', '.join(complete.presets(''))}; or --transform NAME: fewfold transforms.",
        )
    told = None if preset is None else describe_preset(preset)
    chain = [*(told.chain if told else []), *(transform(name) for name in names)]
    return chain, told.border if told else "constant"


def _print(audit: ImageAudit, page: Path) -> None:
    auroc, fits = audit.controls.auroc, audit.controls.flips
    typer.echo(
        f"{audit.n} images of {audit.patients} {'patients' if audit.grouped else 'patients (one an image)'}. "
        f"AUROC of the model {auroc.value:.2f} ({auroc.low:.2f} to {auroc.high:.2f})."
    )
    typer.echo(f"Two fits of it differ in {fits.value:.1%} of the labels ({fits.low:.1%} to {fits.high:.1%}).")
    if audit.blind:
        typer.echo(audit.blind)
    for one in audit.operations:
        typer.echo(f"{one.label}: {one.statement}")
        for note in one.notes:
            typer.echo(f"  {note}")
    typer.echo(f"Wrote {page}")
