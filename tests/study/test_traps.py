"""Evaluation mistakes found in well-known tools, each planted and caught."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import Leakage
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import METRICS, Comparison
from fewfold.metrics.fidelity.ks import KolmogorovSmirnov
from fewfold.metrics.utility.learners import LEARNERS, Learner
from fewfold.metrics.utility.scores import auroc
from fewfold.study import cells
from fewfold.study.findings import KINDS
from fewfold.study.study import Study
from study.small import SMALL


def noise(n: int = 100) -> Cohort:
    """Features that know nothing of the labels."""
    return ff.datasets.make_noise_labels(n, rng=0).cohort


def test_rows_resampled_before_the_split_are_found():
    """Copies cross the folds: on pure noise the plain estimate is far above 0.5, and the study says why."""
    cohort = noise()
    drawn = np.random.default_rng(0).integers(0, len(cohort), 5 * len(cohort))
    copied = Cohort.real(cohort.table.iloc[drawn], cohort.schema)
    half = np.arange(len(copied)) % 2 == 0
    p = LEARNERS["boosting"].fit_predict(copied.take(np.flatnonzero(half)), copied.take(np.flatnonzero(~half)))
    assert auroc(copied.y[~half], p) > 0.85
    found = {f.code for f in Study(copied, **{**SMALL, "repeats": 1}).run().findings}
    assert "FF106" in found
    assert "FF106" not in {f.code for f in Study(cohort, **{**SMALL, "repeats": 1}).run().findings}


def test_a_column_that_gives_the_target_away_is_named():
    cohort = make_cohort(60)
    told = cohort.with_column("age", np.where(cohort.y == 1, 30.0, 60.0) + np.arange(60) / 100)
    found = {f.code: f.detail for f in Study(told, **SMALL)._about()}
    assert found["FF108"] == "age"
    assert "FF108" not in {f.code for f in Study(cohort, **SMALL)._about()}


def test_oversampling_before_the_split_is_refused():
    cohort = make_cohort(60)
    expanded = ff.method("smote").fit(cohort, rng=0).expand(cohort, 1.0, rng=1)
    with pytest.raises(Leakage, match="synthetic rows"):
        Study(expanded, **SMALL)


def test_oversampling_before_the_split_is_refused_after_a_round_trip_through_a_file(tmp_path):
    cohort = make_cohort(60)
    expanded = ff.method("smote").fit(cohort, rng=0).expand(cohort, 1.0, rng=1)
    ff.write(expanded, tmp_path / "expanded.csv")
    with pytest.raises(Leakage, match="synthetic rows"):
        Study(ff.read(tmp_path / "expanded.csv", target="relapse"), **SMALL)


def test_the_baseline_gets_every_training_row_and_controls_the_same_budget(monkeypatch):
    sizes: set[tuple[str, int]] = set()
    arm = ""
    plain_cell, plain_predict = cells._outcome, Learner.predict

    def noted_cell(cell, design):
        nonlocal arm
        arm = cell.arm
        return plain_cell(cell, design)

    def noted(self, x, *arguments, **options):
        sizes.add((arm, len(x)))
        return plain_predict(self, x, *arguments, **options)

    monkeypatch.setattr(cells, "_outcome", noted_cell)
    monkeypatch.setattr(Learner, "predict", noted)
    Study(make_cohort(100), **{**SMALL, "ratios": [2], "metrics": ["ks"]}).run()
    assert {n for name, n in sizes if name == "none"} == {80}
    assert {n for name, n in sizes if name == "duplication"} == {240}
    assert {n for name, n in sizes if name == "gaussian_copula"} == {240}


def test_scoring_on_the_rows_that_the_generator_saw_is_refused():
    cohort = make_cohort(60)
    synthetic = ff.method("gaussian_copula").fit(cohort, rng=0).sample(60, rng=1)
    with pytest.raises(Leakage, match="in both"):
        Comparison(cohort, cohort.take(np.arange(30)), synthetic)


def test_fitting_on_holdout_rows_is_refused():
    with pytest.raises(Leakage):
        ff.method("gaussian_copula").fit(make_cohort(60).as_part("holdout"), rng=0)


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_no_encoder_or_scaler_sees_test_rows(name):
    """What is predicted for a patient does not depend on who else is tested."""
    cohort = make_cohort(90)
    train, test = cohort.take(np.arange(60)), cohort.take(np.arange(60, 90))
    together = LEARNERS[name].fit_predict(train, test)
    alone = [LEARNERS[name].fit_predict(train, test.take(np.array([i])))[0] for i in range(0, 30, 10)]
    assert together[::10] == pytest.approx(alone, abs=1e-12)


def test_rows_of_one_patient_do_not_leak():
    """Five rows a patient, labels of pure noise: by row a model knows the patient; by patient it knows nothing."""
    cohort = ff.datasets.make_repeated(60, rows_each=5, correlation=0.95, rng=0).cohort
    halves = np.arange(len(cohort)) % 2 == 0
    by_row = LEARNERS["boosting"].fit_predict(cohort.take(np.flatnonzero(halves)), cohort.take(np.flatnonzero(~halves)))
    assert auroc(cohort.y[~halves], by_row) > 0.75
    result = Study(cohort, **{**SMALL, "learners": ["boosting"]}).run()
    level = next(m for m in result.metrics if (m.name, m.method) == ("auroc", "none"))
    assert level.low < 0.5 < level.high
    assert "FF103" in {f.code for f in result.findings}


def test_no_threshold_is_taken_from_augmented_rows():
    """The decision threshold is the prevalence of the real cohort, whatever an arm did to its training rows."""
    cohort = make_cohort(100)
    settings = {**SMALL, "controls": ["none", "class_weights"], "allocation": "balance", "ratios": [1]}
    result = Study(cohort, **settings).run()
    rows = {m.method: m.value for m in result.metrics if m.name == "net_benefit"}
    treat_none = 0.0
    assert set(rows) == {"none", "class_weights", "gaussian_copula"}
    assert max(rows.values()) > treat_none
    assert rows["none"] != rows["class_weights"]


def test_a_metric_that_breaks_is_not_swallowed(monkeypatch):
    def broken(self, comparison, rng):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(KolmogorovSmirnov, "_value", broken)
    with pytest.raises(ZeroDivisionError, match="planted"):
        Study(make_cohort(60), **SMALL).run()


def test_a_metric_that_does_not_apply_says_why():
    cohort = make_cohort(60)
    levels_only = cohort.schema.with_variables(
        v.model_copy(update={"role": "ignore"}) for v in cohort.schema.features if not v.discrete
    )
    result = Study(Cohort.real(cohort.table, levels_only), **SMALL).run()
    row = next(m for m in result.metrics if m.name == "ks")
    assert row.status == "not_applicable"
    assert row.reason
    assert row.value is None


def test_distance_is_never_called_privacy():
    card = METRICS.get("near_copies").card
    assert "privacy" not in card.title.lower()
    assert "smoke test" in card.title.lower()
    assert "not privacy" in KINDS["FF302"].matters.lower()


def test_synthetic_rows_never_count_as_patients():
    """n in every utility row is the number of real patients, whatever was added."""
    result = Study(make_cohort(60), **{**SMALL, "ratios": [5]}).run()
    assert {m.n for m in result.metrics if m.family == "utility" and m.learner} == {60}
    assert pd.Series([f.n for f in result.composition.final]).max() == 360
