"""Trees as arrays take rows where scikit-learn's own would."""

import numpy as np
import pytest

from fewfold.methods.generators.trees import Screen, grow, pack, unpack


def world(n=240, seed=0):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, 4)).astype(np.float32)
    design[rng.random((n, 4)) < 0.2] = np.nan
    outcome = np.nan_to_num(design[:, 0], nan=2.0) + np.isnan(design[:, 1]) + 0.1 * rng.normal(size=n)
    return design, outcome.astype(float)


def grown(design, outcome, *, subjects=None, trees=1, min_leaf=5, levels=False, rows=None):
    everyone = np.arange(len(design))
    subjects = everyone if subjects is None else subjects
    rows = everyone if rows is None else rows
    rng = np.random.default_rng(1)
    columns = np.arange(design.shape[1])
    return grow(design, outcome, rows, subjects, rng, columns=columns, levels=levels, trees=trees, min_leaf=min_leaf)


def leaves_of(forest):
    return [forest.donors[a : a + s] for a, s in zip(forest.first, forest.size, strict=True) if s]


def test_the_mean_of_the_leaf_reached_is_the_prediction_of_scikit_learn():
    from sklearn.tree import DecisionTreeRegressor

    design, outcome = world()
    forest = grown(design, outcome)
    reference = DecisionTreeRegressor(min_samples_leaf=5, random_state=0).fit(design, outcome)
    fresh = world(seed=9)[0]
    leaves = forest.leaves(fresh, np.random.default_rng(0))
    means = np.array([outcome[forest.donors[forest.first[leaf] :][: forest.size[leaf]]].mean() for leaf in leaves])
    assert means == pytest.approx(reference.predict(fresh))


def test_every_leaf_holds_five_patients_where_patients_have_several_rows():
    design, outcome = world()
    subjects = np.where(design[:, 2] > 0, 0, np.arange(240))  # one patient with about 100 rows
    outcome = outcome + 5 * (design[:, 2] > 0.5)
    forest = grown(design, outcome, subjects=subjects)
    assert len(leaves_of(forest)) > 2
    assert min(len(np.unique(subjects[rows])) for rows in leaves_of(forest)) >= 5
    by_rows = grown(design, outcome)
    assert min(len(np.unique(subjects[rows])) for rows in leaves_of(by_rows)) < 5


def test_each_tree_shares_out_every_row_once():
    design, outcome = world()
    rows = np.arange(0, 240, 2)
    forest = grown(design, outcome, trees=3, rows=rows)
    assert len(forest.roots) == 3
    assert np.bincount(forest.donors, minlength=240).tolist() == [3, 0] * 120


def test_a_row_is_among_the_donors_of_the_leaf_that_it_reaches_in_any_tree():
    design, outcome = world()
    forest = grown(design, outcome, trees=3)
    leaves = forest.leaves(design, np.random.default_rng(0))
    donors = [forest.donors[forest.first[leaf] :][: forest.size[leaf]] for leaf in leaves]
    assert all(row in mates for row, mates in enumerate(donors))
    assert len({int(np.searchsorted(forest.roots, leaf, side="right")) for leaf in leaves}) == 3


def test_draws_come_from_the_leaf_and_reach_all_of_it():
    design, outcome = world()
    forest = grown(design, outcome, trees=2)
    leaf = int(np.argmax(forest.size))
    entries = forest.draw(np.full(5000, leaf), np.random.default_rng(2))
    expected = np.arange(forest.first[leaf], forest.first[leaf] + forest.size[leaf])
    counts = np.bincount(entries)[expected[0] :]
    assert np.unique(entries).tolist() == expected.tolist()
    assert counts == pytest.approx(5000 / len(expected), rel=0.4)


def test_too_few_patients_make_one_leaf():
    design, outcome = world(9)
    assert len(leaves_of(grown(design, outcome))) == 1


def test_the_kernel_is_silvermans_and_keeps_what_is_to_be_kept():
    design, outcome = world(8)
    kept = np.zeros(8, dtype=bool)
    kept[2] = True
    forest = grown(design, outcome)
    width = forest.spread(outcome, kept)
    free = outcome[~kept]
    expected = np.where(kept, 0, 0.9 * free.std() * 7**-0.2)
    assert width == pytest.approx(expected[forest.donors])


def test_packing_loses_nothing():
    design, outcome = world()
    held = [grown(design, outcome, trees=2), grown(design, (outcome > 1).astype(float), levels=True)]
    back = unpack(pack(held))
    for a, b in zip(held, back, strict=True):
        assert all(np.array_equal(vars(a)[name], vars(b)[name]) for name in vars(a))


def test_the_screen_keeps_the_class_and_what_goes_with_the_outcome():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(60, 300)).astype(np.float32)
    design[rng.random(60) < 0.2, 41] = np.nan
    number = design[:, 200] - design[:, 7] + 0.3 * rng.normal(size=60)
    screen, rows = Screen(design, 20), np.arange(60)
    chosen = screen.chosen(number, rows, 150, levels=False)
    assert chosen[0] == 0
    assert 7 in chosen
    assert len(chosen) == 20
    assert chosen.max() < 150
    truth = np.abs([0.0, *(np.corrcoef(number, column)[0, 1] for column in design[:, 1:].T)])
    truth[41] = 0.0
    best = np.argsort(-truth)[:18]  # of the other 298
    assert set(best) <= set(screen.chosen(number, rows, 300, levels=False))
    levels = np.digitize(np.abs(design[:, 90]), [0.5, 1.0]).astype(float)  # the middle level against the others
    design[:, 91] = levels == 1
    assert 91 in Screen(design, 20).chosen(levels, rows, 300, levels=True)
    assert Screen(design, 20).chosen(number, rows, 20, levels=False).tolist() == list(range(20))
