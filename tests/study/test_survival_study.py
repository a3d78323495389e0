"""A study whose target is follow-up: what is let in, how it is judged, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.core.seeds import derive
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.follow_up import survival_of
from fewfold.metrics.utility.survival.scores import brier_terms, c_index, marginal, risk_of
from fewfold.study.intervals import weights
from fewfold.study.noise import permuted
from fewfold.study.outcomes import Predicted
from fewfold.study.power import of_concordance
from fewfold.study.result import Result
from fewfold.study.study import Study
from fewfold.study.survival_outcomes import concordance, lost
from fewfold.study.validate import validate_files

SHORT: dict[str, Any] = {
    "repeats": 1, "ratios": (1.0,), "metric_splits": 2, "negative_control_repeats": 1, "seed_repeats": 0,
    "metrics": ("ks",), "controls": ("none", "duplication"),
}  # fmt: skip


def world(n: int, seed: int) -> Cohort:
    return survival_of(datasets.make_follow_up(n, effect=1.0, rng=seed).cohort)


@pytest.fixture(scope="module")
def result() -> Result:
    return Study(world(90, 0), seed=1, **SHORT).run()


def test_the_target_is_follow_up_and_the_label_is_left_aside(result: Result) -> None:
    assert result.task == "survival" and result.target == "event"
    assert "to predict the time to" in result.methods_paragraph
    assert result.verdicts[0].method == "survival_copula" and result.verdicts[0].primary.metric == "c_index"
    assert {m.learner for m in result.metrics if m.name == "integrated_brier"} == {"cox", "survival_forest"}
    assert not any(c.method == "class_weights" for c in result.composition.final)


def test_scores_are_those_of_the_world(result: Result) -> None:
    """In truth the C-index is that of the log hazard, and features that tell make the Brier score better."""
    whole, cohort = datasets.make_follow_up(2000, effect=1.0, rng=5), world(90, 0)
    truth = c_index(survival_of(whole.cohort).y, whole.cohort.matrix @ whole.truth["coefficients"])
    at = np.array(result.protocol.settings["times"])
    untaught = brier_terms(cohort.y, np.tile(marginal(cohort.y, at), (90, 1)), at, cohort.y).mean()
    for learner in ("cox", "survival_forest"):
        c, brier = (
            next(m for m in result.metrics if (m.name, m.method, m.learner) == (name, "none", learner))
            for name in ("c_index", "integrated_brier")
        )
        assert c.value == pytest.approx(truth, abs=0.06)
        assert brier.value is not None and brier.value < untaught - 0.02
    assert result.negative_control.passed and result.negative_control.expected == 0.5


def test_the_same_seed_gives_the_same_result(result: Result) -> None:
    again = Study(world(90, 0), seed=1, **SHORT).run(jobs=2)
    assert again.verdicts == result.verdicts and again.metrics == result.metrics


def test_other_learners_methods_and_training_are_refused() -> None:
    for wrong in (
        {"learners": ("ridge_typo",)},
        {"training": "pretrain"},
        {"primary": "auroc"},
        {"allocation": "balance"},
        {"times": (1.0, 1.0)},
        {"times": (0.5, 1e9)},
    ):
        with pytest.raises(BadInput):
            Study(world(60, 0), **{**SHORT, **wrong})
    with pytest.raises(BadInput, match="small_network does not fit a survival"):
        Study(world(60, 0), **{**SHORT, "learners": ("small_network",)})
    assert Study(make_cohort(), learners=("cox",)).settings.learners == ("logistic",)
    with pytest.raises(BadInput, match="times"):
        Study(make_cohort(), times=(1.0,))
    hindered = Study(
        world(60, 0), **SHORT, methods=("gaussian_copula", "survival_copula"), min_per_class=4
    ).hindrances()
    assert len(hindered) == 1 and "gaussian_copula draws no follow-up" in hindered[0]


def test_what_cannot_be_follow_up_is_refused() -> None:
    good = make_cohort(60, task="survival")
    none = good.table["months"].where(np.arange(60) > 2)
    with pytest.raises(BadInput, match="missing in 3 rows"):
        Study(good.with_column("months", none))
    early = good.table["months"].where(np.arange(60) > 2, [0, -1] * 30)
    with pytest.raises(BadInput, match="3 of 0 or less"):
        Study(good.with_column("months", early))
    with pytest.raises(BadInput, match="60 rows of 20 patients"):
        Study(make_cohort(60, task="survival", rows_per_subject=3))
    nobody = good.with_column("dead", pd.Categorical(["no"] * 60, categories=["no", "yes"]))
    assert "too few patients with the event: 0" in Study(nobody).obstacle
    causes = good.schema["dead"].model_copy(update={"kind": "categorical", "levels": ("a", "b", "c"), "positive": None})
    several = good.with_column("dead", pd.Categorical(["a", "b", "c"] * 20, categories=["a", "b", "c"]))
    unnamed = Cohort(several.table, good.schema.with_variables([causes]), good.provenance)
    with pytest.raises(BadInput, match="name it in `positive`"):
        Study(unnamed)
    one = Cohort(
        several.table, good.schema.with_variables([causes.model_copy(update={"positive": "b"})]), good.provenance
    )
    assert (Study(one).cohort.y > 0).sum() == 20


def test_the_level_that_is_the_event_is_one_for_all_parts() -> None:
    """Of two unnamed levels the rarer one is the event: in a part it may be the more frequent one."""
    good = make_cohort(60, task="survival")
    dead = good.schema["dead"].model_copy(update={"levels": ("p", "q"), "positive": None})
    values = pd.Categorical(np.where(np.arange(60) < 25, "p", "q"), categories=["p", "q"])
    cohort = Cohort(good.table.assign(dead=values), good.schema.with_variables([dead]), good.provenance)
    known = Study(cohort, min_per_class=4).cohort
    assert known.schema["dead"].positive == "p"
    assert (Cohort(known.table.iloc[:30], known.schema, known.provenance.take(np.arange(30))).y > 0).sum() == 25


def test_noise_keeps_the_time_and_the_event_of_a_patient_together() -> None:
    real = make_cohort(60, task="survival")
    noise = permuted(real, 3)
    assert sorted(noise.y) == sorted(real.y) and (noise.y != real.y).any()
    assert noise.table.drop(columns=["months", "dead"]).equals(real.table.drop(columns=["months", "dead"]))


def predicted(n: int, repeats: int, seed: int) -> tuple[Predicted, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.ceil(rng.exponential(6, n)) * rng.choice([-1, 1], n)
    folds = np.stack([rng.permutation(n) % 3 for _ in range(repeats)])
    times = (2.0, 4.0, 6.0)
    curves = np.sort(rng.random((repeats, n, 3)))[..., ::-1]
    return Predicted("survival", 0, y, np.arange(n), folds, {}, {}, seed, None, times), curves


def test_bootstrap_samples_of_the_concordance_are_those_of_patients_drawn_again() -> None:
    one, curves = predicted(24, 2, 0)
    read = concordance(one, curves)
    assert read.estimate == pytest.approx(
        np.mean([c_index(one.y[rows], risk_of(curves[r, rows])) for r, rows in one.tests])
    )
    counts = weights(24, derive(0, "bootstrap"))[:3].astype(int)

    def pooled(who: np.ndarray) -> float:
        right = pairs = 0.0
        for fold, risk in zip(one.folds, risk_of(curves), strict=True):
            for i in who:
                for j in who:
                    first, later = one.y[i], abs(one.y[j])
                    known = first > 0 and (later > first or (later == first and one.y[j] < 0))
                    if fold[i] == fold[j] and known:
                        pairs += 1
                        right += float(risk[i] > risk[j]) + 0.5 * float(risk[i] == risk[j])
        return right / pairs

    whole = pooled(np.arange(24))
    for k in range(3):
        assert read.draws[k] == pytest.approx(pooled(np.repeat(np.arange(24), counts[k])) - whole)


def test_what_a_patient_adds_is_weighed_by_the_censoring_of_all() -> None:
    one, curves = predicted(30, 2, 1)
    expected = brier_terms(one.y, curves[1], np.array(one.times), one.y)
    assert lost(one, curves)[1] == pytest.approx(expected)


def test_noise_scores_as_kaplan_meier_does(result: Result) -> None:
    cohort = world(90, 0)
    again = Study(cohort, **{**SHORT, "primary": "integrated_brier"}).run()
    at = np.array(again.protocol.settings["times"])
    curve = np.tile(marginal(cohort.y, at), (90, 1))
    assert again.negative_control.expected == pytest.approx(brier_terms(cohort.y, curve, at, cohort.y).mean())


def test_the_error_of_a_c_index_is_that_of_simulated_predictions() -> None:
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(400):
        y = rng.permutation(np.arange(1.0, 41))  # everybody has the event, and nothing is told
        seen.append(c_index(y, rng.random(40)))
    assert np.std(seen) == pytest.approx(of_concordance(40), rel=0.1)
    assert of_concordance(1) == np.inf


def test_rows_of_another_tool_are_judged_by_follow_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows in which what is dangerous looks harmless teach what is wrong."""
    monkeypatch.setattr("fewfold.study.validate.measure_all", lambda *_, **__: [])
    tables = [world(80, seed).table.drop(columns="outcome") for seed in (1, 2, 3)]
    tables[2] = tables[2].assign(x1=-tables[2]["x1"], x2=-tables[2]["x2"])
    files = [tmp_path / f"{name}.csv" for name in ("train", "holdout", "synthetic")]
    for file, table in zip(files, tables, strict=True):
        table.to_csv(file, index=False)
    told = validate_files(*files, time="years", event="event")
    assert told.task == "survival" and told.negative_control.passed
    lost_to_none = [c.estimate for c in told.contrasts if c.against == "none" and c.metric == "c_index"]
    assert len(lost_to_none) == 3 and max(lost_to_none) < -0.05


def test_of_two_numbers_the_larger_one_is_the_event_whatever_they_are() -> None:
    """1 for censored and 2 for dead is a common code: taken for any number but 0, everybody would have died."""
    good = make_cohort(60, task="survival")
    dead = good.schema["dead"].model_copy(update={"levels": (1, 2), "positive": None})
    values = pd.Categorical(np.where(good.table["dead"] == "yes", 2, 1), categories=[1, 2])
    coded = Cohort(good.table.assign(dead=values), good.schema.with_variables([dead]), good.provenance)
    assert (coded.y == good.y).all() and (good.y < 0).any()
