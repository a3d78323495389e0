"""The copula gives back what is known to be true, and copes with what small tables hold."""

import numpy as np
import pytest
from scipy import stats

from conftest import make_cohort
from fewfold.methods.base import load
from fewfold.methods.generators.gaussian_copula import GaussianCopula
from methods.generators.worlds import CORRELATION, known_world, numbers, of_class


def drawn_from(cohort, n=20_000, **params):
    return GaussianCopula(**params).fit(cohort, rng=0).sample(n, rng=1)


@pytest.fixture(scope="module")
def large():
    cohort = known_world(6000)
    return cohort, drawn_from(cohort)


@pytest.mark.parametrize("level", ["yes", "no"])
def test_each_class_keeps_its_margins(large, level):
    real, made = (of_class(cohort, level) for cohort in large)
    for name in ("albumin", "days", "copper", "polyps"):
        assert stats.ks_2samp(real[name].dropna(), made[name].dropna()).statistic < 0.03
    for name in ("stage", "origin"):
        rates = [part[name].value_counts(normalize=True, sort=False) for part in (real, made)]
        assert rates[1].to_numpy() == pytest.approx(rates[0].to_numpy(), abs=0.02)


def test_class_means_are_a_standard_deviation_apart_as_in_truth(large):
    made = large[1]
    gap = of_class(made, "yes")["albumin"].mean() - of_class(made, "no")["albumin"].mean()
    assert gap == pytest.approx(1.0, abs=0.06)


def test_rank_correlation_within_a_class_is_that_of_the_normal(large):
    made = of_class(large[1], "no")
    truth = 6 / np.pi * np.arcsin(CORRELATION[0, 1] / 2)
    assert stats.spearmanr(made["albumin"], made["days"]).statistic == pytest.approx(truth, abs=0.03)


def test_associations_of_levels_are_kept(large):
    for name in ("stage", "origin"):
        tau = [
            stats.spearmanr(
                c.table["albumin"],
                c.table[name].map({"c": 0, "a": 1, "b": 2}.get) if name == "origin" else c.table[name].cat.codes,
            ).statistic
            for c in large
        ]
        assert tau[1] == pytest.approx(tau[0], abs=0.04)


def test_missingness_keeps_its_rate_its_class_and_its_pattern(large):
    made = large[1]
    assert of_class(made, "no")["copper"].isna().mean() == pytest.approx(0.4, abs=0.03)
    assert of_class(made, "yes")["copper"].isna().mean() == pytest.approx(0.05, abs=0.02)
    assert (made.table["copper"].isna() == made.table["iron"].isna()).all()


def test_missingness_that_depends_on_a_column_still_does():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 4000))
    y[(x + rng.normal(size=4000)) > 1] = np.nan
    made = drawn_from(numbers({"x": x, "y": y})).table
    assert made["x"].corr(made["y"].isna()) == pytest.approx(np.corrcoef(x, np.isnan(y))[0, 1], abs=0.04)


def test_zeros_and_whole_numbers_are_kept(large):
    made = large[1].table
    assert (made["polyps"] == 0).mean() == pytest.approx(0.6, abs=0.02)
    assert (made["days"] % 1 == 0).all() and (made["days"] >= 0).all()


def test_a_continuous_target_keeps_its_slope():
    rng = np.random.default_rng(4)
    x = rng.normal(size=3000)
    made = drawn_from(numbers({"x": x, "y": 2 * x + rng.normal(size=3000)})).table
    assert stats.linregress(made["x"], made["y"]).slope == pytest.approx(2, abs=0.1)


def test_classes_may_differ_in_the_sign_of_a_correlation():
    rng = np.random.default_rng(5)
    y = np.repeat([0, 1], 400)
    x = rng.normal(size=800)
    z = np.where(y == 1, x, -x) + 0.3 * rng.normal(size=800)
    made = drawn_from(numbers({"x": x, "z": z, "y": y}, target="y")).table
    for level, sign in ((0, -1), (1, 1)):
        part = made[made["y"] == level]
        assert sign * part["x"].corr(part["z"]) > 0.8
    pooled = drawn_from(numbers({"x": x, "z": z, "y": y}, target="y"), pool_subjects=10**9).table
    assert abs(pooled[pooled["y"] == 1]["x"].corr(pooled[pooled["y"] == 1]["z"])) < 0.1


@pytest.mark.parametrize("size", [1, 2])
def test_a_tiny_class_is_drawn_from_the_pool(size):
    rng = np.random.default_rng(6)
    x = rng.normal(size=40)
    y = np.zeros(40)
    y[:size] = 1
    made = GaussianCopula().fit(numbers({"x": x, "y": y}, target="y"), rng=0).sample(per_class={1: 500}, rng=1)
    assert stats.ks_2samp(made.table["x"], x).statistic < 0.08


def test_nothing_known_in_one_class_is_missing_in_that_class():
    rng = np.random.default_rng(7)
    y = np.repeat([0, 1], 30)
    cohort = numbers({"x": np.where(y == 1, np.nan, rng.normal(size=60)), "z": rng.normal(size=60), "y": y}, target="y")
    made = drawn_from(cohort, 400).table
    assert made[made["y"] == 1]["x"].isna().all() and made[made["y"] == 0]["x"].notna().all()


def test_awkward_columns_do_not_stop_it():
    rng = np.random.default_rng(8)
    x = rng.normal(size=12)
    wide = {f"g{i}": rng.normal(size=12) for i in range(40)}
    columns = {"x": x, "twice": 2 * x, "constant": np.full(12, 3.0), "empty": np.full(12, np.nan), **wide}
    made = drawn_from(numbers({**columns, "y": np.repeat([0, 1], 6)}, target="y"), 300).table
    assert (made["constant"] == 3).all() and made["empty"].isna().all()
    assert made["x"].corr(made["twice"]) > 0.5
    assert made["g7"].notna().all()


def test_limits_are_kept(cohort):
    made = drawn_from(cohort).table
    assert made["age"].between(0, 120).all() and (made["bilirubin"].dropna() >= 0).all()
    assert (made["diagnosed"].dt.normalize() == made["diagnosed"]).all()


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous", "none"])
def test_saved_and_loaded_it_draws_the_same_rows(task, tmp_path):
    fitted = GaussianCopula().fit(make_cohort(task=task), rng=0)
    fitted.save(tmp_path / "copula.npz")
    again = load(tmp_path / "copula.npz").sample(70, rng=5)
    assert again.table.equals(fitted.sample(70, rng=5).table)


def test_rows_follow_the_seed_and_the_classes_asked_for(cohort):
    fitted = GaussianCopula().fit(cohort, rng=0)
    made = fitted.sample(per_class={"yes": 7, "no": 3}, rng=2)
    assert made.class_counts == {"yes": 7, "no": 3}
    assert made.table.equals(fitted.sample(per_class={"yes": 7, "no": 3}, rng=2).table)
    assert not made.table.equals(fitted.sample(per_class={"yes": 7, "no": 3}, rng=3).table)


def test_the_order_of_levels_follows_the_other_columns():
    fitted = GaussianCopula().fit(known_world(400), rng=0)
    order = fitted.orders[6].tolist()
    assert order in ([2, 0, 1], [1, 0, 2])
