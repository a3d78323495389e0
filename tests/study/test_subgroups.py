"""Subgroups and sites: who is in them, what they lose, and when they are too small to say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cohorts import make_cohort
from fewfold.data.cohort import Cohort
from fewfold.study.contrasts import score_all
from fewfold.study.outcomes import Predicted
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.subgroups import FEWEST, costs, harmed, subgroups

SETTINGS = Settings(methods=(ArmSpec(method="gaussian_copula"),), ratios=(1.0,), learners=("logistic",))
KEY = ("gaussian_copula", 1.0)


def predicted(cohort: Cohort, p_none: np.ndarray, p_method: np.ndarray, repeats: int = 4) -> Predicted:
    """Five folds, a few repeats; the same predictions in each."""
    rng, n = np.random.default_rng(0), len(cohort)
    folds = np.stack([rng.permutation(np.arange(n) % 5) for _ in range(repeats)])
    arms = {("none", 0.0): p_none, KEY: p_method}
    return Predicted(
        cohort.task,
        2 if cohort.task == "binary" else 0,
        cohort.y,
        np.arange(n),
        folds,
        {key: {"logistic": np.tile(p, (repeats, 1))} for key, p in arms.items()},
        {},
        0,
    )


def given(cohort: Cohort, p_none: np.ndarray, p_method: np.ndarray, **settings: object):
    scored = score_all(predicted(cohort, p_none, p_method), only={"auroc" if cohort.task == "binary" else "r2"})
    return subgroups(cohort, scored, SETTINGS.model_copy(update=settings))


def harming(cohort: Cohort, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Predictions that the method turns into noise for the members, and sharpens for the others."""
    y, rng = cohort.y, np.random.default_rng(1)
    none = np.clip(0.3 + 0.4 * y + rng.normal(0, 0.05, len(y)), 0, 1)
    return none, np.where(members, rng.uniform(0, 1, len(y)), np.clip(none + 0.1 * (2 * y - 1), 0, 1))


def test_a_subgroup_that_pays_for_the_others_is_found():
    cohort = make_cohort(240)
    men = (cohort.table["sex"] == "m").to_numpy()
    rows = given(cohort, *harming(cohort, men))
    by_level = {row.level: row for row in rows}
    assert set(by_level) == {"sex f", "sex m", "centre north", "centre south", "centre west"}
    assert by_level["sex m"].n == men.sum()
    assert by_level["sex f"].estimate > 0 > by_level["sex m"].high
    found = harmed(rows, KEY, SETTINGS)
    assert [f.code for f in found] == ["FF208"]
    assert "sex m" in found[0].detail
    assert len(costs(rows, KEY)) == 1


def test_a_site_that_pays_is_a_finding_of_its_own():
    cohort = make_cohort(240)
    rows = given(cohort, *harming(cohort, (cohort.table["centre"] == "west").to_numpy()))
    assert {f.code for f in harmed(rows, KEY, SETTINGS)} == {"FF209"}


def test_the_estimate_is_the_mean_gain_in_brier_score_of_the_members():
    cohort = make_cohort(240)
    rng = np.random.default_rng(3)
    none, method = rng.uniform(0, 1, (2, 240))
    (row,) = [r for r in given(cohort, none, method) if r.level == "sex f"]
    women = (cohort.table["sex"] == "f").to_numpy()
    expected = np.mean((none[women] - cohort.y[women]) ** 2 - (method[women] - cohort.y[women]) ** 2)
    assert row.estimate == pytest.approx(expected)
    assert row.low < expected < row.high


def test_equal_arms_harm_nobody():
    cohort = make_cohort(240)
    p = np.random.default_rng(0).uniform(0, 1, 240)
    rows = given(cohort, p, p)
    assert not harmed(rows, KEY, SETTINGS)
    assert not costs(rows, KEY)


def test_named_numbers_are_cut_at_the_median_and_continuous_targets_work():
    cohort = make_cohort(120, task="continuous")
    y = cohort.y
    rows = given(cohort, y + 1.0, y + np.where(cohort.table["age"] < 50, 5.0, 0.0), subgroups=("age",))
    assert {row.level for row in rows} == {"age below the median", "age from the median"}
    young = rows[0]
    assert young.estimate is not None
    assert young.estimate < 0


def test_too_few_patients_are_not_assessable():
    cohort = make_cohort(60)
    p = np.random.default_rng(0).uniform(0, 1, 60)
    small = [row for row in given(cohort, p, p) if row.n < FEWEST]
    assert small
    for row in small:
        assert row.estimate is None
        assert row.reason is not None
        assert str(row.n) in row.reason


def site_by_site(cohort: Cohort, p_none: np.ndarray, p_method: np.ndarray, **settings: object):
    """The same, with each site left out once and drawn whole."""
    sites = np.unique(cohort.sites, return_inverse=True)[1]
    arms = {key: {"logistic": p[None]} for key, p in {("none", 0.0): p_none, KEY: p_method}.items()}
    seen = Predicted("binary", 2, cohort.y, sites, sites[None], arms, {}, 0, float(sites.max()))
    chosen = SETTINGS.model_copy(update={"unit": "site", "folds": "each", **settings})
    return subgroups(cohort, score_all(seen, only={"auroc"}), chosen)


def eight_sites(n: int = 320) -> Cohort:
    cohort = make_cohort(n)
    return cohort.with_column("centre", pd.Categorical(np.resize([f"site {k}" for k in range(8)], n)))


def test_a_site_that_is_left_out_has_an_interval_over_its_patients():
    """Drawn whole a site does not vary: any change in it would be certain."""
    cohort = eight_sites()
    rng = np.random.default_rng(0)
    none = rng.uniform(0.2, 0.8, len(cohort))
    rows = [r for r in site_by_site(cohort, none, none + rng.normal(0, 0.1, len(cohort))) if r.role == "site"]
    assert len(rows) == 8
    gain = (none - cohort.y) ** 2
    for row in rows:
        assert row.low < row.estimate < row.high
        members = (cohort.table["centre"] == row.level.removeprefix("centre ")).to_numpy()
        assert row.n == members.sum() == 40
        assert 0 < row.high - row.low < 4 * gain[members].std()
    assert not harmed(rows, KEY, SETTINGS), "a small change by chance is no harm"


def test_the_interval_of_a_site_is_that_of_a_mean_over_its_patients():
    cohort = eight_sites()
    none, method = np.random.default_rng(3).uniform(0, 1, (2, len(cohort)))
    row = next(r for r in site_by_site(cohort, none, method) if r.level == "centre site 2")
    members = (cohort.table["centre"] == "site 2").to_numpy()
    gain = ((none - cohort.y) ** 2 - (method - cohort.y) ** 2)[members]
    assert row.estimate == pytest.approx(gain.mean())
    assert row.high - row.low == pytest.approx(2 * 1.96 * gain.std() / np.sqrt(len(gain)), rel=0.15)


def test_a_site_that_is_left_out_and_pays_is_found():
    cohort = eight_sites()
    found = harmed(
        site_by_site(cohort, *harming(cohort, (cohort.table["centre"] == "site 5").to_numpy())), KEY, SETTINGS
    )
    assert [f.code for f in found if "site 5" in f.detail] == ["FF209"]


def test_leave_one_site_out_tells_of_every_site_whatever_is_named():
    cohort = eight_sites()
    p = np.random.default_rng(0).uniform(0, 1, len(cohort))
    levels = {row.level for row in site_by_site(cohort, p, p, subgroups=("sex",))}
    assert {f"centre site {k}" for k in range(8)} <= levels
    assert "centre site 0" not in {row.level for row in given(cohort, p, p, subgroups=("sex",))}
