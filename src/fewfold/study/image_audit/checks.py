"""What an audit asks of its input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.types import Ints
from fewfold.data.blocks.images import Images, images_among
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.methods.transforms.base import Transform

FEWEST = 10  # patients of each label


def images_of(cohort: Cohort) -> Images:
    """The images of a cohort, where it can be audited; else ``BadInput`` or ``NotApplicable``."""
    images = images_among(cohort.blocks)
    if not len(images):
        raise BadInput(expected="a cohort with images", found="none", fix="Read it with fewfold.read_images.")
    if cohort.task == "continuous":
        raise NotApplicable("the audit asks whether a predicted label changes, and a continuous target has no labels")
    if cohort.provenance.is_synthetic.any():
        raise BadInput(
            expected="real images alone",
            found=f"{int(cohort.provenance.is_synthetic.sum())} that were made",
            fix="Leave them out: what made images look like says nothing of patients.",
        )
    if not np.isfinite(cohort.y).all():
        raise BadInput(
            expected="a label for each image",
            found=f"{int(np.isnan(cohort.y).sum())} without one",
            fix="Leave those images out.",
        )
    return images


def check_settings(chain: Sequence[Transform], magnitudes: Sequence[float], tolerance: float) -> None:
    """Raise ``BadInput`` for settings out of their limits."""
    if not chain:
        raise BadInput(expected="one or more transforms", found="none", fix="Name them, or a preset.")
    wrong = [each for each in magnitudes if not 0 < each <= 2]
    if wrong or not magnitudes:
        raise BadInput(
            expected="magnitudes above 0 and up to 2",
            found=", ".join(map(str, wrong)) or "none",
            fix="1 is the range of the transform as it is.",
        )
    if not 0 < tolerance < 1:
        raise BadInput(
            expected="a tolerance between 0 and 1",
            found=repr(tolerance),
            fix="Pass a share of the labels, such as 0.1.",
        )


def check_patients(cohort: Cohort, groups: Ints) -> None:
    """Raise ``NotApplicable`` where a label has too few patients."""
    target = cohort.schema.target
    for code, level in enumerate(order_of_levels(target) if target else ()):
        found = len(np.unique(groups[cohort.y == code]))
        if found < FEWEST:
            raise NotApplicable(f"{found} patients have the label {level}; the audit needs {FEWEST} of each label")
