"""Forests are judged as scikit-learn judges them, and leaves hold enough patients."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from fewfold.methods.generators import adversary as loops
from fewfold.methods.generators import trees as forests
from fewfold.methods.generators.adversary import Loop, adversary, pruned, shuffled
from fewfold.methods.generators.regions import regions
from fewfold.methods.generators.trees import Forest

LOOP = Loop(trees=20, min_leaf=5, rounds=10, delta=0.0)


def tied(n=120, seed=0):
    """Three columns, the second follows the first; a tenth of it is missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = np.where(rng.random(n) < 0.1, np.nan, x + 0.1 * rng.normal(size=n))
    return np.column_stack([x, y, rng.integers(0, 3, n)])


def as_seen(values):
    return values.astype(np.float32)


def grown(values, trees=20, seed=1):
    label = np.repeat([0, 1], len(values))
    made = shuffled(values, np.zeros((1, len(values)), dtype=int), np.random.default_rng(seed))
    model = RandomForestClassifier(n_estimators=trees, min_samples_leaf=2, random_state=seed)
    model.fit(as_seen(np.concatenate([values, made])), label)
    return forests.of_sklearn([tree.tree_ for tree in model.estimators_]), model


def test_accuracy_is_the_out_of_bag_score_of_scikit_learn(monkeypatch):
    values, seed = tied(), 17
    made = shuffled(values, np.zeros((1, 120), dtype=int), np.random.default_rng(3))
    monkeypatch.setattr(loops, "seed_of", lambda rng: seed)
    loop = replace(LOOP, trees=60)
    accuracy = loops._forest(as_seen(values), as_seen(made), loop, np.random.default_rng(0))[1]
    model = RandomForestClassifier(60, min_samples_leaf=5, oob_score=True, random_state=seed)
    model.fit(as_seen(np.concatenate([values, made])), np.repeat([0, 1], 120))
    assert accuracy == pytest.approx(model.oob_score_, abs=1e-12)
    assert accuracy > 0.6


def test_leaves_reached_are_those_of_scikit_learn():
    values = tied()
    forest, model = grown(values)
    theirs = model.apply(as_seen(values)).T + forest.roots[:, None]
    assert np.array_equal(forest.reached(as_seen(values)), theirs)


def test_shuffled_rows_keep_to_their_cells():
    values, cells = tied(2000), (np.arange(2000) % 4)[None]
    values[:, 2] = cells[0]
    made = shuffled(values, cells, np.random.default_rng(0))
    assert np.array_equal(made[:, 2], cells[0])
    assert np.isin(made[:, 0], values[:, 0]).all()
    known = ~np.isnan(made).any(axis=1)
    assert abs(np.corrcoef(made[known, 0], made[known, 1])[0, 1]) < 0.1


@pytest.mark.parametrize("repeats", [1, 3])
def test_pruned_leaves_hold_enough_patients_and_every_row(repeats):
    values = tied()
    subjects = np.arange(120) // repeats
    forest, _ = grown(values)
    weights = np.full(120, 1 / repeats)
    reached = forest.reached(as_seen(values))
    assert min(len(np.unique(subjects[one == leaf])) for one in reached for leaf in np.unique(one)) < 5
    cut = pruned(forest, as_seen(values), weights, 5)
    reached = cut.reached(as_seen(values))
    assert (cut.left[reached] < 0).all()
    assert min(len(np.unique(subjects[one == leaf])) for one in reached for leaf in np.unique(one)) >= 5
    assert len(np.unique(reached)) > 20


def test_fewer_patients_than_a_leaf_asks_for_are_one_leaf():
    values = tied(8)
    forest, _ = grown(values, trees=3)
    cut = pruned(forest, as_seen(values), np.ones(8), 9)
    assert all(len(np.unique(one)) == 1 for one in cut.reached(as_seen(values)))


def test_regions_hold_the_rows_of_their_leaves_and_no_other():
    values = tied()
    forest, _ = grown(values)
    cut = pruned(forest, as_seen(values), np.ones(120), 5)
    region, seen = regions(cut, 3), as_seen(values).astype(float)
    for one in cut.reached(as_seen(values)):
        for leaf in np.unique(one):
            missing = np.isnan(seen)
            fits = (seen > region.low[leaf]) & (seen <= region.high[leaf]) & ~missing | missing & region.missing[leaf]
            assert np.array_equal(fits.all(axis=1), one == leaf)


def loop_of(values, **changed):
    loop = replace(LOOP, **changed)
    n = len(values)
    return adversary(values, as_seen, np.zeros(n, dtype=int), np.arange(n), loop, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("accuracies", "changed", "kept"),
    [
        ([0.9, 0.7, 0.5], {}, 1),  # the third forest does not tell the rows of the second apart
        ([0.5], {}, 0),
        ([0.9, 0.7, 0.8], {}, 1),  # it tells them better than the second told those of the first
        ([0.9, 0.8, 0.7], {"rounds": 2}, 2),
        ([0.9], {"rounds": 0}, 0),
        ([0.9, 0.7, 0.6], {"delta": 0.1}, 1),
    ],
)
def test_the_loop_ends_when_no_forest_tells_rows_apart(monkeypatch, accuracies, changed, kept):
    values = tied()
    made = [grown(values, trees=3, seed=seed)[0] for seed in range(len(accuracies))]
    given = iter(zip(made, accuracies, strict=True))
    monkeypatch.setattr(loops, "_forest", lambda *_: next(given))
    forest, told = loop_of(values, **changed)
    assert told == accuracies
    cut = pruned(made[kept], as_seen(values), np.ones(120), 5)
    assert np.array_equal(forest.left, cut.left) and np.array_equal(forest.threshold, cut.threshold)


def test_the_loop_finds_what_ties_the_columns():
    told = loop_of(tied())[1]
    assert told[0] > 0.6
    assert told[-1] < told[0]


def test_a_split_on_missing_values_leaves_the_bounds_of_the_known_ones():
    """x <= 3 or missing; below that, known (left) and missing (right)."""
    nothing = np.zeros(5, dtype=int)
    forest = Forest(
        left=np.array([1, 3, -1, -1, -1]),
        right=np.array([2, 4, -1, -1, -1]),
        feature=nothing,
        threshold=np.array([3.0, np.inf, 0.0, 0.0, 0.0]),
        nan_left=np.array([True, False, False, False, False]),
        first=nothing,
        size=nothing,
        roots=np.array([0]),
        donors=nothing,
    )
    found = regions(forest, 1)
    assert found.high[[2, 3], 0].tolist() == [np.inf, 3.0]
    assert found.low[[2, 3, 4], 0].tolist() == [3.0, -np.inf, np.inf]
    assert found.missing[[2, 3, 4], 0].tolist() == [False, False, True]
