"""Learners take mixed kinds, missing values and classes that training lacks."""

from __future__ import annotations

import numpy as np
import pytest

from cohorts import make_cohort
from fewfold.metrics.utility.learners import LEARNERS
from fewfold.metrics.utility.scores import SCORES


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_learns_the_signal_and_gives_the_right_shape(name, task):
    cohort = make_cohort(240, task=task)
    train, test = cohort.take(np.arange(160)), cohort.take(np.arange(160, 240))
    p = LEARNERS[name].fit_predict(train, test)
    assert p.shape == ((80, 3) if task == "multiclass" else (80,))
    assert np.isfinite(p).all()
    if task == "continuous":
        assert SCORES["r2"](test.y, p) > 0.1
    else:
        assert SCORES["auroc"](test.y, p) > 0.65


@pytest.mark.parametrize("name", LEARNERS)
def test_a_class_that_training_lacks_gets_probability_zero(name):
    cohort = make_cohort(200, task="multiclass")
    train = cohort.take(np.flatnonzero(cohort.y != 1))
    p = LEARNERS[name].fit_predict(train, cohort)
    assert (p[:, 1] == 0).all()
    assert p.sum(axis=1) == pytest.approx(1)
    alone = LEARNERS[name].fit_predict(cohort.take(np.flatnonzero(cohort.y == 2)), cohort)
    assert (alone[:, 2] == 1).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_weights_count_as_repetition(name):
    cohort = make_cohort(120)
    twice = np.concatenate([np.arange(120), np.flatnonzero(cohort.y == 1)])
    weighted = LEARNERS[name].fit_predict(cohort, cohort, weights=1 + cohort.y)
    plain = LEARNERS[name].fit_predict(cohort, cohort)
    assert weighted.mean() > plain.mean()
    if name == "logistic":  # the encoder's medians and scales see rows, not weights
        repeated = LEARNERS[name].fit_predict(cohort.take(twice), cohort)
        assert np.corrcoef(weighted, repeated)[0, 1] > 0.999


@pytest.mark.parametrize("name", LEARNERS)
def test_empty_and_constant_columns_do_no_harm(name):
    cohort = make_cohort(80)
    hollow = cohort.with_column("bilirubin", np.nan).with_column("age", 50.0)
    assert np.isfinite(LEARNERS[name].fit_predict(hollow, cohort)).all()
