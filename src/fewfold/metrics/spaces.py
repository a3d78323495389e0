"""Images compared as points of a feature space: every metric of rows then reads them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.space import FeatureSpace
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison


def in_space(comparison: Comparison, space: FeatureSpace, *, block: str = "image") -> Comparison:
    """The comparison with the coordinates of the images for its only features, so that any metric of rows compares the
    images. Its estimates name the space.

    The target and what names patients, sites and visits stay; other variables and all blocks are left out. Coordinates
    are put on one scale by the training images, as all features are. Each image is read once. Raises ``NotApplicable``
    where a side has no such block of images.
    """
    parts = {"train": comparison.train, "holdout": comparison.holdout, "synthetic": comparison.synthetic}
    if comparison.expanded is not None:
        parts["expanded"] = comparison.expanded
    points = {name: _points(part, space, block) for name, part in parts.items()}
    return replace(comparison, **points, space=space.identity)


def images_of(cohort: Cohort, block: str = "image") -> Images:
    """The images of a cohort. Raises ``NotApplicable`` where there are none."""
    found = cohort.blocks.get(block)
    if not isinstance(found, Images):
        raise NotApplicable(f"it needs images: a block {block!r} on each side")
    return found


def _points(cohort: Cohort, space: FeatureSpace, block: str) -> Cohort:
    return with_coordinates(cohort, space.coordinates(images_of(cohort, block)), space.name)


def with_coordinates(cohort: Cohort, coordinates: Floats, name: str) -> Cohort:
    """The rows with (n, d) ``coordinates`` for their only features, called ``name`` and a number. The target and what
    names patients, sites and visits stay; all blocks are left out."""
    features = [Variable(name=f"{name}_{k}", kind="numeric") for k in range(coordinates.shape[1])]
    kept = [v for v in cohort.schema.variables if v.role not in ("feature", "sensitive")]
    table = pd.DataFrame(coordinates, index=cohort.table.index, columns=[feature.name for feature in features])
    return replace(
        cohort,
        table=pd.concat([cohort.table[[v.name for v in kept]], table], axis=1),
        schema=Schema(variables=(*kept, *features)),
        blocks=MappingProxyType({}),
    )
