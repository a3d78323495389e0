"""The negative control: permuted labels find nothing, and a leak is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cohorts import make_cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema
from fewfold.metrics.utility.scores import auprc
from fewfold.study.contrasts import score_all
from fewfold.study.noise import LEVEL, negative_control, permuted, precision_of_chance
from fewfold.study.outcomes import Predicted
from fewfold.study.settings import Settings
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


def test_the_place_of_a_row_among_those_of_its_patient_tells_nothing():
    """As in a file of cells that lists, for each picture, one kind first."""
    patients, place = np.repeat(np.arange(80), 2), np.tile([0, 1], 80)
    table = pd.DataFrame({"picture": patients, "place": place, "kind": np.where(place == 0, "white", "platelet")})
    schema = infer_schema(table, target="kind", subject="picture").schema
    noise = permuted(conform(table, schema, several_classes=True), 0)
    first = noise.y[place == 0]
    assert abs(first.mean() - 0.5) < 0.2  # 3.6 standard errors
    assert noise.class_counts == {"platelet": 80, "white": 80}


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_it_passes_on_an_honest_study(task):
    small = {**SMALL, "negative_control_repeats": 2}
    result = Study(make_cohort(120, task=task, seed=3), **small).run()
    control = result.negative_control
    assert control.passed, control.statement
    assert control.ran
    assert control.low < control.expected < control.high or task == "continuous"
    assert "FF602" not in {f.code for f in result.findings}


@pytest.mark.parametrize(("positives", "n"), [(1, 1), (1, 7), (3, 12), (4, 9), (12, 12)])
def test_the_average_precision_of_chance_is_that_of_random_rankings(positives, n):
    rng = np.random.default_rng(0)
    y = (np.arange(n) < positives).astype(float)
    drawn = [auprc(y, rng.random(n)) for _ in range(4000)]
    spread = 4 * np.std(drawn) / np.sqrt(len(drawn)) + 1e-12
    assert precision_of_chance(positives, n) == pytest.approx(np.mean(drawn), abs=spread)


def test_there_is_no_average_precision_without_positives():
    assert np.isnan(precision_of_chance(0, 12))


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_chance_is_that_of_the_test_folds(task):
    classes = 3 if task == "multiclass" else 2
    y = np.resize(np.arange(classes), 60).astype(float)
    folds = np.stack([np.random.default_rng(r).permutation(60) % 5 for r in range(10)])
    settings = Settings(primary="auprc", methods=("smote",), controls=("none",), learners=("logistic",))

    p = np.random.default_rng(1).random((10, 60, 3) if classes == 3 else (10, 60))
    told = Predicted(task, classes, y, np.arange(60), folds, {("none", 0.0): {"logistic": p}}, {}, 0)
    seen = negative_control(score_all(told, only={"auprc"}), settings.for_task(task))
    prevalence = 1 / classes
    assert seen.passed, seen.statement
    assert seen.expected > prevalence + 0.05
    assert seen.baseline == pytest.approx(seen.expected, abs=0.05)


def test_the_printed_interval_keeps_the_bounds_of_the_score():
    y = np.resize([0.0, 1.0], 12)
    folds = np.stack([np.repeat([0, 1], 6), np.tile([0, 0, 1, 1], 3)])
    p = np.stack([np.where(folds[0] == 0, y, 1 - y), y])  # all right in three folds, all wrong in one
    told = Predicted("binary", 2, y, np.arange(12), folds, {("none", 0.0): {"logistic": p}}, {}, 0)
    settings = Settings(primary="auprc", methods=("smote",), controls=("none",), learners=("logistic",))
    scored = score_all(told, only={"auprc"})
    seen = negative_control(scored, settings.for_task("binary"))
    raw = scored.infer(scored.table["none", 0.0]["logistic"]["auprc"], LEVEL)
    assert raw.high > 1
    assert (seen.low, seen.high) == (max(raw.low, 0.0), 1.0)
    assert "to 1.000" in seen.statement
