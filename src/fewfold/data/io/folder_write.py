"""A cohort of images to a folder that :func:`fewfold.data.io.folder.read_images` reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput, FewfoldError
from fewfold.core.files import refuse_existing
from fewfold.core.types import Frame
from fewfold.data.blocks.image import Array, Header, Image, Marks
from fewfold.data.blocks.images import BLOCK, Failure, Images
from fewfold.data.cohort import Cohort
from fewfold.data.io.folder import BOXES, LABELS, POINTS
from fewfold.data.io.image import write_image
from fewfold.data.io.marks import BOX, POINT, written
from fewfold.data.io.read import write
from fewfold.data.io.table import write_frame
from fewfold.data.provenance import Provenance
from fewfold.data.schema import Schema, Variable
from fewfold.data.tag import Tag


def write_images(cohort: Cohort, folder: str | Path, *, extension: str | None = None) -> tuple[Failure, ...]:
    """Write the images of a cohort, their masks, boxes and points, and ``images.csv`` with the table.

    Files are numbered: no name of a source file is kept. ``extension``: .png for pictures (.tif where PNG cannot hold
    the values) and .nii.gz for volumes, where it is not given. A row that is not real is tagged in its file:
    ``augmented`` where it was made from one real row, else ``synthetic``. The table comes last, so that a folder with
    one is complete.

    Returns the images that could not be read or written, which are left out. Raises ``BadInput`` where the folder has
    an ``images.csv``, the cohort has no images, or none of them can be written.
    """
    folder = Path(folder)
    refuse_existing(folder / LABELS)
    block = cohort.blocks.get(BLOCK)
    if not isinstance(block, Images):
        raise BadInput(expected="a cohort with images", found="none", fix="Read one with ff.read_images.")
    failures: list[Failure] = []
    files: dict[int, dict[str, str]] = {}
    marks: dict[str, dict[str, Marks]] = defaultdict(dict)
    for row, image in block.readable(failures):
        tagged = replace(image, tag=tag_of(cohort.provenance, row) or image.tag)
        try:
            files[row] = write_files(tagged, folder, f"{row + 1:06d}", extension)
        except FewfoldError as error:
            failures.append(Failure(block.entries[row].name, error))
            continue
        for name, own in ((BOXES, image.boxes), (POINTS, image.points)):
            if own is not None:
                marks[name][files[row][BLOCK]] = own
    if not files:
        raise BadInput(expected="at least one image that can be written", found=str(failures[0]), fix="See above.")
    for name, own_marks in marks.items():
        write_frame(written(own_marks, BOX if name == BOXES else POINT), folder / name)
    write_table(cohort, files, folder)
    return tuple(failures)


def tag_of(provenance: Provenance, row: int) -> Tag | None:
    """The tag of a row: none for a real one."""
    code = int(provenance.record[row])
    if code < 0:
        return None
    sources = provenance.sources[row]
    altered = len(np.unique(sources[sources >= 0])) == 1
    return Tag("augmented" if altered else "synthetic", provenance.records[code])


def usual_extension(header: Header) -> str:
    """Of the format that an image is written in where nobody names another."""
    return ".nii.gz" if header.volume else ".png" if header.dtype in (np.uint8, np.uint16) else ".tif"


def write_files(image: Image, folder: Path, stem: str, extension: str | None = None) -> dict[str, str]:
    """Write an image and its masks; their files by column of the table."""
    usual = usual_extension(image.header)
    files = {BLOCK: f"images/{stem}{extension or usual}"}
    _write(image, folder / files[BLOCK])
    for name, mask in image.masks.items():
        files[name] = f"masks/{name}/{stem}{(extension or usual) if image.volume else '.png'}"
        labels = Image(_smallest(mask), image.volume, image.spacing, image.affine)
        _write(labels, folder / files[name])
    return files


def _write(image: Image, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            expected=f"to make the folder {path.parent}", found=error.strerror or str(error), fix="Choose another one."
        ) from error
    write_image(image, path)


def _smallest(mask: Array) -> Array:
    """Labels in 8 or 16 bits where they fit."""
    kinds: tuple[Any, ...] = (np.uint8, np.uint16, np.int32)
    kind = next(kind for kind in kinds if np.iinfo(kind).min <= mask.min() and mask.max() <= np.iinfo(kind).max)
    small: Array = mask.astype(kind)
    return small


def write_table(cohort: Cohort, files: dict[int, dict[str, str]], folder: Path) -> None:
    """Write ``images.csv``: the rows that have files, with the files by column in the place of those that were read."""
    kept = cohort.take(np.array(list(files)))
    columns: dict[str, Frame] = {}
    for name in dict.fromkeys(name for own in files.values() for name in own):
        columns[name] = pd.Series([own.get(name) for own in files.values()], index=kept.table.index, dtype=object)
    new = [Variable(name=name, kind="categorical", role="ignore") for name in columns if name not in kept.schema.names]
    schema = Schema(variables=(*new, *kept.schema.variables), rules=kept.schema.rules)
    table = kept.table.assign(**columns)[schema.names]
    write(Cohort(table, schema, kept.provenance), folder / LABELS)
