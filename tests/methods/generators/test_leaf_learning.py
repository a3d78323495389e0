"""Leaves learn rates, means and missing values of the rows that they hold, and nothing that they cannot hold."""

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.tree import DecisionTreeClassifier

from fewfold.data.schema import Variable
from fewfold.methods.generators import leaf_learning as learning
from fewfold.methods.generators import trees as forests
from fewfold.methods.generators.designs import designed
from fewfold.methods.generators.leaf_learning import learn
from fewfold.methods.generators.recorded import recorded

NUMBER = Variable(name="x", kind="numeric")
LEVELS = Variable(name="g", kind="categorical", levels=("a", "b", "c", "d"))


def learned(values, outcome, variables, classes=None, *, depth=None, by_class=False):
    """A tree that is grown for ``outcome``."""
    n = len(values)
    design = designed(values, variables)
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(design, outcome)
    forest = forests.of_sklearn([tree.tree_])
    classes = np.zeros(n, dtype=int) if classes is None else classes
    found = recorded(values, variables, np.arange(n))
    return learn(forest, design, values, classes, found, variables, by_class=by_class), forest.reached(design)[0]


@pytest.fixture
def no_priors(monkeypatch):
    monkeypatch.setattr(learning, "SHARE_ROWS", 1e-12)
    monkeypatch.setattr(learning, "MEAN_ROWS", 1e-12)
    monkeypatch.setattr(learning, "SD_ROWS", 1e-12)


def two_sides(n=60):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    g = np.where(x > 0, rng.integers(2, 4, n), rng.integers(0, 2, n)).astype(float)
    return np.column_stack([x, g])


def test_without_priors_a_leaf_has_the_rates_and_moments_of_its_rows(no_priors):
    values = two_sides()
    leaves, reached = learned(values, values[:, 0] > 0, (NUMBER, LEVELS), depth=1)
    for c, leaf in enumerate(np.unique(reached)):
        x, g = values[reached == leaf].T
        assert leaves.weight[c] == pytest.approx(len(x) / 60)
        assert leaves.share[c] == pytest.approx(np.bincount(g.astype(int), minlength=4) / len(g))
        spread, centre = leaves.recorded.spread[0], leaves.recorded.centre[0]
        assert leaves.mean[c, 0] * spread + centre == pytest.approx(x.mean())
        assert leaves.sd[c, 0] * spread == pytest.approx(x.std(ddof=1))


def test_the_prior_of_a_share_is_that_of_all_rows():
    values = two_sides()
    values[values[:, 0] > 0, 1] = 3
    values[:3, 1] = 2
    leaves, reached = learned(values, values[:, 0] > 0, (NUMBER, LEVELS), depth=1)
    rates = np.bincount(values[:, 1].astype(int), minlength=4) / 60
    for c, leaf in enumerate(np.unique(reached)):
        counts = np.bincount(values[reached == leaf, 1].astype(int), minlength=4)
        assert leaves.share[c] == pytest.approx((counts + rates) / (counts.sum() + 1))


def test_a_leaf_gives_no_room_to_levels_that_its_splits_shut_out():
    values = two_sides(200)
    leaves, reached = learned(values, values[:, 1] == 2, (LEVELS, NUMBER)[::-1], depth=1)
    pure = [c for c, leaf in enumerate(np.unique(reached)) if (values[reached == leaf, 1] == 2).all()]
    assert len(pure) == 1
    assert leaves.share[pure[0]].tolist() == [0, 0, 1, 0]
    assert leaves.share[1 - pure[0], 2] == 0


def test_numbers_are_cut_at_the_split():
    values = two_sides()
    leaves, _ = learned(values, values[:, 0] > 0, (NUMBER, LEVELS), depth=1)
    split = leaves.recorded.standard(np.zeros((1, 1)))[0, 0]
    edges = np.sort(np.column_stack([leaves.low, leaves.high]), axis=0)
    assert edges[0, 1] == edges[1, 0]
    assert edges[0, 1] == pytest.approx(split, abs=0.1)
    made = leaves.draw(np.repeat([0, 1], 500), np.random.default_rng(0))
    boundary = np.median(values[:, 0][np.argsort(np.abs(values[:, 0]))[:2]])
    assert (made[:500, 0] <= boundary).all() or (made[:500, 0] >= boundary).all()


@pytest.mark.parametrize("variable", [NUMBER, LEVELS])
def test_a_split_on_missing_values_is_kept(variable):
    rng = np.random.default_rng(1)
    column = rng.integers(0, 4, 80) + (rng.normal(size=80) if variable is NUMBER else 0.0)
    column[rng.random(80) < 0.4] = np.nan
    leaves, _ = learned(column[:, None], np.isnan(column), (variable,), depth=1)
    assert sorted(leaves.missing[:, 0]) == [0, 1]


def test_missing_values_follow_the_class_within_the_leaf(no_priors):
    values, classes = two_sides(), np.arange(60) % 2
    values[(classes == 1) & (np.arange(60) % 4 == 1), 1] = np.nan
    leaves, reached = learned(values, values[:, 0] > 0, (NUMBER, LEVELS), classes, depth=1)
    nodes = np.repeat(np.unique(reached), 2)
    assert leaves.label.tolist() == [0, 1, 0, 1]
    for c, (node, label) in enumerate(zip(nodes, leaves.label, strict=True)):
        rows = (reached == node) & (classes == label)
        assert leaves.weight[c] == pytest.approx(rows.mean())
        assert leaves.missing[c, 1] == pytest.approx(np.isnan(values[rows, 1]).mean(), abs=1e-9)
    assert leaves.mean[0] == leaves.mean[1]


def test_by_class_each_class_has_its_own_part_of_a_leaf(no_priors):
    values, classes = two_sides(), np.arange(60) % 2
    leaves, reached = learned(values, values[:, 0] > 0, (NUMBER, LEVELS), classes, depth=1, by_class=True)
    rows = (reached == reached.min()) & (classes == 1)
    assert leaves.share[1] == pytest.approx(np.bincount(values[rows, 1].astype(int), minlength=4) / rows.sum())


def test_a_row_that_taught_is_possible_in_its_leaf():
    rng = np.random.default_rng(2)
    values = np.column_stack([np.exp(2 * rng.normal(size=70)), rng.integers(0, 4, 70)])
    values[rng.random(values.shape) < 0.2] = np.nan
    leaves, _ = learned(values, rng.random(70) < 0.5, (NUMBER, LEVELS))
    assert len(leaves.weight) > 20
    log = logsumexp(leaves.log_weights(values, np.ones(2, dtype=bool)), axis=1)
    assert np.isfinite(log).all()
