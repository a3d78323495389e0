"""What only the private network promises: noisy tables alone, a star without search, a tree that finds links."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import cohorts
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load, method
from fewfold.methods.generators.dp_network import DPNetwork
from fewfold.methods.generators.privacy import statistics
from fewfold.methods.generators.privacy.accountant import Account, rho_of

BOUNDS = {"bilirubin": (0.0, 8.0), "diagnosed": (10957.0, 14610.0), "fev": (0.0, 120.0)}
PATH = [(0, 1), (1, 2), (2, 3), (3, 4)]


def limited(n: int = 90, **how: Any) -> Cohort:
    made = cohorts.make_cohort(n, **how)
    known = [variable for variable in made.schema.variables if variable.name in BOUNDS]
    changes = [v.model_copy(update=dict(zip(("low", "high"), BOUNDS[v.name], strict=True))) for v in known]
    return Cohort.real(made.table, made.schema.with_variables(changes))


def chain(n: int, d: int = 5, *, seed: int = 0) -> Cohort:
    """Numbers of which each depends on the one before (0.8) within the class; class b is 1 SD up in all."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    for j in range(1, d):
        x[:, j] = 0.8 * x[:, j - 1] + 0.6 * x[:, j]
    event = rng.random(n) < 0.3
    table = pd.DataFrame(x + event[:, None], columns=[f"x{j}" for j in range(d)])
    variables = [Variable(name=name, kind="numeric", low=-5, high=5) for name in table]
    table["y"] = pd.Categorical(np.where(event, "b", "a"), categories=["a", "b"])
    variables.append(Variable(name="y", kind="boolean", role="target", levels=("a", "b"), positive="b"))
    return Cohort.real(table, Schema(variables=tuple(variables)))


class Script:
    """Takes the place of the account's mechanisms: writes down what each is given, and answers as it did before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[tuple[np.ndarray, float]] = []
        self.answers: list[Any] = []
        for name in ("noised", "chosen"):
            monkeypatch.setattr(Account, name, self._played(getattr(Account, name)))

    def _played(self, true: Any) -> Any:
        def played(account: Account, part: str, exact: Any, sensitivity: float, rho: float, rng: Any) -> Any:
            self.given.append((exact.copy(), sensitivity))
            answer = true(account, part, exact, sensitivity, rho, rng)
            if len(self.given) > len(self.answers):
                self.answers.append(answer)
            answer = self.answers[len(self.given) - 1]
            return answer if isinstance(answer, int) else answer.copy()

        return played

    def of(self, cohort: Cohort, structure: Any, seed: int = 0) -> tuple[DPNetwork, list[tuple[np.ndarray, float]]]:
        self.given = []
        fitted = DPNetwork(epsilon=50.0, structure=structure, force=True).fit(cohort, rng=seed)
        return fitted, self.given


@pytest.mark.parametrize(
    ("task", "structure", "releases"),
    [("binary", "star", 7), ("binary", "tree", 7 + 5 + 5), ("continuous", "tree", 8 + 5 + 5), ("none", "tree", 17)],
)
def test_a_patient_moves_no_release_further_than_claimed(
    task: str, structure: str, releases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the same answers before, as composition asks. A table moves by 1 (L2), and so does each score of a link."""
    whole, script = limited(20, task=task), Script(monkeypatch)
    whole = whole.with_column("age", whole.table["age"].where(whole.table.index != 7, 1e6))
    _, before = script.of(whole, structure)
    assert len(before) == releases
    for i in range(20):
        _, after = script.of(whole.take(np.delete(np.arange(20), i)), structure)
        for (one, claimed), (other, _) in zip(before, after, strict=True):
            moved = np.linalg.norm(one - other) if one.ndim == 2 else np.abs(one - other).max()
            assert moved <= claimed + 1e-9
            assert one.ndim == 1 or moved == pytest.approx(1.0)


@pytest.mark.parametrize("task", ["binary", "continuous"])
def test_nothing_but_what_is_released_is_kept(task: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Given the same answers, two cohorts that share no patient leave the same fitted method and the same file."""
    script = Script(monkeypatch)
    for name, cohort in (("one", limited(90, task=task)), ("other", limited(55, seed=9, task=task))):
        fitted, _ = script.of(cohort, "tree", seed=len(name))
        fitted.save(tmp_path / f"{name}.npz")
        public = set(dir(DPNetwork())) | {"schema", "class_counts", "row_labels", "rare"}
        assert set(vars(fitted)) - public == {"spent", "viability", "counts", "order", "shares"}
        assert not len(fitted.row_labels)
    with np.load(tmp_path / "one.npz") as mine, np.load(tmp_path / "other.npz") as yours:
        assert mine.files == yours.files
        assert all(np.array_equal(mine[key], yours[key]) for key in mine.files)


def test_several_rows_count_as_one_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    script, cohort = Script(monkeypatch), limited(90, rows_per_subject=3)
    assert {exact.sum() for exact, _ in script.of(cohort, "tree")[1] if exact.ndim == 2} == {30}
    monkeypatch.setattr(statistics, "one_row_each", lambda subjects, rng: np.arange(len(subjects)))
    assert script.of(cohort, "star")[1][0][0].sum() == 90  # seen if all rows counted


@pytest.mark.parametrize("columns", [0, 1, 2, 5])
@pytest.mark.parametrize("structure", ["star", "tree"])
def test_the_whole_budget_is_spent_and_no_more(columns: int, structure: Any) -> None:
    fitted = DPNetwork(epsilon=2.0, delta=1e-6, structure=structure, split=(0.2, 0.4, 0.1, 0.3), force=True)
    spent = fitted.fit(chain(200, columns), rng=0).spent
    assert spent["epsilon"] == pytest.approx(2.0, rel=1e-6)
    assert spent["delta"] == 1e-6
    assert sum(spent["rho"].values()) == pytest.approx(rho_of(2.0, 1e-6))
    parts = {"counts": 0.2, "margins": 0.4, "structure": 0.1, "links": 0.3}
    kept = list(parts)[: 1 if not columns else 2 if structure == "star" or columns == 1 else 4]
    whole = sum(parts[part] for part in kept)
    assert spent["rho"] == pytest.approx({part: parts[part] * rho_of(2.0, 1e-6) / whole for part in kept})
    assert len(fitted.sample(20, rng=0)) == 20


def test_a_tree_finds_the_links_and_draws_them() -> None:
    real = chain(3000)
    tree, star = (DPNetwork(epsilon=10.0, structure=s).fit(real, rng=0) for s in ("tree", "star"))
    assert sorted(tuple(sorted(edge)) for edge in tree.order[1:]) == PATH
    for code, mean in ((0, 0.0), (1, 1.0)):
        linked, apart = (m.sample(8000, rng=1) for m in (tree, star))
        rows, bare = linked.matrix[linked.y == code], apart.matrix[apart.y == code]
        assert np.corrcoef(rows.T)[0, 1] > 0.6  # 0.8, less what groups of cells lose
        assert abs(np.corrcoef(bare.T)[0, 1]) < 0.06
        assert np.abs(rows.mean(axis=0) - mean).max() < 0.12
        assert np.abs(bare.mean(axis=0) - mean).max() < 0.12
        assert np.abs(rows.std(axis=0) - 1).max() < 0.15


def test_a_continuous_target_and_missing_values_are_drawn() -> None:
    real = limited(3000, task="continuous")
    for structure in ("star", "tree"):
        made = DPNetwork(epsilon=10.0, structure=structure).fit(real, rng=0).sample(4000, rng=1)
        seen, drawn = (pd.DataFrame(c.modelled).corr("spearman").to_numpy() for c in (real, made))
        assert np.abs(seen - drawn)[-1].max() < 0.12
        assert drawn[2, -1] > 0.4  # stage and lung function
        assert np.abs(np.isnan(made.modelled).mean(axis=0) - np.isnan(real.modelled).mean(axis=0)).max() < 0.03


def test_too_few_patients_are_refused_with_the_numbers() -> None:
    """A table of 2 classes by 4 cells and one of missing values; noise of SD s, and 0.4 of the mean count is most."""
    sigma = 1 / np.sqrt(2 * 0.5 / 0.6 / 20 * rho_of(1.0, 1e-5))
    with pytest.raises(NotApplicable, match=rf"about {np.ceil(10 * sigma / 0.4):.0f} patients are needed") as refusal:
        DPNetwork(epsilon=1.0).fit(chain(60, 20), rng=0)
    for part in ("dp_network", "20 columns", "rows per encoded dimension, where 50 to 300", "force=True"):
        assert part in refusal.value.reason
    assert "correlation" not in refusal.value.reason
    linked = 1 / np.sqrt(2 * 0.3 / 19 * rho_of(1.0, 1e-5))
    with pytest.raises(NotApplicable, match=rf"two columns .*about {np.ceil(25 * linked / 0.4):.0f} patients"):
        DPNetwork(epsilon=1.0, structure="tree").fit(chain(900, 20), rng=0)
    assert len(DPNetwork(epsilon=1.0).fit(chain(900, 20), rng=0).sample(10, rng=0)) == 10


def test_the_noise_of_the_tables_is_that_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """SD of 1 / sqrt(2 rho), over many entries, given what was spent on each table."""
    errors, true = [], Account.noised

    def noised(self: Account, part: str, exact: Any, sensitivity: float, rho: float, rng: Any) -> Any:
        noisy = true(self, part, exact, sensitivity, rho, rng)
        errors.append((noisy - exact).ravel() * np.sqrt(2 * 0.5 / 0.6 / 5 * rho_of(1.0, 1e-5)))
        return noisy

    monkeypatch.setattr(Account, "noised", noised)
    for seed in range(20):
        DPNetwork(epsilon=1.0, force=True).fit(chain(300), rng=seed)
    of_tables = np.concatenate([error for error in errors if len(error) > 2])
    assert len(of_tables) >= 1000
    assert of_tables.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * len(of_tables)))


def test_saved_with_what_was_spent_and_seeded(tmp_path: Any) -> None:
    real = chain(800)
    fitted, same, other = (DPNetwork(epsilon=5.0, structure="tree").fit(real, rng=seed) for seed in (0, 0, 1))
    fitted.save(tmp_path / "fitted.npz")
    again = load(tmp_path / "fitted.npz")
    assert isinstance(again, DPNetwork)
    assert (again.spent, again.viability, again.order) == (fitted.spent, fitted.viability, fitted.order)
    rows = fitted.sample(30, rng=1).table
    assert rows.equals(again.sample(30, rng=1).table)
    assert rows.equals(same.sample(30, rng=1).table)
    assert not rows.equals(other.sample(30, rng=1).table)


def test_what_would_go_around_the_noise_is_refused() -> None:
    with pytest.raises(BadInput, match="for bilirubin, diagnosed"):
        DPNetwork().fit(cohorts.make_cohort(), rng=0)
    with pytest.raises(BadInput, match="rare_below"):
        method("dp_network", rare_below=3).fit(chain(800, 2), rng=0)
    for split in ((0.5, 0.5), (0.5, 0.5, 0.0, 0.0), (0.5, 0.5, 0.5, 0.5)):
        with pytest.raises(BadInput, match="four shares"):
            DPNetwork(split=split)
    with pytest.raises(BadInput, match="epsilon above 0"):
        DPNetwork(epsilon=0.0)
    wrong: Any = "graph"
    with pytest.raises(BadInput, match="'star' or 'tree'"):
        DPNetwork(structure=wrong)


def test_limits_come_from_the_schema_alone() -> None:
    usual = limited(90)
    far, edge = (usual.with_column("age", usual.table["age"].where(usual.table.index > 4, v)) for v in (1e9, 120.0))
    one, other = (DPNetwork(force=True).fit(cohort, rng=0).sample(50, rng=0) for cohort in (far, edge))
    assert one.table.equals(other.table)
    assert one.table["age"].max() <= 120
