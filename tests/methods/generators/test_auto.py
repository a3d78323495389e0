"""The choice inside the training part: rows that help are chosen, rows that harm are not, and all is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from conftest import make_cohort
from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.methods import inner_folds
from fewfold.methods.base import METHODS, Drawn, Method, load, method
from fewfold.methods.inner_folds import Weighed, weigh


def world(n: int, rng: Any) -> Cohort:
    return datasets.make_linear(n, n_features=8, prevalence=0.5, auroc=0.9, rng=rng).cohort


class Oracle(Method):
    """Draws fresh patients of the world, or such with coin flips for labels."""

    card = MethodCard(name="oracle", title="Oracle", family="generator", summary="Fresh patients.")

    def __init__(self, *, coin: bool = False) -> None:
        self.coin = coin

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        pass

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        assert labels is not None
        fresh = world(4 * n + 40, rng)
        pools = [np.flatnonzero(fresh.y == code) for code in (0, 1)]
        rows = np.concatenate([pool[: int((labels == code).sum())] for code, pool in enumerate(pools)])
        values = fresh.modelled[rows]
        if self.coin:
            values[:, :-1] = rng.permutation(values[:, :-1], axis=0)
        return Drawn(values)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        pass


@pytest.fixture(autouse=True)
def oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    METHODS.names()  # discovered
    monkeypatch.setattr(METHODS, "_found", {**METHODS._catalogue(), "oracle": Oracle})


GOOD, BAD = {"method": "oracle"}, {"method": "oracle", "params": {"coin": True}}


def test_rows_of_fresh_patients_are_chosen_and_rows_of_chance_are_not() -> None:
    cohort = world(80, 0)
    fitted: Any = method("auto", candidates=[BAD, GOOD], ratios=[1, 4]).fit(cohort, rng=0)
    assert fitted.choice in ("oracle, 1 rows for each", "oracle, 4 rows for each")
    gains = {(one.name, one.ratio): one.gain for one in fitted.weighed}
    assert gains["oracle", 4] > 0.03
    assert gains["oracle(coin=True)", 4] < -0.03
    assert len(fitted.weighed) == 4
    none: Any = method("auto", candidates=[BAD]).fit(cohort, rng=0)
    assert none.choice == "none"


def test_as_many_rows_as_were_chosen_join_and_no_more_than_asked_for() -> None:
    cohort = world(80, 0)
    fitted: Any = method("auto", candidates=[GOOD], ratios=[4]).fit(cohort, rng=0)
    assert len(fitted.expand(cohort, 10.0, rng=0)) == 80 * 5
    assert len(fitted.expand(cohort, 2.0, rng=0)) == 80 * 3
    none: Any = method("auto", candidates=[BAD]).fit(cohort, rng=0)
    assert none.expand(cohort, 10.0, rng=0) is cohort
    assert len(none.sample(30, rng=0)) == 30  # as many as asked for, all the same


def test_the_penalty_asks_for_more_than_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [Weighed("oracle", 1.0, 0.02, 0.03), Weighed("oracle", 4.0, 0.03, 0.08), Weighed("oracle", 2.0, -0.1, 0.01)]
    monkeypatch.setattr("fewfold.methods.generators.auto.weigh", lambda *_: told)
    chosen = []
    for penalty in (0.0, 0.5, 1.0):
        fitted: Any = method("auto", candidates=[GOOD], penalty=penalty).fit(world(60, 0), rng=0)
        chosen.append(fitted.ratio)
    assert chosen == [4.0, 1.0, 0.0]


def test_who_cannot_be_told_from_the_best_draws_as_many_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {"oracle": 0.05, "oracle(coin=True)": 0.03, "duplication": 0.02, "smote": -0.2}
    told = [Weighed(name, 1.0, gain, 0.025) for name, gain in names.items()] + [Weighed("smote", 4.0, 0.04, 0.04)]
    monkeypatch.setattr("fewfold.methods.generators.auto.weigh", lambda *_: told)
    candidates, cohort = [GOOD, BAD, {"method": "duplication"}, {"method": "smote"}], world(60, 0)
    fitted: Any = method("auto", candidates=candidates, band=1.0).fit(cohort, rng=0)
    assert fitted.choice == "oracle + oracle(coin=True), 1 rows for each"
    wide: Any = method("auto", candidates=candidates).fit(cohort, rng=0)
    made = wide.sample(90, rng=1)
    known = {row.tobytes() for row in cohort.modelled}
    copies = np.array([row.tobytes() in known for row in made.modelled])
    assert copies.sum() == 30 and made.class_counts == wide.sample(90, rng=2).class_counts
    first = np.concatenate([np.flatnonzero(made.y == code)[:15] for code in (0, 1)])  # rows of a lower ratio are of all
    assert 6 <= copies[first].sum() <= 14
    wide.save(tmp_path / "fitted.npz")
    assert load(tmp_path / "fitted.npz").sample(9, rng=1).modelled.tobytes() == wide.sample(9, rng=1).modelled.tobytes()
    alone: Any = method("auto", candidates=candidates, band=0.0).fit(cohort, rng=0)
    assert alone.choice == "oracle, 1 rows for each"


def test_what_a_member_has_mended_stays_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = datasets.make_clinic(80, rng=0).cohort
    candidates = [{"method": "sequential_trees"}, {"method": "gaussian_copula"}]
    told = [Weighed(one["method"], 1.0, 0.05, 0.02) for one in candidates]
    monkeypatch.setattr("fewfold.methods.generators.auto.weigh", lambda *_: told)
    fitted: Any = method("auto", candidates=candidates).fit(cohort, rng=0)
    repair = fitted.sample(400, rng=0).provenance.records[0].repair
    alone = method("sequential_trees").fit(cohort, rng=0).sample(400, rng=0).provenance.records[0].repair
    assert repair is not None and alone is not None and repair.rows == 400
    assert 0 < repair.broken < alone.broken


def test_gains_are_those_of_patients_with_their_standard_error() -> None:
    one = inner_folds._weighed("x", 1.0, np.array([1.0, 3.0, 4.0, 6.0]), np.array([7, 7, 8, 9]))
    assert one.gain == pytest.approx((2 + 4 + 6) / 3)
    assert one.error == pytest.approx(2 / np.sqrt(3))


def test_what_is_lost_is_the_log_loss_of_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers without gaps: the linear model is a logistic regression on standardised columns."""
    cohort = world(100, 0)
    train, test = cohort.take(np.arange(70)), cohort.take(np.arange(70, 100))
    monkeypatch.setattr(inner_folds, "_models", lambda *_: (LogisticRegression(max_iter=2000),) * 2)
    centre, spread = train.matrix.mean(axis=0), train.matrix.std(axis=0)
    models = []
    for a, b in (((train.matrix - centre) / spread, (test.matrix - centre) / spread), (train.matrix, test.matrix)):
        p = LogisticRegression(max_iter=2000).fit(a, train.y).predict_proba(b)[:, 1]
        models.append(-np.log(np.where(test.y == 1, p, 1 - p)))
    np.testing.assert_allclose(inner_folds._lost(train, test), np.mean(models, axis=0), rtol=1e-6)


def test_no_patient_is_on_both_sides() -> None:
    cohort = make_cohort(80, rows_per_subject=4)
    folds = list(inner_folds.folds(cohort, np.random.default_rng(0)))
    assert len(folds) == 5
    for train, test in folds:
        assert not set(cohort.subjects[train]) & set(cohort.subjects[test])
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(80))


def test_a_class_of_one_patient_leaves_nothing_to_compare() -> None:
    cohort = world(60, 0)
    y = np.zeros(60, dtype=int)
    y[7] = 1
    lonely = cohort.with_column("outcome", pd.Categorical(y, categories=[0, 1]))
    assert weigh(lonely, {"x": lambda *_: lonely}, (1.0,), np.random.default_rng(0)) == []
    fitted: Any = method("auto").fit(lonely, rng=0)
    assert fitted.choice == "none"
    assert fitted.weighed == []


def test_a_candidate_that_does_not_apply_is_left_out() -> None:
    candidates = [{"method": "smote"}, {"method": "gaussian_copula"}]
    fitted: Any = method("auto", candidates=candidates, ratios=[1]).fit(make_cohort(60, task="continuous"), rng=0)
    assert [one.name for one in fitted.weighed] == ["gaussian_copula"]
    with pytest.raises(NotApplicable, match="no candidate applies"):
        method("auto", candidates=[{"method": "smote"}]).fit(make_cohort(60, task="continuous"), rng=0)


@pytest.mark.parametrize("task", ["multiclass", "continuous", "none"])
def test_other_targets(task: str) -> None:
    fitted: Any = method("auto", candidates=[{"method": "gaussian_copula"}], ratios=[1]).fit(
        make_cohort(80, task=task), rng=0
    )
    assert len(fitted.weighed) == (0 if task == "none" else 1)
    assert fitted.choice in ("none", "gaussian_copula, 1 rows for each") or task == "none"
    if task == "none":
        assert fitted.choice == "gaussian_copula"
    assert len(fitted.sample(10, rng=0)) == 10


def test_the_choice_is_kept_on_disk(tmp_path: Path) -> None:
    fitted: Any = method("auto", candidates=[GOOD, {"method": "gaussian_copula"}]).fit(world(60, 0), rng=0)
    fitted.save(tmp_path / "fitted.npz")
    again: Any = load(tmp_path / "fitted.npz")
    assert (again.choice, again.ratio, again.weighed) == (fitted.choice, fitted.ratio, fitted.weighed)
    assert again.sample(9, rng=1).modelled.tobytes() == fitted.sample(9, rng=1).modelled.tobytes()


@pytest.mark.parametrize("wrong", [{"candidates": []}, {"ratios": []}, {"ratios": [0]}, {"penalty": -1}, {"band": -1}])
def test_parameters_that_say_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="candidates, ratios above 0"):
        method("auto", **wrong)
