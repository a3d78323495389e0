"""Features of images as columns of their cohort."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.handcrafted import feature_table
from fewfold.data.schema import Schema, Variable


def featured(cohort: Cohort, *, mask: str | None = None, value_range: tuple[float, float] | None = None) -> Cohort:
    """``cohort`` with the features of its images as further columns, so that it can be studied as a table is.

    ``mask`` and ``value_range``: see :func:`~fewfold.data.features.handcrafted.handcrafted`. Raises ``BadInput`` for a
    cohort without images, and where a column has the name of a feature.
    """
    if BLOCK not in cohort.blocks:
        raise BadInput(
            expected="a cohort with images",
            found=f"{', '.join(cohort.blocks) or 'a table alone'}",
            fix="Read the images with ff.read_images.",
        )
    columns = feature_table(cast(Images, cohort.blocks[BLOCK]), mask=mask, value_range=value_range)
    taken = [name for name in columns if name in cohort.schema.names]
    if taken:
        raise BadInput(
            expected="no column with the name of a feature of images",
            found=", ".join(taken),
            fix="Rename the column; or leave the cohort as it is, if it has its features already.",
        )
    columns.index = cohort.table.index
    more = [Variable(name=name, kind="numeric", label="feature of the image") for name in columns]
    schema = Schema(variables=(*cohort.schema.variables, *more), rules=cohort.schema.rules)
    return replace(cohort, table=cohort.table.join(columns), schema=schema)
