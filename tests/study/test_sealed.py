"""The sealed holdout: nobody sees it before it is opened, and the opening is on record."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.study.sealed import seal
from fewfold.study.settings import Settings
from fewfold.study.study import Study
from study.small import SMALL


def test_whole_patients_are_sealed_in_proportion_to_the_classes():
    cohort = make_cohort(200, rows_per_subject=2)
    kept, sealed = seal(cohort, Settings(holdout=0.2).for_task("binary"))
    assert sealed is not None
    assert not set(kept.table["patient"]) & set(sealed.table["patient"])
    assert len(kept) + len(sealed) == 200
    assert sealed.n_subjects == pytest.approx(20, abs=1)
    assert np.mean(sealed.y) == pytest.approx(np.mean(cohort.y), abs=0.1)


def test_with_unit_site_whole_sites_are_sealed():
    cohort = make_cohort(120)
    kept, sealed = seal(cohort, Settings(holdout=0.3, unit="site").for_task("binary"))
    assert sealed is not None
    assert set(sealed.table["centre"]) | set(kept.table["centre"]) == {"north", "south", "west"}
    assert not set(sealed.table["centre"]) & set(kept.table["centre"])


def test_what_is_sealed_cannot_change_the_study(tmp_path):
    cohort = make_cohort(120)
    study = Study(cohort, holdout=0.25, **SMALL)
    before = study.run()
    rows = study.sealed.table.index
    table = cohort.table.copy()
    table.loc[rows, "age"] = 99.0
    spoiled = Study(type(cohort).real(table, cohort.schema), holdout=0.25, **SMALL).run()
    assert spoiled.verdicts == before.verdicts
    assert spoiled.metrics == before.metrics
    assert before.sealed is not None
    assert not before.sealed.opened
    assert before.sealed.n == len(rows)
    assert before.composition.initial.n == 120 - len(rows)


def test_it_is_opened_once_and_the_journal_says_when(tmp_path):
    cohort = make_cohort(120)
    study = Study(cohort, holdout=0.25, **SMALL)
    closed = study.run(tmp_path)
    opened = study.run(tmp_path, open_holdout=True)
    assert opened.verdicts == closed.verdicts
    assert opened.sealed.opened
    assert {(c.method, c.ratio) for c in opened.sealed.contrasts} == {("gaussian_copula", 2.0), ("gaussian_copula", 10)}
    assert all(c.low <= c.estimate <= c.high for c in opened.sealed.contrasts)
    for again in ({}, {"open_holdout": True}):  # open for good, and the same
        assert study.run(tmp_path, **again).to_json() == opened.to_json()
    events = [json.loads(line)["event"] for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert events.count("holdout opened") == 1
    assert events.count("holdout opened again") == 1
    manifest = json.loads((tmp_path / "splits.json").read_text())
    assert len(manifest["sealed"]) == 120 - len(manifest["rows"])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_primary_without_a_bootstrap_over_splits_has_one_over_sealed_patients(task):
    cohort = make_cohort(120, task=task)
    small = {**SMALL, "ratios": [2], "learners": ["logistic"], "primary": "auprc"}
    sealed = Study(cohort, holdout=0.25, **small).run(open_holdout=True).sealed
    assert sealed.opened
    (row,) = sealed.contrasts
    assert row.metric == "auprc"
    assert row.low < row.high
    assert row.low <= row.estimate <= row.high
    assert 0 < row.p <= 1


def test_there_is_nothing_to_open_without_a_seal(tmp_path):
    with pytest.raises(BadInput, match="none in the protocol"):
        Study(make_cohort(60), **SMALL).run(tmp_path / "out", open_holdout=True)
    assert not (tmp_path / "out").exists()


def test_patients_with_a_value_are_sealed_and_opened_too():
    study = Study(make_cohort(120, task="continuous"), holdout=0.25, **SMALL)
    opened = study.run(open_holdout=True)
    assert opened.sealed.n == study.sealed.n_subjects
    assert opened.sealed.contrasts and all(c.low <= c.estimate <= c.high for c in opened.sealed.contrasts)
