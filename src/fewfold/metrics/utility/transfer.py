"""Train on some rows, test on others, by patient: what TSTR, TRTS and real + synthetic share."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.metrics.utility.learners import LEARNERS
from fewfold.metrics.utility.scores import headline

TARGETS: tuple[Target, ...] = ("binary", "multiclass", "continuous")
LEARNER = "logistic"  # the penalised linear model: stable at 20 patients and quick enough to be fitted a hundred times


def transfer(train: Cohort, test: Cohort) -> float:
    """AUROC (one class against the rest, averaged, where there are more than two), or R² for a continuous target, of
    the penalised linear model trained on ``train`` and tested on ``test``.

    Rows without a target are left out. The rows of one test patient count once, with their mean prediction (and mean
    value of a continuous target; a patient seen in two classes counts once in each). Raises ``NotApplicable`` where
    the score is not defined.
    """
    train, test = _with_target(train), _with_target(test)
    if not len(train) or len(np.unique(train.y)) < 2:
        raise NotApplicable("the rows to train on hold fewer than two values of the target")
    predicted = LEARNERS[LEARNER].fit_predict(train, test)
    y, p = _by_patient(test, predicted)
    value = headline(train.task)(y, p)
    if not np.isfinite(value):
        raise NotApplicable("the rows to test on hold fewer than two values of the target")
    return value


def _with_target(cohort: Cohort) -> Cohort:
    known = np.isfinite(cohort.y)
    return cohort if known.all() else cohort.take(np.flatnonzero(known))


def _by_patient(test: Cohort, predicted: Floats) -> tuple[Floats, Floats]:
    classes = np.zeros(len(test)) if test.task == "continuous" else test.y
    _, unit = np.unique(np.column_stack([test.subjects, classes]), axis=0, return_inverse=True)
    unit = unit.ravel()
    counts = np.bincount(unit)
    if predicted.ndim == 2:
        means = [np.bincount(unit, column) / counts for column in predicted.T]
        return np.bincount(unit, test.y) / counts, np.column_stack(means)
    return np.bincount(unit, test.y) / counts, np.bincount(unit, predicted) / counts
