"""A Bayesian network finds what depends on what, keeps it in what it draws, and says how likely a row is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conftest import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load
from fewfold.methods.generators.bayesian_network import BayesianNetwork
from methods.generators.worlds import known_world, numbers


def fitted_on(cohort, **params):
    return BayesianNetwork(**params).fit(cohort, rng=0)


def pairs(fitted):
    return {(parent, child) for parent, child, _ in fitted.edges}


def levels(columns, target=None):
    """A cohort of columns of codes."""
    sizes = {name: int(codes.max()) + 1 for name, codes in columns.items()}
    table = {name: pd.Categorical(codes.astype(int), range(sizes[name])) for name, codes in columns.items()}
    variables = [
        Variable(name=n, kind="categorical", levels=tuple(range(k)), role="target" if n == target else "feature")
        for n, k in sizes.items()
    ]
    return Cohort.real(pd.DataFrame(table), Schema(variables=tuple(variables)))


@pytest.fixture(scope="module")
def large():
    cohort = known_world(3000)
    return cohort, fitted_on(cohort).sample(10_000, rng=1)


def of_class(cohort, level):
    return cohort.table[cohort.table["died"] == level]


def test_a_network_of_numbers_is_recovered():
    """Two causes meet, and what they cause has an effect: every direction can be told."""
    rng = np.random.default_rng(0)
    a, b, alone = rng.normal(size=(3, 2000))
    c = a + b + rng.normal(size=2000)
    d = c + rng.normal(size=2000)
    found = fitted_on(numbers({"d": d, "c": c, "b": b, "a": a, "alone": alone}))
    assert pairs(found) == {("a", "c"), ("b", "c"), ("c", "d")}
    assert all(strength > 50 for _, _, strength in found.edges)


def test_a_network_of_levels_is_recovered():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 2, 2000), rng.integers(0, 3, 2000)
    c = (rng.random(2000) < np.where((a == 1) & (b == 2), 0.9, np.where(a + b > 1, 0.5, 0.1))).astype(int)
    d = np.where(rng.random(2000) < 0.8, c, rng.integers(0, 2, 2000))
    assert pairs(fitted_on(levels({"d": d, "c": c, "b": b, "a": a}))) == {("a", "c"), ("b", "c"), ("c", "d")}


def test_unrelated_columns_are_left_alone():
    noise = np.random.default_rng(2).normal(size=(15, 60))
    assert len(fitted_on(numbers({f"x{j}": x for j, x in enumerate(noise)})).edges) <= 2


def test_what_is_known_is_kept(cohort):
    known = {
        "required": [["age", "stage"], ["relapse", "sex"]],
        "forbidden": [["relapse", "bilirubin"]],
        "tiers": [["diagnosed"], ["origin", "sex"], ["bilirubin"]],
    }
    found = fitted_on(cohort, **known)
    assert {("age", "stage"), ("relapse", "sex")} <= pairs(found)
    assert ("relapse", "bilirubin") not in pairs(found)
    tier = {name: t for t, names in enumerate(known["tiers"]) for name in names}
    assert all(tier.get(a, 0) <= tier.get(b, 9) for a, b in pairs(found) if a in tier and b in tier)
    assert not any(child == "relapse" for _, child in pairs(found))
    assert found.sample(50, rng=0).provenance.records[0].params["required"] == known["required"]
    with pytest.raises(BadInput, match="'bilirubine'"):
        fitted_on(cohort, required=[["age", "bilirubine"]])
    with pytest.raises(BadInput, match="no edge into the target 'relapse'"):
        fitted_on(cohort, required=[["age", "relapse"]])


@pytest.mark.parametrize(
    "params", [{"prior_strength": 0}, {"smoothing": -1.0}, {"max_parents": -1}, {"candidates": -1}]
)
def test_a_prior_is_positive(params):
    with pytest.raises(BadInput, match="above 0"):
        BayesianNetwork(**params)


def test_levels_are_drawn_at_the_mean_of_their_dirichlet():
    """With counts N_k in a configuration (N_k + s m_k) / (N + s), where m_k = (M_k + 1/r) / (M + 1) in all rows."""
    a = np.repeat([0, 1], [3, 17])
    b = np.repeat([0, 1, 0, 1], [3, 0, 2, 15])
    fitted = fitted_on(levels({"a": a, "b": b}), required=[["a", "b"]], smoothing=4.0, prior_strength=1.0)
    made = fitted.sample(40_000, rng=0).modelled
    overall = (15 + 0.5) / (20 + 1)
    for code, (ones, rows) in enumerate([(0, 3), (15, 17)]):
        wanted = (ones + 4 * overall) / (rows + 4)
        assert made[made[:, 0] == code, 1].mean() == pytest.approx(wanted, abs=0.015)


def test_levels_that_were_not_seen_are_not_drawn_and_have_no_density():
    rng = np.random.default_rng(4)
    cohort = levels({"a": rng.integers(0, 3, 80), "b": rng.integers(0, 2, 80)})
    some = cohort.take(np.flatnonzero(cohort.modelled[:, 0] != 1))
    with pytest.raises(BadInput, match="one schema"):
        fitted_on(some).log_density(make_cohort())
    found = fitted_on(some)
    assert set(found.sample(500, rng=0).modelled[:, 0]) == {0.0, 2.0}
    assert np.array_equal(np.isneginf(found.log_density(cohort)), cohort.modelled[:, 0] == 1)


@pytest.mark.parametrize("level", ["yes", "no"])
def test_each_class_keeps_its_margins(large, level):
    real, made = (of_class(cohort, level) for cohort in large)
    for name in ("albumin", "days", "copper"):
        assert stats.ks_2samp(real[name].dropna(), made[name].dropna()).statistic < 0.06
    rates = [part[["origin"]].value_counts(normalize=True, sort=False).to_numpy() for part in (real, made)]
    assert rates[1] == pytest.approx(rates[0], abs=0.04)


def test_margins_and_associations_are_kept(large):
    real, made = (cohort.table for cohort in large)
    assert (made["polyps"] == 0).mean() == pytest.approx((real["polyps"] == 0).mean(), abs=0.03)
    assert (made["days"] % 1 == 0).all()
    for pair in (["albumin", "days"], ["albumin", "copper"]):
        truth, got = (table[pair].corr("spearman").iloc[0, 1] for table in (real, made))
        assert got == pytest.approx(truth, abs=0.06)


def test_a_number_with_few_values_keeps_their_shares():
    rng = np.random.default_rng(5)
    rare = (rng.random(400) < 0.1).astype(float)
    made = fitted_on(numbers({"rare": rare, "x": rng.normal(size=400) + 2 * rare})).sample(20_000, rng=0).table
    assert set(made["rare"]) == {0.0, 1.0}
    assert made["rare"].mean() == pytest.approx(rare.mean(), abs=0.02)
    assert made["x"][made["rare"] == 1].mean() - made["x"][made["rare"] == 0].mean() == pytest.approx(2, abs=0.35)


def test_slopes_are_one_a_class_where_they_differ_and_pooled_where_not():
    rng = np.random.default_rng(10)
    y, x = np.repeat([0.0, 1.0], 100), rng.normal(size=200)
    for sign, pooled in ((1, True), (-1, False)):
        z = np.where(y == 1, sign, 1) * x + 0.5 * rng.normal(size=200)
        found = fitted_on(numbers({"x": x, "z": z, "y": y}, target="y"), required=[["y", "z"], ["x", "z"]])
        assert found.nodes[-1].pooled is pooled
        made = found.sample(4000, rng=0).table
        got = [made[made["y"] == k][["x", "z"]].corr().iloc[0, 1] for k in (0, 1)]
        wanted = [np.corrcoef(x[y == k], z[y == k])[0, 1] for k in (0, 1)]
        assert got == pytest.approx(wanted, abs=0.06)


def test_levels_follow_a_number_by_thirds():
    rng = np.random.default_rng(12)
    x = rng.normal(size=600)
    stage = np.clip(np.round(1 + x + 0.3 * rng.normal(size=600)), 0, 2)
    base = numbers({"x": x}).schema.variables + levels({"stage": stage}).schema.variables
    table = pd.DataFrame({"x": x, "stage": pd.Categorical(stage.astype(int), [0, 1, 2])})
    found = fitted_on(Cohort.real(table, Schema(variables=base)), required=[["x", "stage"]])
    made = found.sample(9000, rng=0).modelled
    cuts = np.quantile(x, [1 / 3, 2 / 3])
    for third in range(3):
        real, drawn = (column[np.searchsorted(cuts, z) == third] for z, column in ((x, stage), made.T))
        assert np.bincount(drawn.astype(int), minlength=3) / len(drawn) == pytest.approx(
            np.bincount(real.astype(int), minlength=3) / len(real), abs=0.04
        )


def test_missing_values_come_in_the_patterns_of_the_class(large):
    made = large[1]
    assert of_class(made, "no")["copper"].isna().mean() == pytest.approx(0.4, abs=0.04)
    assert of_class(made, "yes")["copper"].isna().mean() == pytest.approx(0.05, abs=0.03)
    assert (made.table["copper"].isna() == made.table["iron"].isna()).all()


def test_a_chain_through_a_column_that_is_mostly_missing_holds():
    rng = np.random.default_rng(6)
    a = rng.normal(size=1500)
    b = a + 0.5 * rng.normal(size=1500)
    c = b + 0.5 * rng.normal(size=1500)
    hidden = np.where(rng.random(1500) < 0.5, np.nan, b)
    made = fitted_on(numbers({"a": a, "b": hidden, "c": c})).sample(5000, rng=0).table
    assert made["a"].corr(made["c"]) == pytest.approx(np.corrcoef(a, c)[0, 1], abs=0.05)


def test_the_density_of_levels_sums_to_one():
    rng = np.random.default_rng(7)
    a = rng.integers(0, 3, 60)
    every = levels({"a": np.repeat([0, 1, 2], 2), "b": np.tile([0, 1], 3)})
    found = fitted_on(levels({"a": a, "b": (a + rng.integers(0, 2, 60)) % 2}), required=[["a", "b"]])
    assert np.exp(found.log_density(every)).sum() == pytest.approx(1)


def test_the_density_of_numbers_is_student_t():
    """One column: the posterior predictive of a normal with the prior of BGe, at the normal scores of the rows."""
    rng = np.random.default_rng(8)
    found = fitted_on(cohort := numbers({"x": rng.normal(size=30)}), prior_strength=1.0)
    z = found.scales[0].inside(cohort.modelled[:, 0])
    shape, rate = 1.5 + 15, 0.25 + (z @ z - z.sum() ** 2 / 31) / 2
    wanted = stats.t(2 * shape, z.sum() / 31, np.sqrt(rate / shape * (1 + 1 / 31))).logpdf(z)
    assert found.log_density(cohort) == pytest.approx(wanted)


def test_the_density_averages_over_what_is_missing():
    """The class is missing in no row, so of a missing level the density of the rest is the sum over its levels."""
    rng = np.random.default_rng(9)
    a = rng.integers(0, 2, 100)
    columns = {"a": a, "b": np.where(rng.random(100) < 0.85, a, 1 - a)}
    found = fitted_on(whole := levels(columns), required=[["a", "b"]])
    table = whole.table.copy()
    table["a"] = None
    table["a"] = pd.Categorical(table["a"], [0, 1])
    got = found.log_density(Cohort.real(table, whole.schema))
    both = [found.log_density(levels({"a": np.array([k, 1, 0]), "b": np.array([1, 1, 0])}))[0] for k in (0, 1)]
    ones = np.flatnonzero(columns["b"] == 1)
    assert np.exp(got[ones]) == pytest.approx(np.exp(both).sum(), rel=0.25)
    assert np.exp(got[ones]).mean() == pytest.approx(np.exp(both).sum(), rel=0.02)


def test_dependence_makes_held_out_rows_likelier():
    world = known_world(400)
    train, fresh = world.take(np.arange(200)), world.take(np.arange(200, 400))
    gain = fitted_on(train).log_density(fresh) - fitted_on(train, max_parents=0).log_density(fresh)
    assert gain.mean() > 0.5


def test_the_class_is_a_parent_where_the_odds_are_even():
    """Of a weak difference between the classes all columns keep some; without classes it would take more."""
    rng = np.random.default_rng(11)
    y = np.repeat([0.0, 1.0], 40)
    columns = {f"x{j}": 0.8 * y + rng.normal(size=80) for j in range(30)}
    children = [child for parent, child in pairs(fitted_on(numbers({**columns, "y": y}, target="y"))) if parent == "y"]
    others = [edge for edge in pairs(fitted_on(numbers({**columns, "y": y}))) if "y" in edge]
    assert len(children) > 1.5 * len(others)


def test_each_patient_counts_as_one():
    once = make_cohort(60)
    thrice = Cohort.real(once.table.loc[once.table.index.repeat(3)], once.schema)
    one, other = fitted_on(once), fitted_on(thrice)
    assert other.edges == [(parent, child, pytest.approx(strength)) for parent, child, strength in one.edges]
    complete = once.take(np.flatnonzero(~np.isnan(once.modelled).any(axis=1)))
    assert other.log_density(complete) == pytest.approx(one.log_density(complete))


def test_awkward_columns_do_not_stop_it():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=14), (np.arange(14) % 3 == 0).astype(float)
    columns = {"constant": np.full(14, 3.0), "empty": np.full(14, np.nan), "x": x, "twin": 2 * x, "third": -x}
    columns["one"] = np.where(np.arange(14) == 0, 5.0, np.nan)
    columns["gone"] = np.where(y == 1, np.nan, x)
    known = {"required": [["empty", "x"], ["one", "third"], ["constant", "one"]]}
    found = fitted_on(numbers({**columns, "y": y}, target="y"), **known)
    made = found.sample(300, rng=1).table
    assert ("one", "third") in pairs(found) and not any("empty" in pair for pair in pairs(found))
    assert (made["constant"] == 3).all() and made["empty"].isna().all() and made["x"].notna().all()
    assert made["gone"][made["y"] == 1].isna().all() and made["gone"][made["y"] == 0].notna().all()
    assert abs(made["x"].corr(made["twin"])) > 0.7
    assert np.isfinite([strength for _, _, strength in found.edges]).all()
    assert np.isfinite(found.log_density(numbers({**columns, "y": y}, target="y"))).all()


@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous", "none"])
def test_saved_and_loaded_it_is_the_same(task, tmp_path):
    fitted = fitted_on(cohort := make_cohort(task=task), required=[["age", "sex"]])
    fitted.save(tmp_path / "network.npz")
    again = load(tmp_path / "network.npz")
    assert again.edges == fitted.edges and len(again.edges) > 1
    assert again.sample(70, rng=5).table.equals(fitted.sample(70, rng=5).table)
    assert np.array_equal(again.log_density(cohort), fitted.log_density(cohort))


def test_a_wide_table_keeps_what_goes_together():
    rng = np.random.default_rng(3)
    columns = {f"g{j}": rng.normal(size=60) for j in range(300)}
    columns["twin"] = columns["g0"] + 0.1 * rng.normal(size=60)
    found = fitted_on(numbers(columns), candidates=3)
    assert found.edges[0][:2] in {("g0", "twin"), ("twin", "g0")}
    assert np.corrcoef(*found.sample(300, rng=1).modelled[:, [0, 300]].T)[0, 1] > 0.9
