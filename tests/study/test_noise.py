"""The negative control: permuted labels find nothing, and a leak is found."""

from __future__ import annotations

import numpy as np
import pytest

from cohorts import make_cohort
from fewfold.study import cells
from fewfold.study.noise import permuted
from fewfold.study.study import Study
from study.small import SMALL


def test_labels_are_permuted_over_patients_and_nothing_else_moves():
    cohort = make_cohort(90)
    noise = permuted(cohort, 0)
    assert noise.class_counts == cohort.class_counts
    assert (noise.y != cohort.y).any()
    assert np.array_equal(noise.matrix, cohort.matrix, equal_nan=True)
    assert (noise.table.index == cohort.table.index).all()


def test_all_rows_of_a_patient_get_one_label():
    base = make_cohort(60)
    twice = base.take(np.repeat(np.arange(60), 2))
    twice = type(twice)(twice.table.reset_index(drop=True), twice.schema, twice.provenance)
    noise = permuted(twice, 0)
    for patient in np.unique(noise.subjects):
        assert len(np.unique(noise.y[noise.subjects == patient])) == 1


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_it_passes_on_an_honest_study(task):
    small = {**SMALL, "negative_control_repeats": 2}
    result = Study(make_cohort(120, task=task, seed=3), **small).run()
    control = result.negative_control
    assert control.passed, control.statement
    assert control.ran
    assert control.low < control.expected < control.high or task == "continuous"
    assert "FF602" not in {f.code for f in result.findings}


def test_it_fails_when_test_patients_teach(monkeypatch):
    """Planted: the training part of each split is the whole cohort."""

    def leak(self, repeat, fold):
        return np.arange(self.folds.shape[1])

    monkeypatch.setattr(cells.Splits, "train", leak)
    settings = {**SMALL, "learners": ["boosting"], "repeats": 2, "negative_control_repeats": 2}
    result = Study(make_cohort(120), **settings).run()
    assert result.negative_control.passed is False
    assert "FF602" in {f.code for f in result.findings}
