"""Features of images as columns of their cohort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput, FewfoldError
from fewfold.core.types import Ints
from fewfold.data.blocks.images import Failure, Images, images_among
from fewfold.data.cohort import Cohort
from fewfold.data.features.extent import EXTENT, extent
from fewfold.data.features.handcrafted import handcrafted
from fewfold.data.io.folder import Opened
from fewfold.data.schema import Schema, Variable

Features = list[dict[str, float]]


def featured(
    cohort: Cohort,
    *,
    mask: str | None = None,
    value_range: tuple[float, float] | None = None,
    segment: str | None = None,
) -> Cohort:
    """The cohort of :func:`featured_noted`. Raises what is wrong with the first image that cannot be used."""
    made = featured_noted(cohort, mask=mask, value_range=value_range, segment=segment)
    for failure in made.failures:
        raise failure.error
    return made.cohort


def featured_noted(
    cohort: Cohort,
    *,
    mask: str | None = None,
    value_range: tuple[float, float] | None = None,
    segment: str | None = None,
) -> Opened:
    """``cohort`` with the features of its images as further columns, so that it can be studied as a table is, and the
    images that had to be left out, each with why.

    ``mask`` and ``value_range``: see :func:`~fewfold.data.features.handcrafted.handcrafted`. ``segment``: the mask that
    a study of segmentation is to find; its :func:`~fewfold.data.features.extent.extent` is the target, so that splits
    share out small and large structures evenly. Raises ``BadInput`` for a cohort without images, where a column has the
    name of a feature, and where no image can be used, or for a second target.
    """
    images, target = images_among(cohort.blocks), cohort.schema.target
    if segment is not None and target is not None:
        raise BadInput(
            expected="a cohort without a target, for a study that finds a mask",
            found=f"the target {target.name}",
            fix="Give that column the role ignore, or leave segment out.",
        )
    rows, told, failures = _read(images, mask, value_range, segment)
    if not told:
        raise BadInput(
            expected="at least one image whose features can be read",
            found="; ".join(map(str, failures[:3])) or "no image",
            fix="See what each of them needs.",
        )
    taken = [name for name in told[0] if name in cohort.schema.names]
    if taken:
        raise BadInput(
            expected="no column with the name of a feature of images",
            found=", ".join(taken),
            fix="Rename the column; or leave the cohort as it is, if it has its features already.",
        )
    kept = cohort if len(rows) == len(cohort) else cohort.take(rows)
    columns = pd.DataFrame(told, index=kept.table.index)
    label = "feature of the image"
    more = [
        _extent(segment, images) if name == EXTENT else Variable(name=name, kind="numeric", label=label)
        for name in columns
    ]
    schema = Schema(variables=(*cohort.schema.variables, *more), rules=cohort.schema.rules)
    return Opened(replace(kept, table=kept.table.join(columns), schema=schema), tuple(failures))


def _extent(segment: str | None, images: Images) -> Variable:
    first = images.entries[0].header
    unit = None if first.spacing is None else f"mm{len(first.grid)}"
    return Variable(name=EXTENT, kind="numeric", role="target", unit=unit, label=f"extent of {segment}")


def _read(
    images: Images, mask: str | None, value_range: tuple[float, float] | None, segment: str | None
) -> tuple[Ints, Features, list[Failure]]:
    """The features of those that have the same as the first one, with their rows."""
    rows: list[int] = []
    told: Features = []
    failures: list[Failure] = []
    for row, entry in enumerate(images.entries):
        try:
            image = entry.read()
            own = handcrafted(image, mask=mask, value_range=value_range)
            own |= {} if segment is None else {EXTENT: extent(image, segment)}
            if told and own.keys() != told[0].keys():
                raise BadInput(
                    expected=f"channels and axes as in {images.names[rows[0]]}",
                    found=f"an image with {len(own)} features for {len(told[0])}",
                    fix="Convert it, or study the two kinds apart.",
                )
        except FewfoldError as error:
            failures.append(Failure(entry.name, error))
        else:
            rows.append(row)
            told.append(own)
    return np.array(rows, dtype=np.int64), told, failures
