"""The attack with shadow models, and the anchors, inside a study."""

from __future__ import annotations

from typing import Any

import pytest

from cohorts import make_cohort
from fewfold.study.result import MetricRow, Result
from fewfold.study.study import Study
from study.small import SMALL

CHOSEN: dict[str, Any] = {
    **SMALL,
    "methods": ["gaussian_copula", "smoothed_bootstrap"],
    "ratios": [1],
    "learners": ["logistic"],
    "metrics": ["association", "exact_copies"],
    "metric_splits": 10,
}


@pytest.fixture(scope="module")
def studied() -> Result:
    return Study(make_cohort(100, rows_per_subject=2), **CHOSEN).run()


def row(result: Result, name: str, method: str) -> MetricRow:
    (found,) = [m for m in result.metrics if m.name == name and m.method == method]
    return found


def test_copies_are_told_and_dependence_alone_hardly(studied):
    copied, drawn = (
        row(studied, "membership_shadow", "duplication"),
        row(studied, "membership_shadow", "gaussian_copula"),
    )
    assert copied.value > 0.9
    assert copied.outside
    assert drawn.low < copied.low
    assert drawn.value < 0.75
    assert copied.n == drawn.n == 50  # patients, not rows


def test_a_method_that_gives_its_patients_away_is_found(studied):
    blurred = row(studied, "membership_shadow", "smoothed_bootstrap")
    assert blurred.low > 0.5 or not blurred.outside  # the level of a finding is stricter than that of the interval
    found = {f.code for f in studied.findings if f.method == "smoothed_bootstrap"}
    assert ("FF304" in found) == blurred.outside


def test_the_anchors_stand_at_both_ends(studied):
    copies = row(studied, "exact_copies", "gaussian_copula").anchors
    assert copies["memoriser"] == 1.0
    assert copies["independent"] < 0.1
    dependence = row(studied, "association", "gaussian_copula").anchors
    assert dependence["independent"] > dependence["memoriser"]


def test_too_few_half_splits_give_a_reason():
    few = Study(make_cohort(60), **{**CHOSEN, "metric_splits": 2}).run()
    told = row(few, "membership_shadow", "gaussian_copula")
    assert told.status == "not_applicable"
    assert "4 runs" in (told.reason or "")
