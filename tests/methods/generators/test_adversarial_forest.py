"""The adversarial forest gives back what is known to be true."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conftest import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load
from fewfold.methods.generators.adversarial_forest import AdversarialForest
from methods.generators.worlds import known_world, numbers, of_class


def fitted_on(cohort, **params):
    return AdversarialForest(**params).fit(cohort, rng=0)


def drawn_from(cohort, n=10_000, **params):
    return fitted_on(cohort, **params).sample(n, rng=1)


@pytest.fixture(scope="module", params=[False, True])
def large(request):
    cohort = known_world(1500)
    return cohort, drawn_from(cohort, by_class=request.param)


@pytest.mark.parametrize("level", ["yes", "no"])
def test_each_class_keeps_its_margins(large, level):
    real, made = (of_class(cohort, level) for cohort in large)
    for name in ("albumin", "days", "copper", "polyps"):
        assert stats.ks_2samp(real[name].dropna(), made[name].dropna()).statistic < 0.09
    for name in ("origin", "stage"):
        rates = [part[name].value_counts(normalize=True, sort=False).to_numpy() for part in (real, made)]
        assert rates[1] == pytest.approx(rates[0], abs=0.05)


def test_associations_that_independent_margins_lose_are_kept(large):
    real, made = (of_class(cohort, "no")[["albumin", "days"]].corr("spearman").iloc[0, 1] for cohort in large)
    assert real > 0.6
    assert made > 0.75 * real


def test_missingness_keeps_its_class_and_its_pattern(large):
    made = large[1]
    assert of_class(made, "no")["copper"].isna().mean() == pytest.approx(0.4, abs=0.05)
    assert of_class(made, "yes")["copper"].isna().mean() == pytest.approx(0.05, abs=0.03)
    assert (made.table["copper"].isna() == made.table["iron"].isna()).mean() > 0.8  # 0.6 if independent


def test_values_stay_in_range_and_on_their_grid(large):
    real, made = (cohort.table for cohort in large)
    for name in ("albumin", "days", "copper", "polyps"):
        assert real[name].min() <= made[name].min() and made[name].max() <= real[name].max()
    assert not made["albumin"].isin(real["albumin"]).any()
    assert (made["polyps"] == 0).mean() == pytest.approx((real["polyps"] == 0).mean(), abs=0.04)
    assert (made["days"] % 1 == 0).all()


def two_clouds(n, seed):
    """Two normals with independent columns, whose density is known."""
    rng = np.random.default_rng(seed)
    side = rng.random(n) < 0.4
    x = rng.normal(size=(n, 3)) + 5.0 * side[:, None]
    density = np.zeros(n)
    for weight, centre in ((0.6, 0.0), (0.4, 5.0)):
        density += weight * stats.norm.pdf(x, centre).prod(axis=1)
    return numbers({f"x{j}": x[:, j] for j in range(3)}), np.log(density)


def test_a_mixture_is_recovered():
    train, _ = two_clouds(400, 0)
    fresh, truth = two_clouds(400, 1)
    log = fitted_on(train).log_density(fresh)
    inside = np.isfinite(log)
    assert inside.mean() > 0.95
    assert (truth - log)[inside].mean() < 0.3  # the divergence; independent columns are 1.4 away
    made = drawn_from(train).table.to_numpy()
    assert (made > 2.5).all(axis=1).mean() == pytest.approx((train.table > 2.5).all(axis=1).mean(), abs=0.03)
    assert ((made > 2.5).any(axis=1) & (made < 2.5).any(axis=1)).mean() < 0.1  # 0.7 if independent


def test_trees_find_what_is_not_monotone():
    x = np.random.default_rng(2).uniform(-1, 1, 500)
    made = drawn_from(numbers({"x": x, "y": np.abs(x)})).table
    assert np.abs(made["x"]).corr(made["y"]) > 0.85


def test_collinear_columns_stay_together():
    rng = np.random.default_rng(4)
    x = rng.normal(size=100)
    made = drawn_from(numbers({"x": x, "twin": x, "sum": x + 3.0, "noise": rng.normal(size=100)})).table
    assert made[["x", "twin", "sum"]].corr().to_numpy().min() > 0.75


def test_density_of_a_cohort_adds_up_to_1():
    """Over all that can be: a level or none, a whole number or none, and the class."""
    rng = np.random.default_rng(5)
    n, levels = 60, ("a", "b", "c")
    frame = pd.DataFrame(
        {
            "count": np.where(rng.random(n) < 0.2, np.nan, np.minimum(rng.poisson(3, n), 8.0)),
            "g": pd.Categorical.from_codes(np.where(rng.random(n) < 0.1, -1, rng.integers(0, 3, n)), levels),
            "y": pd.Categorical.from_codes(rng.integers(0, 2, n), ("no", "yes")),
        }
    )
    schema = Schema(
        variables=(
            Variable(name="count", kind="integer"),
            Variable(name="g", kind="categorical", levels=levels),
            Variable(name="y", kind="boolean", role="target", levels=("no", "yes")),
        )
    )
    grid = [(c, g, y) for c in [np.nan, *range(9)] for g in (-1, 0, 1, 2) for y in (0, 1)]
    counts, codes, ys = np.array(grid).T
    every = {"count": counts, "g": pd.Categorical.from_codes(codes.astype(int), levels)}
    every["y"] = pd.Categorical.from_codes(ys.astype(int), ("no", "yes"))
    for by_class in (False, True):
        fitted = fitted_on(Cohort.real(frame, schema), by_class=by_class)
        log = fitted.log_density(Cohort.real(pd.DataFrame(every), schema))
        assert np.exp(log).sum() == pytest.approx(1.0, abs=1e-9)


def test_density_does_not_depend_on_how_many_rows_are_looked_at_together(cohort, monkeypatch):
    fitted = fitted_on(cohort)
    whole = fitted.log_density(cohort)
    assert np.isfinite(whole).all()
    monkeypatch.setattr("fewfold.methods.generators.adversarial_forest.MOST_CELLS", 1)
    assert np.array_equal(fitted.log_density(cohort), whole)


def test_density_of_other_columns_is_refused(cohort):
    with pytest.raises(BadInput, match="bilirubin"):
        fitted_on(cohort).log_density(numbers({"x": np.arange(12.0)}))
    with pytest.raises(BadInput, match="fit"):
        AdversarialForest().log_density(cohort)


def test_rare_levels_come_at_their_rate():
    rng = np.random.default_rng(6)
    g = rng.choice(4, 200, p=[0.7, 0.25, 0.04, 0.01])
    frame = pd.DataFrame({"x": rng.normal(size=200), "g": pd.Categorical.from_codes(g, list("abcd"))})
    variables = (Variable(name="x", kind="numeric"), Variable(name="g", kind="categorical", levels=tuple("abcd")))
    made = drawn_from(Cohort.real(frame, Schema(variables=variables)))
    rates = made.table["g"].value_counts(normalize=True, sort=False).to_numpy()
    assert rates == pytest.approx(np.bincount(g, minlength=4) / 200, abs=0.02)


@pytest.mark.parametrize(
    "bad", [{"trees": 0}, {"trees": 2.5}, {"min_leaf_subjects": 1}, {"rounds": -1}, {"delta": 0.6}, {"delta": -0.1}]
)
def test_parameters_that_make_no_sense_are_refused(bad):
    with pytest.raises(BadInput, match=next(iter(bad))):
        AdversarialForest(**bad)


@pytest.mark.parametrize("by_class", [False, True])
def test_a_column_missing_in_a_whole_class_stays_so(by_class):
    rng = np.random.default_rng(7)
    y = (rng.random(80) < 0.4).astype(float)
    x = np.where(y == 1, np.nan, rng.normal(size=80))
    made = drawn_from(numbers({"x": x, "z": rng.normal(size=80) + y, "y": y}, target="y"), by_class=by_class).table
    assert made.loc[made["y"] == 1, "x"].isna().all()
    assert made.loc[made["y"] == 0, "x"].notna().all()


def test_awkward_columns_do_not_stop_it():
    rng = np.random.default_rng(8)
    columns = {"constant": np.full(14, 3.0), "empty": np.full(14, np.nan), "x": rng.normal(size=14)}
    columns["one"] = np.where(np.arange(14) == 0, 5.0, np.nan)
    y = (np.arange(14) == 3).astype(float)
    made = drawn_from(numbers({**columns, "y": y}, target="y"), 300).table
    assert (made["constant"] == 3).all() and made["empty"].isna().all() and made["x"].notna().all()
    assert 0.01 < made["one"].notna().mean() < 0.2


def test_a_target_alone_can_be_drawn():
    y = (np.arange(20) % 2).astype(float)
    assert len(drawn_from(numbers({"y": y}, target="y"), 30)) == 30


def test_many_columns_of_few_patients():
    x = np.random.default_rng(9).normal(size=(60, 500))
    made = drawn_from(numbers({f"g{j}": x[:, j] for j in range(500)}), 100).table.to_numpy()
    assert ((x.min(axis=0) <= made) & (made <= x.max(axis=0))).all()


def test_a_leaf_holds_enough_patients_where_they_have_several_rows():
    cohort = make_cohort(90, rows_per_subject=3)
    many, few = (fitted_on(cohort, min_leaf_subjects=least).leaves for least in (5, 15))
    for leaves, least in ((many, 5), (few, 15)):
        leaf = np.unique(leaves.mean[:, 0], return_inverse=True)[1]  # both classes of a leaf have its mean
        assert np.bincount(leaf, leaves.weight * 90 * 30).min() >= 3 * least - 1e-6


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous", "none"])
def test_saved_and_loaded_it_draws_the_same_rows(task, tmp_path):
    cohort = make_cohort(task=task)
    fitted = fitted_on(cohort, trees=5, by_class=True)
    fitted.save(tmp_path / "forest.npz")
    again = load(tmp_path / "forest.npz")
    assert again.sample(70, rng=5).table.equals(fitted.sample(70, rng=5).table)
    assert np.array_equal(again.log_density(cohort), fitted.log_density(cohort))
    assert again.accuracy == fitted.accuracy


def test_rows_follow_the_seed_and_the_classes_asked_for(cohort):
    fitted = fitted_on(cohort, trees=5)
    made = fitted.sample(per_class={"yes": 7, "no": 3}, rng=2)
    assert made.class_counts == {"yes": 7, "no": 3}
    assert made.table.equals(fitted_on(cohort, trees=5).sample(per_class=made.class_counts, rng=2).table)
    assert not made.table.equals(fitted.sample(per_class=made.class_counts, rng=3).table)


def test_conditioning_on_a_column_narrows_the_others():
    """Leaves weighed by what is known of one column give the mean that regression gives of another."""
    rng = np.random.default_rng(10)
    x = rng.normal(size=600)
    leaves = fitted_on(numbers({"x": x, "y": 2 * x + 0.3 * rng.normal(size=600)}), trees=50).leaves
    weights = np.exp(leaves.log_weights(np.array([[1.0, np.nan]]), np.array([True, False])))[0]
    made = leaves.draw(rng.choice(len(weights), 4000, p=weights / weights.sum()), rng)
    assert made[:, 1].mean() == pytest.approx(2.0, abs=0.25)
