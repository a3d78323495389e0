"""What only the private copula promises: nothing but noisy statistics leaves the patients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import cohorts
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load, method
from fewfold.methods.generators.dp_copula import DPCopula
from fewfold.methods.generators.privacy import statistics
from fewfold.methods.generators.privacy.accountant import Account, rho_of
from fewfold.study.recommend import recommend

BOUNDS = {"bilirubin": (0.0, 30.0), "diagnosed": (10957.0, 14610.0)}


def limited(n: int = 90, **how: Any) -> Cohort:
    made = cohorts.make_cohort(n, **how)
    changes = [made.schema[name].model_copy(update={"low": low, "high": high}) for name, (low, high) in BOUNDS.items()]
    return Cohort.real(made.table, made.schema.with_variables(changes))


def normals(n: int, d: int, *, classes: bool = True, seed: int = 0) -> Cohort:
    """Numbers with a correlation of 0.6 of neighbours, 0.36 of the next, and so on; class b is 1 SD up in all."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    for j in range(1, d):
        x[:, j] = 0.6 * x[:, j - 1] + 0.8 * x[:, j]
    event = rng.random(n) < 0.3
    table = pd.DataFrame(x + (event[:, None] if classes else 0), columns=[f"x{j}" for j in range(d)])
    variables = [Variable(name=name, kind="numeric", low=-5, high=5) for name in table]
    if classes:
        table["y"] = pd.Categorical(np.where(event, "b", "a"), categories=["a", "b"])
        variables.append(Variable(name="y", kind="boolean", role="target", levels=("a", "b"), positive="b"))
    return Cohort.real(table, Schema(variables=tuple(variables)))


class Script:
    """Takes the place of ``Account.noised``: writes down what it is given, and answers with what was written before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.exact: list[np.ndarray] = []
        self.sensitivity: list[float] = []
        self.answers: list[np.ndarray] = []
        true, script = Account.noised, self

        def noised(self: Account, part: str, exact: Any, sensitivity: float, rho: float, rng: Any) -> Any:
            script.exact.append(exact.copy())
            script.sensitivity.append(sensitivity)
            noisy = true(self, part, exact, sensitivity, rho, rng)
            at = len(script.exact) - 1
            if at == len(script.answers):
                script.answers.append(noisy)
            return script.answers[at].copy()

        monkeypatch.setattr(Account, "noised", noised)

    def of(self, cohort: Cohort, seed: int = 0) -> tuple[DPCopula, list[np.ndarray], list[float]]:
        self.exact, self.sensitivity = [], []
        fitted = DPCopula(epsilon=1e3, force=True).fit(cohort, rng=seed)  # fine cells, and dependence that is found
        return fitted, self.exact, self.sensitivity


@pytest.mark.parametrize("task", ["binary", "multiclass", "none"])
def test_a_patient_moves_no_release_further_than_claimed(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the same answers before, as composition asks; each statistic that is released, for each patient."""
    whole = limited(40, task=task)
    if task != "none":  # a patient far from all others
        whole = whole.with_column("age", whole.table["age"].where(whole.table.index != 7, 1e6))
    script = Script(monkeypatch)
    _, before, claimed = script.of(whole)
    d = len(whole.schema.features)
    assert len(before) == d + 2
    for i in range(40):
        _, after, _ = script.of(whole.take(np.delete(np.arange(40), i)))
        moved = [float(np.linalg.norm(a - b)) for a, b in zip(before, after, strict=True)]
        assert (np.array(moved) <= np.array(claimed) + 1e-9).all()
        assert moved[:-1] == pytest.approx([1.0] * (d + 1))


def test_nothing_but_what_is_released_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Given the same answers, two cohorts that share no patient leave the same fitted method and the same file."""
    script = Script(monkeypatch)
    one, _, _ = script.of(limited(90), seed=1)
    other, _, _ = script.of(limited(55, seed=9), seed=2)
    assert one.class_counts == other.class_counts
    for name, fitted in (("one", one), ("other", other)):
        fitted.save(tmp_path / f"{name}.npz")
    with np.load(tmp_path / "one.npz") as mine, np.load(tmp_path / "other.npz") as yours:
        assert mine.files == yours.files
        assert all(np.array_equal(mine[key], yours[key], equal_nan=mine[key].dtype.kind == "f") for key in mine.files)
    public = set(dir(DPCopula())) | {"schema", "class_counts", "row_labels", "rare"}
    assert set(vars(one)) - public == {"spent", "viability", "margins", "missing", "factor"}
    assert not len(one.row_labels)


def test_several_rows_count_as_one_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    _, exact, _ = Script(monkeypatch).of(limited(90, rows_per_subject=3))
    assert [released.sum() for released in exact[:-1]] == [30] * (len(exact) - 1)
    monkeypatch.setattr(statistics, "one_row_each", lambda subjects, rng: np.arange(len(subjects)))
    _, exact, _ = Script(monkeypatch).of(limited(90, rows_per_subject=3))
    assert exact[0].sum() == 90  # seen if all rows counted


def test_limits_come_from_the_schema_alone() -> None:
    usual = limited(90)
    far = usual.with_column("age", usual.table["age"].where(usual.table.index > 4, 1e9))
    edge = usual.with_column("age", usual.table["age"].where(usual.table.index > 4, 120.0))
    narrow = limited(90).table.assign(age=50.0)
    one, other = (DPCopula(force=True).fit(cohort, rng=0) for cohort in (far, edge))
    assert one.sample(50, rng=0).table.equals(other.sample(50, rng=0).table)
    assert one.sample(500, rng=0).table["age"].max() <= 120
    few = DPCopula(force=True).fit(Cohort.real(narrow, usual.schema), rng=0)
    knots = few.margins[0][0].knots[:, 1]
    assert (knots[0], knots[-1]) == (-0.5, 120.5)  # not 50


def test_columns_without_limits_are_named() -> None:
    with pytest.raises(BadInput, match="for bilirubin, diagnosed"):
        DPCopula().fit(cohorts.make_cohort(), rng=0)
    with pytest.raises(BadInput, match="for bilirubin, diagnosed, fev"):
        DPCopula().fit(cohorts.make_cohort(task="continuous"), rng=0)


@pytest.mark.parametrize("columns", [0, 1, 2, 5])
def test_the_whole_budget_is_spent_and_no_more(columns: int) -> None:
    fitted = DPCopula(epsilon=2.0, delta=1e-6, split=(0.2, 0.5, 0.3)).fit(normals(800, columns), rng=0)
    assert fitted.spent["epsilon"] == pytest.approx(2.0, rel=1e-6)
    assert fitted.spent["delta"] == 1e-6
    parts = fitted.spent["rho"]
    assert sum(parts.values()) == pytest.approx(rho_of(2.0, 1e-6))
    assert len(parts) == 1 + (columns > 0) + (columns > 1)
    if columns > 1:
        assert parts["margins"] / parts["counts"] == pytest.approx(2.5)
        assert parts["dependence"] / parts["counts"] == pytest.approx(1.5)
    assert len(fitted.sample(20, rng=0)) == 20


def test_too_few_patients_are_refused_with_the_numbers() -> None:
    """60 patients, 20 columns, epsilon 1. Products of 20 scores of squared length L move by L sqrt(19 / 40)."""
    needed = (20 + 4 * np.sqrt(40)) * np.sqrt(19 / 40) / np.sqrt(2 * 0.4 * rho_of(1.0, 1e-5)) / 0.3
    with pytest.raises(NotApplicable, match=rf"about {np.ceil(needed):.0f} patients are needed") as refusal:
        DPCopula(epsilon=1.0).fit(normals(60, 20), rng=0)
    told = refusal.value.reason
    for part in ("20 columns", "rows per encoded dimension, where 50 to 300", "(counted with noise)", "force=True"):
        assert part in told
    assert len(DPCopula(epsilon=1.0, force=True).fit(normals(60, 20), rng=0).sample(10, rng=0)) == 10
    assert len(DPCopula(epsilon=1.0).fit(normals(900, 20), rng=0).sample(10, rng=0)) == 10


def test_a_wide_column_of_levels_is_named() -> None:
    table = normals(150, 2).table
    codes = np.random.default_rng(0).integers(60, size=150)
    table["icd"] = pd.Categorical.from_codes(codes, categories=range(60))
    variables = (*normals(150, 2).schema.variables, Variable(name="icd", kind="categorical", levels=tuple(range(60))))
    with pytest.raises(NotApplicable, match="a count of 'icd'"):
        DPCopula().fit(Cohort.real(table, Schema(variables=variables)), rng=0)


def test_the_refusal_rests_on_the_noisy_count() -> None:
    counted = [DPCopula(force=True).fit(normals(100, 4), rng=seed).viability["patients"] for seed in range(20)]
    assert np.std(counted) > 1
    assert abs(np.mean(counted) - 100) < 5


def test_dependence_and_classes_are_kept_with_many_patients() -> None:
    made = DPCopula(epsilon=5.0).fit(normals(5000, 5), rng=0).sample(20000, rng=1)
    apart = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    for code, mean in ((0, 0.0), (1, 1.0)):
        rows = made.matrix[made.y == code]
        assert np.abs(np.corrcoef(rows.T) - 0.6**apart).max() < 0.12
        assert np.abs(rows.mean(axis=0) - mean).max() < 0.1
        assert np.abs(rows.std(axis=0) - 1).max() < 0.12
    assert made.y.mean() == pytest.approx(0.3, abs=0.02)


def test_without_classes_and_with_levels() -> None:
    real = cohorts.make_cohort(5000, task="continuous")
    bounds = {**BOUNDS, "fev": (0.0, 120.0)}
    schema = real.schema.with_variables(
        [real.schema[name].model_copy(update={"low": low, "high": high}) for name, (low, high) in bounds.items()]
    )
    made = DPCopula(epsilon=5.0).fit(Cohort.real(real.table, schema), rng=0).sample(8000, rng=1)
    seen, drawn = (pd.DataFrame(c.modelled).corr("spearman").to_numpy() for c in (real, made))
    assert np.abs(seen - drawn).max() < 0.12
    assert drawn[2, -1] > 0.4  # stage and lung function
    assert np.abs(np.isnan(made.modelled).mean(axis=0) - np.isnan(real.modelled).mean(axis=0)).max() < 0.03


def test_less_budget_is_less_precise() -> None:
    real, errors = normals(2000, 3), []
    for epsilon in (0.3, 30.0):
        drawn = [DPCopula(epsilon=epsilon, force=True).fit(real, rng=s).sample(4000, rng=0) for s in range(5)]
        errors.append(np.mean([np.abs(np.corrcoef(m.matrix.T) - np.corrcoef(real.matrix.T)).max() for m in drawn]))
    assert errors[1] < 0.5 * errors[0]


def test_saved_with_what_was_spent(tmp_path: Any) -> None:
    fitted = DPCopula(epsilon=2.0).fit(normals(800, 4), rng=0)
    fitted.save(tmp_path / "fitted.npz")
    again = load(tmp_path / "fitted.npz")
    assert isinstance(again, DPCopula)
    assert again.spent == fitted.spent
    assert again.viability == fitted.viability
    assert again.params == fitted.params == {"epsilon": 2.0, "delta": 1e-5, "split": [0.1, 0.5, 0.4], "force": False}
    assert again.sample(30, rng=1).table.equals(fitted.sample(30, rng=1).table)


def test_the_seed_of_the_fit_is_the_noise() -> None:
    real = normals(800, 4)
    one, same, other = (DPCopula().fit(real, rng=seed).sample(30, rng=1) for seed in (0, 0, 1))
    assert one.table.equals(same.table)
    assert not one.table.equals(other.table)


def test_what_would_go_around_the_noise_is_refused() -> None:
    with pytest.raises(BadInput, match="rare_below"):
        method("dp_copula", rare_below=3).fit(normals(800, 2), rng=0)
    for split in ((0.5, 0.5), (0.5, 0.5, 0.0), (0.5, 0.5, 0.5)):
        with pytest.raises(BadInput, match="three shares"):
            DPCopula(split=split)
    with pytest.raises(BadInput, match="epsilon above 0"):
        DPCopula(epsilon=0.0)


def test_recommend_says_what_is_to_be_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recommend.__globals__, "METHODS", [DPCopula])
    (option,) = recommend(cohorts.make_cohort(60)).options
    assert not option.applies
    assert "bilirubin, diagnosed" in option.reason


def test_an_audit_finds_no_more_than_epsilon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sees all that is released asks whether a patient, alone in a cell of each column, was there. How well that
    can be told bounds epsilon from below (Jagielski 2020, arXiv 2006.07709)."""
    epsilon, delta, runs, parts = 1.0, 1e-5, 400, []
    base = normals(300, 2, classes=False)
    canary = pd.concat([base.table, pd.DataFrame({"x0": [4.9], "x1": [4.9]})], ignore_index=True)
    true = Account.noised

    def noised(self: Account, part: str, exact: Any, sensitivity: float, rho: float, rng: Any) -> Any:
        noisy = true(self, part, exact, sensitivity, rho, rng)
        parts.append(rho * noisy.ravel()[-2 if part == "margins" else -1] / sensitivity)  # where the patient is
        return noisy

    monkeypatch.setattr(Account, "noised", noised)

    def seen(cohort: Cohort, seed: int) -> float:
        parts.clear()
        DPCopula(epsilon=epsilon, delta=delta, force=True).fit(cohort, rng=seed)
        return sum(parts)

    there = np.array([seen(Cohort.real(canary, base.schema), seed) for seed in range(runs)])
    absent = np.array([seen(base, seed + runs) for seed in range(runs)])
    assert there.mean() > absent.mean()  # the attack is one
    for threshold in np.quantile(np.concatenate([there, absent]), [0.5, 0.6, 0.7, 0.8, 0.9]):
        hits, alarms = (int((scores > threshold).sum()) for scores in (there, absent))
        least = binomtest(hits, runs).proportion_ci(0.99, "exact").low
        most = binomtest(alarms, runs).proportion_ci(0.99, "exact").high
        assert np.log(max(least - delta, 1e-9) / most) <= epsilon
