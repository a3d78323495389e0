"""Three folders of images as the three cohorts of a validation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import BLOCK
from fewfold.data.cohort import Cohort
from fewfold.data.features.cohort import featured_noted
from fewfold.data.io.folder import read_images
from fewfold.study.study_file import UNUSABLE
from fewfold.study.three_files import Three, made_rows

_opened = partial(read_images, several_classes=True, patient_ids=True)


def read_three_folders(
    train: str | Path,
    holdout: str | Path,
    synthetic: str | Path,
    *,
    target: str | None,
    subject: str | None = None,
    site: str | None = None,
    mask: str = "",
) -> Three:
    """Read the folders and the features of their images; those that cannot be used are counted. ``target``, ``subject``
    and ``site`` are columns of the table ``images.csv`` of each folder, or ``class`` where subfolders are the classes.
    ``mask``: the column of masks within which features are read.

    The images of the third folder are made ones, whatever their files say. Raises ``BadInput`` where folders do not fit
    each other.
    """
    if target is None:
        raise BadInput(
            expected="a target",
            found="none",
            fix="Add --target COL, or --target class where subfolders are the classes.",
        )
    masks = [mask] if mask else []
    first = _opened(train, masks=masks, target=target, subject=subject, site=site)
    second = _opened(holdout, masks=masks, schema=first.cohort.schema)
    third = _opened(synthetic, masks=masks, target=target)
    rows = made_rows(third.cohort.table, first.cohort.schema).with_block(BLOCK, third.cohort.blocks[BLOCK])
    taught, unseen = _one_numbering(first.cohort, second.cohort) if subject is None else (first.cohort, second.cohort)
    parts, lost = [], sum(len(opened.failures) for opened in (first, second, third))
    for cohort in (taught, unseen, rows):
        made = featured_noted(cohort, mask=mask or None)
        parts.append(made.cohort)
        lost += len(made.failures)
    return Three(parts[0], parts[1], parts[2], {UNUSABLE: lost} if lost else {}, {})


def _one_numbering(train: Cohort, holdout: Cohort) -> tuple[Cohort, Cohort]:
    """Patients that DICOM files name, as numbers: who is in both is still seen, and no name goes any further."""
    role = train.schema.role("subject")
    if role is None:
        return train, holdout
    names = pd.concat([train.table[role.name], holdout.table[role.name]])
    codes = pd.Series(pd.factorize(names)[0], index=names.index).astype(str).astype(names.dtype)
    parts = codes.iloc[: len(train)], codes.iloc[len(train) :]
    return train.with_column(role.name, parts[0]), holdout.with_column(role.name, parts[1])
