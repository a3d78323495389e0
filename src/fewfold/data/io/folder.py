"""Folders of images: with a table of labels and patients, or without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput, FewfoldError, MissingExtra
from fewfold.core.types import Frame
from fewfold.data.blocks.image import Marks
from fewfold.data.blocks.images import BLOCK, Failure, Images
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema, require_columns
from fewfold.data.io.guard import MOST_VALUES
from fewfold.data.io.marks import read_boxes, read_points
from fewfold.data.io.paths import inside
from fewfold.data.io.scan import CLASS, scanned
from fewfold.data.io.stored import Options, Stored
from fewfold.data.io.table import read_frame
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable

LABELS, BOXES, POINTS = "images.csv", "boxes.csv", "points.csv"


class Opened(NamedTuple):
    """A cohort whose block ``image`` has one image a row, and the files that had to be left out, each with why."""

    cohort: Cohort
    failures: tuple[Failure, ...]


def read_images(
    folder: str | Path,
    *,
    labels: str | Path | None = None,
    image: str = "image",
    masks: Sequence[str] = (),
    boxes: str | Path | None = None,
    points: str | Path | None = None,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    schema: Schema | None = None,
    drop_missing_target: bool = False,
    several_classes: bool = False,
    empty_masks: bool = False,
    by_content: bool = False,
    most_values: int = MOST_VALUES,
    patient_ids: bool = False,
) -> Opened:
    """Open a folder of images: headers are read and checked now, values when they are asked for.

    ``labels``: a table with one row an image (``images.csv`` in the folder where none is named); its column ``image``
    names the file, or the folder of a DICOM series, and the columns ``masks`` name label maps. ``boxes``, ``points``:
    tables of those (:mod:`fewfold.data.io.marks`), also found as ``boxes.csv`` and ``points.csv``. Paths are relative
    to the folder. ``target``, ``subject``, ``site``, ``schema``, ``drop_missing_target`` and ``several_classes``: as in
    :func:`fewfold.data.io.read.read`. ``empty_masks``: masks without any label are allowed. ``by_content``,
    ``most_values``: as in :func:`fewfold.data.io.image.read_image`.

    Without a table all images of the folder are opened. Those of one DICOM series are one volume, and a column
    ``patient`` numbers the patients of DICOM files; with ``patient_ids`` it has their IDs. A column ``class`` has the
    first subfolder in which an image lies, where some do; it is no feature.

    Images that say of themselves that they are augmented or synthetic are so in the provenance.

    Raises ``BadInput`` for a folder or table that cannot be used, an image in two rows, or where no image can be
    opened; ``MissingExtra`` where fewfold[imaging] is not installed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadInput(expected="a folder with images", found=f"none at {folder}", fix="Check the path.")
    options, failures = Options(most_values, by_content, empty_masks), list[Failure]()
    table = _table(folder, labels, LABELS)
    if table is None:
        frame, entries = scanned(folder, options, failures, patient_ids=patient_ids)
        subject = "patient" if "patient" in frame.columns else None
    else:
        frame = read_frame(table)
        require_columns([image, *masks], frame)
        entries = _listed(frame, folder, image, masks, table.name, options, failures)
        frame = frame.loc[list(entries)]
    _check_any(entries, failures, folder)
    marks = [_marks(folder, boxes, BOXES), _marks(folder, points, POINTS)]
    placed = _marked(entries, marks, failures)
    frame = frame.loc[list(placed)]
    _check_any(placed, failures, folder)
    if schema is None:
        aside = [] if table is not None or target == CLASS else [CLASS]
        schema = _schema(frame, (image, *masks), aside, target=target, subject=subject, site=site)
    frame = frame.assign(**{_ROW: frame.index})
    known = Schema(
        variables=(*schema.variables, Variable(name=_ROW, kind="integer", role="ignore")), rules=schema.rules
    )
    made = conform(frame, known, drop_missing_target=drop_missing_target, several_classes=several_classes)
    rows = [placed[row] for row in made.table[_ROW]]
    cohort = Cohort(made.table.drop(columns=_ROW), schema, _provenance(made.provenance, rows))
    return Opened(cohort.with_block(BLOCK, Images(tuple(rows))), tuple(failures))


_ROW = "fewfold_row"


def _table(folder: Path, named: str | Path | None, usual: str) -> Path | None:
    """The table that was named, in the folder or elsewhere; else the usual one where it is there."""
    if named is None:
        return folder / usual if (folder / usual).is_file() else None
    return folder / named if (folder / named).is_file() else Path(named)


def _listed(
    frame: Frame,
    folder: Path,
    image: str,
    masks: Sequence[str],
    table: str,
    options: Options,
    failures: list[Failure],
) -> dict[int, Stored]:
    """The images that can be opened, by row."""
    named = frame[image].dropna().astype(str)
    twice = named[named.duplicated()]
    if len(twice):
        raise BadInput(
            expected=f"each image in one row of {table}",
            found=f"{twice.iloc[0]!r} and {len(twice) - 1} more in several",
            fix="Keep one row an image; put several findings into columns, boxes or points.",
        )
    entries = {}
    for row, name, *mask_names in frame[[image, *masks]].itertuples():
        shown = named.get(row, f"row {row}")
        try:
            if pd.isna(name):
                raise BadInput(expected=f"an image in {shown} of {table}", found="none", fix="Fill in that cell.")
            path = inside(folder, shown, said_by=table)
            on_it = {
                mask: inside(folder, str(file), said_by=table)
                for mask, file in zip(masks, mask_names, strict=True)
                if pd.notna(file)
            }
            entries[row] = Stored.opened(shown, [path], on_it, options)
        except MissingExtra:
            raise
        except FewfoldError as error:
            failures.append(Failure(shown, error))
    return entries


def _check_any(entries: dict[int, Stored], failures: list[Failure], folder: Path) -> None:
    if not entries:
        told = "; ".join(str(failure) for failure in failures[:3])
        more = f"; and {len(failures) - 3} more" if len(failures) > 3 else ""
        raise BadInput(
            expected=f"at least one image that can be opened in {folder}",
            found=f"none. {told}{more}" if failures else "no file with a known extension",
            fix="See what each of them needs." if failures else "Check the folder.",
        )


def _marks(folder: Path, named: str | Path | None, usual: str) -> dict[str, Marks] | None:
    path = _table(folder, named, usual)
    if path is None:
        return None
    return (read_boxes if usual == BOXES else read_points)(path)


def _marked(
    entries: dict[int, Stored], marks: list[dict[str, Marks] | None], failures: list[Failure]
) -> dict[int, Stored]:
    known = {entry.name for entry in entries.values()} | {failure.name for failure in failures}
    for told in marks:
        lost = [name for name in told or {} if name not in known]
        if lost:
            raise BadInput(
                expected="boxes and points on images of the cohort",
                found=f"{lost[0]!r} and {len(lost) - 1} more that are not among them",
                fix="Name images in all tables in the same way.",
            )
    placed = {}
    for row, entry in entries.items():
        boxes, points = (told.get(entry.name) if told else None for told in marks)
        try:
            placed[row] = entry.marked(boxes, points)
        except FewfoldError as error:
            failures.append(Failure(entry.name, error))
    return placed


def _schema(
    frame: Frame,
    paths: Sequence[str],
    aside: Sequence[str],
    *,
    target: str | None,
    subject: str | None,
    site: str | None,
) -> Schema:
    """Inferred, but for the columns with paths and those that are put ``aside``."""
    require_columns([name for name in (target, subject, site) if name], frame)
    ignored = [name for name in frame.columns if name in (*paths, *aside)]
    told = frame.drop(columns=ignored)
    inferred = infer_schema(told, target=target, subject=subject, site=site).schema if len(told.columns) else None
    files = [
        Variable(name=name, kind="categorical", role="ignore", label="file" if name in paths else None)
        for name in ignored
    ]
    return Schema(variables=(*files, *(inferred.variables if inferred else ())))


def _provenance(told: Provenance, rows: Sequence[Stored]) -> Provenance:
    """As the table tells it; an image that is tagged as made is made, whatever the table says."""
    records: list[Record] = list(told.records)
    codes = told.record.copy()
    for k, entry in enumerate(rows):
        if entry.header.tag is not None:
            if entry.header.tag.record not in records:
                records.append(entry.header.tag.record)
            codes[k] = records.index(entry.header.tag.record)
    return replace(told, record=np.asarray(codes), records=tuple(records))
