"""What a learner makes of the test patients of a cell: it is taught by training rows, or by their images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.images import BLOCK, Images, images_among
from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.metrics.utility.image_learners import IMAGE_LEARNERS
from fewfold.metrics.utility.learners import LEARNERS
from fewfold.metrics.utility.segmentation.dice import dice
from fewfold.metrics.utility.segmentation.hd95 import hd95
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS
from fewfold.metrics.utility.survival.learners import SURVIVAL_LEARNERS
from fewfold.study.settings import Settings


@dataclass(frozen=True, eq=False)
class Lesson:
    """The training rows, followed by ``rows`` of the synthetic ones: pre-training rests on that order. ``weights`` are
    of training rows, where there are no synthetic ones."""

    train: Cohort
    made: Cohort | None
    rows: Ints
    test: Cohort
    weights: Floats | None

    @property
    def features(self) -> Floats:
        """(n, features)"""
        if self.made is None:
            return self.train.matrix
        return np.vstack([self.train.matrix, self.made.matrix[self.rows]])

    @property
    def target(self) -> Floats:
        """(n,)"""
        return self.train.y if self.made is None else np.concatenate([self.train.y, self.made.y[self.rows]])

    @property
    def images(self) -> Images:
        """One a row. Raises ``NotApplicable`` where synthetic rows have none."""
        own = images_among(self.train.blocks)
        if self.made is None or not len(self.rows):
            return own
        block = self.made.blocks.get(BLOCK)
        if not isinstance(block, Images):
            raise NotApplicable("its rows have no images, which the learners of this study read")
        return own.concat([block.take(self.rows)])


def predictions(name: str, lesson: Lesson, settings: Settings, rng: Rng) -> Floats:
    """(units, ...) what the learner called ``name`` says of the test units: a value, the probability of class 1, or one
    of each class; of survival the probability of each time to live without the event; of a mask the Dice coefficient of
    each label, and then the HD95 of each."""
    if name in SEGMENTERS:
        return by_unit(_overlaps(name, lesson, settings, rng), units(lesson.test))
    if name in IMAGE_LEARNERS:
        schema, task = lesson.train.schema, lesson.train.task
        classes = len(schema.target.levels or ()) if schema.target else 0
        tested = images_among(lesson.test.blocks)
        told = IMAGE_LEARNERS[name].fit_predict(lesson.images, lesson.target, tested, task, classes, rng=rng)
        return by_unit(told, units(lesson.test))
    return from_rows(name, lesson.features, lesson.target, lesson.test, settings, lesson.weights, len(lesson.train))


def from_rows(
    name: str, x: Floats, y: Floats, test: Cohort, settings: Settings, weights: Floats | None, n_real: int
) -> Floats:
    """(units, ...) what a learner of rows says of the test units, taught by features ``x`` and targets ``y``, of which
    the first ``n_real`` are of real patients."""
    schema = test.schema
    if name in SURVIVAL_LEARNERS:
        told = SURVIVAL_LEARNERS[name].predict(x, y, test.matrix, schema.features, settings.times)
    else:
        classes = len(schema.target.levels or ()) if schema.target else 0
        first = n_real if settings.training == "pretrain" else None
        told = LEARNERS[name].predict(x, y, test.matrix, schema.features, test.task, classes, weights, first)
    return by_unit(told, units(test))


def _overlaps(name: str, lesson: Lesson, settings: Settings, rng: Rng) -> Floats:
    """(images, 2 * labels)"""
    mask, labels = settings.segment, settings.labels
    fitted = SEGMENTERS[name].fit(lesson.images, mask, labels, rng=rng)
    told = []
    for image in images_among(lesson.test.blocks):
        truth, found = image.masks[mask], fitted.predict(image)
        overlaps = [dice(truth, found, label) for label in labels]
        told.append(overlaps + [hd95(truth, found, label, image.spacing) for label in labels])
    return np.array(told)
