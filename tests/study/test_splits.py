"""Splits go by patient or site, are even, and depend on the seed alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.study.settings import Settings
from fewfold.study.splits import halves, plan
from fewfold.study.study import Study
from study.small import SMALL


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_no_patient_is_on_both_sides(task):
    cohort = make_cohort(120, task=task, rows_per_subject=1)
    repeated = cohort.take(np.repeat(np.arange(120), 2))
    splits = plan(repeated, Settings(repeats=3))
    for repeat in range(3):
        for fold in range(splits.count):
            train = set(repeated.subjects[splits.train(repeat, fold)])
            test = set(repeated.subjects[splits.test(repeat, fold)])
            assert train
            assert test
            assert not train & test


def test_every_patient_is_tested_once_a_repeat_and_classes_are_even():
    cohort = make_cohort(100)
    splits = plan(cohort, Settings(repeats=2))
    for folds in splits.folds:
        assert sorted(np.bincount(folds)) == [20, 20, 20, 20, 20]
        positives = np.bincount(folds, cohort.y)
        assert positives.max() - positives.min() <= 1


def test_repeats_differ_and_the_seed_decides():
    cohort = make_cohort(100)
    one, same, other = (plan(cohort, Settings(seed=s)) for s in (1, 1, 2))
    assert (one.folds == same.folds).all()
    assert (one.folds != other.folds).any()
    assert (one.folds[0] != one.folds[1]).any()


def test_whole_sites_are_left_out():
    cohort = make_cohort(90)
    splits = plan(cohort, Settings(unit="site", repeats=2))
    for folds in splits.folds:
        for site in np.unique(cohort.sites):
            assert len(np.unique(folds[cohort.sites == site])) == 1
    assert splits.count == 3
    assert splits.note


def test_a_partition_of_sites_counts_once():
    cohort = make_cohort(90)  # three sites, three folds: there is one partition
    splits = plan(cohort, Settings(unit="site", repeats=10))
    assert len(splits.folds) == 1
    assert "1 different partitions, not 10" in splits.note


def test_a_patient_in_two_sites_is_refused():
    cohort = make_cohort(90)
    twice = cohort.take(np.repeat(np.arange(90), 2))
    moved = twice.with_column("centre", np.resize(["north", "south"], 180))
    with pytest.raises(BadInput, match="90 patients in several"):
        plan(moved, Settings(unit="site"))


def test_sites_are_asked_for_by_role():
    cohort = make_cohort(90)
    schema = cohort.schema.with_variables([cohort.schema["centre"].model_copy(update={"role": "ignore"})])
    with pytest.raises(BadInput, match="two or more sites"):
        plan(type(cohort)(cohort.table, schema, cohort.provenance), Settings(unit="site"))


def test_few_events_mean_fewer_folds_with_a_reason():
    cohort = make_cohort(60)
    few = np.concatenate([np.flatnonzero(cohort.y == 0)[:30], np.flatnonzero(cohort.y == 1)[:10]])
    splits = plan(cohort.take(few), Settings())
    assert splits.count == 3
    assert "10 patients" in splits.note


def test_halves_are_marked_and_disjoint():
    cohort = make_cohort(91)
    train, holdout = halves(cohort, 0, 0)
    assert not set(train.table["patient"]) & set(holdout.table["patient"])
    assert abs(len(train) - len(holdout)) <= 2
    assert set(train.provenance.part) == {1}
    assert set(holdout.provenance.part) == {2}


def labelled(cohort, labels):
    return cohort.with_column("relapse", pd.Categorical(labels, cohort.table["relapse"].cat.categories))


def test_a_class_that_only_comes_later_is_dealt_evenly():
    """Two rows a patient, healthy at first; 15 of 100 patients are ill at the second."""
    base = make_cohort(100)
    rows = base.take(np.repeat(np.arange(100), 2))
    mixed = labelled(rows, ["no", "no"] * 85 + ["no", "yes"] * 15)
    splits = plan(mixed, Settings(repeats=3))
    assert splits.count == 5
    for folds in splits.folds:
        assert np.bincount(folds[mixed.y == 1], minlength=5).tolist() == [3] * 5
    train, holdout = halves(mixed, 0, 0)
    assert {int(train.y.sum()), int(holdout.y.sum())} == {7, 8}


def test_a_class_that_nearly_every_patient_has_is_not_taken_for_a_small_one():
    base = make_cohort(100)
    rows = base.take(np.repeat(np.arange(100), 2))
    assert plan(labelled(rows, ["no", "yes"] * 95 + ["no", "no"] * 5), Settings()).count == 5


def eight_sites(n: int = 240):
    """Eight sites of about equal size; centre is a site column of eight levels."""
    cohort = make_cohort(n)
    return cohort.with_column("centre", pd.Categorical(np.resize([f"site {k}" for k in range(8)], n)))


def test_leave_one_site_out_tests_every_site_alone_and_once():
    cohort = eight_sites()
    splits = plan(cohort, Settings(unit="site", folds="each", repeats=10))
    assert splits.folds.shape == (1, len(cohort)), "there is one partition"
    assert splits.count == 8
    assert not splits.note, "nothing is fewer than asked for"
    for fold in range(8):
        (site,) = np.unique(cohort.sites[splits.test(0, fold)])
        assert site not in cohort.sites[splits.train(0, fold)]
        assert len(splits.test(0, fold)) == 30
    grouped = plan(cohort, Settings(unit="site", repeats=2))
    assert grouped.count == 5
    assert max(len(np.unique(cohort.sites[grouped.test(0, k)])) for k in range(5)) == 2


def test_sites_that_lack_a_class_are_counted():
    cohort = eight_sites()
    healthy = np.isin(cohort.table["centre"], ["site 1", "site 4"])
    labels = np.where(healthy, "no", cohort.table["relapse"].astype(str))
    splits = plan(labelled(cohort, labels), Settings(unit="site", folds="each"))
    assert splits.note.startswith("2 of 8 sites lack a class")


@pytest.mark.parametrize("wrong", [{"folds": "each"}, {"folds": "all", "unit": "site"}, {"folds": 21}, {"folds": True}])
def test_folds_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="folds"):
        Settings(**wrong)


def test_a_study_that_leaves_out_each_site_says_so_and_tells_of_each():
    result = Study(eight_sites(), **{**SMALL, "ratios": [1]}, unit="site", folds="each").run()
    assert "Each of 8 sites was left out once (leave-one-site-out)" in result.methods_paragraph
    sites = [row for row in result.subgroups if row.role == "site"]
    assert len(sites) == 8
    assert all(row.estimate is not None and row.low < row.high for row in sites if row.reason is None)
    assert any(row.reason is None for row in sites)
    assert result.protocol.settings["folds"] == "each"
