"""The command augment: rows of a table, or images of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fewfold.cli import complete, folders, show, tables
from fewfold.core.errors import BadInput

if TYPE_CHECKING:
    from fewfold.methods.transforms.folder.augment import Augmented


def augment(
    data: Annotated[
        Path, typer.Argument(help="A table of real patients, the study.toml that describes one, or a folder of images.")
    ],
    method: Annotated[
        str | None,
        typer.Option(help="For a table: a name from `fewfold methods`.", autocompletion=complete.methods),
    ] = None,
    preset: folders.Preset = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write: CSV, TSV or Parquet. Folder; default FOLDER-augmented."),
    ] = None,
    target: tables.Target = None,
    ratio: Annotated[float, typer.Option(min=0, help="Synthetic rows per real row, or copies of each image.")] = 1.0,
    subject: tables.Subject = None,
    seed: tables.Seed = 0,
    endpoint: folders.Endpoints = None,
    labels: folders.Labels = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="For a folder: a column of that table with masks; may be given again.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="For a folder: how many threads.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For a folder: print JSON for programs.")] = False,
) -> None:
    """Write the real rows of a table, then synthetic ones; or altered copies of images. For training only."""
    if preset is not None or data.is_dir():
        _refuse("a folder of images", {"--method": method, "--target": target, "--subject": subject})
        preset = _needed("--preset", preset, "the modality of the images", complete.presets(""))
        _folder(data, preset, out, ratio, seed, endpoint or [], labels, mask or [], jobs=jobs, as_json=as_json)
        return
    _refuse("a table", {"--endpoint": endpoint, "--labels": labels, "--mask": mask, "--json": as_json})
    named = _needed("--method", method, "a method", ["fewfold methods"])
    if out is None:
        raise BadInput(expected="a file to write", found="none", fix="Add --out FILE.")
    tables.expand(data, named, out, target=target, ratio=ratio, subject=subject, seed=seed)


def _folder(
    folder: Path,
    preset: str,
    out: Path | None,
    ratio: float,
    seed: int,
    endpoints: list[str],
    labels: Path | None,
    masks: list[str],
    *,
    jobs: int,
    as_json: bool,
) -> None:
    from fewfold.methods.transforms.endpoint import at_risk
    from fewfold.methods.transforms.folder.augment import augment_folder
    from fewfold.methods.transforms.preset import preset as chain_of

    if ratio < 1 or ratio != int(ratio):
        raise BadInput(expected="a whole number of copies", found=f"--ratio {ratio:g}", fix="Give 1 or more.")
    there = folder.resolve()
    into = out or there.with_name(f"{there.name}-augmented")
    with show.progress_bar(f"augment {there.name}") as progress:
        done = augment_folder(
            folder,
            into,
            preset,
            ratio=int(ratio),
            seed=seed,
            endpoints=endpoints,
            labels=labels,
            masks=masks,
            jobs=jobs,
            progress=progress,
        )
    if not endpoints:
        lost = ", ".join(at_risk(chain_of(preset)))
        typer.echo(
            f"This holds only if the label does not rest on any of: {lost}. --endpoint KEY has it checked.", err=True
        )
    if as_json:
        show.as_json(_told(done, into))
    else:
        typer.echo(f"Wrote {done.written} copies of {done.images} images to {into}; {done.kept} were there")
    show.lost(done.left_out, done.failures, ", all in the list of --json")


def _told(done: Augmented, out: Path) -> dict[str, object]:
    failures = [{"file": show.printable(each.name), "error": show.printable(str(each.error))} for each in done.failures]
    counts = {"images": done.images, "written": done.written, "kept": done.kept, "left_out": done.left_out}
    return {"out": str(out), **counts, "failures": failures}


def _refuse(what: str, options: dict[str, object]) -> None:
    """Raise ``BadInput`` for an option that is not for this."""
    given = [name for name, value in options.items() if value]
    if given:
        raise BadInput(expected=f"options for {what}", found=", ".join(given), fix="Leave them out.")


def _needed(option: str, value: str | None, what: str, known: list[str]) -> str:
    if value is None:
        raise BadInput(expected=f"{what}", found="none", fix=f"Add {option}: {', '.join(known)}.")
    return value
