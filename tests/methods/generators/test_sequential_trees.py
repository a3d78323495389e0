"""Sequential trees give back what is known to be true, and no more of a patient than they should."""

import numpy as np
import pytest
from scipy import stats

from conftest import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.rules import violations
from fewfold.data.schema import Rule
from fewfold.methods.base import load
from fewfold.methods.generators.sequential_trees import SequentialTrees
from methods.generators.worlds import known_world, numbers, of_class


def drawn_from(cohort, n=10_000, **params):
    return SequentialTrees(**params).fit(cohort, rng=0).sample(n, rng=1)


@pytest.fixture(scope="module")
def large():
    cohort = known_world(3000)
    return cohort, drawn_from(cohort, trees=1)


@pytest.mark.parametrize("level", ["yes", "no"])
def test_each_class_keeps_its_margins(large, level):
    real, made = (of_class(cohort, level) for cohort in large)
    for name in ("albumin", "days", "copper", "polyps"):
        assert stats.ks_2samp(real[name].dropna(), made[name].dropna()).statistic < 0.06
    rates = [part["origin"].value_counts(normalize=True, sort=False).to_numpy() for part in (real, made)]
    assert rates[1] == pytest.approx(rates[0], abs=0.04)


def test_associations_are_kept(large):
    for pair in (["albumin", "days"], ["albumin", "copper"]):
        truth, got = (cohort.table[pair].corr("spearman").iloc[0, 1] for cohort in large)
        assert got == pytest.approx(truth, abs=0.06)


def test_missingness_keeps_its_class_and_its_pattern(large):
    made = large[1]
    assert of_class(made, "no")["copper"].isna().mean() == pytest.approx(0.4, abs=0.04)
    assert of_class(made, "yes")["copper"].isna().mean() == pytest.approx(0.05, abs=0.03)
    assert (made.table["copper"].isna() == made.table["iron"].isna()).mean() > 0.98


def test_trees_find_what_is_not_monotone():
    x = np.random.default_rng(2).uniform(-1, 1, 1000)
    made = drawn_from(numbers({"x": x, "y": np.abs(x)})).table
    assert np.abs(made["x"]).corr(made["y"]) > 0.9


def test_values_are_smoothed_inside_the_range_and_shared_ones_are_kept(large):
    real, made = (cohort.table for cohort in large)
    assert not made["albumin"].isin(real["albumin"]).any()
    assert real["albumin"].min() <= made["albumin"].min() and made["albumin"].max() <= real["albumin"].max()
    assert (made["polyps"] == 0).mean() == pytest.approx((real["polyps"] == 0).mean(), abs=0.03)
    assert (made["days"] % 1 == 0).all()
    assert drawn_from(large[0], 500, trees=1, smooth=False).table["albumin"].isin(real["albumin"]).all()


def test_the_order_of_visits_can_be_set(cohort):
    fitted = SequentialTrees(order=["stage", "sex"]).fit(cohort, rng=0)
    names = [cohort.schema.modelled[j].name for j in fitted._visits()]
    assert names == ["stage", "sex", "age", "bilirubin", "origin", "diagnosed"]
    with pytest.raises(BadInput, match="relapse"):
        SequentialTrees(order=["relapse"]).fit(cohort, rng=0)


def test_a_rule_of_the_schema_holds_in_what_is_drawn():
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 1, 80)
    columns = {"low": low, "high": low + rng.exponential(0.1, 80)}
    free = drawn_from(numbers(columns), 2000).table
    rule = Rule(name="order", require="low <= high")
    ruled = drawn_from(numbers(columns, rules=(rule,)), 2000)
    assert (free["low"] > free["high"]).mean() > 0.05
    assert violations(ruled)["order"].mean() < 0.005


def test_awkward_columns_do_not_stop_it():
    rng = np.random.default_rng(8)
    columns = {"constant": np.full(14, 3.0), "empty": np.full(14, np.nan), "x": rng.normal(size=14)}
    columns["one"] = np.where(np.arange(14) == 0, 5.0, np.nan)
    y = (np.arange(14) == 3).astype(float)
    made = drawn_from(numbers({**columns, "y": y}, target="y"), 300).table
    assert (made["constant"] == 3).all() and made["empty"].isna().all() and made["x"].notna().all()
    assert 0.01 < made["one"].notna().mean() < 0.2


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous", "none"])
def test_saved_and_loaded_they_draw_the_same_rows(task, tmp_path):
    fitted = SequentialTrees(trees=2, order=["sex"]).fit(make_cohort(task=task), rng=0)
    fitted.save(tmp_path / "trees.npz")
    again = load(tmp_path / "trees.npz").sample(70, rng=5)
    assert again.table.equals(fitted.sample(70, rng=5).table)


def test_rows_follow_the_seed_and_the_classes_asked_for(cohort):
    fitted = SequentialTrees(trees=2).fit(cohort, rng=0)
    made = fitted.sample(per_class={"yes": 7, "no": 3}, rng=2)
    assert made.class_counts == {"yes": 7, "no": 3}
    assert made.table.equals(
        SequentialTrees(trees=2).fit(cohort, rng=0).sample(per_class=made.class_counts, rng=2).table
    )
    assert not made.table.equals(fitted.sample(per_class=made.class_counts, rng=3).table)


def test_a_wide_table_keeps_what_goes_together():
    """Of 400 columns the last is the first with a little noise; a tree looks at 30."""
    rng = np.random.default_rng(3)
    columns = {f"g{j}": rng.normal(size=120) for j in range(400)}
    columns["twin"] = columns["g0"] + 0.1 * rng.normal(size=120)
    trees = SequentialTrees(predictors=30, trees=2).fit(numbers(columns), rng=0)
    made = trees.sample(300, rng=1).table
    assert np.corrcoef(made["g0"], made["twin"])[0, 1] > 0.6
    assert max(len(np.unique(forest.feature)) for forest in trees.value.values()) <= 30
