"""Train on some rows, test on others, by patient: what TSTR, TRTS and real + synthetic share."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.metrics.remembered import Remembered
from fewfold.metrics.utility.learners import LEARNERS, suited
from fewfold.metrics.utility.scores import headline

TARGETS: tuple[Target, ...] = ("binary", "multiclass", "continuous")
KIN = "transfer"
LEARNER = "logistic"  # the penalised linear model: stable at 20 patients and quick enough to be fitted a hundred times

_SCORES: Remembered[float] = Remembered()


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
    codes = units(test)
    parts = (train.matrix, train.y, test.matrix, test.y, codes)
    kinds = [(v.kind, len(v.levels or ())) for v in train.schema.modelled]
    value = _SCORES.of(*parts, about=repr(kinds), make=lambda: _score(train, test, codes))
    if not np.isfinite(value):
        raise NotApplicable("the rows to test on hold fewer than two values of the target")
    return value


def _score(train: Cohort, test: Cohort, codes: Ints) -> float:
    predicted = LEARNERS[suited(LEARNER, train.task)].fit_predict(train, test)
    return headline(train.task)(by_unit(test.y, codes), by_unit(predicted, codes))


def _with_target(cohort: Cohort) -> Cohort:
    known = np.isfinite(cohort.y)
    return cohort if known.all() else cohort.take(np.flatnonzero(known))
