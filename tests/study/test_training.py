"""Training in two steps: synthetic rows first, patients last, for the controls too."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import fresh_rows
from fewfold.metrics.base import Comparison
from fewfold.metrics.utility.learners import LEARNERS
from fewfold.study.arms import SUPPLIED
from fewfold.study.cells import IN_OUTCOME, Cell, Design, compute
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.splits import plan
from fewfold.study.study import Study
from fewfold.study.validate import _predicted, validate
from study.small import SMALL

ARMS = {"methods": ["gaussian_copula"], "ratios": [1, 2]}


@cache
def predictions(arm: str, task: str = "binary", **settings: str) -> dict[str, Any]:
    """What the first outcome cell of an arm predicts, by ratio and learner."""
    cohort = make_cohort(120, task=task)
    chosen = Settings.model_validate({**ARMS, **settings}).for_task(cohort.task)
    design = Design(chosen, plan(cohort, chosen), cohort, cohort)
    return compute(Cell("outcome", 0, 0, arm), design)["predictions"]


@pytest.mark.parametrize("arm", ["gaussian_copula", "duplication", "noise_jitter"])
def test_every_arm_that_adds_rows_is_trained_in_two_steps(arm):
    joint, pretrain = predictions(arm), predictions(arm, training="pretrain")
    for ratio in ("1.0", "2.0"):
        for learner in ("logistic", "boosting"):
            assert not np.allclose(joint[ratio][learner], pretrain[ratio][learner])


@pytest.mark.parametrize("arm", ["none", "class_weights"])
def test_arms_without_synthetic_rows_stay_as_they_are(arm):
    assert predictions(arm) == predictions(arm, training="pretrain")


def test_joint_is_the_default():
    assert predictions("gaussian_copula") == predictions("gaussian_copula", training="joint")


def test_patients_are_called_real_and_nothing_else_is(monkeypatch):
    """The rows come real first, and as many are called real as there are training rows; jointly none is set apart."""
    told = []
    predict = type(LEARNERS["logistic"]).predict

    def listening(self, x, y, x_test, variables, task, classes, weights=None, n_real=None):
        told.append((x, n_real))
        return predict(self, x, y, x_test, variables, task, classes, weights, n_real)

    monkeypatch.setattr(type(LEARNERS["logistic"]), "predict", listening)
    for training in ("pretrain", "joint"):
        told.clear()
        cohort = make_cohort(100)
        chosen = Settings.model_validate({**ARMS, "training": training, "learners": ["logistic"]}).for_task("binary")
        splits = plan(cohort, chosen)
        compute(Cell("outcome", 0, 0, "gaussian_copula"), Design(chosen, splits, cohort, cohort))
        real = cohort.take(splits.train(0, 0)).matrix
        for (x, n_real), ratio in zip(told, (1, 2), strict=True):
            assert n_real == (len(real) if training == "pretrain" else None)
            np.testing.assert_array_equal(x[: len(real)], real)
            assert len(x) == (1 + ratio) * len(real)


def world(n: int, rng: Any) -> Any:
    return datasets.make_linear(n, rng=rng).cohort


def lean(training: str, learner: str, mark: float = 2.0) -> float:
    """By how much a fingerprint, planted into patients, raises their predicted risk. In the synthetic rows one feature
    that says nothing of the class is 2 SD higher in one class."""
    real = world(180, 0)
    train, holdout = real.take(np.arange(60)).as_part("train"), real.take(np.arange(60, 180)).as_part("holdout")
    made = fresh_rows(world, 120, rng=1)
    made = made.with_column("x8", made.table["x8"] + mark * (made.y == 1))
    settings = Settings(
        methods=(ArmSpec(method=SUPPLIED),),
        controls=(ArmSpec(method="none"),),
        ratios=(2.0,),
        learners=(learner,),
        training=training,
    ).for_task("binary")

    def risk(patients: Cohort) -> float:
        predicted = _predicted(Comparison(train, patients, made), settings, "outcome")
        return float(predicted.arms[SUPPLIED, 2.0][learner].mean())

    return risk(holdout.with_column("x8", holdout.table["x8"] + 2.0)) - risk(holdout)


@pytest.mark.parametrize("learner", ["logistic", "boosting"])
def test_a_planted_fingerprint_is_followed_less(learner):
    joint, pretrain = lean("joint", learner), lean("pretrain", learner)
    assert joint > 0.1
    assert pretrain < 0.8 * joint
    assert lean("joint", learner, mark=0.0) < joint / 2, "without the mark there is nothing to follow"


def test_the_choice_is_part_of_the_protocol_and_named_in_the_paragraph():
    cohort = make_cohort(90)
    joint, pretrain = (Study(cohort, **{**SMALL, "ratios": [1]}, training=t) for t in ("joint", "pretrain"))
    assert joint.protocol["hash"] != pretrain.protocol["hash"]
    assert joint.protocol["settings"]["training"] == "joint"
    assert "real rows last" in pretrain.run().methods_paragraph


def test_rows_of_another_tool_are_judged_the_same_way():
    cohort = make_cohort(160)
    train, holdout = cohort.take(np.arange(80)), cohort.take(np.arange(80, 160))
    made = replace(make_cohort(80, seed=5), provenance=fresh_rows(world, 80, rng=1).provenance)
    results = [validate(train=train, holdout=holdout, synthetic=made, training=t) for t in ("joint", "pretrain")]
    assert results[0].verdicts[0].primary.estimate != results[1].verdicts[0].primary.estimate
    assert "real rows last" in results[1].methods_paragraph
    assert "real rows last" not in results[0].methods_paragraph
    assert [r.protocol.settings["training"] for r in results] == ["joint", "pretrain"]
    assert not {row.name for r in results for row in r.metrics} & IN_OUTCOME  # a metric that trains jointly


def test_a_metric_that_trains_jointly_is_refused_beside_two_steps():
    cohort = make_cohort(90)
    with pytest.raises(BadInput, match="real_plus_synthetic, which trains on all rows together"):
        Study(cohort, metrics=["ks", "real_plus_synthetic"], training="pretrain")
    assert Study(cohort, metrics=["ks", "real_plus_synthetic"]).settings.training == "joint"
