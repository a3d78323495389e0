"""Settings are checked before anything runs."""

from __future__ import annotations

import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.study.settings import Settings
from fewfold.study.study import Study


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"methods": ["smoot"]}, "Did you mean: smote"),
        ({"methods": [{"method": "duplication", "params": {"spread": 1}}], "controls": ["none"]}, "spread"),
        ({"ratios": [0]}, "above 0"),
        ({"ratios": []}, "one or more"),
        ({"ratios": [1, 1.0]}, "twice"),
        ({"methods": ["gaussian_copula", "gaussian_copula"]}, "label"),
        ({"controls": ["duplication"]}, "'none' is always an arm"),
        ({"learners": ["forest"]}, "logistic"),
        ({"primary": "r2"}, "not for a binary target"),
        ({"primary": "accuracy"}, "auroc"),
        ({"controls": ["none", {"method": "duplication", "label": "../x"}]}, "label"),
        ({"controls": [{"method": "duplication", "label": "none"}]}, "'none' is always an arm"),
        ({"methods": [{"method": "class_weights", "label": "w"}]}, "adds no rows"),
        ({"allocation": "balance", "ratios": [0.5, 2]}, "at most 1"),
        ({"folds": 1}, "folds"),
        ({"seed": -1}, "seed"),
        ({"spleen": 1}, "spleen"),
        ({"metrics": ["kolmogorov"]}, "metric"),
    ],
)
def test_a_wrong_setting_names_itself(wrong, said):
    with pytest.raises(BadInput, match=said):
        Study(make_cohort(60), **wrong)


def test_choices_that_depend_on_the_target_are_written_down():
    binary, continuous = Settings().for_task("binary"), Settings().for_task("continuous")
    assert binary.primary == "auroc"
    assert continuous.primary == "r2"
    assert "class_weights" in [c.name for c in binary.controls]
    assert "class_weights" not in [c.name for c in continuous.controls]
    assert binary.learners == ("logistic", "boosting")
    assert continuous.learners == ("ridge", "boosting")
    assert "smote" not in [m.name for m in continuous.methods]
    assert Settings(allocation="balance").for_task("binary").ratios == (1.0,)


@pytest.mark.parametrize(
    ("cohort", "settings", "said"),
    [
        (make_cohort(60), {}, []),
        (make_cohort(25), {}, ["nothing can be estimated: 25 patients"]),
        (
            make_cohort(60, task="continuous"),
            {"methods": ["smote", "gaussian_copula"]},
            ["no verdict on smote: smote is"],
        ),
        (make_cohort(60), {"methods": [{"method": "smote", "label": "near"}]}, []),
    ],
    ids=["sound", "tiny", "wrong target", "label"],
)
def test_what_keeps_a_study_from_its_verdicts_is_known_before_it_runs(cohort, settings, said):
    told = Study(cohort, **settings).hindrances()
    assert len(told) == len(said)
    assert all(text in hindrance for text, hindrance in zip(said, told, strict=True))
