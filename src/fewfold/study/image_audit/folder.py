"""The images of a folder, ready for an audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import Failure
from fewfold.data.cohort import Cohort
from fewfold.data.io.folder import LABELS, read_images
from fewfold.data.io.scan import CLASS
from fewfold.data.schema import Schema


@dataclass(frozen=True)
class Labelled:
    """Real images with labels; ``left_out``: how many say of themselves that they were made; ``failures``: files that
    could not be used."""

    cohort: Cohort
    left_out: int
    failures: tuple[Failure, ...]


def labelled(
    folder: str | Path, *, labels: str | Path | None = None, target: str | None = None, subject: str | None = None
) -> Labelled:
    """Open a folder as :func:`fewfold.data.io.folder.read_images` does, for :func:`audit_transforms`.

    ``target``: the column with the label; without a table the first subfolder of an image is its label. Rows of one
    patient may have different labels. Raises ``BadInput`` where there is no label, or no real image.
    """
    folder = Path(folder)
    tabled = labels is not None or (folder / LABELS).is_file()
    if tabled and target is None:
        raise BadInput(
            expected="the column with the label", found=f"a table, {labels or LABELS}", fix="Name it: --target COLUMN."
        )
    cohort, failures = read_images(folder, labels=labels, target=target, subject=subject, several_classes=True)
    if target is None:
        cohort = _by_subfolder(cohort, folder)
    real = np.flatnonzero(~cohort.provenance.is_synthetic)
    if not len(real):
        raise BadInput(
            expected=f"recordings in {folder}",
            found="only images that were made",
            fix="Name the folder of their sources.",
        )
    return Labelled(cohort.take(real), len(cohort) - len(real), failures)


def _by_subfolder(cohort: Cohort, folder: Path) -> Cohort:
    """The subfolders as labels."""
    column = cohort.table[CLASS] if CLASS in cohort.table else pd.Series([None] * len(cohort), dtype=object)
    if column.isna().any():
        raise BadInput(
            expected=f"a subfolder of {folder} for each label, or a table",
            found=f"{int(column.isna().sum())} images in no subfolder",
            fix=f"Sort them into subfolders, or write {LABELS} and name its column with --target.",
        )
    levels = tuple(sorted(column.unique()))
    if len(levels) < 2:
        raise BadInput(
            expected="two or more labels", found=f"one subfolder, {levels[0]}", fix="Name the folder above it."
        )
    variables = tuple(
        v.model_copy(update={"role": "target", "levels": levels}) if v.name == CLASS else v
        for v in cohort.schema.variables
    )
    labels = pd.Categorical(column, categories=list(levels))
    schema = Schema(variables=variables, rules=cohort.schema.rules)
    return Cohort(cohort.table.assign(**{CLASS: labels}), schema, cohort.provenance, cohort.blocks)
