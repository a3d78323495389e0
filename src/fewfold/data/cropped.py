"""A cohort of cells or lesions from a cohort of pictures: one row a mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Level
from fewfold.data.blocks.crops import crops_at
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema
from fewfold.data.schema import Schema, Variable

PICTURE = "picture"


def cropped(
    cohort: Cohort,
    size: int,
    *,
    around: Literal["points", "boxes"],
    target: str,
    classes: Mapping[Level, Level] | None = None,
) -> Cohort:
    """A crop of ``size`` rows and columns around each point, or the middle of each box, of the images of ``cohort``.

    ``target``: the column that the labels of the marks go to. ``classes``: the labels wanted, with what each is called;
    all of them, as they are, where it is None. Each row has the columns of its image, and the subject of it; where no
    column names the subject, the column ``picture`` does, so that crops of one picture are never on both sides of a
    split. Raises ``BadInput`` for a cohort without images, real images alone being allowed; and as
    :func:`~fewfold.data.blocks.crops.crops_at` does.
    """
    if BLOCK not in cohort.blocks or cohort.provenance.is_synthetic.any():
        raise BadInput(
            expected="a cohort of real images",
            found="made images among them" if BLOCK in cohort.blocks else f"{', '.join(cohort.blocks) or 'a table'}",
            fix="Read the images with ff.read_images, and leave out what was made.",
        )
    images = cast(Images, cohort.blocks[BLOCK])
    crops = crops_at(images, size, around=around)
    named = dict.fromkeys(crops.labels) if classes is None else dict(classes)
    named = {label: label if name is None else name for label, name in named.items()}
    kept = np.array([k for k, label in enumerate(crops.labels) if label in named], dtype=np.int64)
    if not len(kept):
        raise BadInput(
            expected=f"marks with a label of {', '.join(map(str, named))}",
            found=", ".join(map(str, sorted(set(crops.labels), key=str))),
            fix="Name labels that there are.",
        )
    rows = crops.rows[kept]
    frame = cohort.table.iloc[rows].reset_index(drop=True)
    frame[target] = [named[crops.labels[k]] for k in kept]
    added = [target]
    if cohort.schema.role("subject") is None:
        frame[PICTURE] = [images.names[row] for row in rows]
        added.append(PICTURE)
    told = infer_schema(frame[added], target=target, subject=added[1] if len(added) > 1 else None).schema
    before = [_of_picture(variable) for variable in cohort.schema.variables]
    schema = Schema(variables=(*before, *told.variables), rules=cohort.schema.rules)
    return conform(frame, schema, several_classes=True).with_block(BLOCK, crops.images.take(kept))


def _of_picture(variable: Variable) -> Variable:
    """A column of the pictures. What was their target is none of the crops', and no feature either."""
    return variable.model_copy(update={"role": "ignore"}) if variable.role == "target" else variable
