"""The audit of a chain of transforms on a cohort of images."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log

import numpy as np

import fewfold
from fewfold.core.seeds import Rng, as_rng, seed_of
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.transforms.base import Transform
from fewfold.methods.transforms.engine.resample import Border
from fewfold.study.image_audit import measures
from fewfold.study.image_audit.checks import check_patients, check_settings, images_of
from fewfold.study.image_audit.conclude import blind_to, operation
from fewfold.study.image_audit.copies import Camera, Progress, plans, tables
from fewfold.study.image_audit.pictures import shown, shrunk
from fewfold.study.image_audit.predictions import predicted
from fewfold.study.image_audit.reading import Reading
from fewfold.study.image_audit.result import ImageAudit

MAGNITUDES = (0.25, 0.5, 1.0, 1.5, 2.0)
TOLERANCE = 0.1
"""A tenth of the labels: as many as are wrong in the worst of ten benchmark data sets, where models can still be
trained (Northcutt et al. 2021, 10.48550/arXiv.2103.14749; the mean is 3.3 per cent at least). Chosen here."""


def audit_transforms(
    cohort: Cohort,
    chain: Sequence[Transform],
    *,
    rng: int | Rng,
    magnitudes: Sequence[float] = MAGNITUDES,
    tolerance: float = TOLERANCE,
    border: Border = "constant",
    fill: float = 0,
    value_range: tuple[float, float] | None = None,
    title: str = "",
    pictures: bool = True,
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
) -> ImageAudit:
    """Measure each transform of ``chain`` by itself, at each magnitude, on one copy of each image of ``cohort``.

    ``cohort``: real images in the block ``image``, with a target of two or more labels; all images of a patient (the
    subject column) stay together. ``magnitudes``: above 0 to 2; each scales the ranges of a transform about what
    changes nothing, and one without ranges, such as a reflection, is measured at 1 alone. The draw of an image is the
    same at each magnitude, but for its size. ``tolerance``: the share of predicted labels that may change.
    ``border``, ``fill``, ``value_range``: as in :class:`fewfold.Augmenter`; use those that training will use.
    ``pictures``: whether the result shows the first image and its copies. ``jobs``: workers; the result is the same.

    Three things are measured, each with a 95 % interval from a bootstrap over patients and with a control. *Shifts*:
    how far the features move, against what two real images of one label differ by. *Predictions*: a penalised logistic
    model on the features, cross-fitted over patients and on real images alone, predicts each image that it has not
    seen, and its copy; the control is the same model fitted on other splits. *Where safe ends*: a magnitude is safe
    where the upper end of the share of changed labels is below the tolerance, and unsafe where the lower end is above
    the tolerance and above all that two fits differ by.

    Raises ``BadInput`` for images that were made, a cohort without images or labels, and settings out of their
    limits; ``NotApplicable`` for a continuous target, or fewer than 10 patients of a label.
    """
    rng = as_rng(rng)
    images = images_of(cohort)
    check_settings(chain, magnitudes, tolerance)
    groups: Ints = np.unique(cohort.subjects, return_inverse=True)[1].ravel()
    check_patients(cohort, groups)
    camera = Camera(seed_of(rng), border, fill, value_range)
    planned = plans(chain, sorted(set(magnitudes)))
    names, seen = tables(images, [step for plan in planned for _, step in plan.steps], camera, jobs, progress)
    reading = Reading(cohort, groups, names, seen, predicted(cohort, groups, names, seen, rng), rng)
    controls = reading.controls()
    blind = blind_to(controls)
    first = images[0] if pictures else None
    operations, start = [], 1
    for plan in planned:
        drawn = shown(first, [step for _, step in plan.steps], camera) if first and plan.steps else []
        operations.append(operation(plan, reading, start, drawn, controls, tolerance, blind=bool(blind)))
        start += len(plan.steps)
    target = cohort.schema.target
    return ImageAudit(
        title=title or "images",
        target=target.name if target else "",
        labels={str(level): n for level, n in cohort.class_counts.items()},
        n=len(cohort),
        patients=int(groups.max()) + 1,
        grouped=cohort.schema.role("subject") is not None,
        features=len(reading.names),
        tolerance=tolerance,
        smallest=ceil(log(measures.TAIL) / log(1 - tolerance)),
        border=border,
        controls=controls,
        blind=blind,
        operations=operations,
        picture=None if first is None else shrunk(first.pixels, first, camera),
        fewfold=fewfold.__version__,
    )
