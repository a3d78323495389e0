"""What models of the real images say of images that they have not seen, and of their copies."""

from __future__ import annotations

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Variable
from fewfold.metrics.utility.learners import LEARNERS
from fewfold.study.splits import deal, stratum_of_group

FITS, FOLDS = 4, 5
LEARNER = LEARNERS["logistic"]


def predicted(cohort: Cohort, groups: Ints, names: list[str], tables: Floats, rng: Rng) -> Floats:
    """(fits, 1 + steps, images, labels) probabilities, cross-fitted over patients.

    ``tables``: (1 + steps, images, features), the images first. Each model is fitted on the images of the other folds,
    never on a copy, and predicts the images of its fold and their copies. Each fit deals the folds anew. A feature that
    lies beyond all images that a model was fitted on counts as the most extreme of them: a linear model would go on in
    a straight line, and call any copy that looks like no image by one label.
    """
    variables = [Variable(name=name, kind="numeric") for name in names]
    target = cohort.schema.target
    classes = len(target.levels or ()) if target else 0
    strata = stratum_of_group(cohort, groups)
    out = np.empty((FITS, *tables.shape[:2], classes))
    for fit in range(FITS):
        folds = deal(strata, FOLDS, rng)[groups]
        for fold in range(FOLDS):
            taught, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            known = tables[0, taught]
            asked = np.clip(tables[:, left].reshape(-1, len(names)), known.min(axis=0), known.max(axis=0))
            told = LEARNER.predict(known, cohort.y[taught], asked, variables, cohort.task, classes)
            full = np.column_stack([1 - told, told]) if told.ndim == 1 else told
            out[fit][:, left] = full.reshape(len(tables), len(left), classes)
    return out
