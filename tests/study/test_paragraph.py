"""The methods paragraph says what ran."""

from __future__ import annotations

from cohorts import make_cohort
from fewfold.study.study import Study
from study.small import SMALL


def test_a_study_whose_methods_all_refuse_says_so():
    settings = {**SMALL, "methods": ["smote"], "ratios": [1], "learners": ["logistic"]}
    told = Study(make_cohort(60, task="continuous"), **settings).run().methods_paragraph
    assert "Of the methods under test (SMOTE) none could be run." in told
    assert "SMOTE at 1\N{MULTIPLICATION SIGN}: not estimable" in told
    assert "fitted on training patients" not in told
